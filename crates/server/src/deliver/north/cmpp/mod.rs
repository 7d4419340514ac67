//! CMPP 2.0 and 3.0 for accounts, as a gateway (ISMG) of a carrier would speak it: a link's protocol side, around
//! `wire::cmpp::peer`. What clients in the field do differently from the specification is forgiven there.

mod result;
mod tell;

use super::counters::Counters;
use super::directory::{Denied, Directory};
use super::groups::Groups;
use super::ids;
use super::refusal::Refusal;
use super::side::{Ack, Cancel, Found, Heard, Query, Side, Untold, Which};
use super::submit::{Coding, Kind, Submit, Target, Ticket, Verdict};
use crate::deliver::post::Taken;
use engine::entry::Tell;
use model::{Span, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wire::clock::CHINA_AHEAD;
use wire::cmpp::content::When;
use wire::cmpp::pdu::QueryResp;
use wire::cmpp::peer::{Account, BindRequest, Config, Event, Message, ServerSession};
use wire::cmpp::{MsgId, ResultCode, Version};

/// A link over CMPP.
pub(super) struct Cmpp {
    session: ServerSession,
    gateway: u32,
    groups: Arc<Groups>,
    counters: Option<Arc<Counters>>,
}

impl Cmpp {
    /// A connection was accepted; we are the gateway of this code. How long it may take to log in, and when it is asked
    /// whether it is there.
    pub(super) fn new(
        gateway: u32,
        (bind_timeout, enquire_after): (Span, Span),
        groups: Arc<Groups>,
        now: Timestamp,
    ) -> Self {
        let config = Config {
            submits_max: SUBMITS_MAX,
            window: WINDOW,
            bind_timeout,
            enquire_after,
            ..Config::default()
        };
        Self { session: ServerSession::new(config, now), gateway, groups, counters: None }
    }

    fn login(&mut self, bind: &BindRequest, directory: &Directory, from: IpAddr, now: Timestamp) -> Heard {
        let admitted = directory.cmpp(&bind.source_addr).and_then(|(member, access, secret)| {
            let version = access.version.and_then(Version::of);
            let account = Account { secret, version, skew_max: None, ahead: CHINA_AHEAD };
            let version = bind.check(&account, now).map_err(|status| match status {
                wire::cmpp::ConnectStatus::VERSION => Denied::Version,
                _ => Denied::Password,
            })?;
            Ok((member.seat(from, access.binds, access.window, true)?, secret, version))
        });
        match admitted {
            Ok((seat, secret, version)) => {
                self.session.accept_bind(secret, version);
                self.counters = Some(Arc::clone(&seat.member.counters));
                Heard::Seated(seat)
            }
            Err(why) => {
                self.session.refuse_bind(result::of_login(why));
                Heard::Denied(why)
            }
        }
    }

    fn submit(
        &mut self,
        sequence: u32,
        message: Message,
        now: Timestamp,
    ) -> Result<Submit, (Ticket, Refusal)> {
        let many = message.destinations.len() > 1;
        let given = match many {
            true => {
                // A SUBMIT has at most 99 numbers.
                let numbers = message.destinations.len() as u16;
                self.groups.msg_id(ids::group_gateway(self.gateway), now, numbers).0
            }
            false => 0,
        };
        let kind = if many { Kind::Many } else { Kind::Submit };
        let ticket = Ticket { sequence, kind, given };
        if message.dest_terminal_type != 0 {
            return Err((ticket, Refusal::Destination));
        }
        let at = message.at_time.map(|when| instant(when, now));
        let until = message.valid_time.map(|when| instant(when, at.unwrap_or(now)));
        let validity = until.map(|until| until.since(at.unwrap_or(now).max(now)));
        if validity.is_some_and(|validity| validity <= Span(0)) {
            return Err((ticket, Refusal::Expiry));
        }
        let target = |number: &wire::cmpp::Number| Target { text: number.reveal().to_owned(), kind: (0, 0) };
        Ok(Submit {
            ticket,
            cmpp: true,
            to: message.destinations.iter().map(target).collect(),
            payload: message.payload.0,
            coding: Coding::Fmt(message.msg_fmt),
            concat: message.concat,
            source: message.src_id,
            source_kind: (0, 0),
            service: message.service_id,
            tell: if message.registered_delivery == 1 { Tell::End } else { Tell::Nothing },
            wants: 0,
            at: at.filter(|at| *at > now),
            validity,
            user: None,
        })
    }

    fn event(&mut self, event: Event, directory: &Directory, from: IpAddr, now: Timestamp) -> Option<Heard> {
        match event {
            Event::Bind(bind) => Some(self.login(&bind, directory, from, now)),
            Event::Submit { sequence, message } => match self.submit(sequence, *message, now) {
                Ok(submit) => Some(Heard::Submit(Box::new(submit))),
                Err((ticket, why)) => {
                    self.answer(&ticket, &Err(why.clone()));
                    Some(Heard::Mistake(format!("refused at once: {}", Refusal::NAMES[why.kind()])))
                }
            },
            Event::Query { sequence, time, query_type, query_code } => {
                let figures = self.figures();
                let (time, query_code) = (time.as_bytes(), query_code.as_bytes());
                let answer = QueryResp { time, query_type, query_code, ..figures };
                let written = self.session.answer_query(sequence, &answer);
                debug_assert!(written.is_ok(), "what was read can be written");
                None
            }
            Event::Cancel { sequence, msg_id } => {
                let which = match ids::read_cmpp(self.gateway, msg_id) {
                    Some(message) => Which::Message(self.groups.now(message)),
                    None => Which::Group(msg_id.0),
                };
                Some(Heard::Cancel(Cancel { sequence, which }))
            }
            Event::DeliverAnswered { ticket, result, .. } => {
                let version = self.session.bound().unwrap_or(Version::V3);
                Some(Heard::Told(ticket, result::of_answer(result, version)))
            }
            Event::DeliverUnanswered { ticket, .. } => Some(Heard::Told(ticket, Ack::Again)),
            Event::ProtocolError { error, .. } => Some(Heard::Mistake(format!("{error:?}"))),
            Event::Closed { why } => Some(Heard::Closed(format!("{why:?}"))),
            Event::Unbound => None,
        }
    }

    /// What QUERY is told: the account's figures since this process started, whatever day and service it names.
    fn figures(&self) -> QueryResp<'static> {
        let Some(counters) = &self.counters else { return QueryResp::default() };
        let count = |counter: &AtomicU64| u32::try_from(counter.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let refused = counters.refused.iter().map(count).fold(0, u32::saturating_add);
        QueryResp {
            mt_messages: count(&counters.submits),
            mt_users: count(&counters.submits),
            mt_sent: count(&counters.accepted),
            mt_failed: refused,
            mo_sent: count(&counters.told),
            mo_failed: count(&counters.untold),
            ..QueryResp::default()
        }
    }
}

impl Side for Cmpp {
    const NAME: &'static str = "cmpp";

    fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        self.session.receive(bytes, now);
    }

    fn tick(&mut self, now: Timestamp) {
        self.session.tick(now);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.session.deadline()
    }

    fn output(&mut self) -> &mut Vec<u8> {
        self.session.output()
    }

    fn next(&mut self, directory: &Directory, from: IpAddr, now: Timestamp) -> Option<Heard> {
        loop {
            let event = self.session.event()?;
            if let Some(heard) = self.event(event, directory, from, now) {
                return Some(heard);
            }
        }
    }

    fn unanswered(&self) -> usize {
        self.session.unanswered()
    }

    fn answer(&mut self, ticket: &Ticket, verdict: &Verdict) {
        let version = self.session.bound().unwrap_or(Version::V3);
        let (result, id) = match verdict {
            Ok(message) => (ResultCode::OK, ids::cmpp(self.gateway, *message, ticket.given)),
            Err(why) => (result::of(why, version), MsgId::NONE),
        };
        self.session.answer_submit(ticket.sequence, result, id);
    }

    fn answer_many(&mut self, ticket: &Ticket, verdicts: &[(Target, Verdict)]) {
        let taken: Vec<_> =
            verdicts.iter().filter_map(|(_, verdict)| verdict.as_ref().ok().copied()).collect();
        let Some(first) = taken.first().copied() else {
            // All for one reason, or the first of several.
            let why = verdicts.iter().find_map(|(_, verdict)| verdict.as_ref().err());
            return self.answer(ticket, &Err(why.cloned().unwrap_or(Refusal::System)));
        };
        self.groups.remember(ticket.given, taken);
        self.answer(ticket, &Ok(first));
    }

    fn answer_query(&mut self, _: &Query, _: Option<Found>) {
        // QUERY asks for figures, which `event` answers; no message is asked for in this protocol.
    }

    fn answer_cancel(&mut self, sequence: u32, stopped: bool) {
        self.session.answer_cancel(sequence, stopped);
    }

    fn answer_replace(&mut self, _: u32, _: Result<(), Refusal>) {
        // Nothing is replaced in this protocol.
    }

    fn room(&self) -> usize {
        self.session.window_free()
    }

    fn tell(&mut self, ticket: u64, taken: &Taken, now: Timestamp) -> Result<usize, Untold> {
        tell::notice(&mut self.session, (self.gateway, &self.groups), ticket, taken, now)
    }

    fn unbind(&mut self, now: Timestamp) {
        self.session.unbind(now);
    }

    fn disconnected(&mut self) {
        self.session.disconnected();
    }
}

fn instant(when: When, from: Timestamp) -> Timestamp {
    match when {
        When::At(at) => at,
        When::After(span) => from.after(span),
    }
}

/// How many submits the session lets wait at most; an account's own window is smaller, and counted by the link.
const SUBMITS_MAX: usize = 10_000;
/// How many DELIVERs may wait for their answer; the specification recommends 16 (§7.1), and a long reply has to fit.
const WINDOW: usize = 64;
