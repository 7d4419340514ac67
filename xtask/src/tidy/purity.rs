//! Pure crates take time, seeds and bytes as arguments: no clock, file, socket, environment, randomness or task in them.
//!
//! The package graph shows what a pure crate links; this check shows what it calls from the standard library. Their tests,
//! benches and examples may do all of it. `crates/engine/clippy.toml` says the same to the editor.

use super::source::{line_of, words};
use super::{Checkout, Problem};

/// Sources of the pure crates.
const PURE: &[&str] = &[
    "crates/model/src/",
    "crates/text/src/",
    "crates/proof/src/",
    "crates/wire/src/",
    "crates/engine/src/",
    "crates/learn/src/",
];

/// What must not stand there, and what to do instead.
const BANNED: &[(&str, &str)] = &[
    ("SystemTime::now", "take the time as an argument"),
    ("Instant::now", "take the time as an argument"),
    ("Utc::now", "take the time as an argument"),
    ("Local::now", "take the time as an argument"),
    ("std::fs", "take the bytes as an argument"),
    ("std::net::Tcp", "give bytes out and take bytes in"),
    ("std::net::Udp", "give bytes out and take bytes in"),
    ("std::net::ToSocketAddrs", "give bytes out and take bytes in"),
    ("std::env", "take the value as an argument"),
    ("std::process", "return a value and let the caller act"),
    ("std::thread", "let the caller choose the threads"),
    ("thread_rng", "take a seed as an argument"),
    ("rand::", "take a seed as an argument"),
    ("getrandom::", "take the bytes as an argument"),
    ("RandomState", "use an ordered map or a fixed hasher: two runs must be equal"),
    ("tokio::", "stay synchronous; the server crate waits"),
    ("async fn", "stay synchronous; the server crate waits"),
];

/// Modules of `std` that must not come in through a group, `use std::{fs, io}`.
const BANNED_MODULES: &[&str] = &["fs", "net", "env", "process", "thread"];

/// Checks the sources of the pure crates, tests left out.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in
        checkout.sources.iter().filter(|source| PURE.iter().any(|pure| source.path.starts_with(pure)))
    {
        let mut report = |at: usize, what: &str, advice: &str| {
            let line = line_of(&source.code, at);
            if !source.is_test_line(line) {
                problems.push(Problem::new(
                    source.path.clone(),
                    line,
                    format!("{what} in a pure crate: {advice}"),
                ));
            }
        };
        for (banned, advice) in BANNED {
            words(&source.code, banned).for_each(|at| report(at, banned, advice));
        }
        for at in words(&source.code, "std::{") {
            let group = source.code.get(at..).and_then(|rest| rest.split(';').next()).unwrap_or_default();
            for module in BANNED_MODULES.iter().filter(|module| words(group, module).next().is_some()) {
                report(at, &format!("std::{module}"), "take what it would give as an argument");
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_the_engine_is_named_and_one_in_a_comment_or_a_test_is_not() {
        let text = "//! x\n// Instant::now()\nfn a() { operand::b(); \"std::fs\" }\nfn b() { SystemTime::now() }\nuse std::{\n  io, fs,\n};\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        let checkout = Checkout::of(&[
            ("crates/engine/src/a.rs", text),
            ("crates/store/src/a.rs", text),
            ("crates/engine/tests/a.rs", text),
        ]);
        let found: Vec<String> = check(&checkout).iter().map(Problem::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("crates/engine/src/a.rs:4: SystemTime::now"));
        assert!(found[1].starts_with("crates/engine/src/a.rs:5: std::fs"));
    }

    #[test]
    fn every_banned_word_is_found() {
        for (banned, _) in BANNED {
            let text = format!("//! x\nfn a() {{ {banned} }}\n");
            assert_eq!(check(&Checkout::of(&[("crates/proof/src/a.rs", &text)])).len(), 1, "{banned}");
        }
    }
}
