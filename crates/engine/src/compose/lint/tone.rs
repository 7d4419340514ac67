//! # tone (error for threats, warning for urgency)
//!
//! A message of an institution neither threatens nor hurries anybody: no threats in collection (GB/T 45251-2025), no urgency as bait in what
//! is sold, no shouting. The words are data: rules of the word lists whose id has `tone`, `threat`, `pressure` or `urgency` between its
//! dashes (`words/tone.words` and others). Exclamation marks in a row and sentences of capitals are shapes.
//!
//! Fix: one full stop for the marks.

use super::shape::is_chinese;
use super::words::{is_of_tone, report, told};
use super::{Found, Lint, Severity, Sheet, Text};

/// This lint.
pub const LINT: Lint = Lint { id: "tone", severity: Severity::Error, excusable: true, look };

/// So many words in capitals, one after the other, are shouted.
const CAPITALS: usize = 3;

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for text in &sheet.texts {
        let report = report(sheet, text);
        let hits = report.hits.iter().filter(|hit| is_of_tone(hit.rule));
        found.extend(hits.map(|hit| told(sheet, text, hit)));
        found.extend(shouts(sheet, text));
    }
    found
}

fn shouts(sheet: &Sheet<'_>, text: &Text) -> Option<Found> {
    let is_mark = |c: char| c == '!' || c == '！';
    let marks = text.sample.match_indices(is_mark).find_map(|(at, _)| {
        let rest = text.sample.get(at..)?;
        let run = rest.find(|c| !is_mark(c)).map_or(rest, |end| &rest[..end]);
        (run.chars().count() > 1).then_some(run)
    });
    if let Some(run) = marks {
        let stop = if is_chinese(&text.sample) { "。" } else { "." };
        let message = format!("expected a full stop, found {run:?}");
        return Some(sheet.at_piece(text, run, message, Some(stop.to_owned())).warning());
    }
    let is_capitals = |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    let source = super::numbers::outside_tags(&text.wording.source);
    let words: Vec<&str> =
        source.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1).collect();
    let shouted = words.windows(CAPITALS).find(|words| words.iter().all(is_capitals))?;
    let message = format!("expected words in small letters, found {:?}", shouted.join(" "));
    Some(sheet.at_piece(text, &shouted.join(" "), message, None).warning())
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::tests::{Case, check};

    #[test]
    fn threats_are_errors_and_urgency_is_a_warning() {
        let text = "您的贷款已逾期，再不还款将让你坐牢。";
        let found = check(Case { text, subtype: "collection", variables: "", ..Case::code() }, "tone");
        assert_eq!(found.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Error], "{found:?}");
        let text = "刷卡立减二十元，名额有限！！拒收请回复R";
        let found = check(Case { text, ..Case::offer() }, "tone");
        assert_eq!(found.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Warning; 2], "{found:?}");
        assert_eq!(found[1].fix.as_ref().map(|fix| fix.text.as_str()), Some("。"));
    }

    #[test]
    fn capitals_in_a_row_are_shouted() {
        let case = |text| Case { text, language: "en", ..Case::code() };
        assert_eq!(check(case("ACT NOW OR LOSE your code {{ code }}."), "tone").len(), 1);
        assert_eq!(check(case("{{ code }} is your code for the VIP ATM."), "tone"), []);
    }
}
