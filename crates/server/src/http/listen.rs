//! HTTP's listener: who connects is counted, in all and by address; the head of a request must come within a time, and so
//! must its body. A client that sends an octet a second is cut off, and holds nobody up until then. The service starts it.
//!
//! HTTP/1.1 only: who wants more has a proxy in front.

use crate::census::{Census, Place};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use hyper::body::{Body as Octets, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};
use tower::ServiceExt;

/// The longest head of a request, and how much of a body is read at once.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long to wait after the machine has refused to accept: it has no more files to give.
const BREATH: Duration = Duration::from_millis(100);

/// What clients over HTTP may take of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many connections in all.
    pub connections: usize,
    /// How many from one address.
    pub connections_per_address: usize,
    /// How long the head of a request may take, counted from the connection or the answer before.
    pub head: Duration,
    /// How long its body may take.
    pub body: Duration,
}

/// A body that did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("expected the whole body within {} s", .0.as_secs())]
struct Late(Duration);

/// A body that must come within a time.
struct Timed {
    body: Body,
    time_max: Duration,
    until: Pin<Box<Sleep>>,
}

/// Serves whoever connects until told to stop, then ends each connection after the request it is at.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let census = Arc::new(Census::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection over HTTP was not accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let from = address.ip().to_canonical();
        let Some(place) = census.enter(from, limits.connections, limits.connections_per_address) else {
            tracing::warn!(%from, "too many connections over HTTP");
            continue;
        };
        // Answers are small and must not wait for more of them.
        let _ = stream.set_nodelay(true);
        connections.spawn(attend(stream, address, app.clone(), limits, stopping.clone(), place));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn attend(
    stream: TcpStream,
    address: SocketAddr,
    app: Router,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
    _place: Place,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(|body| Timed::new(Body::new(body), limits.body));
        request.extensions_mut().insert(ConnectInfo(address));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = async { drop(stopping.wait_for(|stop| *stop).await) } => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(from = %address.ip(), %error, "a connection over HTTP ended");
    }
}

impl Timed {
    fn new(body: Body, time_max: Duration) -> Self {
        Self { body, time_max, until: Box::pin(sleep(time_max)) }
    }
}

impl Octets for Timed {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        match self.until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(Late(self.time_max).into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
