//! `GET /`, `/healthz`, `/readyz`, `/v1/status`, `/metrics`.

use super::arms::{self, ExperimentFigure};
use super::metrics;
use super::status::Snapshot;
use crate::http::Site;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use engine::entry::{Follower, Outcome};
use engine::measure::Totals;
use proof::Kind;
use serde::Serialize;
use std::collections::BTreeMap;

/// The status page's shell: it holds no data and asks for a key itself.
pub async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}

/// Whether the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the loop runs: the node answers and the follower keeps up.
pub async fn readyz(State(site): State<Site>) -> (StatusCode, &'static str) {
    match site.core.ask(|_| ()).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the engine has stopped\n"),
    }
}

/// Prometheus metrics.
pub async fn metrics(State(site): State<Site>) -> Result<impl IntoResponse, Problem> {
    let page = metrics::page(site.core.board(), site.follow.covered(), site.figures.all());
    let page = page.map_err(|e| Problem::internal(&e))?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], page))
}

/// The loop's figures by stage.
#[derive(Debug, Serialize)]
pub struct Status {
    institution: String,
    world: String,
    at: String,
    line: String,
    perceive: BTreeMap<&'static str, u64>,
    decide: BTreeMap<&'static str, u64>,
    /// Changes of the configuration.
    changes: BTreeMap<&'static str, u64>,
    rules: Vec<RuleFigure>,
    deliver: BTreeMap<&'static str, u64>,
    queued: BTreeMap<String, u64>,
    outcomes: BTreeMap<String, u64>,
    converse: BTreeMap<&'static str, u64>,
    measure: BTreeMap<&'static str, u64>,
    journeys: Vec<JourneyFigure>,
    /// People inside each journey now, and how many of them are stuck.
    inside: Vec<Inside>,
    /// The arms of experiments.
    experiments: Vec<ExperimentFigure>,
    prove: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
struct RuleFigure {
    rule: String,
    verdict: &'static str,
    count: u64,
}

#[derive(Debug, Serialize)]
struct JourneyFigure {
    journey: String,
    candidates: u64,
    decided: u64,
    blocked: u64,
    delivered: u64,
    failed: u64,
    parts: u64,
    clicks: u64,
    entered: u64,
    left: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Inside {
    journey: String,
    people: u64,
    stuck: u64,
}

/// The loop's figures.
pub async fn status(State(site): State<Site>) -> Json<Status> {
    let s = site.core.board().snapshot();
    let covered = site.follow.covered();
    let of = |kind| s.totals.of(kind);
    Json(Status {
        institution: site.world.now().institution.name.clone(),
        world: site.world.now().hash.to_hex(),
        at: s.at.to_string(),
        line: s.line(covered),
        perceive: [("customers", s.customers), ("events", of(Kind::EventAccepted))].into(),
        decide: [
            ("candidates", s.totals.candidates),
            ("decided", of(Kind::MessageDecided)),
            ("held", of(Kind::MessageHeld)),
            ("blocked", of(Kind::MessageBlocked)),
            ("waiting", s.waiting),
            ("in_review", s.in_review),
            ("revoked", s.totals.revoked),
        ]
        .into(),
        changes: [
            ("open", s.changes_open),
            ("emergencies", s.emergencies),
            ("emergencies_unreviewed", s.emergencies_unreviewed),
        ]
        .into(),
        rules: s
            .totals
            .rules
            .iter()
            .map(|((rule, blocked), count)| RuleFigure {
                rule: rule.to_string(),
                verdict: if *blocked { "blocked" } else { "held" },
                count: *count,
            })
            .collect(),
        deliver: [
            ("claimed", of(Kind::MessageClaimed)),
            ("submitted", s.totals.submitted),
            ("parts_submitted", of(Kind::PartSubmitted)),
            ("parts_refused", of(Kind::PartRefused)),
            ("receipts", of(Kind::ReceiptReceived)),
            ("receipts_parked", of(Kind::ReceiptParked)),
            ("delivered", s.totals.ended(Outcome::Delivered)),
            ("uncertain", s.uncertain),
        ]
        .into(),
        queued: s.queued.iter().map(|(route, n)| (route.to_string(), *n)).collect(),
        outcomes: s.totals.outcomes.iter().map(|(name, n)| (name.to_string(), *n)).collect(),
        converse: [("replies", of(Kind::InboundReceived)), ("opt_outs", of(Kind::SuppressionRecorded))]
            .into(),
        measure: measure(&s.totals),
        journeys: journeys(&s),
        inside: inside(&s),
        experiments: arms::figures(&s.totals, &s.trials),
        prove: [("entries", s.entries), ("checkpoint", covered), ("erased", of(Kind::CustomerErased))].into(),
    })
}

/// Who followed tracked links: people, people again, machines; and how many goals were reached.
fn measure(totals: &Totals) -> BTreeMap<&'static str, u64> {
    let machines = Follower::ALL.into_iter().filter(|by| by.is_machine());
    [
        ("clicks", totals.clicked(Follower::Human)),
        ("clicks_repeated", totals.clicked(Follower::Repeat)),
        ("clicks_of_bots", machines.map(|by| totals.clicked(by)).sum()),
        ("goals", totals.of(Kind::GoalReached)),
    ]
    .into()
}

fn journeys(s: &Snapshot) -> Vec<JourneyFigure> {
    s.totals
        .journeys
        .iter()
        .map(|(journey, t)| JourneyFigure {
            journey: journey.to_string(),
            candidates: t.candidates,
            decided: t.decided,
            blocked: t.blocked,
            delivered: t.delivered,
            failed: t.failed,
            parts: t.parts,
            clicks: t.clicks,
            entered: t.entered,
            left: t.left.iter().map(|(how, count)| (how.to_string(), *count)).collect(),
        })
        .collect()
}

fn inside(s: &Snapshot) -> Vec<Inside> {
    s.inside
        .iter()
        .map(|(journey, (people, stuck))| Inside {
            journey: journey.to_string(),
            people: *people,
            stuck: *stuck,
        })
        .collect()
}
