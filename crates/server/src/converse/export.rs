//! `GET /v1/customers/{id}/export`: everything that is held on one customer, to be read by them (PIPL art. 45, 50).
//!
//! The journal is walked from its first entry to its last, because it is the truth: what the views have left out is in it.
//! That one was made is an entry of its own. Nothing of the institution's is told beyond what concerns the person: no
//! prices, no other customer, no configuration.

use super::cases;
use super::preferences;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::problem::Problem;
use crate::now;
use crate::prove::steps;
use axum::Json;
use axum::extract::{Extension, Path, State};
use engine::converse::{Heard, Wanted, Who, Wish};
use engine::entry::{Entry, Fact, Standing};
use engine::state::Customer;
use engine::{Input, Reply};
use model::{ConsentState, CustomerId, Fields, Value as FieldValue};
use node::inquiry::{self, Line};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Answers with everything that is held on a customer, and records that it was made.
pub async fn export(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let who = CustomerId::new(id);
    let what = Wanted::Exported { by: caller.name.as_str().into() };
    let wish = Wish { who: Who::Customer(who.clone()), what };
    let Reply::Heard(Heard::Recorded(entry)) = site.core.decide(Input::Wish(Box::new(wish))).await? else {
        return Err(Problem::not_found("no such customer"));
    };
    let world = site.world.now();
    let held = site
        .core
        .ask(move |node| {
            let state = node.engine().state();
            state.customer(&who).map(|customer| {
                let cases: Vec<_> = state
                    .cases
                    .of(customer.subject)
                    .map(|(id, case)| cases::told(state, id, case, now()))
                    .collect();
                let mut held = profile(customer);
                held.insert(
                    "preferences".to_owned(),
                    json!(preferences::tell(&world, customer.chosen.as_deref())),
                );
                held.insert("cases".to_owned(), json!(cases));
                (customer.subject, held)
            })
        })
        .await?;
    let (subject, mut held) = held.ok_or_else(|| Problem::not_found("no such customer"))?;
    let lines = site.blocking(move |site| inquiry::of_subject(&*site.journal, &site.keys, subject)).await?;
    held.insert("exported_at".to_owned(), json!(now().to_string()));
    held.insert("entry".to_owned(), json!(entry));
    held.insert("messages".to_owned(), messages(&lines));
    held.insert("events".to_owned(), lines.iter().filter_map(|line| event(&line.entry)).collect());
    held.insert(
        "written_by_customer".to_owned(),
        lines.iter().filter_map(|line| written(&line.entry)).collect(),
    );
    held.insert("history".to_owned(), lines.iter().filter_map(history).collect());
    Ok(Json(Value::Object(held)))
}

fn profile(customer: &Customer) -> Map<String, Value> {
    let profile = &customer.profile;
    let standing = match profile.standing {
        Standing::Normal => "normal",
        Standing::Deceased => "deceased",
        Standing::DoNotContact => "do_not_contact",
    };
    let consent = |consent: &model::Consent| {
        let state = match consent.state {
            ConsentState::Granted => "granted",
            ConsentState::Withdrawn => "withdrawn",
        };
        json!({
            "class": consent.class.name(), "state": state, "at": consent.at.to_string(),
            "until": consent.until.map(|until| until.to_string()), "evidence": consent.evidence.to_string(),
        })
    };
    let stop = |stop: &engine::state::Suppression| {
        let classes: Vec<&str> = stop.classes.iter().map(|class| class.name()).collect();
        json!({ "classes": classes, "since": stop.at.to_string(), "why": stop.why.name() })
    };
    let held = json!({
        "customer": profile.id.reveal(),
        "phone": profile.phone.as_ref().map(model::Phone::reveal),
        "zone": profile.zone.map(|zone| zone.name()),
        "standing": standing,
        "attributes": fields(&profile.attributes),
        "tags": fields(&customer.tags),
        "consents": customer.consents.iter().map(consent).collect::<Vec<_>>(),
        "stops": customer.suppressions.iter().map(stop).collect::<Vec<_>>(),
    });
    match held {
        Value::Object(held) => held,
        // The macro above writes an object.
        _ => Map::new(),
    }
}

fn fields(fields: &Fields) -> Map<String, Value> {
    fields.iter().map(|(name, value)| (name.to_string(), shown(value))).collect()
}

fn shown(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => json!(**text),
        FieldValue::Int(number) => json!(number),
        FieldValue::Float(number) => json!(number),
        FieldValue::Bool(flag) => json!(flag),
        FieldValue::Money(money) => json!(format!("{money} {}", money.currency.code())),
        FieldValue::Time(at) => json!(at.to_string()),
        FieldValue::Date(day) => json!(day.to_string()),
    }
}

/// Every message with its text and with what became of it, and why.
fn messages(lines: &[Line]) -> Value {
    let mut by_message: BTreeMap<u64, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        if let Some(message) = line.entry.fact.public().message {
            by_message.entry(message.0).or_default().push(line);
        }
    }
    let one = |(id, lines): (u64, Vec<&Line>)| {
        let text = lines.iter().rev().find_map(|line| match &line.entry.fact {
            Fact::MessageDecided(decided) => Some(decided.text.reveal().to_owned()),
            Fact::MessageRerouted(rerouted) => Some(rerouted.text.reveal().to_owned()),
            _ => None,
        });
        let class = lines.iter().find_map(|line| line.entry.fact.public().class);
        json!({
            "message": model::MessageId(id).to_string(), "class": class.map(|class| class.name()), "text": text,
            "steps": steps(lines.into_iter()),
        })
    };
    by_message.into_iter().map(one).collect()
}

fn event(entry: &Entry) -> Option<Value> {
    let Fact::EventAccepted(event) = &entry.fact else { return None };
    Some(json!({
        "id": *event.id, "type": *event.kind, "at": event.at.to_string(), "fields": fields(&event.fields),
    }))
}

fn written(entry: &Entry) -> Option<Value> {
    let Fact::InboundReceived { text, to, .. } = &entry.fact else { return None };
    Some(json!({ "at": entry.at.to_string(), "to": **to, "text": text.reveal() }))
}

/// Everything else that was recorded about them: when and what.
fn history(line: &Line) -> Option<Value> {
    let public = line.entry.fact.public();
    let is_told = public.message.is_none();
    is_told.then(|| json!({ "entry": line.index, "at": line.entry.at.to_string(), "what": line.entry.fact.kind().name() }))
}
