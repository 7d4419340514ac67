//! What a financial message says: the amount that moved, which way, on which account, what is left; or why nothing moved.
//!
//! A scan for typed tokens (figures, masked accounts, moments), cue tables for many languages that tell what each of
//! them is, and rules that know no institution. It needs no sender. An amount that has not moved (a code's, a declined,
//! planned or requested one) is never a movement. Used for key-fact checks, for masking and for bookkeeping from
//! messages; the application reads the tables from the library's `cues/`.

mod fold;
mod cues;
mod moments;
mod numbers;
mod tokens;
mod roles;
mod accounts;
mod refuse;
mod party;

pub use cues::CueError;
pub use refuse::Reason;
pub use roles::Direction;

use accounts::Accounts;
use cues::{Cues, Hit, Role};
use fold::Folded;
use roles::Roles;
use tokens::{Figure, Tokens};

/// How much of a message is read, in bytes: ten parts of the longest kind.
pub const TEXT_BYTES_MAX: usize = 8192;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extraction<'a> {
    /// The movement, or why there is none.
    pub movement: Option<Movement<'a>>,
    /// Why there is no movement; `None` exactly when there is one.
    pub none: Option<Reason>,
    /// A one-time code, without a dash between its halves.
    pub code: Option<String>,
    /// Who a code is for, in lower case.
    pub service: Option<String>,
    /// What stands between 【 and 】 at the beginning or the end, or between brackets there.
    pub signature: Option<&'a str>,
}

/// Money that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement<'a> {
    /// A plain decimal as it was written, without groups: `1234.50`.
    pub amount: String,
    /// ISO 4217, when it is written or the language leaves no doubt.
    pub currency: Option<&'a str>,
    /// Which way.
    pub direction: Direction,
    /// At most the last four digits of the customer's account or card.
    pub account_tail: Option<String>,
    /// A plain decimal, with a minus when it is overdrawn.
    pub balance: Option<String>,
    /// A limit, or what is left of it.
    pub limit: Option<String>,
    /// A fee beside the amount.
    pub fee: Option<String>,
    /// Whether the instrument was a card.
    pub is_card: bool,
    /// The other side, as it stands.
    pub merchant: Option<&'a str>,
    /// What it was for, as it stands.
    pub item: Option<&'a str>,
    /// The institution's reference, as it stands.
    pub reference: Option<&'a str>,
    /// When, as it stands: most messages leave the year or the zone out.
    pub time: Option<&'a str>,
}

/// Reads messages with one set of cue tables.
#[derive(Debug)]
pub struct Extractor {
    cues: Cues,
}

impl Extractor {
    /// Makes an extractor of cue tables, each with its name for error messages. Of a cue that stands in several, the
    /// first file counts.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CueError> {
        Cues::new(files).map(|cues| Self { cues })
    }

    /// Reads one message. Total: every text has an answer. Of a text longer than [`TEXT_BYTES_MAX`] only the
    /// beginning is read.
    pub fn extract<'a>(&'a self, message: &'a str) -> Extraction<'a> {
        let folded = Folded::new(message, TEXT_BYTES_MAX);
        let mut hits = Vec::with_capacity(32);
        self.cues.find(&folded.text, &mut hits);
        let tokens = tokens::scan(&folded.text, &hits);
        Reading { cues: &self.cues, folded: &folded, hits: &hits, tokens: &tokens }.answer()
    }
}

/// One message while it is read.
struct Reading<'a, 'r> {
    cues: &'a Cues,
    folded: &'r Folded<'a>,
    hits: &'r [Hit],
    tokens: &'r Tokens,
}

impl<'a> Reading<'a, '_> {
    fn answer(&self) -> Extraction<'a> {
        let text = self.folded.text.as_str();
        let signature = party::signature(self.folded);
        let accounts = Accounts::find(text, self.hits, self.tokens);
        let roles = roles::roles(text, self.hits, self.tokens, &accounts.all);
        let tail = accounts.tail(text, false);
        let direction = roles.main.and_then(|main| {
            let found = roles::direction(text, self.hits, &main);
            // A card, an amount and what is left: a purchase that needs no verb.
            let is_bare = main.currency.is_some() && roles.balance.is_some() && tail.is_some();
            let is_bare = is_bare || self.hits.iter().any(|hit| hit.role == Role::Investment);
            found.or_else(|| is_bare.then(|| (Direction::Debit, Hit::nothing(main.start))))
        });
        let reports = roles.balance.is_some() && direction.is_some();
        if let Some((start, end)) = refuse::code(text, self.hits, reports) {
            let code = self.folded.original(start, end);
            let is_named = code.starts_with(|c: char| c.is_ascii_alphabetic());
            let code = if is_named { code.to_owned() } else { code.replace('-', "") };
            let service = party::service(self.folded, signature);
            let none = Some(Reason::OneTimeCode);
            return Extraction { none, code: Some(code), service, signature, ..Extraction::default() };
        }
        let none = match (roles.main, direction) {
            _ if self.hits.iter().any(|hit| hit.role == Role::CodeSure) => Reason::OneTimeCode,
            (main, _)
                if let Some(reason) = refuse::reason(
                    text,
                    self.hits,
                    main.as_ref(),
                    roles.balance.is_some() || tail.is_some(),
                ) =>
            {
                reason
            }
            (None, _) => Reason::NoAmount,
            (_, None) => Reason::NoMovement,
            (Some(main), Some((direction, hit))) => {
                let tail = if direction == Direction::Credit { accounts.tail(text, true) } else { tail };
                let movement = Some(self.movement(&roles, &main, direction, &hit, tail));
                return Extraction { movement, signature, ..Extraction::default() };
            }
        };
        Extraction { none: Some(none), signature, ..Extraction::default() }
    }

    fn movement(
        &self,
        roles: &Roles,
        main: &Figure,
        direction: Direction,
        hit: &Hit,
        tail: Option<String>,
    ) -> Movement<'a> {
        let text = self.folded.text.as_str();
        let has = |role: Role| self.hits.iter().any(|hit| hit.role == role);
        let currency = main.currency.map(|at| self.cues.currency(at)).or_else(|| self.currency_of_language());
        // What is left of a limit is told of credit cards only.
        let is_left = |hit: &Hit| hit.role == Role::Limit && text[hit.start..].starts_with("av");
        let is_credit_card = has(Role::CreditCard) || has(Role::Card) && self.hits.iter().any(is_left);
        let repays = self.hits.iter().any(|hit| matches!(hit.role, Role::Transfer { .. }));
        let is_latin = text.is_ascii() || matches!(currency, Some("INR"));
        let direction = match direction {
            // What comes in on a credit card with the word for repayment was paid from another account.
            Direction::Credit if is_credit_card && repays && hit.role != Role::Reversal => {
                Direction::Transfer
            }
            Direction::Debit if has(Role::Investment) => Direction::Investment,
            Direction::Debit if has(Role::Pocket) && main.sign.is_none() => Direction::Transfer,
            Direction::Debit if is_credit_card && is_latin => Direction::CreditCardSpend,
            other => other,
        };
        let is_card = is_credit_card || has(Role::Card) || has(Role::Prefix);
        let value = |figure: Option<Figure>, signed: bool| figure.map(|figure| self.value(&figure, signed));
        Movement {
            amount: self.value(main, false),
            currency,
            direction,
            account_tail: tail,
            balance: value(roles.balance, true),
            limit: value(roles.limit, false),
            fee: value(roles.fee, false),
            is_card,
            merchant: party::merchant(self.folded, self.hits, self.tokens, main, hit),
            item: party::item(self.folded, self.hits, main),
            reference: party::reference(self.folded, self.hits),
            time: party::time(self.folded, self.tokens),
        }
    }

    fn value(&self, figure: &Figure, signed: bool) -> String {
        let digits = &self.folded.text[figure.digits.0..figure.digits.1];
        let currency = figure.currency.map_or("", |at| self.cues.currency(at));
        let value = numbers::decimal(digits, currency, figure.power);
        if signed && figure.sign == Some(false) { format!("-{value}") } else { value }
    }

    /// What a bare figure is in: the message's other figures say, or its script.
    fn currency_of_language(&self) -> Option<&'a str> {
        let other = self.tokens.figures.iter().find_map(|figure| figure.currency);
        if let Some(at) = other {
            return Some(self.cues.currency(at));
        }
        let text = &self.folded.text;
        if text.contains(|c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c)) {
            return Some("CNY");
        }
        text.contains(['پ', 'چ', 'ژ', 'گ', 'ی', 'ک']).then_some("IRR")
    }
}

#[cfg(test)]
mod tests;
