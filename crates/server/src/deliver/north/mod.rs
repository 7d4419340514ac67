//! Northbound: the institution's other systems bind to us as they would to a carrier, over SMPP and CMPP, and hand in
//! messages under an account.
//!
//! A door accepts, a link serves one connection, a side speaks the protocol. What a client submits becomes an order like
//! any other and goes through the gate; it is answered when the order is durable. What became of it is told through the
//! account's post. It keeps no message of its own: what must survive is in the ledger.

mod cmpp;
mod counters;
mod directory;
mod door;
mod errands;
#[cfg(test)]
mod fixture;
mod flights;
mod groups;
mod ids;
mod intake;
mod link;
mod outbind;
mod reading;
mod reference;
mod refusal;
mod shared;
mod side;
mod smpp;
mod submit;
mod tls;

pub use counters::Counters;
pub use door::{Door, Patience};
pub use tls::{TlsError, acceptor};
pub use tokio_rustls::TlsAcceptor as Acceptor;

use super::{AccountError, Standings};
use crate::clock::now;
use crate::core::Handle;
use directory::Directory;
use engine::world::World;
use groups::Groups;
use outbind::Call;
use reading::House;
use shared::Shared;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::views::ViewsReader;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is spoken at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SMPP 3.4 and 5.0.
    Smpp,
    /// CMPP 2.0 and 3.0.
    Cmpp {
        /// Our code as a gateway, at most [`Dialect::GATEWAY_MAX`]; it stands in every Msg_Id.
        gateway: u32,
    },
}

impl Dialect {
    /// The largest gateway code: one of its 22 bits is ours.
    pub const GATEWAY_MAX: u32 = (1 << 21) - 1;

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smpp => "smpp",
            Self::Cmpp { .. } => "cmpp",
        }
    }
}

/// Who we say we are.
const SYSTEM_ID: &str = "hongyan";
/// How long clients are waited for at most when stopping: they need only answer an unbind.
const DRAIN_MAX: Duration = Duration::from_secs(3);

/// Whoever is called by us is waited for as at an SMPP door; without one, so long.
const PATIENCE: Patience = Patience { login: Duration::from_secs(10), enquire: Duration::from_secs(60) };

/// What is open to accounts.
pub struct North {
    /// Ends when its doors are closed and its posts have settled what they could.
    pub tasks: Vec<JoinHandle<()>>,
    /// The figures of each account that may bind.
    pub counters: Vec<Arc<Counters>>,
}

/// Opens the doors. Without any, and without accounts that may bind, nothing is started.
///
/// # Errors
/// An account whose secret is not there or cannot be used.
pub fn open(
    doors: Vec<Door>,
    world: &World,
    (core, standings): (&Handle, &Standings),
    views: Arc<Mutex<Box<dyn ViewsReader>>>,
    stopping: &watch::Receiver<bool>,
    drain: Duration,
) -> Result<North, AccountError> {
    if doors.is_empty() {
        return Ok(North { tasks: Vec::new(), counters: Vec::new() });
    }
    let directory = Directory::of(world, standings)?;
    let members = directory.members();
    let counters = members.iter().map(|member| Arc::clone(&member.counters)).collect();
    let shared = Arc::new(Shared {
        core: core.clone(),
        house: House::of(world),
        groups: Arc::new(Groups::new(now())),
        directory,
        views,
        drain: drain.min(DRAIN_MAX),
    });
    let patience =
        doors.iter().find(|door| door.dialect == Dialect::Smpp).map_or(PATIENCE, |door| door.patience);
    let called = shared.directory.called();
    let calls = called
        .map(|(member, outbind)| Call::new(&shared, member, outbind, patience))
        .collect::<Result<Vec<_>, _>>()?;
    let mut tasks: Vec<_> =
        doors.into_iter().map(|door| tokio::spawn(door.run(Arc::clone(&shared), stopping.clone()))).collect();
    tasks.extend(calls.into_iter().map(|call| tokio::spawn(call.keep(stopping.clone()))));
    Ok(North { tasks, counters })
}
