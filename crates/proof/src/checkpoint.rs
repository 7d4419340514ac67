//! Checkpoints: which log, how many entries, which root (c2sp.org/tlog-checkpoint), as the text of a signed note.
//!
//! Refuses extension lines: they are not recommended, and our log writes none. Called by the log when it signs, and by
//! the certificate and every verifier when they read.

use crate::hash::Hash;
use crate::note::{self, Algorithm, Note, Signed, SignerKey, VerifierKey};

/// The head of a tree at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's identity, a URL without a scheme; by convention also the name of its key.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The RFC 6962 root over them.
    pub root: Hash,
}

/// Why a checkpoint was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The note is not one, or a signature on it does not hold.
    #[error(transparent)]
    Note(#[from] note::Error),
    /// The text of the note is no checkpoint.
    #[error("line {line} of the checkpoint: expected {expected}, found {found:?}")]
    Malformed {
        /// Which line, from 1.
        line: usize,
        /// What a checkpoint has there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// Another log's checkpoint.
    #[error("checkpoint of {found}: expected one of {expected}")]
    Origin {
        /// The name of the log's key.
        expected: String,
        /// The origin in the checkpoint.
        found: String,
    },
    /// Too few of the cosigners signed.
    #[error("checkpoint with {found} cosignatures: expected at least {expected}")]
    Quorum {
        /// The quorum.
        expected: usize,
        /// How many distinct cosigners signed.
        found: usize,
    },
}

impl Checkpoint {
    /// The text of the note: origin, size and root, a line each.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// The note of this checkpoint, signed by the log's key.
    ///
    /// A log must never sign two checkpoints of which one does not begin with the other; that is the caller's to keep.
    ///
    /// # Errors
    /// [`note::Error::Malformed`] for an origin that is empty or holds control characters.
    pub fn sign(&self, key: &SignerKey) -> Result<Note, Error> {
        Self::parse(&self.to_text())?;
        let mut note = Note::new(self.to_text())?;
        note.add(key.sign(note.text(), 0));
        Ok(note)
    }

    /// Reads the text of a note: exactly three lines.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let malformed =
            |line, expected, found: &str| Error::Malformed { line, expected, found: found.to_owned() };
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines.as_slice() else {
            return Err(malformed(lines.len(), "three lines: origin, size and root", text));
        };
        if origin.is_empty() {
            return Err(malformed(1, "an origin", origin));
        }
        let size = decimal(size).ok_or_else(|| malformed(2, "a size without leading zeroes", size))?;
        let root = Hash::from_base64(root).ok_or_else(|| malformed(3, "32 bytes in base64", root))?;
        Ok(Self { origin: (*origin).to_owned(), size, root })
    }

    /// Verifies a checkpoint's note: the log's own signature, and those of at least `quorum` different cosigners.
    ///
    /// Returns the checkpoint and the cosignatures that hold. A line by a key that is not asked about is ignored; a
    /// line by one that is and does not hold spoils the whole.
    ///
    /// # Errors
    /// See [`Error`]; the first thing that is wrong.
    pub fn verify(
        note: &Note,
        log_key: &VerifierKey,
        cosigners: &[VerifierKey],
        quorum: usize,
    ) -> Result<(Self, Vec<Signed>), Error> {
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != log_key.name() {
            return Err(Error::Origin { expected: log_key.name().to_owned(), found: checkpoint.origin });
        }
        note.verify(std::slice::from_ref(log_key))?;
        let cosignatures = note.holding(&independent(log_key, cosigners))?;
        if cosignatures.len() < quorum {
            return Err(Error::Quorum { expected: quorum, found: cosignatures.len() });
        }
        Ok((checkpoint, cosignatures))
    }
}

/// The cosigners that count: real cosigning keys, each public key once whatever its names, and not the log itself.
fn independent(log_key: &VerifierKey, cosigners: &[VerifierKey]) -> Vec<VerifierKey> {
    let mut counted: Vec<VerifierKey> = Vec::new();
    for key in cosigners {
        let seen = counted.iter().chain([log_key]).any(|other| other.public_bytes() == key.public_bytes());
        if !seen && key.algorithm() == Algorithm::CosignatureV1 {
            counted.push(key.clone());
        }
    }
    counted
}

/// An ASCII decimal as the C2SP formats write it: digits alone, no leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, algorithm: Algorithm, seed: u8) -> SignerKey {
        SignerKey::from_seed(name, algorithm, &[seed; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "bank.example/log".to_owned(), size: 7, root: Hash::of(b"root") }
    }

    #[test]
    fn text_comes_back_and_no_other_does() {
        let text = checkpoint().to_text();
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint()));
        let root = Hash::of(b"root").to_base64();
        let bad = [
            String::new(),
            text.trim_end().to_owned(),
            format!("{text}extension\n"),
            format!("{text}\n"),
            format!("\n7\n{root}\n"),
            format!("o\n07\n{root}\n"),
            format!("o\n+7\n{root}\n"),
            format!("o\n-7\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            format!("o\n7\n{}\n", &root[1..]),
            format!("o\r\n7\r\n{root}\r\n"),
        ];
        for text in bad {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_quorum_is_of_different_cosigners_and_never_of_the_log() {
        let log = key("bank.example/log", Algorithm::Ed25519, 1);
        let one = key("one.example", Algorithm::CosignatureV1, 2);
        let alias = key("alias.example", Algorithm::CosignatureV1, 2);
        let own = key("own.example", Algorithm::CosignatureV1, 1);
        let plain = key("plain.example", Algorithm::Ed25519, 3);
        let two = key("two.example", Algorithm::CosignatureV1, 4);
        let mut note = checkpoint().sign(&log).unwrap();
        for key in [&one, &alias, &own, &plain] {
            note.add(key.sign(note.text(), 1_700_000_000));
        }
        let keys = [&one, &alias, &own, &plain, &two].map(|key| key.verifier().clone());
        let verify = |note: &Note, quorum| Checkpoint::verify(note, log.verifier(), &keys, quorum);
        assert_eq!(verify(&note, 2), Err(Error::Quorum { expected: 2, found: 1 }));
        let (read, cosignatures) = verify(&note, 1).unwrap();
        assert_eq!(read, checkpoint());
        assert_eq!(cosignatures, [Signed { name: "one.example".into(), time_s: Some(1_700_000_000) }]);
        note.add(two.sign(note.text(), 1_700_000_000));
        assert_eq!(verify(&note, 2).unwrap().1.len(), 2);
    }

    #[test]
    fn the_log_itself_must_have_signed_its_own_origin() {
        let log = key("bank.example/log", Algorithm::Ed25519, 1);
        let other = key("other.example/log", Algorithm::Ed25519, 1);
        let witness = key("one.example", Algorithm::CosignatureV1, 2);
        let mut note = Note::new(checkpoint().to_text()).unwrap();
        note.add(witness.sign(note.text(), 5));
        let verify = |note: &Note, key: &SignerKey| Checkpoint::verify(note, key.verifier(), &[], 0);
        assert!(matches!(verify(&note, &log), Err(Error::Note(note::Error::Unsigned { .. }))));
        assert!(matches!(verify(&checkpoint().sign(&other).unwrap(), &other), Err(Error::Origin { .. })));
        let mut forged = checkpoint().sign(&log).unwrap();
        let mut line = witness.sign(forged.text(), 5);
        line.bytes[8] ^= 1;
        forged.add(line);
        assert!(verify(&forged, &log).is_ok());
        let keys = [witness.verifier().clone()];
        let spoiled = Checkpoint::verify(&forged, log.verifier(), &keys, 0);
        assert_eq!(spoiled, Err(Error::Note(note::Error::BadSignature { name: "one.example".into() })));
    }
}
