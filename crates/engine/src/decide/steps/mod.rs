//! The steps of a journey, one file each. A step says what is recorded and where somebody goes next, or that they wait.

mod ask;
mod branch;
mod go_to;
mod hand_over;
mod join;
mod send;
mod split;
mod tag;
mod wait;
mod wait_for;
mod webhook;

pub(crate) use ask::{Asked, answered, ask_again, read as read_answer};
pub(crate) use send::{template, templates};
pub(crate) use wait_for::{Heard, hear, is_watched};
pub(crate) use webhook::{name as call_name, told};

use super::ConditionFailure;
use crate::compose::{GOT, Source, Template, Variable};
use crate::entry::{Event, Fact, Left, Open, Stay};
use crate::state::{Customer, Passage, State};
use crate::world::{Facts, Journey, StepKind, World};
use model::{Fields, Timestamp};
use std::sync::Arc;

/// Somebody who stands before a step.
#[derive(Debug, Clone)]
pub(crate) struct Walker {
    /// The journey, in the version they entered.
    pub(crate) journey: Arc<Journey>,
    /// Their way through it, if they have waited on it.
    pub(crate) passage: Option<u64>,
    /// Digest of what it is entered for, where that counts.
    pub(crate) key: Option<u128>,
    /// The event that set it off.
    pub(crate) event: Option<Arc<Event>>,
    /// The entry about what they hold that set it off, if one did.
    pub(crate) market: Option<u64>,
    /// The event that was waited for last.
    pub(crate) got: Option<Arc<Event>>,
    /// How often they have been sent back, by step.
    pub(crate) jumps: Vec<(Arc<str>, u16)>,
    /// In which arm of an experiment they are.
    pub(crate) variant: Option<Arc<str>>,
    /// The number of the step they stand before.
    pub(crate) at: usize,
}

/// What a step leads to.
#[derive(Debug)]
pub(crate) enum Next {
    /// On to another step.
    Go(usize),
    /// This is recorded, then on to another step.
    Record(Box<Fact>, usize),
    /// Nothing before this moment.
    Wait(Timestamp),
    /// Nothing before this moment, unless what is open is answered.
    Open(Timestamp, Open),
    /// This is recorded; then nothing before this moment, unless what is open is answered.
    RecordAndOpen(Box<Fact>, Timestamp, Open),
    /// Out of the journey.
    Leave(Left),
    /// Neither on nor out: something is missing, as these words say.
    Stuck(String),
}

/// What a step may look at.
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) state: &'a State,
    pub(super) customer: &'a Customer,
    pub(super) now: Timestamp,
    /// Conditions that had no answer.
    pub(super) failures: &'a mut Vec<ConditionFailure>,
}

impl Walker {
    /// Somebody at the beginning of a journey.
    pub(crate) fn new(journey: &Arc<Journey>, event: Option<&Arc<Event>>, key: Option<u128>) -> Self {
        Self {
            journey: Arc::clone(journey),
            passage: None,
            key,
            event: event.cloned(),
            market: None,
            got: None,
            jumps: Vec::new(),
            variant: None,
            at: 0,
        }
    }

    /// Somebody who goes on from where they waited; `at` is the number of the step they go to.
    pub(crate) fn resumed(journey: &Arc<Journey>, id: u64, passage: &Passage, at: usize) -> Self {
        let Passage { key, event, stay, .. } = passage;
        Self {
            journey: Arc::clone(journey),
            passage: Some(id),
            key: *key,
            event: event.clone(),
            market: None,
            got: stay.got.clone(),
            jumps: stay.jumps.clone(),
            variant: stay.variant.clone(),
            at,
        }
    }

    /// Where they stand, to be kept while they wait.
    pub(crate) fn stay(&self, due: Option<Timestamp>, stuck: Option<String>, open: Open) -> Stay {
        let step =
            self.journey.steps.get(self.at).map_or_else(|| Arc::from(END), |step| Arc::clone(&step.name));
        Stay {
            step,
            due,
            got: self.got.clone(),
            jumps: self.jumps.clone(),
            variant: self.variant.clone(),
            stuck: stuck.map(Arc::from),
            open,
        }
    }

    /// The event that a text of theirs may speak of: what set the journey off, and where the text asks for it, what was waited
    /// for last, as fields of its own. A message keeps it, for it may be judged again when neither is there any more.
    pub(super) fn speaks_of(&self, template: &Template) -> Option<Arc<Event>> {
        let asks = |variable: &Variable| matches!(variable.from, Source::Got(_));
        let Some(got) = self.got.as_ref().filter(|_| template.variables.iter().any(asks)) else {
            return self.event.clone();
        };
        let mut event = match &self.event {
            Some(event) => Event::clone(event),
            None => Event { fields: Fields::new(), ..Event::clone(got) },
        };
        let named = got.fields.iter().map(|(name, value)| (format!("{GOT}{name}").into(), value.clone()));
        event.fields.extend(named);
        Some(Arc::new(event))
    }

    /// What conditions of theirs are about.
    pub(crate) fn facts<'a>(&'a self, customer: &'a Customer) -> Facts<'a> {
        Facts {
            event: self.event.as_ref().map(|event| &event.fields),
            got: self.got.as_ref().map(|got| &got.fields),
            ..Facts::of(customer)
        }
    }
}

/// The name of the place behind the last step.
pub(crate) const END: &str = "end";

/// What the step that somebody stands before leads to. They may have been there before and waited: then `resume` says
/// where they go.
pub(crate) fn next(
    world: &World,
    state: &State,
    customer: &Customer,
    walker: &mut Walker,
    failures: &mut Vec<ConditionFailure>,
    now: Timestamp,
) -> Next {
    let journey = Arc::clone(&walker.journey);
    let Some(step) = journey.steps.get(walker.at) else { return Next::Leave(Left::Completed) };
    let mut scene = Scene { world, state, customer, now, failures };
    let behind = walker.at + 1;
    match &step.kind {
        StepKind::Send { template } => send::take(&scene, walker, template, behind),
        StepKind::Wait(until) => wait::take(&scene, until, behind),
        StepKind::Await { timeout, otherwise, .. } => wait_for::take(&scene, timeout, *otherwise),
        StepKind::Join { timeout, otherwise, .. } => join::take(&scene, timeout, *otherwise),
        StepKind::Ask(ask) => ask::take(&scene, walker, ask),
        StepKind::Webhook { timeout, .. } => webhook::take(&scene, timeout),
        StepKind::HandOver { queue, what, timeout, otherwise } => {
            hand_over::take(&scene, walker, queue, what, timeout, *otherwise)
        }
        StepKind::Goal => Next::Leave(Left::Goal),
        StepKind::Branch { arms, otherwise } => branch::take(&mut scene, walker, arms, *otherwise),
        StepKind::Split(split) => split::take(&scene, walker, split, behind),
        StepKind::Tag { values } => tag::take(values, behind),
        StepKind::GoTo { to, at_most } => go_to::take(walker, &step.name, *to, *at_most, behind),
        StepKind::Exit => Next::Leave(Left::Exited),
    }
}

/// Where somebody goes whose waiting is over because its time has come.
pub(crate) fn resume(journey: &Journey, stay: &Stay) -> Option<usize> {
    let step = &*stay.step;
    if step == END {
        return Some(journey.steps.len());
    }
    let at = journey.place(step)?;
    let kind = &journey.steps.get(at)?.kind;
    // Whoever was stuck tries again.
    if stay.stuck.is_some() {
        return Some(at);
    }
    let again = if matches!(kind, StepKind::Wait(_)) { at + 1 } else { at };
    Some(kind.otherwise().unwrap_or(again))
}

/// The journey of somebody inside it; none if it is not published any more.
pub(crate) fn journey_of<'w>(world: &'w World, passage: &Passage) -> Option<&'w Arc<Journey>> {
    world.journeys.version(&passage.journey)
}
