//! What waits although it has been stopped for good: one message after the other is blocked, and its money given back.
//! Also what the carrier has in part: nothing leaves after a stop, and half a message is paid for.

use super::hold::revoked;
use super::rules::switch;
use crate::entry::{Entry, Scope, SwitchState};
use crate::state::{Message, State};
use crate::world::World;
use model::{Channel, Timestamp};

/// The entry that stops the next message which waits for a carrier although a switch stops it; none if there is none.
pub(crate) fn switched_off(world: &World, state: &State, now: Timestamp) -> Option<Entry> {
    if !state.switches.values().any(|switch| *switch == SwitchState::Killed) {
        return None;
    }
    for (route, lanes) in state.queues.iter() {
        let channel = world.routes.get(route).map_or(Channel::Sms, |route| route.channel);
        for (flow, messages) in lanes.iter().flatten() {
            let found = switch::off(&state.switches, flow.class, channel, Some(route), &flow.journey);
            let Some((scope, SwitchState::Killed)) = found else { continue };
            if let Some(message) = messages.iter().find_map(|id| state.messages.get(id)) {
                return Some(stop(world, message, &scope, now));
            }
        }
    }
    None
}

fn stop(world: &World, message: &Message, scope: &Scope, now: Timestamp) -> Entry {
    let fact = revoked(world, message, switch::RULE.code, format!("{scope} is stopped"));
    Entry { at: now, subject: message.subject, fact }
}
