//! `hongyan keys`: another API key works, is kept as a hash only, and a new key-encryption key opens all that the old
//! one did.

use hongyan_tests::bank::{customer, movement};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::search::leaks;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;

#[test]
fn another_key_works_and_is_not_kept() {
    let (folder, smsc) = (Folder::new("keys-new"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    let first = server.key.clone();
    let said = folder.hongyan(&["keys", "new", "core-banking"]).well();
    let key = said.out.trim().to_owned();
    assert!(key.starts_with("hy_") && key != first, "{said:?}");
    server.stop();
    let server = Server::start(&folder);
    for key in [&first, &key] {
        let answer = http::call(&server.address, Some(key), "GET", "/v1/status", &[]).unwrap();
        assert_eq!(answer.status, 200);
    }
    let wrong = http::call(&server.address, Some(&format!("{key}0")), "GET", "/v1/status", &[]).unwrap();
    assert_eq!(wrong.problem(), 401);
    server.stop();
    assert_eq!(leaks(&folder.data(), &[key.trim_start_matches("hy_"), first.trim_start_matches("hy_")]), []);
    let spaced = folder.hongyan(&["keys", "new", "two words"]);
    assert_eq!(spaced.code, Some(1), "{spaced:?}");
}

#[test]
fn a_new_wrapping_key_opens_what_the_old_one_did() {
    let (folder, smsc) = (Folder::new("keys-rotate"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    server.customers(&(0..20).map(customer).collect::<Vec<_>>());
    server.events(&[movement("e-1", 3, "10.00", "书店")]);
    server.reaches("/deliver/delivered", 1);
    let refused = folder.hongyan(&["keys", "rotate"]);
    assert_eq!(refused.code, Some(1), "not under a running server: {refused:?}");
    assert!(refused.err.contains("in use"), "{refused:?}");
    server.stop();
    for _ in 0..2 {
        let said = folder.hongyan(&["keys", "rotate"]).well();
        // Twenty customers and the institution itself.
        assert!(
            said.out.contains("20 customers' keys") || said.out.contains("21 customers' keys"),
            "{said:?}"
        );
        let server = Server::start(&folder);
        let stories = server.get("/v1/customers/c-3/messages").json();
        assert!(stories[0]["steps"].to_string().contains("template account-change"), "{stories}");
        server.stop();
    }
    folder.hongyan(&["rebuild"]).well();
    let server = Server::start(&folder);
    server.events(&[movement("e-2", 3, "10.00", "书店"), movement("e-3", 4, "10.00", "书店")]);
    server.reaches("/deliver/delivered", 3);
    server.stop();
}
