//! kill -9 at twenty random moments under load: nothing that was acknowledged is lost, what must not come twice does not,
//! what must come does, and the figures add up.

use hongyan_tests::bank::{code, customer, dialled, movement, offer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::{Part, Smsc};
use hongyan_tests::{dice, wait_until};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const KILLS: u64 = 20;
/// Customers of the broadcast; enough that it does not end before the last kill.
const AUDIENCE: usize = 900;
/// Customers with accounts, after those of the broadcast.
const OWNERS: usize = 300;
const MARKETING: &str = "财富季";
const SEED: u64 = 20_261_122;

/// What the institution's system has sent, and what of it was acknowledged.
#[derive(Default)]
struct Sent {
    all: BTreeSet<String>,
    acknowledged: BTreeMap<String, Value>,
}

/// Sends batches of events until told to stop or the server is gone.
fn feed(server: &Server<'_>, round: u64, stop: &AtomicBool, sent: &mut Sent) {
    for batch in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mut names = Vec::new();
        let events: Vec<Value> = (0..5)
            .map(|i| {
                let owner = AUDIENCE + ((round as usize * 37 + batch * 5 + i) % OWNERS);
                // Unique in the text that customers get, so that every one can be recognised at the carrier.
                let name = format!("K{round}B{batch}E{i}");
                names.push(name.clone());
                if i == 0 {
                    code(&name, owner, &format!("{:06}", round * 10_000 + batch as u64))
                } else {
                    movement(&name, owner, "10.00", &name)
                }
            })
            .collect();
        sent.all.extend(names.iter().cloned());
        let Ok(answer) =
            server.call("POST", "/v1/events", json!({ "events": events }).to_string().as_bytes())
        else {
            return;
        };
        if answer.status == 202 {
            sent.acknowledged.extend(names.into_iter().zip(events));
        }
        std::thread::sleep(Duration::from_millis(15));
    }
}

fn folder_of_two_part_offers(smsc: &Smsc) -> Folder {
    let folder = Folder::new("kills");
    folder.carrier(smsc.address, Pace { tps: 150, window: 30, timeout: 20 });
    folder.always_open();
    // Two parts, so that a kill can fall between them.
    let text = format!(
        "id = \"season\"\nclass = \"marketing\"\nsubtype = \"offer\"\nlanguage = \"zh-CN\"\nparts_max = 2\n\
         text = \"{{{{ name }}}}您好，{MARKETING}{}理财非存款，产品有风险，投资须谨慎。拒收请回复R\"\n\n\
         [variables]\nname = {{ type = \"name\", from = \"customer.name\" }}\n",
        "活动已开始，详情请登录本行手机银行查看。".repeat(3)
    );
    folder.write("config/templates/season.toml", text);
    folder
}

#[test]
fn twenty_kills_lose_nothing() {
    let smsc = Smsc::start(60);
    let folder = folder_of_two_part_offers(&smsc);
    let server = Server::start(&folder);
    server.customers(&(0..AUDIENCE).map(willing).collect::<Vec<_>>());
    server.customers(&(AUDIENCE..AUDIENCE + OWNERS).map(customer).collect::<Vec<_>>());
    let launch = offer("season-1", "1000").replace("spring-offer", "season");
    assert_eq!(server.launch(&launch).status, 202);
    let (mut sent, mut doubts, mut state) = (Sent::default(), BTreeSet::new(), SEED);
    let mut server = Some(server);
    for round in 0..KILLS {
        let running = server.take().unwrap();
        let stop = AtomicBool::new(false);
        let pause = Duration::from_millis(150 + dice(&mut state) % 500);
        std::thread::scope(|scope| {
            let feeding = scope.spawn(|| feed(&running, round, &stop, &mut sent));
            std::thread::sleep(pause);
            // While a call is under way, most of the time.
            running.kill_now();
            stop.store(true, Ordering::Relaxed);
            feeding.join().unwrap();
        });
        drop(running);
        let next = Server::start(&folder);
        doubts.extend(next.in_doubt());
        server = Some(next);
    }
    let server = server.unwrap();
    wait_until("the end of the broadcast", || {
        let status = server.status();
        let walked = status["journeys"].as_array().unwrap().iter().any(|j| {
            j["journey"].as_str().is_some_and(|name| name.starts_with("season-1"))
                && j["candidates"] == AUDIENCE + OWNERS
        });
        walked && status["queued"]["demo"] == 0
    });
    wait_until("every event at the carrier", || missing(&sent, &smsc.parts()).is_empty());
    judge(&sent, &doubts, &smsc.parts(), &server);
    server.stop();
    folder.hongyan(&["rebuild"]).well();
}

/// The acknowledged movements of which the carrier has not seen anything. A code may be too old after a restart, or capped.
fn missing(sent: &Sent, parts: &[Part]) -> Vec<String> {
    let texts: String = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n");
    let is_movement = |name: &&String| !name.ends_with("E0");
    sent.acknowledged
        .keys()
        .filter(is_movement)
        .filter(|name| !texts.contains(name.as_str()))
        .cloned()
        .collect()
}

fn judge(sent: &Sent, doubts: &BTreeSet<String>, parts: &[Part], server: &Server<'_>) {
    // Every acknowledged event is in the ledger: it is known when it comes again.
    let status = server.status();
    let events = status["perceive"]["events"].as_u64().unwrap();
    assert!((sent.acknowledged.len() as u64..=sent.all.len() as u64).contains(&events), "{status}");
    let acknowledged: Vec<&Value> = sent.acknowledged.values().collect();
    assert!(acknowledged.len() > 200, "there was load: {}", acknowledged.len());
    for events in acknowledged.chunks(1_000) {
        let known = server.post("/v1/events", &json!({ "events": events })).json();
        assert_eq!(known["unchanged"], events.len(), "{known}");
    }

    // Nothing came out of nothing (L1), and marketing never twice (L6).
    let mut offers: BTreeMap<(&str, u8), usize> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.place.1 == 2) {
        *offers.entry((part.to.as_str(), part.place.0)).or_default() += 1;
    }
    let twice: Vec<_> = offers.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "submitted twice: {twice:?}");
    for part in parts.iter().filter(|part| part.place.1 == 1 && part.text.contains("支出")) {
        let is_ours = sent.all.iter().any(|name| part.text.contains(&format!("（{name}）")));
        assert!(is_ours, "a message about nothing that was sent: {}", part.text);
    }

    // Every customer of the audience got the whole offer, or the start has said that it does not know.
    let whole = (0..AUDIENCE).filter(|n| {
        let to = dialled(*n);
        offers.contains_key(&(to.as_str(), 1)) && offers.contains_key(&(to.as_str(), 2))
    });
    let lacking = AUDIENCE - whole.count();
    let class = |id: &String| server.get(&format!("/v1/messages/{id}")).json()["class"].clone();
    let uncertain_offers = doubts.iter().filter(|id| class(id) == "marketing").count();
    assert!(lacking <= uncertain_offers, "{lacking} lack a part, {uncertain_offers} were reported");
    assert_eq!(uncertain_offers, doubts.len(), "only what may not be sent again stays in doubt: {doubts:?}");
    assert!(uncertain_offers > 0, "the kills fell between claims and answers");

    // The figures add up.
    let of = |pointer: &str| status.pointer(pointer).and_then(Value::as_u64).unwrap();
    let gone = of("/decide/decided") + of("/decide/blocked") + of("/decide/waiting") - of("/decide/revoked");
    assert_eq!(of("/decide/candidates"), gone, "{status}");
}
