//! # approval
//!
//! Maker is not checker: where the configuration says that changes are approved, a message goes only by the very files that
//! were: its journey's or broadcast's, its template's, and those of the snippets in it, each by the hash of what it holds. A
//! configuration that was exchanged on the disk, or put into force otherwise, sends nothing. Texts that accounts write
//! themselves have no file and are judged by the other rules. Blocks otherwise; passes where no approval is asked for.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::{Body, How};
use crate::state::{Approvals, Broadcast, Change, Message, Standing, State};
use crate::world::{Trigger, World, reference};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// This rule.
pub const RULE: Rule = Rule { id: "approval", code: RuleCode(19), judge: Judge::Person(judge) };

/// Where broadcasts stand.
const BROADCASTS: &str = "broadcasts/";
/// The file behind the confirmation of an opt-out.
const OPT_OUT: &str = "words/opt_out.toml";

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let Candidate { world, approvals, launched, journey, .. } = candidate;
    if !approvals.is_asked_for() {
        return Judgement::pass("not asked for");
    }
    let mut behind = BTreeMap::new();
    if candidate.order.is_none() {
        let found = match launched.get(&journey.reference) {
            Some(broadcast) => broadcast_file(approvals, broadcast),
            None => match (world.origins.journeys.get(&journey.reference), &journey.trigger) {
                (Some(path), _) => file(world, approvals, path),
                (None, _) if is_confirmation(world, &journey.reference) => file(world, approvals, OPT_OUT),
                // A dry run: the launch asks.
                (None, Trigger::Broadcast { .. }) => Ok(None),
                (None, _) => Err(format!("no file is known behind {}", journey.reference)),
            },
        };
        match found {
            Ok(change) => behind.extend(change.map(|change| ("journey", change))),
            Err(why) => return Judgement::block(why),
        }
    }
    if !matches!(candidate.order, Some((_, order)) if matches!(order.body, Some(Body::Text(_)))) {
        match text(world, approvals, candidate.template.id.as_str()) {
            Ok(change) => behind.extend(change.map(|change| ("text", change))),
            Err(why) => return Judgement::block(why),
        }
    }
    let words: Vec<String> =
        behind.iter().map(|(what, change)| format!("{what}: {}", told(approvals, *change))).collect();
    Judgement::pass(if words.is_empty() { "an account's own".to_owned() } else { words.join("; ") })
}

/// Whether a message that was let pass would still be let pass, by the same files. If not: why. Another text of the same
/// name that was approved since is not the one it was made of.
pub(crate) fn is_still(world: &World, state: &State, message: &Message) -> Result<(), String> {
    let approvals = &state.approvals;
    if !approvals.is_asked_for() {
        return Ok(());
    }
    let reference = reference::versioned(&message.journey);
    match (&message.order, state.broadcasts.get(reference), world.origins.journeys.get(reference)) {
        // A text of an account's own has no file.
        (Some(_), _, _) if !world.origins.templates.contains_key(&message.template) => return Ok(()),
        (Some(_), _, _) => {}
        (None, Some(broadcast), _) => drop(broadcast_file(approvals, broadcast)?),
        (None, None, Some(path)) => drop(file(world, approvals, path)?),
        (None, None, None) if is_confirmation(world, reference) => drop(file(world, approvals, OPT_OUT)?),
        (None, None, None) => return Err(format!("{reference} is not in force any more")),
    }
    let today = world.templates.get(&message.template).map(|template| template.hash);
    if today != Some(message.template_hash) {
        return Err(format!("the text {} is another since it was decided", message.template));
    }
    text(world, approvals, message.template.as_str()).map(drop)
}

fn is_confirmation(world: &World, reference: &str) -> bool {
    crate::converse::confirmation(world).is_some_and(|journey| &*journey.reference == reference)
}

/// The change by which a file of this world is in force; otherwise which file it is, and what it holds.
fn file(world: &World, approvals: &Approvals, path: &str) -> Result<Option<u64>, String> {
    let Some((path, hash)) = world.origins.file(path) else { return Err(format!("{path} is not there")) };
    let change = approvals.change_of(path, hash);
    change.map(Some).ok_or_else(|| format!("{path} with the hash {hash} was not approved"))
}

fn broadcast_file(approvals: &Approvals, broadcast: &Broadcast) -> Result<Option<u64>, String> {
    let change = approved_broadcast(approvals, broadcast.hash).map(|(_, change)| change);
    change.map(Some).ok_or_else(|| format!("a broadcast with the hash {} is not in force", broadcast.hash))
}

/// The broadcast in force that holds exactly this, and the change by which it is.
pub(crate) fn approved_broadcast(approvals: &Approvals, hash: proof::Hash) -> Option<(&Arc<str>, u64)> {
    let start: Arc<str> = BROADCASTS.into();
    let broadcasts = approvals.files().range(start..).take_while(|(path, _)| path.starts_with(BROADCASTS));
    broadcasts.into_iter().find(|(_, file)| file.hash == hash).map(|(path, file)| (path, file.change))
}

/// The youngest change behind a template's files.
fn text(world: &World, approvals: &Approvals, template: &str) -> Result<Option<u64>, String> {
    let Some(files) = world.origins.templates.get(&model::TemplateId::new(template)) else {
        return Err(format!("no file is known behind the template {template}"));
    };
    let mut changes = BTreeSet::new();
    for path in files {
        changes.extend(file(world, approvals, path)?);
    }
    Ok(changes.last().copied())
}

/// A change in words: who stands for it.
fn told(approvals: &Approvals, number: u64) -> String {
    let Some(change) = approvals.changes().get(&number) else { return format!("change {number}") };
    let Standing::Published { at, by, how } = &change.standing else { return format!("change {number}") };
    match how {
        How::Approved => format!("change {number}, approved by {}", checkers(change, *at)),
        How::Emergency(_) => format!("change {number}, an emergency of {by}"),
        How::Adopted => format!("change {number}, adopted by {by}"),
    }
}

fn checkers(change: &Change, at: model::Timestamp) -> String {
    let approvals = change.approvals(at);
    approvals.iter().map(|review| &*review.said.checker).collect::<Vec<_>>().join(", ")
}
