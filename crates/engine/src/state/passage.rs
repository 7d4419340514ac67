//! One customer's way through one journey.

use crate::entry::{Entered, Event, Open, Stay};
use crate::world::reference;
use model::{Subject, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Somebody's way through a journey, while they are inside.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The journey, `id@version`.
    pub journey: Arc<str>,
    /// Digest of what it was entered for, where that counts.
    pub key: Option<u128>,
    /// The event that set it off.
    pub event: Option<Arc<Event>>,
    /// Since when.
    pub since: Timestamp,
    /// Where they wait.
    pub stay: Stay,
}

/// Who is inside which journey, and when something is due for them. It follows from the customers' passages, so it is
/// not in the digest. Only `apply` changes it.
#[derive(Debug, Default)]
pub struct Inside {
    /// By the journey's name.
    journeys: BTreeMap<Arc<str>, Crowd>,
    /// Whose passage waits for what a system answers, or people do, by the position of the entry that asks for it.
    asked: BTreeMap<u64, (Subject, u64)>,
    /// Which of those are calls to systems.
    calls: BTreeSet<u64>,
}

/// Those inside one journey.
#[derive(Debug, Default)]
pub struct Crowd {
    /// When which passage is due.
    due: BTreeSet<(Timestamp, Subject, u64)>,
    /// All of them, by version.
    versions: BTreeMap<Arc<str>, BTreeSet<(Subject, u64)>>,
    /// Those who are stuck.
    stuck: BTreeSet<(Subject, u64)>,
}

impl Passage {
    /// The way of somebody who has entered and waits.
    pub(crate) fn begin(entered: &Entered, stay: &Stay, at: Timestamp) -> Self {
        Self {
            journey: Arc::clone(&entered.journey),
            key: entered.key,
            event: entered.event.clone(),
            since: at,
            stay: stay.clone(),
        }
    }
}

impl Inside {
    /// Everybody inside, by the journeys' names.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Crowd)> {
        self.journeys.iter().filter(|(_, crowd)| !crowd.is_empty())
    }

    /// Those inside one journey.
    pub fn of(&self, name: &str) -> Option<&Crowd> {
        self.journeys.get(name)
    }

    /// Whose passage waits for what was asked for by an entry.
    pub fn asked(&self, at: u64) -> Option<(Subject, u64)> {
        self.asked.get(&at).copied()
    }

    /// The calls to systems that have not been answered, by the entries that ask for them.
    pub fn calls(&self) -> impl Iterator<Item = u64> + '_ {
        self.calls.iter().copied()
    }

    pub(crate) fn came(&mut self, subject: Subject, id: u64, passage: &Passage) {
        if let Open::Call(at) | Open::Task(at) = passage.stay.open {
            self.asked.insert(at, (subject, id));
            if matches!(passage.stay.open, Open::Call(_)) {
                self.calls.insert(at);
            }
        }
        let name = reference::name(&passage.journey);
        if !self.journeys.contains_key(name) {
            self.journeys.insert(name.into(), Crowd::default());
        }
        let Some(crowd) = self.journeys.get_mut(name) else { return };
        crowd.versions.entry(Arc::clone(&passage.journey)).or_default().insert((subject, id));
        if let Some(due) = passage.stay.due {
            crowd.due.insert((due, subject, id));
        }
        if passage.stay.stuck.is_some() {
            crowd.stuck.insert((subject, id));
        }
    }

    pub(crate) fn went(&mut self, subject: Subject, id: u64, passage: &Passage) {
        if let Open::Call(at) | Open::Task(at) = passage.stay.open {
            self.asked.remove(&at);
            self.calls.remove(&at);
        }
        let Some(crowd) = self.journeys.get_mut(reference::name(&passage.journey)) else { return };
        if let Some(all) = crowd.versions.get_mut(&passage.journey) {
            all.remove(&(subject, id));
            if all.is_empty() {
                crowd.versions.remove(&passage.journey);
            }
        }
        if let Some(due) = passage.stay.due {
            crowd.due.remove(&(due, subject, id));
        }
        crowd.stuck.remove(&(subject, id));
    }
}

impl Crowd {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.versions.values().map(BTreeSet::len).sum()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// How many of them are stuck.
    pub fn stuck(&self) -> usize {
        self.stuck.len()
    }

    /// Those who are stuck.
    pub fn all_stuck(&self) -> impl Iterator<Item = (Subject, u64)> + '_ {
        self.stuck.iter().copied()
    }

    /// By the versions they are inside of.
    pub fn versions(&self) -> impl Iterator<Item = (&Arc<str>, &BTreeSet<(Subject, u64)>)> {
        self.versions.iter()
    }

    /// Who is due first.
    pub fn first(&self) -> Option<(Timestamp, Subject, u64)> {
        self.due.first().copied()
    }
}
