//! Submitting: window, answers, refusals, silence, late answers.

use crate::link::{Link, config, submit};
use model::Span;
use proptest::prelude::*;
use wire::Concat;
use wire::smgp::session::{Event, Payload, ProtocolError, Submit, SubmitError, Why};
use wire::smgp::{Class, MsgFmt, MsgId, Numbers, Status};

const ID: MsgId = MsgId([0x05, 0x90, 0x01, 0x05, 0x01, 0x08, 0x00, 0x00, 0x00, 0x07]);
const ID_DIGITS: &str = "05900105010800000007";

#[test]
fn what_was_submitted_arrives_and_its_id_is_printed_in_hex() {
    let mut link = Link::bound(config());
    let mut payload = Vec::new();
    let part = Concat { reference: 7, total: 2, number: 1 };
    wire::smpp::concat::write_header(&mut payload, part, wire::Width::Eight);
    wire::msg_fmt::encode_gbk(&mut payload, "【鸿雁银行】还款提醒").unwrap();
    let message = Submit {
        destinations: Numbers::List(&["13800001234", "13900005678"]),
        msg_format: MsgFmt::GBK,
        payload: Payload(&payload),
        header: true,
        part: Some(part),
        priority: 2,
        ..submit()
    };
    link.client.submit(9, &message, link.now).unwrap();
    let [(sequence, got)] = &link.submitted()[..] else { panic!("one submit") };
    let numbers: Vec<&str> = got.destinations.iter().map(|number| number.reveal()).collect();
    assert_eq!((got.source.reveal(), &numbers[..]), ("1065900012", &["13800001234", "13900005678"][..]));
    assert_eq!((got.concat, got.priority, got.report), (Some(part), 2, true));
    assert_eq!(got.msg_format.decode(&got.payload.0).as_deref(), Some("【鸿雁银行】还款提醒"));
    assert!(!format!("{got:?} {message:?}").contains("138"), "a number was printed");
    link.answer(*sequence, Status::OK, ID);
    assert_eq!(link.events(), [Event::Submitted { ticket: 9, remote_id: ID_DIGITS.to_owned() }]);
}

#[test]
fn an_answer_without_an_id_is_told_apart() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    let [(sequence, _)] = link.submitted()[..] else { panic!("one submit") };
    link.answer(sequence, Status::OK, MsgId::NONE);
    assert_eq!(link.events(), [Event::Submitted { ticket: 1, remote_id: String::new() }]);
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
    link.answer(sequences[2], Status::OK, ID);
    link.answer(sequences[0], Status::BAD_DESTINATION, MsgId::NONE);
    assert_eq!(link.client.window_free(), 2);
    link.submit(4).unwrap();
    link.answer(sequences[1], Status::BUSY, MsgId::NONE);
    assert_eq!(
        link.events(),
        [
            Event::Submitted { ticket: 3, remote_id: ID_DIGITS.to_owned() },
            Event::Refused { ticket: 1, status: Status::BAD_DESTINATION },
            Event::Refused { ticket: 2, status: Status::BUSY },
        ]
    );
    assert_eq!((Status::BUSY.class(), Status::BAD_DESTINATION.class()), (Class::Throttled, Class::Permanent));
}

#[test]
fn silence_is_reported_and_the_late_answer_is_not_lost() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    let [(sequence, _)] = link.submitted()[..] else { panic!("one submit") };
    link.pass(Span::seconds(10));
    assert_eq!(link.events(), [Event::Unanswered { ticket: 1, why: Why::ResponseTimeout }]);
    assert_eq!(link.client.window_free(), 3, "a lost answer must not block the window for ever");
    link.answer(sequence, Status::OK, ID);
    assert_eq!(
        link.events(),
        [Event::LateAnswer { ticket: 1, status: Status::OK, remote_id: ID_DIGITS.to_owned() }]
    );
    link.answer(sequence, Status::OK, ID);
    assert!(matches!(
        link.events()[..],
        [Event::ProtocolError { error: ProtocolError::UnexpectedAnswer { .. }, .. }]
    ));
}

#[test]
fn an_answer_that_cannot_be_read_leaves_the_ticket_to_its_time() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    let [(sequence, _)] = link.submitted()[..] else { panic!("one submit") };
    let mut torn = vec![0, 0, 0, 16, 0x80, 0, 0, 2];
    torn.extend(sequence.to_be_bytes());
    torn.extend([1, 2, 3, 4]);
    link.client.receive(&torn, link.now);
    link.pass(Span::seconds(10));
    let events = link.events();
    assert!(matches!(events[0], Event::ProtocolError { error: ProtocolError::Body(_), .. }));
    assert_eq!(events[1..], [Event::Unanswered { ticket: 1, why: Why::ResponseTimeout }]);
}

/// One step of a random run.
#[derive(Debug, Clone)]
enum Step {
    Submit,
    Answer(prop::sample::Index, bool),
    Pass(i64),
    Break,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Submit),
        3 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(at, ok)| Step::Answer(at, ok)),
        1 => (0i64..15).prop_map(Step::Pass),
        1 => Just(Step::Break),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_ticket_comes_back_exactly_once(steps in proptest::collection::vec(step(), 0..60)) {
        let mut link = Link::bound(config());
        let (mut given, mut back, mut waiting) = (0u64, Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Submit => given += u64::from(link.submit(given).is_ok()),
                Step::Answer(at, ok) if !waiting.is_empty() => {
                    let sequence = waiting.swap_remove(at.index(waiting.len()));
                    link.answer(sequence, if ok { Status::OK } else { Status::BUSY }, ID);
                }
                Step::Answer(..) => {}
                Step::Pass(seconds) => link.pass(Span::seconds(seconds)),
                Step::Break => {
                    link.client.disconnected(link.now, Why::ConnectionLost);
                    waiting.clear();
                    let said = link.events();
                    let now = link.now;
                    link = Link { said, now, client: link.client, gateway: crate::link::gateway(), heard: Vec::new() };
                    link.client.connected(link.now);
                    link.exchange();
                    link.gateway.accept_bind(crate::link::SECRET).unwrap();
                    link.exchange();
                }
            }
            waiting.extend(link.submitted().into_iter().map(|(sequence, _)| sequence));
            for event in link.events() {
                if let Event::Submitted { ticket, .. } | Event::Refused { ticket, .. } | Event::Unanswered { ticket, .. } = event {
                    back.push(ticket);
                }
            }
        }
        link.client.disconnected(link.now, Why::ConnectionLost);
        for event in link.events() {
            if let Event::Unanswered { ticket, .. } = event {
                back.push(ticket);
            }
        }
        back.sort_unstable();
        prop_assert_eq!(back, (0..given).collect::<Vec<_>>());
    }
}
