//! Any octets as a stream of SMGP PDUs, and as one report: nothing panics, and what can be written again reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::smgp::{Frame, Pdu, frame, pdu, receipt};

fuzz_target!(|octets: &[u8]| {
    if let Some(receipt) = receipt::read(octets) {
        assert_eq!(receipt.remote_id.len(), 20);
    }
    let mut stream = octets;
    while let Ok(Some(frame)) = frame::split(&mut stream) {
        settle(&frame);
    }
});

fn settle(frame: &Frame<'_>) {
    let decoded = match pdu::decode(frame) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(error.offset >= frame::HEADER_OCTETS);
            assert!(error.offset <= frame::HEADER_OCTETS + frame.body.len());
            return;
        }
    };
    if let Pdu::Deliver(message) = &decoded {
        let _ = (receipt::read(message.msg_content), message.msg_format.decode(message.msg_content));
        for (tag, _) in message.tlvs {
            let _ = message.tlvs.byte(tag);
        }
    }
    let mut written = Vec::new();
    if pdu::encode(&mut written, frame.sequence, &decoded).is_err() {
        assert!(written.is_empty());
        return;
    }
    let again = frame::split(&mut &written[..]).expect("our own frame").expect("all of it");
    let decoded_again = pdu::decode(&again).expect("our own body");
    let mut written_again = Vec::new();
    pdu::encode(&mut written_again, frame.sequence, &decoded_again).expect("it was written before");
    assert_eq!(written, written_again);
}
