//! What a customer chooses, told by an employee or a system, holds at once for everything that follows, and stays over a
//! restart; what must be sent is sent.

use hongyan_tests::bank::{code, movement, offer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::json;

#[test]
fn what_a_customer_chooses_holds() {
    let (folder, smsc) = (Folder::new("choices"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&[willing(1), willing(2)]);
    let said = folder.hongyan(&["preferences", "c-1"]).well().out;
    assert!(said.contains("never chose") && said.contains("customer_service verification_code"), "{said}");
    let set = ["preferences", "c-1", "--set", "marketing=off", "--set", "customer_service=off"];
    let said = folder.hongyan(&[&set[..], &["--reference", "call 17"]].concat()).well().out;
    assert!(
        said.contains("marketing          off") && said.contains("through agent: call 17 (local)"),
        "{said}"
    );
    let refused = folder.hongyan(&set);
    assert!(refused.code != Some(0) && refused.err.contains("--reference"), "{refused:?}");

    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    server.events(&[movement("e-1", 1, "12.00", "书店"), code("e-2", 1, "482913")]);
    server.reaches("/deliver/delivered", 2);
    let why = folder.hongyan(&["why", "--customer", "c-1"]).well().out;
    let heads: Vec<&str> = why.lines().filter(|line| line.starts_with("m-")).collect();
    assert_eq!(heads.len(), 3, "{why}");
    assert_eq!(heads.iter().filter(|head| head.contains("blocked (preference)")).count(), 2, "{why}");
    assert!(
        heads.iter().any(|head| head.contains("verification-code") && head.contains("delivered")),
        "{why}"
    );

    let path = "/v1/customers/c-2/preferences";
    let mut body = json!({ "classes": { "marketing": { "at_most": { "messages": 1, "per": "week" } } } });
    let put = |body: &serde_json::Value| server.call("PUT", path, body.to_string().as_bytes()).unwrap();
    assert_eq!(put(&body).problem(), 400, "without evidence it is nothing");
    body["evidence"] = json!({ "reference": "form-9" });
    let answer = put(&body).json();
    assert_eq!((&answer["changed"], answer["entry"].is_u64()), (&json!(true), true), "{answer}");
    assert_eq!(put(&body).json(), json!({ "changed": false }));
    assert_eq!(server.get("/v1/customers/c-9/preferences").problem(), 404);
    assert_eq!(server.launch(&offer("offer-2", "100")).status, 202);
    server.reaches("/decide/candidates", 6);
    server.stop();

    let server = Server::start(&folder);
    let told = server.get(path).json();
    assert_eq!(told["classes"]["marketing"]["at_most"], json!({ "messages": 1, "per": "week" }));
    assert_eq!(told["evidence"]["reference"], "form-9 (admin)");
    let why = folder.hongyan(&["why", "--customer", "c-2"]).well().out;
    assert!(
        why.lines().next().unwrap().contains("blocked (validity)"),
        "a week is longer than it is worth: {why}"
    );
    assert!(why.contains("marketing: 1 of 1 a week"), "{why}");
    server.stop();
}
