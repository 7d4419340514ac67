//! What the tests of the lints share: a template file of a few words, judged beside what ships.

use super::{FILE, Finding, LINTS, Readers, Severity};
use crate::compose::Template;
use crate::world::{World, lint_template, load, load_with};
use std::sync::LazyLock;
use text::extract::Extractor;
use text::words::Day;

/// A template file, in its parts.
#[derive(Clone)]
pub(super) struct Case<'a> {
    pub(super) text: &'a str,
    pub(super) class: &'a str,
    pub(super) subtype: &'a str,
    pub(super) language: &'a str,
    pub(super) parts_max: usize,
    pub(super) variables: &'a str,
    /// Other texts and excuses.
    pub(super) others: &'a str,
    /// The route, instead of the one that ships.
    pub(super) route: String,
}

impl Case<'_> {
    /// A one-time code with nothing wrong.
    pub(super) fn code() -> Self {
        Self {
            text: "验证码{{ code }}，5分钟内有效，请勿转告他人。",
            class: "customer_service",
            subtype: "verification_code",
            language: "zh-CN",
            parts_max: 9,
            variables: "code = { type = \"code\", from = \"event.code\" }",
            others: "",
            route: filing(""),
        }
    }

    /// An offer with nothing wrong.
    pub(super) fn offer() -> Self {
        Self {
            text: "周末商超刷卡满百立减二十元，活动详情请登录手机银行查看。拒收请回复R",
            class: "marketing",
            subtype: "offer",
            variables: "",
            ..Self::code()
        }
    }

    fn file(&self) -> String {
        let Self { text, class, subtype, language, parts_max, variables, others, .. } = self;
        format!(
            "id = \"t\"\nclass = \"{class}\"\nsubtype = \"{subtype}\"\nlanguage = \"{language}\"\nparts_max = {parts_max}\n\
             text = \"{text}\"\n{others}\n[variables]\n{variables}\n"
        )
    }
}

/// The shipped route with lines of its own.
pub(super) fn filing(lines: &str) -> String {
    let shipped = library::file("routes/demo.toml").unwrap();
    shipped.replace("[smpp]", &format!("{lines}\n\n[smpp]"))
}

pub(super) fn world(route: &str) -> World {
    let files: Vec<(String, String)> = library::files()
        .map(|(path, text)| {
            let text = if path == "routes/demo.toml" { route } else { text };
            (path.to_owned(), text.to_owned())
        })
        .collect();
    load_with(&files, library::bytes("models/classify.bin")).unwrap()
}

pub(super) static EXTRACTOR: LazyLock<Extractor> = LazyLock::new(|| {
    Extractor::new(library::tables().filter(|(path, _)| path.starts_with("cues/"))).unwrap()
});
/// Everything that is found in a template.
pub(super) fn all(case: Case<'_>) -> Vec<Finding> {
    let readers = Readers { extractor: Some(&*EXTRACTOR), on: Day::parse("2026-10-01").unwrap() };
    lint_template(&world(&case.route), &readers, "templates/t.toml", &case.file())
}

/// What one lint finds in a template.
pub(super) fn check(case: Case<'_>, lint: &str) -> Vec<Finding> {
    assert!(LINTS.iter().any(|known| known.id == lint), "{lint} is no lint");
    all(case).into_iter().filter(|finding| finding.lint == lint).collect()
}

/// The compiled template of a case.
pub(super) fn template(case: Case<'_>) -> Template {
    let mut world = world(&case.route);
    let files: Vec<(String, String)> = library::files()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .chain([("templates/t.toml".to_owned(), case.file())])
        .collect();
    world.templates = load(&files).unwrap().templates;
    std::sync::Arc::into_inner(world.templates.remove(&"t".into()).unwrap()).unwrap()
}

#[test]
fn every_lint_is_in_the_chapter_and_named_as_its_file() {
    let chapter = include_str!("../../../../../docs/compose.md");
    for lint in LINTS {
        assert!(
            chapter.contains(&format!("| `{}` |", lint.id)),
            "{} has no line in docs/compose.md",
            lint.id
        );
    }
    let mut ids: Vec<&str> = LINTS.iter().map(|lint| lint.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), LINTS.len());
}

#[test]
fn what_is_no_template_is_told_as_the_files_mistake() {
    let found = all(Case { class: "service", ..Case::code() });
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].lint, found[0].severity, found[0].line), (FILE, Severity::Error, 2));
}

#[test]
fn a_finding_stands_where_its_words_stand() {
    let found = check(Case { text: "验证码{{ code }}，请联系13800001234。", ..Case::code() }, "numbers");
    assert_eq!((found[0].line, found[0].column), (6, 26));
    assert!(
        found[0].to_string().starts_with("templates/t.toml:6:26: error numbers: expected"),
        "{}",
        found[0]
    );
}

#[test]
fn snippets_and_other_texts_are_judged_like_the_first() {
    let others = "[[texts]]\nvariant = \"b\"\ntext = \"{{ code }}是验证码，请联系13800001234。\"\n";
    let found = check(Case { others, ..Case::code() }, "numbers");
    assert_eq!((found.len(), found[0].line), (1, 9), "{found:?}");
}
