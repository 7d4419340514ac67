//! `GET /v1/arms` and `POST /v1/arms/resume`: how the arms of experiments stand, and letting a stopped one go on.

use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::{Mistakes, Object, parse};
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Query, State};
use engine::entry::{ArmResumed, ArmStopped};
use engine::measure::Totals;
use engine::state::{Stopped, Trial, Trials};
use engine::world::reference;
use engine::{Input, Reply, Resumed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many bytes a reason may have.
const WHY_BYTES_MAX: usize = 500;

/// Of which journey.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    journey: Option<String>,
}

/// An experiment of a version of a journey.
#[derive(Debug, Serialize)]
pub struct ExperimentFigure {
    /// `id@version`.
    journey: String,
    experiment: String,
    /// How often its weights were moved; then intervals about its arms do not hold.
    weights_moved: u64,
    arms: Vec<ArmFigure>,
}

/// How one arm stands.
#[derive(Debug, Serialize)]
pub struct ArmFigure {
    /// As messages name it: `id@version#experiment.arm`.
    arm: String,
    messages: u64,
    goals: u64,
    opt_outs: u64,
    complaints: u64,
    /// What it weighs, where weights were moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedFigure>,
}

/// Why an arm was stopped: so many events in it and in those it is compared with, by these weights.
#[derive(Debug, Serialize)]
pub struct StoppedFigure {
    at: String,
    entry: u64,
    guardrail: &'static str,
    events: u64,
    compared: u64,
    weight: u64,
    weights: u64,
    bound: u32,
}

impl StoppedFigure {
    pub(crate) fn of(stopped: &Stopped) -> Self {
        let ArmStopped { why, events, compared, weight, weights, bound, .. } = stopped.said;
        let (at, entry, guardrail) = (stopped.at.to_string(), stopped.entry, why.name());
        Self { at, entry, guardrail, events, compared, weight, weights, bound }
    }
}

/// All experiments that have met anybody, in the order of their names.
pub(crate) fn figures(totals: &Totals, trials: &Trials) -> Vec<ExperimentFigure> {
    let mut all: BTreeMap<&str, ExperimentFigure> = BTreeMap::new();
    for (name, counted) in &totals.journeys {
        let Some((trial, arm)) = reference::trial(name) else { continue };
        let known = trials.of(trial);
        let (journey, experiment) = trial.split_once('#').unwrap_or((trial, ""));
        let figure = all.entry(trial).or_insert_with(|| ExperimentFigure {
            journey: journey.to_owned(),
            experiment: experiment.to_owned(),
            weights_moved: known.map_or(0, |known| known.moves),
            arms: Vec::new(),
        });
        figure.arms.push(ArmFigure {
            arm: name.to_string(),
            messages: counted.candidates,
            goals: counted.goals,
            opt_outs: counted.opt_outs,
            complaints: counted.complaints,
            weight: known.and_then(|known: &Trial| known.weights.get(arm)).copied(),
            stopped: trials.stopped(name).map(StoppedFigure::of),
        });
    }
    all.into_values().collect()
}

/// Lists them.
pub async fn list(
    State(site): State<Site>,
    Query(wish): Query<Wish>,
) -> Result<Json<Vec<ExperimentFigure>>, Problem> {
    let all = site.core.ask(|node| {
        let state = node.engine().state();
        figures(&state.totals, &state.trials)
    });
    let is_wanted = |figure: &ExperimentFigure| {
        wish.journey.as_deref().is_none_or(|wanted| reference::name(&figure.journey) == wanted)
    };
    Ok(Json(all.await?.into_iter().filter(is_wanted).collect()))
}

/// An arm that goes on.
#[derive(Debug, Serialize)]
pub struct GoesOn {
    arm: String,
}

/// Takes `{"arm": "welcome@3#offer.b", "why": "..."}`.
pub async fn resume(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<GoesOn>, Problem> {
    let json = parse(&body)?;
    let mut mistakes = Mistakes::default();
    let mut read = None;
    if let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) {
        let arm = root.text("arm", &mut mistakes).map(str::to_owned);
        let why = root.text("why", &mut mistakes).map(str::to_owned);
        if let Some(found) = why.as_ref().map(String::len).filter(|len| !(1..=WHY_BYTES_MAX).contains(len)) {
            let detail = format!("expected 1 to {WHY_BYTES_MAX} bytes without personal data, found {found}");
            mistakes.note(&root.place("why"), detail);
        }
        root.finish(&mut mistakes);
        read = arm.zip(why);
    }
    mistakes.finish()?;
    let Some((arm, why)) = read else { return Err(Problem::bad_request("expected an arm and a reason")) };
    let said = ArmResumed { journey: Arc::from(&*arm), by: caller.name.into(), why: why.into() };
    match site.core.decide(Input::ResumeArm(said)).await? {
        Reply::Resumed(Resumed::GoesOn) => Ok(Json(GoesOn { arm })),
        Reply::Resumed(Resumed::NotStopped) => {
            Err(Problem::not_found(format!("no arm {arm:?} that is stopped; GET /v1/arms lists them")))
        }
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}
