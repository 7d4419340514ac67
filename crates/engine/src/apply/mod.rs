//! The only thing that changes state: what each fact does to it.
//!
//! Total and silent: an entry that fits nothing (its customer was erased, its message has ended) changes nothing.
//! Totals, budgets and the progress of broadcasts move by the public part alone, so that the state after an
//! erasure is the same whether it was lived through or replayed from what is left.

mod cases;
mod customers;
mod journeys;
mod messages;
mod parts;
mod review;
mod told;
mod verdicts;

use crate::entry::{CaseId, Entry, Fact, Notice, NoticeKind, Public, SwitchState};
use crate::measure::click::CLICKED;
use crate::state::{Broadcast, Parked, State, Suppression};
use crate::world::reference;
use customers::{erase, record_customer, refuse, spend};
use messages::end;
use model::{MessageId, RouteId, Subject, Timestamp};
use parts::{apply_part, claim, park};
use proof::Hash;
use proof::entry::Kind;
use std::collections::BTreeMap;
use std::sync::Arc;
use told::tell_end;
use verdicts::{block, decide, hold, reroute};

/// Applies one entry. Entries must come in the order of the ledger, none left out.
pub fn apply(state: &mut State, entry: &Entry) {
    let public = entry.fact.public();
    apply_public(state, entry.at, entry.subject, entry.fact.kind(), &public);
    apply_private(state, entry);
    state.position += 1;
}

/// What the leaf alone says.
fn apply_public(state: &mut State, at: Timestamp, subject: Subject, kind: Kind, public: &Public) {
    state.totals.count(state.position, kind, public);
    // A part that is offered again counts once: at the first claim, or when it was given this way.
    let is_new = kind == Kind::MessageRerouted || (kind == Kind::MessageClaimed && public.count == Some(1));
    if is_new && let (Some(route), Some(parts)) = (&public.route, public.parts) {
        hand_over(state, route, at, parts);
    }
    cases::public(state, at, kind, public);
    let Some(journey) = &public.journey else { return };
    if kind == Kind::JourneyEntered
        && let Some(market) = public.count.and_then(|id| state.markets.get_mut(&id))
    {
        market.reached = subject;
        market.met += 1;
    }
    if let Some(cost) = public.cost {
        let name = reference::name(journey);
        match state.spent.get_mut(name) {
            Some(spent) => *spent = spent.plus(cost),
            None => {
                state.spent.insert(name.into(), cost);
            }
        }
    }
    let first = public.message == Some(MessageId(state.position));
    if first && let Some(broadcast) = state.broadcasts.get_mut(journey) {
        broadcast.reached = subject;
        broadcast.audience += 1;
    }
}

/// Counts what was handed over to a route, by the hour.
fn hand_over(state: &mut State, route: &RouteId, at: Timestamp, parts: u8) {
    if !state.handed.contains_key(route) {
        state.handed.insert(route.clone(), BTreeMap::new());
    }
    if let Some(hours) = state.handed.get_mut(route) {
        let hour = at.0.div_euclid(HOUR_MS);
        *hours.entry(hour).or_default() += u64::from(parts);
        while hours.first_key_value().is_some_and(|(first, _)| *first < hour - HANDED_HOURS) {
            hours.pop_first();
        }
    }
}

/// How many hours of what was handed over are remembered: the longest day of any zone, and some.
const HANDED_HOURS: i64 = 48;
const HOUR_MS: i64 = 3_600_000;

/// What only the sealed part says.
fn apply_private(state: &mut State, entry: &Entry) {
    let (at, subject) = (entry.at, entry.subject);
    match &entry.fact {
        Fact::WorldPublished { world, .. } => state.world = Some(*world),
        Fact::MessageDecided(decided) => decide(state, subject, at, decided),
        Fact::MessageHeld(held) => hold(state, subject, at, held),
        Fact::MessageBlocked(blocked) => block(state, subject, at, blocked),
        Fact::MessageRerouted(rerouted) => reroute(state, rerouted),
        Fact::MessageClaimed { message, attempt, .. } => claim(state, *message, *attempt),
        Fact::PartSubmitted { .. }
        | Fact::PartRefused { .. }
        | Fact::PartUnanswered { .. }
        | Fact::CarrierAsked { .. }
        | Fact::ReceiptReceived { .. } => apply_part(state, at, &entry.fact),
        Fact::ReceiptParked { route, remote, state: reported, error } => {
            let position = state.position;
            park(state, route, remote, Parked { position, at, state: *reported, error: error.clone() });
        }
        Fact::MessageEnded { message, ending } => {
            tell_end(state, at, *message, Some(ending.outcome), None, None);
            end(state, *message, None);
        }
        Fact::CaseOpened(opened) => state.cases.fill(CaseId(state.position), subject, opened),
        Fact::CaseNoted(noted) => cases::note(state, at, noted),
        Fact::CaseClosed(closed) => cases::close(state, closed),
        Fact::JourneyEntered(entered) => journeys::enter(state, subject, at, entered),
        Fact::JourneyMoved(moved) => journeys::go_on(state, subject, moved),
        Fact::JourneyLeft { passage, .. } => journeys::leave(state, subject, *passage),
        Fact::OrdersSpent { keys } => spend(state, at, keys),
        Fact::NoticesSettled { account, notices, how } => state.outboxes.settle(account, notices, *how),
        Fact::SwitchSet { scope, state: SwitchState::On, .. } => {
            state.switches.remove(scope);
        }
        Fact::SwitchSet { scope, state: switched, .. } => {
            state.switches.insert(scope.clone(), *switched);
        }
        Fact::BroadcastLaunched { source, reference, up_to } => {
            launch(state, at, source, reference, *up_to);
        }
        Fact::BroadcastEnded { reference, .. } => {
            if let Some(broadcast) = state.broadcasts.get_mut(reference) {
                broadcast.ended = true;
            }
        }
        Fact::TaskOpened(opened) => journeys::open_task(state, subject, at, opened),
        Fact::TaskClosed(result) => drop(state.tasks.remove(&result.of)),
        Fact::MarketEventAccepted(happened) => journeys::begin_market(state, at, happened),
        Fact::MarketEventEnded { market, .. } => {
            if let Some(market) = state.markets.get_mut(market) {
                market.ended = true;
            }
        }
        Fact::ChangeProposed(proposed) => state.approvals.propose(proposed, at),
        Fact::ChangeContent(content) => state.approvals.fill(content),
        Fact::ChangeReviewed(said) => state.approvals.review(said, at),
        Fact::ChangeWithdrawn { number, by, why } => state.approvals.withdraw(*number, by, why),
        Fact::ChangePublished(published) => state.approvals.publish(published, at),
        Fact::Redacted(redacted) if redacted.kind == Kind::CustomerRecorded => {
            state.next_subject = state.next_subject.max(subject.0 + 1);
        }
        // What comes late is recorded and changes nothing; what an account is shown is no matter of the engine's.
        Fact::AdminActed { .. }
        | Fact::AnswerLate { .. }
        | Fact::CallAnswered(_)
        | Fact::MessageHidden { .. }
        | Fact::Redacted(_) => {}
        _ => apply_to_customer(state, entry),
    }
}

/// What people say of texts, and what happens to experiments. That a model was made changes nothing.
fn steer(state: &mut State, at: Timestamp, fact: &Fact) {
    match fact {
        Fact::ReviewDecided(said) => review::decide(state, said),
        Fact::ArmStopped(said) => state.trials.stop(said, state.position, at),
        Fact::ArmResumed(said) => state.trials.resume(said, &state.totals),
        Fact::WeightsMoved(said) => state.trials.move_weights(said),
        _ => {}
    }
}

fn launch(state: &mut State, at: Timestamp, source: &Arc<str>, reference: &Arc<str>, up_to: Subject) {
    let (hash, source) = (Hash::of(source.as_bytes()), Arc::clone(source));
    let broadcast = Broadcast { source, hash, at, up_to, reached: Subject(0), audience: 0, ended: false };
    state.broadcasts.insert(Arc::clone(reference), broadcast);
}

/// What people say, and what is said of them.
fn apply_to_customer(state: &mut State, entry: &Entry) {
    let (at, subject) = (entry.at, entry.subject);
    let position = state.position;
    let customer = state.customers.get_mut(&subject);
    match (&entry.fact, customer) {
        (Fact::CustomerRecorded(profile), _) => record_customer(state, subject, profile),
        (Fact::ConsentRecorded(consent), Some(customer)) => customer.consents.push(consent.clone()),
        (Fact::EventAccepted(event), Some(customer)) => {
            customer.seen.insert(event.digest());
            if *event.kind == *CLICKED {
                customer.note_attention(at);
            }
        }
        (Fact::PreferenceChanged(chosen), Some(customer)) => customer.chosen = Some(chosen.clone()),
        (Fact::GoalReached { message, .. }, Some(customer)) => customer.credit(*message),
        (Fact::LinkClicked(clicked), Some(customer)) => customer.note_click(clicked, at),
        (Fact::CustomerTagged { values }, Some(customer)) => journeys::tag(&mut customer.tags, values),
        (Fact::PieceTaken(piece), Some(customer)) => customer.take_piece(piece, MessageId(position), at),
        (Fact::InboundReceived { from, to, text, account, .. }, customer) => {
            customer.into_iter().for_each(|customer| customer.note_attention(at));
            let Some(account) = account else { return };
            let kind = NoticeKind::Inbound { from: *from, to: Arc::clone(to), text: text.clone() };
            state.outboxes.add(account, position, subject, Notice { at, kind, dead: false });
        }
        (Fact::SuppressionRecorded { classes, why, phone, credited }, mut customer) => {
            if let (Some(customer), Some(credited)) = (&mut customer, credited) {
                customer.note_credited(*why, credited);
            }
            let stop = Suppression { classes: classes.clone(), at, why: *why };
            match (phone, customer) {
                (Some(phone), _) => refuse(state.refused_numbers.entry(*phone).or_default(), stop),
                (None, Some(customer)) => customer.suppressions.push(stop),
                (None, None) => {}
            }
        }
        (Fact::CustomerErased { .. }, _) => erase(state, subject),
        _ => steer(state, at, &entry.fact),
    }
}
