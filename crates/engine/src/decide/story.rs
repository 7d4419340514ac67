//! Story tests of journeys: what is told at which times, and which messages must come of it, word for word.
//!
//! [`tell`] plays a story on a stage: an engine of its own, on the story's clock, behind a carrier that takes and delivers
//! everything. It opens no file and keeps nothing; `hongyan journey test` and the tests call it, and the files are read
//! by [`crate::world::stories_from_text`].

use super::stage::Stage;
use crate::converse::{SHORT_CHARACTERS, Short};
use crate::entry::{Entry, Fact, Follower, Matter};
use crate::measure::click::Click;
use crate::world::{World, reference};
use crate::{Engine, Input, Return};
use model::{Fields, MessageClass, Span, Subtype, Timestamp, Zone};
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
    /// The customer follows the link to a target in the message that last had one.
    Clicked {
        /// The target's name.
        target: String,
        /// The machine that did it instead, if one did.
        machine: Option<Follower>,
    },
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
        /// The whole text with its signature; in a short address the target's name in angle brackets stands for the token.
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

/// Plays a story; returns every difference from what it expects, in words, in the order of time.
pub fn tell(world: &Arc<World>, story: &Story) -> Vec<String> {
    let zone = world.institution.zone;
    let mut play = Play::new(world, story);
    let last = story.told.iter().map(|(at, _)| *at).chain(story.expected.iter().map(|v| v.at)).max();
    for (at, told) in &story.told {
        play.stage.play_until(*at);
        play.look();
        play.hear(told);
        play.stage.settle();
        play.look();
    }
    play.stage.play_until(last.unwrap_or(story.start).after(SILENCE));
    play.look();
    let mut differences = compare(&story.expected, &play.seen, zone);
    differences.extend(story.bound.iter().flat_map(|bound| differs(world, bound)));
    differences.append(&mut play.failures);
    differences.extend(play.stage.lost());
    for journey in &story.journeys {
        let stuck = play.stage.engine.state().inside.of(journey).map_or(0, |crowd| crowd.stuck());
        if stuck > 0 {
            differences.push(format!("expected nobody stuck at the end, found {stuck} in {journey}"));
        }
    }
    differences
}

/// The stage, and what was seen of it.
struct Play<'a> {
    story: &'a Story,
    stage: Stage,
    seen: Vec<Verdict>,
    failures: Vec<String>,
    /// The links of messages that were sent, oldest first: the target's name, and what following it is.
    links: Vec<(Arc<str>, Click)>,
}

impl<'a> Play<'a> {
    fn new(world: &Arc<World>, story: &'a Story) -> Self {
        let mut stage = Stage::new(Engine::new(Arc::clone(world)), story.start);
        stage.step(|engine, now, out| engine.publish(now, out));
        Self { story, stage, seen: Vec::new(), failures: Vec::new(), links: Vec::new() }
    }

    /// Tells the engine something.
    fn hear(&mut self, told: &Told) {
        let input = match told {
            Told::Input(input) => Input::clone(input),
            Told::Down(until) => {
                self.stage.now = self.stage.now.max(*until);
                return;
            }
            Told::Clicked { target, machine } => {
                let sent = self.links.iter().rev().find(|(id, _)| **id == **target);
                let Some((_, click)) = sent else {
                    self.failures
                        .push(format!("expected a message with a tracked link to {target:?}, found none"));
                    return;
                };
                Input::Click(Click { machine: *machine, ..click.clone() })
            }
            Told::Returned { from, is_task, is_done, fields } => {
                let engine = &self.stage.engine;
                let open = &engine.state().tasks;
                let task = || open.iter().find(|(_, task)| *task.opened.queue == **from).map(|(id, _)| *id);
                let call = || engine.calls(0).find(|call| *call.hook == **from).map(|call| call.at);
                let Some(of) = (if *is_task { task() } else { call() }) else {
                    let what = if *is_task { "task" } else { "call" };
                    self.failures.push(format!("expected an open {what} of {from:?}, found none"));
                    return;
                };
                let returned = Return { of, is_done: *is_done, fields: fields.clone() };
                if *is_task { Input::TaskReturned(returned) } else { Input::CallReturned(returned) }
            }
        };
        self.stage.step(|engine, now, out| {
            engine.handle(&input, now, out);
        });
    }

    /// Notes the verdicts that are the story's business, and conditions without an answer.
    fn look(&mut self) {
        let is_ours = |journey: &str| self.story.journeys.iter().any(|ours| ours == reference::name(journey));
        let (entries, failures) = self.stage.take();
        let world = Arc::clone(self.stage.engine.world());
        self.links.extend(entries.iter().flat_map(|entry| links(&world, entry)));
        self.seen.extend(entries.iter().filter_map(|entry| verdict(&world, entry, is_ours)));
        let failed = failures.iter().filter(|failure| is_ours(&failure.journey));
        let told = failed
            .map(|failure| format!("a condition of {} had no answer: {}", failure.journey, failure.error));
        self.failures.extend(told);
    }
}

/// The short addresses in a text: where their tokens stand, and which target they lead to.
fn short<'t>(world: &World, text: &'t str) -> Vec<(&'t str, Short, Arc<str>)> {
    let (Some(tracking), Some(key)) = (&world.tracking, &world.links) else { return Vec::new() };
    let prefix = tracking.address("");
    let tokens = text.match_indices(&prefix).filter_map(|(at, _)| {
        let start = at + prefix.len();
        text.get(start..start + SHORT_CHARACTERS)
    });
    let open = |token| {
        let short = key.open_short(token)?;
        Some((token, short, Arc::clone(&world.targets.numbered(short.target)?.id)))
    };
    tokens.filter_map(open).collect()
}

/// A text with the names of targets in the place of tokens, which are other ones in another story.
fn named(world: &World, text: &str) -> String {
    let found = short(world, text).into_iter();
    found.fold(text.to_owned(), |text, (token, _, target)| text.replace(token, &format!("⟨{target}⟩")))
}

/// What following the links of a message that was let pass is.
fn links(world: &World, entry: &Entry) -> Vec<(Arc<str>, Click)> {
    let Fact::MessageDecided(decided) = &entry.fact else { return Vec::new() };
    let (subject, matter) = (entry.subject, &decided.matter);
    let click = |(_, Short { message, target }, id)| {
        let (class, journey) = (matter.class, Arc::clone(&matter.journey));
        (id, Click { message, target, subject, class, journey, machine: None })
    };
    short(world, decided.text.reveal()).into_iter().map(click).collect()
}

/// What an entry says of a message, if it is a verdict about one of these journeys.
fn verdict(world: &World, entry: &Entry, is_ours: impl Fn(&str) -> bool) -> Option<Verdict> {
    let rule = |matter: &Matter| matter.findings.last().map_or("", |finding| finding.rule.id()).to_owned();
    let (matter, said) = match &entry.fact {
        Fact::MessageDecided(decided) => {
            (&decided.matter, Said::Sends { text: named(world, decided.text.reveal()) })
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
