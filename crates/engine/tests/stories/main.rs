//! Every story test of the library, as `hongyan journey test` plays them; and that they can fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test file")]

mod play;

use engine::world::{stories_from_text, story_files};
use play::{Files, shipped, stories, world};
use std::collections::BTreeSet;

/// The configuration that ships with an exchange of words in one of its files.
fn exchanged((file, from, to): (&str, &str, &str)) -> Files {
    let mut files = shipped();
    let (_, text) = files.iter_mut().find(|(path, _)| path == file).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    *text = text.replace(from, to);
    files
}

/// What the stories say of some files, each difference with the story's place.
fn differences(files: &Files, of: impl Fn(&str) -> bool) -> Vec<String> {
    let world = world(files, None).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    stories()
        .filter(|(path, _)| of(path))
        .flat_map(|file| play::differences(files, &world, None, file))
        .collect()
}

#[test]
fn every_story_comes_true() {
    let found = differences(&shipped(), |_| true);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_journey_has_a_story() {
    let world = world(&shipped(), None).unwrap();
    let told: BTreeSet<String> = stories()
        .filter(|(path, text)| story_files(path, text).unwrap().is_empty())
        .flat_map(|(path, text)| stories_from_text(&world, path, text).unwrap())
        .flat_map(|story| story.journeys)
        .collect();
    let untold: Vec<&str> =
        world.journeys.current().map(|j| j.id.as_str()).filter(|id| !told.contains(*id)).collect();
    assert!(untold.is_empty(), "without a story in library/stories/: {untold:?}");
}

#[test]
fn a_word_a_time_or_a_rule_that_changes_makes_a_story_fail() {
    let changes = [
        ("templates/loan-due-soon.toml", "请忽略", "请略过", "loan-due"),
        ("journeys/loan-due.toml", "offset = \"-3d\"", "offset = \"-4d\"", "loan-due"),
        (
            "journeys/loan-due.toml",
            "[goal]\nevent = \"loan_paid\"",
            "[goal]\nevent = \"loan_closed\"",
            "loan-due",
        ),
        ("journeys/loan-due.toml", "again = \"not_inside\"\n", "", "loan-due"),
        ("rules/cn/quiet_hours.toml", "close = \"22:00\"", "close = \"23:59\"", "loan-overdue"),
        ("rules/cn/quiet_hours.toml", "open = \"08:00\"", "open = \"08:30\"", "welcome-series"),
        ("rules/cn/consent.toml", "required = true", "required = false", "instalment-offer"),
        (
            "rules/cn/frequency.toml",
            "window = \"1m\", max = 1",
            "window = \"1m\", max = 2",
            "verification-code",
        ),
    ];
    for (file, from, to, story) in changes {
        let found =
            differences(&exchanged((file, from, to)), |path| path.ends_with(&format!("/{story}.toml")));
        assert!(!found.is_empty(), "{file} with {to:?} instead of {from:?}, and no story of {story} noticed");
    }
}
