//! Systems that journeys call: what a step asks for is posted to the system's address, signed as Standard Webhooks, and what
//! it answers goes back to the engine, which lets the customer go on.
//!
//! Each system has its own worker and its own few calls at a time, so a slow one is slow for itself only. A call that fails for
//! now is made again a few times under the same name (`webhook-id`), also after a restart; one that is refused, or whose
//! answer cannot be read, has failed. Where a call may go is the client's business (`http::reach`).

use super::super::SecretError;
use super::parcel::{host, made, secrets, uri};
use crate::clock::now;
use crate::core::{Handle, Stopped};
use crate::http::body::{Mistakes, Object};
use crate::http::client::{Answer, Call, Client, ClientOptions};
use crate::http::reach::Reach;
use crate::perceive::read::fields;
use engine::world::{Hook, Institution, World};
use engine::{Input, Return};
use hyper::Uri;
use model::{Fields, Value};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use wire::http::standard_webhooks::{self, Secret};

/// How many calls to one system are under way at once.
const CALLS_MAX: usize = 8;
/// How many open calls are looked through at once.
const PAGE: usize = 1_000;
/// How long a system may take to answer one call.
const TIME_MAX: Duration = Duration::from_secs(10);
/// How much of its answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 << 10;
/// After which waits a call that failed for now is made again.
const AGAIN_AFTER: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];
/// How long calls that are under way may take when stopping.
const DRAIN: Duration = Duration::from_secs(3);

/// A system that cannot be called as it is configured.
#[derive(Debug, thiserror::Error)]
#[error("hook {hook}: {why}")]
pub struct HookError {
    hook: Arc<str>,
    why: SecretError,
}

/// Starts a worker for every system.
///
/// # Errors
/// A system that cannot be called as it is configured.
pub fn open(
    world: &Arc<World>,
    core: &Handle,
    stopping: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, HookError> {
    let mut tasks = Vec::new();
    for hook in world.hooks.values() {
        let failed = |why| HookError { hook: Arc::clone(&hook.id), why };
        let system = Arc::new(System::of(hook, Arc::clone(world)).map_err(failed)?);
        tasks.push(tokio::spawn(system.run(core.clone(), stopping.clone())));
    }
    Ok(tasks)
}

/// One system.
struct System {
    hook: Arc<str>,
    world: Arc<World>,
    address: Uri,
    secrets: Vec<Secret>,
    client: Client,
}

impl System {
    fn of(hook: &Hook, world: Arc<World>) -> Result<Self, SecretError> {
        let roots = hook.roots.as_deref();
        let wrong = |why: String| SecretError::Roots { path: roots.unwrap_or_default().to_owned(), why };
        let roots_pem = match roots {
            Some(path) => std::fs::read(path).map_err(|error| wrong(error.to_string()))?,
            None => Vec::new(),
        };
        let options =
            ClientOptions { reach: Reach::Public(hook.allow.clone()), roots_pem, ..ClientOptions::default() };
        let client = Client::new(&options).map_err(|error| wrong(error.to_string()))?;
        let (address, secrets) = (uri(&hook.url)?, secrets(&hook.secret)?);
        Ok(Self { hook: Arc::clone(&hook.id), world, address, secrets, client })
    }

    /// Calls until told to stop. What is under way then is called again at the next start.
    async fn run(self: Arc<Self>, core: Handle, mut stopping: watch::Receiver<bool>) {
        let mut bell = core.call_bell();
        let mut calls: JoinSet<Return> = JoinSet::new();
        let mut begun: HashSet<u64> = HashSet::new();
        let mut from = 0;
        loop {
            let Ok(more) = self.begin(&core, &mut from, &mut begun, &mut calls).await else { return };
            let done = tokio::select! {
                done = calls.join_next(), if !calls.is_empty() => done,
                // Whoever rings has gone with the engine: the next question tells.
                _ = bell.changed() => None,
                () = sleep(Duration::ZERO), if more => None,
                _ = stopping.wait_for(|stop| *stop) => break,
            };
            if let Some(Ok(returned)) = done {
                begun.remove(&returned.of);
                if core.decide(Input::CallReturned(returned)).await.is_err() {
                    return;
                }
            }
        }
        let _ = timeout(DRAIN, async {
            while let Some(done) = calls.join_next().await {
                let Ok(returned) = done else { continue };
                let _ = core.decide(Input::CallReturned(returned)).await;
            }
        })
        .await;
    }

    /// Begins as many calls as there is room for, in the order in which they were asked for; returns whether there may be
    /// more to begin at once.
    async fn begin(
        self: &Arc<Self>,
        core: &Handle,
        from: &mut u64,
        begun: &mut HashSet<u64>,
        calls: &mut JoinSet<Return>,
    ) -> Result<bool, Stopped> {
        let room = CALLS_MAX.saturating_sub(calls.len());
        if room == 0 {
            return Ok(false);
        }
        let (hook, first) = (Arc::clone(&self.hook), *from);
        let page: Vec<engine::Call> =
            core.ask(move |node| node.engine().calls(first).take(PAGE).collect()).await?;
        let is_full = page.len() == PAGE;
        let mut room = room;
        for call in page {
            let is_ours = *call.hook == *hook;
            if is_ours && room == 0 {
                return Ok(false);
            }
            *from = call.at + 1;
            if is_ours && call.until > now() && begun.insert(call.at) {
                room -= 1;
                let this = Arc::clone(self);
                calls.spawn(async move { this.call(call).await });
            }
        }
        Ok(is_full && room > 0)
    }

    /// Makes a call, again if it fails for now.
    async fn call(&self, call: engine::Call) -> Return {
        let of = call.at;
        let mut waits = AGAIN_AFTER.iter();
        loop {
            let said = match self.made(&call) {
                Ok(made) => self.client.call(made).await.map_err(|why| why.to_string()),
                Err(why) => return Return { of, is_done: false, fields: words("error", why) },
            };
            let failed = match said {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    return returned(of, &answer, &self.world.institution);
                }
                Ok(answer) => {
                    let status = Value::Int(i64::from(answer.status));
                    let failed = Return { of, is_done: false, fields: [("status".into(), status)].into() };
                    // A refusal stays one.
                    if answer.status != 429 && answer.status < 500 {
                        return failed;
                    }
                    failed
                }
                Err(why) => {
                    tracing::warn!(hook = %self.hook, %why, "a call of a journey failed");
                    Return { of, is_done: false, fields: words("error", "no answer") }
                }
            };
            match waits.next() {
                Some(wait) if call.until > now() => sleep(*wait).await,
                _ => return failed,
            }
        }
    }

    fn made(&self, call: &engine::Call) -> Result<Call, &'static str> {
        let values: serde_json::Map<String, serde_json::Value> =
            call.values.iter().map(|(name, value)| (name.to_string(), said(value))).collect();
        let body = json!({
            "type": "journey.call",
            "call": call.name,
            "journey": &*call.journey,
            "step": &*call.step,
            "customer": call.customer.reveal(),
            "values": values,
        });
        let path = self.address.path_and_query().map_or("/", |path| path.as_str());
        let outgoing = standard_webhooks::push(
            &self.secrets,
            host(&self.address),
            path,
            &call.name,
            now(),
            body.to_string().into_bytes(),
        );
        let mut made = made(&self.address, &outgoing.map_err(|_| "it cannot be signed")?)?;
        (made.time_max, made.answer_bytes_max) = (TIME_MAX, ANSWER_BYTES_MAX);
        Ok(made)
    }
}

/// What a system answered: an object of values as reports have them, or nothing.
fn returned(of: u64, answer: &Answer, institution: &Institution) -> Return {
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Return { of, is_done: true, fields: Fields::new() };
    }
    let unreadable =
        || Return { of, is_done: false, fields: words("error", "an answer that cannot be read") };
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return unreadable() };
    let wrapped = json!({ "answer": json });
    let mut mistakes = Mistakes::default();
    let Some(mut object) = Object::at(&wrapped, String::new(), &mut mistakes) else { return unreadable() };
    let fields = fields(&mut object, "answer", institution, &mut mistakes);
    match mistakes.finish() {
        Ok(()) => Return { of, is_done: true, fields },
        Err(_) => unreadable(),
    }
}

fn words(name: &str, words: &str) -> Fields {
    [(name.into(), Value::Text(words.into()))].into()
}

/// A value as reports write it.
fn said(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => json!(&**text),
        Value::Int(n) => json!(n),
        Value::Float(x) => json!(x),
        Value::Bool(b) => json!(b),
        Value::Money(money) => {
            json!({ "money": money.to_string().replace(',', ""), "currency": money.currency.code() })
        }
        Value::Time(at) => json!({ "time": at.to_string() }),
        Value::Date(day) => json!({ "date": day.to_string() }),
    }
}
