//! Rewrites by rule: the key fact comes forward, what says nothing goes, until the message is one part.
//!
//! A suggestion is tried before it is made: it renders, the extractor still reads the same fact, and the fact stands further in front.
//! It changes no file; a person takes it or not. `hongyan template suggest` and the fix of `key-fact` call it.

use super::key_fact::{self, characters_max, key_fact};
use crate::compose::Template;
use crate::world::Institution;
use text::extract::Extractor;
use text::{Measure, Position, measure, with_signature};

/// A better text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The source.
    pub source: String,
    /// What was done, in the order in which it was done.
    pub changes: Vec<String>,
    /// What the typical message counts with its signature, before.
    pub before: Measure,
    /// And after.
    pub after: Measure,
}

/// Politeness that leads nowhere: whole clauses.
const IDLE: [&str; 22] = [
    "感谢您的支持",
    "感谢您对我行的支持",
    "感谢您的理解与支持",
    "感谢您的信任",
    "祝您生活愉快",
    "祝您工作顺利",
    "敬请谅解",
    "敬请留意",
    "敬请知悉",
    "请您知悉",
    "请知悉",
    "特此通知",
    "特此告知",
    "谢谢",
    "谢谢您的配合",
    "由此带来的不便敬请谅解",
    "不便之处敬请谅解",
    "温馨提示",
    "Thank you for banking with us",
    "Thank you",
    "We appreciate your business",
    "Have a nice day",
];
/// Longer and shorter ways to say the same.
const SHORTER: [(&str, &str); 22] = [
    ("人民币{{", "{{"),
    ("请您", "请"),
    ("您的验证码为", "验证码"),
    ("您的验证码是", "验证码"),
    ("您名下", "您"),
    ("如非本人操作，请立即致电", "非本人操作请致电"),
    ("如非本人操作，请", "非本人操作请"),
    ("请勿将验证码告诉他人", "请勿转告他人"),
    ("请勿泄露给他人", "请勿转告他人"),
    ("请不要", "请勿"),
    ("工作人员", "员工"),
    ("进行了", ""),
    ("一笔金额为", ""),
    ("的金额为", ""),
    ("手机银行APP", "手机银行"),
    ("手机银行App", "手机银行"),
    ("如有疑问，请致电", "咨询"),
    ("This is to inform you that ", ""),
    ("Please note that ", ""),
    ("Please be informed that ", ""),
    ("We would like to inform you that ", ""),
    ("in order to", "to"),
];
/// How a text greets.
const GREETINGS: [&str; 8] = ["尊敬的", "亲爱的", "您好", "你好", "Dear ", "Hello", "Hi ", "温馨提示"];

/// A rewrite that brings the key fact forward and shortens to one part; none when there is nothing to better.
pub fn suggest(
    template: &Template,
    source: &str,
    institution: &Institution,
    extractor: &Extractor,
) -> Option<Suggestion> {
    let Institution { name: institution, signature, .. } = institution;
    let counted = |source: &str| {
        let sample = template.sample_of(source, institution).ok()?;
        Some(measure(&with_signature(signature, &sample, Position::Head)))
    };
    let before = counted(source)?;
    let demands = key_fact::demands(template.subtype.as_ref());
    let mut best = source.to_owned();
    let mut changes = Vec::new();
    if let Some(better) = forward(template, source, institution, extractor) {
        changes.push("the key fact comes first".to_owned());
        best = better;
    }
    let fact =
        template.sample_of(&best, institution).ok().and_then(|sample| key_fact(extractor, &sample, demands));
    for (what, step) in steps(&best) {
        if counted(&best)?.parts == 1 {
            break;
        }
        let Some(shorter) = step(&best).filter(|shorter| *shorter != best) else { continue };
        let Ok(sample) = template.sample_of(&shorter, institution) else { continue };
        // A text that lost its fact, or has it further behind, is no better.
        let now = key_fact(extractor, &sample, demands);
        let keeps = match (&fact, &now) {
            (Some((before, at)), Some((after, now_at))) => {
                before == after && (now_at <= at || *now_at < characters_max(&sample))
            }
            (None, _) => true,
            (Some(_), None) => false,
        };
        if keeps && !shorter.trim().is_empty() {
            changes.push(what);
            best = shorter;
        }
    }
    let after = counted(&best)?;
    (!changes.is_empty()).then_some(Suggestion { source: best, changes, before, after })
}

type Step = Box<dyn Fn(&str) -> Option<String>>;

/// What can be left out or said shorter, the idlest first.
fn steps(source: &str) -> Vec<(String, Step)> {
    let mut steps: Vec<(String, Step)> = vec![("the greeting goes".to_owned(), Box::new(without_greeting))];
    for idle in IDLE.iter().filter(|idle| source.contains(**idle)) {
        steps.push((format!("{idle:?} goes"), Box::new(move |source| without_clause(source, idle))));
    }
    for (long, short) in SHORTER.iter().filter(|(long, _)| source.contains(long)) {
        let what = format!("{long:?} becomes {short:?}");
        steps.push((what, Box::new(move |source| Some(source.replace(long, short)))));
    }
    steps
}

/// The source with its key fact far enough in front, for the institution of a name; none if it stands there, or if no rule brings it there.
pub fn forward(
    template: &Template,
    source: &str,
    institution: &str,
    extractor: &Extractor,
) -> Option<String> {
    let demands = key_fact::demands(template.subtype.as_ref());
    let stands = |source: &str| {
        let sample = template.sample_of(source, institution).ok()?;
        let (fact, at) = key_fact(extractor, &sample, demands)?;
        Some((fact, at, characters_max(&sample)))
    };
    let (fact, at, most) = stands(source)?;
    if at < most {
        return None;
    }
    let greeted = without_greeting(source).unwrap_or_else(|| source.to_owned());
    let holds = |piece: &str| {
        template.sample_of(piece, institution).is_ok_and(|sample| sample.contains(fact.as_str()))
    };
    let sentence_first = first(&greeted, &sentences(&greeted), holds);
    let clause_first = first(&sentence_first, &clauses(&sentence_first), holds);
    let moment_last = |source: &str| without_moment(source, &clauses(source), holds);
    let tries = [
        greeted.clone(),
        moment_last(&greeted).unwrap_or_default(),
        sentence_first.clone(),
        moment_last(&sentence_first).unwrap_or_default(),
        clause_first.clone(),
        moment_last(&clause_first).unwrap_or_default(),
    ];
    tries.into_iter().find(|one| stands(one).is_some_and(|(same, at, most)| same == fact && at < most))
}

/// Without the greeting in front, if it has one that ends before the message begins.
fn without_greeting(source: &str) -> Option<String> {
    let pieces = clauses(source);
    let (end, words) = *pieces.first()?;
    let greets = GREETINGS.iter().any(|greeting| words.contains(greeting))
        && words.chars().count() <= GREETING_CHARACTERS_MAX;
    let rest = source.get(end..)?.trim_start();
    (greets && !rest.is_empty()).then(|| capitalised(rest))
}

/// A longer first clause says more than a greeting; a tag counts as it is written.
const GREETING_CHARACTERS_MAX: usize = 30;

/// Without the clauses that hold these words and no variable.
fn without_clause(source: &str, idle: &str) -> Option<String> {
    let mut start = 0;
    for (end, words) in clauses(source) {
        if words.contains(idle) && !words.contains("{{") {
            let tail = source.get(end..)?;
            let head = source.get(..start)?;
            // At the end of the message, the clause before ends it.
            let out = match (tail.trim().is_empty(), head.trim_end().strip_suffix(['，', '；'])) {
                (true, Some(before)) => format!("{before}。"),
                (true, None) => head.trim_end().to_owned(),
                (false, _) => format!("{head}{}", tail.trim_start()),
            };
            return Some(out);
        }
        start = end;
    }
    None
}

/// The first piece that holds the fact, before all others.
fn first(source: &str, pieces: &[(usize, &str)], holds: impl Fn(&str) -> bool) -> String {
    let mut start = 0;
    for (end, words) in pieces {
        if start > 0 && holds(words) {
            let (before, after) =
                (source.get(..start).unwrap_or_default(), source.get(*end..).unwrap_or_default());
            let latin = !super::shape::is_chinese(source);
            let ends = words.ends_with(['。', '！', '？']) || words.trim_end().ends_with(['.', '!', '?']);
            let moved = words.trim().trim_end_matches(['，', '。', '；', ',', '.', ';']);
            let mark = match (latin, ends && before.trim_end().ends_with(['。', '.', '！', '!'])) {
                (false, true) => "。",
                (false, false) => "，",
                (true, true) => ". ",
                (true, false) => ", ",
            };
            let before = before.trim_end_matches(['，', ',', ' ']);
            let joint = if after.trim().is_empty() || before.ends_with(['。', '.', '！', '!']) {
                if before.ends_with(['。', '.', '！', '!']) {
                    ""
                } else if latin {
                    "."
                } else {
                    "。"
                }
            } else if ends {
                if latin { "." } else { "。" }
            } else if latin {
                ","
            } else {
                "，"
            };
            let space = if latin && !after.is_empty() && !after.starts_with(' ') { " " } else { "" };
            return format!("{}{mark}{before}{joint}{space}{after}", capitalised(moved))
                .trim_end()
                .to_owned();
        }
        start = *end;
    }
    source.to_owned()
}

/// With the date or time in front of the fact moved behind its clause, in brackets.
fn without_moment(source: &str, pieces: &[(usize, &str)], holds: impl Fn(&str) -> bool) -> Option<String> {
    let mut start = 0;
    for (end, words) in pieces {
        if holds(words) {
            let names =
                ["{{ at", "{{ time", "{{ when", "{{ date", "{{ day", "{{ due", "{{at", "{{time", "{{date"];
            let at = names.iter().find_map(|name| words.find(name))?;
            let length = words.get(at..)?.find("}}")? + 2;
            let tag = words.get(at..at + length)?;
            let before = words
                .get(..at)?
                .trim_end_matches(['于', '在'])
                .trim_end_matches(" on ")
                .trim_end_matches(" at ");
            let after = words.get(at + length..)?;
            let mark = after.chars().next_back().filter(|c| "，。；,.;！!".contains(*c));
            let body = after.trim_end_matches(|c| Some(c) == mark);
            let mark = mark.map_or(String::new(), |c| c.to_string());
            let (open, close) = if super::shape::is_chinese(source) { ("（", "）") } else { (" (", ")") };
            return Some(format!(
                "{}{before}{body}{open}{tag}{close}{mark}{}",
                source.get(..start)?,
                source.get(*end..)?
            ));
        }
        start = *end;
    }
    None
}

/// The pieces of a source that end with a mark for a clause, each with its end.
fn clauses(source: &str) -> Vec<(usize, &str)> {
    cut(source, "，。；！？：", ",.;!?:")
}

/// The pieces that end with a full stop.
fn sentences(source: &str) -> Vec<(usize, &str)> {
    cut(source, "。！？", ".!?")
}

/// Cuts behind marks outside tags; a Latin mark counts before white space or at the end.
fn cut<'s>(source: &'s str, wide: &str, narrow: &str) -> Vec<(usize, &'s str)> {
    let mut pieces = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    let mut characters = source.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, c)| *c);
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = wide.contains(c) || (narrow.contains(c) && next.is_none_or(char::is_whitespace));
        let end = at + c.len_utf8();
        if depth == 0 && (ends || end == source.len()) {
            pieces.push((end, source.get(start..end).unwrap_or_default()));
            start = end;
        }
    }
    pieces
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if first.is_ascii_lowercase() => {
            first.to_ascii_uppercase().to_string() + characters.as_str()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, EXTRACTOR, filing, template, world};
    use super::*;

    const MOVEMENT: &str = "tail = { type = \"account_tail\", from = \"event.t\" }\nat = { type = \"time\", from = \"event.at\" }\n\
                            amount = { type = \"money\", from = \"event.a\" }\nbalance = { type = \"money\", from = \"event.b\" }";

    fn forwarded(text: &str, variables: &str, language: &str) -> Option<String> {
        let template =
            template(Case { text, variables, language, subtype: "account_change", ..Case::code() });
        forward(&template, text, "鸿雁银行", &EXTRACTOR)
    }

    #[test]
    fn the_fact_comes_forward_in_the_least_change() {
        for (text, expect) in [
            (
                "尊敬的客户您好，感谢您一直以来的支持，您尾号{{ tail }}的账户支出{{ amount }}元，余额{{ balance }}元，{{ at }}。",
                "您尾号{{ tail }}的账户支出{{ amount }}元，感谢您一直以来的支持，余额{{ balance }}元，{{ at }}。",
            ),
            (
                "您尾号{{ tail }}的账户于{{ at }}支出{{ amount }}元，余额{{ balance }}元。",
                "您尾号{{ tail }}的账户支出{{ amount }}元（{{ at }}），余额{{ balance }}元。",
            ),
        ] {
            assert_eq!(forwarded(text, MOVEMENT, "zh-CN").as_deref(), Some(expect));
        }
        let short = "您尾号{{ tail }}的账户支出{{ amount }}元（{{ at }}），余额{{ balance }}元。";
        assert_eq!(forwarded(short, MOVEMENT, "zh-CN"), None, "it stands there");
    }

    #[test]
    fn what_says_nothing_goes_until_one_part_is_left() {
        let text = "尊敬的客户您好，您尾号{{ tail }}的账户支出人民币{{ amount }}元，余额人民币{{ balance }}元，{{ at }}。如非本人操作，请立即致电客服热线。感谢您的支持，祝您生活愉快。";
        let template =
            template(Case { text, variables: MOVEMENT, subtype: "account_change", ..Case::code() });
        let better = suggest(&template, text, &world(&filing("")).institution, &EXTRACTOR).unwrap();
        assert_eq!((better.before.parts, better.after.parts), (2, 1), "{better:?}");
        assert!(better.source.contains("{{ amount }}") && !better.source.contains("祝您"), "{better:?}");
    }
}
