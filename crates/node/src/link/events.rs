//! What a link makes of each thing a session tells.

use super::breaker::Fate;
use super::join::{Added, Answerable, Joined, Piece};
use super::protocol::{Content, Event, Party, Ref, Refusal};
use super::pump::{HELD_MAX, refused_parts};
use super::queue::Going;
use super::ruling::Ruling;
use super::{Flying, Link, Notice, Pending, of_ticket};
use engine::converse::Inbound;
use engine::deliver::{Again, Answer, Report};
use engine::entry::ReceiptState;
use model::{MessageId, Phone, Private, RemoteId, Span, Timestamp};
use std::sync::Arc;

/// How the name of a part begins to which the carrier gave none.
pub(super) const NO_ID: &str = "none:";
/// How many submits that the carrier cuts itself are remembered until their receipt comes.
const WHOLES_MAX: usize = 65_536;

impl Link {
    /// Takes everything a connection's session has to tell.
    pub(super) fn listen(&mut self, bind: usize, now: Timestamp) {
        while let Some(event) = self.session(bind).and_then(|session| session.event()) {
            match event {
                Event::Submitted { ticket, remote } => self.submitted(ticket, remote, now),
                Event::Refused { ticket, refusal } => self.refused(ticket, refusal, now),
                Event::Unanswered { ticket, timed_out } => self.unanswered_part(ticket, timed_out, now),
                Event::LateAnswer { ticket, refusal: None, remote } => {
                    self.notices.push(Notice::LateAnswer { code: 0 });
                    let (message, part) = of_ticket(ticket);
                    let remote = self.remote(remote, ticket);
                    self.taken(message, part, remote);
                }
                // A late refusal says nothing that is of use: the part may have been offered again since.
                Event::LateAnswer { refusal: Some(refusal), .. } => {
                    self.notices.push(Notice::LateAnswer { code: refusal.code });
                }
                Event::Delivered { delivery, from, to, content } => {
                    self.delivered((bind, delivery), from, to, content, now);
                }
                Event::Queried { ticket, state, error } => self.queried(ticket, state, error, now),
                Event::QueryFailed { ticket } => self.query_failed(ticket, now),
                Event::Bound { peer } => self.bound(bind, peer, now),
                Event::BindRefused(Refusal { code, meaning, .. }) => {
                    self.notices.push(Notice::BindRefused { code, meaning });
                }
                Event::Closed { why, retry_at } => {
                    self.closed(bind, now);
                    self.notices.push(Notice::Down { why, retry_at });
                }
                Event::Protocol(what) => self.notices.push(Notice::Protocol(what)),
            }
        }
    }

    fn bound(&mut self, bind: usize, peer: String, now: Timestamp) {
        if self.session(bind).is_some_and(|session| session.is_open()) {
            self.open = true;
            self.draining = false;
            self.down_since = None;
        }
        self.ask(now);
        self.notices.push(Notice::Bound { peer });
    }

    /// A connection is gone: what was to follow over it goes back, and with the last one everything.
    fn closed(&mut self, bind: usize, now: Timestamp) {
        for going in self.queue.take(|going| going.bind == Some(bind)) {
            self.give_back(&going);
        }
        if !self.is_bound() {
            self.void();
            if !self.draining {
                self.down_since.get_or_insert(now);
            }
        }
    }

    fn submitted(&mut self, ticket: u64, remote: String, now: Timestamp) {
        let (message, part) = of_ticket(ticket);
        let remote = self.remote(remote, ticket);
        let Some(Flying { job, sent, .. }) = self.flight.remove(&ticket) else {
            return self.taken(message, part, remote);
        };
        self.window.answered(now);
        self.pace.taken(sent, now);
        self.breaker.note(Fate::Taken, now);
        if !job.whole {
            return self.taken(message, part, remote);
        }
        let parts = job.sendable.parts();
        for (place, &part) in parts.iter().enumerate() {
            self.taken(message, part, of_whole(&remote, place));
        }
        if parts.len() > 1 {
            self.remember_whole(&remote, parts.len());
        }
    }

    fn taken(&mut self, message: MessageId, part: u8, remote: RemoteId) {
        let route = self.options.route.clone();
        self.answers.push(Answer::Submitted { route, message, part, remote });
    }

    fn silence(&self, message: MessageId, part: u8) -> Answer {
        Answer::Unanswered { route: self.options.route.clone(), message, part }
    }

    fn remote(&mut self, remote: String, ticket: u64) -> RemoteId {
        if remote.is_empty() {
            self.notices.push(Notice::NoRemoteId);
            let (message, part) = of_ticket(ticket);
            // Unlike any id of the carrier's, and unlike any other part's.
            return RemoteId::new(format!("{NO_ID}{message}:{part}"));
        }
        RemoteId::new(remote)
    }

    fn refused(&mut self, ticket: u64, refusal: Refusal, now: Timestamp) {
        let ruling = self.options.rulings.on_refusal(&refusal);
        let Refusal { code, meaning, .. } = refusal;
        let Some(flying) = self.flight.remove(&ticket) else { return };
        self.window.answered(now);
        if ruling != Ruling::Throttle {
            self.notices.push(Notice::Refused { code, meaning });
        }
        let fault = matches!(ruling, Ruling::Retry(_) | Ruling::Unbound(_));
        match ruling {
            Ruling::Throttle => return self.throttled(flying, code, now),
            Ruling::Fail => {
                // The message has failed: what is left of it is not worth its price.
                let message = flying.job.sendable.message();
                self.take_back(|sendable| sendable.message() == message);
                self.answer(&flying, code, Again::No);
            }
            Ruling::Elsewhere => self.answer(&flying, code, Again::Elsewhere),
            Ruling::Retry(span) => self.cool(&flying, code, Again::AFewTimes, span, now),
            Ruling::Unbound(span) => self.cool(&flying, code, Again::WhileValid, span, now),
            Ruling::Suspend(span) => {
                self.answer(&flying, code, Again::Elsewhere);
                self.breaker.suspend(span, now);
                return self.suspended();
            }
        }
        if self.breaker.note(if fault { Fate::Fault } else { Fate::Refused }, now) {
            self.suspended();
        }
    }

    /// Too fast: the part goes to the head of its lane here, and slower. The engine hears of it when that takes long.
    fn throttled(&mut self, flying: Flying, code: u32, now: Timestamp) {
        let Flying { job, place, bind, sent, recalled } = flying;
        self.notices.extend(self.pace.throttled(sent, now).map(Notice::Throttled));
        self.breaker.throttled(now);
        let over = self.session(bind).is_some_and(|session| session.is_open());
        let worth = now < job.sendable.expires() && now < job.since.after(HELD_MAX);
        if over && worth && !recalled && !self.draining && !self.breaker.is_open(now) {
            let going = Going { job, from: place, to: place + 1, bind: Some(bind), again: true };
            self.queue.push_ahead(going);
        } else {
            self.refuse(&job, place, place + 1, code, Again::WhileValid);
        }
    }

    fn unanswered_part(&mut self, ticket: u64, timed_out: bool, now: Timestamp) {
        let (message, part) = of_ticket(ticket);
        match self.flight.remove(&ticket) {
            Some(Flying { job, place, .. }) => {
                for part in refused_parts(&job, place, place + 1) {
                    self.answers.push(self.silence(message, part));
                }
            }
            None => self.answers.push(self.silence(message, part)),
        }
        // A connection that broke is told as such.
        if timed_out && self.breaker.note(Fate::Fault, now) {
            self.suspended();
        }
    }

    /// The route is out of use: nothing waits here for it.
    pub(super) fn suspended(&mut self) {
        let open = self.is_bound();
        self.void();
        self.open = open;
        let cooled = self.cooling.drain(..).map(|(_, answer)| answer);
        self.answers.extend(cooled);
        self.notices.extend(self.breaker.until().map(Notice::Suspended));
    }

    fn answer(&mut self, flying: &Flying, code: u32, again: Again) {
        self.refuse(&flying.job, flying.place, flying.place + 1, code, again);
    }

    /// The engine hears of it later: otherwise it would be offered again within a millisecond.
    fn cool(&mut self, flying: &Flying, status: u32, again: Again, span: Span, now: Timestamp) {
        if self.draining {
            return self.answer(flying, status, again);
        }
        let message = flying.job.sendable.message();
        let at = now.after(span);
        let place = self.cooling.partition_point(|(other, _)| *other <= at);
        for part in refused_parts(&flying.job, flying.place, flying.place + 1) {
            let answer = self.refusal(message, part, status, again);
            self.cooling.insert(place, (at, answer));
        }
    }

    fn delivered(&mut self, delivery: Answerable, from: Party, to: Party, content: Content, now: Timestamp) {
        match content {
            Content::Receipt { remote, state, error } => {
                self.report(remote, state, error, now);
                self.await_commit(delivery, None);
            }
            Content::UnreadableReceipt => {
                self.notices.push(Notice::UnreadableReceipt);
                // There is nothing in it to make durable; unanswered it would come again for ever.
                self.acknowledge(delivery, now);
            }
            Content::Message { payload, coding, place: Some(place), .. } if place.total > 1 => {
                match self.joins.add(Piece { from, to, place, coding, payload, delivery }, now) {
                    Added::Whole(joined) => self.joined(joined),
                    Added::Waits => {}
                    // The message it belongs to may be in the batch that is being made durable.
                    Added::Again(delivery) => self.await_commit(delivery, None),
                }
            }
            Content::Message { text, .. } => {
                let from = self.message(&from, &to, text);
                self.await_commit(delivery, from);
            }
        }
    }

    pub(super) fn joined(&mut self, joined: Joined) {
        let text = joined.coding.decode(&joined.payload);
        let from = self.message(&joined.from, &joined.to, text);
        for delivery in joined.deliveries {
            self.await_commit(delivery, from);
        }
    }

    /// A message from a customer. Returns their number.
    fn message(&mut self, from: &Party, to: &Party, text: Option<String>) -> Option<Phone> {
        let Ok(phone) = phone(from, &self.options.country) else {
            self.notices.push(Notice::UnreadableMessage);
            return None;
        };
        if text.is_none() {
            self.notices.push(Notice::UnreadableMessage);
        }
        self.inbound.push(Inbound {
            route: self.options.route.clone(),
            from: phone,
            to: Arc::from(&*to.digits),
            text: Private::new(text.unwrap_or_default()),
        });
        Some(phone)
    }

    /// The delivery is answered when the batch that is being gathered is committed.
    fn await_commit(&mut self, (bind, delivery): Answerable, from: Option<Phone>) {
        self.pending.push_back(Pending { batch: self.taken + 1, bind, delivery, from });
    }

    pub(super) fn acknowledge(&mut self, (bind, delivery): (usize, Ref), now: Timestamp) {
        if let Some(session) = self.session(bind) {
            session.acknowledge(delivery, now);
        }
    }

    fn report(&mut self, remote: String, state: ReceiptState, error: Option<String>, now: Timestamp) {
        if let Some(span) = error.as_deref().and_then(|code| self.options.rulings.suspends(code)) {
            self.breaker.suspend(span, now);
            self.suspended();
        }
        let route = self.options.route.clone();
        let error: Option<Arc<str>> = error.map(Arc::from);
        let remote = RemoteId::new(remote);
        let parts = self.wholes.get(&remote).copied().unwrap_or(1);
        for place in 0..parts {
            let (route, remote) = (route.clone(), of_whole(&remote, place));
            self.reports.push(Report { route, remote, state, error: error.clone() });
        }
    }

    /// One receipt will come for so many parts.
    fn remember_whole(&mut self, remote: &RemoteId, parts: usize) {
        if self.wholes_order.len() >= WHOLES_MAX
            && let Some(oldest) = self.wholes_order.pop_front()
        {
            self.wholes.remove(&oldest);
        }
        self.wholes.insert(remote.clone(), parts);
        self.wholes_order.push_back(remote.clone());
    }
}

/// The id of a part that went with others in one submit.
fn of_whole(remote: &RemoteId, place: usize) -> RemoteId {
    if place == 0 { remote.clone() } else { RemoteId::new(format!("{remote}~{place}")) }
}

/// A carrier's address as a number. One that it calls international is taken as it stands.
fn phone(party: &Party, country: &str) -> Result<Phone, model::ParsePhoneError> {
    if party.international && !party.digits.starts_with('+') {
        Phone::parse(&format!("+{}", party.digits), country)
    } else {
        Phone::parse(&party.digits, country)
    }
}
