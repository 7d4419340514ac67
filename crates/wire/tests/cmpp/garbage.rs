//! Octets that are no PDU, between PDUs and instead of them.

use crate::link::{BOTH, Link, START, config, gateway};
use wire::cmpp::frame::{GARBAGE_MAX, OCTETS_MAX};
use wire::cmpp::peer;
use wire::cmpp::session::{Event, ProtocolError, Why};
use wire::cmpp::{MsgId, ResultCode, Version};

/// What pycmpp 2.0.2 answers ACTIVE_TEST with: 13 octets announced, 16 sent.
const ODD_ANSWER: [u8; 16] = [0, 0, 0, 13, 0x80, 0, 0, 8, 0, 0, 0, 1, b'0', b'x', b'0', b'0'];

#[test]
fn three_octets_too_many_after_an_answer_do_not_cost_the_link() {
    for version in BOTH {
        for size in 1..20 {
            let mut link = Link::bound(config(version));
            for round in 0..5 {
                link.gateway.enquire(link.now);
                link.gateway.output().clear();
                link.submit(round).unwrap();
                let submit = std::mem::take(link.client.output());
                for piece in [&ODD_ANSWER[..], &submit].concat().chunks(size) {
                    link.gateway.receive(piece, link.now);
                }
                let events = link.heard();
                let [peer::Event::ProtocolError { error, .. }, peer::Event::Submit { sequence, .. }] =
                    &events[..]
                else {
                    panic!("{events:?}")
                };
                assert_eq!(*error, ProtocolError::Garbage { octets: 3 });
                link.answer(*sequence, ResultCode::OK, round);
                assert_eq!(link.events(), [Event::Submitted { ticket: round, msg_id: MsgId(round) }]);
            }
        }
    }
}

#[test]
fn garbage_between_two_answers_is_skipped_and_reported() {
    let mut link = Link::bound(config(Version::V2));
    link.submit(1).unwrap();
    link.submit(2).unwrap();
    let sequences: Vec<u32> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    let mut answers = Vec::new();
    for (sequence, id) in [(sequences[0], 1), (sequences[1], 2)] {
        link.gateway.answer_submit(sequence, ResultCode::OK, MsgId(id));
        answers.push(std::mem::take(link.gateway.output()));
    }
    link.client.receive(&[&answers[0][..], &[0xff; 1_000], &answers[1]].concat(), link.now);
    let events = link.events();
    let [
        Event::Submitted { ticket: 1, .. },
        Event::ProtocolError { error, .. },
        Event::Submitted { ticket: 2, .. },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(error.to_string(), "stream: expected a header, found 1000 octets of garbage before it");
}

#[test]
fn a_stream_that_stays_garbage_ends_the_link_on_either_side() {
    let mut link = Link::bound(config(Version::V3));
    link.submit(1).unwrap();
    link.exchange();
    let garbage = vec![b'G'; GARBAGE_MAX + 100];
    link.client.receive(&garbage, link.now);
    link.gateway.receive(&garbage, link.now);
    let events = link.events();
    let [Event::ProtocolError { .. }, Event::Unanswered { ticket: 1, why }, Event::Closed { .. }] =
        events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(why, Why::BadStream);
    assert!(matches!(link.heard().last(), Some(peer::Event::Closed { why: Why::BadStream })));
    assert!(link.client.dial_at().is_some());
}

#[test]
fn a_stranger_who_speaks_something_else_is_not_kept() {
    let mut gateway = gateway();
    for _ in 0..200 {
        gateway.receive(b"GET / HTTP/1.1\r\nHost: example.org\r\n", START);
    }
    let events: Vec<peer::Event> = std::iter::from_fn(|| gateway.event()).collect();
    assert!(
        matches!(
            events[..],
            [peer::Event::ProtocolError { .. }, peer::Event::Closed { why: Why::BadStream }]
        ),
        "{events:?}"
    );
    assert!(gateway.output().is_empty());
}

#[test]
fn a_pdu_longer_than_the_longest_is_garbage() {
    let mut link = Link::bound(config(Version::V2));
    let mut long = vec![0; OCTETS_MAX + 1];
    long[..8].copy_from_slice(&[0, 0, 16, 1, 0, 0, 0, 5]);
    link.client.receive(&long, link.now);
    assert!(link.client.is_bound(), "{GARBAGE_MAX} octets are searched first");
    link.client.receive(&[0xff; 16], link.now);
    assert!(!link.client.is_bound());
}
