//! Status callbacks and inbound messages as the vendor pushes them: forms, signed with `X-Twilio-Signature`.
//!
//! The signature covers the address exactly as configured, followed by every name and value; a JSON body is covered by
//! its hash in the address. A verifier behind a proxy must know the public address. The address is tried as it is, and
//! with and without the default port of its scheme; another port is part of it.

use super::super::encode::{self, Hash};
use super::super::guard::AuthError;
use super::super::message::{Outgoing, Request};
use super::super::neutral::{Fault, Reply, Report, Status};
use super::{Resource, VERSION, code};
use model::Timestamp;

/// The header with the signature.
pub const SIGNATURE: &str = "X-Twilio-Signature";

/// The header that chooses another key and hash: `key=…,algorithm=HMAC_SHA256`.
pub const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";

/// What signs.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// The account's token, with HMAC-SHA1: what every verifier knows.
    Token(&'a str),
    /// A shared key, by its id and secret, with HMAC-SHA256.
    Shared(&'a str, &'a str),
}

impl Key<'_> {
    fn hash(&self) -> Hash {
        match self {
            Self::Token(_) => Hash::Sha1,
            Self::Shared(..) => Hash::Sha256,
        }
    }

    fn secret(&self) -> &str {
        match self {
            Self::Token(secret) | Self::Shared(_, secret) => secret,
        }
    }
}

impl std::fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(_) => f.write_str("<token>"),
            Self::Shared(id, _) => write!(f, "<shared key {id}>"),
        }
    }
}

/// The signature of a form pushed to `url`: names sorted, values of a repeated name sorted and without repetition.
pub fn sign(hash: Hash, secret: &str, url: &str, pairs: &[(String, String)]) -> String {
    encode::base64(&signature(hash, secret, url, pairs))
}

fn signature(hash: Hash, secret: &str, url: &str, pairs: &[(String, String)]) -> Vec<u8> {
    let mut sorted: Vec<&(String, String)> = pairs.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut text = url.to_owned();
    sorted.into_iter().for_each(|(name, value)| text.extend([name.as_str(), value.as_str()]));
    hash.hmac(secret.as_bytes(), text.as_bytes())
}

/// Whether a change is told to the client: every status but the one its creation was answered with.
pub fn is_reported(status: Status, initial: Status) -> bool {
    status != initial
}

/// The push of a message's status to `url`, which is absolute and has no `#`.
pub fn push_status(key: Key<'_>, url: &str, message: &Resource) -> Result<Outgoing, Fault> {
    let report = &message.report;
    let word = code::word(report.status);
    let mut pairs = vec![
        ("MessageSid", report.id.clone()),
        ("SmsSid", report.id.clone()),
        ("MessageStatus", word.to_owned()),
        ("SmsStatus", word.to_owned()),
        ("To", report.to.clone()),
        ("AccountSid", message.account.clone()),
        ("ApiVersion", VERSION.to_owned()),
    ];
    pairs.extend(message.from.clone().map(|from| ("From", from)));
    pairs.extend(message.service.clone().map(|service| ("MessagingServiceSid", service)));
    pairs.extend(code::of_report(report).map(|code| ("ErrorCode", code.to_string())));
    push(key, url, pairs)
}

/// The push of a message that a customer wrote to us, `to` the number written to.
pub fn push_reply(
    key: Key<'_>,
    url: &str,
    account: &str,
    id: &str,
    to: &str,
    reply: &Reply,
) -> Result<Outgoing, Fault> {
    let pairs = vec![
        ("MessageSid", id.to_owned()),
        ("SmsSid", id.to_owned()),
        ("SmsMessageSid", id.to_owned()),
        ("SmsStatus", "received".to_owned()),
        ("AccountSid", account.to_owned()),
        ("ApiVersion", VERSION.to_owned()),
        ("From", reply.from.clone()),
        ("To", to.to_owned()),
        ("Body", reply.text.clone()),
        ("NumMedia", "0".to_owned()),
        ("NumSegments", "1".to_owned()),
    ];
    push(key, url, pairs)
}

fn push(key: Key<'_>, url: &str, pairs: Vec<(&str, String)>) -> Result<Outgoing, Fault> {
    let pairs: Vec<(String, String)> =
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let body = encode::to_form(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let signature = sign(key.hash(), key.secret(), url, &pairs);
    post(key, url, "application/x-www-form-urlencoded", body.into_bytes(), signature)
}

/// The push of any JSON to `url`: the hash of the body goes into the address, and the address is signed.
pub fn push_json(key: Key<'_>, url: &str, body: Vec<u8>) -> Result<Outgoing, Fault> {
    let joint = if url.contains('?') { '&' } else { '?' };
    let url_with_hash = format!("{url}{joint}bodySHA256={}", encode::hex(&Hash::Sha256.digest(&body)));
    let signature = sign(key.hash(), key.secret(), &url_with_hash, &[]);
    post(key, &url_with_hash, "application/json", body, signature)
}

fn post(
    key: Key<'_>,
    url: &str,
    content_type: &str,
    body: Vec<u8>,
    signature: String,
) -> Result<Outgoing, Fault> {
    let expected = "an absolute address of http or https";
    let address = Address::read(url).ok_or(Fault::Bad { name: "StatusCallback", expected })?;
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers =
        vec![own("host", address.authority), own("content-type", content_type), own(SIGNATURE, &signature)];
    if let Key::Shared(id, _) = key {
        headers.push(own(SETTINGS, &format!("key={id},algorithm=HMAC_SHA256")));
    }
    let (path, raw_query) = address.target.split_once('?').unwrap_or((address.target, ""));
    let path = if path.is_empty() { "/" } else { path };
    Ok(Outgoing { method: "POST", path: path.to_owned(), raw_query: raw_query.to_owned(), headers, body })
}

/// An address in pieces.
struct Address<'a> {
    scheme: &'a str,
    authority: &'a str,
    /// Path and query.
    target: &'a str,
}

impl<'a> Address<'a> {
    fn read(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(at);
        let is_known = matches!(scheme, "http" | "https") && !authority.is_empty() && !url.contains('#');
        is_known.then_some(Self { scheme, authority, target })
    }

    fn default_port(&self) -> &'static str {
        if self.scheme == "https" { ":443" } else { ":80" }
    }
}

/// The forms of an address that a signature may cover: itself, and with or without the default port.
fn forms(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    if let Some(address) = Address::read(url) {
        let Address { scheme, authority, target } = address;
        let port = address.default_port();
        match authority.strip_suffix(port) {
            Some(bare) => forms.push(format!("{scheme}://{bare}{target}")),
            None if !has_port(authority) => forms.push(format!("{scheme}://{authority}{port}{target}")),
            None => {}
        }
    }
    forms
}

fn has_port(authority: &str) -> bool {
    let after_host = authority.rsplit_once(']').map_or(authority, |(_, after)| after);
    after_host.contains(':')
}

/// Checks a push to us at `url`, the public address with its query. `hash` is what the account was told to use: a push
/// may not choose a weaker one than [`Hash::Sha256`] where that is required.
pub fn verify(request: &Request<'_>, hash: Hash, secret: &str, url: &str) -> Result<(), AuthError> {
    let said = request.header(SIGNATURE).ok_or(AuthError::Missing(SIGNATURE))?;
    let said =
        encode::unbase64(said.trim()).ok_or(AuthError::Malformed { what: SIGNATURE, expected: "base64" })?;
    if hash_of(request)? != hash {
        return Err(AuthError::Malformed { what: SETTINGS, expected: "the algorithm this account uses" });
    }
    let query = encode::form(url.split_once('?').map_or("", |(_, query)| query));
    let body_hash = query.iter().find(|(name, _)| name == "bodySHA256");
    let pairs = match body_hash {
        Some((_, said)) if !request.is_form() => {
            let found = encode::hex(&Hash::Sha256.digest(request.body));
            if !encode::same(found.as_bytes(), said.to_ascii_lowercase().as_bytes()) {
                return Err(AuthError::Body);
            }
            Vec::new()
        }
        None if !request.is_form() && !request.body.is_empty() => {
            return Err(AuthError::Unsigned("the body"));
        }
        _ => encode::form(&String::from_utf8_lossy(request.body)),
    };
    let matches = |url: &String| encode::same(&signature(hash, secret, url, &pairs), &said);
    if forms(url).iter().any(matches) { Ok(()) } else { Err(AuthError::Mismatch) }
}

/// Which hash a push says it was signed with: HMAC-SHA1 unless its settings name another.
pub fn hash_of(request: &Request<'_>) -> Result<Hash, AuthError> {
    let settings = request.header(SETTINGS).unwrap_or_default();
    let mut fields = settings.split(',').filter_map(|field| field.split_once('='));
    let algorithm = fields.find(|(name, value)| name.trim() == "algorithm" && !value.trim().is_empty());
    match algorithm.map(|(_, value)| value.trim().to_ascii_uppercase()).as_deref() {
        None | Some("HMAC_SHA1") => Ok(Hash::Sha1),
        Some("HMAC_SHA256") => Ok(Hash::Sha256),
        Some(_) => Err(AuthError::Malformed { what: SETTINGS, expected: "HMAC_SHA1 or HMAC_SHA256" }),
    }
}

/// A push to us, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// What became of a message of ours.
    Status(Report),
    /// What a customer wrote.
    Reply(Reply),
}

/// Reads a push of a status or of an inbound message. The dialect names no time, so `now` is when it came.
pub fn read(body: &[u8], now: Timestamp) -> Result<Pushed, Fault> {
    let pairs = encode::form(&String::from_utf8_lossy(body));
    let find = |name: &str| {
        let mut named = pairs.iter().filter(|(found, value)| found == name && !value.is_empty());
        named.next().map(|(_, value)| value.clone())
    };
    let need = |name: &'static str| find(name).ok_or(Fault::Missing(name));
    let word = find("MessageStatus").or_else(|| find("SmsStatus")).ok_or(Fault::Missing("MessageStatus"))?;
    if word == "received" || word == "receiving" {
        return Ok(Pushed::Reply(Reply {
            from: need("From")?,
            text: find("Body").unwrap_or_default(),
            at: now,
            extend: find("To"),
            sign_name: None,
            sequence: find("MessageSid"),
        }));
    }
    let expected = "a status of the vendor's";
    let status = code::status(&word).ok_or(Fault::Bad { name: "MessageStatus", expected })?;
    let report = Report::new(need("MessageSid")?, need("To")?, status);
    Ok(Pushed::Status(Report { code: find("ErrorCode"), reported_at: Some(now), ..report }))
}
