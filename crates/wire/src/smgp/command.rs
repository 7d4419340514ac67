//! Request ids of SMGP (SMGP 3.0.3, request ids; in SMSGate `SMGPConstants`, in gosms `codec/smgp/variables.go`). A response
//! is its request with the highest bit set.

use std::fmt;

/// A request id as it came; the names below are those that pass between a client and a gateway.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CommandId(pub u32);

macro_rules! commands {
    ($($name:ident = $code:literal $spec:literal $meaning:literal,)*) => {
        impl CommandId {
            $(#[doc = concat!($spec, ": ", $meaning)] pub const $name: Self = Self($code);)*

            /// Every command named here.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in the specification; none for what gateways say among themselves.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($spec),)*
                    _ => None,
                }
            }
        }
    };
}

commands! {
    LOGIN = 0x0000_0001 "Login" "open a session.",
    LOGIN_RESP = 0x8000_0001 "Login_Resp" "its answer.",
    SUBMIT = 0x0000_0002 "Submit" "send a message.",
    SUBMIT_RESP = 0x8000_0002 "Submit_Resp" "its answer.",
    DELIVER = 0x0000_0003 "Deliver" "a message or a report for us.",
    DELIVER_RESP = 0x8000_0003 "Deliver_Resp" "its answer.",
    ACTIVE_TEST = 0x0000_0004 "Active_Test" "are you there?",
    ACTIVE_TEST_RESP = 0x8000_0004 "Active_Test_Resp" "its answer.",
    EXIT = 0x0000_0006 "Exit" "end a session.",
    EXIT_RESP = 0x8000_0006 "Exit_Resp" "its answer.",
}

impl CommandId {
    /// Whether this answers something. A response is never answered, however odd it is.
    pub const fn is_response(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// The response that belongs to this request.
    #[must_use]
    pub const fn response(self) -> Self {
        Self(self.0 | 0x8000_0000)
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
