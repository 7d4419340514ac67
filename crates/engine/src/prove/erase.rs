//! Erasure: what must be said before a customer's key is destroyed.
//!
//! Everything of theirs that is still under way is ended by entries of its own, so that budgets and totals close.
//! Accounts may hand in again what they ordered for them, because no answer came; so the digests of those orders' keys
//! are kept under the institution's key, which name nobody. Then one entry records the erasure. The caller destroys
//! the key after these entries are durable.

use crate::decide::{Finding, Verdict, rules, stopped};
use crate::deliver;
use crate::entry::{Entry, Fact, Outcome};
use crate::state::{Message, Phase, State};
use crate::world::World;
use model::{Subject, Timestamp};
use proof::entry::NAME_BYTES_MAX;
use std::sync::Arc;

/// The entries that erase a customer on a ground such as `PIPL art. 47`. The ground stands in the leaf; of one that is
/// longer than a leaf's field the beginning is kept, so that no wording can keep an erasure from being recorded.
pub(crate) fn erase(
    world: &World,
    state: &State,
    subject: Subject,
    basis: &str,
    now: Timestamp,
) -> Vec<Entry> {
    let mut open: Vec<&Message> =
        state.messages.values().map(|m| &**m).filter(|m| m.subject == subject).collect();
    open.sort_by_key(|m| m.id);
    let entry = |fact| Entry { at: now, subject, fact };
    let mut entries: Vec<Entry> = open.into_iter().map(|message| entry(close(world, message))).collect();
    let keys: Vec<u128> = state
        .customers
        .get(&subject)
        .into_iter()
        .flat_map(|customer| customer.orders.keys().copied())
        .collect();
    if !keys.is_empty() {
        let fact = Fact::OrdersSpent { keys };
        entries.push(Entry { at: now, subject: Subject::INSTITUTION, fact });
    }
    let (basis, _) = basis.split_at(basis.floor_char_boundary(NAME_BYTES_MAX));
    entries.push(entry(Fact::CustomerErased { basis: Arc::from(basis) }));
    entries
}

fn close(world: &World, message: &Message) -> Fact {
    match message.phase {
        Phase::Held | Phase::Ready => {
            let finding = Finding {
                rule: rules::ERASED,
                revision: 0,
                verdict: Verdict::Block,
                detail: "the customer was erased".into(),
            };
            stopped(world, message, finding)
        }
        Phase::Claimed | Phase::Submitted | Phase::Uncertain => {
            Fact::MessageEnded { message: message.id, ending: deliver::ending(message, Outcome::Erased) }
        }
    }
}
