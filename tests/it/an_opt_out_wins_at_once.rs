//! A reply that says stop: nothing of the kind reaches the carrier after it has been taken over, not even what was
//! already decided; it is confirmed once; and it stays.

use hongyan_tests::bank::{consent, dialled, movement, now, offer, saying, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::json;

const MARKETING: &str = "春季财富活动";
const CONFIRMED: &str = "您已退订";

#[test]
fn an_opt_out_wins_over_a_broadcast_that_runs() {
    let (folder, smsc) = (Folder::new("opt-out"), Smsc::start(20));
    folder.carrier(smsc.address, Pace { tps: 40, window: 4, timeout: 10 });
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&(0..80).map(willing).collect::<Vec<_>>());
    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    wait_until("the first offers", || smsc.parts().len() >= 3);
    // Different words, in different dress, from customers at the end of the walk.
    let words = ["退订", "ＴＤ", " t ", "r", "拒收！", "别再发了", "STOP", "N"];
    let stopped: Vec<(usize, std::time::Instant)> =
        words.iter().enumerate().map(|(i, word)| (79 - i, smsc.reply(&dialled(79 - i), word))).collect();
    server.reaches("/converse/opt_outs", words.len() as u64);
    let confirmations =
        |n: usize| smsc.texts_to(&dialled(n)).iter().filter(|t| t.contains(CONFIRMED)).count();
    wait_until("every confirmation", || stopped.iter().all(|(n, _)| confirmations(*n) == 1));
    wait_until("the rest of the broadcast", || {
        smsc.parts().iter().filter(|p| p.text.contains(MARKETING)).count() >= 72
    });
    for (n, at) in &stopped {
        let late = smsc
            .parts()
            .into_iter()
            .find(|p| p.to == dialled(*n) && p.text.contains(MARKETING) && p.at > *at);
        assert_eq!(late, None, "customer {n} had said stop");
    }

    // Said again: heard, and not confirmed a second time. Other things still come.
    for (n, _) in &stopped {
        smsc.reply(&dialled(*n), "退订");
    }
    server.events(&[movement("e-1", 79, "12.00", "书店")]);
    wait_until("a notice", || smsc.texts_to(&dialled(79)).iter().any(|t| t.contains("书店")));
    assert!(stopped.iter().all(|(n, _)| confirmations(*n) == 1));
    let said = folder.hongyan(&["why", "--customer", "c-79"]).well().out;
    assert!(said.contains("opt-out-confirmation@1"), "{said}");

    // It stays over a restart and over the old consent, reported once more; a newer consent lifts it.
    server.stop();
    let server = Server::start(&folder);
    server.customers(&[willing(78)]);
    let mut anew = consent("granted", &now().to_string());
    anew["evidence"] = json!("form-after-the-stop");
    server.customers(&[saying(willing(79), anew)]);
    let parts = smsc.parts().len();
    assert_eq!(server.launch(&offer("offer-2", "100")).status, 202);
    server.reaches("/deliver/submitted", 72 + 8 + 1 + 1);
    let status = server.status();
    let rules = status["rules"].to_string();
    assert!(rules.contains("suppression"), "{rules}");
    wait_until("the offer after a new consent", || {
        smsc.parts()[parts..].iter().any(|p| p.to == dialled(79) && p.text.contains(MARKETING))
    });
    let said = folder.hongyan(&["why", "--customer", "c-78"]).well().out;
    assert!(
        said.starts_with("m-") && said.lines().next().unwrap().contains("blocked (suppression)"),
        "{said}"
    );
    let offered =
        |n: usize| smsc.parts()[parts..].iter().any(|p| p.to == dialled(n) && p.text.contains(MARKETING));
    assert!((72..79).all(|n| !offered(n)));
    server.stop();
}
