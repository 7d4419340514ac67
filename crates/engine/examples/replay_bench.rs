//! How fast the past is lived through again: entries per second of `apply` alone, and of reading lines and applying
//! them. Prints one line of JSON; exits with status 1 when `apply` stays below its bar, unless `--no-bar` is given.
//!
//! `cargo run --release -p hongyan-engine --example replay_bench -- [--no-bar] [customers]`
//!
//! The ledger is made by the engine itself: each customer is recorded, consents, gets an offer and a notice about a
//! movement of money, and both are decided, claimed, submitted and delivered. It seals nothing: what unsealing costs
//! is measured where it is done. It is no part of the product; nobody calls it.

use engine::deliver::{Answer, Report};
use engine::entry::{Entry, Event, Profile, ReceiptState, Standing};
use engine::perceive::{CustomerReport, EventReport};
use engine::prove::{encode_detail, leaf, read};
use engine::world::{World, load};
use engine::{Action, Engine, Input, Output};
use model::{
    Consent, ConsentState, Currency, CustomerId, Fields, MessageClass, Money, Phone, RemoteId, RouteId,
    Subject, Timestamp, Value,
};
use proof::entry::Leaf;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Entries per second and core that `apply` must reach.
const BAR: f64 = 500_000.0;
/// Customers, unless an argument says otherwise.
const CUSTOMERS: u64 = 25_000;
/// Each figure is the best of so many rounds.
const ROUNDS: usize = 5;
/// Entries per piece of background work.
const PIECE: usize = 2_000;
/// 2026-05-06T10:00:00+08:00, an ordinary Wednesday.
const START: Timestamp = Timestamp(1_778_032_800_000);

/// A line as the journal keeps it, unsealed.
struct Line {
    subject: Subject,
    leaf: Vec<u8>,
    detail: Option<Vec<u8>>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_barred = !arguments.iter().any(|argument| argument == "--no-bar");
    let customers = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(CUSTOMERS);
    let files: Vec<(String, String)> =
        library::files().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let world = Arc::new(load(&files).map_err(|mistakes| format!("the library has mistakes: {mistakes:?}"))?);
    let (ledger, decide_seconds) = timed(|| make(&world, customers));
    let ledger = ledger?;
    let lines = ledger.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let bytes: usize = lines.iter().map(|l| l.leaf.len() + l.detail.as_ref().map_or(0, Vec::len)).sum();

    let apply = best(|| {
        let mut engine = Engine::new(Arc::clone(&world));
        ledger.iter().for_each(|entry| engine.replay(entry));
        assert_eq!(engine.state().position, ledger.len() as u64);
    });
    let read_only = best(|| {
        for line in &lines {
            let _ = std::hint::black_box(read_line(line));
        }
    });
    let both = best(|| {
        let mut engine = Engine::new(Arc::clone(&world));
        lines.iter().filter_map(|line| read_line(line).ok()).for_each(|entry| engine.replay(&entry));
        assert_eq!(engine.state().position, ledger.len() as u64);
    });
    let count = ledger.len() as f64;
    println!(
        "{{\"bench\":\"replay\",\"entries\":{},\"apply_per_s\":{:.0},\"read_per_s\":{:.0},\"read_apply_per_s\":{:.0},\
         \"decide_apply_per_s\":{:.0},\"bytes_per_entry\":{:.1},\"bar_apply_per_s\":{BAR:.0}}}",
        ledger.len(),
        count / apply,
        count / read_only,
        count / both,
        count / decide_seconds,
        bytes as f64 / count,
    );
    let is_reached = count / apply >= BAR || !is_barred;
    Ok(if is_reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[allow(clippy::disallowed_methods, reason = "a bench measures time; the engine never does")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

/// The seconds of the fastest round.
fn best(mut work: impl FnMut()) -> f64 {
    (0..ROUNDS).map(|_| timed(&mut work).1).fold(f64::INFINITY, f64::min)
}

fn line(entry: &Entry) -> Result<Line, proof::entry::Error> {
    let mut detail = Vec::new();
    let has_detail = encode_detail(&entry.fact, &mut detail);
    let mut written = leaf(entry);
    written.commitment = has_detail.then(|| proof::seal::commitment(&[7; 32], &detail));
    let mut bytes = Vec::new();
    written.encode_into(&mut bytes)?;
    Ok(Line { subject: entry.subject, leaf: bytes, detail: has_detail.then_some(detail) })
}

fn read_line(line: &Line) -> Result<Entry, Box<dyn Error>> {
    let leaf = Leaf::decode(&line.leaf)?;
    Ok(read(&leaf, line.subject, line.detail.as_deref())?)
}

/// The ledger of a bank's morning.
fn make(world: &Arc<World>, customers: u64) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut engine = Engine::new(Arc::clone(world));
    let mut ledger = Vec::new();
    let mut now = START;
    let mut out = Output::default();
    engine.publish(now, &mut out);
    engine.handle(&Input::Customers((0..customers).map(customer).collect::<Result<_, _>>()?), now, &mut out);
    engine.handle(&Input::Launch(OFFER.into()), now, &mut out);
    ledger.append(&mut out.entries);
    for n in 0..customers {
        now = Timestamp(START.0 + i64::try_from(n)?);
        engine.handle(&Input::Events(vec![movement(n, now)]), now, &mut out);
        deliver(&mut engine, now, 4, &mut out);
        ledger.append(&mut out.entries);
    }
    while !engine.state().messages.is_empty() {
        deliver(&mut engine, now, 500, &mut out);
        ledger.append(&mut out.entries);
    }
    Ok(ledger)
}

const OFFER: &str =
    "id = \"bench\"\nclass = \"marketing\"\nsubtype = \"offer\"\ntemplate = \"spring-offer\"\n";

/// Lets the carrier take what waits, up to so many parts, and deliver it.
fn deliver(engine: &mut Engine, now: Timestamp, parts: u32, out: &mut Output) {
    let route = RouteId::new("demo");
    engine.handle(&Input::Credit { route: route.clone(), parts }, now, out);
    engine.work(now, out.entries.len() + PIECE, out);
    let mut answers = Vec::new();
    let mut reports = Vec::new();
    for action in std::mem::take(&mut out.actions) {
        let Action::Submit(sendable) = action else { continue };
        let message = sendable.message();
        for part in sendable.parts() {
            let remote = RemoteId::new(format!("{:x}-{part}", message.0));
            answers.push(Answer::Submitted {
                route: route.clone(),
                message,
                part: *part,
                remote: remote.clone(),
            });
            let error = Some("000".into());
            reports.push(Report { route: route.clone(), remote, state: ReceiptState::Delivered, error });
        }
    }
    engine.handle(&Input::Answers(answers), now, out);
    engine.handle(&Input::Reports(reports), now, out);
}

fn yuan(fen: i64) -> Value {
    Value::Money(Money { minor: fen, currency: Currency::CNY })
}

fn customer(n: u64) -> Result<CustomerReport, Box<dyn Error>> {
    let attributes: Fields = [
        ("name", Value::Text("王小明".into())),
        ("city", Value::Text("上海".into())),
        ("age", Value::Int(40)),
        ("risk_level", Value::Int(3)),
        ("balance", yuan(2_000_000)),
        ("alert_threshold", yuan(5_000_000)),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let consent = Consent {
        class: MessageClass::Marketing,
        state: ConsentState::Granted,
        at: Timestamp(0),
        until: None,
        evidence: format!("form-{n}").as_str().into(),
    };
    let profile = Profile {
        id: CustomerId::new(format!("C{n}")),
        phone: Some(Phone::parse(&format!("138{n:08}"), "86")?),
        zone: None,
        standing: Standing::Normal,
        attributes,
    };
    Ok(CustomerReport { profile, consents: vec![consent] })
}

fn movement(n: u64, at: Timestamp) -> EventReport {
    let fields: Fields = [
        ("amount", yuan(12_850)),
        ("balance", yuan(888_888)),
        ("direction_text", Value::Text("支出".into())),
        ("merchant", Value::Text("便利店".into())),
        ("account_tail", Value::Text("0123".into())),
        ("at", Value::Time(at)),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect();
    let event = Event { id: format!("E{n}").into(), kind: "transaction".into(), at, fields };
    EventReport { customer: CustomerId::new(format!("C{n}")), event: Arc::new(event) }
}
