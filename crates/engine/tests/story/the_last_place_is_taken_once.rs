//! Sixty-four journeys race for the last place that a cap leaves one customer: a thousand times, in another order each time, with
//! crashes between, exactly one gets it. The count is made anew from the ledger alone, and it catches deciders that do not see each
//! other's reservations.

use crate::audit;
use crate::bank::{kinds, time, world};
use crate::people::{caps, customer, event, known, willing};
use engine::entry::{Entry, Fact};
use engine::world::World;
use engine::{Engine, Input, Output};
use model::{Span, Timestamp};
use std::sync::{Arc, LazyLock};

const SEEDS: u64 = 1_000;
const RACERS: usize = 64;
/// Places in a window, of which one is left when the race begins.
const PLACES: usize = 3;
const WINDOW: Span = Span::hours(6);
/// In how many of a hundred steps the process dies.
const CRASHES: u64 = 15;

static HOLDING: LazyLock<Arc<World>> = LazyLock::new(|| racers(true));
static BLOCKING: LazyLock<Arc<World>> = LazyLock::new(|| racers(false));

/// The shipped configuration with one cap on marketing, and journeys that a race sets off. Every fourth waits some minutes.
fn racers(hold: bool) -> Arc<World> {
    let set = format!("{{ scope = \"class\", window = \"6h\", max = {PLACES}, hold = {hold} }}");
    let journey = |n: usize| {
        let wait = if n.is_multiple_of(4) {
            format!("[[steps]]\nwait = \"{}m\"\n", n / 4 + 1)
        } else {
            String::new()
        };
        let text = format!(
            "id = \"race-{n:02}\"\nversion = 1\nclass = \"marketing\"\nsubtype = \"offer\"\nvalidity = \"48h\"\n\
             [trigger]\nevent = \"race-{n:02}\"\n{wait}[[steps]]\nsend = \"spring-offer\"\n"
        );
        (format!("journeys/race-{n:02}.toml"), text)
    };
    let journeys: Vec<_> = (0..RACERS).map(journey).collect();
    let caps = caps(&[("places", r#""marketing""#, &set)]);
    let mut files = vec![("rules/cn/frequency.toml", caps.as_str())];
    files.extend(journeys.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    world(&files)
}

/// splitmix64 (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// An engine that may die between any two steps, and its ledger.
struct Racecourse {
    world: Arc<World>,
    engine: Engine,
    ledger: Vec<Entry>,
    now: Timestamp,
    crashes: u64,
}

impl Racecourse {
    fn open(world: &Arc<World>) -> Self {
        let engine = Engine::new(Arc::clone(world));
        let now = time("2026-05-06 10:00");
        let mut course = Self { world: Arc::clone(world), engine, ledger: Vec::new(), now, crashes: 0 };
        course.step(|engine, now, out| engine.publish(now, out));
        course.tell(known([willing(customer("C1", "13800000001"))]));
        course
    }

    fn step(&mut self, act: impl FnOnce(&mut Engine, Timestamp, &mut Output)) {
        let mut out = Output::default();
        act(&mut self.engine, self.now, &mut out);
        self.ledger.append(&mut out.entries);
    }

    fn tell(&mut self, input: Input) {
        self.step(|engine, now, out| {
            engine.handle(&input, now, out);
        });
    }

    fn crash(&mut self) {
        self.crashes += 1;
        self.engine = audit::replay(&self.world, &self.ledger);
        self.step(|engine, now, out| {
            engine.publish(now, out);
            engine.recover(now, out);
        });
    }

    /// Lets a piece of what is due happen; the next piece may find another process.
    fn play_until(&mut self, end: Timestamp, dice: &mut Dice) {
        loop {
            let pieces = dice.below(40) as usize + 1;
            let mut more = false;
            self.step(|engine, now, out| more = engine.work(now, pieces, out));
            if dice.below(100) < CRASHES {
                self.crash();
            }
            match self.engine.next_due() {
                _ if more => {}
                Some(due) if due <= end => self.now = self.now.max(due),
                _ => break,
            }
        }
        self.now = self.now.max(end);
    }
}

fn start(n: usize) -> Input {
    event(&format!("E{n}"), "C1", &format!("race-{n:02}"), time("2026-05-06 10:00"), Vec::new())
}

/// The most messages that were let pass within any window, counted from the ledger.
fn most(ledger: &[Entry]) -> usize {
    let passed = ledger.iter().filter(|entry| matches!(entry.fact, Fact::MessageDecided(_)));
    let mut passed: Vec<Timestamp> = passed.map(|entry| entry.at).collect();
    passed.sort_unstable();
    let within = |end: &Timestamp| passed.iter().filter(|at| *at <= end && at.after(WINDOW) > *end).count();
    passed.iter().map(within).max().unwrap_or(0)
}

fn race(seed: u64) -> Racecourse {
    let mut dice = Dice(seed);
    let mut course = Racecourse::open(if seed.is_multiple_of(2) { &HOLDING } else { &BLOCKING });
    let mut order: Vec<usize> = (0..RACERS).collect();
    dice.shuffle(&mut order);
    // All places but one are taken by the first that need not wait.
    let mut early: Vec<usize> =
        order.iter().copied().filter(|n| !n.is_multiple_of(4)).take(PLACES - 1).collect();
    order.retain(|n| !early.contains(n));
    early.drain(..).for_each(|n| course.tell(start(n)));
    assert_eq!(most(&course.ledger), PLACES - 1);
    while !order.is_empty() {
        let batch = (dice.below(16) as usize + 1).min(order.len());
        for n in order.drain(..batch) {
            course.tell(start(n));
        }
        if dice.below(100) < CRASHES {
            course.crash();
        }
        let later = course.now.after(Span(dice.below(90_000) as i64));
        course.play_until(later, &mut dice);
    }
    // The first places come free again, and those that are held race for them.
    let end = time("2026-05-06 16:05");
    course.play_until(end, &mut dice);
    course
}

#[test]
fn the_last_place_is_taken_once() {
    let (mut crashes, mut held) = (0, 0);
    for seed in 0..SEEDS {
        let course = race(seed);
        assert_eq!(most(&course.ledger), PLACES, "seed {seed}: {:?}", kinds(&course.ledger));
        let first_six_hours = time("2026-05-06 15:59");
        let passed =
            |entry: &&Entry| matches!(entry.fact, Fact::MessageDecided(_)) && entry.at < first_six_hours;
        assert_eq!(course.ledger.iter().filter(passed).count(), PLACES, "seed {seed}");
        crashes += course.crashes;
        held += course.ledger.iter().filter(|e| matches!(e.fact, Fact::MessageHeld(_))).count();
    }
    assert!(crashes > SEEDS && held > SEEDS as usize * 20, "{crashes} crashes, {held} held");
}

/// The canary: each racer is decided about by what was known before any of them. The count must see it.
#[test]
fn deciders_that_do_not_see_each_others_reservations_are_caught() {
    let mut course = Racecourse::open(&BLOCKING);
    for n in [1, 2] {
        course.tell(start(n));
    }
    let before = course.ledger.clone();
    let mut together = before.clone();
    for n in [3, 5, 6] {
        course.engine = audit::replay(&course.world, &before);
        course.ledger.clear();
        course.tell(start(n));
        assert_eq!(course.ledger.iter().filter(|e| matches!(e.fact, Fact::MessageDecided(_))).count(), 1);
        together.append(&mut course.ledger);
    }
    assert_eq!(most(&together), PLACES + 2);
}
