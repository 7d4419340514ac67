//! `/v1/changes`: propose a change of the configuration, look at it, approve or reject it, put it into force. And
//! `/v1/configuration`: what is in force, and by which change.
//!
//! Who calls is who their API key says; a body never names a person.

mod judge;
mod show;

use crate::clock::now;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use engine::state::{Change, Standing};
use engine::{ChangeError, ChangeRequest, Input, Person, Reply};
use judge::{Basis, Judged, judge};
use proof::Hash;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often something is tried again because the configuration moved on while it was read.
const TRIES: usize = 3;

/// What is proposed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposal {
    title: String,
    reason: String,
    files: Vec<ProposedFile>,
}

/// One file of a proposal; without a content it goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProposedFile {
    path: String,
    content: Option<String>,
}

fn read<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|e| Problem::bad_request(format!("expected {expected}: {e}")))
}

/// `POST /v1/changes`: proposes a change. Every mistake of the configuration it makes is said at once.
pub(crate) async fn propose(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Proposal { title, reason, files } =
        read(&body, "{\"title\": …, \"reason\": …, \"files\": [{\"path\": …, \"content\": … or null}]}")?;
    let mut changed = BTreeMap::new();
    for file in files {
        let path: Arc<str> = file.path.into();
        if changed.insert(Arc::clone(&path), file.content.map(Arc::<str>::from)).is_some() {
            return Err(Problem::bad_request(format!("expected every path once, found {path} twice")));
        }
    }
    for _ in 0..TRIES {
        let basis = Basis::of(&site).await?;
        let judged = judge(&site, &basis, &changed).await?;
        let request = ChangeRequest::Propose {
            by: person(&caller),
            title: title.as_str().into(),
            reason: reason.as_str().into(),
            files: changed.clone(),
            needs: judged.needs.clone(),
            generation: basis.generation,
        };
        match ask(&site, request).await? {
            Err(ChangeError::Moved) => {}
            done => {
                let number = done.map_err(refused)?;
                let mut shown = shown(&site, number).await?;
                shown["effect"] = show::effect(&judged);
                return Ok((StatusCode::CREATED, Json(shown)));
            }
        }
    }
    Err(refused(ChangeError::Moved))
}

/// Which changes are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    state: Option<String>,
}

/// `GET /v1/changes`: every change, the newest first; with `state` only those that stand so. `emergency` are those that nobody
/// has looked at since.
pub(crate) async fn list(
    State(site): State<Site>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    const STATES: [&str; 6] = ["open", "approved", "published", "rejected", "withdrawn", "emergency"];
    if let Some(state) = wanted.state.as_deref().filter(|state| !STATES.contains(state)) {
        let expected = format!("state: expected one of {}, found {state:?}", STATES.join(", "));
        return Err(Problem::bad_request(expected));
    }
    let now = now();
    let shown = site.core.ask(move |node| {
        let approvals = &node.engine().state().approvals;
        let is_wanted = |change: &&Change| match wanted.state.as_deref() {
            None => true,
            Some("emergency") => change.is_unreviewed_emergency(),
            Some(state) => show::state(change, now) == state,
        };
        let changes = approvals.changes().values().rev().filter(is_wanted);
        let changes: Vec<Value> = changes.map(|change| show::line(approvals, change, now)).collect();
        json!({ "asked_for": approvals.is_asked_for(), "changes": changes })
    });
    Ok(Json(shown.await?))
}

/// `GET /v1/changes/{n}`: a change with its differences, its reviews, and, while it is open, what it would do.
pub(crate) async fn one(State(site): State<Site>, Path(number): Path<u64>) -> Result<Json<Value>, Problem> {
    let mut shown = shown(&site, number).await?;
    if let Some((_, _, judged)) = judged(&site, number).await? {
        match judged {
            Ok(judged) => shown["effect"] = show::effect(&judged),
            // What was right when it was proposed may be wrong now: whoever looks at it should see that.
            Err(problem) => shown["mistakes"] = json!(problem.lines()),
        }
    }
    Ok(Json(shown))
}

async fn shown(site: &Site, number: u64) -> Result<Value, Problem> {
    let now = now();
    let shown = site.core.ask(move |node| {
        let approvals = &node.engine().state().approvals;
        approvals.changes().get(&number).map(|change| show::whole(approvals, change, now))
    });
    shown.await?.ok_or_else(|| refused(ChangeError::Unknown(number)))
}

/// What an open change would do as things are now; none if it is over.
async fn judged(
    site: &Site,
    number: u64,
) -> Result<Option<(Basis, Change, Result<Judged, Problem>)>, Problem> {
    let change = site.core.ask(move |node| node.engine().state().approvals.changes().get(&number).cloned());
    let change = change.await?.ok_or_else(|| refused(ChangeError::Unknown(number)))?;
    if change.standing != Standing::Open {
        return Ok(None);
    }
    let files = change.proposed.files.iter().zip(&change.texts);
    let changed = files.map(|(file, (_, text))| (Arc::clone(&file.path), text.clone())).collect();
    let basis = Basis::of(site).await?;
    let judged = judge(site, &basis, &changed).await;
    Ok(Some((basis, change, judged)))
}

/// What a reviewer says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    hash: String,
    remark: Option<String>,
}

/// `POST /v1/changes/{n}/approve`, with the hash that was looked at.
pub(crate) async fn approve(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    review(&site, &caller, number, &body, true).await
}

/// `POST /v1/changes/{n}/reject`.
pub(crate) async fn reject(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    review(&site, &caller, number, &body, false).await
}

async fn review(
    site: &Site,
    caller: &Caller,
    number: u64,
    body: &[u8],
    approves: bool,
) -> Result<Json<Value>, Problem> {
    let Said { hash, remark } =
        read(body, "{\"hash\": …, \"remark\": …}, the hash that GET /v1/changes/N shows")?;
    let wrong = || Problem::bad_request(format!("hash: expected 64 hex digits, found {hash:?}"));
    let bytes = proof::hash::hex_decode(&hash).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let hash = Hash(bytes.ok_or_else(wrong)?);
    let remark = remark.unwrap_or_default().into();
    let request = ChangeRequest::Review { number, by: person(caller), hash, approves, remark };
    ask(site, request).await?.map_err(refused)?;
    shown(site, number).await.map(Json)
}

/// Why something is done.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    reason: Option<String>,
}

/// `POST /v1/changes/{n}/withdraw`: the maker takes it back.
pub(crate) async fn withdraw(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let Why { reason } = if body.is_empty() { Why::default() } else { read(&body, "{\"reason\": …}")? };
    let why = reason.unwrap_or_default().into();
    ask(&site, ChangeRequest::Withdraw { number, by: person(&caller), why }).await?.map_err(refused)?;
    shown(&site, number).await.map(Json)
}

/// How a change is put into force.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publication {
    emergency: Option<String>,
}

/// `POST /v1/changes/{n}/publish`: puts an approved change into force; with `emergency` and its reason one that is not.
pub(crate) async fn publish(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let Publication { emergency } = if body.is_empty() {
        Publication::default()
    } else {
        read(&body, "{\"emergency\": reason} or nothing")?
    };
    let emergency: Option<Arc<str>> = emergency.map(Arc::from);
    for _ in 0..TRIES {
        let Some((basis, _, judged)) = judged(&site, number).await? else {
            let over = site.core.ask(move |node| {
                let changes = node.engine().state().approvals.changes();
                changes.get(&number).map_or("unknown", |change| change.standing.name())
            });
            return Err(refused(ChangeError::Over(number, over.await?)));
        };
        let judged = judged?;
        let (by, world) = (person(&caller), Arc::clone(&judged.running));
        let (why, needs, generation) = (emergency.clone(), judged.needs.clone(), basis.generation);
        let request = ChangeRequest::Publish { number, by, emergency: why, needs, generation, world };
        match ask(&site, request).await? {
            Err(ChangeError::Moved) => {}
            done => {
                done.map_err(refused)?;
                site.world.set(judged.running);
                let mut shown = shown(&site, number).await?;
                if let Some(why) = &emergency {
                    tracing::error!(
                        change = number, by = %caller.name, reason = %why,
                        "a change came into force in an emergency, without approval: somebody else has to look at it"
                    );
                }
                shown["waits_for_start"] = waiting(&site).await?;
                return Ok(Json(shown));
            }
        }
    }
    Err(refused(ChangeError::Moved))
}

/// `GET /v1/configuration`: what is in force, file by file.
pub(crate) async fn configuration(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    let shown = site.core.ask(|node| {
        let approvals = &node.engine().state().approvals;
        let files = approvals.files().iter().map(
            |(path, file)| json!({ "path": &**path, "hash": file.hash.to_hex(), "change": file.change }),
        );
        let (asked_for, files) = (approvals.is_asked_for(), files.collect::<Vec<_>>());
        json!({ "asked_for": asked_for, "files": files, "world": node.engine().world().hash.to_hex() })
    });
    let mut shown = shown.await?;
    shown["waits_for_start"] = waiting(&site).await?;
    Ok(Json(shown))
}

async fn waiting(site: &Site) -> Result<Value, Problem> {
    let files = site.core.ask(|node| node.engine().state().approvals.texts()).await?;
    let waiting = site.configuration.waiting(&files);
    Ok(waiting.iter().map(|path| Value::from(&**path)).collect())
}

async fn ask(site: &Site, request: ChangeRequest) -> Result<Result<u64, ChangeError>, Problem> {
    match site.core.decide(Input::Change(Box::new(request))).await? {
        Reply::Changed(changed) => Ok(changed),
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}

fn person(caller: &Caller) -> Person {
    Person { name: caller.name.as_str().into(), roles: caller.roles.clone() }
}

fn refused(error: ChangeError) -> Problem {
    let words = error.to_string();
    match error {
        ChangeError::Unknown(_) => Problem::not_found(words),
        ChangeError::Role { .. } | ChangeError::Own(_) | ChangeError::NotOwn(_) => Problem::forbidden(words),
        ChangeError::Malformed(_) | ChangeError::OtherHash { .. } => Problem::bad_request(words),
        ChangeError::NotAskedFor
        | ChangeError::Over(..)
        | ChangeError::Twice(_)
        | ChangeError::Unapproved { .. }
        | ChangeError::Conflict { .. }
        | ChangeError::Moved => Problem::conflict(words),
    }
}
