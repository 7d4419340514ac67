//! Any octets as a certificate or as opened details: nothing panics, and a certificate that reads is written back to what
//! reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(certificate) = proof::Certificate::parse(octets) {
        let text = certificate.to_text();
        let again = proof::Certificate::parse(text.as_bytes()).expect("our own text");
        assert_eq!(again.to_text(), text);
    }
    let _ = proof::Opened::parse(octets);
});
