//! The five message classes: a type, not a tag. Consent, quiet hours, caps, opt-out text, routes, priority,
//! ambiguity handling, retention and approval all hang on it.

use std::fmt;
use std::sync::Arc;

/// One of the five classes of message a financial institution sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MessageClass {
    /// Account change, repayment reminder, overdue, verification code, application progress.
    CustomerService = 1,
    /// Product launch, campaign invitation, offer. Needs consent; may be refused.
    Marketing = 2,
    /// Investment risk, abnormal account activity, market move, fraud warning.
    RiskNotice = 3,
    /// Maintenance, how-to.
    TechnicalSupport = 4,
    /// Contract signing, terms and privacy notices.
    Regulatory = 5,
}

/// A class name that is none of the five.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected customer_service, marketing, risk_notice, technical_support or regulatory, found {0:?}")]
pub struct UnknownClass(pub String);

impl MessageClass {
    /// All five, in the order of their codes.
    pub const ALL: [Self; 5] =
        [Self::CustomerService, Self::Marketing, Self::RiskNotice, Self::TechnicalSupport, Self::Regulatory];

    /// The name used in files, APIs and the console.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerService => "customer_service",
            Self::Marketing => "marketing",
            Self::RiskNotice => "risk_notice",
            Self::TechnicalSupport => "technical_support",
            Self::Regulatory => "regulatory",
        }
    }

    /// The number that stands for the class in ledger entries. Never changes.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The class of a code, or `None` for a code from a newer version.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }
}

impl fmt::Display for MessageClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for MessageClass {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.name() == text).ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

/// What a message is within its class, e.g. `verification_code`. Which subtypes exist is data (`library/classes`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subtype(Arc<str>);

impl Subtype {
    /// Wraps a subtype name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_read_back() {
        for class in MessageClass::ALL {
            assert_eq!(class.name().parse(), Ok(class));
            assert_eq!(MessageClass::from_code(class.code()), Some(class));
        }
        assert_eq!(MessageClass::from_code(9), None);
        assert!("promo".parse::<MessageClass>().unwrap_err().to_string().contains("\"promo\""));
    }
}
