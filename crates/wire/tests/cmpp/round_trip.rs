//! What we write we read, in both versions; what we read and can write again we read the same; nothing panics.

use crate::link::BOTH;
use proptest::prelude::*;
use wire::cmpp::frame::Frames;
use wire::cmpp::login::Authenticator;
use wire::cmpp::pdu::{self, Connect, ConnectResp, Deliver, MessageResp, Numbers, Query, QueryResp, Submit};
use wire::cmpp::{CommandId, ConnectStatus, Frame, MsgFmt, MsgId, Pdu, ResultCode, Version};

/// What PDUs are made of.
#[derive(Debug, Clone)]
struct Pool {
    /// Printable, and long enough for the longest field.
    text: Vec<u8>,
    content: Vec<u8>,
    octets: [u8; 8],
    words: [u32; 8],
    id: u64,
    numbers: Vec<String>,
    timed: bool,
}

fn pool() -> impl Strategy<Value = Pool> {
    (
        proptest::collection::vec(0x21u8..0x7f, 40),
        proptest::collection::vec(any::<u8>(), 0..=140),
        any::<[u8; 8]>(),
        any::<[u32; 8]>(),
        any::<u64>(),
        proptest::collection::vec("[0-9+]{0,21}", 1..=99),
        any::<bool>(),
    )
        .prop_map(|(text, content, octets, words, id, numbers, timed)| Pool {
            text,
            content,
            octets,
            words,
            id,
            numbers,
            timed,
        })
}

impl Pool {
    fn text(&self, octets: usize) -> &[u8] {
        &self.text[..octets]
    }

    fn bodies<'a>(&'a self, version: Version, numbers: &'a [&'a str]) -> Vec<Pdu<'a>> {
        let [a, b, c, d, e, f, g, h] = self.octets;
        let [i, j, k, l, m, n, o, p] = self.words;
        let (number, link, is_v3) = match version {
            Version::V2 => (21, 8, false),
            Version::V3 => (32, 20, true),
        };
        let status = if is_v3 { i } else { i & 0xff };
        let time = if self.timed { self.text(16) } else { &[] };
        let proof = Authenticator([a; 16]);
        let resp = MessageResp { msg_id: MsgId(self.id), result: ResultCode(status) };
        vec![
            Pdu::Connect(Connect {
                source_addr: self.text(6),
                authenticator: proof,
                version: a,
                timestamp: i,
            }),
            Pdu::ConnectResp(ConnectResp { status: ConnectStatus(status), authenticator: proof, version: a }),
            Pdu::Terminate,
            Pdu::TerminateResp,
            Pdu::Submit(Submit {
                pk_total: a,
                pk_number: b,
                registered_delivery: c,
                msg_level: d,
                service_id: self.text(10),
                fee_user_type: e,
                fee_terminal_id: self.text(number),
                fee_terminal_type: if is_v3 { f } else { 0 },
                tp_pid: g,
                tp_udhi: h,
                msg_fmt: MsgFmt(a),
                msg_src: self.text(6),
                fee_type: self.text(2),
                fee_code: self.text(6),
                valid_time: time,
                at_time: time,
                src_id: self.text(21),
                destinations: Numbers::new(numbers),
                dest_terminal_type: if is_v3 { b } else { 0 },
                content: &self.content,
                link_id: self.text(link),
            }),
            Pdu::SubmitResp(resp),
            Pdu::Deliver(Deliver {
                msg_id: MsgId(self.id),
                dest_id: self.text(21),
                service_id: self.text(10),
                tp_pid: a,
                tp_udhi: b,
                msg_fmt: MsgFmt(c),
                src_terminal_id: self.text(number),
                src_terminal_type: if is_v3 { d } else { 0 },
                registered_delivery: e,
                content: &self.content,
                link_id: self.text(link),
            }),
            Pdu::DeliverResp(resp),
            Pdu::Query(Query { time: self.text(8), query_type: a, query_code: self.text(10) }),
            Pdu::QueryResp(QueryResp {
                time: self.text(8),
                query_type: b,
                query_code: self.text(10),
                mt_messages: i,
                mt_users: j,
                mt_sent: k,
                mt_waiting: l,
                mt_failed: m,
                mo_sent: n,
                mo_waiting: o,
                mo_failed: p,
            }),
            Pdu::Cancel(MsgId(self.id)),
            Pdu::CancelResp(status),
            Pdu::ActiveTest,
            Pdu::ActiveTestResp,
            Pdu::Unknown(CommandId(0x10), &self.content),
        ]
    }
}

fn read_back(out: &[u8]) -> Frame<'_> {
    let mut stream = out;
    let frame = Frames::default().split(&mut stream).unwrap().unwrap();
    assert!(stream.is_empty() && frame.skipped == 0);
    frame
}

/// Whatever can be read and written again reads the same.
fn settle(frame: &Frame<'_>, version: Version) {
    let Ok(pdu) = pdu::decode(frame, version) else { return };
    let mut out = Vec::new();
    if pdu::encode(&mut out, version, frame.sequence, &pdu).is_err() {
        assert!(out.is_empty());
        return;
    }
    let again = read_back(&out);
    let mut out_again = Vec::new();
    pdu::encode(&mut out_again, version, again.sequence, &pdu::decode(&again, version).unwrap()).unwrap();
    assert_eq!(out, out_again);
}

proptest! {
    #[test]
    fn every_pdu_reads_back_in_both_versions(pool in pool(), sequence in any::<u32>()) {
        let numbers: Vec<&str> = pool.numbers.iter().map(String::as_str).collect();
        for version in BOTH {
            for pdu in pool.bodies(version, &numbers) {
                let mut out = vec![0xaa];
                pdu::encode(&mut out, version, sequence, &pdu).unwrap();
                let frame = read_back(&out[1..]);
                prop_assert_eq!((frame.command, frame.sequence), (pdu.command(), sequence));
                prop_assert_eq!(&pdu::decode(&frame, version).unwrap(), &pdu);
            }
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic_and_settle_after_one_reading(
        command in proptest::sample::select(CommandId::ALL),
        body in proptest::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..400),
    ) {
        for version in BOTH {
            settle(&Frame { command, sequence: 1, body: &body, skipped: 0 }, version);
        }
    }

    #[test]
    fn damaged_pdus_never_panic(pool in pool(), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let numbers: Vec<&str> = pool.numbers.iter().map(String::as_str).collect();
        for version in BOTH {
            for pdu in pool.bodies(version, &numbers) {
                let mut out = Vec::new();
                pdu::encode(&mut out, version, 1, &pdu).unwrap();
                let mut body = out.split_off(12);
                if !body.is_empty() {
                    let place = at.index(body.len());
                    body[place] = with;
                    let octets = cut.index(body.len());
                    for body in [&body[..], &body[..octets]] {
                        settle(&Frame { command: pdu.command(), sequence: 1, body, skipped: 0 }, version);
                    }
                }
            }
        }
    }
}
