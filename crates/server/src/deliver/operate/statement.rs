//! `GET /v1/statement?month=2026-11`: what messages cost, by department, route and class, as CSV. The figures are those of
//! the ledger's public leaves, as the views add them up: what was reserved less what was given back. A message belongs to
//! the month, on the institution's clock, in which it was accepted.

use crate::deliver::portal::tally;
use crate::http::Site;
use crate::http::problem::Problem;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use engine::world::{World, reference};
use model::{AccountId, ClockTime, Cost, Date, MessageClass, Timestamp, Zone};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::views::MessageRow;

/// Which month.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    month: String,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    department: String,
    journey: String,
    route: String,
    class: &'static str,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    messages: u64,
    parts: u64,
    cost: i64,
}

/// Answers with the statement of a month.
pub(crate) async fn statement(
    State(site): State<Site>,
    Query(wish): Query<Wish>,
) -> Result<impl IntoResponse, Problem> {
    let bounds = bounds(&wish.month, site.world.now().institution.zone)?;
    let world = site.world.now();
    let sums = tally(&site, None, bounds, move |sums, row| count(&world, sums, row)).await?;
    let csv = csv(&sums);
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv))
}

fn bounds(month: &str, zone: Zone) -> Result<(Timestamp, Timestamp), Problem> {
    let first = Date::parse(&format!("{month}-01"));
    let first = first.map_err(|_| Problem::bad_request("month: expected a month such as 2026-11"))?;
    let next = first.plus_days(31).month_start();
    let at = |day| zone.instant(day, ClockTime::MIDNIGHT);
    Ok((at(first), at(next)))
}

/// The department that a journey's messages are charged to: the account's, or the journey itself.
fn department(world: &World, journey: &str) -> String {
    let account = reference::account(journey).and_then(|id| world.accounts.get(&AccountId::new(id)));
    account.map_or_else(|| world.institution.name.clone(), |account| account.department.to_string())
}

fn count(world: &World, sums: &mut BTreeMap<Line, Sum>, row: &MessageRow) {
    // What the gate stopped cost nothing and was sent by nobody.
    if node::phase_name(row.phase) == "blocked" || row.parts == 0 {
        return;
    }
    let line = Line {
        department: department(world, &row.journey),
        journey: row.journey.clone(),
        route: row.route.clone(),
        class: MessageClass::from_code(row.class).map_or("unknown", MessageClass::name),
    };
    let sum = sums.entry(line).or_default();
    sum.messages += 1;
    sum.parts += u64::from(row.parts);
    sum.cost += row.cost_millifen;
}

fn csv(sums: &BTreeMap<Line, Sum>) -> String {
    let mut text = "department,journey,route,class,messages,parts,cost_yuan\n".to_owned();
    for (line, sum) in sums {
        let cost = Cost { millifen: sum.cost }.to_string().replace('¥', "");
        let named = [&line.department, &line.journey, &line.route, line.class].map(quoted);
        text.push_str(&format!("{},{},{},{cost}\n", named.join(","), sum.messages, sum.parts));
    }
    text
}

/// A field of CSV (RFC 4180 §2); one that a spreadsheet would take for a formula is kept from it.
fn quoted(field: impl AsRef<str>) -> String {
    let field = field.as_ref();
    let guarded =
        if field.starts_with(['=', '+', '-', '@']) { format!("'{field}") } else { field.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_the_institutions() {
        let (from, until) = bounds("2026-12", Zone::SHANGHAI).unwrap();
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2026-11-30T16:00:00.000Z".into(), "2026-12-31T16:00:00.000Z".into())
        );
        assert!(bounds("2026-13", Zone::SHANGHAI).is_err() && bounds("2026", Zone::SHANGHAI).is_err());
    }

    #[test]
    fn what_was_sent_is_added_up_and_what_was_stopped_is_not() {
        let files: Vec<(String, String)> =
            library::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
        let world = engine::world::load(&files).unwrap();
        let row = |phase, cost_millifen| MessageRow {
            journey: "spring@1".to_owned(),
            route: "demo".to_owned(),
            class: 2,
            parts: 2,
            phase,
            cost_millifen,
            ..MessageRow::default()
        };
        let mut sums = BTreeMap::new();
        [row(7, 7_000), row(8, 0), row(6, 0)].iter().for_each(|row| count(&world, &mut sums, row));
        let text = csv(&sums);
        let name = &world.institution.name;
        let class = MessageClass::from_code(2).map(MessageClass::name).unwrap();
        let expected = format!(
            "department,journey,route,class,messages,parts,cost_yuan\n{name},spring@1,demo,{class},2,4,0.07\n"
        );
        assert_eq!(text, expected);
        assert_eq!([quoted("a,b"), quoted("=1"), quoted("a\"b")], ["\"a,b\"", "'=1", "\"a\"\"b\""]);
    }
}
