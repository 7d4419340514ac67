//! Every adapter against the gateway's half of its protocol: what it sends, and what it makes of what comes.

use super::cmpp::Cmpp;
use super::sgip::{Incoming, Sgip};
use super::smgp::Smgp;
use super::*;
use engine::world::{StreamAccount, StreamProtocol};
use model::Span;
use wire::clock::CHINA_AHEAD;
use wire::msg_fmt::encode_gbk;

const NOW: Timestamp = Timestamp(1_777_593_600_000);
const SECRET: &str = "888888";

fn account(protocol: StreamProtocol) -> StreamAccount {
    StreamAccount {
        protocol,
        address: "127.0.0.1:7890".to_owned(),
        user: "900001".to_owned(),
        password: SECRET.to_owned(),
        service: "HELP".to_owned(),
        corporation: "99999".to_owned(),
        node: 3_001_099_999,
        listen: None,
        response_timeout: Span::seconds(10),
        enquire_after: Span::seconds(60),
    }
}

fn part<'a>(text: &'a str, total: u8, number: u8) -> Part<'a> {
    Part {
        source: "106900018",
        to: "8613800000001",
        text,
        encoding: if text.is_ascii() { Encoding::Gsm7 } else { Encoding::Ucs2 },
        place: Concat { reference: 7, total, number },
        how: Concatenation::Udh,
        expires: NOW.after(Span::hours(1)),
    }
}

/// Bytes both ways until nobody has any.
macro_rules! exchange {
    ($client:expr, $gateway:expr, $receive:expr) => {
        loop {
            let up = std::mem::take($client.output());
            let down = std::mem::take($gateway.output());
            if up.is_empty() && down.is_empty() {
                break;
            }
            $receive(&mut $gateway, &up);
            $client.receive(&down, NOW);
        }
    };
}

fn submitted(event: Option<Event>, expected: u64) -> String {
    match event {
        Some(Event::Submitted { ticket, remote }) if ticket == expected && !remote.is_empty() => remote,
        other => panic!("expected a part that was taken, found {other:?}"),
    }
}

fn throttled(event: Option<Event>, expected: u64) {
    match event {
        Some(Event::Refused { ticket, refusal }) if ticket == expected => {
            assert_eq!(refusal.class, Class::Throttled);
        }
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// A receipt about `remote`, and then a message in GBK; returns what to answer them with.
fn heard(client: &mut dyn Protocol, remote: &str, failed: Option<&str>) -> Vec<Ref> {
    let Some(Event::Delivered { delivery: first, content, .. }) = client.event() else {
        panic!("no receipt")
    };
    let Content::Receipt { remote: about, state, error } = content else { panic!("{content:?}") };
    assert_eq!((about.as_str(), error.as_deref()), (remote, failed));
    let expected = if failed.is_some() { ReceiptState::Undeliverable } else { ReceiptState::Delivered };
    assert_eq!(state, expected);
    let Some(Event::Delivered { delivery, from, to, content }) = client.event() else { panic!("no message") };
    let Content::Message { text, place: None, .. } = content else { panic!("{content:?}") };
    assert_eq!(
        (from.digits.as_str(), to.digits.as_str(), text.as_deref()),
        ("13800000001", "106900018", Some("退订"))
    );
    vec![first, delivery]
}

fn gbk() -> Vec<u8> {
    let mut octets = Vec::new();
    encode_gbk(&mut octets, "退订").unwrap();
    octets
}

#[test]
fn cmpp_takes_parts_and_brings_reports_and_messages() {
    use wire::cmpp::pdu::Deliver;
    use wire::cmpp::peer::{self, Account, Event as Heard, ReportDelivery, ServerSession};
    use wire::cmpp::report::{Outcome, Stat, wall_time};
    use wire::cmpp::{MsgId, ResultCode};
    for protocol in [StreamProtocol::Cmpp20, StreamProtocol::Cmpp30] {
        let mut client = Cmpp::new(&account(protocol), SECRET, 16, 1).unwrap();
        let mut gateway = ServerSession::new(peer::Config::default(), NOW);
        let receive = |gateway: &mut ServerSession, bytes: &[u8]| gateway.receive(bytes, NOW);
        client.connected(NOW);
        exchange!(client, gateway, receive);
        let Some(Heard::Bind(request)) = gateway.event() else { panic!("no login") };
        let known = Account { secret: SECRET, version: None, skew_max: None, ahead: CHINA_AHEAD };
        let version = request.check(&known, NOW).unwrap();
        gateway.accept_bind(SECRET, version);
        exchange!(client, gateway, receive);
        assert!(matches!(client.event(), Some(Event::Bound { .. })) && client.is_open());
        client.submit(1, &part("您好", 2, 2), NOW).unwrap();
        client.submit(2, &part("balance", 1, 1), NOW).unwrap();
        exchange!(client, gateway, receive);
        let mut sequences = Vec::new();
        while let Some(Heard::Submit { sequence, message }) = gateway.event() {
            assert_eq!((message.src_id.as_str(), message.registered_delivery), ("106900018", 1));
            assert_eq!(message.destinations[0].reveal(), "13800000001");
            sequences.push((
                sequence,
                message.msg_fmt.0,
                message.concat.map(|c| (c.total, c.number)),
                message.pk,
            ));
        }
        let [(first, 8, Some((2, 2)), (2, 2)), (second, 0, None, _)] = sequences[..] else {
            panic!("{sequences:?}")
        };
        gateway.answer_submit(first, ResultCode::OK, MsgId(77));
        gateway.answer_submit(second, ResultCode::FLOW, MsgId(0));
        exchange!(client, gateway, receive);
        let remote = submitted(client.event(), 1);
        throttled(client.event(), 2);
        let outcome = Outcome {
            msg_id: MsgId(77),
            stat: Stat(*b"MK:0011"),
            submitted: wall_time(NOW, CHINA_AHEAD),
            done: wall_time(NOW, CHINA_AHEAD),
            destination: "13800000001",
            smsc_sequence: 1,
        };
        let report = ReportDelivery { msg_id: MsgId(1), dest_id: "106900018", service_id: "HELP", outcome };
        gateway.deliver_report(1, &report, NOW).unwrap();
        let (content, format) = (gbk(), wire::cmpp::MsgFmt::GBK);
        let message = Deliver {
            msg_id: MsgId(2),
            dest_id: b"106900018",
            msg_fmt: format,
            src_terminal_id: b"13800000001",
            content: &content,
            ..Deliver::default()
        };
        gateway.deliver(2, &message, NOW).unwrap();
        exchange!(client, gateway, receive);
        let refs = heard(&mut client, &remote, Some("MK:0011"));
        assert!(gateway.event().is_none(), "nothing is answered before it is durable");
        refs.into_iter().for_each(|delivery| client.acknowledge(delivery, NOW));
        exchange!(client, gateway, receive);
        let answered = std::iter::from_fn(|| gateway.event());
        assert_eq!(answered.filter(|e| matches!(e, Heard::DeliverAnswered { .. })).count(), 2);
    }
}

#[test]
fn smgp_takes_parts_and_brings_reports_and_messages() {
    use wire::smgp::pdu::Deliver;
    use wire::smgp::peer::{self, Event as Heard, ServerSession};
    use wire::smgp::receipt::{IdForm, Report};
    use wire::smgp::{MsgId, Status};
    let mut client = Smgp::new(&account(StreamProtocol::Smgp30), SECRET, 16, 1).unwrap();
    let mut gateway = ServerSession::new(peer::Config::default(), NOW);
    let receive = |gateway: &mut ServerSession, bytes: &[u8]| gateway.receive(bytes, NOW);
    client.connected(NOW);
    exchange!(client, gateway, receive);
    let Some(Heard::Bind(request)) = gateway.event() else { panic!("no login") };
    assert!(request.knows(SECRET));
    gateway.accept_bind(SECRET).unwrap();
    exchange!(client, gateway, receive);
    assert!(matches!(client.event(), Some(Event::Bound { .. })) && client.is_open());
    client.submit(1, &part("您好", 2, 1), NOW).unwrap();
    client.submit(2, &part("balance", 1, 1), NOW).unwrap();
    exchange!(client, gateway, receive);
    let mut sequences = Vec::new();
    while let Some(Heard::Submit { sequence, message }) = gateway.event() {
        assert_eq!((message.source.reveal(), message.report), ("106900018", true));
        assert_eq!(message.destinations[0].reveal(), "13800000001");
        sequences.push((sequence, message.msg_format.0, message.concat.map(|c| (c.total, c.number))));
    }
    let [(first, 8, Some((2, 1))), (second, 0, None)] = sequences[..] else { panic!("{sequences:?}") };
    let id = MsgId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let busy = *Status::ALL.iter().find(|status| status.class() == Class::Throttled).unwrap();
    gateway.answer_submit(first, Status::OK, id).unwrap();
    gateway.answer_submit(second, busy, MsgId::NONE).unwrap();
    exchange!(client, gateway, receive);
    let remote = submitted(client.event(), 1);
    throttled(client.event(), 2);
    let mut told = Vec::new();
    Report { id, stat: "DELIVRD", err: "000", submitted: NOW, done: NOW }.write(
        &mut told,
        IdForm::Raw,
        CHINA_AHEAD,
    );
    let content = gbk();
    for (ticket, is_report, octets) in [(1, 1, &told), (2, 0, &content)] {
        let message = Deliver {
            msg_id: id,
            is_report,
            msg_format: if is_report == 1 { MsgFmt::ASCII } else { MsgFmt::GBK },
            recv_time: b"20260501080000",
            src_term_id: b"13800000001",
            dest_term_id: b"106900018",
            msg_content: octets,
            tlvs: wire::smgp::tlv::Tlvs::default(),
        };
        gateway.deliver(ticket, &message, NOW).unwrap();
    }
    exchange!(client, gateway, receive);
    let refs = heard(&mut client, &remote, None);
    refs.into_iter().for_each(|delivery| client.acknowledge(delivery, NOW));
    exchange!(client, gateway, receive);
    let answered = std::iter::from_fn(|| gateway.event());
    assert_eq!(answered.filter(|e| matches!(e, Heard::DeliverAnswered { .. })).count(), 2);
}

#[test]
fn sgip_takes_parts_and_its_gateway_brings_reports_and_messages() {
    use wire::sgip::pdu::{Deliver, Report};
    use wire::sgip::peer::{self, Event as Heard, Outlet, OutletConfig, ServerSession};
    use wire::sgip::{Status, inlet};
    let mut client = Sgip::new(&account(StreamProtocol::Sgip12), SECRET, 16, 3, 1).unwrap();
    let mut gateway = ServerSession::new(peer::Config::default(), NOW);
    let receive = |gateway: &mut ServerSession, bytes: &[u8]| gateway.receive(bytes, NOW);
    client.connected(NOW);
    exchange!(client, gateway, receive);
    assert!(matches!(gateway.event(), Some(Heard::Bind(_))));
    gateway.accept_bind();
    exchange!(client, gateway, receive);
    assert!(matches!(client.event(), Some(Event::Bound { .. })) && client.is_open());
    client.submit(1, &part("您好", 2, 1), NOW).unwrap();
    client.submit(2, &part("balance", 1, 1), NOW).unwrap();
    exchange!(client, gateway, receive);
    let mut sequences = Vec::new();
    while let Some(Heard::Submit { sequence, message }) = gateway.event() {
        assert_eq!((message.source.reveal(), message.corp_id.as_str()), ("106900018", "99999"));
        assert_eq!(message.destinations[0].reveal(), "8613800000001");
        sequences.push((sequence, message.msg_format.0, message.concat.map(|c| (c.total, c.number))));
    }
    let [(first, 8, Some((2, 1))), (second, 0, None)] = sequences[..] else { panic!("{sequences:?}") };
    let busy = *Status::ALL.iter().find(|status| status.class() == Class::Throttled).unwrap();
    gateway.answer_submit(first, Status::OK);
    gateway.answer_submit(second, busy);
    exchange!(client, gateway, receive);
    let remote = submitted(client.event(), 1);
    throttled(client.event(), 2);

    let mut inlet = Incoming::new(inlet::Config::new("900001", SECRET), 1, NOW);
    let mut outlet = Outlet::connected(OutletConfig::new("900001", SECRET, 1), 1, NOW).unwrap();
    let receive = |outlet: &mut Outlet, bytes: &[u8]| outlet.receive(bytes);
    exchange!(inlet, outlet, receive);
    assert!(matches!(inlet.event(), Some(Event::Bound { .. })) && !inlet.is_open());
    assert!(inlet.dial_at().is_none() && inlet.submit(3, &part("x", 1, 1), NOW).is_err());
    let report =
        Report { submit: first, report_type: 0, user_number: b"13800000001", state: 0, error_code: 0 };
    outlet.report(1, &report, NOW).unwrap();
    let content = gbk();
    let message = Deliver {
        user_number: b"13800000001",
        sp_number: b"106900018",
        tp_pid: 0,
        tp_udhi: 0,
        message_coding: MsgFmt::GBK,
        content: &content,
    };
    outlet.deliver(2, &message, NOW).unwrap();
    exchange!(inlet, outlet, receive);
    let refs = heard(&mut inlet, &remote, None);
    refs.into_iter().for_each(|delivery| inlet.acknowledge(delivery, NOW));
    exchange!(inlet, outlet, receive);
    let answered = std::iter::from_fn(|| outlet.event());
    assert_eq!(answered.filter(|e| matches!(e, Heard::DeliverAnswered { .. })).count(), 2);
}
