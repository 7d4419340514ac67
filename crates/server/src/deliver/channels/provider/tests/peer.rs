//! A provider on loopback that answers as it is told and keeps what it saw. A call without an answer is held until the
//! peer ends.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a provider can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// It takes the message.
    Takes,
    /// It has too much to do.
    Throttles,
    /// It knows no such recipient.
    RefusesRecipient,
    /// It breaks.
    Breaks,
    /// It says nothing.
    IsSilent,
    /// It says what nobody can read.
    Babbles,
}

impl Mood {
    pub(super) const ALL: [Self; 6] =
        [Self::Takes, Self::Throttles, Self::RefusesRecipient, Self::Breaks, Self::IsSilent, Self::Babbles];
}

/// A call that came in.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn form(&self, name: &str) -> Option<String> {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        let pairs = [wire::http::encode::form(&self.query), wire::http::encode::form(&body)].concat();
        pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }
}

/// An answer: status, headers, body. None: silence.
pub(super) type Answered = Option<(u16, Vec<(&'static str, String)>, String)>;

/// Answers a call.
pub(super) type Script = fn(Mood, &Seen) -> Answered;

#[derive(Clone)]
struct Desk {
    mood: Arc<Mutex<Mood>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Script,
}

/// A provider on loopback.
pub(super) struct Peer {
    pub(super) base: String,
    desk: Desk,
    task: JoinHandle<()>,
}

impl Peer {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let desk = Desk { mood: Arc::new(Mutex::new(Mood::Takes)), seen: Arc::default(), script };
        let app = Router::new().fallback(take).with_state(desk.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, desk, task }
    }

    pub(super) fn set(&self, mood: Mood) {
        *self.desk.mood.lock().unwrap() = mood;
    }

    /// The calls so far that are about messages, by the script's own choice: those whose path is not in `besides`.
    pub(super) fn sends(&self, is_send: fn(&Seen) -> bool) -> Vec<Seen> {
        self.desk.seen.lock().unwrap().iter().filter(|seen| is_send(seen)).cloned().collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(desk): State<Desk>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    if let Some(authority) = head.uri.authority().filter(|_| !headers.iter().any(|(name, _)| name == "host"))
    {
        headers.push(("host".to_owned(), authority.to_string()));
    }
    let seen = Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: to_bytes(body, 1 << 20).await.unwrap().to_vec(),
    };
    let mood = *desk.mood.lock().unwrap();
    desk.seen.lock().unwrap().push(seen.clone());
    match (desk.script)(mood, &seen) {
        None => std::future::pending().await,
        Some((status, headers, body)) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
    }
}
