//! The cipher work that providers share: KEKs ready for use, wrapping by AES-256-GCM (NIST SP 800-38D), and keys derived
//! from a root secret by HMAC-SHA-256 (RFC 2104). Knows no files and draws no random numbers.

use super::{KekId, Wrapped};
use crate::Error;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;

/// Bytes of a GCM nonce, which stand before the ciphertext.
pub(super) const NONCE_BYTES: usize = 12;

/// KEKs by number; the highest is the current one.
#[derive(Default)]
pub(super) struct Ring {
    ciphers: BTreeMap<KekId, Aes256Gcm>,
}

impl Ring {
    pub(super) fn insert(&mut self, id: KekId, secret: &[u8; 32]) {
        self.ciphers.insert(id, Aes256Gcm::new(secret.into()));
    }

    /// The highest number, 0 while there is none.
    pub(super) fn current(&self) -> KekId {
        self.ciphers.last_key_value().map_or(KekId(0), |(id, _)| *id)
    }

    /// Takes a KEK out.
    pub(super) fn remove(&mut self, id: KekId, place: &str) -> Result<(), Error> {
        if id == self.current() {
            return Err(Error::KekInUse { kek: id.0 });
        }
        self.ciphers.remove(&id).map(|_| ()).ok_or_else(|| unknown(id, place))
    }

    /// Nonce, ciphertext and tag: 60 bytes. The nonce must never have been used under this KEK.
    pub(super) fn wrap(
        &self,
        nonce: [u8; NONCE_BYTES],
        aad: &[u8],
        key: &[u8; 32],
        place: &str,
    ) -> Result<Wrapped, Error> {
        let kek = self.current();
        let cipher = self.ciphers.get(&kek).ok_or_else(|| unknown(kek, place))?;
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: key, aad })
            .map_err(|_| Error::Unwrap { kek: kek.0 })?;
        Ok(Wrapped { kek, bytes: [nonce.as_slice(), &sealed].concat() })
    }

    pub(super) fn unwrap(&self, aad: &[u8], wrapped: &Wrapped, place: &str) -> Result<[u8; 32], Error> {
        let cipher = self.ciphers.get(&wrapped.kek).ok_or_else(|| unknown(wrapped.kek, place))?;
        let refuse = || Error::Unwrap { kek: wrapped.kek.0 };
        let (nonce, sealed) = wrapped.bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(refuse)?;
        let key = cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad }).map_err(|_| refuse())?;
        key.try_into().map_err(|_| refuse())
    }
}

/// A key for one purpose from a root secret.
pub(super) fn derive(root: &[u8; 32], purpose: &str) -> [u8; 32] {
    keyed_hash(root, purpose.as_bytes())
}

/// HMAC-SHA-256 (RFC 2104, RFC 4231): for keyed-hash columns, with [`super::KeyProvider::index_key`].
pub fn keyed_hash(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // A key shorter than the hash's block of 64 bytes is padded with zeros (RFC 2104 section 2).
    let mut padded = [0; 64];
    for (to, from) in padded.iter_mut().zip(key) {
        *to = *from;
    }
    let mac = <Hmac<Sha256> as KeyInit>::new((&padded).into());
    mac.chain_update(message).finalize().into_bytes().into()
}

fn unknown(id: KekId, place: &str) -> Error {
    Error::UnknownKek { kek: id.0, name: place.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_hmac_sha_256() {
        // RFC 4231 test case 1 has a key of 20 bytes 0x0b; zero padding makes it 32 without changing the result.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let hash = keyed_hash(&key, b"Hi There");
        assert_eq!(&hash[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    }

    #[test]
    fn a_wrapped_key_opens_only_as_it_was_wrapped() {
        let mut ring = Ring::default();
        ring.insert(KekId(1), &[1; 32]);
        let wrapped = ring.wrap([5; 12], b"subject 7", &[9; 32], "here").unwrap();
        assert_eq!(wrapped.bytes.len(), 60);
        assert_eq!(ring.unwrap(b"subject 7", &wrapped, "here").unwrap(), [9; 32]);
        assert!(matches!(ring.unwrap(b"subject 8", &wrapped, "here"), Err(Error::Unwrap { kek: 1 })));
        for byte in 0..wrapped.bytes.len() {
            let mut changed = wrapped.clone();
            changed.bytes[byte] ^= 1;
            assert!(ring.unwrap(b"subject 7", &changed, "here").is_err());
        }
        ring.insert(KekId(2), &[2; 32]);
        assert_eq!(ring.unwrap(b"subject 7", &wrapped, "here").unwrap(), [9; 32], "the old one still opens");
        assert!(matches!(ring.remove(KekId(2), "here"), Err(Error::KekInUse { kek: 2 })));
        ring.remove(KekId(1), "here").unwrap();
        assert!(matches!(ring.unwrap(b"subject 7", &wrapped, "here"), Err(Error::UnknownKek { kek: 1, .. })));
    }
}
