//! `POST /v1/journeys/{id}/dry-run`: what a journey would do to everybody, or to one customer, step by step. Nothing is recorded.
//!
//! The engine's thread copies a piece of the audience and goes on with its work; the pieces are played on threads of their own,
//! as many at once as there are cores.

mod audience;
mod person;

use crate::http::Site;
use crate::http::body::{Mistakes, Object, kind, parse};
use crate::http::problem::Problem;
use crate::perceive::read::fields;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use engine::decide::rehearsal::{Cut, Figures, Rehearsal, Wish};
use engine::entry::Event;
use engine::world::{Journey, Trigger, World};
use model::{CustomerId, Fields, Span, Subject, Timestamp, Value};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// How many customers are copied at once: the engine's thread is busy with it for less than a millisecond.
const PIECE: usize = 500;
/// How long a journey is watched if nothing is said, in days.
const DAYS: i64 = 45;
/// How long it can be watched at most, in days.
const DAYS_MAX: i64 = 400;

/// What is asked for.
struct Asking {
    at: Timestamp,
    days: i64,
    event: Option<Fields>,
    instrument: Option<Arc<str>>,
    customer: Option<CustomerId>,
}

/// Walks everybody, or one customer, through a journey.
pub async fn dry_run(
    State(site): State<Site>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let world = site.world.now();
    let journey =
        world.journeys.get(&name).ok_or_else(|| Problem::not_found(format!("no journey {name:?}")))?;
    let asking = read(&body, &world, crate::now())?;
    let wish = Wish {
        now: asking.at,
        within: Span::days(asking.days),
        event: event(journey, asking.event, asking.at),
        instrument: asking.instrument,
    };
    let rehearsal =
        Rehearsal::new(&world, journey, wish).map_err(|error| Problem::bad_request(error.to_string()))?;
    let Some(customer) = asking.customer else {
        let figures = everybody(&site, &rehearsal).await?;
        return Ok(
            Json(audience::audience(&world, journey, asking.at, asking.days, &figures)).into_response()
        );
    };
    let cut = site.core.ask(move |node| {
        let state = node.engine().state();
        let found = state.customer(&customer)?;
        Some((Rehearsal::cut_one(state, found), found.profile.attributes.clone()))
    });
    let (cut, attributes) = cut.await?.ok_or_else(|| Problem::not_found("no such customer"))?;
    let lines = rehearsal.follow(cut);
    Ok(Json(person::person(&world, journey, &attributes, lines)).into_response())
}

fn read(body: &[u8], world: &World, now: Timestamp) -> Result<Asking, Problem> {
    let mut asking = Asking { at: now, days: DAYS, event: None, instrument: None, customer: None };
    if body.is_empty() {
        return Ok(asking);
    }
    let json = parse(body)?;
    let mut mistakes = Mistakes::default();
    if let Some(mut object) = Object::at(&json, String::new(), &mut mistakes) {
        let zone = world.institution.zone;
        let moment = |text: &str| Timestamp::parse_rfc3339(text).or_else(|_| zone.parse_local(text));
        asking.at = object.parsed("at", &mut mistakes, moment).unwrap_or(now);
        asking.customer = object.parsed("customer", &mut mistakes, |id| Ok::<_, String>(CustomerId::new(id)));
        asking.instrument = object.parsed("instrument", &mut mistakes, |name| Ok::<_, String>(name.into()));
        if let Some(days) = object.optional("days") {
            match days.as_i64().filter(|days| (1..=DAYS_MAX).contains(days)) {
                Some(days) => asking.days = days,
                None => mistakes.note("/days", format!("expected 1 to {DAYS_MAX}, found {}", kind(days))),
            }
        }
        if object.optional("event").is_some() {
            asking.event = Some(fields(&mut object, "event", &world.institution, &mut mistakes));
        }
        object.finish(&mut mistakes);
    }
    mistakes.finish()?;
    Ok(asking)
}

/// The event that is supposed, of the type that sets the journey off.
fn event(journey: &Journey, fields: Option<Fields>, at: Timestamp) -> Option<Arc<Event>> {
    let kind: Arc<str> = match &journey.trigger {
        Trigger::Event { kind, .. } | Trigger::Market { kind, .. } => Arc::clone(kind),
        Trigger::Call { .. } => format!("journey/{}", journey.id).into(),
        _ => return None,
    };
    let is_call = matches!(journey.trigger, Trigger::Call { .. });
    let mut fields = fields.or_else(|| is_call.then(Fields::new))?;
    if is_call {
        fields.entry("at".into()).or_insert(Value::Time(at));
    }
    Some(Arc::new(Event { id: "dry-run".into(), kind, at, fields }))
}

/// Plays everybody, piece by piece.
async fn everybody(site: &Site, rehearsal: &Rehearsal) -> Result<Figures, Problem> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // Where money is shared, each piece begins with what the one before it has left.
    let at_once = if rehearsal.is_shared() { 1 } else { cores };
    let mut figures = Figures::default();
    let mut playing: VecDeque<JoinHandle<Figures>> = VecDeque::new();
    let mut spent = None;
    let mut from = Some(Subject(0));
    while let Some(start) = from {
        let cut = move |node: &node::Node| Rehearsal::cut(node.engine().state(), start, PIECE);
        let (cut, next): (Cut, _) = site.core.ask(cut).await?;
        from = next;
        if playing.len() >= at_once {
            done(&mut playing, &mut figures).await?;
            spent = rehearsal.is_shared().then_some(figures.spent);
        }
        let rehearsal = rehearsal.clone();
        playing.push_back(tokio::task::spawn_blocking(move || rehearsal.play(cut, spent)));
    }
    while !playing.is_empty() {
        done(&mut playing, &mut figures).await?;
    }
    Ok(figures)
}

async fn done(playing: &mut VecDeque<JoinHandle<Figures>>, figures: &mut Figures) -> Result<(), Problem> {
    let Some(first) = playing.pop_front() else { return Ok(()) };
    figures.merge(first.await.map_err(|error| Problem::internal(&error))?);
    Ok(())
}
