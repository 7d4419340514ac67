//! The gate: the one way out for every path.
//!
//! It asks every rule in order and stops at the first that does not pass. [`Sendable`] can only be built here,
//! and channels accept nothing else, so no path can go around the rules.

use super::rules::{self, Judge, RuleCode};
use super::{Finding, Judgement, Verdict};
use crate::compose::{Draft, Reader, Said, Template, TemplateError, draft};
use crate::deliver;
use crate::entry::{Blocked, Body, Decided, Event, Fact, Held, Matter, Order, Scope, SwitchState, Way};
use crate::measure::trial;
use crate::state::{Approvals, Broadcast, Customer, Message, State, Suppression, Traffic, Trials};
use crate::world::{Account, Ambiguity, Journey, Policy, Route, World, reference};
use model::{
    Channel, Contact, Cost, MessageClass, MessageId, Phone, Private, RouteId, Span, Subtype, Timestamp, Zone,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A message that might be sent: everything the rules may look at.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The configuration.
    pub world: &'a World,
    /// Whom it is for.
    pub customer: &'a Customer,
    /// The journey or broadcast it comes from.
    pub journey: &'a Journey,
    /// Its text.
    pub template: &'a Template,
    /// The event behind it.
    pub event: Option<&'a Arc<Event>>,
    /// The order behind it, with the account that handed it in.
    pub order: Option<(&'a Account, &'a Arc<Order>)>,
    /// In which arm of an experiment the customer is, `experiment.arm`.
    pub variant: Option<&'a str>,
    /// Which leg of a plan it is on; none if it follows no plan.
    pub way: Option<&'a Way>,
    /// Messages that are under way.
    pub messages: &'a HashMap<MessageId, Box<Message>>,
    /// What is known of routes just now.
    pub traffic: &'a Traffic,
    /// Its id.
    pub message: MessageId,
    /// When it stops being worth sending.
    pub expires: Timestamp,
    /// The moment of the decision.
    pub now: Timestamp,
    /// What journeys have reserved so far.
    pub spent: &'a BTreeMap<Arc<str>, Cost>,
    /// Numbers of strangers who refused.
    pub refused_numbers: &'a BTreeMap<Phone, Vec<Suppression>>,
    /// What is not at "on".
    pub switches: &'a BTreeMap<Scope, SwitchState>,
    /// How many parts each route was handed, by the hour.
    pub handed: &'a BTreeMap<RouteId, BTreeMap<i64, u64>>,
    /// What of the configuration is in force by whose approval.
    pub approvals: &'a Approvals,
    /// Broadcasts that have been launched.
    pub launched: &'a BTreeMap<Arc<str>, Broadcast>,
    /// How experiments stand.
    pub trials: &'a Trials,
}

impl<'a> Candidate<'a> {
    /// A candidate that is judged against the present state.
    pub fn new(
        world: &'a World,
        state: &'a State,
        customer: &'a Customer,
        journey: &'a Journey,
        template: &'a Template,
        now: Timestamp,
    ) -> Self {
        let policy = world.class(journey.class).of(journey.subtype.as_ref());
        Self {
            world,
            customer,
            journey,
            template,
            event: None,
            order: None,
            variant: None,
            way: None,
            messages: &state.messages,
            traffic: &state.traffic,
            message: MessageId(state.position),
            expires: now.after(journey.validity.unwrap_or(policy.validity)),
            now,
            spent: &state.spent,
            refused_numbers: &state.refused_numbers,
            switches: &state.switches,
            handed: &state.handed,
            approvals: &state.approvals,
            launched: &state.broadcasts,
            trials: &state.trials,
        }
    }

    /// Its class.
    pub fn class(&self) -> MessageClass {
        self.journey.class
    }

    /// Its subtype.
    pub fn subtype(&self) -> Option<&'a Subtype> {
        self.journey.subtype.as_ref()
    }

    /// What its class and subtype demand.
    pub fn policy(&self) -> &'a Policy {
        self.world.class(self.journey.class).of(self.journey.subtype.as_ref())
    }

    /// What the text is made of.
    pub(super) fn said(&self) -> Said<'a> {
        let customer = &self.customer.profile.attributes;
        let signature = self.order.and_then(|(_, order)| order.signature.as_deref());
        match self.order.and_then(|(_, order)| order.body.as_ref()) {
            Some(Body::Text(text)) => Said::Text { text, signature },
            Some(Body::Template(_, values)) => Said::Values { customer, values, signature },
            None => Said::Event { customer, event: self.event.map(|event| &event.fields) },
        }
    }

    /// The channel it is to go by.
    pub fn channel(&self) -> Channel {
        self.way.map_or(Channel::Sms, |way| way.channel)
    }

    /// What is to follow the route's number in the sender.
    pub fn extension(&self) -> Option<&'a str> {
        let own = || self.journey.extension.as_deref();
        self.order.map_or_else(own, |(_, order)| order.extension.as_deref())
    }

    /// Where the customer is reached on a channel.
    pub fn contact(&self, channel: Channel) -> Option<Contact> {
        rules::identity::contact(self.world, self.customer, channel)
    }

    /// For whom the text is made.
    pub(super) fn reader(&self) -> Reader {
        Reader { zone: self.zone(), key: self.customer.subject.0, now: self.now, message: self.message }
    }

    /// The clock on the recipient's wall.
    pub fn zone(&self) -> Zone {
        self.customer.profile.zone.unwrap_or(self.world.institution.zone)
    }
}

/// A candidate's text and way, as far as they could be found.
#[derive(Debug)]
pub struct Composed<'a> {
    /// The route that may carry it.
    pub route: Option<&'a Route>,
    /// The text on that route.
    pub draft: Result<Draft, TemplateError>,
}

/// Asks every rule and returns the fact that follows: decided, held or blocked.
pub fn judge(candidate: &Candidate<'_>) -> Fact {
    let mut findings = Vec::with_capacity(rules::ORDER.len());
    let mut composed = None;
    for rule in rules::ORDER {
        #[cfg(feature = "mutants")]
        if candidate.world.left_out == Some(rule.code) {
            continue;
        }
        let Judgement { revision, verdict, detail } = match rule.judge {
            Judge::Person(ask) => ask(candidate),
            Judge::Text(ask) => ask(candidate, composed.get_or_insert_with(|| compose(candidate))),
        };
        findings.push(Finding { rule: rule.code, revision, verdict, detail });
        match verdict {
            Verdict::Pass => {}
            Verdict::Hold { until } => return hold(candidate, findings, until),
            Verdict::Block => return block(candidate, findings),
        }
    }
    match composed {
        Some(Composed { route: Some(route), draft: Ok(draft) }) => decided(candidate, findings, route, draft),
        // The rules `lint` and `route` block both, so this is out of reach; if it were not, nothing is sent.
        _ => block(candidate, findings),
    }
}

fn compose<'a>(candidate: &Candidate<'a>) -> Composed<'a> {
    let route = rules::route::choose(candidate);
    // Without a route the text is still rendered, on any, so that its own mistakes show.
    let draft = match route.or_else(|| candidate.world.routes.values().next().map(|r| &**r)) {
        Some(any) => draft(
            candidate.world,
            candidate.template,
            any,
            &candidate.said(),
            candidate.reader(),
            candidate.now,
        ),
        None => Err(TemplateError::Syntax("no route is configured".to_owned())),
    };
    Composed { route, draft }
}

/// The text that a candidate would go with now; the words say why there is none.
pub(super) fn text(candidate: &Candidate<'_>) -> Result<Private, String> {
    compose(candidate).draft.map(|draft| draft.text).map_err(|error| error.to_string())
}

fn matter(candidate: &Candidate<'_>, findings: Vec<Finding>) -> Matter {
    Matter {
        message: candidate.message,
        journey: candidate.journey.in_arm(candidate.variant),
        class: candidate.class(),
        subtype: candidate.subtype().cloned(),
        template: candidate.template.id.clone(),
        template_hash: candidate.template.hash,
        world: candidate.world.hash,
        findings,
        order: candidate.order.map(|(_, order)| Arc::clone(order)),
    }
}

fn hold(candidate: &Candidate<'_>, mut findings: Vec<Finding>, until: Timestamp) -> Fact {
    if until >= candidate.expires {
        findings.push(too_late(until, candidate.expires));
        return block(candidate, findings);
    }
    Fact::MessageHeld(Box::new(Held {
        matter: matter(candidate, findings),
        until,
        expires: candidate.expires,
        event: candidate.event.cloned(),
        refund: None,
    }))
}

/// The finding about a message that would be held until it is worth nothing.
pub(super) fn too_late(until: Timestamp, expires: Timestamp) -> Finding {
    let detail = format!("held until {until}, worth sending until {expires}").into();
    Finding { rule: rules::validity::RULE.code, revision: 0, verdict: Verdict::Block, detail }
}

fn block(candidate: &Candidate<'_>, findings: Vec<Finding>) -> Fact {
    Fact::MessageBlocked(Box::new(Blocked { matter: matter(candidate, findings), refund: None }))
}

fn decided(candidate: &Candidate<'_>, findings: Vec<Finding>, route: &Route, draft: Draft) -> Fact {
    let Some(to) = candidate.contact(route.channel) else { return block(candidate, findings) };
    let policy = candidate.policy();
    Fact::MessageDecided(Box::new(Decided {
        matter: matter(candidate, findings),
        route: route.id.clone(),
        to,
        text: draft.text,
        // The rule `length` let at most `text::MAX_PARTS` pass.
        parts: u8::try_from(draft.measure.parts).unwrap_or(u8::MAX),
        cost: draft.cost,
        lane: policy.lane,
        resend: policy.ambiguity == Ambiguity::Resend,
        expires: candidate.expires,
        event: candidate.event.cloned(),
        way: candidate.way.cloned(),
        extension: candidate.journey.extension.clone(),
    }))
}

/// A message that may be handed to a carrier now. Only the gate makes one.
#[derive(Debug, Clone)]
pub struct Sendable {
    message: MessageId,
    class: MessageClass,
    journey: Arc<str>,
    channel: Channel,
    route: RouteId,
    to: Contact,
    text: Private,
    signature: Option<Arc<str>>,
    extension: Option<Arc<str>>,
    parts: Vec<u8>,
    lane: u8,
    expires: Timestamp,
}

impl Sendable {
    /// Its id.
    pub fn message(&self) -> MessageId {
        self.message
    }

    /// Its class.
    pub fn class(&self) -> MessageClass {
        self.class
    }

    /// Whether a switch is about it.
    pub fn is_of(&self, scope: &Scope) -> bool {
        match scope {
            Scope::All => true,
            Scope::Class(class) => *class == self.class,
            Scope::Channel(channel) => *channel == self.channel,
            Scope::Route(route) => *route == self.route,
            Scope::Journey(name) => reference::name(&self.journey) == &**name,
        }
    }

    /// By which channel.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// Over which route.
    pub fn route(&self) -> &RouteId {
        &self.route
    }

    /// Where to.
    pub fn to(&self) -> &Contact {
        &self.to
    }

    /// What follows the route's own number in the sender, if anything.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// What it says.
    pub fn text(&self) -> &Private {
        &self.text
    }

    /// The signature it goes under, if not the institution's: where the carrier writes the signature, the parts are cut
    /// as they were counted.
    pub fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }

    /// Which of its parts are to be handed over, from 0.
    pub fn parts(&self) -> &[u8] {
        &self.parts
    }

    /// The lane it waited in.
    pub fn lane(&self) -> u8 {
        self.lane
    }

    /// After this moment it is not worth sending any more.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// As soon as anything can be due again.
const AT_ONCE: Span = Span(1);

/// The last look before a message that was let pass is handed over: is it still the customer's number, do they still
/// want it (L5), is it still worth sending, is its text still the approved one (L7), is it still day? What the carrier has in part goes on by night.
pub(crate) fn release(
    world: &World,
    state: &State,
    message: &Message,
    now: Timestamp,
) -> Result<Sendable, Finding> {
    let customer = state.customers.get(&message.subject);
    let blocked = |rule: RuleCode, detail: String| Finding {
        rule,
        revision: 0,
        verdict: Verdict::Block,
        detail: detail.into(),
    };
    let (Some(customer), Some(sending)) = (customer, &message.sending) else {
        return Err(blocked(rules::identity::RULE.code, "the customer is not known any more".to_owned()));
    };
    if let Err(detail) = rules::identity::may_be_spoken_to(customer) {
        return Err(blocked(rules::identity::RULE.code, detail.to_owned()));
    }
    let channel = message.way.as_ref().map_or(Channel::Sms, |way| way.channel);
    if rules::identity::contact(world, customer, channel).as_ref() != Some(&sending.to) {
        return Err(blocked(rules::identity::RULE.code, format!("the {channel} address has changed")));
    }
    let account = message.order.as_ref().and_then(|order| world.accounts.get(&order.account));
    let asserts = account.is_some_and(|account| account.asserts_consent);
    let Judgement { revision, verdict, detail } =
        rules::consent::standing(world, customer, message.class, message.subtype.as_ref(), asserts, now);
    if verdict == Verdict::Block {
        return Err(Finding { rule: rules::consent::RULE.code, revision, verdict, detail });
    }
    if let Err(detail) = rules::suppression::allowed(customer, &state.refused_numbers, message.class, now) {
        return Err(blocked(rules::suppression::RULE.code, detail));
    }
    if let Some(finding) = unwanted(world, state, customer, message, channel, now) {
        return Err(finding);
    }
    if now >= message.expires {
        return Err(blocked(rules::validity::RULE.code, format!("worth sending until {}", message.expires)));
    }
    if deliver::is_untaken(message, None)
        && let Err(why) = rules::approval::is_still(world, state, message)
    {
        // Judged again at once, with what is in force now: it goes by that, or not at all.
        let (verdict, detail) = (Verdict::Hold { until: now.after(AT_ONCE) }, why.into());
        return Err(Finding { rule: rules::approval::RULE.code, revision: 0, verdict, detail });
    }
    still_tried(world, state, customer, message)?;
    let zone = customer.profile.zone.unwrap_or(world.institution.zone);
    let Judgement { revision, verdict, detail } =
        rules::quiet_hours::standing(world, message.class, message.subtype.as_ref(), zone, now);
    if verdict != Verdict::Pass && deliver::is_untaken(message, None) {
        return Err(Finding { rule: rules::quiet_hours::RULE.code, revision, verdict, detail });
    }
    Ok(Sendable {
        message: message.id,
        class: message.class,
        journey: Arc::clone(&message.journey),
        channel,
        route: sending.route.clone(),
        to: sending.to.clone(),
        text: sending.text.clone(),
        signature: message.order.as_ref().and_then(|order| order.signature.clone()),
        extension: message.extension().cloned(),
        parts: message.pending_parts().collect(),
        lane: sending.lane,
        expires: message.expires,
    })
}

/// Whether the arm of an experiment that a message is in still goes on; what the carrier has in part goes on in any case.
fn still_tried(world: &World, state: &State, customer: &Customer, message: &Message) -> Result<(), Finding> {
    let stands = trial::Standing::of(state);
    let why = trial::closed(world, stands, customer, &message.journey, Some(message.id));
    let why = why.filter(|_| deliver::is_untaken(message, None));
    let rule = rules::experiment::RULE.code;
    why.map_or(Ok(()), |why| Err(Finding { rule, revision: 0, verdict: Verdict::Block, detail: why.into() }))
}

/// What the customer's choices have against a message that was let pass before they were made, or that has waited since.
/// What the carrier has in part goes on, unless it is not wanted at all.
fn unwanted(
    world: &World,
    state: &State,
    customer: &Customer,
    message: &Message,
    channel: Channel,
    now: Timestamp,
) -> Option<Finding> {
    let (class, subtype, message_id) = (message.class, message.subtype.as_ref(), message.id);
    let wish = rules::preference::Wish { world, customer, class, subtype, channel, message: message_id, now };
    let Judgement { revision, verdict, detail } = wish.still_granted(&state.messages);
    let stands = match verdict {
        Verdict::Pass => false,
        Verdict::Hold { .. } => deliver::is_untaken(message, None),
        Verdict::Block => true,
    };
    stands.then_some(Finding { rule: rules::preference::RULE.code, revision, verdict, detail })
}
