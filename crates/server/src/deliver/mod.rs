//! DELIVER: connections to carriers, one task each.

pub mod channels;
pub mod north;
pub mod portal;
pub mod api;
pub mod dialects;
pub mod webhooks;
pub mod operate;
pub mod post;
mod outlet;
mod rate;
pub(crate) use rate::Rate;
mod secret;
mod standing;

pub use outlet::{Outgoing, Outlet, Outlets};
pub use secret::{AccountError, SecretError};
pub use standing::Standings;

use crate::core;
use engine::world::{Institution, Protocol, Route};
use model::RouteId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A route that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// Its password is named, not given, and the environment has none.
    #[error("route {route}: expected the environment variable {name} to hold its password")]
    NoPassword {
        /// Which route.
        route: RouteId,
        /// Which variable.
        name: String,
    },
    /// Its connection cannot be set up.
    #[error("route {route}: {why}")]
    Unusable {
        /// Which route.
        route: RouteId,
        /// Why.
        why: String,
    },
    /// The engine has stopped.
    #[error(transparent)]
    Stopped(#[from] core::Stopped),
}

/// Opens a route: from now on its task dials, hands over what is claimed and reports what comes back.
///
/// # Errors
/// A route that cannot be used as it is configured.
pub async fn connect(
    route: Arc<Route>,
    institution: &Institution,
    core: core::Handle,
    outlets: Outlets,
    stopping: watch::Receiver<bool>,
    drain: Duration,
) -> Result<JoinHandle<()>, RouteError> {
    match &route.protocol {
        Protocol::Smpp(_) | Protocol::Stream(_) => {
            channels::stream::connect(route, institution, core, outlets, stopping, drain).await
        }
        Protocol::Provider(_) => {
            channels::provider::connect(route, institution, core, outlets, stopping, drain).await
        }
    }
}
