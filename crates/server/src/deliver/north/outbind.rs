//! Outbind (SMPP 3.4 §2.2.1, §4.1.7): an account whose file names an address is called there when something waits for it
//! and nobody is bound to hear it. Its system then binds over that connection, and is a client like any other.
//!
//! It dials one account at a time each, never an account that is bound, and leaves a system alone for longer and longer
//! when it was called in vain. The connection is plain: who wants TLS binds by themselves.

use super::directory::Member;
use super::door::Patience;
use super::link::Link;
use super::shared::Shared;
use super::smpp::Smpp;
use crate::clock::now;
use crate::core::Stopped;
use crate::deliver::secret::{AccountError, clear};
use engine::world::Outbind;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long a dial may take.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How often is looked for what waits, if nothing rings: a bind that has gone may have left something.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a system is left alone that was called in vain; each further time doubles it.
const REST: Duration = Duration::from_secs(1);
/// The longest rest.
const REST_MAX: Duration = Duration::from_secs(60);

/// One account that is called.
pub(super) struct Call {
    shared: Arc<Shared>,
    member: Arc<Member>,
    address: String,
    password: String,
    patience: Patience,
}

impl Call {
    /// Of an account's file.
    ///
    /// # Errors
    /// A password that is not there, or only as its hash.
    pub(super) fn new(
        shared: &Arc<Shared>,
        member: &Arc<Member>,
        outbind: &Outbind,
        patience: Patience,
    ) -> Result<Self, AccountError> {
        let failed = |why| AccountError { account: member.account.id.clone(), what: "outbind_password", why };
        let password = outbind.password.as_ref().map(clear).transpose().map_err(failed)?;
        Ok(Self {
            shared: Arc::clone(shared),
            member: Arc::clone(member),
            address: outbind.address.clone(),
            password: password.unwrap_or_default(),
            patience,
        })
    }

    /// Calls when there is something to tell, until told to stop.
    pub(super) async fn keep(self, mut stopping: watch::Receiver<bool>) {
        let account = &self.member.account.id;
        let mut bell = self.shared.core.bell(account);
        let mut rest = REST;
        loop {
            // A link that is served at a stop ends by itself, in good order.
            let Ok(pause) = self.turn(&mut rest, &stopping).await else { return };
            tokio::select! {
                () = sleep(pause) => {}
                // Whoever rings has gone with the engine: the next look tells.
                _ = bell.changed(), if pause == LOOK_EVERY => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Calls once, if there is reason to. Returns how long to wait.
    async fn turn(&self, rest: &mut Duration, stopping: &watch::Receiver<bool>) -> Result<Duration, Stopped> {
        if self.member.standing.post.has_taker() || !self.has_mail().await? {
            return Ok(LOOK_EVERY);
        }
        if let Err(error) = self.call(stopping).await {
            tracing::warn!(account = %self.member.account.id, address = %self.address, %error, "an outbind failed");
        }
        if self.has_mail().await? {
            let pause = *rest;
            *rest = rest.saturating_mul(2).min(REST_MAX);
            return Ok(pause);
        }
        *rest = REST;
        Ok(LOOK_EVERY)
    }

    /// Whether something waits to be told.
    async fn has_mail(&self) -> Result<bool, Stopped> {
        let account = self.member.account.id.clone();
        self.shared
            .core
            .ask(move |node| node.engine().state().outboxes.from(&account, 0).next().is_some())
            .await
    }

    /// Dials, asks to bind, and serves what comes of it until the connection ends.
    async fn call(&self, stopping: &watch::Receiver<bool>) -> io::Result<()> {
        let mut stop = stopping.clone();
        let dialled = tokio::select! {
            dialled = timeout(DIAL_TIMEOUT, TcpStream::connect(&self.address)) => dialled,
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let stream = dialled.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        // Small PDUs must not wait for more of them.
        let _ = stream.set_nodelay(true);
        let from = stream.peer_addr()?.ip().to_canonical();
        let groups = Arc::clone(&self.shared.groups);
        let side = Smpp::calling(super::SYSTEM_ID, &self.password, self.patience.spans(), groups, now());
        let side = side.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        tracing::info!(account = %self.member.account.id, address = %self.address, "asked to bind");
        let (read, write) = stream.into_split();
        Link::new(side, Arc::clone(&self.shared), from).run(read, write, stopping.clone()).await;
        Ok(())
    }
}
