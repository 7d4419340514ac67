//! A link from one page to another leads somewhere: its target is a file or a folder of the checkout.
//!
//! Only links inside the project are followed; an address outside of it is nobody's promise. Anchors are not looked up.

use super::{Checkout, Problem};

/// Checks the relative links of every Markdown page.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    for page in checkout.files.iter().filter(|file| file.path.ends_with(".md")) {
        let mut is_code = false;
        for (index, line) in page.text.lines().enumerate() {
            is_code ^= line.trim_start().starts_with("```");
            if is_code {
                continue;
            }
            for target in targets(line) {
                let path = resolve(&page.path, target);
                let folder = format!("{path}/");
                let is_there =
                    checkout.files.iter().any(|file| file.path == path || file.path.starts_with(&folder));
                if !is_there {
                    let message = format!(
                        "the link leads to {path}, which is not there: write it or take the link out"
                    );
                    problems.push(Problem::new(page.path.clone(), index + 1, message));
                }
            }
        }
    }
    problems
}

/// Targets of the links in a line that stay inside the project, without their anchors.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', '#', ' ']).next()?;
        let is_inside = !target.is_empty() && !target.contains(':') && !target.starts_with('/');
        is_inside.then_some(target)
    })
}

/// `target` as seen from the page at `from`, as a path from the root.
fn resolve(from: &str, target: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nowhere_is_named() {
        let page = "[a](../README.md) [b](b.md#x) [c](https://example.com/d.md) [d](gone.md)\n```\n[e](gone.md)\n```\n[f](sub)\n[g](#here)\n";
        let checkout =
            Checkout::of(&[("docs/a.md", page), ("docs/b.md", ""), ("README.md", ""), ("docs/sub/x.md", "")]);
        let found: Vec<String> = check(&checkout).iter().map(Problem::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/a.md:1: the link leads to docs/gone.md, which is not there: write it or take the link out"
            ]
        );
    }
}
