//! The figures of a journey: who came to the gate, who was kept from it, what went out, what came of it and what it cost.
//!
//! A fold over messages as the views have them, which are made of leaves alone. People count once in each group; somebody
//! who was erased counts once for each of their messages, because nothing ties these together any more. No chance, no clock;
//! the statistics are [`super::experiment`]'s.

use super::experiment::Moments;
use crate::decide::rules::{self, ORDER};
use std::collections::{BTreeMap, HashMap};

/// Where a message stands, as far as figures care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Held, or let pass and not handed over.
    Waiting,
    /// Stopped by the gate.
    Stopped,
    /// Handed over; its end is not known.
    Sent,
    /// Arrived.
    Delivered,
    /// Handed over or given up, and did not arrive.
    Failed,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<'a> {
    /// Its number.
    pub id: u64,
    /// Whose it is; 0 if they were erased.
    pub subject: u64,
    /// Where it stands.
    pub stage: Stage,
    /// The rule that stopped it; empty if none did.
    pub rule: &'a str,
    /// Parts that are billed.
    pub parts: u64,
    /// What it costs, in thousandths of a fen.
    pub cost_millifen: i64,
    /// Goals that were credited to it.
    pub goals: u64,
    /// What these were worth, in minor units.
    pub value: u64,
    /// Opt-outs that were credited to it.
    pub opt_outs: u64,
    /// Complaints that were.
    pub complaints: u64,
    /// How often a person followed a link of it, as far as that counts.
    pub clicks: u64,
    /// How often somebody did so again shortly after.
    pub repeats: u64,
    /// How often a machine did.
    pub bots: u64,
}

/// The figures of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// People who came to the gate.
    pub audience: u64,
    /// Of these, people whom a holdout kept from it.
    pub held_out: Side,
    /// People who came as far as the holdout and were not held out, whatever other rules said: the other side.
    pub exposed: Side,
    /// Messages that were handed over.
    pub sent: u64,
    /// Messages that arrived.
    pub delivered: u64,
    /// Messages that did not.
    pub failed: u64,
    /// Messages that the gate stopped.
    pub stopped: u64,
    /// Parts.
    pub parts: u64,
    /// What they cost, in thousandths of a fen.
    pub cost_millifen: i64,
    /// People who opted out after a message.
    pub opt_outs: u64,
    /// People who complained after one.
    pub complaints: u64,
    /// People to whom a message arrived, as its receipt says or their click shows.
    pub readers: u64,
    /// Of these, people who followed a link.
    pub clickers: u64,
    /// Clicks of people, repetitions left out.
    pub clicks: u64,
    /// Repetitions.
    pub repeats: u64,
    /// What machines did.
    pub bots: u64,
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Side {
    /// People.
    pub people: u64,
    /// Who reached the goal.
    pub reached: u64,
    /// Who followed a link.
    pub clicked: u64,
    /// What it was worth, in minor units, each person's once.
    pub value: Moments,
}

impl Side {
    fn add(&mut self, person: &Person) {
        self.people += 1;
        self.reached += u64::from(person.reached);
        self.clicked += u64::from(person.clicked);
        self.value.add(person.value as f64);
    }

    /// What it was worth in all, in minor units.
    pub fn sum(&self) -> f64 {
        self.value.mean * self.value.people as f64
    }
}

/// Counts messages by group.
#[derive(Debug, Default)]
pub struct Tally {
    groups: BTreeMap<String, Figures>,
    people: HashMap<(String, Whose), Person>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Subject(u64),
    /// Somebody who was erased: known by nothing but the message.
    Message(u64),
}

#[derive(Debug, Clone, Copy, Default)]
struct Person {
    /// Came as far as the holdout.
    divided: bool,
    held_out: bool,
    reached: bool,
    delivered: bool,
    clicked: bool,
    value: u64,
    opted_out: bool,
    complained: bool,
}

impl Tally {
    /// Counts a message in a group.
    pub fn add(&mut self, group: &str, seen: &Seen<'_>) {
        if !self.groups.contains_key(group) {
            self.groups.insert(group.to_owned(), Figures::default());
        }
        if let Some(figures) = self.groups.get_mut(group) {
            figures.parts += seen.parts;
            figures.clicks += seen.clicks;
            figures.repeats += seen.repeats;
            figures.bots += seen.bots;
            figures.cost_millifen = figures.cost_millifen.saturating_add(seen.cost_millifen);
            match seen.stage {
                Stage::Waiting => {}
                Stage::Stopped => figures.stopped += 1,
                Stage::Sent => figures.sent += 1,
                Stage::Delivered => {
                    (figures.sent, figures.delivered) = (figures.sent + 1, figures.delivered + 1)
                }
                Stage::Failed => (figures.sent, figures.failed) = (figures.sent + 1, figures.failed + 1),
            }
        }
        let whose = if seen.subject == 0 { Whose::Message(seen.id) } else { Whose::Subject(seen.subject) };
        let person = self.people.entry((group.to_owned(), whose)).or_default();
        person.divided |= seen.stage != Stage::Stopped || is_divided(seen.rule);
        person.held_out |= seen.stage == Stage::Stopped && seen.rule == rules::holdout::RULE.id;
        person.reached |= seen.goals > 0;
        person.delivered |= seen.stage == Stage::Delivered;
        person.clicked |= seen.clicks > 0;
        person.value = person.value.saturating_add(seen.value);
        person.opted_out |= seen.opt_outs > 0;
        person.complained |= seen.complaints > 0;
    }

    /// The figures, by group.
    pub fn finish(self) -> BTreeMap<String, Figures> {
        let Self { mut groups, people } = self;
        // In an order of their own, so that the same people give the same last digit.
        let mut people: Vec<((String, Whose), Person)> = people.into_iter().collect();
        people.sort_unstable_by(|((a, _), x), ((b, _), y)| (a, x.value).cmp(&(b, y.value)));
        for ((group, _), person) in people {
            let Some(figures) = groups.get_mut(&group) else { continue };
            figures.audience += 1;
            figures.opt_outs += u64::from(person.opted_out);
            figures.complaints += u64::from(person.complained);
            figures.clickers += u64::from(person.clicked);
            figures.readers += u64::from(person.delivered || person.clicked);
            match person {
                Person { held_out: true, .. } => figures.held_out.add(&person),
                Person { divided: true, .. } => figures.exposed.add(&person),
                _ => {}
            }
        }
        groups
    }
}

/// Whether a rule is asked no sooner than the one that holds people out.
fn is_divided(rule: &str) -> bool {
    let place = |id: &str| ORDER.iter().position(|known| known.id == id);
    // What is none of the gate's rules (an erasure, a cancellation) came after it.
    place(rule).is_none_or(|at| Some(at) >= place(rules::holdout::RULE.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: u64, subject: u64, stage: Stage, rule: &str) -> Seen<'_> {
        let (goals, value, opt_outs, complaints) = (0, 0, 0, 0);
        let (parts, cost_millifen) = (1, 3_500);
        let (clicks, repeats, bots) = (0, 0, 0);
        Seen {
            id,
            subject,
            stage,
            rule,
            parts,
            cost_millifen,
            goals,
            value,
            opt_outs,
            complaints,
            clicks,
            repeats,
            bots,
        }
    }

    #[test]
    fn people_count_once_and_on_the_side_that_chance_put_them() {
        let mut tally = Tally::default();
        tally.add("a", &seen(1, 1, Stage::Delivered, ""));
        tally.add("a", &Seen { goals: 1, value: 500, ..seen(2, 1, Stage::Sent, "") });
        tally.add("a", &Seen { goals: 1, value: 300, ..seen(3, 2, Stage::Stopped, "holdout") });
        tally.add("a", &seen(4, 3, Stage::Stopped, "consent"));
        tally.add("a", &seen(5, 4, Stage::Stopped, "frequency-cap"));
        tally.add("a", &seen(6, 0, Stage::Failed, "refused"));
        tally.add("a", &Seen { opt_outs: 1, ..seen(7, 0, Stage::Delivered, "") });
        tally.add("a", &Seen { opt_outs: 1, complaints: 1, ..seen(8, 1, Stage::Delivered, "") });
        tally.add("a", &Seen { opt_outs: 1, ..seen(9, 1, Stage::Delivered, "") });
        let figures = tally.finish()["a"];
        assert_eq!((figures.audience, figures.sent, figures.delivered, figures.failed), (6, 6, 4, 1));
        assert_eq!((figures.opt_outs, figures.complaints), (2, 1), "people and no messages");
        assert_eq!((figures.exposed.people, figures.exposed.reached), (4, 1), "one, one capped, two erased");
        assert_eq!((figures.held_out.people, figures.held_out.reached), (1, 1));
        assert!(
            (figures.exposed.sum() - 500.0).abs() < 1e-9 && (figures.held_out.sum() - 300.0).abs() < 1e-9
        );
        assert_eq!((figures.stopped, figures.parts, figures.cost_millifen), (3, 9, 31_500));
    }

    #[test]
    fn a_click_shows_that_a_message_arrived_and_machines_read_nothing() {
        let mut tally = Tally::default();
        tally.add("a", &Seen { clicks: 1, repeats: 2, ..seen(1, 1, Stage::Delivered, "") });
        tally.add("a", &Seen { clicks: 1, ..seen(2, 1, Stage::Delivered, "") });
        tally.add("a", &Seen { clicks: 1, ..seen(3, 2, Stage::Sent, "") });
        tally.add("a", &Seen { bots: 3, ..seen(4, 3, Stage::Delivered, "") });
        tally.add("a", &Seen { bots: 1, ..seen(5, 4, Stage::Sent, "") });
        let figures = tally.finish()["a"];
        assert_eq!((figures.readers, figures.clickers, figures.exposed.clicked), (3, 2, 2));
        assert_eq!((figures.clicks, figures.repeats, figures.bots), (3, 2, 4));
    }

    #[test]
    fn the_rules_before_the_holdout_divide_nobody() {
        for (rule, expect) in [
            ("consent", false),
            ("schedule", false),
            ("holdout", true),
            ("experiment", true),
            ("erased", true),
        ] {
            assert_eq!(is_divided(rule), expect, "{rule}");
        }
    }
}
