//! What an account proves itself with, as its file writes it: in clear, `env:NAME`, or `sha256:<hex>` where a hash will
//! do. Comparing takes the same time whatever is different. Nothing here prints a secret.

use engine::world::Secret;
use sha2::{Digest, Sha256};
use std::fmt;

/// A secret that cannot be used as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is named, not given, and the environment has none.
    #[error("expected the environment variable {0} to hold a secret")]
    NoVariable(String),
    /// The protocol makes something of the secret itself, so its hash will not do.
    #[error(
        "expected a secret in clear or env:NAME: CMPP logs in with what is made of the secret itself, found sha256:"
    )]
    HashOnly,
    /// What should be 64 hexadecimal digits.
    #[error("expected 64 hexadecimal digits after sha256:, found something else")]
    BadHash,
}

/// A password that somebody says can be compared with.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Password([u8; 32]);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// Reads what the file says.
    pub(super) fn of(secret: &Secret) -> Result<Self, SecretError> {
        match secret.reveal().strip_prefix("sha256:") {
            Some(hex) => digest(hex).map(Self).ok_or(SecretError::BadHash),
            None => clear(secret).map(|text| Self(Sha256::digest(text.as_bytes()).into())),
        }
    }

    /// Whether this is it. Takes the same time for every wrong one.
    pub(super) fn is(&self, said: &str) -> bool {
        let said: [u8; 32] = Sha256::digest(said.as_bytes()).into();
        self.0.iter().zip(said).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

/// The secret itself, where the protocol needs it.
pub(super) fn clear(secret: &Secret) -> Result<String, SecretError> {
    let text = secret.reveal();
    if text.starts_with("sha256:") {
        return Err(SecretError::HashOnly);
    }
    match text.strip_prefix("env:") {
        None => Ok(text.to_owned()),
        Some(name) => std::env::var(name).map_err(|_| SecretError::NoVariable(name.to_owned())),
    }
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let (pairs, odd) = hex.as_bytes().as_chunks::<2>();
    if pairs.len() != digest.len() || !odd.is_empty() {
        return None;
    }
    for (octet, pair) in digest.iter_mut().zip(pairs) {
        *octet = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    #[test]
    fn a_password_is_known_by_itself_or_by_its_hash() {
        for written in ["secret", HASH] {
            let password = Password::of(&Secret::new(written)).unwrap();
            assert!(password.is("secret") && !password.is("Secret") && !password.is(""), "{written}");
            assert_eq!(format!("{password:?}"), "Password");
        }
        assert_eq!(Password::of(&Secret::new("sha256:2b")), Err(SecretError::BadHash));
    }

    #[test]
    fn a_secret_that_must_be_clear_is_refused_as_a_hash() {
        assert_eq!(clear(&Secret::new("s")), Ok("s".to_owned()));
        assert_eq!(clear(&Secret::new(HASH)), Err(SecretError::HashOnly));
        let missing = clear(&Secret::new("env:HONGYAN_NO_SUCH_VARIABLE")).unwrap_err();
        assert!(missing.to_string().contains("HONGYAN_NO_SUCH_VARIABLE"));
    }
}
