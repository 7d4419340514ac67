//! What is due: held messages are judged again from the top, waiting ends, unsent messages run out.

use super::gate::too_late;
use super::rules::{self, RuleCode};
use super::steps;
use super::{Candidate, Cursors, Finding, Judgement, Verdict, judge, order, plan, reroute};
use crate::compose::{Template, unsigned};
use crate::converse;
use crate::deliver;
use crate::entry::{Blocked, Body, Entry, Fact, Held, Matter, Order, Outcome};
use crate::state::{Customer, Message, Phase, State};
use crate::world::{Account, Journey, World, reference};
use model::{Private, Timestamp};
use std::sync::Arc;

/// The entry for the message that has been due longest at `now`, if there is one.
pub(crate) fn due(world: &World, state: &State, cursors: &mut Cursors, now: Timestamp) -> Option<Entry> {
    let (at, id) = state.timers.first()?;
    if *at > now {
        return None;
    }
    let message = state.messages.get(id)?;
    let fact = match message.phase {
        Phase::Held => again(world, state, cursors, message, now),
        Phase::Ready => revoked(
            world,
            message,
            rules::validity::RULE.code,
            format!("worth sending until {}", message.expires),
        ),
        Phase::Uncertain | Phase::Claimed | Phase::Submitted => {
            if deliver::has_failed(message) {
                let fact = deliver::failed(message);
                return Some(Entry { at: now, subject: message.subject, fact });
            }
            if let Some(entry) = deliver::ask(world, message, now) {
                return Some(entry);
            }
            if let Some(entry) = reroute::next_leg(world, state, cursors, message, "no_receipt", now) {
                return Some(entry);
            }
            let doubtful = message.phase == Phase::Uncertain;
            ended(message, if doubtful { Outcome::Uncertain } else { Outcome::NoReceipt })
        }
    };
    Some(Entry { at: now, subject: message.subject, fact })
}

fn ended(message: &Message, outcome: Outcome) -> Fact {
    Fact::MessageEnded { message: message.id, ending: deliver::ending(message, outcome) }
}

/// Judges a held message again, from the first rule on: consent may have been withdrawn, caps may have filled.
pub(crate) fn again(
    world: &World,
    state: &State,
    cursors: &mut Cursors,
    message: &Message,
    now: Timestamp,
) -> Fact {
    match Cursored::of(world, state, cursors, message) {
        Ok(found) => found.with(state, message, now, |candidate| plan::judge_by_plan(candidate, judge)),
        Err((rule, detail)) => revoked(world, message, rule, detail),
    }
}

/// The entry that stops or holds a message which waits for a carrier, where its customer's choices are against it by now;
/// none where they are not. Here, where journey and text are at hand, they are asked in full.
pub(crate) fn unwanted(
    world: &World,
    state: &State,
    cursors: &mut Cursors,
    message: &Message,
    now: Timestamp,
) -> Option<Entry> {
    if message.phase != Phase::Ready {
        return None;
    }
    // What is not published any more is stopped elsewhere.
    let found = Cursored::of(world, state, cursors, message).ok()?;
    let judgement = found.with(state, message, now, rules::preference::judge);
    let is_against = match judgement.verdict {
        Verdict::Pass => false,
        Verdict::Hold { .. } => deliver::is_untaken(message, None),
        Verdict::Block => true,
    };
    let Judgement { revision, verdict, detail } = judgement;
    let finding = Finding { rule: rules::preference::RULE.code, revision, verdict, detail };
    is_against.then(|| Entry { at: now, subject: message.subject, fact: stopped(world, message, finding) })
}

/// What a message that exists already is judged with: its journey and text as they are published today.
pub(super) struct Cursored<'a> {
    world: &'a World,
    customer: &'a Customer,
    journey: Arc<Journey>,
    template: Arc<Template>,
    order: Option<(&'a Account, Arc<Order>)>,
}

impl<'a> Cursored<'a> {
    /// Finds it; otherwise the rule that stops the message, and why.
    pub(super) fn of(
        world: &'a World,
        state: &'a State,
        cursors: &mut Cursors,
        message: &Message,
    ) -> Result<Self, (RuleCode, String)> {
        let gone =
            || (rules::class_policy::RULE.code, format!("{} is not published any more", message.journey));
        let customer = state.customers.get(&message.subject).ok_or_else(gone)?;
        if let Some(order) = &message.order {
            let account = world.accounts.get(&order.account).ok_or_else(gone)?;
            let order = with_body(world, message, order);
            let template = order::template(world, account, order.body.as_ref())
                .map_err(|why| (rules::lint::RULE.code, why.to_string()))?;
            let journey = account.journey(message.class, message.subtype.as_ref(), None);
            let order = Some((&**account, order));
            return Ok(Self { world, customer, journey: Arc::new(journey), template, order });
        }
        let journey = find(world, state, cursors, &message.journey).ok_or_else(gone)?;
        let template = steps::templates(&journey).find(|template| template.id == message.template);
        let silent = || (rules::lint::RULE.code, "the journey sends nothing any more".to_owned());
        let template = Arc::clone(template.ok_or_else(silent)?);
        Ok(Self { world, customer, journey, template, order: None })
    }

    /// Makes the candidate and hands it to `then`.
    pub(super) fn with<R>(
        &self,
        state: &State,
        message: &Message,
        now: Timestamp,
        then: impl FnOnce(&Candidate<'_>) -> R,
    ) -> R {
        let Self { world, customer, journey, template, order } = self;
        then(&Candidate {
            event: message.event.as_ref(),
            order: order.as_ref().map(|(account, order)| (*account, order)),
            variant: reference::variant(&message.journey),
            way: message.way.as_deref(),
            message: message.id,
            expires: message.expires,
            ..Candidate::new(world, state, customer, journey, template, now)
        })
    }
}

/// The order behind a message, with what it says: once its text was made, the message has that.
fn with_body(world: &World, message: &Message, order: &Arc<Order>) -> Arc<Order> {
    match (&order.body, &message.sending) {
        (None, Some(sending)) => {
            let signature = order.signature.as_deref().unwrap_or(&world.institution.signature);
            let mode = world.routes.get(&sending.route).map(|route| route.signature);
            let text = unsigned(sending.text.reveal(), signature, mode);
            Arc::new(Order { body: Some(Body::Text(Private::new(text))), ..Order::clone(order) })
        }
        _ => Arc::clone(order),
    }
}

/// The journey of a reference: that version, or the newest if it is gone, a running broadcast, or the opt-out confirmation.
fn find(world: &World, state: &State, cursors: &mut Cursors, reference: &str) -> Option<Arc<Journey>> {
    if let Some(journey) = cursors.journey(world, state, reference) {
        return Some(journey);
    }
    let name = reference::name(reference);
    if let Some(journey) = world.journeys.version(reference).or_else(|| world.journeys.get(name)) {
        return Some(Arc::clone(journey));
    }
    let confirmations = [converse::confirmation(world), converse::complaint_confirmation(world)];
    confirmations.into_iter().flatten().find(|journey| journey.id.as_str() == name).map(Arc::new)
}

/// The fact that stops a message which is already on its way to its lane or in it.
pub(crate) fn revoked(world: &World, message: &Message, rule: RuleCode, detail: String) -> Fact {
    let finding = Finding { rule, revision: 0, verdict: Verdict::Block, detail: detail.into() };
    stopped(world, message, finding)
}

/// The same, with the finding at hand; one that says "not before" holds the message back again, if it is worth
/// anything by then.
pub(crate) fn stopped(world: &World, message: &Message, finding: Finding) -> Fact {
    let refund = message.sending.as_ref().map(|_| deliver::given_back(message, None));
    let expires = message.expires;
    let matter = |findings| Matter {
        message: message.id,
        journey: Arc::clone(&message.journey),
        class: message.class,
        subtype: message.subtype.clone(),
        template: message.template.clone(),
        template_hash: message.template_hash,
        world: world.hash,
        findings,
        order: message.order.as_ref().map(|order| with_body(world, message, order)),
    };
    match finding.verdict {
        Verdict::Hold { until } if until < expires => {
            let event = message.event.clone();
            Fact::MessageHeld(Box::new(Held { matter: matter(vec![finding]), until, expires, event, refund }))
        }
        Verdict::Hold { until } => {
            let findings = vec![finding, too_late(until, expires)];
            Fact::MessageBlocked(Box::new(Blocked { matter: matter(findings), refund }))
        }
        Verdict::Pass | Verdict::Block => {
            Fact::MessageBlocked(Box::new(Blocked { matter: matter(vec![finding]), refund }))
        }
    }
}
