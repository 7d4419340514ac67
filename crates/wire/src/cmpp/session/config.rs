//! What a session is told once: who we are with a gateway, and how patient to be. Wrong values are found when the session
//! is made, not when it dials.

use super::super::error::EncodeError;
use super::super::login::{Authenticator, CHINA_AHEAD, SOURCE_ADDR_OCTETS, Verify};
use super::super::pdu::{self, Connect, Pdu};
use super::super::version::Version;
use model::{Span, Timestamp};

/// What a session needs to know about its gateway. `Config::new` fills in what the specification recommends.
#[derive(Clone)]
pub struct Config {
    /// The dialect both sides speak.
    pub version: Version,
    /// The octet to ask for it with: `version.octet()`, or 0x21 for a gateway of 2.1.
    pub version_octet: u8,
    /// SP_Id: our name with the gateway; at most 6 octets, mostly digits. Also Msg_src of every message.
    pub source_addr: String,
    /// The shared secret. Never printed.
    pub secret: String,
    /// What to do about a gateway that does not prove that it knows the secret.
    pub verify: Verify,
    /// How far the gateway's clock is ahead of UTC.
    pub ahead: Span,
    /// How many SUBMITs may wait for their answer at once (W); from 1.
    pub window: usize,
    /// After so long without a word from the gateway, ask whether it is there (C).
    pub enquire_after: Span,
    /// How often to ask before the link is given up (N); from 1.
    pub enquire_tries: u32,
    /// How long any request of ours may wait for its answer (T).
    pub response_timeout: Span,
    /// The first wait before dialling again.
    pub backoff_first: Span,
    /// The longest.
    pub backoff_max: Span,
}

impl Config {
    /// A window of 16, 180 s to enquire, three times, 60 s for answers (§7.1), China's clock, 1 s to 60 s between dials.
    pub fn new(version: Version, source_addr: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            version,
            version_octet: version.octet(),
            source_addr: source_addr.into(),
            secret: secret.into(),
            verify: Verify::Warn,
            ahead: CHINA_AHEAD,
            window: 16,
            enquire_after: Span::seconds(180),
            enquire_tries: 3,
            response_timeout: Span::seconds(60),
            backoff_first: Span::seconds(1),
            backoff_max: Span::seconds(60),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (field, found) in [
            ("window", i64::try_from(self.window).unwrap_or(i64::MAX)),
            ("enquire_after", self.enquire_after.0),
            ("enquire_tries", i64::from(self.enquire_tries)),
            ("response_timeout", self.response_timeout.0),
            ("backoff_first", self.backoff_first.0),
            ("backoff_max", self.backoff_max.0),
        ] {
            if found <= 0 {
                return Err(ConfigError::NotPositive { field, found });
            }
        }
        let found = Version::of(self.version_octet);
        if found != Some(self.version) {
            return Err(ConfigError::Version { version: self.version, found: self.version_octet });
        }
        if self.source_addr.is_empty() {
            return Err(ConfigError::NoSource { max: SOURCE_ADDR_OCTETS });
        }
        let mut connect = Vec::new();
        self.connect(&mut connect, Timestamp(0))?;
        Ok(())
    }

    /// Appends the CONNECT of a connection that begins now; returns what it proves us with.
    pub(super) fn connect(&self, out: &mut Vec<u8>, now: Timestamp) -> Result<Authenticator, EncodeError> {
        let source_addr = self.source_addr.as_bytes();
        let timestamp = crate::clock::stamp(now, self.ahead);
        let authenticator = Authenticator::source(source_addr, self.secret.as_bytes(), timestamp);
        let connect = Connect { source_addr, authenticator, version: self.version_octet, timestamp };
        pdu::encode(out, self.version, super::CONNECT_SEQUENCE, &Pdu::Connect(connect))?;
        Ok(authenticator)
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({:?} as {}, window {})", self.version, self.source_addr, self.window)
    }
}

/// A configuration that no session can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A name that does not fit its field.
    #[error(transparent)]
    Connect(#[from] EncodeError),
    /// No name.
    #[error("source_addr: expected 1 to {max} octets, found 0")]
    NoSource {
        /// The longest name.
        max: usize,
    },
    /// A version octet that asks for another version.
    #[error("version_octet: expected one of {version:?}, found 0x{found:02x}")]
    Version {
        /// The version to speak.
        version: Version,
        /// The octet.
        found: u8,
    },
    /// A number that has to be positive.
    #[error("{field}: expected more than 0, found {found}")]
    NotPositive {
        /// Which one.
        field: &'static str,
        /// What it was.
        found: i64,
    },
}
