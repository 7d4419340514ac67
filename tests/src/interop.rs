//! What runs against programs of others have in common: their scripts' lines read, figures compared without a panic (the
//! server that was started must be ended), and the product's own statement of the month.
//!
//! Called by the programs `interop_…`. A script prints one JSON object a line, for each thing that happened to it.

use crate::command::Caught;
use crate::folder::Folder;
use crate::{PATIENCE, bank};
use model::{Cost, Zone};
use serde_json::Value;
use std::fmt::Debug;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// What a part costs on the route of a test's folder, in thousandths of a fen.
const PART_MILLIFEN: i64 = 3_500;
/// How often a wait looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Compares a figure.
///
/// # Errors
/// What was expected and what came, if they differ.
pub fn same<T: PartialEq + Debug>(what: &str, expected: T, found: T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

/// Waits until something holds.
///
/// # Errors
/// When it does not within [`PATIENCE`].
pub fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() > PATIENCE {
            return Err(format!("waited {PATIENCE:?} in vain: {what}"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// A port of loopback that was free a moment ago, for a program that can only be told where to listen.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> Result<u16, String> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.map(|address| address.port()).map_err(|error| format!("expected a free port on loopback: {error}"))
}

/// What a script has said so far under a key, in its order.
pub fn said(out: &Caught, key: &str) -> Vec<String> {
    let lines = out.text();
    let values = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values
        .filter_map(|line| match &line[key] {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        })
        .collect()
}

/// Waits until the product's own statement of this month says what was sent, and returns what it cost in yuan.
///
/// # Errors
/// What the statement says instead.
pub fn statement(folder: &Folder, account: &str, messages: usize, parts: usize) -> Result<String, String> {
    let cost = Cost { millifen: i64::try_from(parts).unwrap_or(i64::MAX).saturating_mul(PART_MILLIFEN) };
    let cost = cost.to_string().replace('¥', "");
    let month: String = Zone::SHANGHAI.local(bank::now()).0.to_string().chars().take(7).collect();
    let expected = format!("IT,account:{account}@1,demo,customer_service,{messages},{parts},{cost}");
    let mut came = String::new();
    let told = until("the statement", || {
        came = folder.hongyan(&["route", "statement", "--month", &month]).out;
        came.lines().skip(1).eq([expected.as_str()])
    });
    told.map(|()| cost).map_err(|_| format!("the statement: expected {expected:?}, found\n{came}"))
}
