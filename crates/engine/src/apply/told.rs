//! What accounts have to be told: a notice in the outbox of the account that ordered the message.

use crate::entry::{Blocked, Notice, NoticeKind, Outcome, ReceiptState, Tell, Told};
use crate::state::State;
use model::{MessageId, Subject, Timestamp};
use std::sync::Arc;

/// Notes what an account wanted to be told, if it wanted that much.
pub(super) fn tell(
    state: &mut State,
    at: Timestamp,
    id: MessageId,
    wanted: Tell,
    kind: impl FnOnce(Told) -> NoticeKind,
) {
    let Some(message) = state.messages.get(&id) else { return };
    let Some(order) = message.order.as_deref().filter(|order| order.tell >= wanted) else { return };
    let sending = message.sending.as_ref();
    // What is still held has no address of its own: it is meant for the customer's number.
    let phone = state.customers.get(&message.subject).and_then(|customer| customer.profile.phone);
    let told = Told {
        message: id,
        reference: order.reference.clone(),
        to: sending.and_then(|s| s.to.phone()).or(phone),
        extension: order.extension.clone(),
        parts: sending.map_or(0, |s| s.parts.len() as u8),
        accepted: message.since,
        pieces: order.pieces.clone(),
    };
    let notice = Notice { at, kind: kind(told), dead: false };
    state.outboxes.add(&order.account, state.position, message.subject, notice);
}

pub(super) fn tell_end(
    state: &mut State,
    at: Timestamp,
    id: MessageId,
    outcome: Option<Outcome>,
    reported: Option<ReceiptState>,
    error: Option<Arc<str>>,
) {
    let wanted = if outcome == Some(Outcome::Delivered) { Tell::End } else { Tell::Failure };
    tell(state, at, id, wanted, |told| NoticeKind::Ended {
        told: Box::new(told),
        outcome,
        state: reported,
        error,
    });
}

/// Tells of a message that came in pieces and was stopped when it was whole; its pieces are forgotten.
pub(super) fn tell_of_pieces(
    state: &mut State,
    subject: Subject,
    at: Timestamp,
    blocked: &Blocked,
    rule: Option<Arc<str>>,
) {
    let order = blocked.matter.order.as_deref().filter(|order| !order.pieces.is_empty());
    let Some(order) = order else { return };
    let Some(customer) = state.customers.get_mut(&subject) else { return };
    customer.forget_pieces(&order.pieces);
    if order.tell < Tell::Failure {
        return;
    }
    let told = Told {
        message: blocked.matter.message,
        reference: order.reference.clone(),
        to: customer.profile.phone,
        extension: order.extension.clone(),
        parts: 0,
        accepted: at,
        pieces: order.pieces.clone(),
    };
    let kind = NoticeKind::Ended { told: Box::new(told), outcome: None, state: None, error: rule };
    state.outboxes.add(&order.account, state.position, subject, Notice { at, kind, dead: false });
}
