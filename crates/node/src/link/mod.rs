//! One route's link: what the engine wants sent goes in, what the carrier says comes out as inputs for the engine.
//!
//! It joins the engine's protocol (credit, claim, submit, answer) to the sessions of a route's connections, whichever
//! protocol they speak: it grants the engine as much credit as window and rate have room for, cuts what it gets into
//! parts, turns answers, receipts and customers' messages into [`Input`]s, tells how the route stands, and answers the
//! carrier only after those inputs are durable. It opens no socket and reads no clock: the server drives it with real
//! ones, the simulator with virtual ones, and both run these very lines.
//!
//! What it promises:
//! - every part of every [`Sendable`] comes back in exactly one [`Answer`] (a late acceptance may follow `Unanswered`);
//!   a part that never left comes back as refused with [`NOT_SENT`].
//! - no second holds more parts than the route's contract allows, over all its connections together.
//! - the parts of a message go over one connection; when it fails, nothing that may have gone is offered again.
//! - what the carrier refuses as too fast is offered again from here, ahead of its lane and slower: the carrier does not
//!   have it, and its claim still stands. The engine hears of it if that takes longer than a few seconds.
//! - a customer's message is acknowledged only after it is committed, and after what waits here for that customer has
//!   been taken back: an acknowledged opt-out wins over every later submit (invariant L5). Order matters: hand over the
//!   [`Sendable`]s of earlier steps before calling [`Link::committed`] for a later one.
//!
//! It never sends anything on its own account, and never decides whether something that came to an end is sent again.

mod options;
mod protocol;
mod pace;
mod window;
mod breaker;
mod ruling;
mod queue;
mod query;
mod cut;
mod join;
mod pump;
mod health;
mod notice;
mod events;

pub use notice::Notice;
pub use options::LinkError;
pub use protocol::{Lost, Why};

use breaker::Breaker;
use engine::Input;
use engine::converse::Inbound;
use engine::decide::Sendable;
use engine::deliver::{Again, Answer, Report};
use engine::entry::Scope;
use engine::world::{Concatenation, Institution, Route};
use health::Told;
use join::Joins;
use model::{MessageId, Phone, RemoteId, Span, Timestamp};
use options::Options;
use pace::Pace;
use protocol::sgip::Incoming;
use protocol::{Protocol, Ref};
use query::Questions;
use queue::{Going, Job, Queue};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use window::Window;

/// The status of a part that never left: the link went down, or it was not worth sending any more.
pub const NOT_SENT: u32 = 0xffff_ffff;
/// The status of a part that cannot be written as the protocol demands.
pub const NOT_SENDABLE: u32 = 0xffff_fffe;

/// How many connections a carrier may hold to us at once, where the protocol has it so.
pub const INCOMING_MAX: usize = 16;

/// When to look again at what might go already.
const SOON: Span = Span::millis(1);

/// Inputs to be given to the engine in one step.
#[derive(Debug)]
pub struct Batch {
    /// To be named to [`Link::committed`] once they are durable.
    pub number: u64,
    /// The inputs, in order.
    pub inputs: Vec<Input>,
}

/// One route's link to its carrier.
#[derive(Debug)]
pub struct Link {
    options: Options,
    /// The connections that we make, and behind them those that the carrier makes.
    binds: Vec<Option<Bind>>,
    dialled: usize,
    /// How many connections the carrier has made.
    accepted: u64,
    pace: Pace,
    window: Window,
    breaker: Breaker,
    queue: Queue,
    /// Submits that wait for their answer.
    flight: HashMap<u64, Flying>,
    /// What the engine may still hand over, as it counts itself: below zero after a long message.
    granted: i64,
    grant_at: Option<Timestamp>,
    /// Since when there is credit and nothing to send.
    dry_since: Option<Timestamp>,
    /// Whether credit may be out.
    open: bool,
    draining: bool,
    /// No credit until this batch is committed: only then does the engine know that the last link is gone.
    grant_after: u64,
    committed: u64,
    /// The number of the last batch that was taken.
    taken: u64,
    disconnected: bool,
    down_since: Option<Timestamp>,
    told: Told,
    answers: Vec<Answer>,
    reports: Vec<Report>,
    inbound: Vec<Inbound>,
    cooling: VecDeque<(Timestamp, Answer)>,
    joins: Joins,
    pending: VecDeque<Pending>,
    /// Parts that went together in one submit, by its id, until the oldest is forgotten.
    wholes: HashMap<RemoteId, usize>,
    wholes_order: VecDeque<RemoteId>,
    questions: Questions,
    notices: Vec<Notice>,
}

/// One connection.
#[derive(Debug)]
struct Bind {
    session: Box<dyn Protocol>,
}

/// A submit that waits for its answer.
#[derive(Debug)]
struct Flying {
    job: Arc<Job>,
    /// Which of its submits.
    place: usize,
    bind: usize,
    sent: Timestamp,
    /// Whether it was asked back meanwhile: if it is refused it must not be sent again before the engine has looked.
    recalled: bool,
}

/// Something of the carrier's that waits to be acknowledged.
#[derive(Debug)]
struct Pending {
    batch: u64,
    bind: usize,
    delivery: Ref,
    /// Who wrote, if a customer did.
    from: Option<Phone>,
}

impl Link {
    /// A link that is down and wants to be dialled at once. `password` is the one in clear: whoever connects resolves
    /// `env:NAME`. `seed` draws the jitter between dials.
    ///
    /// # Errors
    /// A route that no session can be made of.
    pub fn new(
        route: &Route,
        institution: &Institution,
        password: &str,
        seed: u64,
    ) -> Result<Self, LinkError> {
        let options = Options::of(route, institution, password);
        let sessions = options::sessions(route, password, seed)?;
        let binds: Vec<_> = sessions.into_iter().map(|session| Some(Bind { session })).collect();
        Ok(Self {
            pace: Pace::new(options.tps),
            window: Window::new(options.window),
            breaker: Breaker::default(),
            options,
            dialled: binds.len(),
            binds,
            accepted: 0,
            queue: Queue::default(),
            flight: HashMap::new(),
            granted: 0,
            grant_at: None,
            dry_since: None,
            open: false,
            draining: false,
            grant_after: 0,
            committed: 0,
            taken: 0,
            disconnected: false,
            down_since: None,
            told: Told::default(),
            answers: Vec::new(),
            reports: Vec::new(),
            inbound: Vec::new(),
            cooling: VecDeque::new(),
            joins: Joins::default(),
            pending: VecDeque::new(),
            wholes: HashMap::new(),
            wholes_order: VecDeque::new(),
            questions: Questions::default(),
            notices: Vec::new(),
        })
    }

    /// Another process may have sent over this route until now: nothing is sent for a second, where a contract counts
    /// them. To be called at a start that found a ledger with something in it.
    pub fn restarted(&mut self, now: Timestamp) {
        self.pace.assume_full(now);
    }

    /// How many connections we are to make. They are named by their place, from 0.
    pub fn connections(&self) -> usize {
        self.dialled
    }

    /// When to dial a connection, while it is down; none while it is up or was told to end.
    pub fn dial_at(&self, connection: usize) -> Option<Timestamp> {
        self.binds.get(connection)?.as_ref()?.session.dial_at()
    }

    /// A connection stands: logs in.
    pub fn connected(&mut self, connection: usize, now: Timestamp) {
        if let Some(session) = self.session(connection) {
            session.connected(now);
        }
        self.listen(connection, now);
    }

    /// The carrier has made a connection to us. Returns its name; none: close it, because this route's protocol does not
    /// have it so, or there are too many.
    pub fn accept(&mut self, now: Timestamp) -> Option<usize> {
        let config = self.options.inlet.clone().filter(|_| !self.draining)?;
        let free = (self.dialled..self.dialled + INCOMING_MAX)
            .find(|place| self.binds.get(*place).is_none_or(Option::is_none))?;
        if free >= self.binds.len() {
            self.binds.resize_with(free + 1, || None);
        }
        self.accepted += 1;
        let session = Box::new(Incoming::new(config, self.accepted, now));
        *self.binds.get_mut(free)? = Some(Bind { session });
        Some(free)
    }

    /// A connection ended, or could not be made.
    pub fn disconnected(&mut self, connection: usize, now: Timestamp, lost: Lost) {
        if let Some(session) = self.session(connection) {
            session.disconnected(now, lost);
        }
        self.listen(connection, now);
        if connection >= self.dialled
            && let Some(bind) = self.binds.get_mut(connection)
        {
            *bind = None;
        }
    }

    /// Takes bytes from a connection, cut anywhere.
    pub fn receive(&mut self, connection: usize, bytes: &[u8], now: Timestamp) {
        if let Some(session) = self.session(connection) {
            session.receive(bytes, now);
        }
        self.listen(connection, now);
        self.pump(now);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Timestamp) {
        for connection in 0..self.binds.len() {
            if let Some(session) = self.session(connection) {
                session.tick(now);
            }
            self.listen(connection, now);
        }
        while let Some((_, answer)) = self.cooling.pop_front_if(|(at, _)| *at <= now) {
            self.answers.push(answer);
        }
        while let Some(joined) = self.joins.overdue(now) {
            self.joined(joined);
        }
        self.ask(now);
        self.pump(now);
    }

    /// When `tick`, and then [`Link::inputs`], want to be called at the latest.
    pub fn deadline(&mut self, now: Timestamp) -> Option<Timestamp> {
        let room = self.flight.len() < self.window.size() as usize && self.is_bound();
        // What may go by now could not go when the link was last touched: that was a moment ago.
        let paced = (room && self.queue.submits() > 0)
            .then(|| self.pace.frees_at(now).unwrap_or_else(|| now.after(SOON)));
        let cooled = self.cooling.front().map(|(at, _)| *at);
        let back = self.breaker.until().filter(|until| now < *until && self.open);
        let sessions = self.binds.iter().flatten().filter_map(|bind| bind.session.deadline());
        [self.joins.deadline(), self.grant_at, paced, cooled, back]
            .into_iter()
            .flatten()
            .chain(sessions)
            .min()
    }

    /// What to write to a connection. Take it before waiting. Nothing is lost if the connection is not there.
    pub fn output(&mut self, connection: usize) -> Option<&mut Vec<u8>> {
        self.session(connection).map(|session| session.output())
    }

    /// Hands over a message whose claim is durable. Parts that cannot leave now wait for their turn.
    pub fn submit(&mut self, sendable: Sendable, now: Timestamp) {
        self.granted -= sendable.parts().len() as i64;
        let options = &self.options;
        let signature = options.signed_by_carrier;
        let signature =
            signature.map(|position| (sendable.signature().unwrap_or(&options.signature), position));
        let cut = cut::cut(sendable.text().reveal(), signature, options.charset);
        let whole = self.options.concatenation == Concatenation::Payload;
        let source = sendable.extension().map(|extension| format!("{}{extension}", self.options.source));
        let sendable_at_all = cut.is_ok();
        let cut = cut.unwrap_or_else(|_| cut::Cut::nothing());
        let job = Arc::new(Job { sendable, cut, source, since: now, whole });
        let submits = job.submits();
        if !sendable_at_all {
            // The gate counts parts as this does, so a text that cannot be cut is never let pass.
            return self.refuse(&job, 0, submits, NOT_SENDABLE, Again::No);
        }
        if !self.is_bound() || self.draining || self.breaker.is_open(now) {
            return self.refuse(&job, 0, submits, NOT_SENT, Again::WhileValid);
        }
        self.queue.push(Going { job, from: 0, to: submits, bind: None, again: false });
        self.pump(now);
    }

    /// Takes back what waits here for a number: the engine will look again whether it may go. To be called on every
    /// other link before a message from that number is acknowledged on one.
    pub fn withdraw(&mut self, phone: Phone) {
        self.take_back(|sendable| sendable.to().phone() == Some(phone));
    }

    /// Takes back what waits here and a switch is about: the engine will look again whether it may go.
    pub fn withdraw_scope(&mut self, scope: &Scope) {
        self.take_back(|sendable| sendable.is_of(scope));
    }

    /// What the engine has to be told; none if nothing. Ask after each `receive`, `tick` and `submit`.
    pub fn inputs(&mut self, now: Timestamp) -> Option<Batch> {
        let mut inputs = Vec::new();
        // First of all, so that what comes back below is not given to a route that is out of use.
        if let Some(health) = self.news(now) {
            inputs.push(Input::Health { route: self.options.route.clone(), health });
        }
        if std::mem::take(&mut self.disconnected) {
            inputs.push(Input::Disconnected(self.options.route.clone()));
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
        // Whatever awaits its commit must have one.
        let awaits = self.pending.back().is_some_and(|pending| pending.batch > self.taken);
        if inputs.is_empty() && !awaits {
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
            self.acknowledge((pending.bind, pending.delivery), now);
        }
        for connection in 0..self.binds.len() {
            self.listen(connection, now);
        }
    }

    /// Ends the link in good order: takes back what waits, awaits the answers that are due, logs out, stays down. Keep
    /// driving it until [`Link::is_down`] says so of every connection.
    pub fn unbind(&mut self, now: Timestamp) {
        self.draining = true;
        self.void();
        self.answers.extend(self.cooling.drain(..).map(|(_, answer)| answer));
        for connection in 0..self.binds.len() {
            if let Some(session) = self.session(connection) {
                session.unbind(now);
            }
            self.listen(connection, now);
        }
    }

    /// Whether a connection has no session: nothing bound, nothing being tried.
    pub fn is_down(&self, connection: usize) -> bool {
        let bind = self.binds.get(connection).and_then(Option::as_ref);
        bind.is_none_or(|bind| bind.session.deadline().is_none())
    }

    /// Whether messages can be handed over: one connection is enough.
    pub fn is_bound(&self) -> bool {
        self.binds.iter().flatten().any(|bind| bind.session.is_open())
    }

    /// How many parts wait for the carrier's answer.
    pub fn unanswered(&self) -> usize {
        self.flight.len()
    }

    /// How many submits wait here for their turn.
    pub fn queued(&self) -> u64 {
        self.queue.submits() as u64
    }

    /// How many parts may wait for the carrier's answer at the moment.
    pub fn window(&self) -> u32 {
        self.window.size()
    }

    /// Takes what is to be logged, oldest first.
    pub fn notices(&mut self) -> std::vec::Drain<'_, Notice> {
        self.notices.drain(..)
    }

    fn session(&mut self, connection: usize) -> Option<&mut Box<dyn Protocol>> {
        self.binds.get_mut(connection)?.as_mut().map(|bind| &mut bind.session)
    }
}

/// A session's name for a part. Positions in a ledger stay below 2^56.
fn ticket(message: MessageId, part: u8) -> u64 {
    message.0 << 8 | u64::from(part)
}

/// The part of a ticket.
fn of_ticket(ticket: u64) -> (MessageId, u8) {
    (MessageId(ticket >> 8), (ticket & 0xff) as u8)
}

#[cfg(test)]
mod tests;
