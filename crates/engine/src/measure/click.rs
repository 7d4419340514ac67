//! Tracked links: who followed one, and what of that is recorded.
//!
//! A person counts once; whoever follows the same link of the same message again soon repeats, machines are told by what they
//! say of themselves or by their haste, and a link that is followed again and again is not recorded for ever. What tells them
//! is data (`clicks.toml`). [`machine`] is asked by the server, which alone sees the request and keeps nothing of it; the rest is
//! the engine's. An erased customer's links lead on, and nothing is recorded.

use crate::entry::{Clicked, Entry, Event, Fact, Follower};
use crate::state::{Clicks, Customer, RECORDED_MAX, State};
use crate::world::{ClickFilter, World, reference};
use model::{Fields, MessageClass, MessageId, Subject, Timestamp, Value};
use std::sync::Arc;

/// Somebody followed a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    /// In which message, with the number of the target.
    pub message: MessageId,
    /// The number of the target.
    pub target: u16,
    /// Whose message it is.
    pub subject: Subject,
    /// The message's class.
    pub class: MessageClass,
    /// Its journey, as its first entry names it.
    pub journey: Arc<str>,
    /// The machine that it was, by what it said of itself.
    pub machine: Option<Follower>,
}

/// The type of the event by which journeys hear of it; the owner of a link that is not ours may report it too.
pub(crate) const CLICKED: &str = "link_clicked";
/// The field of that event that names the message.
pub(crate) const MESSAGE: &str = "message";
/// The field that names the message's journey, without its version.
const JOURNEY: &str = "journey";
/// The field that names the target.
const LINK: &str = "link";

/// Which machine a request comes from, by what it says of itself; none if from a person, as far as that can be told. `header` gives
/// the value of a field by its name in lower case.
pub fn machine<'h>(
    filter: &ClickFilter,
    is_head: bool,
    header: impl Fn(&str) -> Option<&'h str>,
) -> Option<Follower> {
    if is_head {
        return Some(Follower::Head);
    }
    let says = |name: &str, part: &str| header(name).is_some_and(|value| value.to_lowercase().contains(part));
    if filter.headers.iter().any(|(name, part)| says(name, part)) {
        return Some(Follower::Prefetch);
    }
    // Every browser says what it is.
    let is_preview = header(AGENT).is_none() || filter.agents.iter().any(|part| says(AGENT, part));
    is_preview.then_some(Follower::Preview)
}

const AGENT: &str = "user-agent";

/// What is recorded of a click; nothing of somebody who is not known any more, or of a link that has been recorded often enough.
pub(crate) fn on_click(world: &World, state: &State, click: &Click, now: Timestamp) -> Option<Entry> {
    let Click { message, target, subject, class, .. } = *click;
    let customer = state.customers.get(&subject)?;
    let filter = &world.clicks;
    let since = now.before(filter.repeat);
    let clicks = customer.clicks.as_deref();
    let recorded = clicks.map_or(0, |clicks| clicks.recorded_since(message, target, since));
    if recorded >= RECORDED_MAX {
        return None;
    }
    let counted = clicks.and_then(|clicks| Clicks::counted(clicks, message, target));
    let by = match click.machine {
        Some(machine) => machine,
        None if is_early(customer, message, filter, now) => Follower::Early,
        None if counted.is_some_and(|at| at > since) => Follower::Repeat,
        None => Follower::Human,
    };
    let journey = Arc::clone(&click.journey);
    let fact = Fact::LinkClicked(Clicked { message, class, journey, target, by });
    Some(Entry { at: now, subject, fact })
}

/// Whether a message was let pass so short a time ago that nobody can have read it.
fn is_early(customer: &Customer, message: MessageId, filter: &ClickFilter, now: Timestamp) -> bool {
    let passed = customer.contacts.iter().find(|contact| contact.message == message);
    passed.is_some_and(|contact| now < contact.at.after(filter.early))
}

/// What journeys hear of a person's click; nothing of the others.
pub(crate) fn event(world: &World, clicked: &Clicked, at: Timestamp) -> Option<Arc<Event>> {
    if clicked.by != Follower::Human {
        return None;
    }
    let target = world.targets.numbered(clicked.target)?;
    let message = i64::try_from(clicked.message.0).ok()?;
    let fields: Fields = [
        (LINK.into(), Value::Text(Arc::clone(&target.id))),
        (JOURNEY.into(), Value::Text(reference::name(&clicked.journey).into())),
        (MESSAGE.into(), Value::Int(message)),
    ]
    .into();
    let id = format!("{CLICKED}/{}/{}/{}", clicked.message, clicked.target, at.0).into();
    Some(Arc::new(Event { id, kind: CLICKED.into(), at, fields }))
}

/// Whether an event is a click in a message of another journey.
pub(crate) fn is_of_another(event: &Event, journey: &str) -> bool {
    let own = event.fields.get(JOURNEY).filter(|_| *event.kind == *CLICKED);
    matches!(own, Some(Value::Text(own)) if **own != *journey)
}

/// The message that an event names, if it is a click in one of ours.
pub(crate) fn message_of(event: &Event) -> Option<MessageId> {
    match event.fields.get(MESSAGE).filter(|_| *event.kind == *CLICKED) {
        Some(Value::Int(message)) => u64::try_from(*message).ok().map(MessageId),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Span;

    #[test]
    fn machines_are_told_by_what_they_say_of_themselves() {
        let filter = ClickFilter {
            repeat: Span::seconds(60),
            early: Span(0),
            agents: vec!["preview/".into(), "+http".into()],
            headers: vec![("sec-purpose".into(), "prefetch".into())],
        };
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CUBOT";
        for (is_head, headers, expect) in [
            (false, vec![("user-agent", phone)], None),
            (true, vec![("user-agent", phone)], Some(Follower::Head)),
            (
                false,
                vec![("user-agent", phone), ("sec-purpose", "Prefetch;prerender")],
                Some(Follower::Prefetch),
            ),
            (false, vec![("user-agent", phone), ("sec-purpose", "other")], None),
            (false, vec![("user-agent", "LinkPreview/1.0")], Some(Follower::Preview)),
            (false, vec![("user-agent", "x (+HTTPS://bot.example)")], Some(Follower::Preview)),
            (false, vec![], Some(Follower::Preview)),
        ] {
            let header = |name: &str| headers.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
            assert_eq!(machine(&filter, is_head, header), expect, "{headers:?}");
        }
    }
}
