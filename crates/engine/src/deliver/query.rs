//! Questions to carriers: a part that was taken under a name, and of which no receipt has come in its time, is asked about
//! once before it is given up.
//!
//! The question is an entry, so that it is asked once over all restarts, and so that the ledger shows that somebody
//! asked. The answer is a report like any other. Carriers that answer no questions are not asked: a route says whether its
//! carrier does. What has no name (its submit was never answered) cannot be asked about.

use crate::engine::Action;
use crate::entry::{Entry, Fact};
use crate::state::{Message, Part, State};
use crate::world::World;
use model::{RemoteId, Span, Timestamp};

/// How long the carrier's answers are waited for: a few of a session's own waits, because questions queue.
const ASK_WAIT: Span = Span::seconds(60);

/// The entry that says that the carrier is asked; none if there is nothing to ask, or nobody.
pub(crate) fn ask(world: &World, message: &Message, now: Timestamp) -> Option<Entry> {
    let sending = message.sending.as_ref().filter(|sending| !sending.asked)?;
    let route = world.routes.get(&sending.route).filter(|route| route.answers_queries())?;
    let parts = u8::try_from(open(&sending.parts).count()).ok().filter(|parts| *parts > 0)?;
    let (message_id, until) = (message.id, now.after(ASK_WAIT));
    let fact = Fact::CarrierAsked { message: message_id, route: route.id.clone(), parts, until };
    Some(Entry { at: now, subject: message.subject, fact })
}

/// The questions that such an entry asks.
pub(crate) fn questions(state: &State, fact: &Fact) -> Vec<Action> {
    let Fact::CarrierAsked { message, route, until, .. } = fact else { return Vec::new() };
    let Some(message) = state.messages.get(message) else { return Vec::new() };
    let parts = message.sending.as_ref().map_or(&[][..], |sending| &sending.parts);
    let extension = message.extension();
    let question = |remote: &RemoteId| Action::Query {
        route: route.clone(),
        remote: remote.clone(),
        extension: extension.cloned(),
        until: *until,
    };
    open(parts).map(question).collect()
}

/// The carrier's ids of the parts whose end is not known.
fn open(parts: &[Part]) -> impl Iterator<Item = &RemoteId> {
    parts.iter().filter_map(|part| match part {
        Part::Submitted(remote) => Some(remote),
        _ => None,
    })
}
