//! Cases that were opened. What leaves say of them outlives their customer; the rest goes with the customer's key.

use crate::entry::{CaseClosed, CaseId, CaseKind, CaseNoted, CaseOpened, CaseOutcome};
use model::{Span, Subject, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Every case.
#[derive(Debug, Default)]
pub struct Cases {
    all: BTreeMap<CaseId, Case>,
    /// Those that are open, by when they are due; it follows from the others.
    open: BTreeSet<(Timestamp, CaseId)>,
}

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it is about.
    pub kind: CaseKind,
    /// When it was opened.
    pub at: Timestamp,
    /// Until when it must be answered.
    pub due: Timestamp,
    /// When it was closed, and how.
    pub closed: Option<(Timestamp, CaseOutcome)>,
    /// Whom it is about and what was said; nothing once they are erased.
    pub matter: Option<Box<CaseMatter>>,
}

/// What of a case is sealed under its customer's key.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseMatter {
    /// Whose it is.
    pub subject: Subject,
    /// How it began.
    pub opened: CaseOpened,
    /// Who has it.
    pub assignee: Option<std::sync::Arc<str>>,
    /// What was done about it, oldest first.
    pub notes: Vec<(Timestamp, CaseNoted)>,
    /// How it ended.
    pub answer: Option<CaseClosed>,
}

impl Cases {
    /// One.
    pub fn get(&self, id: CaseId) -> Option<&Case> {
        self.all.get(&id)
    }

    /// All, in the order in which they were opened.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (CaseId, &Case)> {
        self.all.iter().map(|(id, case)| (*id, case))
    }

    /// Those of a customer, in the order in which they were opened.
    pub fn of(&self, subject: Subject) -> impl Iterator<Item = (CaseId, &Case)> {
        let is_theirs = move |case: &Case| case.matter.as_ref().is_some_and(|m| m.subject == subject);
        self.iter().filter(move |(_, case)| is_theirs(case))
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// How many should have been answered before this moment.
    pub fn overdue(&self, now: Timestamp) -> usize {
        self.open.range(..(now, CaseId(0))).count()
    }

    /// What a leaf says: a case was opened.
    pub(crate) fn begin(&mut self, id: CaseId, kind: CaseKind, at: Timestamp, days: u64) {
        let due = at.after(Span::days(i64::try_from(days).unwrap_or(0)));
        self.all.insert(id, Case { kind, at, due, closed: None, matter: None });
        self.open.insert((due, id));
    }

    /// What a leaf says: a case was closed.
    pub(crate) fn end(&mut self, id: CaseId, outcome: CaseOutcome, at: Timestamp) {
        if let Some(case) = self.all.get_mut(&id) {
            case.closed = Some((at, outcome));
            self.open.remove(&(case.due, id));
        }
    }

    /// What only the sealed part says: whose case it is.
    pub(crate) fn fill(&mut self, id: CaseId, subject: Subject, opened: &CaseOpened) {
        let matter =
            CaseMatter { subject, opened: opened.clone(), assignee: None, notes: Vec::new(), answer: None };
        if let Some(case) = self.all.get_mut(&id) {
            case.matter = Some(Box::new(matter));
        }
    }

    /// The sealed part of a case, to be added to.
    pub(crate) fn matter(&mut self, id: CaseId) -> Option<&mut CaseMatter> {
        self.all.get_mut(&id)?.matter.as_deref_mut()
    }

    /// Forgets whom cases were about.
    pub(crate) fn forget(&mut self, subject: Subject) {
        let is_theirs = |case: &&mut Case| case.matter.as_ref().is_some_and(|m| m.subject == subject);
        self.all.values_mut().filter(is_theirs).for_each(|case| case.matter = None);
    }
}
