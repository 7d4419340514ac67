//! The vendor's `MessageIntent` as our message classes, and back.
//!
//! | intent | class | subtype | why |
//! |---|---|---|---|
//! | `otp` | customer service | verification code | |
//! | `notifications`, `delivery`, `customercare` | customer service | | about a contract the customer has |
//! | `fraud` | risk notice | fraud warning | |
//! | `security` | risk notice | abnormal activity | |
//! | `marketing` | marketing | | |
//! | `events` | marketing | campaign invitation | |
//! | `education`, `polling`, `announcements` | marketing | | may be either; the strictest class asks for consent |
//!
//! A request without an intent has no class here; the template or the account decides. Nothing maps to technical
//! support or regulatory: a client that means those names a template.

use model::MessageClass;

/// What an intent means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The class.
    pub class: MessageClass,
    /// The subtype within it, by the names of the class library.
    pub subtype: Option<&'static str>,
}

const TABLE: [(&str, MessageClass, Option<&str>); 11] = [
    ("otp", MessageClass::CustomerService, Some("verification_code")),
    ("notifications", MessageClass::CustomerService, None),
    ("delivery", MessageClass::CustomerService, None),
    ("customercare", MessageClass::CustomerService, None),
    ("fraud", MessageClass::RiskNotice, Some("fraud_warning")),
    ("security", MessageClass::RiskNotice, Some("abnormal_activity")),
    ("marketing", MessageClass::Marketing, None),
    ("events", MessageClass::Marketing, Some("campaign_invitation")),
    ("education", MessageClass::Marketing, None),
    ("polling", MessageClass::Marketing, None),
    ("announcements", MessageClass::Marketing, None),
];

/// What an intent means; none for a word that is none of the eleven.
pub fn meaning(intent: &str) -> Option<Meaning> {
    let (_, class, subtype) = TABLE.into_iter().find(|(word, ..)| *word == intent)?;
    Some(Meaning { class, subtype })
}

/// The intent to send with a message of ours.
pub fn of(class: MessageClass, subtype: Option<&str>) -> &'static str {
    let exact = TABLE.into_iter().find(|(_, of, word)| *of == class && word.is_some() && *word == subtype);
    match (exact, class) {
        (Some((word, ..)), _) => word,
        (None, MessageClass::Marketing) => "marketing",
        (None, MessageClass::RiskNotice) => "security",
        (None, MessageClass::TechnicalSupport) => "customercare",
        (None, MessageClass::CustomerService | MessageClass::Regulatory) => "notifications",
    }
}
