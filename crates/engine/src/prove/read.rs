//! Reading a line of the ledger back into an entry.

use super::case::{LATER_FIELDS, OPENED_FIELDS, read_closed, read_noted, read_opened, read_suppression};
use super::change::read_change;
use super::journey::{read_entered, read_left, read_moved, read_result, read_tags, read_task};
use super::late::read_late;
use super::order::{read_contact, read_order, read_piece, read_spent, read_way};
use super::preference::{CHOSEN_FIELDS, read_chosen};
use super::review::{MODEL_FIELDS, REVIEW_FIELDS, read_model, read_review};
use super::trial::{RESUMED_FIELDS, STOPPED_FIELDS, read_trial};
use super::values::{
    DETAIL_VERSION, read_event, read_fields, read_length, read_option, read_text, read_time,
};
use crate::decide::{Finding, RuleCode, Verdict};
use crate::entry::{
    AfterRefusal, AfterSilence, Blocked, Clicked, Decided, Ending, Entry, Fact, Follower, Held, MarketEvent,
    Matter, Outcome, Profile, Public, ReceiptState, Redacted, Rerouted, Scope, Settled, Standing,
    SwitchState,
};
use minicbor::Decoder;
use minicbor::decode::Error;
use model::{
    AccountId, Consent, ConsentState, Cost, CustomerId, EvidenceId, MessageClass, MessageId, Phone, Private,
    RemoteId, RouteId, Subject, Subtype, TemplateId, Timestamp, Zone,
};
use proof::Hash;
use proof::entry::{Kind, Leaf};
use std::sync::Arc;

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} entry cannot be read: {why}")]
pub struct ReadError {
    kind: &'static str,
    why: String,
}

/// Reads an entry from its leaf and its opened detail. Without a detail, an entry that has one reads as
/// [`Fact::Redacted`].
///
/// # Errors
/// A detail of another version or another shape, a leaf without what its kind needs.
pub fn read(leaf: &Leaf<'_>, subject: Subject, detail: Option<&[u8]>) -> Result<Entry, ReadError> {
    let at = Timestamp(leaf.time_ms);
    let public = public_of(leaf);
    let failed = |why: Error| ReadError { kind: leaf.kind.name(), why: why.to_string() };
    let fact = match (leaf.commitment, detail) {
        (None, _) => from_leaf(leaf.kind, public).map_err(failed)?,
        (Some(_), None) => Fact::Redacted(Box::new(Redacted { kind: leaf.kind, public })),
        (Some(_), Some(detail)) => {
            let mut d = Decoder::new(detail);
            let fact = from_detail(leaf.kind, &public, &mut d).map_err(failed)?;
            if d.position() != detail.len() {
                return Err(failed(Error::message(format!(
                    "{} bytes too many",
                    detail.len() - d.position()
                ))));
            }
            fact
        }
    };
    Ok(Entry { at, subject, fact })
}

/// What a leaf says, in the engine's terms.
pub fn public_of(leaf: &Leaf<'_>) -> Public {
    let own = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(Arc::from);
    Public {
        message: leaf.message.map(MessageId),
        class: leaf.class.and_then(MessageClass::from_code),
        journey: own(&leaf.journey),
        route: leaf.route.as_deref().map(RouteId::from),
        rule: own(&leaf.rule),
        parts: leaf.parts,
        cost: leaf.cost_millifen.map(|millifen| Cost { millifen }),
        count: leaf.count,
        world: leaf.world,
        template: leaf.template,
    }
}

/// A field that the leaf of this kind must have.
fn need<T>(field: Option<T>, name: &str) -> Result<T, Error> {
    field.ok_or_else(|| Error::message(format!("its leaf has no {name}")))
}

fn from_leaf(kind: Kind, p: Public) -> Result<Fact, Error> {
    Ok(match kind {
        Kind::WorldPublished => {
            Fact::WorldPublished { world: need(p.world, "world")?, files: p.count.unwrap_or(0) }
        }
        Kind::MessageClaimed => Fact::MessageClaimed {
            message: need(p.message, "message")?,
            class: need(p.class, "class")?,
            route: need(p.route, "route")?,
            attempt: u8::try_from(p.count.unwrap_or(1)).unwrap_or(u8::MAX),
            parts: p.parts,
        },
        Kind::BroadcastEnded => {
            Fact::BroadcastEnded { reference: need(p.journey, "journey")?, audience: p.count.unwrap_or(0) }
        }
        Kind::CustomerErased => Fact::CustomerErased { basis: need(p.rule, "ground")? },
        Kind::MessageHidden => Fact::MessageHidden { message: need(p.message, "message")? },
        Kind::GoalReached => Fact::GoalReached {
            message: need(p.message, "message")?,
            class: need(p.class, "class")?,
            journey: need(p.journey, "journey")?,
            value: p.count.unwrap_or(0),
        },
        Kind::LinkClicked => Fact::LinkClicked(Clicked {
            message: need(p.message, "message")?,
            class: need(p.class, "class")?,
            journey: need(p.journey, "journey")?,
            target: need(p.count.and_then(|number| u16::try_from(number).ok()), "target up to 65535")?,
            by: need(p.rule.as_deref().and_then(Follower::from_name), "word for who it was")?,
        }),
        other => {
            return Err(Error::message(format!(
                "its leaf has no commitment, and {} needs one",
                other.name()
            )));
        }
    })
}

fn from_detail(kind: Kind, p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let behind = read_head(kind, d)?;
    let message = || need(p.message, "message");
    Ok(match kind {
        Kind::CustomerRecorded => read_profile(d)?,
        Kind::ConsentRecorded => read_consent(p, d)?,
        Kind::EventAccepted => Fact::EventAccepted(Arc::new(read_event(d)?)),
        Kind::MessageDecided => read_decided(p, d, behind)?,
        Kind::MessageHeld => read_held(p, d, behind)?,
        Kind::MessageBlocked => {
            let refund = p.cost.map(|cost| Cost::ZERO.minus(cost));
            let mut matter = read_matter(p, d)?;
            matter.order = read_behind(d, behind > 0, read_order)?;
            Fact::MessageBlocked(Box::new(Blocked { matter, refund }))
        }
        Kind::MessageRerouted => read_rerouted(p, d)?,
        Kind::NoticesSettled => read_settled(d)?,
        Kind::PieceTaken => Fact::PieceTaken(Box::new(read_piece(d)?)),
        Kind::SwitchSet => read_switch(p, d)?,
        Kind::PartSubmitted
        | Kind::PartRefused
        | Kind::PartUnanswered
        | Kind::AnswerLate
        | Kind::CarrierAsked
        | Kind::ReceiptReceived
        | Kind::ReceiptParked => read_part(kind, p, d, behind)?,
        Kind::MessageEnded => Fact::MessageEnded { message: message()?, ending: read_ending(p, d)? },
        Kind::InboundReceived => read_inbound(p, d, behind)?,
        Kind::SuppressionRecorded => read_suppression(p, d)?,
        Kind::BroadcastLaunched => {
            let (source, up_to) = (read_text(d)?, Subject(d.u64()?));
            Fact::BroadcastLaunched { source, reference: need(p.journey.clone(), "journey")?, up_to }
        }
        Kind::AdminActed => Fact::AdminActed { what: read_text(d)? },
        Kind::ChangeProposed
        | Kind::ChangeContent
        | Kind::ChangeReviewed
        | Kind::ChangeWithdrawn
        | Kind::ChangePublished => read_change(kind, p, d)?,
        Kind::OrdersSpent => read_spent(d)?,
        Kind::MarketEventAccepted => read_market(d)?,
        Kind::MarketEventEnded => Fact::MarketEventEnded { market: d.u64()?, met: need(p.count, "count")? },
        Kind::CallAnswered => Fact::CallAnswered(Box::new(read_result(p, d)?)),
        Kind::TaskOpened => read_task(p, d)?,
        Kind::TaskClosed => Fact::TaskClosed(Box::new(read_result(p, d)?)),
        Kind::JourneyEntered => read_entered(p, d)?,
        Kind::JourneyMoved => read_moved(p, d)?,
        Kind::JourneyLeft => read_left(p, d)?,
        Kind::CustomerTagged => read_tags(d)?,
        Kind::PreferenceChanged => read_chosen(d)?,
        Kind::ReviewDecided => read_review(p, d)?,
        Kind::ModelTrained => read_model(p, d)?,
        Kind::ArmStopped | Kind::ArmResumed | Kind::WeightsMoved => read_trial(kind, p, d)?,
        Kind::CaseOpened => read_opened(p, d)?,
        Kind::CaseNoted => read_noted(p, d)?,
        Kind::CaseClosed => read_closed(p, d)?,
        Kind::DataExported => Fact::DataExported(read_text(d)?),
        Kind::WorldPublished
        | Kind::MessageClaimed
        | Kind::MessageHidden
        | Kind::BroadcastEnded
        | Kind::GoalReached
        | Kind::LinkClicked
        | Kind::CustomerErased => {
            return Err(Error::message("it has a detail, and should not"));
        }
    })
}

fn read_switch(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let (scope, code) = (need(p.rule.clone(), "scope")?, need(p.count, "state")?);
    let state = u8::try_from(code).ok().and_then(SwitchState::from_code);
    Ok(Fact::SwitchSet {
        scope: Scope::parse(&scope).map_err(Error::message)?,
        state: need(state, "state of 0 to 2")?,
        why: read_text(d)?,
    })
}

fn read_market(d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let event = Arc::new(read_event(d)?);
    let (instrument, up_to) = (read_text(d)?, Subject(d.u64()?));
    Ok(Fact::MarketEventAccepted(Box::new(MarketEvent { event, instrument, up_to })))
}

/// What the carrier says of a part, or is asked about it.
fn read_part(kind: Kind, p: &Public, d: &mut Decoder<'_>, behind: u64) -> Result<Fact, Error> {
    let message = || need(p.message, "message");
    // Leaves count parts from 1.
    let part = || need(p.parts.and_then(|number| number.checked_sub(1)), "part from 1");
    Ok(match kind {
        Kind::PartSubmitted => {
            let (remote, completes) = (RemoteId::new(d.str()?), read_option(d, read_time)?);
            Fact::PartSubmitted { message: message()?, part: part()?, remote, completes }
        }
        Kind::PartRefused => {
            let (status, ends) = (d.u32()?, read_option(d, |d| read_ending(p, d))?);
            let word = read_behind(d, behind > 0, |d| read_option(d, read_text))?.flatten();
            let awaits = read_behind(d, behind > 1, |d| d.bool())?.unwrap_or(false);
            let otherwise = if awaits { AfterRefusal::Await } else { AfterRefusal::Requeue };
            let then = ends.map_or(otherwise, AfterRefusal::Fail);
            Fact::PartRefused { message: message()?, part: part()?, status, word, then }
        }
        Kind::AnswerLate => {
            let said = read_late(d)?;
            Fact::AnswerLate {
                message: message()?,
                part: part()?,
                route: need(p.route.clone(), "route")?,
                said,
            }
        }
        Kind::CarrierAsked => Fact::CarrierAsked {
            message: message()?,
            route: need(p.route.clone(), "route")?,
            parts: need(p.count.and_then(|count| u8::try_from(count).ok()), "count up to 255")?,
            until: read_time(d)?,
        },
        Kind::PartUnanswered => {
            let until = read_option(d, read_time)?;
            let then = until.map_or(AfterSilence::Resend, |until| AfterSilence::Wait { until });
            Fact::PartUnanswered { message: message()?, part: part()?, then }
        }
        Kind::ReceiptReceived => {
            let (state, error) = (read_state(d)?, read_option(d, read_text)?);
            let ends = read_option(d, |d| read_ending(p, d))?;
            Fact::ReceiptReceived { message: message()?, part: part()?, state, error, ends }
        }
        Kind::ReceiptParked => {
            let remote = RemoteId::new(d.str()?);
            let (state, error) = (read_state(d)?, read_option(d, read_text)?);
            Fact::ReceiptParked { route: need(p.route.clone(), "route")?, remote, state, error }
        }
        other => return Err(Error::message(format!("{} is not about a part", other.name()))),
    })
}

/// Reads the head of a detail: its length, by its kind, and its version. Returns how many fields stand behind those
/// that every detail of the kind has.
fn read_head(kind: Kind, d: &mut Decoder<'_>) -> Result<u64, Error> {
    let expected: u64 = match kind {
        Kind::WorldPublished
        | Kind::MessageClaimed
        | Kind::MessageHidden
        | Kind::BroadcastEnded
        | Kind::GoalReached
        | Kind::LinkClicked
        | Kind::CustomerErased => 0,
        Kind::EventAccepted
        | Kind::PartUnanswered
        | Kind::MessageEnded
        | Kind::AdminActed
        | Kind::DataExported
        | Kind::CarrierAsked
        | Kind::OrdersSpent
        | Kind::JourneyLeft
        | Kind::CustomerTagged
        | Kind::MarketEventEnded
        | Kind::WeightsMoved
        | Kind::SwitchSet => 1,
        Kind::PartSubmitted | Kind::PartRefused | Kind::BroadcastLaunched | Kind::JourneyMoved => 2,
        Kind::ChangeContent | Kind::ChangeWithdrawn => 2,
        Kind::CallAnswered | Kind::TaskOpened | Kind::TaskClosed => 2,
        Kind::MessageBlocked | Kind::ReceiptReceived | Kind::ReceiptParked | Kind::SuppressionRecorded => 3,
        Kind::NoticesSettled | Kind::PieceTaken | Kind::AnswerLate | Kind::JourneyEntered => 3,
        Kind::ChangePublished | Kind::MarketEventAccepted => 3,
        Kind::MessageRerouted | Kind::ChangeReviewed => 4,
        Kind::ConsentRecorded | Kind::InboundReceived => 4,
        Kind::CustomerRecorded => 5,
        Kind::PreferenceChanged => CHOSEN_FIELDS,
        Kind::CaseOpened => OPENED_FIELDS,
        Kind::CaseNoted | Kind::CaseClosed => LATER_FIELDS,
        Kind::ReviewDecided => REVIEW_FIELDS,
        Kind::ModelTrained => MODEL_FIELDS,
        Kind::ArmStopped => STOPPED_FIELDS,
        Kind::ArmResumed => RESUMED_FIELDS,
        Kind::MessageHeld => 6,
        Kind::ChangeProposed => 7,
        Kind::MessageDecided => 9,
    };
    // The version comes before the fields.
    let found = read_length(d)?.saturating_sub(1);
    let version = d.u8()?;
    if version != DETAIL_VERSION {
        return Err(Error::message(format!("expected detail version {DETAIL_VERSION}, found {version}")));
    }
    let behind_max: u64 = match kind {
        Kind::MessageDecided => 3,
        Kind::PartRefused => 2,
        Kind::MessageHeld | Kind::MessageBlocked | Kind::InboundReceived => 1,
        _ => 0,
    };
    match found.checked_sub(expected) {
        Some(behind) if behind <= behind_max => Ok(behind),
        _ => Err(Error::message(format!("expected {expected} fields, found {found}"))),
    }
}

/// A field that stands behind the others, if it is there.
fn read_behind<T>(
    d: &mut Decoder<'_>,
    is_there: bool,
    read: impl FnOnce(&mut Decoder<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    is_there.then(|| read(d)).transpose()
}

pub(super) fn read_code<T>(
    d: &mut Decoder<'_>,
    what: &str,
    from_code: impl FnOnce(u8) -> Option<T>,
) -> Result<T, Error> {
    let code = d.u8()?;
    from_code(code).ok_or_else(|| Error::message(format!("expected {what}, found the code {code}")))
}

fn read_state(d: &mut Decoder<'_>) -> Result<ReceiptState, Error> {
    read_code(d, "a receipt state", ReceiptState::from_code)
}

fn read_ending(p: &Public, d: &mut Decoder<'_>) -> Result<Ending, Error> {
    Ok(Ending {
        outcome: read_code(d, "an outcome", Outcome::from_code)?,
        class: need(p.class, "class")?,
        journey: need(p.journey.clone(), "journey")?,
        refund: p.cost.map_or(Cost::ZERO, |cost| Cost::ZERO.minus(cost)),
    })
}

pub(super) fn read_phone(d: &mut Decoder<'_>) -> Result<Phone, Error> {
    Phone::parse(&format!("+{}", d.str()?), "").map_err(|e| Error::message(e.to_string()))
}

fn read_profile(d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let id = CustomerId::new(d.str()?);
    let phone = read_option(d, read_phone)?;
    let zone = read_option(d, |d| Zone::parse(d.str()?).map_err(|e| Error::message(e.to_string())))?;
    let standing = read_code(d, "a standing", |code| match code {
        0 => Some(Standing::Normal),
        1 => Some(Standing::Deceased),
        2 => Some(Standing::DoNotContact),
        _ => None,
    })?;
    let attributes = read_fields(d)?;
    Ok(Fact::CustomerRecorded(Box::new(Profile { id, phone, zone, standing, attributes })))
}

fn read_consent(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let state = if d.bool()? { ConsentState::Granted } else { ConsentState::Withdrawn };
    let (at, until) = (read_time(d)?, read_option(d, read_time)?);
    let evidence = EvidenceId::new(d.str()?);
    Ok(Fact::ConsentRecorded(Consent { class: need(p.class, "class")?, state, at, until, evidence }))
}

fn read_matter(p: &Public, d: &mut Decoder<'_>) -> Result<Matter, Error> {
    let subtype = read_option(d, read_text)?.map(Subtype::new);
    let template = TemplateId::new(d.str()?);
    let count = read_length(d)?;
    let mut findings = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(FINDINGS_MAX));
    for _ in 0..count {
        let length = read_length(d)?;
        let (rule, revision, code) = (RuleCode(d.u8()?), d.u16()?, d.u8()?);
        let detail = d.str()?.to_owned().into();
        let verdict = match (code, length) {
            (0, 4) => Verdict::Pass,
            (1, 5) => Verdict::Hold { until: read_time(d)? },
            (2, 4) => Verdict::Block,
            _ => {
                return Err(Error::message(format!(
                    "expected a verdict, found the code {code} in {length} fields"
                )));
            }
        };
        findings.push(Finding { rule, revision, verdict, detail });
    }
    Ok(Matter {
        message: need(p.message, "message")?,
        journey: need(p.journey.clone(), "journey")?,
        class: need(p.class, "class")?,
        subtype,
        template,
        template_hash: p.template.unwrap_or(Hash([0; 32])),
        world: need(p.world, "world")?,
        findings,
        order: None,
    })
}

/// More findings than any gate has rules: a guard for reserving memory, not a limit.
const FINDINGS_MAX: usize = 64;

fn read_decided(p: &Public, d: &mut Decoder<'_>, behind: u64) -> Result<Fact, Error> {
    let mut matter = read_matter(p, d)?;
    let (to, text, lane, resend) = (read_contact(d)?, Private::new(d.str()?), d.u8()?, d.bool()?);
    let expires = read_time(d)?;
    let event = read_option(d, read_event)?.map(Arc::new);
    let way = read_behind(d, behind > 0, |d| read_option(d, read_way))?.flatten();
    // Where an extension stands, the place of the order before it is empty or not.
    matter.order = match behind {
        0 | 1 => None,
        2 => Some(read_order(d)?),
        _ => read_option(d, read_order)?,
    };
    let extension = read_behind(d, behind > 2, read_text)?;
    let (route, parts, cost) =
        (need(p.route.clone(), "route")?, need(p.parts, "parts")?, need(p.cost, "cost")?);
    Ok(Fact::MessageDecided(Box::new(Decided {
        matter,
        route,
        to,
        text,
        parts,
        cost,
        lane,
        resend,
        expires,
        event,
        way,
        extension,
    })))
}

fn read_rerouted(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let (to, text, millifen) = (read_contact(d)?, Private::new(d.str()?), d.i64()?);
    let way = read_option(d, read_way)?;
    Ok(Fact::MessageRerouted(Box::new(Rerouted {
        message: need(p.message, "message")?,
        class: need(p.class, "class")?,
        journey: need(p.journey.clone(), "journey")?,
        route: need(p.route.clone(), "route")?,
        to,
        text,
        parts: need(p.parts, "parts")?,
        cost: Cost { millifen },
        change: need(p.cost, "cost")?,
        way,
        why: need(p.rule.clone(), "reason")?,
    })))
}

fn read_settled(d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let account = AccountId::new(d.str()?);
    let how = read_code(d, "a way to settle", Settled::from_code)?;
    let count = read_length(d)?;
    let mut notices = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(NOTICES_RESERVED_MAX));
    let mut last = 0u64;
    for _ in 0..count {
        last = last.saturating_add(d.u64()?);
        notices.push(last);
    }
    Ok(Fact::NoticesSettled { account, notices, how })
}

/// How much memory is reserved for notices before they are read: a guard, not a limit.
const NOTICES_RESERVED_MAX: usize = 4_096;

fn read_held(p: &Public, d: &mut Decoder<'_>, behind: u64) -> Result<Fact, Error> {
    let mut matter = read_matter(p, d)?;
    let (until, expires) = (read_time(d)?, read_time(d)?);
    let event = read_option(d, read_event)?.map(Arc::new);
    matter.order = read_behind(d, behind > 0, read_order)?;
    let refund = p.cost.map(|cost| Cost::ZERO.minus(cost));
    Ok(Fact::MessageHeld(Box::new(Held { matter, until, expires, event, refund })))
}

fn read_inbound(p: &Public, d: &mut Decoder<'_>, behind: u64) -> Result<Fact, Error> {
    let (from, to, text) = (read_phone(d)?, read_text(d)?, Private::new(d.str()?));
    let keyword = read_option(d, read_text)?;
    let account = read_behind(d, behind > 0, |d| d.str().map(AccountId::new))?;
    let route = need(p.route.clone(), "route")?;
    Ok(Fact::InboundReceived { from, to, text, route, keyword, journey: p.journey.clone(), account })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: Kind, hex: &str) -> String {
        let leaf = Leaf { commitment: Some(Hash([0; 32])), ..Leaf::new(0, kind) };
        let detail = proof::hash::hex_decode(&hex.replace(" ", "")).unwrap();
        read(&leaf, Subject(1), Some(&detail)).unwrap_err().to_string()
    }

    #[test]
    fn a_detail_that_does_not_fit_says_what_was_expected_and_found() {
        let check = |kind, hex, expect: &str| {
            let found = refused(kind, hex);
            assert!(found.contains(expect), "{hex}: expected {expect:?}, found {found:?}");
        };
        check(Kind::AdminActed, "", "a admin_acted entry cannot be read");
        check(Kind::AdminActed, "80", "a admin_acted entry cannot be read");
        check(Kind::AdminActed, "820961 78", "expected detail version 1, found 9");
        check(Kind::AdminActed, "8301617861 78", "expected 1 fields, found 2");
        check(Kind::MessageEnded, "820101", "its leaf has no message");
        check(Kind::PartUnanswered, "8201f6", "its leaf has no message");
        check(Kind::CustomerRecorded, "860161 43f6f60980", "expected a standing, found the code 9");
        check(Kind::SuppressionRecorded, "840181 0901f6", "expected a class, found the code 9");
        check(
            Kind::EventAccepted,
            "820184617861 7800 82 6161 820900",
            "expected a value tag 0 to 6, found 9",
        );
        check(Kind::EventAccepted, "8201836178617800", "expected an array of 4");
        check(Kind::EventAccepted, "82019f", "expected an array of 4");
    }
}
