//! `hongyan task …`: what journeys hand over to people: the list, and what they have done.

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Look at what journeys hand over to people, and say what was done
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// What is open, oldest first
    List {
        /// Of this queue alone
        #[arg(long)]
        queue: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// It was done: the customer goes on in the journey
    Done(Closing),
    /// It could not be done: the customer goes where the journey says
    Failed(Closing),
}

/// Which task, and what came of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Closing {
    /// Which, as the list names it, e.g. t42
    task: String,
    /// What came of it, as NAME=TEXT: conditions and texts of the journey read it as got.NAME
    #[arg(long = "with", value_name = "NAME=TEXT")]
    with: Vec<String>,
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
        Arguments::List { queue, json } => {
            let wish = queue.as_deref().map(|queue| format!("?queue={}", segment(queue))).unwrap_or_default();
            let answer = transport.expect(Method::GET, &format!("/v1/tasks{wish}"), Vec::new()).await?;
            let tasks: Value = serde_json::from_slice(&answer)?;
            Ok(if *json { tasks.to_string() } else { table(&tasks) })
        }
        Arguments::Done(closing) => close(transport, closing, "done").await,
        Arguments::Failed(closing) => close(transport, closing, "failed").await,
    }
}

async fn close(
    transport: &Transport,
    closing: &Closing,
    state: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut fields = serde_json::Map::new();
    for given in &closing.with {
        let (name, text) =
            given.split_once('=').ok_or_else(|| format!("expected NAME=TEXT, found {given:?}"))?;
        fields.insert(name.to_owned(), text.into());
    }
    let body = json!({ "state": state, "fields": fields }).to_string().into_bytes();
    transport.expect(Method::POST, &format!("/v1/tasks/{}", segment(&closing.task)), body).await?;
    Ok(format!("{} is {state}", closing.task))
}

fn table(tasks: &Value) -> String {
    let lines = tasks["tasks"].as_array().into_iter().flatten().map(|task| {
        let text = |name: &str| task[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{:<10} {:<16} {:<20} until {}  {} ({})",
            text("task"),
            text("queue"),
            text("customer"),
            text("due"),
            text("what"),
            text("journey")
        )
    });
    let mut lines: Vec<String> = lines.collect();
    lines.push(format!("{} open", tasks["open"]));
    lines.join("\n")
}
