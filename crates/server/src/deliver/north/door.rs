//! A listener: who comes in is counted, by address and in all, and gets a link. What a stranger can make us keep is
//! bounded here; what a client can, by its link.

use super::Dialect;
use super::cmpp::Cmpp;
use super::link::Link;
use super::shared::Shared;
use super::smpp::Smpp;
use crate::census::Census;
use crate::clock::now;
use model::Span;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How long to wait after the machine has refused to accept: it has no more files to give.
const BREATH: Duration = Duration::from_millis(100);

/// A listener and how it treats who comes.
pub struct Door {
    /// What is spoken.
    pub dialect: Dialect,
    /// Where.
    pub listener: TcpListener,
    /// Over TLS, if so.
    pub tls: Option<TlsAcceptor>,
    /// How many connections in all.
    pub connections: usize,
    /// How many from one address.
    pub connections_per_address: usize,
    /// How long clients are waited for.
    pub patience: Patience,
}

/// How long a client is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until it has logged in, however many octets it sends before; a TLS handshake may take as long once more.
    pub login: Duration,
    /// Until it is asked whether it is there, since it was last heard of.
    pub enquire: Duration,
}

impl Patience {
    /// As `wire` counts.
    pub(super) fn spans(self) -> (Span, Span) {
        let span = |time: Duration| Span::millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        (span(self.login), span(self.enquire))
    }
}

impl Door {
    /// Lets clients in until told to stop, then waits for their links.
    pub(super) async fn run(self, shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
        let census = Arc::new(Census::default());
        let mut links = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                Some(_) = links.join_next(), if !links.is_empty() => continue,
                _ = stopping.wait_for(|stop| *stop) => break,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(dialect = ?self.dialect, %error, "a connection was not accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            let from = address.ip().to_canonical();
            let Some(place) = census.enter(from, self.connections, self.connections_per_address) else {
                tracing::warn!(dialect = ?self.dialect, %from, "too many connections");
                continue;
            };
            // Small PDUs must not wait for more of them.
            let _ = stream.set_nodelay(true);
            let (dialect, tls) = ((self.dialect, self.patience), self.tls.clone());
            let (shared, stopping) = (Arc::clone(&shared), stopping.clone());
            links.spawn(async move {
                serve(dialect, tls, stream, from, shared, stopping).await;
                drop(place);
            });
        }
        drop(self.listener);
        while links.join_next().await.is_some() {}
    }
}

async fn serve(
    (dialect, patience): (Dialect, Patience),
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
    from: IpAddr,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
) {
    let Some(tls) = tls else {
        let (read, write) = stream.into_split();
        return link((dialect, patience), read, write, from, shared, stopping).await;
    };
    match timeout(patience.login, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let (read, write) = tokio::io::split(stream);
            link((dialect, patience), read, write, from, shared, stopping).await;
        }
        Ok(Err(error)) => tracing::warn!(?dialect, %from, %error, "no TLS"),
        Err(_) => tracing::warn!(?dialect, %from, "no TLS in time"),
    }
}

async fn link(
    (dialect, patience): (Dialect, Patience),
    read: impl tokio::io::AsyncRead + Unpin,
    write: impl tokio::io::AsyncWrite + Unpin,
    from: IpAddr,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
) {
    match dialect {
        Dialect::Smpp => {
            let side = Smpp::new(super::SYSTEM_ID, patience.spans(), Arc::clone(&shared.groups), now());
            Link::new(side, shared, from).run(read, write, stopping).await;
        }
        Dialect::Cmpp { gateway } => {
            let side = Cmpp::new(gateway, patience.spans(), Arc::clone(&shared.groups), now());
            Link::new(side, shared, from).run(read, write, stopping).await;
        }
    }
}
