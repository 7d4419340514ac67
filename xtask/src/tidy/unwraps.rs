//! No `unwrap()` or `expect("…")` in the product, unless a comment beside it proves that it cannot fail.
//!
//! The proof is a comment (or the reason of a lint attribute) on the same line or right above, with the word `proof:` or
//! `cannot` in it. A parser's own `expect(token)` is none of this check's business: it looks for a message.

use super::source::{Source, line_of};
use super::{Checkout, Problem};

/// Words that mark a proof.
const PROOFS: &[&str] = &["proof:", "cannot"];

/// Checks the product's Rust files.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in checkout.sources.iter().filter(|source| !source.is_test_file) {
        let raw: Vec<&str> = source.raw.lines().collect();
        for (at, call) in calls(source) {
            let line = line_of(&source.code, at);
            if !source.is_test_line(line) && !is_proved(&raw, line) {
                let message = format!(
                    "{call} without a proof: return an error, or say in a comment above why it cannot fail"
                );
                problems.push(Problem::new(source.path.clone(), line, message));
            }
        }
    }
    problems
}

fn calls(source: &Source) -> impl Iterator<Item = (usize, &'static str)> {
    let unwraps = source.code.match_indices(".unwrap()").map(|(at, _)| (at, "unwrap()"));
    let expects = source.code.match_indices(".expect(").filter_map(|(at, call)| {
        let argument = source.code.get(at + call.len()..)?.trim_start();
        (argument.starts_with('"') || argument.starts_with("&format!")).then_some((at, "expect()"))
    });
    unwraps.chain(expects)
}

fn is_proved(raw: &[&str], line: usize) -> bool {
    let is_remark = |text: &&&str| text.trim_start().starts_with("//") || text.trim_start().starts_with("#[");
    let (above, here) = raw.split_at(line.saturating_sub(1).min(raw.len()));
    let block = above.iter().rev().take_while(is_remark);
    let remark_here = here.first().and_then(|text| text.split_once("//")).map(|(_, remark)| remark);
    let mut remarks = block.copied().chain(remark_here);
    remarks.any(|remark| PROOFS.iter().any(|proof| remark.contains(proof)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check(&Checkout::of(&[("crates/app/src/a.rs", text)]))
            .into_iter()
            .map(|problem| problem.line)
            .collect()
    }

    #[test]
    fn an_unproved_unwrap_is_named() {
        assert_eq!(lines("//! x\nfn a() { b.unwrap() }\n"), [2]);
        assert_eq!(lines("//! x\nfn a() { b.expect(\n\"c\") }\n"), [2]);
        assert_eq!(lines("// Fine.\nb.unwrap()\n"), [2]);
    }

    #[test]
    fn a_proof_a_test_or_another_expect_passes() {
        let table = [
            "// proof: the length was checked above\nb.unwrap()\n",
            "b.unwrap() // cannot fail: n < 10\n",
            "// cannot be empty,\n// because it was made with one.\n#[expect(clippy::unwrap_used)]\nb.unwrap()\n",
            "self.expect(Token::Comma)?;\nb.unwrap_or(0);\nb.expect_err(\"\");\n",
            "\"b.unwrap()\"; // b.unwrap()\n",
            "#[cfg(test)]\nmod tests { fn a() { b.unwrap() } }\n",
        ];
        for text in table {
            assert_eq!(lines(text), [0; 0], "{text}");
        }
    }
}
