//! `numbering/<country>.toml`: which beginnings of numbers belong to which carrier, each with its source; and
//! `numbering/ported.csv`: numbers that were taken along to another carrier, one a line. No mistake repeats a number.

use super::document::{Document, Mistake, Mistakes};
use super::reader::{Table, read_file};
use crate::deliver::{Numbering, Range};
use model::{ClockTime, Date, Phone, Timestamp, Zone};
use std::sync::Arc;

/// Where the numbers stand that were taken along.
pub(super) const PORTED: &str = "numbering/ported.csv";

/// Reads the files.
pub(super) fn read<'a>(
    documents: &[&'a Document<'a>],
    ported: Option<&str>,
    zone: Zone,
    mistakes: &Mistakes,
) -> Numbering {
    let mut ranges = Vec::new();
    for document in documents {
        read_file(document, |table| {
            let country = table.required("country").and_then(|item| item.parsed(digits));
            let items = table.required("range");
            let each = |table: &mut Table<'_>| Some(read_range(table, country.unwrap_or_default(), zone));
            let read = items.and_then(|item| item.each(|item| item.table(each).flatten()));
            ranges.extend(read.into_iter().flatten().flatten());
        });
    }
    let ported = ported.map(|text| read_ported(text, zone, mistakes)).unwrap_or_default();
    Numbering::new(ranges, ported)
}

fn read_range(table: &mut Table<'_>, country: &str, zone: Zone) -> Vec<Range> {
    let carrier: Option<Arc<str>> = table.text("carrier").map(Arc::from);
    let from = table.required("from").and_then(|item| item.parsed(Date::parse));
    table.text("source");
    table.required("verified").and_then(super::reader::Item::flag);
    let item = table.required("prefixes");
    let prefixes = item.and_then(|item| item.each(|item| item.parsed(prefix))).unwrap_or_default();
    let (Some(carrier), Some(from)) = (carrier, from) else { return Vec::new() };
    let from = zone.instant(from, ClockTime::MIDNIGHT);
    let range = |prefix: &str| Range {
        country: country.to_owned(),
        prefix: prefix.to_owned(),
        from,
        carrier: Arc::clone(&carrier),
    };
    prefixes.into_iter().map(range).collect()
}

fn digits(text: &str) -> Result<&str, String> {
    let is_code = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_code.then_some(text).ok_or_else(|| format!("expected a country code of 1 to 3 digits, found {text:?}"))
}

fn prefix(text: &str) -> Result<&str, String> {
    let is_prefix = (3..=7).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_prefix
        .then_some(text)
        .ok_or_else(|| format!("expected the first 3 to 7 digits of numbers, found {text:?}"))
}

/// `number,carrier` or `number,carrier,day`, numbers with country code; empty lines and those from `#` on say nothing.
fn read_ported(text: &str, zone: Zone, mistakes: &Mistakes) -> Vec<(Phone, Timestamp, Arc<str>)> {
    let mut carriers: Vec<Arc<str>> = Vec::new();
    let mut ported = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        match read_line(line, zone) {
            Ok((phone, from, carrier)) => {
                let known = carriers.iter().find(|known| ***known == *carrier).cloned();
                let carrier = known.unwrap_or_else(|| {
                    let new: Arc<str> = carrier.into();
                    carriers.push(Arc::clone(&new));
                    new
                });
                ported.push((phone, from, carrier));
            }
            Err(message) => {
                mistakes.add(Mistake { file: PORTED.to_owned(), line: number + 1, column: 1, message });
            }
        }
    }
    ported
}

fn read_line(line: &str, zone: Zone) -> Result<(Phone, Timestamp, &str), String> {
    let mut fields = line.split(',').map(str::trim);
    let number = fields.next().unwrap_or_default();
    let phone =
        Phone::parse(&format!("+{}", number.trim_start_matches('+')), "").map_err(|e| e.to_string())?;
    let carrier = fields.next().filter(|carrier| !carrier.is_empty());
    let carrier = carrier.ok_or("expected number,carrier or number,carrier,day, found no carrier")?;
    let from = match fields.next() {
        Some(day) => zone.instant(Date::parse(day).map_err(|e| e.to_string())?, ClockTime::MIDNIGHT),
        None => Timestamp(i64::MIN),
    };
    match fields.next() {
        Some(_) => Err("expected number,carrier or number,carrier,day, found more".to_owned()),
        None => Ok((phone, from, carrier)),
    }
}
