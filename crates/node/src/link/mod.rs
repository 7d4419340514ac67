//! One route's link: what the engine wants sent goes in, what the carrier says comes out as inputs for the engine.
//!
//! It joins the engine's protocol (credit, claim, submit, answer) to an SMPP session: it grants the engine as much credit
//! as the window and the rate have room for, cuts what it gets into parts, turns answers, receipts and customers'
//! messages into [`Input`]s, and answers the carrier only after those inputs are durable. It opens no socket and reads
//! no clock: the server drives it with real ones, the simulator with virtual ones, and both run these very lines.
//!
//! What it promises:
//! - every part of every [`Sendable`] comes back in exactly one [`Answer`] (a late acceptance may follow `Unanswered`);
//!   a part that never left comes back as refused with [`NOT_SENT`].
//! - no second holds more parts than the route's contract allows.
//! - a customer's message is acknowledged only after it is committed, and after what waits here for that customer has
//!   been taken back: an acknowledged opt-out wins over every later submit (invariant L5). Order matters: hand over the
//!   [`Sendable`]s of earlier steps before calling [`Link::committed`] for a later one.
//!
//! It never sends anything on its own account, and never decides whether something is sent again.

mod options;
mod pace;
mod cut;
mod join;
mod events;

pub use options::{Options, session_config};

use crate::link::cut::Cut;
use crate::link::join::Joins;
use crate::link::pace::Pace;
use engine::Input;
use engine::converse::Inbound;
use engine::decide::Sendable;
use engine::deliver::{Again, Answer, Report};
use model::{MessageId, Phone, Span, Timestamp};
use std::collections::VecDeque;
use wire::smpp::concat::Concat;
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::session::{ConfigError, DeliveryRef, Payload, ProtocolError, Why};
use wire::smpp::time::relative;
use wire::smpp::{Address, Config, Npi, Session, Status, Submit, Ton};

/// The status of a part that never left: the link went down, or it was not worth sending any more.
pub const NOT_SENT: u32 = 0xffff_ffff;
/// The status of a part that cannot be written as the protocol demands.
pub const NOT_SENDABLE: u32 = 0xffff_fffe;

/// How long a refusal that may pass is kept before the engine hears of it: otherwise it would be offered again within a
/// millisecond, and its few attempts be used up before the carrier's trouble is over.
pub const COOLING: Span = Span::seconds(2);

/// How long a little credit may wait for more: one grant for many parts.
const GRANT_EVERY: Span = Span::millis(10);
/// A grant of at least one in so many of the window does not wait.
const GRANT_SHARE: i64 = 16;

/// Inputs to be given to the engine in one step.
#[derive(Debug)]
pub struct Batch {
    /// To be named to [`Link::committed`] once they are durable.
    pub number: u64,
    /// The inputs, in order.
    pub inputs: Vec<Input>,
}

/// Something for the log and the metrics. None prints personal data.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    /// The carrier accepted the bind.
    Bound {
        /// Who it says it is.
        system_id: String,
    },
    /// The carrier refused the bind.
    BindRefused(Status),
    /// The link is down.
    Down {
        /// Why.
        why: Why,
        /// When it will be dialled again.
        retry_at: Option<Timestamp>,
    },
    /// The carrier said "too fast": the rate from now on, parts a second.
    Throttled(u32),
    /// The carrier refused a part.
    Refused(Status),
    /// The carrier answered after the answer had been given up.
    LateAnswer(Status),
    /// The carrier took a part and gave no id: its receipt cannot be matched.
    NoRemoteId,
    /// A receipt that names no message.
    UnreadableReceipt,
    /// A message from a number that is none, or that is not text.
    UnreadableMessage,
    /// The carrier broke the protocol.
    Protocol(ProtocolError),
}

/// One route's link to its carrier.
#[derive(Debug)]
pub struct Link {
    options: Options,
    session: Session,
    default_alphabet: wire::smpp::coding::Alphabet,
    pace: Pace,
    queue: VecDeque<Job>,
    /// Parts in `queue`.
    queued: i64,
    /// What the engine may still hand over, as it counts itself: below zero after a long message.
    granted: i64,
    grant_at: Option<Timestamp>,
    window: i64,
    /// Whether credit may be out.
    open: bool,
    draining: bool,
    /// No credit until this batch is committed: only then does the engine know that the last link is gone.
    grant_after: u64,
    committed: u64,
    /// The number of the last batch that was taken.
    taken: u64,
    disconnected: bool,
    answers: Vec<Answer>,
    reports: Vec<Report>,
    inbound: Vec<Inbound>,
    cooling: VecDeque<(Timestamp, Answer)>,
    joins: Joins,
    pending: VecDeque<Pending>,
    notices: Vec<Notice>,
    payload: Vec<u8>,
}

/// A message that waits for its turn.
#[derive(Debug)]
struct Job {
    sendable: Sendable,
    cut: Cut,
    /// How many of the sendable's parts have gone.
    gone: usize,
}

/// Something of the carrier's that waits to be acknowledged.
#[derive(Debug)]
struct Pending {
    batch: u64,
    delivery: DeliveryRef,
    /// Who wrote, if a customer did.
    from: Option<Phone>,
}

impl Link {
    /// A link that is down and wants to be dialled at once. `seed` draws the jitter between dials.
    ///
    /// # Errors
    /// A configuration that no session can be made of.
    pub fn new(options: Options, config: Config, seed: u64) -> Result<Self, ConfigError> {
        Ok(Self {
            pace: Pace::new(options.tps),
            window: i64::try_from(config.window).unwrap_or(i64::MAX),
            default_alphabet: config.default_alphabet,
            session: Session::new(config, seed)?,
            options,
            queue: VecDeque::new(),
            queued: 0,
            granted: 0,
            grant_at: None,
            open: false,
            draining: false,
            grant_after: 0,
            committed: 0,
            taken: 0,
            disconnected: false,
            answers: Vec::new(),
            reports: Vec::new(),
            inbound: Vec::new(),
            cooling: VecDeque::new(),
            joins: Joins::default(),
            pending: VecDeque::new(),
            notices: Vec::new(),
            payload: Vec::new(),
        })
    }

    /// Another process may have sent over this route until now: nothing is sent for a second, where a contract counts
    /// them. To be called at a start that found a ledger with something in it.
    pub fn restarted(&mut self, now: Timestamp) {
        self.pace.assume_full(now);
    }

    /// When to dial, while the link is down; none while it is up or was told to end.
    pub fn dial_at(&self) -> Option<Timestamp> {
        self.session.dial_at()
    }

    /// The connection stands: binds.
    pub fn connected(&mut self, now: Timestamp) {
        self.session.connected(now);
        self.listen(now);
    }

    /// The connection ended, or could not be made.
    pub fn disconnected(&mut self, now: Timestamp, why: Why) {
        self.session.disconnected(now, why);
        self.listen(now);
    }

    /// Takes bytes from the connection, cut anywhere.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        self.session.receive(bytes, now);
        self.listen(now);
        self.pump(now);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Timestamp) {
        self.session.tick(now);
        self.listen(now);
        while let Some((_, answer)) = self.cooling.pop_front_if(|(at, _)| *at <= now) {
            self.answers.push(answer);
        }
        while let Some(joined) = self.joins.overdue(now) {
            self.joined(joined);
        }
        self.pump(now);
    }

    /// When `tick`, and then [`Link::inputs`], want to be called at the latest.
    pub fn deadline(&self) -> Option<Timestamp> {
        let paced = if self.queue.is_empty() { None } else { self.pace.frees_at() };
        let cooled = self.cooling.front().map(|(at, _)| *at);
        [self.session.deadline(), self.joins.deadline(), self.grant_at, paced, cooled]
            .into_iter()
            .flatten()
            .min()
    }

    /// What to write to the connection. Take it before waiting.
    pub fn output(&mut self) -> &mut Vec<u8> {
        self.session.output()
    }

    /// Hands over a message whose claim is durable. Parts that cannot leave now wait for their turn.
    pub fn submit(&mut self, sendable: Sendable, now: Timestamp) {
        let parts = sendable.parts().len() as i64;
        self.granted -= parts;
        if !self.session.is_bound() {
            return self.refuse(&sendable, 0, NOT_SENT, Again::WhileValid);
        }
        match cut::cut(sendable.text().reveal(), self.options.carrier_signature.as_deref()) {
            Ok(cut) => {
                self.queued += parts;
                self.queue.push_back(Job { sendable, cut, gone: 0 });
                self.pump(now);
            }
            // The gate counts parts as this does, so a text that cannot be cut is never let pass.
            Err(_) => self.refuse(&sendable, 0, NOT_SENDABLE, Again::No),
        }
    }

    /// Takes back what waits here for a number: the engine will look again whether it may go. To be called on every
    /// other link before a message from that number is acknowledged on one.
    pub fn withdraw(&mut self, phone: Phone) {
        if self.queue.iter().all(|job| job.sendable.to() != phone) {
            return;
        }
        for job in std::mem::take(&mut self.queue) {
            if job.sendable.to() == phone {
                self.give_back(&job);
            } else {
                self.queue.push_back(job);
            }
        }
    }

    /// What the engine has to be told; none if nothing. Ask after each `receive`, `tick` and `submit`.
    pub fn inputs(&mut self, now: Timestamp) -> Option<Batch> {
        let route = &self.options.route;
        let mut inputs = Vec::new();
        if std::mem::take(&mut self.disconnected) {
            inputs.push(Input::Disconnected(route.clone()));
        }
        if !self.answers.is_empty() {
            inputs.push(Input::Answers(std::mem::take(&mut self.answers)));
        }
        if !self.reports.is_empty() {
            inputs.push(Input::Reports(std::mem::take(&mut self.reports)));
        }
        if !self.inbound.is_empty() {
            inputs.push(Input::Inbound(std::mem::take(&mut self.inbound)));
        }
        if let Some(parts) = self.grant(now) {
            inputs.push(Input::Credit { route: self.options.route.clone(), parts });
        }
        if inputs.is_empty() {
            return None;
        }
        self.taken += 1;
        Some(Batch { number: self.taken, inputs })
    }

    /// The customers' numbers whose messages are in a batch: to be given to `withdraw` of the other links before
    /// `committed` is called here.
    pub fn writers(&self, batch: u64) -> impl Iterator<Item = Phone> {
        self.pending
            .iter()
            .take_while(move |pending| pending.batch <= batch)
            .filter_map(|pending| pending.from)
    }

    /// A batch, and every one before it, is durable: acknowledges to the carrier what was in it.
    pub fn committed(&mut self, batch: u64, now: Timestamp) {
        self.committed = self.committed.max(batch);
        while let Some(pending) = self.pending.pop_front_if(|pending| pending.batch <= batch) {
            if let Some(phone) = pending.from {
                self.withdraw(phone);
            }
            self.session.acknowledge(pending.delivery, now);
        }
        self.listen(now);
    }

    /// Ends the link in good order: takes back what waits, awaits the answers that are due, unbinds, stays down. Keep
    /// driving it until [`Link::is_down`].
    pub fn unbind(&mut self, now: Timestamp) {
        self.draining = true;
        self.void();
        self.answers.extend(self.cooling.drain(..).map(|(_, answer)| answer));
        self.session.unbind(now);
        self.listen(now);
    }

    /// Whether there is no session: nothing bound, nothing being tried.
    pub fn is_down(&self) -> bool {
        !self.open && self.session.deadline().is_none()
    }

    /// Whether messages can be handed over.
    pub fn is_bound(&self) -> bool {
        self.session.is_bound()
    }

    /// How many parts wait for the carrier's answer.
    pub fn unanswered(&self) -> usize {
        self.session.waiting()
    }

    /// How many parts wait here for their turn.
    pub fn queued(&self) -> u64 {
        self.queued.unsigned_abs()
    }

    /// Takes what is to be logged, oldest first.
    pub fn notices(&mut self) -> std::vec::Drain<'_, Notice> {
        self.notices.drain(..)
    }

    /// Sends what may go now.
    fn pump(&mut self, now: Timestamp) {
        while self.session.window_free() > 0
            && self.pace.free(now) > 0
            && let Some(mut job) = self.queue.pop_front()
        {
            if now >= job.sendable.expires() {
                self.give_back(&job);
                continue;
            }
            self.send_next(&job, now);
            job.gone += 1;
            self.queued -= 1;
            if job.gone < job.sendable.parts().len() {
                self.queue.push_front(job);
            }
        }
    }

    /// Sends the next part of a message, or answers for it.
    fn send_next(&mut self, job: &Job, now: Timestamp) {
        let Job { sendable, cut, gone } = job;
        let Some(part) = sendable.parts().get(*gone).copied() else { return };
        let text =
            cut.pieces.get(usize::from(part)).and_then(|range| sendable.text().reveal().get(range.clone()));
        // A text is cut into at most 255 parts; the reference is the same when a part is offered again.
        let place = Concat {
            reference: (sendable.message().0 & 0xff) as u16,
            total: cut.pieces.len() as u8,
            number: part.saturating_add(1),
        };
        let coded =
            text.map(|t| cut::code(&mut self.payload, t, cut.encoding, place, self.options.concatenation));
        let sent = match coded {
            Some(Ok(coded)) => {
                let esm_class = EsmClass::DEFAULT;
                let to = sendable.to();
                let submit = Submit {
                    source: source(&self.options.source),
                    destination: Address::international(to.reveal()),
                    esm_class: if coded.header { esm_class.with_header() } else { esm_class },
                    data_coding: coded.data_coding,
                    payload: Payload(&self.payload),
                    sar: coded.sar,
                    registered_delivery: RegisteredDelivery::FINAL,
                    validity_period: Some(&relative(sendable.expires().since(now))),
                    ..Submit::default()
                };
                self.session.submit(ticket(sendable.message(), part), &submit, now).is_ok()
            }
            Some(Err(_)) | None => false,
        };
        if sent {
            self.pace.sent(now);
        } else {
            // The window was asked before, so it is the message that is wrong.
            let message = sendable.message();
            self.answers.push(Answer::Refused { message, part, status: NOT_SENDABLE, again: Again::No });
        }
    }

    /// How much more the engine may claim, if it is worth telling.
    fn grant(&mut self, now: Timestamp) -> Option<u32> {
        let due = self.grant_at.is_some_and(|at| at <= now);
        self.grant_at = None;
        if !self.session.is_bound() || self.draining || self.committed < self.grant_after {
            return None;
        }
        let window = i64::try_from(self.session.window_free()).unwrap_or(i64::MAX);
        let paced = i64::from(self.pace.free(now));
        let room = window.min(paced) - self.queued - self.granted;
        let worth = (self.window.min(paced) / GRANT_SHARE).max(1);
        if room > 0 && (room >= worth || self.granted <= 0 || due) {
            self.granted += room;
            return u32::try_from(room).ok();
        }
        if room > 0 {
            self.grant_at = Some(now.after(GRANT_EVERY));
        } else if paced <= window {
            self.grant_at = self.pace.frees_at().map(|at| at.max(now.after(GRANT_EVERY)));
        }
        None
    }

    /// The engine's credit is void; what waits here goes back.
    fn void(&mut self) {
        for job in std::mem::take(&mut self.queue) {
            self.give_back(&job);
        }
        if self.open {
            self.open = false;
            self.disconnected = true;
            self.grant_after = self.taken + 1;
        }
        self.granted = 0;
        self.grant_at = None;
    }

    fn give_back(&mut self, job: &Job) {
        self.queued -= job.sendable.parts().len().saturating_sub(job.gone) as i64;
        self.refuse(&job.sendable, job.gone, NOT_SENT, Again::WhileValid);
    }

    fn refuse(&mut self, sendable: &Sendable, from: usize, status: u32, again: Again) {
        let message = sendable.message();
        let parts = sendable.parts().iter().skip(from);
        self.answers.extend(parts.map(|&part| Answer::Refused { message, part, status, again }));
    }
}

/// The sender as an address: a number of ours, or a word.
fn source(text: &str) -> Address<'_> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) {
        Address::new(Ton::UNKNOWN, Npi::ISDN, text)
    } else {
        Address::new(Ton::ALPHANUMERIC, Npi::UNKNOWN, text)
    }
}

/// The session's name for a part. Positions in a ledger stay below 2^56.
fn ticket(message: MessageId, part: u8) -> u64 {
    message.0 << 8 | u64::from(part)
}

/// The part of a ticket.
fn of_ticket(ticket: u64) -> (MessageId, u8) {
    (MessageId(ticket >> 8), (ticket & 0xff) as u8)
}

#[cfg(test)]
mod tests;
