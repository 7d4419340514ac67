//! How commands reach the server: over the socket in its data folder if it runs, or by starting a quiet one in this
//! process if it does not. Both answer the same calls.

use crate::settings::Settings;
use crate::stores::{self, Quiet};
use axum::body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::http::request::Builder;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::path::PathBuf;
use tokio::net::UnixStream;
use tower::ServiceExt;

/// The socket's name in the data folder.
pub(crate) const SOCKET: &str = "hongyan.sock";

/// A call that did not come through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing could be started in this process.
    #[error(transparent)]
    Stores(#[from] stores::Error),
    /// The quiet server failed.
    #[error(transparent)]
    Server(#[from] server::ServiceError),
    /// The running server did not answer.
    #[error("{path}: {why}")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It answered with a problem.
    #[error("{}", .0)]
    Problem(String),
}

/// The way to a server.
pub(crate) enum Transport {
    /// One that runs, with the caller's key if they have one.
    Socket(PathBuf, Option<String>),
    /// One in this process.
    Quiet(Box<Quiet>, Option<String>),
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Finds the running server of these settings, or starts a quiet one.
    ///
    /// # Errors
    /// Stores that cannot be opened.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Error> {
        Self::open_as(settings, None).await
    }

    /// The same for somebody with an API key: what they ask for is asked for by them, not by whoever runs the server.
    ///
    /// # Errors
    /// As [`Transport::open`].
    pub(crate) async fn open_as(settings: &Settings, key: Option<&str>) -> Result<Self, Error> {
        let (path, key) = (settings.data.join(SOCKET), key.map(str::to_owned));
        if UnixStream::connect(&path).await.is_ok() {
            return Ok(Self::Socket(path, key));
        }
        Ok(Self::Quiet(Box::new(stores::quiet(settings).await?), key))
    }

    /// Makes one call.
    ///
    /// # Errors
    /// A server that does not answer. A problem it answers with is an [`Answer`] too.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Answer, Error> {
        match self {
            Self::Socket(socket, key) => over_socket(socket, key.as_deref(), method, path, body).await,
            Self::Quiet(quiet, key) => {
                let request = Request::builder().method(method).uri(path);
                let request = with_key(request, key.as_deref()).body(Body::from(body));
                let request = request.map_err(|e| Error::Problem(e.to_string()))?;
                // A router answers everything.
                let response = match quiet.router.clone().oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                let status = response.status().as_u16();
                let body = response.into_body().collect().await.map_err(|e| Error::Problem(e.to_string()))?;
                Ok(Answer { status, body: body.to_bytes().to_vec() })
            }
        }
    }

    /// Makes one call that must succeed.
    ///
    /// # Errors
    /// As [`Transport::call`]; a problem as text.
    pub(crate) async fn expect(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Error> {
        let answer = self.call(method, path, body).await?;
        if answer.status < 400 {
            return Ok(answer.body);
        }
        Err(Error::Problem(problem(&answer)))
    }

    /// Ends a quiet server in good order.
    ///
    /// # Errors
    /// A fault of its stores.
    pub(crate) async fn close(self) -> Result<(), Error> {
        if let Self::Quiet(quiet, _) = self {
            quiet.running.stop().await?;
        }
        Ok(())
    }
}

/// The problem in words: its detail, and every field at fault on a line of its own.
fn problem(answer: &Answer) -> String {
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut words = text(&json, "detail");
    for field in json["errors"].as_array().into_iter().flatten() {
        words = format!("{words}\n  {}: {}", text(field, "pointer"), text(field, "detail"));
    }
    if words.is_empty() { format!("status {}", answer.status) } else { words }
}

fn with_key(request: Builder, key: Option<&str>) -> Builder {
    match key {
        Some(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
        None => request,
    }
}

async fn over_socket(
    socket: &PathBuf,
    key: Option<&str>,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<Answer, Error> {
    let failed = |why: String| Error::Socket { path: socket.clone(), why };
    let stream = UnixStream::connect(socket).await.map_err(|e| failed(e.to_string()))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| failed(e.to_string()))?;
    // It ends with the sender; its error is the sender's.
    let driver = tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
    let request =
        with_key(request, key).body(Full::new(Bytes::from(body))).map_err(|e| failed(e.to_string()))?;
    let response = sender.send_request(request).await.map_err(|e| failed(e.to_string()))?;
    let status: StatusCode = response.status();
    let body = response.into_body().collect().await.map_err(|e| failed(e.to_string()))?.to_bytes().to_vec();
    driver.abort();
    Ok(Answer { status: status.as_u16(), body })
}
