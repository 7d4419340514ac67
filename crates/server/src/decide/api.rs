//! `POST /v1/broadcasts` launches; `POST /v1/broadcasts/preview` shows what would happen, by the same gate.
//!
//! The body of both is a broadcast's file, as TOML.

use crate::http::Site;
use crate::http::problem::{FieldError, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::decide::{BroadcastError, Funnel, Reach, preview as judge_audience};
use engine::world::{Journey, Mistake, World, broadcast_from_text};
use engine::{Input, Reply};
use model::{Cost, Subject};
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
    let input =
        if asked_for(&site).await? { counted(&site, source).await? } else { Input::Launch(source.into()) };
    match site.core.decide(input).await? {
        Reply::Launched(reference) => {
            Ok((StatusCode::ACCEPTED, Json(Launched { broadcast: reference.to_string() })))
        }
        Reply::NotLaunched(BroadcastError::Mistakes(mistakes)) => Err(problem(&mistakes)),
        Reply::NotLaunched(again) => Err(Problem::conflict(again.to_string())),
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}

async fn asked_for(site: &Site) -> Result<bool, Problem> {
    Ok(site.core.ask(|node| node.engine().state().approvals.is_asked_for()).await?)
}

/// A launch that says whom it goes to and what that costs: approvals may ask for more people the more there are.
async fn counted(site: &Site, source: String) -> Result<Input, Problem> {
    let world = site.world.now();
    let journey = Arc::new(broadcast_from_text(&world, "broadcast", &source).map_err(|m| problem(&m))?);
    let shown = previewed(site, &world, &journey).await?;
    Ok(Input::LaunchCounted(source.into(), Reach { people: shown.audience, cost: shown.total }))
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
    pub(crate) audience: u64,
    blocked: BTreeMap<&'static str, u64>,
    held: Vec<HeldUntil>,
    to_send: u64,
    parts: u64,
    cost: String,
    /// The same, to calculate with.
    #[serde(skip)]
    pub(crate) total: Cost,
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
    let world = site.world.now();
    let journey = Arc::new(broadcast_from_text(&world, "broadcast", &source).map_err(|m| problem(&m))?);
    previewed(&site, &world, &journey).await.map(Json)
}

/// Judges the whole audience of a broadcast by a configuration, which need not be in force.
pub(crate) async fn previewed(
    site: &Site,
    world: &Arc<World>,
    journey: &Arc<Journey>,
) -> Result<Preview, Problem> {
    let now = crate::now();
    let mut funnel = Funnel::default();
    let mut from = Some(Subject(0));
    while let Some(start) = from {
        let (world, journey) = (Arc::clone(world), Arc::clone(journey));
        let mut so_far = std::mem::take(&mut funnel);
        (from, funnel) = site
            .core
            .ask(move |node| {
                let state = node.engine().state();
                let next = judge_audience(&world, state, &journey, start, PIECE, now, &mut so_far);
                (next, so_far)
            })
            .await?;
    }
    Ok(Preview {
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
        total: funnel.cost,
        condition_failures: funnel.failures.iter().map(|f| f.error.to_string()).collect(),
    })
}
