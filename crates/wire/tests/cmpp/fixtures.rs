//! PDUs captured from clients that are not ours; `fixtures/README.md` says how each was made.

use crate::link::{START, account, gateway, hex};
use std::path::Path;
use wire::Concat;
use wire::cmpp::frame::Frames;
use wire::cmpp::pdu::{self, Submit};
use wire::cmpp::peer::{BindRequest, Event};
use wire::cmpp::{CommandId, MsgFmt, Pdu, Version, content};

fn load(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmpp/fixtures").join(format!("{name}.hex"));
    hex(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

const ALL: [(&str, Version, CommandId); 10] = [
    ("pycmpp-connect", Version::V2, CommandId::CONNECT),
    ("pycmpp-submit", Version::V2, CommandId::SUBMIT),
    ("pycmpp-submit-part", Version::V2, CommandId::SUBMIT),
    ("pycmpp-submit-many", Version::V2, CommandId::SUBMIT),
    ("pycmpp-active-test", Version::V2, CommandId::ACTIVE_TEST),
    ("pycmpp-active-test-resp", Version::V2, CommandId::ACTIVE_TEST_RESP),
    ("pycmpp-terminate", Version::V2, CommandId::TERMINATE),
    ("cmppy-connect", Version::V3, CommandId::CONNECT),
    ("cmppy-submit", Version::V3, CommandId::SUBMIT),
    ("cmppy-terminate", Version::V3, CommandId::TERMINATE),
];

#[test]
fn every_capture_reads_and_writes_back_to_the_same_octets() {
    for (name, version, command) in ALL {
        let octets = load(name);
        let mut stream = &octets[..];
        let frame = Frames::default().split(&mut stream).unwrap().unwrap();
        assert_eq!(frame.command, command, "{name}");
        let decoded = pdu::decode(&frame, version).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut again = Vec::new();
        pdu::encode(&mut again, version, frame.sequence, &decoded).unwrap();
        if name == "pycmpp-active-test-resp" {
            // Its body is not the reserved octet, and three more follow.
            assert_eq!((again.len(), stream), (13, &b"x00"[..]));
        } else {
            assert_eq!((again, stream), (octets.clone(), &[][..]), "{name}");
        }
    }
}

#[test]
fn what_they_submit_is_understood() {
    let submit = |name: &str, version, check: &dyn Fn(&Submit<'_>, &str, Option<Concat>)| {
        let octets = load(name);
        let frame = Frames::default().split(&mut &octets[..]).unwrap().unwrap();
        let Ok(Pdu::Submit(message)) = pdu::decode(&frame, version) else { panic!("{name}") };
        let (part, text) = content::split(message.tp_udhi, message.content);
        check(&message, &message.msg_fmt.decode(text).unwrap(), part);
    };
    submit("pycmpp-submit", Version::V2, &|message, text, part| {
        assert_eq!(
            (text, part, message.msg_fmt, message.msg_src),
            ("您的还款提醒", None, MsgFmt::UCS2, &b"900001"[..])
        );
        assert_eq!(
            (message.registered_delivery, message.fee_user_type, message.fee_type),
            (1, 2, &b"01"[..])
        );
        assert!(message.destinations.iter().eq([&b"13800001234"[..]]));
    });
    submit("pycmpp-submit-part", Version::V2, &|message, text, part| {
        let expected = Concat { reference: 200, total: 3, number: 2 };
        assert_eq!((text, part, message.pk_total, message.pk_number), ("第二部分", Some(expected), 3, 2));
    });
    submit("pycmpp-submit-many", Version::V2, &|message, text, _| {
        assert_eq!((text, message.src_id, message.service_id), ("通知", &b"10690"[..], &b"BANK"[..]));
        assert_eq!((message.destinations.len(), message.at_time), (3, &[][..]));
    });
    submit("cmppy-submit", Version::V3, &|message, text, _| {
        assert_eq!((text, message.link_id, message.fee_code), ("您的还款提醒", &b"L1"[..], &b"103013"[..]));
        assert!(message.destinations.iter().eq([&b"13800001234"[..], b"13800001235"]));
    });
}

#[test]
fn their_proofs_are_right() {
    for (name, octet, version) in
        [("pycmpp-connect", 0x21, Version::V2), ("cmppy-connect", 0x30, Version::V3)]
    {
        let mut gateway = gateway();
        gateway.receive(&load(name), START);
        let Some(Event::Bind(request)) = gateway.event() else { panic!("{name}") };
        assert_eq!((request.source_addr.as_str(), request.version), ("900001", octet));
        assert_eq!(request.check(&account(), START), Ok(version));
        let wrong = BindRequest { timestamp: request.timestamp + 1, ..request };
        assert!(wrong.check(&account(), START).is_err());
    }
}
