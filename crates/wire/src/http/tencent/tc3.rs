//! TC3-HMAC-SHA256, the signature of Tencent Cloud's API 3.0.
//!
//! The service in the scope is the client's word (one official client takes the first label of whatever host it calls),
//! so the key is derived from it. The host is accepted as it came and without its port, because that client signs it so.
//! What the body says is signed, unless the client declares `UNSIGNED-PAYLOAD`, which is refused here: an unsigned body
//! is anybody's message.

use model::Timestamp;

use super::super::encode::{self, Hash};
use super::super::guard::{AuthError, Key};
use super::super::message::{Outgoing, Request};
use super::super::stamp;

const SCHEME: &str = "TC3-HMAC-SHA256";

/// Headers that must be signed if anything is to be believed.
const MUST_SIGN: [&str; 2] = ["content-type", "host"];

/// A TC3 signature as presented.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    pub(super) key_id: String,
    pub(super) signed_at: Timestamp,
    scope: Scope,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
struct Scope {
    date: String,
    service: String,
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{SCHEME} by {} at {}>", self.key_id, self.signed_at)
    }
}

impl Presented {
    /// Reads `Authorization` and `X-TC-Timestamp`.
    pub fn read(request: &Request<'_>, authorization: &str) -> Result<Self, AuthError> {
        let malformed = |expected| AuthError::Malformed { what: "Authorization", expected };
        let rest = authorization.trim().strip_prefix(SCHEME).ok_or(malformed("TC3-HMAC-SHA256"))?;
        let field = |name: &'static str| {
            let mut fields = rest.split(',').filter_map(|field| field.trim().split_once('='));
            fields.find(|(found, _)| *found == name).map(|(_, value)| value).ok_or(AuthError::Missing(name))
        };
        let credential: Vec<&str> = field("Credential")?.split('/').collect();
        let [key_id, date, service, "tc3_request"] = credential[..] else {
            return Err(malformed("a credential such as id/2026-11-22/sms/tc3_request"));
        };
        let signed_headers: Vec<String> =
            field("SignedHeaders")?.split(';').map(str::to_ascii_lowercase).collect();
        for name in MUST_SIGN {
            if !signed_headers.iter().any(|signed| signed == name) {
                return Err(AuthError::Unsigned(name));
            }
        }
        if request.header("x-tc-content-sha256").is_some_and(|said| said.trim() == "UNSIGNED-PAYLOAD") {
            return Err(AuthError::Unsigned("the body"));
        }
        let signed_at = timestamp(request.header("x-tc-timestamp"), "X-TC-Timestamp")?;
        if stamp::utc_date(signed_at) != date {
            return Err(malformed("a credential of the day of X-TC-Timestamp"));
        }
        Ok(Self {
            key_id: key_id.to_owned(),
            signed_at,
            scope: Scope { date: date.to_owned(), service: service.to_owned() },
            signature: encode::unhex(field("Signature")?).ok_or(malformed("a signature in hex"))?,
            signed_headers,
        })
    }

    /// The signature in hex: what tells two requests apart where there is no nonce.
    pub(super) fn signature(&self) -> String {
        encode::hex(&self.signature)
    }

    /// Checks the signature.
    pub fn verify(&self, request: &Request<'_>, secret: &str) -> Result<(), AuthError> {
        let host = request.header("host").unwrap_or_default().trim();
        let bare = without_port(host);
        for host in [Some(host), Some(bare).filter(|bare| *bare != host)].into_iter().flatten() {
            let canonical = canonical(request, &self.signed_headers, host)?;
            let expected = signature(&canonical, &self.scope, self.signed_at, secret);
            if encode::same(&expected, &self.signature) {
                return Ok(());
            }
        }
        Err(AuthError::Mismatch)
    }
}

/// Seconds since 1970 from a header or parameter.
pub(super) fn timestamp(text: Option<&str>, what: &'static str) -> Result<Timestamp, AuthError> {
    let text = text.ok_or(AuthError::Missing(what))?;
    let seconds = text.trim().parse().ok().and_then(stamp::from_seconds);
    seconds.ok_or(AuthError::Malformed { what, expected: "seconds since 1970" })
}

/// A host without its port. Brackets of an IPv6 address stay.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((bare, port)) if !port.is_empty() && port.bytes().all(|octet| octet.is_ascii_digit()) => bare,
        _ => host,
    }
}

fn canonical(request: &Request<'_>, signed: &[String], host: &str) -> Result<String, AuthError> {
    let mut headers = String::new();
    for name in signed {
        let value = match name.as_str() {
            "host" => Some(host),
            name => request.header(name),
        };
        let value = value.ok_or(AuthError::Missing("a header that was signed"))?;
        headers.push_str(&format!("{name}:{}\n", value.trim()));
    }
    let path = if request.path.is_empty() { "/" } else { request.path };
    // The query is signed as it was sent, and only where it carries the parameters.
    let (query, body) =
        if request.method == "GET" { (request.raw_query, &[][..]) } else { ("", request.body) };
    let body_hash = encode::hex(&Hash::Sha256.digest(body));
    Ok(format!("{}\n{path}\n{query}\n{headers}\n{}\n{body_hash}", request.method, signed.join(";")))
}

fn signature(canonical: &str, scope: &Scope, at: Timestamp, secret: &str) -> Vec<u8> {
    let digest = encode::hex(&Hash::Sha256.digest(canonical.as_bytes()));
    let (date, service) = (&scope.date, &scope.service);
    let text = format!("{SCHEME}\n{}\n{date}/{service}/tc3_request\n{digest}", stamp::seconds(at));
    let links = [date.as_bytes(), service.as_bytes(), b"tc3_request", text.as_bytes()];
    links.iter().fold(format!("TC3{secret}").into_bytes(), |key, link| Hash::Sha256.hmac(&key, link))
}

/// Makes a signed POST of JSON. The action's name is signed, too, which the official clients do not do and every
/// verifier accepts, because the list of signed headers is the client's.
pub fn sign(
    key: Key<'_>,
    host: &str,
    region: &str,
    action: &str,
    body: &serde_json::Value,
    now: Timestamp,
) -> Outgoing {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![
        own("content-type", "application/json"),
        own("host", host),
        own("x-tc-action", action),
        own("x-tc-region", region),
        own("x-tc-timestamp", &stamp::seconds(now).to_string()),
        own("x-tc-version", super::VERSION),
    ];
    headers.extend(key.token.map(|token| own("x-tc-token", token)));
    let signed = ["content-type", "host", "x-tc-action"].map(str::to_owned);
    let scope = Scope { date: stamp::utc_date(now), service: "sms".to_owned() };
    let body = body.to_string().into_bytes();
    let mut out = Outgoing { method: "POST", path: "/".to_owned(), raw_query: String::new(), headers, body };
    let pairs = out.pairs();
    // Every signed header was put in above, so that this cannot fail; an empty canonical request would be refused.
    let canonical = canonical(&out.as_request(&pairs), &signed, host).unwrap_or_default();
    let signature = encode::hex(&signature(&canonical, &scope, now, key.secret));
    let (id, date, signed) = (key.id, &scope.date, signed.join(";"));
    let authorization = format!(
        "{SCHEME} Credential={id}/{date}/sms/tc3_request, SignedHeaders={signed}, Signature={signature}"
    );
    out.headers.push(("authorization".to_owned(), authorization));
    out
}
