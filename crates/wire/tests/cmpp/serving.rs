//! The gateway's side: what it refuses with which Result, repeated requests, queries, cancellations, clients that never
//! answer.

use crate::link::{BOTH, Link, config, submit};
use model::Span;
use wire::cmpp::frame::Frames;
use wire::cmpp::pdu::{self, Deliver, MessageResp, Numbers, Query, QueryResp};
use wire::cmpp::peer::{self, ServerSession};
use wire::cmpp::session::{ProtocolError, SubmitError, Why};
use wire::cmpp::{MsgFmt, MsgId, Pdu, ResultCode, Version};

fn good<'a>(numbers: &'a [&'a str]) -> pdu::Submit<'a> {
    pdu::Submit {
        pk_total: 1,
        pk_number: 1,
        msg_src: b"900001",
        src_id: b"10690",
        destinations: Numbers::new(numbers),
        content: b"x",
        ..pdu::Submit::default()
    }
}

fn octets(version: Version, sequence: u32, pdu: &Pdu<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    pdu::encode(&mut out, version, sequence, pdu).unwrap();
    out
}

/// What the gateway answers, the results with their numbers.
fn results(gateway: &mut ServerSession, version: Version) -> Vec<(u32, u32)> {
    let out = std::mem::take(gateway.output());
    let (mut stream, mut frames, mut found) = (&out[..], Frames::default(), Vec::new());
    while let Some(frame) = frames.split(&mut stream).unwrap() {
        let Ok(Pdu::SubmitResp(MessageResp { msg_id, result })) = pdu::decode(&frame, version) else {
            panic!("{frame:?}")
        };
        assert_eq!((msg_id, frame.body.len()), (MsgId::NONE, if version == Version::V2 { 9 } else { 12 }));
        found.push((frame.sequence, result.0));
    }
    found
}

#[test]
fn what_is_wrong_with_a_submit_is_said_and_the_link_goes_on() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let submit = octets(version, 50, &Pdu::Submit(good(&["13800001234"])));
        let count = if version == Version::V2 { 128 } else { 140 };
        let damaged = |at: usize, with: u8| {
            let mut octets = submit.clone();
            octets[at] = with;
            octets
        };
        let mut short = submit.clone();
        short.truncate(100);
        short[3] = 100;
        let mut time = submit.clone();
        let at_time = if version == Version::V2 { 90 } else { 102 };
        time[at_time..at_time + 8].copy_from_slice(b"tomorrow");
        let long = vec![b'x'; 159];
        let mut long = octets(version, 50, &Pdu::Submit(pdu::Submit { content: &long, ..good(&["1"]) }));
        long[if version == Version::V2 { 58 } else { 70 }] = 8;
        for (octets, result) in [
            (damaged(count, 0), ResultCode::STRUCTURE),
            (damaged(count, 100), ResultCode::STRUCTURE),
            (damaged(count, 9), ResultCode::LENGTH),
            (short, ResultCode::LENGTH),
            (time, ResultCode::STRUCTURE),
            (long, ResultCode::TOO_LONG),
        ] {
            link.gateway.receive(&octets, link.now);
            assert_eq!(results(&mut link.gateway, version), [(50, result.0)]);
            let events = link.heard();
            assert!(matches!(events[..], [peer::Event::ProtocolError { .. }]), "{events:?}");
        }
        link.submit(1).unwrap();
        assert_eq!(link.submitted().len(), 1, "the link goes on");
    }
}

#[test]
fn a_hundred_and_sixty_characters_of_ascii_are_taken() {
    let mut link = Link::bound(config(Version::V2));
    let mut octets = octets(Version::V2, 50, &Pdu::Submit(good(&["1"])));
    let length = octets.len() + 159;
    octets[150] = 160;
    octets.splice(151..152, [b'x'; 160]);
    octets[2..4].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
    link.gateway.receive(&octets, link.now);
    let [(50, message)] = &link.submitted()[..] else { panic!("one submit") };
    assert_eq!(message.payload.0.len(), 160);
}

#[test]
fn a_repeated_request_is_served_once_and_another_with_its_number_refused() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let first = octets(version, 50, &Pdu::Submit(good(&["13800001234"])));
        let other = octets(version, 50, &Pdu::Submit(good(&["13900001234"])));
        link.gateway.receive(&first, link.now);
        assert!(matches!(link.heard()[..], [peer::Event::Submit { sequence: 50, .. }]));
        for (again, results_expected) in [(&first, &[][..]), (&other, &[(50, ResultCode::DUPLICATE.0)])] {
            link.gateway.receive(again, link.now);
            assert_eq!(results(&mut link.gateway, version), results_expected);
            let events = link.heard();
            let [peer::Event::ProtocolError { error, .. }] = &events[..] else { panic!("{events:?}") };
            assert_eq!(*error, ProtocolError::Repeated { sequence: 50 });
        }
        link.gateway.answer_submit(50, ResultCode::OK, MsgId(4));
        let answer =
            octets(version, 50, &Pdu::SubmitResp(MessageResp { msg_id: MsgId(4), result: ResultCode::OK }));
        assert_eq!(std::mem::take(link.gateway.output()), answer);
        link.gateway.answer_submit(50, ResultCode::OK, MsgId(5));
        assert!(link.gateway.output().is_empty(), "it was answered");
        // After the answer the number is free again.
        link.gateway.receive(&first, link.now);
        assert_eq!(link.submitted().len(), 1);
    }
}

#[test]
fn submits_that_nobody_answers_are_bounded() {
    let config = peer::Config { submits_max: 2, ..peer::Config::default() };
    let mut link = Link::down(crate::link::config(Version::V2));
    link.gateway = ServerSession::new(config, link.now);
    link.log_in();
    for sequence in 10..14 {
        link.gateway.receive(&octets(Version::V2, sequence, &Pdu::Submit(good(&["1"]))), link.now);
    }
    assert_eq!(results(&mut link.gateway, Version::V2), [(12, 8), (13, 8)]);
    link.gateway.answer_submit(10, ResultCode::SERVICE, MsgId(4));
    assert_eq!(results(&mut link.gateway, Version::V2), [(10, 7)]);
    link.gateway.receive(&octets(Version::V2, 14, &Pdu::Submit(good(&["1"]))), link.now);
    assert_eq!(results(&mut link.gateway, Version::V2), []);
}

#[test]
fn a_client_that_never_answers_a_deliver_fills_its_window_and_no_more() {
    let config = peer::Config { window: 2, ..peer::Config::default() };
    let mut link = Link::down(crate::link::config(Version::V2));
    link.gateway = ServerSession::new(config, link.now);
    link.log_in();
    let message = Deliver {
        src_terminal_id: b"13800001234",
        content: b"x",
        msg_fmt: MsgFmt::ASCII,
        ..Deliver::default()
    };
    for ticket in [1, 2] {
        link.gateway.deliver(ticket, &message, link.now).unwrap();
    }
    assert_eq!(link.gateway.deliver(3, &message, link.now), Err(SubmitError::Full { window: 2 }));
    assert_eq!(link.gateway.window_free(), 0);
    // The client is there, it only does not acknowledge.
    link.pass(Span::seconds(60));
    assert_eq!(
        link.heard(),
        [1, 2].map(|ticket| peer::Event::DeliverUnanswered { ticket, why: Why::ResponseTimeout })
    );
    assert_eq!((link.gateway.window_free(), link.gateway.bound()), (2, Some(Version::V2)));
}

#[test]
fn queries_and_cancellations_are_the_callers_to_answer() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let query = Pdu::Query(Query { time: b"20260501", query_type: 1, query_code: b"BANK" });
        let asked = [octets(version, 60, &query), octets(version, 61, &Pdu::Cancel(MsgId(8)))].concat();
        link.gateway.receive(&asked, link.now);
        let text = str::to_owned;
        assert_eq!(
            link.heard(),
            [
                peer::Event::Query {
                    sequence: 60,
                    time: text("20260501"),
                    query_type: 1,
                    query_code: text("BANK")
                },
                peer::Event::Cancel { sequence: 61, msg_id: MsgId(8) },
            ]
        );
        let figures = QueryResp {
            time: b"20260501",
            query_type: 1,
            query_code: b"BANK",
            mt_sent: 7,
            ..QueryResp::default()
        };
        link.gateway.answer_query(60, &figures).unwrap();
        link.gateway.answer_cancel(61, true);
        link.gateway.answer_cancel(62, false);
        let expected = [
            octets(version, 60, &Pdu::QueryResp(figures)),
            octets(version, 61, &Pdu::CancelResp(0)),
            octets(version, 62, &Pdu::CancelResp(1)),
        ]
        .concat();
        assert_eq!(link.gateway.output(), &expected);
    }
}

#[test]
fn a_gateway_that_ends_the_session_lets_the_client_dial_again() {
    let mut link = Link::bound(config(Version::V3));
    link.submit(1).unwrap();
    link.exchange();
    link.gateway.unbind(link.now);
    let events = link.events();
    let [
        wire::cmpp::session::Event::PeerUnbound,
        wire::cmpp::session::Event::Unanswered { why, .. },
        wire::cmpp::session::Event::Closed { may_retry_at: Some(_), .. },
    ] = events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(why, Why::PeerUnbound);
    assert!(matches!(link.heard().last(), Some(peer::Event::Closed { why: Why::Unbound })));
    assert!(link.gateway.deliver(1, &Deliver::default(), link.now).is_err());
    assert_eq!(link.client.submit(2, &submit(), link.now), Err(SubmitError::NotBound { found: "down" }));
}
