//! Submitting: window, answers, refusals, silence, late answers, messages to many and in parts.

use crate::link::{BOTH, Link, config, submit};
use model::Span;
use proptest::prelude::*;
use wire::cmpp::content::{When, write_header};
use wire::cmpp::pdu::{self, MessageResp};
use wire::cmpp::session::{Event, ProtocolError, SubmitError, Why};
use wire::cmpp::{Class, MsgFmt, MsgId, Pdu, ResultCode, Submit, Version};
use wire::msg_fmt::{encode_gbk, encode_ucs2};
use wire::smpp::time::relative;
use wire::{Concat, Payload, Width, clock};

#[test]
fn what_was_submitted_arrives() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let mut text = Vec::new();
        encode_ucs2(&mut text, "【鸿雁银行】还款提醒");
        let (valid_time, at_time) =
            (relative(Span::hours(48)), clock::absolute(link.now, clock::CHINA_AHEAD));
        let message = Submit {
            msg_fmt: MsgFmt::UCS2,
            payload: Payload(&text),
            valid_time: Some(&valid_time),
            at_time: Some(&at_time),
            service_id: "BANK",
            fee_user_type: 3,
            fee_terminal_id: "13900001234",
            fee_type: "02",
            fee_code: "10",
            link_id: "L1",
            msg_level: 2,
            ..submit()
        };
        link.client.submit(9, &message, link.now).unwrap();
        let [(sequence, got)] = &link.submitted()[..] else { panic!("one submit") };
        assert_eq!(
            (got.msg_src.as_str(), got.src_id.as_str(), got.service_id.as_str()),
            ("900001", "1069012345", "BANK")
        );
        assert_eq!(
            got.destinations.iter().map(|number| number.reveal()).collect::<Vec<_>>(),
            ["13800001234"]
        );
        assert_eq!(
            (got.valid_time, got.at_time),
            (Some(When::After(Span::hours(48))), Some(When::At(link.now)))
        );
        assert_eq!(
            (got.registered_delivery, got.msg_level, got.pk, got.link_id.as_str()),
            (1, 2, (1, 1), "L1")
        );
        assert_eq!(
            (got.fee.user_type, got.fee.terminal_id.reveal(), &*got.fee.fee_type, &*got.fee.fee_code),
            (3, "13900001234", "02", "10")
        );
        assert_eq!((&got.payload.0, got.concat, &got.header.0[..]), (&text, None, &[][..]));
        assert_eq!(got.msg_fmt.decode(&got.payload.0).as_deref(), Some("【鸿雁银行】还款提醒"));
        assert!(!format!("{got:?} {message:?}").contains("138"), "a number was printed");
        link.answer(*sequence, ResultCode::OK, 0xb2b9_da80_0001_0000);
        assert_eq!(link.events(), [Event::Submitted { ticket: 9, msg_id: MsgId(0xb2b9_da80_0001_0000) }]);
    }
}

#[test]
fn parts_say_where_they_belong_in_either_width() {
    for version in BOTH {
        for width in [Width::Eight, Width::Sixteen] {
            let mut link = Link::bound(config(version));
            let part = Concat { reference: 200, total: 3, number: 2 };
            let mut payload = Vec::new();
            write_header(&mut payload, part, width);
            let header = payload.len();
            encode_gbk(&mut payload, "第二部分").unwrap();
            let message = Submit {
                msg_fmt: MsgFmt::GBK,
                has_header: true,
                part: Some(part),
                payload: Payload(&payload),
                ..submit()
            };
            link.client.submit(1, &message, link.now).unwrap();
            let [(_, got)] = &link.submitted()[..] else { panic!("one submit") };
            assert_eq!((got.concat, got.pk), (Some(part), (3, 2)));
            assert_eq!((&got.header.0[..], &got.payload.0[..]), payload.split_at(header));
        }
    }
}

#[test]
fn a_message_to_many_gets_one_id_that_stands_for_a_range() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let numbers: Vec<String> = (0..99).map(|n| format!("1380000{n:04}")).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        link.client.submit(1, &Submit { destinations: &numbers, ..submit() }, link.now).unwrap();
        let [(sequence, got)] = &link.submitted()[..] else { panic!("one submit") };
        assert!(got.destinations.iter().map(|number| number.reveal()).eq(numbers.iter().copied()));
        link.answer(*sequence, ResultCode::OK, 0xb2b9_da80_0001_fff0);
        let [Event::Submitted { msg_id, .. }] = link.events()[..] else { panic!("submitted") };
        assert_eq!(msg_id.nth(98), MsgId(0xb2b9_da80_0001_0052));
        let many = [&numbers[..], &["13900000000"]].concat();
        let error = link.client.submit(2, &Submit { destinations: &many, ..submit() }, link.now).unwrap_err();
        assert_eq!(error.to_string(), "CMPP_SUBMIT, DestUsr_tl: expected from 1 to 99, found 100");
    }
}

#[test]
fn the_window_fills_and_opens_again_whatever_the_order_of_the_answers() {
    let mut link = Link::bound(config(Version::V3));
    for ticket in 1..=3 {
        link.submit(ticket).unwrap();
    }
    assert_eq!(link.submit(4), Err(SubmitError::Full { window: 3 }));
    assert_eq!((link.client.window_free(), link.client.waiting()), (0, 3));
    let sequences: Vec<u32> = link.submitted().iter().map(|(sequence, _)| *sequence).collect();
    link.answer(sequences[2], ResultCode::OK, 33);
    link.answer(sequences[0], ResultCode::OK, 11);
    assert_eq!(link.client.window_free(), 2);
    link.submit(4).unwrap();
    link.answer(sequences[1], ResultCode::OK, 22);
    let submitted = |ticket, id| Event::Submitted { ticket, msg_id: MsgId(id) };
    assert_eq!(link.events(), [submitted(3, 33), submitted(1, 11), submitted(2, 22)]);
}

#[test]
fn a_refusal_says_whether_to_slow_down_or_to_give_up() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        for (code, class) in [(8, Class::Throttled), (6, Class::Permanent), (3, Class::Retry)] {
            link.submit(u64::from(code)).unwrap();
            let (sequence, _) = link.submitted()[0];
            link.answer(sequence, ResultCode(code), 5);
            let [Event::Refused { ticket, result }] = link.events()[..] else { panic!("refused") };
            assert_eq!((ticket, result.class(version)), (u64::from(code), class));
        }
        assert_eq!(link.client.window_free(), 3);
    }
}

#[test]
fn silence_makes_a_message_unanswered_and_a_late_answer_is_still_told() {
    for (result, version) in [(ResultCode::OK, Version::V2), (ResultCode::FLOW, Version::V3)] {
        let mut link = Link::bound(config(version));
        link.submit(7).unwrap();
        link.pass(Span::seconds(9));
        assert_eq!(link.events(), []);
        link.pass(Span::seconds(1));
        assert_eq!(link.events(), [Event::Unanswered { ticket: 7, why: Why::ResponseTimeout }]);
        assert_eq!((link.client.waiting(), link.client.window_free()), (0, 3));
        let (sequence, _) = link.submitted()[0];
        link.answer(sequence, result, 70);
        let msg_id = MsgId(if result.is_ok() { 70 } else { 0 });
        assert_eq!(link.events(), [Event::LateAnswer { ticket: 7, result, msg_id }]);
    }
}

#[test]
fn nothing_is_sent_twice_on_its_own() {
    let mut link = Link::bound(config(Version::V2));
    link.submit(7).unwrap();
    link.pass(Span::seconds(25));
    assert_eq!(link.submitted().len(), 1);
}

#[test]
fn a_lost_link_makes_everything_that_waits_unanswered() {
    let mut link = Link::bound(config(Version::V2));
    link.submit(1).unwrap();
    link.submit(2).unwrap();
    link.client.disconnected(link.now, Why::ConnectionLost);
    let events = link.events();
    let [Event::Unanswered { ticket: 1, why }, Event::Unanswered { ticket: 2, .. }, Event::Closed { .. }] =
        events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(why, Why::ConnectionLost);
    assert_eq!(link.submit(3), Err(SubmitError::NotBound { found: "down" }));
}

#[test]
fn an_answer_to_nothing_and_one_that_cannot_be_read_cost_nothing() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        link.submit(1).unwrap();
        let (sequence, _) = link.submitted()[0];
        let mut out = Vec::new();
        pdu::encode(&mut out, version, 999, &Pdu::SubmitResp(MessageResp::default())).unwrap();
        out.extend([0, 0, 0, 14, 0x80, 0, 0, 4]);
        out.extend(sequence.to_be_bytes());
        out.extend([1, 2]);
        link.client.receive(&out, link.now);
        let events = link.events();
        let [Event::ProtocolError { error: first, .. }, Event::ProtocolError { error: second, .. }] =
            &events[..]
        else {
            panic!("{events:?}")
        };
        assert!(matches!(first, ProtocolError::UnexpectedAnswer { sequence: 999, .. }), "{first}");
        assert!(matches!(second, ProtocolError::Body(_)), "{second}");
        // The real answer still counts.
        link.answer(sequence, ResultCode::OK, 4);
        assert_eq!(link.events(), [Event::Submitted { ticket: 1, msg_id: MsgId(4) }]);
    }
}

#[test]
fn unbinding_waits_for_the_answers_that_are_due() {
    let mut link = Link::bound(config(Version::V3));
    link.submit(1).unwrap();
    link.client.unbind(link.now);
    let (sequence, _) = link.submitted()[0];
    assert_eq!(link.submit(2), Err(SubmitError::NotBound { found: "unbinding" }));
    assert_eq!(link.heard(), []);
    link.answer(sequence, ResultCode::OK, 1);
    assert_eq!(
        link.heard(),
        [wire::cmpp::peer::Event::Unbound, wire::cmpp::peer::Event::Closed { why: Why::PeerUnbound }]
    );
    let events = link.events();
    assert!(
        matches!(
            events[..],
            [Event::Submitted { .. }, Event::Closed { why: Why::Unbound, may_retry_at: None }]
        ),
        "{events:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, in pieces of any size: every ticket comes back once, and the window holds.
    #[test]
    fn every_ticket_comes_back_exactly_once(
        steps in proptest::collection::vec((0u8..6, any::<u8>()), 1..60),
        pieces in proptest::collection::vec(1usize..200, 1..6),
        version in proptest::sample::select(&BOTH[..]),
    ) {
        let mut link = Link::bound(config(version));
        link.pieces = pieces;
        let (mut given, mut waiting, mut back) = (0u64, Vec::new(), std::collections::BTreeMap::new());
        for (step, pick) in steps {
            match step {
                0 | 1 => {
                    let is_open = link.client.window_free() > 0;
                    let is_taken = link.submit(given).is_ok();
                    prop_assert_eq!(is_open, is_taken);
                    given += u64::from(is_taken);
                }
                2 | 3 if !waiting.is_empty() => {
                    let sequence = waiting.remove(usize::from(pick) % waiting.len());
                    link.answer(sequence, ResultCode(u32::from(pick % 9)), u64::from(pick) + 1);
                }
                4 => link.pass(Span::seconds(i64::from(pick % 16))),
                _ => {}
            }
            waiting.extend(link.submitted().iter().map(|(sequence, _)| *sequence));
            prop_assert!(link.client.waiting() <= 3);
            for event in link.events() {
                let ticket = match event {
                    Event::Submitted { ticket, .. } | Event::Refused { ticket, .. } | Event::Unanswered { ticket, .. } => ticket,
                    Event::LateAnswer { .. } => continue,
                    other => panic!("{other:?}"),
                };
                prop_assert!(back.insert(ticket, ()).is_none(), "ticket {} came back twice", ticket);
            }
        }
        link.client.disconnected(link.now, Why::ConnectionLost);
        for event in link.events() {
            if let Event::Unanswered { ticket, .. } = event {
                prop_assert!(back.insert(ticket, ()).is_none());
            }
        }
        prop_assert_eq!(back.len() as u64, given);
    }
}
