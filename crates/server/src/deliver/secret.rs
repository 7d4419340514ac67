//! What an account proves itself with, as its file writes it: in clear, `env:NAME`, or `sha256:<hex>` where a hash will
//! do (bearer tokens, passwords over SMPP). Comparing takes the same time whatever is different. Nothing here prints a
//! secret. Whoever lets accounts in asks here: binds, our API, the dialects, callbacks.

use engine::world::Secret;
use model::AccountId;
use sha2::{Digest, Sha256};

/// An account whose access cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("account {account}: {what}: {why}")]
pub struct AccountError {
    /// Which.
    pub account: AccountId,
    /// Which part of its access.
    pub what: &'static str,
    /// Why.
    pub why: SecretError,
}

/// A secret that cannot be used as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is named, not given, and the environment has none.
    #[error("expected the environment variable {0} to hold a secret")]
    NoVariable(String),
    /// Something is made of the secret itself (a signature, a login over CMPP), so its hash will not do.
    #[error(
        "expected a secret in clear or env:NAME, because proofs are made of the secret itself; found sha256:"
    )]
    HashOnly,
    /// What should be 64 hexadecimal digits.
    #[error("expected 64 hexadecimal digits after sha256:, found something else")]
    BadHash,
    /// What should be a secret of Standard Webhooks.
    #[error("expected whsec_ and 24 to 64 octets in base64, found something else")]
    NoWebhookSecret,
    /// The dialect signs, and there is nothing to sign with.
    #[error("expected a secret, found none: this dialect signs what it sends")]
    Missing,
    /// Certificates that cannot be trusted.
    #[error("roots: expected a PEM file with certificates at {path}: {why}")]
    Roots {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// An address that cannot be called.
    #[error("expected an http or https address with a host")]
    Address,
}

/// The secret itself, where a proof is made of it.
///
/// # Errors
/// A secret that is not there, or only its hash.
pub(crate) fn clear(secret: &Secret) -> Result<String, SecretError> {
    let text = secret.reveal();
    if text.starts_with("sha256:") {
        return Err(SecretError::HashOnly);
    }
    match text.strip_prefix("env:") {
        None => Ok(text.to_owned()),
        Some(name) => std::env::var(name).map_err(|_| SecretError::NoVariable(name.to_owned())),
    }
}

/// A password that what somebody says is compared with. Does not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password([u8; 32]);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// Reads what the file says.
    ///
    /// # Errors
    /// A secret that is not there, a hash that is none.
    pub(crate) fn of(secret: &Secret) -> Result<Self, SecretError> {
        digest(secret).map(Self)
    }

    /// Whether this is it. Takes the same time for every wrong one.
    pub(crate) fn is(&self, said: &str) -> bool {
        self.0.iter().zip(digest_of(said)).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

/// The SHA-256 of a secret: all that is kept of what is only compared.
///
/// # Errors
/// A secret that is not there, a hash that is none.
pub(crate) fn digest(secret: &Secret) -> Result<[u8; 32], SecretError> {
    match secret.reveal().strip_prefix("sha256:") {
        Some(hex) => {
            let octets = wire::http::encode::unhex(hex).and_then(|octets| octets.try_into().ok());
            octets.ok_or(SecretError::BadHash)
        }
        None => clear(secret).map(|text| digest_of(&text)),
    }
}

/// The SHA-256 of what somebody presents.
pub(crate) fn digest_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    #[test]
    fn a_token_is_known_by_itself_or_by_its_hash() {
        for written in ["secret", HASH] {
            assert_eq!(digest(&Secret::new(written)), Ok(digest_of("secret")), "{written}");
            let password = Password::of(&Secret::new(written)).unwrap();
            assert!(password.is("secret") && !password.is("Secret") && !password.is(""), "{written}");
            assert_eq!(format!("{password:?}"), "Password");
        }
        assert_eq!(digest(&Secret::new("sha256:2b")), Err(SecretError::BadHash));
        assert_eq!(clear(&Secret::new(HASH)), Err(SecretError::HashOnly));
        let missing = clear(&Secret::new("env:HONGYAN_NO_SUCH_VARIABLE")).unwrap_err();
        assert!(missing.to_string().contains("HONGYAN_NO_SUCH_VARIABLE"));
    }
}
