//! `bench_loop`: 100,000 recipients through the whole loop, with the carrier in a process of its own.
//!
//! The product runs as anybody runs it: `hongyan serve` with a data folder on disk, fed over HTTP. One broadcast goes
//! to everybody while verification codes are asked for at a steady rate. Times of messages come from the ledger
//! itself, CPU times from the operating system. Started by `cargo xtask bench loop`.
//!
//! `bench_loop [--messages 100000] [--codes 100] [--window 500] [--quick] [--no-bar] [--keep]`

use hongyan_tests::bench::figures::{Arguments, Figures, percentile};
use hongyan_tests::bench::http::Client;
use hongyan_tests::bench::machine::{Clock, cpu_micros, threads_micros};
use hongyan_tests::bench::{Error, process};
use model::Timestamp;
use proof::{Kind, Leaf};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// CPU microseconds of the product's process per message life cycle, at most.
const CPU_MICROS_MAX: f64 = 60.0;
/// Seconds for 100,000 messages on two idle cores, at most.
const WALL_SECONDS_MAX: f64 = 10.0;
/// Milliseconds from the decision about a verification code until the carrier has it, for 99 of 100, at most.
const CODE_MILLIS_MAX: i64 = 50;
/// How many messages the bars speak of.
const MESSAGES: u64 = 100_000;
/// How many messages a quick run sends.
const MESSAGES_QUICK: u64 = 10_000;
/// Unanswered submits on the link: what the shipped route has.
const WINDOW: u64 = 500;
/// How many customers one call carries.
const CALL_CUSTOMERS: u64 = 5_000;
/// How often the product is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// How long the run may take, at most.
const PATIENCE: Duration = Duration::from_secs(300);
/// The carrier's habits: honest and quick, as a good line is.
const HABITS: [&str; 2] = ["latency=2ms", "receipt_latency=50ms"];

const BROADCAST: &str = r#"
id = "everybody"
class = "marketing"
subtype = "offer"
template = "spring-offer"
"#;
const QUIET_HOURS: &str = r#"
[[rule]]
kind = "quiet-hours"
id = "marketing-night"
revision = 1
from = "1970-01-01"
classes = ["marketing"]
citation = "none: whoever measures wants the same at any hour"
verified = false
set = { open = "00:00", close = "24:00", holidays = "as_usual" }
"#;

struct Plan {
    messages: u64,
    codes_each_second: u64,
    window: u64,
    keep: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench_loop: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let quick = arguments.flag("--quick");
    let bars = !arguments.flag("--no-bar");
    let plan = Plan {
        messages: arguments.number("--messages", if quick { MESSAGES_QUICK } else { MESSAGES })?,
        codes_each_second: arguments.number("--codes", 100)?.max(1),
        window: arguments.number("--window", WINDOW)?,
        keep: arguments.flag("--keep"),
    };
    arguments.finish()?;
    let folder = std::env::temp_dir().join(format!("hongyan-bench-loop-{}", std::process::id()));
    let figures = measure(&plan, &folder);
    if plan.keep {
        println!("kept: {}", folder.display());
    } else {
        fs::remove_dir_all(&folder)?;
    }
    Ok(figures?.finish(bars))
}

/// What was read from outside while the product ran.
struct Run {
    /// CPU microseconds from the launch until the last message was final.
    cpu_final: u64,
    /// … and until views, tiles and a signed checkpoint covered it all.
    cpu_covered: u64,
    threads: BTreeMap<String, u64>,
    foreign: f64,
    journal_bytes: u64,
    carrier_cpu: u64,
    codes: u64,
    import_seconds: f64,
    carrier_line: String,
}

fn measure(plan: &Plan, folder: &Path) -> Result<Figures, Error> {
    let carrier = process::carrier(&HABITS)?;
    let (settings, data) = write_settings(plan, folder, &carrier.address)?;
    let product = process::product(&settings, &data)?;
    let mut client = Client::connect(&product.address, &product.key)?;
    let began = Instant::now();
    import(&mut client, plan.messages)?;
    await_covered(&mut client)?;
    let import_seconds = began.elapsed().as_secs_f64();

    let pid = product.program.pid();
    let own = [pid, carrier.program.pid(), std::process::id()];
    let journal = data.join("journal");
    let (bytes, threads, clock) = (bytes_in(&journal)?, threads_micros(pid)?, Clock::read(&own)?);
    let (cpu, carrier_cpu) = (cpu_micros(pid)?, cpu_micros(carrier.program.pid())?);
    let asking = codes(&product.address, &product.key, plan);
    client.post("/v1/broadcasts", BROADCAST.as_bytes())?;
    let mut codes = None;
    let mut asking = Some(asking);
    let began = Instant::now();
    loop {
        thread::sleep(ASK_EVERY);
        let status = client.get("/v1/status")?;
        let delivered = |journey: &str| delivered(&status, journey);
        if delivered("everybody") >= plan.messages
            && let Some((stop, thread)) = asking.take()
        {
            stop.store(true, Ordering::Relaxed);
            codes = Some(thread.join().map_err(|_| "the thread that asks for codes ended by a fault")??);
        }
        if codes.is_some_and(|codes| delivered("verification-code") >= codes) {
            break;
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("not done after {PATIENCE:?}: {status}").into());
        }
    }
    let foreign = Clock::read(&own)?.foreign_share(&clock);
    let cpu_final = cpu_micros(pid)? - cpu;
    await_covered(&mut client)?;
    let cpu_covered = cpu_micros(pid)? - cpu;
    let mut spent = threads_micros(pid)?;
    spent
        .iter_mut()
        .for_each(|(name, micros)| *micros -= threads.get(name).copied().unwrap_or(0).min(*micros));
    let carrier_cpu = cpu_micros(carrier.program.pid())? - carrier_cpu;
    product.program.stop()?;
    let carrier_line = carrier.program.stop()?.lines().last().unwrap_or_default().to_owned();
    let run = Run {
        cpu_final,
        cpu_covered,
        threads: spent,
        foreign,
        journal_bytes: bytes_in(&journal)? - bytes,
        carrier_cpu,
        codes: codes.unwrap_or(0),
        import_seconds,
        carrier_line,
    };
    Ok(figures(plan, &run, &read_ledger(&journal)?))
}

fn write_settings(plan: &Plan, folder: &Path, carrier: &str) -> Result<(PathBuf, PathBuf), Error> {
    let config = folder.join("config");
    fs::create_dir_all(config.join("routes"))?;
    fs::create_dir_all(config.join("rules/cn"))?;
    let route = library::file("routes/demo.toml").ok_or("expected routes/demo.toml in the library")?;
    let route: String = route
        .lines()
        .filter_map(|line| match line.split_once('=').map(|(key, _)| key.trim()) {
            Some("address") => Some(format!("address = \"{carrier}\"\n")),
            Some("password") => Some("password = \"bench\"\n".to_owned()),
            Some("window") => Some(format!("window = {}\n", plan.window)),
            // No contract that slows the route down.
            Some("tps") => None,
            _ => Some(format!("{line}\n")),
        })
        .collect();
    fs::write(config.join("routes/demo.toml"), route)?;
    fs::write(config.join("rules/cn/quiet_hours.toml"), QUIET_HOURS)?;
    let settings = folder.join("hongyan.toml");
    fs::write(&settings, format!("config = {:?}\n", config.display().to_string()))?;
    Ok((settings, folder.join("data")))
}

fn import(client: &mut Client, count: u64) -> Result<(), Error> {
    for first in (0..count).step_by(CALL_CUSTOMERS as usize) {
        let customers: Vec<Value> = (first..count.min(first + CALL_CUSTOMERS))
            .map(|n| {
                json!({
                    "id": format!("C{n:07}"),
                    "phone": format!("139{n:08}"),
                    "attributes": {"name": "张三", "segment": "gold", "age": 40, "risk_level": 5},
                    "consents": [{
                        "class": "marketing", "state": "granted", "at": "2026-01-01T00:00:00Z",
                        "evidence": format!("form-{n}")
                    }]
                })
            })
            .collect();
        client.post("/v1/customers", json!({ "customers": customers }).to_string().as_bytes())?;
    }
    Ok(())
}

/// Waits until views, tiles and a signed checkpoint cover every entry.
fn await_covered(client: &mut Client) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        let status = client.get("/v1/status")?;
        let prove = &status["prove"];
        if prove["checkpoint"] == prove["entries"] {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("not covered after {PATIENCE:?}: {status}").into());
        }
        thread::sleep(ASK_EVERY);
    }
}

fn delivered(status: &Value, journey: &str) -> u64 {
    let rows = status["journeys"].as_array().into_iter().flatten();
    rows.filter(|row| row["journey"].as_str().is_some_and(|name| name.starts_with(journey)))
        .filter_map(|row| row["delivered"].as_u64())
        .sum()
}

type Asking = (Arc<AtomicBool>, thread::JoinHandle<Result<u64, Error>>);

/// Asks for verification codes at a steady rate until told to stop; returns how many.
fn codes(address: &str, key: &str, plan: &Plan) -> Asking {
    let (address, key, customers) = (address.to_owned(), key.to_owned(), plan.messages);
    let every = Duration::from_secs(1) / u32::try_from(plan.codes_each_second).unwrap_or(1);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        let mut client = Client::connect(&address, &key)?;
        let began = Instant::now();
        let mut asked = 0;
        while !stopped.load(Ordering::Relaxed) && asked < customers {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
            let event = json!({"events": [{
                "id": format!("code-{asked}"), "customer": format!("C{asked:07}"), "type": "verification_code",
                "at": Timestamp(i64::try_from(since.as_millis())?).to_string(),
                "fields": {"code": "123456", "purpose": "登录"}
            }]});
            client.post("/v1/events", event.to_string().as_bytes())?;
            asked += 1;
            let due = every * u32::try_from(asked)?;
            thread::sleep(due.saturating_sub(began.elapsed()));
        }
        Ok(asked)
    });
    (stop, thread)
}

fn bytes_in(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}

/// What the ledger says about times, in milliseconds.
#[derive(Default)]
struct Ledger {
    launched: i64,
    last_final: i64,
    delivered: u64,
    /// From the decision to the durable claim, and to the carrier's answer, of codes decided during the bulk; sorted.
    claims: Vec<i64>,
    submits: Vec<i64>,
    /// When the last message of the bulk was final.
    entries: u64,
}

fn read_ledger(journal: &Path) -> Result<Ledger, Error> {
    let uri = format!("segments:{}", journal.display());
    let reader = store::open_journal(&uri, store::journal::segments::Options::default())?.journal.reader();
    let mut ledger = Ledger::default();
    // Whether it is a code, and when it was decided.
    let mut decided: HashMap<u64, (bool, i64)> = HashMap::new();
    let mut claims = Vec::new();
    let mut submits = Vec::new();
    let mut failed = None;
    reader.scan(reader.first(), reader.len(), &mut |_, record| {
        let leaf = match Leaf::decode(record.leaf) {
            Ok(leaf) => leaf,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        if leaf.kind == Kind::BroadcastLaunched {
            ledger.launched = leaf.time_ms;
        }
        ledger.entries += u64::from(ledger.launched > 0);
        let Some(message) = leaf.message else { return ControlFlow::Continue(()) };
        let is_code = leaf.journey.as_deref().is_some_and(|j| j.starts_with("verification-code"));
        match (leaf.kind, decided.get(&message)) {
            (Kind::MessageDecided, None) => {
                decided.insert(message, (is_code, leaf.time_ms));
            }
            (Kind::MessageClaimed, Some((true, at))) => claims.push((*at, leaf.time_ms - at)),
            (Kind::PartSubmitted, Some((true, at))) => submits.push((*at, leaf.time_ms - at)),
            (Kind::ReceiptReceived, Some((code, _))) if leaf.rule.is_some() => {
                ledger.delivered += 1;
                if !code {
                    ledger.last_final = leaf.time_ms;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let during = ledger.launched..ledger.last_final;
    let of = |times: Vec<(i64, i64)>| {
        let mut times: Vec<i64> =
            times.into_iter().filter(|(at, _)| during.contains(at)).map(|(_, t)| t).collect();
        times.sort_unstable();
        times
    };
    (ledger.claims, ledger.submits) = (of(claims), of(submits));
    Ok(ledger)
}

fn figures(plan: &Plan, run: &Run, ledger: &Ledger) -> Figures {
    let messages = (plan.messages + run.codes) as f64;
    let wall = (ledger.last_final - ledger.launched) as f64 / 1_000.0;
    let cpu = run.cpu_covered as f64 / messages;
    let p99 = percentile(&ledger.submits, 99);
    let mut figures = Figures::new("loop");
    figures.add("messages", plan.messages);
    figures.add("codes", run.codes);
    figures.add_rounded("wall_seconds", wall);
    figures.add_rounded("messages_per_second", plan.messages as f64 / wall.max(0.001));
    figures.add_rounded("cpu_us_per_message", cpu);
    figures.add_rounded("cpu_us_per_message_until_final", run.cpu_final as f64 / messages);
    for (thread, micros) in &run.threads {
        figures.add_rounded(&format!("cpu_us_{thread}"), *micros as f64 / messages);
    }
    figures.add_rounded("carrier_cpu_us_per_message", run.carrier_cpu as f64 / messages);
    figures.add_rounded("journal_bytes_per_message", run.journal_bytes as f64 / messages);
    figures.add_rounded("entries_per_message", ledger.entries as f64 / messages);
    figures.add("codes_during_bulk", ledger.submits.len());
    figures.add("code_decide_to_claim_ms_p50", percentile(&ledger.claims, 50));
    figures.add("code_decide_to_claim_ms_p99", percentile(&ledger.claims, 99));
    figures.add("code_decide_to_submit_ms_p50", percentile(&ledger.submits, 50));
    figures.add("code_decide_to_submit_ms_p95", percentile(&ledger.submits, 95));
    figures.add("code_decide_to_submit_ms_p99", p99);
    figures.add_rounded("import_seconds", run.import_seconds);
    figures.add_rounded("foreign_cpu_share", run.foreign);
    figures.add("carrier", run.carrier_line.as_str());
    let all = plan.messages + run.codes;
    figures.hold(
        ledger.delivered == all,
        format!("expected {all} messages delivered, found {}", ledger.delivered),
    );
    let allowed = WALL_SECONDS_MAX * (plan.messages as f64 / MESSAGES as f64).max(0.1);
    figures.hold(
        cpu <= CPU_MICROS_MAX,
        format!("expected at most {CPU_MICROS_MAX} µs CPU a message, found {cpu:.1}"),
    );
    figures.hold(wall <= allowed, format!("expected at most {allowed} s, found {wall:.2}"));
    figures.hold(
        p99 <= CODE_MILLIS_MAX,
        format!("expected codes within {CODE_MILLIS_MAX} ms (p99), found {p99}"),
    );
    figures
}
