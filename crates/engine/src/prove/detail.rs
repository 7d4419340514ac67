//! Details: the part of a fact that is sealed under its customer's key.

use super::case::write_case;
use super::change::{write_content, write_proposed, write_published, write_reviewed};
use super::journey::{write_entered, write_moved, write_tags};
use super::order::{write_contact, write_keys, write_order, write_piece, write_way};
use super::preference::{CHOSEN_FIELDS, write_chosen};
use super::review::{MODEL_FIELDS, REVIEW_FIELDS, write_model, write_review};
use super::trial::{RESUMED_FIELDS, STOPPED_FIELDS, write_trial};
use super::values::{DETAIL_VERSION, Writer, Written, write_event, write_fields, write_option, write_time};
use crate::decide::{Finding, Verdict};
use crate::entry::{
    AfterRefusal, AfterSilence, Decided, Event, Fact, Held, Late, Matter, Profile, Rerouted, Standing,
};
use minicbor::Encoder;
use model::{Consent, ConsentState, Phone, Subtype};
use std::sync::Arc;

/// Appends the detail of a fact; returns false, with nothing written, if its leaf says everything.
pub fn encode_detail(fact: &Fact, out: &mut Vec<u8>) -> bool {
    let before = out.len();
    // Writing into a vector cannot fail, so the result says nothing.
    let _ = write(&mut Encoder::new(out), fact);
    out.len() > before
}

fn write(w: &mut Writer<'_>, fact: &Fact) -> Written {
    match fact {
        Fact::WorldPublished { .. }
        | Fact::MessageClaimed { .. }
        | Fact::BroadcastEnded { .. }
        | Fact::CustomerErased { .. }
        | Fact::GoalReached { .. }
        | Fact::LinkClicked(_)
        | Fact::MessageHidden { .. }
        | Fact::Redacted(_) => Ok(()),
        Fact::CustomerRecorded(profile) => write_profile(w, profile),
        Fact::ConsentRecorded(consent) => write_consent(w, consent),
        Fact::EventAccepted(event) => write_event(begin(w, 1)?, event),
        Fact::MessageDecided(decided) => write_decided(w, decided),
        Fact::MessageHeld(held) => write_held(w, held),
        Fact::MessageBlocked(blocked) => write_blocked(w, &blocked.matter),
        Fact::PartSubmitted { .. }
        | Fact::PartRefused { .. }
        | Fact::PartUnanswered { .. }
        | Fact::AnswerLate { .. }
        | Fact::CarrierAsked { .. }
        | Fact::ReceiptReceived { .. }
        | Fact::ReceiptParked { .. } => write_part(w, fact),
        Fact::MessageEnded { ending, .. } => begin(w, 1)?.u8(ending.outcome as u8).map(|_| ()),
        Fact::InboundReceived { from, to, text, keyword, account, .. } => {
            begin(w, 4 + u64::from(account.is_some()))?.str(from.reveal())?.str(to)?.str(text.reveal())?;
            write_option(w, keyword.as_deref(), write_str)?;
            write_behind(w, account.as_ref(), |w, account| write_str(w, account.as_str()))
        }
        Fact::MessageRerouted(rerouted) => write_rerouted(w, rerouted),
        Fact::PieceTaken(piece) => write_piece(begin(w, 3)?, piece),
        Fact::NoticesSettled { account, notices, how } => {
            write_notices(begin(w, 3)?.str(account.as_str())?.u8(*how as u8)?, notices)
        }
        Fact::SuppressionRecorded { classes, why, phone, .. } => {
            begin(w, 3)?.array(classes.len() as u64)?;
            for class in classes {
                w.u8(class.code())?;
            }
            w.u8(*why as u8)?;
            write_phone(w, *phone)
        }
        Fact::BroadcastLaunched { source, up_to, .. } => begin(w, 2)?.str(source)?.u64(up_to.0).map(|_| ()),
        Fact::MarketEventAccepted(_)
        | Fact::MarketEventEnded { .. }
        | Fact::CallAnswered(_)
        | Fact::TaskOpened(_)
        | Fact::TaskClosed(_)
        | Fact::JourneyEntered(_)
        | Fact::JourneyMoved(_)
        | Fact::JourneyLeft { .. }
        | Fact::CustomerTagged { .. } => write_journey(w, fact),
        Fact::CaseOpened(_) | Fact::CaseNoted(_) | Fact::CaseClosed(_) => write_case(w, fact),
        Fact::ModelTrained(made) => write_model(begin(w, MODEL_FIELDS)?, made),
        Fact::ReviewDecided(said) => write_review(begin(w, REVIEW_FIELDS)?, said),
        Fact::ArmStopped(_) | Fact::ArmResumed(_) | Fact::WeightsMoved(_) => write_tried(w, fact),
        Fact::PreferenceChanged(chosen) => write_chosen(begin(w, CHOSEN_FIELDS)?, chosen),
        Fact::ChangeProposed(_)
        | Fact::ChangeContent(_)
        | Fact::ChangeReviewed(_)
        | Fact::ChangeWithdrawn { .. }
        | Fact::ChangePublished(_) => write_change(w, fact),
        Fact::OrdersSpent { keys } => write_keys(begin(w, 1)?, keys),
        Fact::SwitchSet { why: what, .. } | Fact::AdminActed { what } | Fact::DataExported(what) => {
            begin(w, 1)?.str(what).map(|_| ())
        }
    }
}

/// What happens to an experiment.
fn write_tried(w: &mut Writer<'_>, fact: &Fact) -> Written {
    let fields = match fact {
        Fact::ArmStopped(_) => STOPPED_FIELDS,
        Fact::ArmResumed(_) => RESUMED_FIELDS,
        _ => 1,
    };
    write_trial(begin(w, fields)?, fact)
}

/// Positions are written as the steps between them: most are close to each other.
fn write_notices(w: &mut Writer<'_>, notices: &[u64]) -> Written {
    w.array(notices.len() as u64)?;
    let mut last = 0;
    for notice in notices {
        w.u64(notice.saturating_sub(last))?;
        last = *notice;
    }
    Ok(())
}

/// A change of the configuration.
fn write_change(w: &mut Writer<'_>, fact: &Fact) -> Written {
    match fact {
        Fact::ChangeProposed(proposed) => {
            begin(w, 7)?;
            write_proposed(w, proposed)
        }
        Fact::ChangeContent(content) => {
            begin(w, 2)?;
            write_content(w, content)
        }
        Fact::ChangeReviewed(said) => {
            begin(w, 4)?;
            write_reviewed(w, said)
        }
        Fact::ChangeWithdrawn { by, why, .. } => begin(w, 2)?.str(by)?.str(why).map(|_| ()),
        Fact::ChangePublished(published) => {
            begin(w, 3)?;
            write_published(w, published)
        }
        _ => Ok(()),
    }
}

/// Somebody's way through a journey, and what set many off.
fn write_journey(w: &mut Writer<'_>, fact: &Fact) -> Written {
    match fact {
        Fact::MarketEventAccepted(market) => {
            begin(w, 3)?;
            write_event(w, &market.event)?;
            w.str(&market.instrument)?.u64(market.up_to.0).map(|_| ())
        }
        Fact::MarketEventEnded { market, .. } => begin(w, 1)?.u64(*market).map(|_| ()),
        Fact::CallAnswered(result) | Fact::TaskClosed(result) => {
            begin(w, 2)?.u64(result.of)?;
            write_event(w, &result.event)
        }
        Fact::TaskOpened(task) => {
            begin(w, 2)?.str(&task.what)?;
            write_time(w, task.due)
        }
        Fact::JourneyEntered(entered) => {
            begin(w, 3)?;
            write_entered(w, entered)
        }
        Fact::JourneyMoved(moved) => {
            begin(w, 2)?;
            write_moved(w, moved)
        }
        Fact::JourneyLeft { passage, .. } => begin(w, 1)?.u64(*passage).map(|_| ()),
        Fact::CustomerTagged { values } => {
            begin(w, 1)?;
            write_tags(w, values)
        }
        _ => Ok(()),
    }
}

/// What the carrier says of a part.
fn write_part(w: &mut Writer<'_>, fact: &Fact) -> Written {
    match fact {
        Fact::PartSubmitted { remote, completes, .. } => {
            begin(w, 2)?.str(remote.as_str())?;
            write_option(w, *completes, write_time)
        }
        Fact::PartRefused { status, word, then, .. } => {
            let awaits = *then == AfterRefusal::Await;
            // A word stands behind the fields, and what follows behind a place for the word.
            let behind = if awaits { 2 } else { u64::from(word.is_some()) };
            begin(w, 2 + behind)?.u32(*status)?;
            let ends = match then {
                AfterRefusal::Requeue | AfterRefusal::Await => None,
                AfterRefusal::Fail(ending) => Some(ending.outcome as u8),
            };
            write_option(w, ends, |w, outcome| w.u8(outcome).map(|_| ()))?;
            if behind > 0 {
                write_option(w, word.as_deref(), write_str)?;
            }
            write_behind(w, awaits.then_some(true), |w, awaits| w.bool(awaits).map(|_| ()))
        }
        Fact::AnswerLate { said, .. } => {
            let (remote, status, word) = match said {
                Late::Taken(remote) => (Some(remote.as_str()), None, None),
                Late::Refused { status, word } => (None, Some(*status), word.as_deref()),
            };
            begin(w, 3)?;
            write_option(w, remote, write_str)?;
            write_option(w, status, |w, status| w.u32(status).map(|_| ()))?;
            write_option(w, word, write_str)
        }
        Fact::CarrierAsked { until, .. } => {
            begin(w, 1)?;
            write_time(w, *until)
        }
        Fact::PartUnanswered { then, .. } => {
            begin(w, 1)?;
            let until = match then {
                AfterSilence::Resend => None,
                AfterSilence::Wait { until } => Some(*until),
            };
            write_option(w, until, write_time)
        }
        Fact::ReceiptReceived { state, error, ends, .. } => {
            begin(w, 3)?.u8(*state as u8)?;
            write_option(w, error.as_deref(), write_str)?;
            write_option(w, ends.as_ref(), |w, ending| w.u8(ending.outcome as u8).map(|_| ()))
        }
        Fact::ReceiptParked { remote, state, error, .. } => {
            begin(w, 3)?.str(remote.as_str())?.u8(*state as u8)?;
            write_option(w, error.as_deref(), write_str)
        }
        _ => Ok(()),
    }
}

/// Opens the array of a detail with so many fields behind the version.
fn begin<'w, 'a>(
    w: &'w mut Writer<'a>,
    fields: u64,
) -> Result<&'w mut Writer<'a>, minicbor::encode::Error<std::convert::Infallible>> {
    w.array(fields + 1)?.u8(DETAIL_VERSION)
}

/// A field that stands behind the others, and only where there is one.
fn write_behind<T>(
    w: &mut Writer<'_>,
    value: Option<T>,
    write: impl FnOnce(&mut Writer<'_>, T) -> Written,
) -> Written {
    value.map_or(Ok(()), |value| write(w, value))
}

fn write_str(w: &mut Writer<'_>, text: &str) -> Written {
    w.str(text).map(|_| ())
}

fn write_phone(w: &mut Writer<'_>, phone: Option<Phone>) -> Written {
    write_option(w, phone, |w, phone| write_str(w, phone.reveal()))
}

fn write_rerouted(w: &mut Writer<'_>, rerouted: &Rerouted) -> Written {
    begin(w, 4)?;
    write_contact(w, &rerouted.to)?;
    w.str(rerouted.text.reveal())?.i64(rerouted.cost.millifen)?;
    write_option(w, rerouted.way.as_ref(), write_way)
}

fn write_profile(w: &mut Writer<'_>, profile: &Profile) -> Written {
    begin(w, 5)?.str(profile.id.reveal())?;
    write_phone(w, profile.phone)?;
    write_option(w, profile.zone, |w, zone| write_str(w, zone.name()))?;
    w.u8(match profile.standing {
        Standing::Normal => 0,
        Standing::Deceased => 1,
        Standing::DoNotContact => 2,
    })?;
    write_fields(w, &profile.attributes)
}

fn write_consent(w: &mut Writer<'_>, consent: &Consent) -> Written {
    begin(w, 4)?.bool(consent.state == ConsentState::Granted)?;
    write_time(w, consent.at)?;
    write_option(w, consent.until, write_time)?;
    write_str(w, consent.evidence.as_str())
}

/// Three fields: subtype, template, findings.
fn write_matter(w: &mut Writer<'_>, matter: &Matter) -> Written {
    write_option(w, matter.subtype.as_ref().map(Subtype::as_str), write_str)?;
    w.str(matter.template.as_str())?.array(matter.findings.len() as u64)?;
    for Finding { rule, revision, verdict, detail } in &matter.findings {
        let until = match verdict {
            Verdict::Hold { until } => Some(*until),
            Verdict::Pass | Verdict::Block => None,
        };
        w.array(4 + u64::from(until.is_some()))?.u8(rule.0)?.u16(*revision)?;
        w.u8(match verdict {
            Verdict::Pass => 0,
            Verdict::Hold { .. } => 1,
            Verdict::Block => 2,
        })?;
        w.str(detail)?;
        if let Some(until) = until {
            write_time(w, until)?;
        }
    }
    Ok(())
}

fn write_decided(w: &mut Writer<'_>, decided: &Decided) -> Written {
    let order = decided.matter.order.as_deref();
    // An order stands behind the way and an extension behind both, each with places for those before it.
    let behind = match (&decided.extension, order) {
        (Some(_), _) => 3,
        (None, Some(_)) => 2,
        (None, None) => u64::from(decided.way.is_some()),
    };
    begin(w, 9 + behind)?;
    write_matter(w, &decided.matter)?;
    write_contact(w, &decided.to)?;
    w.str(decided.text.reveal())?.u8(decided.lane)?.bool(decided.resend)?;
    write_time(w, decided.expires)?;
    write_about(w, decided.event.as_ref())?;
    if behind > 0 {
        write_option(w, decided.way.as_ref(), write_way)?;
    }
    match &decided.extension {
        Some(extension) => {
            write_option(w, order, write_order)?;
            write_str(w, extension)
        }
        None => write_behind(w, order, write_order),
    }
}

fn write_blocked(w: &mut Writer<'_>, matter: &Matter) -> Written {
    begin(w, 3 + u64::from(matter.order.is_some()))?;
    write_matter(w, matter)?;
    write_behind(w, matter.order.as_deref(), write_order)
}

fn write_held(w: &mut Writer<'_>, held: &Held) -> Written {
    begin(w, 6 + u64::from(held.matter.order.is_some()))?;
    write_matter(w, &held.matter)?;
    write_time(w, held.until)?;
    write_time(w, held.expires)?;
    write_about(w, held.event.as_ref())?;
    write_behind(w, held.matter.order.as_deref(), write_order)
}

fn write_about(w: &mut Writer<'_>, event: Option<&Arc<Event>>) -> Written {
    write_option(w, event, |w, event| write_event(w, event))
}
