//! Exact lengths and places, from the field tables of SMSGate, go_sgip and rsms.

use model::Timestamp;
use wire::clock;
use wire::sgip::pdu::{self, Answer, Bind, Deliver, Pdu, Report};
use wire::sgip::session::{Config, ConfigError, Payload, ReportFlag, Session, Submit};
use wire::sgip::{Class, MsgFmt, Numbers, Sequence, Status};

const SEQUENCE: Sequence = Sequence { node: 3_001_099_999, time: 501_080_000, counter: 17 };

fn written(pdu: &Pdu<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    pdu::encode(&mut out, SEQUENCE, pdu).unwrap();
    assert_eq!(out[..4], (out.len() as u32).to_be_bytes());
    assert_eq!(out[4..8], pdu.command().0.to_be_bytes());
    assert_eq!(out[8..20], [0xb2, 0xe1, 0x26, 0xdf, 0x1d, 0xdd, 0xdf, 0xc0, 0, 0, 0, 17]);
    out
}

#[test]
fn every_pdu_has_the_length_of_its_table() {
    let content = [b'x'; 140];
    let submit = |numbers| pdu::Submit {
        user_numbers: Numbers::List(numbers),
        content: &content,
        ..pdu::Submit::default()
    };
    for (pdu, octets) in [
        (Pdu::Bind(Bind::default()), 61),
        (Pdu::Answer(Answer::Bind, Status::OK), 29),
        (Pdu::Unbind, 20),
        (Pdu::UnbindResp, 20),
        (Pdu::Submit(submit(&["8613800001234"])), 143 + 21 + 140),
        (Pdu::Submit(submit(&["1"; 100])), 143 + 2_100 + 140),
        (Pdu::Answer(Answer::Submit, Status::BUSY), 29),
        (Pdu::Deliver(Deliver { content: &content, ..Deliver::default() }), 77 + 140),
        (Pdu::Answer(Answer::Deliver, Status::OK), 29),
        (Pdu::Report(Report::default()), 64),
        (Pdu::Answer(Answer::Report, Status::OK), 29),
    ] {
        assert_eq!(written(&pdu).len(), octets, "{pdu:?}");
    }
}

#[test]
fn a_bind_stands_octet_by_octet() {
    let mut session = Session::new(Config::new("bank", "secret16octets!!", 3_001_099_999), 1).unwrap();
    session.connected(Timestamp::parse_rfc3339("2026-05-01T00:00:00Z").unwrap());
    let out = session.output();
    assert_eq!(
        out[..20],
        [0, 0, 0, 61, 0, 0, 0, 1, 0xb2, 0xe1, 0x26, 0xdf, 0x1d, 0xdd, 0xdf, 0xc0, 0, 0, 0, 1]
    );
    assert_eq!(&out[20..], b"\x01bank\0\0\0\0\0\0\0\0\0\0\0\0secret16octets!!\0\0\0\0\0\0\0\0");
}

#[test]
fn a_submit_stands_where_its_table_says() {
    let valid =
        clock::absolute(Timestamp::parse_rfc3339("2026-05-01T00:00:00Z").unwrap(), clock::CHINA_AHEAD);
    let mut out = Vec::new();
    Submit {
        source: "1065510198",
        destinations: Numbers::List(&["8613000001234", "8618600005678"]),
        msg_format: MsgFmt::UCS2,
        payload: Payload(&[0x4f, 0x59]),
        header: false,
        report: ReportFlag::Always,
        priority: 9,
        corp_id: "99999",
        service_type: "bank",
        valid_time: Some(&valid),
        ..Submit::default()
    }
    .encode(&mut out, SEQUENCE)
    .unwrap();
    let at =
        |place: usize, octets: &[u8]| assert_eq!(&out[place..place + octets.len()], octets, "octet {place}");
    at(20, b"1065510198\0\0\0\0\0\0\0\0\0\0\0");
    at(41, b"000000000000000000000");
    at(62, &[2]);
    at(63, b"8613000001234\0\0\0\0\0\0\0\0");
    at(84, b"8618600005678\0\0\0\0\0\0\0\0");
    at(105, b"99999bank\0\0\0\0\0\0");
    at(120, b"\x000\0\0\0\0\x000\0\0\0\0\0");
    at(133, &[0, 2, 9]);
    at(136, b"260501080000032+");
    at(152, &[0; 16]);
    at(168, &[1, 0, 0, 8, 0]);
    at(173, &[0, 0, 0, 2, 0x4f, 0x59]);
    at(179, &[0; 8]);
    assert_eq!(out.len(), 187);
}

#[test]
fn a_report_names_its_submit() {
    let out = written(&Pdu::Report(Report {
        submit: SEQUENCE,
        report_type: 0,
        user_number: b"8613000001234",
        state: 2,
        error_code: 25,
    }));
    assert_eq!(out[20..32], out[8..20]);
    assert_eq!(&out[32..46], b"\x008613000001234");
    assert_eq!(out[54..], [2, 25, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn what_the_specification_forbids_is_not_written() {
    let one = Numbers::List(&["8613000001234"]);
    for (submit, expected) in [
        (Submit::default(), "Submit, UserCount: expected 1 to 100 numbers, found 0"),
        (
            Submit { destinations: Numbers::List(&["1"; 101]), ..Submit::default() },
            "Submit, UserCount: expected 1 to 100 numbers, found 101",
        ),
        (
            Submit { destinations: one, payload: Payload(&[0; 161]), ..Submit::default() },
            "Submit, MessageContent: expected at most 160 octets, found 161",
        ),
        (
            Submit { destinations: one, corp_id: "123456", ..Submit::default() },
            "Submit, CorpId: expected at most 5 octets, found 6",
        ),
    ] {
        let mut out = vec![7];
        assert_eq!(submit.encode(&mut out, SEQUENCE).unwrap_err().to_string(), expected);
        assert_eq!(out, [7], "a torn pdu was left behind");
    }
    let long = Session::new(Config::new("12345678901234567", "x", 1), 1).unwrap_err();
    assert_eq!(long.to_string(), "Bind, LoginName: expected at most 16 octets, found 17");
    let mut lane = Config::new("bank", "x", 1);
    lane.lane = 128;
    assert_eq!(Session::new(lane, 1).unwrap_err(), ConfigError::Lane { found: 128 });
    let mut window = Config::new("bank", "x", 1);
    window.window = 0;
    assert_eq!(Session::new(window, 1).unwrap_err().to_string(), "window: expected more than 0, found 0");
}

#[test]
fn the_table_of_results_is_ordered_and_classified() {
    assert!(Status::ALL.is_sorted(), "the table lost its order");
    assert_eq!((Status::BUSY.class(), Status(33).class()), (Class::Throttled, Class::Throttled));
    assert_eq!(
        (Status(1).class(), Status(6).class(), Status(200).class()),
        (Class::Session, Class::Permanent, Class::Permanent)
    );
    assert_eq!(Status(11).to_string(), "result 11 (node is busy)");
}
