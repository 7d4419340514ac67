//! Commands of SGIP (SGIP 1.2; in SMSGate `SgipPacketType`, go_sgip `protocol/constants.go`, bromine0x23/sgip `SgipConstants`). A
//! response is its request with the highest bit set.

use std::fmt;

/// A command as it came; the names below are those that pass between an enterprise (SP) and a gateway (SMG).
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
    BIND = 0x0000_0001 "Bind" "open a session.",
    BIND_RESP = 0x8000_0001 "Bind_Resp" "its answer.",
    UNBIND = 0x0000_0002 "Unbind" "end a session.",
    UNBIND_RESP = 0x8000_0002 "Unbind_Resp" "its answer.",
    SUBMIT = 0x0000_0003 "Submit" "send a message.",
    SUBMIT_RESP = 0x8000_0003 "Submit_Resp" "its answer.",
    DELIVER = 0x0000_0004 "Deliver" "a message for us.",
    DELIVER_RESP = 0x8000_0004 "Deliver_Resp" "its answer.",
    REPORT = 0x0000_0005 "Report" "what became of a Submit of ours.",
    REPORT_RESP = 0x8000_0005 "Report_Resp" "its answer.",
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
