//! Any octets as a ledger leaf: nothing panics, and a leaf that reads is written back to the same octets (there is one
//! encoding only).
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(leaf) = proof::Leaf::decode(octets) {
        assert_eq!(leaf.encode().expect("it was encoded before"), octets);
    }
    let _ = proof::cbor::diagnose(octets);
});
