//! `GET /v1/tasks` and `POST /v1/tasks/{id}`: what journeys hand over to people, and what people have done.

use crate::http::Site;
use crate::http::body::{Mistakes, Object, parse};
use crate::http::problem::Problem;
use crate::perceive::read::fields;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use engine::{Input, Reply, Return};
use serde::{Deserialize, Serialize};

/// How many tasks one answer lists.
const TASKS_MAX: usize = 1_000;

/// Which tasks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    queue: Option<String>,
    /// Behind this one.
    after: Option<String>,
}

/// The tasks that are open, oldest first.
#[derive(Debug, Serialize)]
pub struct Tasks {
    tasks: Vec<Task>,
    /// How many there are in all.
    open: usize,
}

/// Something for people to do.
#[derive(Debug, Serialize)]
pub struct Task {
    task: String,
    queue: String,
    what: String,
    journey: String,
    customer: String,
    since: String,
    due: String,
}

/// A task's name: the position of its entry behind a letter.
fn name(at: u64) -> String {
    format!("t{at}")
}

fn position(name: &str) -> Result<u64, Problem> {
    let number = name.strip_prefix('t').and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| Problem::bad_request(format!("expected a task such as t42, found {name:?}")))
}

/// Lists what is open.
pub async fn list(State(site): State<Site>, Query(wish): Query<Wish>) -> Result<Json<Tasks>, Problem> {
    let from = wish.after.as_deref().map(position).transpose()?.map_or(0, |at| at.saturating_add(1));
    let tasks = site.core.ask(move |node| {
        let state = node.engine().state();
        let is_wanted = |queue: &str| wish.queue.as_deref().is_none_or(|wanted| wanted == queue);
        let open = state.tasks.values().filter(|task| is_wanted(&task.opened.queue)).count();
        let wanted = state.tasks.range(from..).filter(|(_, task)| is_wanted(&task.opened.queue));
        let line = |(at, task): (&u64, &engine::state::Task)| {
            let customer = state.customers.get(&task.subject)?;
            Some(Task {
                task: name(*at),
                queue: task.opened.queue.to_string(),
                what: task.opened.what.to_string(),
                journey: task.opened.journey.to_string(),
                customer: customer.profile.id.reveal().to_owned(),
                since: task.since.to_string(),
                due: task.opened.due.to_string(),
            })
        };
        Tasks { tasks: wanted.filter_map(line).take(TASKS_MAX).collect(), open }
    });
    Ok(Json(tasks.await?))
}

/// What became of a task that was reported.
#[derive(Debug, Serialize)]
pub struct Closed {
    task: String,
    state: String,
}

/// Takes what people have done: `{"state": "done" or "failed", "fields": {...}}`.
pub async fn close(
    State(site): State<Site>,
    Path(task): Path<String>,
    body: Bytes,
) -> Result<Json<Closed>, Problem> {
    let of = position(&task)?;
    let json = parse(&body)?;
    let mut mistakes = Mistakes::default();
    let mut read = None;
    if let Some(mut object) = Object::at(&json, String::new(), &mut mistakes) {
        let state = object.text("state", &mut mistakes).map(str::to_owned);
        let fields = fields(&mut object, "fields", &site.world.now().institution, &mut mistakes);
        object.finish(&mut mistakes);
        read = state.map(|state| (state, fields));
    }
    mistakes.finish()?;
    let Some((state, fields)) = read else { return Err(Problem::bad_request("expected a state")) };
    let is_done = match state.as_str() {
        "done" => true,
        "failed" => false,
        other => return Err(Problem::bad_request(format!("expected state done or failed, found {other:?}"))),
    };
    match site.core.decide(Input::TaskReturned(Return { of, is_done, fields })).await? {
        Reply::Returned(true) => Ok(Json(Closed { task, state })),
        Reply::Returned(false) => Err(Problem::not_found("no such open task")),
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}
