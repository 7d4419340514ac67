//! `hongyan journey test`: plays the story tests of journeys, and tells every difference in words. It needs no server and sends
//! nothing: each story has an engine and a clock of its own. `hongyan journey arm …`: how the arms of experiments stand, and letting
//! one go on that its guardrail has stopped. `hongyan journey dry-run` is next door.

use super::{Ended, rehearse, segment};
use crate::config;
use crate::settings::Settings;
use crate::transport::Transport;
use engine::converse::LinkKey;
use engine::decide::story::tell;
use engine::world::{World, stories_from_text, story_files};
use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Try journeys by their story tests or on the customers there are, look after the arms of their experiments
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Play every story of stories/: the verdicts, times and texts must be those that it names, and no others
    Test {
        /// A configuration folder; without it, the one in force
        path: Option<PathBuf>,
    },
    /// Show what a journey would do to everybody, or step by step to one customer. Nothing is recorded or sent
    DryRun(rehearse::Arguments),
    /// The arms of experiments: how they stand, and letting a stopped one go on
    #[command(subcommand)]
    Arm(Arm),
}

/// What is done with arms.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arm {
    /// How they stand: messages, goals, opt-outs, complaints, and why one is stopped
    List {
        /// Of this journey alone
        journey: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a stopped arm go on: people are assigned to it again, and its experiment's guardrails count anew
    Resume {
        /// Which, as the list names it, e.g. welcome@3#offer.b
        arm: String,
        /// Why, without personal data: it stands in the ledger
        #[arg(long)]
        reason: String,
    },
}

/// Runs one of them.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let path = match arguments {
        Arguments::Test { path } => path,
        Arguments::DryRun(wish) => return rehearse::run(settings, wish).await,
        Arguments::Arm(arm) => {
            let transport = Transport::open(settings).await?;
            let done = call(&transport, arm).await;
            transport.close().await?;
            done?.lines().for_each(|line| say!("{line}"));
            return Ok(ExitCode::SUCCESS);
        }
    };
    if let Some(path) = path.as_ref().filter(|path| !path.is_dir()) {
        return Err(format!("expected a configuration folder, found {}", path.display()).into());
    }
    test(path.as_deref().or(settings.config.as_deref()))
}

/// The configuration, with a key of no account: what a story signs opens nothing anywhere.
fn rehearsed(folder: Option<&Path>, own: &[(String, String)]) -> Result<World, config::Error> {
    let world = config::world(folder, own)?;
    Ok(World { links: Some(LinkKey::derived_from(&[0; 32])), ..world })
}

fn test(folder: Option<&Path>) -> Ended {
    let world = Arc::new(rehearsed(folder, &[])?);
    let mut untold: BTreeSet<String> =
        world.journeys.current().map(|journey| journey.id.as_str().to_owned()).collect();
    let (mut told, mut failed) = (0_usize, 0_usize);
    for (file, text) in config::stories(folder)? {
        let read = story_files(&file, &text).map_err(config::Error::Mistakes).and_then(|own| {
            let world = if own.is_empty() { Arc::clone(&world) } else { Arc::new(rehearsed(folder, &own)?) };
            let stories = stories_from_text(&world, &file, &text).map_err(config::Error::Mistakes)?;
            Ok((world, stories))
        });
        let (world, stories) = match read {
            Ok(read) => read,
            Err(error) => {
                failed += 1;
                complain!("{file}: {error}");
                continue;
            }
        };
        for story in stories {
            untold.retain(|journey| !story.journeys.contains(journey));
            told += 1;
            let differences = tell(&world, &story);
            failed += usize::from(!differences.is_empty());
            say!("{} {} {}", if differences.is_empty() { "ok  " } else { "FAIL" }, story.place, story.title);
            differences.iter().for_each(|difference| say!("       {difference}"));
        }
    }
    if !untold.is_empty() {
        say!("without a story: {}", untold.into_iter().collect::<Vec<_>>().join(", "));
    }
    say!("{told} stories, {failed} of them failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn call(transport: &Transport, arm: &Arm) -> Result<String, Box<dyn std::error::Error>> {
    match arm {
        Arm::List { journey, json } => {
            let wish = journey.as_deref().map(|name| format!("?journey={}", segment(name)));
            let path = format!("/v1/arms{}", wish.unwrap_or_default());
            let answer = transport.expect(Method::GET, &path, Vec::new()).await?;
            let experiments: Value = serde_json::from_slice(&answer)?;
            Ok(if *json { experiments.to_string() } else { table(&experiments) })
        }
        Arm::Resume { arm, reason } => {
            let body = json!({ "arm": arm, "why": reason }).to_string().into_bytes();
            transport.expect(Method::POST, "/v1/arms/resume", body).await?;
            Ok(format!("{arm} goes on"))
        }
    }
}

fn table(experiments: &Value) -> String {
    let mut lines = Vec::new();
    for experiment in experiments.as_array().into_iter().flatten() {
        let moved = experiment["weights_moved"].as_u64().unwrap_or(0);
        for arm in experiment["arms"].as_array().into_iter().flatten() {
            let weight =
                arm["weight"].as_u64().map(|weight| format!(", weighs {weight} after {moved} moves"));
            let stopped = &arm["stopped"];
            let why = stopped.is_object().then(|| {
                format!(
                    ", STOPPED {} by {}: {} beside {}, weights {} and {}, entry {}",
                    stopped["at"].as_str().unwrap_or_default(),
                    stopped["guardrail"].as_str().unwrap_or_default(),
                    stopped["events"],
                    stopped["compared"],
                    stopped["weight"],
                    stopped["weights"],
                    stopped["entry"]
                )
            });
            lines.push(format!(
                "{:<32} {} messages, {} goals, {} opt-outs, {} complaints{}{}",
                arm["arm"].as_str().unwrap_or_default(),
                arm["messages"],
                arm["goals"],
                arm["opt_outs"],
                arm["complaints"],
                weight.unwrap_or_default(),
                why.unwrap_or_default()
            ));
        }
    }
    if lines.is_empty() {
        lines.push("no experiment has met anybody".to_owned());
    }
    lines.join("\n")
}
