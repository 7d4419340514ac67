//! `GET /v1/messages/{id}`, its `/certificate` and `/opened`; `GET /v1/customers/{id}/messages`;
//! `DELETE /v1/customers/{id}`; `GET /log/…`.

use super::explain::{Step, steps};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use engine::{Input, Reply};
use model::{CustomerId, MessageId};
use node::inquiry;
use serde::{Deserialize, Serialize};
use store::views::MessageRow;

/// How many messages of a customer are listed, newest first.
const LISTED: usize = 20;
/// The ground of an erasure where none is given.
const BASIS: &str = "PIPL art. 47";

/// One message: where it stands and why.
#[derive(Debug, Serialize)]
pub struct Story {
    message: String,
    class: &'static str,
    journey: String,
    phase: &'static str,
    rule: String,
    steps: Vec<Step>,
}

/// Why a message came, or did not.
pub async fn message(State(site): State<Site>, Path(id): Path<String>) -> Result<Json<Story>, Problem> {
    let row = row(&site, &id).await?;
    story(&site, row).await.map(Json)
}

/// The messages of a customer, newest first, each with its story.
pub async fn messages_of(
    State(site): State<Site>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Story>>, Problem> {
    site.follow.catch_up().await;
    let lookup = store::keys::keyed_hash(&site.index_key, id.as_bytes());
    let rows = site
        .on_views(move |views| {
            let Some(customer) = views.customer_by_lookup(&lookup)? else { return Ok(None) };
            views.messages_of(customer.subject, LISTED, None).map(Some)
        })
        .await?
        .ok_or_else(|| Problem::not_found("no such customer"))?;
    let mut stories = Vec::with_capacity(rows.len());
    for row in rows {
        stories.push(story(&site, row).await?);
    }
    Ok(Json(stories))
}

async fn story(site: &Site, row: MessageRow) -> Result<Story, Problem> {
    let lines = site
        .blocking(move |site| inquiry::lines(&*site.journal, &site.keys, &row.entries).map(|l| (l, row)))
        .await?;
    let (lines, row) = lines;
    Ok(Story {
        message: MessageId(row.id).to_string(),
        class: model::MessageClass::from_code(row.class).map_or("unknown", |c| c.name()),
        journey: row.journey,
        phase: node::phase_name(row.phase),
        rule: row.rule,
        steps: steps(&lines),
    })
}

/// The certificate of a message, under the newest checkpoint.
pub async fn certificate(
    State(site): State<Site>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let row = row(&site, &id).await?;
    let certificate =
        site.blocking(move |site| inquiry::certificate(&*site.journal, &*site.tiles, &row.entries)).await?;
    let certificate =
        certificate.ok_or_else(|| Problem::unavailable("no checkpoint covers the message yet"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], certificate.to_text()))
}

/// What opens the commitments of a message: personal data, and recorded as such.
pub async fn opened(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let row = row(&site, &id).await?;
    let what = format!("{} opened the details of message {}", caller.name, MessageId(row.id));
    site.core.decide(Input::Admin(what.into())).await?;
    let opened = site.blocking(move |site| inquiry::opened(&*site.journal, &site.keys, &row.entries)).await?;
    if opened.entries.is_empty() {
        return Err(Problem::gone("the customer was erased: nothing opens the commitments any more"));
    }
    Ok(([(header::CONTENT_TYPE, "application/json")], opened.to_json()))
}

/// On what ground a customer is erased.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    basis: Option<String>,
}

/// An erasure that is done.
#[derive(Debug, Serialize)]
pub struct Erased {
    erased: bool,
    basis: String,
}

/// Destroys a customer's key, and with it everything that was sealed under it.
pub async fn erase(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(ground): Query<Ground>,
) -> Result<Json<Erased>, Problem> {
    let basis = ground.basis.unwrap_or_else(|| BASIS.to_owned());
    let input = Input::Erase { customer: CustomerId::new(id), basis: basis.as_str().into() };
    match site.core.decide(input).await? {
        Reply::Erased(true) => {
            site.follow.catch_up().await;
            Ok(Json(Erased { erased: true, basis }))
        }
        _ => Err(Problem::not_found("no such customer")),
    }
}

/// A file of the log, as tlog-tiles names it: `checkpoint`, `tile/…`.
pub async fn log_file(
    State(site): State<Site>,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    let binary = [(header::CONTENT_TYPE, "application/octet-stream")];
    if path == "checkpoint" {
        let content = site.blocking(|site| Ok(site.tiles.checkpoint())).await?;
        let content = content.map_err(|e| Problem::internal(&e))?;
        return content
            .map(|c| (plain, c))
            .ok_or_else(|| Problem::unavailable("nothing has been signed yet"));
    }
    let tile = proof::TileId::parse(&path).map_err(|e| Problem::not_found(e.to_string()))?;
    let content = site.blocking(move |site| Ok(site.tiles.tile(tile))).await?;
    content.map(|c| (binary, c)).map_err(|e| Problem::not_found(e.to_string()))
}

/// The view's row of a message, after the views have caught up.
async fn row(site: &Site, id: &str) -> Result<MessageRow, Problem> {
    let MessageId(id) = id.parse().map_err(|e: model::ParseIdError| Problem::bad_request(e.to_string()))?;
    site.follow.catch_up().await;
    site.on_views(move |views| views.message(id))
        .await?
        .ok_or_else(|| Problem::not_found(format!("no message m-{id}")))
}
