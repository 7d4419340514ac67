//! Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md): our own signed
//! callbacks, and the verifier of them, with the symmetric signature `v1`.
//!
//! The signed text is `id.timestamp.body`. While a secret is replaced a push carries a signature of each. The asymmetric
//! `v1a` is passed over when read and never written.

use model::{Span, Timestamp};

use super::encode::{self, Hash};
use super::guard::{AuthError, fresh};
use super::message::{Outgoing, Request};
use super::stamp;

/// The id of the event, the same for every attempt to deliver it.
pub const ID: &str = "webhook-id";
/// When this attempt was made, seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

/// How far the clocks of two sides may be apart: what the reference libraries allow.
pub const TOLERANCE: Span = Span::seconds(300);

const PREFIX: &str = "whsec_";
/// Lengths of a secret in octets, §"Signature scheme": at least 192 bits, at most 512.
const SECRET_MIN: usize = 24;
const SECRET_MAX: usize = 64;
/// How many signatures of a push are looked at.
const SIGNATURES_MAX: usize = 16;

/// A shared secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

impl Secret {
    /// Reads `whsec_` and 24 to 64 octets in base64.
    pub fn read(text: &str) -> Result<Self, AuthError> {
        let expected = "whsec_ and 24 to 64 octets in base64";
        let octets = text.trim().strip_prefix(PREFIX).and_then(encode::unbase64);
        let octets = octets.filter(|octets| (SECRET_MIN..=SECRET_MAX).contains(&octets.len()));
        octets.map(Self).ok_or(AuthError::Malformed { what: "secret", expected })
    }

    /// A secret of octets that the caller drew at random; none if there are not 24 to 64.
    pub fn of(octets: &[u8]) -> Option<Self> {
        (SECRET_MIN..=SECRET_MAX).contains(&octets.len()).then(|| Self(octets.to_vec()))
    }

    /// As it is shown to whoever must know it, once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", encode::base64(&self.0))
    }

    fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let text = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        Hash::Sha256.hmac(&self.0, &text)
    }
}

/// The three headers of a push, with a signature of each secret (several while one is replaced). An id must not be empty
/// and must not hold a full stop, which would let two pushes have the same signed text, nor what no header may hold.
pub fn sign(
    secrets: &[Secret],
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> Result<[(&'static str, String); 3], AuthError> {
    if id.is_empty() || !id.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'.') {
        return Err(AuthError::Malformed { what: ID, expected: "printable ASCII without a full stop" });
    }
    if secrets.is_empty() {
        return Err(AuthError::Missing("secret"));
    }
    let timestamp = stamp::seconds(at).to_string();
    let signatures =
        secrets.iter().map(|secret| format!("v1,{}", encode::base64(&secret.sign(id, &timestamp, body))));
    let signatures: Vec<String> = signatures.collect();
    Ok([(ID, id.to_owned()), (TIMESTAMP, timestamp), (SIGNATURE, signatures.join(" "))])
}

/// A signed POST of JSON to `path` at `host`.
pub fn push(
    secrets: &[Secret],
    host: &str,
    path: &str,
    id: &str,
    at: Timestamp,
    body: Vec<u8>,
) -> Result<Outgoing, AuthError> {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![own("host", host), own("content-type", "application/json")];
    headers.extend(sign(secrets, id, at, &body)?.map(|(name, value)| (name.to_owned(), value)));
    let (path, raw_query) = path.split_once('?').unwrap_or((path, ""));
    Ok(Outgoing { method: "POST", path: path.to_owned(), raw_query: raw_query.to_owned(), headers, body })
}

/// Checks a push to us against any of the secrets and says its id, which [`super::Replay`] must not have seen with
/// success before: the same event may be delivered again.
pub fn verify<'a>(request: &Request<'a>, secrets: &[Secret], now: Timestamp) -> Result<&'a str, AuthError> {
    let need = |name: &'static str| request.header(name).map(str::trim).ok_or(AuthError::Missing(name));
    let (id, timestamp, signatures) = (need(ID)?, need(TIMESTAMP)?, need(SIGNATURE)?);
    let expected = "seconds since 1970";
    let at = timestamp.parse().ok().and_then(stamp::from_seconds);
    fresh(at.ok_or(AuthError::Malformed { what: TIMESTAMP, expected })?, now, TOLERANCE)?;
    let symmetric = signatures.split_ascii_whitespace().filter_map(|signature| signature.strip_prefix("v1,"));
    for said in symmetric.take(SIGNATURES_MAX).filter_map(encode::unbase64) {
        if secrets.iter().any(|secret| encode::same(&secret.sign(id, timestamp, request.body), &said)) {
            return Ok(id);
        }
    }
    Err(AuthError::Mismatch)
}
