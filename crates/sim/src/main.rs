//! `hongyan-sim`, run by `cargo xtask sim`: runs seeds of the simulation and says which promise broke.
//!
//! `--seed N` runs one seed, `--seeds K [--from N]` runs K of them. `--canary` expects to be a build whose node acts before
//! it has made anything durable (feature `canary`), and passes only if that is caught. The last line is one line of JSON.

use sim::simulation::{Figures, run};
use std::process::ExitCode;
use std::time::Instant;

/// How many seeds a canary may live through.
const CANARY_SEEDS: u64 = 20;
/// How many seeds are run when nobody says how many.
const SEEDS: u64 = 200;

struct Arguments {
    from: u64,
    seeds: u64,
    canary: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("hongyan-sim: {why}");
            return ExitCode::FAILURE;
        }
    };
    let start = Instant::now();
    let (mut sum, mut broken) = (Figures::default(), 0);
    let mut ran = 0;
    for seed in arguments.from..arguments.from.saturating_add(arguments.seeds) {
        ran += 1;
        match run(seed) {
            Ok(figures) => {
                if arguments.seeds == 1 {
                    println!("seed {seed}: {figures:?}");
                }
                add(&mut sum, &figures);
            }
            Err(violation) => {
                broken += 1;
                println!("{violation}");
                if arguments.canary {
                    break;
                }
            }
        }
    }
    let caught = broken > 0;
    let passed = caught == arguments.canary;
    println!("{}", json(&sum, ran, broken, start.elapsed().as_secs_f64(), passed, arguments.canary));
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { from: 1, seeds: SEEDS, canary: false };
    while let Some(word) = words.next() {
        let mut number = |name: &str| {
            let word = words.next().unwrap_or_default();
            word.parse::<u64>().map_err(|_| format!("{name}: expected a number, found {word:?}"))
        };
        match word.as_str() {
            "--seed" => (arguments.from, arguments.seeds) = (number("--seed")?, 1),
            "--seeds" => arguments.seeds = number("--seeds")?,
            "--from" => arguments.from = number("--from")?,
            "--canary" => (arguments.canary, arguments.seeds) = (true, CANARY_SEEDS),
            // Chores share it; a simulation has no bar to leave out.
            "--no-bar" => {}
            other => return Err(format!("expected --seed, --seeds, --from or --canary, found {other:?}")),
        }
    }
    if arguments.canary != cfg!(feature = "canary") {
        return Err(
            "expected --canary and the feature `canary` together, found one without the other".to_owned()
        );
    }
    Ok(arguments)
}

fn add(sum: &mut Figures, one: &Figures) {
    sum.turns += one.turns;
    sum.entries += one.entries;
    sum.messages += one.messages;
    sum.decided += one.decided;
    sum.held += one.held;
    sum.blocked += one.blocked;
    sum.submits += one.submits;
    sum.taken += one.taken;
    sum.receipts += one.receipts;
    sum.refusals += one.refusals;
    sum.erased += one.erased;
    sum.crashes += one.crashes;
    sum.connections += one.connections;
    sum.certificates += one.certificates;
    sum.rerouted += one.rerouted;
    sum.late += one.late;
    sum.asked += one.asked;
    sum.queries += one.queries;
    sum.garbage += one.garbage;
}

fn json(sum: &Figures, seeds: u64, broken: u64, seconds: f64, passed: bool, canary: bool) -> String {
    let numbers = [
        ("seeds", seeds),
        ("broken", broken),
        ("turns", sum.turns),
        ("entries", sum.entries),
        ("messages", sum.messages),
        ("decided", sum.decided),
        ("held", sum.held),
        ("blocked", sum.blocked),
        ("submits", sum.submits),
        ("taken", sum.taken),
        ("receipts", sum.receipts),
        ("refusals", sum.refusals),
        ("erased", sum.erased),
        ("crashes", sum.crashes),
        ("connections", sum.connections),
        ("certificates", sum.certificates),
        ("rerouted", sum.rerouted),
        ("late", sum.late),
        ("asked", sum.asked),
        ("queries", sum.queries),
        ("garbage", sum.garbage),
    ];
    let fields: Vec<String> = numbers.iter().map(|(name, n)| format!("\"{name}\":{n}")).collect();
    format!(
        "{{\"sim\":\"loop\",\"passed\":{passed},\"canary\":{canary},\"seconds\":{seconds:.1},{}}}",
        fields.join(",")
    )
}
