//! `hongyan cases …`: what customers complain of and ask for by law.

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Look at complaints and requests, and answer them
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Cases, those that are due first
    List {
        /// open, overdue, closed or all
        #[arg(long, default_value = "open")]
        state: String,
    },
    /// One case with everything that is known of it
    Show {
        /// The case, e.g. c-1024
        case: String,
    },
    /// Open one that an employee was told of; a complaint stops marketing at once
    Open {
        /// The institution's id of the customer
        customer: String,
        /// complaint, access, erasure or correction
        #[arg(long)]
        kind: String,
        /// What the customer said
        #[arg(long)]
        text: String,
        /// Where it can be looked up: a form, a call
        #[arg(long)]
        reference: String,
        /// The message it is about, e.g. m-1024
        #[arg(long)]
        message: Option<String>,
    },
    /// Say whose it is
    Assign {
        /// The case
        case: String,
        /// Whose
        to: String,
    },
    /// Note what was done
    Note {
        /// The case
        case: String,
        /// What
        note: String,
    },
    /// Close it
    Close {
        /// The case
        case: String,
        /// upheld, rejected, done or withdrawn
        #[arg(long)]
        outcome: String,
        /// What was answered, and where it can be looked up
        #[arg(long)]
        note: String,
        /// Take back the stop that the complaint has set
        #[arg(long)]
        resume: bool,
    },
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
    let deed = |case: &str, what: &str| format!("/v1/cases/{}/{what}", segment(case));
    let (method, path, body) = match arguments {
        Arguments::List { state } => {
            (Method::GET, format!("/v1/cases?state={}", segment(state)), Value::Null)
        }
        Arguments::Show { case } => (Method::GET, format!("/v1/cases/{}", segment(case)), Value::Null),
        Arguments::Open { customer, kind, text, reference, message } => {
            let mut body = json!({ "kind": kind, "text": text, "reference": reference });
            if let Some(message) = message {
                body["message"] = message.as_str().into();
            }
            (Method::POST, format!("/v1/customers/{}/cases", segment(customer)), body)
        }
        Arguments::Assign { case, to } => (Method::POST, deed(case, "assign"), json!({ "to": to })),
        Arguments::Note { case, note } => (Method::POST, deed(case, "note"), json!({ "note": note })),
        Arguments::Close { case, outcome, note, resume } => {
            let body = json!({ "outcome": outcome, "note": note, "resume": resume });
            (Method::POST, deed(case, "close"), body)
        }
    };
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let answer: Value = serde_json::from_slice(&transport.expect(method, &path, body).await?)?;
    Ok(match answer.as_array() {
        Some(cases) if cases.is_empty() => "no case".to_owned(),
        Some(cases) => cases.iter().map(line).collect::<Vec<_>>().join("\n"),
        None => whole(&answer),
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("–")
}

fn line(case: &Value) -> String {
    let end = match case["outcome"].as_str() {
        Some(outcome) => format!("{outcome} {}", text(case, "closed")),
        None => format!("due {}", text(case, "due")),
    };
    format!(
        "{:<8} {:<10} {:<8} {end}  {}  {}",
        text(case, "case"),
        text(case, "kind"),
        text(case, "state"),
        text(case, "customer"),
        text(case, "assignee")
    )
}

fn whole(case: &Value) -> String {
    let mut lines = vec![line(case)];
    lines.push(format!("  {}  opened through {}", text(case, "opened"), text(case, "through")));
    if case["message"].is_string() {
        lines.push(format!("  about {}", text(case, "message")));
    }
    lines.push(format!("  {}", text(case, "text")));
    for note in case["notes"].as_array().into_iter().flatten() {
        let to = note["assignee"].as_str().map(|to| format!(" to {to}:")).unwrap_or_default();
        lines.push(format!("  {}  {}:{to} {}", text(note, "at"), text(note, "by"), text(note, "note")));
    }
    if case["answer"].is_string() {
        lines.push(format!("  answer: {}", text(case, "answer")));
    }
    lines.join("\n")
}
