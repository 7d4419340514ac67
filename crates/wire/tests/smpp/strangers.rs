//! What the carrier's side does with PDUs that are wrong, early, late, slow, endless or too many.

use crate::link::START;
use crate::serving::{bound, serving, tell, wrote};
use model::Span;
use proptest::prelude::*;
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::{
    self, CancelSm, DataSm, Destination, MessageResp, QuerySm, ReplaceSm, ShortMessage, SubmitMulti,
};
use wire::smpp::peer::{self, Event, OverWindow, ServerSession};
use wire::smpp::session::{ProtocolError, Why};
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, BindKind, CommandId, Npi, Pdu, Status, Ton};

const CUSTOMER: Address<'static> = Address::international("8613800001234");

fn submit() -> ShortMessage<'static> {
    ShortMessage { destination: CUSTOMER, short_message: b"hello", ..ShortMessage::default() }
}

fn raw(session: &mut ServerSession, command: CommandId, sequence: u32, body: &[u8]) {
    tell(session, sequence, &Pdu::Unknown(command, body));
}

/// The only answer, and that the caller heard of a mistake and of nothing else.
fn refused(session: &mut ServerSession) -> (CommandId, Status, u32) {
    let mut answers = wrote(session);
    assert_eq!(answers.len(), 1, "{answers:?}");
    match session.event() {
        Some(Event::ProtocolError { .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(session.event(), None);
    assert_eq!(session.unanswered(), 0);
    let (command, status, sequence, body) = answers.remove(0);
    assert!(body.is_empty(), "a refusal had a body");
    (command, status, sequence)
}

#[test]
fn a_submit_that_breaks_the_specification_is_refused_with_the_status_for_it() {
    let state = TlvBuf::new().with(Tag::MESSAGE_PAYLOAD, Value::Octets(b"twice")).unwrap();
    let lone = TlvBuf::new().with(Tag::SAR_MSG_REF_NUM, Value::Two(1)).unwrap();
    let beyond = lone
        .clone()
        .with(Tag::SAR_TOTAL_SEGMENTS, Value::One(2))
        .and_then(|tlvs| tlvs.with(Tag::SAR_SEGMENT_SEQNUM, Value::One(3)))
        .unwrap();
    let to = |ton, npi, digits| Address::new(Ton(ton), Npi(npi), digits);
    for (message, expected) in [
        (ShortMessage { destination: Address::default(), ..submit() }, Status::INVALID_DESTINATION),
        (ShortMessage { destination: to(7, 1, "1"), ..submit() }, Status::INVALID_DESTINATION_TON),
        (ShortMessage { destination: to(1, 2, "1"), ..submit() }, Status::INVALID_DESTINATION_NPI),
        (ShortMessage { source: to(9, 1, "1"), ..submit() }, Status::INVALID_SOURCE_TON),
        (ShortMessage { source: to(1, 5, "1"), ..submit() }, Status::INVALID_SOURCE_NPI),
        (ShortMessage { priority: 5, ..submit() }, Status::INVALID_PRIORITY),
        (ShortMessage { schedule_delivery_time: b"260230080000032+", ..submit() }, Status::INVALID_SCHEDULE),
        (ShortMessage { validity_period: b"000002000000001R", ..submit() }, Status::INVALID_EXPIRY),
        (ShortMessage { replace_if_present: 2, ..submit() }, Status::INVALID_REPLACE_FLAG),
        (ShortMessage { tlvs: state.view(), ..submit() }, Status::OPTIONAL_NOT_ALLOWED),
        (ShortMessage { tlvs: lone.view(), ..submit() }, Status::MISSING_OPTIONAL),
        (ShortMessage { tlvs: beyond.view(), ..submit() }, Status::INVALID_OPTIONAL_VALUE),
        (
            ShortMessage { esm_class: EsmClass::UDHI, short_message: &[9, 0, 3], ..submit() },
            Status::INVALID_ESM_CLASS,
        ),
    ] {
        let mut session = serving(BindKind::Transceiver);
        tell(&mut session, 4, &Pdu::Submit(message));
        assert_eq!(refused(&mut session), (CommandId::SUBMIT_SM_RESP, expected, 4));
    }
}

#[test]
fn fields_too_long_for_our_own_encoder_are_refused_too() {
    let long = [b'1'; 21];
    let head = |service: &[u8], source: &[u8], destination: &[u8]| {
        [service, b"\0\x01\x01", source, b"\0\x01\x01", destination, b"\0\0\0\0\0\0\0\0\0\0"].concat()
    };
    for (body, expected) in [
        (head(b"SIXSIX", b"1", b"2"), Status::INVALID_SERVICE_TYPE),
        (head(b"", &long, b"2"), Status::INVALID_SOURCE),
        (head(b"", b"1", &long), Status::INVALID_DESTINATION),
    ] {
        let mut session = serving(BindKind::Transmitter);
        raw(&mut session, CommandId::SUBMIT_SM, 4, &[&body[..], b"\x02hi"].concat());
        assert_eq!(refused(&mut session), (CommandId::SUBMIT_SM_RESP, expected, 4));
    }
    let good = head(b"", b"1", b"2");
    let full = [&good[..], &[255], &[b'x'; 255]].concat();
    for (body, expected) in [
        (&good[..9], Status::INVALID_COMMAND_LENGTH),
        (&[&good[..], b"\x05hi"].concat(), Status::INVALID_MESSAGE_LENGTH),
        (&full, Status::INVALID_MESSAGE_LENGTH),
        (&[&good[..], b"\x02hi\x02\x04\x00"].concat(), Status::INVALID_OPTIONAL_PART),
        (&[&good[..], b"\x02hi\x02\x04\x00\x01\x07"].concat(), Status::INVALID_OPTIONAL_LENGTH),
    ] {
        let mut session = serving(BindKind::Transmitter);
        raw(&mut session, CommandId::SUBMIT_SM, 4, body);
        assert_eq!(refused(&mut session), (CommandId::SUBMIT_SM_RESP, expected, 4));
    }
}

#[test]
fn the_other_requests_are_judged_as_well() {
    let many = |destinations| SubmitMulti { destinations, message: submit() };
    let listed = many(vec![Destination::List(b"")]);
    for (pdu, expected) in [
        (Pdu::SubmitMulti(many(vec![])), Status::INVALID_DESTINATION_COUNT),
        (Pdu::SubmitMulti(listed), Status::INVALID_LIST_NAME),
        (Pdu::SubmitMulti(many(vec![Destination::Address(Address::default())])), Status::INVALID_DESTINATION),
        (Pdu::Data(DataSm { destination: CUSTOMER, ..DataSm::default() }), Status::MISSING_OPTIONAL),
        (Pdu::Query(QuerySm::default()), Status::INVALID_MESSAGE_ID),
        (Pdu::Cancel(CancelSm::default()), Status::INVALID_DESTINATION),
        (Pdu::Replace(ReplaceSm::default()), Status::INVALID_MESSAGE_ID),
        (
            Pdu::Replace(ReplaceSm {
                message_id: b"m1",
                validity_period: b"nonsense nonsens",
                ..ReplaceSm::default()
            }),
            Status::INVALID_EXPIRY,
        ),
    ] {
        let mut session = serving(BindKind::Transceiver);
        let answer = pdu.command().response();
        tell(&mut session, 4, &pdu);
        assert_eq!(refused(&mut session), (answer, expected, 4));
    }
    let mut session = serving(BindKind::Transceiver);
    raw(&mut session, CommandId::SUBMIT_MULTI, 4, b"\0\0\0\0\x01\x07");
    assert_eq!(refused(&mut session).1, Status::INVALID_DESTINATION_FLAG);
}

#[test]
fn every_request_has_its_state() {
    let query = Pdu::Query(QuerySm { message_id: b"m1", ..QuerySm::default() });
    let mut fresh = ServerSession::new(peer::Config::new("SMSC"), START);
    for pdu in [Pdu::Submit(submit()), query.clone(), Pdu::Data(DataSm::default())] {
        tell(&mut fresh, 2, &pdu);
        assert_eq!(refused(&mut fresh), (pdu.command().response(), Status::INVALID_BIND_STATUS, 2));
    }
    let mut receiver = serving(BindKind::Receiver);
    for pdu in [Pdu::Submit(submit()), query.clone(), Pdu::Cancel(CancelSm::default())] {
        tell(&mut receiver, 2, &pdu);
        assert_eq!(refused(&mut receiver), (pdu.command().response(), Status::INVALID_BIND_STATUS, 2));
    }
    let mut transceiver = serving(BindKind::Transceiver);
    tell(&mut transceiver, 3, &Pdu::Bind(BindKind::Receiver, pdu::Bind::default()));
    assert_eq!(refused(&mut transceiver), (CommandId::BIND_RECEIVER_RESP, Status::ALREADY_BOUND, 3));
    tell(&mut transceiver, 3, &Pdu::Deliver(submit()));
    assert_eq!(refused(&mut transceiver), (CommandId::DELIVER_SM_RESP, Status::INVALID_COMMAND_ID, 3));
    raw(&mut transceiver, CommandId(0x0001_0201), 3, b"vendor");
    assert_eq!(refused(&mut transceiver), (CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID, 3));
    for pdu in [
        Pdu::Outbind(pdu::Outbind::default()),
        Pdu::AlertNotification(pdu::AlertNotification::default()),
        Pdu::SubmitResp(MessageResp::default()),
        Pdu::DeliverResp(MessageResp::default()),
        Pdu::GenericNack,
    ] {
        tell(&mut transceiver, 9, &pdu);
        assert!(wrote(&mut transceiver).is_empty(), "{} was answered", pdu.command());
        assert!(matches!(transceiver.event(), Some(Event::ProtocolError { .. })));
    }
    assert_eq!(transceiver.bound(), Some(BindKind::Transceiver));
}

#[test]
fn what_crosses_our_unbind_may_try_again_and_what_waited_is_still_answered() {
    let mut session = serving(BindKind::Transceiver);
    tell(&mut session, 2, &Pdu::Submit(submit()));
    assert!(matches!(session.event(), Some(Event::Submit { .. })));
    session.unbind(START);
    tell(&mut session, 3, &Pdu::Submit(submit()));
    session.answer_submit(2, Status::OK, "m2").unwrap();
    let answers: Vec<_> = wrote(&mut session).into_iter().map(|(c, s, n, _)| (c, s, n)).collect();
    assert_eq!(
        answers,
        [
            (CommandId::UNBIND, Status::OK, 1),
            (CommandId::SUBMIT_SM_RESP, Status::SUBMIT_FAILED, 3),
            (CommandId::SUBMIT_SM_RESP, Status::OK, 2),
        ]
    );
    assert!(matches!(session.event(), Some(Event::ProtocolError { .. })));
    tell(&mut session, 1, &Pdu::UnbindResp);
    assert_eq!(session.event(), Some(Event::Closed { why: Why::Unbound }));
}

#[test]
fn more_requests_than_the_caller_answers_are_turned_away_as_configured() {
    for (over_window, status) in
        [(OverWindow::Throttled, Status::THROTTLED), (OverWindow::QueueFull, Status::QUEUE_FULL)]
    {
        let config = peer::Config { requests_max: 2, over_window, ..peer::Config::new("SMSC") };
        let mut session = bound(config, BindKind::Transceiver, 0x34);
        session.output().clear();
        for sequence in 2..=4 {
            tell(&mut session, sequence, &Pdu::Submit(submit()));
        }
        let (command, found, sequence, _) = wrote(&mut session).remove(0);
        assert_eq!((command, found, sequence), (CommandId::SUBMIT_SM_RESP, status, 4));
        assert_eq!(session.unanswered(), 2);
        // A number that nothing waits under frees nothing.
        session.answer_submit(99, Status::OK, "x").unwrap();
        assert_eq!(session.unanswered(), 2);
        session.answer_submit(2, Status::OK, "m").unwrap();
        assert_eq!(session.unanswered(), 1);
        // The same number again, while the first still waits, is a request of its own.
        tell(&mut session, 3, &Pdu::Submit(submit()));
        assert_eq!(session.unanswered(), 2);
        session.answer_submit(3, Status::OK, "m").unwrap();
        session.answer_submit(3, Status::OK, "m").unwrap();
        assert_eq!(session.unanswered(), 0);
    }
}

#[test]
fn an_answer_that_cannot_be_written_leaves_the_request_waiting() {
    let mut session = serving(BindKind::Transceiver);
    tell(&mut session, 2, &Pdu::Submit(submit()));
    assert!(session.answer_submit(2, Status::OK, &"9".repeat(65)).is_err());
    assert_eq!((session.output().len(), session.unanswered()), (0, 1));
}

#[test]
fn a_pdu_that_dribbles_in_is_cut_off_in_time() {
    let mut whole = Vec::new();
    pdu::encode(&mut whole, Status::OK, 2, &Pdu::Submit(submit())).unwrap();
    let mut session = serving(BindKind::Transceiver);
    let idle = session.deadline();
    let mut now = START;
    for octet in &whole[..5] {
        session.receive(&[*octet], now);
        now = now.after(Span::seconds(2));
    }
    let until = START.after(Span::seconds(10));
    assert_eq!(session.deadline(), Some(until));
    session.tick(until.before(Span::millis(1)));
    assert_eq!(session.event(), None);
    session.tick(until);
    let expected = ProtocolError::Unfinished { after: Span::seconds(10), octets: 5 };
    assert!(matches!(session.event(), Some(Event::ProtocolError { error, .. }) if error == expected));
    assert_eq!(session.event(), Some(Event::Closed { why: Why::BadStream }));
    assert_eq!(session.deadline(), None);
    // Whoever finishes in time starts over with the next one.
    let mut session = serving(BindKind::Transceiver);
    session.receive(&whole[..5], START);
    let later = START.after(Span::seconds(9));
    session.receive(&[&whole[5..], &whole[..5]].concat(), later);
    assert_eq!(session.deadline(), Some(later.after(Span::seconds(10))));
    session.receive(&whole[5..], later);
    assert_eq!(session.deadline(), idle.map(|at| at.after(Span::seconds(9))));
}

#[test]
fn a_stranger_who_never_binds_or_sends_absurd_lengths_is_closed() {
    let mut session = ServerSession::new(peer::Config::new("SMSC"), START);
    let until = START.after(Span::seconds(10));
    assert_eq!(session.deadline(), Some(until));
    session.tick(until);
    assert_eq!(session.event(), Some(Event::Closed { why: Why::BindTimeout }));
    for absurd in [[0, 0, 0, 15], [0, 1, 0, 1], [0x47, 0x45, 0x54, 0x20]] {
        let mut session = ServerSession::new(peer::Config::new("SMSC"), START);
        session.receive(&absurd, START);
        let nack = (CommandId::GENERIC_NACK, Status::INVALID_COMMAND_LENGTH, 0, Vec::new());
        assert_eq!(wrote(&mut session), [nack]);
        assert!(matches!(session.event(), Some(Event::ProtocolError { .. })));
        assert_eq!(session.event(), Some(Event::Closed { why: Why::BadStream }));
        session.receive(&[0; 64], START);
        assert_eq!((session.event(), session.output().len()), (None, 0));
    }
}

#[test]
fn whoever_asks_and_does_not_read_is_cut_off() {
    let mut session =
        bound(peer::Config { output_max: 1_000, ..peer::Config::new("SMSC") }, BindKind::Receiver, 0x34);
    session.output().clear();
    let mut octets = Vec::new();
    pdu::encode_header(&mut octets, CommandId::ENQUIRE_LINK, Status::OK, 5);
    for _ in 0..62 {
        session.receive(&octets, START);
    }
    assert_eq!(session.event(), None);
    session.receive(&octets.repeat(100), START);
    assert!(session.output().len() <= 1_016, "{} octets wait", session.output().len());
    let expected = ProtocolError::Unread { max: 1_000, found: 1_008 };
    assert!(matches!(session.event(), Some(Event::ProtocolError { error, .. }) if error == expected));
    assert_eq!(session.event(), Some(Event::Closed { why: Why::PeerSilent }));
}

#[test]
fn a_silent_esme_is_asked_and_then_given_up() {
    let mut session = serving(BindKind::Receiver);
    let asked = START.after(Span::seconds(60));
    assert_eq!(session.deadline(), Some(asked));
    session.tick(asked);
    assert_eq!(wrote(&mut session)[0].0, CommandId::ENQUIRE_LINK);
    let until = asked.after(Span::seconds(60));
    assert_eq!(session.deadline(), Some(until));
    session.tick(until);
    assert_eq!(session.event(), Some(Event::Closed { why: Why::PeerSilent }));
}

proptest! {
    /// Whatever comes: what is passed on waits until it is answered once, and never more of it than allowed.
    #[test]
    fn requests_are_counted_exactly(steps in proptest::collection::vec((0u8..3, 1u32..6), 0..80)) {
        let config = peer::Config { requests_max: 4, ..peer::Config::new("SMSC") };
        let mut session = bound(config, BindKind::Transceiver, 0x34);
        let mut waiting: Vec<(CommandId, u32)> = Vec::new();
        for (step, sequence) in steps {
            match step {
                0 => tell(&mut session, sequence, &Pdu::Submit(submit())),
                1 => {
                    let query = QuerySm { message_id: b"m", ..QuerySm::default() };
                    tell(&mut session, sequence, &Pdu::Query(query));
                }
                _ => {
                    let place = waiting.iter().position(|(_, number)| *number == sequence);
                    if let Some((command, number)) = place.map(|place| waiting.swap_remove(place)) {
                        session.answer(command, number, Status::OK);
                    }
                }
            }
            while let Some(event) = session.event() {
                match event {
                    Event::Submit { sequence, .. } => waiting.push((CommandId::SUBMIT_SM, sequence)),
                    Event::Query { sequence, .. } => waiting.push((CommandId::QUERY_SM, sequence)),
                    Event::ProtocolError { error: ProtocolError::TooManyRequests { .. }, .. } => {
                        prop_assert_eq!(waiting.len(), 4);
                    }
                    other => panic!("{other:?}"),
                }
            }
            prop_assert_eq!(session.unanswered(), waiting.len());
            prop_assert!(waiting.len() <= 4);
            session.output().clear();
        }
    }
}
