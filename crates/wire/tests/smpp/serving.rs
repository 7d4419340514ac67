//! The carrier's side as a server for ESMEs: every operation, everything an event carries, versions, receipts.

use crate::link::{Link, START, config};
use model::Span;
use wire::smpp::concat::Concat;
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::pdu::{
    self, Bind, CancelSm, DataSm, Destination, QueryResp, QuerySm, ReplaceSm, ShortMessage, SubmitMulti,
    Unsuccessful,
};
use wire::smpp::peer::{self, Event, Receipt, ReceiptForm, Recipient, ServerSession};
use wire::smpp::receipt::{Report, State};
use wire::smpp::session::{Delivery, Event as Said, SubmitError, Why};
use wire::smpp::time::When;
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, BindKind, CommandId, Npi, Pdu, Status, Ton, frame};

const CUSTOMER: Address<'static> = Address::international("8613800001234");
const BANK: Address<'static> = Address::international("1069012345");

/// A session that an ESME has bound, with its version.
pub(crate) fn bound(config: peer::Config, kind: BindKind, version: u8) -> ServerSession {
    let mut session = ServerSession::new(config, START);
    let bind =
        Bind { system_id: b"esme", password: b"secret08", interface_version: version, ..Bind::default() };
    tell(&mut session, 1, &Pdu::Bind(kind, bind));
    assert!(matches!(session.event(), Some(Event::Bind(_))));
    session.accept_bind().unwrap();
    session
}

pub(crate) fn serving(kind: BindKind) -> ServerSession {
    let mut session = bound(peer::Config::new("SMSC"), kind, 0x34);
    session.output().clear();
    session
}

pub(crate) fn tell(session: &mut ServerSession, sequence: u32, pdu: &Pdu<'_>) {
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, sequence, pdu).unwrap();
    session.receive(&octets, START);
}

/// What the session wrote: command, status and number of each PDU, and its body.
pub(crate) fn wrote(session: &mut ServerSession) -> Vec<(CommandId, Status, u32, Vec<u8>)> {
    let octets = std::mem::take(session.output());
    let mut stream = &octets[..];
    let mut found = Vec::new();
    while let Some(frame) = frame::split(&mut stream).unwrap() {
        found.push((frame.command, frame.status, frame.sequence, frame.body.to_vec()));
    }
    found
}

fn parameters() -> TlvBuf {
    TlvBuf::new()
        .with(Tag::USER_MESSAGE_REFERENCE, Value::Two(4_660))
        .and_then(|tlvs| tlvs.with(Tag::SOURCE_PORT, Value::Two(9_200)))
        .and_then(|tlvs| tlvs.with(Tag::DESTINATION_PORT, Value::Two(2_948)))
        .and_then(|tlvs| tlvs.with(Tag::SAR_MSG_REF_NUM, Value::Two(700)))
        .and_then(|tlvs| tlvs.with(Tag::SAR_TOTAL_SEGMENTS, Value::One(3)))
        .and_then(|tlvs| tlvs.with(Tag::SAR_SEGMENT_SEQNUM, Value::One(2)))
        .and_then(|tlvs| tlvs.with(Tag::BILLING_IDENTIFICATION, Value::Octets(b"cost centre 7")))
        .and_then(|tlvs| tlvs.with(Tag(0x1401), Value::Octets(b"\x01\0vendor")))
        .unwrap()
}

#[test]
fn a_bind_says_everything_it_said() {
    let mut session = ServerSession::new(peer::Config::new("SMSC"), START);
    let bind = Bind {
        system_id: b"esme",
        password: b"secret08",
        system_type: b"VMA",
        interface_version: 0x50,
        addr_ton: Ton::INTERNATIONAL,
        addr_npi: Npi::ISDN,
        address_range: b"^1069",
    };
    tell(&mut session, 1, &Pdu::Bind(BindKind::Transceiver, bind));
    let Some(Event::Bind(request)) = session.event() else { panic!("a bind") };
    assert_eq!(
        (&*request.system_id, &*request.system_type, &*request.address_range),
        ("esme", "VMA", "^1069")
    );
    assert_eq!((request.addr_ton, request.addr_npi), (Ton::INTERNATIONAL, Npi::ISDN));
    assert_eq!((request.interface_version, session.version()), (0x50, 0x50));
}

#[test]
fn the_answer_to_a_bind_says_the_lower_version_and_old_esmes_get_no_parameters() {
    for (theirs, ours, spoken, said) in [
        (0x34, 0x50, 0x34, Some(0x34)),
        (0x50, 0x50, 0x50, Some(0x50)),
        (0x50, 0x34, 0x34, Some(0x34)),
        (0x51, 0x50, 0x50, Some(0x50)),
        (0x40, 0x50, 0x34, Some(0x34)),
        (0x33, 0x50, 0x33, None),
        (0x00, 0x50, 0x00, None),
    ] {
        let config = peer::Config { interface_version: ours, ..peer::Config::new("SMSC") };
        let mut session = bound(config, BindKind::Transceiver, theirs);
        assert_eq!(session.version(), spoken, "0x{theirs:x}");
        let (command, status, _, body) = wrote(&mut session).remove(0);
        assert_eq!((command, status), (CommandId::BIND_TRANSCEIVER_RESP, Status::OK));
        let expected = said.map_or(vec![], |version| vec![0x02, 0x10, 0, 1, version]);
        assert_eq!(body, [&b"SMSC\0"[..], &expected].concat(), "0x{theirs:x}");
    }
}

#[test]
fn below_3_4_there_are_no_parameters_and_no_data_sm() {
    let mut session = bound(peer::Config::new("SMSC"), BindKind::Transceiver, 0x33);
    session.output().clear();
    let state = TlvBuf::new().with(Tag::MESSAGE_STATE, Value::One(2)).unwrap();
    let message = ShortMessage {
        source: CUSTOMER,
        destination: BANK,
        short_message: b"hello",
        tlvs: state.view(),
        ..ShortMessage::default()
    };
    session.deliver(1, &message, START).unwrap();
    let bare = ShortMessage { tlvs: Default::default(), ..message };
    let mut expected = Vec::new();
    pdu::encode(&mut expected, Status::OK, 1, &Pdu::Deliver(bare)).unwrap();
    assert_eq!(std::mem::take(session.output()), expected);
    let long = TlvBuf::new().with(Tag::MESSAGE_PAYLOAD, Value::Octets(&[b'x'; 300])).unwrap();
    let error = session.deliver(2, &ShortMessage { short_message: b"", tlvs: long.view(), ..message }, START);
    assert_eq!(
        error.unwrap_err().to_string(),
        "message_payload: expected a peer that knows parameters, found interface_version 0x33"
    );
    let error = session.deliver_data(2, &DataSm::default(), START).unwrap_err();
    assert_eq!(error, SubmitError::NotBound { found: "bound with a version that has no data_sm" });
    tell(&mut session, 5, &Pdu::Query(QuerySm { message_id: b"m1", source: BANK }));
    let answer =
        QueryResp { message_id: b"m1", message_state: 2, tlvs: state.view(), ..QueryResp::default() };
    session.answer_with(5, Status::OK, &Pdu::QueryResp(answer)).unwrap();
    assert_eq!(wrote(&mut session)[0].3, b"m1\0\0\x02\0");
}

#[test]
fn a_submit_carries_everything_a_gateway_needs() {
    let mut session = serving(BindKind::Transmitter);
    let tlvs = parameters();
    let submit = ShortMessage {
        service_type: b"CMT",
        source: Address::new(Ton::ALPHANUMERIC, Npi::UNKNOWN, "BANK"),
        destination: CUSTOMER,
        protocol_id: 0x41,
        priority: 3,
        schedule_delivery_time: b"260501080000032+",
        validity_period: b"000002000000000R",
        registered_delivery: RegisteredDelivery::FINAL,
        replace_if_present: 1,
        data_coding: 8,
        canned_message: 9,
        short_message: b"part two",
        tlvs: tlvs.view(),
        ..ShortMessage::default()
    };
    tell(&mut session, 7, &Pdu::Submit(submit));
    let Some(Event::Submit { sequence: 7, message }) = session.event() else { panic!("a submit") };
    assert_eq!((&*message.service_type, message.source.reveal()), ("CMT", "BANK"));
    assert_eq!((message.source.ton, message.destination.npi), (Ton::ALPHANUMERIC, Npi::ISDN));
    assert_eq!((message.protocol_id, message.priority, message.canned_message), (0x41, 3, 9));
    assert!(message.replace_if_present && !message.in_parameter);
    assert_eq!(message.validity, Some(When::After(Span::hours(48))));
    let Some(When::At(at)) = message.schedule else { panic!("a schedule") };
    assert_eq!(at.to_string(), "2026-05-01T00:00:00.000Z");
    assert_eq!(message.concat, Some(Concat { reference: 700, total: 3, number: 2 }));
    assert_eq!(message.user_message_reference, Some(4_660));
    assert_eq!((message.source_port, message.destination_port), (Some(9_200), Some(2_948)));
    let kept: Vec<(u16, Vec<u8>)> =
        message.parameters.view().into_iter().map(|tlv| (tlv.tag.0, tlv.value.to_vec())).collect();
    assert_eq!(kept, [(0x060b, b"cost centre 7".to_vec()), (0x1401, b"\x01\0vendor".to_vec())]);
    assert_eq!((&*message.payload.0, &*message.header.0), (&b"part two"[..], &b""[..]));
    assert!(!format!("{message:?}").contains("part two"), "a text was printed");
}

#[test]
fn a_header_and_a_long_payload_are_told_apart_from_the_text() {
    let mut session = serving(BindKind::Transceiver);
    let payload = [&[5, 0, 3, 9, 2, 1][..], &[b'x'; 300]].concat();
    let tlvs = TlvBuf::new().with(Tag::MESSAGE_PAYLOAD, Value::Octets(&payload)).unwrap();
    let submit = ShortMessage {
        destination: CUSTOMER,
        esm_class: EsmClass::UDHI,
        tlvs: tlvs.view(),
        ..Default::default()
    };
    tell(&mut session, 7, &Pdu::Submit(submit));
    let Some(Event::Submit { message, .. }) = session.event() else { panic!("a submit") };
    assert_eq!((&*message.header.0, message.payload.0.len()), (&[5, 0, 3, 9, 2, 1][..], 300));
    assert_eq!(message.concat, Some(Concat { reference: 9, total: 2, number: 1 }));
    assert!(message.in_parameter && message.parameters.view().is_empty());
}

#[test]
fn data_sm_is_a_message_with_a_time_to_live() {
    let mut session = serving(BindKind::Transceiver);
    let tlvs = TlvBuf::new()
        .with(Tag::MESSAGE_PAYLOAD, Value::Octets(b"hello"))
        .and_then(|tlvs| tlvs.with(Tag::QOS_TIME_TO_LIVE, Value::Four(90)))
        .unwrap();
    let data = DataSm { source: BANK, destination: CUSTOMER, tlvs: tlvs.view(), ..DataSm::default() };
    tell(&mut session, 8, &Pdu::Data(data));
    let Some(Event::Data { sequence: 8, message }) = session.event() else { panic!("a data_sm") };
    assert_eq!(
        (&*message.payload.0, message.validity),
        (&b"hello"[..], Some(When::After(Span::seconds(90))))
    );
    session.answer_data(8, Status::OK, "d1").unwrap();
    assert_eq!(wrote(&mut session), [(CommandId::DATA_SM_RESP, Status::OK, 8, b"d1\0".to_vec())]);
}

#[test]
fn one_message_to_many_is_answered_with_those_it_was_not_taken_for() {
    let mut session = serving(BindKind::Transceiver);
    let destinations = vec![Destination::Address(CUSTOMER), Destination::List(b"staff")];
    let message = ShortMessage { source: BANK, short_message: b"hello", ..ShortMessage::default() };
    tell(&mut session, 9, &Pdu::SubmitMulti(SubmitMulti { destinations, message }));
    let Some(Event::SubmitMulti { sequence: 9, destinations, message }) = session.event() else {
        panic!("a submit_multi")
    };
    assert_eq!(destinations, [Recipient::Address(CUSTOMER.to_owned()), Recipient::List("staff".to_owned())]);
    assert!(!format!("{destinations:?}").contains("staff"), "a list was printed");
    assert_eq!((&*message.payload.0, session.unanswered()), (&b"hello"[..], 1));
    let failed = [Unsuccessful { address: CUSTOMER, status: Status::INVALID_DESTINATION }];
    session.answer_multi(9, Status::OK, "mm1", &failed).unwrap();
    let (command, status, 9, body) = wrote(&mut session).remove(0) else { panic!("an answer") };
    assert_eq!((command, status), (CommandId::SUBMIT_MULTI_RESP, Status::OK));
    assert_eq!(body, b"mm1\0\x01\x01\x018613800001234\0\0\0\0\x0b");
    assert_eq!(session.unanswered(), 0);
}

#[test]
fn questions_cancellations_and_replacements_say_what_they_mean() {
    let mut session = serving(BindKind::Transceiver);
    tell(&mut session, 2, &Pdu::Query(QuerySm { message_id: b"m1", source: BANK }));
    let cancel =
        CancelSm { service_type: b"CMT", source: BANK, destination: CUSTOMER, ..CancelSm::default() };
    tell(&mut session, 3, &Pdu::Cancel(cancel));
    let replace = ReplaceSm {
        message_id: b"m1",
        source: BANK,
        validity_period: b"000000010000000R",
        registered_delivery: RegisteredDelivery::FAILURE,
        canned_message: 4,
        short_message: b"new words",
        ..ReplaceSm::default()
    };
    tell(&mut session, 4, &Pdu::Replace(replace));
    assert_eq!(
        session.event(),
        Some(Event::Query { sequence: 2, message_id: "m1".to_owned(), source: BANK.to_owned() })
    );
    assert_eq!(
        session.event(),
        Some(Event::Cancel {
            sequence: 3,
            service_type: "CMT".to_owned(),
            message_id: String::new(),
            source: BANK.to_owned(),
            destination: CUSTOMER.to_owned(),
        })
    );
    let Some(Event::Replace {
        sequence: 4,
        schedule: None,
        validity,
        registered_delivery,
        canned_message: 4,
        payload,
        ..
    }) = session.event()
    else {
        panic!("a replacement")
    };
    assert_eq!((validity, &*payload.0), (Some(When::After(Span::hours(1))), &b"new words"[..]));
    assert_eq!(registered_delivery, RegisteredDelivery::FAILURE);
    session.answer(CommandId::CANCEL_SM, 3, Status::CANCEL_FAILED);
    session.answer(CommandId::REPLACE_SM, 4, Status::OK);
    assert_eq!(session.unanswered(), 1);
    let answers: Vec<_> = wrote(&mut session).into_iter().map(|(c, s, n, _)| (c, s, n)).collect();
    assert_eq!(
        answers,
        [(CommandId::CANCEL_SM_RESP, Status::CANCEL_FAILED, 3), (CommandId::REPLACE_SM_RESP, Status::OK, 4)]
    );
}

fn receipt(error: u16, state: State) -> Receipt<'static> {
    Receipt {
        report: Report { remote_id: "m1", state, error, submitted: "2605010800", done: "2605010801" },
        source: CUSTOMER,
        destination: BANK,
        service_type: "",
        intermediate: false,
        user_message_reference: Some(7),
    }
}

#[test]
fn receipts_are_written_as_configured_and_our_own_client_reads_them() {
    for form in [ReceiptForm::Text, ReceiptForm::Parameters, ReceiptForm::Both] {
        let mut link = Link::down(config());
        link.carrier =
            ServerSession::new(peer::Config { receipts: form, ..peer::Config::new("SMSC") }, START);
        link.client.connected(link.now);
        link.exchange();
        link.carrier.accept_bind().unwrap();
        link.exchange();
        link.said.clear();
        link.heard.clear();
        link.carrier.deliver_receipt(5, &receipt(33, State::Undeliverable), link.now).unwrap();
        let octets = link.carrier.output().clone();
        let frame = frame::split(&mut &octets[..]).unwrap().unwrap();
        let Ok(Pdu::Deliver(sent)) = pdu::decode(&frame) else { panic!("deliver_sm") };
        assert_eq!(!sent.short_message.is_empty(), form != ReceiptForm::Parameters);
        assert_eq!(sent.tlvs.find(Tag::RECEIPTED_MESSAGE_ID).is_some(), form != ReceiptForm::Text);
        assert_eq!(sent.tlvs.find(Tag::NETWORK_ERROR_CODE).is_some(), form != ReceiptForm::Text);
        assert_eq!(sent.tlvs.find(Tag::USER_MESSAGE_REFERENCE).and_then(|tlv| tlv.uint()), Some(7));
        link.exchange();
        let Some(Said::Delivered { delivery, content: Delivery::Receipt(read), .. }) = link.said.pop() else {
            panic!("a receipt")
        };
        assert_eq!((&*read.remote_id, read.state, read.is_final()), ("m1", State::Undeliverable, true));
        link.client.acknowledge(delivery, link.now);
        link.exchange();
        assert!(matches!(link.heard[..], [Event::DeliverAnswered { ticket: 5, status: Status::OK, .. }]));
    }
    let mut old = bound(peer::Config::new("SMSC"), BindKind::Receiver, 0x33);
    old.output().clear();
    old.deliver_receipt(5, &receipt(0, State::Delivered), START).unwrap();
    let body = wrote(&mut old).remove(0).3;
    assert!(body.ends_with(b"stat:DELIVRD err:000 text:"), "an old esme got parameters");
}

#[test]
fn an_intermediate_receipt_says_so_and_data_sm_goes_both_ways() {
    let mut link = Link::bound(config());
    let on_the_way = Receipt { intermediate: true, ..receipt(0, State::Enroute) };
    link.carrier.deliver_receipt(1, &on_the_way, link.now).unwrap();
    let tlvs = TlvBuf::new().with(Tag::MESSAGE_PAYLOAD, Value::Octets(b"TD")).unwrap();
    let data = DataSm { source: CUSTOMER, destination: BANK, tlvs: tlvs.view(), ..DataSm::default() };
    link.carrier.deliver_data(2, &data, link.now).unwrap();
    link.exchange();
    for event in std::mem::take(&mut link.said) {
        let Said::Delivered { delivery, content, .. } = event else { panic!("{event:?}") };
        match content {
            Delivery::Receipt(read) => assert!(read.intermediate && !read.is_final()),
            Delivery::Message(message) => assert_eq!(message.text.as_deref(), Some("TD")),
            other => panic!("{other:?}"),
        }
        link.client.acknowledge(delivery, link.now);
    }
    link.exchange();
    let tickets: Vec<u64> = link
        .heard
        .iter()
        .map(|event| match event {
            Event::DeliverAnswered { ticket, status: Status::OK, .. } => *ticket,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tickets, [1, 2]);
}

#[test]
fn what_is_sent_by_data_sm_counts_in_the_window_and_comes_back_when_the_link_is_lost() {
    let mut session =
        bound(peer::Config { window: 2, ..peer::Config::new("SMSC") }, BindKind::Receiver, 0x34);
    let data = DataSm { destination: BANK, ..DataSm::default() };
    session.deliver_data(1, &data, START).unwrap();
    session.deliver_receipt(2, &receipt(0, State::Delivered), START).unwrap();
    assert_eq!(session.deliver_data(3, &data, START), Err(SubmitError::Full { window: 2 }));
    assert_eq!(session.window_free(), 0);
    session.disconnected();
    for ticket in [1, 2] {
        let expected = Event::DeliverUnanswered { ticket, why: Why::ConnectionLost };
        assert_eq!(session.event(), Some(expected));
    }
    assert_eq!(session.event(), Some(Event::Closed { why: Why::ConnectionLost }));
}
