//! Submitting: window, answers, refusals, silence, late answers, queries.

use crate::link::{Link, config, submit};
use model::Span;
use proptest::prelude::*;
use wire::smpp::concat::Concat;
use wire::smpp::esm::EsmClass;
use wire::smpp::receipt::State;
use wire::smpp::session::{Event, Payload, ProtocolError, SubmitError, Why};
use wire::smpp::status::Class;
use wire::smpp::{Address, BindKind, CommandId, Pdu, Status, Submit, coding, pdu, time};

#[test]
fn what_was_submitted_arrives() {
    let mut link = Link::bound(config());
    let mut text = Vec::new();
    coding::encode_ucs2(&mut text, "【鸿雁银行】还款提醒");
    let validity = time::relative(Span::hours(48));
    let message = Submit {
        data_coding: coding::UCS2,
        payload: Payload(&text),
        validity_period: Some(&validity),
        priority: 2,
        sar: Some(Concat { reference: 700, total: 2, number: 1 }),
        ..submit()
    };
    link.client.submit(9, &message, link.now).unwrap();
    let [(sequence, got)] = &link.submitted()[..] else { panic!("one submit") };
    assert_eq!((got.source.reveal(), got.destination.reveal()), ("1069012345", "8613800001234"));
    assert_eq!((&*got.validity_period, got.priority, got.data_coding), ("000002000000000R", 2, 8));
    assert_eq!((&got.payload.0, got.concat), (&text, message.sar));
    assert!(!format!("{got:?}").contains("138"), "an address was printed");
    link.answer(*sequence, Status::OK, "remote-1");
    assert_eq!(link.events(), [Event::Submitted { ticket: 9, remote_id: "remote-1".to_owned() }]);
}

#[test]
fn a_long_payload_travels_as_a_parameter() {
    let mut link = Link::bound(config());
    for octets in [254, 255, 4_000] {
        let payload = vec![b'x'; octets];
        link.client.submit(1, &Submit { payload: Payload(&payload), ..submit() }, link.now).unwrap();
        let [(sequence, got)] = &link.submitted()[..] else { panic!("one submit") };
        assert_eq!(got.payload.0, payload);
        link.answer(*sequence, Status::OK, "1");
    }
}

#[test]
fn a_message_no_carrier_would_take_is_refused_and_leaves_nothing_behind() {
    let mut link = Link::bound(config());
    let message = Submit { destination: Address::international("123456789012345678901"), ..submit() };
    assert!(matches!(link.client.submit(1, &message, link.now), Err(SubmitError::Invalid(_))));
    let message = Submit { payload: Payload(&[0; 65_600]), ..submit() };
    assert!(matches!(link.client.submit(1, &message, link.now), Err(SubmitError::Invalid(_))));
    assert!(link.client.output().is_empty());
    assert_eq!(link.client.window_free(), 3);
}

#[test]
fn the_window_fills_and_opens_again_whatever_the_order_of_the_answers() {
    let mut link = Link::bound(config());
    for ticket in 1..=3 {
        link.submit(ticket).unwrap();
    }
    assert_eq!(link.submit(4), Err(SubmitError::Full { window: 3 }));
    assert_eq!((link.client.window_free(), link.client.waiting()), (0, 3));
    let sequences: Vec<u32> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    link.answer(sequences[2], Status::OK, "c");
    link.answer(sequences[0], Status::OK, "a");
    assert_eq!(link.client.window_free(), 2);
    link.submit(4).unwrap();
    link.answer(sequences[1], Status::OK, "b");
    let order: Vec<u64> = link
        .events()
        .iter()
        .map(|event| match event {
            Event::Submitted { ticket, .. } => *ticket,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(order, [3, 1, 2]);
}

#[test]
fn throttling_and_refusal_are_told_apart() {
    let mut link = Link::bound(config());
    for (ticket, status, class) in [
        (1, Status::THROTTLED, Class::Throttled),
        (2, Status::QUEUE_FULL, Class::Throttled),
        (3, Status::INVALID_DESTINATION, Class::Permanent),
        (4, Status::SYSTEM_ERROR, Class::Retry),
    ] {
        link.submit(ticket).unwrap();
        let [(sequence, _)] = link.submitted()[..] else { panic!("one submit") };
        link.answer(sequence, status, "");
        assert_eq!(link.events(), [Event::Refused { ticket, status }]);
        assert_eq!(status.class(), class);
    }
    assert_eq!(link.client.window_free(), 3);
}

#[test]
fn silence_is_reported_and_the_late_answer_is_not_lost() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    link.submit(2).unwrap();
    let sequences: Vec<u32> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    link.pass(Span::seconds(10));
    assert_eq!(link.events(), [1, 2].map(|ticket| Event::Unanswered { ticket, why: Why::ResponseTimeout }));
    assert_eq!(link.client.window_free(), 3, "a lost answer must not block the window for ever");
    link.answer(sequences[1], Status::OK, "late");
    link.answer(sequences[0], Status::QUEUE_FULL, "");
    assert_eq!(
        link.events(),
        [
            Event::LateAnswer { ticket: 2, status: Status::OK, remote_id: "late".to_owned() },
            Event::LateAnswer { ticket: 1, status: Status::QUEUE_FULL, remote_id: String::new() },
        ]
    );
    link.answer(sequences[0], Status::OK, "twice");
    assert!(matches!(
        link.events()[..],
        [Event::ProtocolError { error: ProtocolError::UnexpectedAnswer { .. }, .. }]
    ));
}

#[test]
fn a_lost_link_leaves_every_ticket_answered_once_and_forgets_its_numbers() {
    let mut link = Link::bound(config());
    for ticket in 1..=3 {
        link.submit(ticket).unwrap();
    }
    let sequences: Vec<u32> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    link.answer(sequences[1], Status::OK, "b");
    link.client.disconnected(link.now, Why::ConnectionLost);
    let events = link.events();
    assert_eq!(
        events[..3],
        [
            Event::Submitted { ticket: 2, remote_id: "b".to_owned() },
            Event::Unanswered { ticket: 1, why: Why::ConnectionLost },
            Event::Unanswered { ticket: 3, why: Why::ConnectionLost },
        ]
    );
    assert!(matches!(events[3], Event::Closed { .. }));
    // The next connection starts its numbers anew; an answer with an old number belongs to nobody.
    link.carrier = crate::link::carrier();
    link.client.connected(link.now);
    link.exchange();
    link.carrier.accept_bind().unwrap();
    link.answer(sequences[0], Status::OK, "a");
    let events = link.events();
    assert!(matches!(events[0], Event::Bound { .. }));
    assert!(matches!(events[1], Event::ProtocolError { .. }), "{events:?}");
}

#[test]
fn a_nack_is_a_refusal_of_what_it_names() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    link.submit(2).unwrap();
    let sequences: Vec<u32> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    for (sequence, status) in [
        (sequences[0], Status::INVALID_COMMAND_LENGTH),
        (sequences[1], Status::OK),
        (0, Status::SYSTEM_ERROR),
    ] {
        let mut nack = Vec::new();
        pdu::encode_header(&mut nack, CommandId::GENERIC_NACK, status, sequence);
        link.client.receive(&nack, link.now);
    }
    let events = link.events();
    assert_eq!(events[0], Event::Refused { ticket: 1, status: Status::INVALID_COMMAND_LENGTH });
    assert_eq!(events[1], Event::Refused { ticket: 2, status: Status::UNKNOWN_ERROR });
    assert!(matches!(events[2], Event::ProtocolError { .. }));
    assert_eq!((events.len(), link.client.window_free()), (3, 3));
}

#[test]
fn a_receiver_does_not_send() {
    let mut config = config();
    config.bind = BindKind::Receiver;
    let mut link = Link::bound(config);
    assert_eq!(link.submit(1), Err(SubmitError::NotBound { found: "bound to receive" }));
    assert_eq!(link.client.window_free(), 0);
}

#[test]
fn a_query_says_what_became_of_a_message() {
    let mut link = Link::bound(config());
    link.client.query(5, "m1", Address::international("1069012345"), link.now).unwrap();
    link.exchange();
    let Some(wire::smpp::peer::Event::Query { sequence, message_id, .. }) = link.heard.pop() else {
        panic!("a query")
    };
    let answer = Pdu::QueryResp(pdu::QueryResp {
        message_id: message_id.as_bytes(),
        final_date: b"260501080100032+",
        message_state: State::Delivered.code(),
        error_code: 0,
        ..Default::default()
    });
    link.carrier.answer_with(sequence, Status::OK, &answer).unwrap();
    match &link.events()[..] {
        [Event::Queried { ticket: 5, state: State::Delivered, error_code: 0, final_at: Some(at) }] => {
            assert_eq!(at.to_string(), "2026-05-01T00:01:00.000Z");
        }
        other => panic!("{other:?}"),
    }
    link.client.query(6, "m2", Address::default(), link.now).unwrap();
    link.pass_in_silence(Span::seconds(10));
    assert_eq!(link.said, [Event::QueryFailed { ticket: 6, status: None }]);
}

#[test]
fn a_header_before_the_text_is_announced_by_the_class() {
    let mut link = Link::bound(config());
    let payload = [&[5, 0, 3, 9, 2, 1][..], b"part one"].concat();
    let message =
        Submit { esm_class: EsmClass::DEFAULT.with_header(), payload: Payload(&payload), ..submit() };
    link.client.submit(1, &message, link.now).unwrap();
    let [(_, got)] = &link.submitted()[..] else { panic!("one submit") };
    assert_eq!(got.concat, Some(Concat { reference: 9, total: 2, number: 1 }));
    assert_eq!(got.payload.0, b"part one");
}

#[derive(Debug, Clone)]
enum Step {
    Submit,
    Answer(usize, bool),
    Wait(i64),
    Lose,
    Nonsense(Vec<u8>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Submit),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(which, ok)| Step::Answer(which, ok)),
        2 => (0i64..12_000).prop_map(Step::Wait),
        1 => Just(Step::Lose),
        1 => proptest::collection::vec(any::<u8>(), 0..24).prop_map(Step::Nonsense),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    /// The promise of the session: every ticket comes back exactly once, whatever happens.
    #[test]
    fn every_ticket_comes_back_exactly_once(steps in steps()) {
        let mut link = Link::bound(config());
        let (mut given, mut back, mut late) = (0u64, Vec::new(), Vec::new());
        let mut at_carrier: Vec<u32> = Vec::new();
        for step in steps {
            match step {
                Step::Submit => given += u64::from(link.submit(given).is_ok()),
                Step::Answer(which, ok) if !at_carrier.is_empty() => {
                    let sequence = at_carrier.swap_remove(which % at_carrier.len());
                    link.answer(sequence, if ok { Status::OK } else { Status::THROTTLED }, "id");
                }
                Step::Answer(..) => {}
                Step::Wait(ms) => link.pass(Span::millis(ms)),
                Step::Lose => link.client.disconnected(link.now, Why::ConnectionLost),
                Step::Nonsense(octets) => link.client.receive(&octets, link.now),
            }
            if link.client.dial_at().is_some() {
                at_carrier.clear();
                link.carrier = crate::link::carrier();
                link.client.connected(link.now);
                link.exchange();
                link.carrier.accept_bind().unwrap();
            }
            at_carrier.extend(link.submitted().iter().map(|(sequence, _)| *sequence));
            prop_assert!(link.client.waiting() <= 3);
            for event in link.events() {
                match event {
                    Event::Submitted { ticket, .. } | Event::Refused { ticket, .. } => back.push(ticket),
                    Event::Unanswered { ticket, .. } => { back.push(ticket); late.push(ticket) }
                    Event::LateAnswer { ticket, .. } => prop_assert!(late.contains(&ticket)),
                    _ => {}
                }
            }
        }
        link.client.disconnected(link.now, Why::ConnectionLost);
        back.extend(link.events().iter().filter_map(|event| match event {
            Event::Unanswered { ticket, .. } => Some(*ticket),
            _ => None,
        }));
        back.sort_unstable();
        prop_assert_eq!(back, (0..given).collect::<Vec<_>>());
    }
}
