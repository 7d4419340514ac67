//! One row becomes one customer or one event of the HTTP API's batches.
//!
//! The members and their order are the contract of `POST /v1/customers` and `POST /v1/events`. It refuses rows; it never
//! sends half of one.

use super::complaint::{Complaint, shape};
use super::lookup::Lookups;
use super::moment::{TimeFormat, put_instant};
use super::row::Row;
use super::source::Source;
use super::value::{ValueType, put, put_text};
use model::{MessageClass, Phone, Timestamp, Zone};
use std::borrow::Cow;

/// What rows become.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Customers.
    Customers(Box<CustomerMap>),
    /// Events.
    Events(Box<EventMap>),
}

/// Where the members of a customer come from.
#[derive(Debug, Clone)]
pub(crate) struct CustomerMap {
    /// The institution's id.
    pub(crate) id: Source,
    /// The phone; without one it is null.
    pub(crate) phone: Option<Source>,
    /// The country code of phones without one.
    pub(crate) country: String,
    /// The customer's zone.
    pub(crate) zone: Option<Source>,
    /// `normal`, `deceased` or `do_not_contact`.
    pub(crate) standing: Option<Source>,
    /// Attributes.
    pub(crate) attributes: Vec<Member>,
    /// Statements of consent.
    pub(crate) consents: Vec<ConsentMap>,
}

/// Where one statement of consent comes from.
#[derive(Debug, Clone)]
pub(crate) struct ConsentMap {
    /// The class it is about.
    pub(crate) class: MessageClass,
    /// `granted`, `withdrawn` or `none` (no statement).
    pub(crate) state: Source,
    /// From when it holds.
    pub(crate) at: Moment,
    /// Until when, if it ends.
    pub(crate) until: Option<Moment>,
    /// Where its proof lies.
    pub(crate) evidence: Source,
}

/// Where the members of an event come from.
#[derive(Debug, Clone)]
pub(crate) struct EventMap {
    /// Its id: what makes the same event twice one event.
    pub(crate) id: Source,
    /// Whose it is.
    pub(crate) customer: Source,
    /// Its type.
    pub(crate) event_type: Source,
    /// When it happened.
    pub(crate) at: Moment,
    /// Its fields.
    pub(crate) fields: Vec<Member>,
}

/// An attribute or a field.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: String,
    /// Where its text comes from.
    pub(crate) source: Source,
    /// What its text means.
    pub(crate) value_type: ValueType,
}

/// An instant that is a member of its own and not a typed value.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// Where its text comes from.
    pub(crate) source: Source,
    /// How it is written.
    pub(crate) format: TimeFormat,
}

impl Target {
    /// Where batches are sent.
    pub(crate) fn path(&self) -> &'static str {
        match self {
            Self::Customers(_) => "/v1/customers",
            Self::Events(_) => "/v1/events",
        }
    }

    /// The name of the list in a batch.
    pub(crate) fn list(&self) -> &'static str {
        match self {
            Self::Customers(_) => "customers",
            Self::Events(_) => "events",
        }
    }

    /// Appends the JSON object of a row; appends nothing if there is something wrong with the row.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn write(&self, row: &Row, lookups: &Lookups, out: &mut Vec<u8>) -> Result<(), Complaint> {
        let start = out.len();
        let mut writer = Writer { row, lookups, out };
        let written = match self {
            Self::Customers(map) => writer.customer(map),
            Self::Events(map) => writer.event(map),
        };
        written.inspect_err(|_| out.truncate(start))
    }
}

struct Writer<'a> {
    row: &'a Row,
    lookups: &'a Lookups,
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    fn customer(&mut self, map: &'a CustomerMap) -> Result<(), Complaint> {
        self.raw(r#"{"id":"#);
        self.required_text(&map.id)?;
        self.raw(r#","phone":"#);
        match &map.phone {
            Some(source) => self.phone(source, &map.country)?,
            None => self.raw("null"),
        }
        if let Some(zone) = self.checked(map.zone.as_ref(), check_zone)? {
            self.raw(r#","zone":"#);
            put_text(self.out, &zone);
        }
        if let Some(standing) = self.checked(map.standing.as_ref(), check_standing)? {
            self.raw(r#","standing":"#);
            put_text(self.out, &standing);
        }
        self.raw(r#","attributes":"#);
        self.members(&map.attributes)?;
        self.raw(r#","consents":["#);
        let mut is_first = true;
        for consent in &map.consents {
            self.consent(consent, &mut is_first)?;
        }
        self.raw("]}");
        Ok(())
    }

    fn event(&mut self, map: &'a EventMap) -> Result<(), Complaint> {
        self.raw(r#"{"id":"#);
        self.required_text(&map.id)?;
        self.raw(r#","customer":"#);
        self.required_text(&map.customer)?;
        self.raw(r#","type":"#);
        self.required_text(&map.event_type)?;
        let at = self.required_moment(&map.at)?;
        self.raw(r#","at":""#);
        put_instant(self.out, at);
        self.raw(r#"","fields":"#);
        self.members(&map.fields)?;
        self.raw("}");
        Ok(())
    }

    fn consent(&mut self, map: &'a ConsentMap, is_first: &mut bool) -> Result<(), Complaint> {
        let Some(state) = self.checked(Some(&map.state), check_state)?.filter(|state| state != NO_STATEMENT)
        else {
            return Ok(());
        };
        let at = self.required_moment(&map.at)?;
        let until = match &map.until {
            Some(until) => self.moment(until)?,
            None => None,
        };
        if !std::mem::replace(is_first, false) {
            self.raw(",");
        }
        put(self.out, format_args!(r#"{{"class":"{}","state":"{state}","at":""#, map.class));
        put_instant(self.out, at);
        self.raw("\"");
        if let Some(until) = until {
            self.raw(r#","until":""#);
            put_instant(self.out, until);
            self.raw("\"");
        }
        self.raw(r#","evidence":"#);
        self.required_text(&map.evidence)?;
        self.raw("}");
        Ok(())
    }

    fn members(&mut self, members: &'a [Member]) -> Result<(), Complaint> {
        let mut before = b'{';
        for member in members {
            let Some(text) = member.source.text(self.row, self.lookups)? else { continue };
            self.out.push(before);
            before = b',';
            put_text(self.out, &member.name);
            self.out.push(b':');
            member.value_type.write(&text, self.row, member.source.column(), self.out)?;
        }
        if before == b'{' {
            self.out.push(before);
        }
        self.out.push(b'}');
        Ok(())
    }

    fn phone(&mut self, source: &'a Source, country: &str) -> Result<(), Complaint> {
        let Some(text) = source.text(self.row, self.lookups)? else {
            self.raw("null");
            return Ok(());
        };
        let phone = Phone::parse(&text, country)
            .map_err(|_| self.row.mismatch(source.column(), EXPECTED_PHONE, shape(&text)))?;
        // With the country code, so that the server need not know this file's country.
        put(self.out, format_args!("\"+{}\"", phone.reveal()));
        Ok(())
    }

    fn checked(
        &self,
        source: Option<&'a Source>,
        check: fn(&str) -> Result<(), String>,
    ) -> Result<Option<Cow<'a, str>>, Complaint> {
        let Some(source) = source else { return Ok(None) };
        let text = source.text(self.row, self.lookups)?;
        if let Some(Err(expected)) = text.as_deref().map(check) {
            let found = shape(text.as_deref().unwrap_or_default());
            return Err(self.row.mismatch(source.column(), expected, found));
        }
        Ok(text)
    }

    fn required_text(&mut self, source: &Source) -> Result<(), Complaint> {
        let text = source.text(self.row, self.lookups)?.filter(|text| !text.is_empty());
        let missing =
            || self.row.mismatch(source.column(), source.expected.clone(), super::complaint::NOTHING);
        put_text(self.out, &text.ok_or_else(missing)?);
        Ok(())
    }

    fn required_moment(&self, moment: &Moment) -> Result<Timestamp, Complaint> {
        let missing =
            || self.row.mismatch(moment.source.column(), moment.format.expected(), super::complaint::NOTHING);
        self.moment(moment)?.ok_or_else(missing)
    }

    fn moment(&self, moment: &Moment) -> Result<Option<Timestamp>, Complaint> {
        let Some(text) = moment.source.text(self.row, self.lookups)? else { return Ok(None) };
        let misfit = || self.row.mismatch(moment.source.column(), moment.format.expected(), shape(&text));
        Ok(Some(moment.format.read(&text, Some(self.row)).ok_or_else(misfit)?))
    }

    fn raw(&mut self, text: &str) {
        self.out.extend(text.as_bytes());
    }
}

/// Whether a text is a time zone.
///
/// # Errors
/// What was expected.
pub(crate) fn check_zone(text: &str) -> Result<(), String> {
    Zone::parse(text).map(drop).map_err(|_| "a time zone such as Asia/Shanghai".to_owned())
}

/// Whether a text is a customer's standing.
///
/// # Errors
/// What was expected.
pub(crate) fn check_standing(text: &str) -> Result<(), String> {
    one_of(text, &["normal", "deceased", "do_not_contact"])
}

/// Whether a text is a state of consent.
///
/// # Errors
/// What was expected.
pub(crate) fn check_state(text: &str) -> Result<(), String> {
    one_of(text, &["granted", "withdrawn", NO_STATEMENT])
}

/// Whether a text is a phone number, with a country code or without.
///
/// # Errors
/// What was expected.
pub(crate) fn check_phone(text: &str) -> Result<(), String> {
    Phone::parse(text, "86").map(drop).map_err(|_| EXPECTED_PHONE.to_owned())
}

fn one_of(text: &str, words: &[&str]) -> Result<(), String> {
    words.contains(&text).then_some(()).ok_or_else(|| format!("one of {}", words.join(", ")))
}

/// What is expected where a phone should stand.
pub(crate) const EXPECTED_PHONE: &str = "a phone number of 8 to 15 digits";

/// The state of a customer who has said nothing.
const NO_STATEMENT: &str = "none";
