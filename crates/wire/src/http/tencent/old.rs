//! Tencent Cloud's signature before TC3: HmacSHA1 or HmacSHA256 over all parameters, in a form or a query.
//!
//! What is signed is written raw, without percent-encoding, as the vendor defines it: two different sets of parameters can
//! have the same signed text if a value holds `&` and `=`. Offered because clients are configured so; TC3 is better.

use model::Timestamp;

use super::super::encode::{self, Hash};
use super::super::guard::AuthError;
use super::super::message::Request;
use super::tc3::{timestamp, without_port};

const SIGNATURE: &str = "Signature";

/// A signature as presented.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    pub(super) key_id: String,
    pub(super) signed_at: Timestamp,
    pub(super) nonce: String,
    hash: Hash,
    signature: Vec<u8>,
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<Hmac{:?} signature by {} at {}>", self.hash, self.key_id, self.signed_at)
    }
}

/// The parameters of a request: the form with POST, else the query.
pub(super) fn parameters(request: &Request<'_>) -> Vec<(String, String)> {
    match request.method {
        "POST" => encode::form(&String::from_utf8_lossy(request.body)),
        _ => encode::form(request.raw_query),
    }
}

impl Presented {
    /// Finds the signature among the parameters.
    pub fn read(request: &Request<'_>) -> Result<Self, AuthError> {
        if request.method == "POST" && !request.is_form() {
            return Err(AuthError::Missing("Authorization"));
        }
        let parameters = parameters(request);
        let find = |name: &str| {
            let mut named = parameters.iter().filter(|(found, value)| found == name && !value.is_empty());
            named.next().map(|(_, value)| value.as_str())
        };
        let hash = match find("SignatureMethod") {
            None | Some("HmacSHA1") => Hash::Sha1,
            Some("HmacSHA256") => Hash::Sha256,
            Some(_) => {
                return Err(AuthError::Malformed {
                    what: "SignatureMethod",
                    expected: "HmacSHA1 or HmacSHA256",
                });
            }
        };
        let signature = encode::unbase64(find(SIGNATURE).ok_or(AuthError::Missing(SIGNATURE))?);
        Ok(Self {
            key_id: find("SecretId").ok_or(AuthError::Missing("SecretId"))?.to_owned(),
            signed_at: timestamp(find("Timestamp"), "Timestamp")?,
            nonce: find("Nonce").ok_or(AuthError::Missing("Nonce"))?.to_owned(),
            hash,
            signature: signature.ok_or(AuthError::Malformed { what: SIGNATURE, expected: "base64" })?,
        })
    }

    /// Checks the signature, for the host as it came and without its port.
    pub fn verify(&self, request: &Request<'_>, secret: &str) -> Result<(), AuthError> {
        let parameters = parameters(request);
        let host = request.header("host").unwrap_or_default().trim();
        let matches = |host: &str| {
            let text = signed_text(request.method, host, request.path, &parameters);
            encode::same(&self.hash.hmac(secret.as_bytes(), text.as_bytes()), &self.signature)
        };
        if matches(host) || matches(without_port(host)) { Ok(()) } else { Err(AuthError::Mismatch) }
    }
}

/// Method, host, path and the parameters sorted by name, values raw. A `_` in a name is written as `.`.
fn signed_text(method: &str, host: &str, path: &str, parameters: &[(String, String)]) -> String {
    let signed = parameters.iter().filter(|(name, _)| name != SIGNATURE);
    let mut pairs: Vec<(String, &str)> =
        signed.map(|(name, value)| (name.replace('_', "."), value.as_str())).collect();
    pairs.sort();
    let joined: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = if path.is_empty() { "/" } else { path };
    format!("{method}{host}{path}?{}", joined.join("&"))
}

/// The signature of parameters, for a client that must sign so.
pub fn signature(
    hash: Hash,
    secret: &str,
    method: &str,
    host: &str,
    parameters: &[(String, String)],
) -> String {
    let text = signed_text(method, host, "/", parameters);
    encode::base64(&hash.hmac(secret.as_bytes(), text.as_bytes()))
}
