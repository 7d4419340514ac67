//! What we write we read; what we read and can write again we read the same; nothing makes the decoder panic.

use crate::pool::{Pool, pool};
use proptest::prelude::*;
use wire::smpp::frame::{self, Frame, HEADER_OCTETS};
use wire::smpp::pdu::{self, Bind, DataSm, MessageResp, ShortMessage};
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, BindKind, CommandId, EncodeError, Pdu, Status};

fn read_back(out: &[u8]) -> (Frame<'_>, Pdu<'_>) {
    let mut stream = out;
    let frame = frame::split(&mut stream).unwrap().unwrap();
    assert!(stream.is_empty());
    (frame, pdu::decode(&frame).unwrap())
}

proptest! {
    #[test]
    fn every_pdu_reads_back(pool in pool()) {
        for pdu in pool.bodies().into_iter().chain(Pool::headers()) {
            let mut out = vec![0xaa];
            pdu::encode(&mut out, pool.status(), pool.sequence, &pdu).unwrap();
            let (frame, again) = read_back(&out[1..]);
            prop_assert_eq!((frame.status, frame.sequence), (pool.status(), pool.sequence));
            prop_assert_eq!(frame.command, pdu.command());
            prop_assert_eq!(&again, &pdu);
        }
    }

    #[test]
    fn every_parameter_reads_back_in_every_pdu_that_takes_any(pool in pool()) {
        let tlvs = pool.any_tlvs.view();
        let plain = ShortMessage { short_message: b"x", tlvs, ..ShortMessage::default() };
        for pdu in [
            Pdu::Submit(plain),
            Pdu::Deliver(plain),
            Pdu::Data(DataSm { tlvs, ..DataSm::default() }),
            Pdu::DataResp(MessageResp { message_id: b"1", tlvs }),
        ] {
            let mut out = Vec::new();
            pdu::encode(&mut out, Status::OK, 1, &pdu).unwrap();
            prop_assert_eq!(&read_back(&out).1, &pdu);
            prop_assert!(tlvs.into_iter().all(|tlv| tlv.read().is_some()));
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic_and_settle_after_one_reading(
        command in proptest::sample::select(CommandId::ALL),
        body in proptest::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..300),
    ) {
        settle(&Frame { command, status: Status::OK, sequence: 1, body: &body });
    }

    #[test]
    fn damaged_pdus_never_panic(pool in pool(), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
        for pdu in pool.bodies() {
            let mut out = Vec::new();
            pdu::encode(&mut out, Status::OK, 1, &pdu).unwrap();
            let mut body = out.split_off(HEADER_OCTETS);
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = with;
                body.truncate(cut.index(body.len() + 1));
            }
            settle(&Frame { command: pdu.command(), status: Status::OK, sequence: 1, body: &body });
        }
    }

    #[test]
    fn arbitrary_streams_never_panic(octets in any::<Vec<u8>>()) {
        let mut stream = &octets[..];
        while let Ok(Some(frame)) = frame::split(&mut stream) {
            let _ = pdu::decode(&frame);
        }
    }
}

/// Decodes; if what came out can be written, it must come out the same again.
fn settle(frame: &Frame<'_>) {
    let Ok(pdu) = pdu::decode(frame) else { return };
    let mut out = Vec::new();
    if pdu::encode(&mut out, frame.status, frame.sequence, &pdu).is_ok() {
        let again = read_back(&out).1;
        // What was torn on the way in is not written; it is the one thing that may be missing.
        let mut once_more = Vec::new();
        pdu::encode(&mut once_more, frame.status, frame.sequence, &again).unwrap();
        assert_eq!(once_more, out);
    } else {
        assert!(out.is_empty());
    }
}

#[test]
fn what_the_specification_forbids_is_not_written() {
    let long = "12345678901234567890123";
    let many = vec![pdu::Destination::List(b"x"); 255];
    for (pdu, expected) in [
        (
            Pdu::Bind(BindKind::Receiver, Bind { password: b"123456789", ..Bind::default() }),
            "bind_receiver, password: expected at most 8 octets, found 9",
        ),
        (
            Pdu::Submit(ShortMessage { source: Address::international(long), ..ShortMessage::default() }),
            "submit_sm, source_addr: expected at most 20 octets, found 23",
        ),
        (
            Pdu::Submit(ShortMessage {
                destination: Address::international("1\x002"),
                ..ShortMessage::default()
            }),
            "submit_sm, destination_addr: expected no NUL octet, found one at 1",
        ),
        (
            Pdu::Submit(ShortMessage { validity_period: b"2605010800", ..ShortMessage::default() }),
            "submit_sm, validity_period: expected no octets or 16 (yymmddhhmmsstnnp), found 10",
        ),
        (
            Pdu::Deliver(ShortMessage { short_message: &[0; 255], ..ShortMessage::default() }),
            "deliver_sm, short_message: expected at most 254 octets, found 255",
        ),
        (
            Pdu::SubmitMulti(pdu::SubmitMulti { destinations: many, ..Default::default() }),
            "submit_multi, number_of_dests: expected at most 254, found 255",
        ),
    ] {
        let mut out = b"kept".to_vec();
        let error = pdu::encode(&mut out, Status::OK, 1, &pdu).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(out, b"kept");
    }
    let mut tlvs = TlvBuf::new();
    tlvs.push(Tag::MESSAGE_PAYLOAD, Value::Octets(&[0; 65_535])).unwrap();
    let data = Pdu::Data(DataSm { tlvs: tlvs.view(), ..DataSm::default() });
    let error = pdu::encode(&mut Vec::new(), Status::OK, 1, &data).unwrap_err();
    assert!(matches!(error, EncodeError::Frame { found: 65_565, .. }), "{error}");
}

#[test]
fn errors_name_command_field_offset_expected_and_found() {
    for (command, body, expected) in [
        (
            CommandId::SUBMIT_SM,
            &b""[..],
            "submit_sm, octet 16, service_type: expected a text ended by NUL, found the end of the pdu",
        ),
        (
            CommandId::SUBMIT_SM,
            b"\0\x01",
            "submit_sm, octet 18, source_addr: expected 1 octet, found the end of the pdu",
        ),
        (
            CommandId::DELIVER_SM,
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05abc",
            "deliver_sm, octet 33, short_message: expected as many octets as its length says, found 3 octets",
        ),
        (
            CommandId::SUBMIT_MULTI,
            b"\0\0\0\0\x01\x07",
            "submit_multi, octet 22, dest_flag: expected 1 (address) or 2 (list), found 7 (0x7)",
        ),
        (
            CommandId::SUBMIT_MULTI_RESP,
            b"m\0\x01\0\0\0\0\0",
            "submit_multi_resp, octet 22, error_status_code: expected 4 octets, found 2 octets",
        ),
    ] {
        let frame = Frame { command, status: Status::OK, sequence: 1, body };
        assert_eq!(pdu::decode(&frame).unwrap_err().to_string(), expected);
    }
}

#[test]
fn responses_may_lack_their_body_and_texts_their_end() {
    for (command, body, id) in [
        (CommandId::SUBMIT_SM_RESP, &b""[..], &b""[..]),
        (CommandId::SUBMIT_SM_RESP, b"abc", b"abc"),
        (CommandId::SUBMIT_SM_RESP, b"abc\0", b"abc"),
        (CommandId::DELIVER_SM_RESP, b"", b""),
        (CommandId::DELIVER_SM_RESP, b"\0", b""),
        (CommandId::DATA_SM_RESP, b"", b""),
    ] {
        let frame = Frame { command, status: Status::SYSTEM_ERROR, sequence: 1, body };
        let (Pdu::SubmitResp(answer) | Pdu::DeliverResp(answer) | Pdu::DataResp(answer)) =
            pdu::decode(&frame).unwrap()
        else {
            panic!("{command}");
        };
        assert_eq!(answer.message_id, id);
    }
    for command in [CommandId::BIND_TRANSCEIVER_RESP, CommandId::SUBMIT_MULTI_RESP, CommandId::QUERY_SM_RESP]
    {
        assert!(
            pdu::decode(&Frame { command, status: Status::SYSTEM_ERROR, sequence: 1, body: b"" }).is_ok()
        );
    }
    // A bind whose last field has no terminator.
    let bind = Frame {
        command: CommandId::BIND_RECEIVER,
        status: Status::OK,
        sequence: 1,
        body: b"me\0pw\0\0\x34\0\0^1",
    };
    assert!(matches!(pdu::decode(&bind), Ok(Pdu::Bind(_, Bind { address_range: b"^1", .. }))));
}

#[test]
fn commands_nobody_knows_are_kept() {
    let frame = Frame { command: CommandId(0x0001_0201), status: Status::OK, sequence: 1, body: b"vendor" };
    assert_eq!(pdu::decode(&frame), Ok(Pdu::Unknown(CommandId(0x0001_0201), b"vendor")));
    assert_eq!(frame.command.to_string(), "command 0x00010201");
}
