//! Signature version 3 of Alibaba's APIs: `ACS3-HMAC-SHA256`, and its twin with the national hash SM3.
//!
//! Which headers are signed is the client's choice (languages differ), so its own list drives the canonical request; what
//! an attacker could change to another meaning must be on the list. Not done: `ACS3-RSA-SHA256`.

use model::Timestamp;

use super::super::encode::{self, Hash};
use super::super::guard::{AuthError, Key};
use super::super::message::{Outgoing, Request};
use super::super::stamp;

/// Headers that must be signed if anything is to be believed.
const MUST_SIGN: [&str; 4] = ["host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"];

const CONTENT_HASH: &str = "x-acs-content-sha256";

/// A V3 signature as presented.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    pub(super) key_id: String,
    pub(super) nonce: String,
    pub(super) signed_at: Timestamp,
    scheme: Scheme,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} by {} at {}>", self.scheme.name(), self.key_id, self.signed_at)
    }
}

/// The two kinds of V3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `ACS3-HMAC-SHA256`, what all clients use unless told otherwise.
    Sha256,
    /// `ACS3-HMAC-SM3` (GM/T 0004-2012).
    Sm3,
}

impl Scheme {
    /// As it stands in `Authorization`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "ACS3-HMAC-SHA256",
            Self::Sm3 => "ACS3-HMAC-SM3",
        }
    }

    fn hash(self) -> Hash {
        match self {
            Self::Sha256 => Hash::Sha256,
            Self::Sm3 => Hash::Sm3,
        }
    }
}

impl Presented {
    /// Reads `Authorization` and the headers it needs.
    pub fn read(request: &Request<'_>, authorization: &str) -> Result<Self, AuthError> {
        let malformed = |expected| AuthError::Malformed { what: "Authorization", expected };
        let (scheme, rest) =
            authorization.trim().split_once(' ').ok_or(malformed("a scheme and its fields"))?;
        let scheme = [Scheme::Sha256, Scheme::Sm3].into_iter().find(|known| known.name() == scheme);
        let scheme = scheme.ok_or(malformed("ACS3-HMAC-SHA256 or ACS3-HMAC-SM3"))?;
        let field = |name: &'static str| {
            let mut fields = rest.split(',').filter_map(|field| field.trim().split_once('='));
            fields.find(|(found, _)| *found == name).map(|(_, value)| value).ok_or(AuthError::Missing(name))
        };
        let signed_headers: Vec<String> =
            field("SignedHeaders")?.split(';').map(str::to_ascii_lowercase).collect();
        for name in MUST_SIGN {
            if !signed_headers.iter().any(|signed| signed == name) {
                return Err(AuthError::Unsigned(name));
            }
        }
        let header = |name: &'static str| request.header(name).ok_or(AuthError::Missing(name));
        let expected = "a time such as 2026-11-22T14:36:05Z";
        let signed_at = stamp::parse_iso(header("x-acs-date")?);
        Ok(Self {
            key_id: field("Credential")?.to_owned(),
            nonce: header("x-acs-signature-nonce")?.trim().to_owned(),
            signed_at: signed_at.ok_or(AuthError::Malformed { what: "x-acs-date", expected })?,
            scheme,
            signature: encode::unhex(field("Signature")?).ok_or(malformed("a signature in hex"))?,
            signed_headers,
        })
    }

    /// Checks body and signature.
    pub fn verify(&self, request: &Request<'_>, secret: &str) -> Result<(), AuthError> {
        let body_hash = encode::hex(&self.scheme.hash().digest(request.body));
        if request.header(CONTENT_HASH).is_some_and(|said| !said.trim().eq_ignore_ascii_case(&body_hash)) {
            return Err(AuthError::Body);
        }
        let canonical = canonical(request, &self.signed_headers, &body_hash)?;
        let expected = signature(self.scheme, &canonical, secret);
        if encode::same(&expected, &self.signature) { Ok(()) } else { Err(AuthError::Mismatch) }
    }
}

fn canonical(request: &Request<'_>, signed: &[String], body_hash: &str) -> Result<String, AuthError> {
    let mut headers = String::new();
    for name in signed {
        let same = request.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let mut values: Vec<&str> = same.map(|(_, value)| value.trim()).collect();
        if values.is_empty() {
            return Err(AuthError::Missing("a header that was signed"));
        }
        values.sort_unstable();
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let path = if request.path.is_empty() { "/" } else { request.path };
    let query = encode::sorted_query(&encode::form(request.raw_query));
    Ok(format!("{}\n{path}\n{query}\n{headers}\n{}\n{body_hash}", request.method, signed.join(";")))
}

fn signature(scheme: Scheme, canonical: &str, secret: &str) -> Vec<u8> {
    let digest = encode::hex(&scheme.hash().digest(canonical.as_bytes()));
    scheme.hash().hmac(secret.as_bytes(), format!("{}\n{digest}", scheme.name()).as_bytes())
}

/// What goes into a request besides key and time.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    /// The action's name.
    pub action: &'a str,
    /// Parameters in the query.
    pub query: &'a [(String, String)],
    /// Parameters in a form body.
    pub form: &'a [(String, String)],
}

/// Makes a signed POST. `nonce` must never come twice within the window.
pub fn sign(
    scheme: Scheme,
    key: Key<'_>,
    host: &str,
    content: Content<'_>,
    now: Timestamp,
    nonce: &str,
) -> Outgoing {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let body = encode::to_form(content.form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let body_hash = encode::hex(&scheme.hash().digest(body.as_bytes()));
    let mut headers = vec![
        own("accept", "application/json"),
        own("host", host),
        own("x-acs-action", content.action),
        own(CONTENT_HASH, &body_hash),
        own("x-acs-date", &stamp::iso(now)),
        own("x-acs-signature-nonce", nonce),
        own("x-acs-version", super::VERSION),
    ];
    headers.extend(key.token.map(|token| own("x-acs-security-token", token)));
    if !content.form.is_empty() {
        headers.push(own("content-type", "application/x-www-form-urlencoded"));
    }
    headers.sort();
    let signed: Vec<String> = headers.iter().map(|(name, _)| name.clone()).collect();
    let raw_query = encode::sorted_query(content.query);
    let mut out =
        Outgoing { method: "POST", path: "/".to_owned(), raw_query, headers, body: body.into_bytes() };
    let pairs = out.pairs();
    // Every signed header was put in above, so that this cannot fail; an empty canonical request would be refused.
    let canonical = canonical(&out.as_request(&pairs), &signed, &body_hash).unwrap_or_default();
    let signature = encode::hex(&signature(scheme, &canonical, key.secret));
    let (name, id, signed) = (scheme.name(), key.id, signed.join(";"));
    let authorization = format!("{name} Credential={id},SignedHeaders={signed},Signature={signature}");
    out.headers.push(("authorization".to_owned(), authorization));
    out
}
