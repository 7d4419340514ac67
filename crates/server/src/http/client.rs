//! Calls that we make: to providers, and to whoever wants to be called back. HTTP/1.1 and HTTP/2 over kept connections.
//!
//! It follows no redirect, sends no cookie and never tries again by itself: whether a call may be made twice is a
//! question about a message, and the caller knows. A call ends within its time, an answer within its size. A name is
//! resolved once for a connection, its addresses are judged ([`Reach`]), and the connection goes to what was judged, with the name as
//! `Host` and in TLS. Errors name the host, never the path, the headers or the body: credentials and numbers stand there.

use super::reach::Reach;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{HeaderMap, Method, Request, Uri, Version};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// How long connecting to one address may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long an unused connection is kept.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// How many unused connections are kept for one host.
const IDLE_PER_HOST_MAX: usize = 8;
/// How many of a name's addresses are tried.
const ADDRESSES_MAX: usize = 4;

/// How a client is made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Which addresses it may connect to.
    pub reach: Reach,
    /// Certificates in PEM that are trusted besides the list that ships; empty for none.
    pub roots_pem: Vec<u8>,
    /// Whether plain `http://` may be called; if not, only `https://`.
    pub plain: bool,
    /// Whether only HTTP/2 is spoken, as some providers ask; over TLS only.
    pub http2_only: bool,
}

impl Default for ClientOptions {
    /// Anywhere, plain and TLS, both versions: for addresses that the operator configured.
    fn default() -> Self {
        Self { reach: Reach::Anywhere, roots_pem: Vec::new(), plain: true, http2_only: false }
    }
}

/// A client that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The extra certificates are none.
    #[error("expected certificates in PEM: {0}")]
    Roots(String),
    /// The TLS library refused its set-up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// A call to make.
#[derive(Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Where to: scheme, host and path.
    pub uri: Uri,
    /// Its headers; `Host` is made of the uri, if it is not among them.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How long it may take, from resolving the name to the last byte of the answer.
    pub time_max: Duration,
    /// How large the answer's body may be, in bytes.
    pub answer_bytes_max: usize,
}

impl Call {
    /// How long a call may take unless it says so.
    pub const TIME_MAX: Duration = Duration::from_secs(15);
    /// How large an answer may be unless it says so.
    pub const ANSWER_BYTES_MAX: usize = 1 << 20;

    /// A call with the usual limits and no headers.
    pub fn new(method: Method, uri: Uri, body: impl Into<Bytes>) -> Self {
        let (time_max, answer_bytes_max) = (Self::TIME_MAX, Self::ANSWER_BYTES_MAX);
        Self { method, uri, headers: HeaderMap::new(), body: body.into(), time_max, answer_bytes_max }
    }

    /// A request of a dialect: `base` gives scheme and host, such as `https://dysmsapi.aliyuncs.com`, and may have a path
    /// that comes before the request's.
    ///
    /// # Errors
    /// What cannot stand in a request: a base without a host, a header with a line break.
    pub fn of(base: &Uri, outgoing: &wire::http::Outgoing) -> Result<Self, CallError> {
        let bad = |what| CallError::Malformed { what };
        let mut target = format!("{}{}", base.path().trim_end_matches('/'), outgoing.path);
        if !outgoing.raw_query.is_empty() {
            target = format!("{target}?{}", outgoing.raw_query);
        }
        let mut parts = base.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(|_| bad("path"))?);
        let uri = Uri::from_parts(parts).map_err(|_| bad("address"))?;
        let method = Method::from_bytes(outgoing.method.as_bytes()).map_err(|_| bad("method"))?;
        let mut call = Self::new(method, uri, outgoing.body.clone());
        for (name, value) in &outgoing.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("header's name"))?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad("header's value"))?;
            call.headers.append(name, value);
        }
        Ok(call)
    }
}

impl std::fmt::Debug for Call {
    /// The host and sizes only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.uri.host().unwrap_or("?");
        write!(
            f,
            "<{} to {host}: {} headers, body of {} bytes>",
            self.method,
            self.headers.len(),
            self.body.len()
        )
    }
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl std::fmt::Debug for Answer {
    /// Status and size only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<answer {} of {} bytes>", self.status, self.body.len())
    }
}

/// A call without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It is no request.
    #[error("expected a request that can be sent, found a wrong {what}")]
    Malformed {
        /// Which part of it.
        what: &'static str,
    },
    /// The address may not be reached, or the scheme not be used.
    #[error("{host} may not be called: {why}")]
    Forbidden {
        /// Which host.
        host: String,
        /// Why.
        why: String,
    },
    /// No connection: the other side has seen nothing of it.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// Which host.
        host: String,
        /// Why.
        why: String,
    },
    /// The connection broke, or what came is no HTTP. The other side may have seen it.
    #[error("{host} did not answer: {why}")]
    Broken {
        /// Which host.
        host: String,
        /// Why.
        why: String,
    },
    /// It took too long. The other side may have seen it.
    #[error("{host} did not answer within {millis} ms")]
    TimedOut {
        /// Which host.
        host: String,
        /// How long was waited.
        millis: u128,
    },
    /// The answer is larger than expected. The other side has seen the call.
    #[error("{host} answered {status} with more than {bytes_max} bytes")]
    TooLong {
        /// Which host.
        host: String,
        /// With which status.
        status: u16,
        /// How many bytes were expected at most.
        bytes_max: usize,
    },
}

impl CallError {
    /// Whether the other side surely has seen nothing of the call: it may be made again without doubling anything.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::Forbidden { .. } | Self::Unreachable { .. })
    }
}

/// Makes calls. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<Dial>, Full<Bytes>>,
    plain: bool,
    http2_only: bool,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client of its own: its connections are shared with nobody else's.
    ///
    /// # Errors
    /// Certificates that are none.
    pub fn new(options: &ClientOptions) -> Result<Self, ClientError> {
        let tls = tls(&options.roots_pem)?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = if options.plain { builder.https_or_http() } else { builder.https_only() };
        let builder = if options.http2_only { builder.enable_http2() } else { builder.enable_all_versions() };
        let connector = builder.wrap_connector(Dial { reach: Arc::new(options.reach.clone()) });
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .pool_timer(TokioTimer::new())
            .retry_canceled_requests(false)
            .http2_only(options.http2_only)
            .build(connector);
        Ok(Self { pool, plain: options.plain, http2_only: options.http2_only })
    }

    /// Makes one call, once.
    ///
    /// # Errors
    /// No answer; [`CallError::is_unsent`] says whether the other side may have seen it.
    pub async fn call(&self, call: Call) -> Result<Answer, CallError> {
        let host = call.uri.host().ok_or(CallError::Malformed { what: "address" })?.to_owned();
        self.check(&call.uri, &host)?;
        let (time_max, bytes_max) = (call.time_max, call.answer_bytes_max);
        match tokio::time::timeout(time_max, self.exchange(call, &host, bytes_max)).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::TimedOut { host, millis: time_max.as_millis() }),
        }
    }

    fn check(&self, uri: &Uri, host: &str) -> Result<(), CallError> {
        let forbidden = |why: &str| CallError::Forbidden { host: host.to_owned(), why: why.to_owned() };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(forbidden("expected an address without user and password"));
        }
        match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => Ok(()),
            Some(scheme) if *scheme == Scheme::HTTP && self.plain => Ok(()),
            _ if self.plain => Err(forbidden("expected http or https")),
            _ => Err(forbidden("expected https")),
        }
    }

    async fn exchange(&self, call: Call, host: &str, bytes_max: usize) -> Result<Answer, CallError> {
        let Call { method, uri, headers, body, .. } = call;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        if self.http2_only {
            *request.version_mut() = Version::HTTP_2;
            // It stands in `:authority`; some servers refuse both.
            request.headers_mut().remove(HOST);
        }
        let response = self.pool.request(request).await.map_err(|error| failed(host, &error))?;
        let (parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        match Limited::new(body, bytes_max).collect().await {
            Ok(body) => Ok(Answer { status, headers: parts.headers, body: body.to_bytes() }),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Err(CallError::TooLong { host: host.to_owned(), status, bytes_max })
            }
            Err(error) => Err(CallError::Broken { host: host.to_owned(), why: causes(&*error) }),
        }
    }
}

fn failed(host: &str, error: &hyper_util::client::legacy::Error) -> CallError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(Refused(why)) = error.downcast_ref() {
            return CallError::Forbidden { host: host.to_owned(), why: why.clone() };
        }
        // An io::Error hides the error that it was made of from `source`.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(Refused(why)) = inner.and_then(|inner| inner.downcast_ref()) {
            return CallError::Forbidden { host: host.to_owned(), why: why.clone() };
        }
        cause = error.source();
    }
    let (host, why) = (host.to_owned(), causes(error));
    if error.is_connect() { CallError::Unreachable { host, why } } else { CallError::Broken { host, why } }
}

/// An error with what caused it, shortest first words last.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn tls(roots_pem: &[u8]) -> Result<rustls::ClientConfig, ClientError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(roots_pem) {
        let certificate = certificate.map_err(|error| ClientError::Roots(error.to_string()))?;
        roots.add(certificate).map_err(|error| ClientError::Roots(error.to_string()))?;
        found = true;
    }
    if !found && !roots_pem.is_empty() {
        return Err(ClientError::Roots("found none".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(config.with_no_client_auth())
}

/// The name stands for no address that may be reached.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// Resolves, judges, connects: to exactly what was judged.
#[derive(Debug, Clone)]
struct Dial {
    reach: Arc<Reach>,
}

impl tower::Service<Uri> for Dial {
    type Response = TokioIo<TcpStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let reach = Arc::clone(&self.reach);
        Box::pin(async move { Ok(TokioIo::new(dial(&uri, &reach).await?)) })
    }
}

async fn dial(uri: &Uri, reach: &Reach) -> std::io::Result<TcpStream> {
    use std::io::{Error, ErrorKind};
    let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let port = uri.authority().and_then(Authority::port_u16).unwrap_or(default);
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    // One address inside is enough to refuse the name: it is either a mistake or an attempt.
    if let Some(inside) = found.iter().find(|address| !reach.permits(address.ip())) {
        let why = format!("it stands for {}, which is not an address that may be called", inside.ip());
        return Err(Error::new(ErrorKind::PermissionDenied, Refused(why)));
    }
    let mut last = Error::new(ErrorKind::NotFound, "the name has no address");
    for address in found.into_iter().take(ADDRESSES_MAX) {
        match tokio::time::timeout(CONNECT_MAX, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = Error::new(ErrorKind::TimedOut, "connecting took too long"),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests;
