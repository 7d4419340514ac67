//! Against `rusmpp`, written by others from the same specification: it must read what we write and write the same
//! octets again.

use crate::pool::{Pool, pool};
use proptest::prelude::*;
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Encode, Length};
use wire::smpp::pdu;
use wire::smpp::{CommandId, Pdu};

/// Reads and writes a whole PDU with the other implementation.
fn through_the_other(ours: &[u8]) -> (rusmpp::Command, Vec<u8>) {
    // Its commands start after the length.
    let mut source = bytes::BytesMut::from(&ours[4..]);
    let (command, read) = rusmpp::Command::decode(&mut source, ours.len() - 4).unwrap();
    assert_eq!(read, ours.len() - 4);
    let mut theirs = vec![0; 4 + command.length()];
    let octets = theirs.len() as u32;
    theirs[..4].copy_from_slice(&octets.to_be_bytes());
    let _ = command.encode(&mut theirs[4..]);
    (command, theirs)
}

/// Its data_sm takes addresses of 20 octets only; the specification allows 64 (§4.7.1).
fn too_long_for_the_other(pdu: &Pdu<'_>) -> bool {
    matches!(pdu, Pdu::Data(data) if data.source.digits.len().max(data.destination.digits.len()) > 20)
}

proptest! {
    #[test]
    fn the_other_reads_and_writes_the_same_octets(pool in pool()) {
        for pdu in pool.bodies().into_iter().chain(Pool::headers()) {
            if too_long_for_the_other(&pdu) {
                continue;
            }
            let mut ours = Vec::new();
            pdu::encode(&mut ours, pool.status(), pool.sequence, &pdu).unwrap();
            let (command, theirs) = through_the_other(&ours);
            prop_assert_eq!(command.sequence_number, pool.sequence);
            prop_assert_eq!(u32::from(command.id()), pdu.command().0);
            prop_assert_eq!(theirs, ours, "{}", pdu.command());
        }
    }

    #[test]
    fn the_other_sees_the_fields_we_wrote(pool in pool()) {
        for pdu in pool.bodies() {
            let Pdu::Submit(message) = pdu else { continue };
            let mut ours = Vec::new();
            pdu::encode(&mut ours, pool.status(), pool.sequence, &pdu).unwrap();
            let (command, _) = through_the_other(&ours);
            let Some(rusmpp::Pdu::SubmitSm(theirs)) = command.pdu() else {
                return Err(TestCaseError::fail("another pdu"));
            };
            prop_assert_eq!(theirs.source_addr.as_str().as_bytes(), message.source.digits);
            prop_assert_eq!(theirs.destination_addr.as_str().as_bytes(), message.destination.digits);
            prop_assert_eq!(theirs.validity_period.as_str().as_bytes(), message.validity_period);
            prop_assert_eq!(u8::from(theirs.data_coding), message.data_coding);
            prop_assert_eq!(theirs.short_message().as_ref(), message.short_message);
            prop_assert_eq!(theirs.tlvs().len(), message.tlvs.into_iter().count());
        }
    }
}

#[test]
fn both_name_the_same_commands() {
    for command in CommandId::ALL {
        let theirs = format!("{:?}", rusmpp::CommandId::from(command.0)).to_lowercase();
        assert_eq!(theirs, command.to_string().replace('_', ""));
    }
}
