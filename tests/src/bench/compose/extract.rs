//! The extraction half: what was read out of labelled messages, and microseconds for one.
//!
//! A case is right when amount, direction, account and balance are all as its label says, as far as it says them. Cases
//! stand in two groups: rupees and yuan, which the tables know best, and the rest. `eval_compose` and `bench_compose` call it.

use super::cpu;
use crate::bench::Error;
use crate::bench::figures::Figures;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use text::extract::{Extractor, Movement};

/// The file of labelled messages in a folder.
const CASES: &str = "extraction_cases.jsonl.gz";
/// The least share of cases that are all right: rupees and yuan, and the rest.
const RIGHT_MIN: (f64, f64) = (0.95, 0.85);
/// Microseconds for a message of seventy characters on one core, at most.
const MICROS_MAX: f64 = 10.0;

/// The reader with the tables that ship.
///
/// # Errors
/// A table that cannot be read.
pub fn shipped() -> Result<Extractor, Error> {
    Ok(Extractor::new(library::tables().filter(|(path, _)| path.starts_with("cues/")))?)
}

/// Of a group: cases, and those that are right.
#[derive(Debug, Default)]
struct Group {
    cases: f64,
    right: f64,
}

/// Judges the labelled messages of a folder. False when there are none.
///
/// # Errors
/// A file that cannot be read, or a line that is no case.
pub fn evaluate(folder: &Path, figures: &mut Figures) -> Result<bool, Error> {
    let path = folder.join(CASES);
    if !path.is_file() {
        return Ok(false);
    }
    let extractor = shipped()?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut negatives, mut false_parses) = (0_u32, 0_u32);
    for (number, line) in BufReader::new(GzDecoder::new(File::open(&path)?)).lines().enumerate() {
        let case: Value = serde_json::from_str(&line?)?;
        let text = case["text"].as_str().ok_or_else(|| format!("line {}: expected a text", number + 1))?;
        let found = extractor.extract(text).movement;
        match case["should_parse"].as_bool() {
            Some(true) => {
                let group = groups.entry(currency(&case, text)).or_default();
                group.cases += 1.0;
                group.right += f64::from(u8::from(is_right(&case["expected"], found.as_ref())));
            }
            Some(false) => {
                negatives += 1;
                false_parses += u32::from(found.is_some());
            }
            None => {}
        }
    }
    tell(&groups, figures);
    figures.add("extract_negatives", negatives);
    figures.add("extract_false_parses", false_parses);
    figures.hold(
        false_parses == 0,
        format!("no message that moves no money to be read as one, found {false_parses}"),
    );
    Ok(true)
}

fn tell(groups: &BTreeMap<String, Group>, figures: &mut Figures) {
    let is_home = |name: &str| matches!(name, "inr" | "cny");
    for (name, least, is_in) in [
        ("inr_cny", RIGHT_MIN.0, &is_home as &dyn Fn(&str) -> bool),
        ("elsewhere", RIGHT_MIN.1, &|name: &str| !is_home(name)),
    ] {
        let (cases, right) = groups
            .iter()
            .filter(|(group, _)| is_in(group))
            .fold((0.0, 0.0), |(cases, right), (_, group)| (cases + group.cases, right + group.right));
        let share = right / f64::max(cases, 1.0);
        figures.add(&format!("extract_cases_{name}"), cases);
        figures.add(&format!("extract_right_{name}"), (share * 1e4).round() / 1e4);
        figures.hold(share >= least, format!("{least} of {name} all right, found {share:.3}"));
    }
    for (name, Group { cases, right }) in groups.iter().filter(|(_, group)| group.cases >= MANY) {
        let share = right / cases;
        figures.add(&format!("extract_right_{name}_of_{cases}"), (share * 1e4).round() / 1e4);
    }
}

/// How many messages are read for one figure, at least.
const MESSAGES_MIN: usize = 100_000;
/// Groups of fewer cases say little by themselves.
const MANY: f64 = 10.0;

/// The currency of a case, in lower case: as labelled, or what the text names where the label leaves the house's own out.
fn currency(case: &Value, text: &str) -> String {
    let labelled = case["expected"]["currency"].as_str().filter(|currency| !currency.is_empty());
    let found = match labelled {
        Some("RMB") => "cny",
        Some(currency) => return currency.to_lowercase(),
        None if case["lang"] == "zh" => "cny",
        None if case["lang"] == "ru" => "rub",
        None if ["Rs", "INR", "₹", "RS"].iter().any(|sign| text.contains(sign)) => "inr",
        None => "unnamed",
    };
    found.to_owned()
}

/// Whether amount, direction, account and balance are as the label says.
fn is_right(expected: &Value, found: Option<&Movement<'_>>) -> bool {
    let Some(found) = found else { return false };
    let label = |field: &str| expected[field].as_str().filter(|value| !value.is_empty());
    let number = |label: &str, found: Option<&str>| found.is_some_and(|found| plain(found) == plain(label));
    let tail = |label: &str| {
        let digits: String = label.chars().filter(char::is_ascii_digit).collect();
        let shown = found.account_tail.as_deref().unwrap_or_default();
        digits.is_empty() || !shown.is_empty() && (digits.ends_with(shown) || shown.ends_with(&digits))
    };
    label("amount").is_none_or(|amount| number(amount, Some(&found.amount)))
        && label("balance").is_none_or(|balance| number(balance, found.balance.as_deref()))
        && label("direction").is_none_or(|direction| direction == found.direction.as_str())
        && label("account_tail").is_none_or(tail)
}

/// A decimal without groups and without zeros that say nothing.
fn plain(number: &str) -> String {
    let number: String = number.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    match number.split_once('.') {
        Some((whole, part)) if part.trim_end_matches('0').is_empty() => whole.to_owned(),
        Some((whole, part)) => format!("{whole}.{}", part.trim_end_matches('0')),
        None => number,
    }
}

/// Measures the time for one message, over messages that move money.
///
/// # Errors
/// A table that cannot be read.
pub fn measure(texts: &[&str], rounds: u64, figures: &mut Figures) -> Result<(), Error> {
    let (best, movements) = time(texts, rounds)?;
    figures.add("extract_movements_of_corpus", movements);
    figures.add_rounded("extract_micros_per_70_characters", best);
    figures
        .hold(best <= MICROS_MAX, format!("at most {MICROS_MAX} microseconds to extract, found {best:.1}"));
    Ok(())
}

/// Measures it again on the messages that a peer is given.
///
/// # Errors
/// A table that cannot be read.
pub fn measure_beside(texts: &[&str], rounds: u64, figures: &mut Figures) -> Result<(), Error> {
    let (best, movements) = time(texts, rounds)?;
    figures.add_rounded("extract_micros_beside_the_parser", best);
    figures.add("extract_found_beside_the_parser", movements);
    Ok(())
}

fn time(texts: &[&str], rounds: u64) -> Result<(f64, usize), Error> {
    let extractor = shipped()?;
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    let mut best = f64::MAX;
    let mut movements = 0;
    // The system counts in steps of milliseconds: few messages are read many times.
    let repeats = MESSAGES_MIN.div_ceil(texts.len().max(1));
    for _ in 0..rounds.max(1) {
        let start = cpu();
        for _ in 0..repeats {
            movements = texts.iter().filter(|text| extractor.extract(text).movement.is_some()).count();
        }
        best = best.min((cpu() - start) * 1e6 / (characters * repeats).max(1) as f64 * 70.0);
    }
    Ok((best, movements))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_right_only_as_a_whole() {
        let extractor = shipped().unwrap();
        let text = "您尾号0428账户5月6日09:58支出人民币88.50元，余额1,200.00元。";
        let found = extractor.extract(text).movement;
        let right = |label: Value| is_right(&label, found.as_ref());
        let whole = serde_json::json!({ "amount": "88.5", "direction": "debit", "account_tail": "0428", "balance": "1200" });
        assert!(right(whole.clone()));
        for (field, wrong) in
            [("amount", "88"), ("direction", "credit"), ("account_tail", "1428"), ("balance", "120")]
        {
            let mut label = whole.clone();
            label[field] = wrong.into();
            assert!(!right(label), "{field}");
        }
        assert!(!is_right(&whole, None));
    }
}
