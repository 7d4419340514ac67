//! What we write we read; what we read and can write again we read the same; nothing makes the decoder panic.

use proptest::prelude::*;
use wire::sgip::frame::{self, Frame};
use wire::sgip::pdu::{self, Answer, Bind, Deliver, Report, Submit};
use wire::sgip::{CommandId, MsgFmt, Numbers, Pdu, Sequence, Status};

/// What every PDU is made of.
#[derive(Debug)]
struct Pool {
    texts: Vec<String>,
    content: Vec<u8>,
    sequence: Sequence,
    byte: u8,
}

prop_compose! {
    fn pool()(
        texts in proptest::collection::vec("[!-~]{0,21}", 4),
        content in proptest::collection::vec(any::<u8>(), 0..=160),
        (node, time, counter) in any::<(u32, u32, u32)>(),
        byte in any::<u8>(),
    ) -> Pool {
        Pool { texts, content, sequence: Sequence { node, time, counter }, byte }
    }
}

impl Pool {
    fn text(&self, which: usize, width: usize) -> &[u8] {
        let text = self.texts[which].as_bytes();
        &text[..text.len().min(width)]
    }

    fn bodies<'a>(&'a self, numbers: &'a [&'a str]) -> Vec<Pdu<'a>> {
        let status = Status(self.byte);
        vec![
            Pdu::Bind(Bind {
                login_type: self.byte,
                login_name: self.text(0, 16),
                password: self.text(1, 16),
            }),
            Pdu::Answer(Answer::Bind, status),
            Pdu::Answer(Answer::Submit, status),
            Pdu::Answer(Answer::Deliver, status),
            Pdu::Answer(Answer::Report, status),
            Pdu::Unbind,
            Pdu::UnbindResp,
            Pdu::Submit(Submit {
                sp_number: self.text(0, 21),
                charge_number: self.text(1, 21),
                user_numbers: Numbers::List(numbers),
                corp_id: self.text(2, 5),
                service_type: self.text(3, 10),
                fee_type: self.byte,
                fee_value: self.text(0, 6),
                given_value: self.text(1, 6),
                agent_flag: 1,
                morelate_to_mt_flag: 2,
                priority: 3,
                expire_time: self.text(2, 16),
                schedule_time: self.text(3, 16),
                report_flag: 1,
                tp_pid: self.byte,
                tp_udhi: 1,
                message_coding: MsgFmt(self.byte),
                message_type: 5,
                content: &self.content,
            }),
            Pdu::Deliver(Deliver {
                user_number: self.text(0, 21),
                sp_number: self.text(1, 21),
                tp_pid: 0,
                tp_udhi: self.byte,
                message_coding: MsgFmt(self.byte),
                content: &self.content,
            }),
            Pdu::Report(Report {
                submit: self.sequence,
                report_type: self.byte,
                user_number: self.text(2, 21),
                state: self.byte,
                error_code: self.byte,
            }),
            Pdu::Unknown(CommandId(0x1000), &self.content),
        ]
    }
}

fn read_back(out: &[u8]) -> (Frame<'_>, Pdu<'_>) {
    let mut stream = out;
    let frame = frame::split(&mut stream).unwrap().unwrap();
    assert!(stream.is_empty());
    (frame, pdu::decode(&frame).unwrap())
}

/// Decodes; if what came out can be written, it must come out the same again.
fn settle(frame: &Frame<'_>) {
    let Ok(decoded) = pdu::decode(frame) else { return };
    let mut out = Vec::new();
    if pdu::encode(&mut out, frame.sequence, &decoded).is_err() {
        assert!(out.is_empty());
        return;
    }
    assert_eq!(read_back(&out).1, decoded);
}

proptest! {
    #[test]
    fn every_pdu_reads_back(pool in pool(), count in 1usize..=100) {
        let numbers: Vec<&str> = pool.texts.iter().cycle().take(count).map(String::as_str).collect();
        for pdu in pool.bodies(&numbers) {
            let mut out = vec![0xaa];
            pdu::encode(&mut out, pool.sequence, &pdu).unwrap();
            let (frame, again) = read_back(&out[1..]);
            prop_assert_eq!((frame.sequence, frame.command), (pool.sequence, pdu.command()));
            prop_assert_eq!(&again, &pdu);
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic_and_settle_after_one_reading(
        command in proptest::sample::select(CommandId::ALL),
        body in proptest::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..400),
    ) {
        settle(&Frame { command, sequence: Sequence::default(), body: &body });
    }

    #[test]
    fn damaged_pdus_never_panic(pool in pool(), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
        for pdu in pool.bodies(&["8613800001234"]) {
            let mut out = Vec::new();
            pdu::encode(&mut out, pool.sequence, &pdu).unwrap();
            let mut body = out.split_off(frame::HEADER_OCTETS);
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = with;
                body.truncate(cut.index(body.len() + 1));
            }
            settle(&Frame { command: pdu.command(), sequence: pool.sequence, body: &body });
        }
    }
}

#[test]
fn a_reserve_that_is_missing_costs_nothing_and_a_length_that_lies_is_named() {
    let answer = |body| Frame { command: CommandId::BIND_RESP, sequence: Sequence::default(), body };
    assert_eq!(pdu::decode(&answer(&[1])), Ok(Pdu::Answer(Answer::Bind, Status::BAD_LOGIN)));
    assert!(pdu::decode(&answer(&[])).is_err());
    let mut deliver = Vec::new();
    pdu::encode(
        &mut deliver,
        Sequence::default(),
        &Pdu::Deliver(Deliver { content: b"hi", ..Deliver::default() }),
    )
    .unwrap();
    let body = &deliver[20..deliver.len() - 8];
    let frame = Frame { command: CommandId::DELIVER, sequence: Sequence::default(), body };
    assert!(matches!(pdu::decode(&frame), Ok(Pdu::Deliver(deliver)) if deliver.content == b"hi"));
    deliver[65] = 0xff;
    let frame = Frame { command: CommandId::DELIVER, sequence: Sequence::default(), body: &deliver[20..] };
    assert_eq!(
        pdu::decode(&frame).unwrap_err().to_string(),
        "Deliver, octet 69, MessageContent: expected no longer than its PDU, found 4278190082 (0xff000002)"
    );
}
