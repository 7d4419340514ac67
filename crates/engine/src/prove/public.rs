//! The public part of every fact: its kind and what its leaf shows.

use super::change::public_of_change;
use super::review::of_review;
use super::trial::{of_credited, of_trial};
use crate::entry::{AfterRefusal, Ending, Entry, Fact, Matter, Public, Rerouted};
use model::{Cost, MessageClass, MessageId, RouteId};
use proof::entry::{Kind, Leaf};
use std::borrow::Cow;
use std::sync::Arc;

impl Fact {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::WorldPublished { .. } => Kind::WorldPublished,
            Self::CustomerRecorded(_) => Kind::CustomerRecorded,
            Self::ConsentRecorded(_) => Kind::ConsentRecorded,
            Self::EventAccepted(_) => Kind::EventAccepted,
            Self::MessageDecided(_) => Kind::MessageDecided,
            Self::MessageHeld(_) => Kind::MessageHeld,
            Self::MessageBlocked(_) => Kind::MessageBlocked,
            Self::MessageClaimed { .. } => Kind::MessageClaimed,
            Self::PartSubmitted { .. } => Kind::PartSubmitted,
            Self::PartRefused { .. } => Kind::PartRefused,
            Self::PartUnanswered { .. } => Kind::PartUnanswered,
            Self::AnswerLate { .. } => Kind::AnswerLate,
            Self::CarrierAsked { .. } => Kind::CarrierAsked,
            Self::ReceiptReceived { .. } => Kind::ReceiptReceived,
            Self::ReceiptParked { .. } => Kind::ReceiptParked,
            Self::MessageEnded { .. } => Kind::MessageEnded,
            Self::InboundReceived { .. } => Kind::InboundReceived,
            Self::SuppressionRecorded { .. } => Kind::SuppressionRecorded,
            Self::BroadcastLaunched { .. } => Kind::BroadcastLaunched,
            Self::BroadcastEnded { .. } => Kind::BroadcastEnded,
            Self::ChangeProposed(_) => Kind::ChangeProposed,
            Self::ChangeContent(_) => Kind::ChangeContent,
            Self::ChangeReviewed(_) => Kind::ChangeReviewed,
            Self::ChangeWithdrawn { .. } => Kind::ChangeWithdrawn,
            Self::ChangePublished(_) => Kind::ChangePublished,
            Self::CustomerErased { .. } => Kind::CustomerErased,
            Self::OrdersSpent { .. } => Kind::OrdersSpent,
            Self::MarketEventAccepted(_) => Kind::MarketEventAccepted,
            Self::MarketEventEnded { .. } => Kind::MarketEventEnded,
            Self::CallAnswered(_) => Kind::CallAnswered,
            Self::TaskOpened(_) => Kind::TaskOpened,
            Self::TaskClosed(_) => Kind::TaskClosed,
            Self::JourneyEntered(_) => Kind::JourneyEntered,
            Self::JourneyMoved(_) => Kind::JourneyMoved,
            Self::JourneyLeft { .. } => Kind::JourneyLeft,
            Self::CustomerTagged { .. } => Kind::CustomerTagged,
            Self::PreferenceChanged(_) => Kind::PreferenceChanged,
            Self::GoalReached { .. } => Kind::GoalReached,
            Self::ReviewDecided(_) => Kind::ReviewDecided,
            Self::ModelTrained(_) => Kind::ModelTrained,
            Self::LinkClicked(_) => Kind::LinkClicked,
            Self::ArmStopped(_) => Kind::ArmStopped,
            Self::ArmResumed(_) => Kind::ArmResumed,
            Self::WeightsMoved(_) => Kind::WeightsMoved,
            Self::CaseOpened(_) => Kind::CaseOpened,
            Self::CaseNoted(_) => Kind::CaseNoted,
            Self::CaseClosed(_) => Kind::CaseClosed,
            Self::DataExported(_) => Kind::DataExported,
            Self::AdminActed { .. } => Kind::AdminActed,
            Self::MessageHidden { .. } => Kind::MessageHidden,
            Self::MessageRerouted(_) => Kind::MessageRerouted,
            Self::NoticesSettled { .. } => Kind::NoticesSettled,
            Self::PieceTaken(_) => Kind::PieceTaken,
            Self::SwitchSet { .. } => Kind::SwitchSet,
            Self::Redacted(redacted) => redacted.kind,
        }
    }

    /// What its leaf shows.
    pub fn public(&self) -> Public {
        let none = Public::default();
        match self {
            Self::WorldPublished { world, files } => Public { world: Some(*world), ..counting(*files) },
            Self::CustomerRecorded(_)
            | Self::EventAccepted(_)
            | Self::PieceTaken(_)
            | Self::CustomerTagged { .. }
            | Self::PreferenceChanged(_)
            | Self::DataExported(_)
            | Self::AdminActed { .. } => none,
            Self::CaseOpened(_) | Self::CaseNoted(_) | Self::CaseClosed(_) => of_case(self),
            Self::ReviewDecided(said) => of_review(said),
            Self::ModelTrained(made) => counting(made.texts),
            Self::ArmStopped(_) | Self::ArmResumed(_) | Self::WeightsMoved(_) => of_trial(self),
            Self::MarketEventAccepted(_)
            | Self::MarketEventEnded { .. }
            | Self::BroadcastEnded { .. }
            | Self::GoalReached { .. }
            | Self::LinkClicked(_)
            | Self::CallAnswered(_)
            | Self::TaskOpened(_)
            | Self::TaskClosed(_)
            | Self::JourneyEntered(_)
            | Self::JourneyMoved(_)
            | Self::JourneyLeft { .. } => of_way(self),
            Self::ConsentRecorded(consent) => Public { class: Some(consent.class), ..none },
            Self::MessageDecided(d) => Public {
                route: Some(d.route.clone()),
                parts: Some(d.parts),
                cost: Some(d.cost),
                ..of_matter(&d.matter)
            },
            Self::MessageHeld(held) => of_stopped(&held.matter, held.refund),
            Self::MessageBlocked(blocked) => of_stopped(&blocked.matter, blocked.refund),
            Self::MessageClaimed { .. } => of_claim(self),
            Self::MessageRerouted(rerouted) => of_rerouted(rerouted),
            Self::NoticesSettled { notices, .. } => counting(notices.len() as u64),
            Self::OrdersSpent { keys } => counting(keys.len() as u64),
            Self::SwitchSet { scope, state, .. } => {
                Public { rule: Some(scope.to_string().into()), count: Some(*state as u64), ..none }
            }
            Self::PartUnanswered { .. }
            | Self::PartSubmitted { .. }
            | Self::PartRefused { .. }
            | Self::AnswerLate { .. }
            | Self::CarrierAsked { .. }
            | Self::ReceiptReceived { .. } => of_carrier(self),
            Self::ReceiptParked { route, .. } => Public { route: Some(route.clone()), ..none },
            Self::InboundReceived { route, journey, .. } => {
                Public { route: Some(route.clone()), journey: journey.clone(), ..none }
            }
            Self::MessageHidden { message } => of_message(*message),
            Self::MessageEnded { message, ending } => of_ending(of_message(*message), ending),
            Self::SuppressionRecorded { why, credited, .. } => of_credited(*why, credited.as_ref()),
            Self::BroadcastLaunched { reference, .. } => of_journey(reference),
            Self::ChangeProposed(_)
            | Self::ChangeContent(_)
            | Self::ChangeReviewed(_)
            | Self::ChangeWithdrawn { .. }
            | Self::ChangePublished(_) => public_of_change(self),
            Self::CustomerErased { basis } => Public { rule: Some(Arc::clone(basis)), ..none },
            Self::Redacted(redacted) => redacted.public.clone(),
        }
    }
}

/// What the carrier says of a part, or is asked about it.
fn of_carrier(fact: &Fact) -> Public {
    match fact {
        Fact::PartUnanswered { message, part, .. } => of_part(*message, *part),
        Fact::PartSubmitted { message, part, completes, .. } => {
            Public { count: completes.map(|_| 1), ..of_part(*message, *part) }
        }
        Fact::PartRefused { message, part, then, .. } => of_refusal(of_part(*message, *part), then),
        Fact::AnswerLate { message, part, route, .. } => {
            Public { route: Some(route.clone()), ..of_part(*message, *part) }
        }
        Fact::CarrierAsked { message, route, parts, .. } => {
            let (route, count) = (Some(route.clone()), Some(u64::from(*parts)));
            Public { message: Some(*message), route, count, ..Public::default() }
        }
        Fact::ReceiptReceived { message, part, ends, .. } => {
            let base = of_part(*message, *part);
            ends.as_ref().map_or(base.clone(), |ending| of_ending(base, ending))
        }
        _ => Public::default(),
    }
}

/// A message that is handed over.
fn of_claim(fact: &Fact) -> Public {
    let Fact::MessageClaimed { message, class, route, attempt, parts } = fact else {
        return Public::default();
    };
    let (route, count) = (Some(route.clone()), Some(u64::from(*attempt)));
    Public { message: Some(*message), class: Some(*class), route, count, parts: *parts, ..Public::default() }
}

/// The word of a result that is what was wanted.
pub(super) const DONE: &str = "done";
/// The word of one that is not.
const FAILED: &str = "failed";

/// Somebody's way through a journey, and what set many off.
fn of_way(fact: &Fact) -> Public {
    match fact {
        Fact::MarketEventEnded { met, .. } => counting(*met),
        Fact::JourneyEntered(entered) => Public { count: entered.market, ..of_journey(&entered.journey) },
        Fact::CallAnswered(result) | Fact::TaskClosed(result) => {
            let word = if result.is_done { DONE } else { FAILED };
            Public { rule: Some(word.into()), ..of_journey(&result.journey) }
        }
        Fact::TaskOpened(task) => Public { rule: Some(Arc::clone(&task.queue)), ..of_journey(&task.journey) },
        Fact::JourneyMoved(moved) => of_journey(&moved.journey),
        Fact::JourneyLeft { journey, how, .. } => {
            Public { rule: Some(how.name().into()), ..of_journey(journey) }
        }
        Fact::BroadcastEnded { reference, audience } => {
            Public { count: Some(*audience), ..of_journey(reference) }
        }
        Fact::GoalReached { message, class, journey, value } => {
            let (message, class, count) = (Some(*message), Some(*class), Some(*value));
            Public { message, class, count, ..of_journey(journey) }
        }
        Fact::LinkClicked(clicked) => Public {
            message: Some(clicked.message),
            class: Some(clicked.class),
            rule: Some(clicked.by.name().into()),
            ..Public { count: Some(u64::from(clicked.target)), ..of_journey(&clicked.journey) }
        },
        _ => Public::default(),
    }
}

/// What outlives the customer of a case: what kind it is, its term, its end.
fn of_case(fact: &Fact) -> Public {
    match fact {
        Fact::CaseOpened(opened) => {
            Public { rule: Some(opened.kind.name().into()), ..counting(u64::from(opened.days)) }
        }
        Fact::CaseNoted(noted) => counting(noted.case.0),
        Fact::CaseClosed(closed) => {
            Public { rule: Some(closed.outcome.name().into()), ..counting(closed.case.0) }
        }
        _ => Public::default(),
    }
}

fn of_refusal(part: Public, then: &AfterRefusal) -> Public {
    match then {
        AfterRefusal::Requeue | AfterRefusal::Await => part,
        AfterRefusal::Fail(ending) => of_ending(part, ending),
    }
}

pub(super) fn of_journey(reference: &Arc<str>) -> Public {
    Public { journey: Some(Arc::clone(reference)), ..Public::default() }
}

fn counting(count: u64) -> Public {
    Public { count: Some(count), ..Public::default() }
}

fn of_message(message: MessageId) -> Public {
    Public { message: Some(message), ..Public::default() }
}

fn of_part(message: MessageId, part: u8) -> Public {
    Public { message: Some(message), parts: shown(part), ..Public::default() }
}

/// A part's number as leaves show it: from 1 (`proof::entry`). A message has at most 255 parts.
fn shown(part: u8) -> Option<u8> {
    Some(part.saturating_add(1))
}

fn of_matter(matter: &Matter) -> Public {
    Public {
        message: Some(matter.message),
        class: Some(matter.class),
        journey: Some(Arc::clone(&matter.journey)),
        world: Some(matter.world),
        template: Some(matter.template_hash),
        ..Public::default()
    }
}

fn of_stopped(matter: &Matter, refund: Option<Cost>) -> Public {
    let cost = refund.map(|refund| Cost::ZERO.minus(refund));
    Public { rule: last_rule(matter), cost, ..of_matter(matter) }
}

fn of_rerouted(rerouted: &Rerouted) -> Public {
    Public {
        message: Some(rerouted.message),
        class: Some(rerouted.class),
        journey: Some(Arc::clone(&rerouted.journey)),
        route: Some(rerouted.route.clone()),
        rule: Some(Arc::clone(&rerouted.why)),
        parts: Some(rerouted.parts),
        cost: Some(rerouted.change),
        ..Public::default()
    }
}

fn of_ending(base: Public, ending: &Ending) -> Public {
    Public {
        class: Some(ending.class),
        journey: Some(Arc::clone(&ending.journey)),
        rule: Some(ending.outcome.name().into()),
        cost: (ending.refund != Cost::ZERO).then(|| Cost::ZERO.minus(ending.refund)),
        ..base
    }
}

fn last_rule(matter: &Matter) -> Option<Arc<str>> {
    matter.findings.last().map(|finding| finding.rule.id().into())
}

/// The leaf of an entry, still without its commitment.
pub fn leaf(entry: &Entry) -> Leaf<'static> {
    let public = entry.fact.public();
    let own = |text: Option<Arc<str>>| text.map(|t| Cow::Owned(t.to_string()));
    Leaf {
        time_ms: entry.at.0,
        kind: entry.fact.kind(),
        message: public.message.map(|m| m.0),
        class: public.class.map(MessageClass::code),
        journey: own(public.journey),
        route: public.route.map(|r: RouteId| Cow::Owned(r.as_str().to_owned())),
        rule: own(public.rule),
        parts: public.parts,
        cost_millifen: public.cost.map(|c| c.millifen),
        count: public.count,
        world: public.world,
        template: public.template,
        commitment: None,
    }
}
