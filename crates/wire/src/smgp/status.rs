//! The status table of SMGP 3.0.3 (the same in yedamao/go_smgp `status.go` and gosms `codec/smgp/variables.go`) and what
//! each value asks of the sender.
//!
//! A class is advice for whoever decides about retries; nothing is retried here. Values the table does not have are kept and
//! count as `Permanent`; a route's own table may say otherwise.

pub use crate::link::Class;
use std::fmt;

/// A status as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Status(pub u32);

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
    BUSY = 1 Throttled "system busy",
    TOO_MANY_CONNECTIONS = 2 Session "too many connections",
    BAD_STRUCTURE = 10 Permanent "message structure is wrong",
    BAD_COMMAND = 11 Permanent "command is wrong",
    REPEATED_SEQUENCE = 12 Permanent "sequence number is repeated",
    BAD_IP = 20 Session "address of the connection is wrong",
    BAD_AUTHENTICATION = 21 Session "authentication is wrong",
    VERSION_TOO_HIGH = 22 Session "version is too high",
    BAD_MSG_TYPE = 30 Permanent "invalid message type",
    BAD_PRIORITY = 31 Permanent "invalid priority",
    BAD_FEE_TYPE = 32 Permanent "invalid fee type",
    BAD_FEE_CODE = 33 Permanent "invalid fee code",
    BAD_MSG_FORMAT = 34 Permanent "invalid message format",
    BAD_TIME_FORMAT = 35 Permanent "invalid time format",
    BAD_MSG_LENGTH = 36 Permanent "invalid message length",
    EXPIRED = 37 Permanent "validity is over",
    BAD_QUERY_TYPE = 38 Permanent "invalid query type",
    ROUTING = 39 Retry "routing error",
    BAD_FIXED_FEE = 40 Permanent "invalid fixed fee",
    BAD_UPDATE_TYPE = 41 Permanent "invalid update type",
    BAD_ROUTE_ID = 42 Permanent "invalid route id",
    BAD_SERVICE_ID = 43 Permanent "invalid service id",
    BAD_VALID_TIME = 44 Permanent "invalid validity time",
    BAD_AT_TIME = 45 Permanent "invalid scheduled time",
    BAD_SOURCE = 46 Permanent "invalid source number",
    BAD_DESTINATION = 47 Permanent "invalid destination number",
    BAD_CHARGE_NUMBER = 48 Permanent "invalid charged number",
    BAD_SP_CODE = 49 Permanent "invalid service code",
    BAD_SOURCE_GATEWAY = 56 Permanent "invalid source gateway",
    BAD_QUERY_NUMBER = 57 Permanent "invalid number to query",
    NO_ROUTE = 58 Permanent "no route matches",
    BAD_SP_TYPE = 59 Permanent "invalid sp type",
    BAD_LAST_ROUTE = 60 Permanent "invalid last route",
    BAD_ROUTE_TYPE = 61 Permanent "invalid route type",
    BAD_GATEWAY = 62 Permanent "invalid destination gateway",
    BAD_GATEWAY_IP = 63 Permanent "invalid address of the destination gateway",
    BAD_GATEWAY_PORT = 64 Permanent "invalid port of the destination gateway",
    BAD_NUMBER_RANGE = 65 Permanent "invalid number range",
    BAD_PROVINCE = 66 Permanent "invalid province",
    BAD_USER_TYPE = 67 Permanent "invalid user type",
    NO_ROUTE_UPDATES = 68 Permanent "this node does not update routes",
    BAD_SP_ID = 69 Permanent "invalid enterprise code",
    BAD_SP_ACCESS = 70 Permanent "invalid sp access type",
    ROUTE_UPDATE_FAILED = 71 Permanent "route update failed",
    BAD_TIMESTAMP = 72 Session "invalid time stamp",
    BAD_M_SERVICE_ID = 73 Permanent "invalid business code",
    FORBIDDEN_HOURS = 74 Retry "the enterprise may not send at this time of day",
    DAILY_TRAFFIC = 75 Retry "daily traffic is exceeded",
    ACCOUNT_EXPIRED = 76 Session "the account has expired",
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

    /// Whether a login that was refused so will be refused again until somebody changes the configuration. Repeating it
    /// soon may lock the account.
    pub const fn refuses_credentials(self) -> bool {
        matches!(
            self,
            Self::BAD_IP | Self::BAD_AUTHENTICATION | Self::VERSION_TOO_HIGH | Self::ACCOUNT_EXPIRED
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "status {} ({meaning})", self.0),
            None => write!(f, "status {}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
