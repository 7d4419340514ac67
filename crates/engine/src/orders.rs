//! The engine's part in what accounts hand in, take back, stop and reroute: where the answers of `decide` and `deliver`
//! become entries. It belongs to `engine`; what anything means is decided elsewhere.

use crate::decide::{self, OrderRequest, Ordered};
use crate::deliver::{self, Again, Answer, Report};
use crate::engine::{Cancelled, Engine, Output};
use crate::entry::{Entry, Fact, Outcome};
use crate::state::{Message, Part, Phase};
use crate::world::RETRY_AFTER;
use model::{AccountId, MessageId, RouteId, Span, Subject, Timestamp};
use std::sync::Arc;

/// How often what waits for a route that is down is looked at.
const FAIL_OVER_EVERY: Span = Span::seconds(1);
/// How many messages of each flow of such a route are given another way in one step.
const FAIL_OVER_MAX: usize = 2_000;

impl Engine {
    pub(crate) fn order(&mut self, request: &OrderRequest, now: Timestamp, out: &mut Output) -> Ordered {
        let world = Arc::clone(&self.world);
        let prepared = match decide::prepare(&world, &self.state, request) {
            Ok(prepared) => prepared,
            Err(why) => return Ordered::Refused(why),
        };
        let subject = match decide::recipient(&self.state, prepared.account(), &request.to, now) {
            Ok((subject, new)) => {
                if let Some(entry) = new {
                    self.record(entry, out);
                }
                subject
            }
            Err(why) => return Ordered::Refused(why),
        };
        if request.piece.is_some() {
            return self.piece(request, subject, now, out);
        }
        if let Some(message) = prepared.repeats(&self.state, subject) {
            return Ordered::Repeated(message);
        }
        let Some(entry) = prepared.judge(&world, &self.state, subject, now) else {
            return Ordered::Refused(decide::OrderError::UnknownCustomer);
        };
        let ordered = decide::ordered(&entry.fact);
        self.record(entry, out);
        ordered.unwrap_or(Ordered::Refused(decide::OrderError::Empty))
    }

    fn piece(
        &mut self,
        request: &OrderRequest,
        subject: Subject,
        now: Timestamp,
        out: &mut Output,
    ) -> Ordered {
        let Some(entry) = decide::piece(request, subject, now) else {
            return Ordered::Refused(decide::OrderError::Empty);
        };
        let piece = MessageId(self.state.position);
        self.record(entry, out);
        let whole = decide::whole(&self.state, request, subject);
        Ordered::Piece { piece, whole: whole.map(|whole| Box::new(self.order(&whole, now, out))) }
    }

    pub(crate) fn cancel(
        &mut self,
        account: &AccountId,
        id: MessageId,
        now: Timestamp,
        out: &mut Output,
    ) -> Cancelled {
        let message = self.state.messages.get(&id);
        let own = message.filter(|m| m.order.as_ref().is_some_and(|order| order.account == *account));
        let Some(message) = own else { return Cancelled::Unknown };
        let waits = matches!(message.phase, Phase::Held | Phase::Ready);
        if !waits || !deliver::is_untaken(message, None) {
            return Cancelled::TooLate;
        }
        let detail = format!("by {account}");
        let fact = decide::revoked(&self.world, message, decide::rules::CANCELLED, detail);
        let entry = Entry { at: now, subject: message.subject, fact };
        self.record(entry, out);
        Cancelled::Stopped
    }

    pub(crate) fn answer(&mut self, answer: &Answer, now: Timestamp, out: &mut Output) {
        let (id, _) = answer.part();
        let sending = self.state.messages.get(&id).and_then(|message| message.sending.as_ref());
        let is_late = sending.is_none_or(|sending| sending.route != *answer.route());
        for entry in deliver::on_answer(&self.world, &self.state, answer, now) {
            self.record(entry, out);
        }
        if is_late {
            return;
        }
        match answer {
            Answer::Refused { again: Again::Elsewhere, .. } => self.go_elsewhere(id, now, out),
            // The receipt may have been there before the answer.
            Answer::Submitted { .. } => self.after_failure(id, now, out),
            Answer::Refused { .. } | Answer::Unanswered { .. } => {}
        }
        self.settle(id, now, out);
    }

    /// Gives what a route will not take another way; without one it rests before this route is tried again.
    fn go_elsewhere(&mut self, id: MessageId, now: Timestamp, out: &mut Output) {
        let Some(message) = self.state.messages.get(&id) else { return };
        let (world, state) = (&self.world, &self.state);
        if let Some(route) = message.sending.as_ref().map(|sending| sending.route.clone()) {
            let wait = world.routes.get(&route).map_or(RETRY_AFTER, |route| route.retry_after);
            self.resting.rest(id, route, now.after(wait));
        }
        if message.phase != Phase::Ready {
            return;
        }
        let other = decide::elsewhere(world, state, &mut self.cursors, message, "refused", now)
            .or_else(|| decide::next_leg(world, state, &mut self.cursors, message, "refused", now));
        if let Some(entry) = other {
            self.record(entry, out);
        }
    }

    /// What has failed on its way takes the next leg of its plan, or ends, once every answer has come.
    fn settle(&mut self, id: MessageId, now: Timestamp, out: &mut Output) {
        let Some(message) = self.state.messages.get(&id).filter(|m| deliver::has_failed(m)) else { return };
        let next = decide::next_leg(&self.world, &self.state, &mut self.cursors, message, "refused", now);
        let ended = || Entry { at: now, subject: message.subject, fact: deliver::failed(message) };
        let entry = next.unwrap_or_else(ended);
        self.record(entry, out);
    }

    /// After a receipt that told of a failure on a plan with more legs: the next one, or the end.
    pub(crate) fn after_report(&mut self, report: &Report, now: Timestamp, out: &mut Output) {
        let key = (report.route.clone(), report.remote.clone());
        let Some((id, _)) = self.state.remote.get(&key) else { return };
        self.after_failure(*id, now, out);
    }

    fn after_failure(&mut self, id: MessageId, now: Timestamp, out: &mut Output) {
        let Some(message) = self.state.messages.get(&id).filter(|m| has_failed_on_its_leg(m)) else { return };
        let next = decide::next_leg(&self.world, &self.state, &mut self.cursors, message, "failed", now);
        let entry = next.unwrap_or_else(|| {
            let ending = deliver::ending(message, Outcome::Undelivered);
            let fact = Fact::MessageEnded { message: message.id, ending };
            Entry { at: now, subject: message.subject, fact }
        });
        self.record(entry, out);
    }

    /// Stops what waits although a switch stops it for good.
    pub(crate) fn stop_switched(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) {
        while out.entries.len() < entries_max {
            let Some(entry) = decide::switched_off(&self.world, &self.state, now) else { return };
            self.record(entry, out);
        }
    }

    /// When what waits for a route that is down is to be looked at next.
    pub(crate) fn next_fail_over(&self) -> Option<Timestamp> {
        let dues = self.state.traffic.iter().filter_map(|(route, health)| {
            self.state.queues.of(route).next()?;
            let again = self.failover_at.get(route).copied();
            match health.down_since {
                Some(since) => {
                    let first = since.after(self.world.routes.get(route)?.failover_after);
                    Some(again.map_or(first, |again| again.max(first)))
                }
                None => again.filter(|again| health.suspended_until.is_some_and(|until| *again < until)),
            }
        });
        dues.min()
    }

    /// Gives another way to what waits for a route that has been down too long.
    pub(crate) fn fail_over(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) {
        let (traffic, routes) = (&self.state.traffic, &self.world.routes);
        self.failover_at.retain(|route, at| *at > now || !traffic.is_up(route, now));
        let down: Vec<RouteId> = self
            .state
            .traffic
            .iter()
            .filter(|(_, health)| !health.is_up(now))
            .map(|(route, _)| route)
            // What waits for a route that is not published any more waits for nothing.
            .chain(
                self.state.queues.iter().map(|(route, _)| route).filter(|route| !routes.contains_key(*route)),
            )
            .chain(
                self.world
                    .table
                    .limited()
                    .iter()
                    .filter(|route| deliver::quota::left(&self.world, &self.state, route, now) == Some(0)),
            )
            .filter(|route| self.failover_at.get(*route).is_none_or(|at| *at <= now))
            .cloned()
            .collect();
        for route in down {
            for id in decide::stranded(&self.world, &self.state, &route, now, FAIL_OVER_MAX) {
                if out.entries.len() >= entries_max {
                    return;
                }
                let Some(message) = self.state.messages.get(&id) else { continue };
                let (world, state) = (&self.world, &self.state);
                let other = decide::elsewhere(world, state, &mut self.cursors, message, "route_down", now)
                    .or_else(|| {
                        decide::next_leg(world, state, &mut self.cursors, message, "route_down", now)
                    });
                if let Some(entry) = other {
                    self.record(entry, out);
                }
            }
            self.failover_at.insert(route, now.after(FAIL_OVER_EVERY));
        }
    }
}

fn has_failed_on_its_leg(message: &Message) -> bool {
    let parts = message.sending.as_ref().map_or(&[][..], |sending| &sending.parts);
    let is_final = |part: &Part| matches!(part, Part::Final { .. });
    message.way.is_some()
        && !parts.is_empty()
        && parts.iter().all(is_final)
        && parts.iter().any(|part| matches!(part, Part::Final { delivered: false, .. }))
}
