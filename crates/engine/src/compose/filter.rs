//! The filters of templates: Chinese money, dates, masks, honorifics.
//!
//! A filter takes what the variable is written as and never repeats a value in an error. Filled with the filler of the worst
//! case, a mask or honorific answers with its own longest text, so that parts counted at save time hold. `Template` adds them
//! to its environment; nobody else calls them.

use minijinja::value::Object;
use minijinja::{Environment, Error, ErrorKind};
use model::{ClockTime, Currency, Date, Money};
use std::fmt;
use std::sync::Arc;

/// What stands for a character that is not known yet: not in GSM-7, of one unit, and in no real text.
pub(super) const FILLER: char = '\u{E000}';

/// The filters by name, for those who list them.
pub const FILTERS: [&str; 14] = [
    "capitals",
    "yuan",
    "wan",
    "day",
    "day_long",
    "day_iso",
    "day_en",
    "weekday",
    "clock",
    "mask_name",
    "mask_phone",
    "mask_card",
    "mask_id",
    "honorific",
];

/// Adds the filters.
pub(super) fn add_to(jinja: &mut Environment<'_>) {
    jinja.add_filter("capitals", |value: &str| fen(value).map(text::money::capitals));
    jinja.add_filter("yuan", |value: &str| fen(value).map(text::money::yuan));
    jinja.add_filter("wan", |value: &str| fen(value).map(text::money::wan));
    jinja.add_filter("day", |value: minijinja::Value| moment(&value).map(|m| m.day()));
    jinja.add_filter("day_long", |value: minijinja::Value| moment(&value).map(|m| m.day_long()));
    jinja.add_filter("day_iso", |value: minijinja::Value| moment(&value).map(|m| m.date.to_string()));
    jinja.add_filter("day_en", |value: minijinja::Value| moment(&value).map(|m| m.day_en()));
    jinja.add_filter("weekday", |value: minijinja::Value| moment(&value).map(|m| m.weekday()));
    jinja.add_filter("clock", |value: minijinja::Value| {
        let moment = moment(&value)?;
        moment.clock.map(|clock| clock.to_string()).ok_or_else(|| expected("a time, not a date"))
    });
    jinja.add_filter("mask_name", |value: &str| masked(value, text::mask::name, "\u{E000}**"));
    jinja.add_filter("mask_phone", |value: &str| masked(value, text::mask::phone, "138****1234"));
    jinja.add_filter("mask_card", |value: &str| masked(value, text::mask::card_tail, "1234"));
    // An identity's mask is as long as the number, and so is the filler's.
    jinja.add_filter("mask_id", text::mask::id_number);
    jinja.add_filter("honorific", |value: &str, gender: Option<&str>| {
        let longest = if is_filler(value) { "" } else { gender.unwrap_or_default() };
        text::honorific(value, longest)
    });
}

/// A date or an instant on the customer's clock, as a template holds it: it is written as before, and filters know its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// The day.
    pub(super) date: Date,
    /// The time of day, of an instant.
    pub(super) clock: Option<ClockTime>,
}

impl Moment {
    /// `5月1日`.
    fn day(self) -> String {
        format!("{}月{}日", self.date.month(), self.date.day())
    }

    /// `2026年5月1日`.
    fn day_long(self) -> String {
        // A date is written YYYY-MM-DD.
        let written = self.date.to_string();
        let year = written.get(..written.len().saturating_sub(6)).unwrap_or_default();
        format!("{year}年{}", self.day())
    }

    /// `1 May 2026`.
    fn day_en(self) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let written = self.date.to_string();
        let year = written.get(..written.len().saturating_sub(6)).unwrap_or_default();
        let month = MONTHS.get(self.date.month().saturating_sub(1) as usize).copied().unwrap_or_default();
        format!("{} {month} {year}", self.date.day())
    }

    /// `星期五`.
    fn weekday(self) -> String {
        const DAYS: [char; 7] = ['一', '二', '三', '四', '五', '六', '日'];
        let since_monday = self.date.to_days() - self.date.week_start().to_days();
        let day = usize::try_from(since_monday).ok().and_then(|at| DAYS.get(at)).copied().unwrap_or('一');
        format!("星期{day}")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.day())?;
        self.clock.map_or(Ok(()), |clock| write!(f, "{clock}"))
    }
}

impl Object for Moment {
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn moment(value: &minijinja::Value) -> Result<Moment, Error> {
    value.downcast_object_ref::<Moment>().copied().ok_or_else(|| expected("a date or time"))
}

fn fen(written: &str) -> Result<i64, Error> {
    let money = Money::parse(written, Currency::CNY).map_err(|_| expected("money"))?;
    Ok(money.minor)
}

fn masked(value: &str, mask: fn(&str) -> String, longest: &str) -> String {
    if is_filler(value) { longest.to_owned() } else { mask(value) }
}

fn is_filler(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c == FILLER)
}

fn expected(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("expected {what} before the filter"))
}
