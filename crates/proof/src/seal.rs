//! The sealed part: the private half of a ledger entry, readable only with the customer's own key.
//!
//! `sealed = nonce ‖ AES-256-GCM(key, nonce, aad = "hongyan/sealed/v1" ‖ subject, plaintext = salt ‖ detail)`, and the
//! leaf carries `commitment = SHA-256("hongyan/commitment/v1" ‖ salt ‖ detail)`. The salt is 32 random bytes per entry,
//! so nobody can guess a detail from its commitment, and it is sealed too: when the customer's key is destroyed, salt
//! and detail are gone together and the commitment says nothing any more. Binding comes from the commitment, not from
//! the cipher (GCM alone would let two keys open the same bytes to two texts).
//!
//! Refuses to draw randomness or to remember nonces: both are arguments. **A nonce must never be used twice under one
//! key.** Called by the engine (seal), by replay and reveal (open) and by the verifier (commitment).

use std::fmt;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::hash::Hash;

/// Bytes of an AES-256 key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce (NIST SP 800-38D section 8.2).
pub const NONCE_BYTES: usize = 12;
/// Bytes of a salt.
pub const SALT_BYTES: usize = 32;
/// Bytes of the authentication tag at the end.
pub const TAG_BYTES: usize = 16;
/// How many bytes a sealed part is longer than its detail.
pub const OVERHEAD_BYTES: usize = NONCE_BYTES + SALT_BYTES + TAG_BYTES;
/// The longest detail in bytes: 1 MiB. A text message and its reasons need a thousandth of it.
pub const DETAIL_BYTES_MAX: usize = 1 << 20;

/// A customer's own AES-256 key. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct SealKey(pub [u8; KEY_BYTES]);

impl Drop for SealKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(hidden)")
    }
}

/// What a sealed part held. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The salt of the commitment.
    pub salt: [u8; SALT_BYTES],
    /// The detail, CBOR.
    pub detail: Vec<u8>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} bytes, hidden)", self.detail.len())
    }
}

/// Why a part could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than [`DETAIL_BYTES_MAX`] bytes.
    #[error("detail of {found} bytes: expected at most {DETAIL_BYTES_MAX}")]
    TooLong {
        /// How long it is.
        found: usize,
    },
    /// Fewer bytes than nonce, salt and tag take.
    #[error("sealed part of {found} bytes: expected at least {OVERHEAD_BYTES}")]
    TooShort {
        /// How long it is.
        found: usize,
    },
    /// Sealed under another key or for another subject, or changed since.
    #[error("sealed part does not open: expected the key and the subject it was sealed with, unchanged")]
    NotAuthentic,
}

/// Appends the sealed form of `detail` to `out`: nonce, ciphertext of salt and detail, tag.
///
/// `subject` is the number that the key belongs to; it is authenticated, so that a sealed part cannot be moved to
/// another customer. `nonce` must be new under this key.
///
/// # Errors
/// [`Error::TooLong`]; `out` is then unchanged.
pub fn seal(
    out: &mut Vec<u8>,
    key: &SealKey,
    nonce: [u8; NONCE_BYTES],
    salt: &[u8; SALT_BYTES],
    subject: u64,
    detail: &[u8],
) -> Result<(), Error> {
    if detail.len() > DETAIL_BYTES_MAX {
        return Err(Error::TooLong { found: detail.len() });
    }
    let start = out.len();
    out.reserve(OVERHEAD_BYTES + detail.len());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(salt);
    out.extend_from_slice(detail);
    let plaintext = out.get_mut(start + NONCE_BYTES..).unwrap_or_default();
    let sealed =
        cipher(key).encrypt_inout_detached(&Nonce::from(nonce), &associated(subject), plaintext.into());
    match sealed {
        Ok(tag) => {
            out.extend_from_slice(&tag);
            Ok(())
        }
        // GCM refuses only texts far above the limit checked first.
        Err(_) => {
            out.truncate(start);
            Err(Error::TooLong { found: detail.len() })
        }
    }
}

/// Opens a sealed part with the key and the subject that it was sealed with.
///
/// # Errors
/// [`Error::TooShort`], [`Error::TooLong`] or [`Error::NotAuthentic`].
pub fn open(key: &SealKey, subject: u64, sealed: &[u8]) -> Result<Opened, Error> {
    let short = Error::TooShort { found: sealed.len() };
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(short)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(short)?;
    let length = ciphertext.len().checked_sub(SALT_BYTES).ok_or(short)?;
    if length > DETAIL_BYTES_MAX {
        return Err(Error::TooLong { found: length });
    }
    let mut plaintext = ciphertext.to_vec();
    cipher(key)
        .decrypt_inout_detached(
            &Nonce::from(*nonce),
            &associated(subject),
            plaintext.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| Error::NotAuthentic)?;
    let salt = *plaintext.first_chunk::<SALT_BYTES>().ok_or(short)?;
    plaintext.drain(..SALT_BYTES);
    Ok(Opened { salt, detail: plaintext })
}

/// What the leaf says about a detail: SHA-256("hongyan/commitment/v1" ‖ salt ‖ detail).
pub fn commitment(salt: &[u8; SALT_BYTES], detail: &[u8]) -> Hash {
    let hasher = Sha256::new().chain_update(COMMITMENT_LABEL).chain_update(salt).chain_update(detail);
    Hash(hasher.finalize().into())
}

fn cipher(key: &SealKey) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(key.0))
}

fn associated(subject: u64) -> [u8; AAD_LABEL.len() + 8] {
    let mut bytes = [0; AAD_LABEL.len() + 8];
    let (label, number) = bytes.split_at_mut(AAD_LABEL.len());
    label.copy_from_slice(AAD_LABEL);
    number.copy_from_slice(&subject.to_be_bytes());
    bytes
}

const AAD_LABEL: &[u8; 17] = b"hongyan/sealed/v1";
const COMMITMENT_LABEL: &[u8; 21] = b"hongyan/commitment/v1";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: SealKey = SealKey([7; KEY_BYTES]);

    fn sealed(subject: u64, detail: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(&mut out, &KEY, [1; NONCE_BYTES], &[2; SALT_BYTES], subject, detail).unwrap();
        out
    }

    /// AES-256-GCM test case 14 of the GCM submission: key, nonce and plaintext block all zero. It pins the cipher.
    #[test]
    fn the_cipher_is_aes_256_gcm() {
        let mut block = [0; 16];
        let tag = cipher(&SealKey([0; 32]))
            .encrypt_inout_detached(&Nonce::from([0; 12]), b"", block.as_mut_slice().into())
            .unwrap();
        assert_eq!(crate::hash::hex_encode(&block), "cea7403d4d606b6e074ec5d3baf39d18");
        assert_eq!(crate::hash::hex_encode(&tag), "d0d1c8a799996bf0265b98b5d48ab919");
    }

    #[test]
    fn the_commitment_is_a_labelled_salted_hash() {
        let mut message = b"hongyan/commitment/v1".to_vec();
        message.extend([3; 32]);
        message.extend(b"detail");
        assert_eq!(commitment(&[3; 32], b"detail"), Hash::of(&message));
    }

    #[test]
    fn nothing_opens_with_another_key_or_subject_or_after_any_change() {
        let good = sealed(5, b"detail");
        assert_eq!(open(&KEY, 5, &good).unwrap().detail, b"detail");
        assert_eq!(open(&KEY, 6, &good), Err(Error::NotAuthentic));
        assert_eq!(open(&SealKey([8; 32]), 5, &good), Err(Error::NotAuthentic));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(open(&KEY, 5, &bad), Err(Error::NotAuthentic), "byte {at}");
            assert!(open(&KEY, 5, &good[..at]).is_err(), "cut to {at}");
        }
    }

    #[test]
    fn limits_are_kept() {
        let mut out = vec![9];
        let long = vec![0; DETAIL_BYTES_MAX + 1];
        let refused = seal(&mut out, &KEY, [0; 12], &[0; 32], 1, &long);
        assert_eq!((refused, out), (Err(Error::TooLong { found: long.len() }), vec![9]));
        assert_eq!(open(&KEY, 1, &[0; 59]), Err(Error::TooShort { found: 59 }));
    }

    #[test]
    fn secrets_do_not_print() {
        let opened = open(&KEY, 5, &sealed(5, b"secret")).unwrap();
        assert_eq!(format!("{KEY:?} {opened:?}"), "SealKey(hidden) Opened(6 bytes, hidden)");
    }

    proptest! {
        #[test]
        fn a_detail_comes_back(subject: u64, detail: Vec<u8>) {
            let bytes = sealed(subject, &detail);
            prop_assert_eq!(bytes.len(), detail.len() + OVERHEAD_BYTES);
            let opened = open(&KEY, subject, &bytes).unwrap();
            prop_assert_eq!((opened.salt, &opened.detail), ([2; 32], &detail));
        }

        #[test]
        fn any_bytes_are_answered(input: Vec<u8>) {
            prop_assert!(open(&KEY, 1, &input).is_err());
        }
    }
}
