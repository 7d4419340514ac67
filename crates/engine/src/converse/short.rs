//! Short addresses: which target of which message somebody follows, in as few characters as cannot be guessed.
//!
//! A token is 89 bits in base 62, so 15 letters and digits, none of which a phone takes for the end of a sentence: a tag of
//! 40 bits, and behind it the message's number (39 bits) and the target's (10 bits). The tag is the beginning of an
//! HMAC-SHA-256 over both numbers; they are hidden by another one over the tag (a synthetic initial value, as in RFC 5297), so
//! that two addresses do not tell how many messages lie between them. It names nobody and needs no table: the same message and
//! target give the same token, after every restart and rebuild. Of 2⁴⁰ texts that are tried one opens something, which is then
//! a public page of the institution's; the server takes few of an address. Templates write them, the server opens them.

use super::link::{LinkKey, hmac, is_same};
use model::MessageId;
use proof::Hash;

/// Where a short address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// The message it stands in.
    pub message: MessageId,
    /// The number of its target.
    pub target: u16,
}

/// The path before a token, on this server.
pub const SHORT_PATH: &str = "/l/";
/// How many characters a token has.
pub const SHORT_CHARACTERS: usize = 15;
/// The highest number of a target.
pub const TARGET_MAX: u16 = (1 << TARGET_BITS) - 1;
/// The last message that a short address can name: thirty years of a ledger that grows by 500 entries a second.
pub const MESSAGE_MAX: MessageId = MessageId((1 << MESSAGE_BITS) - 1);

const MESSAGE_BITS: u32 = 39;
const TARGET_BITS: u32 = 10;
const NUMBER_BITS: u32 = MESSAGE_BITS + TARGET_BITS;
const TAG_BYTES: usize = 5;
const TOKEN_BITS: u32 = NUMBER_BITS + TAG_BYTES as u32 * 8;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What is hashed for a tag, and for what hides the numbers.
const TAG: u8 = 1;
const VEIL: u8 = 2;

impl LinkKey {
    /// The token of a target in a message; `None` for numbers beyond what it can hold.
    pub fn short(&self, Short { message, target }: Short) -> Option<String> {
        if message > MESSAGE_MAX || target > TARGET_MAX {
            return None;
        }
        let numbers = message.0 << TARGET_BITS | u64::from(target);
        let tag = self.tag(numbers);
        let hidden = numbers ^ self.veil(tag);
        let mut rest = u128::from(number(tag)) << NUMBER_BITS | u128::from(hidden);
        let mut token = [b'0'; SHORT_CHARACTERS];
        for digit in token.iter_mut().rev() {
            *digit = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        Some(token.iter().copied().map(char::from).collect())
    }

    /// What a token names, if it is one of ours.
    pub fn open_short(&self, token: &str) -> Option<Short> {
        if token.len() != SHORT_CHARACTERS {
            return None;
        }
        let mut whole: u128 = 0;
        for byte in token.bytes() {
            // 62¹⁵ is less than 2⁹⁰.
            whole = whole * 62 + DIGITS.iter().position(|digit| *digit == byte)? as u128;
        }
        if whole >> TOKEN_BITS != 0 {
            return None;
        }
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&((whole >> NUMBER_BITS) as u64).to_be_bytes()[8 - TAG_BYTES..]);
        let numbers = (whole as u64 & NUMBERS) ^ self.veil(tag);
        let message = MessageId(numbers >> TARGET_BITS);
        let target = (numbers & u64::from(TARGET_MAX)) as u16;
        is_same(&self.tag(numbers), &tag).then_some(Short { message, target })
    }

    fn tag(&self, numbers: u64) -> [u8; TAG_BYTES] {
        let [a, b, c, d, e, f, g, h] = numbers.to_be_bytes();
        let Hash(whole) = hmac(&self.short, &[TAG, a, b, c, d, e, f, g, h]);
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&whole[..TAG_BYTES]);
        tag
    }

    fn veil(&self, [a, b, c, d, e]: [u8; TAG_BYTES]) -> u64 {
        let Hash(whole) = hmac(&self.short, &[VEIL, a, b, c, d, e]);
        let mut veil = [0; 8];
        veil.copy_from_slice(&whole[..8]);
        u64::from_be_bytes(veil) & NUMBERS
    }
}

/// The bits of a token that hold its numbers.
const NUMBERS: u64 = (1 << NUMBER_BITS) - 1;

fn number([a, b, c, d, e]: [u8; TAG_BYTES]) -> u64 {
    u64::from_be_bytes([0, 0, 0, a, b, c, d, e])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> LinkKey {
        LinkKey::derived_from(&[7; 32])
    }

    fn token(message: u64, target: u16) -> String {
        key().short(Short { message: MessageId(message), target }).unwrap()
    }

    #[test]
    fn it_opens_under_its_key_alone_and_holds_no_more_than_it_can() {
        let short = Short { message: MessageId(42), target: 7 };
        let token = token(42, 7);
        assert_eq!(token.len(), SHORT_CHARACTERS);
        assert_eq!(key().open_short(&token), Some(short));
        assert_eq!(LinkKey::derived_from(&[8; 32]).open_short(&token), None, "another institution's");
        assert_eq!(key().open(&token, model::Timestamp(0)), None, "it opens no page");
        let beyond = MessageId(MESSAGE_MAX.0 + 1);
        assert_eq!(key().short(Short { message: beyond, ..short }), None);
        assert_eq!(key().short(Short { target: TARGET_MAX + 1, ..short }), None);
        assert_eq!(key().short(Short { message: MESSAGE_MAX, target: TARGET_MAX }).unwrap().len(), 15);
    }

    #[test]
    fn neighbours_do_not_show_that_they_are() {
        let (one, next) = (token(1_000_000, 1), token(1_000_001, 1));
        let same = one.bytes().zip(next.bytes()).filter(|(a, b)| a == b).count();
        assert!(same <= 5, "{one} {next}");
    }

    proptest! {
        #[test]
        fn every_message_and_target_has_its_own(message in 0..=MESSAGE_MAX.0, target in 0..=TARGET_MAX) {
            let token = token(message, target);
            prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            prop_assert_eq!(key().open_short(&token), Some(Short { message: MessageId(message), target }));
        }

        #[test]
        fn a_changed_token_opens_nothing(message in 0..=MESSAGE_MAX.0, place in 0..SHORT_CHARACTERS, to in 0..62_usize) {
            let token = token(message, 3);
            let mut changed = token.clone().into_bytes();
            changed[place] = DIGITS[to];
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(key().open_short(&changed).is_some(), changed == token);
        }

        #[test]
        fn no_text_does_harm(text in any::<String>(), short in "[0-9A-Za-z]{15}") {
            prop_assert_eq!(key().open_short(&text), None);
            prop_assert_eq!(key().open_short(&short), None);
        }
    }
}
