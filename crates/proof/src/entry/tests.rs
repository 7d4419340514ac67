//! The leaf's encoding: a round trip, every refusal, and the bytes of version 1 that must read for ever.

use super::*;
use crate::hash::{hex_decode, hex_encode};
use proptest::prelude::*;

/// A leaf with every field, as the fixture of version 1 holds it.
fn full() -> Leaf<'static> {
    Leaf {
        message: Some(7_203_685_477_580_123),
        class: Some(2),
        journey: Some("lpr_change@3".into()),
        route: Some("smsc-a".into()),
        rule: Some("quiet_hours@2".into()),
        parts: Some(2),
        cost_millifen: Some(-7_600),
        count: Some(100_000),
        world: Some(Hash::of(b"world")),
        template: Some(Hash::of(b"template")),
        commitment: Some(Hash::of(b"commitment")),
        ..Leaf::new(1_767_225_600_123, Kind::MessageHeld)
    }
}

#[test]
fn the_fixture_of_version_1_reads_for_ever() {
    let bytes = include_bytes!("../../fixtures/leaf-v1.cbor");
    assert_eq!(Leaf::decode(bytes).unwrap(), full());
    assert_eq!(full().encode().unwrap(), bytes, "found {}", hex_encode(&full().encode().unwrap()));
}

#[test]
fn the_shortest_leaf_is_a_map_of_three() {
    let leaf = Leaf::new(-1, Kind::AdminActed);
    assert_eq!(hex_encode(&leaf.encode().unwrap()), "a300010120".to_owned() + "0214");
}

#[test]
fn whatever_is_not_the_one_encoding_is_refused_with_its_position() {
    let table = [
        ("", "at byte 0: expected the map of a leaf, found the end of the input"),
        ("80", "at byte 0: expected the map of a leaf, found Array 0"),
        ("a0", "at byte 1: expected key 0, the schema version, found a map of 0 fields"),
        ("a20001", "at byte 3: expected key 1, the time, found the end of the input"),
        ("a200010100", "at byte 5: expected key 2, the kind, found a map of 2 fields"),
        ("a30002010002", "schema version 2: expected 1"),
        ("a300010100020500", "at byte 7: expected the end, found 1 more bytes"),
        ("a3000101000200", "at byte 6 of the leaf: unknown kind 0"),
        ("a3000101000218ff", "at byte 6 of the leaf: unknown kind 255"),
        ("a300010118170205", "at byte 4: expected the shortest form, found 23 written longer than needed"),
        ("a3000101020200", "at byte 6 of the leaf: unknown kind 0"),
        ("a3000102050100", "at byte 3: expected key 1, the time, found key 2"),
        ("a400010100020503", "at byte 8: expected the message id, found the end of the input"),
        ("a400010100020e0e00", "at byte 7: expected a greater key of at most 13, found key 14 after key 2"),
        (
            "a5000101000205040103 00",
            "at byte 9: expected a greater key of at most 13, found key 3 after key 4",
        ),
        (
            "a5000101000205040104 01",
            "at byte 9: expected a greater key of at most 13, found key 4 after key 4",
        ),
        ("a40001010002050419 0100", "at byte 8: expected the class, at most 255, found 256"),
        ("a400010100020505 4161", "at byte 8: expected the journey, found Bytes 1"),
        (
            "a400010100020505 61ff",
            "at byte 8: expected the journey, found text that is not UTF-8 after 0 bytes",
        ),
        ("a40001010002050b 4100", "at byte 8: expected the 32 bytes of the world's hash, found 1 bytes"),
        ("a40001010002050320", "at byte 8: expected the message id, found Negative 0"),
        ("a400011bffffffffffffffff02", "at byte 3: expected key 1, the time, found key 18446744073709551615"),
        ("a30001011bffffffffffffffff0205", "at byte 4: expected the time in milliseconds"),
        ("bf000101000205ff", "at byte 0: expected the map of a leaf, found byte 0xbf"),
    ];
    for (hex, message) in table {
        let error = Leaf::decode(&hex_decode(&hex.replace(' ', "")).unwrap()).unwrap_err().to_string();
        assert!(error.contains(message), "{hex}: expected {message:?}, came {error:?}");
    }
}

#[test]
fn limits_are_kept_when_writing_and_when_reading() {
    let long =
        |length: usize| Leaf { rule: Some("r".repeat(length).into()), ..Leaf::new(0, Kind::MessageHeld) };
    assert!(long(NAME_BYTES_MAX).encode().is_ok());
    let mut out = vec![1];
    let refused = Error::NameTooLong { field: "rule", found: 256 };
    assert_eq!(long(256).encode_into(&mut out), Err(refused.clone()));
    assert_eq!(out, [1]);

    let mut bytes = hex_decode("a400010100020507790100").unwrap();
    bytes.extend([b'r'; 256]);
    assert_eq!(Leaf::decode(&bytes), Err(refused));
    assert_eq!(Leaf::decode(&vec![0; 65_536]), Err(Error::TooLong { found: 65_536 }));
}

#[test]
fn the_longest_leaf_stays_far_below_the_limit() {
    let name = || Some("n".repeat(NAME_BYTES_MAX).into());
    let numbers =
        Leaf { message: Some(u64::MAX), count: Some(u64::MAX), cost_millifen: Some(i64::MIN), ..full() };
    let leaf = Leaf { journey: name(), route: name(), rule: name(), ..numbers };
    assert!(leaf.encode().unwrap().len() < 1_000);
}

prop_compose! {
    fn any_leaf()(
        numbers: (i64, Option<u64>, Option<u8>, Option<u8>, Option<i64>, Option<u64>),
        kind in proptest::sample::select(&Kind::ALL[..]),
        names in proptest::array::uniform3(proptest::option::of("\\PC{0,40}")),
        hashes: [Option<[u8; 32]>; 3],
    ) -> Leaf<'static> {
        let (time_ms, message, class, parts, cost_millifen, count) = numbers;
        let [journey, route, rule] = names.map(|name| name.map(Cow::Owned));
        let [world, template, commitment] = hashes.map(|hash| hash.map(Hash));
        Leaf { time_ms, kind, message, class, journey, route, rule, parts, cost_millifen, count, world, template, commitment }
    }
}

proptest! {
    #[test]
    fn a_leaf_comes_back(leaf in any_leaf()) {
        let bytes = leaf.encode().unwrap();
        prop_assert_eq!(Leaf::decode(&bytes).unwrap(), leaf.clone());
        prop_assert_eq!(Leaf::decode(&bytes).unwrap().into_owned(), leaf);
        // The generic reader agrees that it is deterministic CBOR.
        prop_assert!(crate::cbor::diagnose(&bytes).is_ok());
    }

    /// Whatever decodes has only one spelling: a changed byte gives another leaf or none.
    #[test]
    fn what_decodes_is_the_only_spelling(leaf in any_leaf(), at: prop::sample::Index, flip in 1..=255u8) {
        let mut bytes = leaf.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(other) = Leaf::decode(&bytes) {
            prop_assert_ne!(&other, &leaf);
            prop_assert_eq!(other.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_answered(input: Vec<u8>) {
        if let Ok(leaf) = Leaf::decode(&input) {
            prop_assert_eq!(leaf.encode().unwrap(), input);
        }
    }
}
