//! HTTP: the router, who may call, how errors look.
//!
//! Every call needs an API key, except the page's shell at `/` (which holds no data) and the two health checks. A
//! call over the local socket needs none: only the account that runs the server can reach it.

pub mod access;
pub mod problem;
pub mod body;

use crate::core;
use crate::follow;
use crate::{decide, measure, perceive, prove};
use access::{Access, Caller};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{delete, get, post};
use engine::world::World;
use node::TileStore;
use problem::Problem;
use std::sync::{Arc, Mutex};
use store::journal::JournalReader;
use store::keys::KeyReader;
use store::views::ViewsReader;

/// The largest body a call may have.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// What handlers need.
#[derive(Clone)]
pub struct Site {
    /// The way to the node.
    pub core: core::Handle,
    /// The way to the follower.
    pub follow: follow::Handle,
    /// The journal, to read.
    pub journal: Arc<dyn JournalReader>,
    /// The customers' keys.
    pub keys: KeyReader,
    /// The log's files.
    pub tiles: Arc<dyn TileStore>,
    /// The views, to read.
    pub views: Arc<Mutex<Box<dyn ViewsReader>>>,
    /// The configuration.
    pub world: Arc<World>,
    /// Who may call.
    pub access: Arc<Access>,
    /// Under which key the views find customers.
    pub index_key: [u8; 32],
}

/// All routes. `trusted` is for the local socket: no key is asked for.
pub fn router(site: Site, trusted: bool) -> Router {
    let guarded = Router::new()
        .route("/v1/customers", post(perceive::api::customers))
        .route("/v1/customers/{id}", delete(prove::api::erase))
        .route("/v1/customers/{id}/messages", get(prove::api::messages_of))
        .route("/v1/customers/{id}/consent", get(perceive::api::consent))
        .route("/v1/events", post(perceive::api::events))
        .route("/v1/broadcasts", post(decide::api::launch))
        .route("/v1/broadcasts/preview", post(decide::api::preview))
        .route("/v1/messages/{id}", get(prove::api::message))
        .route("/v1/messages/{id}/certificate", get(prove::api::certificate))
        .route("/v1/messages/{id}/opened", get(prove::api::opened))
        .route("/v1/keys", post(access::make))
        .route("/v1/status", get(measure::api::status))
        .route("/metrics", get(measure::api::metrics))
        .route("/log/{*path}", get(prove::api::log_file));
    let access = Arc::clone(&site.access);
    let guarded = if trusted {
        guarded.layer(middleware::from_fn(
            |mut request: axum::extract::Request, next: middleware::Next| async {
                request.extensions_mut().insert(Caller::local());
                next.run(request).await
            },
        ))
    } else {
        guarded.layer(middleware::from_fn_with_state(access, access::guard))
    };
    Router::new()
        .route("/", get(measure::api::page))
        .route("/healthz", get(measure::api::healthz))
        .route("/readyz", get(measure::api::readyz))
        .merge(guarded)
        .fallback(
            |uri: axum::http::Uri| async move { Problem::not_found(format!("no resource {}", uri.path())) },
        )
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(problem::always))
        .with_state(site)
}
