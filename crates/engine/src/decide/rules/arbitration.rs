//! # arbitration
//!
//! Of several messages that compete for one person within a window, the most important goes: by the lane of its class, then
//! its journey's priority, then what it is worth, then the nearer end of its worth; who came first where all is equal. The
//! others are held until the window is over, or dropped, as the rule set says, and name the winner. One that came first and
//! still waits for a carrier gives way to a more important one. Caps and quiet hours are asked afterwards.
//!
//! A rule set is `kind = "arbitration"` with `set = { window = "4h", hold = true }`; what it binds competes.

use super::{Judge, Rule, RuleCode};
use crate::decide::hold::stopped;
use crate::decide::{Candidate, Finding, Judgement, Verdict};
use crate::deliver;
use crate::entry::Entry;
use crate::state::{Contact, Message, Phase, State};
use crate::world::{Arbitration, RuleSet, World};
use model::{Cost, MessageClass, MessageId, Subject, Subtype, Timestamp};
use std::cmp::Reverse;

/// This rule.
pub const RULE: Rule = Rule { id: "arbitration", code: RuleCode(18), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let Some(set) = binding(candidate.world, candidate.class(), candidate.subtype(), candidate.now) else {
        return Judgement::pass("none");
    };
    let mine = rank(candidate.world, candidate.class(), candidate.subtype(), &candidate.journey.reference);
    let winner =
        competitors(candidate.world, set, &candidate.customer.contacts, candidate.message, candidate.now)
            .filter(|contact| {
                let theirs = rank_of(candidate.world, contact);
                // Of equals the first goes, unless it still waits and is worth sending for longer.
                let waits = candidate.messages.get(&contact.message).filter(|message| gives_way(message));
                theirs > mine
                    || (theirs == mine && waits.is_none_or(|message| message.expires <= candidate.expires))
            })
            .max_by_key(|contact| (rank_of(candidate.world, contact), contact.at));
    let Some(winner) = winner else { return Judgement::pass(set.id.clone()).by(set.revision) };
    let detail = format!("{}: {} of {} goes first", set.id, winner.message, winner.about.journey);
    let until = winner.at.after(set.rule.window);
    let judgement = if set.rule.hold { Judgement::hold(until, detail) } else { Judgement::block(detail) };
    judgement.by(set.revision)
}

/// The entries that make those give way who wait for a carrier and are less important than a message that has just been let
/// pass.
pub(crate) fn displaced(
    world: &World,
    state: &State,
    subject: Subject,
    passed: MessageId,
    now: Timestamp,
) -> Vec<Entry> {
    let (Some(customer), Some(message)) = (state.customers.get(&subject), state.messages.get(&passed)) else {
        return Vec::new();
    };
    let Some(set) = binding(world, message.class, message.subtype.as_ref(), now) else { return Vec::new() };
    let mine = rank(world, message.class, message.subtype.as_ref(), &message.journey);
    let losers = competitors(world, set, &customer.contacts, passed, now).filter_map(|contact| {
        let theirs = rank_of(world, contact);
        let waiting = state.messages.get(&contact.message).filter(|message| gives_way(message))?;
        (theirs < mine || (theirs == mine && message.expires < waiting.expires)).then_some(waiting)
    });
    let finding = || Finding {
        rule: RULE.code,
        revision: set.revision,
        verdict: if set.rule.hold {
            Verdict::Hold { until: now.after(set.rule.window) }
        } else {
            Verdict::Block
        },
        detail: format!("{}: {passed} of {} goes first", set.id, message.journey).into(),
    };
    losers.map(|loser| Entry { at: now, subject, fact: stopped(world, loser, finding()) }).collect()
}

/// Whether a message still waits for a carrier, whole.
fn gives_way(message: &Message) -> bool {
    message.phase == Phase::Ready && deliver::is_untaken(message, None)
}

/// The rule set by which messages of a class compete.
fn binding<'w>(
    world: &'w World,
    class: MessageClass,
    subtype: Option<&Subtype>,
    now: Timestamp,
) -> Option<&'w RuleSet<Arbitration>> {
    world.pack.arbitration.iter().find(|set| set.binds(class, subtype, now))
}

/// What somebody was let have within the window, and what competes with it.
fn competitors<'a>(
    world: &'a World,
    set: &'a RuleSet<Arbitration>,
    contacts: &'a [Contact],
    but: MessageId,
    now: Timestamp,
) -> impl Iterator<Item = &'a Contact> {
    let since = now.before(set.rule.window);
    contacts.iter().filter(move |contact| {
        let about = &contact.about;
        let own = binding(world, about.class, about.subtype.as_ref(), now);
        contact.at > since && contact.message != but && own.is_some_and(|own| own.id == set.id)
    })
}

type Rank = (Reverse<u8>, u16, Cost);

fn rank_of(world: &World, contact: &Contact) -> Rank {
    rank(world, contact.about.class, contact.about.subtype.as_ref(), &contact.about.journey)
}

fn rank(world: &World, class: MessageClass, subtype: Option<&Subtype>, journey: &str) -> Rank {
    let lane = world.class(class).of(subtype).lane;
    let course = world.journeys.version(journey).map(|journey| &journey.course);
    (
        Reverse(lane),
        course.map_or(0, |course| course.priority),
        course.map_or(Cost::ZERO, |course| course.value),
    )
}
