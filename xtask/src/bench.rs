//! `cargo xtask bench NAME`: builds in release what measures, runs it, and passes its figures and its verdict on.
//!
//! Every bench ends with one JSON line. `--no-bar` makes a missed bar count as passed; other arguments go to the bench.
//! It measures nothing itself.

use crate::{Error, Outcome, launch};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// One line of the table below.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&[&str]) -> Result<Outcome, Error>,
}

/// Every bench, in the order in which `all` runs them.
const BENCHES: &[Bench] = &[
    Bench { name: "replay", about: "entries a second that `apply` replays", run: replay },
    Bench { name: "journal", about: "entries a second that the journal makes durable", run: journal },
    Bench { name: "callgrind", about: "instructions for each message of 10,000", run: callgrind },
    Bench {
        name: "decide",
        about: "decisions a second of gate and journey, in memory and durably; a million in a dry run",
        run: decide,
    },
    Bench { name: "codec", about: "submit_sm a second, encoded and decoded, beside others", run: codec },
    Bench { name: "loop", about: "100,000 messages from the decision to the receipt", run: whole_loop },
    Bench {
        name: "gateway",
        about: "100,000 messages from SMPP to SMPP and back, beside other gateways",
        run: gateway,
    },
    Bench {
        name: "queue",
        about: "memory of 1,000,000 messages that wait, and codes behind them",
        run: queue,
    },
    Bench {
        name: "shaping",
        about: "contracts, throttling and a power cut, as carriers see them",
        run: shaping,
    },
    Bench {
        name: "compose",
        about: "microseconds to classify a message, to read its facts and its words, and to make one",
        run: compose,
    },
];

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let Some((name, rest)) = args.split_first() else {
        print_usage();
        return Err("expected the name of a bench".into());
    };
    if *name == "all" {
        return all(rest);
    }
    match BENCHES.iter().find(|bench| bench.name == *name) {
        Some(bench) => (bench.run)(rest),
        None => {
            print_usage();
            Err(format!("expected the name of a bench, found {name:?}").into())
        }
    }
}

/// Runs every bench, whatever the ones before came to.
fn all(args: &[&str]) -> Result<Outcome, Error> {
    let mut failed = false;
    for bench in BENCHES {
        eprintln!("bench {}: {}", bench.name, bench.about);
        match (bench.run)(args)? {
            Outcome::Passed => {}
            Outcome::Failed => failed = true,
            Outcome::Skipped(why) => eprintln!("skipped: {why}"),
        }
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Passed })
}

fn print_usage() {
    eprintln!("usage: cargo xtask bench NAME|all [--no-bar] [ARGUMENT…]\n");
    for bench in BENCHES {
        eprintln!("  {:<10} {}", bench.name, bench.about);
    }
}

/// The bar stands in the example itself.
fn replay(args: &[&str]) -> Result<Outcome, Error> {
    let start = ["run", "--quiet", "--release", "-p", "hongyan-engine", "--example", "replay_bench", "--"];
    launch::cargo(&[&start, args].concat())
}

/// Entries a second that the journal must make durable, at 2,000 in a batch.
const JOURNAL_ENTRIES_MIN: f64 = 100_000.0;

fn journal(args: &[&str]) -> Result<Outcome, Error> {
    let folder = scratch("journal");
    let path = folder.display().to_string();
    let start = ["run", "--quiet", "--release", "-p", "hongyan-store", "--example", "journal_bench", "--"];
    let Some(said) = launch::cargo_read(&[&start, &[path.as_str()][..]].concat())? else {
        return Ok(Outcome::Failed);
    };
    print!("{said}");
    let figures: Value = serde_json::from_str(said.trim())?;
    let found = figures["append_entries_per_second"].as_f64().ok_or("expected append_entries_per_second")?;
    Ok(hold(args, found >= JOURNAL_ENTRIES_MIN, || {
        format!("expected {JOURNAL_ENTRIES_MIN} entries a second, found {found}")
    }))
}

/// Encoded and decoded submit_sm a second that our codec must reach on one core.
const CODEC_BOTH_MIN: f64 = 10_000_000.0;

/// A workspace of its own, see its manifest; its packages are built beside ours.
fn codec(args: &[&str]) -> Result<Outcome, Error> {
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => launch::root()?.join("target").join("codecs"),
    };
    let target = target.display().to_string();
    let start = ["run", "--quiet", "--release", "--manifest-path", "tests/codecs/Cargo.toml"];
    let Some(said) = launch::cargo_read(&[&start, &["--target-dir", target.as_str()][..]].concat())? else {
        return Ok(Outcome::Failed);
    };
    print!("{said}");
    let figures: Value = serde_json::from_str(said.lines().last().unwrap_or_default())?;
    let found = figures["ours"]["both_per_second"].as_f64().ok_or("expected ours.both_per_second")?;
    Ok(hold(args, found >= CODEC_BOTH_MIN, || {
        format!("expected {CODEC_BOTH_MIN} messages a second encoded and decoded, found {found}")
    }))
}

/// How many messages are counted under valgrind.
const CALLGRIND_MESSAGES: &str = "10000";

/// Counts the instructions of a run with messages, and takes off those of the same run without. No bar: it is the
/// number that later changes are held against. valgrind knows no SHA instructions, so hashing counts for more here.
fn callgrind(_args: &[&str]) -> Result<Outcome, Error> {
    if !has_valgrind() {
        return Ok(Outcome::Skipped("valgrind is not installed".to_owned()));
    }
    let step = ["-p", "hongyan-node", "--example", "step_bench", "--", CALLGRIND_MESSAGES];
    let import = [&step[..], &["--import-only"]].concat();
    let (Some(all), Some(import)) = (count("all", &step)?, count("import", &import)?) else {
        return Ok(Outcome::Failed);
    };
    let messages: u64 = CALLGRIND_MESSAGES.parse()?;
    let per_message = all.saturating_sub(import) / messages;
    println!(
        "{}",
        serde_json::json!({
            "bench": "callgrind", "messages": messages, "instructions": all - import,
            "instructions_per_message": per_message, "import_instructions_per_customer": import / messages,
        })
    );
    Ok(Outcome::Passed)
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// The instructions of one run of a program, with its arguments as `cargo run` takes them; none if it failed.
fn count(name: &str, program: &[&str]) -> Result<Option<u64>, Error> {
    let file = scratch(name);
    let runner = format!(
        "target.'cfg(all())'.runner = ['valgrind', '--quiet', '--tool=callgrind', '--callgrind-out-file={}']",
        file.display()
    );
    let start = ["run", "--quiet", "--release", "--config", &runner];
    if launch::cargo_read(&[&start, program].concat())?.is_none() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file)?;
    std::fs::remove_file(&file)?;
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .ok_or("expected totals from callgrind")?;
    Ok(Some(total.trim().parse()?))
}

/// The engine in the bench's own process; then, where valgrind is there and nobody is in a hurry, the instructions of a decision: a
/// run with so many customers less one with none to speak of.
fn decide(args: &[&str]) -> Result<Outcome, Error> {
    let start = ["run", "--quiet", "--release", "-p", "hongyan-tests", "--bin", "bench_decide", "--"];
    let outcome = launch::cargo(&[&start, args].concat())?;
    if args.contains(&"--quick") || !has_valgrind() {
        return Ok(outcome);
    }
    let program = ["-p", "hongyan-tests", "--bin", "bench_decide", "--", "--memory-only", "--no-bar"];
    let of =
        |name, customers: &'static str| count(name, &[&program[..], &["--customers", customers]].concat());
    let (Some(many), Some(few)) = (of("many", "2001")?, of("few", "1")?) else { return Ok(Outcome::Failed) };
    // Each customer is imported once and decided about twice.
    println!(
        "{}",
        serde_json::json!({
            "bench": "decide-callgrind", "decisions": 4_000,
            "instructions_per_decision": many.saturating_sub(few) / 4_000,
        })
    );
    Ok(outcome)
}

fn whole_loop(args: &[&str]) -> Result<Outcome, Error> {
    launch::with_product("bench_loop", args)
}

fn gateway(args: &[&str]) -> Result<Outcome, Error> {
    launch::with_product("bench_gateway", args)
}

fn shaping(args: &[&str]) -> Result<Outcome, Error> {
    launch::with_product("bench_shaping", args)
}

/// The engine alone, in the bench's own process.
fn queue(args: &[&str]) -> Result<Outcome, Error> {
    let start = ["run", "--quiet", "--release", "-p", "hongyan-tests", "--bin", "bench_queue", "--"];
    launch::cargo(&[&start, args].concat())
}

/// The text crate alone, in the bench's own process; then the texts that the engine makes.
fn compose(args: &[&str]) -> Result<Outcome, Error> {
    let read = ["run", "--quiet", "--release", "-p", "hongyan-tests", "--bin", "bench_compose", "--"];
    let render = ["run", "--quiet", "--release", "-p", "hongyan-engine", "--example", "render_bench", "--"];
    match launch::cargo(&[&read, args].concat())? {
        Outcome::Passed => launch::cargo(&[&render, args].concat()),
        other => Ok(other),
    }
}

/// A path for one run's file or folder.
fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("hongyan-bench-{name}-{}", std::process::id()))
}

/// A bar that this chore judges itself.
fn hold(args: &[&str], holds: bool, missed: impl FnOnce() -> String) -> Outcome {
    if holds {
        return Outcome::Passed;
    }
    eprintln!("does not hold: {}", missed());
    if args.contains(&"--no-bar") { Outcome::Passed } else { Outcome::Failed }
}
