//! Signature version 1.0 of Alibaba's RPC APIs (HMAC-SHA1): the legacy clients, and current ones when told to.
//!
//! Signed are all parameters, of the query and of a form body together, decoded and written again by RFC 3986, so that
//! `+` and `%20` for a space are the same and empty parameters count. Headers are not signed and not believed.

use model::Timestamp;

use super::super::encode::{self, Hash};
use super::super::guard::{AuthError, Key};
use super::super::message::{Outgoing, Request};
use super::super::stamp;
use super::Parameters;

const SIGNATURE: &str = "Signature";

/// A V1 signature as presented.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    pub(super) key_id: String,
    pub(super) nonce: String,
    pub(super) signed_at: Timestamp,
    signature: Vec<u8>,
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<V1 signature by {} at {}>", self.key_id, self.signed_at)
    }
}

impl Presented {
    /// Finds the signature among the parameters.
    pub fn read(request: &Request<'_>) -> Result<Self, AuthError> {
        let parameters = Parameters::of(request);
        let need = |name: &'static str| parameters.find(name).ok_or(AuthError::Missing(name));
        let signature = need(SIGNATURE)?;
        let method = need("SignatureMethod")?;
        if !method.eq_ignore_ascii_case("HMAC-SHA1") {
            return Err(AuthError::Malformed { what: "SignatureMethod", expected: "HMAC-SHA1" });
        }
        let expected = "a time such as 2026-11-22T14:36:05Z";
        let signed_at = stamp::parse_iso(need("Timestamp")?);
        Ok(Self {
            key_id: need("AccessKeyId")?.to_owned(),
            nonce: need("SignatureNonce")?.to_owned(),
            signed_at: signed_at.ok_or(AuthError::Malformed { what: "Timestamp", expected })?,
            signature: encode::unbase64(signature)
                .ok_or(AuthError::Malformed { what: SIGNATURE, expected: "base64" })?,
        })
    }

    /// Checks the signature.
    pub fn verify(&self, request: &Request<'_>, secret: &str) -> Result<(), AuthError> {
        let parameters = Parameters::of(request);
        let expected = signature(request.method, parameters.pairs(), secret);
        if encode::same(&expected, &self.signature) { Ok(()) } else { Err(AuthError::Mismatch) }
    }
}

fn signature(method: &str, parameters: &[(String, String)], secret: &str) -> Vec<u8> {
    let signed: Vec<(String, String)> =
        parameters.iter().filter(|(name, _)| name != SIGNATURE).cloned().collect();
    let text = format!("{method}&%2F&{}", encode::percent(&encode::sorted_query(&signed)));
    Hash::Sha1.hmac(format!("{secret}&").as_bytes(), text.as_bytes())
}

/// Makes a signed POST with all parameters in the query. `nonce` must never come twice within the window.
pub fn sign(
    key: Key<'_>,
    host: &str,
    action: &str,
    parameters: &[(String, String)],
    now: Timestamp,
    nonce: &str,
) -> Outgoing {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut all = vec![
        own("AccessKeyId", key.id),
        own("Action", action),
        own("Format", "JSON"),
        own("SignatureMethod", "HMAC-SHA1"),
        own("SignatureNonce", nonce),
        own("SignatureVersion", "1.0"),
        own("Timestamp", &stamp::iso(now)),
        own("Version", super::VERSION),
    ];
    all.extend(key.token.map(|token| own("SecurityToken", token)));
    all.extend(parameters.iter().cloned());
    let signature = encode::base64(&signature("POST", &all, key.secret));
    all.push((SIGNATURE.to_owned(), signature));
    Outgoing {
        method: "POST",
        path: "/".to_owned(),
        raw_query: encode::sorted_query(&all),
        headers: vec![own("host", host), own("accept", "application/json")],
        body: Vec::new(),
    }
}
