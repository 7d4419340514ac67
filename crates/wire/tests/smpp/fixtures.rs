//! PDUs captured from implementations that are not ours; `fixtures/README.md` says how each was made.

use std::path::Path;
use wire::smpp::esm::{EsmClass, Kind};
use wire::smpp::frame::{self, Frame};
use wire::smpp::receipt::{self, State};
use wire::smpp::tlv::Tag;
use wire::smpp::{CommandId, Pdu, Status, coding, concat, pdu};

pub(crate) fn load(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.hex"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let digits: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

pub(crate) fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hex"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn frame_of(octets: &[u8]) -> Frame<'_> {
    let mut stream = octets;
    let frame = frame::split(&mut stream).unwrap().unwrap();
    assert!(stream.is_empty(), "more than one pdu");
    frame
}

#[test]
fn every_capture_reads_and_writes_back_to_the_same_octets() {
    let names = names();
    assert!(names.len() >= 40, "only {} captures", names.len());
    for name in names {
        let octets = load(&name);
        let frame = frame_of(&octets);
        let decoded = pdu::decode(&frame).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!matches!(decoded, Pdu::Unknown(..)), "{name}");
        let mut again = Vec::new();
        pdu::encode(&mut again, frame.status, frame.sequence, &decoded).unwrap();
        if frame.body.is_empty() && frame.command == CommandId::SUBMIT_SM_RESP {
            // An error response without a body; we never leave it away when we write one through the codec.
            assert_eq!(pdu::decode(&frame_of(&again)), Ok(decoded), "{name}");
        } else {
            assert_eq!(again, octets, "{name}");
        }
    }
}

#[test]
fn the_captures_cover_every_command() {
    let captured: Vec<CommandId> = names().iter().map(|name| frame_of(&load(name)).command).collect();
    for command in CommandId::ALL {
        // The two one-way binds answer exactly like the transceiver's.
        let alike = matches!(*command, CommandId::BIND_RECEIVER_RESP | CommandId::BIND_TRANSMITTER_RESP);
        assert!(alike || captured.contains(command), "{command}");
    }
}

#[test]
fn a_captured_chinese_submit_says_what_was_written() {
    let octets = load("npm-smpp-submit_sm_ucs2");
    let Ok(Pdu::Submit(message)) = pdu::decode(&frame_of(&octets)) else { panic!("submit_sm") };
    assert_eq!(message.source.reveal(), "1069012345");
    assert_eq!(message.destination.reveal(), "8613800001234");
    assert_eq!(message.validity_period, b"000002000000000R");
    assert!(message.registered_delivery.wants(true));
    assert_eq!(coding::decode_ucs2(message.payload()), "【鸿雁银行】您的验证码是482913。");
    assert_eq!(message.tlvs.find(Tag::USER_MESSAGE_REFERENCE).and_then(|tlv| tlv.uint()), Some(0x1234));
}

#[test]
fn captured_parts_say_where_they_belong() {
    for (name, reference, total, number, text) in [
        ("npm-smpp-submit_sm_udh", 7, 3, 2, "第二部分"),
        ("npm-smpp-submit_sm_sar", 513, 3, 2, "part two of three"),
        ("smpplib-submit_sm_part1", 0x70, 2, 1, "价"),
        ("pdu3-submit_sm", 5, 2, 1, "hello"),
    ] {
        let octets = load(name);
        let Ok(Pdu::Submit(message)) = pdu::decode(&frame_of(&octets)) else { panic!("{name}") };
        let (part, payload) = concat::read(message.esm_class, message.tlvs, message.payload());
        let part = part.unwrap_or_else(|| panic!("{name}"));
        if name != "smpplib-submit_sm_part1" {
            // Its reference was drawn at random when the capture was made.
            assert_eq!(part.reference, reference, "{name}");
        }
        assert_eq!((part.total, part.number), (total, number), "{name}");
        let alphabet = coding::alphabet(message.data_coding, coding::Alphabet::Gsm);
        let decoded = coding::decode(alphabet, payload).unwrap();
        assert!(decoded.starts_with(text), "{name}");
    }
    let octets = load("smpplib-submit_sm_gsm");
    let Ok(Pdu::Submit(message)) = pdu::decode(&frame_of(&octets)) else { panic!("submit_sm") };
    assert_eq!(coding::decode_gsm(message.payload()), "Balance: 5€ [ok] @ 9am");
}

#[test]
fn captured_receipts_say_what_became_of_the_message() {
    for (name, id, state, error, network_error) in [
        ("npm-smpp-deliver_sm_receipt", "0001a2b3", State::Delivered, None, None),
        ("npm-smpp-data_sm", "0001a2b4", State::Undeliverable, None, Some((3, 33))),
        ("pdu3-deliver_sm_receipt", "99", State::Undeliverable, Some("033"), Some((3, 33))),
    ] {
        let octets = load(name);
        let (esm_class, tlvs, payload) = match pdu::decode(&frame_of(&octets)) {
            Ok(Pdu::Deliver(message)) => (message.esm_class, message.tlvs, message.payload()),
            Ok(Pdu::Data(message)) => (message.esm_class, message.tlvs, message.payload()),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(esm_class.kind(), Kind::Receipt);
        let receipt = receipt::read(esm_class, tlvs, payload).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((receipt.remote_id, receipt.state), (id, state), "{name}");
        assert_eq!((receipt.error, receipt.network_error), (error, network_error), "{name}");
        assert!(receipt.is_final(), "{name}");
    }
}

#[test]
fn a_captured_reply_is_a_message_and_not_a_receipt() {
    let octets = load("npm-smpp-deliver_sm_message");
    let Ok(Pdu::Deliver(message)) = pdu::decode(&frame_of(&octets)) else { panic!("deliver_sm") };
    assert_eq!(message.esm_class, EsmClass::DEFAULT);
    assert!(!receipt::is_receipt(message.esm_class, message.tlvs));
    assert_eq!(coding::decode_ucs2(message.payload()), "退订");
}

#[test]
fn captured_refusals_keep_their_status() {
    for (name, status) in [
        ("npm-smpp-submit_sm_resp_throttled", Status::THROTTLED),
        ("pdu3-submit_sm_resp_full", Status::QUEUE_FULL),
        ("npm-smpp-generic_nack", Status::INVALID_COMMAND_ID),
        ("pdu3-generic_nack", Status::INVALID_COMMAND_ID),
    ] {
        assert_eq!(frame_of(&load(name)).status, status, "{name}");
    }
}
