//! What a link says of itself to the engine: whether it is up, out of use, and how much of what it sends is taken.

use super::Link;
use engine::state::Health;
use model::{Span, Timestamp};

/// How often a share that has changed is told.
const TOLD_EVERY: Span = Span::seconds(1);
/// A share that has changed by less, in a thousand, is not told.
const TOLD_FROM: u16 = 20;

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Told {
    health: Health,
    at: Option<Timestamp>,
}

impl Link {
    /// How the route stands, if the engine does not know.
    pub(super) fn news(&mut self, now: Timestamp) -> Option<Health> {
        let health = Health {
            down_since: self.down_since,
            suspended_until: self.breaker.until(),
            taken_permille: self.breaker.taken_permille().or(self.told.health.taken_permille),
        };
        let Told { health: before, at } = &self.told;
        let turned =
            (health.down_since, health.suspended_until) != (before.down_since, before.suspended_until);
        let share = |health: &Health| health.taken_permille.unwrap_or(1_000);
        let drifted = share(&health).abs_diff(share(before)) >= TOLD_FROM
            && at.is_none_or(|at| now >= at.after(TOLD_EVERY));
        if !turned && !drifted {
            return None;
        }
        self.told = Told { health: health.clone(), at: Some(now) };
        Some(health)
    }
}
