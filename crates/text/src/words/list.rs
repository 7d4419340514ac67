//! Word lists: rules of words as effective-dated data, each with its citation, read from text.
//!
//! A file is blocks. `@id` opens one revision of a rule, `key value` lines fill it: `from`, `until` (days), `classes`,
//! `action`, `cite`, `verified`, `words`, `except`, `when`, `rewrite`; lists have `|` between their items, `#` opens a
//! comment line. It refuses what it does not know, says the line, and refuses two revisions of one rule for one day.
//! [`Checker`](super::Checker) calls it; the caller reads the files.

use std::fmt;
use std::sync::Arc;

/// Rules in all lists together, at most.
const RULES_MAX: usize = 10_000;
/// Characters of one word, at most: a longer one is a sentence, and nobody repeats a sentence exactly.
const WORD_CHARACTERS_MAX: usize = 40;
/// The classes a rule may be for, as message classes are written everywhere.
const CLASSES: [&str; 5] =
    ["marketing", "customer_service", "risk_notice", "technical_support", "regulatory"];

/// A calendar day of the institution, ordered; what a rule is in force on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

impl Day {
    /// Reads `YYYY-MM-DD`; `None` when it is not of that form or no month has that day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| -> Option<u32> {
            let part = parts.next()?;
            let is_sound = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            is_sound.then(|| part.parse().ok()).flatten()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        Self::new(year, month, day).filter(|_| parts.next().is_none())
    }

    /// The first of all days: no rule is as old.
    pub const FIRST: Self = Self(0);

    /// A day by its numbers; `None` when no month has it or the year has more than four digits.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let is_sound =
            year < 10_000 && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        is_sound.then_some(Self(year * 10_000 + month * 100 + day))
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0 / 10_000, self.0 / 100 % 100, self.0 % 100)
    }
}

/// What a rule does when it speaks. Ordered: the later is the stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// One of its words must be there.
    Require,
    /// A person looks before it is sent.
    Review,
    /// It is not sent.
    Block,
}

/// One revision of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The list it stands in, as the caller named the file.
    pub list: Arc<str>,
    /// What the ledger and reviewers call it.
    pub id: String,
    /// First day on which it holds.
    pub from: Day,
    /// First day on which it no longer holds; `None` for as long as nobody changes it.
    pub until: Option<Day>,
    /// The message classes it is for; empty for all.
    pub classes: Vec<String>,
    /// What it does.
    pub action: Action,
    /// The clause, or that it is the institution's own.
    pub citation: String,
    /// Whether somebody has read the clause itself.
    pub verified: bool,
    /// What must not be there, or for [`Action::Require`] what must.
    pub words: Vec<String>,
    /// Longer words that hold one of `words` and mean no harm.
    pub except: Vec<String>,
    /// [`Action::Require`] only: it asks only texts that hold one of these; empty for every text.
    pub when: Vec<String>,
    /// What to write instead.
    pub rewrite: Option<String>,
}

impl Rule {
    /// Whether it holds on that day for that class; an unknown class is every class.
    pub fn applies(&self, class: Option<&str>, on: Day) -> bool {
        let in_force = self.from <= on && self.until.is_none_or(|until| on < until);
        let in_scope = class.is_none_or(|class| self.classes.iter().any(|known| known == class));
        in_force && (self.classes.is_empty() || in_scope)
    }
}

/// Why a list or a table of spellings was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: expected {expected}, found {found:?}")]
pub struct ListError {
    /// The name the caller gave the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What should have been there.
    pub expected: &'static str,
    /// What was.
    pub found: String,
}

/// A rule while it is read; the line is where it began.
#[derive(Debug, Default)]
struct Draft {
    line: usize,
    id: String,
    from: Option<Day>,
    until: Option<Day>,
    action: Option<Action>,
    verified: Option<bool>,
    classes: Vec<String>,
    citation: String,
    words: Vec<String>,
    except: Vec<String>,
    when: Vec<String>,
    rewrite: Option<String>,
}

/// Reads one file and adds its rules to `rules`. `counts` tells whether a word has anything by which it could be found.
pub(super) fn read(
    file: &Arc<str>,
    source: &str,
    counts: &dyn Fn(&str) -> bool,
    rules: &mut Vec<Rule>,
) -> Result<(), ListError> {
    let mut draft: Option<Draft> = None;
    for (number, line) in source.lines().enumerate() {
        let (line, number) = (line.trim(), number + 1);
        let wrong =
            |expected| ListError { file: file.to_string(), line: number, expected, found: line.to_owned() };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(id) = line.strip_prefix('@') {
            if let Some(done) = draft.take() {
                finish(file, done, rules)?;
            }
            let is_sound = !id.is_empty()
                && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if !is_sound {
                return Err(wrong("an id of lower-case letters, digits and dashes after @"));
            }
            draft = Some(Draft { line: number, id: id.to_owned(), ..Draft::default() });
            continue;
        }
        let draft = draft.as_mut().ok_or_else(|| wrong("@id before the first line of a rule"))?;
        let (key, value) = line.split_once(' ').ok_or_else(|| wrong("a key, a space and a value"))?;
        set(draft, key, value.trim()).map_err(wrong)?;
        let listed = matches!(key, "words" | "except" | "when").then(|| value.split('|'));
        if let Some(word) = listed.into_iter().flatten().find(|word| !counts(word)) {
            let expected = "words with at least one letter or digit";
            return Err(ListError {
                file: file.to_string(),
                line: number,
                expected,
                found: word.trim().to_owned(),
            });
        }
    }
    draft.map_or(Ok(()), |done| finish(file, done, rules))
}

fn set(draft: &mut Draft, key: &str, value: &str) -> Result<(), &'static str> {
    let day = || Day::parse(value).ok_or("a day as YYYY-MM-DD");
    match key {
        "from" => draft.from = Some(day()?),
        "until" => draft.until = Some(day()?),
        "action" => {
            draft.action = Some(match value {
                "block" => Action::Block,
                "review" => Action::Review,
                "require" => Action::Require,
                _ => return Err("block, review or require"),
            });
        }
        "verified" => {
            draft.verified = Some(match value {
                "yes" => true,
                "no" => false,
                _ => return Err("yes or no"),
            });
        }
        "classes" => {
            draft.classes = items(value)?;
            if !draft.classes.iter().all(|class| CLASSES.contains(&class.as_str())) {
                return Err("message classes with | between them");
            }
        }
        "cite" => value.clone_into(&mut draft.citation),
        "words" => draft.words = items(value)?,
        "except" => draft.except = items(value)?,
        "when" => draft.when = items(value)?,
        "rewrite" => draft.rewrite = Some(value.to_owned()),
        _ => return Err("from, until, classes, action, cite, verified, words, except, when or rewrite"),
    }
    Ok(())
}

fn items(value: &str) -> Result<Vec<String>, &'static str> {
    let items: Vec<String> = value.split('|').map(|item| item.trim().to_owned()).collect();
    let is_sound = |item: &String| (1..=WORD_CHARACTERS_MAX).contains(&item.chars().count());
    if items.iter().all(is_sound) {
        Ok(items)
    } else {
        Err("items of 1 to 40 characters with | between them")
    }
}

fn finish(file: &Arc<str>, draft: Draft, rules: &mut Vec<Rule>) -> Result<(), ListError> {
    let found = format!("@{}", draft.id);
    let wrong =
        |expected| ListError { file: file.to_string(), line: draft.line, expected, found: found.clone() };
    let from = draft.from.ok_or_else(|| wrong("a line `from`"))?;
    let action = draft.action.ok_or_else(|| wrong("a line `action`"))?;
    let verified = draft.verified.ok_or_else(|| wrong("a line `verified`"))?;
    if draft.words.is_empty() || draft.citation.is_empty() {
        return Err(wrong("lines `words` and `cite`"));
    }
    if draft.until.is_some_and(|until| until <= from) {
        return Err(wrong("`until` after `from`"));
    }
    if action != Action::Require && !draft.when.is_empty() {
        return Err(wrong("`when` only beside `action require`"));
    }
    let overlaps = |other: &Rule| {
        let starts_before_end = |start: Day, end: Option<Day>| end.is_none_or(|end| start < end);
        other.id == draft.id
            && starts_before_end(other.from, draft.until)
            && starts_before_end(from, other.until)
    };
    if rules.iter().any(overlaps) {
        return Err(wrong("one revision of a rule for one day"));
    }
    if rules.len() == RULES_MAX {
        return Err(wrong("at most 10000 rules"));
    }
    let Draft { id, until, classes, citation, words, except, when, rewrite, .. } = draft;
    let list = Arc::clone(file);
    rules.push(Rule {
        list,
        id,
        from,
        until,
        classes,
        action,
        citation,
        verified,
        words,
        except,
        when,
        rewrite,
    });
    Ok(())
}
