//! What a file says a message is chosen by (`personalised`, `uses`), and what customers may choose about
//! (`[preferences]` of `institution.toml`).
//!
//! Whether a marketing journey is personalised is seen from its conditions; a file may say yes where nothing can be
//! seen, and may not say no where something can.

use super::classes::Classes;
use super::reader::{Item, Table, nearest};
use super::span_item;
use crate::world::{Basis, Preferences, Words};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads what a message is chosen by. `seen` says what in the file shows that it is chosen by who somebody is.
pub(super) fn basis(table: &mut Table<'_>, seen: Option<&str>, classes: &Classes<'_>) -> Basis {
    let item = table.optional("personalised");
    let said = item.and_then(Item::flag);
    if let (Some(item), Some(false), Some(seen)) = (item, said, seen) {
        item.report(format!("expected true: {seen}"));
    }
    let uses = table.optional("uses").and_then(|item| item.each(|item| known_use(item, classes)));
    Basis { personalised: said.unwrap_or(seen.is_some()), uses: uses.unwrap_or_default() }
}

fn known_use(item: Item<'_>, classes: &Classes<'_>) -> Option<Arc<str>> {
    let name = item.text()?;
    // Where the institution's file is missing, that is what is said.
    let uses = classes.uses.as_ref()?;
    if let Some(known) = uses.iter().find(|known| ***known == *name) {
        return Some(Arc::clone(known));
    }
    let known: Vec<&str> = uses.iter().map(|known| &**known).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("the nearest is {near:?}"),
        None if known.is_empty() => "there are none".to_owned(),
        None => format!("there are {}", known.join(", ")),
    };
    item.report(format!("expected a use of [preferences.uses] in institution.toml, {hint}, found {name:?}"));
    None
}

/// Reads `[preferences]`.
pub(super) fn preferences(table: &mut Table<'_>) -> Preferences {
    let default = Preferences::default();
    let url = table.optional("url").and_then(|item| item.parsed(url));
    let valid = table.optional("valid").and_then(span_item).unwrap_or(default.valid);
    let per_second = table.optional("per_second").and_then(|item| item.number(0..=PER_SECOND_MAX));
    let uses = table.optional("uses").and_then(Item::named).unwrap_or_default();
    let uses: BTreeMap<Arc<str>, Words> =
        uses.into_iter().filter_map(|(_, item)| Some((Arc::from(item.key()), words(item)?))).collect();
    Preferences { url, valid, per_second: per_second.unwrap_or(default.per_second), uses }
}

/// More than this a second from one address is no limit but a slip of the finger: 0 says none.
const PER_SECOND_MAX: u32 = 100_000;

/// The same in both languages.
pub(super) fn words(item: Item<'_>) -> Option<Words> {
    let (zh, en) = item.table(|table| (table.text("zh"), table.text("en")))?;
    Some(Words { zh: zh?.to_owned(), en: en?.to_owned() })
}

/// An address for people's browsers, without the slash at its end.
fn url(text: &str) -> Result<Arc<str>, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    let is_plain = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['?', '#', '"', '<', '>']);
    if !is_plain || host.is_none_or(str::is_empty) {
        return Err(format!("expected an address such as \"https://m.bank.example\", found {text:?}"));
    }
    Ok(text.trim_end_matches('/').into())
}
