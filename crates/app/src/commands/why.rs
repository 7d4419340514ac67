//! `hongyan why MESSAGE_ID`, `hongyan why --customer ID`

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::Value;
use std::process::ExitCode;

/// Show why a message came, or why not
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Arguments {
    /// The message, e.g. m-1024
    message: Option<String>,
    /// The institution's id of a customer: their last messages, newest first
    #[arg(long)]
    customer: Option<String>,
}

/// Prints the story of a message, or of a customer's last messages.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let transport = Transport::open(settings).await?;
    let path = match (&arguments.message, &arguments.customer) {
        (Some(message), _) => format!("/v1/messages/{}", segment(message)),
        (None, Some(customer)) => format!("/v1/customers/{}/messages", segment(customer)),
        (None, None) => return Err("expected a message or --customer".into()),
    };
    let answer = transport.expect(Method::GET, &path, Vec::new()).await;
    let json: Value = serde_json::from_slice(&answer?)?;
    transport.close().await?;
    match json.as_array() {
        Some(stories) if stories.is_empty() => say!("no message yet"),
        Some(stories) => stories.iter().for_each(|story| say!("{}", tell(story))),
        None => say!("{}", tell(&json)),
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(story: &Value) -> String {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let rule = text(story, "rule");
    let rule = if rule.is_empty() { rule } else { format!(" ({rule})") };
    let mut lines = vec![format!(
        "{}  {}  {}  {}{rule}",
        text(story, "message"),
        text(story, "class"),
        text(story, "journey"),
        text(story, "phase")
    )];
    for step in story["steps"].as_array().into_iter().flatten() {
        lines.push(format!(
            "  {}  {:<17} {}  [entry {}]",
            text(step, "at"),
            text(step, "what"),
            text(step, "detail"),
            step["entry"]
        ));
        for said in step["verdicts"].as_array().into_iter().flatten() {
            let until = said["until"].as_str().map(|u| format!(" until {u}")).unwrap_or_default();
            let revision =
                said["revision"].as_u64().filter(|r| *r > 0).map(|r| format!(" r{r}")).unwrap_or_default();
            let name = format!("{}{revision}", text(said, "rule"));
            lines.push(format!(
                "      {:<5} {name:<20} {}{until}",
                text(said, "verdict"),
                text(said, "detail")
            ));
        }
    }
    lines.join("\n")
}
