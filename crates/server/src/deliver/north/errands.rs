//! What a link has asked of the engine and waits for, first in, first out.
//!
//! An errand is begun when it is pushed, so that the engine gets errands in the order of the client's requests; it ends
//! when what it led to is durable.

use super::directory::Member;
use super::intake::{Answer, Ask, answers};
use super::reading::House;
use super::reference::Reference;
use super::refusal::Refusal;
use super::shared::Shared;
use super::side::{Cancel, Found, Query, Replace, Which};
use super::submit::Coding;
use crate::core::{Handle, Stopped};
use engine::decide::{OrderRequest, Ordered, Recipient};
use engine::entry::{Body, NoticeKind, Order};
use engine::state::Phase;
use engine::{Cancelled, Input, Reply};
use model::{AccountId, Contact, MessageId, Phone, Private};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How many messages a cancellation by number stops at most.
const CANCEL_MAX: usize = 1_000;

/// What an errand came to.
pub(super) enum Done {
    /// Orders.
    Ordered(Box<dyn Iterator<Item = Answer> + Send>),
    /// A question; `None` if nothing is known.
    Found(Query, Option<Found>),
    /// A cancellation: whether all of it was stopped.
    Cancelled(u32, bool),
    /// A replacement.
    Replaced(u32, Result<(), Refusal>),
}

/// What is under way.
pub(super) struct Errand(Pin<Box<dyn Future<Output = Result<Done, Stopped>> + Send>>);

/// A link's errands, oldest first.
#[derive(Default)]
pub(super) struct Errands(VecDeque<Running>);

enum Running {
    Yet(Errand),
    Over(Result<Done, Stopped>),
}

impl Errands {
    /// Begins one.
    pub(super) fn push(&mut self, mut errand: Errand) {
        // Begun here, so that nothing overtakes it on the way to the engine; who waits looks again by itself.
        let begun = errand.0.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.0.push_back(match begun {
            Poll::Ready(done) => Running::Over(done),
            Poll::Pending => Running::Yet(errand),
        });
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the oldest came to; `None` when the engine has stopped. Waits for ever when there is none.
    pub(super) async fn next(&mut self) -> Option<Done> {
        poll_fn(|context| match self.0.front_mut() {
            Some(Running::Yet(errand)) => match errand.0.as_mut().poll(context) {
                Poll::Ready(done) => {
                    self.0.pop_front();
                    Poll::Ready(done.ok())
                }
                Poll::Pending => Poll::Pending,
            },
            Some(Running::Over(_)) => match self.0.pop_front() {
                Some(Running::Over(done)) => Poll::Ready(done.ok()),
                _ => Poll::Pending,
            },
            None => Poll::Pending,
        })
        .await
    }
}

impl Errand {
    /// Has orders decided.
    pub(super) fn order(shared: &Arc<Shared>, orders: Vec<OrderRequest>, asks: Vec<Ask>) -> Self {
        let shared = Arc::clone(shared);
        Self(Box::pin(async move {
            let ordered = decide(&shared.core, orders).await?;
            Ok(Done::Ordered(Box::new(answers(asks, ordered, shared))))
        }))
    }

    /// Asks what became of a message.
    pub(super) fn query(shared: &Arc<Shared>, member: &Arc<Member>, query: Query) -> Self {
        let (shared, account) = (Arc::clone(shared), member.account.id.clone());
        let reference = Arc::clone(&member.account.reference);
        Self(Box::pin(async move {
            let Some(message) = query.message else { return Ok(Done::Found(query, None)) };
            let mut found = look(&shared.core, account, message).await?;
            if found.is_none() {
                found = shared.history(message, reference).await;
            }
            Ok(Done::Found(query, found))
        }))
    }

    /// Takes messages back.
    pub(super) fn cancel(shared: &Arc<Shared>, member: &Arc<Member>, cancel: Cancel) -> Self {
        let (shared, account) = (Arc::clone(shared), member.account.id.clone());
        Self(Box::pin(async move {
            let messages = match cancel.which {
                Which::Message(message) => vec![message],
                Which::Group(group) => shared.groups.of(group),
                Which::Waiting(target) => match shared.house.phone(&target.text, target.kind.0) {
                    Ok(phone) => waiting(&shared.core, account.clone(), phone).await?,
                    Err(_) => Vec::new(),
                },
                Which::Nothing => Vec::new(),
            };
            let mut all = !messages.is_empty();
            for message in messages {
                all &= stop(&shared.core, &account, message).await?;
            }
            Ok(Done::Cancelled(cancel.sequence, all))
        }))
    }

    /// Puts a text in place of another.
    pub(super) fn replace(shared: &Arc<Shared>, member: &Arc<Member>, replace: Replace) -> Self {
        let (shared, member) = (Arc::clone(shared), Arc::clone(member));
        Self(Box::pin(async move {
            let sequence = replace.submit.ticket.sequence;
            let replaced = instead(&shared, &member, replace).await?;
            Ok(Done::Replaced(sequence, replaced))
        }))
    }
}

async fn decide(core: &Handle, orders: Vec<OrderRequest>) -> Result<Vec<Ordered>, Stopped> {
    match core.decide(Input::Orders(orders)).await? {
        Reply::Ordered(ordered) => Ok(ordered),
        _ => Ok(Vec::new()),
    }
}

async fn stop(core: &Handle, account: &AccountId, message: MessageId) -> Result<bool, Stopped> {
    let cancelled = core.decide(Input::Cancel { account: account.clone(), message }).await?;
    Ok(cancelled == Reply::Cancelled(Cancelled::Stopped))
}

/// What the engine still knows of a message of this account's.
async fn look(core: &Handle, account: AccountId, message: MessageId) -> Result<Option<Found>, Stopped> {
    core.ask(move |node| {
        let state = node.engine().state();
        if let Some(found) = state.messages.get(&message) {
            found.order.as_ref().filter(|order| order.account == account)?;
            return Some(match found.phase {
                Phase::Held => Found::Held,
                _ => Found::Underway,
            });
        }
        // What has ended and was not told yet; nothing of a message comes before its id.
        state.outboxes.from(&account, message.0).take(CANCEL_MAX).find_map(|(_, notice)| match &notice.kind {
            NoticeKind::Ended { told, outcome, .. } if told.message == message => {
                Some(Found::Ended(*outcome))
            }
            _ => None,
        })
    })
    .await
}

/// The messages of an account that wait for a number.
async fn waiting(core: &Handle, account: AccountId, phone: Phone) -> Result<Vec<MessageId>, Stopped> {
    core.ask(move |node| {
        let messages = node.engine().state().messages.values();
        let own = messages.filter(|message| {
            let to = message.sending.as_ref().map(|sending| &sending.to);
            matches!(message.phase, Phase::Held | Phase::Ready)
                && to.is_some_and(|to| *to == Contact::Phone(phone))
                && message.order.as_ref().is_some_and(|order| order.account == account)
        });
        own.map(|message| message.id).take(CANCEL_MAX).collect()
    })
    .await
}

/// Stops a message and orders its new text. If the gate stops the new one, the old one is gone all the same: the account is
/// told that the replacement failed.
async fn instead(shared: &Shared, member: &Member, replace: Replace) -> Result<Result<(), Refusal>, Stopped> {
    let Some(message) = replace.message else { return Ok(Err(Refusal::Stopped)) };
    let account = member.account.id.clone();
    let old = shared.core.ask(move |node| {
        let state = node.engine().state();
        let found = state.messages.get(&message)?;
        let order = found.order.as_ref().filter(|order| order.account == account)?;
        let phone = state.customers.get(&found.subject)?.profile.phone?;
        Some((Order::clone(order), phone))
    });
    let Some((old, phone)) = old.await? else { return Ok(Err(Refusal::Stopped)) };
    let request = match renewed(&shared.house, member, message, old, phone, replace) {
        Ok(request) => request,
        Err(why) => return Ok(Err(why)),
    };
    if !stop(&shared.core, &member.account.id, message).await? {
        return Ok(Err(Refusal::Stopped));
    }
    Ok(match decide(&shared.core, vec![request]).await?.first() {
        Some(Ordered::Accepted { message: new, .. } | Ordered::Repeated(new)) => {
            shared.groups.replace(message, *new);
            Ok(())
        }
        _ => Err(Refusal::Stopped),
    })
}

/// The old order with a new text and new wishes.
fn renewed(
    house: &House,
    member: &Member,
    message: MessageId,
    old: Order,
    phone: Phone,
    replace: Replace,
) -> Result<OrderRequest, Refusal> {
    let submit = replace.submit;
    let known = old.reference.as_deref().and_then(Reference::read).unwrap_or_default();
    let text = Coding::Smpp(known.coding).decode(&submit.payload).ok_or(Refusal::Coding)?;
    let (body, signature) = house.unsign(&member.account, &text);
    if body.is_empty() {
        return Err(Refusal::Empty);
    }
    let (class, subtype) = super::reading::class(&member.account, &known.service);
    let id = known.known_as.clone().unwrap_or_else(|| super::ids::smpp(message, 0));
    let reference = Reference { known_as: Some(id), wants: submit.wants, ..known };
    let order = Order {
        reference: Some(reference.write().into()),
        body: Some(Body::Text(Private::new(body))),
        signature: signature.or(old.signature),
        tell: submit.tell,
        at: submit.at.or(old.at),
        key: None,
        pieces: Vec::new(),
        ..old
    };
    let validity = submit.validity;
    Ok(OrderRequest { order, to: Recipient::Phone(phone), key: None, class, subtype, validity, piece: None })
}
