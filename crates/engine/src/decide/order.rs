//! Orders: what accounts hand in becomes a candidate like any other.
//!
//! The recipient is looked up by id or number; a number that nobody is known by makes a customer of its own, of whom
//! nothing but the number is known, so that what is said to them has a key and can be erased. The same key of the same
//! account for the same recipient, as the account writes them, is the same order.

use super::{Candidate, judge, plan};
use crate::compose::{Template, class};
use crate::entry::{Body, Entry, Fact, Order, Piece, Place, Profile, Standing};
use crate::state::State;
use crate::world::{Account, World};
use model::{
    AccountId, CustomerId, Fields, MessageClass, MessageId, Phone, Private, Span, Subject, Subtype, Timestamp,
};
use std::sync::Arc;

/// An order as an account hands it in.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRequest {
    /// What is ordered. Its `key` is set from `key` here.
    pub order: Order,
    /// Whom it is for.
    pub to: Recipient,
    /// The account's own name for it: the same again changes nothing.
    pub key: Option<Arc<str>>,
    /// The class of a text of the account's own; none: what the account declares.
    pub class: Option<MessageClass>,
    /// The subtype of such a text.
    pub subtype: Option<Subtype>,
    /// How long it is worth sending; none: what its class says.
    pub validity: Option<Span>,
    /// Which piece of a long message this is, if its text comes in pieces.
    pub piece: Option<Place>,
}

/// Whom an order is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever has this number.
    Phone(Phone),
    /// A customer by the institution's id.
    Customer(CustomerId),
}

/// What became of an order when it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// The gate let it pass, or holds it.
    Accepted {
        /// The message.
        message: MessageId,
        /// Its parts; 0 while it is held.
        parts: u8,
        /// Until when it is held.
        until: Option<Timestamp>,
    },
    /// It was handed in before.
    Repeated(MessageId),
    /// The gate stopped it.
    Blocked {
        /// The message, as the ledger names it.
        message: MessageId,
        /// The rule's id.
        rule: &'static str,
        /// What the rule said.
        detail: Arc<str>,
    },
    /// A piece of a message was taken. With the last one the whole is judged.
    Piece {
        /// The piece's own name: the position of its entry.
        piece: MessageId,
        /// What became of the whole.
        whole: Option<Box<Self>>,
    },
    /// It made no message.
    Refused(OrderError),
}

/// Why an order made no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// No such account.
    #[error("expected an account of accounts/, found {0}")]
    UnknownAccount(AccountId),
    /// No such template.
    #[error("expected a template of templates/ or a name under [templates] of the account, found {0}")]
    UnknownTemplate(Arc<str>),
    /// No such customer.
    #[error("expected a customer who is known")]
    UnknownCustomer,
    /// A number nobody is known by, from an account that may not write to strangers.
    #[error("expected a number that a customer is known by: {0} may not write to others")]
    Stranger(AccountId),
    /// Handed in before, for somebody who has been erased since.
    #[error("expected an order that is new: this one was taken before, and its customer was erased since")]
    Spent,
    /// Nothing to say.
    #[error("expected a text or a template")]
    Empty,
    /// A text without a class, from an account that has none, and the model could not tell. What it came to is said, the
    /// text never.
    #[error("expected a text whose class is plain, or its class beside it; it reads as {0}")]
    Unclassed(String),
}

/// An order made ready for the gate.
pub(crate) struct Prepared<'w> {
    account: &'w Account,
    template: Arc<Template>,
    order: Arc<Order>,
    class: MessageClass,
    subtype: Option<Subtype>,
    validity: Option<Span>,
}

/// Finds account, template and class of an order.
pub(crate) fn prepare<'w>(
    world: &'w World,
    state: &State,
    request: &OrderRequest,
) -> Result<Prepared<'w>, OrderError> {
    let order = &request.order;
    let account = world.accounts.get(&order.account);
    let account = account.ok_or_else(|| OrderError::UnknownAccount(order.account.clone()))?;
    let template = template(world, account, order.body.as_ref())?;
    let (class, subtype) = match &order.body {
        Some(Body::Template(..)) => (template.class, template.subtype.clone()),
        _ => match request.class {
            Some(class) => (class, request.subtype.clone()),
            None => (declared(world, account, request)?, account.subtype.clone()),
        },
    };
    let key = request.key.as_deref().map(|key| digest(&account.id, key, &request.to));
    if key.is_some_and(|key| state.spent_orders.contains_key(&key)) {
        return Err(OrderError::Spent);
    }
    let order = Arc::new(Order { key, ..order.clone() });
    Ok(Prepared { account, template, order, class, subtype, validity: request.validity })
}

/// The class of a text that comes without: the account's, or what it surely reads as. Never a guess.
fn declared(world: &World, account: &Account, request: &OrderRequest) -> Result<MessageClass, OrderError> {
    if let Some(class) = account.class {
        return Ok(class);
    }
    let whole = match (&request.order.body, &request.piece) {
        (Some(Body::Text(text)), None) => text,
        // A piece is taken and not judged; the whole is read when it is there.
        _ => return account.classes.first().copied().ok_or(OrderError::Empty),
    };
    let unsure = |found: &str| OrderError::Unclassed(found.to_owned());
    let signature = request.order.signature.as_deref().unwrap_or(&world.institution.signature);
    let reading = class::of_draft(world, None, whole.reveal(), signature)
        .ok_or_else(|| unsure("nothing: there is no model"))?;
    let sure = reading.confidence >= class::DECIDES_FROM;
    let class = reading.class.parse::<MessageClass>().ok().filter(|_| sure);
    class.ok_or_else(|| unsure(&format!("{} ({:.2})", reading.class, reading.confidence)))
}

/// The text that an order is decided under.
pub(super) fn template(
    world: &World,
    account: &Account,
    body: Option<&Body>,
) -> Result<Arc<Template>, OrderError> {
    match body {
        Some(Body::Template(id, _)) => {
            let alias = account.aliases.get(id.as_str()).map_or(id, |alias| &alias.template);
            let unknown = || OrderError::UnknownTemplate(id.as_str().into());
            world.templates.get(alias).cloned().ok_or_else(unknown)
        }
        // Without a free text the account may send templates only: the rule `account` says so.
        Some(Body::Text(_)) | None => {
            let any = account.free.as_ref().or_else(|| world.templates.values().next());
            any.cloned().ok_or(OrderError::Empty)
        }
    }
}

/// Whom an order is for: a customer who is known, or a new one of whom only the number is.
pub(crate) fn recipient(
    state: &State,
    account: &Account,
    to: &Recipient,
    now: Timestamp,
) -> Result<(Subject, Option<Entry>), OrderError> {
    match to {
        Recipient::Customer(id) => {
            state.customer(id).map(|c| (c.subject, None)).ok_or(OrderError::UnknownCustomer)
        }
        Recipient::Phone(phone) => {
            if let Some(subject) = owner(state, phone) {
                return Ok((subject, None));
            }
            if !account.strangers {
                return Err(OrderError::Stranger(account.id.clone()));
            }
            let subject = Subject(state.next_subject.max(1));
            let mut id = CustomerId::new(format!("{STRANGER}{}", phone.reveal()));
            if state.by_id.contains_key(&id) {
                // Whoever was made of this number has another one now.
                id = CustomerId::new(format!("{STRANGER}{}/{}", phone.reveal(), subject.0));
            }
            let profile = Profile {
                id,
                phone: Some(*phone),
                zone: None,
                standing: Standing::Normal,
                attributes: Fields::new(),
            };
            let fact = Fact::CustomerRecorded(Box::new(profile));
            Ok((subject, Some(Entry { at: now, subject, fact })))
        }
    }
}

/// How the ids of those begin of whom only the number is known.
const STRANGER: &str = "tel:+";

/// Who is meant by a number: of those who have it, the first whom the institution itself has reported.
fn owner(state: &State, phone: &Phone) -> Option<Subject> {
    let owners = state.by_phone.get(phone)?;
    let is_reported = |subject: &&Subject| {
        let customer = state.customers.get(subject);
        customer.is_some_and(|customer| !customer.profile.id.reveal().starts_with(STRANGER))
    };
    owners.iter().find(is_reported).or_else(|| owners.first()).copied()
}

impl Prepared<'_> {
    /// The account.
    pub(crate) fn account(&self) -> &Account {
        self.account
    }

    /// The message that was made of it before, if it was handed in before.
    pub(crate) fn repeats(&self, state: &State, subject: Subject) -> Option<MessageId> {
        let key = self.order.key?;
        let customer = state.customers.get(&subject)?;
        // The number may have been somebody else's when it was ordered first.
        let phone = customer.profile.phone.as_ref();
        let others = phone.and_then(|phone| state.by_phone.get(phone)).into_iter().flatten();
        let mut same = others.filter_map(|other| state.customers.get(other)).chain([customer]);
        same.find_map(|customer| customer.orders.get(&key).copied())
    }

    /// Asks the gate.
    pub(crate) fn judge(
        &self,
        world: &World,
        state: &State,
        subject: Subject,
        now: Timestamp,
    ) -> Option<Entry> {
        let customer = state.customers.get(&subject)?;
        let journey = self.account.journey(self.class, self.subtype.as_ref(), self.validity);
        let candidate = Candidate::new(world, state, customer, &journey, &self.template, now);
        let start = self.order.at.map_or(now, |at| at.max(now));
        let candidate = Candidate {
            order: Some((self.account, &self.order)),
            expires: candidate.expires.after(start.since(now)),
            ..candidate
        };
        Some(Entry { at: now, subject, fact: plan::judge_by_plan(&candidate, judge) })
    }
}

/// The entry that takes a piece; none if what came is no piece of a text.
pub(crate) fn piece(request: &OrderRequest, subject: Subject, now: Timestamp) -> Option<Entry> {
    let place = request.piece.clone()?;
    let Some(Body::Text(text)) = &request.order.body else { return None };
    let fits = place.total > 1 && (1..=place.total).contains(&place.number);
    let piece = Piece { account: request.order.account.clone(), place, text: text.clone() };
    fits.then(|| Entry { at: now, subject, fact: Fact::PieceTaken(Box::new(piece)) })
}

/// The whole of which a piece was the last to come.
pub(crate) fn whole(state: &State, request: &OrderRequest, subject: Subject) -> Option<OrderRequest> {
    let place = request.piece.as_ref()?;
    let key = (request.order.account.clone(), Arc::clone(&place.mark));
    let unfinished = state.customers.get(&subject)?.pieces.as_ref()?.get(&key)?;
    let come = (1..=place.total).map(|number| unfinished.pieces.get(&number));
    let come: Vec<&(MessageId, Private)> = come.collect::<Option<_>>()?;
    let text: String = come.iter().map(|(_, text)| text.reveal()).collect();
    let pieces = come.iter().map(|(id, _)| *id).collect();
    let order = Order { body: Some(Body::Text(Private::new(text))), pieces, ..request.order.clone() };
    Some(OrderRequest { order, piece: None, ..request.clone() })
}

/// What became of an order, by the fact that the gate made of it.
pub(crate) fn ordered(fact: &Fact) -> Option<Ordered> {
    match fact {
        Fact::MessageDecided(d) => {
            Some(Ordered::Accepted { message: d.matter.message, parts: d.parts, until: None })
        }
        Fact::MessageHeld(held) => {
            Some(Ordered::Accepted { message: held.matter.message, parts: 0, until: Some(held.until) })
        }
        Fact::MessageBlocked(blocked) => {
            let last = blocked.matter.findings.last()?;
            let detail = Arc::from(&*last.detail);
            Some(Ordered::Blocked { message: blocked.matter.message, rule: last.rule.id(), detail })
        }
        _ => None,
    }
}

/// 128 bits of SHA-256 over account, key and recipient: what is remembered of an order to recognise a repetition.
fn digest(account: &AccountId, key: &str, to: &Recipient) -> u128 {
    let (kind, to) = match to {
        Recipient::Phone(phone) => ("phone", phone.reveal()),
        Recipient::Customer(id) => ("customer", id.reveal()),
    };
    let fields = [account.as_str(), key, kind, to].map(str::as_bytes);
    proof::hash_fields("hongyan/order/v2", fields).half()
}
