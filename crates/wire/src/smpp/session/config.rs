//! What a session is told once: who we are with a carrier, and how patient to be. Wrong values are found when the session
//! is made, not when it dials.

use super::super::address::{Npi, Ton};
use super::super::coding::Alphabet;
use super::super::error::EncodeError;
use super::super::pdu::{self, Bind, BindKind, INTERFACE_VERSION, INTERFACE_VERSION_5, Pdu};
use super::super::status::Status;
use model::Span;

/// What a session needs to know about its carrier. `Config::new` fills in what most carriers want.
#[derive(Clone)]
pub struct Config {
    /// Which way messages go.
    pub bind: BindKind,
    /// Our name with the carrier; at most 15 octets.
    pub system_id: String,
    /// At most 8 octets. Never printed.
    pub password: String,
    /// At most 12 octets; mostly empty.
    pub system_type: String,
    /// 0x34 for SMPP 3.4, 0x50 for SMPP 5.0. What both sides speak is `Session::version`.
    pub interface_version: u8,
    /// Type of the numbers we serve.
    pub addr_ton: Ton,
    /// Plan of the numbers we serve.
    pub addr_npi: Npi,
    /// The numbers we serve (§5.2.7); mostly empty.
    pub address_range: String,
    /// How many submit_sm may wait for their answer at once; from 1.
    pub window: usize,
    /// After so long without a word from the carrier, ask whether it is there.
    pub enquire_after: Span,
    /// How long any request of ours may wait for its answer.
    pub response_timeout: Span,
    /// The first wait before dialling again.
    pub backoff_first: Span,
    /// The longest.
    pub backoff_max: Span,
    /// What data_coding 0 means with this carrier.
    pub default_alphabet: Alphabet,
    /// Who may ask us to bind over a connection that the carrier made; see `Session::accepted`. Mostly nobody.
    pub outbind: Option<OutbindAccount>,
}

/// How a carrier names itself in outbind (§4.1.7). The password never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct OutbindAccount {
    /// Its system_id; at most 15 octets.
    pub system_id: String,
    /// Its password with us; at most 8 octets.
    pub password: String,
}

impl OutbindAccount {
    /// Whether these are its name and password. The time it takes does not tell where they differ.
    pub(super) fn is(&self, system_id: &[u8], password: &[u8]) -> bool {
        same(self.system_id.as_bytes(), system_id) & same(self.password.as_bytes(), password)
    }
}

fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

impl std::fmt::Debug for OutbindAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OutbindAccount({})", self.system_id)
    }
}

impl Config {
    /// A transceiver with a window of 100, 30 s to enquire, 60 s for answers, 1 s to 60 s between dials.
    pub fn new(system_id: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            bind: BindKind::Transceiver,
            system_id: system_id.into(),
            password: password.into(),
            system_type: String::new(),
            interface_version: INTERFACE_VERSION,
            addr_ton: Ton::UNKNOWN,
            addr_npi: Npi::UNKNOWN,
            address_range: String::new(),
            window: 100,
            enquire_after: Span::seconds(30),
            response_timeout: Span::seconds(60),
            backoff_first: Span::seconds(1),
            backoff_max: Span::seconds(60),
            default_alphabet: Alphabet::Gsm,
            outbind: None,
        }
    }

    /// Whether a session can be made of it.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (field, found) in [
            ("window", i64::try_from(self.window).unwrap_or(i64::MAX)),
            ("enquire_after", self.enquire_after.0),
            ("response_timeout", self.response_timeout.0),
            ("backoff_first", self.backoff_first.0),
            ("backoff_max", self.backoff_max.0),
        ] {
            if found <= 0 {
                return Err(ConfigError::NotPositive { field, found });
            }
        }
        if !matches!(self.interface_version, INTERFACE_VERSION | INTERFACE_VERSION_5) {
            return Err(ConfigError::Version { found: self.interface_version });
        }
        if self.outbind.is_some() && self.bind == BindKind::Transmitter {
            return Err(ConfigError::OutbindToTransmit);
        }
        Ok(())
    }

    /// The whole bind request; every connection starts with this one, so it is made once.
    pub(super) fn bind_pdu(&self) -> Result<Vec<u8>, EncodeError> {
        let bind = Bind {
            system_id: self.system_id.as_bytes(),
            password: self.password.as_bytes(),
            system_type: self.system_type.as_bytes(),
            interface_version: self.interface_version,
            addr_ton: self.addr_ton,
            addr_npi: self.addr_npi,
            address_range: self.address_range.as_bytes(),
        };
        let mut out = Vec::new();
        pdu::encode(&mut out, Status::OK, super::BIND_SEQUENCE, &Pdu::Bind(self.bind, bind))?;
        Ok(out)
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({:?} as {}, window {})", self.bind, self.system_id, self.window)
    }
}

/// A configuration that no session can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A name, password or range that does not fit its field.
    #[error(transparent)]
    Bind(#[from] EncodeError),
    /// A version that we do not speak.
    #[error("interface_version: expected 0x34 or 0x50, found 0x{found:02x}")]
    Version {
        /// What it was.
        found: u8,
    },
    /// outbind asks for a bind that takes messages (§2.2.1).
    #[error("outbind: expected to bind as receiver or transceiver, found transmitter")]
    OutbindToTransmit,
    /// A number that has to be positive.
    #[error("{field}: expected more than 0, found {found}")]
    NotPositive {
        /// Which one.
        field: &'static str,
        /// What it was.
        found: i64,
    },
}
