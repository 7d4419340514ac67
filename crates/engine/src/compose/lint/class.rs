//! # class (error, or warning where no advertising and no fraud is in question)
//!
//! The text is of the class that it is declared to be. Advertising declared as service goes around consent, quiet hours and
//! caps, and is the commonest abuse of the trade; and a text that reads like fraud is taken for fraud by whoever gets it.
//!
//! The classifier says so with high confidence, or it is silent. A service declared as another service or as advertising is only
//! warned of: nobody is harmed by it. Fix: none by rule; either the class or the text is wrong.

use super::{Found, Lint, Severity, Sheet};
use text::classify::Message;

/// This lint.
pub const LINT: Lint = Lint { id: "class", severity: Severity::Error, excusable: true, look };

/// From this calibrated confidence on, the classifier's word counts against the declaration: for advertising and fraud, which do
/// harm, and for a service of another kind, which is told apart less surely.
const CONFIDENT_OF_HARM: f32 = 0.65;
const CONFIDENT: f32 = 0.85;
/// The most that may speak for the declared class all the same.
const DECLARED_MAX: f32 = 0.02;

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let Some(classifier) = sheet.world.classifier.as_deref() else { return Vec::new() };
    let signature = &sheet.world.institution.signature;
    let declared = sheet.class.name();
    let mut found = Vec::new();
    for text in &sheet.texts {
        let message = Message { text: &text.sample, signature, ..Message::default() };
        let verdict = classifier.of(&message);
        let own = text::classify::class_index(declared)
            .and_then(|at| classifier.weigh(&message).get(at).copied())
            .unwrap_or(0.0);
        // What is nobody's business (`other`) says only that the text is short of cues.
        let disagrees = verdict.class != declared && verdict.class != "other";
        let harms = matches!(verdict.class, "marketing" | "scam");
        let confident = if harms { CONFIDENT_OF_HARM } else { CONFIDENT };
        if !disagrees || verdict.confidence < confident || own > DECLARED_MAX {
            continue;
        }
        let cues: Vec<&str> =
            verdict.evidence.iter().take(3).map(|e| piece(&text.sample, e.start, e.end)).collect();
        let message = format!(
            "expected a text of {declared}, found one that reads as {} ({:.0} %: {})",
            verdict.class,
            verdict.confidence * 100.0,
            cues.join(", ")
        );
        let one = Found::new(text.place.clone(), message);
        found.push(if harms { one } else { one.warning() });
    }
    found
}

/// A piece of a text by characters.
fn piece(text: &str, start: u32, end: u32) -> &str {
    let byte = |at: u32| text.char_indices().nth(at as usize).map_or(text.len(), |(byte, _)| byte);
    text.get(byte(start)..byte(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    #[test]
    fn advertising_declared_as_service_is_told() {
        let text = "春季理财节火热开启，新客专享高收益理财，满减红包等你来抢，点击领取优惠，详情登录手机银行，退订回T。";
        let found = check(
            Case {
                class: "customer_service",
                subtype: "account_change",
                variables: "",
                text,
                ..Case::code()
            },
            "class",
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("reads as marketing"), "{found:?}");
    }

    #[test]
    fn a_code_is_service() {
        assert_eq!(check(Case::code(), "class"), []);
    }
}
