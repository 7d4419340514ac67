//! The engine's part in texts that people look at: what they say becomes entries here. It belongs to `engine`; what holds a message for
//! them is the rules' to say.

use crate::decide::{self, review};
use crate::engine::{Engine, Output, Reply};
use crate::entry::{Entry, Fact, ReviewDecided, ReviewVerdict};
use crate::state::{Message, TextReview};
use model::{MessageId, Private, Timestamp};
use proof::Hash;
use std::sync::Arc;

/// What a person wants to say of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRequest {
    /// Which message.
    pub message: MessageId,
    /// What they say.
    pub verdict: ReviewVerdict,
    /// Who, by the name of their key.
    pub by: Arc<str>,
    /// Why.
    pub remark: Arc<str>,
    /// The hash of the text that they have looked at.
    pub hash: Hash,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewed {
    /// It is an entry; what the gate said then is another.
    Recorded,
    /// No such message waits for a person.
    NotThere,
    /// Whoever handed a message in does not approve it.
    Own,
    /// The text is another by now.
    Changed,
    /// There is no text, for this reason.
    NoText(String),
}

impl Engine {
    /// The messages that wait for a person, oldest first.
    pub fn in_review(&self) -> impl Iterator<Item = (&Message, &TextReview)> {
        let state = self.state();
        let waiting = state.in_review.iter().filter_map(|id| state.messages.get(id));
        waiting.filter_map(|message| Some((&**message, message.review.as_deref()?)))
    }

    /// The text of a message that waits for a person, as the gate would make it now, with its hash.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn text_in_review(&self, message: &Message, now: Timestamp) -> Result<(Private, Hash), String> {
        let mut cursors = decide::Cursors::default();
        let text = review::text_of(self.world(), self.state(), &mut cursors, message, now)?;
        let hash = review::hash_of(text.reveal());
        Ok((text, hash))
    }

    /// Takes what a person says of a text. An approval asks the gate again, from the first rule; a rejection stops the message.
    pub(crate) fn look(&mut self, said: &ReviewRequest, now: Timestamp, out: &mut Output) -> Reply {
        Reply::Reviewed(self.reviewed(said, now, out))
    }

    fn reviewed(&mut self, said: &ReviewRequest, now: Timestamp, out: &mut Output) -> Reviewed {
        let waits = self.state.in_review.contains(&said.message);
        let Some(message) = self.state.messages.get(&said.message).filter(|_| waits) else {
            return Reviewed::NotThere;
        };
        let account = message.order.as_ref().map(|order| order.account.as_str());
        if said.verdict == ReviewVerdict::Approved && account == Some(&*said.by) {
            return Reviewed::Own;
        }
        let (text, hash) = match self.text_in_review(message, now) {
            Ok(found) => found,
            Err(why) => return Reviewed::NoText(why),
        };
        if hash != said.hash {
            return Reviewed::Changed;
        }
        let (subject, class) = (message.subject, message.class);
        let rule = message.review.as_ref().map(|review| review.rule);
        let ReviewRequest { message: id, verdict, by, remark, .. } = said.clone();
        let rejected = format!("{by} has rejected it");
        let is_label = matches!(verdict, ReviewVerdict::Labelled(_));
        let is_rejection = verdict == ReviewVerdict::Rejected;
        let decided = ReviewDecided { message: id, class, verdict, by, remark, text, hash };
        let entry = |fact| Entry { at: now, subject, fact };
        self.record(entry(Fact::ReviewDecided(Box::new(decided))), out);
        let world = Arc::clone(&self.world);
        if let (Some(message), Some(rule), false) = (self.state.messages.get(&id), rule, is_label) {
            let fact = if is_rejection {
                decide::revoked(&world, message, rule, rejected)
            } else {
                decide::again(&world, &self.state, &mut self.cursors, message, now)
            };
            self.record(entry(fact), out);
        }
        Reviewed::Recorded
    }
}
