//! # preference
//!
//! What the customer chose for themselves: a class they have switched off, or by this channel; a pause; how often at
//! most; at which hours; nothing that was chosen by who they are (PIPL art. 24); nothing that uses what they have kept
//! from being used. Blocks what is not wanted, and holds what is wanted later: until a pause ends or the hours open,
//! where the class can wait (`patient`), and until there is room, exactly as a cap does. What the law or the
//! customer's own safety obliges us to send is not theirs to switch off (`must`, with the reason in the class's file).
//!
//! A journey may have a way of its own for those who want nothing personalised (`general`): what is said on that passes.
//!
//! Asked once more when a message is handed over, so that what somebody has acknowledged to be off wins over every
//! later submit (invariant L5).

use super::{Judge, Rule, RuleCode, frequency_cap, quiet_hours};
use crate::decide::{Candidate, Judgement, Verdict};
use crate::entry::{Choices, Frequency, Hours};
use crate::state::{Contact, Customer, Message, Phase};
use crate::world::{Basis, HolidayPolicy, Policy, QuietHours, World};
use model::{Channel, MessageClass, MessageId, Subtype, Timestamp, Zone};
use std::collections::HashMap;

/// This rule.
pub const RULE: Rule = Rule { id: "preference", code: RuleCode(20), judge: Judge::Person(judge) };

/// How often the customer's hours and the quiet hours are compared in search of a moment at which both are open.
const OPENINGS_MAX: usize = 60;

pub(in crate::decide) fn judge(candidate: &Candidate<'_>) -> Judgement {
    let wish = Wish {
        world: candidate.world,
        customer: candidate.customer,
        class: candidate.class(),
        subtype: candidate.subtype(),
        channel: candidate.channel(),
        message: candidate.message,
        now: candidate.now,
    };
    let journey = candidate.journey;
    // What is said on the general way goes to everybody alike, whatever else the journey does.
    let is_general = journey.general.as_ref().is_some_and(|way| way.texts.contains(&candidate.template.id));
    let of_journey =
        Basis { personalised: journey.basis.personalised && !is_general, ..journey.basis.clone() };
    let bases = [&of_journey, &candidate.template.basis];
    let judgement = wish.granted(&bases, wish.is_before(candidate.messages));
    if judgement.verdict == Verdict::Pass
        && let Some(avoided) = candidate.way.and_then(|way| avoided(candidate, way.leg))
    {
        return Judgement::pass(format!("by {}: {avoided} is off", candidate.channel()));
    }
    judgement
}

/// What is asked of a customer's choices.
#[derive(Debug, Clone, Copy)]
pub(in crate::decide) struct Wish<'a> {
    /// The configuration.
    pub world: &'a World,
    /// Whose choices.
    pub customer: &'a Customer,
    /// Of which class the message is.
    pub class: MessageClass,
    /// Of which subtype.
    pub subtype: Option<&'a Subtype>,
    /// By which channel it is to go.
    pub channel: Channel,
    /// Which message.
    pub message: MessageId,
    /// The moment.
    pub now: Timestamp,
}

impl Wish<'_> {
    /// The same once more when a message is handed over: of those that were let pass, the earlier ones and those which
    /// carriers have had go first. What a message is chosen by was asked when the choice was made.
    pub(in crate::decide) fn still_granted(&self, messages: &HashMap<MessageId, Box<Message>>) -> Judgement {
        self.granted(&[], self.is_before(messages))
    }

    /// Whether a contact goes before this message: it was let pass earlier, or carriers have had it. Where the message has
    /// not been let pass yet, every contact was.
    fn is_before<'m>(
        &self,
        messages: &'m HashMap<MessageId, Box<Message>>,
    ) -> impl Fn(usize, &Contact) -> bool + use<'m> {
        let own = self.customer.contacts.iter().position(|contact| contact.message == self.message);
        move |place, contact| {
            let waits = || messages.get(&contact.message).is_some_and(|m| m.phase == Phase::Ready);
            own.is_none_or(|own| place < own) || contact.reached || !waits()
        }
    }

    /// What the customer's choices say to a message that is chosen by `bases`; `counts` says which contacts are before it.
    fn granted(&self, bases: &[&Basis], counts: impl Fn(usize, &Contact) -> bool) -> Judgement {
        let Some(chosen) = &self.customer.chosen else { return Judgement::pass("none") };
        let (choices, policy) = (&chosen.choices, self.world.class(self.class).of(self.subtype));
        if policy.must.is_some() {
            return Judgement::pass("not the customer's to switch off");
        }
        if let Some(detail) = unwanted(choices, self.class, self.channel, bases) {
            return Judgement::block(detail);
        }
        let choice = choices.of(self.class);
        if let Some(until) = choice.and_then(|choice| choice.paused_until).filter(|until| *until > self.now) {
            let detail = format!("{} is paused until {until}", self.class);
            return if policy.patient { Judgement::hold(until, detail) } else { Judgement::block(detail) };
        }
        if let Some(full) = choice.and_then(|choice| choice.at_most).and_then(|most| self.full(most, counts))
        {
            return full;
        }
        match choices.hours {
            Some(hours) if policy.patient => self.at_hours(hours),
            _ => Judgement::pass("as chosen"),
        }
    }

    /// Holds when the customer has had as many as they want.
    fn full(&self, most: Frequency, counts: impl Fn(usize, &Contact) -> bool) -> Option<Judgement> {
        let span = most.per.span();
        let start = self.now.before(span);
        let is_own = |contact: &Contact| {
            let about = &contact.about;
            let policy = self.world.class(about.class).of(about.subtype.as_ref());
            about.class == self.class && policy.must.is_none()
        };
        let counted: Vec<Timestamp> = (self.customer.contacts.iter().enumerate())
            .filter(|(_, c)| c.at > start && c.message != self.message && is_own(c))
            .filter(|(place, contact)| counts(*place, contact))
            .map(|(_, contact)| contact.at)
            .collect();
        let max = usize::from(most.messages);
        let room = frequency_cap::room_in(span, max, &counted, self.now);
        let detail = format!("{}: {} of {max} a {}", self.class, counted.len(), most.per.name());
        (counted.len() >= max).then(|| Judgement::hold(room, detail))
    }

    /// Holds until the customer's hours and the quiet hours are both open.
    fn at_hours(&self, hours: Hours) -> Judgement {
        let zone = self.customer.profile.zone.unwrap_or(self.world.institution.zone);
        if self.opening(hours, zone, self.now) == self.now {
            return Judgement::pass("as chosen");
        }
        let words = format!("wanted from {} to {} in {}", hours.open, hours.close, zone.name());
        let mut at = self.now;
        for _ in 0..OPENINGS_MAX {
            let own = self.opening(hours, zone, at);
            match quiet_hours::standing(self.world, self.class, self.subtype, zone, own).verdict {
                Verdict::Hold { until } => at = until,
                Verdict::Pass | Verdict::Block => return Judgement::hold(own, words),
            }
        }
        Judgement::block(format!("{words}, when it is always quiet"))
    }

    fn opening(&self, hours: Hours, zone: Zone, at: Timestamp) -> Timestamp {
        let Hours { open, close } = hours;
        let hours = QuietHours { open, close, holidays: HolidayPolicy::AsUsual };
        quiet_hours::next_opening(&hours, &self.world.institution.calendar, zone, at)
    }
}

/// What stands against a message whatever the moment.
fn unwanted(choices: &Choices, class: MessageClass, channel: Channel, bases: &[&Basis]) -> Option<String> {
    let choice = choices.of(class);
    if choice.is_some_and(|choice| choice.off) {
        return Some(format!("{class} is off"));
    }
    if choice.is_some_and(|choice| choice.channels_off.contains(&channel)) {
        return Some(format!("{class} by {channel} is off"));
    }
    let is_personal = class == MessageClass::Marketing && bases.iter().any(|basis| basis.personalised);
    if choices.impersonal && is_personal {
        return Some("nothing personalised is wanted".to_owned());
    }
    let mut used = bases.iter().flat_map(|basis| &basis.uses);
    used.find(|used| choices.unused.contains(*used)).map(|used| format!("{used} must not be used"))
}

/// Whether the customer wants nothing of this kind by a channel, although other channels may do.
pub(in crate::decide) fn is_off(
    customer: &Customer,
    policy: &Policy,
    class: MessageClass,
    channel: Channel,
) -> bool {
    let choice = customer.chosen.as_ref().and_then(|chosen| chosen.choices.of(class));
    policy.must.is_none() && choice.is_some_and(|choice| choice.channels_off.contains(&channel))
}

/// A channel that the plan would have taken before this leg, and that the customer has switched off.
fn avoided(candidate: &Candidate<'_>, leg: u8) -> Option<Channel> {
    let plan = candidate.world.plans.get(&candidate.way?.plan)?;
    let before = plan.legs.iter().take(usize::from(leg)).map(|leg| leg.channel);
    let off = |channel: &Channel| is_off(candidate.customer, candidate.policy(), candidate.class(), *channel);
    before.rev().find(off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::ClassChoice;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const MARKETING: MessageClass = MessageClass::Marketing;

    fn choices(choice: ClassChoice) -> Choices {
        Choices { classes: BTreeMap::from([(MARKETING, choice)]), ..Choices::default() }
    }

    #[test]
    fn what_is_off_stops_its_class_and_a_channel_its_own() {
        let off = choices(ClassChoice { off: true, ..ClassChoice::default() });
        let found = unwanted(&off, MARKETING, Channel::Sms, &[]);
        assert_eq!(found.as_deref(), Some("marketing is off"));
        assert_eq!(unwanted(&off, MessageClass::RiskNotice, Channel::Sms, &[]), None);
        let by_sms = choices(ClassChoice { channels_off: [Channel::Sms].into(), ..ClassChoice::default() });
        let found = unwanted(&by_sms, MARKETING, Channel::Sms, &[]);
        assert_eq!(found.as_deref(), Some("marketing by sms is off"));
        assert_eq!(unwanted(&by_sms, MARKETING, Channel::Push, &[]), None);
    }

    #[test]
    fn what_a_message_is_chosen_by_is_asked_of_both_its_files() {
        let plain = Basis::default();
        let chosen = Basis { personalised: true, uses: vec![Arc::from("social")] };
        let shy = Choices { impersonal: true, ..Choices::default() };
        for (bases, expect) in
            [([&plain, &plain], false), ([&chosen, &plain], true), ([&plain, &chosen], true)]
        {
            let found = unwanted(&shy, MARKETING, Channel::Sms, &bases).is_some();
            assert_eq!(found, expect, "{bases:?}");
        }
        // A notice about somebody's own account is nothing but personal; art. 24 is about marketing.
        assert_eq!(unwanted(&shy, MessageClass::CustomerService, Channel::Sms, &[&chosen]), None);
        let silent = Choices { unused: [Arc::from("social")].into(), ..Choices::default() };
        let found = unwanted(&silent, MessageClass::CustomerService, Channel::Sms, &[&plain, &chosen]);
        assert_eq!(found.as_deref(), Some("social must not be used"));
        assert_eq!(unwanted(&silent, MARKETING, Channel::Sms, &[&plain]), None);
    }
}
