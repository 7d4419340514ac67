//! `snippets/<id>.toml`: texts that templates include. A snippet that includes one that is not there, or itself by any way,
//! is a mistake in its own file. The loader calls it before the templates.

use super::declare;
use super::document::{Document, Place};
use super::id_text;
use super::reader::{Item, read_file};
use crate::compose::{Snippets, expand};
use std::collections::BTreeMap;

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>]) -> Snippets {
    let mut declared: BTreeMap<String, Place<'a>> = BTreeMap::new();
    let mut snippets = Snippets::new();
    let mut texts: Vec<(Item<'a>, &'a str)> = Vec::new();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let text = table.required("text");
            let Some(id) = id_item.and_then(id_text) else { return };
            declare(&mut declared, id.to_owned(), id_item.map_or(table.place(), Item::place), "snippet");
            let Some((item, source)) = text.and_then(|item| Some((item, item.text()?))) else { return };
            texts.push((item, source));
            snippets.entry(id.to_owned()).or_insert_with(|| source.to_owned());
        });
    }
    for (item, source) in texts {
        if let Err(error) = expand(source, &snippets)
            && (!error.nested || error.what.contains('→'))
        {
            item.place().inside(source, error.at).report(format!("text: {error}"));
        }
    }
    snippets
}
