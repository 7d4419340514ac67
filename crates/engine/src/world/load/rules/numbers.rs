//! The numbers of two kinds of rules: which products are for whom, and when messages are read best.

use super::super::journeys::read_days;
use super::super::reader::{Item, Table};
use crate::world::{BestTime, Days, Suitability};
use model::ClockTime;
use std::sync::Arc;

/// The longest that an assessment may hold, in days.
const ASSESSED_DAYS_MAX: i64 = 3_660;
/// The longest time behind a payday that is still soon.
const AFTER_DAYS_MAX: i64 = 31;

fn name(item: Item<'_>) -> Option<Arc<str>> {
    item.text().map(Arc::from)
}

pub(super) fn suitability(table: &mut Table<'_>) -> Option<Suitability> {
    let level = table.required("level").and_then(name);
    let on = table.optional("assessed_on").map(name);
    let days = table.optional("valid_days").map(|item| item.number(1..=ASSESSED_DAYS_MAX));
    let assessed = match (on, days) {
        (None, None) => None,
        (Some(on), Some(days)) => Some((on?, days?)),
        _ => {
            table.place().report("expected assessed_on and valid_days, or neither of them");
            return None;
        }
    };
    Some(Suitability { level: level?, assessed })
}

pub(super) fn best_time(table: &mut Table<'_>) -> Option<BestTime> {
    let days = table.optional("days").map_or(Some(Days::Any), read_days);
    let open = table.required("open").and_then(|item| item.parsed(ClockTime::parse));
    let close_item = table.required("close");
    let close = close_item.and_then(|item| item.parsed(ClockTime::parse));
    if let (Some(open), Some(close), Some(item)) = (open, close, close_item)
        && close <= open
    {
        item.report(format!("expected a time after open, which is {open}, found {close}"));
    }
    let after = table.optional("after").and_then(name);
    let within = table.optional("within_days").and_then(|item| item.number(0..=AFTER_DAYS_MAX));
    let segment = table.optional("segment").and_then(name);
    let is = table.optional("is").and_then(name);
    if after.is_some() != within.is_some() || segment.is_some() != is.is_some() {
        table.place().report("expected after with within_days, and segment with is");
        return None;
    }
    let own_from = table.required("own_from").and_then(|item| item.number(1..=1_000_u32));
    let explore = table.required("explore_percent").and_then(|item| item.number(0..=100_u8));
    Some(BestTime {
        days: days?,
        open: open?,
        close: close?,
        after: after.zip(within),
        of: segment.zip(is),
        own_from: own_from?,
        explore_percent: explore?,
    })
}
