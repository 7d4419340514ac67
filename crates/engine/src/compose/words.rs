//! Words: what the institution's lists say of a text that is about to be sent, or might be one day.
//!
//! It puts the lists' question (class, day, opt-out text, signature, lender) and says their answer in one sentence that names
//! the list, the entry and the citation, and never anything of the text but an entry of a list. The rule `words` of the
//! gate asks about every finished text, the loader about every template. It judges no meaning and stops nothing itself.

use super::Template;
use crate::world::{Institution, SignatureMode};
use model::{Date, MessageClass};
use std::fmt::Write as _;
use text::words::{Action, Checker, Context, Day, Hit, How, Report, Rule, Signature};

/// What the lists must know of a text beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Its class.
    pub class: MessageClass,
    /// The opt-out text that its class demands, to the letter.
    pub opt_out: Option<&'a str>,
    /// The signature it goes under.
    pub signature: Signature<'a>,
    /// The lender to be named, if there is one to name.
    pub lender: Option<&'a str>,
    /// The day whose rules count.
    pub on: Day,
}

impl<'a> Question<'a> {
    /// Of a text of an institution.
    pub fn new(
        institution: &'a Institution,
        class: MessageClass,
        opt_out: Option<&'a str>,
        on: Date,
    ) -> Self {
        Self {
            class,
            opt_out,
            signature: Signature::Apart,
            lender: institution.lender.as_deref(),
            on: day(on),
        }
    }

    /// The same under a signature, where we write it into the text ourselves.
    #[must_use]
    pub fn signed(self, signature: &'a str, mode: SignatureMode) -> Self {
        match mode {
            SignatureMode::Head | SignatureMode::Tail => {
                Self { signature: Signature::Filed(signature), ..self }
            }
            SignatureMode::None | SignatureMode::CarrierHead | SignatureMode::CarrierTail => self,
        }
    }
}

/// What the lists say of a finished text.
pub fn read<'w>(words: &'w Checker, text: &str, question: &Question<'_>) -> Report<'w> {
    let Question { class, opt_out, signature, lender, on } = *question;
    words.check(text, &Context { class: Some(class.name()), on, opt_out, signature, lender })
}

/// The day of a date, as the lists count.
pub fn day(date: Date) -> Day {
    // A date before our era is older than every list: none of them is asked.
    Day::new(date.year(), date.month(), date.day()).unwrap_or(Day::FIRST)
}

/// The hit that weighs most: the first of those with the strongest action.
pub fn strongest<'r, 'w>(report: &'r Report<'w>) -> Option<&'r Hit<'w>> {
    let mut hits = report.hits.iter();
    let first = hits.next()?;
    Some(hits.fold(first, |best, hit| if hit.action > best.action { hit } else { best }))
}

/// How `[[allow]]` of a template names a rule that wanted a person to look, and one has: `words:` and the rule's id.
pub const LINT: &str = "words:";

/// Whether somebody has looked at what a hit wants looked at, by the template that the text is of.
pub fn is_excused(template: &Template, hit: &Hit<'_>) -> bool {
    let names_it = |lint: &str| lint.strip_prefix(LINT) == Some(hit.rule.id.as_str());
    hit.action == Action::Review && template.allowed.iter().any(|allowed| names_it(&allowed.lint))
}

/// What a hit means, with list, entry and citation.
pub fn forbidden(hit: &Hit<'_>) -> String {
    let like = if hit.how == How::Resembles { "what looks or sounds like " } else { "" };
    let wants = match hit.action {
        Action::Block | Action::Require => "forbids",
        Action::Review => "wants a person to look at",
    };
    format!("{} {wants} {like}{:?}, {}", name(hit.rule), hit.word, hit.rule.citation)
}

/// What a requirement asks for, with list and citation. Of many ways to meet it the first few are said.
pub fn missing(rule: &Rule) -> String {
    let mut asked = String::new();
    for (number, word) in rule.words.iter().take(WAYS_TOLD).enumerate() {
        // Writing into a text cannot fail.
        let _ = write!(asked, "{}{word:?}", if number == 0 { "" } else { " or " });
    }
    format!("{} asks for {asked}, {}", name(rule), rule.citation)
}

fn name(rule: &Rule) -> String {
    format!("{} @{} of {}", rule.list, rule.id, rule.from)
}

/// More ways of meeting a requirement than these are left out of a sentence.
const WAYS_TOLD: usize = 3;
