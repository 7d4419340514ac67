//! `POST /v1/replays`: dead letters of a route are handed in again, through the gate like any other order.
//!
//! What an account handed in is its own again. What a journey made has no account: it is handed in by the one that the
//! call names, and without one it is only counted. A message is replayed once: the order's key says which it repeats.

use crate::clock::now;
use crate::deliver::api::word;
use crate::deliver::portal::{Answerable, Holder, Record, Say, To, Wanted, hand_in, latest, order};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::{Mistakes, Object, parse};
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use engine::Input;
use engine::entry::{Body, Outcome};
use model::{AccountId, RouteId, Span, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::views::MessageRow;

/// How many messages one call replays at most.
const REPLAYED_MAX: usize = 10_000;
/// How far back is looked if nothing is said.
const SINCE: Span = Span::days(1);

/// Which messages, and how.
struct Wish {
    route: RouteId,
    since: Timestamp,
    outcome: Option<String>,
    dry_run: bool,
    under: Option<AccountId>,
}

/// Hands dead letters in again.
pub(crate) async fn replay(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let wish = read(&body)?;
    if !site.world.now().routes.contains_key(&wish.route) {
        return Err(Problem::not_found(format!("no route {}", wish.route)));
    }
    let under = wish.under.as_ref().map(|id| {
        site.accounts.named(id).cloned().ok_or_else(|| Problem::not_found(format!("no account {id}")))
    });
    let under = under.transpose()?;
    let mut rows = latest(&site, None, wish.since, Timestamp(i64::MAX)).await?;
    rows.retain(|row| is_dead(row, &wish));
    // Oldest first, as they were meant.
    rows.reverse();
    let found = rows.len();
    rows.truncate(REPLAYED_MAX);
    let mut words: BTreeMap<&'static str, u64> = BTreeMap::new();
    if wish.dry_run {
        let report = json!({ "found": found, "dry_run": true, "by": by_outcome(&rows) });
        return Ok(Json(report));
    }
    let what = format!("{} replayed {} dead letters of route {}", caller.name, rows.len(), wish.route);
    site.core.decide(Input::Admin(what.into())).await?;
    let by = json!(by_outcome(&rows));
    let (mut orders, mut without) = (Vec::new(), 0u64);
    for record in records(&site, rows).await? {
        match again(&site, &record, under.as_ref()) {
            Some(made) => orders.push(made),
            None => without += 1,
        }
    }
    for ordered in hand_in(&site.core, orders).await? {
        *words.entry(word(&ordered)).or_default() += 1;
    }
    Ok(Json(
        json!({ "found": found, "dry_run": false, "by": by, "handed_in": words, "without_account_or_text": without }),
    ))
}

fn read(body: &[u8]) -> Result<Wish, Problem> {
    let json = parse(body)?;
    let mut mistakes = Mistakes::default();
    let mut wish = None;
    if let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) {
        let route = root.text("route", &mut mistakes).map(RouteId::from);
        let since = root.parsed("since", &mut mistakes, Timestamp::parse_rfc3339);
        let outcome = root.parsed("outcome", &mut mistakes, outcome);
        let under = root.parsed("account", &mut mistakes, |text| Ok::<_, String>(AccountId::new(text)));
        let dry_run = match root.optional("dry_run") {
            None => false,
            Some(Value::Bool(dry_run)) => *dry_run,
            Some(_) => {
                mistakes.note("/dry_run", "expected true or false");
                false
            }
        };
        root.finish(&mut mistakes);
        let since = since.unwrap_or_else(|| now().before(SINCE));
        wish = route.map(|route| Wish { route, since, outcome, dry_run, under });
    }
    mistakes.finish()?;
    wish.ok_or_else(|| Problem::bad_request("expected a route"))
}

fn outcome(text: &str) -> Result<String, &'static str> {
    let all = [Outcome::Refused, Outcome::Undelivered, Outcome::NoReceipt];
    let found = all.into_iter().find(|outcome| outcome.name() == text);
    found.map(|outcome| outcome.name().to_owned()).ok_or("expected refused, undelivered or no_receipt")
}

/// Whether a message has failed so that it may be sent again: what is uncertain may have arrived, and is not.
fn is_dead(row: &MessageRow, wish: &Wish) -> bool {
    let is_failed = node::phase_name(row.phase) == "failed" && row.route == wish.route.as_str();
    is_failed
        && outcome(&row.rule).is_ok()
        && wish.outcome.as_ref().is_none_or(|outcome| *outcome == row.rule)
}

fn by_outcome(rows: &[MessageRow]) -> BTreeMap<&str, u64> {
    let mut by = BTreeMap::new();
    rows.iter().for_each(|row| *by.entry(row.rule.as_str()).or_default() += 1);
    by
}

async fn records(site: &Site, rows: Vec<MessageRow>) -> Result<Vec<Record>, Problem> {
    // The records of all accounts: an operator asks.
    Answerable::records_of(site, rows).await
}

/// The order that repeats a message; none if nobody hands it in, or nothing is known of it any more.
fn again(site: &Site, record: &Record, under: Option<&Arc<Holder>>) -> Option<engine::decide::OrderRequest> {
    let own = record.order.as_ref().and_then(|order| site.accounts.named(&order.account));
    let holder = own.or(under)?;
    let (to, old) = (record.to?, record.order.as_deref().filter(|_| own.is_some()));
    let say = match old.and_then(|order| order.body.as_ref()) {
        Some(Body::Template(template, values)) => {
            Say::Named(template.as_str().to_owned(), values.as_ref().clone())
        }
        Some(Body::Text(text)) => Say::Text(text.clone()),
        None => Say::Text(record.text.clone()?),
    };
    let wanted = Wanted {
        to: To::Phone(to),
        say,
        signature: old.and_then(|order| order.signature.as_deref()).map(str::to_owned),
        reference: old.and_then(|order| order.reference.as_deref()).map(str::to_owned),
        key: Some(format!("replay:{}", record.id)),
        tell: old.map(|order| order.tell).unwrap_or_default(),
        class: record.class,
        plan: old.and_then(|order| order.plan.as_deref()).map(str::to_owned),
        replays: Some(record.id),
        ..Wanted::default()
    };
    let mut made = order(&site.world.now(), &holder.account, wanted).ok()?;
    // It is whole already; what is given to an order stands behind the account's own.
    made.order.extension = old.and_then(|order| order.extension.clone()).or(made.order.extension);
    Some(made)
}
