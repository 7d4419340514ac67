//! `hongyan check DIR`

use super::Ended;
use crate::config;
use crate::linting;
use engine::compose::words::day;
use engine::world::{Remark, Unreviewed, World, broadcast_from_text};
use std::path::PathBuf;
use std::process::ExitCode;
use text::words::Action;

/// Validate a configuration folder
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder: its files replace or join those that ship
    dir: PathBuf,
}

/// Reads the folder over what ships and prints every mistake.
pub(crate) fn run(arguments: &Arguments) -> Ended {
    let world = match config::world(Some(&arguments.dir), &[]) {
        Ok(world) => world,
        Err(error) => {
            complain!("{error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut mistakes = 0;
    let broadcasts = arguments.dir.join("broadcasts");
    if broadcasts.is_dir() {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(&broadcasts)?.map(|item| item.map(|i| i.path())).collect::<Result<_, _>>()?;
        files.sort();
        for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
            let name = path.strip_prefix(&arguments.dir).unwrap_or(path).to_string_lossy().into_owned();
            if let Err(found) = broadcast_from_text(&world, &name, &std::fs::read_to_string(path)?) {
                mistakes += found.len();
                found.iter().for_each(|mistake| complain!("{mistake}"));
            }
        }
    }
    mistakes += tell_remarks(&world);
    for finding in linting::findings(Some(&arguments.dir), &[], &world)? {
        // What the lists and the model say, the remarks have told with their days.
        let is_told = world.remarks.iter().any(|Remark { mistake, .. }| {
            (&*mistake.file, mistake.line, mistake.column) == (&*finding.file, finding.line, finding.column)
        });
        if !(is_told && ["words", "tone", "class"].contains(&finding.lint)) {
            mistakes += usize::from(finding.is_fatal());
            complain!("{finding}");
        }
    }
    if mistakes > 0 {
        complain!("{mistakes} mistakes");
        return Ok(ExitCode::FAILURE);
    }
    say!(
        "ok: {} files, {} templates, {} journeys, {} routes, world {:#}",
        world.files,
        world.templates.len(),
        world.journeys.current().count(),
        world.routes.len(),
        world.hash
    );
    Ok(ExitCode::SUCCESS)
}

/// Prints what the word lists say of the templates; returns how much of it stops a text today.
fn tell_remarks(world: &World) -> usize {
    let today = day(world.institution.zone.local(server::now()).0);
    let mut stopped = 0;
    for Remark { mistake, from, until, action } in &world.remarks {
        let is_past = until.is_some_and(|until| until <= today);
        let is_held = *action == Action::Review && world.institution.unreviewed == Unreviewed::Review;
        let is_sent = *action == Action::Review && world.institution.unreviewed == Unreviewed::Send;
        match (is_past, *from > today) {
            (true, _) => {}
            (false, true) => complain!("{mistake} (from {from})"),
            (false, false) if is_held => complain!("{mistake} (held for review: unreviewed = \"review\")"),
            (false, false) if is_sent => complain!("{mistake} (sent all the same: unreviewed = \"send\")"),
            (false, false) => {
                stopped += 1;
                complain!("{mistake}");
            }
        }
    }
    stopped
}
