//! Declared, typed variables of a template: where a value comes from and how it is written.

use super::address::Addresses;
use super::filter::{FILLER, Moment};
use super::loan::{self, Figure};
use crate::world::Institution;
use model::{ClockTime, Currency, Date, Fields, Money, Value, Zone};
use std::sync::Arc;

/// One declared variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name in the template.
    pub name: Arc<str>,
    /// Its type: what it must hold and how it is written.
    pub kind: VariableKind,
    /// Where its value comes from.
    pub from: Source,
    /// A typical value as it is written, for previews and lints; it changes no message and is not in the hash.
    pub sample: Option<Arc<str>>,
}

/// Where a variable's value comes from, written `event.amount`, `customer.name`, `loan.<figure>`, `institution.name` or
/// `preferences.link`; a link says `to` what it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A field of the event.
    Event(Arc<str>),
    /// A field of what was waited for: an event, a customer's answer, a system's, people's. It comes with the event, behind
    /// [`GOT`].
    Got(Arc<str>),
    /// An attribute of the customer.
    Customer(Arc<str>),
    /// The institution's name.
    InstitutionName,
    /// A link to the customer's own page, made for them.
    PreferencesLink,
    /// A target of the institution's links, by its name.
    Target(Arc<str>),
    /// A figure of the customer's loan, reckoned.
    Loan(Figure),
}

impl Source {
    /// Reads `event.<field>`, `got.<field>`, `customer.<attribute>`, `loan.<figure>`, `institution.name` or
    /// `preferences.link`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.')? {
            ("event", field) if !field.is_empty() => Some(Self::Event(field.into())),
            ("got", field) if !field.is_empty() => Some(Self::Got(format!("{GOT}{field}").into())),
            ("customer", field) if !field.is_empty() => Some(Self::Customer(field.into())),
            ("loan", figure) => Figure::parse(figure).map(Self::Loan),
            ("institution", "name") => Some(Self::InstitutionName),
            ("preferences", "link") => Some(Self::PreferencesLink),
            _ => None,
        }
    }
}

/// What stands before the names of fields that were waited for, among those of the event that a message keeps.
pub(crate) const GOT: &str = "got.";

/// What a variable holds and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableKind {
    /// An amount: `1,234.56`.
    Money,
    /// A rate given as a fraction of one hundred: `3.45%`.
    Percent,
    /// A whole number.
    Int,
    /// A calendar day: `5月1日`.
    Date,
    /// An instant on the customer's clock: `5月1日08:30`.
    Time,
    /// The last digits of an account or card, at most four.
    AccountTail,
    /// A person's name.
    Name,
    /// A one-time code.
    Code,
    /// Free text of at most so many UTF-16 units, as carriers count: a rare character outside the basic plane is two.
    Text(u16),
    /// A link to a target, of exactly so many characters, all of them of the GSM alphabet.
    Link(u16),
}

impl VariableKind {
    /// Reads `money`, `percent`, `int`, `date`, `time`, `account_tail`, `name`, `code` or `text(20)`. A link's length is no
    /// matter of its declaration.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "money" => Self::Money,
            "percent" => Self::Percent,
            "int" => Self::Int,
            "date" => Self::Date,
            "time" => Self::Time,
            "account_tail" => Self::AccountTail,
            "name" => Self::Name,
            "code" => Self::Code,
            other => Self::Text(other.strip_prefix("text(")?.strip_suffix(')')?.parse().ok()?),
        })
    }

    /// The type as it is declared, without its length.
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Percent => "percent",
            Self::Int => "int",
            Self::Date => "date",
            Self::Time => "time",
            Self::AccountTail => "account_tail",
            Self::Name => "name",
            Self::Code => "code",
            Self::Text(_) => "text",
            Self::Link(_) => "link",
        }
    }

    /// A value as it was handed in; a text is read as this kind if it can be. What cannot stays as it is, and is named
    /// when it does not fit.
    pub(super) fn read(self, given: &Value, currency: Currency, zone: Zone) -> Value {
        let Value::Text(text) = given else { return given.clone() };
        let read = match self {
            Self::Money => Money::parse(&text.replace(',', ""), currency).ok().map(Value::Money),
            Self::Percent => text.trim_end_matches('%').parse().ok().map(Value::Float),
            Self::Int => text.parse().ok().map(Value::Int),
            Self::Date => Date::parse(text).ok().map(Value::Date),
            Self::Time => zone.parse_local(text).ok().map(Value::Time),
            Self::AccountTail | Self::Name | Self::Code | Self::Text(_) | Self::Link(_) => None,
        };
        read.unwrap_or_else(|| given.clone())
    }

    /// The longest text it can become, in UTF-16 units: for worst-case part counts at save time.
    pub fn longest(self) -> usize {
        match self {
            Self::Money => 18,
            Self::Percent => 8,
            Self::Int => 12,
            Self::Date => 6,
            Self::Time => 11,
            Self::AccountTail => 4,
            Self::Name => NAME_MAX,
            Self::Code => CODE_MAX,
            Self::Text(max) | Self::Link(max) => usize::from(max),
        }
    }

    /// A value as long and as wide as any that can come: one character outside GSM-7 forces the whole message into UCS-2.
    pub(super) fn longest_value(self) -> minijinja::Value {
        let day = Date::new(2026, 12, 31);
        match self {
            Self::Money => "999,999,999,999.99".into(),
            Self::Percent | Self::Int => "0".repeat(self.longest()).into(),
            Self::Date => moment_or(day, None, &FILLER.to_string().repeat(self.longest())),
            Self::Time => {
                moment_or(day, ClockTime::parse("23:59").ok(), &FILLER.to_string().repeat(self.longest()))
            }
            Self::AccountTail | Self::Name | Self::Code | Self::Text(_) => {
                FILLER.to_string().repeat(self.longest()).into()
            }
            // As wide as an address is: it makes no message UCS-2 that was none.
            Self::Link(_) => "x".repeat(self.longest()).into(),
        }
    }
}

fn moment_or(day: Option<Date>, clock: Option<ClockTime>, other: &str) -> minijinja::Value {
    day.map_or_else(|| other.into(), |date| minijinja::Value::from_object(Moment { date, clock }))
}

/// The longest name that is written out, in UTF-16 units.
const NAME_MAX: usize = 30;
/// The longest one-time code, in UTF-16 units.
const CODE_MAX: usize = 10;

/// What is expected where an address is asked for and there is no message that it could be made for.
const NO_MESSAGE: &str = "a message to make an address for";

/// Why a value cannot be written: what was expected.
pub(super) type Expected = String;

impl Variable {
    /// A typical value: the declared sample, or what its type looks like.
    pub(super) fn sample_value(&self, institution: Option<&str>) -> minijinja::Value {
        if let (Source::InstitutionName, Some(name)) = (&self.from, institution) {
            return name.into();
        }
        let day = Date::new(2026, 5, 1);
        let text = |own: &str| self.sample.as_deref().unwrap_or(own).into();
        match self.kind {
            VariableKind::Money => text("1,234.56"),
            VariableKind::Percent => text("3.45%"),
            VariableKind::Int => text("3"),
            VariableKind::Date => moment_or(day, None, "5月1日"),
            VariableKind::Time => moment_or(day, ClockTime::parse("08:30").ok(), "5月1日08:30"),
            VariableKind::AccountTail => text("1234"),
            VariableKind::Name => text("张三"),
            VariableKind::Code => text("482913"),
            VariableKind::Link(_) => text("https://…"),
            VariableKind::Text(max) => {
                let own: String = "某某".chars().cycle().take(usize::from(max.min(4))).collect();
                text(&own)
            }
        }
    }

    /// The variable's value for this customer and event, as the template gets it, or what was expected instead.
    pub(super) fn value(
        &self,
        institution: &Institution,
        customer: &Fields,
        event: Option<&Fields>,
        zone: Zone,
        addresses: Option<&Addresses<'_>>,
    ) -> Result<minijinja::Value, Expected> {
        if let Source::Loan(figure) = &self.from {
            let value = loan::figure(&institution.rates, customer, event, *figure)?;
            return self.written(&value, zone);
        }
        let value = match &self.from {
            Source::PreferencesLink => {
                let link = addresses.ok_or(NO_MESSAGE)?.page()?;
                return write(self.kind, &Value::Text(link.into())).map(minijinja::Value::from);
            }
            Source::Target(id) => {
                return addresses.ok_or(NO_MESSAGE)?.target(id).map(minijinja::Value::from);
            }
            Source::InstitutionName | Source::Loan(_) => return Ok(institution.name.as_str().into()),
            Source::Customer(field) => {
                customer.get(field).ok_or_else(|| format!("a customer with {field}"))?
            }
            Source::Event(field) | Source::Got(field) => {
                event.and_then(|e| e.get(field)).ok_or_else(|| format!("an event with {field}"))?
            }
        };
        self.written(value, zone)
    }

    /// A value as the template gets it, or what was expected instead.
    pub(super) fn written(&self, value: &Value, zone: Zone) -> Result<minijinja::Value, Expected> {
        match (self.kind, value) {
            (VariableKind::Date, Value::Date(date)) => {
                Ok(minijinja::Value::from_object(Moment { date: *date, clock: None }))
            }
            (VariableKind::Time, Value::Time(at)) => {
                let (date, clock) = zone.local(*at);
                Ok(minijinja::Value::from_object(Moment { date, clock: Some(clock) }))
            }
            (kind, value) => write(kind, value).map(minijinja::Value::from),
        }
    }
}

fn write(kind: VariableKind, value: &Value) -> Result<String, Expected> {
    let within = |text: &str, max: usize, what: &str| {
        let length = text.encode_utf16().count();
        if length == 0 || length > max {
            return Err(format!("{what} of 1 to {max} characters, found {length}"));
        }
        Ok(text.to_owned())
    };
    match (kind, value) {
        // Beyond these lengths the parts counted when the template was saved would not hold.
        (VariableKind::Money, Value::Money(money)) => within(&money.to_string(), kind.longest(), "an amount"),
        (VariableKind::Percent, Value::Float(rate)) if rate.is_finite() => {
            within(&format!("{rate:.2}%"), kind.longest(), "a rate")
        }
        (VariableKind::Int, Value::Int(n)) => within(&n.to_string(), kind.longest(), "a number"),
        (VariableKind::AccountTail, Value::Text(tail)) => {
            let shown = text::mask::card_tail(tail);
            within(&shown, kind.longest(), "an account's last digits")
        }
        (VariableKind::Name, Value::Text(name)) => within(name, NAME_MAX, "a name"),
        (VariableKind::Code, Value::Text(code)) => within(code, CODE_MAX, "a code"),
        (VariableKind::Text(max), Value::Text(text)) => within(text, usize::from(max), "a text"),
        (VariableKind::Link(max), Value::Text(link)) => within(link, usize::from(max), "a link"),
        (VariableKind::Percent, Value::Float(_)) => Err("a finite rate".to_owned()),
        (kind, value) => Err(format!("{}, found {}", kind.name(), value.kind())),
    }
}
