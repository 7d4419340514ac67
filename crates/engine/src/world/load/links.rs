//! `links.toml`, `targets/<id>.toml` and `clicks.toml`: the short address of the institution's own, where links lead, and who
//! follows them without being a person.

use super::document::{Document, Place};
use super::reader::{Item, Table, read_file};
use super::{declare, id_text, span_item};
use crate::converse::TARGET_MAX;
use crate::world::{ClickFilter, Target, Targets, Tracking};
use model::{Date, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const PATH: &str = "links.toml";
pub(super) const CLICKS: &str = "clicks.toml";

/// Reads `links.toml`.
pub(super) fn read_tracking<'a>(document: Option<&'a Document<'a>>) -> Option<Tracking> {
    read_file(document?, |table| {
        let url = table.required("url").and_then(|item| item.parsed(address));
        let valid = table.optional("valid").map_or(Some(Tracking::VALID), span_item);
        Some(Tracking { url: url?.trim_end_matches('/').into(), valid: valid? })
    })
}

/// Reads the files of `targets/`. A number stands in addresses that customers have: two targets cannot share one.
pub(super) fn read_targets<'a>(documents: &[&'a Document<'a>]) -> Targets {
    let mut ids: BTreeMap<Arc<str>, Place<'a>> = BTreeMap::new();
    let mut numbers: BTreeMap<u16, Place<'a>> = BTreeMap::new();
    let mut targets = Vec::new();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let id: Option<Arc<str>> = id_item.and_then(id_text).map(Arc::from);
            let number_item = table.required("number");
            let number = number_item.and_then(|item| item.number(1..=TARGET_MAX));
            let url = table.required("url").and_then(|item| item.parsed(address)).map(Arc::from);
            let until = table.optional("until").map(|item| item.parsed(Date::parse));
            if let (Some(id), Some(item)) = (&id, id_item) {
                declare(&mut ids, Arc::clone(id), item.place(), "target");
            }
            if let (Some(number), Some(item)) = (number, number_item) {
                declare(&mut numbers, number, item.place(), "target number");
            }
            let until = until.map_or(Some(None), |read| read.map(Some));
            let target = || Some(Target { id: id?, number: number?, url: url?, until: until? });
            targets.extend(target().map(Arc::new));
        });
    }
    Targets::of(targets)
}

/// Reads `clicks.toml`. Each pattern says where it is known from and why it is there.
pub(super) fn read_filter<'a>(document: Option<&'a Document<'a>>) -> ClickFilter {
    let Some(document) = document else { return ClickFilter::default() };
    read_file(document, |table| {
        let default = ClickFilter::default();
        let repeat = table.required("repeat").and_then(span_item);
        let early = table.required("early").and_then(|item| item.parsed(Span::parse));
        let patterns = |item: Item<'a>| item.each(|item| item.table(|table| read_pattern(table, None))?);
        let agents = table.optional("agents").and_then(patterns).unwrap_or_default();
        let named = |item: Item<'a>| {
            item.each(|item| {
                item.table(|table| {
                    let name = table.text("name").map(|name| Arc::from(name.to_ascii_lowercase()));
                    read_pattern(table, name)
                })?
            })
        };
        let headers = table.optional("headers").and_then(named).unwrap_or_default();
        ClickFilter {
            repeat: repeat.unwrap_or(default.repeat),
            early: early.unwrap_or(default.early),
            agents: agents.into_iter().map(|(_, contains)| contains).collect(),
            headers: headers.into_iter().filter_map(|(name, contains)| Some((name?, contains))).collect(),
        }
    })
}

/// A pattern, of a field's value or of the user agent.
type Pattern = (Option<Arc<str>>, Arc<str>);

fn read_pattern(table: &mut Table<'_>, name: Option<Arc<str>>) -> Option<Pattern> {
    let contains = table.text("contains").map(|text| Arc::from(text.to_lowercase()));
    let (source, reason) = (table.text("source"), table.text("reason"));
    source.and(reason)?;
    Some((name, contains?))
}

/// An address that browsers open: encrypted, or on this machine, where nobody listens in.
fn address(text: &str) -> Result<&str, String> {
    let host = |rest: &str| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
        let port = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        port.map_or(authority.clone(), |(host, _)| host.to_owned())
    };
    let is_plain = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['"', '<', '>', '\\', '@']);
    let is_known = match text.split_once("://") {
        Some(("https", rest)) => !host(rest).is_empty(),
        Some(("http", rest)) => LOOPBACK.contains(&host(rest).as_str()),
        _ => false,
    };
    (is_plain && is_known).then_some(text).ok_or_else(|| {
        format!("expected an address such as \"https://m.bank.example/offers\", found {text:?}")
    })
}

/// This machine, for demonstrations and tests.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_encrypted_or_on_this_machine() {
        for (text, good) in [
            ("https://m.bank.example", true),
            ("https://m.bank.example/offers?from=text", true),
            ("http://127.0.0.1:8420/l", true),
            ("http://[::1]:8420/l", true),
            ("http://m.bank.example", false),
            ("http://127.0.0.1.evil.example/", false),
            ("https://", false),
            ("https://bank.example@evil.example/", false),
            ("//m.bank.example", false),
            ("javascript:alert(1)", false),
            ("https://m.bank.example/a b", false),
        ] {
            assert_eq!(address(text).is_ok(), good, "{text}");
        }
    }
}
