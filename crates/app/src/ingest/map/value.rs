//! Reads what a value means: its type, and what that type needs to know.

use super::super::amount::Notation;
use super::super::moment::{DatePattern, Pattern, Spread, TimeFormat, TimePattern, TimeText};
use super::super::value::{CurrencyFrom, ValueType};
use super::Reading;
use super::document::Item;
use super::source::Spec;
use model::{ClockTime, Currency, Zone};

/// Reads `type` and the keys of that type.
pub(super) fn read_type(spec: &mut Spec<'_>, reading: &mut Reading) -> Option<ValueType> {
    let Some(item) = spec.optional("type") else { return Some(ValueType::Text) };
    match item.text()? {
        "text" => Some(ValueType::Text),
        "int" => Some(ValueType::Int),
        "float" => Some(ValueType::Float(read_notation(spec, false)?)),
        "money" => {
            let notation = read_notation(spec, true)?;
            Some(ValueType::Money(notation, read_currency_from(spec, reading)?))
        }
        "bool" => {
            let yes = read_words(spec.optional("true"), &["true", "1", "yes", "y"])?;
            let no = read_words(spec.optional("false"), &["false", "0", "no", "n"])?;
            Some(ValueType::Bool { yes, no })
        }
        "date" => Some(ValueType::Date(read_date_patterns(spec.optional("formats"))?)),
        "time" => Some(ValueType::Time(read_time(spec, reading)?)),
        other => {
            item.report(format!("expected text, int, float, money, bool, date or time, found {other:?}"));
            None
        }
    }
}

/// Reads how an instant is written: `formats`, `zone`, `spread`.
pub(super) fn read_time(spec: &mut Spec<'_>, reading: &mut Reading) -> Option<TimeFormat> {
    let formats = spec.optional("formats");
    let zone = match spec.optional("zone") {
        Some(item) => item.parsed(Zone::parse)?,
        None => reading.zone,
    };
    let text = match spec.optional("spread") {
        Some(item) => {
            let patterns = read_date_patterns(formats);
            let spread = read_spread(item, reading);
            TimeText::Spread(patterns?, spread?)
        }
        None => TimeText::Instant(read_time_patterns(formats)?),
    };
    Some(TimeFormat { zone, text })
}

/// Reads a currency code.
pub(super) fn read_currency(item: Item<'_>) -> Option<Currency> {
    item.parsed(|text| {
        Currency::new(text).ok_or_else(|| format!("expected a currency code such as CNY, found {text:?}"))
    })
}

fn read_notation(spec: &mut Spec<'_>, may_be_minor: bool) -> Option<Notation> {
    let notation = match spec.optional("decimal") {
        None => Notation::Point,
        Some(item) => item.parsed(|text| match text {
            "." => Ok(Notation::Point),
            "," => Ok(Notation::Comma),
            _ => Err(format!("expected \".\" or \",\", found {text:?}")),
        })?,
    };
    if !may_be_minor {
        return Some(notation);
    }
    match spec.optional("minor_units") {
        Some(item) if item.flag()? => Some(Notation::Minor),
        _ => Some(notation),
    }
}

fn read_currency_from(spec: &mut Spec<'_>, reading: &mut Reading) -> Option<CurrencyFrom> {
    let in_map = spec.optional("currency");
    let in_row = spec.optional("currency_column");
    match (in_map, in_row) {
        (Some(_), Some(item)) => {
            item.report("expected either currency or currency_column, found both");
            None
        }
        (Some(item), None) => read_currency(item).map(CurrencyFrom::Map),
        (None, Some(item)) => Some(CurrencyFrom::Column(reading.column(item.text()?, true))),
        (None, None) => Some(CurrencyFrom::Map(reading.currency)),
    }
}

fn read_words(item: Option<Item<'_>>, otherwise: &[&str]) -> Option<Vec<String>> {
    let words = match item {
        Some(item) => item.texts()?,
        None => otherwise.to_vec(),
    };
    Some(words.into_iter().map(str::to_owned).collect())
}

fn read_date_patterns(item: Option<Item<'_>>) -> Option<Vec<DatePattern>> {
    let Some(item) = item else { return Some(vec![DatePattern::Iso]) };
    item.texts()?.into_iter().map(|text| read_date_pattern(item, text)).collect()
}

fn read_date_pattern(item: Item<'_>, text: &str) -> Option<DatePattern> {
    if text == ISO_DATE {
        return Some(DatePattern::Iso);
    }
    let pattern = Pattern::parse(text).map_err(|error| item.report(error)).ok()?;
    if pattern.has_clock() {
        item.report(format!("expected a pattern of a day without a time, found {text:?}"));
        return None;
    }
    Some(DatePattern::Pattern(pattern))
}

fn read_time_patterns(item: Option<Item<'_>>) -> Option<Vec<TimePattern>> {
    let Some(item) = item else { return Some(vec![TimePattern::Rfc3339, TimePattern::Local]) };
    let read = |text: &str| match text {
        "rfc3339" => Some(TimePattern::Rfc3339),
        "local" => Some(TimePattern::Local),
        "unix" => Some(TimePattern::UnixSeconds),
        "unix_ms" => Some(TimePattern::UnixMillis),
        _ => Pattern::parse(text).map_err(|error| item.report(error)).ok().map(TimePattern::Pattern),
    };
    item.texts()?.into_iter().map(read).collect()
}

fn read_spread(item: Item<'_>, reading: &mut Reading) -> Option<Spread> {
    let mut spread = |names: Vec<&str>, from, to| {
        let by = names.into_iter().map(|name| reading.column(name, true)).collect();
        Spread { by, from, to }
    };
    let end_of_day = ClockTime::parse("24:00").ok()?;
    if item.is_text() {
        return Some(spread(vec![item.text()?], ClockTime::MIDNIGHT, end_of_day));
    }
    let mut table = item.table()?;
    let by = table.required("by").and_then(Item::texts);
    let clock = |item: Option<Item<'_>>, otherwise| match item {
        Some(item) => item.parsed(ClockTime::parse),
        None => Some(otherwise),
    };
    let from = clock(table.optional("from"), ClockTime::MIDNIGHT);
    let to = clock(table.optional("to"), end_of_day);
    table.finish();
    let (by, from, to) = (by?, from?, to?);
    if from >= to {
        item.report(format!("expected from before to, found {from} and {to}"));
        return None;
    }
    Some(spread(by, from, to))
}

const ISO_DATE: &str = "%Y-%m-%d";
