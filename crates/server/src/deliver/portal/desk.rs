//! From what somebody wants sent to an order, whatever the dialect it was said in, and from orders to the engine.
//!
//! It judges nothing that the gate judges: a class, a signature or a template that the account may not use becomes an order
//! all the same, so that the refusal stands in the ledger. Only what cannot be an order at all is refused here.

use crate::core::{Handle, Stopped};
use engine::decide::{OrderRequest, Ordered, Recipient};
use engine::entry::{Body, Order, Tell};
use engine::world::{Account, World};
use engine::{Input, Reply};
use model::{
    CustomerId, Fields, MessageClass, MessageId, Phone, Private, Span, Subtype, TemplateId, Timestamp, Value,
};
use std::sync::Arc;

/// How many orders the engine is given at once: a large batch must not stand in the way of a code.
const PIECE: usize = 500;
/// The longest extension, in digits: 20 are a whole number.
pub(crate) const EXTENSION_MAX: usize = 12;

/// One message to one recipient, as somebody wants it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// To whom.
    pub(crate) to: To,
    /// What to say.
    pub(crate) say: Say,
    /// The signature, without brackets.
    pub(crate) signature: Option<String>,
    /// Digits behind the account's own extension.
    pub(crate) extend: Option<String>,
    /// Given back with everything that the account is told.
    pub(crate) reference: Option<String>,
    /// The account's own name for it: the same again changes nothing.
    pub(crate) key: Option<String>,
    /// What the account wants to be told.
    pub(crate) tell: Tell,
    /// The class of a text of the account's own.
    pub(crate) class: Option<MessageClass>,
    /// Its subtype.
    pub(crate) subtype: Option<String>,
    /// Not before this moment.
    pub(crate) at: Option<Timestamp>,
    /// How long it is worth sending.
    pub(crate) validity: Option<Span>,
    /// The plan of channels to follow.
    pub(crate) plan: Option<String>,
    /// The message that it repeats.
    pub(crate) replays: Option<MessageId>,
}

/// To whom, as it was written.
#[derive(Clone)]
pub(crate) enum To {
    /// A number in any form that people write.
    Number(String),
    /// A number that was read already.
    Phone(Phone),
    /// A customer by the institution's id.
    Customer(CustomerId),
}

impl Default for To {
    fn default() -> Self {
        Self::Number(String::new())
    }
}

impl std::fmt::Debug for To {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Customer(_)) { "<a customer>" } else { "<a number>" })
    }
}

/// What to say.
#[derive(Debug, Clone)]
pub(crate) enum Say {
    /// A text, which may have a signature at its head or tail.
    Text(Private),
    /// A template by our name or the account's, with its values by name.
    Named(String, Fields),
    /// The same, with its values in the order that the account's file declares.
    Listed(String, Vec<Private>),
}

impl Default for Say {
    fn default() -> Self {
        Self::Text(Private::new(""))
    }
}

/// Why what was wanted is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unmade {
    /// Not a phone number.
    #[error("{0}")]
    Number(String),
    /// Nothing to say.
    #[error("expected a text, found nothing")]
    Empty,
    /// No such template.
    #[error("expected a template of templates/ or a name under [templates] of the account, found {0}")]
    Template(String),
    /// Another number of values than the template has.
    #[error("expected {expected} values, found {found}")]
    Values {
        /// How many the account's file declares.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// Digits behind an extension that the account does not have, or too many of them.
    #[error("expected at most {0} digits behind the account's extension")]
    Extension(usize),
}

/// The order for what is wanted.
///
/// # Errors
/// What can be no order.
pub(crate) fn order(world: &World, account: &Account, wanted: Wanted) -> Result<OrderRequest, Unmade> {
    let institution = &world.institution;
    let to = match wanted.to {
        To::Phone(phone) => Recipient::Phone(phone),
        To::Customer(id) => Recipient::Customer(id),
        To::Number(text) => Recipient::Phone(
            Phone::parse(&text, &institution.country).map_err(|error| Unmade::Number(error.to_string()))?,
        ),
    };
    let (body, found) = match wanted.say {
        Say::Text(text) => {
            let (text, found) = unsign(world, account, text.reveal());
            if text.trim().is_empty() {
                return Err(Unmade::Empty);
            }
            (Body::Text(Private::new(text)), found.map(str::to_owned))
        }
        Say::Named(name, values) => {
            (Body::Template(template(world, account, &name)?, Arc::new(values)), None)
        }
        Say::Listed(name, values) => {
            let template = template(world, account, &name)?;
            (Body::Template(template, Arc::new(listed(account, &name, &values)?)), None)
        }
    };
    let signature = wanted.signature.or(found).filter(|own| *own != institution.signature);
    let order = Order {
        account: account.id.clone(),
        reference: wanted.reference.map(Arc::from),
        body: Some(body),
        signature: signature.map(Arc::from),
        extension: extension(account, wanted.extend.as_deref())?,
        tell: wanted.tell,
        at: wanted.at,
        plan: wanted.plan.map(Arc::from).or_else(|| account.plan.clone()),
        replays: wanted.replays,
        key: None,
        pieces: Vec::new(),
    };
    let (key, subtype) = (wanted.key.map(Arc::from), wanted.subtype.map(|name| Subtype::new(name.as_str())));
    let (class, validity) = (wanted.class, wanted.validity);
    Ok(OrderRequest { order, to, key, class, subtype, validity, piece: None })
}

/// Hands orders in; returns what became of each, once that is durable.
///
/// # Errors
/// The engine has stopped: what was not answered may or may not have been taken.
pub(crate) async fn hand_in(core: &Handle, orders: Vec<OrderRequest>) -> Result<Vec<Ordered>, Stopped> {
    let mut all = Vec::with_capacity(orders.len());
    let mut orders = orders.into_iter().peekable();
    while orders.peek().is_some() {
        let piece: Vec<OrderRequest> = orders.by_ref().take(PIECE).collect();
        match core.decide(Input::Orders(piece)).await? {
            Reply::Ordered(ordered) => all.extend(ordered),
            _ => return Err(Stopped),
        }
    }
    Ok(all)
}

/// A template by our name or the account's, as the engine will find it.
fn template(world: &World, account: &Account, name: &str) -> Result<TemplateId, Unmade> {
    let id = TemplateId::new(name);
    let is_known = account.aliases.contains_key(name) || world.templates.contains_key(&id);
    if is_known { Ok(id) } else { Err(Unmade::Template(name.to_owned())) }
}

fn listed(account: &Account, name: &str, values: &[Private]) -> Result<Fields, Unmade> {
    let names = account.aliases.get(name).map_or(&[][..], |alias| &alias.values);
    if names.len() != values.len() {
        return Err(Unmade::Values { expected: names.len(), found: values.len() });
    }
    let value = |value: &Private| Value::Text(value.reveal().into());
    Ok(names.iter().map(Arc::clone).zip(values.iter().map(value)).collect())
}

fn extension(account: &Account, extend: Option<&str>) -> Result<Option<Arc<str>>, Unmade> {
    let Some(extend) = extend.filter(|digits| !digits.is_empty()) else {
        return Ok(account.extension.clone());
    };
    let own = account.extension.as_deref().unwrap_or_default();
    let room = if own.is_empty() { 0 } else { EXTENSION_MAX.saturating_sub(own.len()) };
    if extend.len() > room || !extend.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Unmade::Extension(room));
    }
    Ok(Some(format!("{own}{extend}").into()))
}

/// Takes a signature that the account may use off the head or the tail of a text: `【…】`.
pub(super) fn unsign<'t>(world: &World, account: &Account, text: &'t str) -> (&'t str, Option<&'t str>) {
    let may = |signature: &str| {
        signature == world.institution.signature || account.signatures.iter().any(|own| own == signature)
    };
    if let Some((signature, body)) = text.strip_prefix('【').and_then(|rest| rest.split_once('】'))
        && may(signature)
    {
        return (body, Some(signature));
    }
    if let Some((body, signature)) = text.strip_suffix('】').and_then(|rest| rest.rsplit_once('【'))
        && may(signature)
    {
        return (body, Some(signature));
    }
    (text, None)
}
