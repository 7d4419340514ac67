//! DELIVER for the operator: how routes stand, what is switched off, what accounts were not told, dead letters sent again,
//! what it cost. Operators' keys and the local socket only; accounts reach none of it.

mod replay;
mod statement;

pub(crate) use replay::replay;
pub(crate) use statement::statement;

use crate::clock::now;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::{Mistakes, Object, parse};
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Html;
use engine::Input;
use engine::entry::{Scope, Settled, SwitchState};
use engine::state::{Message, Part, State as Memory};
use engine::world::{Protocol, Route, World};
use model::{AccountId, Timestamp};
use node::{Node, RouteFigures};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest reason of a switch, in bytes.
const WHY_BYTES_MAX: usize = 500;
/// How many uncertain messages are shown.
const UNCERTAIN_MAX: usize = 10_000;
/// How many notices are revived with one entry.
const REVIVED_MAX: usize = 10_000;

/// The page's shell: it holds no data and asks for a key itself.
pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}

/// `GET /v1/routes`: every route, its queue, its health and its figures since the start.
pub(crate) async fn routes(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    let figures = site.figures.all();
    let routes: Vec<Value> = site.core.ask(move |node| all_routes(node, &figures)).await?;
    Ok(Json(json!({ "at": now().to_string(), "routes": routes })))
}

fn all_routes(node: &Node, figures: &BTreeMap<String, RouteFigures>) -> Vec<Value> {
    let (state, world, now) = (node.engine().state(), node.engine().world(), now());
    let none = RouteFigures::default();
    let one = |route: &Arc<Route>| {
        let of = figures.get(route.id.as_str()).unwrap_or(&none);
        let mut shown = standing(world, state, route, now);
        shown["figures"] = counted(of);
        shown
    };
    world.routes.values().map(one).collect()
}

fn standing(world: &World, state: &Memory, route: &Route, now: Timestamp) -> Value {
    let health = state.traffic.of(&route.id);
    let protocol = match &route.protocol {
        Protocol::Smpp(_) => "smpp",
        Protocol::Stream(_) => "stream",
        Protocol::Provider(provider) => &*provider.kind,
    };
    let lanes: Vec<Value> = state
        .queues
        .lanes(&route.id)
        .enumerate()
        .filter_map(|(lane, flows)| {
            let waiting: usize = flows.values().map(std::collections::BTreeSet::len).sum();
            // Ids ascend with time: the oldest is first in its flow.
            let oldest =
                flows.values().filter_map(|flow| state.messages.get(flow.first()?)).map(|m| m.since).min()?;
            Some(json!({ "lane": lane, "waiting": waiting, "oldest_ms": now.since(oldest).0 }))
        })
        .collect();
    let day = world.institution.zone.local(now).0;
    json!({
        "route": route.id.as_str(), "channel": route.channel.name(), "protocol": protocol,
        "binds": route.binds, "window": route.window, "tps": route.tps,
        "up": health.is_up(now),
        "down_since": health.down_since.map(|at| at.to_string()),
        "suspended_until": health.suspended_until.map(|at| at.to_string()),
        "taken_permille": health.taken_permille,
        "switch": switch_of(state, &Scope::Route(route.id.clone())).name(),
        "waiting": state.queues.waiting(&route.id), "lanes": lanes,
        "daily_parts": route.daily_parts, "day": day.to_string(),
    })
}

fn counted(figures: &RouteFigures) -> Value {
    json!({
        "claimed": figures.claimed, "parts_submitted": figures.submitted, "parts_refused": figures.refused,
        "parts_unanswered": figures.unanswered, "receipts": figures.receipts, "outcomes": figures.outcomes,
        "receipt_ms": { "p50": figures.latency.percentile(50), "p95": figures.latency.percentile(95) },
    })
}

fn switch_of(state: &Memory, scope: &Scope) -> SwitchState {
    state.switches.get(scope).copied().unwrap_or(SwitchState::On)
}

/// `GET /v1/uncertain`: messages of which it is not known whether the carrier has them, the oldest first, with how many
/// there are in all.
pub(crate) async fn uncertain(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    let messages = site.core.ask(|node| all_uncertain(node.engine().state())).await?;
    Ok(Json(messages))
}

fn all_uncertain(state: &Memory) -> Value {
    let mut messages: Vec<&Message> = state.uncertain().collect();
    messages.sort_by_key(|message| message.id);
    let one = |message: &&Message| {
        let parts = message.sending.as_ref().map_or(&[][..], |sending| &sending.parts);
        let doubtful = parts.iter().filter(|part| matches!(part, Part::Unanswered)).count();
        json!({
            "id": message.id.to_string(), "class": message.class.name(), "journey": &*message.journey,
            "route": message.sending.as_ref().map(|sending| sending.route.as_str()),
            "parts": parts.len(), "unanswered": doubtful, "since": message.since.to_string(),
            "waits_until": message.due.map(|at| at.to_string()),
        })
    };
    let shown: Vec<Value> = messages.iter().take(UNCERTAIN_MAX).map(one).collect();
    json!({ "count": messages.len(), "messages": shown })
}

/// `GET /v1/switches`: what does not stand at on.
pub(crate) async fn switches(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    let switches: Vec<Value> = site
        .core
        .ask(|node| {
            let switches = node.engine().state().switches.iter();
            switches
                .map(|(scope, state)| json!({ "scope": scope.to_string(), "state": state.name() }))
                .collect()
        })
        .await?;
    Ok(Json(json!({ "switches": switches })))
}

/// `POST /v1/switches`: pauses, stops or sets going again. Answers when that is durable and every connection has given back
/// what it had not sent.
pub(crate) async fn switch(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let json = parse(&body)?;
    let mut mistakes = Mistakes::default();
    let mut read = None;
    if let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) {
        let scope = required(&mut root, "scope", &mut mistakes, Scope::parse);
        let state = required(&mut root, "state", &mut mistakes, state);
        let why = root.parsed("why", &mut mistakes, |text| match text.len() {
            1..=WHY_BYTES_MAX => Ok(text.to_owned()),
            found => Err(format!("expected 1 to {WHY_BYTES_MAX} bytes without personal data, found {found}")),
        });
        root.finish(&mut mistakes);
        read = scope.zip(state).map(|(scope, state)| (scope, state, why.unwrap_or_default()));
    }
    mistakes.finish()?;
    let Some((scope, state, why)) = read else {
        return Err(Problem::bad_request("expected a scope and a state"));
    };
    known(&site.world.now(), &scope)?;
    let why: Arc<str> = format!("{}: {why}", caller.name).into();
    let began = std::time::Instant::now();
    site.core.decide(Input::Switch { scope: scope.clone(), state, why }).await?;
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Json(json!({ "scope": scope.to_string(), "state": state.name(), "within_ms": millis })))
}

fn required<T, E: std::fmt::Display>(
    object: &mut Object<'_>,
    name: &'static str,
    mistakes: &mut Mistakes,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let text = object.text(name, mistakes)?;
    read(text).map_err(|error| mistakes.note(&object.place(name), error.to_string())).ok()
}

fn state(text: &str) -> Result<SwitchState, &'static str> {
    let all = [SwitchState::On, SwitchState::Paused, SwitchState::Killed];
    all.into_iter().find(|state| state.name() == text).ok_or("expected on, paused or killed")
}

/// A name that is none must not look like something that was stopped.
fn known(world: &World, scope: &Scope) -> Result<(), Problem> {
    let is_known = match scope {
        Scope::Route(route) => world.routes.contains_key(route),
        Scope::Journey(name) => match name.strip_prefix("account:") {
            Some(account) => world.accounts.contains_key(&AccountId::new(account)),
            // A broadcast need not be a file of the configuration.
            None => true,
        },
        Scope::All | Scope::Class(_) | Scope::Channel(_) => true,
    };
    if is_known { Ok(()) } else { Err(Problem::not_found(format!("the configuration has no {scope}"))) }
}

/// `GET /v1/accounts`: what each account has not been told.
pub(crate) async fn accounts(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    let accounts: Vec<Value> = site
        .core
        .ask(|node| {
            let (state, world) = (node.engine().state(), node.engine().world());
            let waiting: BTreeMap<&AccountId, usize> = state.outboxes.waiting().collect();
            let one = |id: &AccountId| {
                let dead = state.outboxes.dead(id).count();
                let all = waiting.get(id).copied().unwrap_or(0);
                let oldest = state.outboxes.from(id, 0).next().map(|(_, notice)| now().since(notice.at).0);
                json!({
                    "account": id.as_str(), "waiting": all.saturating_sub(dead), "dead": dead, "oldest_ms": oldest,
                })
            };
            world.accounts.keys().map(one).collect()
        })
        .await?;
    Ok(Json(json!({ "accounts": accounts })))
}

/// `POST /v1/accounts/{id}/notices/revive`: what could not be told is tried again.
pub(crate) async fn revive(State(site): State<Site>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let account = AccountId::new(id);
    if site.accounts.named(&account).is_none() {
        return Err(Problem::not_found(format!("no account {account}")));
    }
    let mut revived = 0;
    loop {
        let of = account.clone();
        let dead: Vec<u64> = site
            .core
            .ask(move |node| {
                let outboxes = &node.engine().state().outboxes;
                outboxes.dead(&of).take(REVIVED_MAX).map(|(position, _)| position).collect()
            })
            .await?;
        if dead.is_empty() {
            return Ok(Json(json!({ "account": account.as_str(), "revived": revived })));
        }
        revived += dead.len();
        let (account, how) = (account.clone(), Settled::Revived);
        site.core.decide(Input::Settled { account, notices: dead, how }).await?;
    }
}
