//! `calendars/<id>.toml`: the days off of a country. It computes no holiday: what is not listed is a plain day.
//! The loader calls it and hands the institution's calendar on.

use super::document::{Document, Place};
use super::reader::{Item, read_file};
use super::{declare, id_text};
use model::{Calendar, Date};
use std::collections::{BTreeMap, BTreeSet};

/// The calendars by id.
#[derive(Default)]
pub(super) struct Calendars<'a> {
    /// What could be read.
    pub(super) read: BTreeMap<String, Calendar>,
    /// Every id that some file declares, readable or not.
    pub(super) declared: BTreeMap<String, Place<'a>>,
}

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>]) -> Calendars<'a> {
    let mut calendars = Calendars::default();
    for document in documents {
        read_file(document, |table| {
            let id = table.required("id").and_then(|item| Some((id_text(item)?, item.place())));
            let holidays = table.required("holidays").and_then(days);
            let working_weekends = table.required("working_weekends").and_then(weekends);
            let no_trading = table.optional("no_trading").and_then(days);
            let Some((id, place)) = id else {
                calendars.declared.entry(document.stem().to_owned()).or_insert(table.place());
                return;
            };
            declare(&mut calendars.declared, id.to_owned(), place, "calendar");
            if let (Some(holidays), Some(working_weekends)) = (holidays, working_weekends) {
                let no_trading = no_trading.unwrap_or_default();
                let calendar = Calendar { holidays, working_weekends, no_trading };
                calendars.read.insert(id.to_owned(), calendar);
            }
        });
    }
    calendars
}

fn days(list: Item<'_>) -> Option<BTreeSet<Date>> {
    let mut days = BTreeSet::new();
    for item in list.list()? {
        if let Some(day) = item.parsed(Date::parse)
            && !days.insert(day)
        {
            item.report(format!("{day} is already in the list"));
        }
    }
    Some(days)
}

fn weekends(list: Item<'_>) -> Option<BTreeSet<Date>> {
    for item in list.list()? {
        // A day that cannot be read is reported below.
        let day = item.any_text().and_then(|text| Date::parse(text).ok());
        if let Some(day) = day.filter(|day| !day.is_weekend()) {
            item.report(format!("expected a Saturday or Sunday, found the weekday {day}"));
        }
    }
    days(list)
}
