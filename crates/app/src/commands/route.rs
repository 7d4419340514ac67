//! `hongyan route …`: how routes stand, what is paused or stopped, dead letters again, what it cost.

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Look at routes, pause and stop, send dead letters again
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Every route: whether it is up, what waits for it, what it took and refused, how long receipts take
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Messages of which it is not known whether the carrier has them: after a crash, or because no answer came
    Uncertain,
    /// Keep back what is not sent yet: all, class:…, channel:…, route:…, journey:… or account:…
    Pause(Switch),
    /// Set going again
    Resume(Switch),
    /// Stop for good what is not sent yet, and let nothing new pass
    Kill(Switch),
    /// Hand in again what has failed on a route, through the gate
    Replay(Replay),
    /// Try again what accounts could not be told
    Revive {
        /// Which account
        account: String,
    },
    /// What a month cost, by department, route and class, as CSV
    Statement {
        /// Which month, e.g. 2026-11
        #[arg(long)]
        month: String,
    },
}

/// What a switch is about.
#[derive(Debug, clap::Args)]
pub(crate) struct Switch {
    /// all, class:marketing, channel:sms, route:main, journey:spring, account:core
    scope: String,
    /// Why, without personal data: it stands in the ledger
    #[arg(long, default_value = "")]
    why: String,
}

/// Which dead letters.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// Of which route
    #[arg(long)]
    route: String,
    /// Accepted since this moment, e.g. 2026-11-22T08:00:00+08:00; without it, in the last 24 hours
    #[arg(long)]
    since: Option<String>,
    /// Only those that ended so: refused, undelivered or no_receipt
    #[arg(long)]
    outcome: Option<String>,
    /// The account that hands in what journeys made; without it, those are only counted
    #[arg(long)]
    account: Option<String>,
    /// Only count them
    #[arg(long)]
    dry_run: bool,
}

/// Runs one of the commands.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let transport = Transport::open(settings).await?;
    let done = call(&transport, arguments).await;
    transport.close().await?;
    done?.lines().for_each(|line| say!("{line}"));
    Ok(ExitCode::SUCCESS)
}

async fn call(transport: &Transport, arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    match arguments {
        Arguments::List { json } => {
            let answer = transport.expect(Method::GET, "/v1/routes", Vec::new()).await?;
            let switches = transport.expect(Method::GET, "/v1/switches", Vec::new()).await?;
            let (routes, switches): (Value, Value) =
                (serde_json::from_slice(&answer)?, serde_json::from_slice(&switches)?);
            Ok(if *json { routes.to_string() } else { table(&routes, &switches) })
        }
        Arguments::Uncertain => {
            let answer = transport.expect(Method::GET, "/v1/uncertain", Vec::new()).await?;
            Ok(doubted(&serde_json::from_slice(&answer)?))
        }
        Arguments::Pause(switch) => set(transport, switch, "paused").await,
        Arguments::Resume(switch) => set(transport, switch, "on").await,
        Arguments::Kill(switch) => set(transport, switch, "killed").await,
        Arguments::Replay(replay) => {
            let mut wish = json!({ "route": replay.route, "dry_run": replay.dry_run });
            let given =
                [("since", &replay.since), ("outcome", &replay.outcome), ("account", &replay.account)];
            for (name, value) in given {
                if let Some(value) = value {
                    wish[name] = value.as_str().into();
                }
            }
            let answer = transport.expect(Method::POST, "/v1/replays", wish.to_string().into_bytes()).await?;
            Ok(replayed(&serde_json::from_slice(&answer)?))
        }
        Arguments::Revive { account } => {
            let path = format!("/v1/accounts/{}/notices/revive", segment(account));
            let answer: Value =
                serde_json::from_slice(&transport.expect(Method::POST, &path, Vec::new()).await?)?;
            Ok(format!("{} notices of {account} are tried again", answer["revived"]))
        }
        Arguments::Statement { month } => {
            let path = format!("/v1/statement?month={}", segment(month));
            Ok(String::from_utf8(transport.expect(Method::GET, &path, Vec::new()).await?)?)
        }
    }
}

/// One line for each message in doubt, and how many there are.
fn doubted(answer: &Value) -> String {
    let mut lines: Vec<String> = answer["messages"].as_array().into_iter().flatten().map(in_doubt).collect();
    let shown = lines.len() as u64;
    let count = answer["count"].as_u64().unwrap_or(shown);
    lines.push(match count {
        0 => "of every message it is known whether the carrier has it".to_owned(),
        1 => "1 message is uncertain".to_owned(),
        n if n > shown => format!("{n} messages are uncertain, the oldest {shown} are shown"),
        n => format!("{n} messages are uncertain"),
    });
    lines.join("\n")
}

fn in_doubt(message: &Value) -> String {
    let text = |name: &str| message[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{}  {}  {}  {}  {} of {} parts unanswered, since {}, a receipt is awaited until {}",
        text("id"),
        text("route"),
        text("class"),
        text("journey"),
        message["unanswered"],
        message["parts"],
        text("since"),
        text("waits_until"),
    )
}

async fn set(
    transport: &Transport,
    switch: &Switch,
    state: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut wish = json!({ "scope": switch.scope, "state": state });
    if !switch.why.is_empty() {
        wish["why"] = switch.why.as_str().into();
    }
    let answer = transport.expect(Method::POST, "/v1/switches", wish.to_string().into_bytes()).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    Ok(format!(
        "{} is {state}, durable and taken back from the connections after {} ms",
        switch.scope, answer["within_ms"]
    ))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("–")
}

fn millis(value: &Value) -> String {
    match value.as_u64() {
        None => "–".to_owned(),
        Some(ms) if ms < 1_000 => format!("{ms}ms"),
        Some(ms) => format!("{:.1}s", ms as f64 / 1_000.0),
    }
}

fn table(routes: &Value, switches: &Value) -> String {
    let head =
        ["route", "channel", "state", "waiting", "oldest", "submitted", "refused", "receipts", "p50", "p95"];
    let mut rows: Vec<Vec<String>> = vec![head.iter().map(|word| (*word).to_owned()).collect()];
    for route in routes["routes"].as_array().into_iter().flatten() {
        let state = match (text(route, "switch"), route["up"] == true) {
            ("on", true) => "up",
            ("on", false) if route["suspended_until"].is_string() => "suspended",
            ("on", false) => "down",
            (switched, _) => switched,
        };
        let lanes = route["lanes"].as_array().into_iter().flatten();
        let oldest = lanes.filter_map(|lane| lane["oldest_ms"].as_u64()).max();
        let figures = &route["figures"];
        rows.push(vec![
            text(route, "route").to_owned(),
            format!("{}/{}", text(route, "channel"), text(route, "protocol")),
            state.to_owned(),
            route["waiting"].to_string(),
            millis(&oldest.map_or(Value::Null, Value::from)),
            figures["parts_submitted"].to_string(),
            figures["parts_refused"].to_string(),
            figures["receipts"].to_string(),
            millis(&figures["receipt_ms"]["p50"]),
            millis(&figures["receipt_ms"]["p95"]),
        ]);
    }
    let widths: Vec<usize> =
        (0..head.len()).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect();
    for switch in switches["switches"].as_array().into_iter().flatten() {
        lines.push(format!("{} is {}", text(switch, "scope"), text(switch, "state")));
    }
    lines.join("\n")
}

fn replayed(answer: &Value) -> String {
    let counts = |value: &Value| {
        let pairs = value.as_object().into_iter().flatten().map(|(word, count)| format!("{count} {word}"));
        let pairs: Vec<String> = pairs.collect();
        if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") }
    };
    let found = format!("found {}: {}", answer["found"], counts(&answer["by"]));
    if answer["dry_run"] == true {
        return format!("{found}\nnothing was handed in (dry run)");
    }
    let without = match answer["without_account_or_text"].as_u64() {
        None | Some(0) => String::new(),
        Some(count) => format!("\n{count} have no account (name one with --account) or no text any more"),
    };
    format!("{found}\nhanded in: {}{without}", counts(&answer["handed_in"]))
}
