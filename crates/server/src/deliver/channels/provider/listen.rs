//! Where a provider calls us: a listener of the route's own, apart from the API, so that only this port has to be reachable
//! from outside. A call is believed only if it is signed as the provider signs; it is answered after it is durable.

use super::worker::Push;
use super::{Provider, PushError};
use crate::clock::now;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use model::RouteId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

/// The largest call that is taken, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How long a call waits to be made durable before the provider is asked to come again.
const DURABLE_MAX: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Door {
    route: RouteId,
    provider: Arc<dyn Provider>,
    push: mpsc::Sender<Push>,
}

/// Listens until the route is told to end.
pub(super) async fn open(
    address: SocketAddr,
    route: RouteId,
    provider: Arc<dyn Provider>,
    push: mpsc::Sender<Push>,
    mut stopping: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let door = Door { route, provider, push };
    let app = Router::new().fallback(take).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(door);
    let stop = async move {
        // An error means that the sender is gone, which is a stop as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stop).await {
            tracing::error!(%error, "a listener for providers ended");
        }
    });
    Ok(())
}

async fn take(State(door): State<Door>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(Ok(body)) = timeout(DURABLE_MAX, axum::body::to_bytes(body, BODY_BYTES_MAX)).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let pushed = {
        let text = |value: &hyper::header::HeaderValue| value.to_str().map(str::to_owned).ok();
        let headers: Vec<(String, String)> = head
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
            .collect();
        let pairs: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = wire::http::Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            raw_query: head.uri.query().unwrap_or_default(),
            headers: &pairs,
            body: &body,
        };
        door.provider.pushed(&request, now())
    };
    let pushed = match pushed {
        Ok(pushed) => pushed,
        Err(error) => {
            tracing::warn!(route = %door.route, %error, "a call of the provider's was not taken");
            return match error {
                PushError::NotServed => StatusCode::NOT_FOUND,
                PushError::Unsigned(_) => StatusCode::FORBIDDEN,
                PushError::Unreadable(_) => StatusCode::BAD_REQUEST,
            }
            .into_response();
        }
    };
    let (answer, answered) = oneshot::channel();
    if door.push.send(Push { pushed, answer }).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match timeout(DURABLE_MAX, answered).await {
        Ok(Ok(answer)) => respond(answer),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn respond(answer: wire::http::Response) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    if let Some(kind) = answer.content_type.and_then(|kind| kind.parse().ok()) {
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    }
    response
}
