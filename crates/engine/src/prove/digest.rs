//! The digest of the state: one hash that two engines share exactly if they remember the same.
//!
//! Invariant L3 (`apply` over the journal rebuilds state byte for byte) is checked with it, so it covers every
//! field of the state. Hash maps are walked in the order of their keys.

use crate::entry::Fact;
use crate::state::{Customer, Message, Part, Queues, State, Suppression};
use crate::world::LANES;
use model::{MessageId, RouteId};
use proof::Hash;
use std::collections::BTreeSet;
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
        ];
        parts.extend(self.customers.values().map(customer));
        parts.extend(sorted(self.by_id.iter().map(|(id, s)| format!("{} {s:?}", id.reveal()))));
        parts.extend(sorted(self.by_phone.iter().map(|(phone, s)| format!("{} {s:?}", phone.reveal()))));
        parts
            .extend(self.refused_numbers.iter().map(|(phone, s)| format!("{} {}", phone.reveal(), stops(s))));
        let mut messages: Vec<&Message> = self.messages.values().collect();
        messages.sort_by_key(|m| m.id);
        parts.extend(messages.into_iter().map(message));
        parts.extend(sorted(self.remote.iter().map(|(key, value)| format!("{key:?} {value:?}"))));
        proof::hash_fields("hongyan/state/v1", parts.iter().map(|p| p.as_bytes()))
    }
}

/// The lanes in which something waits. That a route once had a queue is not remembered of it: of a customer who
/// was erased, not even that may be left.
fn lanes(queues: &Queues) -> Vec<(&RouteId, &[BTreeSet<MessageId>; LANES])> {
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
        "{:?} {:?} {:?} {} {:?} {:?}",
        customer.subject,
        in_clear(&Fact::CustomerRecorded(Box::new(customer.profile.clone()))),
        customer.consents,
        stops(&customer.suppressions),
        customer.contacts,
        customer.seen
    )
}

/// What is personal, as its fact's detail: the one form that shows all of it.
fn in_clear(fact: &Fact) -> Vec<u8> {
    let mut detail = Vec::new();
    super::encode_detail(fact, &mut detail);
    detail
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
    if let Some(s) = &message.sending {
        let _ = write!(text, " {} {} {}", s.route, s.to.reveal(), s.text.reveal());
        let _ = write!(text, " {} {} {} {} {}", s.cost, s.lane, s.resend, s.attempt, s.in_doubt);
        for part in &s.parts {
            let _ = match part {
                Part::Waiting => write!(text, " waiting"),
                Part::Sent => write!(text, " sent"),
                Part::Unanswered => write!(text, " unanswered"),
                Part::Submitted(remote) => write!(text, " submitted {remote}"),
                Part::Final { remote, delivered } => write!(text, " final {remote} {delivered}"),
            };
        }
    }
    text
}
