//! Outbind: an account whose file names an address is called there when something waits for it, and hears it over that
//! connection; and what one way of telling has in hand, another does not tell as well.

use hongyan_tests::accounts::{NAME, PASSWORD, door, doors, smpp};
use hongyan_tests::esme::{Esme, message};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_for;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;
use wire::smpp::Status;
use wire::smpp::command::CommandId;
use wire::smpp::pdu::{BindKind, Pdu};

const DOOR: &str = "[smpp]\nlisten = \"127.0.0.1:0\"\nlogin_seconds = 2";

fn setting(name: &str, more: &str, section: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, more, section);
    doors(&folder, DOOR);
    (folder, smsc)
}

/// The next one that calls, and what it says of itself.
fn called(listener: &TcpListener) -> Esme {
    listener.set_nonblocking(true).unwrap();
    let (stream, _) = wait_for("a call", || listener.accept().ok());
    stream.set_nonblocking(false).unwrap();
    let mut esme = Esme::over(Box::new(stream));
    let heard = esme.request(CommandId::OUTBIND);
    let Pdu::Outbind(outbind) = heard.pdu() else { panic!("{heard:?}") };
    assert_eq!((outbind.system_id, outbind.password), (&b"hongyan"[..], &b"knock"[..]));
    esme
}

#[test]
fn who_has_mail_is_called_and_binds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let section = format!("outbind = \"{}\"\noutbind_password = \"knock\"", listener.local_addr().unwrap());
    let (folder, smsc) = setting("outbind", "extension = \"12\"", &section);
    let server = Server::start(&folder);
    let mut sender = Esme::bind(&door(&server, "smpp"), BindKind::Transmitter, NAME, PASSWORD);
    let id = sender.ask(&Pdu::Submit(message("13800001234", b"call me"))).id();

    // One that does not know what to do, and is let go after its time.
    let mut idle = called(&listener);
    assert!(idle.is_closed());
    // One with a wrong password is as welcome as on any other connection.
    let mut wrong = called(&listener);
    let refused = wrong.ask_to_bind(BindKind::Receiver, NAME, "wrong", 0x34);
    assert_eq!(refused.status, Status::INVALID_PASSWORD);
    assert!(wrong.is_closed());

    let mut receiver = called(&listener);
    assert_eq!(receiver.ask_to_bind(BindKind::Receiver, NAME, PASSWORD, 0x34).status, Status::OK);
    assert_eq!(receiver.delivery().receipt().remote_id, id);
    // As long as it stays, it hears the rest, and nobody calls again.
    smsc.reply_to("8613800001234", "10690000112", "TD?");
    assert_eq!(receiver.delivery().delivered().short_message, b"TD?");
    assert_eq!(receiver.ask(&Pdu::Unbind).command, CommandId::UNBIND_RESP);
    assert!(receiver.is_closed());
    std::thread::sleep(Duration::from_secs(3));
    assert!(listener.accept().is_err(), "nothing waits, so nobody is called");
    smsc.reply_to("8613800001234", "10690000112", "again");
    let mut again = called(&listener);
    assert_eq!(again.ask_to_bind(BindKind::Transceiver, NAME, PASSWORD, 0x34).status, Status::OK);
    assert_eq!(again.delivery().delivered().short_message, b"again");
    server.stop();
    assert!(again.is_closed(), "a stop lets nobody hang");
}

fn pull(server: &Server<'_>) -> Vec<Value> {
    let answer = http::call(&server.address, Some("core-token"), "GET", "/v1/notices?limit=5", &[]).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["notices"].as_array().unwrap().clone()
}

#[test]
fn what_a_bind_is_told_is_not_pulled_and_the_other_way_round() {
    let (folder, _smsc) = setting("pull", "tokens = [\"core-token\"]", "");
    let server = Server::start(&folder);
    let address = door(&server, "smpp");
    let mut sender = Esme::bind(&address, BindKind::Transmitter, NAME, PASSWORD);
    let mut ids = BTreeSet::new();
    for n in 0..10 {
        ids.insert(sender.ask(&Pdu::Submit(message(&format!("138{n:08}"), b"once"))).id());
    }
    server.reaches("/deliver/delivered", 10);
    let ids_of = |notices: &[Value]| -> BTreeSet<String> {
        let id = |notice: &Value| notice["data"]["message"].as_str().unwrap().replace("m-", "");
        notices.iter().map(id).collect()
    };
    let first = pull(&server);
    assert_eq!(first.len(), 5);
    assert_eq!(pull(&server), first, "who pulls twice is shown the same");
    // A bind is told the others, as long as these are the puller's.
    let mut receiver = Esme::bind(&address, BindKind::Receiver, NAME, PASSWORD);
    receiver.answers = false;
    let heard: Vec<_> = (0..5).map(|_| receiver.delivery()).collect();
    let told: BTreeSet<String> = heard.iter().map(|heard| heard.receipt().remote_id).collect();
    assert_eq!(told.union(&ids_of(&first)).cloned().collect::<BTreeSet<_>>(), ids, "each once");
    assert!(receiver.is_quiet(Duration::from_millis(500)));
    // What the bind has in hand is not pulled; what was pulled is acknowledged, and told to nobody.
    assert_eq!(pull(&server), first);
    let names: Vec<&Value> = first.iter().map(|notice| &notice["id"]).collect();
    let body = serde_json::json!({ "notices": names }).to_string();
    let answer =
        http::call(&server.address, Some("core-token"), "POST", "/v1/notices/ack", body.as_bytes()).unwrap();
    assert_eq!(answer.json()["acknowledged"], 5);
    assert!(pull(&server).is_empty());
    heard.iter().for_each(|heard| receiver.answer(heard, Status::OK));
    assert!(receiver.is_quiet(Duration::from_millis(500)));
    server.stop();
    let server = Server::start(&folder);
    assert!(pull(&server).is_empty(), "all is settled");
    server.stop();
}

#[test]
fn a_rate_is_one_whatever_the_way() {
    let (folder, _smsc) = setting("one-rate", "tokens = [\"core-token\"]\ntps = 1", "");
    let server = Server::start(&folder);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    let body = br#"{"messages":[
        {"to":"13800000001","text":"a"},{"to":"13800000002","text":"b"},{"to":"13800000003","text":"c"},
        {"to":"13800000004","text":"d"},{"to":"13800000005","text":"e"},{"to":"13800000006","text":"f"}]}"#;
    let call = || http::call(&server.address, Some("core-token"), "POST", "/v1/messages", body).unwrap();
    // Six at once at one a second: nothing more for five seconds, on whatever way it comes.
    assert_eq!(call().status, 202);
    let status = esme.ask(&Pdu::Submit(message("13800000007", b"g"))).status;
    assert_eq!(status, Status::THROTTLED);
    assert_eq!(call().status, 429);
    server.stop();
}
