//! What a session is told once: who we are with a gateway, and how patient to be. Wrong values are found when the session
//! is made, not when it dials.

use super::super::pdu::{self, Bind, LOGIN_TO_SUBMIT, Pdu};
use super::super::{EncodeError, Sequence};
use crate::clock::CHINA_AHEAD;
use model::Span;

/// What a session needs to know about its gateway. `Config::new` fills in what most gateways want.
#[derive(Clone)]
pub struct Config {
    /// Our name with the gateway; at most 16 octets.
    pub login_name: String,
    /// At most 16 octets. Sent in clear, never printed.
    pub password: String,
    /// Our node: 3, the area code in four digits, the enterprise code in five.
    pub node: u32,
    /// Tells the sessions of one node apart, below 128: each counts its messages from another number, so that no two give one
    /// message's sequence number to another.
    pub lane: u8,
    /// How many Submits may wait for their answer at once; from 1.
    pub window: usize,
    /// How long any request of ours may wait for its answer.
    pub response_timeout: Span,
    /// The first wait before dialling again.
    pub backoff_first: Span,
    /// The longest.
    pub backoff_max: Span,
    /// How far our node's clock is ahead of UTC.
    pub clock_ahead: Span,
}

impl Config {
    /// Lane 0, a window of 16, 60 s for answers, 1 s to 60 s between dials, China's clock.
    pub fn new(login_name: impl Into<String>, password: impl Into<String>, node: u32) -> Self {
        Self {
            login_name: login_name.into(),
            password: password.into(),
            node,
            lane: 0,
            window: 16,
            response_timeout: Span::seconds(60),
            backoff_first: Span::seconds(1),
            backoff_max: Span::seconds(60),
            clock_ahead: CHINA_AHEAD,
        }
    }

    /// Appends the Bind.
    pub(super) fn bind(&self, out: &mut Vec<u8>, sequence: Sequence) -> Result<(), EncodeError> {
        let bind = Bind {
            login_type: LOGIN_TO_SUBMIT,
            login_name: self.login_name.as_bytes(),
            password: self.password.as_bytes(),
        };
        pdu::encode(out, sequence, &Pdu::Bind(bind))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (field, found) in [
            ("window", i64::try_from(self.window).unwrap_or(i64::MAX)),
            ("response_timeout", self.response_timeout.0),
            ("backoff_first", self.backoff_first.0),
            ("backoff_max", self.backoff_max.0),
        ] {
            if found <= 0 {
                return Err(ConfigError::NotPositive { field, found });
            }
        }
        if self.lane >= LANES {
            return Err(ConfigError::Lane { found: self.lane });
        }
        self.bind(&mut Vec::new(), Sequence::default())?;
        Ok(())
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({} as node {}, window {})", self.login_name, self.node, self.window)
    }
}

/// How many sessions a node can have.
pub const LANES: u8 = 128;

/// A configuration that no session can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A name or password that does not fit its field.
    #[error(transparent)]
    Bind(#[from] EncodeError),
    /// A number that has to be positive.
    #[error("{field}: expected more than 0, found {found}")]
    NotPositive {
        /// Which one.
        field: &'static str,
        /// What it was.
        found: i64,
    },
    /// More sessions than a node's numbers can be told apart for.
    #[error("lane: expected less than {LANES}, found {found}")]
    Lane {
        /// What it was.
        found: u8,
    },
}
