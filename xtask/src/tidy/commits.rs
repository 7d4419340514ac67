//! Commit subjects: `stage: imperative`, at most 60 characters.
//!
//! A commit that others already stand on cannot be mended, so that this warns and does not fail.

use super::stages::STAGES;
use super::{Checkout, Problem};

/// Characters of a subject.
const SUBJECT_CHARS_MAX: usize = 60;

/// What a commit may be about, besides a stage of the loop.
const OTHERS: &[&str] = &["house", "store", "learn", "console"];

/// How many of the newest commits are looked at: the older ones have been seen often enough.
const COMMITS_MAX: usize = 50;

/// Checks the subjects of the newest commits.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let newest = checkout.commits.iter().take(COMMITS_MAX);
    newest
        .filter_map(|commit| {
            Some(Problem::warning(format!("commit {}", commit.hash), complaint(&commit.subject)?))
        })
        .collect()
}

fn complaint(subject: &str) -> Option<String> {
    let chars = subject.chars().count();
    if chars > SUBJECT_CHARS_MAX {
        return Some(format!(
            "the subject has {chars} characters, {SUBJECT_CHARS_MAX} are allowed: {subject}"
        ));
    }
    let is_known = |word: &str| STAGES.contains(&word) || OTHERS.contains(&word);
    let is_formed =
        subject.split_once(": ").is_some_and(|(word, rest)| is_known(word) && !rest.trim().is_empty());
    (!is_formed).then(|| format!("expected `stage: what it does`, found: {subject}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_judged_by_length_and_form() {
        let long = format!("decide: {}", "x".repeat(53));
        let table = [
            ("decide: hold marketing in quiet hours", true),
            ("store: 修复尾部截断", true),
            ("fix things", false),
            ("dispatch: add a worker", false),
            ("decide: ", false),
            (long.as_str(), false),
        ];
        for (subject, is_good) in table {
            assert_eq!(complaint(subject).is_none(), is_good, "{subject}");
        }
    }

    #[test]
    fn a_bad_subject_warns_and_does_not_fail() {
        let commit = super::super::checkout::Commit { hash: "1a2b3c4".to_owned(), subject: "wip".to_owned() };
        let problems = check(&Checkout { commits: vec![commit], ..Checkout::default() });
        assert!(problems.len() == 1 && problems[0].is_warning);
    }
}
