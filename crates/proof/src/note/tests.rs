//! Notes and keys: the published examples of others, a round trip, and refusals.

use super::*;
use proptest::prelude::*;

/// The key and note of the documentation of golang.org/x/mod/sumdb/note: made by another implementation.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The checkpoint of c2sp.org/tlog-cosignature, signed by a log and a witness that are not ours. Their public keys are
/// not published there, so this pins the format alone.
const C2SP_NOTE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

#[test]
fn the_note_and_the_keys_of_the_go_documentation_are_ours_too() {
    let key = VerifierKey::parse(GO_KEY).unwrap();
    assert_eq!((key.name(), key.id(), key.to_string().as_str()), ("PeterNeumann", 0xc74f_20a3, GO_KEY));
    let note = parse(GO_NOTE.as_bytes()).unwrap();
    assert_eq!(
        note.verify(std::slice::from_ref(&key)).unwrap(),
        [Signed { name: "PeterNeumann".into(), time_s: None }]
    );
    assert_eq!(note.to_text(), GO_NOTE);

    let secret = SignerKey::parse(GO_SECRET).unwrap();
    assert_eq!((secret.verifier(), secret.to_secret_text().as_str()), (&key, GO_SECRET));
    // Ed25519 is deterministic: our signature must be theirs.
    assert_eq!(secret.sign(note.text(), 0), note.signatures()[0]);
    assert_eq!(format!("{secret:?}"), "SignerKey(PeterNeumann, hidden)");
}

#[test]
fn a_cosigned_checkpoint_of_the_specification_parses() {
    let note = parse(C2SP_NOTE.as_bytes()).unwrap();
    assert_eq!(note.to_text(), C2SP_NOTE);
    let [log, witness] = note.signatures() else { panic!("{note:?}") };
    assert_eq!((log.name.as_str(), log.bytes.len()), ("example.com/behind-the-sofa", 64));
    assert_eq!((witness.name.as_str(), witness.bytes.len()), ("witness.example.com/w1", 72));
    assert_eq!(u64::from_be_bytes(witness.bytes[..8].try_into().unwrap()), 1_679_315_147);
    // Lines by keys that are not known are ignored, and a note without a line by a known one is refused.
    let refused = Error::Unsigned { expected: "PeterNeumann".into() };
    assert_eq!(note.verify(&[VerifierKey::parse(GO_KEY).unwrap()]), Err(refused));
    assert!(note.verify(&[]).is_err());
}

#[test]
fn a_cosignature_signs_the_text_under_a_header_and_a_time() {
    let key = SignerKey::from_seed("witness.example/w", Algorithm::CosignatureV1, &[5; 32]).unwrap();
    let mut note = Note::new("o\n1\nr\n").unwrap();
    note.add(key.sign(note.text(), 1_679_315_147));
    let message = b"cosignature/v1\ntime 1679315147\no\n1\nr\n";
    let signature = &note.signatures()[0].bytes;
    assert_eq!(signature[8..], SigningKey::from_bytes(&[5; 32]).sign(message).to_bytes());
    let keys = [key.verifier().clone()];
    assert_eq!(note.verify(&keys).unwrap()[0].time_s, Some(1_679_315_147));

    // Another time, a time beyond 2^63, or a plain signature in its place do not hold.
    let bad = |bytes: Vec<u8>| {
        let mut note = Note::new("o\n1\nr\n").unwrap();
        note.add(Signature { name: key.public.name.clone(), key_id: key.public.id, bytes });
        note.verify(&keys).unwrap_err()
    };
    let mut later = signature.clone();
    later[7] += 1;
    let refused = Error::BadSignature { name: "witness.example/w".into() };
    assert_eq!(bad(later), refused);
    assert_eq!(bad(key.sign("o\n1\nr\n", 1 << 63).bytes), refused);
    assert_eq!(bad(signature[8..].to_vec()), refused);
    assert_eq!(bad(vec![1]), refused);
}

#[test]
fn keys_that_are_not_exactly_right_are_refused() {
    let table = [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc",
        "PeterNeumann+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        GO_SECRET,
    ];
    for text in table {
        let error = VerifierKey::parse(text).unwrap_err();
        assert!(matches!(error, Error::Key { .. }), "{text}: {error}");
    }
    assert!(SignerKey::parse(GO_KEY).is_err());
    assert!(SignerKey::from_seed("a+b", Algorithm::Ed25519, &[1; 32]).is_err());
    assert!(VerifierKey::parse(&format!("{GO_KEY}\n")).is_ok(), "a file ends in a newline");
}

#[test]
fn notes_that_are_not_exactly_right_are_refused_with_the_line() {
    let line = GO_NOTE.lines().last().unwrap();
    let table = [
        (String::new(), 0),
        ("text\n".to_owned(), 1),
        ("text\n\n".to_owned(), 3),
        (format!("text\n{line}\n"), 2),
        (format!("text\n\n{line}"), 3),
        (format!("text\n\n{line}\n{line}\n"), 4),
        (format!("text\n\n{line}\nx\n"), 4),
        (format!("te\txt\n\n{line}\n"), 1),
        (format!("a\ntext\r\n\n{line}\n"), 2),
        (format!("text\n\n{}\n", line.replace('\u{2014}', "-")), 3),
        (format!("text\n\n{}\n", line.replace("PeterNeumann", "")), 3),
        (format!("text\n\n{}\n", line.replace("PeterNeumann", "Peter+Neumann")), 3),
        (format!("text\n\n{}\n", line.replace("PeterNeumann", "Peter\u{3000}Neumann")), 3),
        (format!("text\n\n{}\n", line.replace('=', "")), 3),
        ("text\n\n\u{2014} name AAAAAA==\n".to_owned(), 3),
        (format!("text\n\n{line} \n"), 3),
    ];
    for (text, expected) in table {
        match parse(text.as_bytes()) {
            Err(Error::Malformed { line, .. }) => assert_eq!(line, expected, "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
    assert!(matches!(parse(b"text\n\xff\n"), Err(Error::Malformed { line: 2, expected: "UTF-8", .. })));
    assert!(matches!(parse(&vec![b'a'; NOTE_BYTES_MAX + 1]), Err(Error::TooMuch { .. })));
    assert!(Note::new("no newline").is_err());
}

#[test]
fn as_many_signatures_as_the_limit_pass_and_one_more_does_not() {
    let text = |count: usize| {
        (0..count).fold("text\n\n".to_owned(), |text, number| format!("{text}\u{2014} n{number} AAAAAAA=\n"))
    };
    assert_eq!(parse(text(SIGNATURES_MAX).as_bytes()).unwrap().signatures().len(), SIGNATURES_MAX);
    let refused = Error::TooMuch { what: "signatures", limit: SIGNATURES_MAX, found: SIGNATURES_MAX + 1 };
    assert_eq!(parse(text(SIGNATURES_MAX + 1).as_bytes()), Err(refused));
}

#[test]
fn the_text_of_a_note_may_hold_empty_lines() {
    let text = "one\n\ntwo\n\n\u{2014} n AAAAAAA=\n";
    let note = parse(text.as_bytes()).unwrap();
    assert_eq!((note.text(), note.to_text().as_str()), ("one\n\ntwo\n", text));
}

proptest! {
    #[test]
    fn any_bytes_are_answered_and_what_parses_is_written_the_same(
        input in prop_oneof!["(\\PC{0,5}\n){0,4}\n(\u{2014} [a-z+ ]{0,3} [A-Za-z0-9+/=]{0,12}\n){0,3}", "\\PC*"],
    ) {
        if let Ok(note) = parse(input.as_bytes()) {
            prop_assert_eq!(note.to_text(), input.as_str());
        }
        prop_assert!(VerifierKey::parse(&input).is_err());
    }

    #[test]
    fn keys_and_signatures_come_back(seed: [u8; 32], text in "(\\PC{0,20}\n){1,4}", time_s in 0..u64::MAX / 2) {
        for algorithm in [Algorithm::Ed25519, Algorithm::CosignatureV1] {
            let key = SignerKey::from_seed("bank.example/记录", algorithm, &seed).unwrap();
            prop_assert_eq!(&VerifierKey::parse(&key.verifier().to_string()).unwrap(), key.verifier());
            let secret = SignerKey::parse(&key.to_secret_text()).unwrap();
            prop_assert_eq!(secret.verifier(), key.verifier());
            let mut note = Note::new(text.clone()).unwrap();
            note.add(key.sign(&text, time_s));
            let note = parse(note.to_text().as_bytes()).unwrap();
            prop_assert_eq!(note.text(), &text);
            prop_assert_eq!(note.verify(&[key.verifier().clone()]).unwrap().len(), 1);
            let other = Note { text: format!("{text}x\n"), ..note };
            prop_assert!(other.verify(&[key.verifier().clone()]).is_err());
        }
    }
}
