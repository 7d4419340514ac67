//! `bench_shaping`: what carriers see of contracts, of their own "too fast", and of a power cut.
//!
//! The product in a process of its own; the carriers and the clients are in this one, so that one clock times what is sent
//! and what arrives. Three scenes: eight contracts under three times what they allow, with codes among the bulk; a
//! carrier that refuses what is above its rate while nobody has told us of a rate; the product killed half way. Started
//! by `cargo xtask bench shaping`.
//!
//! `bench_shaping [--seconds 20] [--only contracts|throttle|kill] [--no-bar] [--keep]`

use hongyan_tests::bench::carrier::{Arrival, Carrier, Habits};
use hongyan_tests::bench::engine::{ROUTE, route, text};
use hongyan_tests::bench::esme::{self, Load, Loaded};
use hongyan_tests::bench::figures::{Arguments, Figures, percentile};
use hongyan_tests::bench::gateway::settings;
use hongyan_tests::bench::machine::Clock;
use hongyan_tests::bench::{Error, process};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Parts a second by contract, and the country whose numbers go that way.
const CONTRACTS: [(u32, &str); 8] =
    [(20, "852"), (50, "853"), (100, "886"), (150, "65"), (200, "60"), (300, "66"), (400, "84"), (600, "86")];
/// How many times the contracts are handed in.
const OVERLOAD: u32 = 3;
/// Verification codes a second, to all eight in turn.
const CODES_PER_SECOND: u32 = 40;
/// The share of a contract that may go unused while messages wait.
const UNUSED_MAX: f64 = 0.03;
/// Milliseconds from a code's submit until the carrier has it, for 99 of 100, at most.
const CODE_MILLIS_MAX: i64 = 50;
/// How long the start and the end of a run do not count.
const EDGE: Duration = Duration::from_secs(2);
/// The carrier that refuses: its rate, and what it is given.
const THROTTLE_RATE: u32 = 300;
const THROTTLE_MESSAGES: u64 = 3_000;
/// How much longer than the ideal it may take.
const THROTTLE_TIMES_MAX: f64 = 1.05;
/// The power cut: how many messages, at which contract, and after how many.
const KILL_MESSAGES: u64 = 4_000;
const KILL_TPS: u32 = 400;
/// Codes have numbers from here.
const CODES_FROM: u64 = 5_000_000;
/// How long nothing may come from the product before it counts as done.
const QUIET: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench_shaping: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let bars = !arguments.flag("--no-bar");
    let keep = arguments.flag("--keep");
    let seconds = u32::try_from(arguments.number("--seconds", 20)?)?.max(6);
    let only = arguments.value("--only")?;
    arguments.finish()?;
    let folder = std::env::temp_dir().join(format!("hongyan-bench-shaping-{}", std::process::id()));
    let mut figures = Figures::new("shaping");
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let mut scenes = || -> Result<(), Error> {
        if wanted("contracts") {
            contracts(&mut figures, &folder.join("contracts"), seconds)?;
        }
        if wanted("throttle") {
            throttle(&mut figures, &folder.join("throttle"))?;
        }
        for account in ["once", "bulk"] {
            if wanted("kill") {
                kill(&mut figures, &folder.join(format!("kill-{account}")), account)?;
            }
        }
        Ok(())
    };
    let ran = scenes();
    if keep {
        println!("kept: {}", folder.display());
    } else if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    ran?;
    Ok(figures.finish(bars))
}

/// A route under another name, with a contract and the countries it serves.
fn contract(id: &str, address: &str, tps: u32, country: &str) -> Result<(String, String), Error> {
    let route = route(address, 1_000)?.replacen("id = \"demo\"", &format!("id = \"{id}\"\ntps = {tps}"), 1);
    let route = route.replacen("[smpp]", &format!("[serves]\ncountries = [\"{country}\"]\n\n[smpp]"), 1);
    // The shipped one gives way to the first, which then stands under its name.
    Ok((if id == "r0" { ROUTE.to_owned() } else { format!("routes/{id}.toml") }, route))
}

fn contracts(figures: &mut Figures, folder: &Path, seconds: u32) -> Result<(), Error> {
    let habits = Habits { answer_after: Duration::from_millis(10), ..Habits::default() };
    let carriers = CONTRACTS.iter().map(|_| Carrier::start(habits)).collect::<Result<Vec<_>, _>>()?;
    let routes = CONTRACTS.iter().zip(&carriers).enumerate();
    let routes = routes
        .map(|(n, ((tps, country), carrier))| contract(&format!("r{n}"), &carrier.address, *tps, country))
        .collect::<Result<Vec<_>, _>>()?;
    let (settings, data) = settings(folder, &routes)?;
    let gateway = process::gateway(&settings, &data)?;
    let own = [gateway.product.program.pid(), std::process::id()];
    let clock = Clock::read(&own)?;

    let turns = turns();
    let rate = CONTRACTS.iter().map(|(tps, _)| tps).sum::<u32>() * OVERLOAD;
    let bulk = |n: u64| (number(CONTRACTS[turns[n as usize % turns.len()]].1, n), text(n));
    let codes = |n: u64| {
        let country = CONTRACTS[n as usize % CONTRACTS.len()].1;
        (number(country, CODES_FROM + n), format!("Your code is #{}#. Tell nobody.", CODES_FROM + n))
    };
    let load = |system_id, rate: u32, message| Load {
        address: &gateway.door,
        system_id,
        password: "measure",
        window: 2_000,
        count: u64::from(rate * seconds),
        rate: Some(f64::from(rate)),
        receipts: false,
        message,
    };
    let began = Instant::now();
    let (bulk, codes) = thread::scope(|scope| {
        let bulk = scope.spawn(|| esme::run(&load("bulk", rate, &bulk)));
        let codes = scope.spawn(|| esme::run(&load("codes", CODES_PER_SECOND, &codes)));
        (bulk.join(), codes.join())
    });
    let (bulk, codes) =
        (bulk.map_err(|_| "the bulk's client broke")??, codes.map_err(|_| "the codes' client broke")??);
    let ended = began + Duration::from_secs(u64::from(seconds));
    thread::sleep(Duration::from_millis(500));
    let books: Vec<Vec<Arrival>> = carriers.iter().map(Carrier::arrivals).collect();
    let foreign = Clock::read(&own)?.foreign_share(&clock);
    gateway.product.program.kill()?;

    let mut unused_worst = 0.0f64;
    for ((tps, _), book) in CONTRACTS.iter().zip(&books) {
        let busiest = busiest_second(book);
        let unused = unused(book, *tps, began + EDGE, ended - EDGE);
        unused_worst = unused_worst.max(unused);
        figures.add(&format!("contract_{tps}_busiest_second"), busiest);
        figures.add_rounded(&format!("contract_{tps}_unused_percent"), unused * 100.0);
        figures
            .hold(busiest <= *tps as usize, format!("expected at most {tps} in any second, found {busiest}"));
        figures.hold(
            unused <= UNUSED_MAX,
            format!("expected at most {UNUSED_MAX} of {tps} unused, found {unused:.3}"),
        );
    }
    let mut delays = delays(&codes, books.iter().flatten());
    delays.sort_unstable();
    let p99 = percentile(&delays, 99) / 1_000;
    figures.add("contracts_seconds", seconds);
    figures.add("contracts_overload", OVERLOAD);
    figures.add_rounded("contracts_bulk_handed_in_per_second", bulk.accepted as f64 / bulk.answered_seconds);
    figures.add_rounded("contracts_unused_percent_worst", unused_worst * 100.0);
    figures.add("contracts_codes", delays.len());
    figures.add_rounded("contracts_code_ms_p50", percentile(&delays, 50) as f64 / 1e3);
    figures.add_rounded("contracts_code_ms_p99", percentile(&delays, 99) as f64 / 1e3);
    figures.add_rounded("contracts_code_ms_max", percentile(&delays, 100) as f64 / 1e3);
    figures.add_rounded("contracts_foreign_cpu_share", foreign);
    figures.hold(
        bulk.refused.is_empty() && codes.refused.is_empty(),
        format!("expected nothing refused, found {:?} and {:?}", bulk.refused, codes.refused),
    );
    figures.hold(
        delays.len() as u64 == codes.accepted,
        format!("expected {} codes at the carriers, found {}", codes.accepted, delays.len()),
    );
    figures.hold(
        p99 <= CODE_MILLIS_MAX,
        format!("expected codes at the carrier within {CODE_MILLIS_MAX} ms (p99), found {p99}"),
    );
    Ok(())
}

/// Which contract each message goes to: in shares of what they allow, well mixed.
fn turns() -> Vec<usize> {
    let shares = CONTRACTS.iter().enumerate().flat_map(|(n, (tps, _))| vec![n; *tps as usize / 10]);
    let shares: Vec<usize> = shares.collect();
    // A step that has no divisor with the number of shares meets each of them once.
    let step = (shares.len() * 3 / 8..).find(|step| gcd(*step, shares.len()) == 1).unwrap_or(1);
    (0..shares.len()).map(|n| shares[n * step % shares.len()]).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A number of a country, in international digits.
fn number(country: &str, n: u64) -> String {
    match country {
        "86" => format!("86139{n:08}"),
        _ => format!("{country}9{n:08}"),
    }
}

/// The most that came within any second.
fn busiest_second(book: &[Arrival]) -> usize {
    let (mut first, mut most) = (0, 0);
    for (last, arrival) in book.iter().enumerate() {
        while arrival.at.duration_since(book[first].at) >= Duration::from_secs(1) {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}

/// The share of a contract that was not used between two moments.
fn unused(book: &[Arrival], tps: u32, from: Instant, to: Instant) -> f64 {
    let came = book.iter().filter(|arrival| (from..to).contains(&arrival.at)).count();
    (1.0 - came as f64 / (f64::from(tps) * (to - from).as_secs_f64())).max(0.0)
}

/// Microseconds from the submit of each code until a carrier had it.
fn delays<'a>(codes: &Loaded, arrivals: impl Iterator<Item = &'a Arrival>) -> Vec<i64> {
    let codes = arrivals.filter_map(|arrival| {
        let n = arrival.number?.checked_sub(CODES_FROM)?;
        let sent = codes.sent.get(usize::try_from(n).ok()?)?;
        i64::try_from(arrival.at.saturating_duration_since(*sent).as_micros()).ok()
    });
    codes.collect()
}

fn throttle(figures: &mut Figures, folder: &Path) -> Result<(), Error> {
    let carrier = Carrier::start(Habits { rate: Some(THROTTLE_RATE), ..Habits::default() })?;
    let (settings, data) = settings(folder, &[(ROUTE.to_owned(), route(&carrier.address, 200)?)])?;
    let gateway = process::gateway(&settings, &data)?;
    let own = [gateway.product.program.pid(), std::process::id()];
    let clock = Clock::read(&own)?;
    hand_in(&gateway.door, "bulk", THROTTLE_MESSAGES)?;
    await_quiet(&carrier, THROTTLE_MESSAGES);
    let foreign = Clock::read(&own)?.foreign_share(&clock);
    gateway.product.program.kill()?;
    let book = carrier.arrivals();
    let taken: Vec<&Arrival> = book.iter().filter(|arrival| arrival.taken).collect();
    let refused = book.len() - taken.len();
    let took = match (book.first(), taken.last()) {
        (Some(first), Some(last)) => last.at.duration_since(first.at).as_secs_f64(),
        _ => 0.0,
    };
    let different: HashSet<u64> = taken.iter().filter_map(|arrival| arrival.number).collect();
    let ideal = THROTTLE_MESSAGES as f64 / f64::from(THROTTLE_RATE);
    figures.add_rounded("throttle_ideal_seconds", ideal);
    figures.add_rounded("throttle_seconds", took);
    figures.add("throttle_refused", refused);
    figures.add("throttle_busiest_second", busiest_second(&book));
    figures.add("throttle_taken_by_second", by_second(&book, true));
    figures.add("throttle_refused_by_second", by_second(&book, false));
    figures.add_rounded("throttle_foreign_cpu_share", foreign);
    figures.hold(
        took <= ideal * THROTTLE_TIMES_MAX,
        format!("expected a carrier that throttles to be done after {ideal:.1} s, found {took:.2}"),
    );
    figures.hold(
        (different.len() as u64, taken.len() as u64) == (THROTTLE_MESSAGES, THROTTLE_MESSAGES),
        format!("expected {THROTTLE_MESSAGES} once each, found {} of {}", taken.len(), different.len()),
    );
    Ok(())
}

/// How many were taken or refused in each second from the first arrival on.
fn by_second(book: &[Arrival], taken: bool) -> String {
    let Some(first) = book.first().map(|arrival| arrival.at) else { return String::new() };
    let mut counts: Vec<usize> = Vec::new();
    for arrival in book.iter().filter(|arrival| arrival.taken == taken) {
        let second = arrival.at.duration_since(first).as_secs() as usize;
        counts.resize(counts.len().max(second + 1), 0);
        counts[second] += 1;
    }
    counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

/// Hands messages in as fast as the window lets it, without receipts; all must be taken.
fn hand_in(door: &str, account: &str, count: u64) -> Result<Loaded, Error> {
    let message = |n: u64| (number("86", n), text(n));
    let load = Load {
        address: door,
        system_id: account,
        password: "measure",
        window: 500,
        count,
        rate: None,
        receipts: false,
        message: &message,
    };
    let loaded = esme::run(&load)?;
    if loaded.accepted != count {
        return Err(format!(
            "expected {count} accepted, found {}, refused {:?}",
            loaded.accepted, loaded.refused
        )
        .into());
    }
    Ok(loaded)
}

/// Waits until a carrier has taken so many, or nothing comes any more.
fn await_quiet(carrier: &Carrier, count: u64) {
    let (mut before, mut moved) = (carrier.taken(), Instant::now());
    while (before as u64) < count && moved.elapsed() < QUIET {
        thread::sleep(Duration::from_millis(20));
        let taken = carrier.taken();
        if taken != before {
            (before, moved) = (taken, Instant::now());
        }
    }
}

fn kill(figures: &mut Figures, folder: &Path, account: &str) -> Result<(), Error> {
    let carrier = Carrier::start(Habits { answer_after: Duration::from_millis(20), ..Habits::default() })?;
    let route = route(&carrier.address, 200)?;
    let route = route.replacen("id = \"demo\"", &format!("id = \"demo\"\ntps = {KILL_TPS}"), 1);
    let (settings, data) = settings(folder, &[(ROUTE.to_owned(), route)])?;
    let gateway = process::gateway(&settings, &data)?;
    let loaded = hand_in(&gateway.door, account, KILL_MESSAGES)?;
    while (carrier.taken() as u64) < KILL_MESSAGES / 2 {
        thread::sleep(Duration::from_millis(5));
    }
    gateway.product.program.kill()?;
    let began = Instant::now();
    let gateway = process::gateway(&settings, &data)?;
    let restart = began.elapsed().as_secs_f64();
    let uncertain = uncertain(&gateway.greeting);
    await_quiet(&carrier, KILL_MESSAGES);
    // Doubles, if there are any, may come after the last one that was missing.
    thread::sleep(Duration::from_millis(500));
    gateway.product.program.kill()?;

    let mut seen: HashMap<u64, u32> = HashMap::new();
    for number in carrier.arrivals().iter().filter_map(|arrival| arrival.number) {
        *seen.entry(number).or_default() += 1;
    }
    let doubled: u64 = seen.values().map(|count| u64::from(count.saturating_sub(1))).sum();
    let missing: Vec<&String> =
        loaded.ids.iter().filter(|(_, (n, _))| !seen.contains_key(n)).map(|(id, _)| id).collect();
    let lost = missing.iter().filter(|id| !uncertain.contains(id.as_str())).count();
    figures.add(&format!("kill_{account}_lost"), lost);
    figures.add(&format!("kill_{account}_doubled"), doubled);
    figures.add(&format!("kill_{account}_uncertain"), uncertain.len());
    figures.add(&format!("kill_{account}_uncertain_never_arrived"), missing.len() - lost);
    figures.add_rounded(&format!("kill_{account}_restart_seconds"), restart);
    figures.hold(lost == 0, format!("expected none of {account} lost, found {lost}"));
    // A class that says `resend` may double what it did not know of, and nothing else.
    let doubled_max = if account == "once" { 0 } else { 200 };
    figures.hold(
        doubled <= doubled_max,
        format!("expected at most {doubled_max} of {account} doubled, found {doubled}"),
    );
    Ok(())
}

/// The ids that the product names as uncertain when it starts, as accounts know them.
fn uncertain(greeting: &[String]) -> HashSet<String> {
    let line = greeting.iter().find(|line| line.starts_with("uncertain"));
    let ids = line.and_then(|line| line.rsplit_once(": ")).map_or("", |(_, ids)| ids);
    ids.split_whitespace().map(|id| id.trim_start_matches("m-").to_owned()).collect()
}
