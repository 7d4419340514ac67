//! The steps that wait for somebody: several events, a customer's answer, a system's, people's.

use super::super::super::reader::{Item, Table};
use super::super::super::templates::Templates;
use super::super::super::{id_text, known};
use super::super::{About, check_template, read_until, read_watch};
use super::place;
use crate::world::{Answer, Ask, Source, StepKind, Until};
use model::Value;
use std::sync::Arc;
use text::{Keywords, Reach};

/// How many events are waited for at once at most: each is one of the numbers that a stay remembers.
const WATCHES_MAX: usize = 16;
/// How many values a system is told at most.
const VALUES_MAX: usize = 50;
/// How long the words that say what is to be done may be, in bytes.
const WHAT_BYTES_MAX: usize = 400;

/// Until when, and where to go then.
fn timeout(table: &mut Table<'_>, names: &[Arc<str>]) -> Option<(Until, usize)> {
    let timeout = table.required("timeout").and_then(read_until);
    let otherwise = table.required("otherwise").and_then(|item| place(item, names));
    timeout.zip(otherwise)
}

pub(super) fn join(
    kind: &str,
    item: Item<'_>,
    table: &mut Table<'_>,
    names: &[Arc<str>],
) -> Option<StepKind> {
    let watches = item.each(|watch| watch.table(read_watch)?);
    let waits = timeout(table, names);
    let watches = watches?;
    if watches.len() < 2 || watches.len() > WATCHES_MAX {
        item.report(format!("expected 2 to {WATCHES_MAX} events, found {}", watches.len()));
        return None;
    }
    let (timeout, otherwise) = waits?;
    let needed = if kind == "wait_for_all" { watches.len() } else { 1 };
    Some(StepKind::Join { watches, needed, timeout, otherwise })
}

pub(super) fn ask(
    item: Item<'_>,
    table: &mut Table<'_>,
    names: &[Arc<str>],
    about: &About<'_>,
    templates: &Templates<'_>,
) -> Option<StepKind> {
    let find = |item: Item<'_>| {
        let template = templates.find(item)?;
        check_template(item, &template, about.class, about.subtype);
        Some(template)
    };
    let template = find(item);
    let again = table.optional("again").map(find);
    let answer = table.required("answer").and_then(read_answer);
    let save = table.optional("save").map(|item| item.text().map(Arc::from));
    let (timeout, otherwise) = timeout(table, names)?;
    let again = again.map_or(Some(None), |again| again.map(Some))?;
    let save = save.map_or(Some(None), |save| save.map(Some))?;
    let ask = Ask { template: template?, again, answer: answer?, save, timeout, otherwise };
    Some(StepKind::Ask(Box::new(ask)))
}

/// `"text"`, `{ number = [1, 5] }`, or names with the words that stand for them: `{ yes = ["是", "Y"], no = ["否", "N"] }`.
fn read_answer(item: Item<'_>) -> Option<Answer> {
    if item.is_text() {
        return item.one_of(&[("text", ())]).map(|()| Answer::Text);
    }
    if let Some(range) = item.peek("number") {
        item.table(|table| {
            table.optional("number");
        })?;
        let ends = range.each(|end| end.number(i64::from(i32::MIN)..=i64::from(i32::MAX)))?;
        let [low, high] = ends[..] else {
            range.report(format!("expected the lowest and the highest number, found {} values", ends.len()));
            return None;
        };
        if low >= high {
            range.report(format!("expected a highest number above {low}, found {high}"));
        }
        return Some(Answer::Number(low, high));
    }
    let mut words = Vec::new();
    for (_, name) in item.named()? {
        let value = match name.key() {
            "yes" => Value::Bool(true),
            "no" => Value::Bool(false),
            other => Value::Text(other.into()),
        };
        let said = name.each(|word| word.text().map(str::to_owned))?;
        if said.is_empty() {
            name.report("expected at least one word, found none");
        }
        words.extend(said.into_iter().map(|word| (word, value.clone(), Reach::Whole)));
    }
    if words.len() < 2 {
        item.report("expected at least two answers with their words, found fewer");
        return None;
    }
    let words = words.iter().map(|(word, value, reach)| (word.as_str(), value.clone(), *reach));
    Some(Answer::Choice(Keywords::new(words).map_err(|error| item.report(error)).ok()?))
}

pub(super) fn webhook(
    item: Item<'_>,
    table: &mut Table<'_>,
    names: &[Arc<str>],
    about: &About<'_>,
) -> Option<StepKind> {
    let hook = known(item, about.hooks.keys());
    let with = table.optional("with").map_or(Some(Vec::new()), read_values);
    let (timeout, otherwise) = timeout(table, names)?;
    Some(StepKind::Webhook { hook: hook?.into(), with: with?, timeout, otherwise })
}

/// Names, and where their values come from.
fn read_values(item: Item<'_>) -> Option<Vec<(Arc<str>, Source)>> {
    let named = item.named()?;
    if named.len() > VALUES_MAX {
        item.report(format!("expected at most {VALUES_MAX} values, found {}", named.len()));
    }
    let read = |(_, item): (_, Item<'_>)| {
        let source = item.parsed(|text| {
            Source::parse(text).ok_or_else(|| {
                format!("expected event.FIELD, got.FIELD, customer.FIELD or tag.NAME, found {text:?}")
            })
        })?;
        Some((Arc::from(item.key()), source))
    };
    Some(named.into_iter().filter_map(read).collect())
}

pub(super) fn hand_over(item: Item<'_>, table: &mut Table<'_>, names: &[Arc<str>]) -> Option<StepKind> {
    let queue = id_text(item);
    let what_item = table.required("what");
    let what = what_item.and_then(Item::text);
    if let (Some(item), Some(what)) = (what_item, what)
        && what.len() > WHAT_BYTES_MAX
    {
        item.report(format!("expected at most {WHAT_BYTES_MAX} bytes, found {}", what.len()));
    }
    let (timeout, otherwise) = timeout(table, names)?;
    Some(StepKind::HandOver { queue: queue?.into(), what: what?.into(), timeout, otherwise })
}
