//! Any octets as a stream of SMPP PDUs: nothing panics, and what can be written again reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::smpp::{Frame, concat, frame, pdu};

fuzz_target!(|octets: &[u8]| {
    let mut stream = octets;
    while let Ok(Some(frame)) = frame::split(&mut stream) {
        settle(&frame);
    }
});

fn settle(frame: &Frame<'_>) {
    let decoded = match pdu::decode(frame) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(error.offset >= frame::HEADER_OCTETS && error.offset <= frame::HEADER_OCTETS + frame.body.len());
            return;
        }
    };
    if let pdu::Pdu::Submit(message) | pdu::Pdu::Deliver(message) = &decoded {
        let (_, text) = concat::read(message.esm_class, message.tlvs, message.payload());
        assert!(text.len() <= message.payload().len());
        for tlv in message.tlvs {
            let _ = (tlv.read(), tlv.uint(), tlv.text());
        }
    }
    let mut written = Vec::new();
    if pdu::encode(&mut written, frame.status, frame.sequence, &decoded).is_err() {
        assert!(written.is_empty());
        return;
    }
    let again = frame::split(&mut &written[..]).expect("our own frame").expect("all of it");
    let decoded_again = pdu::decode(&again).expect("our own body");
    let mut written_again = Vec::new();
    pdu::encode(&mut written_again, frame.status, frame.sequence, &decoded_again).expect("it was written before");
    assert_eq!(written, written_again);
}
