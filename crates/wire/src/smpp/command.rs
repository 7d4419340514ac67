//! The command ids of SMPP 3.4 (§5.1.2.1). Any other value is kept as it came; nothing here judges it.

use std::fmt;

/// A command_id. Responses are their request with the top bit set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u32);

macro_rules! commands {
    ($($name:ident = $id:literal $spec:literal $doc:literal,)*) => {
        impl CommandId {
            $(#[doc = $doc] pub const $name: Self = Self($id);)*

            /// The name in the specification, or `None` for an id that SMPP 3.4 does not have.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($id => Some($spec),)*
                    _ => None,
                }
            }

            /// Every command of SMPP 3.4, requests and responses.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

commands! {
    GENERIC_NACK = 0x8000_0000 "generic_nack" "§4.3: the header of a PDU was not understood.",
    BIND_RECEIVER = 0x0000_0001 "bind_receiver" "§4.1.3: open a session that takes messages.",
    BIND_RECEIVER_RESP = 0x8000_0001 "bind_receiver_resp" "§4.1.4.",
    BIND_TRANSMITTER = 0x0000_0002 "bind_transmitter" "§4.1.1: open a session that sends messages.",
    BIND_TRANSMITTER_RESP = 0x8000_0002 "bind_transmitter_resp" "§4.1.2.",
    QUERY_SM = 0x0000_0003 "query_sm" "§4.8.1: ask for the state of a message.",
    QUERY_SM_RESP = 0x8000_0003 "query_sm_resp" "§4.8.2.",
    SUBMIT_SM = 0x0000_0004 "submit_sm" "§4.4.1: send a message to one address.",
    SUBMIT_SM_RESP = 0x8000_0004 "submit_sm_resp" "§4.4.2.",
    DELIVER_SM = 0x0000_0005 "deliver_sm" "§4.6.1: a message or a receipt from the carrier.",
    DELIVER_SM_RESP = 0x8000_0005 "deliver_sm_resp" "§4.6.2.",
    UNBIND = 0x0000_0006 "unbind" "§4.2.1: end the session.",
    UNBIND_RESP = 0x8000_0006 "unbind_resp" "§4.2.2.",
    REPLACE_SM = 0x0000_0007 "replace_sm" "§4.10.1: replace the text of a message that waits.",
    REPLACE_SM_RESP = 0x8000_0007 "replace_sm_resp" "§4.10.2.",
    CANCEL_SM = 0x0000_0008 "cancel_sm" "§4.9.1: cancel messages that wait.",
    CANCEL_SM_RESP = 0x8000_0008 "cancel_sm_resp" "§4.9.2.",
    BIND_TRANSCEIVER = 0x0000_0009 "bind_transceiver" "§4.1.5: open a session for both directions.",
    BIND_TRANSCEIVER_RESP = 0x8000_0009 "bind_transceiver_resp" "§4.1.6.",
    OUTBIND = 0x0000_000b "outbind" "§4.1.7: the carrier asks us to bind as receiver.",
    ENQUIRE_LINK = 0x0000_0015 "enquire_link" "§4.11.1: are you there?",
    ENQUIRE_LINK_RESP = 0x8000_0015 "enquire_link_resp" "§4.11.2.",
    SUBMIT_MULTI = 0x0000_0021 "submit_multi" "§4.5.1: send a message to many addresses.",
    SUBMIT_MULTI_RESP = 0x8000_0021 "submit_multi_resp" "§4.5.2.",
    ALERT_NOTIFICATION = 0x0000_0102 "alert_notification" "§4.12.1: a subscriber has become available.",
    DATA_SM = 0x0000_0103 "data_sm" "§4.7.1: a message in either direction, all in TLVs.",
    DATA_SM_RESP = 0x8000_0103 "data_sm_resp" "§4.7.2.",
}

/// The bit that makes a response of a request (§5.1.2).
const RESPONSE_BIT: u32 = 0x8000_0000;

impl CommandId {
    /// Whether this answers something. A response is never answered, however odd it is.
    pub const fn is_response(self) -> bool {
        self.0 & RESPONSE_BIT != 0
    }

    /// The request that this response belongs to.
    #[must_use]
    pub const fn request(self) -> Self {
        Self(self.0 & !RESPONSE_BIT)
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
