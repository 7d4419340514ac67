//! A core system of the bank: it hands in orders until they are answered, takes back some, and is told what became of them.
//!
//! What it expects: an order that was answered once is one message for ever, however often it is handed in; and of every
//! message that was accepted it is told the end, at least once, through crashes of the process and its own deafness.

use super::violation::{Broken, keep};
use crate::Dice;
use engine::decide::Ordered;
use engine::entry::{NoticeKind, Settled};
use engine::{Input, Reply};
use model::{AccountId, MessageId, Span, Subject, Timestamp};
use node::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The account's name.
pub(crate) const ACCOUNT: &str = "core";

/// How many notices it takes at once.
const NOTICES: usize = 20;

/// What the system remembers.
pub(crate) struct Desk {
    dice: Dice,
    /// Which message each key became.
    messages: BTreeMap<Arc<str>, MessageId>,
    accepted: BTreeSet<MessageId>,
    told: BTreeSet<MessageId>,
    /// What was handed to it in this life of the process: everything before has been taken or lost.
    cursor: u64,
    /// When it listens next.
    listens_at: Timestamp,
    /// Heard, and not said to be heard yet.
    heard: Vec<u64>,
}

impl Desk {
    pub(crate) fn new(dice: Dice) -> Self {
        Self {
            dice,
            messages: BTreeMap::new(),
            accepted: BTreeSet::new(),
            told: BTreeSet::new(),
            cursor: 0,
            listens_at: Timestamp(0),
            heard: Vec::new(),
        }
    }

    /// The process is another one: it begins to tell from the start, and what was not settled comes again.
    pub(crate) fn restarted(&mut self) {
        self.cursor = 0;
        self.heard.clear();
    }

    /// Orders were answered.
    pub(crate) fn answered(&mut self, input: &Input, reply: &Reply) -> Result<(), Broken> {
        let (Input::Orders(requests), Reply::Ordered(answers)) = (input, reply) else { return Ok(()) };
        keep(requests.len() == answers.len(), "orders", || {
            format!("{} orders, {} answers", requests.len(), answers.len())
        })?;
        for (request, answer) in requests.iter().zip(answers) {
            let Some(key) = &request.key else { continue };
            self.answer(key, answer)?;
        }
        Ok(())
    }

    fn answer(&mut self, key: &Arc<str>, answer: &Ordered) -> Result<(), Broken> {
        match answer {
            Ordered::Piece { whole: Some(whole), .. } => self.answer(key, whole),
            Ordered::Accepted { message, .. } => {
                let first = *self.messages.entry(Arc::clone(key)).or_insert(*message);
                self.accepted.insert(*message);
                keep(first == *message, "orders", || format!("order {key} became {first} and {message}"))
            }
            Ordered::Repeated(message) => {
                let first = *self.messages.entry(Arc::clone(key)).or_insert(*message);
                keep(first == *message, "orders", || format!("order {key} was {first}, is {message}"))
            }
            Ordered::Piece { whole: None, .. } | Ordered::Blocked { .. } | Ordered::Refused(_) => Ok(()),
        }
    }

    /// When it wants to listen, if there is something to be told.
    pub(crate) fn deadline(&self, node: &Node) -> Option<Timestamp> {
        let account = AccountId::new(ACCOUNT);
        let waits = node.engine().state().outboxes.from(&account, self.cursor).next().is_some();
        (waits || !self.heard.is_empty()).then_some(self.listens_at)
    }

    /// It listens: takes what there is to be told, and says of what it heard before that it has it.
    pub(crate) fn listen(&mut self, node: &Node, now: Timestamp) -> Option<Input> {
        if now < self.listens_at {
            return None;
        }
        self.listens_at = now.after(Span(self.dice.between(1, 60_000)));
        let account = AccountId::new(ACCOUNT);
        let settled = std::mem::take(&mut self.heard);
        for (position, notice) in node.engine().state().outboxes.from(&account, self.cursor).take(NOTICES) {
            if let NoticeKind::Ended { told, .. } = &notice.kind {
                self.told.insert(told.message);
            }
            self.heard.push(position);
            self.cursor = position + 1;
        }
        let how = Settled::Told;
        (!settled.is_empty()).then_some(Input::Settled { account, notices: settled, how })
    }

    /// In the end it has been told of everything that it was promised, but for people who were erased.
    pub(crate) fn knows_all(
        &self,
        subject_of: impl Fn(MessageId) -> Option<Subject>,
        erased: &BTreeSet<Subject>,
    ) -> Result<(), Broken> {
        let is_erased = |id: MessageId| subject_of(id).is_some_and(|subject| erased.contains(&subject));
        let missing: Vec<&MessageId> =
            self.accepted.difference(&self.told).filter(|id| !is_erased(**id)).collect();
        keep(missing.is_empty(), "told", || format!("nobody told the account of {missing:?}"))
    }

    /// How many messages were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.len() as u64
    }
}
