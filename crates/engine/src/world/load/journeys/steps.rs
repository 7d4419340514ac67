//! The steps of a journey in its file: each a table with one key that says what it does.

mod split;
mod waiting;

use super::super::document::Place;
use super::super::reader::{Item, Table, nearest};
use super::super::templates::Templates;
use super::super::{declare, id_text};
use super::{About, condition, read_until, read_wait, watch};
use crate::decide::steps::END;
use crate::world::{Scope, Step, StepKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More steps than any journey needs that a person can still read.
const STEPS_MAX: usize = 100;
/// How often somebody may be sent back at most.
const JUMPS_MAX: u16 = 1_000;

/// Reads the list `steps`.
pub(super) fn read(item: Item<'_>, about: &About<'_>, templates: &Templates<'_>) -> Option<Vec<Step>> {
    let items = item.list()?;
    if items.is_empty() || items.len() > STEPS_MAX {
        item.report(format!("expected 1 to {STEPS_MAX} steps, found {}", items.len()));
        return None;
    }
    let names = names(&items)?;
    let steps: Vec<Option<Step>> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let kind = item.table(|table| read_kind(table, at, &names, about, templates))??;
            Some(Step { name: Arc::clone(names.get(at)?), kind })
        })
        .collect();
    steps.into_iter().collect()
}

/// The steps' names: those they are given, or their numbers from 1.
fn names(items: &[Item<'_>]) -> Option<Vec<Arc<str>>> {
    let mut declared: BTreeMap<Arc<str>, Place<'_>> = BTreeMap::new();
    let mut names = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let given = item.peek("name").and_then(id_text);
        let name: Arc<str> = given.map_or_else(|| (at + 1).to_string().into(), Arc::from);
        if *name == *END {
            item.report(format!("expected another name: {END:?} is the place behind the last step"));
        }
        declare(&mut declared, Arc::clone(&name), item.place(), "step");
        names.push(name);
    }
    (declared.len() == items.len()).then_some(names)
}

const KINDS: [&str; 14] = [
    "send",
    "wait",
    "wait_for",
    "wait_for_all",
    "wait_for_any",
    "ask",
    "webhook",
    "hand_over",
    "branch",
    "split",
    "tag",
    "go_to",
    "goal",
    "exit",
];

fn read_kind(
    table: &mut Table<'_>,
    at: usize,
    names: &[Arc<str>],
    about: &About<'_>,
    templates: &Templates<'_>,
) -> Option<StepKind> {
    table.optional("name");
    let (kind, item) = table.one_key(&KINDS)?;
    match kind {
        "send" => {
            let template = templates.find(item)?;
            super::check_template(item, &template, about.class, about.subtype);
            Some(StepKind::Send { template })
        }
        "wait" => read_wait(item, about).map(StepKind::Wait),
        "wait_for" => {
            let kind = item.text()?;
            let when = table.optional("when").and_then(|item| condition(item, Scope::Got));
            let timeout = table.required("timeout").and_then(read_until);
            let otherwise = table.required("otherwise").and_then(|item| place(item, names));
            let watch = watch(kind, when);
            Some(StepKind::Await { watch, timeout: timeout?, otherwise: otherwise? })
        }
        "wait_for_all" | "wait_for_any" => waiting::join(kind, item, table, names),
        "ask" => waiting::ask(item, table, names, about, templates),
        "webhook" => waiting::webhook(item, table, names, about),
        "hand_over" => waiting::hand_over(item, table, names),
        "branch" => {
            let arms = item.each(|arm| {
                arm.table(|table| {
                    let when = table.required("when").and_then(|item| condition(item, Scope::Got));
                    let to = table.required("to").and_then(|item| place(item, names));
                    when.zip(to)
                })?
            })?;
            let otherwise = table.optional("otherwise").map_or(Some(at + 1), |item| place(item, names));
            Some(StepKind::Branch { arms, otherwise: otherwise? })
        }
        "split" => split::read(item, table, names, about),
        "tag" => read_tag(item),
        "go_to" => {
            let to = place(item, names);
            let at_most = table.required("at_most").and_then(|item| item.number(1..=JUMPS_MAX));
            Some(StepKind::GoTo { to: to?, at_most: at_most? })
        }
        _ => {
            if item.flag()? {
                return Some(if kind == "goal" { StepKind::Goal } else { StepKind::Exit });
            }
            item.report("expected true, found false");
            None
        }
    }
}

/// Names with values; an empty text takes the tag away.
fn read_tag(item: Item<'_>) -> Option<StepKind> {
    let mut values = Vec::new();
    for (_, item) in item.named()? {
        let value = item.value()?;
        let is_empty = matches!(&value, model::Value::Text(text) if text.is_empty());
        values.push((Arc::from(item.key()), (!is_empty).then_some(value)));
    }
    if values.is_empty() {
        item.report("expected at least one name with a value, found none");
        return None;
    }
    Some(StepKind::Tag { values })
}

/// Where to go: a step's name, or the end.
pub(super) fn place(item: Item<'_>, names: &[Arc<str>]) -> Option<usize> {
    let text = item.text()?;
    if text == END {
        return Some(names.len());
    }
    let found = names.iter().position(|name| **name == *text);
    if found.is_none() {
        let known = names.iter().map(|name| &**name).chain([END]);
        let hint = nearest(text, known).map_or(String::new(), |name| format!(", the nearest is {name:?}"));
        item.report(format!("expected the name of a step or {END:?}, found {text:?}{hint}"));
    }
    found
}
