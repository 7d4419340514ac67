//! How fast a route may send: never more than its contract in any one second, evenly within it, and no faster than the
//! carrier takes it after it said "too fast".
//!
//! The contract is a strict window: whichever second one looks at, it holds at most the allowed number of parts. Within
//! it parts drip, so that an urgent one finds a place a moment later and not at the end of the second; an urgent part
//! asks only the strict window.
//!
//! What the carrier takes is learned, not configured. After a throttling answer nothing goes for a moment, then one part
//! feels whether there is room; every part that is taken lets two more go (slow start, Jacobson, "Congestion Avoidance
//! and Control", 1988), a refusal starts over. With the first refusal after a second of that, what was taken in it is
//! the rate, and parts drip at it. A quiet time raises it by a little, and by more each time it went well; a refusal sets
//! it back to what was well before, and lets the next trial wait longer.

mod drip;

use drip::Drip;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// The second in which parts are counted, with a margin for the carrier's clock and the way there.
pub(crate) const WINDOW: Span = Span::millis(1_020);
/// The first wait after a refusal.
const PAUSE_MIN: Span = Span::millis(20);
/// The longest wait between two parts that feel for room.
const PAUSE_MAX: Span = Span::millis(100);
/// For how long the carrier's rate is felt before it is believed.
const FEEL: Span = Span::seconds(1);
/// A part that feels for room and gets no answer is followed by another after so long.
const FEEL_AGAIN: Span = Span::seconds(1);
/// How long a learned rate stands before a little more is tried, at first and at most.
const TRY_AFTER: Span = Span::millis(250);
const TRY_AFTER_MAX: Span = Span::seconds(30);
/// How much more is tried, in a thousand of the rate, at first and at most.
const TRY_MORE: u32 = 20;
const TRY_MORE_MAX: u32 = 250;
/// A learned rate of which less than so many in a thousand was taken is learned anew.
const WRONG_BELOW: u64 = 800;
/// A rate that is refused although nothing more was tried goes down by one in so many.
const LESS: u32 = 20;
/// After so long without anything taken the carrier is felt from the beginning.
const DRY: Span = Span::millis(1_500);
/// How finely what was taken is counted.
const GRAIN_MS: i64 = 10;
/// For how long ahead parts are asked of the engine, so that none has to be waited for: one in so many of a second.
const AHEAD_SHARE: u32 = 25;
/// How many parts may wait while the rate is not known.
const AHEAD_UNKNOWN: u32 = 16;

/// A route's rate.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Parts a second by contract; none: as fast as the window of unanswered submits allows.
    contract: Option<u32>,
    /// Parts sent in the window, by millisecond, oldest first.
    sent: VecDeque<(Timestamp, u32)>,
    sum: u32,
    drip: Drip,
    mood: Mood,
    /// Nothing goes before.
    hold: Timestamp,
    pause: Span,
    /// A refusal of what was sent until then says nothing new.
    cut_at: Timestamp,
    /// Whether something was taken that was sent after the last cut.
    felt_room: bool,
    /// Nothing was taken between the last two cuts.
    shut: bool,
    last_sent: Timestamp,
    /// Parts that were taken, by [`GRAIN_MS`], oldest first.
    taken: VecDeque<(i64, u32)>,
}

/// What is known of the carrier's own limit.
#[derive(Debug, Clone, Copy)]
enum Mood {
    /// It never said "too fast".
    Free,
    /// It said so; its rate is being felt.
    Feeling {
        since: Timestamp,
        /// How many parts may go.
        budget: u32,
    },
    /// Its rate is known.
    Learned {
        rate: u32,
        /// The last rate that stood its time.
        good: u32,
        raise_at: Timestamp,
        wait: Span,
        more: u32,
    },
}

impl Pace {
    /// A route that may send so many parts a second.
    pub(crate) fn new(contract: Option<u32>) -> Self {
        Self {
            contract,
            sent: VecDeque::new(),
            sum: 0,
            drip: Drip::new(contract),
            mood: Mood::Free,
            hold: Timestamp(i64::MIN),
            pause: Span(PAUSE_MIN.0 / 2),
            cut_at: Timestamp(i64::MIN),
            felt_room: false,
            shut: false,
            last_sent: Timestamp(i64::MIN),
            taken: VecDeque::new(),
        }
    }

    /// How many parts may be sent now; an urgent one does not wait for its drop.
    pub(crate) fn free(&mut self, now: Timestamp, urgent: bool) -> u32 {
        self.forget(now);
        self.refresh(now);
        if now < self.hold {
            return 0;
        }
        let drops = if urgent { u32::MAX } else { self.drip.free(now) };
        self.strict().min(drops).min(self.budget())
    }

    /// When something that is not urgent may be sent, if nothing may now and no answer is needed for it.
    pub(crate) fn frees_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.forget(now);
        self.refresh(now);
        let held = (now < self.hold).then_some(self.hold);
        let full = if self.strict() == 0 { self.sent.front().map(|(at, _)| at.after(WINDOW)) } else { None };
        let silent = (self.budget() == 0).then(|| self.last_sent.after(FEEL_AGAIN).max(now.after(Span(1))));
        [held, full, self.drip.frees_at(now), silent].into_iter().flatten().max()
    }

    /// How many parts are worth having here: those that may go now, and a little of what may go in a moment.
    pub(crate) fn wanted(&mut self, now: Timestamp) -> u32 {
        self.forget(now);
        self.refresh(now);
        let rate = match self.mood {
            Mood::Free => self.contract,
            Mood::Feeling { budget, .. } => {
                let ahead = self.taken_in(now, Span::seconds(1)) / AHEAD_SHARE;
                return self.strict().max(1).min(budget + ahead.max(AHEAD_UNKNOWN));
            }
            Mood::Learned { rate, .. } => Some(self.contract.map_or(rate, |contract| contract.min(rate))),
        };
        match rate {
            None => u32::MAX,
            Some(rate) => {
                let ahead = (rate / AHEAD_SHARE).max(1);
                self.strict().min(self.drip.free(now)).saturating_add(ahead)
            }
        }
    }

    /// As much as the contract allows may have been sent until now.
    pub(crate) fn assume_full(&mut self, now: Timestamp) {
        if let Some(contract) = self.contract {
            self.forget(now);
            for _ in self.sum..contract {
                self.count(now);
            }
        }
    }

    /// One part is sent.
    pub(crate) fn sent(&mut self, now: Timestamp) {
        self.count(now);
        self.drip.take(now);
        self.last_sent = now;
        if let Mood::Feeling { budget, .. } = &mut self.mood {
            *budget = budget.saturating_sub(1);
        }
    }

    /// The carrier took a part that was sent at `sent`.
    pub(crate) fn taken(&mut self, sent: Timestamp, now: Timestamp) {
        let grain = now.0.div_euclid(GRAIN_MS);
        if let Mood::Feeling { since, .. } = &mut self.mood
            && self.taken.back().is_none_or(|(at, _)| *at < grain - DRY.0 / GRAIN_MS)
        {
            *since = now;
        }
        match self.taken.back_mut() {
            Some((at, count)) if *at >= grain => *count += 1,
            _ => self.taken.push_back((grain, 1)),
        }
        let kept = now.before(DRY).0.div_euclid(GRAIN_MS);
        while self.taken.pop_front_if(|(at, _)| *at < kept).is_some() {}
        if sent <= self.cut_at {
            return;
        }
        self.felt_room = true;
        self.shut = false;
        self.pause = PAUSE_MIN;
        if let Mood::Feeling { budget, .. } = &mut self.mood {
            *budget = budget.saturating_add(2);
        }
    }

    /// There was nothing to send although something might have gone: what was taken says nothing about the carrier.
    pub(crate) fn idle(&mut self, now: Timestamp) {
        match &mut self.mood {
            Mood::Free => {}
            Mood::Feeling { since, .. } => *since = now,
            Mood::Learned { raise_at, wait, .. } => *raise_at = now.after(*wait),
        }
    }

    /// The carrier said "too fast" about a part that was sent at `sent`. Returns the rate that is thought to be the
    /// carrier's, if that changed: the many answers to one burst count once.
    pub(crate) fn throttled(&mut self, sent: Timestamp, now: Timestamp) -> Option<u32> {
        if sent <= self.cut_at {
            return None;
        }
        let felt_room = std::mem::take(&mut self.felt_room);
        self.pause = if felt_room { PAUSE_MIN } else { Span((self.pause.0 * 2).min(PAUSE_MAX.0)) };
        self.shut = !felt_room;
        self.cut_at = now;
        self.hold = now.after(self.pause);
        let measured = self.taken_in(now, Span::seconds(1));
        match &mut self.mood {
            Mood::Free => {
                self.mood = Mood::Feeling { since: now, budget: 1 };
                Some(measured)
            }
            // With the refusal that ends a run of taken parts, the seconds before it hold what the carrier takes in as
            // many, however it counts.
            Mood::Feeling { since, .. } if felt_room && now.since(*since) >= FEEL => {
                let rate = self.taken_in(now, FEEL);
                if rate > 0 {
                    self.learn(rate, now, TRY_AFTER);
                    return Some(rate);
                }
                self.mood = Mood::Feeling { since: now, budget: 1 };
                None
            }
            Mood::Feeling { budget, .. } => {
                *budget = 1;
                None
            }
            Mood::Learned { rate, good, wait, .. } => {
                let (rate, good, wait) = (*rate, *good, *wait);
                if !felt_room && u64::from(measured) * 1_000 < u64::from(good) * WRONG_BELOW {
                    self.mood = Mood::Feeling { since: now, budget: 1 };
                    self.drip.set(self.contract, now);
                    return Some(measured);
                }
                let wait = if felt_room { Span((wait.0 * 2).min(TRY_AFTER_MAX.0)) } else { wait };
                // What stood its time before the trial stands again; where there was no trial, a little less.
                let safe = if rate > good || !felt_room { good } else { good - good.div_ceil(LESS) };
                let slower = measured.max(safe).min(rate);
                self.learn(slower, now, wait);
                (slower < rate).then_some(slower)
            }
        }
    }

    fn learn(&mut self, rate: u32, now: Timestamp, wait: Span) {
        let rate = rate.max(1);
        self.mood = Mood::Learned { rate, good: rate, raise_at: now.after(wait), wait, more: TRY_MORE };
        self.drip.set(Some(self.contract.map_or(rate, |contract| contract.min(rate))), now);
    }

    /// What time alone changes.
    fn refresh(&mut self, now: Timestamp) {
        match &mut self.mood {
            Mood::Free => {}
            Mood::Feeling { budget, .. } => {
                if *budget == 0 && now >= self.last_sent.after(FEEL_AGAIN) {
                    *budget = 1;
                }
            }
            Mood::Learned { rate, good, raise_at, wait, more } if now >= *raise_at => {
                let step = u64::from(*rate) * u64::from(*more) / 1_000;
                *good = *rate;
                *rate = rate.saturating_add(u32::try_from(step).unwrap_or(u32::MAX).max(1));
                *more = (*more * 2).min(TRY_MORE_MAX);
                *wait = TRY_AFTER;
                *raise_at = now.after(TRY_AFTER);
                let rate = *rate;
                match self.contract {
                    Some(contract) if rate >= contract => {
                        self.mood = Mood::Free;
                        self.drip.set(self.contract, now);
                    }
                    _ => self.drip.set(Some(rate), now),
                }
            }
            Mood::Learned { .. } => {}
        }
        if self.shut && now >= self.last_sent.after(FEEL_AGAIN) {
            self.shut = false;
        }
    }

    fn strict(&self) -> u32 {
        self.contract.map_or(u32::MAX, |contract| contract.saturating_sub(self.sum))
    }

    fn budget(&self) -> u32 {
        match self.mood {
            Mood::Feeling { budget, .. } => budget,
            // Refused twice in a row: one part feels whether the carrier takes anything again.
            Mood::Learned { .. } if self.shut && self.last_sent > self.cut_at => 0,
            Mood::Learned { .. } if self.shut => 1,
            Mood::Free | Mood::Learned { .. } => u32::MAX,
        }
    }

    fn taken_in(&self, now: Timestamp, span: Span) -> u32 {
        let from = now.before(span).0.div_euclid(GRAIN_MS);
        self.taken.iter().rev().take_while(|(at, _)| *at > from).map(|(_, count)| count).sum()
    }

    fn count(&mut self, now: Timestamp) {
        if self.contract.is_none() {
            return;
        }
        self.sum += 1;
        match self.sent.back_mut() {
            // A clock that is set back does not make room.
            Some((at, count)) if *at >= now => *count += 1,
            _ => self.sent.push_back((now, 1)),
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((_, count)) = self.sent.pop_front_if(|(at, _)| at.after(WINDOW) <= now) {
            self.sum -= count;
        }
    }
}

#[cfg(test)]
mod tests;
