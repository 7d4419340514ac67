//! Receipts and customers' messages: read, answered only after `acknowledge`, repeated ones repeated.

use crate::link::{Link, config};
use model::Span;
use wire::smpp::concat::Concat;
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::{self, DataSm, ShortMessage};
use wire::smpp::peer;
use wire::smpp::receipt::{Report, State};
use wire::smpp::session::{Delivery, Event, Inbound, ProtocolError, UNACKNOWLEDGED_MAX, Why};
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, CommandId, Pdu, Status, coding};

const CUSTOMER: Address<'static> = Address::international("8613800001234");
const BANK: Address<'static> = Address::international("1069012345");

fn from_customer(text: &[u8]) -> ShortMessage<'_> {
    ShortMessage { source: CUSTOMER, destination: BANK, short_message: text, ..ShortMessage::default() }
}

fn receipt_text(remote_id: &str, state: State) -> Vec<u8> {
    let mut text = Vec::new();
    let report = Report { remote_id, state, error: 0, submitted: "2605010800", done: "2605010801" };
    report.write_text(&mut text);
    text
}

#[test]
fn a_receipt_is_answered_only_after_the_caller_says_so() {
    let mut link = Link::bound(config());
    let text = receipt_text("m1", State::Delivered);
    let receipt = ShortMessage { esm_class: EsmClass::RECEIPT, ..from_customer(&text) };
    let number = link.carrier.deliver(40, &receipt, link.now).unwrap();
    link.exchange();
    assert!(link.heard.is_empty(), "answered before it was durable: {:?}", link.heard);
    let Some(Event::Delivered { delivery, from, to, content: Delivery::Receipt(receipt) }) = link.said.pop()
    else {
        panic!("a receipt")
    };
    assert_eq!((from.reveal(), to.reveal()), ("8613800001234", "1069012345"));
    assert_eq!((&*receipt.remote_id, receipt.state, receipt.is_final()), ("m1", State::Delivered, true));
    link.client.acknowledge(delivery, link.now);
    link.exchange();
    assert_eq!(
        link.heard,
        [peer::Event::DeliverAnswered { ticket: 40, sequence: number, status: Status::OK }]
    );
}

#[test]
fn what_is_not_acknowledged_comes_again_and_duplicates_are_told_as_they_come() {
    let mut link = Link::bound(config());
    let text = receipt_text("m1", State::Delivered);
    let receipt = ShortMessage { esm_class: EsmClass::RECEIPT, ..from_customer(&text) };
    link.carrier.deliver(1, &receipt, link.now).unwrap();
    link.exchange();
    let Some(Event::Delivered { delivery: first, .. }) = link.said.pop() else { panic!("a receipt") };
    // The process dies here and comes back; the reference of the old connection is worth nothing.
    link.client.disconnected(link.now, Why::ConnectionLost);
    link.carrier.disconnected();
    link.exchange();
    assert_eq!(link.heard[0], peer::Event::DeliverUnanswered { ticket: 1, why: Why::ConnectionLost });
    link.said.clear();
    link.heard.clear();
    link.carrier = crate::link::carrier();
    link.client.connected(link.now);
    link.exchange();
    link.carrier.accept_bind().unwrap();
    link.exchange();
    link.carrier.deliver(1, &receipt, link.now).unwrap();
    link.carrier.deliver(2, &receipt, link.now).unwrap();
    link.client.acknowledge(first, link.now);
    assert!(link.client.output().is_empty(), "an old reference answered over a new connection");
    let again: Vec<_> =
        link.events().into_iter().filter(|event| matches!(event, Event::Delivered { .. })).collect();
    assert_eq!(again.len(), 2);
}

#[test]
fn a_refused_message_tells_the_carrier_to_try_again() {
    let mut link = Link::bound(config());
    link.carrier.deliver(1, &from_customer(b"TD"), link.now).unwrap();
    link.exchange();
    let Some(Event::Delivered { delivery, .. }) = link.said.pop() else { panic!("a message") };
    link.client.refuse(delivery, Status::RECEIVER_TEMPORARY, link.now);
    link.exchange();
    assert!(matches!(
        link.heard[..],
        [peer::Event::DeliverAnswered { ticket: 1, status: Status::RECEIVER_TEMPORARY, .. }]
    ));
}

fn inbound(link: &mut Link) -> Inbound {
    link.exchange();
    let Some(Event::Delivered { delivery, content: Delivery::Message(message), .. }) = link.said.pop() else {
        panic!("a message")
    };
    link.client.acknowledge(delivery, link.now);
    message
}

#[test]
fn a_customers_words_are_read_in_their_alphabet() {
    let mut link = Link::bound(config());
    let mut chinese = Vec::new();
    coding::encode_ucs2(&mut chinese, "退订😀");
    for (data_coding, octets, text) in [
        (coding::DEFAULT, &b"\x00 5\x1be"[..], Some("@ 5€")),
        (coding::ASCII, b"STOP", Some("STOP")),
        (coding::LATIN1, b"caf\xe9", Some("café")),
        (coding::UCS2, &chinese, Some("退订😀")),
        (coding::OCTETS, b"\x01\x02", None),
    ] {
        let message = ShortMessage { data_coding, ..from_customer(octets) };
        link.carrier.deliver(1, &message, link.now).unwrap();
        let got = inbound(&mut link);
        assert_eq!((got.text.as_deref(), &*got.payload.0), (text, octets));
        assert!(!format!("{got:?}").contains("STOP"), "a text was printed");
    }
}

#[test]
fn a_part_of_a_long_message_says_which() {
    let mut link = Link::bound(config());
    let mut chinese = Vec::new();
    coding::encode_ucs2(&mut chinese, "我要投诉");
    let payload = [&[5, 0, 3, 200, 2, 2][..], &chinese].concat();
    let message =
        ShortMessage { data_coding: coding::UCS2, esm_class: EsmClass::UDHI, ..from_customer(&payload) };
    link.carrier.deliver(1, &message, link.now).unwrap();
    let got = inbound(&mut link);
    assert_eq!(got.concat, Some(Concat { reference: 200, total: 2, number: 2 }));
    assert_eq!(got.text.as_deref(), Some("我要投诉"));
}

#[test]
fn a_handset_cannot_write_a_receipt() {
    let mut link = Link::bound(config());
    let forged = receipt_text("m1", State::Delivered);
    link.carrier.deliver(1, &from_customer(&forged), link.now).unwrap();
    assert!(inbound(&mut link).text.unwrap().starts_with("id:m1"));
}

#[test]
fn receipts_come_by_parameters_by_data_sm_and_in_ucs2() {
    let mut link = Link::bound(config());
    let report = Report {
        remote_id: "m2",
        state: State::Undeliverable,
        error: 33,
        submitted: "2605010800",
        done: "2605010801",
    };
    let tlvs = report.tlvs().unwrap();
    let by_parameters = ShortMessage { tlvs: tlvs.view(), ..from_customer(b"") };
    link.carrier.deliver(1, &by_parameters, link.now).unwrap();
    let mut wide = Vec::new();
    coding::encode_ucs2(&mut wide, "id:m2 stat:UNDELIV err:033");
    let in_ucs2 =
        ShortMessage { esm_class: EsmClass::RECEIPT, data_coding: coding::UCS2, ..from_customer(&wide) };
    link.carrier.deliver(2, &in_ucs2, link.now).unwrap();
    link.exchange();
    let data =
        Pdu::Data(DataSm { source: CUSTOMER, destination: BANK, tlvs: tlvs.view(), ..DataSm::default() });
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 900, &data).unwrap();
    link.client.receive(&octets, link.now);
    let events = link.events();
    assert_eq!(events.len(), 3);
    for event in events {
        let Event::Delivered { delivery, content: Delivery::Receipt(receipt), .. } = event else {
            panic!("{event:?}")
        };
        assert_eq!((&*receipt.remote_id, receipt.state), ("m2", State::Undeliverable));
        link.client.output().clear();
        link.client.acknowledge(delivery, link.now);
        let answered = u32::from_be_bytes(*link.client.output()[4..].first_chunk().unwrap());
        assert!([CommandId::DELIVER_SM_RESP.0, CommandId::DATA_SM_RESP.0].contains(&answered));
    }
}

#[test]
fn a_receipt_that_names_no_message_can_still_be_acknowledged() {
    let mut link = Link::bound(config());
    let message = ShortMessage { esm_class: EsmClass::RECEIPT, ..from_customer(b"delivered, trust me") };
    link.carrier.deliver(1, &message, link.now).unwrap();
    match link.events().pop() {
        Some(Event::Delivered { delivery, content: Delivery::UnreadableReceipt(octets), .. }) => {
            assert_eq!(octets.0, b"delivered, trust me");
            link.client.acknowledge(delivery, link.now);
            assert!(!link.client.output().is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_broken_body_costs_one_answer_and_not_the_link() {
    let mut link = Link::bound(config());
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 51, &Pdu::Unknown(CommandId::DELIVER_SM, b"\0\x01\x01861380"))
        .unwrap();
    pdu::encode(&mut octets, Status::OK, 52, &Pdu::Unknown(CommandId(0x0001_0201), b"vendor")).unwrap();
    pdu::encode(&mut octets, Status::OK, 53, &Pdu::Unknown(CommandId(0x8001_0201), b"")).unwrap();
    pdu::encode(&mut octets, Status::OK, 54, &Pdu::Deliver(from_customer(b"still here"))).unwrap();
    link.client.receive(&octets, link.now);
    let mut expected = Vec::new();
    pdu::encode_header(&mut expected, CommandId::DELIVER_SM_RESP, Status::INVALID_COMMAND_LENGTH, 51);
    pdu::encode_header(&mut expected, CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID, 52);
    assert_eq!(link.client.output(), &expected);
    link.client.output().clear();
    let events = link.events();
    let errors: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::ProtocolError { error, body } => Some(format!("{error} [{}]", body.0.len())),
            _ => None,
        })
        .collect();
    assert_eq!(
        errors,
        [
            "deliver_sm, octet 25, destination_addr: expected 1 octet, found the end of the pdu [9]",
            "expected a command of smpp 3.4, found command 0x00010201 [6]",
            "expected a command of smpp 3.4, found command 0x80010201 [0]",
        ]
    );
    assert!(matches!(&events[3], Event::Delivered { content: Delivery::Message(_), .. }));
}

#[test]
fn torn_parameters_do_not_cost_the_receipt() {
    let mut link = Link::bound(config());
    let id = TlvBuf::new().with(Tag::RECEIPTED_MESSAGE_ID, Value::Text(b"m9")).unwrap();
    let message = ShortMessage { tlvs: id.view(), ..from_customer(b"") };
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 60, &Pdu::Deliver(message)).unwrap();
    octets.extend([0, 0]);
    let length = octets.len() as u32;
    octets[..4].copy_from_slice(&length.to_be_bytes());
    link.client.receive(&octets, link.now);
    let events = link.events();
    assert!(
        matches!(&events[0], Event::Delivered { content: Delivery::Receipt(r), .. } if r.remote_id == "m9")
    );
    assert!(matches!(
        &events[1],
        Event::ProtocolError { error: ProtocolError::TornParameters { octets: 2, .. }, .. }
    ));
}

#[test]
fn unbinding_waits_for_acknowledgements_that_are_due() {
    let mut link = Link::bound(config());
    link.carrier.deliver(1, &from_customer(b"hello"), link.now).unwrap();
    link.exchange();
    let Some(Event::Delivered { delivery, .. }) = link.said.pop() else { panic!("a message") };
    link.client.unbind(link.now);
    link.pass(Span::seconds(5));
    assert!(link.heard.is_empty(), "{:?}", link.heard);
    link.client.acknowledge(delivery, link.now);
    link.exchange();
    assert!(matches!(link.heard[0], peer::Event::DeliverAnswered { ticket: 1, .. }));
    assert_eq!(link.heard[1], peer::Event::Unbound);
}

#[test]
fn the_carriers_window_holds_too() {
    let mut link = Link::bound(config());
    let mut sent = 0;
    while link.carrier.window_free() > 0 {
        link.carrier.deliver(sent, &from_customer(b"hello"), link.now).unwrap();
        sent += 1;
    }
    assert_eq!(sent, 100);
    assert!(link.carrier.deliver(sent, &from_customer(b"hello"), link.now).is_err());
    link.pass(Span::seconds(60));
    let unanswered =
        link.heard.iter().filter(|event| matches!(event, peer::Event::DeliverUnanswered { .. })).count();
    assert_eq!(unanswered, 100);
}

#[test]
fn an_alert_is_passed_on() {
    let mut link = Link::bound(config());
    let status = TlvBuf::new().with(Tag::MS_AVAILABILITY_STATUS, Value::One(0)).unwrap();
    let alert = pdu::AlertNotification { source: CUSTOMER, esme: BANK, tlvs: status.view() };
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 70, &Pdu::AlertNotification(alert)).unwrap();
    link.client.receive(&octets, link.now);
    assert!(link.client.output().is_empty(), "alert_notification has no response");
    match &link.events()[..] {
        [Event::Alert { from, availability: Some(0) }] => assert_eq!(from.reveal(), "8613800001234"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_taken_before_the_bind_was_accepted() {
    let mut link = Link::down(config());
    link.client.connected(link.now);
    link.client.output().clear();
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 5, &Pdu::Deliver(from_customer(b"early"))).unwrap();
    link.client.receive(&octets, link.now);
    let mut expected = Vec::new();
    pdu::encode_header(&mut expected, CommandId::DELIVER_SM_RESP, Status::INVALID_BIND_STATUS, 5);
    assert_eq!(link.client.output(), &expected);
    link.client.output().clear();
    let events = link.events();
    assert!(matches!(
        events[..],
        [Event::ProtocolError { error: ProtocolError::UnexpectedRequest(CommandId::DELIVER_SM), .. }]
    ));
}

#[test]
fn a_caller_that_never_acknowledges_cannot_be_drowned() {
    let mut link = Link::bound(config());
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 5, &Pdu::Deliver(from_customer(b"x"))).unwrap();
    let mut kept = Vec::new();
    for _ in 0..UNACKNOWLEDGED_MAX {
        link.client.receive(&octets, link.now);
        match link.client.event() {
            Some(Event::Delivered { delivery, .. }) => kept.push(delivery),
            other => panic!("{other:?}"),
        }
    }
    assert!(link.client.output().is_empty());
    link.client.receive(&octets, link.now);
    assert_eq!(&link.client.output()[8..12], &Status::RECEIVER_TEMPORARY.0.to_be_bytes());
    assert!(matches!(
        link.client.event(),
        Some(Event::ProtocolError { error: ProtocolError::TooManyUnacknowledged { .. }, .. })
    ));
    link.client.acknowledge(kept.pop().unwrap(), link.now);
    link.client.receive(&octets, link.now);
    assert!(matches!(link.client.event(), Some(Event::Delivered { .. })));
}
