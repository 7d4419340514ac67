//! Texts that a person should look at before they are sent: how long they are held, and what an approval is worth.
//!
//! The rules `words` and `declared-class` ask for it, where `institution.toml` says `unreviewed = "review"`. An approval is of one text, by
//! its hash: whatever the gate makes of the message later, another text asks again. Nobody's silence is an approval: when
//! the time is over, the message is blocked.

use super::hold::Cursored;
use super::rules::{self, RuleCode};
use super::{Candidate, Cursors, Judgement, gate};
use crate::state::{Message, State};
use crate::world::World;
use model::{Private, Span, Timestamp};
use proof::Hash;

/// Whether a rule may ask for somebody to look.
pub(crate) fn may_ask(rule: RuleCode) -> bool {
    rule == rules::words::RULE.code || rule == rules::declared_class::RULE.code
}

/// The hash that an approval names. Of the text alone: it is compared here and shown to whoever looks at the text.
pub(crate) fn hash_of(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

/// What a text that somebody should look at comes to: it passes if they have, and is held while there is time.
pub(super) fn wanted(candidate: &Candidate<'_>, text: &str, why: &str) -> Judgement {
    let known = candidate.messages.get(&candidate.message).and_then(|message| message.review.as_ref());
    if let Some((by, of)) = known.and_then(|review| review.approved.as_ref())
        && *of == hash_of(text)
    {
        return Judgement::pass(format!("looked at by {by}: {why}"));
    }
    let wait = candidate.policy().review;
    let since = known.map_or(candidate.now, |review| review.since);
    let until = over(since, wait, candidate.expires);
    if candidate.now >= until {
        return Judgement::block(format!("nobody has approved it in time: {why}"));
    }
    Judgement::hold(until, why.to_owned())
}

/// When the time for looking is over: before the message is worth nothing.
fn over(since: Timestamp, wait: Span, expires: Timestamp) -> Timestamp {
    since.after(wait).min(expires.before(LAST))
}

/// The last moment at which a message is still worth sending.
const LAST: Span = Span::millis(1);

/// The text that the gate would make of a held message now; the words say why there is none.
pub(crate) fn text_of(
    world: &World,
    state: &State,
    cursors: &mut Cursors,
    message: &Message,
    now: Timestamp,
) -> Result<Private, String> {
    let found = Cursored::of(world, state, cursors, message).map_err(|(_, why)| why)?;
    found.with(state, message, now, gate::text)
}
