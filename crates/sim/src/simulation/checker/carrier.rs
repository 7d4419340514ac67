//! What the checker sees through the carriers' eyes.

use super::{Checker, Order, broken, granted, keep};
use crate::carrier::Seen;
use crate::simulation::violation::Broken;
use model::{ConsentState, MessageClass, MessageId, Phone, Span, Timestamp, Zone};
use wire::smpp::coding::{Alphabet, alphabet, decode};

/// For how long after the closing hour what was on its way may still leave.
const QUIET_GRACE: Span = Span::seconds(60);

impl Checker {
    /// A submit arrived at a carrier; its bytes had left at `sent`, as the `order`-th that left.
    pub(crate) fn seen(
        &mut self,
        route: usize,
        seen: &Seen,
        order: Order,
        sent: Timestamp,
    ) -> Result<(), Broken> {
        let taken = seen.taken.is_some() || seen.status.is_none();
        self.counts.submits += 1;
        self.counts.taken += u64::from(seen.taken.is_some());
        self.left.entry(route).or_default().push(sent);
        let to = seen.message.destination.reveal().to_owned();
        let alphabet = alphabet(seen.message.data_coding, Alphabet::Gsm);
        let text = decode(alphabet, &seen.message.payload.0).unwrap_or_default();
        let place = seen.message.concat.map(|c| (c.reference & 0xff, c.total, c.number));
        let Some(group) = self.parts.get_mut(&(to.clone(), text, place)) else {
            return Err(broken("L1", "a carrier saw a part of a message that was never durably decided"));
        };
        // What was refused as too fast is not with the carrier: it goes again under the same claim.
        let too_fast = seen.status.is_some_and(|status| status.class() == wire::smpp::Class::Throttled);
        group.seen += u32::from(!too_fast);
        group.taken += u32::from(taken);
        // Of messages that look alike, the one that has had the least, and of those the latest; one that was never
        // claimed had nothing.
        let messages = &self.messages;
        let claimed = |id: &MessageId| messages.get(id).is_some_and(|known| known.claims > 0);
        let likely =
            group.parts.iter_mut().rev().filter(|(id, _)| claimed(id)).min_by_key(|(_, taken)| *taken);
        let likely = likely.filter(|_| seen.taken.is_some()).map(|(id, taken)| {
            *taken += 1;
            *id
        });
        let (count, takings) = (group.seen, group.taken);
        let parts: Vec<MessageId> = group.parts.iter().map(|(id, _)| *id).collect();
        if let Some(known) = likely.and_then(|id| self.messages.get_mut(&id)) {
            known.taken += 1;
        }
        let known = |id: &MessageId| self.messages.get(id);
        let claims: u32 = parts.iter().filter_map(known).map(|known| known.claims).sum();
        keep(count <= claims, "L1", || {
            format!("submit {count} of one of {parts:?} left under {claims} durable claims")
        })?;
        let once = parts.iter().all(|id| known(id).is_some_and(|known| !known.resend));
        let ways: u32 = parts.iter().filter_map(known).map(|known| 1 + known.leg).sum();
        keep(!once || takings <= ways, "L6", || {
            format!("one of {parts:?} reached the carrier {takings} times")
        })?;
        for id in parts {
            self.allowed(id, &to, order, sent, taken)?;
        }
        Ok(())
    }

    /// Whether a marketing message might leave then.
    fn allowed(
        &mut self,
        id: MessageId,
        to: &str,
        order: Order,
        sent: Timestamp,
        taken: bool,
    ) -> Result<(), Broken> {
        let Some(known) = self.messages.get(&id) else { return Ok(()) };
        if known.class != Some(MessageClass::Marketing) {
            return Ok(());
        }
        let history = self.consents.get(&known.subject).map_or(&[][..], Vec::as_slice);
        let phone = Phone::parse(&format!("+{to}"), "86").ok();
        if let Some((after, refused)) = phone.and_then(|phone| self.refusals.get(&phone)) {
            let newer = history.iter().any(|c| {
                c.class == MessageClass::Marketing && c.state == ConsentState::Granted && c.at > *refused
            });
            keep(order < *after || newer, "L5", || {
                format!(
                    "{id} left as number {order}, after the acknowledgement of a refusal as number {after}"
                )
            })?;
        }
        keep(granted(history, MessageClass::Marketing, sent), "consent", || {
            format!("{id} left when consent had been withdrawn")
        })?;
        self.hours(id, sent)?;
        if taken {
            self.capped(id)?;
        }
        Ok(())
    }

    /// The hours of the shipped rules for marketing, on the wall of a customer in Shanghai.
    fn hours(&self, id: MessageId, sent: Timestamp) -> Result<(), Broken> {
        let open = |at: Timestamp| {
            let (_, clock) = Zone::SHANGHAI.local(at);
            let clock = clock.to_string();
            ("08:00".."21:00").contains(&clock.as_str())
        };
        keep(open(sent) || open(sent.before(QUIET_GRACE)), "quiet", || format!("{id} left in quiet hours"))
    }

    /// The shipped rules let two marketing messages a day pass; what was given back does not count.
    fn capped(&mut self, id: MessageId) -> Result<(), Broken> {
        let Some(known) = self.messages.get(&id) else { return Ok(()) };
        let Some(decided) = known.decided else { return Ok(()) };
        let sent = self.sent.entry(known.subject).or_default();
        sent.insert((decided, id));
        for (end, _) in sent.iter() {
            let day = sent.iter().filter(|(at, _)| *at <= *end && *at > end.before(Span::hours(24))).count();
            keep(day <= DAILY, "cap", || format!("{id} is one of {day} marketing messages of a day"))?;
        }
        Ok(())
    }

    /// No second saw more parts leave than the route's contract allows.
    pub(crate) fn paced(&self, contracts: &[Option<u32>]) -> Result<(), Broken> {
        for (route, moments) in &self.left {
            let Some(tps) = contracts.get(*route).copied().flatten() else { continue };
            let mut moments = moments.clone();
            moments.sort_unstable();
            let crowded = moments
                .windows(tps as usize + 1)
                .find(|w| w.first().zip(w.last()).is_some_and(|(a, b)| b.since(*a) < Span::seconds(1)));
            if let Some(crowded) = crowded {
                return Err(broken(
                    "pace",
                    format!("more than {tps} parts left within a second: {crowded:?}"),
                ));
            }
        }
        Ok(())
    }
}

const DAILY: usize = 2;
