//! Every Rust file opens with `//!`: what it is for, what it refuses to do, who calls it.

use super::{Checkout, Problem};

/// Checks the first line of every Rust file.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let has_header = |text: &str| {
        text.lines()
            .next()
            .is_some_and(|line| line.strip_prefix("//!").is_some_and(|said| !said.trim().is_empty()))
    };
    let bare = checkout.sources.iter().filter(|source| !has_header(&source.raw));
    let message =
        "the first line must be `//! …`: say what the file is for, what it refuses to do and who calls it";
    bare.map(|source| Problem::new(source.path.clone(), 1, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_named() {
        let checkout = Checkout::of(&[
            ("a.rs", "//! Why.\n"),
            ("b.rs", "use x;\n"),
            ("c.rs", "//!\n"),
            ("d.md", "x"),
            ("e.rs", ""),
        ]);
        let places: Vec<String> = check(&checkout).into_iter().map(|problem| problem.place).collect();
        assert_eq!(places, ["b.rs", "c.rs", "e.rs"]);
    }
}
