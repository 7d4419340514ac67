//! `POST /v1/customers`, `POST /v1/events`, `POST /v1/market-events`, `GET /v1/customers/{id}/consent`.
//!
//! The posts take a batch, change nothing for what they have seen before, and answer 202 only after everything
//! they led to is durable.

use super::read;
use crate::http::Site;
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use engine::{Input, Reply};
use model::{ConsentState, CustomerId, MessageClass, Timestamp, consent_at};
use serde::{Deserialize, Serialize};

/// What became of a batch.
#[derive(Debug, Serialize)]
pub struct Taken {
    accepted: u64,
    unchanged: u64,
    rejected: Vec<Rejected>,
}

/// A member of a batch that was not taken.
#[derive(Debug, Serialize)]
pub struct Rejected {
    index: usize,
    error: String,
}

/// Takes customers in.
pub async fn customers(State(site): State<Site>, body: Bytes) -> Result<(StatusCode, Json<Taken>), Problem> {
    let reports = read::customers(&body, &site.world.now().institution)?;
    taken(&site, reports, Input::Customers).await
}

/// Takes events in.
pub async fn events(State(site): State<Site>, body: Bytes) -> Result<(StatusCode, Json<Taken>), Problem> {
    let reports = read::events(&body, &site.world.now().institution)?;
    taken(&site, reports, Input::Events).await
}

/// Takes in what happened to what customers hold.
pub async fn market_events(
    State(site): State<Site>,
    body: Bytes,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let reports = read::market_events(&body, &site.world.now().institution)?;
    taken(&site, reports, Input::Markets).await
}

/// How many members of a batch the engine is given at once: a large batch must not stand in the way of a code.
const PIECE: usize = 500;

async fn taken<T: Clone>(
    site: &Site,
    reports: Vec<T>,
    input: impl Fn(Vec<T>) -> Input,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let mut all = Taken { accepted: 0, unchanged: 0, rejected: Vec::new() };
    for (piece, members) in reports.chunks(PIECE).enumerate() {
        let Reply::Taken { accepted, unchanged, strangers } =
            site.core.decide(input(members.to_vec())).await?
        else {
            return Err(Problem::internal(&"the engine answered something else"));
        };
        all.accepted += accepted;
        all.unchanged += unchanged;
        all.rejected.extend(strangers.into_iter().map(|place| Rejected {
            index: piece * PIECE + place,
            error: "expected a known customer".to_owned(),
        }));
    }
    Ok((StatusCode::ACCEPTED, Json(all)))
}

/// What is asked about consent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentQuestion {
    class: String,
    at: Option<String>,
}

/// Whether there was consent at a moment, and on what evidence.
#[derive(Debug, Serialize)]
pub struct ConsentAnswer {
    class: &'static str,
    at: String,
    state: &'static str,
    since: Option<String>,
    evidence: Option<String>,
}

/// Answers whether a customer's consent to a class was in force at a moment (now, if none is given).
pub async fn consent(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(question): Query<ConsentQuestion>,
) -> Result<Json<ConsentAnswer>, Problem> {
    let class: MessageClass =
        question.class.parse().map_err(|e| Problem::bad_request(format!("class: {e}")))?;
    let at = match &question.at {
        None => crate::now(),
        Some(text) => Timestamp::parse_rfc3339(text).map_err(|e| Problem::bad_request(format!("at: {e}")))?,
    };
    let consents = site
        .core
        .ask(move |node| node.engine().state().customer(&CustomerId::new(id)).map(|c| c.consents.clone()))
        .await?
        .ok_or_else(|| Problem::not_found("no such customer"))?;
    let said = consent_at(&consents, class, at);
    Ok(Json(ConsentAnswer {
        class: class.name(),
        at: at.to_string(),
        state: match said.map(|c| c.state) {
            None => "none",
            Some(ConsentState::Granted) => "granted",
            Some(ConsentState::Withdrawn) => "withdrawn",
        },
        since: said.map(|c| c.at.to_string()),
        evidence: said.map(|c| c.evidence.to_string()),
    }))
}
