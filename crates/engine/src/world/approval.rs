//! Who must approve a change of the configuration (`approvals.toml`), and which files stand behind what is sent.
//!
//! It says what is asked for. What counts as an approval is the state's business, whether a message may go the gate's.

use super::World;
use crate::entry::Need;
use crate::state::POLICY_FILE;
use model::{Cost, MessageClass, Span, TemplateId};
use proof::Hash;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who must approve what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalPolicy {
    /// How many people every change needs; at least 1.
    pub checkers: u8,
    /// One of these roles each.
    pub roles: Vec<Arc<str>>,
    /// Who may put an approved change into force; none: everybody with a role.
    pub publishers: Vec<Arc<str>>,
    /// Who may put a change into force without approval.
    pub emergency: Vec<Arc<str>>,
    /// How long an approval counts.
    pub valid_for: Span,
    /// What needs more.
    pub asks: Vec<Demand>,
}

/// What needs more approval than every change does. Everything that is said must be true of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// It touches a file whose path begins with one of these; empty: any.
    pub files: Vec<Arc<str>>,
    /// It touches what is sent in one of these classes; empty: any.
    pub classes: Vec<MessageClass>,
    /// It speaks to more people than this at once.
    pub people_above: Option<u64>,
    /// It may spend more than this.
    pub cost_above: Option<Cost>,
    /// How many people.
    pub checkers: u8,
    /// One of these roles each.
    pub roles: Vec<Arc<str>>,
}

/// What a change touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touch {
    /// Its files.
    pub paths: Vec<Arc<str>>,
    /// The classes of what it changes.
    pub classes: BTreeSet<MessageClass>,
    /// How many people its largest audience has.
    pub people: u64,
    /// What it may spend: its largest budget, or what a broadcast costs.
    pub cost: Cost,
}

impl ApprovalPolicy {
    /// Whose approval a change needs.
    pub fn needs(&self, touch: &Touch) -> Vec<Need> {
        let every = Need { checkers: self.checkers, roles: self.roles.clone(), why: "every change".into() };
        let mut needs = vec![every];
        needs.extend(self.asks.iter().filter_map(|ask| ask.need(touch)));
        // Who approves what is itself the last thing to be changed lightly.
        if touch.paths.iter().any(|path| &**path == POLICY_FILE) {
            let highest = self.asks.iter().map(|ask| (ask.checkers, &ask.roles));
            let (checkers, roles) = highest
                .chain([(self.checkers, &self.roles)])
                .max_by_key(|(many, _)| *many)
                .unwrap_or((1, &self.roles));
            needs.push(Need {
                checkers,
                roles: roles.clone(),
                why: format!("{POLICY_FILE}: the most that anything needs").into(),
            });
        }
        needs
    }

    /// Whether somebody with these roles may put an approved change into force.
    pub fn may_publish(&self, roles: &[Arc<str>]) -> bool {
        if self.publishers.is_empty() { !roles.is_empty() } else { shares(&self.publishers, roles) }
    }

    /// Whether somebody with these roles may put a change into force in an emergency.
    pub fn may_in_emergency(&self, roles: &[Arc<str>]) -> bool {
        shares(&self.emergency, roles)
    }

    /// Whether somebody with these roles may review anything.
    pub fn may_review(&self, roles: &[Arc<str>]) -> bool {
        shares(&self.roles, roles) || self.asks.iter().any(|ask| shares(&ask.roles, roles))
    }
}

fn shares(some: &[Arc<str>], others: &[Arc<str>]) -> bool {
    some.iter().any(|role| others.contains(role))
}

impl Demand {
    fn need(&self, touch: &Touch) -> Option<Need> {
        let begins = |path: &Arc<str>| self.files.iter().any(|start| path.starts_with(&**start));
        let holds = (self.files.is_empty() || touch.paths.iter().any(begins))
            && (self.classes.is_empty() || self.classes.iter().any(|class| touch.classes.contains(class)))
            && self.people_above.is_none_or(|most| touch.people > most)
            && self.cost_above.is_none_or(|most| touch.cost > most);
        let need =
            || Need { checkers: self.checkers, roles: self.roles.clone(), why: self.why(touch).into() };
        holds.then(need)
    }

    /// Why it is asked for, with the figures that are asked about.
    fn why(&self, touch: &Touch) -> String {
        let mut words = Vec::new();
        if !self.files.is_empty() {
            words.push(self.files.join(", "));
        }
        if !self.classes.is_empty() {
            words.push(self.classes.iter().map(|class| class.name()).collect::<Vec<_>>().join(", "));
        }
        words.extend(self.people_above.map(|most| format!("{} people, more than {most}", touch.people)));
        words.extend(self.cost_above.map(|most| format!("{}, more than {most}", touch.cost)));
        if words.is_empty() { "every change".to_owned() } else { words.join("; ") }
    }
}

/// Which files a world was read from, and which of them stand behind what it sends.
#[derive(Debug, Default)]
pub struct Origins {
    /// SHA-256 of every file, by path.
    pub files: BTreeMap<Arc<str>, Hash>,
    /// The file of every journey, by `id@version`.
    pub journeys: BTreeMap<Arc<str>, Arc<str>>,
    /// The files of every template: its own, and those of the snippets in it.
    pub templates: BTreeMap<TemplateId, Vec<Arc<str>>>,
}

impl Origins {
    /// A file with what it holds.
    pub fn file(&self, path: &str) -> Option<(&Arc<str>, Hash)> {
        self.files.get_key_value(path).map(|(path, hash)| (path, *hash))
    }
}

/// What a change of files does to what is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Templates that say something else, are new or are gone, by id.
    pub templates: BTreeMap<Arc<str>, &'static str>,
    /// Journeys, by `id@version`.
    pub journeys: BTreeMap<Arc<str>, &'static str>,
    /// What it touches, but for people and what a broadcast costs.
    pub touch: Touch,
}

/// Compares two configurations that differ in these files.
pub fn effect(before: &World, after: &World, paths: &[Arc<str>]) -> Effect {
    let mut effect =
        Effect { touch: Touch { paths: paths.to_vec(), ..Touch::default() }, ..Effect::default() };
    for (id, word, class) in templates(before, after) {
        effect.templates.insert(id, word);
        effect.touch.classes.insert(class);
    }
    for (world, word) in [(before, GONE), (after, NEW)] {
        for (reference, _) in world.origins.journeys.iter().filter(|(_, path)| paths.contains(path)) {
            let is_in_both =
                [before, after].iter().all(|world| world.origins.journeys.contains_key(reference));
            effect.journeys.insert(Arc::clone(reference), if is_in_both { OTHER } else { word });
            let Some(journey) = world.journeys.version(reference) else { continue };
            effect.touch.classes.insert(journey.class);
            if let (NEW, Some(budget)) = (word, journey.budget) {
                effect.touch.cost = effect.touch.cost.max(budget);
            }
        }
    }
    for path in paths {
        match path.split_once('/') {
            Some(("templates" | "snippets" | "journeys" | "broadcasts", _)) => {}
            Some(("classes", file)) if class_of(file).is_some() => {
                effect.touch.classes.extend(class_of(file))
            }
            // What everything is judged by touches everything.
            _ => effect.touch.classes.extend(MessageClass::ALL),
        }
    }
    effect
}

fn class_of(file: &str) -> Option<MessageClass> {
    file.strip_suffix(".toml")?.parse().ok()
}

fn templates(before: &World, after: &World) -> Vec<(Arc<str>, &'static str, MessageClass)> {
    let mut found = Vec::new();
    for (id, old) in &before.templates {
        match after.templates.get(id) {
            Some(new) if new.hash == old.hash => {}
            Some(_) => found.push((id.as_str().into(), OTHER, old.class)),
            None => found.push((id.as_str().into(), GONE, old.class)),
        }
    }
    for (id, new) in &after.templates {
        match before.templates.get(id) {
            None => found.push((id.as_str().into(), NEW, new.class)),
            Some(old) if old.hash != new.hash => found.push((id.as_str().into(), OTHER, new.class)),
            Some(_) => {}
        }
    }
    found
}

const NEW: &str = "new";
const GONE: &str = "gone";
const OTHER: &str = "changed";
