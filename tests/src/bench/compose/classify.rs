//! The classification half: scores on labelled messages, and microseconds for one.
//!
//! The model that ships has seen nothing of the labelled messages, so they are all a test. With `--train-part` (an
//! evaluation only, nothing is kept) folds of whole institutions join the corpus in training, and the rest is judged.
//! `eval_compose` and `bench_compose` call it.

use super::cpu;
use super::data::Row;
use super::score::Score;
use crate::bench::Error;
use crate::bench::figures::Figures;
use engine::compose::class::{DECIDES_FROM, Reading};
use model::MessageClass;
use text::classify::{CLASSES, Classifier, Corpus, Lexicon, Message, Options, Sample, class_index, train};

/// The least mean F1 over all classes, and over the four that have hundreds of messages.
const MACRO_MIN: (f64, f64) = (0.70, 0.85);
/// The same when a part of the messages may train, and for Chinese alone.
const MACRO_TRAINED_MIN: (f64, f64, f64) = (0.75, 0.88, 0.70);
/// The greatest mean distance of confidence from the truth.
const CALIBRATION_MAX: f64 = 0.05;
/// The greatest share of an institution's own notices that may be taken for fraud.
const BLOCKED_MAX: f64 = 0.005;
/// The least share of fraud that is found.
const SCAM_RECALL_MIN: f64 = 0.85;
/// Microseconds for a message of seventy characters on one core, at most.
const CLASSIFY_MICROS_MAX: f64 = 20.0;
/// The four classes with hundreds of messages each: customer service, marketing, fraud, other.
const POPULATED: [usize; 4] = [0, 1, 5, 6];
/// The classes that an institution sends for its customers' sake.
const NOTICES: [usize; 4] = [0, 2, 3, 4];
const SCAM: usize = 5;
/// Into how many parts institutions are dealt for `--train-part`.
const FOLDS: u64 = 3;
/// Seconds to train the model that ships, at most.
const TRAIN_SECONDS_MAX: f64 = 60.0;
/// The model that ships, in the library.
const MODEL: &str = "models/classify.bin";
/// The seed by which the corpus is expanded.
const SEED: u64 = 1;

/// The model that ships.
///
/// # Errors
/// A library without a model, or with one of another version.
pub fn shipped() -> Result<Classifier, Error> {
    let bytes = library::bytes(MODEL).ok_or("expected a model in the library")?;
    Ok(Classifier::read(bytes)?)
}

/// Judges labelled messages.
///
/// # Errors
/// A library without its model or corpus.
pub fn evaluate(rows: &[Row], train_part: bool, figures: &mut Figures) -> Result<(), Error> {
    if train_part { evaluate_folds(rows, figures) } else { evaluate_shipped(rows, figures) }
}

fn evaluate_shipped(rows: &[Row], figures: &mut Figures) -> Result<(), Error> {
    let model = shipped()?;
    let (all, chinese) = judge(&model, rows.iter());
    say(&all, figures);
    figures.add_rounded("classify_macro_f1_zh", chinese.macro_f1(&every()));
    let (seven, four) = (all.macro_f1(&every()), all.macro_f1(&POPULATED));
    figures.hold(
        seven >= MACRO_MIN.0,
        format!("macro-F1 of seven classes at least {}, found {seven:.3}", MACRO_MIN.0),
    );
    figures.hold(
        four >= MACRO_MIN.1,
        format!("macro-F1 of four classes at least {}, found {four:.3}", MACRO_MIN.1),
    );
    let error = all.calibration_error();
    figures.hold(
        error <= CALIBRATION_MAX,
        format!("calibration error at most {CALIBRATION_MAX}, found {error:.3}"),
    );
    let (blocked, recall) = (blocked(&all), all.recall(SCAM));
    figures.hold(
        blocked <= BLOCKED_MAX,
        format!("notices taken for fraud at most {BLOCKED_MAX}, found {blocked:.4}"),
    );
    figures.hold(
        recall >= SCAM_RECALL_MIN,
        format!("fraud found at least {SCAM_RECALL_MIN}, found {recall:.3}"),
    );
    at_the_gate(&model, rows, figures);
    Ok(())
}

/// What the rule `declared-class` would stop: notices by their own class, and offers that are declared service. The gate knows
/// no sender.
fn at_the_gate(model: &Classifier, rows: &[Row], figures: &mut Figures) {
    let disagrees = |row: &Row, declared| Reading::of(model, &row.text, "").disagrees(declared);
    let (mut notices, mut stopped, mut offers, mut caught) = (0.0, 0.0, 0.0, 0.0);
    let (mut told, mut told_right) = (0.0, 0.0);
    for row in rows {
        // What an account hands in without a class.
        if row.class.parse::<MessageClass>().is_ok() {
            let reading = Reading::of(model, &row.text, "");
            let gets_one =
                reading.confidence >= DECIDES_FROM && reading.class.parse::<MessageClass>().is_ok();
            told += f64::from(u8::from(gets_one));
            told_right += f64::from(u8::from(gets_one && reading.class == row.class));
        }
        match row.class.parse::<MessageClass>() {
            Ok(MessageClass::Marketing) => {
                offers += 1.0;
                caught += f64::from(u8::from(disagrees(row, MessageClass::CustomerService)));
            }
            Ok(class) => {
                notices += 1.0;
                stopped += f64::from(u8::from(disagrees(row, class)));
            }
            Err(_) => {}
        }
    }
    figures.add("gate_notices", notices);
    figures.add("gate_notices_stopped", stopped);
    figures.add("gate_offers_as_service", offers);
    figures.add("gate_offers_as_service_stopped", caught);
    figures.add("gate_given_a_class", told);
    figures.add("gate_given_the_right_class", told_right);
    let share = stopped / f64::max(notices, 1.0);
    figures.hold(
        share <= BLOCKED_MAX,
        format!("notices stopped by their class at most {BLOCKED_MAX}, found {share:.4}"),
    );
}

fn evaluate_folds(rows: &[Row], figures: &mut Figures) -> Result<(), Error> {
    let (lexicon, corpus) = corpus()?;
    let (mut all, mut chinese) = (Score::new(CLASSES.len()), Score::new(CLASSES.len()));
    for fold in 0..FOLDS {
        let (test, rest): (Vec<&Row>, Vec<&Row>) =
            rows.iter().partition(|row| hash(&row.group) % FOLDS == fold);
        let mut samples = corpus.expand(SEED)?;
        samples.extend(rest.into_iter().filter_map(sample));
        let (model, _) = train(&lexicon, &samples, &Options::default());
        judge_into(&model, test.into_iter(), &mut all, &mut chinese);
    }
    say(&all, figures);
    let found = (all.macro_f1(&every()), all.macro_f1(&POPULATED), chinese.macro_f1(&every()));
    figures.add_rounded("classify_macro_f1_zh", found.2);
    let bars = MACRO_TRAINED_MIN;
    let holds = found.0 >= bars.0 && found.1 >= bars.1 && found.2 >= bars.2;
    figures.hold(
        holds,
        format!("with a part trained at least {bars:?} (seven, four, Chinese), found {found:.3?}"),
    );
    Ok(())
}

/// The lexicon and the corpus of the library.
///
/// # Errors
/// A file that is no grammar.
pub fn corpus() -> Result<(Lexicon, Corpus), Error> {
    Corpus::of_files(library::corpus()).map_err(|(path, error)| format!("{path}: {error}").into())
}

fn sample(row: &Row) -> Option<Sample> {
    Some(Sample {
        text: row.text.clone(),
        sender: row.sender.clone(),
        signature: String::new(),
        class: class_index(&row.class)?,
        subtype: row.subtype.clone(),
        group: hash(&row.group),
    })
}

/// FNV-1a, so that the folds are the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
        >> 7
}

fn every() -> Vec<usize> {
    (0..CLASSES.len()).collect()
}

fn judge<'a>(model: &Classifier, rows: impl Iterator<Item = &'a Row>) -> (Score, Score) {
    let (mut all, mut chinese) = (Score::new(CLASSES.len()), Score::new(CLASSES.len()));
    judge_into(model, rows, &mut all, &mut chinese);
    (all, chinese)
}

fn judge_into<'a>(
    model: &Classifier,
    rows: impl Iterator<Item = &'a Row>,
    all: &mut Score,
    chinese: &mut Score,
) {
    for row in rows {
        let Some(truth) = class_index(&row.class) else { continue };
        let verdict = model.of(&message(row));
        let Some(found) = class_index(verdict.class) else { continue };
        all.add(truth, found, f64::from(verdict.confidence));
        if row.language == "zh" {
            chinese.add(truth, found, f64::from(verdict.confidence));
        }
    }
}

fn message(row: &Row) -> Message<'_> {
    Message { text: &row.text, sender: &row.sender, signature: "", template: "" }
}

/// The share of an institution's own notices that were taken for fraud.
fn blocked(score: &Score) -> f64 {
    let all: f64 = NOTICES.iter().map(|class| score.of(*class)).sum();
    NOTICES.iter().map(|class| score.count(*class, SCAM)).sum::<f64>() / all.max(1.0)
}

fn say(score: &Score, figures: &mut Figures) {
    figures.add("classify_messages", every().iter().map(|class| score.of(*class)).sum::<f64>());
    figures.add("classify_macro_f1", thousandth(score.macro_f1(&every())));
    figures.add("classify_macro_f1_four", thousandth(score.macro_f1(&POPULATED)));
    figures.add("classify_calibration_error", thousandth(score.calibration_error()));
    figures.add("classify_notices_as_scam", (blocked(score) * 1e5).round() / 1e5);
    figures.add("classify_scam_recall", thousandth(score.recall(SCAM)));
    for (class, name) in CLASSES.iter().enumerate() {
        figures.add(&format!("classify_f1_{name}"), thousandth(score.f1(class)));
    }
}

fn thousandth(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The messages of the corpus that the model is trained from.
///
/// # Errors
/// A file that is no grammar.
pub fn samples() -> Result<Vec<Sample>, Error> {
    Ok(corpus()?.1.expand(SEED)?)
}

/// Measures the time for one message, over the corpus: no labelled messages are needed.
///
/// # Errors
/// A library without its model or corpus.
pub fn measure(samples: &[Sample], rounds: u64, figures: &mut Figures) -> Result<(), Error> {
    let model = shipped()?;
    let (lexicon, _) = corpus()?;
    let start = cpu();
    let (trained, _) = train(&lexicon, samples, &Options::default());
    let seconds = cpu() - start;
    figures.add_rounded("classify_train_seconds", seconds);
    figures
        .hold(seconds <= TRAIN_SECONDS_MAX, format!("trained in {TRAIN_SECONDS_MAX} s, took {seconds:.0}"));
    let same = library::bytes(MODEL) == Some(trained.write().as_slice());
    figures.hold(same, format!("{MODEL} to be what `hongyan classify train` makes of the corpus"));
    let messages: Vec<Message<'_>> =
        samples.iter().map(|s| Message { text: &s.text, sender: &s.sender, ..Message::default() }).collect();
    let characters: usize = samples.iter().map(|s| s.text.chars().count()).sum();
    let mut best = f64::MAX;
    for _ in 0..rounds.max(1) {
        let start = cpu();
        let reviewed = messages.iter().filter(|message| model.of(message).review).count();
        let micros = (cpu() - start) * 1e6 / characters.max(1) as f64 * 70.0;
        figures.add("classify_reviewed_of_corpus", reviewed);
        best = best.min(micros);
    }
    figures.add("classify_messages_measured", messages.len());
    figures.add_rounded("classify_micros_per_70_characters", best);
    figures.hold(
        best <= CLASSIFY_MICROS_MAX,
        format!("at most {CLASSIFY_MICROS_MAX} microseconds for 70 characters, found {best:.1}"),
    );
    Ok(())
}
