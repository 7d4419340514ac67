//! `hooks/<id>.toml`: systems that journeys call. Whether anybody is there is not asked here.

use super::accounts::{ranges, secret, web_address};
use super::document::{Document, Place};
use super::reader::{Item, Table, read_file};
use super::{declare, id_text};
use crate::world::Hook;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>]) -> BTreeMap<Arc<str>, Arc<Hook>> {
    let mut declared: BTreeMap<Arc<str>, Place<'a>> = BTreeMap::new();
    let mut hooks = BTreeMap::new();
    for document in documents {
        read_file(document, |table| {
            let item = table.required("id");
            if let (Some(id), Some(item)) = (item.and_then(id_text), item) {
                declare(&mut declared, id.into(), item.place(), "hook");
                if let Some(hook) = read_hook(id, table) {
                    hooks.insert(Arc::from(id), Arc::new(hook));
                }
            }
        });
    }
    hooks
}

fn read_hook(id: &str, table: &mut Table<'_>) -> Option<Hook> {
    let url = table.required("url").and_then(|item| item.parsed(web_address));
    let secret = table.required("secret").and_then(secret);
    let allow = ranges(table);
    let roots = table.optional("roots").and_then(Item::text).map(str::to_owned);
    Some(Hook { id: id.into(), url: url?, secret: secret?, allow, roots })
}
