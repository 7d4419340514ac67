//! A gate rule's id is its file's name and stands in the chapter: the ledger, the code and the docs say the same word.

use super::{Checkout, Problem};

const RULES: &str = "crates/engine/src/decide/rules/";
const CHAPTER: &str = "docs/decide.md";

/// Files of the folder that are no rules.
const NO_RULES: &[&str] = &["mod.rs", "tests.rs"];

/// Checks every file in the folder of the gate's rules.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    let chapter = checkout.file(CHAPTER).map_or("", |file| file.text.as_str());
    for source in &checkout.sources {
        let Some(name) =
            source.path.strip_prefix(RULES).filter(|name| !name.contains('/') && !NO_RULES.contains(name))
        else {
            continue;
        };
        let expected = name.trim_end_matches(".rs").replace('_', "-");
        let declared = source.raw.lines().enumerate().find(|(_, line)| is_id(line));
        match declared {
            None => {
                let message =
                    format!("expected `const ID: … = \"{expected}\"`: a rule's id is its file's name");
                problems.push(Problem::new(source.path.clone(), 0, message));
            }
            Some((index, line)) if literal(line) != Some(&expected) => {
                let message = format!(
                    "the id must be the file's name: expected \"{expected}\", found {:?}",
                    literal(line).unwrap_or("no literal")
                );
                problems.push(Problem::new(source.path.clone(), index + 1, message));
            }
            Some(_) => {}
        }
        if !chapter.contains(&format!("`{expected}`")) {
            problems.push(Problem::new(
                CHAPTER,
                0,
                format!("rule `{expected}` is not in the chapter: add its line"),
            ));
        }
    }
    problems
}

fn is_id(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && (line.contains("const ID:") || line.contains("const RULE_ID:"))
}

fn literal(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Checkout::of(files)).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_rule_with_its_name_and_its_line_passes() {
        let files = [
            (
                "crates/engine/src/decide/rules/quiet_hours.rs",
                "//! x\npub const ID: &str = \"quiet-hours\";\n",
            ),
            ("crates/engine/src/decide/rules/mod.rs", "//! x\n"),
            ("docs/decide.md", "| `quiet-hours` | …"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_a_missing_and_an_undocumented_id_are_named() {
        let wrong = (
            "crates/engine/src/decide/rules/quiet_hours.rs",
            "//! x\n\npub const ID: RuleId = RuleId::new(\"quiet\");\n",
        );
        let problems = found(&[wrong, ("docs/decide.md", "`quiet-hours`")]);
        assert!(problems[0].starts_with("crates/engine/src/decide/rules/quiet_hours.rs:3: "), "{problems:?}");
        let missing = ("crates/engine/src/decide/rules/caps.rs", "//! x\n");
        assert_eq!(found(&[missing]).len(), 2);
    }
}
