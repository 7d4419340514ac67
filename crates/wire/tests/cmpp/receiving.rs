//! What the gateway brings: reports in both layouts, users' messages in every alphabet, and when it may be answered.

use crate::link::{BOTH, Link, START, config};
use model::Span;
use wire::cmpp::login::CHINA_AHEAD;
use wire::cmpp::pdu::{self, Deliver};
use wire::cmpp::peer::{self, ReportDelivery};
use wire::cmpp::report::{self, Outcome, Stat, wall_time};
use wire::cmpp::session::{Delivery, DeliveryRef, Event, Inbound, ProtocolError, UNACKNOWLEDGED_MAX, Why};
use wire::cmpp::{MsgFmt, MsgId, Pdu, ResultCode, Version};
use wire::msg_fmt::{encode_gbk, encode_ucs2};
use wire::{Concat, Octets};

fn outcome(stat: Stat) -> Outcome<'static> {
    Outcome {
        msg_id: MsgId(0xb2b9_da80_0001_0000),
        stat,
        submitted: wall_time(START, CHINA_AHEAD),
        done: wall_time(START.after(Span::seconds(60)), CHINA_AHEAD),
        destination: "13800001234",
        smsc_sequence: 5,
    }
}

fn report(stat: Stat) -> ReportDelivery<'static> {
    ReportDelivery { msg_id: MsgId(77), dest_id: "1069012345", service_id: "BANK", outcome: outcome(stat) }
}

/// What the next thing delivered is, and what to answer it with.
fn delivered(link: &mut Link) -> (DeliveryRef, Delivery) {
    let mut events = link.events();
    match events.pop() {
        Some(Event::Delivered { delivery, content, .. }) if events.is_empty() => (delivery, content),
        other => panic!("{events:?} {other:?}"),
    }
}

fn message<'a>(fmt: MsgFmt, content: &'a [u8]) -> Deliver<'a> {
    Deliver {
        msg_id: MsgId(9),
        dest_id: b"1069012345",
        src_terminal_id: b"13800001234",
        msg_fmt: fmt,
        content,
        ..Deliver::default()
    }
}

#[test]
fn a_report_arrives_and_is_acknowledged_when_the_caller_says_so() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let sequence = link.gateway.deliver_report(3, &report(Stat(*b"MK:0012")), link.now).unwrap();
        let events = link.events();
        let [Event::Delivered { from, to, content: Delivery::Receipt(report), .. }] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (from.reveal(), to.reveal(), report.destination.reveal()),
            ("13800001234", "1069012345", "13800001234")
        );
        assert_eq!(
            (report.msg_id, report.stat.code().as_str(), report.smsc_sequence),
            (MsgId(0xb2b9_da80_0001_0000), "MK:0012", 5)
        );
        assert_eq!(report.submitted.map(|at| at.at(CHINA_AHEAD)), Some(START));
        assert_eq!(report.done.map(|at| at.at(CHINA_AHEAD)), Some(START.after(Span::seconds(60))));
        assert!(!format!("{events:?}").contains("138"), "a number prints");
        assert_eq!(link.heard(), [], "not before it is durable");
        let Some(Event::Delivered { delivery, .. }) = events.into_iter().next() else { unreachable!() };
        link.client.acknowledge(delivery, link.now);
        assert_eq!(
            link.heard(),
            [peer::Event::DeliverAnswered { ticket: 3, sequence, result: ResultCode::OK }]
        );
    }
}

#[test]
fn a_report_may_come_before_the_answer_to_its_submit() {
    let mut link = Link::bound(config(Version::V2));
    link.submit(1).unwrap();
    let (sequence, _) = link.submitted()[0];
    link.gateway.deliver_report(3, &report(Stat::DELIVERED), link.now).unwrap();
    link.answer(sequence, ResultCode::OK, 0xb2b9_da80_0001_0000);
    let events = link.events();
    let [Event::Delivered { content: Delivery::Receipt(report), .. }, Event::Submitted { ticket: 1, msg_id }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(report.msg_id, *msg_id);
}

#[test]
fn the_layout_of_a_report_goes_by_its_length_and_not_by_the_version() {
    for version in BOTH {
        for (layout, octets) in [(Version::V2, 60), (Version::V3, 71)] {
            let mut link = Link::bound(config(version));
            let mut content = Vec::new();
            report::write(&mut content, layout, &outcome(Stat::EXPIRED)).unwrap();
            assert_eq!(content.len(), octets);
            let deliver = Deliver { registered_delivery: 1, ..message(MsgFmt::BINARY, &content) };
            link.gateway.deliver(1, &deliver, link.now).unwrap();
            let (_, Delivery::Receipt(report)) = delivered(&mut link) else { panic!("a report") };
            assert_eq!((report.stat, report.smsc_sequence), (Stat::EXPIRED, 5));
        }
    }
}

#[test]
fn a_report_of_2_0_in_a_deliver_of_3_0_that_is_11_octets_short_is_read() {
    let mut link = Link::bound(config(Version::V3));
    let mut content = Vec::new();
    report::write(&mut content, Version::V2, &outcome(Stat::DELIVERED)).unwrap();
    let mut out = Vec::new();
    let deliver = Deliver { registered_delivery: 1, ..message(MsgFmt::ASCII, &content) };
    pdu::encode(&mut out, Version::V3, 4, &Pdu::Deliver(deliver)).unwrap();
    out.truncate(out.len() - 11);
    out[3] = u8::try_from(out.len()).unwrap();
    link.client.receive(&out, link.now);
    let (_, Delivery::Receipt(report)) = delivered(&mut link) else { panic!("a report") };
    assert_eq!((report.stat, report.destination.reveal()), (Stat::DELIVERED, "13800001234"));
}

#[test]
fn a_report_too_short_to_read_is_handed_over_as_it_is() {
    let mut link = Link::bound(config(Version::V2));
    let deliver = Deliver { registered_delivery: 1, ..message(MsgFmt::ASCII, b"id:1 stat:DELIVRD") };
    link.gateway.deliver(1, &deliver, link.now).unwrap();
    let (delivery, content) = delivered(&mut link);
    assert_eq!(content, Delivery::UnreadableReceipt(Octets(b"id:1 stat:DELIVRD".to_vec())));
    link.client.acknowledge(delivery, link.now);
    assert!(matches!(link.heard()[..], [peer::Event::DeliverAnswered { .. }]));
}

#[test]
fn a_users_message_is_read_in_every_alphabet() {
    let (mut ucs2, mut gbk) = (Vec::new(), Vec::new());
    encode_ucs2(&mut ucs2, "退订😀");
    encode_gbk(&mut gbk, "退订").unwrap();
    for version in BOTH {
        for (fmt, content, text) in [
            (MsgFmt::ASCII, &b"TD"[..], Some("TD")),
            (MsgFmt::ASCII, &gbk, Some("退订")),
            (MsgFmt::UCS2, &ucs2, Some("退订😀")),
            (MsgFmt::UCS2.flash(), &ucs2, Some("退订😀")),
            (MsgFmt::GBK, &gbk, Some("退订")),
            (MsgFmt::BINARY, b"\x01\x02", None),
            (MsgFmt::CARD, b"x", None),
        ] {
            let mut link = Link::bound(config(version));
            link.gateway.deliver(1, &message(fmt, content), link.now).unwrap();
            let (_, Delivery::Message(got)) = delivered(&mut link) else { panic!("a message") };
            assert_eq!((got.text.as_deref(), &got.payload.0[..], got.msg_fmt), (text, content, fmt));
        }
    }
}

#[test]
fn a_part_says_where_it_belongs_by_either_bit() {
    for tp_udhi in [1, 0x40] {
        for header in [&[5, 0, 3, 7, 2, 1][..], &[6, 8, 4, 0, 7, 2, 1]] {
            let mut link = Link::bound(config(Version::V2));
            let content = [header, b"TD"].concat();
            let deliver =
                Deliver { tp_udhi, link_id: b"L", service_id: b"S", ..message(MsgFmt::ASCII, &content) };
            link.gateway.deliver(1, &deliver, link.now).unwrap();
            let (_, Delivery::Message(got)) = delivered(&mut link) else { panic!("a message") };
            let expected = Inbound {
                text: Some("TD".to_owned()),
                payload: Octets(b"TD".to_vec()),
                msg_fmt: MsgFmt::ASCII,
                concat: Some(Concat { reference: 7, total: 2, number: 1 }),
                service_id: "S".to_owned(),
                link_id: "L".to_owned(),
            };
            assert_eq!(got, expected);
        }
    }
}

#[test]
fn a_delivery_that_could_not_be_kept_is_refused() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let sequence = link.gateway.deliver(8, &message(MsgFmt::ASCII, b"x"), link.now).unwrap();
        let (delivery, _) = delivered(&mut link);
        link.client.refuse(delivery, ResultCode::FLOW, link.now);
        assert_eq!(
            link.heard(),
            [peer::Event::DeliverAnswered { ticket: 8, sequence, result: ResultCode::FLOW }]
        );
    }
}

#[test]
fn an_acknowledgement_never_answers_over_a_later_connection() {
    let mut link = Link::bound(config(Version::V2));
    link.gateway.deliver(8, &message(MsgFmt::ASCII, b"x"), link.now).unwrap();
    let (delivery, _) = delivered(&mut link);
    link.client.disconnected(link.now, Why::ConnectionLost);
    link.gateway = crate::link::gateway();
    link.events();
    link.log_in();
    link.client.acknowledge(delivery, link.now);
    assert!(link.client.output().is_empty());
}

#[test]
fn a_deliver_that_cannot_be_read_is_answered_with_its_id_and_the_reason() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let mut out = Vec::new();
        pdu::encode(&mut out, version, 4, &Pdu::Deliver(message(MsgFmt::ASCII, b"x"))).unwrap();
        let length = out.len() - 30;
        out.truncate(length);
        out[3] = u8::try_from(length).unwrap();
        link.client.receive(&out, link.now);
        let mut expected = Vec::new();
        let answer = pdu::MessageResp { msg_id: MsgId(9), result: ResultCode::LENGTH };
        pdu::encode(&mut expected, version, 4, &Pdu::DeliverResp(answer)).unwrap();
        assert_eq!(link.client.output(), &expected);
        assert!(matches!(
            link.client.event(),
            Some(Event::ProtocolError { error: ProtocolError::Body(_), .. })
        ));
        assert!(link.client.is_bound());
    }
}

#[test]
fn unacknowledged_messages_are_bounded() {
    let mut link = Link::bound(config(Version::V3));
    let mut out = Vec::new();
    for sequence in 0..=UNACKNOWLEDGED_MAX as u32 {
        pdu::encode(&mut out, Version::V3, sequence, &Pdu::Deliver(message(MsgFmt::ASCII, b"x"))).unwrap();
    }
    link.client.receive(&out, link.now);
    assert_eq!(link.client.output().len(), 24);
    assert_eq!(link.client.output()[20..24], [0, 0, 0, 8], "flow control");
    let events: Vec<Event> = std::iter::from_fn(|| link.client.event()).collect();
    assert!(matches!(
        events.last(),
        Some(Event::ProtocolError { error: ProtocolError::TooManyWaiting { .. }, .. })
    ));
    assert_eq!(events.len(), UNACKNOWLEDGED_MAX + 1);
}

#[test]
fn requests_that_only_a_gateway_serves_are_refused() {
    for version in BOTH {
        let mut link = Link::bound(config(version));
        let submit = pdu::Submit { destinations: pdu::Numbers::new(&["1"]), ..pdu::Submit::default() };
        let mut out = Vec::new();
        pdu::encode(&mut out, version, 5, &Pdu::Submit(submit)).unwrap();
        pdu::encode(&mut out, version, 6, &Pdu::Unknown(wire::cmpp::CommandId(0x10), b"abc")).unwrap();
        link.client.receive(&out, link.now);
        let mut expected = Vec::new();
        let answer = pdu::MessageResp { msg_id: MsgId::NONE, result: ResultCode::COMMAND };
        pdu::encode(&mut expected, version, 5, &Pdu::SubmitResp(answer)).unwrap();
        assert_eq!(link.client.output(), &expected, "an unknown command has no answer");
        let events = std::iter::from_fn(|| link.client.event()).count();
        assert_eq!((events, link.client.is_bound()), (2, true));
    }
}
