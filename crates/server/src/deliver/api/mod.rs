//! Our own API for accounts: `POST /v1/messages`, `GET` and `DELETE /v1/messages/{id}`, `GET /v1/notices`,
//! `POST /v1/notices/ack`. A bearer token says which account calls.
//!
//! A batch is answered member by member, once all of it is durable. A body that is not as it should be is refused whole,
//! with the place of every mistake, and nothing of it is taken. An account sees and stops its own messages only.

mod read;
mod show;
pub mod openapi;

use super::portal::{Holder, Refused, Unmade, hand_in, notice, order, own};
use crate::clock::now;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::decide::Ordered;
use engine::entry::Settled;
use engine::{Cancelled, Input, Reply};
use model::MessageId;
use read::Acknowledged;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// The largest body that is taken, in bytes: a thousand messages of the longest text.
pub const BODY_BYTES_MAX: usize = 8 << 20;
/// How many notices one answer holds at most.
pub const NOTICES_MAX: usize = 1_000;
/// How many it holds if nothing is said.
const NOTICES: usize = 100;

/// The header that makes a repetition of the whole call change nothing.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Lets requests with a token of an account pass, from where the account may come.
pub(crate) async fn guard(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    match holder(&site, &request) {
        Ok(holder) => {
            request.extensions_mut().insert(holder);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Lets an account's token or an operator's key pass: what is answered depends on which it is.
pub(crate) async fn guard_either(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = bearer(&request).and_then(|key| site.access.caller(key)) {
        request.extensions_mut().insert(caller);
        return next.run(request).await;
    }
    guard(State(site), request, next).await
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn holder(site: &Site, request: &Request) -> Result<Arc<Holder>, Problem> {
    let token = bearer(request).and_then(|token| site.accounts.by_token(token));
    let Some(holder) = token else {
        let is_operator = bearer(request).is_some_and(|key| site.access.caller(key).is_some());
        return Err(if is_operator {
            Problem::forbidden(
                "expected the token of an account, found an operator's key: only accounts hand in messages",
            )
        } else {
            Problem::unauthorized_account()
        });
    };
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
    if holder.admits(from).is_err() {
        return Err(Problem::forbidden("expected a call from an address that the account may come from"));
    }
    Ok(Arc::clone(holder))
}

/// `POST /v1/messages`: one message, or up to a thousand.
pub(crate) async fn hand_in_messages(
    State(site): State<Site>,
    Extension(holder): Extension<Arc<Holder>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = read::idempotency_key(headers.get(IDEMPOTENCY_KEY))?;
    let batch = read::messages(&body, key.as_deref(), &site.world.now().institution)?;
    if let Err(Refused::Rate(wait)) = holder.take(batch.len(), now()) {
        return Ok(too_many(wait.0));
    }
    let mut orders = Vec::with_capacity(batch.len());
    let mut places: Vec<(Option<String>, Result<(), Unmade>)> = Vec::with_capacity(batch.len());
    for (id, wanted) in batch {
        let made = order(&site.world.now(), &holder.account, wanted).map(|order| orders.push(order));
        places.push((id, made));
    }
    let mut ordered = hand_in(&site.core, orders).await?.into_iter();
    let answers: Vec<Value> = places
        .into_iter()
        .enumerate()
        .map(|(index, (id, made))| {
            let verdict = match made {
                Ok(()) => ordered.next().map_or_else(|| show::unmade("no answer"), |one| show::verdict(&one)),
                Err(why) => show::unmade(&why.to_string()),
            };
            show::placed(index, id.as_deref(), verdict)
        })
        .collect();
    Ok((StatusCode::ACCEPTED, Json(json!({ "messages": answers }))).into_response())
}

fn too_many(wait_ms: i64) -> Response {
    let seconds = (wait_ms.max(1) + 999) / 1_000;
    let problem =
        Problem::too_many(format!("expected no more messages than the account's rate: wait {wait_ms} ms"));
    let mut response = problem.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// `GET /v1/messages/{id}` for an account: where its message is, and what its receipts said. For an operator: why it came,
/// or did not.
pub(crate) async fn message(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    holder: Option<Extension<Arc<Holder>>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if caller.is_some() {
        return crate::prove::api::message(State(site), Path(id)).await.map(IntoResponse::into_response);
    }
    let Some(Extension(holder)) = holder else { return Err(Problem::unauthorized_account()) };
    let record = own(&site, &holder, id_of(&id)?).await?;
    let record = record.ok_or_else(|| Problem::not_found(format!("no message {id} of this account")))?;
    Ok(Json(show::record(&record)).into_response())
}

/// `DELETE /v1/messages/{id}`: stops what has not been handed to a carrier.
pub(crate) async fn cancel(
    State(site): State<Site>,
    Extension(holder): Extension<Arc<Holder>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let message = id_of(&id)?;
    let too_late = || Problem::conflict(format!("{id} is with the carrier already, or has come to its end"));
    match cancelled(&site, &holder, message).await? {
        Cancelled::Stopped => Ok(Json(json!({ "message": id, "status": "cancelled" }))),
        Cancelled::TooLate => Err(too_late()),
        Cancelled::Unknown => match own(&site, &holder, message).await? {
            Some(_) => Err(too_late()),
            None => Err(Problem::not_found(format!("no message {id} of this account"))),
        },
    }
}

/// Has a message of an account stopped, if it has not been handed over.
pub(crate) async fn cancelled(
    site: &Site,
    holder: &Holder,
    message: MessageId,
) -> Result<Cancelled, Problem> {
    match site.core.decide(Input::Cancel { account: holder.account.id.clone(), message }).await? {
        Reply::Cancelled(cancelled) => Ok(cancelled),
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}

fn id_of(id: &str) -> Result<MessageId, Problem> {
    id.parse().map_err(|error: model::ParseIdError| Problem::bad_request(error.to_string()))
}

/// Which notices are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/notices`: what the account must be told and has not acknowledged, oldest first.
pub(crate) async fn notices(
    State(site): State<Site>,
    Extension(holder): Extension<Arc<Holder>>,
    Query(wish): Query<Wish>,
) -> Result<Json<Value>, Problem> {
    let limit = wish.limit.unwrap_or(NOTICES);
    if !(1..=NOTICES_MAX).contains(&limit) {
        return Err(Problem::bad_request(format!("limit: expected 1 to {NOTICES_MAX}, found {limit}")));
    }
    let mut from = match wish.after.as_deref() {
        None => 0,
        Some(name) => {
            let position = notice::position(name);
            position.ok_or_else(|| Problem::bad_request("after: expected the id of a notice such as n-12"))?
                + 1
        }
    };
    let mut found: Vec<Value> = Vec::new();
    while found.len() < limit {
        let (account, wanted) = (holder.account.id.clone(), limit - found.len());
        let page: Vec<(u64, Value)> = site
            .core
            .ask(move |node| {
                let outboxes = &node.engine().state().outboxes;
                outboxes
                    .from(&account, from)
                    .take(wanted)
                    .map(|(at, it)| (at, notice::json(at, it)))
                    .collect()
            })
            .await?;
        let Some((last, _)) = page.last() else { break };
        from = last + 1;
        // What a bind or a callback is telling just now is not told here as well.
        let free = holder.standing.post.pull(page.iter().map(|(at, _)| *at));
        found.extend(page.into_iter().filter(|(at, _)| free.contains(at)).map(|(_, json)| json));
    }
    Ok(Json(json!({ "notices": found })))
}

/// `POST /v1/notices/ack`: these need not be told any more.
pub(crate) async fn acknowledge(
    State(site): State<Site>,
    Extension(holder): Extension<Arc<Holder>>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let Acknowledged(notices) = read::acknowledged(&body)?;
    let count = notices.len();
    if count > 0 {
        let account = holder.account.id.clone();
        let settled = Input::Settled { account, notices: notices.clone(), how: Settled::Told };
        site.core.decide(settled).await?;
        holder.standing.post.forget(&notices);
    }
    Ok(Json(json!({ "acknowledged": count })))
}

/// What became of an order, in a word: the words of the API.
pub(crate) fn word(ordered: &Ordered) -> &'static str {
    match ordered {
        Ordered::Accepted { until: None, .. } | Ordered::Piece { .. } => "accepted",
        Ordered::Accepted { until: Some(_), .. } => "held",
        Ordered::Repeated(_) => "repeated",
        Ordered::Blocked { .. } => "blocked",
        Ordered::Refused(_) => "refused",
    }
}
