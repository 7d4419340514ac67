//! Any octets as the text of a receipt: nothing panics, and a receipt never lacks its id.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::smpp::esm::EsmClass;
use wire::smpp::receipt;
use wire::smpp::tlv::Tlvs;

fuzz_target!(|octets: &[u8]| {
    if let Some(found) = receipt::read_text(octets) {
        assert!(!found.remote_id.is_empty());
        assert!(found.remote_id.bytes().all(|octet| octet.is_ascii_graphic()));
    }
    let (tlvs, text) = octets.split_at(octets.len() / 2);
    if let Some(found) = receipt::read(EsmClass::RECEIPT, Tlvs::cut(tlvs), text) {
        assert!(!found.remote_id.is_empty());
    }
});
