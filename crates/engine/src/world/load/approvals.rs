//! `approvals.toml`: whose approval a change of the configuration needs. Without the file none is asked for.

use super::document::Document;
use super::reader::{Item, Table, read_file};
use super::{class_list, cost_item, span_item};
use crate::world::{ApprovalPolicy, Demand};
use std::sync::Arc;

/// What the file asks for, if there is one. Nothing at all if it could not be read.
pub(super) fn of(document: Option<&Document<'_>>) -> Option<Option<ApprovalPolicy>> {
    document.map_or(Some(None), |document| read(document).map(Some))
}

fn read(document: &Document<'_>) -> Option<ApprovalPolicy> {
    read_file(document, |table| {
        let checkers = table.required("checkers").and_then(checkers_item);
        let roles = table.required("roles").and_then(roles_item);
        let publishers = table.optional("publishers").map_or(Some(Vec::new()), roles_item);
        let emergency = table.optional("emergency").map_or(Some(Vec::new()), roles_item);
        let valid_for = table.required("valid_for").and_then(span_item);
        let asks = table.optional("need").map_or(Some(Vec::new()), |item| {
            let needs = item.list()?;
            needs.into_iter().map(|item| item.table(read_ask).flatten()).collect()
        });
        Some(ApprovalPolicy {
            checkers: checkers?,
            roles: roles?,
            publishers: publishers?,
            emergency: emergency?,
            valid_for: valid_for?,
            asks: asks?,
        })
    })
}

fn read_ask(table: &mut Table<'_>) -> Option<Demand> {
    let files =
        table.optional("files").map_or(Some(Vec::new()), |item| item.each(|item| item.text().map(Arc::from)));
    let classes = table.optional("classes").map_or(Some(Vec::new()), class_list);
    let people = table.optional("people_above");
    let people_above = people.map_or(Some(None), |item| item.number(0..=i64::MAX).map(Some));
    let cost_above = table.optional("yuan_above").map_or(Some(None), |item| cost_item(item).map(Some));
    let checkers = table.required("checkers").and_then(checkers_item);
    let roles = table.required("roles").and_then(roles_item);
    Some(Demand {
        files: files?,
        classes: classes?,
        // The range begins at 0.
        people_above: people_above?.map(i64::unsigned_abs),
        cost_above: cost_above?,
        checkers: checkers?,
        roles: roles?,
    })
}

fn checkers_item(item: Item<'_>) -> Option<u8> {
    item.number(1..=i64::from(CHECKERS_MAX)).and_then(|number| u8::try_from(number).ok())
}

fn roles_item(item: Item<'_>) -> Option<Vec<Arc<str>>> {
    let roles: Vec<Arc<str>> = item.each(|item| {
        item.parsed(|text| {
            let is_role = !text.is_empty()
                && text.len() <= ROLE_BYTES_MAX
                && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            let expected = || format!("expected 1 to {ROLE_BYTES_MAX} small letters and '-', found {text:?}");
            is_role.then(|| Arc::from(text)).ok_or_else(expected)
        })
    })?;
    if roles.is_empty() {
        item.report("expected at least one role, found none");
    }
    Some(roles)
}

/// More people than this and nothing would ever be approved.
const CHECKERS_MAX: u8 = 9;
/// The longest name of a role.
const ROLE_BYTES_MAX: usize = 32;
