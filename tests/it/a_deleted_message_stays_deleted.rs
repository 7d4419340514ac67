//! What an account of the Twilio dialect deletes from its list stays off it, also after a restart.

use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http::{self, Answer};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{bank, wait_until};

const ACCOUNT: &str = r#"
id = "twilio"
department = "运营部"
classes = ["customer_service"]
class = "customer_service"
consent = "asserted"

[twilio]
account_sid = "AC00000000000000000000000000000000"
secret = "testSecret"
"#;

const MESSAGES: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages";
/// The account's id and secret as HTTP writes them (RFC 7617).
const BASIC: &str = "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0ZXN0U2VjcmV0";

fn call(server: &Server<'_>, method: &str, path: &str, form: &str) -> Answer {
    let headers =
        format!("Authorization: Basic {BASIC}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    http::call_with(&server.address, &headers, method, &format!("{MESSAGES}{path}"), form.as_bytes()).unwrap()
}

fn listed(server: &Server<'_>, query: &str) -> Vec<String> {
    let list = call(server, "GET", &format!(".json{query}"), "").json();
    list["messages"].as_array().unwrap().iter().map(|m| m["sid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_deleted_is_shown_no_more_and_makes_room_in_the_list() {
    let smsc = Smsc::start(1);
    let folder = Folder::new("deleted");
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/accounts/twilio.toml", ACCOUNT);
    let server = Server::start(&folder);
    let sids: Vec<String> = (1..=3)
        .map(|n| {
            let form = format!("To=%2B{}&From=%2B106900001&Body=%E6%82%A8%E5%A5%BD{n}", bank::dialled(n));
            let made = call(&server, "POST", ".json", &form);
            assert_eq!(made.status, 201, "{}", made.text());
            made.json()["sid"].as_str().unwrap().to_owned()
        })
        .collect();
    let path = format!("/{}.json", sids[1]);
    wait_until("its end", || call(&server, "GET", &path, "").json()["status"] == "delivered");
    assert_eq!(call(&server, "DELETE", &path, "").status, 204);

    let left = [sids[2].clone(), sids[0].clone()];
    assert_eq!((call(&server, "GET", &path, "").status, listed(&server, "")), (404, left.to_vec()));
    server.kill();
    let server = Server::start(&folder);
    assert_eq!((call(&server, "GET", &path, "").status, listed(&server, "")), (404, left.to_vec()));
    assert_eq!(call(&server, "DELETE", &path, "").status, 404);
    assert_eq!(listed(&server, "?PageSize=2"), left, "a page is as long as it was asked for");
    let number = u64::from_str_radix(&sids[1][2..], 16).unwrap();
    let story = server.get(&format!("/v1/messages/{}", model::MessageId(number)));
    let steps = story.json()["steps"].to_string();
    assert!(steps.contains("message_hidden"), "the ledger keeps it and says so: {steps}");
}
