//! From leaves to rows: what the views show of messages, customers and totals.
//!
//! It reads nothing but leaves (and the keyed hash of a new customer's id), so the views hold no personal data and
//! erasing somebody changes no figure in them.

use super::figures::Figures;
use crate::Error;
use engine::entry::{Follower, Public, SuppressionCause};
use engine::measure::Totals;
use engine::measure::tally::Stage;
use engine::prove::public_of;
use model::{MessageId, Subject};
use proof::entry::{Kind, Leaf};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use store::journal::JournalReader;
use store::views::{Changes, CustomerRow, MessageRow, ViewsReader};

/// Where a message stands, as the views' `phase` column stores it. Numbers never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum RowPhase {
    /// Held back by the gate.
    Held = 1,
    /// Let pass, waiting for a carrier.
    Ready = 2,
    /// Handed over.
    Claimed = 3,
    /// With the carrier.
    Submitted = 4,
    /// Handed over without an answer.
    Unanswered = 5,
    /// Stopped by the gate.
    Blocked = 6,
    /// Arrived.
    Delivered = 7,
    /// Ended otherwise; the `rule` column says how.
    Failed = 8,
}

/// Where a message stands by a number of the `phase` column, as far as figures care.
pub fn stage(code: u8) -> Stage {
    match code {
        3..=5 => Stage::Sent,
        6 => Stage::Stopped,
        7 => Stage::Delivered,
        8 => Stage::Failed,
        _ => Stage::Waiting,
    }
}

/// The word for a number of the `phase` column.
pub fn phase_name(code: u8) -> &'static str {
    match code {
        1 => "held",
        2 => "ready",
        3 => "claimed",
        4 => "submitted",
        5 => "unanswered",
        6 => "blocked",
        7 => "delivered",
        8 => "failed",
        _ => "unknown",
    }
}

/// How many messages under way are kept at hand before the views are asked again.
const OPEN_ROWS_MAX: usize = 500_000;

pub(super) struct Projector {
    reader: Box<dyn ViewsReader>,
    position: u64,
    totals: Totals,
    /// Rows of messages that have not ended, as the views have them. A row is either here or in `dirty`.
    open: HashMap<u64, MessageRow>,
    /// Rows changed since the last write.
    dirty: BTreeMap<u64, MessageRow>,
    customers: Vec<CustomerRow>,
    erased: Vec<u64>,
    figures: Figures,
}

impl Projector {
    pub(super) fn new(reader: Box<dyn ViewsReader>) -> Self {
        Self {
            reader,
            position: 0,
            totals: Totals::default(),
            open: HashMap::new(),
            dirty: BTreeMap::new(),
            customers: Vec::new(),
            erased: Vec::new(),
            figures: Figures::default(),
        }
    }

    pub(super) fn figures(&self) -> Figures {
        self.figures.clone()
    }

    /// The position of the next entry it wants.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Counts the totals up to where the views stand; the rows are there already.
    pub(super) fn recount(&mut self, journal: &dyn JournalReader, position: u64) -> Result<(), Error> {
        let mut failed = None;
        journal.scan(
            journal.first(),
            position.min(journal.len()),
            &mut |index, record| match Leaf::decode(record.leaf) {
                Ok(leaf) => {
                    self.totals.count(index, leaf.kind, &public_of(&leaf));
                    ControlFlow::Continue(())
                }
                Err(why) => {
                    failed = Some(Error::Leaf { index, why });
                    ControlFlow::Break(())
                }
            },
        )?;
        self.position = position;
        failed.map_or(Ok(()), Err)
    }

    pub(super) fn take(
        &mut self,
        index: u64,
        subject: Subject,
        leaf: &Leaf<'_>,
        lookup: Option<[u8; 32]>,
    ) -> Result<(), Error> {
        let public = public_of(leaf);
        self.totals.count(index, leaf.kind, &public);
        self.position = index + 1;
        if let Some(lookup) = lookup {
            self.customers.push(CustomerRow { subject: subject.0, lookup, first_entry: index });
        }
        if leaf.kind == Kind::CustomerErased {
            self.customers.retain(|row| row.subject != subject.0);
            self.erased.push(subject.0);
            let rows = self.open.values_mut().chain(self.dirty.values_mut());
            rows.filter(|row| row.subject == subject.0).for_each(|row| row.subject = 0);
        }
        let Some(MessageId(id)) = public.message else { return Ok(()) };
        let mut row = match self.dirty.remove(&id).or_else(|| self.open.remove(&id)) {
            Some(row) => row,
            // A message is named after the position of its first entry: the views cannot have it yet.
            None if id == index => blank(id, subject),
            None => self.reader.message(id)?.unwrap_or_else(|| blank(id, subject)),
        };
        let before = (row.phase, row.updated_ms);
        change(&mut row, index, leaf, &public);
        self.count(&row, leaf, before);
        self.dirty.insert(id, row);
        Ok(())
    }

    /// Counts what an entry says of its message's route.
    fn count(&self, row: &MessageRow, leaf: &Leaf<'_>, (phase, updated_ms): (u8, i64)) {
        let is_of_a_route = matches!(
            leaf.kind,
            Kind::MessageClaimed
                | Kind::PartSubmitted
                | Kind::PartRefused
                | Kind::PartUnanswered
                | Kind::ReceiptReceived
                | Kind::MessageEnded
        );
        if !is_of_a_route || row.route.is_empty() {
            return;
        }
        self.figures.of(&row.route, |figures| {
            match leaf.kind {
                Kind::MessageClaimed => figures.claimed += 1,
                Kind::PartSubmitted => figures.submitted += 1,
                Kind::PartRefused => figures.refused += 1,
                Kind::PartUnanswered => figures.unanswered += 1,
                Kind::ReceiptReceived => {
                    figures.receipts += 1;
                    if phase == RowPhase::Submitted as u8 {
                        figures.latency.add(leaf.time_ms.saturating_sub(updated_ms));
                    }
                }
                _ => {}
            }
            let has_ended = row.phase > RowPhase::Blocked as u8 && phase <= RowPhase::Blocked as u8;
            if has_ended && let Some(outcome) = &leaf.rule {
                *figures.outcomes.entry(outcome.to_string()).or_default() += 1;
            }
        });
    }

    /// Everything that changed since the last call, up to the present position.
    pub(super) fn changes(&mut self) -> Changes {
        let messages: Vec<MessageRow> = std::mem::take(&mut self.dirty).into_values().collect();
        for row in messages.iter().filter(|row| row.phase < RowPhase::Blocked as u8) {
            if self.open.len() < OPEN_ROWS_MAX {
                self.open.insert(row.id, row.clone());
            }
        }
        Changes {
            upto: self.position,
            messages,
            customers: std::mem::take(&mut self.customers),
            erased: std::mem::take(&mut self.erased),
            counters: counters(&self.totals),
        }
    }
}

fn blank(id: u64, subject: Subject) -> MessageRow {
    MessageRow {
        id,
        subject: subject.0,
        class: 0,
        journey: String::new(),
        template: String::new(),
        route: String::new(),
        phase: 0,
        rule: String::new(),
        decided_ms: 0,
        updated_ms: 0,
        parts: 0,
        cost_millifen: 0,
        entries: Vec::new(),
        goals: 0,
        value: 0,
        opt_outs: 0,
        complaints: 0,
        clicks: 0,
        repeats: 0,
        bots: 0,
    }
}

/// Counts what came of a message; false if this is a step of its way. What came of it is none, and its certificate has nothing to
/// say of it.
fn came_of(row: &mut MessageRow, kind: Kind, public: &Public) -> bool {
    match kind {
        Kind::GoalReached => {
            row.goals += 1;
            row.value = row.value.saturating_add(public.count.unwrap_or(0));
        }
        Kind::LinkClicked => match public.rule.as_deref().and_then(Follower::from_name) {
            Some(Follower::Human) => row.clicks += 1,
            Some(Follower::Repeat) => row.repeats += 1,
            Some(_) => row.bots += 1,
            None => {}
        },
        Kind::SuppressionRecorded => {
            let why = public.rule.as_deref().and_then(SuppressionCause::parse);
            row.opt_outs += u64::from(why == Some(SuppressionCause::OptOut));
            row.complaints += u64::from(why == Some(SuppressionCause::Complaint));
        }
        _ => return false,
    }
    true
}

fn change(row: &mut MessageRow, index: u64, leaf: &Leaf<'_>, public: &Public) {
    if came_of(row, leaf.kind, public) {
        return;
    }
    row.entries.push(index);
    if matches!(leaf.kind, Kind::AnswerLate | Kind::MessageHidden | Kind::ReviewDecided) {
        // None changes anything by itself, and the route of the one is not the message's.
        return;
    }
    row.updated_ms = leaf.time_ms;
    if row.entries.len() == 1 {
        row.decided_ms = leaf.time_ms;
    }
    if let Some(class) = leaf.class {
        row.class = class;
    }
    if let Some(journey) = &leaf.journey {
        row.journey = journey.to_string();
    }
    if let Some(route) = &leaf.route {
        row.route = route.to_string();
    }
    if let Some(template) = &leaf.template {
        row.template = template.to_string();
    }
    if let Some(rule) = &leaf.rule {
        row.rule = rule.to_string();
    }
    if leaf.kind == Kind::MessageDecided {
        row.parts = leaf.parts.unwrap_or(0);
    }
    row.cost_millifen = row.cost_millifen.saturating_add(public.cost.map_or(0, |c| c.millifen));
    let ends = leaf.rule.as_deref().map(|outcome| {
        if outcome == engine::entry::Outcome::Delivered.name() {
            RowPhase::Delivered
        } else {
            RowPhase::Failed
        }
    });
    let phase = match leaf.kind {
        Kind::MessageHeld => Some(RowPhase::Held),
        Kind::MessageBlocked => Some(RowPhase::Blocked),
        Kind::MessageDecided => {
            row.rule.clear();
            Some(RowPhase::Ready)
        }
        Kind::MessageClaimed => Some(RowPhase::Claimed),
        Kind::PartSubmitted if leaf.count == Some(1) => Some(RowPhase::Submitted),
        Kind::PartUnanswered => Some(RowPhase::Unanswered),
        Kind::PartRefused | Kind::ReceiptReceived | Kind::MessageEnded => ends,
        _ => None,
    };
    if let Some(phase) = phase {
        row.phase = phase as u8;
    }
}

/// The totals as named counters.
fn counters(totals: &Totals) -> Vec<(String, i64)> {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let mut named: Vec<(String, i64)> = Kind::ALL
        .into_iter()
        .map(|kind| (format!("kind/{}", kind.name()), signed(totals.of(kind))))
        .collect();
    named.push(("candidates".to_owned(), signed(totals.candidates)));
    named.push(("revoked".to_owned(), signed(totals.revoked)));
    named.push(("submitted".to_owned(), signed(totals.submitted)));
    named.extend(totals.clicks.iter().map(|(by, n)| (format!("click/{by}"), signed(*n))));
    named.extend(totals.outcomes.iter().map(|(name, n)| (format!("outcome/{name}"), signed(*n))));
    named.extend(totals.rules.iter().map(|((rule, blocked), n)| {
        (format!("{}/{rule}", if *blocked { "blocked" } else { "held" }), signed(*n))
    }));
    for (journey, t) in &totals.journeys {
        let figures = [
            ("candidates", t.candidates),
            ("decided", t.decided),
            ("blocked", t.blocked),
            ("delivered", t.delivered),
            ("failed", t.failed),
            ("parts", t.parts),
            ("opt_outs", t.opt_outs),
            ("complaints", t.complaints),
            ("clicks", t.clicks),
        ];
        named.extend(figures.map(|(name, n)| (format!("journey/{journey}/{name}"), signed(n))));
    }
    named
}
