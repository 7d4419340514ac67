//! What a link needs of its protocol: bytes and time in, requests out, answers and notices back in. One implementation
//! per protocol, each around the session of `wire` that keeps to the protocol.

use super::directory::{Denied, Directory, Seat};
use super::refusal::Refusal;
use super::submit::{Submit, Target, Ticket, Verdict};
use crate::deliver::post::Taken;
use engine::entry::Outcome;
use model::{MessageId, Timestamp};
use std::net::IpAddr;

/// What a client says.
pub(super) enum Heard {
    /// It is logged in.
    Seated(Seat),
    /// It was not let in.
    Denied(Denied),
    /// It submits.
    Submit(Box<Submit>),
    /// It asks what became of a message.
    Query(Query),
    /// It takes messages back.
    Cancel(Cancel),
    /// It wants another text in place of one that has not gone.
    Replace(Box<Replace>),
    /// It has answered what it was told under this ticket.
    Told(u64, Ack),
    /// It broke the protocol; in words without personal data.
    Mistake(String),
    /// The link is over.
    Closed(String),
}

/// What a client made of what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ack {
    /// It has it.
    Done,
    /// It does not have it now.
    Again,
    /// It will never take it.
    Never,
}

/// A question for a message's state.
pub(super) struct Query {
    /// To answer it with.
    pub(super) sequence: u32,
    /// The id as it was written.
    pub(super) id: String,
    /// Which message; none if the id is none of ours.
    pub(super) message: Option<MessageId>,
}

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It waits for its time.
    Held,
    /// It is on its way.
    Underway,
    /// It has ended so; `None`: it was stopped before it went out.
    Ended(Option<Outcome>),
}

/// A cancellation.
pub(super) struct Cancel {
    /// To answer it with.
    pub(super) sequence: u32,
    /// Which messages; all must be stopped for it to succeed.
    pub(super) which: Which,
}

/// What a cancellation names.
pub(super) enum Which {
    /// A message.
    Message(MessageId),
    /// The messages of one submit.
    Group(u64),
    /// Whatever waits for this number.
    Waiting(Target),
    /// Nothing we know.
    Nothing,
}

/// A text in place of another.
pub(super) struct Replace {
    /// Which message; none if the id is none of ours.
    pub(super) message: Option<MessageId>,
    /// The new one; its destination, service and alphabet are the old one's.
    pub(super) submit: Submit,
}

/// Why a notice was not told.
#[derive(Debug)]
pub(super) enum Untold {
    /// There is no room now.
    Full,
    /// It needs no telling: the account did not ask for it.
    Unwanted,
    /// It cannot be written in this protocol.
    Impossible(String),
}

/// One protocol's side of a link.
pub(super) trait Side: Send + 'static {
    /// The protocol's name, for the log.
    const NAME: &'static str;

    /// Takes bytes.
    fn receive(&mut self, bytes: &[u8], now: Timestamp);
    /// Time passed.
    fn tick(&mut self, now: Timestamp);
    /// When `tick` wants to be called.
    fn deadline(&self) -> Option<Timestamp>;
    /// What is to be written.
    fn output(&mut self) -> &mut Vec<u8>;
    /// The next thing the client says; judges logins.
    fn next(&mut self, directory: &Directory, from: IpAddr, now: Timestamp) -> Option<Heard>;
    /// How many submits wait for an answer.
    fn unanswered(&self) -> usize;
    /// Answers a submit to one.
    fn answer(&mut self, ticket: &Ticket, verdict: &Verdict);
    /// Answers a submit to many.
    fn answer_many(&mut self, ticket: &Ticket, verdicts: &[(Target, Verdict)]);
    /// Answers a question.
    fn answer_query(&mut self, query: &Query, found: Option<Found>);
    /// Answers a cancellation: whether all it named was stopped.
    fn answer_cancel(&mut self, sequence: u32, stopped: bool);
    /// Answers a replacement.
    fn answer_replace(&mut self, sequence: u32, replaced: Result<(), Refusal>);
    /// How many more parts can be told now.
    fn room(&self) -> usize;
    /// Tells a notice, in as many parts as it takes; each comes back as `Heard::Told` with the ticket.
    fn tell(&mut self, ticket: u64, taken: &Taken, now: Timestamp) -> Result<usize, Untold>;
    /// Ends the session in good order.
    fn unbind(&mut self, now: Timestamp);
    /// The connection broke.
    fn disconnected(&mut self);
}
