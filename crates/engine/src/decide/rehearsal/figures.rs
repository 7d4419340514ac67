//! What a rehearsal came to: a fold over the entries that would have been, piece by piece of the audience.

use super::{Door, Load};
use crate::decide::{ConditionFailure, Verdict};
use crate::engine::Engine;
use crate::entry::{Decided, Entry, Fact, Matter, Open, Stay};
use crate::world::{Journey, StepKind, World, reference};
use model::{Channel, Cost, MessageClass, MessageId, RouteId, Span, Subtype, TemplateId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many failures of conditions are kept with their words.
const FAILURES_KEPT: usize = 10;

/// The figures of a rehearsal.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Customers looked at.
    pub customers: u64,
    /// Those whose day does not come in the time.
    pub no_day: u64,
    /// Those for whom the journey is not.
    pub not_met: u64,
    /// Those who may not enter so soon again.
    pub not_again: u64,
    /// Those who enter.
    pub entered: u64,
    /// Messages that came to the gate.
    pub messages: u64,
    /// Messages that go, in the end.
    pub to_send: u64,
    /// Messages that are still held at the end of the time.
    pub waiting: u64,
    /// Messages that were stopped for good, by rule id.
    pub blocked: BTreeMap<&'static str, u64>,
    /// How often and how long messages were held, by rule id.
    pub held: BTreeMap<&'static str, Holds>,
    /// Parts of what goes.
    pub parts: u64,
    /// What they cost.
    pub cost: Cost,
    /// The same by text.
    pub templates: BTreeMap<TemplateId, Fates>,
    /// What goes, by channel, class and subtype.
    pub volumes: BTreeMap<(Channel, MessageClass, Option<Subtype>), Volume>,
    /// Parts by route and hour.
    pub routes: BTreeMap<RouteId, Load>,
    /// What is handed over to people, by queue and hour.
    pub tasks: BTreeMap<Arc<str>, Load>,
    /// Calls to systems, by their names.
    pub calls: BTreeMap<Arc<str>, u64>,
    /// How people left, by word, as far as they had waited before.
    pub left: BTreeMap<&'static str, u64>,
    /// Those who are still inside at the end of the time.
    pub inside: u64,
    /// Those who are stuck at the end, by what is missing.
    pub stuck: BTreeMap<Arc<str>, u64>,
    /// Conditions that had no answer.
    pub failed: u64,
    /// Some of them.
    pub failures: Vec<ConditionFailure>,
    /// What the journey has reserved, with what it had reserved before.
    pub spent: Cost,
    /// Why the end was not reached, if it was not.
    pub lost: Option<String>,
}

/// What became of the messages of one text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fates {
    /// All.
    pub messages: u64,
    /// Those that go.
    pub to_send: u64,
    /// Those that were stopped.
    pub blocked: u64,
}

/// How long messages were held by one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holds {
    /// How often.
    pub count: u64,
    /// The shortest.
    pub least: Span,
    /// The longest.
    pub most: Span,
    /// All together.
    pub sum: Span,
}

/// So much goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volume {
    /// Messages.
    pub messages: u64,
    /// Parts.
    pub parts: u64,
    /// What they cost.
    pub cost: Cost,
}

/// Where a message stands.
#[derive(Debug)]
enum Fate<'e> {
    Goes(&'e Decided, Timestamp),
    Held(&'e Matter),
    Stopped(&'e Matter),
}

impl Figures {
    /// Somebody came to the door.
    pub(super) fn at_the_door(&mut self, door: Door) {
        match door {
            Door::Entered => self.entered += 1,
            Door::NotMet => self.not_met += 1,
            Door::NotAgain => self.not_again += 1,
            Door::NoDay => self.no_day += 1,
        }
    }

    /// What happened to a piece of the audience.
    pub(super) fn watch(
        &mut self,
        world: &World,
        journey: &Journey,
        entries: &[Entry],
        failures: Vec<ConditionFailure>,
    ) {
        let is_ours = |of: &str| reference::name(of) == journey.id.as_str();
        let mut fates: HashMap<MessageId, Fate<'_>> = HashMap::new();
        for entry in entries {
            match &entry.fact {
                Fact::MessageDecided(decided) if is_ours(&decided.matter.journey) => {
                    fates.insert(decided.matter.message, Fate::Goes(decided, entry.at));
                }
                Fact::MessageHeld(held) if is_ours(&held.matter.journey) => {
                    let rule = held.matter.findings.last().map_or("", |finding| finding.rule.id());
                    self.hold(rule, held.until.since(entry.at));
                    fates.insert(held.matter.message, Fate::Held(&held.matter));
                }
                Fact::MessageBlocked(blocked) if is_ours(&blocked.matter.journey) => {
                    fates.insert(blocked.matter.message, Fate::Stopped(&blocked.matter));
                }
                Fact::TaskOpened(task) if is_ours(&task.journey) => {
                    self.tasks.entry(Arc::clone(&task.queue)).or_default().add(entry.at, 1);
                }
                Fact::JourneyEntered(entered) if is_ours(&entered.journey) => {
                    self.call(journey, entered.stay.as_ref());
                }
                Fact::JourneyMoved(moved) if is_ours(&moved.journey) => {
                    self.call(journey, Some(&moved.stay));
                }
                Fact::JourneyLeft { journey, how, .. } if is_ours(journey) => {
                    *self.left.entry(how.name()).or_default() += 1;
                }
                _ => {}
            }
        }
        fates.values().for_each(|fate| self.settle(world, fate));
        let failures = failures.into_iter().filter(|failure| is_ours(&failure.journey));
        for failure in failures {
            self.failed += 1;
            if self.failures.len() < FAILURES_KEPT {
                self.failures.push(failure);
            }
        }
    }

    fn hold(&mut self, rule: &'static str, span: Span) {
        let none = Holds { count: 0, least: span, most: span, sum: Span(0) };
        let holds = self.held.entry(rule).or_insert(none);
        holds.add(&Holds { count: 1, least: span, most: span, sum: span });
    }

    fn call(&mut self, journey: &Journey, stay: Option<&Stay>) {
        let Some(stay) = stay.filter(|stay| matches!(stay.open, Open::Call(_))) else { return };
        let step = journey.place(&stay.step).and_then(|at| journey.steps.get(at));
        if let Some(StepKind::Webhook { hook, .. }) = step.map(|step| &step.kind) {
            *self.calls.entry(Arc::clone(hook)).or_default() += 1;
        }
    }

    fn settle(&mut self, world: &World, fate: &Fate<'_>) {
        let matter = match fate {
            Fate::Goes(decided, _) => &decided.matter,
            Fate::Held(matter) | Fate::Stopped(matter) => matter,
        };
        self.messages += 1;
        let fates = self.templates.entry(matter.template.clone()).or_default();
        fates.messages += 1;
        match fate {
            Fate::Goes(decided, at) => {
                fates.to_send += 1;
                self.to_send += 1;
                let parts = u64::from(decided.parts);
                self.parts += parts;
                self.cost = self.cost.plus(decided.cost);
                let channel = match (&decided.way, world.routes.get(&decided.route)) {
                    (Some(way), _) => way.channel,
                    (None, Some(route)) => route.channel,
                    (None, None) => Channel::Sms,
                };
                let kind = (channel, matter.class, matter.subtype.clone());
                self.volumes.entry(kind).or_default().add(&Volume { messages: 1, parts, cost: decided.cost });
                self.routes.entry(decided.route.clone()).or_default().add(*at, parts);
            }
            Fate::Held(_) => self.waiting += 1,
            Fate::Stopped(_) => {
                fates.blocked += 1;
                let last = matter.findings.iter().rev().find(|finding| finding.verdict != Verdict::Pass);
                *self.blocked.entry(last.map_or("", |finding| finding.rule.id())).or_default() += 1;
            }
        }
    }

    /// How things stand at the end of the time. `first`: the first entry that was not there before.
    pub(super) fn end(&mut self, journey: &Journey, engine: &Engine, first: u64, lost: Option<String>) {
        let state = engine.state();
        for customer in state.customers.values() {
            // Whoever was inside before has an older number.
            let passages = customer.passages.range(first..).map(|(_, passage)| passage);
            for passage in passages.filter(|p| reference::name(&p.journey) == journey.id.as_str()) {
                self.inside += 1;
                if let Some(why) = &passage.stay.stuck {
                    *self.stuck.entry(Arc::clone(why)).or_default() += 1;
                }
            }
        }
        self.spent = state.spent.get(journey.id.as_str()).copied().unwrap_or_default();
        self.lost = lost;
    }

    /// Adds what another piece of the audience came to.
    pub fn merge(&mut self, other: Self) {
        let counts = [
            (&mut self.customers, other.customers),
            (&mut self.no_day, other.no_day),
            (&mut self.not_met, other.not_met),
            (&mut self.not_again, other.not_again),
            (&mut self.entered, other.entered),
            (&mut self.messages, other.messages),
            (&mut self.to_send, other.to_send),
            (&mut self.waiting, other.waiting),
            (&mut self.parts, other.parts),
            (&mut self.inside, other.inside),
            (&mut self.failed, other.failed),
        ];
        for (mine, theirs) in counts {
            *mine += theirs;
        }
        self.cost = self.cost.plus(other.cost);
        sum(&mut self.blocked, other.blocked);
        sum(&mut self.calls, other.calls);
        sum(&mut self.left, other.left);
        sum(&mut self.stuck, other.stuck);
        for (rule, holds) in other.held {
            self.held.entry(rule).and_modify(|mine| mine.add(&holds)).or_insert(holds);
        }
        for (template, fates) in other.templates {
            let mine = self.templates.entry(template).or_default();
            mine.messages += fates.messages;
            mine.to_send += fates.to_send;
            mine.blocked += fates.blocked;
        }
        for (kind, volume) in other.volumes {
            self.volumes.entry(kind).or_default().add(&volume);
        }
        for (route, load) in other.routes {
            self.routes.entry(route).or_default().merge(load);
        }
        for (queue, load) in other.tasks {
            self.tasks.entry(queue).or_default().merge(load);
        }
        let room = FAILURES_KEPT.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
        self.spent = self.spent.max(other.spent);
        self.lost = self.lost.take().or(other.lost);
    }
}

fn sum<K: Ord>(mine: &mut BTreeMap<K, u64>, theirs: BTreeMap<K, u64>) {
    for (key, count) in theirs {
        *mine.entry(key).or_default() += count;
    }
}

impl Holds {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.sum = Span(self.sum.0.saturating_add(other.sum.0));
    }
}

impl Volume {
    fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.parts += other.parts;
        self.cost = self.cost.plus(other.cost);
    }
}
