//! The way of those who want nothing personalised (`general`), in a journey's file: nothing on it may look at who somebody is.

use super::super::reader::Item;
use crate::compose::Template;
use crate::world::{General, Step, StepKind, Trigger, Until};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads the name of the step at which it begins, and follows it to its ends.
pub(super) fn read(item: Item<'_>, trigger: &Trigger, steps: &[Step], personalised: bool) -> Option<General> {
    let name = item.text()?;
    let Some(at) = steps.iter().position(|step| *step.name == *name) else {
        item.report(format!("expected the name of a step, found {name:?}"));
        return None;
    };
    if !personalised {
        item.report(
            "expected no general way: nothing shows that this goes to somebody because of who they are",
        );
    }
    if let Some(why) = chosen_anyway(trigger) {
        item.report(format!(
            "expected no general way: {why}, so that whoever goes it is chosen by who they are"
        ));
    }
    let (mut texts, mut seen, mut next) = (BTreeSet::new(), BTreeSet::new(), vec![at]);
    while let Some(at) = next.pop() {
        let Some(step) = steps.get(at).filter(|_| seen.insert(at)) else { continue };
        if let Some(why) = looks(step) {
            item.report(format!("expected a way that looks at nobody, but at step {:?} {why}", &*step.name));
        }
        texts.extend(step.kind.texts().map(|template| template.id.clone()));
        next.extend(step.kind.leads_to(at));
    }
    Some(General { at, texts })
}

/// What shows that everybody who enters is chosen, whatever the journey's condition.
fn chosen_anyway(trigger: &Trigger) -> Option<&'static str> {
    match trigger {
        // Its condition is not asked of those who go the general way.
        Trigger::Schedule { .. } => None,
        _ => super::looks_at(trigger, &[]),
    }
}

/// What of a step looks at the person.
fn looks(step: &Step) -> Option<&'static str> {
    let own = |template: &Arc<Template>| template.basis.personalised;
    match &step.kind {
        StepKind::Branch { arms, .. } if arms.iter().any(|(when, _)| when.looks_at_person()) => {
            Some("a branch asks about the person")
        }
        StepKind::Wait(Until::Date { .. } | Until::Best { .. }) => {
            Some("a day or an hour of theirs is waited for")
        }
        kind if kind.texts().any(own) => Some("a text is personalised"),
        _ => None,
    }
}
