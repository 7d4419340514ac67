//! `bench_gateway`: SMPP in, gate, ledger with fsync, SMPP out, receipt back to whoever submitted; beside other gateways.
//!
//! The product runs as anybody runs it, `hongyan serve` with a data folder on disk; the carrier is `hongyan carrier-sim`
//! in a process of its own with the habits of the simulator that measured the peers (answers at once, receipts after
//! 100 ms). The client is in this process: one bind, every number another one and nobody's before. Started by
//! `cargo xtask bench gateway`.
//!
//! `bench_gateway [--messages 100000] [--window 1000] [--route-window 1000] [--no-peers] [--quick] [--no-bar] [--keep]`

use hongyan_tests::bench::engine::{ROUTE, route, text};
use hongyan_tests::bench::esme::{self, Load, Loaded};
use hongyan_tests::bench::figures::{Arguments, Figures, percentile};
use hongyan_tests::bench::gateway::{await_covered, bytes_in, settings};
use hongyan_tests::bench::http::Client;
use hongyan_tests::bench::machine::{Clock, cpu_micros, resident_bytes, threads_micros};
use hongyan_tests::bench::peers::{self, Measured};
use hongyan_tests::bench::{Error, process};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// CPU microseconds of the product's process per message, at most: a tenth of what Kannel with its file store and
/// receipts was found to need, 0.97 ms.
const CPU_MICROS_MAX: f64 = 97.0;
/// Messages a second from the first submit to the last receipt, at least.
const PER_SECOND_MIN: f64 = 20_000.0;
/// How many times the better peer.
const TIMES_MIN: f64 = 10.0;
const MESSAGES: u64 = 100_000;
const MESSAGES_QUICK: u64 = 10_000;
/// Unanswered submits, of the client with us and of us with the carrier.
const WINDOW: u64 = 1_000;
/// The carrier's habits.
const HABITS: [&str; 2] = ["latency=0ms", "receipt_latency=100ms"];

struct Plan {
    messages: u64,
    window: u64,
    route_window: u64,
    keep: bool,
    peers: bool,
}

/// What was read from outside while the product ran.
struct Run {
    loaded: Loaded,
    /// CPU microseconds until the last receipt, and until views, tiles and a signed checkpoint cover it all.
    cpu_final: u64,
    cpu_covered: u64,
    threads: BTreeMap<String, u64>,
    client_cpu: u64,
    carrier_cpu: u64,
    resident: u64,
    journal_bytes: u64,
    foreign: f64,
    carrier_line: String,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench_gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let quick = arguments.flag("--quick");
    let bars = !arguments.flag("--no-bar");
    let plan = Plan {
        messages: arguments.number("--messages", if quick { MESSAGES_QUICK } else { MESSAGES })?.max(1),
        window: arguments.number("--window", WINDOW)?.max(1),
        route_window: arguments.number("--route-window", WINDOW)?.max(1),
        keep: arguments.flag("--keep"),
        peers: !arguments.flag("--no-peers") && !quick,
    };
    arguments.finish()?;
    let folder = std::env::temp_dir().join(format!("hongyan-bench-gateway-{}", std::process::id()));
    let run = measure(&plan, &folder);
    if plan.keep {
        println!("kept: {}", folder.display());
    } else {
        fs::remove_dir_all(&folder)?;
    }
    let run = run?;
    let peers = if plan.peers { peers::measure()? } else { Vec::new() };
    Ok(figures(&plan, &run, &peers).finish(bars))
}

fn measure(plan: &Plan, folder: &Path) -> Result<Run, Error> {
    let carrier = process::carrier(&HABITS)?;
    let route = (ROUTE.to_owned(), route(&carrier.address, plan.route_window)?);
    let (settings, data) = settings(folder, &[route])?;
    let gateway = process::gateway(&settings, &data)?;
    let product = gateway.product;
    let mut client = Client::connect(&product.address, &product.key)?;
    await_covered(&mut client)?;

    let (pid, carrier_pid, me) = (product.program.pid(), carrier.program.pid(), std::process::id());
    let own = [pid, carrier_pid, me];
    let journal = data.join("journal");
    let (bytes, threads, clock) = (bytes_in(&journal)?, threads_micros(pid)?, Clock::read(&own)?);
    let cpu = [cpu_micros(pid)?, cpu_micros(carrier_pid)?, cpu_micros(me)?];
    let message = |n: u64| (format!("86139{n:08}"), text(n));
    let loaded = esme::run(&Load {
        address: &gateway.door,
        system_id: "bulk",
        password: "measure",
        window: usize::try_from(plan.window)?,
        count: plan.messages,
        rate: None,
        receipts: true,
        message: &message,
    })?;
    let foreign = Clock::read(&own)?.foreign_share(&clock);
    let cpu_final = cpu_micros(pid)? - cpu[0];
    let (carrier_cpu, client_cpu) = (cpu_micros(carrier_pid)? - cpu[1], cpu_micros(me)? - cpu[2]);
    let resident = resident_bytes(pid)?;
    await_covered(&mut client)?;
    let cpu_covered = cpu_micros(pid)? - cpu[0];
    let mut spent = threads_micros(pid)?;
    for (name, micros) in &mut spent {
        *micros -= threads.get(name).copied().unwrap_or(0).min(*micros);
    }
    drop(client);
    product.program.stop()?;
    let carrier_line = carrier.program.stop()?.lines().last().unwrap_or_default().to_owned();
    let journal_bytes = bytes_in(&journal)? - bytes;
    Ok(Run {
        loaded,
        cpu_final,
        cpu_covered,
        threads: spent,
        client_cpu,
        carrier_cpu,
        resident,
        journal_bytes,
        foreign,
        carrier_line,
    })
}

fn figures(plan: &Plan, run: &Run, peers: &[Measured]) -> Figures {
    let messages = plan.messages as f64;
    let loaded = &run.loaded;
    let cpu = run.cpu_covered as f64 / messages;
    let per_second = messages / loaded.receipted_seconds.max(0.001);
    let mut figures = Figures::new("gateway");
    figures.add("messages", plan.messages);
    figures.add("window", plan.window);
    figures.add("route_window", plan.route_window);
    figures.add_rounded("accepted_per_second", messages / loaded.answered_seconds.max(0.001));
    figures.add_rounded("messages_per_second", per_second);
    figures.add_rounded("cpu_us_per_message", cpu);
    figures.add_rounded("cpu_us_per_message_until_final", run.cpu_final as f64 / messages);
    figures.add_rounded("messages_per_cpu_second", 1e6 / cpu.max(0.001));
    for (thread, micros) in &run.threads {
        figures.add_rounded(&format!("cpu_us_{thread}"), *micros as f64 / messages);
    }
    figures.add_rounded("client_cpu_us_per_message", run.client_cpu as f64 / messages);
    figures.add_rounded("carrier_cpu_us_per_message", run.carrier_cpu as f64 / messages);
    for (name, times) in [("answer", &loaded.answer_micros), ("receipt", &loaded.receipt_micros)] {
        let mut times = times.clone();
        times.sort_unstable();
        figures.add_rounded(&format!("{name}_ms_p50"), percentile(&times, 50) as f64 / 1e3);
        figures.add_rounded(&format!("{name}_ms_p99"), percentile(&times, 99) as f64 / 1e3);
    }
    figures.add_rounded("resident_mib", run.resident as f64 / (1 << 20) as f64);
    figures.add_rounded("journal_bytes_per_message", run.journal_bytes as f64 / messages);
    figures.add_rounded("foreign_cpu_share", run.foreign);
    figures.add("carrier", run.carrier_line.as_str());
    let right = (loaded.accepted, loaded.delivered, loaded.strange, loaded.unanswered);
    figures.hold(
        right == (plan.messages, plan.messages, 0, 0) && loaded.refused.is_empty(),
        format!(
            "expected {0} accepted, {0} delivered and nothing else, found (accepted, delivered, strange receipts, \
             unanswered) {right:?}, refused {1:?}",
            plan.messages, loaded.refused
        ),
    );
    figures.hold(
        cpu <= CPU_MICROS_MAX,
        format!("expected at most {CPU_MICROS_MAX} µs CPU a message, found {cpu:.1}"),
    );
    figures.hold(
        per_second >= PER_SECOND_MIN,
        format!("expected at least {PER_SECOND_MIN} messages a second, found {per_second:.0}"),
    );
    beside(&mut figures, peers, cpu, per_second);
    figures
}

/// The peers' figures, and how many times each we are.
fn beside(figures: &mut Figures, peers: &[Measured], cpu: f64, per_second: f64) {
    for peer in peers {
        let peer = match peer {
            Ok(peer) => peer,
            Err(why) => {
                eprintln!("not measured: {why}");
                continue;
            }
        };
        let (by_cpu, by_rate) = (peer.cpu_micros / cpu.max(0.001), per_second / peer.per_second.max(0.001));
        let name = peer.name.split(' ').next().unwrap_or_default().to_lowercase();
        figures.add_rounded(&format!("{name}_messages"), peer.messages);
        figures.add_rounded(&format!("{name}_arrived"), peer.arrived);
        figures.add_rounded(&format!("{name}_messages_per_second"), peer.per_second);
        figures.add_rounded(&format!("{name}_cpu_us_per_message"), peer.cpu_micros);
        figures.add_rounded(&format!("{name}_foreign_cpu_share"), peer.foreign);
        figures.add_rounded(&format!("times_{name}_by_cpu"), by_cpu);
        figures.add_rounded(&format!("times_{name}_by_rate"), by_rate);
        for (what, times) in [("messages per CPU second", by_cpu), ("sustained rate", by_rate)] {
            figures.hold(
                times >= TIMES_MIN,
                format!("expected at least {TIMES_MIN} times the {what} of {}, found {times:.1}", peer.name),
            );
        }
    }
}
