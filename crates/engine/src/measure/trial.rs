//! Experiments that act: who is assigned to which arm, what an opt-out or a complaint is credited to, when an arm is stopped,
//! how weights are moved.
//!
//! The statistics are [`super::experiment`]'s; what follows is an entry, and only entries change who gets what. The engine calls it
//! after each stop that is credited and after each message of an experiment; the gate and the steps ask it for arms.

use super::JourneyTotals;
use super::experiment::{Alpha, Rate, bandit, guardrail};
use crate::deliver;
use crate::entry::{ArmStopped, Credited, SuppressionCause, Weighed, WeightsMoved};
use crate::state::{Contact, Customer, Message, State, Trial};
use crate::world::{Arm, Bandit, GUARDRAIL_WITHIN, Split, World, reference};
use model::{MessageClass, MessageId, Span, Subject, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// The message that a stop is credited to: the one it is about, or the youngest of theirs that a carrier may have, within the
/// time that its experiment says. A person counts once for each version of a journey.
pub(crate) fn credited(
    world: &World,
    state: &State,
    subject: Subject,
    (why, classes, about): (SuppressionCause, &[MessageClass], Option<MessageId>),
    now: Timestamp,
) -> Option<Credited> {
    let customer = state.customers.get(&subject)?;
    let is_meant = |contact: &&Contact| match (about, why) {
        (Some(message), _) => contact.message == message,
        (None, SuppressionCause::OptOut) => classes.contains(&contact.about.class),
        (None, _) => true,
    };
    let sent = customer.contacts.iter().filter(|contact| was_sent(&state.messages, contact));
    let last = sent.filter(is_meant).max_by_key(|contact| (contact.at, contact.message))?;
    let journey = &last.about.journey;
    let is_in_time = now < last.at.after(within(world, journey));
    let is_first = !customer.is_credited(why, journey);
    (is_in_time && is_first).then(|| Credited { message: last.message, journey: Arc::clone(journey) })
}

/// So long after a message a stop is taken for its doing.
fn within(world: &World, journey: &str) -> Span {
    let guardrail = split(world, journey).and_then(|(split, _)| split.guardrail.as_ref());
    guardrail.map_or(GUARDRAIL_WITHIN, |guardrail| guardrail.within)
}

/// Whether a carrier has, had or may have a message that was let pass.
fn was_sent(messages: &HashMap<MessageId, Box<Message>>, contact: &Contact) -> bool {
    // One that has ended without reaching a carrier is not among the contacts any more.
    let under_way = messages.get(&contact.message);
    contact.reached || under_way.is_none_or(|message| !deliver::is_untaken(message, None))
}

/// The step that divided the people of a message, and their arm.
fn split<'w>(world: &'w World, journey: &str) -> Option<(&'w Split, &'w Arm)> {
    let (experiment, arm) = reference::arm(journey)?;
    let split = world.journeys.version(journey)?.split(experiment)?;
    Some((split, split.arm(arm)?))
}

/// The arm that must be stopped after a stop was credited to one of its messages; none if nothing shows that it is worse. It is
/// compared with the usual arm, or where none is named with all others that are sent something and go on.
pub(crate) fn guarded(
    world: &World,
    state: &State,
    credited: &Credited,
    why: SuppressionCause,
) -> Option<ArmStopped> {
    let (split, arm) = split(world, &credited.journey)?;
    let (trial, _) = reference::trial(&credited.journey)?;
    split.guardrail.as_ref()?;
    let is_on = |arm: &&Arm| !is_stopped(state, trial, &arm.name);
    if arm.usual || arm.control || !is_on(&arm) {
        return None;
    }
    let named: Vec<&Arm> = split.sent().filter(|other| other.usual).collect();
    let others: Vec<&Arm> = match named.is_empty() {
        true => split.sent().filter(|other| other.name != arm.name).filter(is_on).collect(),
        false => named,
    };
    let events = |arm: &Arm| state.trials.events(&state.totals, trial, &arm.name, why);
    let weight = |arm: &Arm| people(state, split, trial, arm);
    let (ours, theirs) = (events(arm), others.iter().map(|arm| events(arm)).sum());
    let (weight, weights) = (weight(arm), others.iter().map(|arm| weight(arm)).sum::<u64>());
    let share = weight as f64 / (weight + weights).max(1) as f64;
    // Arms share the chance to be wrong, and so do the two guardrails.
    let tested = split.sent().filter(|arm| !arm.usual).count();
    let questions = tested * GUARDRAILS;
    let verdict = guardrail::judge(ours, theirs, share, Alpha::FIVE_PERCENT.split(questions)).ok()?;
    let bound = u32::try_from(questions).unwrap_or(u32::MAX).saturating_mul(ONE_IN);
    (verdict == guardrail::Verdict::Stop).then(|| ArmStopped {
        journey: Arc::clone(&credited.journey),
        why,
        events: ours,
        compared: theirs,
        weight,
        weights,
        bound,
    })
}

/// Opt-outs and complaints.
const GUARDRAILS: usize = 2;
/// A guardrail may be wrong once in so many experiments.
const ONE_IN: u32 = 20;

/// How many people an arm has beside the others: by its weight, or where weights move by its messages.
fn people(state: &State, split: &Split, trial: &str, arm: &Arm) -> u64 {
    match split.bandit {
        Some(_) => counted(state, trial, &arm.name).map_or(0, |counted| counted.candidates),
        None => u64::from(arm.weight),
    }
}

fn counted<'s>(state: &'s State, trial: &str, arm: &str) -> Option<&'s JourneyTotals> {
    state.totals.journeys.get(&*format!("{trial}.{arm}"))
}

fn is_stopped(state: &State, trial: &str, arm: &str) -> bool {
    state.trials.of(trial).is_some_and(|trial| trial.stopped.contains_key(arm))
}

/// The arm of somebody who comes to the step that divides; none only if the arms weigh nothing. They stay in the arm they
/// are in where weights move or an arm was stopped. Whoever falls to a stopped one is divided among the others, by their weights.
pub(crate) fn assign<'a>(
    state: &State,
    journey: &str,
    split: &'a Split,
    customer: &Customer,
) -> Option<&'a Arm> {
    let trial = state.trials.of(&format!("{journey}#{}", split.experiment));
    let is_on = |arm: &Arm| trial.is_none_or(|trial| !trial.stopped.contains_key(&arm.name));
    let remembered = || {
        let name = customer.assigned.as_ref()?.arm(&split.experiment)?;
        split.arm(name).filter(|arm| is_on(arm))
    };
    if split.bandit.is_some()
        && let Some(arm) = remembered()
    {
        return Some(arm);
    }
    let weight = |arm: &Arm| weight(trial, arm);
    let first = draw("hongyan/arm/v1", split, customer.subject, weight)?;
    if is_on(first) {
        return Some(first);
    }
    let on = |arm: &Arm| if is_on(arm) { weight(arm) } else { 0 };
    remembered().or_else(|| draw("hongyan/arm-again/v1", split, customer.subject, on))
}

/// What an arm weighs by now.
fn weight(trial: Option<&Trial>, arm: &Arm) -> u32 {
    trial.and_then(|trial| trial.weights.get(&arm.name)).copied().unwrap_or(arm.weight)
}

/// The arm that the hash of an experiment and a person points to.
fn draw<'a>(
    domain: &str,
    split: &'a Split,
    subject: Subject,
    weight: impl Fn(&Arm) -> u32,
) -> Option<&'a Arm> {
    let sum: u64 = split.arms.iter().map(|arm| u64::from(weight(arm))).sum();
    let number = subject.0.to_be_bytes();
    let chance = proof::hash_fields(domain, [split.experiment.as_bytes(), &number]).half() >> 64;
    // The high half of a product instead of a remainder: no arm is favoured by more than one in 2^64 / sum.
    let mut point = ((chance * u128::from(sum)) >> 64) as u64;
    split.arms.iter().find(|arm| match point.checked_sub(u64::from(weight(arm))) {
        Some(rest) => {
            point = rest;
            false
        }
        None => true,
    })
}

/// Why nothing of an arm goes to somebody any more, in words; nothing where it may. Whoever has been sent something of it
/// may have the rest where the experiment says so. `but` is the message that is asked about.
pub(crate) fn closed(
    world: &World,
    state: Standing<'_>,
    customer: &Customer,
    arm: &str,
    but: Option<MessageId>,
) -> Option<String> {
    let stopped = state.trials.stopped(arm)?;
    let guardrail = split(world, arm).and_then(|(split, _)| split.guardrail.as_ref());
    let begun = |contact: &&Contact| {
        *contact.about.journey == *arm && Some(contact.message) != but && was_sent(state.messages, contact)
    };
    let may_finish = guardrail.is_some_and(|guardrail| guardrail.finish);
    if may_finish && customer.contacts.iter().any(|contact| begun(&contact)) {
        return None;
    }
    let (_, variant) = arm.split_once('#')?;
    let why = stopped.said.why.name();
    Some(format!("{variant} was stopped by its guardrail ({why}), entry {}", stopped.entry))
}

/// What of the state says how experiments stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) trials: &'a crate::state::Trials,
    pub(crate) messages: &'a HashMap<MessageId, Box<Message>>,
}

impl<'a> Standing<'a> {
    pub(crate) fn of(state: &'a State) -> Self {
        Self { trials: &state.trials, messages: &state.messages }
    }
}

/// New weights of the experiment of a message that has just come to the gate, if it is time for them. They are drawn by a seed
/// made of the experiment and the entry's own position.
pub(crate) fn moved(world: &World, state: &State, journey: &str) -> Option<WeightsMoved> {
    let (split, _) = split(world, journey)?;
    let bandit = split.bandit.as_ref()?;
    let (trial, _) = reference::trial(journey)?;
    let of = |arm: &Arm| counted(state, trial, &arm.name).map_or((0, 0), |c| (c.candidates, c.goals));
    let messages: u64 = split.arms.iter().map(|arm| of(arm).0).sum();
    let moved_at = state.trials.of(trial).map_or(0, |trial| trial.moved_at);
    if messages < moved_at.saturating_add(bandit.every) {
        return None;
    }
    let on: Vec<&Arm> = split.arms.iter().filter(|arm| !is_stopped(state, trial, &arm.name)).collect();
    let seed = seed(trial, state.position);
    let rates =
        on.iter().map(|arm| of(arm)).map(|(messages, goals)| Rate::new(goals.min(messages), messages));
    let rates: Vec<Rate> = rates.collect::<Result<_, _>>().ok()?;
    let shares = bandit::shares(&rates, floor(bandit, on.len()), seed).ok()?;
    let drawn: HashMap<&str, f64> = on.iter().map(|arm| &*arm.name).zip(shares).collect();
    let arms = split.arms.iter().map(|arm| {
        let (messages, goals) = of(arm);
        let known = state.trials.of(trial);
        let weight = drawn.get(&*arm.name).map_or_else(|| weight(known, arm), |share| whole(*share));
        Weighed { arm: Arc::clone(&arm.name), messages, goals, weight }
    });
    let journey = reference::versioned(journey).into();
    Some(WeightsMoved { journey, experiment: Arc::clone(&split.experiment), arms: arms.collect() })
}

fn floor(bandit: &Bandit, arms: usize) -> f64 {
    (f64::from(bandit.floor_percent) / 100.0).min(1.0 / arms.max(1) as f64)
}

/// A share as a weight: of ten thousand, and never nothing.
fn whole(share: f64) -> u32 {
    ((share * WEIGHTS).round() as u32).max(1)
}

/// What moved weights add up to, about.
const WEIGHTS: f64 = 10_000.0;

fn seed(trial: &str, position: u64) -> u64 {
    let hash = proof::hash_fields("hongyan/bandit/v1", [trial.as_bytes(), &position.to_be_bytes()]);
    // The high half of the half: 64 bits of it.
    (hash.half() >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Profile, Standing as Life};
    use crate::world::Aim;
    use model::{CustomerId, Fields};

    fn split(experiment: &str, weights: &[u32]) -> Split {
        let arm = |(n, weight): (usize, &u32)| Arm {
            name: n.to_string().into(),
            weight: *weight,
            to: n,
            control: false,
            usual: false,
        };
        let arms = weights.iter().enumerate().map(arm).collect();
        Split { experiment: experiment.into(), arms, aim: Aim::Goal, guardrail: None, bandit: None }
    }

    fn somebody(n: u64) -> Customer {
        let profile = Profile {
            id: CustomerId::new(format!("C{n}")),
            phone: None,
            zone: None,
            standing: Life::Normal,
            attributes: Fields::new(),
        };
        Customer::new(Subject(n), profile)
    }

    fn stop(state: &mut State, arm: &str) {
        let said = ArmStopped {
            journey: arm.into(),
            why: SuppressionCause::OptOut,
            events: 9,
            compared: 0,
            weight: 1,
            weights: 1,
            bound: 40,
        };
        state.trials.stop(&said, 7, Timestamp(0));
    }

    fn places(state: &State, split: &Split, people: std::ops::RangeInclusive<u64>) -> Vec<usize> {
        people.map(|n| assign(state, "j@1", split, &somebody(n)).unwrap().to).collect()
    }

    #[test]
    fn people_fall_to_arms_by_their_weights() {
        let placed = places(&State::default(), &split("greeting", &[50, 30, 20, 0]), 1..=100_000);
        for (arm, expected) in [50_000_usize, 30_000, 20_000, 0].into_iter().enumerate() {
            let count = placed.iter().filter(|to| **to == arm).count();
            // Four standard deviations of a binomial of 100,000.
            assert!(count.abs_diff(expected) < 640, "{arm}: {count}");
        }
        assert!(!placed.contains(&3));
    }

    #[test]
    fn two_experiments_divide_independently() {
        let of = |name| places(&State::default(), &split(name, &[1, 1]), 1..=100_000);
        let both = of("a").iter().zip(of("b")).filter(|(a, b)| **a == 0 && *b == 0).count();
        assert!(both.abs_diff(25_000) < 560, "{both}");
    }

    #[test]
    fn arms_without_weight_are_no_arms() {
        assert_eq!(assign(&State::default(), "j@1", &split("a", &[]), &somebody(1)), None);
        assert_eq!(assign(&State::default(), "j@1", &split("a", &[0]), &somebody(1)), None);
    }

    #[test]
    fn those_of_a_stopped_arm_go_to_the_others_by_weight_and_nobody_else_moves() {
        let (mut state, split) = (State::default(), split("greeting", &[30, 40, 10]));
        let before = places(&state, &split, 1..=20_000);
        stop(&mut state, "j@1#greeting.1");
        let after = places(&state, &split, 1..=20_000);
        assert!(before.iter().zip(&after).all(|(before, after)| *before == 1 || before == after));
        assert!(!after.contains(&1));
        let moved = before.iter().zip(&after).filter(|(before, _)| **before == 1);
        let (mut all, mut to_first) = (0_usize, 0_usize);
        moved.for_each(|(_, after)| (all, to_first) = (all + 1, to_first + usize::from(*after == 0)));
        assert!(all > 9_000, "{all}");
        // Three quarters; four standard deviations of a binomial.
        assert!(to_first.abs_diff(all * 3 / 4) < 180, "{to_first} of {all}");
        // Another version of the journey is another experiment.
        let other: Vec<usize> =
            (1..=20_000).map(|n| super::assign(&state, "j@2", &split, &somebody(n)).unwrap().to).collect();
        assert_eq!(other, before);
    }

    #[test]
    fn whoever_is_in_an_arm_stays_where_weights_move() {
        let mut state = State::default();
        let split =
            Split { bandit: Some(Bandit { floor_percent: 5, every: 100 }), ..split("greeting", &[50, 50]) };
        let mut person = somebody(1);
        let first = assign(&state, "j@1", &split, &person).unwrap().name.clone();
        person.note_arm(&format!("j@1#greeting.{first}").into());
        let other = if &*first == "0" { "1" } else { "0" };
        let weighed = |arm: &str, weight| Weighed { arm: arm.into(), messages: 50, goals: 1, weight };
        state.trials.move_weights(&WeightsMoved {
            journey: "j@1".into(),
            experiment: "greeting".into(),
            arms: vec![weighed(&first, 1), weighed(other, 9_999)],
        });
        assert_eq!(assign(&state, "j@1", &split, &person).unwrap().name, first);
        let new =
            (2..=1_000).filter(|n| &*assign(&state, "j@1", &split, &somebody(*n)).unwrap().name == other);
        assert!(new.count() > 990);
    }
}
