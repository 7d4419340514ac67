//! `hongyan report JOURNEY [--by …] [--json]`: what a journey or broadcast came to.

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::Value;
use std::num::NonZeroU64;
use std::process::ExitCode;

/// Show what a journey, broadcast or account came to: sent, delivered, goals, value, cost, and against whom it was kept from
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Its name, without a version
    journey: String,
    /// How to divide it
    #[arg(long, default_value = "variant", value_parser = ["variant", "class", "channel", "route", "version", "hour"])]
    by: String,
    /// People that were planned for its experiments: intervals are narrowest there
    #[arg(long, default_value = "10000")]
    planned: NonZeroU64,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Prints the report.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let Arguments { journey, by, planned, json } = arguments;
    let transport = Transport::open(settings).await?;
    let path = format!("/v1/reports/{}?by={by}&planned={planned}", segment(journey));
    let answer = transport.expect(Method::GET, &path, Vec::new()).await;
    let report: Value = serde_json::from_slice(&answer?)?;
    transport.close().await?;
    if *json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!("{}", tell(&report).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// The columns of the table.
const COLUMNS: [Column; 13] = [
    ("audience", "audience", Show::Count),
    ("held_out", "held out", Show::Count),
    ("exposed", "exposed", Show::Count),
    ("sent", "sent", Show::Count),
    ("delivered", "delivered", Show::Count),
    ("parts", "parts", Show::Count),
    ("cost", "cost", Show::Amount),
    ("opt_outs", "opt-outs", Show::Count),
    ("complaints", "complaints", Show::Count),
    ("goals", "goals", Show::Count),
    ("cvr", "CVR", Show::Share),
    ("value", "value", Show::Amount),
    ("roi", "ROI", Show::Ratio),
];
/// Those of the table of clicks, which is shown where there were any.
const CLICKS: [Column; 8] = [
    ("readers", "readers", Show::Count),
    ("clickers", "clickers", Show::Count),
    ("ctr", "CTR", Show::Share),
    ("ctr_low", "from", Show::Share),
    ("ctr_high", "to", Show::Share),
    ("clicks", "clicks", Show::Count),
    ("clicks_repeated", "repeated", Show::Count),
    ("clicks_of_bots", "bots", Show::Count),
];

/// A key, its title, and how its values are shown.
type Column = (&'static str, &'static str, Show);

#[derive(Clone, Copy)]
enum Show {
    Count,
    Amount,
    Share,
    Ratio,
}

fn shown(value: &Value, show: Show) -> String {
    let Some(number) = value.as_f64() else { return "-".to_owned() };
    match show {
        Show::Count => format!("{number:.0}"),
        Show::Amount => format!("{number:.3}"),
        Show::Share => format!("{:.2} %", number * 100.0),
        Show::Ratio => format!("{number:.2}"),
    }
}

fn tell(report: &Value) -> String {
    let name = report["journey"].as_str().unwrap_or_default();
    let mut text = format!("report of {name}\n{}", by_group(report, &COLUMNS));
    let total = &report["total"];
    if ["clicks", "clicks_repeated", "clicks_of_bots"].iter().any(|key| total[key].as_u64() > Some(0)) {
        text.push_str(&by_group(report, &CLICKS));
    }
    let holdout = &report["holdout"];
    if holdout.is_object() {
        let (differs, share) = (holdout["differs"] == true, |key: &str| shown(&holdout[key], Show::Share));
        text.push_str(&format!(
            "against {} held out: {} beside {}, {} ({} to {}), {}; value {}\n",
            holdout["held_out"],
            share("exposed_rate"),
            share("held_out_rate"),
            share("difference"),
            share("low"),
            share("high"),
            if differs { "different" } else { "not shown to differ" },
            shown(&holdout["value"], Show::Amount),
        ));
    }
    for experiment in report["experiments"].as_array().into_iter().flatten() {
        text.push_str(&of_experiment(experiment));
    }
    text
}

/// A line for each group, and one for all of them.
fn by_group(report: &Value, columns: &[Column]) -> String {
    let by = report["by"].as_str().unwrap_or_default().to_owned();
    let titles = columns.iter().map(|(_, title, _)| (*title).to_owned());
    let mut table = vec![std::iter::once(by).chain(titles).collect()];
    for row in report["rows"].as_array().into_iter().flatten().chain([&report["total"]]) {
        let group = row["group"].as_str().unwrap_or_default().to_owned();
        let values = columns.iter().map(|(key, _, show)| shown(&row[key], *show));
        table.push(std::iter::once(group).chain(values).collect());
    }
    lay(&table)
}

fn of_experiment(experiment: &Value) -> String {
    let by = if experiment["by"] == "clicked" { ", by clicks" } else { "" };
    let name = experiment["experiment"].as_str().unwrap_or_default();
    let mut text = format!("experiment {name}{by}\n");
    if let Some(why) = experiment["unreadable"].as_str() {
        text.push_str(&format!("  cannot be read: {why}\n"));
    }
    if experiment["size_alarm"] == true {
        text.push_str(
            "  ALARM: the arms have other sizes than their weights promise; nothing of it counts\n",
        );
    }
    if experiment["intervals_hold"] == false {
        let moved = &experiment["weights_moved"];
        text.push_str(&format!(
            "  its weights were moved {moved} times: intervals do not hold, and nothing is called different\n"
        ));
    }
    let head = ["  arm", "people", "goals", "rate", "opt-outs", "complaints", "difference", "from", "to", ""];
    let head = head.map(str::to_owned).to_vec();
    let mut table = vec![head];
    for arm in experiment["arms"].as_array().into_iter().flatten() {
        let against = &arm["against_control"];
        let stopped = arm["stopped"].is_object();
        let verdict = match (stopped, arm["control"] == true, against["differs"] == true) {
            (true, ..) => "STOPPED",
            (_, true, _) => "control",
            (_, _, true) => "different",
            _ => "",
        };
        table.push(vec![
            format!("  {}", arm["arm"].as_str().unwrap_or_default()),
            shown(&arm["people"], Show::Count),
            shown(&arm["goals"], Show::Count),
            shown(&arm["rate"], Show::Share),
            shown(&arm["opt_outs"], Show::Count),
            shown(&arm["complaints"], Show::Count),
            shown(&against["difference"], Show::Share),
            shown(&against["low"], Show::Share),
            shown(&against["high"], Show::Share),
            verdict.to_owned(),
        ]);
    }
    text + &lay(&table)
}

/// Columns of the same width, numbers to the right.
fn lay(table: &[Vec<String>]) -> String {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    table.iter().map(line).collect()
}
