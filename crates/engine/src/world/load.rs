//! Reads the whole configuration from texts and reports every mistake in it at once, with file and line.
//!
//! It opens no file and asks no environment: the caller merges folders and hands over paths and contents. It
//! never lets a world out that has a mistake in it. One file per kind does the reading; this one puts the kinds in
//! their order (classes before templates, templates before journeys) and makes the world of them.

mod document;
mod hooks;
mod links;
mod reader;
mod institution;
mod calendars;
mod choice;
mod classes;
mod rules;
mod snippets;
mod templates;
mod routes;
mod words;
mod remarks;
mod journeys;
mod accounts;
mod approvals;
mod origins;
mod plans;
mod rates;
mod numbering;
mod lint;
mod stories;

pub use document::Mistake;
pub use lint::lint_template;
pub(crate) use reader::nearest;
pub use stories::{stories_from_text, story_files};

use super::{Disagreement, Institution, Journey, World};
use crate::compose::class;
use calendars::Calendars;
use classes::Classes;
use document::{Document, Mistakes, Place};
use model::{Cost, MessageClass, Span, Zone};
use proof::Hash;
use reader::Item;
use routes::Routes;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use templates::Templates;
use text::classify::{Classifier, ModelError};

/// Reads a world from files: paths as `rules/cn/frequency.toml`, with their contents, in any order.
///
/// Files in `broadcasts/` (see [`broadcast_from_text`]), in `maps/` (how to read somebody's files) and in `stories/` (see
/// [`stories_from_text`]) are not part of a world and are left out.
///
/// # Errors
/// All mistakes of all files, sorted by file and line; never an empty list.
pub fn load(files: &[(String, String)]) -> Result<World, Vec<Mistake>> {
    load_with(files, None)
}

/// The same with a classification model, whose bytes the world's hash covers too.
///
/// # Errors
/// As [`load`], and bytes that are no model.
pub fn load_with(files: &[(String, String)], model: Option<&[u8]>) -> Result<World, Vec<Mistake>> {
    let mut files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .filter(|(path, _)| !ELSEWHERE.iter().any(|folder| path.starts_with(folder)))
        .collect();
    files.sort_unstable();
    let mistakes = Mistakes::default();
    let documents: Vec<Document<'_>> = files
        .iter()
        .filter(|(path, _)| *path != numbering::PORTED && !words::is_list(path))
        .map(|(path, text)| Document::parse(path, text, &mistakes))
        .collect();
    let fields = files.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    let hash = proof::hash_fields(HASH_DOMAIN, fields);
    let hash = match model {
        Some(model) => {
            let both = [hash, Hash::of(model)].map(|hash| hash.0);
            proof::hash_fields(CLASSIFIED_DOMAIN, both.iter().map(|hash| &hash[..]))
        }
        None => hash,
    };
    let classifier = model.and_then(|model| {
        let refused = |error: ModelError| mistakes.missing_file(MODEL, error.to_string());
        Classifier::read(model).map_err(refused).ok().map(Arc::new)
    });
    let mut folders = Folders::of(&documents);
    folders.ported = files.iter().find(|(path, _)| *path == numbering::PORTED).map(|(_, text)| *text);
    folders.lists = files.iter().filter(|(path, _)| words::is_list(path)).copied().collect();
    folders.files = files.len();
    let world = read_world(&folders, hash, classifier, &mistakes).map(|world| World {
        origins: origins::of(&files, &folders.journeys, &folders.templates, &folders.snippets),
        ..world
    });
    drop(folders);
    drop(documents);
    finish(world, mistakes, INSTITUTION)
}

/// Reads a broadcast file against a world: a journey whose trigger is "now, for everyone who meets a condition".
///
/// Its `reference` is its id, `@`, and the first 8 hex digits of the SHA-256 of the text.
///
/// # Errors
/// All mistakes of the file, sorted by line; never an empty list.
pub fn broadcast_from_text(world: &World, file: &str, text: &str) -> Result<Journey, Vec<Mistake>> {
    let mistakes = Mistakes::default();
    let document = Document::parse(file, text, &mistakes);
    let text_hash = Hash::of(text.as_bytes()).to_string();
    let uses = world.institution.preferences.uses.keys().cloned().collect();
    let classes = Classes::of_world(&world.classes, uses);
    let templates = Templates::of_world(&world.templates);
    let broadcast =
        journeys::read_broadcast(&document, &text_hash, &classes, &templates, &world.plans, &world.journeys);
    drop(document);
    finish(broadcast, mistakes, file)
}

fn finish<T>(read: Option<T>, mistakes: Mistakes, file: &str) -> Result<T, Vec<Mistake>> {
    match (read, mistakes.into_sorted()) {
        (Some(read), mistakes) if mistakes.is_empty() => Ok(read),
        // Whoever answers `None` has reported why. Should one forget, the caller must still be told something.
        (None, mistakes) if mistakes.is_empty() => {
            let message = "expected a complete configuration, found one that is not".to_owned();
            Err(vec![Mistake { file: file.to_owned(), line: 1, column: 1, message }])
        }
        (_, mistakes) => Err(mistakes),
    }
}

/// The files by kind.
#[derive(Default)]
struct Folders<'a> {
    institution: Option<&'a Document<'a>>,
    approvals: Option<&'a Document<'a>>,
    words: Option<&'a Document<'a>>,
    complaints: Option<&'a Document<'a>>,
    links: Option<&'a Document<'a>>,
    clicks: Option<&'a Document<'a>>,
    targets: Vec<&'a Document<'a>>,
    calendars: Vec<&'a Document<'a>>,
    classes: Vec<&'a Document<'a>>,
    /// With the jurisdiction.
    rules: Vec<(&'a str, &'a Document<'a>)>,
    snippets: Vec<&'a Document<'a>>,
    templates: Vec<&'a Document<'a>>,
    routes: Vec<&'a Document<'a>>,
    journeys: Vec<&'a Document<'a>>,
    accounts: Vec<&'a Document<'a>>,
    plans: Vec<&'a Document<'a>>,
    hooks: Vec<&'a Document<'a>>,
    rates: Vec<&'a Document<'a>>,
    numbering: Vec<&'a Document<'a>>,
    /// Numbers that were taken along to another carrier.
    ported: Option<&'a str>,
    /// Lists of words and the table of their spellings: paths and contents.
    lists: Vec<(&'a str, &'a str)>,
    files: usize,
}

impl<'a> Folders<'a> {
    fn of(documents: &'a [Document<'a>]) -> Self {
        let mut folders = Self { files: documents.len(), ..Self::default() };
        for document in documents {
            let steps: Vec<&'a str> = document.path.split('/').collect();
            match steps.as_slice() {
                _ if !document.path.ends_with(".toml") => report_stranger(document),
                [_] if document.path == INSTITUTION => folders.institution = Some(document),
                [_] if document.path == crate::state::POLICY_FILE => folders.approvals = Some(document),
                [_] if document.path == links::PATH => folders.links = Some(document),
                [_] if document.path == links::CLICKS => folders.clicks = Some(document),
                ["targets", .., _] => folders.targets.push(document),
                ["words", _] if document.path == words::PATH => folders.words = Some(document),
                ["words", _] if document.path == words::COMPLAINTS => folders.complaints = Some(document),
                ["calendars", _] => folders.calendars.push(document),
                ["classes", _] => folders.classes.push(document),
                ["rules", jurisdiction, .., _] => folders.rules.push((jurisdiction, document)),
                ["snippets", .., _] => folders.snippets.push(document),
                ["templates", .., _] => folders.templates.push(document),
                ["routes", .., _] => folders.routes.push(document),
                ["journeys", .., _] => folders.journeys.push(document),
                ["accounts", .., _] => folders.accounts.push(document),
                ["plans", .., _] => folders.plans.push(document),
                ["hooks", _] => folders.hooks.push(document),
                ["rates", _] => folders.rates.push(document),
                ["numbering", .., _] => folders.numbering.push(document),
                _ => report_stranger(document),
            }
        }
        folders
    }
}

fn report_stranger<'a>(document: &'a Document<'a>) {
    document.place(0).report(
        "expected institution.toml, approvals.toml, links.toml, clicks.toml, words/opt_out.toml, words/NAME.words, words/spellings.txt or a .toml file in calendars/, classes/, rules/<jurisdiction>/, \
         snippets/, templates/, targets/, journeys/, routes/, accounts/, plans/, hooks/, rates/ or numbering/, found a file of no known kind",
    );
}

fn read_world(
    folders: &Folders<'_>,
    hash: Hash,
    classifier: Option<Arc<Classifier>>,
    mistakes: &Mistakes,
) -> Option<World> {
    let stated = folders.institution.map(institution::read);
    if stated.is_none() {
        mistakes.missing_file(INSTITUTION, "expected a file that says who we are, found none");
    }
    let zone = stated.as_ref().and_then(|s| s.zone).unwrap_or(Zone::SHANGHAI);
    let signature = stated.as_ref().and_then(|s| s.signature);
    let calendars = calendars::read(&folders.calendars);
    let classes = classes::read(&folders.classes, uses(stated.as_ref()), mistakes);
    let packs = || folders.rules.iter().map(|(folder, _)| *folder);
    let jurisdiction = stated.as_ref().and_then(|s| s.jurisdiction).and_then(|item| known(item, packs()));
    let pack = rules::read(&folders.rules, jurisdiction, &rules::Context { zone, classes: &classes });
    let (snippets, lists) = (snippets::read(&folders.snippets), words::read_lists(&folders.lists, mistakes));
    let asked = asked(stated.as_ref(), lists.as_deref(), classifier.as_deref());
    let link = stated.as_ref().and_then(|s| s.preferences.link_characters());
    let (tracking, targets) = (links::read_tracking(folders.links), links::read_targets(&folders.targets));
    let addresses = templates::Addresses { page: link, tracking: tracking.as_ref(), targets: &targets };
    let context = templates::Context { classes: &classes, snippets: &snippets, signature, asked, addresses };
    let templates = templates::read(&folders.templates, context);
    let routes = covering(&classes, routes::read(&folders.routes));
    let opt_out = words::read(folders.words, &templates, mistakes);
    let (plans, hooks) = (plans::read(&folders.plans), hooks::read(&folders.hooks));
    let accounts = accounts::read(&folders.accounts, &classes, &templates, &plans);
    let known = journeys::Known {
        classes: &classes,
        templates: &templates,
        plans: &plans,
        hooks: &hooks,
        routes: &routes.read,
        accounts: &accounts,
    };
    let journeys = journeys::read(&folders.journeys, &known);
    let institution = make_institution(stated?, &calendars, rates::read(&folders.rates), jurisdiction);
    let readings = readings(classifier.as_deref(), &templates, signature.unwrap_or_default());
    Some(World {
        hash,
        files: folders.files,
        institution: institution?,
        classes: classes.policies.into_values().collect::<Vec<_>>().try_into().ok()?,
        pack,
        snippets,
        complaints: words::read_complaints(folders.complaints, &templates),
        templates: templates.compiled,
        journeys,
        table: super::RouteTable::of(&routes.read),
        routes: routes.read,
        numbering: numbering::read(&folders.numbering, folders.ported, zone, mistakes),
        accounts,
        hooks,
        plans,
        approvals: approvals::of(folders.approvals)?,
        origins: super::Origins::default(),
        opt_out: opt_out?,
        links: None,
        tracking,
        targets,
        clicks: links::read_filter(folders.clicks),
        words: lists?,
        classifier,
        readings,
        remarks: templates.remarks,
        #[cfg(feature = "mutants")]
        left_out: None,
    })
}

/// What the templates read as; nothing without a model.
fn readings(
    classifier: Option<&Classifier>,
    templates: &Templates<'_>,
    signature: &str,
) -> BTreeMap<Hash, class::Reading> {
    let compiled = templates.compiled.values().map(|template| &**template);
    let read = classifier.map(|model| class::of_templates(model, compiled, signature));
    read.into_iter().flatten().collect()
}

/// What is known when a template is looked at.
fn asked<'k, 'a: 'k>(
    stated: Option<&institution::Stated<'a>>,
    words: Option<&'k text::words::Checker>,
    classifier: Option<&'k Classifier>,
) -> remarks::Asked<'k> {
    // Where a difference is only noted, there is nothing to be told before.
    let is_stopped = stated.is_some_and(|s| s.disagreement == Disagreement::Block);
    let (lender, signature) = (stated.and_then(|s| s.lender), stated.and_then(|s| s.signature));
    let classifier = classifier.filter(|_| is_stopped);
    remarks::Asked { words, lender, classifier, signature: signature.unwrap_or_default() }
}

/// What customers may keep from being used.
fn uses(stated: Option<&institution::Stated<'_>>) -> Option<Vec<Arc<str>>> {
    stated.map(|stated| stated.preferences.uses.keys().cloned().collect())
}

fn make_institution(
    stated: institution::Stated<'_>,
    calendars: &Calendars<'_>,
    rates: super::Rates,
    jurisdiction: Option<&str>,
) -> Option<Institution> {
    let calendar = stated.calendar.and_then(|item| {
        let id = known(item, calendars.declared.keys().map(String::as_str))?;
        calendars.read.get(id).cloned()
    });
    Some(Institution {
        name: stated.name?.to_owned(),
        signature: stated.signature?.to_owned(),
        country: stated.country?.to_owned(),
        zone: stated.zone?,
        language: stated.language?.to_owned(),
        currency: stated.currency?,
        calendar: calendar?,
        rates,
        jurisdiction: jurisdiction?.to_owned(),
        disagreement: stated.disagreement,
        unreviewed: stated.unreviewed,
        lender: stated.lender.map(str::to_owned),
        contacts: stated.contacts,
        preferences: stated.preferences,
        tasks_per_hour: stated.tasks_per_hour,
    })
}

/// The routes; every class whose messages may be sent but that none of them carries is reported.
fn covering(classes: &Classes<'_>, routes: Routes) -> Routes {
    for (class, policy) in &classes.policies {
        let is_allowed = policy.common.allowed || policy.subtypes.values().any(|policy| policy.allowed);
        if is_allowed
            && !routes.may_carry(*class)
            && let Some(place) = classes.declared.get(class)
        {
            place.report(format!("expected a route that carries {class}, found none in routes/"));
        }
    }
    routes
}

/// The text of an item, when it is one of the known names.
fn known<'a>(item: Item<'a>, names: impl Iterator<Item = impl AsRef<str>>) -> Option<&'a str> {
    let text = item.any_text()?;
    let names: Vec<_> = names.collect();
    if names.iter().any(|name| name.as_ref() == text) {
        return Some(text);
    }
    let hint = match nearest(text, names.iter().map(AsRef::as_ref)) {
        Some(name) => format!(", the nearest is {name:?}"),
        None => String::new(),
    };
    item.report(format!("unknown name {text:?}{hint}"));
    None
}

/// Remembers where something is declared, and reports a second declaration.
fn declare<'a, K: Ord + Display>(declared: &mut BTreeMap<K, Place<'a>>, id: K, place: Place<'a>, what: &str) {
    if let Some(earlier) = declared.get(&id) {
        place.report(format!("{what} \"{id}\" is already in {}", earlier.name()));
    } else {
        declared.insert(id, place);
    }
}

/// An id that is made to stand in references, paths and commands.
fn id_text(item: Item<'_>) -> Option<&str> {
    item.parsed(|text| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_id = !text.is_empty() && text.len() <= ID_OCTETS_MAX && text.chars().all(is_plain);
        is_id.then_some(text).ok_or_else(|| {
            format!("expected 1 to {ID_OCTETS_MAX} letters, digits, '-', '_' or '.', found {text:?}")
        })
    })
}

fn class_item(item: Item<'_>) -> Option<MessageClass> {
    item.parsed(str::parse::<MessageClass>)
}

/// A list of classes, sorted, of at least one.
fn class_list(item: Item<'_>) -> Option<Vec<MessageClass>> {
    let items = item.list()?;
    if items.is_empty() {
        item.report("expected at least one class, found none");
    }
    let mut classes = Vec::with_capacity(items.len());
    for item in items {
        match class_item(item) {
            Some(class) if classes.contains(&class) => item.report(format!("{class} is already in the list")),
            Some(class) => classes.push(class),
            None => {}
        }
    }
    classes.sort_unstable();
    Some(classes)
}

/// A length of time longer than none.
fn span_item(item: Item<'_>) -> Option<Span> {
    let span = item.parsed(Span::parse)?;
    if span == Span::default() {
        item.report("expected a length of time longer than none, found 0");
    }
    Some(span)
}

fn cost_item(item: Item<'_>) -> Option<Cost> {
    item.parsed(|text| {
        Cost::parse_yuan(text).ok_or_else(|| {
            format!("expected yuan with at most five decimals such as \"0.035\", found {text:?}")
        })
    })
}

const INSTITUTION: &str = "institution.toml";
/// Folders of a configuration that are not part of a world.
const ELSEWHERE: [&str; 3] = ["broadcasts/", "maps/", "stories/"];
const HASH_DOMAIN: &str = "hongyan/world/v1";
const CLASSIFIED_DOMAIN: &str = "hongyan/world/classified/v1";
/// What mistakes of a model are reported under.
const MODEL: &str = "models/classify.bin";
/// The longest id: it is copied into every entry it is named in.
const ID_OCTETS_MAX: usize = 64;

#[cfg(test)]
mod tests;
