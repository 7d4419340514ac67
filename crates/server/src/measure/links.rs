//! `/l/TOKEN`: a short address leads on to its target, and it is recorded that somebody followed it.
//!
//! It leads nowhere but to a target that stands in a file. A token that is not ours, whose target was taken out of the files, or
//! whose time is over gets a plain page. What a request says of its sender is looked at once, to tell machines from people, and kept
//! nowhere: no address, no browser, no cookie. Where nothing can be recorded the customer is led on all the same.

use crate::converse::page;
use crate::http::Site;
use crate::http::visitors::Visitors;
use crate::now;
use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::Input;
use engine::converse::{SHORT_PATH, Short};
use engine::measure::click::{Click, machine};
use engine::world::{Target, Tracking, World};
use model::Timestamp;
use node::inquiry::{self, Origin};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How often a second one short address is told to the engine: a finger that slips is one click.
const TOLD_PER_SECOND: u32 = 1;
/// For search engines: there is nothing to be found here.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Which short addresses were followed a moment ago.
type Followed = Arc<Visitors<(u64, u16)>>;

/// The routes of short addresses. `site` says how much one address may ask for.
pub(crate) fn router(site: &Site) -> Router<Site> {
    let visitors = Arc::new(Visitors::new(site.world.now().institution.preferences.per_second));
    let followed: Followed = Arc::new(Visitors::new(TOLD_PER_SECOND));
    Router::new()
        .route(&format!("{SHORT_PATH}{{token}}"), get(follow))
        .route(&format!("{SHORT_PATH}page.css"), get(page::style))
        .layer(Extension(followed))
        .layer(middleware::from_fn_with_state(visitors, page::admit))
}

async fn follow(
    State(site): State<Site>,
    Extension(followed): Extension<Followed>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let (world, now) = (site.world.now(), now());
    let Some(short) = world.links.as_ref().and_then(|key| key.open_short(&token)) else {
        return nothing(StatusCode::NOT_FOUND, "link_unknown");
    };
    let origin = match site.blocking(move |site| inquiry::origin(&*site.journal, short.message)).await {
        Ok(Some(origin)) => origin,
        Ok(None) => return nothing(StatusCode::NOT_FOUND, "link_unknown"),
        Err(problem) => {
            tracing::error!(why = %problem.detail, "a short address could not be followed");
            return nothing(StatusCode::SERVICE_UNAVAILABLE, "busy");
        }
    };
    let Some(target) = open(&world, &origin, short, now) else {
        return nothing(StatusCode::GONE, "link_ended");
    };
    let said = |name: &str| {
        // What cannot be read is something all the same.
        headers.get(name).map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or("?"))
    };
    let Origin { subject, class, journey, .. } = origin;
    let click = Click {
        message: short.message,
        target: short.target,
        subject,
        class,
        journey,
        machine: machine(&world.clicks, method == Method::HEAD, said),
    };
    let is_told = followed.let_in((short.message.0, short.target), now);
    let recorded = is_told && site.core.decide(Input::Click(click)).await == Ok(engine::Reply::Clicked(true));
    if !recorded {
        site.core.board().clicks_unrecorded.fetch_add(1, Ordering::Relaxed);
    }
    lead_to(&target)
}

/// The target of a short address, if it still leads there.
fn open(world: &World, origin: &Origin, short: Short, now: Timestamp) -> Option<Arc<Target>> {
    let target = world.targets.numbered(short.target)?;
    let (today, _) = world.institution.zone.local(now);
    let valid = world.tracking.as_ref().map_or(Tracking::VALID, |tracking| tracking.valid);
    let is_open = target.until.is_none_or(|until| today <= until) && now < origin.at.after(valid);
    is_open.then(|| Arc::clone(target))
}

/// 302 and not 301 or 308: no browser is to remember it.
fn lead_to(target: &Target) -> Response {
    let Ok(location) = HeaderValue::from_str(&target.url) else {
        return nothing(StatusCode::GONE, "link_ended");
    };
    let headers = [(header::LOCATION, location), (ROBOTS, HeaderValue::from_static("noindex"))];
    (StatusCode::FOUND, headers).into_response()
}

fn nothing(status: StatusCode, what: &str) -> Response {
    page::alone(status, what, "")
}
