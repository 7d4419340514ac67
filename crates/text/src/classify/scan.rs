//! Cuts a message into tokens whose values do not matter: an amount is an amount, whatever its digits.
//!
//! What a message says hangs on its words and on what *kinds* of facts stand between them. So amounts, dates, times, links,
//! telephone numbers, masked accounts, codes and placeholders become typed tokens before anything is counted, and a
//! model cannot learn that 8471 is a bank. It reads no values (that is extraction) and refuses nothing: every text
//! has tokens. `feature` calls it.

use super::kinds;

/// The longest message that is looked at, in characters; what comes after it decides nothing. A long SMS has 670.
pub(super) const CHARACTERS_MAX: usize = 2_000;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A word of a script with words, in lower case.
    Word,
    /// One Chinese, Japanese or Korean character.
    Han,
    /// A sign that is kept: `!`, `?`, `%`, brackets of a signature.
    Sign,
    /// A sum of money: a number beside a currency.
    Amount,
    /// A calendar date or a part of one.
    Date,
    /// A time of day or a length of time in clock form.
    Time,
    /// A web address.
    Url,
    /// An e-mail address or a payment address of the form `name@bank`.
    Mail,
    /// A telephone number.
    Phone,
    /// An account or card number with masked digits.
    Account,
    /// Four to eight digits that stand alone.
    Code,
    /// A share in percent.
    Percent,
    /// Any other number.
    Number,
    /// Letters and digits mixed: an order, a reference, a transaction.
    Reference,
    /// A placeholder of a template.
    Placeholder,
}

impl Kind {
    /// The name that evidence shows.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Word | Self::Han => "word",
            Self::Sign => "sign",
            Self::Amount => "amount",
            Self::Date => "date",
            Self::Time => "time",
            Self::Url => "url",
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Code => "code",
            Self::Percent => "percent",
            Self::Number => "number",
            Self::Reference => "reference",
            Self::Placeholder => "placeholder",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Code | Self::Number | Self::Phone)
    }
}

/// One token: its kind and where it stands in [`Scan::characters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// First character, as an index into the folded characters.
    pub(super) start: u32,
    /// One past the last character.
    pub(super) end: u32,
}

/// A text cut into tokens.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The text, folded: lower case, half width, simplified, without invisible characters.
    pub(super) characters: Vec<char>,
    /// For every folded character, the index of its character in the original text.
    pub(super) origin: Vec<u32>,
    /// The tokens, in order, not overlapping.
    pub(super) tokens: Vec<Token>,
    /// Capital letters of the original, and letters at all: how loud it is.
    pub(super) capitals: u32,
    /// Letters of the original.
    pub(super) letters: u32,
}

impl Scan {
    /// Cuts a text. Looks at the first [`CHARACTERS_MAX`] characters.
    pub(super) fn of(text: &str) -> Self {
        let mut scan = Self::default();
        scan.fold(text);
        let mut at = 0;
        while at < scan.characters.len() {
            at = scan.step(at).max(at + 1);
        }
        scan
    }

    /// The folded characters of a token.
    pub(super) fn slice(&self, token: &Token) -> &[char] {
        self.characters.get(token.start as usize..token.end as usize).unwrap_or(&[])
    }

    fn fold(&mut self, text: &str) {
        self.characters.reserve(text.len().min(CHARACTERS_MAX));
        self.origin.reserve(text.len().min(CHARACTERS_MAX));
        for (index, c) in text.chars().take(CHARACTERS_MAX).enumerate() {
            if c.is_alphabetic() && !is_han(c) {
                self.letters += 1;
                self.capitals += u32::from(c.is_uppercase());
            }
            if let Some(folded) = kinds::fold(c) {
                self.characters.push(folded);
                self.origin.push(index as u32);
            }
        }
    }

    fn at(&self, index: usize) -> char {
        self.characters.get(index).copied().unwrap_or('\0')
    }

    /// Reads what stands at `at` and says where to go on.
    fn step(&mut self, at: usize) -> usize {
        let c = self.at(at);
        if c.is_whitespace() {
            return at + 1;
        }
        if let Some(end) = self.placeholder(at) {
            return self.push(Kind::Placeholder, at, end);
        }
        if is_han(c) {
            return self.han(at, c);
        }
        if c.is_ascii_alphanumeric() || is_mask(c) {
            return self.run(at);
        }
        if c.is_alphanumeric() {
            let end = self.until(at, |c| c.is_alphanumeric() && !is_han(c) && !c.is_ascii_digit());
            return self.word(at, end.max(at + 1));
        }
        match c {
            '!' | '?' | '【' | '】' => self.push(Kind::Sign, at, at + 1),
            '%' => self.percent(at),
            '$' | '£' | '€' | '¥' | '₹' | '₽' | '₸' | '₴' | '₦' | '₱' | '฿' | '₫' | '৳' => {
                self.word(at, at + 1)
            }
            _ => at + 1,
        }
    }

    fn until(&self, at: usize, mut keep: impl FnMut(char) -> bool) -> usize {
        let rest = self.characters.get(at..).unwrap_or(&[]);
        at + rest.iter().position(|c| !keep(*c)).unwrap_or(rest.len())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        // 2024-05-01 10:00 年月日 come in pieces; one date is one token.
        if matches!(kind, Kind::Date | Kind::Time)
            && let Some(last) = self.tokens.last_mut()
            && last.kind == kind
            && start.saturating_sub(last.end as usize) <= 1
        {
            last.end = end as u32;
            return end;
        }
        self.tokens.push(Token { kind, start: start as u32, end: end as u32 });
        end
    }

    /// `{{name}}`, `${name}`, `#name#`, `%s`, `<NAME>`, `&lt;#&gt;`.
    fn placeholder(&self, at: usize) -> Option<usize> {
        let closed = |from: usize, mark: char, longest: usize| {
            let end = self.until(from, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | ' '));
            (end > from && end - from <= longest && self.at(end) == mark).then_some(end + 1)
        };
        match self.at(at) {
            '{' if self.at(at + 1) == '{' => closed(at + 2, '}', 40).map(|end| end + 1),
            '{' => closed(at + 1, '}', 40),
            '$' if self.at(at + 1) == '{' => closed(at + 2, '}', 40),
            '<' => closed(at + 1, '>', 20),
            '#' if self.at(at + 1).is_ascii_alphabetic() => closed(at + 1, '#', 24),
            '%' if self.at(at + 1) == 's' && !self.at(at + 2).is_ascii_alphabetic() => Some(at + 2),
            '&' => {
                let code: String = self.characters.iter().skip(at).take(9).collect();
                (code == "&lt;#&gt;").then_some(at + 9)
            }
            _ => None,
        }
    }

    fn percent(&mut self, at: usize) -> usize {
        if let Some(last) = self.tokens.last_mut()
            && last.kind.is_number()
            && at.saturating_sub(last.end as usize) <= 1
        {
            last.kind = Kind::Percent;
            last.end = at as u32 + 1;
        }
        at + 1
    }

    /// A Chinese character: a unit behind a number names the number's kind.
    fn han(&mut self, at: usize, c: char) -> usize {
        if let Some(last) = self.tokens.last_mut()
            && at == last.end as usize
            && let Some(kind) = kinds::unit(c, last.kind)
        {
            last.kind = kind;
            last.end = at as u32 + 1;
            let (start, end) = (last.start as usize, at + 1);
            self.tokens.pop();
            return self.push(kind, start, end);
        }
        self.push(Kind::Han, at, at + 1)
    }

    /// A word, or the currency of the number before it.
    fn word(&mut self, at: usize, end: usize) -> usize {
        let is_currency = kinds::is_currency(self.characters.get(at..end).unwrap_or(&[]));
        if is_currency
            && let Some(last) = self.tokens.last_mut()
            && last.kind.is_number()
            && at.saturating_sub(last.end as usize) <= 1
        {
            last.kind = Kind::Amount;
            last.end = end as u32;
            return end;
        }
        self.push(Kind::Word, at, end)
    }

    /// Latin letters, digits and masks that stand together.
    fn run(&mut self, at: usize) -> usize {
        if let Some(end) = self.address(at) {
            let kind = if self.characters.get(at..end).unwrap_or(&[]).contains(&'@') {
                Kind::Mail
            } else {
                Kind::Url
            };
            return self.push(kind, at, end);
        }
        let mut end = at;
        loop {
            let c = self.at(end);
            let joins = matches!(c, ',' | '.' | ':' | '/' | '-')
                && end > at
                && is_digit_or_mask(self.at(end - 1))
                && is_digit_or_mask(self.at(end + 1));
            if !(c.is_ascii_alphanumeric() || is_mask(c) || joins) {
                break;
            }
            // 5x折: an x before a Chinese character is a masked digit, and letters end where digits of a sum begin.
            end += 1;
        }
        let kind = kinds::of_run(self.characters.get(at..end).unwrap_or(&[]), is_han(self.at(end)));
        match kind {
            Kind::Sign => end,
            Kind::Word => self.word(at, end),
            kind if kind.is_number() => self.number(kind, at, end),
            kind => self.push(kind, at, end),
        }
    }

    /// A number behind a currency is a sum.
    fn number(&mut self, kind: Kind, at: usize, end: usize) -> usize {
        if let Some(last) = self.tokens.last()
            && last.kind == Kind::Word
            && at.saturating_sub(last.end as usize) <= 2
            && kinds::is_currency(self.slice(last))
        {
            let start = last.start as usize;
            self.tokens.pop();
            return self.push(Kind::Amount, start, end);
        }
        self.push(kind, at, end)
    }

    /// A link or an address with an at sign, if one begins here.
    fn address(&self, at: usize) -> Option<usize> {
        let is_part = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ')' | '(' | ',' | ';');
        let end = self.until(at, is_part);
        let piece = self.characters.get(at..end).unwrap_or(&[]);
        if !kinds::is_address(piece) {
            return None;
        }
        let trimmed = piece.iter().rev().take_while(|c| matches!(c, '.' | '!' | '?' | ':' | '\'')).count();
        Some(end - trimmed)
    }
}

/// Whether a character is of a script written without spaces.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{3040}'..='\u{30FF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}')
        || matches!(c, '\u{20000}'..='\u{2FFFF}')
}

fn is_mask(c: char) -> bool {
    matches!(c, '*' | '•' | '×')
}

fn is_digit_or_mask(c: char) -> bool {
    c.is_ascii_digit() || is_mask(c) || c == 'x'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        Scan::of(text).tokens.iter().filter(|t| t.kind != Kind::Han).map(|t| t.kind.name()).collect()
    }

    #[test]
    fn values_become_kinds() {
        for (text, expected) in [
            ("Rs.5,000.00", vec!["amount"]),
            ("INR 12", vec!["amount"]),
            ("£1000", vec!["amount"]),
            ("12.50 EUR", vec!["amount"]),
            ("A/c XX1234", vec!["word", "word", "account"]),
            ("6217********011", vec!["account"]),
            ("尾号1234", vec!["code"]),
            ("2024年09月26日", vec!["date"]),
            ("10:28", vec!["time"]),
            ("15-11-2024", vec!["date"]),
            ("22Apr22", vec!["date"]),
            ("100.00元", vec!["amount"]),
            ("xx万", vec!["amount"]),
            ("3.5%", vec!["percent"]),
            ("bit.ly/abc", vec!["url"]),
            ("https://a.example/x。", vec!["url"]),
            ("name@okbank", vec!["mail"]),
            ("07700900123", vec!["phone"]),
            ("{{name}} ${code} #a# %s", vec!["placeholder"; 4]),
            ("EB049769289IN", vec!["reference"]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
        }
    }

    #[test]
    fn offsets_lead_back_to_the_original() {
        let scan = Scan::of("Ａ\u{200B}Ｂ 100元");
        let amount = scan.tokens.iter().find(|t| t.kind == Kind::Amount).unwrap();
        assert_eq!(scan.origin[amount.start as usize], 4);
        assert!(scan.tokens.iter().all(|t| t.start < t.end && t.end as usize <= scan.characters.len()));
    }
}
