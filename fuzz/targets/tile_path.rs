//! Any octets as the path of a tile or as a bundle of entries: nothing panics, a path that reads is written back the
//! same, and a bundle is made of its entries.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(text) = std::str::from_utf8(octets)
        && let Ok(tile) = proof::TileId::parse(text)
    {
        assert_eq!(tile.to_string(), text);
    }
    if let Ok(entries) = proof::tile::entries(octets) {
        let mut bundle = Vec::new();
        for entry in entries {
            proof::tile::push_entry(&mut bundle, entry).expect("it was an entry before");
        }
        assert_eq!(bundle, octets);
    }
});
