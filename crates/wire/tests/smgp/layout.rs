//! Exact lengths and places, from the field tables of SMSGate, gosms and go_smgp.

use model::Timestamp;
use wire::smgp::pdu::{self, Deliver, Login, LoginResp, MessageResp, Pdu};
use wire::smgp::session::{Config, Payload, Session, Submit};
use wire::smgp::tlv::{Tag, Tlvs, append};
use wire::smgp::{LoginMode, MsgFmt, MsgId, Numbers, Status};
use wire::{Concat, clock};

fn written(pdu: &Pdu<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    pdu::encode(&mut out, 0x0102_0304, pdu).unwrap();
    assert_eq!(out[..4], (out.len() as u32).to_be_bytes());
    assert_eq!(out[4..8], pdu.command().0.to_be_bytes());
    assert_eq!(out[8..12], [1, 2, 3, 4]);
    out
}

#[test]
fn every_pdu_has_the_length_of_its_table() {
    let content = [b'x'; 140];
    let submit = |numbers| pdu::Submit {
        dest_term_ids: Numbers::List(numbers),
        msg_content: &content,
        ..pdu::Submit::default()
    };
    let deliver = Deliver { msg_content: &content, ..Deliver::default() };
    for (pdu, octets) in [
        (Pdu::Login(Login::default()), 42),
        (Pdu::LoginResp(LoginResp::default()), 33),
        (Pdu::Submit(submit(&["13800001234"])), 126 + 21 + 140),
        (Pdu::Submit(submit(&["1"; 100])), 126 + 2_100 + 140),
        (Pdu::SubmitResp(MessageResp::default()), 26),
        (Pdu::Deliver(deliver), 89 + 140),
        (Pdu::DeliverResp(MessageResp::default()), 26),
        (Pdu::ActiveTest, 12),
        (Pdu::ActiveTestResp, 12),
        (Pdu::Exit, 12),
        (Pdu::ExitResp, 12),
    ] {
        assert_eq!(written(&pdu).len(), octets, "{pdu:?}");
    }
}

#[test]
fn a_login_stands_octet_by_octet() {
    let mut config = Config::new("10659000", "888888");
    config.mode = LoginMode::Send;
    let mut session = Session::new(config, 1).unwrap();
    // 2026-10-21 08:05:10 in China.
    session.connected(Timestamp::parse_rfc3339("2026-10-21T00:05:10Z").unwrap());
    let out = session.output();
    let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
    // The sum is that of auth's test; 1021080510 is 0x3cdc73be.
    assert_eq!(
        hex,
        "0000002a 00000001 00000001 3130363539303030 1d3a2f3301db1c70ce4faf3e7e284cd8 00 3cdc73be 30"
            .replace(' ', "")
    );
}

#[test]
fn a_submit_stands_where_its_table_says() {
    let valid =
        clock::absolute(Timestamp::parse_rfc3339("2026-05-01T00:00:00Z").unwrap(), clock::CHINA_AHEAD);
    let mut out = Vec::new();
    Submit {
        source: "1065900012",
        destinations: Numbers::List(&["13800001234", "13900005678"]),
        msg_format: MsgFmt::GBK,
        payload: Payload(b"\x05\0\x03\x07\x02\x01ab"),
        header: true,
        part: Some(Concat { reference: 7, total: 2, number: 1 }),
        priority: 3,
        service_id: "bank",
        valid_time: Some(&valid),
        msg_src: "hongyan",
        ..Submit::default()
    }
    .encode(&mut out, 9)
    .unwrap();
    let at =
        |place: usize, octets: &[u8]| assert_eq!(&out[place..place + octets.len()], octets, "octet {place}");
    at(12, &[6, 1, 3]);
    at(15, b"bank\0\0\0\0\0\0");
    at(25, b"00000000000000");
    at(39, &[15]);
    at(40, b"260501080000032+\0");
    at(57, &[0; 17]);
    at(74, b"1065900012\0\0\0\0\0\0\0\0\0\0\0");
    at(95, &[0; 21]);
    at(116, &[2]);
    at(117, b"13800001234\0\0\0\0\0\0\0\0\0\0");
    at(138, b"13900005678\0\0\0\0\0\0\0\0\0\0");
    at(159, &[8]);
    at(160, b"\x05\0\x03\x07\x02\x01ab");
    at(168, &[0; 8]);
    at(176, &[0, 2, 0, 1, 1, 0, 9, 0, 1, 2, 0, 0x0a, 0, 1, 1, 0, 0x10, 0, 7]);
    at(195, b"hongyan");
    assert_eq!(out.len(), 202);
}

#[test]
fn what_the_specification_forbids_is_not_written() {
    let refused = |submit: Submit<'_>| {
        let mut out = vec![7];
        let error = submit.encode(&mut out, 1).unwrap_err();
        assert_eq!(out, [7], "a torn pdu was left behind");
        error.to_string()
    };
    let one = Numbers::List(&["13800001234"]);
    for (submit, error) in [
        (Submit::default(), "Submit, DestTermIDCount: expected 1 to 100 numbers, found 0"),
        (
            Submit { destinations: Numbers::List(&["1"; 101]), ..Submit::default() },
            "Submit, DestTermIDCount: expected 1 to 100 numbers, found 101",
        ),
        (
            Submit { destinations: one, payload: Payload(&[0; 256]), ..Submit::default() },
            "Submit, MsgContent: expected at most 255 octets, found 256",
        ),
        (
            Submit { destinations: one, source: "1234567890123456789012", ..Submit::default() },
            "Submit, SrcTermID: expected at most 21 octets, found 22",
        ),
        (
            Submit { destinations: one, service_id: "a\0b", ..Submit::default() },
            "Submit, ServiceID: expected no NUL octet, found one at 1",
        ),
    ] {
        assert_eq!(refused(submit), error);
    }
    let error = Session::new(Config::new("123456789", "x"), 1).unwrap_err();
    assert_eq!(error.to_string(), "Login, ClientID: expected at most 8 octets, found 9");
}

#[test]
fn a_deliver_carries_report_and_parameters_where_its_table_says() {
    let mut tlvs = Vec::new();
    append(&mut tlvs, Tag::TP_UDHI, &[1]).unwrap();
    let out = written(&Pdu::Deliver(Deliver {
        msg_id: MsgId([0x12; 10]),
        is_report: 1,
        msg_format: MsgFmt::ASCII,
        recv_time: b"20260501080000",
        src_term_id: b"13800001234",
        dest_term_id: b"1065900012",
        msg_content: b"id:",
        tlvs: Tlvs::cut(&tlvs),
    }));
    assert_eq!(out[12..24], [0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 1, 0]);
    assert_eq!(&out[24..38], b"20260501080000");
    assert_eq!(&out[38..49], b"13800001234");
    assert_eq!(&out[59..69], b"1065900012");
    assert_eq!(&out[80..84], b"\x03id:");
    assert_eq!(&out[92..], [0, 2, 0, 1, 1]);
}

#[test]
fn the_table_of_statuses_is_ordered_and_classified() {
    use wire::smgp::Class;
    assert!(Status::ALL.is_sorted(), "the table lost its order");
    assert_eq!((Status::OK.class(), Status::BUSY.class()), (Class::Ok, Class::Throttled));
    assert_eq!(
        (Status(21).class(), Status(47).class(), Status(999).class()),
        (Class::Session, Class::Permanent, Class::Permanent)
    );
    assert_eq!(Status(21).to_string(), "status 21 (authentication is wrong)");
    assert_eq!(Status(255).to_string(), "status 255");
}
