//! SMPP 5.0 beside 3.4: the handshake, congestion, what 5.0 adds and what is left out.

use crate::link::{Link, config, submit};
use wire::smpp::concat::Concat;
use wire::smpp::pdu::{self, BindResp, INTERFACE_VERSION_5, MessageResp, QueryResp};
use wire::smpp::peer;
use wire::smpp::receipt::State;
use wire::smpp::session::{Config, ConfigError, Event, Payload, Submit};
use wire::smpp::status::Class;
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{BindKind, CommandId, Pdu, Session, Status};

fn five() -> Config {
    Config { interface_version: INTERFACE_VERSION_5, ..config() }
}

fn said(state: u8) -> TlvBuf {
    TlvBuf::new().with(Tag::CONGESTION_STATE, Value::One(state)).unwrap()
}

#[test]
fn both_sides_speak_the_lower_version() {
    for (ours, said, spoken) in [
        (0x34, Some(0x34), 0x34),
        (0x34, Some(0x50), 0x34),
        (0x50, Some(0x34), 0x34),
        (0x50, Some(0x50), 0x50),
        (0x50, Some(0x33), 0x33),
        (0x50, None, 0x34),
    ] {
        let mut session = Session::new(Config { interface_version: ours, ..config() }, 1).unwrap();
        session.connected(crate::link::START);
        let mut tlvs = TlvBuf::new();
        if let Some(said) = said {
            tlvs.push(Tag::SC_INTERFACE_VERSION, Value::One(said)).unwrap();
        }
        let answer = Pdu::BindResp(BindKind::Transceiver, BindResp { system_id: b"x", tlvs: tlvs.view() });
        let mut octets = Vec::new();
        pdu::encode(&mut octets, Status::OK, 1, &answer).unwrap();
        session.receive(&octets, crate::link::START);
        assert_eq!(session.event(), Some(Event::Bound { system_id: "x".to_owned(), version: said }));
        assert_eq!(session.version(), spoken, "ours {ours:x}, theirs {said:?}");
    }
}

#[test]
fn a_carrier_below_3_4_is_sent_no_parameters() {
    let mut link = Link::down(five());
    let old = peer::Config { interface_version: 0x33, ..peer::Config::new("SMSC") };
    link.carrier = peer::ServerSession::new(old, link.now);
    link.client.connected(link.now);
    link.exchange();
    link.carrier.accept_bind().unwrap();
    link.exchange();
    // A carrier that says nothing counts as one of 3.4; one that says 0x33 does not.
    assert_eq!((link.client.version(), link.carrier.version()), (0x34, 0x33));
    let mut session = Session::new(five(), 1).unwrap();
    session.connected(link.now);
    let said = TlvBuf::new().with(Tag::SC_INTERFACE_VERSION, Value::One(0x33)).unwrap();
    let answer = Pdu::BindResp(BindKind::Transceiver, BindResp { system_id: b"x", tlvs: said.view() });
    let mut octets = Vec::new();
    pdu::encode(&mut octets, Status::OK, 1, &answer).unwrap();
    session.receive(&octets, link.now);
    session.output().clear();
    let long = vec![b'x'; 255];
    let place = Some(Concat { reference: 1, total: 2, number: 1 });
    for (message, tag) in [
        (Submit { payload: Payload(&long), ..submit() }, "message_payload"),
        (Submit { sar: place, ..submit() }, "sar_msg_ref_num"),
    ] {
        let error = session.submit(1, &message, link.now).unwrap_err();
        let expected = format!("{tag}: expected a peer that knows parameters, found interface_version 0x33");
        assert_eq!(error.to_string(), expected);
        assert!(session.output().is_empty());
    }
    session.submit(1, &submit(), link.now).unwrap();
}

#[test]
fn a_version_nobody_speaks_is_refused_before_it_is_dialled() {
    for found in [0, 0x33, 0x35, 0x51] {
        let error = Session::new(Config { interface_version: found, ..config() }, 1).unwrap_err();
        assert_eq!(error, ConfigError::Version { found });
    }
    let error = Session::new(Config { interface_version: 0x40, ..config() }, 1).unwrap_err();
    assert_eq!(error.to_string(), "interface_version: expected 0x34 or 0x50, found 0x40");
}

#[test]
fn congestion_is_told_when_it_changes_whatever_response_carries_it() {
    let mut link = Link::bound(five());
    let mut sequences = Vec::new();
    for ticket in 1..=2 {
        link.submit(ticket).unwrap();
        sequences.extend(link.submitted().iter().map(|(sequence, _)| *sequence));
    }
    let answer = |link: &mut Link, sequence, status, state, accepted: &[u8]| {
        let tlvs = said(state);
        let answer = Pdu::SubmitResp(MessageResp { message_id: accepted, tlvs: tlvs.view() });
        link.carrier.answer_with(sequence, status, &answer).unwrap();
        link.events()
    };
    let events = answer(&mut link, sequences[0], Status::OK, 85, b"m1");
    assert_eq!(
        events,
        [Event::Congestion { state: 85 }, Event::Submitted { ticket: 1, remote_id: "m1".to_owned() }]
    );
    let events = answer(&mut link, sequences[1], Status::THROTTLED, 85, b"");
    assert_eq!(events, [Event::Refused { ticket: 2, status: Status::THROTTLED }]);
    assert_eq!(link.client.congestion(), Some(85));
    link.client.query(3, "m1", Default::default(), link.now).unwrap();
    link.exchange();
    let Some(wire::smpp::peer::Event::Query { sequence, .. }) = link.heard.pop() else { panic!("a query") };
    let tlvs = said(99);
    let answer = Pdu::QueryResp(QueryResp {
        message_id: b"m1",
        message_state: State::Skipped.code(),
        tlvs: tlvs.view(),
        ..QueryResp::default()
    });
    link.carrier.answer_with(sequence, Status::OK, &answer).unwrap();
    let events = link.events();
    assert_eq!(events[0], Event::Congestion { state: 99 });
    assert!(matches!(events[1], Event::Queried { ticket: 3, state: State::Skipped, .. }), "{events:?}");
    let mut enquired = Vec::new();
    let body = said(0);
    let resp = Pdu::Unknown(CommandId::ENQUIRE_LINK_RESP, body.view().octets());
    pdu::encode(&mut enquired, Status::OK, 77, &resp).unwrap();
    link.client.receive(&enquired, link.now);
    assert_eq!(link.events()[0], Event::Congestion { state: 0 });
    // Another connection has said nothing yet.
    link.client.connected(link.now);
    assert_eq!(link.client.congestion(), None);
}

#[test]
fn broadcasts_are_no_commands_here() {
    let mut link = Link::bound(five());
    for command in [0x111, 0x112, 0x113] {
        let mut octets = Vec::new();
        pdu::encode(&mut octets, Status::OK, 9, &Pdu::Unknown(CommandId(command), b"\0\0")).unwrap();
        let mut expected = Vec::new();
        pdu::encode_header(&mut expected, CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID, 9);
        link.client.receive(&octets, link.now);
        assert_eq!(std::mem::take(link.client.output()), expected);
        link.carrier.receive(&octets, link.now);
        assert_eq!(std::mem::take(link.carrier.output()), expected);
    }
}

#[test]
fn the_states_and_statuses_of_five_mean_something() {
    assert_eq!((State::from_code(0), State::Scheduled.is_final()), (State::Scheduled, false));
    assert_eq!((State::from_code(9), State::Skipped.is_final()), (State::Skipped, true));
    assert_eq!((State::from_code(10), State::from_code(255)), (State::Unknown, State::Unknown));
    for state in [State::Scheduled, State::Skipped] {
        assert_eq!(State::from_word(state.word().as_bytes()), state);
    }
    assert_eq!(Status(0x104).name(), Some("ESME_RINVDCS"));
    assert_eq!((Status(0x102).class(), Status(0x113).class()), (Class::Retry, Class::Permanent));
}

#[test]
fn every_status_has_the_same_code_with_another_implementation() {
    for status in Status::ALL {
        let theirs = format!("{:?}", rusmpp::CommandStatus::from(status.0)).to_uppercase();
        assert!(!theirs.starts_with("OTHER"), "{status}");
        if status.0 >= 0x100 {
            assert_eq!(theirs, status.name().unwrap().replace('_', ""));
        }
    }
}

#[test]
fn an_answer_without_a_body_does_not_say_scheduled() {
    let mut link = Link::bound(config());
    link.client.query(3, "m1", Default::default(), link.now).unwrap();
    link.exchange();
    let Some(wire::smpp::peer::Event::Query { sequence, .. }) = link.heard.pop() else { panic!("a query") };
    link.carrier.answer(CommandId::QUERY_SM, sequence, Status::OK);
    assert!(matches!(link.events()[..], [Event::Queried { state: State::Unknown, .. }]));
}
