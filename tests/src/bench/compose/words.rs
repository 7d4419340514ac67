//! The half of the words: how many hidden spellings are found, how many ordinary messages are stopped, and microseconds for
//! one.
//!
//! The spellings are made by a seed (`hidden`); what
//! stops an ordinary message is a false stop, whoever wrote it. `eval_compose` and `bench_compose` call it.

use super::cpu;
use super::data::Row;
use super::hidden::{Dice, TERMS, hide};
use crate::bench::Error;
use crate::bench::figures::Figures;
use text::words::{Action, Checker, Context, Day, Signature};

/// The least share of hidden spellings that are found.
const CAUGHT_MIN: f64 = 0.98;
/// The most ordinary messages that may be stopped, of ten thousand.
const FALSE_STOPS_MAX: f64 = 20.0;
/// Microseconds for a message of seventy characters on one core, at most.
const MICROS_MAX: f64 = 10.0;
/// In how many ways each word is hidden, and the seed that says how.
const SPELLINGS: usize = 100;
const SEED: u64 = 7;
/// The day whose rules count: all that ship are in force.
const ON: &str = "2026-11-01";

/// The lists that ship.
///
/// # Errors
/// A list that cannot be read.
pub fn shipped() -> Result<Checker, Error> {
    const TABLE: &str = "words/spellings.txt";
    let lists = library::files().filter(|(path, _)| path.ends_with(".words"));
    let spellings = library::file(TABLE).ok_or("expected a table of spellings in the library")?;
    let refused = |mistakes: Vec<text::words::ListError>| format!("{mistakes:?}");
    Ok(Checker::new(lists, (TABLE, spellings)).map_err(refused)?)
}

fn context(class: Option<&str>) -> Result<Context<'_>, Error> {
    let on = Day::parse(ON).ok_or("expected a day")?;
    Ok(Context { class, on, opt_out: None, signature: Signature::Apart, lender: None })
}

/// Judges hidden spellings and ordinary messages.
///
/// # Errors
/// A list that cannot be read.
pub fn evaluate(rows: &[Row], figures: &mut Figures) -> Result<(), Error> {
    let checker = shipped()?;
    evaluate_hidden(&checker, figures)?;
    let (mut ordinary, mut stopped, mut looked) = (0.0, 0.0, 0.0);
    for row in rows.iter().filter(|row| row.class != "scam") {
        ordinary += 1.0;
        // What is nobody's money is asked by every rule: no class would let it off.
        let class = (row.class != "other").then_some(row.class.as_str());
        let hits = checker.check(&row.text, &context(class)?).hits;
        stopped += f64::from(u8::from(hits.iter().any(|hit| hit.action == Action::Block)));
        looked += f64::from(u8::from(hits.iter().any(|hit| hit.action == Action::Review)));
    }
    let of_ten_thousand = |count: f64| (count / f64::max(ordinary, 1.0) * 1e5).round() / 10.0;
    figures.add("words_ordinary_messages", ordinary);
    figures.add("words_false_stops_of_10000", of_ten_thousand(stopped));
    figures.add("words_looks_of_10000", of_ten_thousand(looked));
    let found = of_ten_thousand(stopped);
    figures.hold(
        found <= FALSE_STOPS_MAX,
        format!("at most {FALSE_STOPS_MAX} false stops of 10,000, found {found}"),
    );
    Ok(())
}

fn evaluate_hidden(checker: &Checker, figures: &mut Figures) -> Result<(), Error> {
    let any = context(None)?;
    let mut dice = Dice::new(SEED);
    let (mut made, mut caught) = (0.0, 0.0);
    for term in TERMS {
        for number in 0..SPELLINGS {
            let hidden = hide(term, number, &mut dice);
            let (before, after) =
                (["本期", "新品上市，", "【鸿雁银行】"][number % 3], ["！", "，欢迎咨询", ""][number % 3]);
            let text = format!("{before}{hidden}{after}");
            let end = before.len() + hidden.len();
            let hits = checker.check(&text, &any).hits;
            made += 1.0;
            caught += f64::from(u8::from(
                hits.iter().any(|hit| hit.place.start < end && hit.place.end > before.len()),
            ));
        }
    }
    let share = caught / f64::max(made, 1.0);
    figures.add("words_hidden_spellings", made);
    figures.add("words_caught", (share * 1e4).round() / 1e4);
    figures.hold(share >= CAUGHT_MIN, format!("{CAUGHT_MIN} of hidden spellings caught, found {share:.4}"));
    Ok(())
}

/// Measures the time for one message.
///
/// # Errors
/// A list that cannot be read.
pub fn measure(texts: &[&str], rounds: u64, figures: &mut Figures) -> Result<(), Error> {
    let is_chinese = |text: &&&str| text.chars().any(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    let chinese: Vec<&str> = texts.iter().filter(is_chinese).copied().collect();
    let checker = shipped()?;
    for (name, texts) in
        [("words_micros_per_70_characters", texts), ("words_micros_per_70_chinese", &chinese)]
    {
        let best = time(&checker, texts, rounds)?;
        figures.add_rounded(name, best);
        figures.hold(
            best <= MICROS_MAX,
            format!("at most {MICROS_MAX} microseconds for the words, found {best:.1}"),
        );
    }
    Ok(())
}

fn time(checker: &Checker, texts: &[&str], rounds: u64) -> Result<f64, Error> {
    let any = context(None)?;
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    let mut best = f64::MAX;
    for _ in 0..rounds.max(1) {
        let start = cpu();
        for _ in 0..REPEATS {
            let spoken = texts.iter().filter(|text| !checker.check(text, &any).hits.is_empty()).count();
            std::hint::black_box(spoken);
        }
        best = best.min((cpu() - start) * 1e6 / (characters * REPEATS).max(1) as f64 * 70.0);
    }
    Ok(best)
}

/// How often the corpus is read for one figure: the system counts in steps of milliseconds.
const REPEATS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_not_what_is_listed_and_what_is_not_hidden_in_is_not_caught() {
        let checker = shipped().unwrap();
        let mut dice = Dice::new(SEED);
        let is_hidden = |number: &usize| hide("稳赚不赔", *number, &mut dice) != "稳赚不赔";
        assert_eq!((0..SPELLINGS).filter(is_hidden).count(), SPELLINGS);
        assert!(checker.check("本期新品上市，欢迎咨询", &context(None).unwrap()).hits.is_empty());
    }
}
