//! Words: what a message must not say, what it must, and what a person has to look at first.
//!
//! Lists are data (`library/words/*.words`), effective-dated and with their citation; what people do to hide a word is
//! data too (`library/words/spellings.txt`). [`Checker`] reads both from text once and then judges texts: one pass, whatever
//! the number of words, and every hit with its place in the original. It opens no file, knows no clock, and stops nothing
//! itself: whoever asks decides what a [`Report`] means for a draft, a value or a reply.

mod list;
mod negate;
mod spell;
mod trie;

pub use list::{Action, Day, ListError, Rule};

use negate::Denials;
use spell::{Cutter, Table, Unit};
use std::ops::Range;
use trie::{Raw, Trie};

/// The exact text that unsubscribing needs on the route, in the `words` of a requirement.
const OPT_OUT: &str = "{opt_out}";
/// The sender's signature, 【…】 at either end.
const SIGNATURE: &str = "{signature}";
/// The name of the institution that lends.
const LENDER: &str = "{lender}";

/// What is known of a message beside its text.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Its class, as written everywhere; `None` asks the rules of every class.
    pub class: Option<&'a str>,
    /// The day whose rules count.
    pub on: Day,
    /// The route's own opt-out text, which then must stand there to the letter.
    pub opt_out: Option<&'a str>,
    /// Under which signature it goes.
    pub signature: Signature<'a>,
    /// The lender's name; `None` does not ask for it.
    pub lender: Option<&'a str>,
}

/// What is known of a text's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature<'a> {
    /// Any will do.
    Any,
    /// The filed one, without brackets.
    Filed(&'a str),
    /// It is not part of the text: the carrier writes it, or the channel shows the sender in another way.
    Apart,
}

/// How a word stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// As listed.
    Plain,
    /// In another form: width, traditional characters, signs between, components, digits. Its action stays.
    Disguised,
    /// By what looks or sounds alike, or torn by the end of a clause: never more than [`Action::Review`].
    Resembles,
}

/// A word that must not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The rule that forbids it.
    pub rule: &'a Rule,
    /// The word as listed.
    pub word: &'a str,
    /// Where it stands: bytes of the original text.
    pub place: Range<usize>,
    /// What to do.
    pub action: Action,
    /// How it was written.
    pub how: How,
}

/// What was found. Hits stand in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report<'a> {
    /// What must not be there.
    pub hits: Vec<Hit<'a>>,
    /// Requirements that the text does not meet.
    pub missing: Vec<&'a Rule>,
}

impl Report<'_> {
    /// The strongest action of its hits, or [`Action::Require`] when only something is missing; `None` when all is well.
    pub fn action(&self) -> Option<Action> {
        let missing = (!self.missing.is_empty()).then_some(Action::Require);
        self.hits.iter().map(|hit| hit.action).max().or(missing)
    }
}

/// What a word in the trie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Word,
    Except,
    When,
}

#[derive(Debug)]
struct Entry {
    rule: usize,
    role: Role,
    word: String,
}

/// All lists, ready to judge texts. Immutable, to be shared between threads.
#[derive(Debug)]
pub struct Checker {
    rules: Vec<Rule>,
    entries: Vec<Entry>,
    cutter: Cutter,
    trie: Trie,
    denials: Denials,
}

impl Checker {
    /// Reads lists and the table of spellings, each with a name for messages of error.
    ///
    /// # Errors
    /// The first mistake of each file, with its line: what the format does not know, a word without letters or digits, and
    /// two revisions of one rule for one day.
    pub fn new<'a>(
        lists: impl IntoIterator<Item = (&'a str, &'a str)>,
        spellings: (&str, &str),
    ) -> Result<Self, Vec<ListError>> {
        let mut table = Table::read(spellings.0, spellings.1).map_err(|mistake| vec![mistake])?;
        let mut rules = Vec::new();
        let mut mistakes = Vec::new();
        for (name, source) in lists {
            let counts = |word: &str| !table.plain(word).is_empty();
            mistakes.extend(list::read(&name.into(), source, &counts, &mut rules).err());
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut entries = Vec::new();
        let mut words = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            let of_role =
                |list: &[String], role| list.iter().map(move |word| (word.clone(), role)).collect::<Vec<_>>();
            let listed = [(&rule.words, Role::Word), (&rule.except, Role::Except), (&rule.when, Role::When)];
            for (word, role) in listed.into_iter().flat_map(|(list, role)| of_role(list, role)) {
                // A placeholder is looked for by what it stands for.
                if role == Role::Word && rule.action == Action::Require && is_placeholder(&word) {
                    continue;
                }
                words.push(table.plain(&word));
                entries.push(Entry { rule: number, role, word });
            }
        }
        let known = Trie::known(&table, &words);
        let alike = std::mem::take(&mut table.alike);
        let split = std::mem::take(&mut table.split);
        let sounds = std::mem::take(&mut table.sounds);
        let marks = Denials::lists(&table).map(<[Vec<char>]>::to_vec);
        let cutter = Cutter::new(table, &known);
        let denials = Denials::new([&marks[0], &marks[1], &marks[2], &marks[3], &marks[4]], &cutter);
        let trie = Trie::new(&words, &cutter, &alike, &split, &sounds);
        Ok(Self { rules, entries, cutter, trie, denials })
    }

    /// The rules as read.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The days on which something changes: before the first of them no rule holds, between two the same ones do.
    pub fn days(&self) -> Vec<Day> {
        let mut days: Vec<Day> =
            self.rules.iter().flat_map(|rule| [Some(rule.from), rule.until]).flatten().collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Judges a text.
    pub fn check(&self, text: &str, context: &Context<'_>) -> Report<'_> {
        let mut units = Vec::with_capacity(text.len() / 2);
        self.cutter.cut(text, &mut units);
        let mut found = Vec::new();
        self.trie.walk(&units, &mut found);
        found.retain(|raw| self.speaks(raw, context));
        let hits = self.hits(text, &units, &found);
        Report { hits, missing: self.missing(text, &found, context) }
    }

    fn entry(&self, raw: &Raw) -> Option<(&Entry, &Rule)> {
        let entry = self.entries.get(raw.word as usize)?;
        Some((entry, self.rules.get(entry.rule)?))
    }

    fn speaks(&self, raw: &Raw, context: &Context<'_>) -> bool {
        let Some((entry, rule)) = self.entry(raw) else { return false };
        // What excuses or is asked for must stand there in earnest; only what is forbidden is hidden.
        let is_exact = !raw.resembles && !raw.torn;
        let may_hide = entry.role == Role::Word && rule.action != Action::Require;
        rule.applies(context.class, context.on) && (is_exact || may_hide)
    }

    fn hits(&self, text: &str, units: &[Unit], found: &[Raw]) -> Vec<Hit<'_>> {
        let mut forbidden: Vec<(&Raw, &Entry, &Rule)> = Vec::new();
        for raw in found {
            let Some((entry, rule)) = self.entry(raw) else { continue };
            if entry.role == Role::Word && rule.action != Action::Require {
                forbidden.push((raw, entry, rule));
            }
        }
        // The longer before the shorter at one place, the exact before what resembles.
        forbidden.sort_by_key(|(raw, ..)| (raw.start, std::cmp::Reverse(raw.end), raw.resembles, raw.torn));
        let mut excused: Vec<(u32, u32)> = Vec::new();
        let mut hits: Vec<(Range<u32>, Hit<'_>)> = Vec::new();
        for (raw, entry, rule) in forbidden {
            let inside = |start: u32, end: u32| start <= raw.start && raw.end <= end;
            if excused.iter().any(|(start, end)| inside(*start, *end)) {
                continue;
            }
            let is_excepted = found.iter().any(|other| {
                let of_rule =
                    self.entry(other).is_some_and(|(e, _)| e.role == Role::Except && e.rule == entry.rule);
                of_rule && inside(other.start, other.end)
            });
            let denied = |at: usize| excused.iter().any(|(_, end)| *end as usize == at);
            if is_excepted {
                continue;
            }
            if self.denials.reach(units, raw.start as usize, raw.end as usize, denied) {
                excused.push((raw.start, raw.end));
                continue;
            }
            let Some(hit) = hit_of(text, units, raw, entry, rule) else { continue };
            if !hits.iter().any(|(known, other)| inside(known.start, known.end) && other.action >= hit.action)
            {
                hits.push((raw.start..raw.end, hit));
            }
        }
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    fn missing(&self, text: &str, found: &[Raw], context: &Context<'_>) -> Vec<&Rule> {
        let stands = |number: usize, role: Role| {
            found.iter().any(|raw| self.entry(raw).is_some_and(|(e, _)| e.rule == number && e.role == role))
        };
        let asked = self.rules.iter().enumerate().filter(|(number, rule)| {
            let is_asked = rule.when.is_empty() || stands(*number, Role::When);
            rule.action == Action::Require && rule.applies(context.class, context.on) && is_asked
        });
        let unmet = asked.filter(|(number, rule)| {
            let mut may_be_other = true;
            for placeholder in rule.words.iter().filter(|word| is_placeholder(word)) {
                match placeholder_met(placeholder, text, context) {
                    Some(true) => return false,
                    Some(false) => may_be_other = false,
                    None => {}
                }
            }
            let unknown = rule.words.iter().all(|word| is_placeholder(word)) && may_be_other;
            let is_met = unknown || may_be_other && stands(*number, Role::Word);
            !is_met
        });
        unmet.map(|(_, rule)| rule).collect()
    }
}

fn hit_of<'a>(text: &str, units: &[Unit], raw: &Raw, entry: &'a Entry, rule: &'a Rule) -> Option<Hit<'a>> {
    let first = units.get(raw.start as usize)?;
    let last = units.get((raw.end as usize).checked_sub(1)?)?;
    let place = first.start as usize..last.end as usize;
    let how = match text.get(place.clone())? {
        _ if raw.resembles || raw.torn => How::Resembles,
        piece if piece == entry.word => How::Plain,
        _ => How::Disguised,
    };
    let action = if how == How::Resembles { Action::Review } else { rule.action };
    Some(Hit { rule, word: &entry.word, place, action, how })
}

fn is_placeholder(word: &str) -> bool {
    [OPT_OUT, SIGNATURE, LENDER].contains(&word)
}

/// Whether the text holds what a placeholder stands for; `None` when the context does not say what that is.
fn placeholder_met(placeholder: &str, text: &str, context: &Context<'_>) -> Option<bool> {
    match placeholder {
        OPT_OUT => context.opt_out.map(|exact| text.contains(exact)),
        LENDER => context.lender.map(|name| text.contains(name)),
        _ => match context.signature {
            Signature::Any => Some(is_signed(text.trim(), None)),
            Signature::Filed(name) => Some(is_signed(text.trim(), Some(name))),
            Signature::Apart => None,
        },
    }
}

/// Whether 【…】 stands at an end of the text, with the name when one is asked for.
fn is_signed(text: &str, name: Option<&str>) -> bool {
    let at_start = text.strip_prefix('【').and_then(|rest| rest.split_once('】')).map(|(inside, _)| inside);
    let at_end = text.strip_suffix('】').and_then(|rest| rest.rsplit_once('【')).map(|(_, inside)| inside);
    [at_start, at_end]
        .into_iter()
        .flatten()
        .any(|inside| !inside.is_empty() && name.is_none_or(|name| name == inside))
}

#[cfg(test)]
mod tests;
