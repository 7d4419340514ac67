//! Any octets as a stream of CMPP PDUs in both versions: nothing panics, nothing is kept that is longer than a PDU, and what
//! can be written again reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::cmpp::content::{self, When};
use wire::cmpp::frame::{GARBAGE_MAX, HEADER_OCTETS, OCTETS_MAX};
use wire::cmpp::{Frame, Frames, Pdu, Version, pdu, report};

fuzz_target!(|octets: &[u8]| {
    for version in [Version::V2, Version::V3] {
        let (mut frames, mut stream) = (Frames::default(), octets);
        while let Ok(Some(frame)) = frames.split(&mut stream) {
            assert!(frame.skipped <= GARBAGE_MAX && frame.body.len() <= OCTETS_MAX - HEADER_OCTETS);
            settle(&frame, version);
        }
    }
});

fn settle(frame: &Frame<'_>, version: Version) {
    let decoded = match pdu::decode(frame, version) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(error.offset >= HEADER_OCTETS && error.offset <= HEADER_OCTETS + frame.body.len());
            return;
        }
    };
    look(&decoded);
    let mut written = Vec::new();
    if pdu::encode(&mut written, version, frame.sequence, &decoded).is_err() {
        assert!(written.is_empty());
        return;
    }
    let again = Frames::default().split(&mut &written[..]).expect("our own frame").expect("all of it");
    let decoded_again = pdu::decode(&again, version).expect("our own body");
    let mut written_again = Vec::new();
    pdu::encode(&mut written_again, version, frame.sequence, &decoded_again).expect("it was written before");
    assert_eq!(written, written_again);
}

/// What the sessions make of a content.
fn look(pdu: &Pdu<'_>) {
    let (tp_udhi, octets, fmt) = match pdu {
        Pdu::Submit(message) => {
            let _ = (When::read(message.at_time), When::read(message.valid_time));
            assert_eq!(message.destinations.iter().count(), message.destinations.len());
            (message.tp_udhi, message.content, message.msg_fmt)
        }
        Pdu::Deliver(message) => {
            assert_eq!(report::read(message.content).is_some(), message.content.len() >= 60);
            (message.tp_udhi, message.content, message.msg_fmt)
        }
        _ => return,
    };
    let (part, text) = content::split(tp_udhi, octets);
    assert!(
        text.len() <= octets.len() && part.is_none_or(|part| part.number >= 1 && part.number <= part.total)
    );
    let _ = fmt.decode(text);
}
