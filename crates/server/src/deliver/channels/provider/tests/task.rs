//! The task of a route, whole: real sockets and real time, an engine behind a lock in the node's place.

use super::peer::{Mood, Peer};
use super::rig::world;
use crate::clock::now;
use crate::deliver::channels::provider::link::ProviderLink;
use crate::deliver::channels::provider::worker::{Desk, Worker};
use crate::deliver::channels::provider::{Errands, open};
use crate::http::client::{Call, Client, ClientOptions};
use engine::entry::Fact;
use engine::{Action, Engine, Input, Output, Reply};
use model::{Phone, RouteId};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use wire::http::encode::{Hash, hex};

#[derive(Clone)]
struct Node {
    engine: Arc<Mutex<Engine>>,
    desk: Arc<Desk>,
    facts: watch::Sender<Vec<&'static str>>,
    withdrawn: Arc<Mutex<Vec<Phone>>>,
}

impl Node {
    fn step(&self, inputs: &[Input]) -> Vec<Reply> {
        let mut out = Output::default();
        let mut engine = self.engine.lock().unwrap();
        let replies = inputs.iter().map(|input| engine.handle(input, now(), &mut out)).collect();
        engine.work(now(), 1_000, &mut out);
        let names = out.entries.iter().filter_map(|entry| match &entry.fact {
            Fact::PartSubmitted { .. } => Some("submitted"),
            Fact::ReceiptReceived { ends: Some(_), .. } => Some("ended"),
            Fact::InboundReceived { .. } => Some("inbound"),
            _ => None,
        });
        let names: Vec<&'static str> = names.collect();
        for action in out.actions {
            if let Action::Submit(sendable) = action {
                self.desk.submit(sendable);
            }
        }
        self.facts.send_modify(|facts| facts.extend(names));
        replies
    }

    async fn until(&self, fact: &str) {
        let mut facts = self.facts.subscribe();
        let found = facts.wait_for(|facts| facts.contains(&fact));
        tokio::time::timeout(Duration::from_secs(60), found).await.expect(fact).unwrap();
    }
}

impl Errands for Node {
    async fn feed(&self, inputs: Vec<Input>, done: mpsc::UnboundedSender<()>) -> bool {
        self.step(&inputs);
        done.send(()).is_ok()
    }

    async fn parts(&self, _: &RouteId, _: Vec<String>) -> HashMap<String, u8> {
        HashMap::new()
    }

    async fn waiting(&self, _: &RouteId, _: usize) -> Vec<String> {
        Vec::new()
    }

    fn withdraw(&self, _: &RouteId, phone: Phone) {
        self.withdrawn.lock().unwrap().push(phone);
    }
}

#[tokio::test]
async fn a_message_goes_out_and_its_receipt_comes_in_by_the_listener() {
    let peer = Peer::start(|mood, _| {
        (mood == Mood::Takes).then(|| (200, Vec::new(), json!({"id": "g1"}).to_string()))
    })
    .await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = free.local_addr().unwrap();
    drop(free);
    let settings = [
        ("base_url", peer.base.clone()),
        ("id_pointer", "/id".to_owned()),
        ("body", "{{ text|json }}".to_owned()),
        ("receipt_id", "/id".to_owned()),
        ("receipt_state", "/state".to_owned()),
        ("delivered", "ok".to_owned()),
        ("failed", "no".to_owned()),
        ("callback_hmac", "h".to_owned()),
        ("callback_listen", listen.to_string()),
    ];
    let world = world("generic", "", &settings);
    let route = world.routes.values().next().unwrap().clone();
    let desk = Arc::new(Desk::new(ProviderLink::new(&route, &world.institution)));
    let node = Node {
        engine: Arc::new(Mutex::new(Engine::new(Arc::clone(&world)))),
        desk: Arc::clone(&desk),
        facts: watch::Sender::new(Vec::new()),
        withdrawn: Arc::default(),
    };
    let (stop, stopping) = watch::channel(false);
    let opened = open(&route, &world.institution).unwrap();
    let worker = Worker::new(route.id.clone(), opened, desk, node.clone(), stopping, Duration::from_secs(5))
        .await
        .unwrap();
    let task = tokio::spawn(worker.run());

    node.step(&super::rig::warning());
    node.until("submitted").await;
    assert_eq!(peer.sends(|_| true).len(), 1);

    let client = Client::new(&ClientOptions::default()).unwrap();
    let body = json!({"id": "g1", "state": "ok"}).to_string();
    let push = |signature: String| {
        let mut call =
            Call::new(hyper::Method::POST, format!("http://{listen}/").parse().unwrap(), body.clone());
        call.headers.insert("x-signature", signature.parse().unwrap());
        client.call(call)
    };
    assert_eq!(push("00".to_owned()).await.unwrap().status, 403);
    assert_eq!(push(hex(&Hash::Sha256.hmac(b"h", body.as_bytes()))).await.unwrap().status, 200);
    node.until("ended").await;

    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(60), task).await.unwrap().unwrap();
}
