//! `bench_decide`: what a decision costs: the whole gate with every finding, and the journey around it.
//!
//! Everybody walks through a journey of three steps: an offer, a day of waiting, a branch to one of two more offers. A decision is
//! one verdict of the gate; the events, the entering, the waiting and the branching between them are part of its time and count
//! for nothing. First in memory, then with the ledger (sealed, fsync), then as a dry run of a broadcast, which decides about everybody and
//! records nothing. Nothing is handed to a carrier. Started by `cargo xtask bench decide`.
//!
//! `bench_decide [--customers 100000] [--recipients 1000000] [--memory-only] [--quick] [--no-bar]`

use engine::decide::{Funnel, preview};
use engine::entry::{Entry, Event, Fact, Profile, Standing};
use engine::perceive::{CustomerReport, EventReport};
use engine::state::State;
use engine::world::{World, broadcast_from_text};
use engine::{Engine, Input, Output};
use hongyan_tests::bench::Error;
use hongyan_tests::bench::engine::{now, open, phone, world_with};
use hongyan_tests::bench::figures::{Arguments, Figures};
use hongyan_tests::bench::machine::{Clock, cpu_micros};
use model::{
    Consent, ConsentState, Currency, CustomerId, Fields, MessageClass, Money, Span, Subject, Timestamp, Value,
};
use node::Node;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Decisions a second of one core that the engine alone must reach.
const MEMORY_PER_SECOND_MIN: f64 = 100_000.0;
/// Decisions a second with the ledger.
const LEDGER_PER_SECOND_MIN: f64 = 20_000.0;
/// Seconds that a dry run of a million may take.
const PREVIEW_SECONDS_MAX: f64 = 20.0;
const CUSTOMERS: u64 = 100_000;
const CUSTOMERS_QUICK: u64 = 10_000;
const RECIPIENTS: u64 = 1_000_000;
const RECIPIENTS_QUICK: u64 = 50_000;
/// Customers or events in one batch.
const BATCH: usize = 1_000;
/// Entries of one piece of background work.
const PIECE_ENTRIES: usize = 2_000;
/// Customers of one piece of a dry run, as the server asks for them.
const PIECE_CUSTOMERS: usize = 500;
/// The figure in memory is the best of so many rounds.
const ROUNDS: usize = 3;
/// 2026-05-06T12:00:00+08:00, an ordinary Wednesday.
const NOON: Timestamp = Timestamp(1_778_040_000_000);
const JOURNEY: (&str, &str) = ("journeys/bench.toml", include_str!("../bench/world/decide.toml"));
const BROADCAST: &str = "id = \"bench-all\"\nclass = \"marketing\"\nsubtype = \"offer\"\ntemplate = \"spring-offer\"\naudience = \"customer.age >= 18\"\n";

/// What one run came to.
#[derive(Debug, Default, Clone, Copy)]
struct Run {
    decided: u64,
    entries: u64,
    wall_s: f64,
    cpu_us: f64,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench_decide: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let (quick, bars) = (arguments.flag("--quick"), !arguments.flag("--no-bar"));
    let memory_only = arguments.flag("--memory-only");
    let customers = arguments.number("--customers", if quick { CUSTOMERS_QUICK } else { CUSTOMERS })?.max(1);
    let recipients =
        arguments.number("--recipients", if quick { RECIPIENTS_QUICK } else { RECIPIENTS })?.max(1);
    arguments.finish()?;
    let world = world_with(&[JOURNEY])?;
    let mut figures = Figures::new("decide");
    figures.add("customers", customers);
    let own = [std::process::id()];
    let clock = Clock::read(&own)?;
    memory(&world, customers, if memory_only { 1 } else { ROUNDS }, &mut figures)?;
    if !memory_only {
        ledger(&world, customers, &mut figures)?;
        dry_run(&world, recipients, &mut figures)?;
    }
    figures.add_rounded("foreign_cpu_share", Clock::read(&own)?.foreign_share(&clock));
    Ok(figures.finish(bars))
}

/// The engine alone.
fn memory(world: &Arc<World>, customers: u64, rounds: usize, figures: &mut Figures) -> Result<(), Error> {
    let events = events(customers);
    let mut best: Option<Run> = None;
    for _ in 0..rounds {
        let mut engine = known(world, customers)?;
        let mut out = Output::default();
        let mut run = Run::default();
        let (began, cpu) = (Instant::now(), cpu_micros(std::process::id())?);
        for batch in &events {
            engine.handle(batch, NOON, &mut out);
            run.count(&out.entries);
            out = Output::default();
        }
        loop {
            let more = engine.work(NOON.after(Span::days(1)), PIECE_ENTRIES, &mut out);
            run.count(&out.entries);
            out = Output::default();
            if !more {
                break;
            }
        }
        run.stop(began, cpu)?;
        run.check(customers, engine.state())?;
        best = best.filter(|best| best.wall_s <= run.wall_s).or(Some(run));
    }
    let run = best.unwrap_or_default();
    run.write("memory", figures);
    figures.hold(
        run.per_second() >= MEMORY_PER_SECOND_MIN,
        format!(
            "expected {MEMORY_PER_SECOND_MIN} decisions a second in memory, found {:.0}",
            run.per_second()
        ),
    );
    Ok(())
}

/// The same, every step of it durable.
fn ledger(world: &Arc<World>, customers: u64, figures: &mut Figures) -> Result<(), Error> {
    let folder = std::env::temp_dir().join(format!("hongyan-bench-decide-{}", std::process::id()));
    let (mut node, _) = open(Arc::clone(world), &folder)?;
    // The ledger's clock begins with its folder, and does not step back.
    let noon = noon_after(now());
    for batch in people(customers) {
        node.step(&[batch?], noon)?;
    }
    let mut run = Run::default();
    let before = decided(&node);
    let first = node.reader().len();
    let events = events(customers);
    let (began, cpu) = (Instant::now(), cpu_micros(std::process::id())?);
    for batch in &events {
        node.step(std::slice::from_ref(batch), noon)?;
    }
    while node.step(&[], noon.after(Span::days(1)))?.more {}
    run.stop(began, cpu)?;
    run.entries = node.reader().len() - first;
    run.decided = decided(&node) - before;
    let checked = run.check(customers, node.engine().state());
    drop(node);
    std::fs::remove_dir_all(&folder)?;
    checked?;
    run.write("ledger", figures);
    figures.hold(
        run.per_second() >= LEDGER_PER_SECOND_MIN,
        format!(
            "expected {LEDGER_PER_SECOND_MIN} decisions a second with the ledger, found {:.0}",
            run.per_second()
        ),
    );
    Ok(())
}

/// The first noon in Shanghai after a moment: an hour at which everything may be sent.
fn noon_after(moment: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000;
    Timestamp(NOON.0 + ((moment.0 - NOON.0) / DAY + 1) * DAY)
}

/// How many messages have been let pass.
fn decided(node: &Node) -> u64 {
    node.engine().state().totals.journeys.values().map(|journey| journey.decided).sum()
}

/// Everybody is decided about by a broadcast, and nothing is recorded.
fn dry_run(world: &Arc<World>, recipients: u64, figures: &mut Figures) -> Result<(), Error> {
    let engine = known(world, recipients)?;
    let journey = broadcast_from_text(world, "bench", BROADCAST).map_err(|m| format!("{m:?}"))?;
    let mut funnel = Funnel::default();
    let mut from = Some(Subject(0));
    let mut run = Run::default();
    let (began, cpu) = (Instant::now(), cpu_micros(std::process::id())?);
    while let Some(start) = from {
        from = preview(world, engine.state(), &journey, start, PIECE_CUSTOMERS, NOON, &mut funnel);
    }
    run.stop(began, cpu)?;
    run.decided = funnel.to_send;
    if funnel.to_send != recipients {
        return Err(format!("expected {recipients} to be let pass, found {funnel:?}").into());
    }
    figures.add("preview_recipients", recipients);
    figures.add_rounded("preview_seconds", run.wall_s);
    figures.add_rounded("preview_cpu_us_each", run.cpu_us / recipients as f64);
    let bar = PREVIEW_SECONDS_MAX * recipients as f64 / RECIPIENTS as f64;
    figures.hold(
        run.wall_s <= bar,
        format!("expected a dry run of {recipients} within {bar} s, found {:.1}", run.wall_s),
    );
    Ok(())
}

impl Run {
    fn count(&mut self, entries: &[Entry]) {
        self.entries += entries.len() as u64;
        self.decided +=
            entries.iter().filter(|entry| matches!(entry.fact, Fact::MessageDecided(_))).count() as u64;
    }

    fn stop(&mut self, began: Instant, cpu: u64) -> Result<(), Error> {
        self.wall_s = began.elapsed().as_secs_f64();
        self.cpu_us = (cpu_micros(std::process::id())? - cpu) as f64;
        Ok(())
    }

    /// Everybody must have been let pass twice: a gate that stops early would be fast.
    fn check(&self, customers: u64, state: &State) -> Result<(), Error> {
        let (expected, found) = (customers * 2, self.decided);
        if found == expected {
            return Ok(());
        }
        let (rules, waiting) = (&state.totals.rules, state.waiting());
        Err(format!("expected {expected} messages to be let pass, found {found}: {rules:?}, {waiting} wait")
            .into())
    }

    fn per_second(&self) -> f64 {
        self.decided as f64 / self.wall_s
    }

    fn write(&self, name: &str, figures: &mut Figures) {
        figures.add(&format!("{name}_decisions"), self.decided);
        figures.add_rounded(&format!("{name}_decisions_per_second"), self.per_second());
        figures.add_rounded(&format!("{name}_entries_per_second"), self.entries as f64 / self.wall_s);
        figures.add_rounded(&format!("{name}_cpu_us_per_decision"), self.cpu_us / self.decided.max(1) as f64);
    }
}

/// An engine that knows so many.
fn known(world: &Arc<World>, customers: u64) -> Result<Engine, Error> {
    let mut engine = Engine::new(Arc::clone(world));
    let mut out = Output::default();
    engine.publish(NOON, &mut out);
    for batch in people(customers) {
        engine.handle(&batch?, NOON, &mut out);
        out = Output::default();
    }
    Ok(engine)
}

fn people(customers: u64) -> impl Iterator<Item = Result<Input, Error>> {
    (0..customers).step_by(BATCH).map(move |first| {
        let batch = first..customers.min(first + BATCH as u64);
        Ok(Input::Customers(batch.map(customer).collect::<Result<_, Error>>()?))
    })
}

fn customer(n: u64) -> Result<CustomerReport, Error> {
    let attributes: [(&str, Value); 4] = [
        ("name", Value::Text("王小明".into())),
        ("age", Value::Int(40)),
        ("risk_level", Value::Int(i64::try_from(n % 5)? + 1)),
        ("balance", yuan(20_000)),
    ];
    let consent = Consent {
        class: MessageClass::Marketing,
        state: ConsentState::Granted,
        at: Timestamp(0),
        until: None,
        evidence: "form-1".into(),
    };
    let profile = Profile {
        id: CustomerId::new(format!("C{n:07}")),
        phone: Some(phone(n)?),
        zone: None,
        standing: Standing::Normal,
        attributes: attributes.into_iter().map(|(name, value)| (name.into(), value)).collect(),
    };
    Ok(CustomerReport { profile, consents: vec![consent] })
}

/// What sets the journey off, once for everybody, in batches.
fn events(customers: u64) -> Vec<Input> {
    let all: Vec<EventReport> = (0..customers)
        .map(|n| {
            let fields: Fields = [("amount".into(), yuan(500))].into_iter().collect();
            let event = Event { id: format!("E{n}").into(), kind: "bench".into(), at: NOON, fields };
            EventReport { customer: CustomerId::new(format!("C{n:07}")), event: Arc::new(event) }
        })
        .collect();
    all.chunks(BATCH).map(|batch| Input::Events(batch.to_vec())).collect()
}

fn yuan(yuan: i64) -> Value {
    Value::Money(Money { minor: yuan * 100, currency: Currency::CNY })
}
