//! Engines are picked by URI; an unknown one is told which are known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod support;

use store::conformance::journal::{assert_holds_numbered, numbered_batch};
use store::journal::segments::Options;
use support::Scratch;

#[test]
fn each_kind_opens_from_its_uri() {
    let scratch = Scratch::new("uri");
    let root = scratch.path().display();
    let mut opened =
        store::open_journal(&format!("segments:{root}/data/journal"), Options::default()).unwrap();
    opened.journal.append(&numbered_batch(0..5)).unwrap();
    assert_holds_numbered(opened.journal.reader().as_ref(), 5);
    assert_eq!((opened.opened.len, opened.opened.segments), (0, 1));
    assert_eq!(store::open_views(&format!("sqlite:{root}/data/views.db")).unwrap().position().unwrap(), 0);
    let mut keys = store::open_keys(&format!("file:{root}/data/keys?kek={root}/data/kek")).unwrap();
    keys.table.create(&[(1, [7; 32])]).unwrap();
    assert_eq!(keys.table.key(1).unwrap(), Some([7; 32]));
}

#[test]
fn an_unknown_uri_lists_the_known() {
    for uri in ["", "segments:", "postgres://localhost/x", "./data"] {
        let error = store::open_journal(uri, Options::default()).err().unwrap().to_string();
        assert_eq!(error, format!("{uri:?} names no journal engine, expected one of: segments:DIRECTORY"));
    }
    assert!(store::open_views("mysql:x").err().unwrap().to_string().ends_with("sqlite:FILE"));
    assert!(store::open_keys("file:x").err().unwrap().to_string().ends_with("file:DIRECTORY?kek=DIRECTORY"));
}
