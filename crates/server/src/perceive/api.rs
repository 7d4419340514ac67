//! `POST /v1/customers`, `POST /v1/events`, `GET /v1/customers/{id}/consent`.
//!
//! Both posts take a batch, change nothing for what they have seen before, and answer 202 only after everything
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
    let reports = read::customers(&body, &site.world.institution)?;
    taken(site.core.decide(Input::Customers(reports)).await?)
}

/// Takes events in.
pub async fn events(State(site): State<Site>, body: Bytes) -> Result<(StatusCode, Json<Taken>), Problem> {
    let reports = read::events(&body, &site.world.institution)?;
    taken(site.core.decide(Input::Events(reports)).await?)
}

fn taken(reply: Reply) -> Result<(StatusCode, Json<Taken>), Problem> {
    let Reply::Taken { accepted, unchanged, strangers } = reply else {
        return Err(Problem::internal(&"the engine answered something else"));
    };
    let rejected = strangers
        .into_iter()
        .map(|index| Rejected { index, error: "expected a known customer".to_owned() })
        .collect();
    Ok((StatusCode::ACCEPTED, Json(Taken { accepted, unchanged, rejected })))
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
