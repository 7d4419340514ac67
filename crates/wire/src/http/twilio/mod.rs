//! Twilio's Messages API (2010-04-01), as its official clients speak it.
//!
//! As a server: [`Presented`] is the Basic authentication, [`Call::read`] reads what is asked, `resource` writes what
//! the client expects. As a client: `client`. Status callbacks travel both ways, signed, in `callback`. Media are named
//! and never fetched here; only messages are served, not the vendor's other resources.

pub mod action;
pub mod callback;
pub mod client;
pub mod code;
pub mod intent;
pub mod resource;

pub use action::{Action, Call, Filter};
pub use resource::Resource;

use super::encode;
use super::guard::AuthError;
use super::message::Request;

/// The version in every path and resource.
pub const VERSION: &str = "2010-04-01";

/// Characters in one body (twilio.com/docs/api/errors/21658).
pub const BODY_MAX: usize = 1_600;

/// Basic authentication as presented, not yet believed.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    user: String,
    password: String,
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<basic authentication of {}>", self.user)
    }
}

impl Presented {
    /// Reads `Authorization: Basic` (RFC 7617).
    pub fn read(request: &Request<'_>) -> Result<Self, AuthError> {
        let expected = "Basic and user:password in base64";
        let malformed = AuthError::Malformed { what: "Authorization", expected };
        let value = request.header("authorization").ok_or(AuthError::Missing("Authorization"))?;
        let (scheme, encoded) = value.trim().split_once(' ').ok_or(malformed.clone())?;
        let decoded = encode::unbase64(encoded.trim()).and_then(|octets| String::from_utf8(octets).ok());
        let decoded = decoded.filter(|_| scheme.eq_ignore_ascii_case("basic")).ok_or(malformed.clone())?;
        let (user, password) = decoded.split_once(':').ok_or(malformed)?;
        Ok(Self { user: user.to_owned(), password: password.to_owned() })
    }

    /// The account (`AC…`) or API key (`SK…`) that claims to ask: look up its secret and which account it may use.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Checks the password.
    pub fn verify(&self, secret: &str) -> Result<(), AuthError> {
        if encode::same(secret.as_bytes(), self.password.as_bytes()) {
            Ok(())
        } else {
            Err(AuthError::Mismatch)
        }
    }
}

/// An id in the vendor's form: two letters and 32 hex digits, such as `SM…` for a message.
pub fn sid(prefix: &str, number: u128) -> String {
    format!("{prefix}{number:032x}")
}

/// The number in an id of that form; none if it is not one of `prefix`.
pub fn sid_number(prefix: &str, sid: &str) -> Option<u128> {
    let digits = sid.strip_prefix(prefix).filter(|digits| digits.len() == 32)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(digits, 16).ok())?
}
