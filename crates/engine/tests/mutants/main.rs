//! Whether the stories of the library notice every change to what decides: each rule of the gate left out, and each number,
//! window, flag, date and list of `rules/` and `classes/` changed, one at a time. A change that no story notices is named.
//!
//! `cargo xtask mutate` runs it, in a build that can leave a rule out (feature `mutants`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test file")]

#[path = "../stories/play.rs"]
mod play;
mod change;

use change::Change;
use engine::decide::RuleCode;
use engine::decide::rules::ORDER;
use play::{Files, shipped, stories, world};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// One changed library.
struct Mutant {
    name: String,
    files: Files,
    left_out: Option<RuleCode>,
}

/// Asked only where the ledger holds an `approvals.toml` in force, which no story of the library has; the engine's own stories
/// fail without it (`a_message_goes_by_what_was_approved`).
const NOT_OF_THE_LIBRARY: &str = "approval";

fn rules() -> impl Iterator<Item = Mutant> {
    ORDER.iter().filter(|rule| rule.id != NOT_OF_THE_LIBRARY).map(|rule| Mutant {
        name: format!("without the rule {}", rule.id),
        files: shipped(),
        left_out: Some(rule.code),
    })
}

fn numbers() -> impl Iterator<Item = Mutant> {
    let files = shipped();
    let changes: Vec<Change> = files
        .iter()
        .filter(|(path, _)| path.starts_with("rules/") || path.starts_with("classes/"))
        .flat_map(|(path, text)| change::all(path, text))
        .collect();
    assert!(changes.len() > 200, "only {} changes were found", changes.len());
    changes.into_iter().map(move |Change { name, path, text }| {
        let mut files = files.clone();
        files.iter_mut().find(|(of, _)| *of == path).unwrap().1 = text;
        Mutant { name, files, left_out: None }
    })
}

/// What became of a change.
#[derive(PartialEq)]
enum Fate {
    /// It does not load: nobody can put it into force.
    Refused,
    /// A story fails.
    Noticed,
    /// Nothing says anything.
    Survived,
}

/// What becomes of it. The stories that name what is in force are asked first: they notice most.
fn fate(mutant: &Mutant) -> Fate {
    let Ok(shared) = world(&mutant.files, mutant.left_out) else { return Fate::Refused };
    let (law, others): (Vec<_>, Vec<_>) = stories().partition(|(path, _)| path.ends_with("/law.toml"));
    let mut files = law.into_iter().chain(others);
    let fails = |file| !play::differences(&mutant.files, &shared, mutant.left_out, file).is_empty();
    if files.any(fails) { Fate::Noticed } else { Fate::Survived }
}

/// The names of those that no story notices, and how many do not load.
fn survivors(mutants: &[Mutant]) -> (Vec<String>, usize) {
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match fate(mutant) {
                        Fate::Refused => drop(refused.fetch_add(1, Ordering::Relaxed)),
                        Fate::Noticed => {}
                        Fate::Survived => found.lock().unwrap().push(mutant.name.clone()),
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    (found, refused.into_inner())
}

#[test]
fn the_library_as_it_is_fails_no_story() {
    let files = shipped();
    let mutant = Mutant { name: String::new(), files, left_out: None };
    assert!(fate(&mutant) == Fate::Survived, "the stories fail without any change");
}

#[test]
fn every_change_makes_a_story_fail() {
    let mutants: Vec<Mutant> = rules().chain(numbers()).collect();
    let (survivors, refused) = survivors(&mutants);
    let (all, left) = (mutants.len(), survivors.len());
    println!(
        "{all} changes: {refused} do not load, {} make a story fail, {left} survive",
        all - refused - left
    );
    assert!(refused * 2 < all, "{refused} of {all} do not load, so that most of this shows nothing");
    assert!(survivors.is_empty(), "no story notices {left} of {all}:\n{}", survivors.join("\n"));
}
