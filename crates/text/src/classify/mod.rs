//! What kind of message this is: one of the five classes of a financial institution, fraud, or none of our business.
//!
//! A linear model over hashed features (`feature`), trained (`train`) from a corpus that is written as grammars
//! (`corpus`) and, if an institution wants, from its own labelled history. A decision is two steps, the class and then
//! its subtype; its confidence is calibrated, it shows the characters that made it, and below [`REVIEW_BELOW`] it asks
//! for a person instead of guessing. Pure: the model's bytes and every seed are arguments. The command `classify`, the
//! HTTP door and the benches call it. It stops nothing itself: that is the gate's.

mod corpus;
mod dice;
mod feature;
mod kinds;
mod language;
mod lexicon;
mod model;
mod scan;
mod train;
#[cfg(test)]
mod tests;

pub use corpus::{Corpus, Sample};
pub use language::Language;
pub use lexicon::{Concept, Lexicon};
pub use model::{Classifier, Evidence, ModelError, Verdict};
pub use train::{Options, Report, train};

/// The classes, in the order of a model's columns: the five of the trade, then fraud and everything else.
pub const CLASSES: [&str; 7] =
    ["customer_service", "marketing", "risk_notice", "technical_support", "regulatory", "scam", "other"];

/// Below this calibrated confidence a decision goes to the review queue.
pub const REVIEW_BELOW: f32 = 0.5;

/// A message as it is known when it must be classified. What is not known is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Message<'a> {
    /// The body.
    pub text: &'a str,
    /// Who sent it: a header, a short number, a telephone number.
    pub sender: &'a str,
    /// The signature, with or without its brackets, when it is not part of the text.
    pub signature: &'a str,
    /// The template it was made from. Carried along for the caller; it decides nothing.
    pub template: &'a str,
}

/// A corpus or a lexicon that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct CorpusError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was expected and what came.
    pub what: String,
}

/// The column of a class.
pub fn class_index(name: &str) -> Option<usize> {
    CLASSES.iter().position(|class| *class == name)
}
