//! Where every field stands: the lengths of the specification, the octets of another implementation.

use crate::link::{BOTH, hex};
use wire::cmpp::frame::{Frames, HEADER_OCTETS};
use wire::cmpp::login::Authenticator;
use wire::cmpp::pdu::{self, Connect, ConnectResp, Deliver, MessageResp, Numbers, Query, QueryResp, Submit};
use wire::cmpp::{ConnectStatus, DecodeError, Found, MsgFmt, MsgId, Pdu, ResultCode, Version};

fn written(version: Version, pdu: &Pdu<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    pdu::encode(&mut out, version, 0x17, pdu).unwrap();
    out
}

fn read<'a>(version: Version, octets: &'a [u8]) -> Result<Pdu<'a>, DecodeError> {
    let mut stream = octets;
    let frame = Frames::default().split(&mut stream).unwrap().unwrap();
    assert!(stream.is_empty());
    pdu::decode(&frame, version)
}

#[test]
fn a_connect_is_that_of_another_implementation() {
    let authenticator = Authenticator::source(b"900001", b"888888", 1_021_080_510);
    let connect = Connect { source_addr: b"900001", authenticator, version: 0x21, timestamp: 1_021_080_510 };
    let expected =
        hex("00000027 00000001 00000017 393030303031 90d00c1d517abd0b4f65f6bcf8535d16 21 3cdc73be");
    for version in BOTH {
        assert_eq!(written(version, &Pdu::Connect(connect)), expected);
        assert_eq!(read(version, &expected), Ok(Pdu::Connect(connect)));
    }
}

#[test]
fn every_pdu_is_as_long_as_the_specification_says() {
    let lengths = |pdu: Pdu<'_>| BOTH.map(|version| written(version, &pdu).len());
    assert_eq!(lengths(Pdu::Connect(Connect::default())), [39, 39]);
    assert_eq!(lengths(Pdu::ConnectResp(ConnectResp::default())), [30, 33]);
    assert_eq!(lengths(Pdu::Terminate), [12, 12]);
    assert_eq!(lengths(Pdu::TerminateResp), [12, 12]);
    assert_eq!(lengths(Pdu::SubmitResp(MessageResp::default())), [21, 24]);
    assert_eq!(lengths(Pdu::DeliverResp(MessageResp::default())), [21, 24]);
    assert_eq!(lengths(Pdu::Query(Query::default())), [39, 39]);
    assert_eq!(lengths(Pdu::QueryResp(QueryResp::default())), [63, 63]);
    assert_eq!(lengths(Pdu::Cancel(MsgId(1))), [20, 20]);
    assert_eq!(lengths(Pdu::CancelResp(0)), [13, 16]);
    assert_eq!(lengths(Pdu::ActiveTest), [12, 12]);
    assert_eq!(lengths(Pdu::ActiveTestResp), [13, 13]);
    let numbers = ["13800001234"; 99];
    for (n, l) in [(1, 0), (1, 140), (2, 12), (99, 140)] {
        let content = vec![b'x'; l];
        let submit =
            Submit { destinations: Numbers::new(&numbers[..n]), content: &content, ..Submit::default() };
        assert_eq!(lengths(Pdu::Submit(submit)), [138 + 21 * n + l, 163 + 32 * n + l]);
    }
    for (l, expected) in [(0, [85, 109]), (60, [145, 169]), (71, [156, 180]), (140, [225, 249])] {
        let content = vec![b'x'; l];
        let deliver = Deliver { content: &content, ..Deliver::default() };
        assert_eq!(lengths(Pdu::Deliver(deliver)), expected);
    }
}

/// A SUBMIT in which every field says its own number in the table of the specification.
fn numbered<'a>(numbers: &'a [&'a str]) -> Submit<'a> {
    Submit {
        pk_total: 2,
        pk_number: 3,
        registered_delivery: 4,
        msg_level: 5,
        service_id: b"six",
        fee_user_type: 7,
        fee_terminal_id: b"eight",
        fee_terminal_type: 9,
        tp_pid: 10,
        tp_udhi: 0,
        msg_fmt: MsgFmt(12),
        msg_src: b"13sp",
        fee_type: b"14",
        fee_code: b"15",
        valid_time: b"1616161616161616",
        at_time: b"1717171717171717",
        src_id: b"18",
        destinations: Numbers::new(numbers),
        dest_terminal_type: 21,
        content: b"twenty-three",
        link_id: b"24",
    }
}

#[test]
fn the_fields_of_a_submit_stand_where_the_table_has_them() {
    for (version, places) in [
        (
            Version::V2,
            [20, 21, 22, 23, 24, 34, 35, 0, 56, 58, 59, 65, 67, 73, 90, 107, 128, 129, 0, 150, 151, 163],
        ),
        (
            Version::V3,
            [20, 21, 22, 23, 24, 34, 35, 67, 68, 70, 71, 77, 79, 85, 102, 119, 140, 141, 173, 174, 175, 187],
        ),
    ] {
        let submit = numbered(&["20"]);
        let out = written(version, &Pdu::Submit(submit));
        let fields: [&[u8]; 22] = [
            &[2],
            &[3],
            &[4],
            &[5],
            b"six\0\0\0\0\0\0\0",
            &[7],
            b"eight\0",
            &[9],
            &[10],
            &[12],
            b"13sp\0\0",
            b"14",
            b"15\0\0\0\0",
            b"1616161616161616\0",
            b"1717171717171717\0",
            b"18\0",
            &[1],
            b"20\0",
            &[21],
            &[12],
            b"twenty-three",
            b"24\0\0\0\0\0\0",
        ];
        for (place, field) in places.into_iter().zip(fields).filter(|(place, _)| *place > 0) {
            assert_eq!(&out[place..place + field.len()], field, "{version:?} at {place}");
        }
        assert_eq!(out[12..20], [0; 8], "Msg_Id is the gateway's");
        let Ok(Pdu::Submit(again)) = read(version, &out) else { panic!("a submit") };
        let expected = match version {
            Version::V2 => Submit { fee_terminal_type: 0, dest_terminal_type: 0, ..submit },
            Version::V3 => submit,
        };
        assert_eq!(again, expected);
    }
}

#[test]
fn the_fields_of_a_deliver_stand_where_the_table_has_them() {
    let deliver = Deliver {
        msg_id: MsgId(0x0102_0304_0506_0708),
        dest_id: b"10690",
        service_id: b"svc",
        tp_pid: 3,
        tp_udhi: 0x40,
        msg_fmt: MsgFmt::UCS2,
        src_terminal_id: b"13800001234",
        src_terminal_type: 1,
        registered_delivery: 0,
        content: b"ab",
        link_id: b"link",
    };
    for (version, places) in [
        (Version::V2, [12, 20, 41, 51, 52, 53, 54, 0, 75, 76, 77, 79]),
        (Version::V3, [12, 20, 41, 51, 52, 53, 54, 86, 87, 88, 89, 91]),
    ] {
        let out = written(version, &Pdu::Deliver(deliver));
        let fields: [&[u8]; 12] = [
            &[1, 2, 3, 4, 5, 6, 7, 8],
            b"10690\0",
            b"svc\0",
            &[3],
            &[0x40],
            &[8],
            b"13800001234\0",
            &[1],
            &[0],
            &[2],
            b"ab",
            b"link\0",
        ];
        for (place, field) in places.into_iter().zip(fields).filter(|(place, _)| *place > 0) {
            assert_eq!(&out[place..place + field.len()], field, "{version:?} at {place}");
        }
        assert!(deliver.has_header() && !deliver.is_report());
    }
}

#[test]
fn a_status_is_read_as_wide_as_it_came() {
    for (version, other) in [(Version::V2, Version::V3), (Version::V3, Version::V2)] {
        let response = Pdu::SubmitResp(MessageResp { msg_id: MsgId(7), result: ResultCode(8) });
        assert_eq!(read(other, &written(version, &response)), Ok(response));
        let response = Pdu::CancelResp(1);
        assert_eq!(read(other, &written(version, &response)), Ok(response));
        let status = ConnectStatus::AUTHENTICATION;
        let response = Pdu::ConnectResp(ConnectResp { status, version: 0x20, ..ConnectResp::default() });
        assert_eq!(read(other, &written(version, &response)), Ok(response));
    }
    // What one octet has no room for stays a failure there.
    let response = Pdu::SubmitResp(MessageResp { msg_id: MsgId(7), result: ResultCode(300) });
    assert_eq!(written(Version::V2, &response).last(), Some(&255));
}

#[test]
fn fields_may_be_padded_with_spaces_and_the_last_one_may_be_short() {
    for version in BOTH {
        let mut out = written(version, &Pdu::Submit(numbered(&["20"])));
        out[24 + 3..24 + 10].fill(b' ');
        let link = match version {
            Version::V2 => 8,
            Version::V3 => 20,
        };
        for missing in [0, 1, link] {
            let mut short = out[..out.len() - missing].to_vec();
            let length = u32::try_from(short.len()).unwrap();
            short[..4].copy_from_slice(&length.to_be_bytes());
            let Ok(Pdu::Submit(submit)) = read(version, &short) else {
                panic!("{missing} octets are missing")
            };
            assert_eq!(submit.service_id, b"six");
            assert_eq!(submit.content, b"twenty-three");
        }
    }
}

#[test]
fn what_cannot_be_read_says_what_and_where() {
    let submit = written(Version::V2, &Pdu::Submit(numbered(&["20"])));
    let with = |at: usize, octet: u8| {
        let mut octets = submit.clone();
        octets[at] = octet;
        read(Version::V2, &octets).unwrap_err()
    };
    let error = with(128, 0);
    assert_eq!((error.offset, error.found), (128, Found::Value(0)));
    assert_eq!(
        with(128, 100).to_string(),
        "CMPP_SUBMIT, octet 128, DestUsr_tl: expected a number from 1 to 99, found 100 (0x64)"
    );
    assert_eq!(with(128, 9).field, "Dest_terminal_Id");
    assert_eq!((with(150, 200).field, with(150, 200).found), ("Msg_Content", Found::Octets(20)));
    // A content that is said to be shorter leaves too much for the last field.
    assert_eq!(
        with(150, 3).to_string(),
        "CMPP_SUBMIT, octet 154, LinkID: expected at most 8 octets to the end, found 17 octets"
    );
    // A SUBMIT of the other version is not taken for one of this.
    assert!(read(Version::V3, &submit).is_err());
    assert!(read(Version::V2, &written(Version::V3, &Pdu::Submit(numbered(&["20"])))).is_err());
    for version in BOTH {
        for pdu in
            [Pdu::Connect(Connect::default()), Pdu::Cancel(MsgId(1)), Pdu::SubmitResp(MessageResp::default())]
        {
            let mut octets = written(version, &pdu);
            octets.truncate(HEADER_OCTETS + 5);
            octets[3] = 17;
            assert!(read(version, &octets).is_err(), "{pdu:?}");
        }
    }
}

#[test]
fn what_no_gateway_would_take_is_not_written() {
    let numbers = ["13800001234"; 100];
    let one = &["13800001234"][..];
    let good = numbered(one);
    let long = [b'1'; 33];
    let text = std::str::from_utf8(&long[..33]).unwrap();
    for (submit, field) in [
        (Submit { destinations: Numbers::new(&[]), ..good }, "DestUsr_tl"),
        (Submit { destinations: Numbers::new(&numbers), ..good }, "DestUsr_tl"),
        (Submit { destinations: Numbers::new(&[text]), ..good }, "Dest_terminal_Id"),
        (Submit { content: &[b'x'; 141], ..good }, "Msg_Content"),
        (Submit { content: &[b'x'; 160], msg_fmt: MsgFmt::ASCII, ..good }, "Msg_Content"),
        (Submit { service_id: b"12345678901", ..good }, "Service_Id"),
        (Submit { src_id: b"1\0", ..good }, "Src_Id"),
        (Submit { valid_time: b"2605010800", ..good }, "ValId_Time"),
        (Submit { at_time: b"26050108000003212", ..good }, "At_Time"),
        (Submit { link_id: &[b'x'; 21], ..good }, "LinkID"),
    ] {
        for version in BOTH {
            let mut out = vec![7];
            let error = pdu::encode(&mut out, version, 1, &Pdu::Submit(submit)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("CMPP_SUBMIT, {field}: expected ")), "{error}");
            assert_eq!(out, [7]);
        }
    }
    let most = Submit { content: &[b'x'; 159], msg_fmt: MsgFmt::ASCII, ..good };
    assert!(!written(Version::V3, &Pdu::Submit(most)).is_empty());
}

#[test]
fn nothing_personal_prints() {
    let submit =
        Submit { fee_terminal_id: b"13800001234", content: b"13800001234", ..numbered(&["13800001234"]) };
    let deliver = Deliver { src_terminal_id: b"13800001234", content: b"13800001234", ..Deliver::default() };
    for pdu in [Pdu::Submit(submit), Pdu::Deliver(deliver)] {
        assert!(!format!("{pdu:?}").contains("138"), "{pdu:?}");
    }
}
