//! SIGTERM in the middle of a broadcast with a slow carrier: what was handed over is waited for, what was not goes out
//! after the next start, nothing twice and nothing never.

use hongyan_tests::bank::{offer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const CUSTOMERS: usize = 120;

#[test]
fn a_stop_drains_the_carrier() {
    let (folder, smsc) = (Folder::new("drain"), Smsc::start(400));
    folder.carrier(smsc.address, Pace { tps: 2_000, window: 20, timeout: 10 });
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&(0..CUSTOMERS).map(willing).collect::<Vec<_>>());
    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    let mut starts = 1;
    wait_until("a full window", || smsc.parts().len() >= 30);
    let began = Instant::now();
    let out = server.stop();
    assert!(out.contains("stopping") && began.elapsed() < Duration::from_secs(5), "drained, not given up");
    let handed_over = smsc.parts().len();
    assert!((30..CUSTOMERS).contains(&handed_over), "stopped in the middle: {handed_over}");
    loop {
        let server = Server::start(&folder);
        starts += 1;
        assert!(!server.out().contains("uncertain"), "a drained stop leaves no doubt: {}", server.out());
        assert_eq!(server.figure("/deliver/uncertain"), 0);
        let before = smsc.parts().len();
        wait_until("more of the broadcast", || {
            smsc.parts().len() == CUSTOMERS || smsc.parts().len() >= before + 25
        });
        if smsc.parts().len() < CUSTOMERS {
            server.stop();
            continue;
        }
        server.reaches("/deliver/delivered", CUSTOMERS as u64);
        server.stop();
        break;
    }
    let mut by_number: BTreeMap<String, usize> = BTreeMap::new();
    smsc.parts().into_iter().for_each(|part| *by_number.entry(part.to).or_default() += 1);
    assert_eq!(by_number.len(), CUSTOMERS, "nobody was left out");
    assert!(by_number.values().all(|count| *count == 1), "nobody got it twice: {by_number:?}");
    assert!(starts > 2, "{starts}");
}

#[test]
fn a_carrier_that_is_silent_cannot_keep_the_server() {
    let (folder, smsc) = (Folder::new("silent"), Smsc::start(1));
    smsc.habits(|habits| habits.latency = None);
    folder.carrier(smsc.address, Pace { tps: 2_000, window: 5, timeout: 60 });
    folder.write("hongyan.toml", "config = \"config\"\ndata = \"data\"\ndrain_seconds = 1\n");
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&(0..20).map(willing).collect::<Vec<_>>());
    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    wait_until("a full window", || smsc.parts().len() == 5);
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    smsc.habits(|habits| habits.latency = Some(Duration::ZERO));
    let server = Server::start(&folder);
    server.reaches("/deliver/delivered", 15);
    assert_eq!(server.figure("/deliver/uncertain"), 5, "twice is worse: they wait for a receipt");
    let listed = server.get("/v1/uncertain").json();
    assert_eq!((listed["count"].as_u64(), listed["messages"].as_array().map(Vec::len)), (Some(5), Some(5)));
    assert_eq!(listed["messages"][0]["unanswered"], 1, "{listed}");
    let said = server.out();
    let uncertain =
        said.lines().find(|line| line.starts_with("uncertain after")).unwrap_or_else(|| panic!("{said}"));
    assert_eq!(uncertain.matches(" m-").count(), 5, "{uncertain}");
    assert_eq!(smsc.parts().len(), 20);
    server.stop();
}
