//! HTTP: the router, who may call, how errors look.
//!
//! Every call needs an API key, except the pages' shells at `/` and `/deliver` (which hold no data), the two health checks, the
//! description of the API, the customers' own pages, which their signed links open, and short addresses. A call over the local socket needs none: only the account that runs the server can reach it.
//! Accounts that hand in messages come with their tokens, or in a vendor's dialect, and reach nothing else.

pub mod access;
pub mod problem;
pub mod body;
pub mod client;
pub mod listen;
pub mod reach;
pub(crate) mod visitors;

use crate::configuration::{Configuration, Current};
use crate::core;
use crate::deliver::portal::Accounts;
use crate::deliver::{api, dialects, operate};
use crate::follow;
use crate::{compose, converse, decide, measure, perceive, prove};
use access::Access;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{delete, get, post};
use node::TileStore;
use problem::Problem;
use std::sync::{Arc, Mutex, PoisonError};
use store::journal::JournalReader;
use store::keys::KeyReader;
use store::views::ViewsReader;
use text::classify::Classifier;

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
    /// The configuration as it runs now.
    pub world: Current,
    /// What reads configurations.
    pub configuration: Arc<dyn Configuration>,
    /// Who may call.
    pub access: Arc<Access>,
    /// Under which key the views find customers.
    pub index_key: [u8; 32],
    /// Which accounts may hand in messages over HTTP.
    pub accounts: Arc<Accounts>,
    /// What the follower has counted of each route since the start.
    pub figures: node::Figures,
    /// Tells what kind of message a text is.
    pub classifier: Arc<Classifier>,
}

impl Site {
    /// Runs what reads files on a thread that may wait.
    ///
    /// # Errors
    /// What the work came to.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> Result<T, node::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let site = self.clone();
        let done =
            tokio::task::spawn_blocking(move || work(site)).await.map_err(|e| Problem::internal(&e))?;
        done.map_err(Problem::from)
    }

    /// Asks the views on a thread that may wait.
    ///
    /// # Errors
    /// What the question came to.
    pub(crate) async fn on_views<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn ViewsReader) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.blocking(|site| {
            let views = site.views.lock().unwrap_or_else(PoisonError::into_inner);
            question(&**views).map_err(node::Error::from)
        })
        .await
    }
}

/// All routes. `trusted` is for the local socket: no key is asked for.
pub fn router(site: Site, trusted: bool) -> Router {
    let guarded = Router::new()
        .route("/v1/customers", post(perceive::api::customers))
        .route("/v1/customers/{id}", delete(prove::api::erase))
        .route("/v1/customers/{id}/messages", get(prove::api::messages_of))
        .route("/v1/customers/{id}/consent", get(perceive::api::consent))
        .route(
            "/v1/customers/{id}/preferences",
            get(converse::preferences::read).put(converse::preferences::put),
        )
        .route("/v1/customers/{id}/preference-link", post(converse::preferences::link))
        .route("/v1/customers/{id}/cases", post(converse::cases::open))
        .route("/v1/customers/{id}/export", get(converse::export::export))
        .route("/v1/cases", get(converse::cases::list))
        .route("/v1/cases/{id}", get(converse::cases::one))
        .route("/v1/cases/{id}/{deed}", post(converse::cases::act))
        .route("/v1/events", post(perceive::api::events))
        .route("/v1/market-events", post(perceive::api::market_events))
        .merge(of_decide())
        .route("/v1/messages/{id}/certificate", get(prove::api::certificate))
        .route("/v1/messages/{id}/opened", get(prove::api::opened))
        .route("/v1/changes", get(decide::changes::list).post(decide::changes::propose))
        .route("/v1/changes/{n}", get(decide::changes::one))
        .route("/v1/changes/{n}/approve", post(decide::changes::approve))
        .route("/v1/changes/{n}/reject", post(decide::changes::reject))
        .route("/v1/changes/{n}/withdraw", post(decide::changes::withdraw))
        .route("/v1/changes/{n}/publish", post(decide::changes::publish))
        .route("/v1/configuration", get(decide::changes::configuration))
        .route("/v1/keys", post(access::make))
        .route("/v1/routes", get(operate::routes))
        .route("/v1/uncertain", get(operate::uncertain))
        .route("/v1/switches", get(operate::switches).post(operate::switch))
        .route("/v1/accounts", get(operate::accounts))
        .route("/v1/accounts/{id}/notices/revive", post(operate::revive))
        .route("/v1/replays", post(operate::replay))
        .route("/v1/statement", get(operate::statement))
        .merge(of_compose())
        .merge(of_measure())
        .route("/log/{*path}", get(prove::api::log_file));
    let either = Router::new().route("/v1/messages/{id}", get(api::message));
    let (guarded, either) = if trusted {
        let trust = middleware::from_fn_with_state(Arc::clone(&site.access), access::trust);
        (guarded.layer(trust.clone()), either.layer(trust))
    } else {
        let access = Arc::clone(&site.access);
        let guarded = guarded.layer(middleware::from_fn_with_state(access, access::guard));
        (guarded, either.layer(middleware::from_fn_with_state(site.clone(), api::guard_either)))
    };
    let ours = Router::new()
        .route("/deliver", get(operate::page))
        .route("/healthz", get(measure::api::healthz))
        .route("/readyz", get(measure::api::readyz))
        .route("/v1/openapi.json", get(api::openapi::document))
        .merge(guarded)
        .merge(either)
        .merge(of_accounts(&site))
        .fallback(
            |uri: axum::http::Uri| async move { Problem::not_found(format!("no resource {}", uri.path())) },
        )
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(problem::always));
    // The dialects' errors are the vendors', and customers are shown no problems of ours.
    let public = converse::page::router(&site).merge(measure::links::router(&site));
    ours.merge(dialects::router()).merge(public).with_state(site)
}

/// What texts are, and what people say of those that they look at.
fn of_compose() -> Router<Site> {
    Router::new()
        .route("/v1/classify", post(compose::classify::classify))
        .route("/v1/trainings", post(compose::reviews::trained))
        .route("/v1/reviews", get(compose::reviews::list))
        .route("/v1/reviews/labels", get(compose::reviews::labels))
        .route("/v1/reviews/{message}", get(compose::reviews::one))
        .route("/v1/reviews/{message}/{deed}", post(compose::reviews::act))
}

/// What tells how it goes, and what steers experiments.
fn of_measure() -> Router<Site> {
    Router::new()
        .route("/v1/arms", get(measure::arms::list))
        .route("/v1/arms/resume", post(measure::arms::resume))
        .route("/v1/reports/{journey}", get(measure::reports::of_journey))
        .route("/v1/status", get(measure::api::status))
        .route("/metrics", get(measure::api::metrics))
}

/// Journeys, what they hand over to people, and broadcasts.
fn of_decide() -> Router<Site> {
    Router::new()
        .route("/v1/journeys/{id}/enter", post(decide::journeys::enter))
        .route("/v1/journeys/{id}/dry-run", post(decide::rehearsal::dry_run))
        .route("/v1/tasks", get(decide::tasks::list))
        .route("/v1/tasks/{id}", post(decide::tasks::close))
        .route("/v1/broadcasts", post(decide::api::launch))
        .route("/v1/broadcasts/preview", post(decide::api::preview))
}

/// What accounts call with their tokens.
fn of_accounts(site: &Site) -> Router<Site> {
    Router::new()
        .route("/v1/messages", post(api::hand_in_messages))
        .route("/v1/messages/{id}", delete(api::cancel))
        .route("/v1/notices", get(api::notices))
        .route("/v1/notices/ack", post(api::acknowledge))
        .layer(DefaultBodyLimit::max(api::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(site.clone(), api::guard))
}
