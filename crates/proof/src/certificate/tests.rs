//! Certificates: the fixture, a round trip, tampering with every byte, and every rule of the story.

use std::collections::BTreeMap;

use super::*;
use crate::note::{Algorithm, SignerKey};
use crate::opened::{Opened, OpenedEntry};
use crate::seal::commitment;
use crate::tile::{SourceError, TileId, TileSource};
use crate::tree::TileBuilder;

struct Memory(BTreeMap<TileId, Vec<u8>>);

impl TileSource for Memory {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.0.get(&id).cloned().ok_or(SourceError::Missing(id))
    }
}

fn log_key() -> SignerKey {
    SignerKey::from_seed("bank.example/ledger", Algorithm::Ed25519, &[1; 32]).unwrap()
}

fn witness(number: u8) -> SignerKey {
    SignerKey::from_seed(&format!("w{number}.example"), Algorithm::CosignatureV1, &[number + 10; 32]).unwrap()
}

const SALT: [u8; 32] = [9; 32];
/// {"text": "您好"}
const DETAIL: &[u8] = b"\xa1\x64text\x66\xe6\x82\xa8\xe5\xa5\xbd";

/// The life of a message: held over night, decided, claimed, two parts submitted, receipts, end.
fn life() -> Vec<Leaf<'static>> {
    let kinds = [
        Kind::MessageHeld,
        Kind::MessageDecided,
        Kind::MessageClaimed,
        Kind::PartSubmitted,
        Kind::PartSubmitted,
        Kind::ReceiptReceived,
        Kind::ReceiptReceived,
        Kind::MessageEnded,
    ];
    let leaf = |(number, kind): (i64, Kind)| Leaf {
        message: Some(77),
        ..Leaf::new(1_767_225_600_000 + number * 40, kind)
    };
    let mut leaves: Vec<Leaf<'_>> = (0..).zip(kinds).map(leaf).collect();
    leaves[0].rule = Some("quiet_hours@2".into());
    leaves[1] = Leaf {
        class: Some(2),
        journey: Some("lpr_change@3".into()),
        route: Some("smsc-a".into()),
        parts: Some(2),
        cost_millifen: Some(7_000),
        world: Some(Hash::of(b"world")),
        template: Some(Hash::of(b"template")),
        commitment: Some(commitment(&SALT, DETAIL)),
        ..leaves[1].clone()
    };
    leaves
}

/// A log in which the leaves stand among others, and the signed checkpoint of it. Returns the indices of the leaves.
fn log(leaves: &[Leaf<'_>], witnesses: u8) -> (Memory, Note, Vec<(u64, Vec<u8>)>) {
    let (mut builder, mut entries) = (TileBuilder::new(), Vec::new());
    for (number, leaf) in (0..).zip(leaves) {
        for other in 0..3 {
            let other = Leaf { count: Some(other), ..Leaf::new(number, Kind::EventAccepted) };
            builder.append(&other.encode().unwrap()).unwrap();
        }
        let bytes = leaf.encode().unwrap();
        entries.push((builder.append(&bytes).unwrap(), bytes));
    }
    let checkpoint =
        Checkpoint { origin: "bank.example/ledger".to_owned(), size: builder.size(), root: builder.root() };
    let mut note = checkpoint.sign(&log_key()).unwrap();
    for number in 0..witnesses {
        note.add(witness(number).sign(note.text(), 1_767_225_700));
    }
    (Memory(builder.drain().into_iter().collect()), note, entries)
}

fn build(leaves: &[Leaf<'_>], witnesses: u8) -> Result<Certificate, Error> {
    let (memory, note, entries) = log(leaves, witnesses);
    let size = Checkpoint::parse(note.text()).unwrap().size;
    let entries: Vec<(u64, &[u8])> = entries.iter().map(|(index, leaf)| (*index, leaf.as_slice())).collect();
    Certificate::build(&Tiles::new(&memory, size), note, &entries)
}

fn verify(certificate: &Certificate, witnesses: u8) -> Result<Report, Error> {
    let cosigners: Vec<VerifierKey> =
        (0..witnesses).map(|number| witness(number).verifier().clone()).collect();
    certificate.verify(log_key().verifier(), &cosigners, usize::from(witnesses))
}

#[test]
fn the_fixture_of_version_1_reads_and_verifies_for_ever() {
    let text = include_str!("../../fixtures/certificate-v1.tlog-proof");
    let key = VerifierKey::parse(include_str!("../../fixtures/log.vkey")).unwrap();
    let opened = Opened::parse(include_bytes!("../../fixtures/opened-v1.json")).unwrap();
    let certificate = Certificate::parse(text.as_bytes()).unwrap();
    assert_eq!(certificate.to_text(), text);
    let cosigners = include_str!("../../fixtures/witnesses.vkey").lines();
    let cosigners: Vec<VerifierKey> = cosigners.map(|line| VerifierKey::parse(line).unwrap()).collect();
    let mut report = certificate.verify(&key, &cosigners, 2).unwrap();
    report.open(&opened).unwrap();
    assert_eq!(report.to_string(), include_str!("../../fixtures/report-v1.txt"));
    // What we build today is still the fixture.
    assert_eq!(build(&life(), 2).unwrap().to_text(), text);
}

#[test]
fn a_certificate_comes_back_and_verifies() {
    for witnesses in 0..4 {
        let certificate = build(&life(), witnesses).unwrap();
        let read = Certificate::parse(certificate.to_text().as_bytes()).unwrap();
        assert_eq!(read, certificate);
        let report = verify(&read, witnesses).unwrap();
        assert_eq!(report.cosignatures.len(), usize::from(witnesses));
        assert_eq!((report.primary, report.entries.len()), (7, 8));
        assert_eq!(report.deciding().unwrap().leaf, life()[1]);
        assert!(verify(&read, witnesses + 1).is_err(), "a quorum that is not there");
    }
}

#[test]
fn a_message_that_was_never_sent_has_a_certificate_too() {
    let held = Leaf { message: Some(5), rule: Some("consent@1".into()), ..Leaf::new(1, Kind::MessageHeld) };
    let blocked = Leaf { kind: Kind::MessageBlocked, ..held.clone() };
    let certificate = build(&[held, blocked], 0).unwrap();
    assert_eq!(certificate.primary(), 7);
    assert_eq!(verify(&certificate, 0).unwrap().deciding().unwrap().leaf.kind, Kind::MessageBlocked);
}

/// Exhaustive: every byte, replaced by three others, left out, and doubled.
#[test]
fn a_certificate_with_any_byte_changed_does_not_verify() {
    let good = build(&life()[1..4], 2).unwrap().to_text().into_bytes();
    verify(&Certificate::parse(&good).unwrap(), 2).unwrap();
    let believed =
        |text: &[u8]| Certificate::parse(text).is_ok_and(|certificate| verify(&certificate, 2).is_ok());
    for at in 0..good.len() {
        for flip in [1, 2, 0x20] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            assert!(!believed(&bad), "byte {at} changed by {flip}");
        }
        let (before, after) = good.split_at(at);
        assert!(!believed(&[before, &after[1..]].concat()), "byte {at} left out");
        assert!(!believed(&[before, &after[..1], after].concat()), "byte {at} doubled");
        assert!(!believed(before), "cut to {at}");
    }
}

#[test]
fn stories_that_may_not_be_told_are_refused() {
    let at = |number: usize| life()[number].clone();
    let changed = |number: usize, change: fn(&mut Leaf<'_>)| {
        let mut leaves = life();
        change(&mut leaves[number]);
        leaves
    };
    let stopped = |then| {
        let mut leaves = life()[1..5].to_vec();
        (leaves[2].kind, leaves[3].kind) = (Kind::MessageBlocked, then);
        leaves
    };
    let table = [
        (vec![at(2), at(1)], "message_decided before message_claimed (L1)", "claimed before it was decided"),
        (vec![at(0), at(2)], "message_decided before message_claimed (L1)", "claimed without a decision"),
        (
            vec![at(1), at(3)],
            "message_claimed before anything about a part (L1)",
            "submitted without a claim",
        ),
        (
            vec![at(0), at(3)],
            "message_claimed before anything about a part (L1)",
            "submitted without anything",
        ),
        (
            stopped(Kind::MessageClaimed),
            "message_decided before message_claimed (L1)",
            "claimed after a block",
        ),
        (
            stopped(Kind::PartSubmitted),
            "message_claimed before anything about a part (L1)",
            "submitted after a block",
        ),
        (changed(4, |leaf| leaf.message = Some(78)), "the same message", "another message's entry"),
        (changed(4, |leaf| leaf.message = None), "an entry about a message", "an entry about none"),
        (changed(0, |leaf| leaf.message = None), "an entry about a message", "a first entry about none"),
        (changed(5, |leaf| leaf.time_ms -= 1_000), "a time not before", "a time that goes backwards"),
        (vec![at(5)], "an entry that decided", "nothing that decided"),
        (vec![], "an entry that decided", "no entry"),
    ];
    for (leaves, expected, why) in table {
        match build(&leaves, 0) {
            Err(Error::Story { expected: came, .. }) => assert!(came.starts_with(expected), "{why}: {came}"),
            other => panic!("{why}: {other:?}"),
        }
    }
}

#[test]
fn the_entry_at_index_must_be_the_deciding_one() {
    let mut certificate = build(&life(), 0).unwrap();
    certificate.primary = 11;
    let read = Certificate::parse(certificate.to_text().as_bytes()).unwrap();
    assert!(matches!(verify(&read, 0), Err(Error::Story { index: 11, .. })));
}

#[test]
fn entries_that_are_not_in_the_log_are_refused() {
    let (memory, note, entries) = log(&life(), 0);
    let tiles = Tiles::new(&memory, 32);
    let other = life()[4].encode().unwrap();
    let forged = Certificate::build(&tiles, note.clone(), &[(entries[1].0, &entries[1].1), (14, &other)]);
    assert!(matches!(forged, Err(Error::Inclusion { index: 14, .. })));
    let beyond = Certificate::build(&tiles, note.clone(), &[(32, &other)]);
    assert!(matches!(beyond, Err(Error::Inclusion { index: 32, cause: tree::Error::OutOfTree { .. } })));
    let twice =
        Certificate::build(&tiles, note, &[(entries[1].0, &entries[1].1), (entries[1].0, &entries[1].1)]);
    assert!(matches!(twice, Err(Error::Story { index: 7, .. })));
}

#[test]
fn opened_details_must_match_their_commitments() {
    let mut report = verify(&build(&life(), 0).unwrap(), 0).unwrap();
    let opened = |index, salt, detail: &[u8]| Opened {
        entries: vec![OpenedEntry { index, salt, detail: detail.to_vec() }],
    };
    let table = [
        (opened(7, [8; 32], DETAIL), "expected commitment"),
        (opened(7, SALT, b"\xf6"), "expected commitment"),
        (opened(3, SALT, DETAIL), "expected an entry with a commitment"),
        (opened(8, SALT, DETAIL), "expected an entry of the certificate"),
    ];
    for (bad, message) in table {
        let error = report.open(&bad).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    assert!(report.entries.iter().all(|line| line.detail.is_none()));
    report.open(&opened(7, SALT, DETAIL)).unwrap();
    assert_eq!(report.deciding().unwrap().detail.as_deref(), Some("{\"text\": \"您好\"}"));
    assert!(report.to_string().contains("您好"));
}

#[test]
fn broken_files_say_where_they_break() {
    let good = build(&life()[1..2], 0).unwrap().to_text();
    let line = |number: usize| good.lines().nth(number).unwrap().to_owned();
    let table = [
        (String::new(), "an empty line before the checkpoint"),
        (good.replace("@v1", "@v2"), "line 1: expected c2sp.org/tlog-proof@v1"),
        (good.replace(&format!("{}\n", line(1)), ""), "line 2: expected extra and base64"),
        (good.replace(&line(1), "extra AA="), "line 2: expected extra and base64"),
        (good.replace(&line(1), "extra "), "at byte 0: expected a map of three"),
        (good.replace(&line(1), "extra owAC"), "schema version 2: expected 1"),
        (good.replace("index 3", "index 03"), "line 3: expected index and a number without leading zeroes"),
        (good.replace("index 3", "Index 3"), "line 3: expected index"),
        (good.replace(&line(3), "AAAA"), "line 4: expected 32 bytes in base64"),
        (good.replace(&line(3), &vec![line(3); 66].join("\n")), "67 hashes in a proof: expected at most 65"),
    ];
    for (bad, message) in table {
        let error = Certificate::parse(bad.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "expected {message:?}, came {error:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_answered(tail: Vec<u8>, at: proptest::sample::Index) {
        let good = build(&life()[1..3], 0).unwrap().to_text().into_bytes();
        let _ = Certificate::parse(&tail);
        let spliced = [&good[..at.index(good.len())], tail.as_slice()].concat();
        if let Ok(certificate) = Certificate::parse(&spliced) {
            proptest::prop_assert_eq!(certificate.to_text().into_bytes(), spliced);
        }
    }
}
