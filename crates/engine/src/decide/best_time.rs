//! When somebody reads best: at the hours at which they have answered and clicked themselves; of whom too little is known,
//! in the window that a rule set names for their segment, or for everybody.
//!
//! Some are tried at another hour, by a hash of who they are and the day, so that habits are found at all and a replay
//! chooses the same. Hours that are quiet are no hours, and no moment lies beyond the time that is given: whoever finds
//! none better goes at once, and the gate says the rest. It waits; it never sends.

use super::rules::quiet_hours;
use super::until::{again, counts, zone};
use crate::state::Customer;
use crate::world::{BestTime, Every, RuleSet, World};
use model::{ClockTime, Date, MessageClass, Span, Subtype, Timestamp, Value, Zone};
use proof::Hash;

/// What is to be read.
pub(super) struct About<'a> {
    pub(super) class: MessageClass,
    pub(super) subtype: Option<&'a Subtype>,
    /// The moment is not later than after so long.
    pub(super) within: Span,
}

/// The moment; `now` if none is better.
pub(super) fn moment(world: &World, customer: &Customer, about: &About<'_>, now: Timestamp) -> Timestamp {
    let Some(set) = chosen(world, customer, about, now) else { return now };
    let zone = zone(world, customer);
    let is_open = |at: Timestamp| {
        let said = quiet_hours::standing(world, about.class, about.subtype, zone, at);
        said.verdict == super::Verdict::Pass
    };
    let end = now.after(about.within);
    let hours = hours(zone, now, end);
    let open: Vec<Timestamp> = hours.into_iter().filter(|at| is_open(*at)).collect();
    let found = match draw(customer, zone.local(now).0) {
        (percent, pick) if percent < u64::from(set.rule.explore_percent) => {
            open.get(usize::try_from(pick % (open.len().max(1) as u64)).unwrap_or(0)).copied()
        }
        _ => match own(customer, about.class, &set.rule, zone, &open) {
            Some(at) => Some(at),
            None => window(world, customer, &set.rule, zone, now, end).filter(|at| is_open(*at)),
        },
    };
    found.filter(|at| *at <= end).map_or(now, |at| at.max(now))
}

/// The rule set for somebody: one for their segment, else one for everybody.
fn chosen<'w>(
    world: &'w World,
    customer: &Customer,
    about: &About<'_>,
    now: Timestamp,
) -> Option<&'w RuleSet<BestTime>> {
    let binding = || world.pack.best_time.iter().filter(|set| set.binds(about.class, about.subtype, now));
    let is_theirs = |set: &&RuleSet<BestTime>| {
        set.rule.of.as_ref().is_some_and(|(name, value)| match customer.profile.attributes.get(name) {
            Some(Value::Text(text)) => **text == **value,
            Some(Value::Int(number)) => number.to_string() == **value,
            _ => false,
        })
    };
    // What names subtypes is nearer than what does not.
    let is_near = |set: &&RuleSet<BestTime>| !set.subtypes.is_empty();
    let common = || binding().filter(|set| set.rule.of.is_none());
    binding().find(is_theirs).or_else(|| common().find(is_near)).or_else(|| common().next())
}

/// The full hours on somebody's clock between two moments, the first of them cut to now.
fn hours(zone: Zone, now: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let mut hours = vec![now];
    let first = now.0.div_euclid(HOUR_MS) * HOUR_MS;
    // Zones that are half an hour aside have their full hours there.
    let aside = i64::from(zone.local(Timestamp(first)).1.minutes() % 60) * 60_000;
    let mut at = first - aside;
    while at <= end.0 && hours.len() < HOURS_MAX {
        if at > now.0 {
            hours.push(Timestamp(at));
        }
        at += HOUR_MS;
    }
    hours
}

/// By what somebody has answered and clicked: the hour in which they do so most, of those that are open.
fn own(
    customer: &Customer,
    class: MessageClass,
    rule: &BestTime,
    zone: Zone,
    open: &[Timestamp],
) -> Option<Timestamp> {
    let habits = customer.habits.as_ref()?;
    if habits.count(class) < rule.own_from {
        return None;
    }
    let score = |at: &Timestamp| {
        let same_day = habits.of_week(class, *at);
        // The hour on any day counts half as much as the same hour of the week.
        let any_day: u32 = (0..7).map(|days| habits.of_week(class, at.after(Span::days(days)))).sum();
        same_day * 2 + any_day
    };
    let best = open.iter().map(score).max().filter(|best| *best > 0)?;
    let _ = zone;
    open.iter().find(|at| score(at) == best).copied()
}

/// The next moment in the window of a rule set; now, if it is open.
fn window(
    world: &World,
    customer: &Customer,
    rule: &BestTime,
    zone: Zone,
    now: Timestamp,
    end: Timestamp,
) -> Option<Timestamp> {
    let (today, _) = zone.local(now);
    let last = zone.local(end).0;
    let ahead = i64::from(last.to_days() - today.to_days());
    let is_day = |day: &Date| {
        counts(&world.institution.calendar, rule.days, *day)
            && rule
                .after
                .as_ref()
                .is_none_or(|(attribute, days)| is_behind(world, customer, attribute, *days, *day))
    };
    let days = (0..=ahead).map(|days| today.plus_days(days)).filter(is_day);
    let within = |day: Date, at: ClockTime| zone.instant(day, at);
    days.filter(|day| within(*day, rule.close) > now).map(|day| within(day, rule.open).max(now)).next()
}

/// Whether a day is so close behind one that comes again each month.
fn is_behind(world: &World, customer: &Customer, attribute: &str, days: i64, day: Date) -> bool {
    let all = again(world, customer, attribute, Every::Month, day).unwrap_or_default();
    let passed = |from: &Date| i64::from(day.to_days() - from.to_days());
    all.iter().any(|from| (0..=days).contains(&passed(from)))
}

/// Two numbers by who somebody is and the day: one of a hundred, and one to choose by.
fn draw(customer: &Customer, day: Date) -> (u64, u64) {
    let number = customer.subject.0.to_be_bytes();
    let Hash(digest) =
        proof::hash_fields("hongyan/best-time/v1", [&number[..], &day.to_days().to_be_bytes()]);
    let take = |from: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&digest[from..from + 8]);
        u64::from_be_bytes(eight)
    };
    (take(0) % 100, take(8))
}

const HOUR_MS: i64 = 3_600_000;
/// More hours than the longest wait has.
const HOURS_MAX: usize = 400;
