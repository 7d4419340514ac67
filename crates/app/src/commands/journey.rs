//! `hongyan journey test`: plays the story tests of journeys, and tells every difference in words.
//!
//! It needs no server and sends nothing: each story has an engine and a clock of its own.

use super::Ended;
use crate::config;
use crate::settings::Settings;
use engine::decide::story::tell;
use engine::world::{stories_from_text, story_files};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Play the story tests of journeys
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Play every story of stories/: the verdicts, times and texts must be those that it names, and no others
    Test {
        /// A configuration folder; without it, the one in force
        path: Option<PathBuf>,
    },
}

/// Runs one of them.
pub(crate) fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let Arguments::Test { path } = arguments;
    if let Some(path) = path.as_ref().filter(|path| !path.is_dir()) {
        return Err(format!("expected a configuration folder, found {}", path.display()).into());
    }
    test(path.as_deref().or(settings.config.as_deref()))
}

fn test(folder: Option<&Path>) -> Ended {
    let world = Arc::new(config::world(folder, &[])?);
    let mut untold: BTreeSet<String> =
        world.journeys.current().map(|journey| journey.id.as_str().to_owned()).collect();
    let (mut told, mut failed) = (0_usize, 0_usize);
    for (file, text) in config::stories(folder)? {
        let read = story_files(&file, &text).map_err(config::Error::Mistakes).and_then(|own| {
            let world =
                if own.is_empty() { Arc::clone(&world) } else { Arc::new(config::world(folder, &own)?) };
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
