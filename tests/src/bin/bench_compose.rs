//! `bench_compose`: microseconds to read a message, on one core, in this process, and in programs of others beside it.
//!
//! The messages are those of the library's corpus, so nothing else is needed. Started by `cargo xtask bench compose`.
//!
//! `bench_compose [--rounds 5] [--no-bar]`

use hongyan_tests::bench::Error;
use hongyan_tests::bench::compose::{classify, extract, peers, words};
use hongyan_tests::bench::figures::{Arguments, Figures};
use std::process::ExitCode;
use text::classify::CLASSES;

/// The best of so many rounds counts: what others do on the machine only ever makes a round slower.
const ROUNDS: u64 = 5;
/// The class of what moves money.
const SERVICE: usize = 0;
/// Into how many passes the corpus is dealt for a peer.
const STRIDE: usize = 37;

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
    let samples = classify::samples()?;
    classify::measure(&samples, rounds, &mut figures)?;
    let texts: Vec<&str> = samples.iter().map(|sample| sample.text.as_str()).collect();
    words::measure(&texts, rounds, &mut figures)?;
    let service: Vec<&str> = samples.iter().filter(|s| s.class == SERVICE).map(|s| s.text.as_str()).collect();
    extract::measure(&service, rounds, &mut figures)?;
    // Every so many: the corpus stands in the order of its files, and a peer needs some of each.
    let rows: Vec<(&str, &str)> = (0..STRIDE)
        .flat_map(|first| samples.iter().skip(first).step_by(STRIDE))
        .filter_map(|sample| Some((sample.text.as_str(), *CLASSES.get(sample.class)?)))
        .collect();
    peers::classify(&rows, &mut figures)?;
    let english: Vec<&str> =
        service.into_iter().filter(|text| text.contains("INR") && text.is_ascii()).collect();
    figures.add("english_messages_for_the_parser", english.len());
    extract::measure_beside(&english, rounds, &mut figures)?;
    peers::extract(&english, &mut figures)?;
    Ok(figures.finish(bars))
}
