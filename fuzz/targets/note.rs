//! Any octets as a signed note, a checkpoint or a verifier key: nothing panics, and a note that reads is written back to
//! the same octets.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(note) = proof::note::parse(octets) {
        assert_eq!(note.to_text().as_bytes(), octets);
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        if let Ok(checkpoint) = proof::Checkpoint::parse(text) {
            assert_eq!(proof::Checkpoint::parse(&checkpoint.to_text()).as_ref(), Ok(&checkpoint));
        }
        let _ = proof::VerifierKey::parse(text);
        let _ = proof::SignerKey::parse(text);
    }
});
