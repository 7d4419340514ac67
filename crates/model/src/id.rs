//! Identifiers as types, so that a route can never be passed where a template was meant.
//!
//! Names given by people (`JourneyId`, `RouteId`, …) are cheap to clone: they are copied into every decision.

use std::fmt;
use std::sync::Arc;

/// An id could not be read; says what was expected and what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ParseIdError {
    expected: &'static str,
    found: String,
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a name as it is written in a configuration file or came from a peer.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }
    };
}

name_id!(
    /// A journey or a broadcast, as its file names it.
    JourneyId
);
name_id!(
    /// A message template, as its file names it.
    TemplateId
);
name_id!(
    /// A system of the institution (or a partner) that hands in messages.
    AccountId
);
name_id!(
    /// One account at one carrier or provider.
    RouteId
);
name_id!(
    /// A gate rule; the id that a verdict shows and the ledger keeps for ever.
    RuleId
);
name_id!(
    /// The id a carrier gave to one submitted part. Unique only together with its route.
    RemoteId
);
name_id!(
    /// Where the proof of a consent lies: the institution's own reference to the signed form, recording or click.
    EvidenceId
);

/// The institution's own number or name for a customer. Personal: it prints masked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerId(Arc<str>);

impl CustomerId {
    /// Wraps the institution's id.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id in clear: for look-up and for sealed storage, never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerId(****)")
    }
}

/// A customer's number inside one ledger: dense, from 1, never used twice. It names the customer's key.
///
/// Subject 0 is the institution itself, whose key seals what is about nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Subject(pub u64);

impl Subject {
    /// The institution itself.
    pub const INSTITUTION: Self = Self(0);
}

/// A message: the ledger position of the first entry about it, so it needs no randomness and points at its proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m-{}", self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for MessageId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.strip_prefix("m-")
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| ParseIdError { expected: "a message id such as m-1024", found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_read_back_what_they_print() {
        assert_eq!("m-1024".parse(), Ok(MessageId(1024)));
        assert_eq!(MessageId(7).to_string(), "m-7");
        let error = "1024".parse::<MessageId>().unwrap_err();
        assert_eq!(error.to_string(), "expected a message id such as m-1024, found \"1024\"");
    }

    #[test]
    fn a_customer_id_never_prints() {
        assert!(!format!("{:?}", CustomerId::new("C-4711")).contains("4711"));
    }
}
