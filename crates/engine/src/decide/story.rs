//! Story tests of journeys: what is told at which times, and which messages must come of it, word for word.
//!
//! [`tell`] plays a story with an engine of its own, on the story's clock, behind a carrier that takes and delivers
//! everything. It opens no file and keeps nothing; `hongyan journey test` and the tests call it, and the files are read
//! by [`crate::world::stories_from_text`].

use crate::deliver::{Answer, Report};
use crate::entry::{Entry, Fact, Matter, ReceiptState};
use crate::world::{World, reference};
use crate::{Action, Engine, Input, Output, Return};
use model::{Fields, MessageClass, RemoteId, RouteId, Span, Subtype, Timestamp, Zone};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What happens to one customer, and what must come of it.
#[derive(Debug)]
pub struct Story {
    /// What it shows, in words.
    pub title: String,
    /// Where it stands, `file:line`.
    pub place: String,
    /// The journeys it is about, without versions: of these, nothing else may come.
    pub journeys: Vec<String>,
    /// When the customer becomes known.
    pub start: Timestamp,
    /// What is told, in the order of time.
    pub told: Vec<(Timestamp, Told)>,
    /// What must come of it, in the order of time.
    pub expected: Vec<Verdict>,
    /// Which numbers must bind a class at a moment.
    pub bound: Vec<Bound>,
}

/// What must be in force for a class at a moment.
#[derive(Debug)]
pub struct Bound {
    /// When.
    pub at: Timestamp,
    /// For which class.
    pub class: MessageClass,
    /// For which subtype; none: what holds for the class.
    pub subtype: Option<Subtype>,
    /// As [`World::binding`] says it.
    pub sets: Vec<String>,
}

/// Something that is told in a story.
#[derive(Debug, Clone)]
pub enum Told {
    /// Something that is known beforehand.
    Input(Box<Input>),
    /// Nothing runs until this moment.
    Down(Timestamp),
    /// What comes back of the first call to a system, or of the first task of a queue, that is open then.
    Returned {
        /// The system's name, or the queue's.
        from: String,
        /// Whether it is people who did it.
        is_task: bool,
        /// Whether it is what was wanted.
        is_done: bool,
        /// What belongs to it.
        fields: Fields,
    },
}

/// What the gate said of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When.
    pub at: Timestamp,
    /// The template's id.
    pub template: String,
    /// What.
    pub said: Said,
}

/// A verdict's content, as far as a story compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It goes, in these words.
    Sends {
        /// The whole text with its signature.
        text: String,
    },
    /// It waits.
    Holds {
        /// Until when.
        until: Timestamp,
        /// The rule that said so.
        rule: String,
    },
    /// It never goes.
    Blocks {
        /// The rule that said so.
        rule: String,
    },
}

/// How long a story goes on behind the last time it names: what comes too much comes in that time.
const SILENCE: Span = Span::days(45);
/// More rounds than any story needs: beyond it, the engine is going round in circles.
const ROUNDS_MAX: usize = 100_000;
/// How many entries one round of background work may write.
const ROUND_ENTRIES: usize = 500;
/// Room that each connection is given before each round: no story fills it.
const ROOM: u32 = 100;

/// Plays a story; returns every difference from what it expects, in words, in the order of time.
pub fn tell(world: &Arc<World>, story: &Story) -> Vec<String> {
    let zone = world.institution.zone;
    let mut stage = Stage::new(world, story);
    let last = story.told.iter().map(|(at, _)| *at).chain(story.expected.iter().map(|v| v.at)).max();
    for (at, told) in &story.told {
        stage.play_until(*at);
        stage.hear(told);
        stage.settle();
    }
    stage.play_until(last.unwrap_or(story.start).after(SILENCE));
    let mut differences = compare(&story.expected, &stage.seen, zone);
    differences.extend(story.bound.iter().flat_map(|bound| differs(world, bound)));
    differences.append(&mut stage.failures);
    for journey in &story.journeys {
        let stuck = stage.engine.state().inside.of(journey).map_or(0, |crowd| crowd.stuck());
        if stuck > 0 {
            differences.push(format!("expected nobody stuck at the end, found {stuck} in {journey}"));
        }
    }
    differences
}

/// An engine, its clock and what was seen of it.
struct Stage<'a> {
    story: &'a Story,
    engine: Engine,
    now: Timestamp,
    seen: Vec<Verdict>,
    failures: Vec<String>,
    rounds: usize,
}

impl<'a> Stage<'a> {
    fn new(world: &Arc<World>, story: &'a Story) -> Self {
        let engine = Engine::new(Arc::clone(world));
        let (seen, failures) = (Vec::new(), Vec::new());
        let mut stage = Self { story, engine, now: story.start, seen, failures, rounds: 0 };
        stage.step(|engine, now, out| engine.publish(now, out));
        stage
    }

    /// Tells the engine something.
    fn hear(&mut self, told: &Told) {
        let input = match told {
            Told::Input(input) => Input::clone(input),
            Told::Down(until) => {
                self.now = self.now.max(*until);
                return;
            }
            Told::Returned { from, is_task, is_done, fields } => {
                let state = self.engine.state();
                let task =
                    || state.tasks.iter().find(|(_, task)| *task.opened.queue == **from).map(|(id, _)| *id);
                let call = || self.engine.calls(0).find(|call| *call.hook == **from).map(|call| call.at);
                let Some(of) = (if *is_task { task() } else { call() }) else {
                    let what = if *is_task { "task" } else { "call" };
                    self.failures.push(format!("expected an open {what} of {from:?}, found none"));
                    return;
                };
                let returned = Return { of, is_done: *is_done, fields: fields.clone() };
                if *is_task { Input::TaskReturned(returned) } else { Input::CallReturned(returned) }
            }
        };
        self.step(|engine, now, out| {
            engine.handle(&input, now, out);
        });
    }

    /// Lets everything happen that is due before and at a moment, each at its own time.
    fn play_until(&mut self, end: Timestamp) {
        self.settle();
        while let Some(due) = self.engine.next_due().filter(|due| *due <= end) {
            if self.is_lost() {
                return;
            }
            self.now = self.now.max(due);
            self.settle();
        }
        self.now = self.now.max(end);
        self.settle();
    }

    /// Works until there is nothing more to do at this moment.
    fn settle(&mut self) {
        while !self.is_lost() {
            let routes: Vec<RouteId> = self.engine.world().routes.keys().cloned().collect();
            for route in routes {
                let room = Input::Credit { route, parts: ROOM };
                self.step(|engine, now, out| {
                    engine.handle(&room, now, out);
                });
            }
            let mut more = false;
            let submitted = self.step(|engine, now, out| more = engine.work(now, ROUND_ENTRIES, out));
            if !more && !submitted {
                return;
            }
        }
    }

    /// Whether it goes on without an end; said once.
    fn is_lost(&mut self) -> bool {
        self.rounds += 1;
        if self.rounds == ROUNDS_MAX {
            self.failures.push(format!("expected an end within {ROUNDS_MAX} rounds of work, found none"));
        }
        self.rounds >= ROUNDS_MAX
    }

    /// Does one thing with the engine; the carrier takes and delivers what was handed to it. Returns whether it got any.
    fn step(&mut self, act: impl FnOnce(&mut Engine, Timestamp, &mut Output)) -> bool {
        let mut out = Output::default();
        act(&mut self.engine, self.now, &mut out);
        self.look(&out);
        let (mut answers, mut reports) = (Vec::new(), Vec::new());
        for action in &out.actions {
            let Action::Submit(sendable) = action else { continue };
            let (route, message) = (sendable.route(), sendable.message());
            for part in sendable.parts() {
                let remote = RemoteId::new(format!("{}.{part}", message.0));
                let (route, part) = (route.clone(), *part);
                reports.push(Report {
                    route: route.clone(),
                    remote: remote.clone(),
                    state: ReceiptState::Delivered,
                    error: None,
                });
                answers.push(Answer::Submitted { route, message, part, remote });
            }
        }
        let has_submitted = !answers.is_empty();
        for input in [Input::Answers(answers), Input::Reports(reports)].into_iter().filter(|_| has_submitted)
        {
            let mut out = Output::default();
            self.engine.handle(&input, self.now, &mut out);
            self.look(&out);
        }
        has_submitted
    }

    /// Notes the verdicts that are the story's business, and conditions without an answer.
    fn look(&mut self, out: &Output) {
        let is_ours = |journey: &str| self.story.journeys.iter().any(|ours| ours == reference::name(journey));
        self.seen.extend(out.entries.iter().filter_map(|entry| verdict(entry, is_ours)));
        let failed = out.failures.iter().filter(|failure| is_ours(&failure.journey));
        let told = failed
            .map(|failure| format!("a condition of {} had no answer: {}", failure.journey, failure.error));
        self.failures.extend(told);
    }
}

/// What an entry says of a message, if it is a verdict about one of these journeys.
fn verdict(entry: &Entry, is_ours: impl Fn(&str) -> bool) -> Option<Verdict> {
    let rule = |matter: &Matter| matter.findings.last().map_or("", |finding| finding.rule.id()).to_owned();
    let (matter, said) = match &entry.fact {
        Fact::MessageDecided(decided) => {
            (&decided.matter, Said::Sends { text: decided.text.reveal().to_owned() })
        }
        Fact::MessageHeld(held) => {
            (&held.matter, Said::Holds { until: held.until, rule: rule(&held.matter) })
        }
        Fact::MessageBlocked(blocked) => (&blocked.matter, Said::Blocks { rule: rule(&blocked.matter) }),
        _ => return None,
    };
    let template = matter.template.as_str().to_owned();
    is_ours(&matter.journey).then_some(Verdict { at: entry.at, template, said })
}

/// The differences between what must be in force and what is.
fn differs(world: &World, bound: &Bound) -> Vec<String> {
    let found = world.binding(bound.class, bound.subtype.as_ref(), bound.at);
    let of = bound.subtype.as_ref().map_or(bound.class.name(), Subtype::as_str);
    let at = clock(bound.at, world.institution.zone);
    let missing = bound.sets.iter().filter(|set| !found.contains(set));
    let other = found.iter().filter(|set| !bound.sets.contains(set));
    let missing = missing.map(|set| format!("{at}: expected {set:?} for {of}, found nothing of it"));
    missing.chain(other.map(|set| format!("{at}: expected nothing more for {of}, found {set:?}"))).collect()
}

/// The differences between what was expected and what came: each message is laid to the one of its time and template.
fn compare(expected: &[Verdict], seen: &[Verdict], zone: Zone) -> Vec<String> {
    let mut differences: BTreeMap<(Timestamp, usize), String> = BTreeMap::new();
    let mut note = |at: Timestamp, words: String| {
        let place = differences.len();
        differences.insert((at, place), format!("{}: {words}", clock(at, zone)));
    };
    let mut left: Vec<&Verdict> = seen.iter().collect();
    for wanted in expected {
        let same = |came: &&Verdict| came.at == wanted.at && came.template == wanted.template;
        let exact = left.iter().position(|came| *came == wanted);
        match exact.or_else(|| left.iter().position(same)) {
            Some(place) => {
                let came = left.remove(place);
                if came != wanted {
                    note(wanted.at, format!("expected {}, found {}", wanted.told(zone), came.told(zone)));
                }
            }
            None => note(wanted.at, format!("expected {}, found nothing of it", wanted.told(zone))),
        }
    }
    for came in left {
        note(came.at, format!("expected nothing more, found {}", came.told(zone)));
    }
    differences.into_values().collect()
}

impl Verdict {
    /// In words.
    fn told(&self, zone: Zone) -> impl fmt::Display {
        match &self.said {
            Said::Sends { text } => format!("{} sent as {text:?}", self.template),
            Said::Holds { until, rule } => {
                format!("{} held until {} by {rule}", self.template, clock(*until, zone))
            }
            Said::Blocks { rule } => format!("{} blocked by {rule}", self.template),
        }
    }
}

/// What the institution's clock shows; with seconds only where there are any.
fn clock(at: Timestamp, zone: Zone) -> String {
    let (day, time) = zone.local(at);
    let rest = at.since(zone.instant(day, time)).0;
    if rest == 0 { format!("{day} {time}") } else { format!("{day} {time} and {rest} ms") }
}
