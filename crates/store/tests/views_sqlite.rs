//! The SQLite views: the conformance suite, migrations, what two processes and kill -9 may do to them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod support;

use std::os::unix::fs::PermissionsExt;
use store::Error;
use store::conformance::views::{Harness, messages};
use store::views::{SqliteViews, Views};
use support::Scratch;

struct Sqlite {
    scratch: Scratch,
}

impl Sqlite {
    fn new() -> Self {
        Self { scratch: Scratch::new("views") }
    }
}

impl Harness for Sqlite {
    fn open(&mut self) -> Box<dyn Views> {
        Box::new(SqliteViews::open(self.scratch.path().join("data/views.db")).unwrap())
    }
}

store::views_conformance!(Sqlite::new);

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let scratch = Scratch::new("newer");
    let path = scratch.path().join("views.db");
    drop(SqliteViews::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("INSERT INTO schema_version VALUES (99)", []).unwrap();
    assert!(matches!(SqliteViews::open(&path), Err(Error::NewerFormat { found: 99, newest: 4, .. })));
}

#[test]
fn the_database_is_for_its_owner_alone() {
    let scratch = Scratch::new("mode");
    let path = scratch.path().join("views.db");
    let mut views = SqliteViews::open(&path).unwrap();
    views.apply(&messages(1, 0..10)).unwrap();
    for entry in std::fs::read_dir(scratch.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
}

#[test]
fn a_file_that_is_no_database_is_an_error() {
    let scratch = Scratch::new("garbage");
    let path = scratch.path().join("views.db");
    std::fs::write(&path, vec![0x55; 9000]).unwrap();
    let error = SqliteViews::open(&path).err().unwrap().to_string();
    assert!(error.contains("not a database"), "{error}");
}
