//! TLS to a carrier: whom we trust, and under which name we expect it.

use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The word for the roots that browsers trust.
const SYSTEM: &str = "system";

/// How a connection is made secure.
#[derive(Clone)]
pub(super) struct Secure {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Secure {
    /// `roots` is a PEM file of certificate authorities, or `system`; `address` is `host:port`.
    ///
    /// # Errors
    /// What was expected and what came, for the operator.
    pub(super) fn new(roots: &str, address: &str) -> Result<Self, String> {
        let mut store = RootCertStore::empty();
        if roots == SYSTEM {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        } else {
            let file = CertificateDer::pem_file_iter(roots);
            for certificate in file.map_err(|e| format!("tls: expected a PEM file at {roots}: {e}"))? {
                let certificate = certificate.map_err(|e| format!("tls: {roots}: {e}"))?;
                store.add(certificate).map_err(|e| format!("tls: {roots}: {e}"))?;
            }
        }
        if store.is_empty() {
            return Err(format!("tls: expected a certificate in {roots}, found none"));
        }
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|_| {
            format!("tls: expected a name or an address that a certificate can bear, found {address}")
        })?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| format!("tls: {e}"))?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Shakes hands over a connection.
    ///
    /// # Errors
    /// A carrier that does not prove that it is who it should be.
    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_trusted_is_said_at_the_start() {
        assert!(Secure::new(SYSTEM, "smsc.example.com:3550").is_ok());
        assert!(Secure::new(SYSTEM, "[::1]:3550").is_ok());
        for (roots, address, said) in
            [("/nowhere/ca.pem", "a:1", "expected a PEM file"), (SYSTEM, "a b:1", "expected a name")]
        {
            let error = Secure::new(roots, address).map(drop).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
