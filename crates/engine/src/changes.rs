//! The engine's part in changes of the configuration: who may propose, review, take back and put into force what.
//!
//! It answers with what is wrong; what counts in the end is decided by `apply` alone (L7). It reads no configuration: who calls
//! it has read, off this thread, the world that a change makes.

use crate::decide::{self, Reach};
use crate::engine::{Engine, Output, Reply};
use crate::entry::{Content, Entry, Fact, FileChange, How, Need, Proposed, Published, Reviewed, change_hash};
use crate::state::{Approvals, Change, POLICY_FILE, Standing, State};
use crate::world::{ApprovalPolicy, World};
use model::{Span, Subject, Timestamp};
use proof::Hash;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Somebody who has to do with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name of their API key.
    pub name: Arc<str>,
    /// What they may do.
    pub roles: Vec<Arc<str>>,
}

/// The role of those who may propose.
pub(crate) const MAKER: &str = "maker";

/// What somebody asks for.
#[derive(Debug, Clone)]
pub enum ChangeRequest {
    /// A change is proposed.
    Propose {
        /// Who.
        by: Person,
        /// What it is, in a line.
        title: Arc<str>,
        /// Why.
        reason: Arc<str>,
        /// Paths with what they are to hold; none: the file goes.
        files: BTreeMap<Arc<str>, Option<Arc<str>>>,
        /// Whose approval it needs.
        needs: Vec<Need>,
        /// The generation of the configuration that it was read against.
        generation: u64,
    },
    /// A change is approved or rejected.
    Review {
        /// Which.
        number: u64,
        /// Who.
        by: Person,
        /// The hash of the change that they saw.
        hash: Hash,
        /// Whether they approve.
        approves: bool,
        /// What they have to say.
        remark: Arc<str>,
    },
    /// A change is taken back.
    Withdraw {
        /// Which.
        number: u64,
        /// Who.
        by: Person,
        /// Why.
        why: Arc<str>,
    },
    /// A change is put into force.
    Publish {
        /// Which.
        number: u64,
        /// Who.
        by: Person,
        /// Why it cannot wait for approvals; none: it has them.
        emergency: Option<Arc<str>>,
        /// Whose approval it needs as things are now.
        needs: Vec<Need>,
        /// The generation of the configuration that the world was made of.
        generation: u64,
        /// What is to be in force.
        world: Arc<World>,
    },
    /// What a folder says comes into force as a whole: where approvals begin to be asked for, or in an emergency.
    Adopt {
        /// Who.
        by: Person,
        /// Why, if approvals are asked for already.
        emergency: Option<Arc<str>>,
        /// Every file.
        files: BTreeMap<Arc<str>, Arc<str>>,
    },
}

/// Why a request about a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Nobody asks for approvals.
    #[error(
        "approvals are not asked for: put {POLICY_FILE} into the configuration folder and start the server"
    )]
    NotAskedFor,
    /// There is no such change.
    #[error("there is no change {0}")]
    Unknown(u64),
    /// It is over.
    #[error("change {0} is {1}")]
    Over(u64, &'static str),
    /// The caller lacks a role.
    #[error("{name} may not {what}: expected a key with {role}, found {found}")]
    Role {
        /// Who.
        name: Arc<str>,
        /// What they wanted to do.
        what: &'static str,
        /// Which role it takes.
        role: String,
        /// Which they have.
        found: String,
    },
    /// The maker reviews their own change.
    #[error("{0} proposed this change: somebody else has to look at it")]
    Own(Arc<str>),
    /// Somebody else takes a change back.
    #[error("only {0}, who proposed it, may take it back; others reject it")]
    NotOwn(Arc<str>),
    /// The same person approves twice.
    #[error("{0} has approved this change before: it takes different people")]
    Twice(Arc<str>),
    /// The checker saw another change.
    #[error("expected the hash {expected}, found {found}: what was looked at is not what was proposed")]
    OtherHash {
        /// The change's.
        expected: Hash,
        /// What came.
        found: Hash,
    },
    /// Approvals are missing.
    #[error("change {number} lacks approvals: {}", .lacks.join("; "))]
    Unapproved {
        /// Which change.
        number: u64,
        /// What is lacking, one need each.
        lacks: Vec<String>,
    },
    /// Something else came into force in between.
    #[error("change {number} was made from files that are others now: {}; propose it anew", .files.join(", "))]
    Conflict {
        /// Which change.
        number: u64,
        /// Which files, with the change that did it.
        files: Vec<String>,
    },
    /// The configuration moved on while this was being read.
    #[error("the configuration has changed in this moment: try again")]
    Moved,
    /// What was asked for is not as expected.
    #[error("{0}")]
    Malformed(String),
}

/// The longest title and remark, in bytes.
const TITLE_BYTES_MAX: usize = 200;
/// The longest reason, in bytes.
const REASON_BYTES_MAX: usize = 2_000;
/// The longest file, in bytes: it stands in one entry of the ledger.
pub const FILE_BYTES_MAX: usize = 900 << 10;
/// How many files one change may have: their list stands in one entry.
pub const FILES_MAX: usize = 2_000;
/// The longest path, in bytes.
const PATH_BYTES_MAX: usize = 200;
/// How long what is adopted could have been approved: it is not, so not at all.
const NEVER: Span = Span(0);

impl Engine {
    /// An engine that remembers this.
    pub fn with(world: Arc<World>, state: State) -> Self {
        Self { state, ..Self::new(world) }
    }

    /// Answers a request about a change.
    pub(crate) fn change(&mut self, request: &ChangeRequest, now: Timestamp, out: &mut Output) -> Reply {
        let number = match request {
            ChangeRequest::Propose { by, title, reason, files, needs, generation } => {
                let wish = Wish { by, title, reason, files };
                self.propose(&wish, needs, *generation, now, out)
            }
            ChangeRequest::Review { number, by, hash, approves, remark } => self
                .review(*number, by, *hash, *approves, remark, now)
                .map(|fact| self.note_of(*number, fact, now, out)),
            ChangeRequest::Withdraw { number, by, why } => {
                self.withdraw(*number, by, why).map(|fact| self.note_of(*number, fact, now, out))
            }
            ChangeRequest::Publish { number, by, emergency, needs, generation, world } => {
                let done = self.may_publish(*number, by, emergency.as_ref(), needs, *generation, now);
                done.map(|how| {
                    let published =
                        Published { number: *number, by: Arc::clone(&by.name), how, needs: needs.clone() };
                    self.note_of(*number, Fact::ChangePublished(Box::new(published)), now, out);
                    self.put_into_force(world, now, out);
                    *number
                })
            }
            ChangeRequest::Adopt { by, emergency, files } => {
                self.adopt(by, emergency.as_ref(), files, now, out)
            }
        };
        Reply::Changed(number)
    }

    /// Launches a broadcast, if it may be.
    pub(crate) fn launch(
        &mut self,
        source: &str,
        reach: Option<Reach>,
        now: Timestamp,
        out: &mut Output,
    ) -> Reply {
        match decide::launch(&self.world, &self.state, source, reach, now) {
            Ok(entry) => {
                let reference = entry.fact.public().journey.unwrap_or_else(|| Arc::from(""));
                self.record(entry, out);
                Reply::Launched(reference)
            }
            Err(error) => Reply::NotLaunched(error),
        }
    }

    fn note_of(&mut self, number: u64, fact: Fact, now: Timestamp, out: &mut Output) -> u64 {
        self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
        number
    }

    /// From now on this is the configuration.
    fn put_into_force(&mut self, world: &Arc<World>, now: Timestamp, out: &mut Output) {
        self.world = Arc::clone(world);
        // What was made of the old one is made anew.
        self.cursors = Default::default();
        self.publish(now, out);
    }

    fn policy(&self) -> Result<&ApprovalPolicy, ChangeError> {
        let asked_for = self.state.approvals.is_asked_for();
        self.world.approvals.as_ref().filter(|_| asked_for).ok_or(ChangeError::NotAskedFor)
    }

    fn open_change(&self, number: u64) -> Result<&Change, ChangeError> {
        let change = self.state.approvals.changes().get(&number).ok_or(ChangeError::Unknown(number))?;
        match change.standing {
            Standing::Open => Ok(change),
            ref over => Err(ChangeError::Over(number, over.name())),
        }
    }

    fn propose(
        &mut self,
        wish: &Wish<'_>,
        needs: &[Need],
        generation: u64,
        now: Timestamp,
        out: &mut Output,
    ) -> Result<u64, ChangeError> {
        let valid_for = self.policy()?.valid_for;
        if !wish.by.roles.iter().any(|role| &**role == MAKER) {
            return Err(role(wish.by, "propose changes", &[MAKER.into()]));
        }
        wish.check()?;
        if generation != self.state.approvals.generation() {
            return Err(ChangeError::Moved);
        }
        let files = wish.changes(&self.state.approvals);
        if files.is_empty() {
            let nothing = "expected a change, found files that are in force just so";
            return Err(ChangeError::Malformed(nothing.to_owned()));
        }
        Ok(self.record_change(wish, files, needs.to_vec(), valid_for, now, out))
    }

    fn record_change(
        &mut self,
        wish: &Wish<'_>,
        files: Vec<FileChange>,
        needs: Vec<Need>,
        valid_for: Span,
        now: Timestamp,
        out: &mut Output,
    ) -> u64 {
        let number = self.state.approvals.next();
        let hash = change_hash(&wish.by.name, wish.title, wish.reason, &files);
        let contents: Vec<Content> = (0_u32..)
            .zip(&files)
            .filter_map(|(place, file)| {
                let text = Arc::clone(wish.files.get(&file.path)?.as_ref()?);
                Some(Content { number, place, text })
            })
            .collect();
        let (maker, title, reason) =
            (Arc::clone(&wish.by.name), Arc::clone(wish.title), Arc::clone(wish.reason));
        let proposed = Proposed { number, maker, title, reason, files, hash, needs, valid_for };
        self.note_of(number, Fact::ChangeProposed(Box::new(proposed)), now, out);
        for content in contents {
            self.note_of(number, Fact::ChangeContent(Box::new(content)), now, out);
        }
        number
    }

    fn review(
        &self,
        number: u64,
        by: &Person,
        hash: Hash,
        approves: bool,
        remark: &Arc<str>,
        now: Timestamp,
    ) -> Result<Fact, ChangeError> {
        let policy = self.policy()?;
        let change = self.state.approvals.changes().get(&number).ok_or(ChangeError::Unknown(number))?;
        if !change.is_unreviewed_emergency() {
            self.open_change(number)?;
        }
        let is = |name: &str| by.name.eq_ignore_ascii_case(name);
        if is(&change.proposed.maker) {
            return Err(ChangeError::Own(Arc::clone(&by.name)));
        }
        if let Standing::Published { by: publisher, .. } = &change.standing
            && is(publisher)
        {
            return Err(ChangeError::Own(Arc::clone(&by.name)));
        }
        let needed = change.proposed.needs.iter().flat_map(|need| &need.roles);
        if !policy.may_review(&by.roles) && !needed.into_iter().any(|role| by.roles.contains(role)) {
            return Err(role(by, "review changes", &policy.roles));
        }
        let expected = change.proposed.hash;
        if hash != expected {
            return Err(ChangeError::OtherHash { expected, found: hash });
        }
        let is_open = change.standing == Standing::Open;
        if approves && is_open && change.approvals(now).iter().any(|review| is(&review.said.checker)) {
            return Err(ChangeError::Twice(Arc::clone(&by.name)));
        }
        within("remark", remark, 0, REASON_BYTES_MAX)?;
        let (checker, roles, remark) = (Arc::clone(&by.name), by.roles.clone(), Arc::clone(remark));
        Ok(Fact::ChangeReviewed(Box::new(Reviewed { number, checker, roles, hash, approves, remark })))
    }

    fn withdraw(&self, number: u64, by: &Person, why: &Arc<str>) -> Result<Fact, ChangeError> {
        let change = self.open_change(number)?;
        if !by.name.eq_ignore_ascii_case(&change.proposed.maker) {
            return Err(ChangeError::NotOwn(Arc::clone(&change.proposed.maker)));
        }
        within("reason", why, 0, REASON_BYTES_MAX)?;
        Ok(Fact::ChangeWithdrawn { number, by: Arc::clone(&by.name), why: Arc::clone(why) })
    }

    fn may_publish(
        &self,
        number: u64,
        by: &Person,
        emergency: Option<&Arc<str>>,
        needs: &[Need],
        generation: u64,
        now: Timestamp,
    ) -> Result<How, ChangeError> {
        let policy = self.policy()?;
        let change = self.open_change(number)?;
        let conflicts = self.state.approvals.conflicts(change);
        if !conflicts.is_empty() {
            let told = |(path, by): &(Arc<str>, Option<u64>)| match by {
                Some(change) => format!("{path} (change {change})"),
                None => format!("{path} (gone)"),
            };
            return Err(ChangeError::Conflict { number, files: conflicts.iter().map(told).collect() });
        }
        if generation != self.state.approvals.generation() {
            return Err(ChangeError::Moved);
        }
        if let Some(why) = emergency {
            if !policy.may_in_emergency(&by.roles) {
                return Err(role(by, "put a change into force without approval", &policy.emergency));
            }
            within("reason of the emergency", why.trim(), 1, REASON_BYTES_MAX)?;
            return Ok(How::Emergency(Arc::clone(why)));
        }
        if !policy.may_publish(&by.roles) {
            return Err(role(by, "put changes into force", &policy.publishers));
        }
        lacking(change, needs, now)
            .map_or(Ok(How::Approved), |lacks| Err(ChangeError::Unapproved { number, lacks }))
    }

    fn adopt(
        &mut self,
        by: &Person,
        emergency: Option<&Arc<str>>,
        files: &BTreeMap<Arc<str>, Arc<str>>,
        now: Timestamp,
        out: &mut Output,
    ) -> Result<u64, ChangeError> {
        let how = match emergency {
            None if self.state.approvals.is_asked_for() => {
                return Err(ChangeError::Malformed(
                    "expected a reason: approvals are asked for already".to_owned(),
                ));
            }
            None => How::Adopted,
            Some(why) => {
                within("reason of the emergency", why.trim(), 1, REASON_BYTES_MAX)?;
                How::Emergency(Arc::clone(why))
            }
        };
        let goes = self.state.approvals.files().keys().filter(|path| !files.contains_key(*path));
        let stays = files.iter().map(|(path, text)| (Arc::clone(path), Some(Arc::clone(text))));
        let all: BTreeMap<_, _> = goes.map(|path| (Arc::clone(path), None)).chain(stays).collect();
        let reason = emergency.map_or_else(|| Arc::from("approvals are asked for from now on"), Arc::clone);
        let wish = Wish { by, title: &Arc::from("what the folder says"), reason: &reason, files: &all };
        wish.check()?;
        let changes = wish.changes(&self.state.approvals);
        if changes.is_empty() {
            return Err(ChangeError::Malformed("expected a difference, found what is in force".to_owned()));
        }
        let number = self.record_change(&wish, changes, Vec::new(), NEVER, now, out);
        let published = Published { number, by: Arc::clone(&by.name), how, needs: Vec::new() };
        Ok(self.note_of(number, Fact::ChangePublished(Box::new(published)), now, out))
    }
}

/// What a change lacks before it may come into force; none if nothing.
pub fn lacking(change: &Change, needs: &[Need], now: Timestamp) -> Option<Vec<String>> {
    if change.is_approved(needs, now) {
        return None;
    }
    let told = |(need, has): &(&Need, usize)| {
        format!("{has} of {} with the role {} ({})", need.checkers, need.roles.join(" or "), need.why)
    };
    let mut lacks: Vec<String> = change.unmet(needs, now).iter().map(told).collect();
    lacks.dedup();
    if lacks.is_empty() {
        lacks.push("at least one, of somebody else".to_owned());
    }
    Some(lacks)
}

fn role(by: &Person, what: &'static str, roles: &[Arc<str>]) -> ChangeError {
    let some =
        |roles: &[Arc<str>], none: &str| if roles.is_empty() { none.to_owned() } else { roles.join(" or ") };
    let role = format!("the role {}", some(roles, "that nobody has"));
    ChangeError::Role { name: Arc::clone(&by.name), what, role, found: some(&by.roles, "no role") }
}

fn within(what: &str, text: &str, least: usize, most: usize) -> Result<(), ChangeError> {
    let fits = (least..=most).contains(&text.len());
    let expected = || format!("{what}: expected {least} to {most} bytes, found {}", text.len());
    fits.then_some(()).ok_or_else(|| ChangeError::Malformed(expected()))
}

/// What somebody wants to change.
struct Wish<'a> {
    by: &'a Person,
    title: &'a Arc<str>,
    reason: &'a Arc<str>,
    files: &'a BTreeMap<Arc<str>, Option<Arc<str>>>,
}

impl Wish<'_> {
    fn check(&self) -> Result<(), ChangeError> {
        within("title", self.title.trim(), 1, TITLE_BYTES_MAX)?;
        within("reason", self.reason.trim(), 1, REASON_BYTES_MAX)?;
        if self.files.len() > FILES_MAX {
            let found = self.files.len();
            return Err(ChangeError::Malformed(format!("expected at most {FILES_MAX} files, found {found}")));
        }
        for (path, text) in self.files {
            within("path", path, 1, PATH_BYTES_MAX)?;
            let is_path = path.split('/').all(|step| !matches!(step, "" | "." | ".."));
            if !is_path || path.contains('\\') {
                let expected = format!("path: expected one such as templates/due.toml, found {path:?}");
                return Err(ChangeError::Malformed(expected));
            }
            within(path, text.as_deref().unwrap_or_default(), 0, FILE_BYTES_MAX)?;
        }
        Ok(())
    }

    /// The files that are to hold something else than they do.
    fn changes(&self, approvals: &Approvals) -> Vec<FileChange> {
        let one = |(path, text): (&Arc<str>, &Option<Arc<str>>)| {
            let before = approvals.files().get(path).map(|file| file.hash);
            let after = text.as_ref().map(|text| Hash::of(text.as_bytes()));
            (before != after).then(|| FileChange { path: Arc::clone(path), before, after })
        };
        self.files.iter().filter_map(one).collect()
    }
}
