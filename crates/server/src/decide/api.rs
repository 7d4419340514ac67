//! `POST /v1/broadcasts` launches; `POST /v1/broadcasts/preview` shows what would happen, by the same gate.
//!
//! The body of both is a broadcast's file, as TOML.

use crate::http::Site;
use crate::http::problem::{FieldError, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::decide::{BroadcastError, Funnel, preview as judge_audience};
use engine::world::{Mistake, broadcast_from_text};
use engine::{Input, Reply};
use model::Subject;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many customers one piece of a preview judges before others get their turn.
const PIECE: usize = 500;

/// How long a broadcast's file may be, in bytes: it stands in one entry of the ledger.
const SOURCE_BYTES_MAX: usize = 64 << 10;

/// A broadcast that was launched.
#[derive(Debug, Serialize)]
pub struct Launched {
    broadcast: String,
}

/// Launches a broadcast.
pub async fn launch(
    State(site): State<Site>,
    source: String,
) -> Result<(StatusCode, Json<Launched>), Problem> {
    if source.len() > SOURCE_BYTES_MAX {
        let found = source.len();
        return Err(Problem::bad_request(format!(
            "expected a file of at most {SOURCE_BYTES_MAX} bytes, found {found}"
        )));
    }
    match site.core.decide(Input::Launch(source.into())).await? {
        Reply::Launched(reference) => {
            Ok((StatusCode::ACCEPTED, Json(Launched { broadcast: reference.to_string() })))
        }
        Reply::NotLaunched(BroadcastError::Mistakes(mistakes)) => Err(problem(&mistakes)),
        Reply::NotLaunched(again) => Err(Problem::conflict(again.to_string())),
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}

fn problem(mistakes: &[Mistake]) -> Problem {
    Problem::fields(
        mistakes
            .iter()
            .map(|m| FieldError {
                pointer: format!("line {}, column {}", m.line, m.column),
                detail: m.message.clone(),
            })
            .collect(),
    )
}

/// What a broadcast would do if it were launched now.
#[derive(Debug, Serialize)]
pub struct Preview {
    broadcast: String,
    customers: u64,
    audience: u64,
    blocked: BTreeMap<&'static str, u64>,
    held: Vec<HeldUntil>,
    to_send: u64,
    parts: u64,
    cost: String,
    condition_failures: Vec<String>,
}

/// So many held until the same moment.
#[derive(Debug, Serialize)]
pub struct HeldUntil {
    rule: &'static str,
    until: String,
    count: u64,
}

/// Judges the whole audience without recording anything.
pub async fn preview(State(site): State<Site>, source: String) -> Result<Json<Preview>, Problem> {
    let journey = Arc::new(broadcast_from_text(&site.world, "broadcast", &source).map_err(|m| problem(&m))?);
    let now = crate::now();
    let mut funnel = Funnel::default();
    let mut from = Some(Subject(0));
    while let Some(start) = from {
        let journey = Arc::clone(&journey);
        let mut so_far = std::mem::take(&mut funnel);
        (from, funnel) = site
            .core
            .ask(move |node| {
                let engine = node.engine();
                let next =
                    judge_audience(engine.world(), engine.state(), &journey, start, PIECE, now, &mut so_far);
                (next, so_far)
            })
            .await?;
    }
    Ok(Json(Preview {
        broadcast: journey.reference.to_string(),
        customers: funnel.customers,
        audience: funnel.audience,
        blocked: funnel.blocked,
        held: funnel
            .held
            .into_iter()
            .map(|((rule, until), count)| HeldUntil { rule, until: until.to_string(), count })
            .collect(),
        to_send: funnel.to_send,
        parts: funnel.parts,
        cost: funnel.cost.to_string(),
        condition_failures: funnel.failures.iter().map(|f| f.error.to_string()).collect(),
    }))
}
