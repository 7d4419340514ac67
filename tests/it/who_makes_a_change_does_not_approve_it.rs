//! A change of the configuration on its way: proposed by one, approved by another, in force at once, shown by `why`; a folder that
//! was changed changes nothing; an emergency is loud; a kill between approval and publication loses nothing.

use hongyan_tests::bank::{customer, dialled, movement, offer, willing};
use hongyan_tests::command::Said;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http::{self, Answer};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::{Value, json};

const POLICY: &str = "checkers = 1\nroles = [\"checker\"]\nemergency = [\"emergency\"]\nvalid_for = \"3d\"\n\
    [[need]]\nfiles = [\"broadcasts/\"]\npeople_above = 3\ncheckers = 1\nroles = [\"director\"]\n";
const TEMPLATE: &str = "templates/account-change.toml";

fn reworded(word: &str) -> String {
    library::file(TEMPLATE).unwrap().replace("您尾号", word)
}

/// A bank that asks for approvals from its first start on, with keys for its people.
struct Careful {
    folder: Folder,
    smsc: Smsc,
}

impl Careful {
    fn new(name: &str) -> Self {
        let (folder, smsc) = (Folder::new(name), Smsc::start(1));
        folder.carrier(smsc.address, Pace::default());
        folder.always_open();
        folder.write("config/approvals.toml", POLICY);
        let bank = Self { folder, smsc };
        let server = Server::start(&bank.folder);
        for (name, role) in [
            ("li", "maker"),
            ("wang", "checker"),
            ("zhao", "director"),
            ("chen", "emergency"),
            ("wang", "maker"),
        ] {
            let key = bank.folder.hongyan(&["keys", "new", name, "--role", role]).well().out;
            bank.folder.write(&format!("{name}-{role}"), key.trim());
        }
        server.stop();
        bank
    }

    fn key(&self, who: &str) -> String {
        std::fs::read_to_string(self.folder.path(who)).unwrap()
    }

    fn change(&self, who: &str, arguments: &[&str]) -> Said {
        let key = self.key(who);
        self.folder.hongyan(&[&["change"], arguments, &["--key", key.as_str()]].concat())
    }

    fn call(&self, server: &Server<'_>, who: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        http::call(&server.address, Some(&self.key(who)), "POST", path, body.as_bytes()).unwrap()
    }

    fn propose(&self, server: &Server<'_>, path: &str, content: &str) -> Answer {
        let files = json!([{ "path": path, "content": content }]);
        self.call(
            server,
            "li-maker",
            "/v1/changes",
            &json!({ "title": "a change", "reason": "because", "files": files }),
        )
    }

    fn texts(&self, n: usize) -> Vec<String> {
        self.smsc.texts_to(&dialled(n))
    }
}

#[test]
fn a_change_goes_from_hand_to_hand_and_is_in_force_at_once() {
    let bank = Careful::new("change");
    let server = Server::start(&bank.folder);
    server.customers(&[customer(1)]);
    bank.folder.write(&format!("config/{TEMPLATE}"), reworded("您好，尾号"));
    let path = bank.folder.path(&format!("config/{TEMPLATE}"));
    let path = path.to_str().unwrap();
    let propose = ["propose", path, "--title", "politer", "--reason", "asked for"];
    let refused = bank.change("wang-checker", &propose);
    assert!(refused.code == Some(1) && refused.err.contains("the role maker"), "{refused:?}");
    let said = bank.change("li-maker", &propose).well().out;
    for part in ["change 2", "politer", "+text = \"您好，尾号", "changed  template account-change"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // Nothing has changed yet.
    server.events(&[movement("e-1", 1, "10.00", "书店")]);
    wait_until("the old text", || bank.texts(1).len() == 1);
    assert!(bank.texts(1)[0].contains("】您尾号"), "{:?}", bank.texts(1));
    let early = bank.change("li-maker", &["publish", "2"]);
    assert!(early.err.contains("0 of 1 with the role checker"), "{early:?}");
    for own in ["li-maker", "wang-maker"] {
        let refused = bank.change(own, &["approve", "2"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
    }
    let other = json!({ "hash": "00".repeat(32) });
    assert_eq!(bank.call(&server, "wang-checker", "/v1/changes/2/approve", &other).problem(), 400);
    bank.change("wang-checker", &["approve", "2", "--remark", "fine"]).well();
    let said = bank.change("li-maker", &["publish", "2"]).well().out;
    assert!(said.contains("published") && said.contains("approved by wang"), "{said}");
    server.events(&[movement("e-2", 1, "10.00", "书店")]);
    wait_until("the new text", || bank.texts(1).len() == 2);
    assert!(bank.texts(1)[1].contains("您好，尾号"), "{:?}", bank.texts(1));
    let said = bank.folder.hongyan(&["why", "--customer", "c-1"]).well().out;
    assert!(said.contains("text: change 2, approved by wang"), "{said}");

    // The folder is a draft: what is changed in it is said at the next start, and not in force.
    server.stop();
    bank.folder.write(&format!("config/{TEMPLATE}"), reworded("点击链接领取，尾号"));
    let server = Server::start(&bank.folder);
    wait_until("the note", || {
        server.err().contains("not in force: 1 files") && server.err().contains(TEMPLATE)
    });
    server.events(&[movement("e-3", 1, "10.00", "书店")]);
    wait_until("the approved text", || bank.texts(1).len() == 3);
    assert!(bank.texts(1)[2].contains("您好，尾号"), "{:?}", bank.texts(1));
    bank.folder.write(&format!("config/{TEMPLATE}"), "what no server could read");
    server.stop();
    let server = Server::start(&bank.folder);
    let in_force = server.get("/v1/configuration").json();
    assert_eq!(in_force["waits_for_start"], json!([]), "{in_force}");
    server.stop();
    bank.folder.hongyan(&["rebuild"]).well();
}

#[test]
fn a_kill_between_approval_and_publication_loses_nothing() {
    let bank = Careful::new("change-kill");
    let server = Server::start(&bank.folder);
    server.customers(&[customer(1)]);
    let proposed = bank.propose(&server, TEMPLATE, &reworded("您好，尾号"));
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    let hash = &proposed.json()["hash"];
    let approved = bank.call(&server, "wang-checker", "/v1/changes/2/approve", &json!({ "hash": hash }));
    assert_eq!(
        (approved.status, &approved.json()["state"]),
        (200, &json!("approved")),
        "{}",
        approved.text()
    );
    server.kill();
    let server = Server::start(&bank.folder);
    assert_eq!(server.get("/v1/changes?state=approved").json()["changes"][0]["approved_by"], json!(["wang"]));
    let published = bank.call(&server, "wang-checker", "/v1/changes/2/publish", &json!({}));
    assert_eq!(published.status, 200, "{}", published.text());
    server.kill();
    let server = Server::start(&bank.folder);
    server.events(&[movement("e-1", 1, "10.00", "书店")]);
    wait_until("the new text", || bank.texts(1).len() == 1);
    assert!(bank.texts(1)[0].contains("您好，尾号"), "{:?}", bank.texts(1));
    server.stop();
}

#[test]
fn an_emergency_is_loud_until_somebody_else_has_looked() {
    let bank = Careful::new("change-emergency");
    let server = Server::start(&bank.folder);
    let proposed = bank.propose(&server, TEMPLATE, &reworded("请勿转账，尾号"));
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    let refused = bank.change("li-maker", &["publish", "2", "--emergency", "a fraud wave"]);
    assert!(refused.err.contains("the role emergency"), "{refused:?}");
    let said = bank.change("chen-emergency", &["publish", "2", "--emergency", "a fraud wave"]).well().out;
    assert!(said.contains("EMERGENCY (a fraud wave), NOBODY HAS LOOKED AT IT"), "{said}");
    wait_until("the log", || server.err().contains("ERROR") && server.err().contains("a fraud wave"));
    assert_eq!(
        server.status()["changes"],
        json!({ "open": 0, "emergencies": 1, "emergencies_unreviewed": 1 })
    );
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("hongyan_decide_emergencies_unreviewed 1"), "{metrics}");
    server.stop();
    let server = Server::start(&bank.folder);
    wait_until("the note", || server.err().contains("change 2 came into force in an emergency"));
    bank.change("wang-checker", &["approve", "2", "--remark", "it was right"]).well();
    let listed = bank.change("wang-checker", &["list", "--state", "emergency"]).well().out;
    assert!(listed.contains("no changes"), "{listed}");
    assert_eq!(
        server.status()["changes"],
        json!({ "open": 0, "emergencies": 1, "emergencies_unreviewed": 0 })
    );
    server.stop();
}

#[test]
fn mistakes_are_said_at_the_proposal_and_routes_wait_for_the_next_start() {
    let bank = Careful::new("change-mistakes");
    let server = Server::start(&bank.folder);
    let broken = bank.propose(
        &server,
        TEMPLATE,
        &reworded("您尾号")
            .replace("language = \"zh-CN\"", "language = 7")
            .replace("customer_service", "custom"),
    );
    assert_eq!(broken.status, 400);
    let told = broken.text();
    assert!(told.contains("custom") && told.contains("language") && told.contains(TEMPLATE), "{told}");
    for path in ["maps/x.toml", "../x.toml", "templates//x.toml"] {
        assert_eq!(bank.propose(&server, path, "x").status, 400, "{path}");
    }
    let route = std::fs::read_to_string(bank.folder.path("config/routes/demo.toml")).unwrap();
    let slower = route.replace("tps = 2000", "tps = 20");
    let proposed = bank.propose(&server, "routes/demo.toml", &slower);
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    assert!(!proposed.text().contains("password = \\\"demo"), "passwords are not shown: {}", proposed.text());
    bank.change("wang-checker", &["approve", "2"]).well();
    let said = bank.change("wang-checker", &["publish", "2"]).well().out;
    assert!(said.contains("runs from the next start on: routes/demo.toml"), "{said}");
    assert_eq!(server.get("/v1/routes").json()["routes"][0]["tps"], 2_000);
    server.stop();
    let server = Server::start(&bank.folder);
    assert_eq!(server.get("/v1/routes").json()["routes"][0]["tps"], 20);
    server.stop();
}

#[test]
fn a_broadcast_is_launched_only_by_the_file_that_enough_people_approved() {
    let bank = Careful::new("change-broadcast");
    let server = Server::start(&bank.folder);
    server.customers(&(0..3).map(willing).collect::<Vec<_>>());
    let source = offer("offer-1", "100");
    let refused = server.launch(&source);
    assert_eq!(refused.problem(), 409, "{}", refused.text());
    let proposed = bank.propose(&server, "broadcasts/offer-1.toml", &source);
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    assert_eq!(proposed.json()["effect"]["broadcasts"][0]["preview"]["audience"], 3, "{}", proposed.text());
    bank.change("wang-checker", &["approve", "2"]).well();
    bank.change("wang-checker", &["publish", "2"]).well();
    assert_eq!(server.launch(&(source.clone() + "# another\n")).status, 409);
    // A fourth person has come since: that asks for a director.
    server.customers(&[willing(3)]);
    let refused = server.launch(&source);
    assert!(refused.status == 409 && refused.text().contains("director"), "{}", refused.text());
    let wider = source.replace("offer-1", "offer-2");
    let proposed = bank.propose(&server, "broadcasts/offer-2.toml", &wider);
    assert!(proposed.text().contains("4 people, more than 3"), "{}", proposed.text());
    bank.change("wang-checker", &["approve", "3"]).well();
    assert_eq!(bank.change("wang-checker", &["publish", "3"]).code, Some(1));
    bank.change("zhao-director", &["approve", "3"]).well();
    bank.change("wang-checker", &["publish", "3"]).well();
    let launched = server.launch(&wider);
    assert_eq!(launched.status, 202, "{}", launched.text());
    server.reaches("/deliver/delivered", 4);
    server.stop();
}

#[test]
fn a_folder_is_adopted_over_what_was_approved_only_with_a_reason_and_loudly() {
    let bank = Careful::new("change-adopt");
    bank.folder.write(&format!("config/{TEMPLATE}"), reworded("您好，尾号"));
    let said =
        bank.folder.hongyan(&["change", "adopt", "--reason", "a release that reads it otherwise"]).well();
    assert!(said.err.contains("WITHOUT APPROVAL"), "{said:?}");
    let server = Server::start(&bank.folder);
    wait_until("the note", || server.err().contains("change 2 came into force in an emergency"));
    assert!(!server.err().contains("not in force"), "{}", server.err());
    // Who may make keys with roles is not who has any key.
    let made = bank.call(&server, "li-maker", "/v1/keys", &json!({ "name": "li2", "roles": ["checker"] }));
    assert_eq!(made.problem(), 403);
    server.stop();
}
