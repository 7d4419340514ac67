//! A provider route in the server: its outlet, its task, and what the task asks of the node.

use super::link::{ProviderLink, remote_of};
use super::worker::{Desk, Worker};
use super::{Errands, open};
use crate::core;
use crate::deliver::outlet::{Outgoing, Outlet, Outlets};
use crate::deliver::{RouteError, channels::provider};
use engine::Input;
use engine::decide::Sendable;
use engine::entry::Scope;
use engine::state::Part;
use engine::world::{Institution, Route};
use model::{Phone, RouteId, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How many of a route's messages are looked at for ids whose end is not known.
const LOOKED_AT_MAX: usize = 10_000;

/// Opens a route over a provider.
///
/// # Errors
/// Settings that cannot be used, all mistakes at once; an address that cannot be listened on.
pub async fn connect(
    route: Arc<Route>,
    institution: &Institution,
    core: core::Handle,
    outlets: Outlets,
    stopping: watch::Receiver<bool>,
    drain: Duration,
) -> Result<JoinHandle<()>, RouteError> {
    let unusable = |why: String| RouteError::Unusable { route: route.id.clone(), why };
    let opened = open(&route, institution).map_err(unusable)?;
    let desk = Arc::new(Desk::new(ProviderLink::new(&route, institution)));
    let node = Node { core: core.clone(), outlets: outlets.clone() };
    let worker = Worker::new(route.id.clone(), opened, Arc::clone(&desk), node, stopping, drain).await;
    let worker = worker.map_err(|error| unusable(format!("callback_listen: {error}")))?;
    let outlet = Arc::new(Outlet::new(Face(desk)));
    outlets.add(route.id.clone(), Arc::clone(&outlet));
    core.open_route(route.id.clone(), outlet).await?;
    Ok(tokio::spawn(worker.run()))
}

struct Face(Arc<Desk>);

impl Outgoing for Face {
    fn submit(&self, sendable: Sendable, _now: Timestamp) {
        self.0.submit(sendable);
    }

    fn withdraw(&self, phone: Phone) {
        self.0.withdraw(phone);
    }

    fn withdraw_scope(&self, scope: &Scope) {
        self.0.withdraw_scope(scope);
    }
}

struct Node {
    core: core::Handle,
    outlets: Outlets,
}

impl Errands for Node {
    async fn feed(&self, inputs: provider::worker::Inputs, done: mpsc::UnboundedSender<()>) -> bool {
        let inputs: Vec<Input> = inputs;
        self.core.feed(inputs, done).await.is_ok()
    }

    async fn parts(&self, route: &RouteId, ids: Vec<String>) -> HashMap<String, u8> {
        if ids.is_empty() {
            return HashMap::new();
        }
        let route = route.clone();
        let asked = self.core.ask(move |node| {
            let known = &node.engine().state().remote;
            let parts = |id: &String| {
                let parts = (0..u8::MAX)
                    .take_while(|part| known.contains_key(&(route.clone(), remote_of(id, *part))));
                u8::try_from(parts.count()).ok().filter(|parts| *parts > 1)
            };
            ids.into_iter().filter_map(|id| Some((parts(&id)?, id))).map(|(parts, id)| (id, parts)).collect()
        });
        asked.await.unwrap_or_default()
    }

    async fn waiting(&self, route: &RouteId, max: usize) -> Vec<String> {
        let route = route.clone();
        let asked = self.core.ask(move |node| {
            let state = node.engine().state();
            let sent = state.messages.values().filter_map(|message| message.sending.as_ref());
            let ours = sent.filter(|sending| sending.route == route).take(LOOKED_AT_MAX);
            let first = ours.filter_map(|sending| match sending.parts.first() {
                Some(Part::Submitted(remote)) => Some(remote.as_str().to_owned()),
                _ => None,
            });
            first.take(max).collect()
        });
        asked.await.unwrap_or_default()
    }

    fn withdraw(&self, except: &RouteId, phone: Phone) {
        self.outlets.withdraw(except, phone);
    }
}
