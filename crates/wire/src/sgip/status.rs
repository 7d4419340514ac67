//! The result table of SGIP 1.2: 0–20 in answers, 21–33 in Reports (go_sgip `protocol/constants.go`; bromine0x23/sgip
//! `SgipConstants` as far as 13; 33 as "too fast", 34 and 90 from a list of what gateways really answer) and what each value asks
//! of the sender.
//!
//! A class is advice for whoever decides about retries; nothing is retried here. Values the table does not have are kept and
//! count as `Permanent`; a route's own table may say otherwise.

pub use crate::link::Class;
use std::fmt;

/// A result as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Status(pub u8);

macro_rules! statuses {
    ($($name:ident = $code:literal $class:ident $meaning:literal,)*) => {
        impl Status {
            $(#[doc = concat!(stringify!($code), ": ", $meaning, ".")] pub const $name: Self = Self($code);)*

            /// Every status the table names, in its order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            const fn entry(self) -> Option<(&'static str, Class)> {
                match self.0 {
                    $($code => Some(($meaning, Class::$class)),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    OK = 0 Ok "no error",
    BAD_LOGIN = 1 Session "login name or password is wrong",
    REPEATED_LOGIN = 2 Session "logged in already on this connection",
    TOO_MANY_CONNECTIONS = 3 Session "too many connections",
    BAD_LOGIN_TYPE = 4 Session "login type is wrong",
    BAD_PARAMETER = 5 Permanent "a parameter's format is wrong",
    BAD_NUMBER = 6 Permanent "a number is wrong or lacks its 86",
    BAD_COMMAND = 7 Permanent "command is wrong",
    BAD_LENGTH = 8 Permanent "length is wrong",
    BAD_SEQUENCE = 9 Permanent "sequence number is repeated or wrong",
    BAD_GNS_OPERATION = 10 Permanent "operation on the name server is not allowed",
    BUSY = 11 Throttled "node is busy",
    NO_SERVICE_CODE = 13 Permanent "service code is not assigned",
    UNREACHABLE = 21 Retry "destination cannot be reached",
    ROUTING = 22 Retry "routing error",
    NO_ROUTE = 23 Permanent "there is no route",
    BAD_CHARGE_NUMBER = 24 Permanent "charged number is not valid",
    ABSENT = 25 Retry "the user cannot be reached",
    MEMORY_FULL = 26 Retry "the handset's memory is full",
    NO_SHORT_MESSAGES = 27 Permanent "the handset takes no short messages",
    HANDSET = 28 Retry "the handset had an error",
    UNKNOWN_USER = 29 Permanent "the user is not known",
    NOT_PROVIDED = 30 Permanent "the function is not provided",
    BAD_DEVICE = 31 Permanent "the device is not valid",
    SYSTEM = 32 Retry "system failure",
    QUEUE_FULL = 33 Throttled "queue is full, or too fast",
    LOGIN_TOO_OFTEN = 34 Session "logged in too often",
    BAD_PACKET_LENGTH = 90 Permanent "packet length is wrong",
}

impl Status {
    /// Whether the request was accepted.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// What the specification says it means.
    pub const fn meaning(self) -> Option<&'static str> {
        match self.entry() {
            Some((meaning, _)) => Some(meaning),
            None => None,
        }
    }

    /// What it asks of the sender.
    pub const fn class(self) -> Class {
        match self.entry() {
            Some((_, class)) => class,
            None => Class::Permanent,
        }
    }

    /// Whether a bind that was refused so will be refused again until somebody changes the configuration, or for a while.
    /// Repeating it soon may lock the account.
    pub const fn refuses_credentials(self) -> bool {
        matches!(self, Self::BAD_LOGIN | Self::BAD_LOGIN_TYPE | Self::LOGIN_TOO_OFTEN)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "result {} ({meaning})", self.0),
            None => write!(f, "result {}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
