//! `rates/<id>.toml`: rates as they were published, each with its day and its source.

use super::document::{Document, Place};
use super::reader::{Item, read_file};
use super::{declare, id_text};
use crate::world::Rates;
use model::{Cost, Date};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>]) -> Rates {
    let mut declared: BTreeMap<Arc<str>, Place<'a>> = BTreeMap::new();
    let mut rates = Rates::default();
    for document in documents {
        read_file(document, |table| {
            let item = table.required("id");
            let _ = table.text("citation");
            let published = table.required("published").and_then(read_published);
            if let (Some(id), Some(item)) = (item.and_then(id_text), item) {
                declare(&mut declared, id.into(), item.place(), "rate");
                rates.0.extend(published.map(|published| (Arc::from(id), published)));
            }
        });
    }
    rates
}

/// Days with percents, `{ "2019-08-20" = "4.85" }`, each later than the one before.
fn read_published(item: Item<'_>) -> Option<BTreeMap<Date, i64>> {
    let mut published = BTreeMap::new();
    for (place, item) in item.named()? {
        let day = match Date::parse(item.key()) {
            Ok(day) => day,
            Err(error) => {
                place.report(error.to_string());
                continue;
            }
        };
        let percent = item.parsed(|text| {
            // Two decimals, as amounts have them.
            let hundredths =
                Cost::parse_yuan(text).map(|amount| amount.millifen).filter(|n| *n >= 0 && n % 1_000 == 0);
            hundredths
                .map(|n| n / 1_000)
                .ok_or_else(|| format!("expected percents such as \"3.50\", found {text:?}"))
        });
        if let Some(percent) = percent
            && published.insert(day, percent).is_some()
        {
            place.report(format!("{day} is already in the list"));
        }
    }
    Some(published)
}
