//! `institution.toml`: who we are.
//!
//! It only reads; whether the calendar and the jurisdiction it names exist is checked by [`super`], which knows them.

use super::choice::preferences;
use super::document::Document;
use super::reader::{Item, Table, read_file};
use crate::world::{Disagreement, Preferences, Unreviewed};
use model::{Channel, Currency, Zone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the file says, with the names that have yet to be found elsewhere.
pub(super) struct Stated<'a> {
    /// See [`super::Institution`].
    pub(super) name: Option<&'a str>,
    /// See [`super::Institution`].
    pub(super) signature: Option<&'a str>,
    /// See [`super::Institution`].
    pub(super) country: Option<&'a str>,
    /// See [`super::Institution`].
    pub(super) zone: Option<Zone>,
    /// See [`super::Institution`].
    pub(super) language: Option<&'a str>,
    /// See [`super::Institution`].
    pub(super) currency: Option<Currency>,
    /// The id of a file in `calendars/`.
    pub(super) calendar: Option<Item<'a>>,
    /// The name of a folder in `rules/`.
    pub(super) jurisdiction: Option<Item<'a>>,
    /// See [`super::Institution`].
    pub(super) lender: Option<&'a str>,
    /// See [`super::Institution`].
    pub(super) disagreement: Disagreement,
    /// See [`super::Institution`].
    pub(super) unreviewed: Unreviewed,
    /// See [`super::Institution`].
    pub(super) contacts: BTreeMap<Channel, Arc<str>>,
    /// See [`super::Institution`].
    pub(super) preferences: Preferences,
    /// See [`super::Institution`].
    pub(super) tasks_per_hour: BTreeMap<Arc<str>, u32>,
}

/// Reads the file.
pub(super) fn read<'a>(document: &'a Document<'a>) -> Stated<'a> {
    read_file(document, |table| Stated {
        name: table.text("name"),
        signature: table.required("signature").and_then(signature),
        country: table.required("country").and_then(|item| item.parsed(country)),
        zone: table.required("zone").and_then(|item| item.parsed(Zone::parse)),
        language: table.text("language"),
        currency: table.required("currency").and_then(|item| item.parsed(currency)),
        calendar: table.required("calendar").filter(|item| item.text().is_some()),
        jurisdiction: table.required("jurisdiction").filter(|item| item.text().is_some()),
        lender: table.optional("lender").and_then(Item::text),
        disagreement: table.optional("disagreement").and_then(disagreement).unwrap_or_default(),
        unreviewed: table
            .optional("unreviewed")
            .and_then(|item| item.one_of(&UNREVIEWED))
            .unwrap_or_default(),
        contacts: table.optional("contacts").and_then(|item| item.table(contacts)).unwrap_or_default(),
        preferences: table
            .optional("preferences")
            .and_then(|item| item.table(preferences))
            .unwrap_or_default(),
        tasks_per_hour: table.optional("tasks_per_hour").map(tasks_per_hour).unwrap_or_default(),
    })
}

/// What the people behind each queue can do in an hour.
fn tasks_per_hour(item: Item<'_>) -> BTreeMap<Arc<str>, u32> {
    let queues = item.named().unwrap_or_default().into_iter();
    queues.filter_map(|(_, item)| Some((item.key().into(), item.number(1..=TASKS_PER_HOUR_MAX)?))).collect()
}

/// More than any number of people does in an hour.
const TASKS_PER_HOUR_MAX: u32 = 1_000_000;

/// What becomes of a text that a person should look at.
const UNREVIEWED: [(&str, Unreviewed); 3] =
    [("stop", Unreviewed::Stop), ("send", Unreviewed::Send), ("review", Unreviewed::Review)];

/// What becomes of a text that reads as another class.
pub(super) fn disagreement(item: Item<'_>) -> Option<Disagreement> {
    item.one_of(&[("block", Disagreement::Block), ("note", Disagreement::Note)])
}

/// The attributes that hold contact points, by channel.
fn contacts(table: &mut Table<'_>) -> BTreeMap<Channel, Arc<str>> {
    let named = Channel::ALL.into_iter().filter(|channel| !channel.by_phone() && *channel != Channel::InApp);
    named.filter_map(|channel| Some((channel, table.optional(channel.name())?.text()?.into()))).collect()
}

/// The brackets are ours to put: a signature that brings its own would be shown with two pairs.
fn signature(item: Item<'_>) -> Option<&str> {
    item.text()?;
    item.parsed(|text| {
        let length = text.chars().count();
        if text.contains(['【', '】']) {
            Err(format!("expected a signature without 【】, found {text:?}"))
        } else if length > SIGNATURE_CHARACTERS_MAX {
            Err(format!("expected at most {SIGNATURE_CHARACTERS_MAX} characters, found {length}"))
        } else {
            Ok(text)
        }
    })
}

fn country(text: &str) -> Result<&str, String> {
    let is_code =
        (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    is_code
        .then_some(text)
        .ok_or_else(|| format!("expected a country code of 1 to 3 digits such as 86, found {text:?}"))
}

fn currency(text: &str) -> Result<Currency, String> {
    Currency::new(text).ok_or_else(|| format!("expected a currency such as CNY, found {text:?}"))
}

/// The longest signature we accept, in characters: mainland carriers file names of 2 to 20.
const SIGNATURE_CHARACTERS_MAX: usize = 20;
