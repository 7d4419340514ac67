//! `/p/TOKEN`: the customer's own page. What they received and why, what they choose, complain of
//! and ask for; opened by a signed link, without
//! a login, rendered here, without a script.
//!
//! A link that is wrong, has ended, or whose customer was erased gets the same plain answer: it tells nothing of anybody.
//! Nothing of the page is kept by browsers or proxies, and no address is handed on. The token is in the path alone: whoever
//! posts a form proves by it that they hold the link, so nothing that another site could send along is trusted.

mod form;
mod story;
mod view;
mod words;

pub(crate) use story::hidden;

use crate::core::Stopped;
use crate::http::Site;
use crate::http::visitors::Visitors;
use crate::now;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::converse::{Heard, LINK_PATH, Wanted, Who, Wish};
use engine::entry::{Chosen, Evidence, Through};
use engine::state::Customer;
use engine::{Input, Reply};
use model::Timestamp;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use view::{Asked, Person};
use words::Language;

/// The largest form: a complaint and some choices.
const FORM_BYTES_MAX: usize = 16 << 10;
/// Nothing from elsewhere, no script, no frame.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page's routes. `site` says how much one address may ask for.
pub(crate) fn router(site: &Site) -> Router<Site> {
    let visitors = Arc::new(Visitors::new(site.world.now().institution.preferences.per_second));
    let path = |rest: &str| format!("{LINK_PATH}{{token}}{rest}");
    Router::new()
        .route(&path(""), get(show))
        .route(&path("/choices"), post(choose))
        .route(&path("/case"), post(open_case))
        .route(&format!("{LINK_PATH}page.css"), get(style))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(visitors, admit))
}

/// Lets an address ask only so often, and dresses every answer.
pub(crate) async fn admit(
    State(visitors): State<Arc<Visitors<IpAddr>>>,
    request: Request,
    next: Next,
) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip().to_canonical());
    let is_style = request.uri().path().ends_with(".css");
    let mut response = match from {
        Some(from) if !visitors.let_in(from, now()) => {
            alone(StatusCode::TOO_MANY_REQUESTS, "busy", request.uri().path())
        }
        _ => next.run(request).await,
    };
    let keep = if is_style { "public, max-age=3600" } else { "no-store" };
    for (name, value) in [
        (header::CACHE_CONTROL, keep),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css"))
}

fn html(page: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page)
}

/// A page of two sentences in both languages, by the name of its words. `path` says where its style lies.
pub(crate) fn alone(status: StatusCode, what: &str, path: &str) -> Response {
    (status, html(view::alone(what, path))).into_response()
}

/// The answer to every link that opens nothing.
fn gone(path: &str) -> Response {
    alone(StatusCode::NOT_FOUND, "gone", path)
}

fn failed(why: &dyn std::fmt::Display) -> Response {
    tracing::error!(%why, "a customer's page could not be shown");
    alone(StatusCode::SERVICE_UNAVAILABLE, "busy", "")
}

/// Whoever holds this token, as things stand now, with the moment at which it ends.
async fn holder(site: &Site, token: &str) -> Result<Option<(Person, Timestamp)>, Stopped> {
    let Some(link) = site.world.now().links.as_ref().and_then(|key| key.open(token, now())) else {
        return Ok(None);
    };
    let asked = site
        .core
        .ask(move |node| {
            let state = node.engine().state();
            state.customers.get(&link.subject).map(|customer: &Customer| Person::of(customer, node.engine()))
        })
        .await;
    asked.map(|person| person.map(|person| (person, link.until)))
}

/// What a form leads to: the page again, with what became of it.
#[derive(Debug, Deserialize)]
struct Spoken {
    lang: Option<String>,
}

async fn show(State(site): State<Site>, Path(token): Path<String>, Query(asked): Query<Asked>) -> Response {
    let (person, until) = match holder(&site, &token).await {
        Ok(Some(found)) => found,
        Ok(None) => return gone(""),
        Err(stopped) => return failed(&stopped),
    };
    let stories = match story::of(&site, &person, asked.all.is_some()).await {
        Ok(stories) => stories,
        Err(problem) => return failed(&problem.detail),
    };
    match view::page(&site.world.now(), &person, &asked, &token, until, stories) {
        Ok(page) => html(page).into_response(),
        Err(error) => failed(&error),
    }
}

async fn choose(
    State(site): State<Site>,
    Path(token): Path<String>,
    Query(spoken): Query<Spoken>,
    body: String,
) -> Response {
    let person = match holder(&site, &token).await {
        Ok(Some((person, _))) => person,
        Ok(None) => return gone("/choices"),
        Err(stopped) => return failed(&stopped),
    };
    let language = Language::of(spoken.lang.as_deref(), &person.language);
    let (choices, agreed) = match form::choices(&body, &person, &site.world.now(), now()) {
        Ok(read) => read,
        Err(wrong) => return back(&token, language, &format!("wrong={wrong}")),
    };
    let evidence = Evidence { through: Through::Page, at: now(), reference: "link".into() };
    let what = Wanted::Choices { chosen: Chosen { choices, evidence }, agreed };
    let wish = Wish { who: Who::Subject(person.subject), what };
    match site.core.decide(Input::Wish(Box::new(wish))).await {
        Ok(Reply::Heard(Heard::Recorded(entry))) => back(&token, language, &format!("saved={entry}")),
        Ok(Reply::Heard(Heard::Unchanged)) => back(&token, language, "same=1"),
        Ok(_) => gone("/choices"),
        Err(error) => failed(&error),
    }
}

/// Opens a case: a complaint, or something that the law gives them.
async fn open_case(
    State(site): State<Site>,
    Path(token): Path<String>,
    Query(spoken): Query<Spoken>,
    body: String,
) -> Response {
    let person = match holder(&site, &token).await {
        Ok(Some((person, _))) => person,
        Ok(None) => return gone("/case"),
        Err(stopped) => return failed(&stopped),
    };
    let language = Language::of(spoken.lang.as_deref(), &person.language);
    let Some((kind, message, text)) = form::case(&body) else {
        return back(&token, language, "wrong=form");
    };
    let evidence = Evidence { through: Through::Page, at: now(), reference: "link".into() };
    let what = Wanted::Open { kind, message, text, evidence };
    let wish = Wish { who: Who::Subject(person.subject), what };
    match site.core.decide(Input::Wish(Box::new(wish))).await {
        Ok(Reply::Heard(Heard::Recorded(case))) => back(&token, language, &format!("opened={case}")),
        Ok(Reply::Heard(Heard::Already(case))) => back(&token, language, &format!("opened={}", case.0)),
        Ok(Reply::Heard(Heard::TooMany)) => back(&token, language, "wrong=many"),
        Ok(_) => gone("/case"),
        Err(error) => failed(&error),
    }
}

/// To the page again, so that loading it anew sends no form a second time. The address is relative: a proxy may have the
/// page at another path.
fn back(token: &str, language: Language, with: &str) -> Response {
    Redirect::to(&format!("../{token}?lang={}&{with}", language.code())).into_response()
}
