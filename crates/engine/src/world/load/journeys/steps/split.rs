//! The step `split` in its file: arms with their weights, what stops one of them, what moves the weights.

use super::super::super::reader::{Item, Table};
use super::super::super::{declare, id_text, span_item};
use super::super::About;
use super::place;
use crate::world::{Aim, Arm, Bandit, GUARDRAIL_WITHIN, Guardrail, Split, StepKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The largest weight of an arm.
const WEIGHT_MAX: u32 = 1_000_000;
/// Between how many messages weights may be made anew: below it, what came of the last is not known yet.
const EVERY: std::ops::RangeInclusive<u64> = 50..=10_000_000;
/// The largest floor, in percent: half for each of two arms.
const FLOOR_MAX: u8 = 50;

pub(super) fn read(
    item: Item<'_>,
    table: &mut Table<'_>,
    names: &[Arc<str>],
    about: &About<'_>,
) -> Option<StepKind> {
    let experiment = id_text(item);
    let arms_item = table.required("arms")?;
    let mut declared = BTreeMap::new();
    let arms = arms_item.each(|arm| {
        arm.table(|table| {
            let name_item = table.required("name")?;
            let name: Arc<str> = id_text(name_item)?.into();
            declare(&mut declared, Arc::clone(&name), name_item.place(), "arm");
            let weight = table.required("weight").and_then(|item| item.number(1..=WEIGHT_MAX));
            let to = table.required("to").and_then(|item| place(item, names));
            let control = table.optional("control").and_then(Item::flag).unwrap_or(false);
            let usual = table.optional("usual").and_then(Item::flag).unwrap_or(false);
            if control && usual {
                arm.report("expected control or usual, found both: a control is sent nothing");
            }
            Some(Arm { name, weight: weight?, to: to?, control, usual })
        })?
    })?;
    let words = [("goal", Aim::Goal), ("clicked", Aim::Clicked)];
    let aim = table.optional("by").map_or(Some(Aim::Goal), |item| item.one_of(&words));
    let guardrail = table.optional("guardrail").map_or(Some(Some(BY_DEFAULT)), read_guardrail);
    let bandit = table.optional("bandit").map(|item| read_bandit(item, &arms, about));
    if arms.len() < 2 {
        arms_item.report(format!("expected at least two arms, found {}", arms.len()));
        return None;
    }
    let usual = arms.iter().filter(|arm| arm.usual).count();
    if usual > 1 {
        arms_item.report(format!("expected at most one arm that is usual, found {usual}"));
    }
    let bandit = match bandit {
        Some(bandit) => Some(bandit?),
        None => None,
    };
    Some(StepKind::Split(Box::new(Split {
        experiment: experiment?.into(),
        arms,
        aim: aim?,
        guardrail: guardrail?,
        bandit,
    })))
}

/// What holds where a file says nothing.
const BY_DEFAULT: Guardrail = Guardrail { within: GUARDRAIL_WITHIN, finish: false };

/// `false`, or `{ within = "3d", begun = "leave" }`.
fn read_guardrail(item: Item<'_>) -> Option<Option<Guardrail>> {
    if !item.is_table() {
        return Some(item.flag()?.then_some(BY_DEFAULT));
    }
    item.table(|table| {
        let within = table.optional("within").map_or(Some(GUARDRAIL_WITHIN), span_item);
        let words = [("leave", false), ("finish", true)];
        let finish = table.optional("begun").map_or(Some(false), |item| item.one_of(&words));
        Some(Some(Guardrail { within: within?, finish: finish? }))
    })?
}

/// `{ goal = "bought", floor_percent = 10, every = 1000 }`.
fn read_bandit(item: Item<'_>, arms: &[Arm], about: &About<'_>) -> Option<Bandit> {
    if arms.iter().any(|arm| arm.control) {
        item.report("expected arms that are all sent something: the control of a bandit is its floor");
    }
    item.table(|table| {
        if let Some(goal) = table.required("goal")
            && let Some(kind) = goal.text()
            && about.goal != Some(kind)
        {
            let known = about.goal.map_or("none".to_owned(), |known| format!("{known:?}"));
            goal.report(format!(
                "expected the event of the journey's [goal], which is {known}, found {kind:?}"
            ));
        }
        let floor_item = table.required("floor_percent");
        let floor_percent = floor_item.and_then(|item| item.number(0..=FLOOR_MAX));
        if let (Some(item), Some(floor)) = (floor_item, floor_percent)
            && usize::from(floor) * arms.len() > 100
        {
            let most = 100 / arms.len().max(1);
            item.report(format!("expected at most {most} for {} arms, found {floor}", arms.len()));
        }
        let every = table.required("every").and_then(|item| item.number(EVERY));
        Some(Bandit { floor_percent: floor_percent?, every: every? })
    })?
}
