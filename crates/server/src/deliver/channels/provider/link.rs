//! One provider route's link to the engine: what the engine wants sent goes in, what the provider says comes out as inputs.
//!
//! It joins the engine's protocol (credit, claim, submit, answer) to calls: it grants as much credit as the window and the
//! rate have room for, hands out one letter for one call, and turns verdicts, receipts and replies into [`Input`]s. It
//! opens no socket and reads no clock: the worker does, and the tests do without.
//!
//! What it promises: every part of every message comes back in exactly one answer; no second holds more calls than the
//! route's contract allows; a message whose call has begun is never given back as unsent. It never makes a call twice
//! by itself.

use super::remembered::Remembered;
use super::{Fate, Letter, Refusal, Told, Verdict};
use engine::Input;
use engine::converse::Inbound;
use engine::decide::Sendable;
use engine::deliver::{Again, Answer, Report};
use engine::entry::{ReceiptState, Scope};
use engine::state::Health;
use engine::world::{ErrorPolicy, Institution, Route};
use model::{MessageId, Phone, RemoteId, RouteId, Span, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// The status of a message that never left.
pub const NOT_SENT: u32 = 0xffff_ffff;
/// The status of a refusal whose code is no number.
pub const WORD: u32 = 0xffff_fffd;
/// How long the route rests when the provider says "too fast" and not for how long.
const PAUSE: Span = Span::seconds(1);
/// After so many calls in a row without service the route is out of use, at first and at most for so long.
const UNSERVED_MAX: u32 = 5;
const SUSPENDED_MIN: Span = Span::seconds(10);
const SUSPENDED_MAX: Span = Span::seconds(300);

/// The longest code that is kept, and the longest number in one.
const CODE_MAX: usize = 80;
const CODE_DIGITS_MAX: usize = 8;

/// Inputs to be given to the engine in one step.
#[derive(Debug)]
pub struct Batch {
    /// To be named to [`ProviderLink::committed`] once they are durable.
    pub number: u64,
    /// The inputs, in order.
    pub inputs: Vec<Input>,
}

/// A call to be made now.
#[derive(Debug)]
pub struct Errand {
    /// The message.
    pub letter: Letter,
}

/// A message that waits for its turn.
#[derive(Debug)]
struct Job {
    letter: Letter,
    sendable: Sendable,
}

/// One provider route's link.
#[derive(Debug)]
pub struct ProviderLink {
    route: RouteId,
    source: Arc<str>,
    country: String,
    errors: BTreeMap<Arc<str>, ErrorPolicy>,
    /// How long a refusal that may pass is kept before the engine hears of it: its few attempts must not be used up
    /// before the provider's trouble is over.
    retry_after: Span,
    tps: Option<usize>,
    window: i64,
    queue: VecDeque<Job>,
    /// Parts in `queue`.
    queued: i64,
    /// What the engine may still hand over, as it counts itself: below zero after a message of many parts.
    granted: i64,
    /// The parts of each message whose call is under way.
    flying: HashMap<MessageId, Vec<u8>>,
    /// When the calls of the last second began.
    begun: VecDeque<Timestamp>,
    resting_until: Option<Timestamp>,
    unserved: u32,
    suspension: Span,
    health: Health,
    is_health_told: bool,
    draining: bool,
    /// Out of use: what the engine still hands over goes back, and its credit is void.
    is_closed: bool,
    is_credit_void: bool,
    /// When the last call began.
    latest: Timestamp,
    /// Ids of messages of several parts, with how many.
    several: Remembered<u8>,
    /// Receipts whose id was not known when they came.
    early: Remembered<(ReceiptState, Option<Arc<str>>)>,
    answers: Vec<Answer>,
    cooling: Vec<(Timestamp, Answer)>,
    reports: Vec<Report>,
    inbound: Vec<Inbound>,
    writers: VecDeque<(u64, Phone)>,
    taken: u64,
}

impl ProviderLink {
    /// A link that wants work at once.
    pub fn new(route: &Route, institution: &Institution) -> Self {
        Self {
            route: route.id.clone(),
            source: Arc::from(route.source.as_str()),
            country: institution.country.clone(),
            errors: route.errors.clone(),
            retry_after: route.retry_after,
            tps: route.tps.map(|tps| tps as usize),
            window: i64::from(route.window),
            queue: VecDeque::new(),
            queued: 0,
            granted: 0,
            flying: HashMap::new(),
            begun: VecDeque::new(),
            resting_until: None,
            unserved: 0,
            suspension: SUSPENDED_MIN,
            health: Health::default(),
            is_health_told: false,
            draining: false,
            is_closed: false,
            is_credit_void: false,
            latest: Timestamp(0),
            several: Remembered::default(),
            early: Remembered::default(),
            answers: Vec::new(),
            cooling: Vec::new(),
            reports: Vec::new(),
            inbound: Vec::new(),
            writers: VecDeque::new(),
            taken: 0,
        }
    }

    /// Hands over a message whose claim is durable.
    pub fn submit(&mut self, sendable: Sendable) {
        let parts = sendable.parts().len() as i64;
        self.granted -= parts;
        if self.draining || self.is_closed {
            return self.give_back(&sendable);
        }
        self.queued += parts;
        self.queue.push_back(Job { letter: Letter::of(&sendable), sendable });
    }

    /// The next call that may be made now.
    pub fn next(&mut self, now: Timestamp) -> Option<Errand> {
        loop {
            if self.draining || self.is_resting(now) || !self.has_window() || !self.has_rate(now) {
                return None;
            }
            let job = self.queue.pop_front()?;
            self.queued -= job.sendable.parts().len() as i64;
            if now >= job.sendable.expires() {
                self.give_back(&job.sendable);
                continue;
            }
            self.begun.push_back(now);
            self.latest = now;
            self.flying.insert(job.letter.message, job.sendable.parts().to_vec());
            return Some(Errand { letter: job.letter });
        }
    }

    /// What came of a call.
    pub fn answered(&mut self, message: MessageId, verdict: &Verdict, now: Timestamp) {
        let Some(parts) = self.flying.remove(&message) else { return };
        match verdict {
            Verdict::Taken { remote } => {
                self.served();
                self.was_taken(message, &parts, remote);
            }
            Verdict::Refused(refusal) => self.was_refused(message, &parts, refusal, now),
            Verdict::Unanswered { .. } => {
                let silence = |part| Answer::Unanswered { route: self.route.clone(), message, part };
                self.answers.extend(parts.into_iter().map(silence));
            }
        }
    }

    /// What the provider told after its answers. `parts_of` says of an id of a message of several parts that this link
    /// does not remember how many parts there are. Returns the batch it will be in; 0 if there is nothing in it for the
    /// engine.
    pub fn told(&mut self, told: Vec<Told>, parts_of: impl Fn(&str) -> Option<u8>) -> u64 {
        let batch = self.taken + 1;
        let before = self.reports.len() + self.inbound.len();
        for told in told {
            match told {
                Told::Receipt { remote, state, code } => {
                    let code: Option<Arc<str>> = code.map(|code| Arc::from(shown(&code)));
                    self.suspend_by(code.as_deref());
                    match self.several.find(&remote).copied().or_else(|| parts_of(&remote)) {
                        Some(parts) => self.report(&remote, 0..parts, state, code),
                        None => {
                            self.report(&remote, 0..1, state, code.clone());
                            self.early.keep(remote, (state, code));
                        }
                    }
                }
                Told::Said { from, to, text } => {
                    let Ok(phone) = Phone::parse(from.reveal(), &self.country) else { continue };
                    let to = if to.is_empty() { Arc::clone(&self.source) } else { Arc::from(to) };
                    self.writers.push_back((batch, phone));
                    self.inbound.push(Inbound { route: self.route.clone(), from: phone, to, text });
                }
            }
        }
        if self.reports.len() + self.inbound.len() > before { batch } else { 0 }
    }

    /// The numbers of those whose messages are in a batch or before: to be given to `withdraw` of every link before the
    /// provider is answered (invariant L5).
    pub fn committed(&mut self, batch: u64) -> Vec<Phone> {
        let mut phones = Vec::new();
        while let Some((_, phone)) = self.writers.pop_front_if(|(of, _)| *of <= batch) {
            self.withdraw(phone);
            phones.push(phone);
        }
        phones
    }

    /// Takes back what waits here for a number.
    pub fn withdraw(&mut self, phone: Phone) {
        self.withdraw_if(|sendable| sendable.to().phone() == Some(phone));
    }

    /// Takes back what waits here and a switch is about.
    pub fn withdraw_scope(&mut self, scope: &Scope) {
        self.withdraw_if(|sendable| sendable.is_of(scope));
    }

    /// What the engine has to be told; none if nothing.
    pub fn inputs(&mut self, now: Timestamp) -> Option<Batch> {
        let (due, cooling) = std::mem::take(&mut self.cooling).into_iter().partition(|(at, _)| *at <= now);
        self.cooling = cooling;
        self.answers.extend(Vec::into_iter(due).map(|(_, answer)| answer));
        if self.health.suspended_until.is_some_and(|until| until <= now) {
            self.health.suspended_until = None;
            self.is_health_told = false;
            self.is_closed = false;
        }
        let mut inputs = Vec::new();
        if std::mem::take(&mut self.is_credit_void) {
            self.granted = 0;
            inputs.push(Input::Disconnected(self.route.clone()));
        }
        if !std::mem::replace(&mut self.is_health_told, true) {
            inputs.push(Input::Health { route: self.route.clone(), health: self.health.clone() });
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
            inputs.push(Input::Credit { route: self.route.clone(), parts });
        }
        if inputs.is_empty() {
            return None;
        }
        self.taken += 1;
        Some(Batch { number: self.taken, inputs })
    }

    /// When `next` and `inputs` want to be called at the latest.
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let paced = self.begun.front().filter(|_| !self.has_rate_left()).map(|at| at.after(Span::seconds(1)));
        let cooled = self.cooling.iter().map(|(at, _)| *at).min();
        let rested = self.resting_until.filter(|until| *until > now);
        [paced, cooled, rested, self.health.suspended_until].into_iter().flatten().min()
    }

    /// Begins to end: gives back what waits, begins nothing more.
    pub fn stop(&mut self) {
        if std::mem::replace(&mut self.draining, true) {
            return;
        }
        self.withdraw_if(|_| true);
        self.answers.extend(self.cooling.drain(..).map(|(_, answer)| answer));
    }

    /// Gives up the calls that are still under way: nobody knows what came of them.
    pub fn give_up(&mut self) {
        for (message, parts) in self.flying.drain() {
            let silence = |part| Answer::Unanswered { route: self.route.clone(), message, part };
            self.answers.extend(parts.into_iter().map(silence));
        }
    }

    /// Whether no call is under way.
    pub fn is_idle(&self) -> bool {
        self.flying.is_empty()
    }

    /// How the route stands.
    pub fn health(&self) -> &Health {
        &self.health
    }

    fn was_taken(&mut self, message: MessageId, parts: &[u8], remote: &str) {
        for &part in parts {
            let (route, remote) = (self.route.clone(), remote_of(remote, part));
            self.answers.push(Answer::Submitted { route, message, part, remote });
        }
        let count = parts.iter().max().map_or(1, |last| last.saturating_add(1));
        let early = self.early.forget(remote);
        if count > 1 {
            self.several.keep(remote.to_owned(), count);
            // The first part's receipt is parked with the engine; the other parts' has not been told.
            if let Some((state, code)) = early {
                self.report(remote, 1..count, state, code);
            }
        }
    }

    fn was_refused(&mut self, message: MessageId, parts: &[u8], refusal: &Refusal, now: Timestamp) {
        let policy = self.errors.get(refusal.code.as_str()).copied();
        let (again, later) = match policy {
            Some(ErrorPolicy::Permanent) => (Again::No, None),
            Some(ErrorPolicy::RetryAfter(span)) => (Again::AFewTimes, Some(span)),
            Some(ErrorPolicy::Reroute) => (Again::Elsewhere, None),
            Some(ErrorPolicy::Throttle) => self.throttled(None, now),
            Some(ErrorPolicy::Suspend(span)) => {
                self.suspend(span, now);
                (Again::WhileValid, Some(self.retry_after))
            }
            None => match refusal.fate {
                Fate::Fail => (Again::No, None),
                Fate::Elsewhere => (Again::Elsewhere, None),
                Fate::Retry => (Again::AFewTimes, Some(self.retry_after)),
                Fate::Throttle(span) => self.throttled(span, now),
                Fate::Unserved => {
                    self.was_unserved(now);
                    (Again::WhileValid, Some(self.retry_after))
                }
            },
        };
        if !matches!(refusal.fate, Fate::Unserved) {
            self.served();
        }
        let number = refusal.code.parse().ok();
        let word: Option<Arc<str>> = number.is_none().then(|| Arc::from(shown(&refusal.code)));
        let status = number.unwrap_or(WORD);
        for &part in parts {
            let (route, word) = (self.route.clone(), word.clone());
            let answer = Answer::Refused { route, message, part, status, word, again };
            match later.filter(|_| !self.draining) {
                Some(span) => self.cooling.push((now.after(span), answer)),
                None => self.answers.push(answer),
            }
        }
    }

    fn throttled(&mut self, span: Option<Span>, now: Timestamp) -> (Again, Option<Span>) {
        let until = now.after(span.unwrap_or(PAUSE));
        self.resting_until = Some(self.resting_until.map_or(until, |known| known.max(until)));
        // At once: it goes back to the head of its lane, and this route rests.
        (Again::WhileValid, None)
    }

    fn was_unserved(&mut self, now: Timestamp) {
        self.unserved += 1;
        if self.unserved >= UNSERVED_MAX && !self.is_suspended(now) {
            let span = self.suspension;
            self.suspension = Span((span.0 * 2).min(SUSPENDED_MAX.0));
            // One more failure after the pause is enough.
            self.unserved = UNSERVED_MAX - 1;
            self.suspend(span, now);
        }
    }

    fn served(&mut self) {
        self.unserved = 0;
        self.suspension = SUSPENDED_MIN;
    }

    fn suspend(&mut self, span: Span, now: Timestamp) {
        self.health.suspended_until = Some(now.after(span));
        self.resting_until = Some(now.after(span));
        self.is_health_told = false;
        (self.is_closed, self.is_credit_void) = (true, true);
        self.withdraw_if(|_| true);
    }

    /// A code in a receipt can put the route out of use as well, from the last call on.
    fn suspend_by(&mut self, code: Option<&str>) {
        let policy = code.and_then(|code| self.errors.get(code)).copied();
        if let Some(ErrorPolicy::Suspend(span)) = policy {
            self.suspend(span, self.latest);
        }
    }

    fn is_suspended(&self, now: Timestamp) -> bool {
        self.health.suspended_until.is_some_and(|until| until > now)
    }

    fn is_resting(&self, now: Timestamp) -> bool {
        self.resting_until.is_some_and(|until| until > now)
    }

    fn has_window(&self) -> bool {
        (self.flying.len() as i64) < self.window
    }

    fn has_rate(&mut self, now: Timestamp) -> bool {
        let Some(tps) = self.tps else {
            self.begun.clear();
            return true;
        };
        while self.begun.pop_front_if(|at| at.after(Span::seconds(1)) <= now).is_some() {}
        self.begun.len() < tps
    }

    fn has_rate_left(&self) -> bool {
        self.tps.is_none_or(|tps| self.begun.len() < tps)
    }

    fn grant(&mut self, now: Timestamp) -> Option<u32> {
        if self.draining || self.is_suspended(now) {
            return None;
        }
        let window = self.window - self.flying.len() as i64;
        let paced = self.tps.map_or(i64::MAX, |tps| tps as i64);
        let room = window.min(paced) - self.queued - self.granted.max(0);
        let worth = (self.window.min(paced) / 16).max(1);
        if room < worth && self.granted > 0 {
            return None;
        }
        // What a message of many parts took beyond its credit is granted again: here it is one call.
        let parts = room - self.granted.min(0);
        let parts = u32::try_from(parts).ok().filter(|_| room > 0)?;
        self.granted += i64::from(parts);
        Some(parts)
    }

    fn withdraw_if(&mut self, is_meant: impl Fn(&Sendable) -> bool) {
        for job in std::mem::take(&mut self.queue) {
            if is_meant(&job.sendable) {
                self.queued -= job.sendable.parts().len() as i64;
                self.give_back(&job.sendable);
            } else {
                self.queue.push_back(job);
            }
        }
    }

    fn give_back(&mut self, sendable: &Sendable) {
        let message = sendable.message();
        let (status, again) = (NOT_SENT, Again::WhileValid);
        self.answers.extend(sendable.parts().iter().map(|&part| Answer::Refused {
            route: self.route.clone(),
            message,
            part,
            status,
            word: None,
            again,
        }));
    }

    fn report(
        &mut self,
        remote: &str,
        parts: std::ops::Range<u8>,
        state: ReceiptState,
        error: Option<Arc<str>>,
    ) {
        let route = &self.route;
        let report = |part| Report {
            route: route.clone(),
            remote: remote_of(remote, part),
            state,
            error: error.clone(),
        };
        self.reports.extend(parts.map(report));
    }
}

/// The id of one part: a provider knows only the message, so that all parts but the first have its id with their number.
pub fn remote_of(remote: &str, part: u8) -> RemoteId {
    if part == 0 { RemoteId::new(remote) } else { RemoteId::new(&*format!("{remote}/{part}")) }
}

/// A provider's code as it may be kept and logged: some write a sentence there, with the number in it.
pub(super) fn shown(code: &str) -> String {
    let is_long = code.chars().count() > CODE_MAX;
    let is_number =
        code.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits.len() > CODE_DIGITS_MAX);
    if is_long || is_number { format!("<{} characters>", code.chars().count()) } else { code.to_owned() }
}
