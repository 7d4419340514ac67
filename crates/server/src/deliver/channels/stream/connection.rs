//! One connection of a route: dialled, or accepted from the gateway, and then bytes both ways until it ends.

use super::shared::Shared;
use super::tls::Secure;
use super::{NAP, until};
use crate::clock::now;
use node::link::Lost;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a dial may take, with its handshake.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last words of a session may take to be written.
const FAREWELL: Duration = Duration::from_secs(1);
/// How much is read at once.
const READ_BYTES: usize = 64 << 10;
/// How long nobody is let in after the machine refused to.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// One of a route's connections.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) number: usize,
}

impl Connection {
    /// Dials when it is time, and serves what comes of it, until the route is over.
    pub(super) async fn keep(self, address: String, secure: Option<Secure>) {
        while self.until_due().await {
            let dialled = timeout(DIAL_TIMEOUT, async {
                let stream = TcpStream::connect(&address).await?;
                // Small PDUs must not wait for more of them.
                let _ = stream.set_nodelay(true);
                match &secure {
                    Some(secure) => {
                        secure.connect(stream).await.map(|stream| Dialled::Secure(Box::new(stream)))
                    }
                    None => Ok(Dialled::Plain(stream)),
                }
            });
            let route = &self.shared.route;
            match dialled.await {
                Ok(Ok(stream)) => {
                    let wanted = self.shared.touch(|link| {
                        // The route may have been told to end while we dialled.
                        let wanted = link.dial_at(self.number).is_some();
                        if wanted {
                            link.connected(self.number, now());
                        }
                        wanted
                    });
                    if !wanted {
                        continue;
                    }
                    match stream {
                        Dialled::Plain(stream) => self.attend(stream).await,
                        Dialled::Secure(stream) => self.attend(stream).await,
                    }
                    continue;
                }
                Ok(Err(error)) => tracing::warn!(%route, %address, %error, "dial failed"),
                Err(_) => tracing::warn!(%route, %address, "dial timed out"),
            }
            self.shared.touch(|link| link.disconnected(self.number, now(), Lost::DialFailed));
        }
    }

    /// Waits for the time to dial. False when the route is over.
    async fn until_due(&self) -> bool {
        loop {
            if self.shared.is_closed() {
                return false;
            }
            let dial_at = self.shared.with(|link| link.dial_at(self.number));
            if dial_at.is_some_and(|at| at <= now()) {
                return true;
            }
            tokio::select! {
                () = sleep(dial_at.map_or(NAP, |at| until(at).min(NAP))) => {}
                () = self.shared.bell(self.number) => {}
            }
        }
    }

    /// Serves one connection until it ends.
    pub(super) async fn attend<S: AsyncRead + AsyncWrite>(&self, stream: S) {
        let (mut reader, mut writer) = split(stream);
        if let Err(error) = self.carry(&mut reader, &mut writer).await {
            let route = &self.shared.route;
            if !self.shared.with(|link| link.is_down(self.number)) {
                tracing::warn!(%route, connection = self.number, %error, "connection lost");
            }
        }
        self.shared.touch(|link| link.disconnected(self.number, now(), Lost::Broken));
    }

    async fn carry<R, W>(&self, reader: &mut R, writer: &mut W) -> io::Result<()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let mut inbox = vec![0; READ_BYTES];
        let mut outbox: Vec<u8> = Vec::new();
        let (mut written, mut unflushed) = (0, false);
        loop {
            let down = self.shared.with(|link| {
                if written == outbox.len() {
                    outbox.clear();
                    written = 0;
                    if let Some(output) = link.output(self.number) {
                        std::mem::swap(&mut outbox, output);
                    }
                }
                link.is_down(self.number)
            });
            if down || self.shared.is_closed() {
                let rest = outbox.get(written..).unwrap_or_default();
                let _ = timeout(FAREWELL, async {
                    writer.write_all(rest).await?;
                    writer.shutdown().await
                })
                .await;
                return Ok(());
            }
            let rest = outbox.get(written..).unwrap_or_default();
            tokio::select! {
                read = reader.read(&mut inbox) => {
                    let bytes = read.map(|n| inbox.get(..n).unwrap_or_default())?;
                    if bytes.is_empty() {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                    }
                    self.shared.touch(|link| link.receive(self.number, bytes, now()));
                }
                wrote = push(writer, rest), if !rest.is_empty() || unflushed => {
                    let wrote = wrote?;
                    written += wrote;
                    unflushed = wrote > 0;
                }
                () = self.shared.bell(self.number) => {}
            }
        }
    }
}

/// Writes some octets, or flushes when there are none; returns how many it wrote. May be dropped half way: what it has
/// not said it wrote is not written.
async fn push<W: AsyncWrite + Unpin>(writer: &mut W, rest: &[u8]) -> io::Result<usize> {
    if rest.is_empty() {
        writer.flush().await?;
        return Ok(0);
    }
    writer.write(rest).await
}

/// A connection that we made.
enum Dialled {
    Plain(TcpStream),
    Secure(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// Lets the gateway in, as often as the link says, until the route is over.
pub(super) async fn listen(shared: Arc<Shared>, listener: TcpListener) {
    let mut guests = JoinSet::new();
    while !shared.is_closed() {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let Some(number) = shared.touch(|link| link.accept(now())) else {
                        tracing::warn!(route = %shared.route, %peer, "too many connections: this one is closed");
                        continue;
                    };
                    let _ = stream.set_nodelay(true);
                    let shared = Arc::clone(&shared);
                    guests.spawn(async move { Connection { shared, number }.attend(stream).await });
                }
                Err(error) => {
                    tracing::warn!(route = %shared.route, %error, "nobody can be let in");
                    sleep(ACCEPT_AGAIN).await;
                }
            },
            Some(_) = guests.join_next() => {}
            () = sleep(NAP) => {}
        }
    }
    while guests.join_next().await.is_some() {}
}
