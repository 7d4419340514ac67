//! The configuration of a running server: the folder, as long as no approvals are asked for; then what the ledger has in force,
//! and the folder is only where changes are drafted.
//!
//! The server asks it at the start and whenever a change is judged or put into force. It never writes the folder.

use crate::{config, linting};
use engine::converse::LinkKey;
use engine::state::{Approvals, POLICY_FILE};
use engine::world::{Mistake, World, load_with};
use server::configuration::{Configuration, Files, Start};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What is connected, or read by what is connected, at the start: a change of it runs from the next start on.
const AT_START: [&str; 3] = ["routes/", "accounts/", "institution.toml"];
/// How many paths one note names.
const NAMED_MAX: usize = 8;

/// The folder with what is laid over it.
pub(crate) struct Draft {
    folder: Option<PathBuf>,
    overrides: Vec<(String, String)>,
    model: Vec<u8>,
    /// What links to customers' own pages are signed with.
    links: Option<LinkKey>,
    /// What was connected at the start.
    connected: OnceLock<Files>,
}

fn is_at_start(path: &str) -> bool {
    AT_START.iter().any(|start| path.starts_with(start))
}

fn listed(paths: &[&str]) -> String {
    let named = paths.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn in_lines(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("{}\n{} mistakes", lines.join("\n"), mistakes.len())
}

impl Draft {
    /// The folder, with files of this process over it.
    ///
    /// # Errors
    /// A model that cannot be read.
    pub(crate) fn of(folder: Option<&Path>, overrides: Vec<(String, String)>) -> Result<Self, config::Error> {
        let model = config::model(folder)?.into_owned();
        Ok(Self {
            folder: folder.map(Path::to_owned),
            overrides,
            model,
            links: None,
            connected: OnceLock::new(),
        })
    }

    /// From now on every world that is read signs links with this.
    pub(crate) fn links(&mut self, key: LinkKey) {
        self.links = Some(key);
    }

    /// What the folder says, as it could be in force: without what this process lays over it.
    fn drafted(&self) -> Result<Files, config::Error> {
        let files = config::files(self.folder.as_deref(), &[])?;
        let approved = files.into_iter().filter(|(path, _)| path != config::PLAIN);
        Ok(approved.map(|(path, text)| (path.into(), text.into())).collect())
    }

    /// Reads files, with what is never approved beside them and what this process lays over them.
    fn read(&self, files: &Files) -> Result<World, Vec<Mistake>> {
        let mut all: Files = files.clone();
        all.retain(|path, _| !path.starts_with("broadcasts/"));
        match config::files(self.folder.as_deref(), &[]) {
            Ok(plain) => {
                let plain = plain.into_iter().filter(|(path, _)| path == config::PLAIN);
                all.extend(plain.map(|(path, text)| (path.into(), text.into())));
            }
            Err(error) => {
                let message = error.to_string();
                return Err(vec![Mistake { file: config::PLAIN.to_owned(), line: 1, column: 1, message }]);
            }
        }
        all.extend(self.overrides.iter().map(|(path, text)| (path.as_str().into(), text.as_str().into())));
        let all: Vec<(String, String)> =
            all.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect();
        let world = load_with(&all, Some(&self.model))?;
        Ok(World { links: self.links.clone(), ..world })
    }

    /// What of the draft is not in force, as notes.
    fn differences(&self, approvals: &Approvals) -> Vec<String> {
        let drafted = match self.drafted() {
            Ok(drafted) => drafted,
            Err(error) => return vec![format!("the folder cannot be read, and is not needed: {error}")],
        };
        let in_force = approvals.files();
        let own: BTreeSet<&str> = drafted.keys().chain(in_force.keys()).map(|path| &**path).collect();
        let differs = |path: &&str| {
            let now = in_force.get(*path).map(|file| &file.text);
            now != drafted.get(*path) && !path.starts_with("broadcasts/")
        };
        let different: Vec<&str> = own.into_iter().filter(differs).collect();
        let mut notes = Vec::new();
        if !different.is_empty() {
            notes.push(format!(
                "not in force: {} files of the folder or of this release differ from what was approved and are not used: {}. \
                 Propose them with `hongyan change propose`; look at them with `hongyan change list`.",
                different.len(),
                listed(&different)
            ));
        }
        notes.extend(approvals.unreviewed_emergencies().map(|change| {
            let number = change.proposed.number;
            format!("change {number} came into force in an emergency and nobody else has looked at it: `hongyan change show {number}`")
        }));
        notes
    }

    fn fatal(&self, world: &World, files: &Files) -> Vec<String> {
        match self.lints(world, files) {
            Ok(found) => {
                found.iter().filter(|(_, fatal)| *fatal).map(|(mistake, _)| mistake.to_string()).collect()
            }
            Err(why) => vec![why],
        }
    }
}

impl Configuration for Draft {
    fn start(&self, approvals: &Approvals) -> Result<Start, String> {
        let is_asked_for = approvals.is_asked_for();
        let files =
            if is_asked_for { approvals.texts() } else { self.drafted().map_err(|e| e.to_string())? };
        let world = self.read(&files).map_err(|mistakes| {
            let mistakes = in_lines(&mistakes);
            if !is_asked_for {
                return mistakes;
            }
            format!(
                "{mistakes}\nThis is what was approved, and this release cannot read it. `hongyan change adopt --reason …` puts what the folder \
                 and this release say into force instead, as an emergency."
            )
        })?;
        let mut notes = self.fatal(&world, &files);
        if is_asked_for {
            notes.extend(self.differences(approvals));
        }
        let connected = files.iter().filter(|(path, _)| is_at_start(path));
        // Set once: there is one start to a process.
        let _ =
            self.connected.set(connected.map(|(path, text)| (Arc::clone(path), Arc::clone(text))).collect());
        let adopt = (!is_asked_for && files.contains_key(POLICY_FILE)).then_some(files);
        Ok(Start { world: Arc::new(world), adopt, notes })
    }

    fn whole(&self, files: &Files) -> Result<World, Vec<Mistake>> {
        self.read(files)
    }

    fn running(&self, files: &Files) -> Result<World, Vec<Mistake>> {
        if self.waiting(files).is_empty() {
            return self.read(files);
        }
        let mut running = files.clone();
        running.retain(|path, _| !is_at_start(path));
        let connected = self.connected.get().into_iter().flatten();
        running.extend(connected.map(|(path, text)| (Arc::clone(path), Arc::clone(text))));
        self.read(&running)
    }

    fn waiting(&self, files: &Files) -> Vec<Arc<str>> {
        // Where no approvals are asked for there is nothing that could wait.
        let Some(connected) = self.connected.get().filter(|_| !files.is_empty()) else { return Vec::new() };
        let paths: BTreeSet<&Arc<str>> = files.keys().chain(connected.keys()).collect();
        let waits = |path: &&&Arc<str>| is_at_start(path) && files.get(**path) != connected.get(**path);
        paths.iter().filter(waits).map(|path| Arc::clone(path)).collect()
    }

    fn lints(&self, world: &World, files: &Files) -> Result<Vec<(Mistake, bool)>, String> {
        let texts = files.iter().map(|(path, text)| (&**path, &**text));
        let found = linting::of_files(texts, world).map_err(|e| e.to_string())?;
        let one = |finding: engine::compose::lint::Finding| {
            let is_fatal = finding.is_fatal();
            let message = format!("{}: {}", finding.lint, finding.message);
            let (file, line, column) = (finding.file, finding.line, finding.column);
            (Mistake { file, line, column, message }, is_fatal)
        };
        Ok(found.into_iter().map(one).collect())
    }
}
