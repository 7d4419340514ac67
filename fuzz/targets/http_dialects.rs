//! Any octets as a request, an answer and a callback in every HTTP dialect: nothing panics, nothing is believed that was
//! not signed, and what is signed here verifies and reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use wire::http::encode::{self, Hash};
use wire::http::{Key, Params, Request, Send, alibaba, phone, stamp, standard_webhooks, tencent, twilio};

const NOW: Timestamp = Timestamp(1_795_342_800_000);
const SECRET: &str = "a secret that no input holds";

fuzz_target!(|octets: &[u8]| {
    // Head and body are parted by an empty line, as in what is recorded.
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = end.map_or((octets, &[][..]), |end| (&octets[..end], &octets[end + 4..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let mut start = lines.next().unwrap_or_default().split(' ');
    let method = start.next().unwrap_or_default();
    let (path, raw_query) = start.next().unwrap_or_default().split_once('?').unwrap_or_default();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let request = Request { method, path, raw_query, headers: &headers, body };
    server(&request);
    client(body);
    round_trip(&head);
});

fn server(request: &Request<'_>) {
    if let Ok(presented) = alibaba::present(request) {
        assert!(presented.verify(request, SECRET, presented.signed_at()).is_err(), "believed without a secret");
        let _ = presented.action(request);
    }
    if let Ok(presented) = tencent::present(request) {
        assert!(presented.verify(request, SECRET, presented.signed_at()).is_err(), "believed without a secret");
        let _ = presented.action(request);
    }
    let _ = twilio::Presented::read(request);
    if let Ok(twilio::Call { action: twilio::Action::List(filter), .. }) = twilio::Call::read(request) {
        let _ = twilio::resource::list(request, &filter, &[], Some("token"));
    }
    for hash in [Hash::Sha1, Hash::Sha256] {
        assert!(twilio::callback::verify(request, hash, SECRET, request.path).is_err());
    }
    let secrets: Vec<_> = standard_webhooks::Secret::of(SECRET.as_bytes()).into_iter().collect();
    assert!(standard_webhooks::verify(request, &secrets, NOW).is_err());
}

fn client(body: &[u8]) {
    let to = ["+8613800138000".to_owned()];
    for status in [200, 201, 400, 503] {
        let _ = alibaba::client::read_sent(status, body, &to);
        let _ = alibaba::client::read_details(status, body, "1");
        let _ = alibaba::rcs::read_sent(status, body, &to);
        let _ = alibaba::rcs::read_card_sent(status, body, &to);
        let _ = tencent::client::read_sent(status, body);
        let _ = tencent::client::read_reports(status, body);
        let _ = tencent::client::read_replies(status, body);
        let _ = twilio::client::read_created(status, body, &to[0]);
    }
    if let Ok(reports) = alibaba::callback::read_reports(body) {
        let _ = tencent::callback::push_reports("h", "/", &reports);
        let _ = alibaba::answer::details(&reports, 1, "r");
    }
    if let Ok(replies) = alibaba::callback::read_replies(body) {
        let _ = alibaba::callback::push_replies("h", "/", &replies);
    }
    let _ = tencent::callback::read_reports(body);
    let _ = tencent::callback::read_reply(body);
    let _ = twilio::callback::read(body, NOW);
}

fn round_trip(text: &str) {
    assert_eq!(encode::form_component(&encode::percent(text)), text);
    let _ = (stamp::parse_local(text), stamp::parse_rfc2822(text), stamp::parse_iso(text), phone::split(text));
    let params = Params::Named([("x".to_owned(), text.to_owned())].into());
    let own = |text: &str| Some(format!("x{text}"));
    let send = Send {
        to: vec!["13800138000".to_owned()],
        sign_name: own(text),
        template: own(text),
        params,
        reference: own(text),
        ..Send::default()
    };
    let key = Key { id: "k", secret: SECRET, token: None };
    for scheme in [None, Some(alibaba::v3::Scheme::Sha256), Some(alibaba::v3::Scheme::Sm3)] {
        let account = alibaba::client::Account { key, host: "h", scheme };
        let out = account.send(&send, NOW, "n").expect("everything needed is there");
        let pairs = out.pairs();
        let request = out.as_request(&pairs);
        let presented = alibaba::present(&request).expect("signed above");
        presented.verify(&request, SECRET, NOW).expect("signed above");
        let read = presented.action(&request).expect("written above");
        assert!(read == alibaba::Action::Send(vec![send.clone()]));
    }
}
