//! What holds of every ledger, whatever the story: each line survives being written and read, replaying rebuilds the
//! state byte for byte (L3), also when the details of erased customers are gone (L8), nothing is claimed that was
//! not decided (L1), no stop is without its rule (L2), no doubtful message of a careful class goes twice (L6),
//! and the totals add up.

use engine::Engine;
use engine::decide::Verdict;
use engine::entry::{AfterSilence, Entry, Fact, NoticeKind};
use engine::prove::{encode_detail, leaf, read};
use engine::state::{Phase, State};
use engine::world::World;
use model::{MessageId, Subject};
use proof::entry::{Kind, Leaf};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Checks a ledger and the state it led to.
pub(crate) fn audit(world: &Arc<World>, state: &State, ledger: &[Entry]) {
    let nobody = BTreeSet::new();
    let digest = state.digest();
    assert_eq!(state.position, ledger.len() as u64);
    assert_eq!(replay(world, ledger).state().digest(), digest, "replaying the entries (L3)");
    let read_back: Vec<Entry> = ledger.iter().map(|entry| through_the_ledger(entry, &nobody)).collect();
    for (position, (read, written)) in read_back.iter().zip(ledger).enumerate() {
        assert_eq!(read, written, "the line at {position} reads otherwise than it was written");
    }
    let erased = erased(ledger);
    let left: Vec<Entry> = ledger.iter().map(|entry| through_the_ledger(entry, &erased)).collect();
    let replayed = replay(world, &left);
    assert_eq!(replayed.state().totals, state.totals, "erasing changed a total");
    assert_eq!(replayed.state().spent, state.spent, "erasing changed a budget");
    assert_eq!(replayed.state().digest(), digest, "replaying what erasure left (L3, L8)");
    check_phases(state);
    check_order(ledger);
    check_totals(state);
    check_notices(state, ledger);
    check_money(state, ledger);
}

/// What is counted as messages move is what a walk through them finds.
fn check_phases(state: &State) {
    for phase in [Phase::Held, Phase::Ready, Phase::Claimed, Phase::Submitted, Phase::Uncertain] {
        let found = state.messages.values().filter(|message| message.phase == phase).count();
        assert_eq!(state.phases.of(phase), found as u64, "messages that are {phase:?}");
    }
}

/// A new engine that has lived through these entries.
pub(crate) fn replay(world: &Arc<World>, ledger: &[Entry]) -> Engine {
    let mut engine = Engine::new(Arc::clone(world));
    ledger.iter().for_each(|entry| engine.replay(entry));
    engine
}

/// Who was erased at some point.
pub(crate) fn erased(ledger: &[Entry]) -> BTreeSet<Subject> {
    let is_erasure = |entry: &&Entry| matches!(entry.fact, Fact::CustomerErased { .. });
    ledger.iter().filter(is_erasure).map(|entry| entry.subject).collect()
}

/// Writes an entry as the ledger keeps it and reads it back; details of the erased are gone.
pub(crate) fn through_the_ledger(entry: &Entry, erased: &BTreeSet<Subject>) -> Entry {
    let mut detail = Vec::new();
    let has_detail = encode_detail(&entry.fact, &mut detail);
    let mut written = leaf(entry);
    written.commitment = has_detail.then(|| proof::seal::commitment(&[7; 32], &detail));
    let mut bytes = Vec::new();
    written.encode_into(&mut bytes).unwrap();
    let decoded = Leaf::decode(&bytes).unwrap();
    let opened = (has_detail && !erased.contains(&entry.subject)).then_some(&*detail);
    read(&decoded, entry.subject, opened).unwrap()
}

/// What may only come after what.
fn check_order(ledger: &[Entry]) {
    let mut decided = BTreeMap::new();
    let mut claimed = BTreeSet::new();
    let mut doubtful = BTreeSet::new();
    let mut taken = BTreeSet::new();
    let mut legs = BTreeMap::new();
    let mut over = BTreeSet::new();
    for (position, entry) in ledger.iter().enumerate() {
        let public = entry.fact.public();
        let is_verdict =
            matches!(entry.fact.kind(), Kind::MessageDecided | Kind::MessageHeld | Kind::MessageBlocked);
        if let Some(message) = public.message {
            // What came of a message comes after its end, mostly.
            let is_late = matches!(
                entry.fact,
                Fact::AnswerLate { .. }
                    | Fact::GoalReached { .. }
                    | Fact::SuppressionRecorded { .. }
                    | Fact::LinkClicked(_)
            );
            assert!(is_late || !over.contains(&message), "{message} goes on after its end, at {position}");
            assert!(message.0 <= position as u64, "{message} is older than its own number");
        }
        match &entry.fact {
            Fact::MessageDecided(d) => {
                let twice = decided.insert(d.matter.message, d.resend);
                assert_eq!(twice, None, "{} was let pass twice", d.matter.message);
                legs.insert(d.matter.message, d.way.clone());
            }
            Fact::MessageRerouted(rerouted) => {
                let id = rerouted.message;
                assert!(decided.contains_key(&id), "{id} was given another way and never decided (L1)");
                let was = legs.insert(id, rerouted.way.clone()).flatten();
                if was == rerouted.way {
                    assert!(!taken.contains(&id), "{id} goes by another route although one may have it (L6)");
                } else {
                    let leg = |way: &Option<engine::entry::Way>| way.as_ref().map(|way| way.leg);
                    assert!(leg(&was) < leg(&rerouted.way), "{id} goes back on its plan");
                    taken.remove(&id);
                    doubtful.remove(&id);
                }
                // Another way needs a claim of its own.
                claimed.remove(&id);
            }
            Fact::MessageHeld(held) if held.refund.is_some() => {
                assert!(decided.remove(&held.matter.message).is_some(), "held again and never let pass");
            }
            Fact::MessageClaimed { message, .. } => {
                assert!(decided.contains_key(message), "{message} was claimed and never decided (L1)");
                assert!(!doubtful.contains(message), "{message} was claimed again in doubt (L6)");
                claimed.insert(*message);
            }
            Fact::PartSubmitted { message, .. } | Fact::PartRefused { message, .. } => {
                assert!(claimed.contains(message), "{message} was answered and never claimed (L1)");
                if matches!(entry.fact, Fact::PartSubmitted { .. }) {
                    taken.insert(*message);
                }
            }
            Fact::PartUnanswered { message, then, .. } => {
                assert!(claimed.contains(message), "{message} was in doubt and never claimed (L1)");
                taken.insert(*message);
                let waits = matches!(then, AfterSilence::Wait { .. });
                assert!(waits || decided.get(message) == Some(&true), "{message} goes again in doubt (L6)");
                if waits {
                    doubtful.insert(*message);
                }
            }
            _ => {}
        }
        if is_verdict {
            check_verdict(entry);
        }
        over.extend(ends(entry));
    }
}

/// Every rule that was asked is named, and only the last may say no (L2).
fn check_verdict(entry: &Entry) {
    let findings = &crate::bank::matter(entry).findings;
    let passes = findings.iter().take_while(|finding| finding.verdict == Verdict::Pass).count();
    match &entry.fact {
        Fact::MessageDecided(_) => assert_eq!(passes, engine::decide::rules::ORDER.len(), "{findings:?}"),
        Fact::MessageHeld(held) => {
            assert_eq!(passes, findings.len() - 1, "{findings:?}");
            assert!(held.until > entry.at && held.until < held.expires, "{held:?}");
        }
        _ => assert!(passes < findings.len(), "{findings:?}"),
    }
    assert!(findings.iter().all(|finding| finding.rule.id() != "unknown-rule"), "{findings:?}");
}

/// The message that an entry ends.
fn ends(entry: &Entry) -> Option<MessageId> {
    let public = entry.fact.public();
    match entry.fact.kind() {
        Kind::MessageBlocked | Kind::MessageEnded => public.message,
        Kind::PartRefused | Kind::ReceiptReceived => public.rule.and(public.message),
        _ => None,
    }
}

/// Every candidate is decided, blocked or waiting; every decided one has ended, was revoked or is on its way.
fn check_totals(state: &State) {
    let totals = &state.totals;
    let waiting = state.waiting() as u64;
    let decided = totals.of(Kind::MessageDecided);
    let blocked = totals.of(Kind::MessageBlocked);
    assert_eq!(totals.candidates + totals.revoked, decided + blocked + waiting, "{totals:?}");
    let ended: u64 = totals.outcomes.values().sum();
    let open = state.messages.values().filter(|message| message.phase != Phase::Held).count() as u64;
    assert_eq!(decided, ended + totals.revoked + open, "{totals:?}");
    let by_journey: u64 = totals.journeys.values().map(|journey| journey.candidates).sum();
    assert_eq!(totals.candidates, by_journey);
    assert_eq!(totals.kinds.values().sum::<u64>(), state.position);
    check_queues(state);
}

/// Every notice is about its own cause, and a message has at most one end.
fn check_notices(state: &State, ledger: &[Entry]) {
    let mut ends = BTreeSet::new();
    for (account, position, subject, notice) in state.outboxes.all() {
        let cause = &ledger[position as usize];
        assert_eq!((cause.subject, cause.at), (subject, notice.at), "{account}: {notice:?}");
        if let NoticeKind::Ended { told, .. } = &notice.kind {
            assert_eq!(cause.fact.public().message, Some(told.message), "{notice:?}");
            assert!(ends.insert(told.message), "{} ended twice for {account}", told.message);
            assert!(!state.messages.contains_key(&told.message), "{} ended and is under way", told.message);
        }
    }
}

/// What is reserved is the sum of what entries reserved and gave back, and never less than nothing.
fn check_money(state: &State, ledger: &[Entry]) {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for public in ledger.iter().map(|entry| entry.fact.public()) {
        if let (Some(journey), Some(cost)) = (public.journey, public.cost) {
            let name = journey.split('@').next().unwrap_or_default().to_owned();
            *sums.entry(name).or_default() += cost.millifen;
        }
    }
    for (name, sum) in sums {
        assert_eq!(state.spent[&*name].millifen, sum, "{name}");
        assert!(sum >= 0, "{name} was given back more than it had reserved");
    }
}

/// What waits for a carrier is exactly what is ready, and every timer is a message's own.
fn check_queues(state: &State) {
    let queued: BTreeSet<MessageId> = state
        .queues
        .iter()
        .flat_map(|(_, lanes)| lanes.iter().flat_map(|lane| lane.values().flatten().copied()))
        .collect();
    let ready: BTreeSet<MessageId> =
        state.messages.values().filter(|m| m.phase == Phase::Ready).map(|m| m.id).collect();
    assert_eq!(queued, ready, "the lanes and the messages disagree");
    let due: BTreeSet<_> = state.messages.values().filter_map(|m| Some((m.due?, m.id))).collect();
    assert_eq!(state.timers, due, "the timers and the messages disagree");
}
