//! A trained model: what its bytes are, how it decides, and how it shows why.
//!
//! The file: eight bytes of magic with the version, then lengths and contents of the lexicon and of the subtypes, the
//! temperature, biases and scales, and one signed byte per feature and class. Reading refuses what is not this, with the
//! place. `Classifier::of` is the only judgement; it never fails, because every text is some class, perhaps to be reviewed.

use super::feature::{self, BITS, Reading};
use super::lexicon::Lexicon;
use super::scan::Kind;
use super::{CLASSES, Message, REVIEW_BELOW};

/// The first bytes of a model, its version last.
const MAGIC: &[u8; 8] = b"HYCLASS\x01";
/// Bytes of one row of class weights: one for each class and one to make it eight.
pub(super) const ROW: usize = 8;
/// Subtypes see fewer places than classes: this many bits fewer.
pub(super) const SUBTYPE_SHIFT: u32 = 3;
/// More pieces of evidence than this explain nothing.
const EVIDENCE_MAX: usize = 5;

/// A model that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a classification model: at byte {at} expected {expected}")]
pub struct ModelError {
    /// Where.
    pub at: usize,
    /// What should be there.
    pub expected: &'static str,
}

/// A subtype a model knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subtype {
    pub(super) class: u8,
    pub(super) name: String,
}

/// A model, ready to decide. Building it from bytes costs about a millisecond; deciding is for any number of threads.
#[derive(Debug, Clone)]
pub struct Classifier {
    pub(super) lexicon: Lexicon,
    pub(super) subtypes: Vec<Subtype>,
    pub(super) temperature: f32,
    pub(super) bias: [f32; ROW],
    pub(super) scale: [f32; ROW],
    pub(super) weights: Vec<i8>,
    pub(super) subtype_bias: Vec<f32>,
    pub(super) subtype_scale: Vec<f32>,
    pub(super) subtype_weights: Vec<i8>,
}

/// A piece of a message that spoke for its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// First character, counted in characters of the text.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// What it is: `word`, a typed token such as `amount`, or a concept of the lexicon.
    pub cue: String,
    /// Its share of what spoke for the class, 0 to 1.
    pub weight: f32,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// One of [`CLASSES`].
    pub class: &'static str,
    /// What kind of that class, or empty when the model knows none.
    pub subtype: String,
    /// The calibrated probability of the class, 0 to 1.
    pub confidence: f32,
    /// The language's tag.
    pub language: &'static str,
    /// Whether a person should look: the confidence is below [`REVIEW_BELOW`].
    pub review: bool,
    /// What spoke for the class, strongest first.
    pub evidence: Vec<Evidence>,
}

impl Classifier {
    /// Decides about one message.
    pub fn of(&self, message: &Message<'_>) -> Verdict {
        let reading = feature::read(message, &self.lexicon);
        let probabilities = self.probabilities(&reading);
        let (class, confidence) = best(&probabilities);
        Verdict {
            class: CLASSES.get(class).copied().unwrap_or("other"),
            subtype: self.subtype(&reading, class),
            confidence,
            language: reading.language.tag(),
            review: confidence < REVIEW_BELOW,
            evidence: self.evidence(&reading, class),
        }
    }

    /// The calibrated probability of every class, in the order of [`CLASSES`].
    pub fn weigh(&self, message: &Message<'_>) -> [f32; CLASSES.len()] {
        self.probabilities(&feature::read(message, &self.lexicon))
    }

    fn probabilities(&self, reading: &Reading) -> [f32; CLASSES.len()] {
        let mut sums = [0.0_f32; ROW];
        for feature in &reading.features {
            let at = feature.place as usize * ROW;
            if let Some(row) = self.weights.get(at..at + ROW) {
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += feature.value * f32::from(*weight);
                }
            }
        }
        let mut logits = [0.0_f32; CLASSES.len()];
        for (at, logit) in logits.iter_mut().enumerate() {
            *logit = (self.bias[at] + self.scale[at] * sums[at]) / self.temperature;
        }
        softmax(&mut logits);
        logits
    }

    fn subtype(&self, reading: &Reading, class: usize) -> String {
        let width = self.subtypes.len();
        let of_class = || self.subtypes.iter().enumerate().filter(|(_, s)| usize::from(s.class) == class);
        let Some(first) = of_class().next().map(|(at, _)| at) else { return String::new() };
        let last = of_class().next_back().map_or(first, |(at, _)| at);
        let mut sums = vec![0.0_f32; last + 1 - first];
        for feature in &reading.features {
            let row = (feature.place >> SUBTYPE_SHIFT) as usize * width;
            if let Some(row) = self.subtype_weights.get(row + first..=row + last) {
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += feature.value * f32::from(*weight);
                }
            }
        }
        for (at, sum) in sums.iter_mut().enumerate() {
            let scale = self.subtype_scale.get(first + at).copied().unwrap_or_default();
            *sum = *sum * scale + self.subtype_bias.get(first + at).copied().unwrap_or_default();
        }
        let (at, _) = best(&sums);
        self.subtypes.get(first + at).map(|subtype| subtype.name.clone()).unwrap_or_default()
    }

    /// What spoke for a class, by token: the weights for it less the mean of the others.
    fn evidence(&self, reading: &Reading, class: usize) -> Vec<Evidence> {
        let mut by_token = vec![0.0_f32; reading.scan.tokens.len()];
        for feature in reading.features.iter().filter(|feature| feature.end > feature.start) {
            let at = feature.place as usize * ROW;
            let Some(row) = self.weights.get(at..at + CLASSES.len()) else { continue };
            let all: f32 = row.iter().zip(&self.scale).map(|(w, scale)| f32::from(*w) * scale).sum();
            let own = row.get(class).map_or(0.0, |w| f32::from(*w)) * self.scale[class];
            let lead = own - (all - own) / (CLASSES.len() - 1) as f32;
            let share = feature.value * lead / f32::from(feature.end - feature.start);
            for sum in by_token.iter_mut().take(usize::from(feature.end)).skip(usize::from(feature.start)) {
                *sum += share;
            }
        }
        let total: f32 = by_token.iter().filter(|sum| **sum > 0.0).sum();
        let mut pieces = self.joined(reading, &by_token);
        pieces.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.start.cmp(&b.start)));
        pieces.truncate(EVIDENCE_MAX);
        for piece in &mut pieces {
            piece.weight /= total.max(1e-6);
        }
        pieces
    }

    /// Tokens that speak for the class, neighbours joined: 转账 is one piece, and a concept is one piece.
    fn joined(&self, reading: &Reading, by_token: &[f32]) -> Vec<Evidence> {
        let scan = &reading.scan;
        let strongest = by_token.iter().copied().fold(0.0_f32, f32::max);
        let mut pieces: Vec<(Evidence, usize)> = Vec::new();
        for (at, token) in scan.tokens.iter().enumerate() {
            let weight = by_token.get(at).copied().unwrap_or_default();
            let origin = |index: u32| scan.origin.get(index as usize).copied().unwrap_or_default();
            let (start, end) = (origin(token.start), origin(token.end.saturating_sub(1)) + 1);
            if weight < strongest * 0.2 || weight <= 0.0 || start < reading.prefix {
                continue;
            }
            let (start, end) = (start - reading.prefix, end - reading.prefix);
            let concept = reading.found.iter().find(|f| (f.start as usize..f.end as usize).contains(&at));
            let cue = concept.and_then(|f| self.lexicon.concepts().get(usize::from(f.concept)));
            let cue = cue.map_or(token.kind.name(), |concept| concept.name.as_str());
            let joins = matches!(token.kind, Kind::Han | Kind::Word);
            match pieces.last_mut() {
                Some((last, before))
                    if joins && *before + 1 == at && last.cue == cue && start <= last.end + 1 =>
                {
                    (last.end, last.weight, *before) = (end, last.weight + weight, at);
                }
                _ => pieces.push((Evidence { start, end, cue: cue.to_owned(), weight }, at)),
            }
        }
        pieces.into_iter().map(|(piece, _)| piece).collect()
    }

    /// The bytes of this model; [`Classifier::read`] gives it back.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        text(&mut bytes, self.lexicon.source());
        let subtypes: Vec<String> = self.subtypes.iter().map(|s| format!("{} {}", s.class, s.name)).collect();
        text(&mut bytes, &subtypes.join("\n"));
        let numbers = [self.temperature].into_iter().chain(self.bias).chain(self.scale);
        let numbers =
            numbers.chain(self.subtype_bias.iter().copied()).chain(self.subtype_scale.iter().copied());
        numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(self.weights.iter().chain(&self.subtype_weights).map(|weight| weight.cast_unsigned()));
        bytes
    }

    /// Reads the bytes of a model.
    ///
    /// # Errors
    /// With the place, when they are not a model of this version, whole and with nothing behind it.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader { bytes, at: 0 };
        let magic = reader.take(MAGIC.len(), "the name and version of a model")?;
        if magic != MAGIC {
            return Err(ModelError { at: 0, expected: "the name and version of a model" });
        }
        let at = reader.at;
        let source = reader.text()?;
        let lexicon = Lexicon::parse(source).map_err(|_| ModelError { at, expected: "a lexicon" })?;
        let at = reader.at;
        let subtypes = reader.text()?;
        let subtypes: Option<Vec<Subtype>> = subtypes.lines().map(subtype).collect();
        let subtypes =
            subtypes.ok_or(ModelError { at, expected: "subtypes: a class and a name on each line" })?;
        let temperature = reader.number()?;
        let at = reader.at;
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(ModelError { at, expected: "a temperature above zero" });
        }
        let (bias, scale) = (reader.row()?, reader.row()?);
        let subtype_bias = reader.numbers(subtypes.len())?;
        let subtype_scale = reader.numbers(subtypes.len())?;
        let weights = reader.weights(ROW << BITS)?;
        let subtype_weights = reader.weights(subtypes.len() << (BITS - SUBTYPE_SHIFT))?;
        if reader.at != bytes.len() {
            return Err(ModelError { at: reader.at, expected: "the end" });
        }
        Ok(Self {
            lexicon,
            subtypes,
            temperature,
            bias,
            scale,
            weights,
            subtype_bias,
            subtype_scale,
            subtype_weights,
        })
    }
}

fn subtype(line: &str) -> Option<Subtype> {
    let (class, name) = line.split_once(' ')?;
    let class = class.parse().ok().filter(|class: &u8| usize::from(*class) < CLASSES.len())?;
    Some(Subtype { class, name: name.to_owned() })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize, expected: &'static str) -> Result<&'a [u8], ModelError> {
        let end = self.at.checked_add(count).ok_or(ModelError { at: self.at, expected })?;
        let taken = self.bytes.get(self.at..end).ok_or(ModelError { at: self.at, expected })?;
        self.at = end;
        Ok(taken)
    }

    fn four(&mut self, expected: &'static str) -> Result<[u8; 4], ModelError> {
        let at = self.at;
        self.take(4, expected)?.try_into().map_err(|_| ModelError { at, expected })
    }

    fn text(&mut self) -> Result<&'a str, ModelError> {
        let length = u32::from_le_bytes(self.four("the length of a text")?) as usize;
        let at = self.at;
        str::from_utf8(self.take(length, "a text")?).map_err(|_| ModelError { at, expected: "UTF-8" })
    }

    fn number(&mut self) -> Result<f32, ModelError> {
        Ok(f32::from_le_bytes(self.four("a number")?))
    }

    fn numbers(&mut self, count: usize) -> Result<Vec<f32>, ModelError> {
        (0..count).map(|_| self.number()).collect()
    }

    fn row(&mut self) -> Result<[f32; ROW], ModelError> {
        let mut row = [0.0; ROW];
        for place in &mut row {
            *place = self.number()?;
        }
        Ok(row)
    }

    fn weights(&mut self, count: usize) -> Result<Vec<i8>, ModelError> {
        Ok(self.take(count, "weights")?.iter().map(|byte| byte.cast_signed()).collect())
    }
}

/// The place and the value of the greatest; the first of equals.
pub(super) fn best(values: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::MIN);
    for (at, value) in values.iter().enumerate() {
        if *value > best.1 {
            best = (at, *value);
        }
    }
    best
}

/// Turns scores into probabilities.
pub(super) fn softmax(values: &mut [f32]) {
    let (_, top) = best(values);
    let mut total = 0.0;
    for value in values.iter_mut() {
        *value = exponential(*value - top);
        total += *value;
    }
    for value in values.iter_mut() {
        *value /= total;
    }
}

/// e to the power of x for x of at most zero, made of additions and multiplications only: the mathematics of a platform
/// differs in the last bit, and a model must be the same bytes everywhere. Good to six digits.
pub(super) fn exponential(x: f32) -> f32 {
    if x < -80.0 {
        return 0.0;
    }
    let scaled = x * std::f32::consts::LOG2_E;
    let whole = scaled.floor();
    let part = (scaled - whole) * std::f32::consts::LN_2;
    let series = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let value = series.iter().fold(0.0_f32, |sum, term| sum * part + term);
    f32::from_bits(((whole as i32 + 127).max(0) as u32) << 23) * value
}
