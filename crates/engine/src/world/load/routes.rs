//! `routes/<id>.toml`: accounts at carriers. A password `env:NAME` stays as it is: whoever connects resolves it.
//! It connects to nothing and repeats no password in a mistake. The loader calls it once.

use super::document::{Document, Place};
use super::reader::{Item, Table, read_file};
use super::{class_list, cost_item, declare, id_text, span_item};
use crate::world::{Bind, Concatenation, Route, SignatureMode, SmppAccount};
use model::{MessageClass, RouteId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The routes, as far as they could be read.
#[derive(Default)]
pub(super) struct Routes {
    /// What could be read.
    pub(super) read: BTreeMap<RouteId, Arc<Route>>,
    carried: BTreeSet<MessageClass>,
    /// Whether there is a route whose classes could not be read.
    has_unknown: bool,
}

impl Routes {
    /// Whether some route carries the class, or might once its mistakes are mended.
    pub(super) fn may_carry(&self, class: MessageClass) -> bool {
        self.has_unknown || self.carried.contains(&class)
    }
}

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>]) -> Routes {
    let mut declared: BTreeMap<RouteId, Place<'a>> = BTreeMap::new();
    let mut routes = Routes::default();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let id = id_item.and_then(id_text).map(RouteId::from);
            if let (Some(id), Some(item)) = (&id, id_item) {
                declare(&mut declared, id.clone(), item.place(), "route");
            }
            let classes = table.required("classes").and_then(class_list);
            match &classes {
                Some(classes) => routes.carried.extend(classes),
                None => routes.has_unknown = true,
            }
            if let Some(route) = read_route(id, classes, table) {
                routes.read.entry(route.id.clone()).or_insert_with(|| Arc::new(route));
            }
        });
    }
    routes
}

fn read_route(
    id: Option<RouteId>,
    classes: Option<Vec<MessageClass>>,
    table: &mut Table<'_>,
) -> Option<Route> {
    let price = table.required("price_yuan").and_then(cost_item);
    let preference = table.required("preference").and_then(|item| item.number(0..=PREFERENCE_MAX));
    let signature = table.required("signature").and_then(|item| {
        item.one_of(&[
            ("head", SignatureMode::Head),
            ("tail", SignatureMode::Tail),
            ("carrier_head", SignatureMode::CarrierHead),
            ("none", SignatureMode::None),
        ])
    });
    let concatenation = table
        .required("concatenation")
        .and_then(|item| item.one_of(&[("udh", Concatenation::Udh), ("sar", Concatenation::Sar)]));
    let source = table.required("source").and_then(|item| octets(item, SOURCE_OCTETS_MAX));
    let tps = table.optional("tps").and_then(|item| item.number(1..=TPS_MAX));
    let window = table.required("window").and_then(|item| item.number(1..=WINDOW_MAX));
    let receipt_wait = table.required("receipt_wait").and_then(span_item);
    let smpp = table.required("smpp").and_then(|item| item.table(read_smpp)).flatten();
    Some(Route {
        id: id?,
        classes: classes?,
        price: price?,
        preference: preference?,
        signature: signature?,
        concatenation: concatenation?,
        source: source?,
        tps,
        window: window?,
        smpp: smpp?,
        receipt_wait: receipt_wait?,
    })
}

fn read_smpp(table: &mut Table<'_>) -> Option<SmppAccount> {
    let address = table.required("address").and_then(|item| item.parsed(address));
    let system_id = table.required("system_id").and_then(|item| octets(item, SYSTEM_ID_OCTETS_MAX));
    let password = table.required("password").and_then(password);
    let system_type = table.required("system_type").and_then(|item| octets(item, SYSTEM_TYPE_OCTETS_MAX));
    let bind = table.required("bind").and_then(|item| {
        item.one_of(&[
            ("transceiver", Bind::Transceiver),
            ("transmitter", Bind::Transmitter),
            ("receiver", Bind::Receiver),
        ])
    });
    let response_timeout = table.required("response_timeout").and_then(span_item);
    let enquire_after = table.required("enquire_after").and_then(span_item);
    Some(SmppAccount {
        address: address?,
        system_id: system_id?,
        password: password?,
        system_type: system_type?,
        bind: bind?,
        response_timeout: response_timeout?,
        enquire_after: enquire_after?,
    })
}

fn address(text: &str) -> Result<String, String> {
    let is_address = text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_host = !host.is_empty() && !host.contains(char::is_whitespace);
        is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    is_address
        .then(|| text.to_owned())
        .ok_or_else(|| format!("expected host:port such as 10.0.0.1:2775, found {text:?}"))
}

fn password(item: Item<'_>) -> Option<String> {
    let text = item.any_text()?;
    match text.strip_prefix("env:") {
        Some("") => {
            item.report("expected the name of an environment variable after env:, found none");
            None
        }
        Some(_) => Some(text.to_owned()),
        None => octets(item, PASSWORD_OCTETS_MAX),
    }
}

/// A text that must fit into a field of the protocol. The value itself is not repeated: it may be a password.
fn octets(item: Item<'_>, max: usize) -> Option<String> {
    item.parsed(|text| match text.len() {
        _ if !text.is_ascii() => Err("expected ASCII characters only".to_owned()),
        length if length > max => Err(format!("expected at most {max} octets, found {length}")),
        _ => Ok(text.to_owned()),
    })
}

// SMPP 3.4 §5.2.1 to §5.2.3 and §5.2.8, each without the closing zero octet.
const SYSTEM_ID_OCTETS_MAX: usize = 15;
const PASSWORD_OCTETS_MAX: usize = 8;
const SYSTEM_TYPE_OCTETS_MAX: usize = 12;
const SOURCE_OCTETS_MAX: usize = 20;

/// The largest preference: routes are tried in order of it, so it is only an order.
const PREFERENCE_MAX: u32 = 1_000_000;
/// The largest rate, parts per second: beyond it no single bind goes.
const TPS_MAX: u32 = 100_000;
/// The largest number of unanswered submits.
const WINDOW_MAX: u32 = 10_000;
