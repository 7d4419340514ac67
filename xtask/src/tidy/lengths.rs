//! Files of at most 500 lines, functions of at most 70, with a ratchet for what was longer before.
//!
//! The ratchet is `xtask/tidy-ratchet.txt`, one line for each exception: `path::function lines` or `path lines`. A number
//! there must be what is measured now, so that it falls with the code; and over the history of the list neither the
//! number of its lines nor their sum may grow, so that nothing new can be written into it. No file, no exceptions.

use std::collections::BTreeMap;

use super::{Checkout, Problem};

/// Where the exceptions stand.
pub(crate) const RATCHET: &str = "xtask/tidy-ratchet.txt";

/// Lines of a file that are not test code.
const FILE_LINES_MAX: usize = 500;

/// Lines of a function, from `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// Lines of a function in test code, where a table of inputs may stand in it.
const TEST_FUNCTION_LINES_MAX: usize = 100;

/// Checks every Rust file against the limits and the list of exceptions.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    let listed = checkout.file(RATCHET).map(|file| Ratchet::read(&file.text)).unwrap_or_default();
    problems.extend(
        listed
            .unreadable
            .iter()
            .map(|line| Problem::new(RATCHET, *line, "expected `path lines` or `path::function lines`")),
    );
    let mut listed_left = listed.lengths.clone();
    for long in measure(checkout) {
        match listed_left.remove(&long.key) {
            None => problems.push(Problem::new(
                long.path,
                long.line,
                format!("{}; split it by responsibility", long.describe),
            )),
            Some((allowed, line)) if long.lines != allowed => {
                let advice =
                    if long.lines > allowed { "make it shorter again" } else { "write the lower number" };
                problems.push(Problem::new(
                    RATCHET,
                    line,
                    format!("{} was {allowed} lines and is {}: {advice}", long.key, long.lines),
                ));
            }
            Some(_) => {}
        }
    }
    for (key, (_, line)) in listed_left {
        problems.push(Problem::new(
            RATCHET,
            line,
            format!("{key} is within the limits or gone: take its line out"),
        ));
    }
    problems.extend(growth(&listed, &checkout.earlier_ratchets));
    problems
}

/// The list may only shrink, compared with every earlier version of itself.
fn growth(listed: &Ratchet, earlier: &[String]) -> Option<Problem> {
    let earlier: Vec<Ratchet> = earlier.iter().map(|text| Ratchet::read(text)).collect();
    let count_min = earlier.iter().map(|ratchet| ratchet.lengths.len()).min()?;
    let sum_min = earlier.iter().map(Ratchet::sum).min()?;
    let (count, sum) = (listed.lengths.len(), listed.sum());
    (count > count_min || sum > sum_min).then(|| {
        let message = format!("the list had {count_min} exceptions of {sum_min} lines once and has {count} of {sum} now: it may only shrink");
        Problem::new(RATCHET, 0, message)
    })
}

/// The list of exceptions.
#[derive(Debug, Default)]
struct Ratchet {
    /// Key → (lines, line of the list).
    lengths: BTreeMap<String, (usize, usize)>,
    unreadable: Vec<usize>,
}

impl Ratchet {
    fn read(text: &str) -> Ratchet {
        let mut ratchet = Ratchet::default();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match line.rsplit_once(' ').map(|(key, lines)| (key, lines.parse())) {
                Some((key, Ok(lines))) => {
                    ratchet.lengths.insert(key.to_owned(), (lines, index + 1));
                }
                _ => ratchet.unreadable.push(index + 1),
            }
        }
        ratchet
    }

    fn sum(&self) -> usize {
        self.lengths.values().map(|(lines, _)| lines).sum()
    }
}

/// A file or function over its limit.
struct Long {
    key: String,
    path: String,
    line: usize,
    lines: usize,
    describe: String,
}

fn measure(checkout: &Checkout) -> Vec<Long> {
    let mut long: BTreeMap<String, Long> = BTreeMap::new();
    for source in &checkout.sources {
        let lines = source.product_lines();
        if lines > FILE_LINES_MAX {
            let describe = format!("{lines} lines without tests, {FILE_LINES_MAX} are allowed");
            let file = Long { key: source.path.clone(), path: source.path.clone(), line: 0, lines, describe };
            long.insert(file.key.clone(), file);
        }
        for function in source.functions() {
            let line = *function.lines.start();
            let lines = function.lines.end() + 1 - line;
            let limit = if source.is_test_line(line) { TEST_FUNCTION_LINES_MAX } else { FUNCTION_LINES_MAX };
            let key = format!("{}::{}", source.path, function.name);
            // Of two methods with one name the longer one counts.
            if lines > limit && long.get(&key).is_none_or(|other| other.lines < lines) {
                let describe = format!("fn {} has {lines} lines, {limit} are allowed", function.name);
                long.insert(key.clone(), Long { key, path: source.path.clone(), line, lines, describe });
            }
        }
    }
    long.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, lines: usize) -> String {
        format!("fn {name}() {{\n{}}}\n", "    x();\n".repeat(lines - 2))
    }

    fn found(text: &str, ratchet: &str, earlier: &[&str]) -> Vec<String> {
        let mut checkout = Checkout::of(&[("a.rs", text), (RATCHET, ratchet)]);
        checkout.earlier_ratchets = earlier.iter().map(|text| (*text).to_owned()).collect();
        check(&checkout).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_function_over_the_limit_is_named_and_one_at_the_limit_is_not() {
        assert_eq!(found(&function("f", 70), "", &[]), Vec::<String>::new());
        let problems = found(&format!("//! x\n{}", function("f", 71)), "", &[]);
        assert_eq!(problems, ["a.rs:2: fn f has 71 lines, 70 are allowed; split it by responsibility"]);
    }

    #[test]
    fn tests_do_not_count_into_a_file_and_have_their_own_limit() {
        let product = "x();\n".repeat(500);
        assert_eq!(
            found(&format!("{product}#[cfg(test)]\nmod tests {{\n{}}}\n", function("f", 100)), "", &[]),
            Vec::<String>::new()
        );
        assert_eq!(found(&format!("{product}y();\n"), "", &[]).len(), 1);
        assert_eq!(
            found(&format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function("f", 101)), "", &[]).len(),
            1
        );
    }

    #[test]
    fn an_exception_must_say_what_is_measured_and_go_when_it_is_not_needed() {
        let long = function("f", 80);
        assert_eq!(found(&long, "# why\na.rs::f 80\n", &[]), Vec::<String>::new());
        assert!(found(&long, "a.rs::f 79\n", &[])[0].contains("make it shorter again"));
        assert!(found(&long, "a.rs::f 81\n", &[])[0].contains("write the lower number"));
        assert!(found(&function("f", 60), "a.rs::f 80\n", &[])[0].contains("take its line out"));
        assert!(found("", "a.rs::f many\n", &[])[0].contains("expected `path lines`"));
    }

    #[test]
    fn the_list_may_be_moved_and_may_fall_but_not_grow() {
        let long = function("f", 80);
        assert_eq!(found(&long, "a.rs::f 80\n", &["b.rs::f 80\n"]), Vec::<String>::new());
        assert_eq!(found(&long, "a.rs::f 80\n", &["a.rs::f 90\n", "a.rs::f 80\n"]), Vec::<String>::new());
        assert!(found(&long, "a.rs::f 80\n", &["a.rs::f 80\n", ""])[0].contains("may only shrink"));
    }
}
