//! What sets a journey off, in its file: a table with one key that says by what.

use super::read_days;
use super::{condition, offset_item, span_item};
use crate::world::load::reader::{Item, Table};
use crate::world::{Again, Condition, Days, Every, Schedule, Scope, Trigger};
use model::{ClockTime, Date, Recurrence, Span};
use std::sync::Arc;
use text::{Keywords, Reach};

/// So long after the moment somebody still enters by a day, if the journey does not say.
const LATE: Span = Span::seconds(12 * 3_600);
const KINDS: [&str; 8] = ["event", "date", "schedule", "segment", "market", "call", "keywords", "inbound"];
/// Where a schedule counts from if it does not say: a Monday, and the first day of a year in which nothing is out of step.
const BEGIN: &str = "2024-01-01";

/// Reads the table `trigger`, with how often somebody may enter, and for what it is counted.
pub(super) fn read(table: &mut Table<'_>) -> Option<(Trigger, Again, Option<Arc<str>>)> {
    let again = table.optional("again").map_or(Some(Again::Always), read_again);
    let (kind, item) = table.one_key(&KINDS)?;
    // A condition that cannot be compiled is reported; the world is not used then.
    let mut when = |scope| table.optional("when").and_then(|item| condition(item, scope));
    let mut per = None;
    let trigger = match kind {
        "event" => {
            let when = when(Scope::Event);
            per = table.optional("per").and_then(Item::text).map(Arc::from);
            Trigger::Event { kind: item.text()?.into(), when }
        }
        "date" => {
            let when = when(Scope::Customer);
            let offset = table.optional("offset").map_or(Some(super::THE_DAY), offset_item);
            let words = [("month", Some(Every::Month)), ("year", Some(Every::Year))];
            let every = table.optional("every").map_or(Some(None), |item| item.one_of(&words));
            let at = table.required("at").and_then(|item| item.parsed(ClockTime::parse));
            let late = table.optional("late").map_or(Some(LATE), span_item);
            let attribute = item.text()?.into();
            if every.is_some_and(|every| every.is_some())
                && offset.is_some_and(|o| o.count.abs() > EVERY_DAYS_MAX)
            {
                item.report(format!("expected an offset of at most {EVERY_DAYS_MAX} days with every"));
            }
            if every.is_some_and(|every| every.is_some()) {
                check_again(item, &again);
            }
            Trigger::Date { attribute, offset: offset?, every: every?, at: at?, when, late: late? }
        }
        "schedule" => {
            let when = when(Scope::Customer);
            read_schedule(item, table, &again, when)?
        }
        "market" => {
            let when = when(Scope::Event);
            let holds = table.required("holds").and_then(Item::text);
            per = table.optional("per").and_then(Item::text).map(Arc::from);
            Trigger::Market { kind: item.text()?.into(), holds: holds?.into(), when }
        }
        "call" => {
            let when = when(Scope::Event);
            per = table.optional("per").and_then(Item::text).map(Arc::from);
            if !item.flag()? {
                item.report("expected true, found false");
            }
            Trigger::Call { when }
        }
        "inbound" => {
            if !item.flag()? {
                item.report("expected true, found false");
            }
            Trigger::Inbound
        }
        "segment" => {
            let on = table.optional("on");
            let leaving = on.map_or(Some(false), |item| item.one_of(&[("entered", false), ("left", true)]));
            Trigger::Segment { of: condition(item, Scope::Customer)?, leaving: leaving? }
        }
        _ => {
            let words = item.each(|word| word.text().map(|text| (text.to_owned(), (), Reach::Whole)))?;
            let words = words.iter().map(|(word, tag, reach)| (word.as_str(), *tag, *reach));
            Trigger::Keyword(Keywords::new(words).map_err(|error| item.report(error)).ok()?)
        }
    };
    Some((trigger, again?, per))
}

/// The furthest that something that comes again may be from its day.
const EVERY_DAYS_MAX: i64 = 31;

/// Everybody enters once for each day that comes again; whoever is inside may be passed over, and nothing else means
/// anything.
fn check_again(item: Item<'_>, again: &Option<Again>) {
    if again.is_some_and(|again| !matches!(again, Again::Always | Again::NotInside)) {
        item.report("expected again = \"always\" or \"not_inside\" where days come again");
    }
}

fn read_schedule(
    item: Item<'_>,
    table: &mut Table<'_>,
    again: &Option<Again>,
    when: Option<Condition>,
) -> Option<Trigger> {
    let rule = item.parsed(Recurrence::parse);
    let days = table.optional("days").map(read_days);
    let begin =
        table.optional("begin").map_or_else(|| Date::parse(BEGIN).ok(), |item| item.parsed(Date::parse));
    let at = table.required("at").and_then(|item| item.parsed(ClockTime::parse));
    let late = table.optional("late").map_or(Some(LATE), span_item);
    check_again(item, again);
    let days: Option<Option<Days>> = days.map_or(Some(None), |days| days.map(Some));
    let days = Schedule { rule: rule?, begin: begin?, days: days?, at: at? };
    Some(Trigger::Schedule { days: Box::new(days), when, late: late? })
}

fn read_again(item: Item<'_>) -> Option<Again> {
    let words = [("always", Again::Always), ("not_inside", Again::NotInside), ("never", Again::Never)];
    match item.any_text()? {
        "always" | "not_inside" | "never" => item.one_of(&words),
        text => match Span::parse(text) {
            Ok(span) => Some(Again::After(span)),
            Err(_) => {
                item.report(format!(
                    "expected always, not_inside, never or a length of time such as \"30d\", found {text:?}"
                ));
                None
            }
        },
    }
}
