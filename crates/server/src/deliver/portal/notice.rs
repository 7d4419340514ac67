//! What an account is told, as our own JSON: the same for whoever pulls and for whoever is called back.

use crate::deliver::dialects::of_client;
use engine::entry::{Notice, NoticeKind, Outcome, Told};
use serde_json::{Value, json};

/// A notice's name in JSON: `n-` and the position of the entry that caused it.
pub(crate) fn name(position: u64) -> String {
    format!("n-{position}")
}

/// The position in a name.
pub(crate) fn position(name: &str) -> Option<u64> {
    name.strip_prefix("n-")?.parse().ok()
}

/// The kinds of notices, as their `type` says.
pub(crate) const TYPES: [&str; 5] =
    ["message.submitted", "message.delivered", "message.failed", "message.blocked", "message.inbound"];

/// A notice as JSON: `id`, `type`, `timestamp`, `data`.
pub(crate) fn json(at: u64, notice: &Notice) -> Value {
    let [submitted, delivered, failed, blocked, inbound] = TYPES;
    let (kind, data) = match &notice.kind {
        NoticeKind::Submitted(message) => (submitted, told(message)),
        NoticeKind::Ended { told: message, outcome, state, error } => {
            let kind = match outcome {
                Some(Outcome::Delivered) => delivered,
                Some(_) => failed,
                None => blocked,
            };
            let mut data = told(message);
            data["outcome"] = outcome.map(Outcome::name).into();
            data["state"] = state.map(|state| format!("{state:?}").to_lowercase()).into();
            data["error"] = error.as_deref().into();
            (kind, data)
        }
        NoticeKind::Inbound { from, to, text } => {
            (inbound, json!({ "from": format!("+{}", from.reveal()), "to": &**to, "text": text.reveal() }))
        }
    };
    json!({ "id": name(at), "type": kind, "timestamp": notice.at.to_string(), "data": data })
}

fn told(told: &Told) -> Value {
    json!({
        "message": told.message.to_string(),
        "reference": told.reference.as_deref().and_then(of_client),
        "to": told.to.map(|phone| format!("+{}", phone.reveal())),
        "extension": told.extension.as_deref(),
        "parts": told.parts,
        "accepted": told.accepted.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{MessageId, Phone, Private, Timestamp};

    #[test]
    fn what_an_account_is_told_reads_as_documented() {
        let told = Told {
            message: MessageId(7),
            reference: Some("r".into()),
            to: Phone::parse("13800138000", "86").ok(),
            extension: None,
            parts: 2,
            accepted: Timestamp(0),
            pieces: Vec::new(),
        };
        let ended =
            |outcome| NoticeKind::Ended { told: Box::new(told.clone()), outcome, state: None, error: None };
        let of = |kind| json(12, &Notice { at: Timestamp(1_000), kind, dead: false });
        assert_eq!(
            of(ended(Some(Outcome::Delivered))),
            json!({
                "id": "n-12", "type": "message.delivered", "timestamp": "1970-01-01T00:00:01.000Z",
                "data": {
                    "message": "m-7", "reference": "r", "to": "+8613800138000", "extension": null, "parts": 2,
                    "accepted": "1970-01-01T00:00:00.000Z", "outcome": "delivered", "state": null, "error": null,
                },
            })
        );
        assert_eq!(of(ended(Some(Outcome::NoReceipt)))["type"], "message.failed");
        assert_eq!(of(ended(None))["type"], "message.blocked");
        let text = Private::new("TD");
        let inbound = of(NoticeKind::Inbound { from: told.to.unwrap(), to: "10690".into(), text });
        assert_eq!((&inbound["type"], &inbound["data"]["text"]), (&json!("message.inbound"), &json!("TD")));
        assert_eq!(position(&name(12)), Some(12));
        assert_eq!((position("12"), position("n-")), (None, None));
    }
}
