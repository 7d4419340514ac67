//! A process that appends is killed (SIGKILL) at random moments; nothing it acknowledged is missing, and no batch is there in part.
//!
//! The child is this test binary again, told by the environment; it prints the journal's length after each append.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::conformance::journal::{assert_holds_numbered, numbered_batch};
use store::disk::RealDisk;
use store::journal::Journal;
use store::journal::segments::{self, Options};
use support::Scratch;

const DIRECTORY_VARIABLE: &str = "HONGYAN_STORE_KILL_DIRECTORY";
const KILLS: u64 = 12;
/// Small, so that kills also fall on the making of a new segment.
const OPTIONS: Options = Options { segment_bytes: 20_000, log_id: None };
/// Batches are of this size, so that a part of one would show.
const BATCH: u64 = 13;

/// The child's part; as a test of its own it has nothing to do.
#[test]
fn child_appends_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) else { return };
    let (mut journal, _) = segments::open(Arc::new(RealDisk::create(directory).unwrap()), OPTIONS).unwrap();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        let len = journal.len();
        journal.append(&numbered_batch(len..len + BATCH)).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {}", journal.len()).unwrap();
        out.flush().unwrap();
    }
}

fn spawn(directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_appends_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY_VARIABLE, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits for some acknowledgements and a random while, kills, and returns the last length acknowledged.
fn run_and_kill(directory: &Path, seed: u64) -> u64 {
    let mut child = spawn(directory);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    let mut note = |line: String| {
        // The harness's own words may stand before ours on the first line.
        if let Some(at) = line.find("acknowledged ") {
            last = line[at + "acknowledged ".len()..].trim().parse().unwrap();
        }
    };
    for line in lines.by_ref().take(4 + (seed % 60) as usize) {
        note(line.unwrap());
    }
    std::thread::sleep(Duration::from_micros(seed * 377 % 3000));
    child.kill().unwrap();
    for line in lines.map_while(Result::ok) {
        note(line);
    }
    child.wait().unwrap();
    last
}

#[test]
fn nothing_acknowledged_is_missing_after_kill_9() {
    let scratch = Scratch::new("kill");
    let mut held = 0;
    for round in 0..KILLS {
        let seed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let acknowledged = run_and_kill(scratch.path(), seed);
        assert!(acknowledged > held, "the child made progress");
        let disk = Arc::new(RealDisk::create(scratch.path()).unwrap());
        let (journal, opened) = segments::open(disk, OPTIONS).unwrap();
        assert!(opened.len >= acknowledged, "{acknowledged} acknowledged, {} held", opened.len);
        assert!(opened.len <= acknowledged + 2 * BATCH, "at most one append was in flight");
        assert_eq!(opened.len % BATCH, 0, "a part of a batch is there");
        assert_holds_numbered(journal.reader().as_ref(), opened.len);
        held = opened.len;
    }
    assert!(held > 100 * BATCH, "{held} entries: the child hardly ran");
}
