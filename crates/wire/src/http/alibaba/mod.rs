//! Alibaba Cloud SMS (Dysmsapi, version 2017-05-25), as its current and its legacy clients speak it.
//!
//! As a server: [`present`] says which key signed a request, the caller looks up its secret, [`Presented::verify`]
//! checks the signature, [`super::Replay`] the nonce, [`Presented::action`] reads what is asked, `answer` writes what the
//! client expects. As a client: `client` and `rcs`. Receipts and replies travel both ways in `callback`.
//!
//! Answers are always JSON, also where a client asks for XML. Signatures other than HMAC-SHA1 (V1) and
//! ACS3-HMAC-SHA256 and -SM3 (V3) are refused.

pub mod v1;
pub mod v3;
pub mod action;
pub mod answer;
pub mod callback;
pub mod client;
pub mod code;
pub mod rcs;

pub use action::Action;

use model::{Span, Timestamp};

use super::encode;
use super::guard::{AuthError, fresh};
use super::message::Request;
use super::neutral::Fault;

/// The version of the API that is served and called.
pub const VERSION: &str = "2017-05-25";

/// How old a request may be, and how far in the future (help.aliyun.com, common error `InvalidTimeStamp.Expired`).
pub const WINDOW: Span = Span::seconds(900);

/// Numbers in one SendSms.
pub const NUMBERS_MAX: usize = 1_000;

/// Numbers in one SendBatchSms.
pub const BATCH_MAX: usize = 100;

/// A signature as it was presented, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// `Signature` among the parameters.
    V1(v1::Presented),
    /// `Authorization: ACS3-…`.
    V3(v3::Presented),
}

/// Finds the signature of a request. V3 is told by its `Authorization`, V1 by its parameter: legacy clients send
/// `x-acs-*` headers with V1, too.
pub fn present(request: &Request<'_>) -> Result<Presented, AuthError> {
    match request.header("authorization") {
        Some(value) if value.trim_start().starts_with("ACS3-") => {
            v3::Presented::read(request, value).map(Presented::V3)
        }
        _ => v1::Presented::read(request).map(Presented::V1),
    }
}

impl Presented {
    /// The key that claims to have signed: look up its secret.
    pub fn key_id(&self) -> &str {
        match self {
            Self::V1(presented) => &presented.key_id,
            Self::V3(presented) => &presented.key_id,
        }
    }

    /// When the request says it was signed.
    pub fn signed_at(&self) -> Timestamp {
        match self {
            Self::V1(presented) => presented.signed_at,
            Self::V3(presented) => presented.signed_at,
        }
    }

    /// What may come only once, for [`super::Replay::admit`]: the key with its nonce.
    pub fn nonce(&self) -> String {
        let nonce = match self {
            Self::V1(presented) => &presented.nonce,
            Self::V3(presented) => &presented.nonce,
        };
        format!("{}\n{nonce}", self.key_id())
    }

    /// Checks age, body and signature. The nonce is the caller's next question.
    pub fn verify(&self, request: &Request<'_>, secret: &str, now: Timestamp) -> Result<(), AuthError> {
        fresh(self.signed_at(), now, WINDOW)?;
        match self {
            Self::V1(presented) => presented.verify(request, secret),
            Self::V3(presented) => presented.verify(request, secret),
        }
    }

    /// Reads what is asked. The action's name is taken from where the signature covers it: a parameter with V1, a
    /// header with V3.
    pub fn action(&self, request: &Request<'_>) -> Result<Action, Fault> {
        let parameters = Parameters::of(request);
        let name = match self {
            Self::V1(_) => parameters.find("Action").unwrap_or_default().to_owned(),
            Self::V3(_) => request.header("x-acs-action").unwrap_or_default().trim().to_owned(),
        };
        Action::read(&name, &parameters)
    }
}

/// The parameters of a request: query and form body together, because one call uses both.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them; a body that is no form has none.
    pub fn of(request: &Request<'_>) -> Self {
        let mut pairs = encode::form(request.raw_query);
        if request.is_form() {
            pairs.extend(encode::form(&String::from_utf8_lossy(request.body)));
        }
        Self(pairs)
    }

    /// The first value of a parameter that is not empty.
    pub fn find(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(found, value)| found == name && !value.is_empty());
        named.next().map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    pub fn need(&self, name: &'static str) -> Result<&str, Fault> {
        self.find(name).ok_or(Fault::Missing(name))
    }

    /// A whole number from `min` to `max`, or `default` if it is absent.
    pub fn number(&self, name: &'static str, default: u32, min: u32, max: u32) -> Result<u32, Fault> {
        let Some(text) = self.find(name) else { return Ok(default) };
        let number = text.trim().parse().ok().filter(|number| (min..=max).contains(number));
        number.ok_or(Fault::Bad { name, expected: "a whole number in its range" })
    }

    /// All names and values, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "<parameters {names:?}>")
    }
}
