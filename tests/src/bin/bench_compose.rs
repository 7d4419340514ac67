//! `bench_compose`: microseconds to read a message, on one core, in this process.
//!
//! The messages are those of the library's corpus, so nothing else is needed. Started by `cargo xtask bench compose`.
//!
//! `bench_compose [--rounds 5] [--no-bar]`

use hongyan_tests::bench::Error;
use hongyan_tests::bench::compose::classify;
use hongyan_tests::bench::figures::{Arguments, Figures};
use std::process::ExitCode;

/// The best of so many rounds counts: what others do on the machine only ever makes a round slower.
const ROUNDS: u64 = 5;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench_compose: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let bars = !arguments.flag("--no-bar");
    let rounds = arguments.number("--rounds", ROUNDS)?;
    arguments.finish()?;
    let mut figures = Figures::new("compose");
    classify::measure(rounds, &mut figures)?;
    Ok(figures.finish(bars))
}
