//! Shows a demo bank and what making it costs: `cargo run --release --example demo_bank -p hongyan-library -- [CUSTOMERS] [SEED]`.

use library::demo::Bank;
use std::collections::BTreeMap;
use std::time::Instant;

/// Midnight of 2026-06-02 in Shanghai, milliseconds since 1970 UTC.
const DAY_START_MS: i64 = 1_780_329_600_000;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().ok());
    let customers = arguments.next().flatten().unwrap_or(10_000);
    let seed = arguments.next().flatten().unwrap_or(7);
    let bank = Bank::new(seed, usize::try_from(customers).unwrap_or(usize::MAX));
    for customer in bank.customers().take(3) {
        println!("{customer:?}");
    }
    for event in bank.events(DAY_START_MS).skip(bank.len() / 2).take(6) {
        println!("{event:?}");
    }
    let start = Instant::now();
    let made = bank.customers().count();
    println!("{made} customers in {:?}", start.elapsed());
    let start = Instant::now();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for event in bank.events(DAY_START_MS) {
        *kinds.entry(event.kind).or_default() += 1;
    }
    println!("{} events {kinds:?} in {:?}", kinds.values().sum::<usize>(), start.elapsed());
}
