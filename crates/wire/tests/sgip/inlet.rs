//! The connection the gateway makes: who is let in, reports, messages, and that nothing is answered before the caller says so.

use crate::link::{Back, GATEWAY_NODE, NODE, START, inlet_config, outlet_config};
use model::Span;
use wire::sgip::pdu::{self, Bind, Deliver, Report};
use wire::sgip::session::{Delivery, DeliveryRef, Event, ProtocolError, SubmitError, Why};
use wire::sgip::{Inlet, MsgFmt, Pdu, Sequence, Status, peer};
use wire::smpp::receipt::State;

const ID: Sequence = Sequence { node: NODE, time: 501_080_000, counter: 17 };

fn report(state: u8, error_code: u8) -> Report<'static> {
    Report { submit: ID, report_type: 0, user_number: b"8613000001234", state, error_code }
}

/// The one delivery that was said, with what came with it.
fn delivered(back: &mut Back) -> (DeliveryRef, String, String, Delivery) {
    back.exchange();
    let Some(Event::Delivered { delivery, from, to, content }) = back.said.pop() else {
        panic!("{:?}", back.said)
    };
    assert!(back.said.is_empty(), "{:?}", back.said);
    assert!(!format!("{from:?} {to:?} {content:?}").contains("861"), "a number was printed");
    (delivery, from.reveal().to_owned(), to.reveal().to_owned(), content)
}

#[test]
fn a_report_names_the_submit_in_its_notation_and_is_answered_when_it_is_durable() {
    for (state, code, expected, error, last) in [
        (0, 0, State::Delivered, None, true),
        (1, 0, State::Enroute, None, false),
        (2, 25, State::Undeliverable, Some("25"), true),
        (9, 0, State::Unknown, None, false),
    ] {
        let mut back = Back::bound();
        back.outlet.report(3, &report(state, code), back.now).unwrap();
        let (delivery, from, to, content) = delivered(&mut back);
        let Delivery::Receipt(receipt) = content else { panic!("{content:?}") };
        assert_eq!((&*receipt.remote_id, receipt.state), ("3001099999:0501080000:17", expected));
        assert_eq!((receipt.error.as_deref(), receipt.is_final()), (error, last));
        assert_eq!((&*from, &*to), ("8613000001234", ""));
        assert!(back.heard.is_empty(), "answered before it was durable");
        back.inlet.acknowledge(delivery, back.now);
        back.exchange();
        assert_eq!(back.heard, [peer::Event::DeliverAnswered { ticket: 3, status: Status::OK }]);
    }
}

#[test]
fn a_report_between_gateways_is_not_about_us() {
    let mut back = Back::bound();
    back.outlet.report(3, &Report { report_type: 1, ..report(0, 0) }, back.now).unwrap();
    let (delivery, _, _, content) = delivered(&mut back);
    assert!(matches!(content, Delivery::UnreadableReceipt(octets) if octets.0.len() == 44));
    back.inlet.refuse(delivery, Status::BAD_SEQUENCE, back.now);
    back.exchange();
    assert_eq!(back.heard, [peer::Event::DeliverAnswered { ticket: 3, status: Status::BAD_SEQUENCE }]);
}

#[test]
fn messages_are_read_in_their_alphabet_and_parts_say_where_they_belong() {
    let mut content = vec![6, 8, 4, 1, 2, 3, 3];
    wire::msg_fmt::encode_gbk(&mut content, "退订").unwrap();
    let mut back = Back::bound();
    let message = Deliver {
        user_number: b"8613000001234",
        sp_number: b"1065510198",
        tp_udhi: 1,
        message_coding: MsgFmt::GBK,
        content: &content,
        ..Deliver::default()
    };
    back.outlet.deliver(3, &message, back.now).unwrap();
    let (delivery, from, to, content) = delivered(&mut back);
    let Delivery::Message(message) = content else { panic!("{content:?}") };
    let part = message.concat.unwrap();
    assert_eq!((part.reference, part.total, part.number), (0x102, 3, 3));
    assert_eq!((message.text.as_deref(), &*from, &*to), (Some("退订"), "8613000001234", "1065510198"));
    back.inlet.acknowledge(delivery, back.now);
    back.exchange();
    assert_eq!(back.heard, [peer::Event::DeliverAnswered { ticket: 3, status: Status::OK }]);
}

#[test]
fn only_who_knows_name_and_password_gets_in() {
    for (name, password, login_type, status) in [
        ("unicom", "wrong", 2, Status::BAD_LOGIN),
        ("other", "their secret", 2, Status::BAD_LOGIN),
        ("unicom", "their secret", 1, Status::BAD_LOGIN_TYPE),
        ("", "", 2, Status::BAD_LOGIN),
    ] {
        let mut inlet = Inlet::new(inlet_config(), 1, START);
        let bind = Bind { login_type, login_name: name.as_bytes(), password: password.as_bytes() };
        let mut octets = Vec::new();
        pdu::encode(&mut octets, Sequence::default(), &Pdu::Bind(bind)).unwrap();
        inlet.receive(&octets, START);
        assert_eq!((inlet.output()[20], inlet.output().len()), (status.0, 29));
        assert_eq!(inlet.event(), Some(Event::BindRefused { status }));
        assert_eq!(inlet.event(), Some(Event::Closed { why: Why::BindRefused(status), may_retry_at: None }));
    }
    let mut wrong = outlet_config();
    wrong.password = "wrong".to_owned();
    let back = Back::with(wrong);
    assert_eq!(back.heard[0], peer::Event::BindRefused { status: Status::BAD_LOGIN });
    assert!(!format!("{:?} {:?}", back.inlet, back.outlet).contains("secret"), "a password was printed");
}

#[test]
fn a_report_from_a_stranger_is_refused_and_never_told() {
    let mut inlet = Inlet::new(inlet_config(), 1, START);
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Sequence::default(), &Pdu::Report(report(0, 0))).unwrap();
    inlet.receive(&octets, START);
    assert_eq!(inlet.output()[20], Status::BAD_LOGIN.0);
    assert!(matches!(
        inlet.event(),
        Some(Event::ProtocolError { error: ProtocolError::UnexpectedRequest(_), .. })
    ));
    assert_eq!(inlet.event(), None);
    let until = inlet.deadline().unwrap();
    assert_eq!(until, START.after(Span::seconds(10)));
    inlet.tick(until);
    assert_eq!(inlet.event(), Some(Event::Closed { why: Why::BindTimeout, may_retry_at: None }));
    assert_eq!(inlet.deadline(), None);
}

#[test]
fn mistakes_are_answered_and_the_connection_stays() {
    let mut back = Back::bound();
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Sequence::default(), &Pdu::Report(report(0, 0))).unwrap();
    octets.truncate(40);
    octets[3] = 40;
    pdu::encode(&mut octets, Sequence::default(), &Pdu::Bind(Bind::default())).unwrap();
    pdu::encode(
        &mut octets,
        Sequence::default(),
        &Pdu::Submit(pdu::Submit {
            user_numbers: wire::sgip::Numbers::List(&["86"]),
            ..pdu::Submit::default()
        }),
    )
    .unwrap();
    back.inlet.receive(&octets, back.now);
    let answers = std::mem::take(back.inlet.output());
    let results: Vec<u8> = answers.chunks(29).map(|answer| answer[20]).collect();
    assert_eq!(results, [Status::BAD_LENGTH.0, Status::REPEATED_LOGIN.0, Status::BAD_COMMAND.0]);
    assert!(back.inlet.is_bound());
    back.inlet.receive(&[0, 0, 0, 19], back.now);
    assert!(!back.inlet.is_bound());
}

#[test]
fn an_answer_goes_back_over_its_own_connection_or_not_at_all() {
    let mut back = Back::bound();
    back.outlet.report(3, &report(0, 0), back.now).unwrap();
    let (delivery, ..) = delivered(&mut back);
    let mut other = Inlet::new(inlet_config(), 8, START);
    other.acknowledge(delivery, START);
    assert!(other.output().is_empty());
    back.outlet.report(4, &report(0, 0), back.now).unwrap();
    let (delivery, ..) = delivered(&mut back);
    back.inlet.disconnected();
    back.inlet.acknowledge(delivery, back.now);
    assert!(back.inlet.output().is_empty());
    assert_eq!(back.inlet.event(), Some(Event::Closed { why: Why::ConnectionLost, may_retry_at: None }));
}

#[test]
fn ending_waits_for_what_is_due_and_refuses_what_is_new() {
    let mut back = Back::bound();
    back.outlet.report(3, &report(0, 0), back.now).unwrap();
    let (delivery, ..) = delivered(&mut back);
    back.inlet.unbind(back.now);
    back.outlet.report(4, &report(0, 0), back.now).unwrap();
    back.exchange();
    assert_eq!(back.heard, [peer::Event::DeliverAnswered { ticket: 4, status: Status::BUSY }]);
    back.inlet.acknowledge(delivery, back.now);
    back.exchange();
    assert_eq!(back.heard.last(), Some(&peer::Event::DeliverAnswered { ticket: 3, status: Status::OK }));
    assert_eq!(back.said, [Event::Closed { why: Why::Unbound, may_retry_at: None }]);
}

#[test]
fn a_gateway_that_unbinds_or_falls_silent_is_let_go() {
    let mut back = Back::bound();
    back.outlet.unbind(back.now);
    back.exchange();
    assert_eq!(back.said, [Event::PeerUnbound, Event::Closed { why: Why::PeerUnbound, may_retry_at: None }]);
    assert_eq!(back.heard, [peer::Event::Closed { why: Why::Unbound }]);
    let mut back = Back::bound();
    assert_eq!(back.inlet.deadline(), Some(START.after(Span::hours(1))));
    back.inlet.tick(START.after(Span::hours(1)));
    assert_eq!(back.inlet.event(), Some(Event::Closed { why: Why::PeerSilent, may_retry_at: None }));
}

#[test]
fn the_gateway_keeps_its_window_and_hears_of_silence() {
    let mut back = Back::bound();
    for ticket in 0..16 {
        back.outlet.report(ticket, &report(0, 0), back.now).unwrap();
    }
    assert_eq!(back.outlet.report(16, &report(0, 0), back.now), Err(SubmitError::Full { window: 16 }));
    back.exchange();
    assert_eq!(back.said.len(), 16);
    back.outlet.tick(back.outlet.deadline().unwrap());
    back.exchange();
    assert_eq!((back.heard.len(), back.outlet.window_free()), (16, 16));
    let next = back.outlet.next_counter();
    back.outlet.disconnected();
    assert_eq!(back.outlet.next_counter(), next, "its numbers began again");
    assert_eq!(GATEWAY_NODE, outlet_config().node);
}
