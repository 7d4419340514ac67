//! `routes/<id>.toml`: accounts at carriers. A password `env:NAME` stays as it is: whoever connects resolves it.
//! It connects to nothing and repeats no password in a mistake. The loader calls it once.

use super::document::{Document, Place};
use super::reader::{Item, Table, read_file};
use super::{class_list, cost_item, declare, id_text, span_item};
use crate::world::{
    Bind, Charset, Concatenation, ErrorPolicy, Filed, IdNotation, Price, Protocol, ProviderAccount,
    RETRY_AFTER, Route, Serves, SignatureMode, SmppAccount, StreamAccount, StreamProtocol,
};
use model::{Channel, MessageClass, RouteId, Span, Timestamp};
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
            ("carrier_tail", SignatureMode::CarrierTail),
            ("none", SignatureMode::None),
        ])
    });
    let concatenation = table.required("concatenation").and_then(|item| {
        item.one_of(&[
            ("udh", Concatenation::Udh),
            ("udh16", Concatenation::Udh16),
            ("sar", Concatenation::Sar),
            ("payload", Concatenation::Payload),
        ])
    });
    let source = table.required("source").and_then(|item| octets(item, SOURCE_OCTETS_MAX));
    let tps = table.optional("tps").and_then(|item| item.number(1..=TPS_MAX));
    let window = table.required("window").and_then(|item| item.number(1..=WINDOW_MAX));
    let receipt_wait = table.required("receipt_wait").and_then(span_item);
    let words: Vec<(&str, Channel)> = Channel::ALL.iter().map(|channel| (channel.name(), *channel)).collect();
    let channel = table.optional("channel").and_then(|item| item.one_of(&words));
    let choice = read_choice(table);
    let protocol = read_protocol(table);
    Some(Route {
        id: id?,
        channel: channel.unwrap_or(Channel::Sms),
        prices: choice.prices,
        weight: choice.weight,
        sticky: choice.sticky,
        serves: choice.serves,
        filed: choice.filed,
        links: choice.links,
        numbers: choice.numbers,
        daily_parts: choice.daily_parts,
        binds: choice.binds,
        failover_after: choice.failover_after,
        retry_after: choice.retry_after,
        charset: choice.charset,
        errors: choice.errors,
        protocol: protocol?,
        classes: classes?,
        price: price?,
        preference: preference?,
        signature: signature?,
        concatenation: concatenation?,
        source: source?,
        tps,
        window: window?,
        receipt_wait: receipt_wait?,
    })
}

/// What decides whether and how much a route is used, all of it optional.
struct Choice {
    prices: Vec<Price>,
    weight: u32,
    sticky: bool,
    serves: Serves,
    filed: Vec<Filed>,
    links: Vec<String>,
    numbers: Vec<String>,
    daily_parts: Option<u64>,
    binds: u32,
    failover_after: Span,
    retry_after: Span,
    charset: Charset,
    errors: BTreeMap<Arc<str>, ErrorPolicy>,
}

fn read_choice(table: &mut Table<'_>) -> Choice {
    let mut prices = list_of(table, "prices", read_price);
    prices.sort_by_key(|price| price.from);
    let alphabets = [("shortest", Charset::Shortest), ("ucs2", Charset::Ucs2)];
    let charset = table.optional("charset").and_then(|item| item.one_of(&alphabets));
    Choice {
        prices,
        weight: table.optional("weight").and_then(|item| item.number(1..=WEIGHT_MAX)).unwrap_or(0),
        sticky: table.optional("sticky").and_then(Item::flag).unwrap_or(false),
        serves: table.optional("serves").and_then(|item| item.table(read_serves)).unwrap_or_default(),
        filed: list_of(table, "filed", |table| {
            let signature = table.text("signature").map(str::to_owned);
            let carriers = texts(table, "carriers").into_iter().map(Arc::from).collect();
            Some(Filed { signature: signature?, carriers })
        }),
        links: texts(table, "links"),
        numbers: texts(table, "numbers"),
        daily_parts: table.optional("daily_parts").and_then(|item| item.number(1..=DAILY_MAX)),
        binds: table.optional("binds").and_then(|item| item.number(1..=BINDS_MAX)).unwrap_or(1),
        failover_after: table.optional("failover_after").and_then(span_item).unwrap_or(FAILOVER_AFTER),
        retry_after: table.optional("retry_after").and_then(span_item).unwrap_or(RETRY_AFTER),
        charset: charset.unwrap_or(Charset::Shortest),
        errors: read_errors(table),
    }
}

/// A list of tables, those that cannot be read left out.
fn list_of<T>(
    table: &mut Table<'_>,
    key: &'static str,
    mut read: impl FnMut(&mut Table<'_>) -> Option<T>,
) -> Vec<T> {
    let items = table.optional(key).and_then(|item| item.each(|item| item.table(&mut read).flatten()));
    items.unwrap_or_default()
}

fn texts(table: &mut Table<'_>, key: &'static str) -> Vec<String> {
    let items = table.optional(key).and_then(|item| item.each(Item::text)).unwrap_or_default();
    items.into_iter().map(str::to_owned).collect()
}

fn read_price(table: &mut Table<'_>) -> Option<Price> {
    let from = table.required("from").and_then(|item| item.parsed(Timestamp::parse_rfc3339));
    let price = table.required("price_yuan").and_then(cost_item);
    Some(Price { from: from?, price: price? })
}

fn read_serves(table: &mut Table<'_>) -> Serves {
    let carriers = texts(table, "carriers").into_iter().map(Arc::from).collect();
    Serves { countries: texts(table, "countries"), carriers }
}

fn read_errors(table: &mut Table<'_>) -> BTreeMap<Arc<str>, ErrorPolicy> {
    let Some(item) = table.optional("errors") else { return BTreeMap::new() };
    let named = item.named().unwrap_or_default();
    named.into_iter().filter_map(|(_, item)| Some((item.key().into(), item.parsed(error_policy)?))).collect()
}

fn error_policy(text: &str) -> Result<ErrorPolicy, String> {
    let expected =
        || format!("expected permanent, reroute, throttle, \"retry 30s\" or \"suspend 5m\", found {text:?}");
    match text.split_once(' ') {
        None => match text {
            "permanent" => Ok(ErrorPolicy::Permanent),
            "reroute" => Ok(ErrorPolicy::Reroute),
            "throttle" => Ok(ErrorPolicy::Throttle),
            _ => Err(expected()),
        },
        Some(("retry", span)) => Span::parse(span).map(ErrorPolicy::RetryAfter).map_err(|_| expected()),
        Some(("suspend", span)) => Span::parse(span).map(ErrorPolicy::Suspend).map_err(|_| expected()),
        Some(_) => Err(expected()),
    }
}

/// Exactly one of the tables that say how the carrier is reached.
fn read_protocol(table: &mut Table<'_>) -> Option<Protocol> {
    let mut found = Vec::new();
    if let Some(item) = table.optional("smpp") {
        found.push(item.table(read_smpp).flatten().map(Protocol::Smpp));
    }
    for (key, default) in
        [("cmpp", StreamProtocol::Cmpp30), ("smgp", StreamProtocol::Smgp30), ("sgip", StreamProtocol::Sgip12)]
    {
        if let Some(item) = table.optional(key) {
            let account = item.table(|table| read_stream(table, default)).flatten();
            found.push(account.map(Protocol::Stream));
        }
    }
    if let Some(item) = table.optional("provider") {
        found.push(read_provider(item).map(Protocol::Provider));
    }
    if found.len() != 1 {
        table.report_missing(format!(
            "expected one of [smpp], [cmpp], [smgp], [sgip] and [provider], found {}",
            found.len()
        ));
        return None;
    }
    found.pop().flatten()
}

fn read_stream(table: &mut Table<'_>, default: StreamProtocol) -> Option<StreamAccount> {
    let version = match default {
        StreamProtocol::Cmpp30 => table.optional("version").and_then(|item| {
            item.one_of(&[("2.0", StreamProtocol::Cmpp20), ("3.0", StreamProtocol::Cmpp30)])
        }),
        _ => None,
    };
    let address_item = table.required("address").and_then(|item| item.parsed(address));
    let user = table.text("user").map(str::to_owned);
    let password = table.required("password").and_then(named_secret);
    let service = table.optional("service").and_then(Item::any_text).unwrap_or_default().to_owned();
    let corporation = table.optional("corporation").and_then(Item::text).map(str::to_owned);
    let node = table.optional("node").and_then(|item| item.number(0..=u32::MAX));
    let listen = table.optional("listen").and_then(|item| item.parsed(address));
    let response_timeout = table.required("response_timeout").and_then(span_item);
    let enquire_after = table.required("enquire_after").and_then(span_item);
    let user = user?;
    Some(StreamAccount {
        protocol: version.unwrap_or(default),
        address: address_item?,
        password: password?,
        service,
        corporation: corporation.unwrap_or_else(|| user.clone()),
        user,
        node: node.unwrap_or(0),
        listen,
        response_timeout: response_timeout?,
        enquire_after: enquire_after?,
    })
}

fn read_provider(item: Item<'_>) -> Option<ProviderAccount> {
    let mut settings = BTreeMap::new();
    for (_, item) in item.named()? {
        settings.insert(item.key().to_owned(), item.any_text()?.to_owned());
    }
    let Some(kind) = settings.remove("kind") else {
        item.report("expected kind = \"…\" to say which provider, found none");
        return None;
    };
    Some(ProviderAccount { kind, settings })
}

/// A secret that is not bound to a field of eight octets.
fn named_secret(item: Item<'_>) -> Option<String> {
    let text = item.any_text()?;
    if text.is_empty() || text == "env:" {
        item.report("expected a secret or env:NAME, found nothing");
        return None;
    }
    Some(text.to_owned())
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
    let version = table.optional("version").and_then(|item| item.one_of(&[("3.4", 0x34), ("5.0", 0x50)]));
    let queries = table.optional("queries").and_then(Item::flag).unwrap_or(false);
    let ids = table.optional("ids").and_then(|item| {
        item.one_of(&[
            ("same", IdNotation::Same),
            ("decimal", IdNotation::Decimal),
            ("hex", IdNotation::Hex),
            ("hex-decimal", IdNotation::HexThenDecimal),
            ("decimal-hex", IdNotation::DecimalThenHex),
        ])
    });
    let tls = table.optional("tls").and_then(Item::text).map(str::to_owned);
    let response_timeout = table.required("response_timeout").and_then(span_item);
    let enquire_after = table.required("enquire_after").and_then(span_item);
    Some(SmppAccount {
        version: version.unwrap_or(0x34),
        tls,
        queries,
        ids: ids.unwrap_or(IdNotation::Same),
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
/// The largest weight of a route among its like.
const WEIGHT_MAX: u32 = 1_000;
/// The most parts a day that a contract can name.
const DAILY_MAX: u64 = 1_000_000_000;
/// The most connections of one route.
const BINDS_MAX: u32 = 64;
/// How long a route may be down before its messages go another way, if it does not say.
const FAILOVER_AFTER: Span = Span::seconds(30);
/// The largest number of unanswered submits.
const WINDOW_MAX: u32 = 10_000;
