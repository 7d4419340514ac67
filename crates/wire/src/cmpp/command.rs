//! The Command_Ids of CMPP (3.0 §8.2.2) that run between a service provider and a gateway, and CMPP_FWD, which runs
//! between gateways and is only known by name. Any other value is kept as it came; nothing here judges it.

use std::fmt;

/// A Command_Id. Responses are their request with the top bit set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u32);

macro_rules! commands {
    ($($name:ident = $id:literal $spec:literal $doc:literal,)*) => {
        impl CommandId {
            $(#[doc = $doc] pub const $name: Self = Self($id);)*

            /// The name in the specification, or `None` for an id that is not in the list.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($id => Some($spec),)*
                    _ => None,
                }
            }

            /// Every command of the list, requests and responses.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

commands! {
    CONNECT = 0x0000_0001 "CMPP_CONNECT" "The provider logs in.",
    CONNECT_RESP = 0x8000_0001 "CMPP_CONNECT_RESP" "The gateway's answer to it.",
    TERMINATE = 0x0000_0002 "CMPP_TERMINATE" "Either side ends the session.",
    TERMINATE_RESP = 0x8000_0002 "CMPP_TERMINATE_RESP" "The other side's answer to it.",
    SUBMIT = 0x0000_0004 "CMPP_SUBMIT" "The provider sends a message to one user or to many.",
    SUBMIT_RESP = 0x8000_0004 "CMPP_SUBMIT_RESP" "The gateway's answer to it.",
    DELIVER = 0x0000_0005 "CMPP_DELIVER" "The gateway brings a user's message or a status report.",
    DELIVER_RESP = 0x8000_0005 "CMPP_DELIVER_RESP" "The provider's answer to it.",
    QUERY = 0x0000_0006 "CMPP_QUERY" "The provider asks for the day's figures.",
    QUERY_RESP = 0x8000_0006 "CMPP_QUERY_RESP" "The figures.",
    CANCEL = 0x0000_0007 "CMPP_CANCEL" "The provider takes a message back.",
    CANCEL_RESP = 0x8000_0007 "CMPP_CANCEL_RESP" "The gateway's answer to it.",
    ACTIVE_TEST = 0x0000_0008 "CMPP_ACTIVE_TEST" "Are you there?",
    ACTIVE_TEST_RESP = 0x8000_0008 "CMPP_ACTIVE_TEST_RESP" "Yes.",
    FWD = 0x0000_0009 "CMPP_FWD" "A gateway hands a message to another one; not served here.",
    FWD_RESP = 0x8000_0009 "CMPP_FWD_RESP" "The other gateway's answer to it.",
}

/// The bit that makes a response of a request.
const RESPONSE_BIT: u32 = 0x8000_0000;

impl CommandId {
    /// Whether this answers something. A response is never answered, however odd it is.
    pub const fn is_response(self) -> bool {
        self.0 & RESPONSE_BIT != 0
    }

    /// The response that belongs to this request.
    #[must_use]
    pub const fn response(self) -> Self {
        Self(self.0 | RESPONSE_BIT)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "command 0x{:08x}", self.0),
        }
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
