//! The digest of the state: one hash that two engines share exactly if they remember the same.
//!
//! Invariant L3 (`apply` over the journal rebuilds state byte for byte) is checked with it, so it covers every
//! field of the state. Hash maps are walked in the order of their keys.

use crate::entry::{CaseId, Entered, Fact, Notice, NoticeKind, Told};
use crate::state::{Case, Customer, Lane, Market, Message, Part, Passage, Queues, State, Suppression};
use crate::world::LANES;
use model::{AccountId, Phone, RouteId, Subject};
use proof::Hash;
use std::fmt::Write as _;
use std::sync::Arc;

impl State {
    /// SHA-256 over everything the state holds.
    pub fn digest(&self) -> Hash {
        let mut parts = vec![
            format!("{} {:?} {}", self.position, self.world.map(|w| w.0), self.next_subject),
            format!("{:?} {:?} {:?}", self.totals, self.spent, self.timers),
            format!("{:?} {:?}", self.broadcasts, self.parked),
            format!("{:?} {:?}", self.parked_order, lanes(&self.queues)),
            format!("{:?} {:?}", self.approvals, self.in_review),
            format!("{:?} {:?} {:?}", self.switches, self.handed, self.spent_orders),
        ];
        parts.extend(self.markets.iter().map(market));
        parts.push(format!("{:?} {:?}", self.tasks, self.trials));
        parts.extend(self.customers.values().map(customer));
        parts.extend(sorted(self.by_id.iter().map(|(id, s)| format!("{} {s:?}", id.reveal()))));
        parts.extend(sorted(self.by_phone.iter().map(|(phone, s)| format!("{} {s:?}", phone.reveal()))));
        parts
            .extend(self.refused_numbers.iter().map(|(phone, s)| format!("{} {}", phone.reveal(), stops(s))));
        let mut messages: Vec<&Message> = self.messages.values().map(|m| &**m).collect();
        messages.sort_by_key(|m| m.id);
        parts.extend(messages.into_iter().map(message));
        parts.extend(sorted(self.remote.iter().map(|(key, value)| format!("{key:?} {value:?}"))));
        parts.extend(self.outboxes.all().map(notice));
        parts.extend(self.cases.iter().map(case));
        proof::hash_fields("hongyan/state/v1", parts.iter().map(|p| p.as_bytes()))
    }
}

fn market((id, market): (&u64, &Market)) -> String {
    let Market { happened, at, reached, met, ended } = market;
    format!(
        "{id} {:?} {at} {reached:?} {met} {ended}",
        in_clear(&Fact::MarketEventAccepted(happened.clone()))
    )
}

/// The lanes in which something waits. That a route once had a queue is not remembered of it: of a customer who
/// was erased, not even that may be left.
fn lanes(queues: &Queues) -> Vec<(&RouteId, &[Lane; LANES])> {
    queues.iter().filter(|(_, lanes)| lanes.iter().any(|lane| !lane.is_empty())).collect()
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines
}

fn stops(suppressions: &[Suppression]) -> String {
    suppressions.iter().fold(String::new(), |mut text, stop| {
        let _ = write!(text, "{:?}", stop);
        text
    })
}

/// Everything of a customer in clear: `Debug` masks what is personal, and a digest must not.
fn customer(customer: &Customer) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?} {} {} {:?} {:?} {:?} {:?}",
        customer.subject,
        in_clear(&Fact::CustomerRecorded(Box::new(customer.profile.clone()))),
        customer.consents,
        customer.chosen,
        stops(&customer.suppressions),
        customer.contacts,
        customer.withheld,
        customer.goals,
        customer.seen,
        customer.orders,
        pieces(customer),
        ways(customer),
        customer.entered,
        customer.assigned,
        customer.habits,
        customer.clicks
    )
}

/// Tags and passages in clear.
fn ways(customer: &Customer) -> String {
    let tags = customer.tags.iter().map(|(name, value)| (Arc::clone(name), Some(value.clone()))).collect();
    let mut text = format!("{:?}", in_clear(&Fact::CustomerTagged { values: tags }));
    for (id, passage) in &customer.passages {
        let Passage { journey, key, event, since, stay } = passage;
        let (journey, stay) = (Arc::clone(journey), Some(stay.clone()));
        let entered = Entered { journey, key: *key, event: event.clone(), stay, market: None };
        let _ = write!(text, " {id} {since:?} {}", entered.journey);
        let _ = write!(text, " {:?}", in_clear(&Fact::JourneyEntered(Box::new(entered))));
    }
    text
}

/// A case; what is personal of it in clear.
fn case((id, case): (CaseId, &Case)) -> String {
    let mut text = format!("{id} {:?} {:?} {:?} {:?}", case.kind, case.at, case.due, case.closed);
    let Some(matter) = &case.matter else { return text };
    let opened = in_clear(&Fact::CaseOpened(Box::new(matter.opened.clone())));
    let _ = write!(text, " {:?} {:?} {opened:?}", matter.subject, matter.assignee);
    for (at, noted) in &matter.notes {
        let _ = write!(text, " {at:?} {:?}", in_clear(&Fact::CaseNoted(Box::new(noted.clone()))));
    }
    if let Some(answer) = &matter.answer {
        let _ = write!(text, " {:?}", in_clear(&Fact::CaseClosed(Box::new(answer.clone()))));
    }
    text
}

fn pieces(customer: &Customer) -> String {
    let mut text = String::new();
    for ((account, mark), unfinished) in customer.pieces.iter().flat_map(|all| all.iter()) {
        let _ = write!(text, "{account} {mark} {:?}", unfinished.since);
        for (number, (id, said)) in &unfinished.pieces {
            let _ = write!(text, " {number} {id} {}", said.reveal());
        }
    }
    text
}

/// What is personal, as its fact's detail: the one form that shows all of it.
fn in_clear(fact: &Fact) -> Vec<u8> {
    let mut detail = Vec::new();
    super::encode_detail(fact, &mut detail);
    detail
}

fn notice((account, position, subject, notice): (&AccountId, u64, Subject, &Notice)) -> String {
    let mut text = format!("{account} {position} {subject:?} {:?} {}", notice.at, notice.dead);
    let _ = match &notice.kind {
        NoticeKind::Submitted(told) => write!(text, " {}", named(told)),
        NoticeKind::Ended { told, outcome, state, error } => {
            write!(text, " {} {outcome:?} {state:?} {error:?}", named(told))
        }
        NoticeKind::Inbound { from, to, text: said } => {
            write!(text, " {} {to} {}", from.reveal(), said.reveal())
        }
    };
    text
}

fn named(told: &Told) -> String {
    let to = told.to.as_ref().map(Phone::reveal);
    let Told { message, reference, extension, parts, accepted, pieces, .. } = told;
    format!("{message} {reference:?} {to:?} {extension:?} {parts} {accepted:?} {pieces:?}")
}

fn message(message: &Message) -> String {
    let mut text = format!(
        "{} {:?} {} {:?} {:?} {} {} {:?} {} {:?} {:?}",
        message.id,
        message.subject,
        message.journey,
        message.class,
        message.subtype,
        message.template,
        message.template_hash,
        message.phase,
        message.expires,
        message.due,
        message.event.as_ref().map(|event| in_clear(&Fact::EventAccepted(Arc::clone(event)))),
    );
    let _ = write!(text, " {:?} {:?} {:?}", message.since, message.way, message.review);
    if let Some(order) = &message.order {
        let _ = write!(text, " {:?}", super::order::in_clear(order));
    }
    if let Some(s) = &message.sending {
        let _ = write!(text, " {} {} {}", s.route, s.to.reveal(), s.text.reveal());
        let _ = write!(text, " {} {} {} {} {:?} {}", s.cost, s.lane, s.resend, s.attempt, s.doubted, s.asked);
        for part in &s.parts {
            let _ = match part {
                Part::Waiting => write!(text, " waiting"),
                Part::Sent => write!(text, " sent"),
                Part::Unanswered => write!(text, " unanswered"),
                Part::Refused => write!(text, " refused"),
                Part::Submitted(remote) => write!(text, " submitted {remote}"),
                Part::Final { remote, delivered } => write!(text, " final {remote} {delivered}"),
            };
        }
    }
    text
}
