//! From what clients submit to what the engine is asked, and from its answers back: everything that came in one read goes
//! to the engine as one input, and each answer finds the request that waits for it.
//!
//! A part of a client's own long message is handed on as a piece: it is durable, and answered, by itself, and the engine
//! judges the whole with the last one.

use super::directory::Member;
use super::groups::Groups;
use super::reading::{House, class};
use super::reference::{Reference, Written};
use super::refusal::Refusal;
use super::shared::Shared;
use super::submit::{Kind, Submit, Target, Ticket, Verdict};
use engine::decide::{OrderRequest, Ordered, Recipient};
use engine::entry::{Body, Order, Place, Tell};
use model::{Phone, Private, Span, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wire::cmpp::msg_id::MsgId;

/// How far ahead a message may be scheduled: what is further is a mistake in the date.
const AHEAD_MAX: Span = Span::days(366);

/// What is to be ordered next, and who waits for it.
#[derive(Default)]
pub(super) struct Intake {
    orders: Vec<OrderRequest>,
    asks: Vec<Ask>,
}

/// A request that waits for the engine.
pub(super) struct Ask {
    ticket: Ticket,
    cmpp: bool,
    /// Whether the account is told how its messages end: then a whole that is stopped need not be said twice.
    is_told: bool,
    /// Where each destination stands; none unless it was a submit to many.
    targets: Option<Vec<(Target, Result<(), Refusal>)>>,
}

/// What a request is answered.
pub(super) struct Answer {
    /// What waits for it.
    pub(super) ticket: Ticket,
    /// What became of it.
    pub(super) outcome: Outcome,
}

/// What became of a request.
pub(super) enum Outcome {
    /// Of one message.
    One(Verdict),
    /// Of each destination.
    Many(Vec<(Target, Verdict)>),
}

impl Intake {
    /// Takes a submit up. An error is to be answered at once.
    pub(super) fn add(
        &mut self,
        submit: &Submit,
        member: &Member,
        house: &House,
        groups: &Groups,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        member.counters.submits.fetch_add(submit.to.len() as u64, Ordering::Relaxed);
        if member.standing.rate.take(submit.to.len(), now).is_err() {
            return Err(Refusal::Throttled);
        }
        if submit.at.is_some_and(|at| at > now.after(AHEAD_MAX)) {
            return Err(Refusal::Schedule);
        }
        let account = &member.account;
        let extension = house.extension(account, &submit.source)?;
        let text = submit.coding.decode(&submit.payload).ok_or(Refusal::Coding)?;
        let piece = place(submit);
        let (body, signature) = match &piece {
            None => house.unsign(account, &text),
            Some(piece) => unsigned(submit, piece, member, house, groups, &text),
        };
        if body.is_empty() {
            return Err(Refusal::Empty);
        }
        let body = Private::new(body);
        let (class, subtype) = class(account, &submit.service);
        let request = |phone: Phone, target: &Target, nth: usize| OrderRequest {
            order: Order {
                account: account.id.clone(),
                reference: reference(submit, phone, target, nth),
                body: Some(Body::Text(body.clone())),
                signature: signature.clone(),
                extension: extension.clone(),
                tell: submit.tell,
                at: submit.at,
                plan: None,
                replays: None,
                key: None,
                pieces: Vec::new(),
            },
            to: Recipient::Phone(phone),
            key: None,
            class,
            subtype: subtype.clone(),
            validity: submit.validity,
            piece: piece.clone(),
        };
        self.ask(submit, house, request)
    }

    /// Asks for a message to each destination.
    fn ask(
        &mut self,
        submit: &Submit,
        house: &House,
        request: impl Fn(Phone, &Target, usize) -> OrderRequest,
    ) -> Result<(), Refusal> {
        let ask = |targets| Ask {
            ticket: submit.ticket,
            cmpp: submit.cmpp,
            is_told: submit.tell >= Tell::Failure,
            targets,
        };
        if submit.ticket.kind != Kind::Many {
            let target = submit.to.first().ok_or(Refusal::Destination)?;
            let phone = house.phone(&target.text, target.kind.0)?;
            self.orders.push(request(phone, target, 0));
            self.asks.push(ask(None));
            return Ok(());
        }
        let phones: Vec<_> = submit.to.iter().map(|t| (t, house.phone(&t.text, t.kind.0))).collect();
        // CMPP refuses all for one bad number.
        if submit.cmpp && phones.iter().any(|(_, phone)| phone.is_err()) {
            return Err(Refusal::Destination);
        }
        let mut targets = Vec::with_capacity(phones.len());
        for (nth, (target, phone)) in phones.into_iter().enumerate() {
            if let Ok(phone) = &phone {
                self.orders.push(request(*phone, target, nth));
            }
            targets.push((target.clone(), phone.map(|_| ())));
        }
        self.asks.push(ask(Some(targets)));
        Ok(())
    }

    /// What has been taken up, for the engine.
    pub(super) fn take(&mut self) -> Option<(Vec<OrderRequest>, Vec<Ask>)> {
        if self.asks.is_empty() {
            return None;
        }
        Some((std::mem::take(&mut self.orders), std::mem::take(&mut self.asks)))
    }
}

/// Gives every request its answer, in the order in which they were taken up.
pub(super) fn answers(
    asks: Vec<Ask>,
    ordered: Vec<Ordered>,
    shared: Arc<Shared>,
) -> impl Iterator<Item = Answer> {
    let mut ordered = ordered.into_iter();
    asks.into_iter().map(move |ask| {
        let Ask { ticket, cmpp, is_told, targets } = ask;
        let mut next = || ordered.next().ok_or(Refusal::System);
        let outcome = match targets {
            None => Outcome::One(next().and_then(|ordered| verdict(&ordered, is_told, &shared))),
            Some(targets) => {
                let each = |(nth, (target, asked)): (usize, (Target, Result<(), Refusal>))| {
                    let ordered = asked.and_then(|()| next());
                    if let Ok(Ordered::Piece { piece, .. }) = &ordered {
                        shared.groups.name(*piece, nth_given(ticket.given, cmpp, nth));
                    }
                    (target, ordered.and_then(|ordered| verdict(&ordered, is_told, &shared)))
                };
                Outcome::Many(targets.into_iter().enumerate().map(each).collect())
            }
        };
        Answer { ticket, outcome }
    })
}

fn verdict(ordered: &Ordered, is_told: bool, shared: &Shared) -> Verdict {
    match ordered {
        Ordered::Accepted { message, .. } | Ordered::Repeated(message) => Ok(*message),
        Ordered::Blocked { rule, detail, .. } => Err(Refusal::blocked(rule, Arc::clone(detail))),
        Ordered::Refused(why) => Err(why.into()),
        Ordered::Piece { piece, whole: None } => Ok(*piece),
        Ordered::Piece { piece, whole: Some(whole) } => {
            let whole = verdict(whole, is_told, shared);
            match whole {
                Ok(message) => shared.groups.replace(*piece, message),
                // It is told of every piece, this one among them.
                Err(Refusal::Rule(..) | Refusal::Stopped) if is_told => {}
                Err(why) => return Err(why),
            }
            Ok(*piece)
        }
    }
}

/// A piece without the signature, which stands at the head of the first or at the tail of the last. The engine takes it
/// from the piece that comes last, so it is remembered until then.
fn unsigned<'t>(
    submit: &Submit,
    piece: &Place,
    member: &Member,
    house: &House,
    groups: &Groups,
    text: &'t str,
) -> (&'t str, Option<Arc<str>>) {
    let account = &member.account;
    let to = submit.to.first().map_or("", |target| &*target.text);
    let whole = format!("{} {to} {}", account.id, piece.mark);
    let (body, signature) = match piece.number {
        1 => house.unsign_head(account, text),
        number if number == piece.total => house.unsign_tail(account, text),
        _ => (text, None),
    };
    if let Some(signature) = &signature {
        groups.sign(whole.into(), Arc::clone(signature));
        return (body, Some(Arc::clone(signature)));
    }
    (body, groups.signature(&whole))
}

/// Where a part belongs. Parts of one message have account, protocol, sender, reference and total in common.
fn place(submit: &Submit) -> Option<Place> {
    let part = submit.concat.filter(|part| part.total > 1)?;
    let way = if submit.cmpp { "cmpp" } else { "smpp" };
    let mark = format!("{way};{};{};{}", part.reference, part.total, submit.source);
    Some(Place { mark: mark.into(), number: part.number, total: part.total })
}

/// The id of a destination, where the submit to many got one beforehand.
fn nth_given(given: u64, cmpp: bool, nth: usize) -> u64 {
    match given {
        // CMPP's numbers are at most 99.
        given if given != 0 && cmpp => MsgId(given).nth(nth as u16).0,
        given => given,
    }
}

/// What the receipts will need; `nth` is the destination's place in a submit to many.
fn reference(submit: &Submit, phone: Phone, target: &Target, nth: usize) -> Option<Arc<str>> {
    if submit.tell == Tell::Nothing && submit.coding.octet() == 0 {
        return None;
    }
    let reference = Reference {
        cmpp: submit.cmpp,
        to: Written::of(&target.text, target.kind, phone),
        source: submit.source.clone(),
        source_kind: submit.source_kind,
        service: submit.service.clone(),
        wants: submit.wants,
        coding: submit.coding.octet(),
        given: nth_given(submit.ticket.given, submit.cmpp, nth),
        user: submit.user,
        known_as: None,
    };
    Some(reference.write().into())
}
