//! Percent-encoding, forms, hex, base64 and keyed hashes as the vendors' signatures use them.
//!
//! Decoding is tolerant (a lone `%` stays as it is, octets that are not UTF-8 become the replacement character),
//! encoding is exact. No function here knows a vendor. The dialects call it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use sm3::Sm3;

/// Base64 that reads with or without its padding and writes it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Percent-encodes everything but the unreserved characters of RFC 3986 §2.3, space as `%20`.
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(octet >> 4)]));
            out.push(char::from(HEX[usize::from(octet & 15)]));
        }
    }
    out
}

/// Reads one component of a form (WHATWG URL §5.1): `+` is a space, `%XX` an octet, anything else itself.
pub fn form_component(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match (octet, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, further @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = further;
                }
                _ => out.push(b'%'),
            },
            _ => out.push(octet),
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).map(|digit| digit as u8)
}

/// Reads a query or a form body into its names and values, in order, repeated names kept. A name without `=` has the
/// empty value; empty pieces between two `&` are left out.
pub fn form(text: &str) -> Vec<(String, String)> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    let pair = |piece: &str| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (form_component(name), form_component(value))
    };
    pieces.map(pair).collect()
}

/// Writes names and values as a query or a form body, percent-encoded, in the order given.
pub fn to_form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(name, value): (&str, &str)| format!("{}={}", percent(name), percent(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// The canonical query: names and values percent-encoded, sorted by name and then by value.
pub fn sorted_query(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = pairs.iter().collect();
    sorted.sort();
    to_form(sorted.into_iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Lower-case hex.
pub fn hex(octets: &[u8]) -> String {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    digits.map(|digit| char::from(HEX[usize::from(digit)].to_ascii_lowercase())).collect()
}

/// Reads hex of either letter case; none for anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let octet = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?);
    text.as_bytes().chunks(2).map(octet).collect()
}

/// Standard base64 with padding (RFC 4648 §4).
pub fn base64(octets: &[u8]) -> String {
    BASE64.encode(octets)
}

/// Reads standard base64, padded or not; none for anything else.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// The hashes that vendors sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// FIPS 180-4. Broken for collisions; HMAC with it is still what two vendors' older clients send.
    Sha1,
    /// FIPS 180-4.
    Sha256,
    /// GM/T 0004-2012.
    Sm3,
}

impl Hash {
    /// The hash of some octets.
    pub fn digest(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(octets).to_vec(),
            Self::Sha256 => Sha256::digest(octets).to_vec(),
            Self::Sm3 => Sm3::digest(octets).to_vec(),
        }
    }

    /// HMAC (RFC 2104) of some octets under a key of any length.
    pub fn hmac(self, key: &[u8], octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => mac::<Hmac<Sha1>>(key, octets),
            Self::Sha256 => mac::<Hmac<Sha256>>(key, octets),
            Self::Sm3 => mac::<Hmac<Sm3>>(key, octets),
        }
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], octets: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so that making one cannot fail; an empty answer would match no signature.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(octets);
    mac.finalize().into_bytes().to_vec()
}

/// Whether two secrets are equal, in a time that depends on their lengths alone. Empty never equals: a signature that
/// could not be computed must not match one that was not sent.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0u8, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && !one.is_empty() && std::hint::black_box(difference) == 0
}
