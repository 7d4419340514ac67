//! A node in this process, with the configuration that ships, accounts of its own and a carrier that is not there:
//! for measuring what lies between the sockets.
//!
//! Stores are real files, and every step is durable when it returns. Called by `bench_queue` and `bench_decide`.

use super::Error;
use engine::decide::{OrderRequest, Recipient};
use engine::entry::{Body, Order, Tell};
use engine::world::World;
use model::{AccountId, Phone, Private, Timestamp};
use node::{Node, Replayed};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Three accounts: one sends notices in bulk, one verification codes, one what must not come twice.
pub const ACCOUNTS: [(&str, &str); 3] = [
    ("accounts/bulk.toml", include_str!("world/bulk.toml")),
    ("accounts/codes.toml", include_str!("world/codes.toml")),
    ("accounts/once.toml", include_str!("world/once.toml")),
];

/// The shipped route: without a signature, because a Chinese one makes two parts of 72 Latin characters, and without a contract
/// that slows it down.
///
/// # Errors
/// A build that ships no route.
pub fn route(address: &str, window: u64) -> Result<String, Error> {
    let shipped = library::file(ROUTE).ok_or("expected routes/demo.toml in the library")?;
    let lines = shipped.lines().filter_map(|line| match line.split_once('=').map(|(key, _)| key.trim()) {
        Some("address") => Some(format!("address = \"{address}\"\n")),
        Some("password") => Some("password = \"bench\"\n".to_owned()),
        Some("signature") => Some("signature = \"none\"\n".to_owned()),
        Some("window") => Some(format!("window = {window}\n")),
        Some("tps") => None,
        _ => Some(format!("{line}\n")),
    });
    Ok(lines.collect())
}

/// Where the route's file stands.
pub const ROUTE: &str = "routes/demo.toml";

/// Rules that let everybody write at any hour, in place of the shipped ones: whoever measures wants the same at night.
pub const QUIET_HOURS: (&str, &str) = ("rules/cn/quiet_hours.toml", include_str!("world/quiet_hours.toml"));

/// The shipped configuration with the accounts, and a route that leads nowhere.
///
/// # Errors
/// A configuration that does not load.
pub fn world() -> Result<Arc<World>, Error> {
    world_with(&[])
}

/// The same with more files.
///
/// # Errors
/// A configuration that does not load.
pub fn world_with(more: &[(&'static str, &'static str)]) -> Result<Arc<World>, Error> {
    let files: Vec<(String, String)> = library::files()
        .filter(|(path, _)| !path.starts_with("maps/"))
        .filter(|(path, _)| *path != ROUTE && *path != QUIET_HOURS.0)
        .chain(ACCOUNTS)
        .chain([QUIET_HOURS])
        .chain(more.iter().copied())
        .map(|(path, content)| (path.to_owned(), content.to_owned()))
        .chain([(ROUTE.to_owned(), route("127.0.0.1:9", 1)?)])
        .collect();
    Ok(Arc::new(engine::world::load(&files).map_err(|mistakes| format!("{mistakes:?}"))?))
}

/// Opens a node over a data folder.
///
/// # Errors
/// Stores that cannot be opened or read.
pub fn open(world: Arc<World>, data: &Path) -> Result<(Node, Replayed), Error> {
    let options = store::journal::segments::Options::default();
    let journal = store::open_journal(&format!("segments:{}/journal", data.display()), options)?.journal;
    let keys = store::open_keys(&format!("file:{0}/keys?kek={0}/kek", data.display()))?.table;
    Ok(Node::open(world, journal, keys, entropy(), now())?)
}

/// Random numbers for keys, salts and nonces: nothing here is secret, so a counter does, and costs as little.
fn entropy() -> node::Entropy {
    let mut counter = 0u64;
    Box::new(move |bytes| {
        for piece in bytes.chunks_mut(8) {
            counter = counter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            piece.copy_from_slice(&counter.to_le_bytes()[..piece.len()]);
        }
    })
}

/// What the machine's clock shows.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The text of the n-th message: 72 characters, unlike any other, with its number between two `#`.
pub fn text(n: u64) -> String {
    format!("Your payment of 123.45 to ACME was posted. Ref #{n:07}#, reply STOP: no")
}

/// The n-th recipient.
pub fn phone(n: u64) -> Result<Phone, Error> {
    Ok(Phone::parse(&format!("139{n:08}"), "86")?)
}

/// An order of a text for a number, which wants to be told of the end.
pub fn order(account: &str, to: Phone, text: String) -> OrderRequest {
    OrderRequest {
        order: Order {
            account: AccountId::from(account),
            // As the SMPP server writes it for a plain submit.
            reference: Some("smpp;d=1.1.13.;s=5.0.MYBANK".into()),
            body: Some(Body::Text(Private::new(text))),
            signature: None,
            extension: None,
            tell: Tell::End,
            at: None,
            plan: None,
            replays: None,
            key: None,
            pieces: Vec::new(),
        },
        to: Recipient::Phone(to),
        key: None,
        class: None,
        subtype: None,
        validity: None,
        piece: None,
    }
}
