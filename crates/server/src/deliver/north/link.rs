//! One client's connection, whatever it speaks: bytes, time, requests, answers, notices.
//!
//! Everything that came in one read goes to the engine as one input, and the answers are written once it is durable.
//! Nothing is done per message but work: no task, no channel. When the engine is behind, or the client does not read, the
//! link stops reading, and the client's own window does the rest.

use super::directory::Seat;
use super::errands::{Done, Errand, Errands};
use super::flights::Flights;
use super::intake::{Answer, Intake, Outcome};
use super::refusal::Refusal;
use super::shared::Shared;
use super::side::{Heard, Side, Untold};
use super::submit::{Target, Ticket, Verdict};
use crate::clock::now;
use model::Timestamp;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;
/// How many batches may wait for the engine before the link stops reading.
const ERRANDS_MAX: usize = 16;
/// How much output may wait before the link stops reading.
const OUTPUT_MAX: usize = 1 << 20;
/// How long the link sleeps at most: a guard, not a clock.
const NAP: Duration = Duration::from_secs(1);
/// How many notices are taken at once.
const TELL_MAX: usize = 256;

/// One client's connection.
pub(super) struct Link<S: Side> {
    side: S,
    shared: Arc<Shared>,
    from: IpAddr,
    seat: Option<Seat>,
    /// Changes when there is something to tell.
    ready: Option<watch::Receiver<u64>>,
    intake: Intake,
    errands: Errands,
    flights: Flights,
    closed: bool,
    /// When stopping: until when the client is waited for.
    give_up: Option<Instant>,
}

/// What woke the link.
enum Woken {
    Read(io::Result<usize>),
    Written(io::Result<usize>),
    Done(Option<Done>),
    Notices,
    Time,
    Stop,
}

impl<S: Side> Link<S> {
    /// A connection from an address.
    pub(super) fn new(side: S, shared: Arc<Shared>, from: IpAddr) -> Self {
        Self {
            side,
            shared,
            from,
            seat: None,
            ready: None,
            intake: Intake::default(),
            errands: Errands::default(),
            flights: Flights::default(),
            closed: false,
            give_up: None,
        }
    }

    /// Serves the connection until it ends.
    pub(super) async fn run(
        mut self,
        mut read: impl AsyncRead + Unpin,
        mut write: impl AsyncWrite + Unpin,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut inbox = vec![0; READ_BYTES];
        let (mut outbox, mut written, mut flushed) = (Vec::new(), 0, true);
        loop {
            self.work();
            if written == outbox.len() {
                outbox.clear();
                written = 0;
                std::mem::swap(&mut outbox, self.side.output());
            }
            let pending = written < outbox.len();
            let given_up = self.give_up.is_some_and(|at| at <= Instant::now());
            if given_up || (self.closed && !pending && flushed) {
                break;
            }
            let waiting = outbox.len() - written + self.side.output().len();
            let reading = !self.closed && self.errands.len() < ERRANDS_MAX && waiting < OUTPUT_MAX;
            let nap = self.nap();
            let woken = tokio::select! {
                n = read.read(&mut inbox), if reading => Woken::Read(n),
                n = out(&mut write, &outbox[written..]), if pending || !flushed => Woken::Written(n),
                done = self.errands.next(), if !self.errands.is_empty() => Woken::Done(done),
                () = changed(&mut self.ready) => Woken::Notices,
                () = sleep_until(nap) => Woken::Time,
                _ = stopping.wait_for(|stop| *stop), if self.give_up.is_none() => Woken::Stop,
            };
            match woken {
                Woken::Read(Ok(n)) if n > 0 => self.side.receive(&inbox[..n], now()),
                Woken::Written(Ok(0)) if !pending => flushed = true,
                Woken::Written(Ok(n)) if n > 0 => (written, flushed) = (written + n, false),
                Woken::Read(_) | Woken::Written(_) => break,
                Woken::Done(done) => self.done(done),
                Woken::Time => self.side.tick(now()),
                Woken::Notices => {}
                Woken::Stop => self.stop(),
            }
        }
        self.end();
    }

    /// Does what there is to do with what came in.
    fn work(&mut self) {
        let at = now();
        while let Some(heard) = self.side.next(&self.shared.directory, self.from, at) {
            self.heard(heard, at);
        }
        if let Some((orders, asks)) = self.intake.take() {
            self.errands.push(Errand::order(&self.shared, orders, asks));
        }
        self.tell(at);
        if self.give_up.is_some() && self.errands.is_empty() {
            self.side.unbind(at);
        }
    }

    fn heard(&mut self, heard: Heard, at: Timestamp) {
        match heard {
            Heard::Seated(seat) => {
                let account = &seat.member.account.id;
                tracing::info!(%account, protocol = S::NAME, from = %self.from, "bound");
                let is_called = seat.member.account.access.callback.is_some();
                self.ready = (seat.receives && !is_called).then(|| seat.member.standing.post.join());
                self.seat = Some(seat);
            }
            Heard::Denied(why) => {
                tracing::warn!(protocol = S::NAME, from = %self.from, ?why, "a bind was refused");
            }
            Heard::Submit(submit) => {
                let Some(seat) = &self.seat else { return };
                let ticket = submit.ticket;
                let added = if self.give_up.is_some() {
                    Err(Refusal::Stopped)
                } else if self.side.unanswered() > seat.window {
                    Err(Refusal::Throttled)
                } else {
                    let Shared { house, groups, .. } = &*self.shared;
                    self.intake.add(&submit, &seat.member, house, groups, at)
                };
                if let Err(why) = added {
                    self.answer(&ticket, &Err(why));
                }
            }
            Heard::Query(query) => {
                let Some(seat) = &self.seat else { return };
                self.errands.push(Errand::query(&self.shared, &seat.member, query));
            }
            Heard::Cancel(cancel) => {
                let Some(seat) = &self.seat else { return };
                self.errands.push(Errand::cancel(&self.shared, &seat.member, cancel));
            }
            Heard::Replace(replace) => {
                let Some(seat) = &self.seat else { return };
                self.errands.push(Errand::replace(&self.shared, &seat.member, *replace));
            }
            Heard::Told(ticket, ack) => {
                let Some(seat) = &self.seat else { return };
                let counters = &seat.member.counters;
                match self.flights.answered(ticket, ack, &seat.member.standing.post) {
                    Some(super::side::Ack::Done) => counters.told.fetch_add(1, Ordering::Relaxed),
                    Some(_) => counters.untold.fetch_add(1, Ordering::Relaxed),
                    None => 0,
                };
            }
            Heard::Mistake(what) => {
                let account = self.seat.as_ref().map(|seat| {
                    seat.member.counters.mistakes.fetch_add(1, Ordering::Relaxed);
                    seat.member.account.id.as_str()
                });
                tracing::debug!(account, protocol = S::NAME, from = %self.from, what, "a client's mistake");
            }
            Heard::Closed(why) => {
                self.closed = true;
                let account = self.seat.as_ref().map(|seat| seat.member.account.id.as_str());
                tracing::info!(account, protocol = S::NAME, from = %self.from, why, "link closed");
            }
        }
    }

    /// Tells what there is room for.
    fn tell(&mut self, at: Timestamp) {
        let Some(seat) = &self.seat else { return };
        let post = &seat.member.standing.post;
        if self.ready.is_some() && !self.closed && self.give_up.is_none() {
            let mut room = self.side.room();
            while room > 0 {
                let mut batch = VecDeque::from(post.take(room.min(TELL_MAX)));
                if batch.is_empty() {
                    break;
                }
                while let Some(taken) = batch.pop_front() {
                    if taken.notice.message().is_some_and(|id| self.shared.groups.is_replaced(id)) {
                        self.flights.skip(&taken);
                        continue;
                    }
                    match self.side.tell(self.flights.ticket(), &taken, at) {
                        Ok(parts) => self.flights.start(taken, parts),
                        Err(Untold::Unwanted) => self.flights.skip(&taken),
                        Err(Untold::Impossible(why)) => {
                            tracing::warn!(account = %seat.member.account.id, why, "a notice cannot be told");
                            post.dead([taken.position]);
                        }
                        Err(Untold::Full) => {
                            post.back(taken);
                            batch.drain(..).rev().for_each(|taken| post.back(taken));
                            self.flights.flush(post);
                            return;
                        }
                    }
                }
                room = self.side.room();
            }
        }
        self.flights.flush(post);
    }

    fn answer(&mut self, ticket: &Ticket, verdict: &Verdict) {
        if let Some(seat) = &self.seat {
            match verdict {
                Ok(_) => drop(seat.member.counters.accepted.fetch_add(1, Ordering::Relaxed)),
                Err(why) => seat.member.counters.refused(why),
            }
        }
        self.side.answer(ticket, verdict);
    }

    fn done(&mut self, done: Option<Done>) {
        match done {
            Some(Done::Ordered(answers)) => answers.for_each(|answer| self.answered(answer)),
            Some(Done::Found(query, found)) => self.side.answer_query(&query, found),
            Some(Done::Cancelled(sequence, stopped)) => self.side.answer_cancel(sequence, stopped),
            Some(Done::Replaced(sequence, replaced)) => self.side.answer_replace(sequence, replaced),
            // The engine has stopped: what it had not made durable is not answered.
            None => self.closed = true,
        }
    }

    fn answered(&mut self, answer: Answer) {
        match answer.outcome {
            Outcome::One(verdict) => self.answer(&answer.ticket, &verdict),
            Outcome::Many(verdicts) => self.answer_many(&answer.ticket, &verdicts),
        }
    }

    fn answer_many(&mut self, ticket: &Ticket, verdicts: &[(Target, Verdict)]) {
        if let Some(seat) = &self.seat {
            for (_, verdict) in verdicts {
                match verdict {
                    Ok(_) => drop(seat.member.counters.accepted.fetch_add(1, Ordering::Relaxed)),
                    Err(why) => seat.member.counters.refused(why),
                }
            }
        }
        self.side.answer_many(ticket, verdicts);
    }

    fn nap(&self) -> Instant {
        let wait = self
            .side
            .deadline()
            .map_or(NAP, |at| Duration::from_millis(u64::try_from(at.since(now()).0).unwrap_or(0)).min(NAP));
        let nap = Instant::now() + wait;
        self.give_up.map_or(nap, |give_up| nap.min(give_up))
    }

    /// The server stops: what is with the engine is still answered, then the client is asked to go.
    fn stop(&mut self) {
        self.give_up = Some(Instant::now() + self.shared.drain);
    }

    fn end(&mut self) {
        if let Some(seat) = &self.seat
            && self.ready.is_some()
        {
            self.flights.abandon(&seat.member.standing.post);
            seat.member.standing.post.leave();
        }
        self.side.disconnected();
    }
}

/// Writes what can be written; without anything to write it makes sure that all of it is on its way, and says 0.
async fn out(write: &mut (impl AsyncWrite + Unpin), octets: &[u8]) -> io::Result<usize> {
    if octets.is_empty() { write.flush().await.map(|()| 0) } else { write.write(octets).await }
}

/// Waits for something to tell; for ever, on a link that is told nothing.
async fn changed(ready: &mut Option<watch::Receiver<u64>>) {
    match ready {
        // The post outlives its links.
        Some(ready) => drop(ready.changed().await),
        None => std::future::pending().await,
    }
}
