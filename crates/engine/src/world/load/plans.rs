//! `plans/<id>.toml`: ordered plans of channels. The last leg waits for nothing, every other for a receipt.

use super::document::{Document, Place};
use super::reader::{Item, Table, read_file};
use super::{declare, id_text, known, span_item};
use crate::world::{Plan, PlanLeg};
use model::Channel;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>]) -> BTreeMap<Arc<str>, Arc<Plan>> {
    let mut declared: BTreeMap<Arc<str>, Place<'a>> = BTreeMap::new();
    let mut plans = BTreeMap::new();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let id: Option<Arc<str>> = id_item.and_then(id_text).map(Arc::from);
            if let (Some(id), Some(item)) = (&id, id_item) {
                declare(&mut declared, Arc::clone(id), item.place(), "plan");
            }
            let legs_item = table.required("legs");
            let legs = legs_item.and_then(|item| item.each(|item| item.table(read_leg).flatten()));
            if let (Some(legs), Some(item)) = (&legs, legs_item) {
                check(legs, item);
            }
            if let (Some(id), Some(legs)) = (id, legs) {
                plans.entry(Arc::clone(&id)).or_insert_with(|| Arc::new(Plan { id, legs }));
            }
        });
    }
    plans
}

/// The plan that an item names.
pub(super) fn known_plan(item: Item<'_>, plans: &BTreeMap<Arc<str>, Arc<Plan>>) -> Option<Arc<str>> {
    known(item, plans.keys()).map(Arc::from)
}

fn check(legs: &[PlanLeg], item: Item<'_>) {
    match legs.split_last() {
        None => item.report("expected at least one leg, found none"),
        Some((last, _)) if last.wait.is_some() => {
            item.report("expected no wait on the last leg: nothing comes after it");
        }
        Some((_, earlier)) if earlier.iter().any(|leg| leg.wait.is_none()) => {
            item.report("expected a wait on every leg but the last, found one without");
        }
        Some(_) if legs.len() > LEGS_MAX => {
            item.report(format!("expected at most {LEGS_MAX} legs, found {}", legs.len()));
        }
        Some(_) => {
            let twice = legs
                .iter()
                .enumerate()
                .find(|(at, leg)| legs.iter().take(*at).any(|earlier| earlier.channel == leg.channel));
            if let Some((_, leg)) = twice {
                // A late answer of the first leg could not be told from one of the second.
                item.report(format!("expected every channel once, found {} twice", leg.channel));
            }
        }
    }
}

fn read_leg(table: &mut Table<'_>) -> Option<PlanLeg> {
    let words: Vec<(&str, Channel)> = Channel::ALL.iter().map(|channel| (channel.name(), *channel)).collect();
    let channel = table.required("channel").and_then(|item| item.one_of(&words));
    let wait = table.optional("wait").and_then(span_item);
    Some(PlanLeg { channel: channel?, wait })
}

/// More legs than there are channels help nobody.
const LEGS_MAX: usize = 7;
