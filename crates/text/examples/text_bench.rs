//! Prints what counting, folding and matching cost, in nanoseconds per call. `cargo run --release --example text_bench -p hongyan-text`.

use std::hint::black_box;
use std::time::Instant;
use text::{Keywords, Reach};

const ROUNDS: u32 = 1_000_000;

fn main() {
    let short = "汉".repeat(70);
    let long = "您尾号1234的账户支出人民币1,234.56元。".repeat(10);
    let emoji = "汉😀".repeat(100);
    let latin = "Your payment of 123.45 to ACME was posted. ".repeat(3);
    let list =
        Keywords::new([("退订", (), Reach::Whole), ("TD", (), Reach::Whole), ("投诉", (), Reach::Anywhere)]);
    let Ok(list) = list else { return };
    time("measure, 70 hanzi", || text::measure(black_box(&short)).parts);
    time("measure, 129 latin", || text::measure(black_box(&latin)).parts);
    time("measure, long mixed", || text::measure(black_box(&long)).parts);
    time("measure, 300 units with pairs", || text::measure(black_box(&emoji)).parts);
    time("split, long mixed", || text::split(black_box(&long)).map_or(0, |pieces| pieces.len()));
    time("keyword, 【ＴＤ】。", || usize::from(list.matches(black_box("【ＴＤ】。")).is_some()));
    time("keyword, a sentence", || {
        usize::from(list.matches(black_box("我要投诉你们，天天发短信")).is_some())
    });
}

fn time(what: &str, mut call: impl FnMut() -> usize) {
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..ROUNDS {
        sum += call();
    }
    let each = start.elapsed().as_nanos() / u128::from(ROUNDS);
    println!("{what}: {each} ns (checksum {sum})");
}
