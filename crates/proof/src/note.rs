//! Signed notes: a text and the signatures under it (c2sp.org/signed-note), with the key formats that Go reads.
//!
//! Two kinds of signature are known: plain Ed25519 (type 0x01, the log's own) and Ed25519 cosignatures with a time
//! (type 0x04, a witness's, c2sp.org/tlog-cosignature). Lines by unknown keys are ignored, as the specification
//! demands; a line by a known key that does not verify spoils the whole note.
//!
//! Refuses to draw keys or read clocks: seeds and times are arguments. Called by the checkpoint and the certificate,
//! by the log when it signs, and by a witness when it cosigns.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The longest note in bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// The most signature lines; a verifier must accept at least 16 (signed-note, "Format").
pub const SIGNATURES_MAX: usize = 64;
/// The longest key name in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// How a key signs: the signature type byte of c2sp.org/signed-note, "Signature types".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519 over the note's text.
    Ed25519 = 0x01,
    /// Ed25519 over `cosignature/v1`, the time and the note's text: what a witness says.
    CosignatureV1 = 0x04,
}

/// The public half of a key: whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    algorithm: Algorithm,
    key: VerifyingKey,
}

/// The secret half of a key. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct SignerKey {
    public: VerifierKey,
    key: SigningKey,
}

/// A text with its signatures, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The first four bytes of a hash of name, algorithm and public key; an identifier, not a proof.
    pub key_id: u32,
    /// What the algorithm made.
    pub bytes: Vec<u8>,
}

/// A signature that holds: who signed and, for a cosignature, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The name of the key.
    pub name: String,
    /// Seconds since 1970-01-01T00:00:00Z, as the witness says; `None` for a plain signature.
    pub time_s: Option<u64>,
}

/// Why a note, a key or a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a signed note.
    #[error("line {line} of the note: expected {expected}, found {found:?}")]
    Malformed {
        /// Which line, from 1.
        line: usize,
        /// What the format has there.
        expected: &'static str,
        /// What is there, cut short.
        found: String,
    },
    /// Longer than one of the limits.
    #[error("note with {found} {what}: expected at most {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// How much there is.
        found: usize,
    },
    /// Not a key. What was found is not shown, it may be a secret.
    #[error("key: expected {expected}")]
    Key {
        /// What a key has where this one differs.
        expected: &'static str,
    },
    /// No line by any known key.
    #[error("note: expected a signature by {expected}, found none")]
    Unsigned {
        /// The names of the known keys.
        expected: String,
    },
    /// A line by a known key that does not verify.
    #[error("signature by {name}: expected one over this text, found one that does not verify")]
    BadSignature {
        /// The name of the key.
        name: String,
    },
}

impl Algorithm {
    fn of_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1].into_iter().find(|algorithm| *algorithm as u8 == byte)
    }
}

impl VerifierKey {
    /// A key by its name and its 32 public bytes (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`Error::Key`] for a name that a signature line cannot carry, or bytes that are no point of the curve.
    pub fn new(name: &str, algorithm: Algorithm, public: &[u8; 32]) -> Result<Self, Error> {
        if !is_key_name(name) {
            return Err(Error::Key {
                expected: "a name of 1 to 255 bytes without spaces, plus signs and control characters",
            });
        }
        let key =
            VerifyingKey::from_bytes(public).map_err(|_| Error::Key { expected: "a point of Ed25519" })?;
        Ok(Self { name: name.to_owned(), id: key_id(name, algorithm, public), algorithm, key })
    }

    /// Reads the form `name+id+base64(algorithm ‖ public key)`, as golang.org/x/mod/sumdb/note writes verifier keys.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (name, id, algorithm, public) = parse_key(text.trim_end_matches(['\r', '\n']))?;
        let key = Self::new(name, algorithm, &public)?;
        if key.id == id {
            Ok(key)
        } else {
            Err(Error::Key { expected: "the key id that its name and bytes give" })
        }
    }

    /// The name, e.g. the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identifier in signature lines.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 public bytes.
    pub fn public_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether a signature line claims to be by this key.
    fn claims(&self, signature: &Signature) -> bool {
        signature.key_id == self.id && signature.name == self.name
    }

    fn check(&self, text: &str, signature: &[u8]) -> Option<Signed> {
        let (time_s, message, signature) = match self.algorithm {
            Algorithm::Ed25519 => (None, text.as_bytes().to_vec(), signature),
            Algorithm::CosignatureV1 => {
                let (time, rest) = signature.split_first_chunk::<8>()?;
                let time_s = u64::from_be_bytes(*time);
                // A time must stay below 2^63 (tlog-cosignature, "Format").
                i64::try_from(time_s).ok()?;
                (Some(time_s), cosigned_message(time_s, text), rest)
            }
        };
        let signature = ed25519_dalek::Signature::from_bytes(signature.try_into().ok()?);
        self.key.verify_strict(&message, &signature).ok()?;
        Some(Signed { name: self.name.clone(), time_s })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, self, &self.key.to_bytes())
    }
}

impl SignerKey {
    /// A key by its name and its 32 secret bytes (RFC 8032 section 5.1.5), which must be random.
    ///
    /// # Errors
    /// [`Error::Key`] for a name that a signature line cannot carry.
    pub fn from_seed(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = SigningKey::from_bytes(seed);
        Ok(Self { public: VerifierKey::new(name, algorithm, &key.verifying_key().to_bytes())?, key })
    }

    /// Reads the form `PRIVATE+KEY+name+id+base64(algorithm ‖ seed)`, as golang.org/x/mod/sumdb/note writes signer keys.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let rest = text.trim_end_matches(['\r', '\n']).strip_prefix(SECRET_PREFIX);
        let (name, id, algorithm, seed) = parse_key(rest.ok_or(Error::Key { expected: "PRIVATE+KEY+" })?)?;
        let key = Self::from_seed(name, algorithm, &seed)?;
        if key.public.id == id {
            Ok(key)
        } else {
            Err(Error::Key { expected: "the key id that its name and bytes give" })
        }
    }

    /// The secret form that [`SignerKey::parse`] reads. The only way to print a key; keep it where secrets are kept.
    pub fn to_secret_text(&self) -> String {
        struct Secret<'a>(&'a SignerKey);
        impl fmt::Display for Secret<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SECRET_PREFIX)?;
                write_key(f, &self.0.public, self.0.key.as_bytes())
            }
        }
        Secret(self).to_string()
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.public
    }

    /// Signs a note's text. `time_s` (seconds since 1970, below 2^63) is used by cosignatures alone: it is when the
    /// witness saw this checkpoint.
    pub fn sign(&self, text: &str, time_s: u64) -> Signature {
        let bytes = match self.public.algorithm {
            Algorithm::Ed25519 => self.key.sign(text.as_bytes()).to_vec(),
            Algorithm::CosignatureV1 => {
                let mut bytes = time_s.to_be_bytes().to_vec();
                bytes.extend(self.key.sign(&cosigned_message(time_s, text)).to_bytes());
                bytes
            }
        };
        Signature { name: self.public.name.clone(), key_id: self.public.id, bytes }
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({}, hidden)", self.public.name)
    }
}

impl Note {
    /// A note without signatures.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a text that is empty, does not end in a newline or holds other control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        check_characters(&text)?;
        if !text.ends_with('\n') {
            return Err(malformed(text.lines().count(), "a newline at the end of the text", &text));
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// The signed text, ending in a newline. **Not to be trusted before [`Note::verify`].**
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, verified or not.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature line, unless one by the same key is there.
    pub fn add(&mut self, signature: Signature) {
        if !self.signatures.iter().any(|known| is_same_key(known, &signature)) {
            self.signatures.push(signature);
        }
    }

    /// The note as it is published.
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for Signature { name, key_id, bytes } in &self.signatures {
            let bytes = [&key_id.to_be_bytes(), bytes.as_slice()].concat();
            out.push_str(&format!("{SIGNATURE_PREFIX}{name} {}\n", STANDARD.encode(bytes)));
        }
        out
    }

    /// The signatures by any of `keys`, at least one, each of which holds, in the order of their lines.
    ///
    /// # Errors
    /// [`Error::Unsigned`] when no line is by any of the keys, [`Error::BadSignature`] when one is and does not verify
    /// (signed-note, "Signatures": such notes must be rejected).
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Signed>, Error> {
        let holding = self.holding(keys)?;
        if holding.is_empty() {
            let names: Vec<&str> = keys.iter().map(VerifierKey::name).collect();
            return Err(Error::Unsigned { expected: names.join(" or ") });
        }
        Ok(holding)
    }

    /// As [`Note::verify`], but none is fine: for those who count.
    pub(crate) fn holding(&self, keys: &[VerifierKey]) -> Result<Vec<Signed>, Error> {
        let mut holding = Vec::new();
        for signature in &self.signatures {
            let Some(key) = keys.iter().find(|key| key.claims(signature)) else { continue };
            let bad = || Error::BadSignature { name: key.name.clone() };
            holding.push(key.check(&self.text, &signature.bytes).ok_or_else(bad)?);
        }
        Ok(holding)
    }
}

/// Reads a signed note: text, empty line, signature lines (c2sp.org/signed-note, "Format").
///
/// # Errors
/// [`Error::Malformed`] with the line, or [`Error::TooMuch`]. Two lines by the same key are refused too.
pub fn parse(input: &[u8]) -> Result<Note, Error> {
    if input.len() > NOTE_BYTES_MAX {
        return Err(Error::TooMuch { what: "bytes", limit: NOTE_BYTES_MAX, found: input.len() });
    }
    let input = std::str::from_utf8(input).map_err(|fault| {
        let valid = input.get(..fault.valid_up_to()).unwrap_or_default();
        malformed(1 + valid.iter().filter(|byte| **byte == b'\n').count(), "UTF-8", "other bytes")
    })?;
    check_characters(input)?;
    // The last empty line separates; the text keeps its own newline.
    let Some(end) = input.rfind("\n\n") else {
        return Err(malformed(input.lines().count(), "an empty line between text and signatures", input));
    };
    let (text, lines) = input.split_at(end + 1);
    let lines = lines.strip_prefix('\n').unwrap_or_default();
    let first_line = text.lines().count() + 2;
    let Some(lines) = lines.strip_suffix('\n') else {
        return Err(malformed(first_line, "signature lines, each ending in a newline", lines));
    };
    let mut note = Note::new(text)?;
    for (number, line) in (first_line..).zip(lines.split('\n')) {
        let signature = parse_signature(line).ok_or_else(|| malformed(number, "a signature line", line))?;
        if note.signatures.iter().any(|known| is_same_key(known, &signature)) {
            return Err(malformed(number, "one line per key", line));
        }
        note.signatures.push(signature);
        if note.signatures.len() > SIGNATURES_MAX {
            let found = lines.split('\n').count();
            return Err(Error::TooMuch { what: "signatures", limit: SIGNATURES_MAX, found });
        }
    }
    Ok(note)
}

fn parse_signature(line: &str) -> Option<Signature> {
    let (name, bytes) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (key_id, rest) = bytes.split_first_chunk::<4>()?;
    let good = is_key_name(name) && !rest.is_empty();
    good.then(|| Signature {
        name: name.to_owned(),
        key_id: u32::from_be_bytes(*key_id),
        bytes: rest.to_vec(),
    })
}

fn is_same_key(one: &Signature, other: &Signature) -> bool {
    one.key_id == other.key_id && one.name == other.name
}

/// Name, id, algorithm and the 32 bytes of a key in either text form.
fn parse_key(text: &str) -> Result<(&str, u32, Algorithm, [u8; 32]), Error> {
    let shape = Error::Key { expected: "name+id+base64" };
    let mut fields = text.splitn(3, '+');
    let (Some(name), Some(id), Some(bytes)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(shape);
    };
    let id: [u8; 4] = crate::hash::hex_decode(id)
        .and_then(|id| id.try_into().ok())
        .ok_or(Error::Key { expected: "a key id of eight hex digits" })?;
    let bytes = STANDARD.decode(bytes).map_err(|_| shape)?;
    let (algorithm, key) = bytes.split_first().ok_or(Error::Key { expected: "an algorithm byte" })?;
    let algorithm = Algorithm::of_byte(*algorithm)
        .ok_or(Error::Key { expected: "algorithm 1 (Ed25519) or 4 (Ed25519 cosignature)" })?;
    let key = key.try_into().map_err(|_| Error::Key { expected: "32 key bytes" })?;
    Ok((name, u32::from_be_bytes(id), algorithm, key))
}

fn write_key(f: &mut fmt::Formatter<'_>, public: &VerifierKey, key: &[u8; 32]) -> fmt::Result {
    let bytes = [&[public.algorithm as u8], key.as_slice()].concat();
    write!(f, "{}+{:08x}+{}", public.name, public.id, STANDARD.encode(bytes))
}

/// SHA-256(name ‖ newline ‖ algorithm ‖ public key), first four bytes (signed-note, "Signatures").
fn key_id(name: &str, algorithm: Algorithm, public: &[u8; 32]) -> u32 {
    let hasher = Sha256::new().chain_update(name).chain_update([b'\n', algorithm as u8]).chain_update(public);
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    u32::from_be_bytes([a, b, c, d])
}

/// What a witness signs (tlog-cosignature, "Ed25519 signed message").
fn cosigned_message(time_s: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes()
}

fn is_key_name(name: &str) -> bool {
    let bad = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.contains(bad)
}

fn check_characters(text: &str) -> Result<(), Error> {
    let bad = |line: &&str| line.bytes().any(|byte| byte < b' ');
    match text.split('\n').zip(1..).find(|(line, _)| bad(line)) {
        Some((line, number)) => Err(malformed(number, "no control characters", line)),
        None => Ok(()),
    }
}

fn malformed(line: usize, expected: &'static str, found: &str) -> Error {
    Error::Malformed { line, expected, found: found.chars().take(FOUND_CHARACTERS).collect() }
}

const SECRET_PREFIX: &str = "PRIVATE+KEY+";
/// Em dash (U+2014) and a space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";
const FOUND_CHARACTERS: usize = 60;

#[cfg(test)]
mod tests;
