//! What of the configuration is in force by whose approval, and the changes that wait for one.
//!
//! Here stands what counts (L7): no review of the maker's, none of another hash, none twice by the same person, none that has
//! lapsed. `apply` asks nothing else, so it holds whatever entries are replayed.

use crate::entry::{Content, FileChange, How, Need, Proposed, Published, Reviewed, change_hash};
use model::Timestamp;
use proof::Hash;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The file that says who must approve what; while it is in force, nothing else of the folder is.
pub const POLICY_FILE: &str = "approvals.toml";
/// So many changes behind the newest keep their contents at hand, for showing what they changed.
const CONTENTS_KEPT: u64 = 200;

/// The configuration as the ledger has it, and how it came to be.
#[derive(Debug, Clone, Default)]
pub struct Approvals {
    /// The files in force, by path.
    in_force: BTreeMap<Arc<str>, InForce>,
    /// Every change, by number.
    changes: BTreeMap<u64, Change>,
    /// How often something came into force.
    generation: u64,
}

/// A file in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// SHA-256 of what it holds.
    pub hash: Hash,
    /// The change by which it came into force.
    pub change: u64,
    /// What it holds.
    pub text: Arc<str>,
}

/// What a file holds, if it is there and kept at hand.
pub type Text = Option<Arc<str>>;

/// A change: what it is, what was said of it, what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What was proposed.
    pub proposed: Proposed,
    /// When.
    pub at: Timestamp,
    /// What each file held before and is to hold, as far as it is kept at hand.
    pub texts: Vec<(Text, Text)>,
    /// The reviews that count or counted, in their order.
    pub reviews: Vec<Review>,
    /// What became of it.
    pub standing: Standing,
}

/// A review that counts, or counted until it lapsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// When.
    pub at: Timestamp,
    /// What was said, and by whom.
    pub said: Reviewed,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It waits for approvals, or to be put into force.
    Open,
    /// Somebody other than its maker rejected it.
    Rejected,
    /// Its maker took it back.
    Withdrawn {
        /// Why.
        why: Arc<str>,
    },
    /// It came into force.
    Published {
        /// When.
        at: Timestamp,
        /// Who put it into force.
        by: Arc<str>,
        /// By what right.
        how: How,
    },
}

impl Standing {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Rejected => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Published { .. } => "published",
        }
    }
}

/// Whether two names mean one person.
fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Change {
    /// The approvals that count at a moment: one of each person, none of the maker's, none that has lapsed.
    pub fn approvals(&self, now: Timestamp) -> Vec<&Review> {
        let mut counted: Vec<&Review> = Vec::new();
        for review in self.reviews.iter().filter(|review| review.said.approves) {
            let is_own = is_same(&review.said.checker, &self.proposed.maker);
            let has_lapsed = now >= review.at.after(self.proposed.valid_for);
            let is_same_hash = review.said.hash == self.proposed.hash;
            let is_second = counted.iter().any(|other| is_same(&other.said.checker, &review.said.checker));
            if !is_own && !has_lapsed && is_same_hash && !is_second {
                counted.push(review);
            }
        }
        counted
    }

    /// The needs that are not met at a moment, of the proposal's and of others. Without any need one approval is needed all
    /// the same.
    pub fn unmet<'n>(&'n self, others: &'n [Need], now: Timestamp) -> Vec<(&'n Need, usize)> {
        let counted = self.approvals(now);
        let has = |need: &Need| {
            counted
                .iter()
                .filter(|review| review.said.roles.iter().any(|role| need.roles.contains(role)))
                .count()
        };
        let needs = self.proposed.needs.iter().chain(others);
        needs.map(|need| (need, has(need))).filter(|(need, has)| *has < usize::from(need.checkers)).collect()
    }

    /// Whether it has what it needs.
    pub fn is_approved(&self, others: &[Need], now: Timestamp) -> bool {
        !self.approvals(now).is_empty() && self.unmet(others, now).is_empty()
    }

    /// Whether every content has come.
    pub fn is_whole(&self) -> bool {
        let files = self.proposed.files.iter().zip(&self.texts);
        files.into_iter().all(|(file, (_, text))| file.after.is_some() == text.is_some())
    }

    /// Whether it came into force in an emergency and nobody else has looked at it since.
    pub fn is_unreviewed_emergency(&self) -> bool {
        let Standing::Published { at, by, how: How::Emergency(_) } = &self.standing else { return false };
        let looked = |review: &Review| review.at >= *at && !is_same(&review.said.checker, by);
        !self.reviews.iter().any(looked)
    }
}

impl Approvals {
    /// Whether approvals are asked for: the policy itself is in force.
    pub fn is_asked_for(&self) -> bool {
        self.in_force.contains_key(POLICY_FILE)
    }

    /// How often something came into force: another number means that what was read before is old.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The files in force.
    pub fn files(&self) -> &BTreeMap<Arc<str>, InForce> {
        &self.in_force
    }

    /// Every change, by number.
    pub fn changes(&self) -> &BTreeMap<u64, Change> {
        &self.changes
    }

    /// The number of the next change.
    pub fn next(&self) -> u64 {
        self.changes.last_key_value().map_or(1, |(number, _)| number + 1)
    }

    /// The change by which a file holds exactly this; none if it is not in force so.
    pub fn change_of(&self, path: &str, hash: Hash) -> Option<u64> {
        self.in_force.get(path).filter(|file| file.hash == hash).map(|file| file.change)
    }

    /// The files of a change that no longer hold what it was made from, with the change that did it, if one did.
    pub fn conflicts(&self, change: &Change) -> Vec<(Arc<str>, Option<u64>)> {
        let files = change.proposed.files.iter();
        let is_other = |file: &&FileChange| self.in_force.get(&file.path).map(|now| now.hash) != file.before;
        let by = |file: &FileChange| self.in_force.get(&file.path).map(|now| now.change);
        files.filter(is_other).map(|file| (Arc::clone(&file.path), by(file))).collect()
    }

    /// Changes that came into force in an emergency and that nobody else has looked at.
    pub fn unreviewed_emergencies(&self) -> impl Iterator<Item = &Change> {
        self.changes.values().filter(|change| change.is_unreviewed_emergency())
    }

    /// How many changes came into force in an emergency.
    pub fn emergencies(&self) -> u64 {
        let is_one =
            |change: &&Change| matches!(change.standing, Standing::Published { how: How::Emergency(_), .. });
        self.changes.values().filter(is_one).count() as u64
    }

    /// What the configuration would be with a change, as paths and contents. None if some content is not at hand.
    pub fn with(&self, change: &Change) -> Option<BTreeMap<Arc<str>, Arc<str>>> {
        let mut files = self.texts();
        for (file, (_, text)) in change.proposed.files.iter().zip(&change.texts) {
            match (file.after, text) {
                (None, _) => drop(files.remove(&file.path)),
                (Some(_), Some(text)) => drop(files.insert(Arc::clone(&file.path), Arc::clone(text))),
                (Some(_), None) => return None,
            }
        }
        Some(files)
    }

    /// The configuration in force, as paths and contents.
    pub fn texts(&self) -> BTreeMap<Arc<str>, Arc<str>> {
        self.in_force.iter().map(|(path, file)| (Arc::clone(path), Arc::clone(&file.text))).collect()
    }

    /// A change is proposed: it must be the next, and be what its hash says.
    pub(crate) fn propose(&mut self, proposed: &Proposed, at: Timestamp) {
        let Proposed { number, maker, title, reason, files, hash, .. } = proposed;
        let paths: BTreeSet<&str> = files.iter().map(|file| &*file.path).collect();
        let is_sound = *number == self.next()
            && paths.len() == files.len()
            && *hash == change_hash(maker, title, reason, files);
        if !is_sound {
            return;
        }
        let before = |file: &FileChange| self.in_force.get(&file.path).map(|now| Arc::clone(&now.text));
        let texts = files.iter().map(|file| (before(file), None)).collect();
        let (reviews, standing) = (Vec::new(), Standing::Open);
        let change = Change { proposed: proposed.clone(), at, texts, reviews, standing };
        self.changes.insert(*number, change);
    }

    /// The content of a file of a change: it must be what the change's list says.
    pub(crate) fn fill(&mut self, content: &Content) {
        let Some(change) = self.changes.get_mut(&content.number) else { return };
        let place = usize::try_from(content.place).unwrap_or(usize::MAX);
        let file = change.proposed.files.get(place);
        let fits = file.is_some_and(|file| file.after == Some(Hash::of(content.text.as_bytes())));
        if let Some((_, text)) = change.texts.get_mut(place)
            && fits
            && change.standing == Standing::Open
        {
            *text = Some(Arc::clone(&content.text));
        }
    }

    /// Somebody reviews a change. What does not count leaves no mark.
    pub(crate) fn review(&mut self, said: &Reviewed, at: Timestamp) {
        let Some(change) = self.changes.get_mut(&said.number) else { return };
        if is_same(&said.checker, &change.proposed.maker) || said.hash != change.proposed.hash {
            return;
        }
        match change.standing {
            Standing::Open if !said.approves => change.standing = Standing::Rejected,
            Standing::Open => {
                let counted = change.approvals(at);
                if counted.iter().any(|review| is_same(&review.said.checker, &said.checker)) {
                    return;
                }
            }
            // After an emergency somebody else looks at what was done.
            Standing::Published { ref by, how: How::Emergency(_), .. } if !is_same(by, &said.checker) => {}
            _ => return,
        }
        change.reviews.push(Review { at, said: said.clone() });
    }

    /// The maker takes a change back.
    pub(crate) fn withdraw(&mut self, number: u64, by: &str, why: &Arc<str>) {
        let Some(change) = self.changes.get_mut(&number) else { return };
        if change.standing == Standing::Open && is_same(by, &change.proposed.maker) {
            change.standing = Standing::Withdrawn { why: Arc::clone(why) };
        }
    }

    /// A change comes into force, if it may: whole, made from what is in force, and approved; or in an emergency with a reason;
    /// or as what approvals begin with, where none were asked for before.
    pub(crate) fn publish(&mut self, published: &Published, at: Timestamp) {
        let Some(change) = self.changes.get(&published.number) else { return };
        let is_right = match &published.how {
            How::Approved => change.is_approved(&published.needs, at),
            How::Emergency(why) => !why.trim().is_empty(),
            How::Adopted => !self.is_asked_for(),
        };
        let is_open = change.standing == Standing::Open && change.is_whole();
        if !is_open || !is_right || !self.conflicts(change).is_empty() {
            return;
        }
        let Some(change) = self.changes.get_mut(&published.number) else { return };
        for (file, (_, text)) in change.proposed.files.iter().zip(&change.texts) {
            match (file.after, text) {
                (Some(hash), Some(text)) => {
                    let now = InForce { hash, change: published.number, text: Arc::clone(text) };
                    self.in_force.insert(Arc::clone(&file.path), now);
                }
                _ => drop(self.in_force.remove(&file.path)),
            }
        }
        let (by, how) = (Arc::clone(&published.by), published.how.clone());
        change.standing = Standing::Published { at, by, how };
        self.generation += 1;
        self.forget_contents();
    }

    /// Contents of changes that are over and long past are left to the ledger.
    fn forget_contents(&mut self) {
        let newest = self.next();
        let old = self.changes.range_mut(..newest.saturating_sub(CONTENTS_KEPT));
        for (_, change) in old.filter(|(_, change)| change.standing != Standing::Open) {
            change.texts.iter_mut().for_each(|texts| *texts = (None, None));
        }
    }
}
