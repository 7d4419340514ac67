//! One message as the ledger tells it: where it is, how it went, what its receipts said. It is read from the entries
//! themselves, so it says the same after a restart; what an erasure took is not there any more.

use engine::decide::rules;
use engine::entry::{AfterRefusal, Body, Fact, Matter, Order, Outcome, ReceiptState};
use model::{Cost, MessageClass, MessageId, Phone, Private, Timestamp};
use node::inquiry::Line;
use std::sync::Arc;
use store::views::MessageRow;

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The gate holds it back.
    Held,
    /// It waits for a carrier.
    Queued,
    /// It was handed over; answers are due.
    Sending,
    /// The carrier has it; receipts are due.
    Sent,
    /// The gate stopped it.
    Blocked,
    /// Whoever ordered it took it back.
    Cancelled,
    /// It came to its end.
    Ended(Outcome),
}

/// One message, as far as its entries tell.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The message.
    pub(crate) id: MessageId,
    /// Where it is.
    pub(crate) fate: Fate,
    /// Its class.
    pub(crate) class: Option<MessageClass>,
    /// Its template.
    pub(crate) template: String,
    /// Its route, once chosen.
    pub(crate) route: String,
    /// Its parts; 0 while it is held.
    pub(crate) parts: u8,
    /// What it costs.
    pub(crate) cost: Cost,
    /// When it was accepted.
    pub(crate) accepted: Timestamp,
    /// When something last happened to it.
    pub(crate) updated: Timestamp,
    /// When the carrier had all of it.
    pub(crate) submitted: Option<Timestamp>,
    /// Until when it is held, while it is.
    pub(crate) until: Option<Timestamp>,
    /// The rule that holds it or stopped it, and what it said.
    pub(crate) rule: Option<(&'static str, String)>,
    /// The number it goes to; gone after an erasure.
    pub(crate) to: Option<Phone>,
    /// What it says; gone after an erasure.
    pub(crate) text: Option<Private>,
    /// What the account asked for; gone after an erasure.
    pub(crate) order: Option<Arc<Order>>,
    /// What the carrier reported.
    pub(crate) receipts: Vec<Receipt>,
    /// Whether its account took it off its list.
    pub(crate) is_hidden: bool,
}

/// What a carrier reported of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Which part, from 1.
    pub(crate) part: u8,
    /// When it came.
    pub(crate) at: Timestamp,
    /// What it said.
    pub(crate) state: ReceiptState,
    /// The carrier's code.
    pub(crate) error: Option<Arc<str>>,
}

impl Record {
    /// Of a row of the views and the entries it names.
    pub(crate) fn of(row: &MessageRow, lines: &[Line]) -> Self {
        let mut record = Self {
            id: MessageId(row.id),
            fate: match node::phase_name(row.phase) {
                "held" => Fate::Held,
                "claimed" | "unanswered" => Fate::Sending,
                "submitted" => Fate::Sent,
                "blocked" => Fate::Blocked,
                "delivered" => Fate::Ended(Outcome::Delivered),
                "failed" => Fate::Ended(outcome(&row.rule)),
                _ => Fate::Queued,
            },
            class: MessageClass::from_code(row.class),
            template: String::new(),
            route: row.route.clone(),
            parts: row.parts,
            cost: Cost { millifen: row.cost_millifen },
            accepted: Timestamp(row.decided_ms),
            updated: Timestamp(row.updated_ms),
            submitted: None,
            until: None,
            rule: None,
            to: None,
            text: None,
            order: None,
            receipts: Vec::new(),
            is_hidden: false,
        };
        lines.iter().for_each(|line| record.take(line));
        if record.fate == Fate::Blocked
            && record.rule.as_ref().is_some_and(|(rule, _)| *rule == rules::CANCELLED.id())
        {
            record.fate = Fate::Cancelled;
        }
        record
    }

    fn take(&mut self, line: &Line) {
        let at = line.entry.at;
        match &line.entry.fact {
            Fact::MessageDecided(decided) => {
                self.matter(&decided.matter);
                self.rule = None;
                self.until = None;
                self.to = decided.to.phone();
                self.text = Some(decided.text.clone());
            }
            Fact::MessageRerouted(rerouted) => {
                self.to = rerouted.to.phone().or(self.to);
                self.text = Some(rerouted.text.clone());
                self.route = rerouted.route.as_str().to_owned();
                self.parts = rerouted.parts;
            }
            Fact::MessageHeld(held) => {
                self.matter(&held.matter);
                self.until = Some(held.until);
                self.said_last(&held.matter);
            }
            Fact::MessageBlocked(blocked) => {
                self.matter(&blocked.matter);
                self.until = None;
                self.said_last(&blocked.matter);
            }
            Fact::PartSubmitted { completes: Some(_), .. } => self.submitted = Some(at),
            Fact::MessageHidden { .. } => self.is_hidden = true,
            Fact::PartRefused {
                part,
                status,
                word,
                then: AfterRefusal::Fail(_) | AfterRefusal::Await,
                ..
            } => {
                let error = Some(word.clone().unwrap_or_else(|| format!("0x{status:x}").into()));
                self.receipts.push(Receipt { part: part + 1, at, state: ReceiptState::Rejected, error });
            }
            Fact::ReceiptReceived { part, state, error, .. } => {
                self.receipts.push(Receipt { part: part + 1, at, state: *state, error: error.clone() });
            }
            _ => {}
        }
    }

    fn matter(&mut self, matter: &Matter) {
        matter.template.as_str().clone_into(&mut self.template);
        // The first entry has the body, later ones may not.
        if self.order.is_none() {
            self.order.clone_from(&matter.order);
        }
    }

    fn said_last(&mut self, matter: &Matter) {
        self.rule = matter.findings.last().map(|finding| (finding.rule.id(), finding.detail.to_string()));
    }

    /// The text to show: what was sent, or what was ordered while nothing was made of it.
    pub(crate) fn text(&self) -> Option<&str> {
        let ordered = || match self.order.as_ref()?.body.as_ref()? {
            Body::Text(text) => Some(text.reveal()),
            Body::Template(..) => None,
        };
        self.text.as_ref().map(Private::reveal).or_else(ordered)
    }

    /// The account's own reference.
    pub(crate) fn reference(&self) -> Option<&str> {
        self.order.as_ref()?.reference.as_deref()
    }

    /// The number as it is written internationally.
    pub(crate) fn number(&self) -> String {
        self.to.map(|phone| format!("+{}", phone.reveal())).unwrap_or_default()
    }

    /// The last receipt, if any came.
    pub(crate) fn last(&self) -> Option<&Receipt> {
        self.receipts.last()
    }
}

/// The outcome of a word of the views.
fn outcome(word: &str) -> Outcome {
    let all = [
        Outcome::Delivered,
        Outcome::Undelivered,
        Outcome::Refused,
        Outcome::Uncertain,
        Outcome::NoReceipt,
        Outcome::Erased,
    ];
    all.into_iter().find(|outcome| outcome.name() == word).unwrap_or(Outcome::Undelivered)
}
