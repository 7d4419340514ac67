//! Makes a model of labelled messages: multinomial logistic regression by AdaGrad, then calibration, then bytes.
//!
//! The calibration's temperature comes from messages whose templates the model that is measured has not seen; the
//! model that ships is then trained on all. Everything follows from samples and seed: the same input gives the same
//! bytes on every machine. `hongyan classify train` and `cargo xtask eval compose` call it. It refuses nothing: too few samples give
//! a poor model, and the report says how poor.

use super::dice::Dice;
use super::feature::{self, BITS, Feature};
use super::lexicon::Lexicon;
use super::model::{Classifier, ROW, SUBTYPE_SHIFT, Subtype, best, softmax};
use super::{CLASSES, Message, Sample};

/// How to train.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seed of the order of samples.
    pub seed: u64,
    /// Times through all samples.
    pub epochs: usize,
    /// How many in a hundred features a step does not see: what is left must carry the decision alone.
    pub dropped_percent: u64,
    /// The length of the first steps.
    pub rate: f32,
    /// What pulls weights to zero.
    pub shrink: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, epochs: 6, dropped_percent: 30, rate: 0.5, shrink: 2e-6 }
    }
}

/// What training found out about itself, on templates that were left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// Samples in all.
    pub samples: usize,
    /// Samples that were left out to measure.
    pub held_out: usize,
    /// How many of those were classified rightly, 0 to 1.
    pub accuracy: f32,
    /// By what scores are divided before they are probabilities.
    pub temperature: f32,
}

/// One part in this many of the templates is left out for the calibration.
const HELD_OUT: u64 = 5;
/// The mix of classes that confidence is calibrated for, in parts of a hundred: about what arrives in a customer's
/// inbox. The corpus has its rare classes in plenty, so that they can be learned; taken as it is, it would make every
/// confidence too small.
const TRAFFIC: [f32; CLASSES.len()] = [45.0, 10.0, 3.0, 1.0, 1.0, 15.0, 25.0];
/// The temperatures that are tried.
const TEMPERATURES: [f32; 14] = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0];

struct Row {
    features: Vec<Feature>,
    class: usize,
    subtype: Option<usize>,
    group: u64,
}

/// Trains a model.
pub fn train(lexicon: &Lexicon, samples: &[Sample], options: &Options) -> (Classifier, Report) {
    let subtypes = subtypes_of(samples);
    let rows: Vec<Row> = samples.iter().map(|sample| row(lexicon, sample, &subtypes)).collect();
    let (held, rest): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.group % HELD_OUT == 0);
    let probe = fit(&rest, CLASSES.len(), BITS, options, |row| Some(row.class), 0..CLASSES.len());
    let scores: Vec<(Vec<f32>, usize)> = held.iter().map(|row| (probe.scores(row, 0), row.class)).collect();
    let right = scores.iter().filter(|(scores, class)| best(scores).0 == *class).count();
    let temperature = calibrated(&scores);
    let all: Vec<&Row> = rows.iter().collect();
    let classes = fit(&all, CLASSES.len(), BITS, options, |row| Some(row.class), 0..CLASSES.len());
    let report = Report {
        samples: rows.len(),
        held_out: held.len(),
        accuracy: right as f32 / held.len().max(1) as f32,
        temperature,
    };
    (model(lexicon, subtypes, classes, &all, temperature, options), report)
}

fn row(lexicon: &Lexicon, sample: &Sample, subtypes: &[Subtype]) -> Row {
    let message =
        Message { text: &sample.text, sender: &sample.sender, signature: &sample.signature, template: "" };
    let features = feature::read(&message, lexicon).features;
    let subtype =
        subtypes.iter().position(|s| usize::from(s.class) == sample.class && s.name == sample.subtype);
    Row { features, class: sample.class, subtype, group: sample.group }
}

/// Classes in their order, in each its subtypes by name.
fn subtypes_of(samples: &[Sample]) -> Vec<Subtype> {
    let mut found: Vec<(usize, &str)> = samples
        .iter()
        .filter(|sample| !sample.subtype.is_empty())
        .map(|sample| (sample.class, sample.subtype.as_str()))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(class, name)| Subtype { class: class as u8, name: name.to_owned() }).collect()
}

/// Weights before they become bytes.
struct Fitted {
    width: usize,
    bias: Vec<f32>,
    weights: Vec<f32>,
}

impl Fitted {
    fn scores(&self, row: &Row, shift: u32) -> Vec<f32> {
        let mut scores = self.bias.clone();
        for feature in &row.features {
            let at = (feature.place >> shift) as usize * self.width;
            for (score, weight) in scores.iter_mut().zip(self.weights.get(at..at + self.width).unwrap_or(&[]))
            {
                *score += feature.value * weight;
            }
        }
        scores
    }
}

/// Fits the columns of `columns`; `label` says which of them a row is, if any.
fn fit(
    rows: &[&Row],
    width: usize,
    bits: u32,
    options: &Options,
    label: impl Fn(&Row) -> Option<usize>,
    columns: std::ops::Range<usize>,
) -> Fitted {
    let mut fitted = Fitted { width, bias: vec![0.0; width], weights: vec![0.0; width << bits] };
    let mut squares = vec![0.01_f32; width << bits];
    let mut bias_squares = vec![1.0_f32; width];
    let mut dice = Dice::new(options.seed);
    let mut order: Vec<usize> =
        (0..rows.len()).filter(|at| rows.get(*at).is_some_and(|row| label(row).is_some())).collect();
    let shift = BITS - bits;
    let keep = 1.0 / (1.0 - options.dropped_percent as f32 / 100.0);
    let mut seen: Vec<(usize, f32)> = Vec::new();
    for _ in 0..options.epochs {
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
        for row in order.iter().filter_map(|at| rows.get(*at)) {
            let Some(target) = label(row) else { continue };
            seen.clear();
            for feature in &row.features {
                if !dice.chance(options.dropped_percent) {
                    seen.push(((feature.place >> shift) as usize * width, feature.value * keep));
                }
            }
            let mut scores = fitted.bias.clone();
            for (at, value) in &seen {
                for column in columns.clone() {
                    scores[column] += value * fitted.weights[at + column];
                }
            }
            softmax(&mut scores[columns.clone()]);
            scores[target] -= 1.0;
            for column in columns.clone() {
                let slope = scores[column];
                bias_squares[column] += slope * slope;
                fitted.bias[column] -= options.rate * 0.2 * slope / bias_squares[column].sqrt();
            }
            for (at, value) in &seen {
                for column in columns.clone() {
                    let place = at + column;
                    let slope = scores[column] * value + options.shrink * fitted.weights[place];
                    squares[place] += slope * slope;
                    fitted.weights[place] -= options.rate * slope / squares[place].sqrt();
                }
            }
        }
    }
    fitted
}

/// The temperature under which the held-out classes are the likeliest.
fn calibrated(scores: &[(Vec<f32>, usize)]) -> f32 {
    let mut weights = TRAFFIC;
    for (class, weight) in weights.iter_mut().enumerate() {
        *weight /= scores.iter().filter(|(_, of)| *of == class).count().max(1) as f32;
    }
    let mut found = (1.0, f32::MIN);
    for temperature in TEMPERATURES {
        let mut likelihood = 0.0;
        for (scores, class) in scores {
            let weight = weights.get(*class).copied().unwrap_or_default();
            let mut scaled: Vec<f32> = scores.iter().map(|score| score / temperature).collect();
            softmax(&mut scaled);
            likelihood += weight * scaled.get(*class).copied().unwrap_or_default().max(1e-6).ln();
        }
        if likelihood > found.1 {
            found = (temperature, likelihood);
        }
    }
    found.0
}

fn model(
    lexicon: &Lexicon,
    subtypes: Vec<Subtype>,
    classes: Fitted,
    rows: &[&Row],
    temperature: f32,
    options: &Options,
) -> Classifier {
    let bits = BITS - SUBTYPE_SHIFT;
    let width = subtypes.len();
    let mut joined = Fitted { width, bias: vec![0.0; width], weights: vec![0.0; width << bits] };
    for class in 0..CLASSES.len() {
        let of_class = |at: &usize| subtypes.get(*at).is_some_and(|s| usize::from(s.class) == class);
        let Some(first) = (0..width).find(of_class) else { continue };
        let last = (0..width).rfind(of_class).unwrap_or(first) + 1;
        let label = |row: &Row| row.subtype.filter(|at| (first..last).contains(at)).map(|at| at - first);
        let part = fit(rows, last - first, bits, options, label, 0..last - first);
        for column in first..last {
            joined.bias[column] = part.bias[column - first];
            for place in 0..1 << bits {
                joined.weights[place * width + column] =
                    part.weights[place * (last - first) + column - first];
            }
        }
    }
    let (scale, weights) = bytes(&classes, ROW);
    let (subtype_scale, subtype_weights) = bytes(&joined, width);
    let mut fixed = ([0.0; ROW], [0.0; ROW]);
    fixed.0.iter_mut().zip(&classes.bias).for_each(|(place, bias)| *place = *bias);
    fixed.1.iter_mut().zip(&scale).for_each(|(place, scale)| *place = *scale);
    let (bias, scale) = fixed;
    let (lexicon, subtype_bias) = (lexicon.clone(), joined.bias);
    Classifier {
        lexicon,
        subtypes,
        temperature,
        bias,
        scale,
        weights,
        subtype_bias,
        subtype_scale,
        subtype_weights,
    }
}

/// One signed byte per weight, in rows of `row` bytes, and what a byte is worth in each column.
fn bytes(fitted: &Fitted, row: usize) -> (Vec<f32>, Vec<i8>) {
    let width = fitted.width;
    let mut scale = vec![1e-6_f32; width];
    for weights in fitted.weights.chunks_exact(width.max(1)) {
        for (scale, weight) in scale.iter_mut().zip(weights) {
            *scale = scale.max(weight.abs() / 127.0);
        }
    }
    let mut out = Vec::with_capacity(fitted.weights.len() / width.max(1) * row);
    for weights in fitted.weights.chunks_exact(width.max(1)) {
        let start = out.len();
        out.extend(weights.iter().zip(&scale).map(|(weight, scale)| (weight / scale).round() as i8));
        out.resize(start + row, 0);
    }
    (scale, out)
}
