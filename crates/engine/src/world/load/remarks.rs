//! What the word lists and the classification model say of a template's own text, with a plain value in every variable: said where it stands, for each
//! span of days on which it holds.
//!
//! It makes nothing a mistake of the configuration: a list that comes into force tomorrow must not keep a server from
//! starting tomorrow. The gate stops such a text, and `hongyan check` says so beforehand. The loader calls it for every
//! template that could be compiled.

use super::reader::Item;
use crate::compose::Template;
use crate::compose::class::Reading;
use crate::compose::words::{LINT, forbidden, is_excused, missing};
use crate::world::Remark;
use std::ops::Range;
use text::classify::Classifier;
use text::words::{Action, Checker, Context, Day, Rule, Signature};

/// What is known when a template is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    /// The lists, when they could be read.
    pub(super) words: Option<&'a Checker>,
    /// The lender to be named, if there is one.
    pub(super) lender: Option<&'a str>,
    /// The model, where a text that reads as another class is stopped.
    pub(super) classifier: Option<&'a Classifier>,
    /// The institution's signature.
    pub(super) signature: &'a str,
}

/// Adds to `remarks` what the lists say of a template. `texts` are where its texts stand, the main one first.
pub(super) fn read(
    asked: Asked<'_>,
    template: &Template,
    opt_out: Option<&str>,
    texts: &[Item<'_>],
    remarks: &mut Vec<Remark>,
) {
    for (number, (text, wording)) in texts.iter().zip(template.wordings()).enumerate() {
        // Whether it can be rendered at all was reported with its longest text.
        let Ok(sample) = template.sample(number) else { continue };
        let whole = Sample { text: *text, source: &wording.source, sample };
        if let Some(words) = asked.words {
            remarks.append(&mut of_sample(words, asked.lender, template, opt_out, &whole));
        }
        let reading = asked.classifier.map(|model| Reading::of(model, &whole.sample, asked.signature));
        if let Some(reading) = reading.filter(|reading| reading.disagrees(template.class)) {
            let said = format!(
                "reads as {} ({:.2}), declared {}; declare what it is, or say what it is declared to be",
                reading.class, reading.confidence, template.class
            );
            remarks.push(whole.remark(None, &said, (Day::FIRST, None), Action::Block));
        }
    }
}

/// One text of a template as it is read.
struct Sample<'a> {
    text: Item<'a>,
    source: &'a str,
    sample: String,
}

fn of_sample(
    words: &Checker,
    lender: Option<&str>,
    template: &Template,
    opt_out: Option<&str>,
    whole: &Sample<'_>,
) -> Vec<Remark> {
    let days = words.days();
    let class = Some(template.class.name());
    let mut found: Vec<Remark> = Vec::new();
    for (number, on) in days.iter().copied().enumerate() {
        let until = days.get(number + 1).copied();
        let context = Context { class, on, opt_out, signature: Signature::Apart, lender };
        let report = words.check(&whole.sample, &context);
        for hit in &report.hits {
            if is_excused(template, hit) {
                continue;
            }
            let said = format!("{}{}", forbidden(hit), instead(hit.rule));
            add(&mut found, whole.remark(Some(hit.place.clone()), &said, (on, until), hit.action));
        }
        for rule in &report.missing {
            let said = format!("{}{}", missing(rule), instead(rule));
            add(&mut found, whole.remark(None, &said, (on, until), Action::Require));
        }
    }
    found
}

/// Reports a `words:ID` by whose id no rule goes that could be excused.
pub(super) fn check_allowed(asked: Asked<'_>, lint: Item<'_>) {
    let (Some(words), Some(id)) = (asked.words, lint.text().and_then(|text| text.strip_prefix(LINT))) else {
        return;
    };
    if !words.rules().iter().any(|rule| rule.id == id && rule.action == Action::Review) {
        lint.report(format!("expected the id of a rule of words/ that wants a person to look, found {id:?}"));
    }
}

fn instead(rule: &Rule) -> String {
    rule.rewrite.as_ref().map_or(String::new(), |rewrite| format!("; write {rewrite:?}"))
}

impl Sample<'_> {
    fn remark(
        &self,
        place: Option<Range<usize>>,
        said: &str,
        (from, until): (Day, Option<Day>),
        action: Action,
    ) -> Remark {
        // A piece that a variable is part of does not stand in the source as it reads; then the text's own start is given.
        let at = place.and_then(|place| self.source.find(self.sample.get(place)?));
        let start = self.text.place();
        let place = at.map_or(start, |at| start.inside(self.source, at));
        Remark { mistake: place.mistake(format!("text: {said}")), from, until, action }
    }
}

/// Adds what is said, or lengthens the time for which it is.
fn add(found: &mut Vec<Remark>, new: Remark) {
    let known = found.iter_mut().find(|old| old.mistake == new.mistake && old.until == Some(new.from));
    match known {
        Some(old) => old.until = new.until,
        None => found.push(new),
    }
}
