//! TLS for those who bind to us: a certificate chain and a key from PEM files, TLS 1.2 and 1.3, by ring.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is not there, or is no PEM file with what is wanted.
    #[error("{path}: expected {expected} in PEM: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The two do not go together.
    #[error("the certificate and its key: {0}")]
    Pair(#[from] tokio_rustls::rustls::Error),
}

/// Reads certificate chain and key.
///
/// # Errors
/// Files that cannot be read, a key that is not the certificate's.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let wrong = |path: &Path, expected, why: String| TlsError::File { path: path.to_owned(), expected, why };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|e| wrong(certificate, "a certificate chain", e.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "a certificate chain", "found none".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, "a private key", e.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
