//! What a change would do, found before anybody decides about it: every mistake at once, what the lints say, which journeys and
//! templates it touches, whom a broadcast of it would reach, and whose approval it therefore needs.
//!
//! Reading a configuration takes a while, so it happens on a thread that may wait; the engine is only asked for what it has.

use super::super::api::{Preview, previewed};
use crate::configuration::Files;
use crate::http::Site;
use crate::http::problem::{FieldError, Problem};
use engine::decide::audience;
use engine::entry::Need;
use engine::world::{Effect, Journey, Mistake, World, broadcast_from_text, effect};
use model::{Cost, Subject};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where broadcasts stand.
pub(super) const BROADCASTS: &str = "broadcasts/";
/// What of a configuration folder is never in force, with the reason.
const NEVER: [(&str, &str); 4] = [
    ("maps/", "how somebody's files are read is no part of what is in force"),
    ("stories/", "tests are no part of what is in force"),
    ("models/", "a model comes with the release or lies in the folder; the world's hash covers it"),
    ("numbering/ported.csv", "the list of numbers taken along is the carriers' and is read at the start"),
];
/// How many customers one piece of a count looks at before others get their turn.
const PIECE: usize = 2_000;

/// What is in force, as the engine has it at one moment.
pub(super) struct Basis {
    /// Which generation.
    pub(super) generation: u64,
    /// The files.
    pub(super) files: Files,
    /// What runs.
    pub(super) world: Arc<World>,
}

impl Basis {
    pub(super) async fn of(site: &Site) -> Result<Self, Problem> {
        let basis = site.core.ask(|node| {
            let engine = node.engine();
            let approvals = &engine.state().approvals;
            let (generation, files) = (approvals.generation(), approvals.texts());
            Self { generation, files, world: Arc::clone(engine.world()) }
        });
        Ok(basis.await?)
    }

    /// The files with some exchanged; none: the file goes.
    pub(super) fn with(&self, changed: &BTreeMap<Arc<str>, Option<Arc<str>>>) -> Files {
        let mut files = self.files.clone();
        for (path, text) in changed {
            match text {
                Some(text) => drop(files.insert(Arc::clone(path), Arc::clone(text))),
                None => drop(files.remove(path)),
            }
        }
        files
    }
}

/// What was found.
pub(super) struct Judged {
    /// What it would be at the next start.
    pub(super) whole: Arc<World>,
    /// What would run.
    pub(super) running: Arc<World>,
    /// What it changes, with people and money.
    pub(super) effect: Effect,
    /// What the lints say that does not stand in the way.
    pub(super) remarks: Vec<Mistake>,
    /// What each of its broadcasts would do, by path.
    pub(super) broadcasts: Vec<(Arc<str>, Preview)>,
    /// Whose approval it needs.
    pub(super) needs: Vec<Need>,
}

/// Reads what a change makes of the configuration, and judges it.
pub(super) async fn judge(
    site: &Site,
    basis: &Basis,
    changed: &BTreeMap<Arc<str>, Option<Arc<str>>>,
) -> Result<Judged, Problem> {
    let strange: Vec<FieldError> = changed.keys().filter_map(|path| never(path)).collect();
    if !strange.is_empty() {
        return Err(Problem::fields(strange));
    }
    let (reader, files, before) =
        (Arc::clone(&site.configuration), basis.with(changed), Arc::clone(&basis.world));
    let changed = changed.clone();
    let read = tokio::task::spawn_blocking(move || read(&*reader, &before, &files, &changed));
    let mut read = read.await.map_err(|e| Problem::internal(&e))?.map_err(|mistakes| problem(&mistakes))?;
    let mut broadcasts = Vec::new();
    for (path, broadcast) in read.broadcasts {
        read.effect.touch.classes.insert(broadcast.class);
        let shown = previewed(site, &read.running, &broadcast).await?;
        let touch = &mut read.effect.touch;
        touch.people = touch.people.max(shown.audience);
        touch.cost = touch.cost.max(shown.total).max(broadcast.budget.unwrap_or(Cost::ZERO));
        broadcasts.push((path, shown));
    }
    for journey in &read.segments {
        let people = people(site, journey).await?;
        read.effect.touch.people = read.effect.touch.people.max(people);
    }
    let policy = basis.world.approvals.as_ref();
    let needs = policy.map(|policy| policy.needs(&read.effect.touch)).unwrap_or_default();
    let (whole, running, effect, remarks) = (read.whole, read.running, read.effect, read.remarks);
    Ok(Judged { whole, running, effect, remarks, broadcasts, needs })
}

fn never(path: &str) -> Option<FieldError> {
    let (_, why) = NEVER.iter().find(|(start, _)| path.starts_with(start))?;
    Some(FieldError { pointer: path.to_owned(), detail: (*why).to_owned() })
}

/// What reading finds.
struct Read {
    whole: Arc<World>,
    running: Arc<World>,
    effect: Effect,
    remarks: Vec<Mistake>,
    broadcasts: Vec<(Arc<str>, Arc<Journey>)>,
    segments: Vec<Arc<Journey>>,
}

fn read(
    reader: &dyn crate::configuration::Configuration,
    before: &World,
    files: &Files,
    changed: &BTreeMap<Arc<str>, Option<Arc<str>>>,
) -> Result<Read, Vec<Mistake>> {
    let whole = Arc::new(reader.whole(files)?);
    let running = Arc::new(reader.running(files)?);
    let paths: Vec<Arc<str>> = changed.keys().cloned().collect();
    let held = |path: &Arc<str>| {
        changed.get(path).and_then(Option::as_ref).map(|text| (Arc::clone(path), Arc::clone(text)))
    };
    let mut mistakes = Vec::new();
    let mut broadcasts = Vec::new();
    for (path, text) in paths.iter().filter(|path| path.starts_with(BROADCASTS)).filter_map(held) {
        match broadcast_from_text(&whole, &path, &text) {
            Ok(broadcast) => broadcasts.push((path, Arc::new(broadcast))),
            Err(found) => mistakes.extend(found),
        }
    }
    let templates: Files =
        paths.iter().filter(|path| path.starts_with("templates/")).filter_map(held).collect();
    let lints = reader.lints(&whole, &templates).map_err(|why| vec![at_start("templates/", why)])?;
    let (fatal, rest): (Vec<_>, Vec<_>) = lints.into_iter().partition(|(_, is_fatal)| *is_fatal);
    mistakes.extend(fatal.into_iter().map(|(mistake, _)| mistake));
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let effect = effect(before, &whole, &paths);
    let is_changed = |journey: &&Arc<Journey>| {
        whole.origins.journeys.get(&journey.reference).is_some_and(|path| paths.contains(path))
    };
    let segments = whole.journeys.segments().iter().filter(is_changed).cloned().collect();
    let remarks = rest.into_iter().map(|(mistake, _)| mistake).collect();
    Ok(Read { running, effect, remarks, broadcasts, segments, whole })
}

fn at_start(file: &str, message: String) -> Mistake {
    Mistake { file: file.to_owned(), line: 1, column: 1, message }
}

/// How many people are in a journey's segment now.
async fn people(site: &Site, journey: &Arc<Journey>) -> Result<u64, Problem> {
    let (mut people, mut from) = (0, Some(Subject(0)));
    while let Some(start) = from {
        let journey = Arc::clone(journey);
        let mut so_far = people;
        (from, people) = site
            .core
            .ask(move |node| {
                let next = audience(node.engine().state(), &journey, start, PIECE, &mut so_far);
                (next, so_far)
            })
            .await?;
    }
    Ok(people)
}

/// Mistakes of files as a problem: each with its place.
pub(super) fn problem(mistakes: &[Mistake]) -> Problem {
    let one = |m: &Mistake| {
        let pointer = format!("{}:{}:{}", m.file, m.line, m.column);
        FieldError { pointer, detail: m.message.clone() }
    };
    Problem::fields(mistakes.iter().map(one).collect())
}
