//! A broadcast is killed (kill -9) at twenty random moments and goes on each time: everybody is decided about once, nobody gets it
//! twice, and whoever did not get it is one of those of whom a start has said that it does not know.
//!
//! The moments are drawn between the first decision and the last, so they fall into deciding, claiming, submitting and waiting for
//! receipts. Counted at the peer, which outlives the deaths, and in the ledger.

use hongyan_tests::bank::{dialled, id, offer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{dice, wait_until};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const KILLS: u32 = 20;
const AUDIENCE: usize = 1_500;
/// Messages a second that the carrier takes: the walk is slower than twenty lives together.
const TPS: u32 = 90;
const SEED: u64 = 20_261_123;

#[test]
fn a_broadcast_outlives_twenty_kills() {
    let smsc = Smsc::start(40);
    let folder = Folder::new("broadcast-kills");
    folder.carrier(smsc.address, Pace { tps: TPS, window: 20, timeout: 20 });
    folder.always_open();
    let mut server = Server::start(&folder);
    server.customers(&(0..AUDIENCE).map(willing).collect::<Vec<_>>());
    assert_eq!(server.launch(&offer("season-1", "1000")).status, 202);
    let (mut doubts, mut state, mut alive_at_kill) = (BTreeSet::new(), SEED, 0);
    for _ in 0..KILLS {
        std::thread::sleep(Duration::from_millis(20 + dice(&mut state) % 400));
        server.kill();
        alive_at_kill += u32::from(smsc.parts().len() < AUDIENCE);
        server = Server::start(&folder);
        doubts.extend(server.in_doubt());
    }
    assert_eq!(alive_at_kill, KILLS, "every kill fell into the broadcast");
    wait_until("the end of the broadcast", || {
        let status = server.status();
        let of_it =
            |j: &&serde_json::Value| j["journey"].as_str().is_some_and(|name| name.starts_with("season-1"));
        let walked = status["journeys"].as_array().unwrap().iter().find(of_it).cloned();
        walked.is_some_and(|j| j["candidates"] == AUDIENCE) && status["queued"]["demo"] == 0
    });
    wait_until("an answer to everything claimed", || {
        let parts = smsc.parts();
        std::thread::sleep(Duration::from_millis(200));
        smsc.parts().len() == parts.len() && parts.len() + doubts.len() >= AUDIENCE
    });

    // At the peer: at most once each.
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    smsc.parts().into_iter().for_each(|part| *got.entry(part.to).or_default() += 1);
    let twice: Vec<_> = got.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    let strangers = got.keys().filter(|to| !(0..AUDIENCE).any(|n| dialled(n) == **to)).count();
    assert_eq!(strangers, 0);

    // In the ledger: as many messages as people, and everybody has one. Whoever lacks it at the peer is named as doubtful.
    let mut missing = 0;
    for n in (0..AUDIENCE).filter(|n| !got.contains_key(&dialled(*n))) {
        missing += 1;
        let messages = server.get(&format!("/v1/customers/{}/messages", id(n))).json();
        let messages = messages.as_array().unwrap();
        assert_eq!(messages.len(), 1, "customer {n}: {messages:?}");
        let message = messages[0]["message"].as_str().unwrap();
        assert!(doubts.contains(message), "customer {n} has nothing, and {message} was never in doubt");
    }
    assert_eq!(got.len() + missing, AUDIENCE);
    println!("{AUDIENCE} recipients: {} once, {missing} doubtful of {} in doubt", got.len(), doubts.len());
    server.stop();
}
