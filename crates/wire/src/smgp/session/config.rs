//! What a session is told once: who we are with a gateway, and how patient to be. Wrong values are found when the session
//! is made, not when it dials.

use super::super::EncodeError;
use super::super::auth;
use super::super::pdu::{self, Login, LoginMode, Pdu, VERSION};
use crate::clock::{CHINA_AHEAD, stamp};
use model::{Span, Timestamp};

/// What a session needs to know about its gateway. `Config::new` fills in what most gateways want.
#[derive(Clone)]
pub struct Config {
    /// Our name with the gateway; at most 8 octets.
    pub client_id: String,
    /// At most 15 octets. Never printed, never sent.
    pub secret: String,
    /// Which way messages go.
    pub mode: LoginMode,
    /// 0x30.
    pub version: u8,
    /// How many Submits may wait for their answer at once; from 1.
    pub window: usize,
    /// After so long without a word from the gateway, ask whether it is there.
    pub enquire_after: Span,
    /// How long any request of ours may wait for its answer.
    pub response_timeout: Span,
    /// The first wait before dialling again.
    pub backoff_first: Span,
    /// The longest.
    pub backoff_max: Span,
    /// How far the gateway's clock is ahead of UTC.
    pub clock_ahead: Span,
    /// Whether a gateway that does not prove that it knows the secret is left. Off by default: many cannot.
    pub strict: bool,
}

impl Config {
    /// Both ways, a window of 16, 60 s to enquire, 60 s for answers, 1 s to 60 s between dials, China's clock, not strict.
    pub fn new(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            secret: secret.into(),
            mode: LoginMode::Both,
            version: VERSION,
            window: 16,
            enquire_after: Span::seconds(60),
            response_timeout: Span::seconds(60),
            backoff_first: Span::seconds(1),
            backoff_max: Span::seconds(60),
            clock_ahead: CHINA_AHEAD,
            strict: false,
        }
    }

    /// Appends the Login of a connection that is made now; returns the sum that the gateway's answer builds on.
    pub(super) fn login(&self, out: &mut Vec<u8>, now: Timestamp) -> Result<[u8; 16], EncodeError> {
        let timestamp = stamp(now, self.clock_ahead);
        let authenticator = auth::client(self.client_id.as_bytes(), self.secret.as_bytes(), timestamp);
        let login = Login {
            client_id: self.client_id.as_bytes(),
            authenticator,
            mode: self.mode.code(),
            timestamp,
            version: self.version,
        };
        pdu::encode(out, super::LOGIN_SEQUENCE, &Pdu::Login(login))?;
        Ok(authenticator)
    }

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
        self.login(&mut Vec::new(), Timestamp(0))?;
        Ok(())
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({:?} as {}, window {})", self.mode, self.client_id, self.window)
    }
}

/// A configuration that no session can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A name that does not fit its field.
    #[error(transparent)]
    Login(#[from] EncodeError),
    /// A number that has to be positive.
    #[error("{field}: expected more than 0, found {found}")]
    NotPositive {
        /// Which one.
        field: &'static str,
        /// What it was.
        found: i64,
    },
}
