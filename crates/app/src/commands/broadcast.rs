//! `hongyan broadcast launch FILE [--dry-run]`

use super::Ended;
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Send one message to everyone who meets a condition
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Launch a broadcast from its file
    Launch {
        /// The broadcast's file
        file: PathBuf,
        /// Only show what would happen: the funnel, rule by rule, judged by the same gate
        #[arg(long)]
        dry_run: bool,
    },
}

/// Launches, or shows what would happen.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let Arguments::Launch { file, dry_run } = arguments;
    let source = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let transport = Transport::open(settings).await?;
    let path = if *dry_run { "/v1/broadcasts/preview" } else { "/v1/broadcasts" };
    let body = transport.expect(Method::POST, path, source).await;
    let json: Value = serde_json::from_slice(&body?)?;
    transport.close().await?;
    if *dry_run {
        say!("{}", funnel(&json).trim_end());
    } else {
        say!("launched {}", json["broadcast"].as_str().unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}

/// The funnel as a table: who falls where, what is left, what it costs.
fn funnel(json: &Value) -> String {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let mut rows = vec![
        ("customers".to_owned(), number(&json["customers"])),
        ("audience".to_owned(), number(&json["audience"])),
    ];
    let blocked = json["blocked"].as_object();
    for (rule, words) in BLOCKED {
        if let Some(count) = blocked.and_then(|b| b.get(rule)) {
            rows.push((format!("- {words} ({rule})"), number(count)));
        }
    }
    for held in json["held"].as_array().into_iter().flatten() {
        let (rule, until) = (held["rule"].as_str().unwrap_or(""), held["until"].as_str().unwrap_or(""));
        rows.push((format!("- held until {until} ({rule})"), number(&held["count"])));
    }
    rows.push(("to send".to_owned(), number(&json["to_send"])));
    rows.push(("parts".to_owned(), number(&json["parts"])));
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = format!("dry run of {}\n", json["broadcast"].as_str().unwrap_or_default());
    for (name, count) in rows {
        text.push_str(&format!("  {name:<width$}  {count:>9}\n"));
    }
    text.push_str(&format!("  {:<width$}  {:>9}\n", "cost", json["cost"].as_str().unwrap_or_default()));
    for failure in json["condition_failures"].as_array().into_iter().flatten() {
        text.push_str(&format!(
            "  the condition has no answer for some: {}\n",
            failure.as_str().unwrap_or_default()
        ));
    }
    text
}

/// The rules in the order of the gate, with words for them.
const BLOCKED: [(&str, &str); 13] = [
    ("identity", "not reachable"),
    ("class-policy", "class not sent"),
    ("approval", "not approved"),
    ("consent", "no consent"),
    ("suppression", "suppressed"),
    ("validity", "too late"),
    ("frequency-cap", "capped"),
    ("quiet-hours", "quiet"),
    ("budget", "over budget"),
    ("lint", "text not right"),
    ("length", "too long"),
    ("route", "no route"),
    ("unknown-rule", "other"),
];
