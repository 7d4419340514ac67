//! What the SMS vendors have in common: their refusals by our own words, and a random text for their signatures.

use super::caller::{by_status, json, text};
use super::{Fate, Verdict};
use crate::http::client::Answer;
use wire::http::{Fault, Outcome, Refusal, encode};

/// What follows a vendor's refusal. A template, signature or text that is not filed with one vendor may be with another; an
/// account without rights or money is no fault of the message.
pub fn fate(refusal: &Refusal) -> Fate {
    match refusal {
        Refusal::UnknownTemplate
        | Refusal::ParamMissing(_)
        | Refusal::SignatureNotFiled
        | Refusal::ContentRefused
        | Refusal::FrequencyCap
        | Refusal::QuietHours => Fate::Elsewhere,
        Refusal::InvalidNumber | Refusal::OptedOut | Refusal::Other(_) => Fate::Fail,
        Refusal::NotPermitted | Refusal::Budget => Fate::Unserved,
        Refusal::Throttled => Fate::Throttle(None),
        Refusal::Internal => Fate::Retry,
    }
}

/// The verdict of an answer that a dialect has read. `pointer` is where the vendor's code stands in the answer, and `meaning`
/// says what one means when it came with a status of failure.
pub fn verdict(
    answer: &Answer,
    read: Result<Vec<Outcome>, Fault>,
    pointer: &str,
    meaning: impl Fn(&str) -> Refusal,
) -> Verdict {
    match read {
        Ok(outcomes) => match outcomes.into_iter().next().map(|outcome| outcome.result) {
            Some(Ok(taken)) => Verdict::Taken { remote: taken.id },
            Some(Err(refusal)) => {
                let code = text(&json(answer), pointer).unwrap_or_else(|| "refused".to_owned());
                Verdict::refused(code, fate(&refusal))
            }
            None => Verdict::unanswered("an answer about no number"),
        },
        // A failure inside the vendor, whatever its code, does not say whether the message was taken.
        Err(_) if answer.status >= 500 => {
            by_status(answer, None).unwrap_or_else(|| Verdict::unanswered("a failure"))
        }
        Err(Fault::Refused { code, status, .. }) if code != "unknown" && code != status.to_string() => {
            let refusal = match meaning(&code) {
                // A request that is not believed or not permitted: the account's trouble.
                Refusal::Other(_) if matches!(status, 401 | 403) || is_of_the_account(&code) => {
                    Refusal::NotPermitted
                }
                refusal => refusal,
            };
            Verdict::refused(code, fate(&refusal))
        }
        Err(fault) => by_status(answer, None).unwrap_or_else(|| Verdict::unanswered(fault.to_string())),
    }
}

fn is_of_the_account(code: &str) -> bool {
    ["SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthFailure", "UnauthorizedOperation", "Forbidden"]
        .iter()
        .any(|prefix| code.starts_with(prefix))
}

/// A text that no other request has; none if the machine has no randomness.
pub fn nonce() -> Option<String> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets).ok()?;
    Some(encode::hex(&octets))
}

/// Whether a call came to the secret path that was agreed on: for vendors that sign nothing.
pub fn has_token(path: &str, token: Option<&str>) -> bool {
    let found = path.rsplit('/').next().unwrap_or_default();
    token.is_some_and(|token| encode::same(token.as_bytes(), found.as_bytes()))
}
