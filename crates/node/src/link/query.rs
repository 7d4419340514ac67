//! Questions to the carrier: what became of a part that it took, and of which no receipt has come.
//!
//! A few are under way at a time, so that they take no room from what is to be sent; the rest wait here until nobody
//! wants the answer any more. Each is asked once. What the carrier says comes out as a receipt; if it refuses, does not
//! answer, or says that the part is still on its way, nothing comes out.

use super::Link;
use engine::deliver::Report;
use engine::entry::ReceiptState;
use engine::world::Concatenation;
use model::{RemoteId, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// How many questions may wait for their answer.
const UNDER_WAY_MAX: usize = 16;
/// How many may wait to be asked; beyond it they are not: their messages end as if nobody could be asked.
const WAITING_MAX: usize = 4_096;

/// What is to be asked, and what was.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: VecDeque<Question>,
    under_way: HashMap<u64, RemoteId>,
    asked: u64,
}

#[derive(Debug)]
struct Question {
    remote: RemoteId,
    /// The number or word that the customer saw.
    source: String,
    until: Timestamp,
}

impl Link {
    /// Asks the carrier what became of a part that it took under this id, as soon as it can be asked and before `until`;
    /// what it says comes out as a receipt. False: it cannot be asked, because the part has no id of the carrier's, or
    /// enough questions wait.
    pub fn query(
        &mut self,
        remote: RemoteId,
        extension: Option<&str>,
        until: Timestamp,
        now: Timestamp,
    ) -> bool {
        if self.questions.waiting.len() >= WAITING_MAX || remote.as_str().starts_with(super::events::NO_ID) {
            return false;
        }
        let source = format!("{}{}", self.options.source, extension.unwrap_or_default());
        self.questions.waiting.push_back(Question { remote, source, until });
        self.ask(now);
        true
    }

    /// Asks what may be asked now.
    pub(super) fn ask(&mut self, now: Timestamp) {
        let questions = &mut self.questions;
        questions.waiting.retain(|question| question.until > now);
        while questions.under_way.len() < UNDER_WAY_MAX
            && let Some(question) = questions.waiting.front()
        {
            // Parts that went in one submit have one id at the carrier.
            let id = question.remote.as_str();
            let whole = self.options.concatenation == Concatenation::Payload;
            let id = if whole { id.rsplit_once('~').map_or(id, |(id, _)| id) } else { id };
            let ticket = questions.asked + 1;
            let open = self.binds.iter_mut().flatten().filter(|bind| bind.session.is_open());
            let asked = open.into_iter().any(|bind| bind.session.query(ticket, id, &question.source, now));
            if !asked {
                return;
            }
            questions.asked = ticket;
            if let Some(question) = questions.waiting.pop_front() {
                questions.under_way.insert(ticket, question.remote);
            }
        }
    }

    /// The carrier has answered a question.
    pub(super) fn queried(
        &mut self,
        ticket: u64,
        state: ReceiptState,
        error: Option<String>,
        now: Timestamp,
    ) {
        // What is still on its way is no news.
        if let Some(remote) = self.questions.under_way.remove(&ticket)
            && state != ReceiptState::Enroute
        {
            let (route, error) = (self.options.route.clone(), error.map(Arc::from));
            self.reports.push(Report { route, remote, state, error });
        }
        self.ask(now);
    }

    /// The carrier has refused a question, or not answered it.
    pub(super) fn query_failed(&mut self, ticket: u64, now: Timestamp) {
        self.questions.under_way.remove(&ticket);
        self.ask(now);
    }
}
