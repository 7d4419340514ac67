//! Links to a customer's own page: whoever holds one may see and change what that customer may, until it ends.
//!
//! A token is 21 bytes in base64url, so 28 characters: what it is for (1), the customer's number (4), the hour since 1970
//! at which it ends (3), and 13 bytes (104 bits) of an HMAC-SHA-256 (RFC 2104) over those under a key of the
//! institution's. It names nobody: a number of this ledger means nothing elsewhere. It reads no clock and draws nothing:
//! the same customer and hour give the same token. Templates write links, the server opens them. The tokens of short
//! addresses are [`super::short`]'s, signed under another key that follows from the same secret.

use model::{Span, Subject, Timestamp};
use proof::Hash;
use std::fmt;

/// What links are signed with: each kind under a key of its own, so that a token of one opens nothing of another.
#[derive(Clone)]
pub struct LinkKey {
    page: [u8; 32],
    /// Of short addresses.
    pub(super) short: [u8; 32],
}

/// A link that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Whose page it opens.
    pub subject: Subject,
    /// Until when.
    pub until: Timestamp,
}

/// The path before a token.
pub const LINK_PATH: &str = "/p/";
/// How many characters a token has.
pub const TOKEN_CHARACTERS: usize = 28;

/// What the only kind of token is for: the customer's own page. Another purpose would have another number.
const OWN_PAGE: u8 = 1;
const HOUR_MS: i64 = 3_600_000;
/// Bytes before the MAC.
const HEAD_BYTES: usize = 8;
const MAC_BYTES: usize = 13;
const TOKEN_BYTES: usize = HEAD_BYTES + MAC_BYTES;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl LinkKey {
    /// The keys that follow from a secret of the institution's, for these purposes alone.
    pub fn derived_from(secret: &[u8; 32]) -> Self {
        Self {
            page: hmac(secret, b"hongyan/page-link/v1").0,
            short: hmac(secret, b"hongyan/short-link/v1").0,
        }
    }

    /// A token that opens a customer's page for at least so long, by less than an hour more. `None` for a number or a moment
    /// beyond what it can hold.
    pub fn token(&self, subject: Subject, now: Timestamp, valid: Span) -> Option<String> {
        let subject = u32::try_from(subject.0).ok()?;
        let hours = now.after(valid).0.checked_add(HOUR_MS - 1)?.div_euclid(HOUR_MS);
        let hours = u32::try_from(hours).ok().filter(|hours| *hours < 1 << 24)?;
        let mut bytes = [0; TOKEN_BYTES];
        bytes[0] = OWN_PAGE;
        bytes[1..5].copy_from_slice(&subject.to_be_bytes());
        bytes[5..HEAD_BYTES].copy_from_slice(&hours.to_be_bytes()[1..]);
        let mac = self.mac(&bytes[..HEAD_BYTES]);
        bytes[HEAD_BYTES..].copy_from_slice(&mac);
        Some(encode(&bytes))
    }

    /// What a token opens, if it is one of ours and has not ended.
    pub fn open(&self, token: &str, now: Timestamp) -> Option<Link> {
        let bytes = decode(token)?;
        let (head, mac) = bytes.split_at(HEAD_BYTES);
        if !is_same(&self.mac(head), mac) || head[0] != OWN_PAGE {
            return None;
        }
        let subject = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let hours = u32::from_be_bytes([0, head[5], head[6], head[7]]);
        let until = Timestamp(i64::from(hours) * HOUR_MS);
        (now < until).then_some(Link { subject: Subject(u64::from(subject)), until })
    }

    fn mac(&self, head: &[u8]) -> [u8; MAC_BYTES] {
        let Hash(whole) = hmac(&self.page, head);
        let mut mac = [0; MAC_BYTES];
        mac.copy_from_slice(&whole[..MAC_BYTES]);
        mac
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

/// Whether two tags are the same. Every byte is compared whatever the others are: how long it takes says nothing.
pub(super) fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// HMAC-SHA-256 (RFC 2104) under a key of 32 bytes.
pub(super) fn hmac(key: &[u8; 32], message: &[u8]) -> Hash {
    const BLOCK_BYTES: usize = 64;
    let pad = |with: u8| {
        let mut block = [with; BLOCK_BYTES];
        block.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        block
    };
    let Hash(inner) = Hash::of(&[&pad(0x36)[..], message].concat());
    Hash::of(&[&pad(0x5c)[..], &inner[..]].concat())
}

/// Base64url without padding (RFC 4648 §5): three bytes are four characters, and a token has nothing over.
fn encode(bytes: &[u8; TOKEN_BYTES]) -> String {
    let four = |three: &[u8; 3]| {
        let [a, b, c] = three.map(u32::from);
        let bits = (a << 16) | (b << 8) | c;
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize]))
    };
    bytes.as_chunks::<3>().0.iter().flat_map(four).collect()
}

fn decode(token: &str) -> Option<[u8; TOKEN_BYTES]> {
    if token.len() != TOKEN_CHARACTERS {
        return None;
    }
    let mut bytes = [0; TOKEN_BYTES];
    for (three, four) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(token.as_bytes().as_chunks::<4>().0) {
        let mut bits = 0;
        for character in four {
            let place = ALPHABET.iter().position(|known| known == character)?;
            bits = bits << 6 | place as u32;
        }
        three.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> LinkKey {
        LinkKey::derived_from(&[7; 32])
    }

    const NOW: Timestamp = Timestamp(1_763_900_000_000);

    #[test]
    fn the_mac_is_that_of_the_standard() {
        // RFC 4231, test case 1 has a key of 20 bytes, which the block pads with zeros as it does ours.
        let mut secret = [0; 32];
        secret[..20].fill(0x0b);
        let found = hmac(&secret, b"Hi There").to_hex();
        assert_eq!(found, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn a_link_opens_until_its_hour_and_under_its_key_alone() {
        let valid = Span::days(30);
        let token = key().token(Subject(42), NOW, valid).unwrap();
        assert_eq!(token.len(), TOKEN_CHARACTERS);
        let link = key().open(&token, NOW).unwrap();
        assert_eq!(link.subject, Subject(42));
        assert!(link.until >= NOW.after(valid) && link.until < NOW.after(valid).after(Span::hours(1)));
        assert_eq!(key().open(&token, Timestamp(link.until.0 - 1)), Some(link));
        assert_eq!(key().open(&token, link.until), None, "it has ended");
        assert_eq!(LinkKey::derived_from(&[8; 32]).open(&token, NOW), None, "another institution's");
        assert_eq!(key().token(Subject(1 << 32), NOW, valid), None);
        assert_eq!(format!("{:?}", key()), "LinkKey(…)");
    }

    proptest! {
        #[test]
        fn every_customer_has_their_own(subject in any::<u32>(), other in any::<u32>()) {
            let token = |subject| key().token(Subject(u64::from(subject)), NOW, Span::days(1)).unwrap();
            prop_assert_eq!(key().open(&token(subject), NOW).unwrap().subject, Subject(u64::from(subject)));
            prop_assert_eq!(token(subject) == token(other), subject == other);
        }

        #[test]
        fn a_changed_token_opens_nothing(subject in any::<u32>(), place in 0..TOKEN_CHARACTERS, to in 0..64_usize) {
            let token = key().token(Subject(u64::from(subject)), NOW, Span::days(1)).unwrap();
            let mut changed = token.clone().into_bytes();
            changed[place] = ALPHABET[to];
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(key().open(&changed, NOW).is_some(), changed == token);
        }

        #[test]
        fn no_text_does_harm(text in any::<String>()) {
            prop_assert_eq!(key().open(&text, NOW), None);
        }
    }
}
