//! `GET /v1/cases`, `GET /v1/cases/{n}`, `POST /v1/cases/{n}/assign|note|close`, `POST /v1/customers/{id}/cases`: what
//! customers complain of and ask for, for those who answer it.

use crate::http::Site;
use crate::http::access::Caller;
use crate::http::problem::Problem;
use crate::now;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use engine::converse::{Heard, Wanted, Who, Wish};
use engine::entry::{CaseClosed, CaseId, CaseKind, CaseNoted, CaseOutcome, Evidence, Through};
use engine::state::{Case, State as EngineState};
use engine::{Input, Reply};
use model::{CustomerId, MessageId, Private, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many cases one answer lists.
const LISTED_MAX: usize = 500;
/// How long a customer's or an employee's words may be, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 4_000;
/// How long a name may be, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// Which cases are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    state: Option<String>,
}

/// A case in a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    case: String,
    kind: &'static str,
    opened: String,
    due: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<String>,
    /// The institution's id; nothing once they are erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
}

/// A case with everything that is known of it.
#[derive(Debug, Serialize)]
pub struct Told {
    #[serde(flatten)]
    listed: Listed,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<&'static str>,
    notes: Vec<Note>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// What was done about a case.
#[derive(Debug, Serialize)]
struct Note {
    at: String,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    note: String,
}

/// What is done about a case, or how one begins.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deed {
    to: Option<String>,
    note: Option<String>,
    outcome: Option<String>,
    resume: bool,
    kind: Option<String>,
    message: Option<String>,
    text: Option<String>,
    reference: Option<String>,
}

/// Lists cases, those that are due first.
pub async fn list(
    State(site): State<Site>,
    Query(which): Query<Which>,
) -> Result<Json<Vec<Listed>>, Problem> {
    let wanted = which.state.unwrap_or_else(|| "open".to_owned());
    if !["open", "overdue", "closed", "all"].contains(&wanted.as_str()) {
        let expected = format!("state: expected open, overdue, closed or all, found {wanted:?}");
        return Err(Problem::bad_request(expected));
    }
    let cases = site
        .core
        .ask(move |node| {
            let (state, at) = (node.engine().state(), now());
            let is_wanted = |case: &Case| {
                wanted == "all" || word(case, at) == wanted || { wanted == "open" && case.closed.is_none() }
            };
            let found = state.cases.iter().filter(|(_, case)| is_wanted(case));
            let mut found: Vec<(CaseId, &Case)> = found.collect();
            found.sort_by_key(|(id, case)| (case.closed.is_some(), case.due, *id));
            found.into_iter().take(LISTED_MAX).map(|(id, case)| listed(state, id, case, at)).collect()
        })
        .await?;
    Ok(Json(cases))
}

/// One case whole.
pub async fn one(State(site): State<Site>, Path(id): Path<String>) -> Result<Json<Told>, Problem> {
    let id = case_id(&id)?;
    let told = site
        .core
        .ask(move |node| {
            let state = node.engine().state();
            state.cases.get(id).map(|case| told(state, id, case, now()))
        })
        .await?;
    told.map(Json).ok_or_else(|| Problem::not_found(format!("no case {id}")))
}

/// Does one thing about a case: `assign`, `note` or `close`.
pub async fn act(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path((id, what)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Told>, Problem> {
    let (case, deed, by) = (case_id(&id)?, read(&body)?, Arc::from(caller.name.as_str()));
    let note = |text: Option<&str>| words(text.unwrap_or_default(), "note", 0).map(Private::new);
    let what = match what.as_str() {
        "assign" => {
            let to = deed.to.as_deref().ok_or_else(|| Problem::bad_request("expected whose it is: to"))?;
            let assignee = Some(words(to, "to", 1)?).filter(|to| to.len() <= NAME_BYTES_MAX);
            let assignee = assignee.ok_or_else(|| Problem::bad_request("to: expected a shorter name"))?;
            let (assignee, note) = (Some(Arc::from(assignee)), note(deed.note.as_deref())?);
            Wanted::Note(CaseNoted { case, by, assignee, note })
        }
        "note" => {
            let note = Private::new(words(deed.note.as_deref().unwrap_or_default(), "note", 1)?);
            Wanted::Note(CaseNoted { case, by, assignee: None, note })
        }
        "close" => {
            let outcome = deed.outcome.as_deref().and_then(CaseOutcome::parse);
            let outcome = outcome.ok_or_else(|| {
                let known = CaseOutcome::ALL.map(CaseOutcome::name).join(", ");
                Problem::bad_request(format!("outcome: expected one of {known}"))
            })?;
            let note = Private::new(words(deed.note.as_deref().unwrap_or_default(), "note", 1)?);
            Wanted::Close(CaseClosed { case, outcome, by, note, resume: deed.resume })
        }
        other => return Err(Problem::not_found(format!("nothing is done about a case by {other:?}"))),
    };
    let wish = Wish { who: Who::Case(case), what };
    match site.core.decide(Input::Wish(Box::new(wish))).await? {
        Reply::Heard(Heard::Recorded(_)) => one(State(site), Path(id)).await,
        Reply::Heard(Heard::Unchanged) => Err(Problem::conflict(format!("{case} is closed"))),
        _ => Err(Problem::not_found(format!("no case {case}"))),
    }
}

/// Opens a case that an employee or a system was told of.
pub async fn open(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Told>), Problem> {
    let deed = read(&body)?;
    let kind = deed.kind.as_deref().and_then(CaseKind::parse).ok_or_else(|| {
        let known = CaseKind::ALL.map(CaseKind::name).join(", ");
        Problem::bad_request(format!("kind: expected one of {known}"))
    })?;
    let message = deed.message.as_deref().map(str::parse::<MessageId>).transpose();
    let message = message.map_err(|error| Problem::bad_request(format!("message: {error}")))?;
    let text = Private::new(words(deed.text.as_deref().unwrap_or_default(), "text", 1)?);
    let reference = words(deed.reference.as_deref().unwrap_or_default(), "reference", 1)?;
    let reference = format!("{reference} ({})", caller.name).into();
    let evidence = Evidence { through: Through::Agent, at: now(), reference };
    let what = Wanted::Open { kind, message, text, evidence };
    let wish = Wish { who: Who::Customer(CustomerId::new(id)), what };
    let case = match site.core.decide(Input::Wish(Box::new(wish))).await? {
        Reply::Heard(Heard::Recorded(case)) => (StatusCode::CREATED, CaseId(case)),
        Reply::Heard(Heard::Already(case)) => (StatusCode::OK, case),
        Reply::Heard(Heard::TooMany) => {
            return Err(Problem::too_many("too many complaints of theirs are open"));
        }
        _ => return Err(Problem::not_found("no such customer")),
    };
    let (status, case) = case;
    one(State(site), Path(case.to_string())).await.map(|told| (status, told))
}

fn case_id(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|_| Problem::bad_request(format!("expected a case such as c-1024, found {text:?}")))
}

fn read(body: &[u8]) -> Result<Deed, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(format!("expected JSON: {error}")))
}

fn words(text: &str, name: &str, least: usize) -> Result<String, Problem> {
    let text = text.trim();
    if (least..=TEXT_BYTES_MAX).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err(Problem::bad_request(format!(
        "{name}: expected {least} to {TEXT_BYTES_MAX} bytes, found {}",
        text.len()
    )))
}

fn word(case: &Case, at: Timestamp) -> &'static str {
    match case.closed {
        Some(_) => "closed",
        None if case.due < at => "overdue",
        None => "open",
    }
}

/// A case as lists have it.
pub(crate) fn listed(state: &EngineState, id: CaseId, case: &Case, at: Timestamp) -> Listed {
    let matter = case.matter.as_deref();
    let customer = matter.and_then(|matter| state.customers.get(&matter.subject));
    Listed {
        case: id.to_string(),
        kind: case.kind.name(),
        opened: case.at.to_string(),
        due: case.due.to_string(),
        state: word(case, at),
        outcome: case.closed.map(|(_, outcome)| outcome.name()),
        closed: case.closed.map(|(at, _)| at.to_string()),
        customer: customer.map(|customer| customer.profile.id.reveal().to_owned()),
        assignee: matter.and_then(|matter| matter.assignee.as_ref()).map(ToString::to_string),
    }
}

/// A case whole.
pub(crate) fn told(state: &EngineState, id: CaseId, case: &Case, at: Timestamp) -> Told {
    let matter = case.matter.as_deref();
    let note = |(at, noted): &(Timestamp, CaseNoted)| Note {
        at: at.to_string(),
        by: noted.by.to_string(),
        assignee: noted.assignee.as_ref().map(ToString::to_string),
        note: noted.note.reveal().to_owned(),
    };
    Told {
        listed: listed(state, id, case, at),
        message: matter.and_then(|matter| matter.opened.message).map(|id| id.to_string()),
        text: matter.map(|matter| matter.opened.text.reveal().to_owned()),
        through: matter.map(|matter| matter.opened.evidence.through.name()),
        notes: matter.map(|matter| matter.notes.iter().map(note).collect()).unwrap_or_default(),
        answer: matter
            .and_then(|matter| matter.answer.as_ref())
            .map(|closed| closed.note.reveal().to_owned()),
    }
}
