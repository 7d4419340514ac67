//! Every story test of the library, as `hongyan journey test` plays them; and that they can fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test file")]

use engine::decide::story::tell;
use engine::world::{World, load_with, stories_from_text};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The configuration that ships with its model, and one exchange of words in its files.
fn world(exchange: Option<(&str, &str, &str)>) -> Arc<World> {
    let changed = |path: &str, text: &str| match exchange {
        Some((file, from, to)) if file == path => {
            assert!(text.contains(from), "{path} has no {from:?}");
            text.replace(from, to)
        }
        _ => text.to_owned(),
    };
    let files: Vec<(String, String)> =
        library::files().map(|(path, text)| (path.to_owned(), changed(path, text))).collect();
    match load_with(&files, library::bytes("models/classify.bin")) {
        Ok(world) => Arc::new(world),
        Err(mistakes) => panic!("{mistakes:#?}"),
    }
}

fn stories() -> impl Iterator<Item = (&'static str, &'static str)> {
    library::files().filter(|(path, _)| path.starts_with("stories/"))
}

/// What the stories say of a world, each difference with the story's place.
fn differences(world: &Arc<World>, of: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    for (path, text) in stories().filter(|(path, _)| of(path)) {
        for story in stories_from_text(world, path, text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}")) {
            let told = tell(world, &story);
            all.extend(told.into_iter().map(|words| format!("{} {}: {words}", story.place, story.title)));
        }
    }
    all
}

#[test]
fn every_story_comes_true() {
    let found = differences(&world(None), |_| true);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_journey_has_a_story() {
    let world = world(None);
    let told: BTreeSet<String> = stories()
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
            differences(&world(Some((file, from, to))), |path| path.ends_with(&format!("/{story}.toml")));
        assert!(!found.is_empty(), "{file} with {to:?} instead of {from:?}, and no story of {story} noticed");
    }
}
