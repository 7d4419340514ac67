//! The connection we make: binding, submitting, silence, numbers that never repeat, ending, dialling again.

use crate::link::{GATEWAY_NODE, Link, NODE, START, config, gateway, submit};
use model::Span;
use proptest::prelude::*;
use std::collections::BTreeSet;
use wire::Concat;
use wire::sgip::pdu::{self, Answer, Deliver, Report};
use wire::sgip::session::{Delivery, Event, Payload, ProtocolError, Submit, SubmitError, Why};
use wire::sgip::{Class, MsgFmt, Numbers, Pdu, Sequence, Session, Status, peer};

#[test]
fn a_bind_says_who_and_nothing_prints_the_password() {
    let mut link = Link::down(config());
    assert!(link.client.dial_at().unwrap() <= START, "a new session wants to be dialled at once");
    link.client.connected(link.now);
    link.exchange();
    let [peer::Event::Bind(request)] = &link.heard[..] else { panic!("{:?}", link.heard) };
    assert_eq!((request.login_type, &*request.login_name), (1, "bank"));
    assert!(!format!("{request:?} {:?}", link.client).contains("secret"), "a password was printed");
    link.gateway.accept_bind();
    assert_eq!(link.events(), [Event::Bound]);
    assert_eq!((link.client.window_free(), link.client.deadline()), (3, None), "there is no keep-alive");
}

#[test]
fn a_refused_bind_closes_and_wrong_credentials_are_not_hammered() {
    for (status, longest) in [(Status::BAD_LOGIN, true), (Status::TOO_MANY_CONNECTIONS, false)] {
        let mut link = Link::down(config());
        link.client.connected(link.now);
        link.exchange();
        link.gateway.refuse_bind(status);
        let events = link.events();
        assert_eq!(events[0], Event::BindRefused { status });
        let Event::Closed { why, may_retry_at } = events[1] else { panic!("{events:?}") };
        assert_eq!(why, Why::BindRefused(status));
        let wait = may_retry_at.unwrap().since(START);
        assert_eq!(wait == Span::seconds(60), longest, "{status} waits {wait}");
    }
}

#[test]
fn what_was_submitted_arrives_under_the_id_its_report_will_name() {
    let mut link = Link::bound(config());
    let mut payload = vec![5, 0, 3, 7, 2, 1];
    wire::msg_fmt::encode_ucs2(&mut payload, "【鸿雁银行】还款提醒");
    let message = Submit {
        destinations: Numbers::List(&["8613000001234", "8618600005678"]),
        msg_format: MsgFmt::UCS2,
        payload: Payload(&payload),
        header: true,
        ..submit()
    };
    let id = link.client.submit(9, &message, link.now).unwrap();
    assert_eq!((id.node, id.time), (NODE, 501_080_000));
    let [(sequence, got)] = &link.submitted()[..] else { panic!("one submit") };
    assert_eq!(*sequence, id);
    let numbers: Vec<&str> = got.destinations.iter().map(|number| number.reveal()).collect();
    assert_eq!((&*got.corp_id, &numbers[..]), ("99999", &["8613000001234", "8618600005678"][..]));
    assert_eq!(got.concat, Some(Concat { reference: 7, total: 2, number: 1 }));
    assert_eq!(got.msg_format.decode(&got.payload.0).as_deref(), Some("【鸿雁银行】还款提醒"));
    assert!(!format!("{got:?} {message:?}").contains("861"), "a number was printed");
    // A gateway that answers under its own node and time is forgiven: the count ties them.
    link.answer(Sequence { node: GATEWAY_NODE, time: 0, ..id }, Status::OK);
    assert_eq!(link.events(), [Event::Submitted { ticket: 9, remote_id: id.to_string() }]);
    assert_eq!(id.to_string().parse(), Ok(id));
}

#[test]
fn the_window_fills_and_opens_and_results_are_classified() {
    let mut link = Link::bound(config());
    for ticket in 1..=3 {
        link.submit(ticket).unwrap();
    }
    assert_eq!(link.submit(4), Err(SubmitError::Full { window: 3 }));
    assert_eq!((link.client.window_free(), link.client.waiting()), (0, 3));
    let sequences: Vec<Sequence> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    link.answer(sequences[2], Status::BUSY);
    link.answer(sequences[0], Status::BAD_NUMBER);
    link.answer(sequences[1], Status::OK);
    let remote_id = sequences[1].to_string();
    assert_eq!(
        link.events(),
        [
            Event::Refused { ticket: 3, status: Status::BUSY },
            Event::Refused { ticket: 1, status: Status::BAD_NUMBER },
            Event::Submitted { ticket: 2, remote_id },
        ]
    );
    assert_eq!((Status::BUSY.class(), Status::BAD_NUMBER.class()), (Class::Throttled, Class::Permanent));
    assert_eq!(link.client.window_free(), 3);
}

#[test]
fn one_lost_answer_on_a_link_that_talks_is_only_that_and_may_come_late() {
    let mut link = Link::bound(config());
    let lost = link.submit(1).unwrap();
    link.pass(Span::seconds(5));
    let other = link.submit(2).unwrap();
    link.submitted();
    link.answer(other, Status::OK);
    link.pass(Span::seconds(5));
    let events = link.events();
    assert_eq!(events[1..], [Event::Unanswered { ticket: 1, why: Why::ResponseTimeout }]);
    link.pass(Span::seconds(3));
    link.answer(lost, Status::OK);
    assert_eq!(
        link.events(),
        [Event::LateAnswer { ticket: 1, status: Status::OK, remote_id: lost.to_string() }]
    );
    link.answer(lost, Status::OK);
    assert!(matches!(
        link.events()[..],
        [Event::ProtocolError { error: ProtocolError::UnexpectedAnswer { .. }, .. }]
    ));
}

#[test]
fn a_gateway_that_says_nothing_since_a_submit_is_left_and_dialled_again() {
    let mut link = Link::bound(config());
    link.pass(Span::hours(1).min(Span::seconds(200)));
    for ticket in 1..=3 {
        link.submit(ticket).unwrap();
    }
    link.pass(Span::seconds(10));
    let events = link.events();
    assert_eq!(events[..3], [1, 2, 3].map(|ticket| Event::Unanswered { ticket, why: Why::PeerSilent }));
    assert!(matches!(events[3], Event::Closed { why: Why::PeerSilent, may_retry_at: Some(_) }), "{events:?}");
}

#[test]
fn numbers_count_on_over_connections_and_lanes_keep_sessions_apart() {
    let mut seen = BTreeSet::new();
    for lane in [0, 1, 127] {
        let mut config = config();
        config.lane = lane;
        let mut link = Link::down(config);
        // All within one second.
        for _ in 0..5 {
            link.bind();
            for ticket in 0..3 {
                assert!(seen.insert(link.submit(ticket).unwrap()), "a number came twice");
            }
            link.client.disconnected(link.now, Why::ConnectionLost);
            link.events();
            link.heard.clear();
        }
    }
    // A process that starts again within the second begins elsewhere.
    let mut again = Link::down(config());
    again.now = START.after(Span::millis(1));
    again.bind();
    assert!(seen.insert(again.submit(0).unwrap()));
}

#[test]
fn what_belongs_on_the_other_connection_is_taken_here_too() {
    let mut link = Link::bound(config());
    let id = link.submit(1).unwrap();
    link.submitted();
    let mut octets = Vec::new();
    let report = Report { submit: id, user_number: b"8613000001234", ..Report::default() };
    let sequence = Sequence { node: GATEWAY_NODE, time: 1, counter: 5 };
    pdu::encode(&mut octets, sequence, &Pdu::Report(report)).unwrap();
    link.client.receive(&octets, link.now);
    let Some(Event::Delivered { delivery, content: Delivery::Receipt(receipt), .. }) = link.events().pop()
    else {
        panic!("no receipt")
    };
    assert_eq!(receipt.remote_id, id.to_string());
    link.client.acknowledge(delivery, link.now);
    let mut expected = Vec::new();
    pdu::encode(&mut expected, sequence, &Pdu::Answer(Answer::Report, Status::OK)).unwrap();
    assert_eq!(link.client.output(), &expected);
}

#[test]
fn mistakes_are_answered_and_the_link_stays() {
    let mut link = Link::bound(config());
    let mut octets = Vec::new();
    let deliver = Pdu::Deliver(Deliver { content: b"x", ..Deliver::default() });
    pdu::encode(&mut octets, Sequence::default(), &deliver).unwrap();
    octets.truncate(50);
    octets[3] = 50;
    pdu::encode(&mut octets, Sequence::default(), &Pdu::Unknown(wire::sgip::CommandId(0x11), b"x")).unwrap();
    pdu::encode(&mut octets, Sequence::default(), &Pdu::UnbindResp).unwrap();
    link.client.receive(&octets, link.now);
    let answers = std::mem::take(link.client.output());
    assert_eq!(
        (answers.len(), answers[20], answers[29 + 20]),
        (58, Status::BAD_LENGTH.0, Status::BAD_COMMAND.0)
    );
    let events = link.events();
    assert!(matches!(events[0], Event::ProtocolError { error: ProtocolError::Body(_), .. }));
    assert!(matches!(events[1], Event::ProtocolError { error: ProtocolError::UnknownCommand(_), .. }));
    assert!(matches!(events[2], Event::ProtocolError { error: ProtocolError::UnexpectedAnswer { .. }, .. }));
    assert!(link.client.is_bound());
    link.client.receive(&[0, 0, 0, 19], link.now);
    assert!(matches!(link.events()[..], [_, Event::Closed { why: Why::BadStream, .. }]));
}

#[test]
fn unbinding_drains_the_window_first_and_stays_down() {
    let mut link = Link::bound(config());
    let id = link.submit(1).unwrap();
    link.submitted();
    link.client.unbind(link.now);
    assert_eq!(link.submit(2), Err(SubmitError::NotBound { found: "unbinding" }));
    link.answer(id, Status::OK);
    let events = link.events();
    assert_eq!(events[1], Event::Closed { why: Why::Unbound, may_retry_at: None });
    assert_eq!(link.heard, [peer::Event::Unbound, peer::Event::Closed { why: Why::PeerUnbound }]);
    assert_eq!((link.client.dial_at(), link.client.deadline()), (None, None));
    link.client.resume(link.now);
    assert_eq!(link.client.dial_at(), Some(link.now));
}

#[test]
fn a_gateway_that_unbinds_or_drops_the_line_is_dialled_again() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    let mut unbind = Vec::new();
    pdu::encode(&mut unbind, Sequence::default(), &Pdu::Unbind).unwrap();
    link.client.receive(&unbind, link.now);
    assert!(link.client.output().ends_with(&[&[0, 0, 0, 20, 0x80, 0, 0, 2][..], &[0; 12]].concat()));
    let events = link.events();
    assert_eq!(events[..2], [Event::PeerUnbound, Event::Unanswered { ticket: 1, why: Why::PeerUnbound }]);
    assert!(matches!(events[2], Event::Closed { may_retry_at: Some(_), .. }));
    // An idle connection that the gateway closes is made again at once.
    link.heard.clear();
    link.bind();
    link.pass(Span::seconds(299));
    link.client.disconnected(link.now, Why::ConnectionLost);
    assert!(link.client.dial_at().unwrap().since(link.now) <= Span::seconds(1));
}

#[test]
fn the_gateway_refuses_strangers_and_second_binds_and_closes_what_idles() {
    let mut stranger = gateway();
    let mut octets = Vec::new();
    submit().encode(&mut octets, Sequence::default()).unwrap();
    stranger.receive(&octets, START);
    assert_eq!(stranger.output()[20], Status::BAD_LOGIN.0);
    stranger.tick(START.after(Span::seconds(10)));
    assert!(matches!(stranger.event(), Some(peer::Event::ProtocolError { .. })));
    assert_eq!(stranger.event(), Some(peer::Event::Closed { why: Why::BindTimeout }));
    let mut link = Link::bound(config());
    let mut again = Session::new(config(), 2).unwrap();
    again.connected(START);
    link.gateway.receive(again.output(), link.now);
    assert_eq!(link.gateway.output()[20], Status::REPEATED_LOGIN.0);
    link.gateway.output().clear();
    link.pass(Span::seconds(300));
    assert_eq!(link.heard.last(), Some(&peer::Event::Closed { why: Why::PeerSilent }));
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
    fn every_ticket_comes_back_exactly_once_and_no_id_twice(steps in proptest::collection::vec(step(), 0..60)) {
        let mut link = Link::bound(config());
        let (mut given, mut back, mut waiting, mut ids) = (0u64, Vec::new(), Vec::new(), BTreeSet::new());
        for step in steps {
            match step {
                Step::Submit => {
                    if let Ok(id) = link.submit(given) {
                        given += 1;
                        prop_assert!(ids.insert(id));
                    }
                }
                Step::Answer(at, ok) if !waiting.is_empty() => {
                    let sequence = waiting.swap_remove(at.index(waiting.len()));
                    link.answer(sequence, if ok { Status::OK } else { Status::BUSY });
                }
                Step::Answer(..) => {}
                Step::Pass(seconds) => link.pass(Span::seconds(seconds)),
                Step::Break => link.client.disconnected(link.now, Why::ConnectionLost),
            }
            waiting.extend(link.submitted().into_iter().map(|(sequence, _)| sequence));
            for event in link.events() {
                if let Event::Submitted { ticket, .. } | Event::Refused { ticket, .. } | Event::Unanswered { ticket, .. } = event {
                    back.push(ticket);
                }
            }
            if !link.client.is_bound() {
                waiting.clear();
                link.heard.clear();
                link.bind();
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
