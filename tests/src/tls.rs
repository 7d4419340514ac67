//! TLS for tests: an authority that is made when a test runs, certificates of it, a client's stream, and a relay that speaks
//! TLS on one side and hands everything on in clear, so that any peer of a test can be reached over TLS.

use crate::esme::Stream;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

/// Who makes certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, in PEM.
    pub pem: String,
}

/// A certificate and its key, in PEM.
pub struct Identity {
    /// The certificate.
    pub chain: String,
    /// The key.
    pub key: String,
}

/// How long a relay waits for octets before it looks at the other side.
const LOOK_EVERY: Duration = Duration::from_millis(3);

impl Authority {
    /// A new one, trusted by nobody yet.
    pub fn make() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Two of one name would be taken for each other, and only the signature would be wrong.
        let name = format!("authority {} of a test", NEXT.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a name or an address.
    pub fn identity(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let chain = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { chain, key: key.serialize_pem() }
    }

    /// Shakes hands with a server that must prove to be `name` by a certificate of this authority.
    ///
    /// # Errors
    /// What TLS finds wrong.
    pub fn connect(&self, address: &str, name: &str) -> std::io::Result<Box<dyn Stream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut socket = TcpStream::connect(address)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        Ok(Box::new(StreamOwned::new(connection, socket)))
    }
}

impl Stream for StreamOwned<ClientConnection, TcpStream> {
    fn wait(&mut self, time: Duration) {
        self.sock.set_read_timeout(Some(time)).unwrap();
    }
}

impl Identity {
    fn config(&self) -> Arc<ServerConfig> {
        let chain = CertificateDer::pem_slice_iter(self.chain.as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Arc::new(config)
    }

    /// Listens with this certificate, and hands on in clear to `inner`. It ends with the test's process.
    pub fn relay(&self, inner: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = self.config();
        std::thread::spawn(move || {
            for outer in listener.incoming() {
                let (config, Ok(outer)) = (Arc::clone(&config), outer) else { return };
                std::thread::spawn(move || hand_on(config, outer, inner));
            }
        });
        address
    }
}

/// Hands octets both ways until one side is over; an error of either ends both.
fn hand_on(config: Arc<ServerConfig>, mut outer: TcpStream, inner: SocketAddr) -> Option<()> {
    let mut connection = ServerConnection::new(config).ok()?;
    while connection.is_handshaking() {
        connection.complete_io(&mut outer).ok()?;
    }
    let mut inner = TcpStream::connect(inner).ok()?;
    inner.set_read_timeout(Some(LOOK_EVERY)).ok()?;
    outer.set_read_timeout(Some(LOOK_EVERY)).ok()?;
    let mut outer = StreamOwned::new(connection, outer);
    let mut octets = [0; 16_384];
    let quiet = |e: &std::io::Error| matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    loop {
        match outer.read(&mut octets) {
            Ok(0) => return None,
            Ok(n) => inner.write_all(&octets[..n]).ok()?,
            Err(e) if quiet(&e) => {}
            Err(_) => return None,
        }
        match inner.read(&mut octets) {
            Ok(0) => {
                outer.conn.send_close_notify();
                return outer.flush().ok();
            }
            Ok(n) => outer.write_all(&octets[..n]).and_then(|()| outer.flush()).ok()?,
            Err(e) if quiet(&e) => {}
            Err(_) => return None,
        }
    }
}
