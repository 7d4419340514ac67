//! What sets a journey off, in its file: a table with one key that says by what.

use super::{condition, offset_item, span_item};
use crate::world::load::reader::{Item, Table};
use crate::world::{Again, Scope, Trigger};
use model::{ClockTime, Span};
use std::sync::Arc;
use text::{Keywords, Reach};

/// So long after the moment somebody still enters by a day, if the journey does not say.
const LATE: Span = Span::seconds(12 * 3_600);
const KINDS: [&str; 4] = ["event", "date", "segment", "keywords"];

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
            let offset = table.optional("offset").map_or(Some(0), offset_item);
            let at = table.required("at").and_then(|item| item.parsed(ClockTime::parse));
            let late = table.optional("late").map_or(Some(LATE), span_item);
            let attribute = item.text()?.into();
            Trigger::Date { attribute, offset: offset?, at: at?, when, late: late? }
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
