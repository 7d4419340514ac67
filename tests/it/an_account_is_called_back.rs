//! Callbacks: signed, repeated until they are acknowledged, never into the institution's own network unless the account's
//! file says so, and a receiver that hangs is slow for itself only.

use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{bank, wait_for, wait_until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use wire::http::Request;
use wire::http::standard_webhooks::{Secret, verify};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a receiver got.
#[derive(Debug, Clone)]
struct Call {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A receiver: answers the first `refusals` calls with 503, then 200 with `answer`; or never, if it hangs.
struct Receiver {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    fn start(refusals: usize, answer: &'static str, hangs: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        // It ends with the test's process.
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(call) = read(&mut stream) else { continue };
                let count = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(call);
                    seen.len()
                };
                if hangs {
                    open.push(stream);
                    continue;
                }
                let status = if count <= refusals { "503 Service Unavailable" } else { "200 OK" };
                let length = answer.len();
                let head =
                    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
                let _ = stream.write_all(format!("{head}{answer}").as_bytes());
            }
        });
        Self { address, calls }
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

fn read(stream: &mut impl Read) -> Option<Call> {
    let mut whole = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).ok()?;
        whole.extend_from_slice(&piece[..count]);
        let end = whole.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(whole[..end].to_vec()).ok()?;
            let mut lines = head.split("\r\n");
            let path = lines.next()?.split(' ').nth(1)?.to_owned();
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
            if whole.len() >= end + 4 + length {
                return Some(Call { path, headers, body: whole[end + 4..end + 4 + length].to_vec() });
            }
        }
        if count == 0 {
            return None;
        }
    }
}

fn account(id: &str, callback: &str) -> String {
    format!(
        "id = \"{id}\"\ndepartment = \"运营部\"\nclasses = [\"customer_service\"]\nclass = \"customer_service\"\n\
         tokens = [\"{id}-token\"]\n\n[callback]\n{callback}\n"
    )
}

fn send(server: &Server<'_>, account: &str, n: usize) -> String {
    let body = json!({ "to": bank::phone(n), "text": "您好", "reference": format!("r-{n}") }).to_string();
    let token = format!("{account}-token");
    let answer = http::call(&server.address, Some(&token), "POST", "/v1/messages", body.as_bytes()).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["messages"][0]["message"].as_str().unwrap().to_owned()
}

fn accounts(server: &Server<'_>, id: &str) -> Value {
    let all = server.get("/v1/accounts").json();
    all["accounts"].as_array().unwrap().iter().find(|account| account["account"] == id).unwrap().clone()
}

#[test]
fn a_callback_is_signed_and_repeated_until_it_is_acknowledged() {
    let (folder, smsc) = (Folder::new("callback"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let receiver = Receiver::start(1, "", false);
    let url = format!("http://{}/told?a=b", receiver.address);
    let callback =
        format!("url = \"{url}\"\nstyle = \"standard\"\nsecret = \"{SECRET}\"\nallow = [\"127.0.0.0/8\"]");
    folder.write("config/accounts/web.toml", account("web", &callback));
    let server = Server::start(&folder);
    let message = send(&server, "web", 1);
    wait_until("a repetition", || receiver.calls().len() == 2);
    let calls = receiver.calls();
    let ids: Vec<&str> = calls
        .iter()
        .map(|call| {
            let headers: Vec<(&str, &str)> =
                call.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let request = Request {
                method: "POST",
                path: "/told",
                raw_query: "a=b",
                headers: &headers,
                body: &call.body,
            };
            assert_eq!(call.path, "/told?a=b");
            verify(&request, &[Secret::read(SECRET).unwrap()], bank::now()).unwrap();
            let id = call.headers.iter().find(|(name, _)| name == "webhook-id").unwrap();
            id.1.as_str()
        })
        .collect();
    assert_eq!(ids[0], ids[1], "the same notice is told again under the same id");
    let body: Value = serde_json::from_slice(&calls[1].body).unwrap();
    assert_eq!((&body["type"], &body["data"]["message"]), (&json!("message.delivered"), &json!(message)));
    assert_eq!(body["data"]["reference"], "r-1");
    wait_until("nothing is left to tell", || accounts(&server, "web")["waiting"] == 0);
    server.stop();
    let server = Server::start(&folder);
    send(&server, "web", 2);
    wait_until("the next", || receiver.calls().len() == 3);
    let body: Value = serde_json::from_slice(&receiver.calls()[2].body).unwrap();
    assert_eq!(body["data"]["reference"], "r-2", "what was acknowledged is not told again");
}

#[test]
fn an_address_inside_is_not_called_and_a_hanging_receiver_slows_nobody() {
    let (folder, smsc) = (Folder::new("inside"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let (inside, hanging) = (Receiver::start(0, "", false), Receiver::start(0, "", true));
    let quick = Receiver::start(0, r#"{"code":0,"msg":"ok"}"#, false);
    let standard = |address: SocketAddr| {
        format!("url = \"http://{address}/\"\nstyle = \"standard\"\nsecret = \"{SECRET}\"")
    };
    let allowed = "\nallow = [\"127.0.0.1\"]";
    folder.write("config/accounts/inside.toml", account("inside", &standard(inside.address)));
    folder.write("config/accounts/hangs.toml", account("hangs", &(standard(hanging.address) + allowed)));
    let alibaba = format!("url = \"http://{}/report\"\nstyle = \"alibaba\"{allowed}", quick.address);
    folder.write("config/accounts/quick.toml", account("quick", &alibaba));
    let server = Server::start(&folder);
    (0..20).for_each(|n| drop(send(&server, "hangs", n)));
    send(&server, "inside", 30);
    wait_until("calls that hang", || hanging.calls().len() >= 2);
    send(&server, "quick", 31);
    let call = wait_for("the quick receiver's call", || quick.calls().first().cloned());
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(
        (&body[0]["phone_number"], &body[0]["success"]),
        (&json!(bank::phone(31)), &json!(true)),
        "{body}"
    );
    wait_until("the quick one is told", || accounts(&server, "quick")["waiting"] == 0);
    wait_until("the refusal is logged", || server.err().contains("is not an address that may be called"));
    assert!(inside.calls().is_empty(), "nothing was sent inside");
    assert_eq!(accounts(&server, "inside")["waiting"], 1, "and nothing is lost");
}
