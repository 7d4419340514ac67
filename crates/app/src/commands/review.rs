//! `hongyan review …`: texts that a person should look at before they are sent.

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Look at texts that wait for a person, approve or reject them, say what they are
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// What waits, oldest first
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One of them with its text, and the hash that an approval names
    Show {
        /// Which message
        message: String,
    },
    /// It may go: the gate is asked again, from the first rule
    Approve(Said),
    /// It may not: the message is blocked
    Reject(Said),
    /// It is of this class, to learn from; it stays where it is
    Label {
        /// Which message
        message: String,
        /// customer_service, marketing, risk_notice, technical_support, regulatory, scam or other
        class: String,
        /// Why
        #[arg(long, default_value = "")]
        remark: String,
    },
    /// Write all labelled texts as JSON Lines for `hongyan classify train`, with digits and known names masked
    Export {
        /// Where to; without it, to the standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Which message, and by what hash of its text.
#[derive(Debug, clap::Args)]
pub(crate) struct Said {
    /// Which message
    message: String,
    /// The hash that `show` printed; without it, the text as it is now
    #[arg(long)]
    hash: Option<String>,
    /// Why
    #[arg(long, default_value = "")]
    remark: String,
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
            let answer = transport.expect(Method::GET, "/v1/reviews", Vec::new()).await?;
            let listed: Value = serde_json::from_slice(&answer)?;
            Ok(if *json { listed.to_string() } else { table(&listed) })
        }
        Arguments::Show { message } => Ok(serde_json::to_string_pretty(&show(transport, message).await?)?),
        Arguments::Approve(said) => say_of(transport, said, "approve").await,
        Arguments::Reject(said) => say_of(transport, said, "reject").await,
        Arguments::Label { message, class, remark } => {
            let shown = show(transport, message).await?;
            let body = json!({ "hash": shown["hash"], "remark": remark, "class": class });
            post(transport, message, "label", &body).await?;
            Ok(format!("{message} is {class}"))
        }
        Arguments::Export { out } => {
            let answer = transport.expect(Method::GET, "/v1/reviews/labels", Vec::new()).await?;
            let Some(out) = out else { return Ok(String::from_utf8(answer)?) };
            let lines = answer.iter().filter(|byte| **byte == b'\n').count();
            std::fs::write(out, answer)?;
            Ok(format!("{lines} texts to {}", out.display()))
        }
    }
}

async fn say_of(
    transport: &Transport,
    said: &Said,
    deed: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let hash = match &said.hash {
        Some(hash) => json!(hash),
        None => show(transport, &said.message).await?["hash"].clone(),
    };
    post(transport, &said.message, deed, &json!({ "hash": hash, "remark": said.remark })).await?;
    Ok(format!("{}: {deed}", said.message))
}

async fn show(transport: &Transport, message: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let path = format!("/v1/reviews/{}", segment(message));
    let answer = transport.expect(Method::GET, &path, Vec::new()).await?;
    Ok(serde_json::from_slice(&answer)?)
}

async fn post(
    transport: &Transport,
    message: &str,
    deed: &str,
    body: &Value,
) -> Result<(), Box<dyn std::error::Error>> {
    let path = format!("/v1/reviews/{}/{deed}", segment(message));
    transport.expect(Method::POST, &path, body.to_string().into_bytes()).await?;
    Ok(())
}

fn table(listed: &Value) -> String {
    let text = |review: &Value, name: &str| review[name].as_str().unwrap_or_default().to_owned();
    let reviews = listed["reviews"].as_array().into_iter().flatten();
    let mut lines: Vec<String> = reviews
        .map(|review| {
            format!(
                "{:<10} {:<18} {:<24} until {}  {}: {}",
                text(review, "message"),
                text(review, "class"),
                text(review, "journey"),
                text(review, "until"),
                text(review, "rule"),
                text(review, "why")
            )
        })
        .collect();
    lines.push(format!("{} waiting", listed["waiting"]));
    lines.join("\n")
}
