//! What is due: held messages are judged again from the top, waiting ends, unsent messages run out.

use super::gate::too_late;
use super::rules::{self, RuleCode};
use super::steps;
use super::{Candidate, Cursors, Finding, Verdict, judge};
use crate::deliver;
use crate::entry::{Blocked, Entry, Fact, Held, Matter, Outcome};
use crate::state::{Message, Phase, State};
use crate::world::{Journey, World};
use model::Timestamp;
use proof::Hash;
use std::sync::Arc;

/// The entry for the message that has been due longest at `now`, if there is one.
pub(crate) fn due(world: &World, state: &State, cursors: &mut Cursors, now: Timestamp) -> Option<Entry> {
    let (at, id) = state.timers.first()?;
    if *at > now {
        return None;
    }
    let message = state.messages.get(id)?;
    let fact = match message.phase {
        Phase::Held => again(world, state, cursors, message, now),
        Phase::Ready => revoked(
            world.hash,
            message,
            rules::validity::RULE.code,
            format!("worth sending until {}", message.expires),
        ),
        Phase::Uncertain => ended(message, Outcome::Uncertain),
        Phase::Claimed | Phase::Submitted => ended(message, Outcome::NoReceipt),
    };
    Some(Entry { at: now, subject: message.subject, fact })
}

fn ended(message: &Message, outcome: Outcome) -> Fact {
    Fact::MessageEnded { message: message.id, ending: deliver::ending(message, outcome) }
}

/// Judges a held message again, from the first rule on: consent may have been withdrawn, caps may have filled.
fn again(world: &World, state: &State, cursors: &mut Cursors, message: &Message, now: Timestamp) -> Fact {
    let journey = find(world, state, cursors, &message.journey);
    let (Some(journey), Some(customer)) = (journey, state.customers.get(&message.subject)) else {
        let detail = format!("{} is not published any more", message.journey);
        return revoked(world.hash, message, rules::class_policy::RULE.code, detail);
    };
    let Some(template) = steps::templates(&journey).find(|template| template.id == message.template) else {
        return revoked(
            world.hash,
            message,
            rules::lint::RULE.code,
            "the journey sends nothing any more".to_owned(),
        );
    };
    let candidate = Candidate {
        event: message.event.as_ref(),
        message: message.id,
        expires: message.expires,
        ..Candidate::new(world, state, customer, &journey, template, now)
    };
    judge(&candidate)
}

/// The journey of a reference: its published version of today, a running broadcast, or the opt-out confirmation.
fn find(world: &World, state: &State, cursors: &mut Cursors, reference: &str) -> Option<Arc<Journey>> {
    if let Some(journey) = cursors.journey(world, state, reference) {
        return Some(journey);
    }
    let name = reference.split('@').next()?;
    if let Some(journey) = world.journeys.get(&model::JourneyId::new(name)) {
        return Some(Arc::clone(journey));
    }
    crate::converse::confirmation(world).filter(|journey| journey.id.as_str() == name).map(Arc::new)
}

/// The fact that stops a message which is already on its way to its lane or in it.
pub(crate) fn revoked(world: Hash, message: &Message, rule: RuleCode, detail: String) -> Fact {
    let finding = Finding { rule, revision: 0, verdict: Verdict::Block, detail: detail.into() };
    stopped(world, message, finding)
}

/// The same, with the finding at hand; one that says "not before" holds the message back again, if it is worth
/// anything by then.
pub(crate) fn stopped(world: Hash, message: &Message, finding: Finding) -> Fact {
    let refund = message.sending.as_ref().map(|_| deliver::given_back(message, None));
    let expires = message.expires;
    let matter = |findings| Matter {
        message: message.id,
        journey: Arc::clone(&message.journey),
        class: message.class,
        subtype: message.subtype.clone(),
        template: message.template.clone(),
        template_hash: message.template_hash,
        world,
        findings,
    };
    match finding.verdict {
        Verdict::Hold { until } if until < expires => {
            let event = message.event.clone();
            Fact::MessageHeld(Box::new(Held { matter: matter(vec![finding]), until, expires, event, refund }))
        }
        Verdict::Hold { until } => {
            let findings = vec![finding, too_late(until, expires)];
            Fact::MessageBlocked(Box::new(Blocked { matter: matter(findings), refund }))
        }
        Verdict::Pass | Verdict::Block => {
            Fact::MessageBlocked(Box::new(Blocked { matter: matter(vec![finding]), refund }))
        }
    }
}
