//! What comes from the gateway: reports, messages, mistakes; and that nothing is answered before the caller says so.

use crate::link::{Link, config};
use model::Span;
use wire::clock::CHINA_AHEAD;
use wire::smgp::pdu::{self, Deliver};
use wire::smgp::receipt::{IdForm, Report, State};
use wire::smgp::session::{Delivery, DeliveryRef, Event, ProtocolError, Why};
use wire::smgp::tlv::{Tag, Tlvs, append};
use wire::smgp::{MsgFmt, MsgId, Pdu, Status, peer};

const ID: MsgId = MsgId([0x05, 0x90, 0x01, 0x05, 0x01, 0x08, 0x00, 0x00, 0x00, 0x07]);

fn report(content: &[u8]) -> Deliver<'_> {
    Deliver {
        msg_id: MsgId([9; 10]),
        is_report: 1,
        recv_time: b"20260501080000",
        src_term_id: b"13800001234",
        dest_term_id: b"1065900012",
        msg_content: content,
        ..Deliver::default()
    }
}

/// The one delivery that was said, with what came with it.
fn delivered(link: &mut Link) -> (DeliveryRef, String, String, Delivery) {
    let mut events = link.events();
    let Some(Event::Delivered { delivery, from, to, content }) = events.pop() else { panic!("{events:?}") };
    assert!(events.is_empty(), "{events:?}");
    assert!(!format!("{from:?} {to:?} {content:?}").contains("138"), "a number was printed");
    (delivery, from.reveal().to_owned(), to.reveal().to_owned(), content)
}

#[test]
fn a_report_is_matched_by_its_id_and_answered_when_it_is_durable() {
    for form in [IdForm::Raw, IdForm::Hex] {
        let mut link = Link::bound(config());
        let mut text = Vec::new();
        let written = Report {
            id: ID,
            stat: "DELIVRD",
            err: "000",
            submitted: link.now,
            done: link.now.after(Span::seconds(61)),
        };
        written.write(&mut text, form, CHINA_AHEAD);
        link.gateway.deliver(3, &report(&text), link.now).unwrap();
        let (delivery, from, to, content) = delivered(&mut link);
        let Delivery::Receipt(receipt) = content else { panic!("{content:?}") };
        assert_eq!((&*receipt.remote_id, receipt.state), ("05900105010800000007", State::Delivered));
        assert_eq!(receipt.done.unwrap().at(CHINA_AHEAD), link.now.after(Span::seconds(60)));
        assert_eq!((&*from, &*to), ("13800001234", "1065900012"));
        link.exchange();
        assert!(link.heard.is_empty(), "answered before it was durable");
        link.client.acknowledge(delivery, link.now);
        // The answer names the Deliver, not the message.
        assert_eq!(link.client.output()[12..22], [9; 10]);
        link.exchange();
        assert_eq!(link.heard, [peer::Event::DeliverAnswered { ticket: 3, sequence: 1, status: Status::OK }]);
    }
}

#[test]
fn a_report_that_names_nothing_is_kept_and_can_be_refused() {
    let mut link = Link::bound(config());
    link.gateway.deliver(3, &report(b"what is this"), link.now).unwrap();
    let (delivery, _, _, content) = delivered(&mut link);
    assert!(matches!(content, Delivery::UnreadableReceipt(octets) if octets.0 == b"what is this"));
    link.client.refuse(delivery, Status::BUSY, link.now);
    link.exchange();
    assert_eq!(link.heard, [peer::Event::DeliverAnswered { ticket: 3, sequence: 1, status: Status::BUSY }]);
}

#[test]
fn a_text_that_looks_like_a_report_is_a_text() {
    let mut link = Link::bound(config());
    let text = b"id:0123456789 sub:001 dlvrd:001 stat:DELIVRD err:000";
    link.gateway.deliver(3, &Deliver { is_report: 0, ..report(text) }, link.now).unwrap();
    let (_delivery, _, _, content) = delivered(&mut link);
    let Delivery::Message(message) = content else { panic!("{content:?}") };
    assert_eq!(message.text.as_deref().map(str::as_bytes), Some(&text[..]));
}

#[test]
fn messages_are_read_in_their_alphabet_and_parts_say_where_they_belong() {
    let mut gbk = vec![5, 0, 3, 7, 2, 1];
    wire::msg_fmt::encode_gbk(&mut gbk, "退订").unwrap();
    for udhi in [&[1][..], &[0x40], &[0, 1]] {
        let mut link = Link::bound(config());
        let mut tlvs = Vec::new();
        append(&mut tlvs, Tag::TP_UDHI, udhi).unwrap();
        let message =
            Deliver { is_report: 0, msg_format: MsgFmt::GBK, tlvs: Tlvs::cut(&tlvs), ..report(&gbk) };
        link.gateway.deliver(3, &message, link.now).unwrap();
        let (_delivery, _, _, content) = delivered(&mut link);
        let Delivery::Message(message) = content else { panic!("{content:?}") };
        let part = message.concat.unwrap();
        assert_eq!((part.reference, part.total, part.number), (7, 2, 1));
        assert_eq!(message.text.as_deref(), Some("退订"));
        assert!(!format!("{message:?}").contains("退订"), "a text was printed");
    }
}

#[test]
fn a_body_that_cannot_be_read_costs_one_answer_and_torn_parameters_nothing() {
    let mut link = Link::bound(config());
    let mut octets = Vec::new();
    pdu::encode(&mut octets, 5, &Pdu::Deliver(report(b"x"))).unwrap();
    octets.truncate(60);
    octets[3] = 60;
    // A Query is not served here, a Deliver with a torn end is.
    octets.extend([0, 0, 0, 12, 0, 0, 0, 7, 0, 0, 0, 6]);
    let start = octets.len();
    pdu::encode(&mut octets, 7, &Pdu::Deliver(Deliver { is_report: 0, ..report(b"hello") })).unwrap();
    octets.extend([0, 2, 0, 9, 1]);
    octets[start + 3] += 5;
    link.client.receive(&octets, link.now);
    let answers = std::mem::take(link.client.output());
    assert_eq!(answers[..12], [0, 0, 0, 26, 0x80, 0, 0, 3, 0, 0, 0, 5]);
    assert_eq!(answers[22..26], Status::BAD_STRUCTURE.0.to_be_bytes());
    assert_eq!(answers[26..], [0, 0, 0, 12, 0x80, 0, 0, 7, 0, 0, 0, 6]);
    let events = link.events();
    assert!(matches!(events[0], Event::ProtocolError { error: ProtocolError::Body(_), .. }), "{events:?}");
    assert!(matches!(events[1], Event::ProtocolError { error: ProtocolError::UnknownCommand(_), .. }));
    assert!(matches!(events[2], Event::Delivered { content: Delivery::Message(_), .. }));
    assert!(matches!(
        events[3],
        Event::ProtocolError { error: ProtocolError::TornParameters { octets: 5, .. }, .. }
    ));
    assert!(link.client.is_bound());
}

#[test]
fn an_acknowledgement_never_answers_over_another_connection() {
    let mut link = Link::bound(config());
    link.gateway.deliver(3, &report(b"id:0123456789"), link.now).unwrap();
    let (delivery, ..) = delivered(&mut link);
    link.client.disconnected(link.now, Why::ConnectionLost);
    link.client.connected(link.now);
    link.client.output().clear();
    link.client.acknowledge(delivery, link.now);
    assert!(link.client.output().is_empty());
}

#[test]
fn delivers_that_are_not_answered_come_back_to_the_gateway() {
    let mut link = Link::bound(config());
    for ticket in 0..16 {
        link.gateway.deliver(ticket, &report(b"id:0123456789"), link.now).unwrap();
    }
    assert!(link.gateway.deliver(16, &report(b"x"), link.now).is_err());
    assert_eq!(link.gateway.window_free(), 0);
    link.pass(Span::seconds(60));
    let unanswered = link
        .heard
        .iter()
        .filter(|event| matches!(event, peer::Event::DeliverUnanswered { why: Why::ResponseTimeout, .. }));
    assert_eq!((unanswered.count(), link.gateway.window_free()), (16, 16));
}
