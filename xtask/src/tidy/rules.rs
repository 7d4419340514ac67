//! A gate rule's id is its file's name and stands in the chapter: the ledger, the code and the docs say the same word.

use super::source::{Source, line_of, words};
use super::{Checkout, Problem};

const RULES: &str = "crates/engine/src/decide/rules/";
const ORDER: &str = "crates/engine/src/decide/rules/mod.rs";
const CHAPTER: &str = "docs/decide.md";

/// Files of the folder that are no rules.
const NO_RULES: &[&str] = &["mod", "tests"];

/// Where a rule says who it is.
const DECLARATION: &str = "const RULE: Rule = Rule {";

/// Checks every file in the folder of the gate's rules.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    let chapter = checkout.file(CHAPTER).map_or("", |file| file.text.as_str());
    let order = checkout.file(ORDER).map_or("", |file| file.text.as_str());
    for source in &checkout.sources {
        let name = source.path.strip_prefix(RULES).and_then(|name| name.strip_suffix(".rs"));
        let Some(name) = name.filter(|name| !name.contains('/') && !NO_RULES.contains(name)) else {
            continue;
        };
        let id = name.replace('_', "-");
        match declared_id(source) {
            None => {
                let message =
                    format!("expected `{DECLARATION} id: \"{id}\", …`: a rule's id is its file's name");
                problems.push(Problem::new(source.path.clone(), 0, message));
            }
            Some((line, found)) if found != id => {
                let message = format!("the id must be the file's name: expected \"{id}\", found \"{found}\"");
                problems.push(Problem::new(source.path.clone(), line, message));
            }
            Some(_) => {}
        }
        if !order.contains(&format!("&{name}::RULE,")) {
            let message =
                format!("rule {id} is never asked: put `&{name}::RULE,` into its place in the gate's order");
            problems.push(Problem::new(ORDER, 0, message));
        }
        if !chapter.contains(&format!("`{id}`")) {
            problems.push(Problem::new(
                CHAPTER,
                0,
                format!("rule `{id}` is not in the chapter: add its line"),
            ));
        }
    }
    problems
}

/// The id a rule declares, and its line.
fn declared_id(source: &Source) -> Option<(usize, &str)> {
    let declaration = source.code.find(DECLARATION)?;
    // The blanked code has the same bytes, so that a position there is one in the text.
    let id = declaration + words(source.code.get(declaration..)?, "id:").next()?;
    let literal = source.raw.get(id..)?.split('"').nth(1)?;
    Some((line_of(&source.raw, id), literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "crates/engine/src/decide/rules/quiet_hours.rs";

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Checkout::of(files)).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_rule_with_its_name_its_place_and_its_line_passes() {
        let text =
            "//! x\npub const RULE: Rule = Rule {\n    id: \"quiet-hours\",\n    code: RuleCode(7) };\n";
        let order = (ORDER, "//! x\nconst ORDER: [&Rule; 1] = [\n    &quiet_hours::RULE,\n];\n");
        assert_eq!(found(&[(FILE, text), order, (CHAPTER, "| `quiet-hours` | …")]), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_id_is_named_with_its_line() {
        let text = "//! x\n\npub const RULE: Rule = Rule { id: \"quiet\", code: RuleCode(7) };\n";
        let problems =
            found(&[(FILE, text), (ORDER, "//! x\n&quiet_hours::RULE,"), (CHAPTER, "`quiet-hours`")]);
        assert_eq!(
            problems,
            [format!("{FILE}:3: the id must be the file's name: expected \"quiet-hours\", found \"quiet\"")]
        );
    }

    #[test]
    fn a_rule_without_id_place_or_line_is_named_three_times() {
        assert_eq!(found(&[(FILE, "//! x\n// const RULE: Rule = Rule { id: \"quiet-hours\" }\n")]).len(), 3);
    }
}
