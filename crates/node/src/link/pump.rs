//! How a link sends: what may go now over which connection, how much more it asks of the engine, and what it takes back.

use super::protocol::Part;
use super::queue::{Going, Job};
use super::{Flying, Link, NOT_SENDABLE, NOT_SENT, ticket};
use engine::decide::Sendable;
use engine::deliver::{Again, Answer};
use engine::world::Concatenation;
use model::{MessageId, Span, Timestamp};
use std::sync::Arc;
use wire::Concat;

/// How long a little credit may wait for more: one grant for many parts.
const GRANT_EVERY: Span = Span::millis(10);
/// A grant of at least one in so many of the window does not wait.
const GRANT_SHARE: i64 = 16;
/// Parts beyond the window that are worth having here, one in so many of it: so that none has to be waited for.
const AHEAD_SHARE: u32 = 4;
/// After so long with credit and nothing to send, nothing is learned from how little is sent.
const IDLE_AFTER: Span = Span::millis(100);
/// For how long what the carrier refuses as too fast is kept before the engine looks at it again.
pub(super) const HELD_MAX: Span = Span::seconds(5);
/// The lane that does not wait for its drop.
const URGENT: u8 = 0;

impl Link {
    /// Sends what may go now.
    pub(super) fn pump(&mut self, now: Timestamp) {
        if self.queue.submits() == 0 {
            return self.look_idle(now);
        }
        self.dry_since = None;
        while let Some((mut going, bind)) = self.next_to_go(now) {
            let stale = going.again && now >= going.job.since.after(HELD_MAX);
            if stale || now >= going.job.sendable.expires() {
                self.give_back(&going);
                continue;
            }
            self.send(&going.job, going.from, bind, now);
            going.from += 1;
            if going.from < going.to {
                going.bind = Some(bind);
                self.queue.push_ahead(going);
            }
        }
    }

    fn next_to_go(&mut self, now: Timestamp) -> Option<(Going, usize)> {
        if self.breaker.is_open(now) || (self.breaker.is_trying(now) && !self.flight.is_empty()) {
            return None;
        }
        if self.flight.len() >= self.window.size() as usize {
            self.window.full(now);
            return None;
        }
        let everybody = self.pace.free(now, false) > 0;
        if !everybody && self.pace.free(now, true) == 0 {
            self.window.slack();
            return None;
        }
        let emptiest = self.emptiest()?;
        let mut queue = std::mem::take(&mut self.queue);
        let going = queue.pop(|going| {
            let soon = everybody || going.job.sendable.lane() == URGENT;
            soon && going.bind.is_none_or(|bind| self.has_room(bind))
        });
        self.queue = queue;
        let going = going?;
        let bind = going.bind.unwrap_or(emptiest);
        Some((going, bind))
    }

    /// Whether a connection can take one more: its share of the window is not used up.
    fn has_room(&self, bind: usize) -> bool {
        let open = self.binds.iter().flatten().filter(|bind| bind.session.is_open()).count().max(1);
        let share = (self.window.size() as usize).div_ceil(open);
        let bind = self.binds.get(bind).and_then(Option::as_ref);
        bind.is_some_and(|bind| bind.session.window_free() > 0 && bind.session.waiting() < share)
    }

    fn emptiest(&self) -> Option<usize> {
        let able = (0..self.binds.len()).filter(|bind| self.has_room(*bind));
        able.min_by_key(|bind| self.binds.get(*bind).and_then(Option::as_ref).map(|b| b.session.waiting()))
    }

    /// Sends one part of a message, or answers for it.
    fn send(&mut self, job: &Arc<Job>, place: usize, bind: usize, now: Timestamp) {
        let sendable = &job.sendable;
        let Some(number) = sendable.parts().get(place).copied() else { return };
        let text = sendable.text().reveal();
        let piece = match (job.whole, job.cut.pieces.get(usize::from(number))) {
            (true, _) => Some(text),
            (false, Some(range)) => text.get(range.clone()),
            (false, None) => None,
        };
        let ticket = ticket(sendable.message(), number);
        let wide = if self.options.concatenation == Concatenation::Udh16 { 0xffff } else { 0xff };
        let sent = piece.is_some_and(|text| {
            let part = Part {
                source: job.source.as_deref().unwrap_or(&self.options.source),
                to: sendable.to().reveal(),
                text,
                encoding: job.cut.encoding,
                // A text is cut into at most 255 parts; the reference is the same when a part is offered again.
                place: Concat {
                    // Carriers that take sar_ parameters may hand them on in a header of eight bits.
                    reference: (sendable.message().0 & wide) as u16,
                    total: if job.whole { 1 } else { job.cut.pieces.len() as u8 },
                    number: number.saturating_add(1),
                },
                how: self.options.concatenation,
                expires: sendable.expires(),
            };
            let bind = self.binds.get_mut(bind).and_then(Option::as_mut);
            bind.is_some_and(|bind| bind.session.submit(ticket, &part, now).is_ok())
        });
        if sent {
            self.pace.sent(now);
            let flying = Flying { job: Arc::clone(job), place, bind, sent: now, recalled: false };
            self.flight.insert(ticket, flying);
        } else {
            // The window was asked before, so it is the message that this carrier's protocol cannot carry.
            self.refuse(job, place, place + 1, NOT_SENDABLE, Again::Elsewhere);
        }
    }

    /// Nothing waits: if the engine could have given something, it has nothing.
    fn look_idle(&mut self, now: Timestamp) {
        if self.granted <= 0 {
            self.dry_since = None;
            return;
        }
        let since = *self.dry_since.get_or_insert(now);
        if now.since(since) >= IDLE_AFTER {
            self.pace.idle(now);
            self.window.slack();
        }
    }

    /// How much more the engine may claim, if it is worth telling.
    pub(super) fn grant(&mut self, now: Timestamp) -> Option<u32> {
        let due = self.grant_at.is_some_and(|at| at <= now);
        self.grant_at = None;
        if !self.is_bound() || self.draining || self.committed < self.grant_after || self.breaker.is_open(now)
        {
            return None;
        }
        let flying = self.flight.len() as i64;
        let window = if self.breaker.is_trying(now) {
            1
        } else {
            i64::from(self.window.size()) + i64::from(self.window.size() / AHEAD_SHARE)
        } - flying;
        let paced = i64::from(self.pace.wanted(now));
        let room = window.min(paced) - self.queue.submits() as i64 - self.granted;
        let worth = (i64::from(self.window.size()).min(paced) / GRANT_SHARE).max(1);
        if room > 0 && (room >= worth || self.granted <= 0 || due) {
            self.granted += room;
            return u32::try_from(room).ok();
        }
        if room > 0 {
            self.grant_at = Some(now.after(GRANT_EVERY));
        } else if paced <= window {
            self.grant_at = self.pace.frees_at(now).map(|at| at.max(now.after(GRANT_EVERY)));
        }
        None
    }

    /// The engine's credit is void; what waits here goes back.
    pub(super) fn void(&mut self) {
        for going in self.queue.take(|_| true) {
            self.give_back(&going);
        }
        if self.open {
            self.open = false;
            self.disconnected = true;
            self.grant_after = self.taken + 1;
        }
        self.granted = 0;
        self.grant_at = None;
    }

    /// Takes back what waits here and is told; what is on its way comes back if the carrier refuses it.
    pub(super) fn take_back(&mut self, told: impl Fn(&Sendable) -> bool) {
        for going in self.queue.take(|going| told(&going.job.sendable)) {
            self.give_back(&going);
        }
        let flying = self.flight.values_mut().filter(|flying| told(&flying.job.sendable));
        flying.for_each(|flying| flying.recalled = true);
    }

    pub(super) fn give_back(&mut self, going: &Going) {
        self.refuse(&going.job, going.from, going.to, NOT_SENT, Again::WhileValid);
    }

    /// Answers for submits that did not go, or were refused.
    pub(super) fn refuse(&mut self, job: &Job, from: usize, to: usize, status: u32, again: Again) {
        let message = job.sendable.message();
        for part in refused_parts(job, from, to) {
            self.answers.push(self.refusal(message, part, status, again));
        }
    }

    /// The protocols of a link refuse with numbers, never with words.
    pub(super) fn refusal(&self, message: MessageId, part: u8, status: u32, again: Again) -> Answer {
        let route = self.options.route.clone();
        Answer::Refused { route, message, part, status, word: None, again }
    }
}

/// The parts behind some of a message's submits.
pub(super) fn refused_parts(job: &Job, from: usize, to: usize) -> impl Iterator<Item = u8> + '_ {
    let parts = job.sendable.parts();
    let (from, to) = if job.whole { (0, parts.len()) } else { (from, to) };
    parts.get(from..to).unwrap_or_default().iter().copied()
}
