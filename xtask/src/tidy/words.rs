//! Words that must not stand in the project: it speaks of itself alone, and a note to oneself names its issue.

use super::{Checkout, Problem};

/// Never, in any letter case. Written in pieces, so that this file passes its own check.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("cla", "ude"), OF_ITSELF),
    (concat!("anthro", "pic"), OF_ITSELF),
    (concat!("chat", "gpt"), OF_ITSELF),
    (concat!("open", "ai"), OF_ITSELF),
    (concat!("copi", "lot"), OF_ITSELF),
    (concat!("sub", "agent"), OF_ITSELF),
    (concat!("/wo", "rk/"), NO_PATH),
    (concat!("/tmp/", "brief"), NO_PATH),
    (concat!("crates.io", "/api"), NO_HOST),
    (concat!("static.", "crates.io"), NO_HOST),
    (concat!("index.", "crates.io"), NO_HOST),
    (concat!("registry.", "npmjs.org"), NO_HOST),
    (concat!("files.", "pythonhosted.org"), NO_HOST),
    (concat!("proxy.", "golang.org"), NO_HOST),
    (concat!("deb.", "debian.org"), NO_HOST),
];

const OF_ITSELF: &str = "the project speaks of itself alone: say it without this word";
const NO_PATH: &str = "this path exists on one machine only: take it as an argument";
const NO_HOST: &str = "name packages, not the hosts they come from";

/// A lock file names where its packages come from; that is its work.
const LOCKS: &[&str] = &["Cargo.lock", "package-lock.json"];
const LOCK_LINES: &[&str] = &["source = ", "\"resolved\": "];

/// Marks of unfinished work; each must name its issue on the same line, as `#12`.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// Checks every line of every text file.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in &checkout.files {
        let is_lock = LOCKS.iter().any(|lock| file.path == *lock || file.path.ends_with(&format!("/{lock}")));
        let lower = file.text.to_lowercase();
        let suspects: Vec<_> = FORBIDDEN.iter().filter(|(word, _)| lower.contains(word)).collect();
        let has_mark = MARKS.iter().any(|mark| file.text.contains(mark));
        if suspects.is_empty() && !has_mark {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            let is_source_line =
                is_lock && LOCK_LINES.iter().any(|start| line.trim_start().starts_with(start));
            let lower = line.to_lowercase();
            for (word, advice) in suspects.iter().filter(|(word, _)| !is_source_line && lower.contains(word))
            {
                problems.push(Problem::new(file.path.clone(), index + 1, format!("'{word}': {advice}")));
            }
            for mark in MARKS.iter().filter(|mark| has_word(line, mark) && !names_issue(line)) {
                let message =
                    format!("{mark} without an issue: finish it, or name the issue on this line as #12");
                problems.push(Problem::new(file.path.clone(), index + 1, message));
            }
        }
    }
    problems
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|after| after.chars().next());
        !is_part(before) && (word.ends_with(':') || !is_part(after))
    })
}

fn names_issue(line: &str) -> bool {
    line.split('#').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Checkout::of(&[(path, text)])).into_iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn every_forbidden_word_is_found_in_any_case() {
        for (word, _) in FORBIDDEN {
            assert_eq!(lines("a.md", &format!("\nx {} y\n", word.to_uppercase())), [2], "{word}");
        }
    }

    #[test]
    fn a_mark_needs_an_issue() {
        for mark in MARKS {
            assert_eq!(lines("a.md", &format!("// {mark} later\n")), [1], "{mark}");
            assert_eq!(lines("a.md", &format!("// {mark} (#12) later\n")), [0; 0], "{mark}");
        }
        assert_eq!(lines("a.md", concat!("MASTO", "DON TO", "DOS\n")), [0; 0]);
    }

    #[test]
    fn a_lock_file_may_say_where_its_packages_come_from() {
        let line = format!("  \"resolved\": \"https://{}/x\"\n", concat!("registry.", "npmjs.org"));
        assert_eq!(lines("console/package-lock.json", &line), [0; 0]);
        assert_eq!(lines("console/package.json", &line), [1]);
    }
}
