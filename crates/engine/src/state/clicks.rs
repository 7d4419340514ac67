//! Which tracked links somebody followed lately: as much as tells a repetition from a second look, and keeps a flood out of the
//! ledger. Forgotten with the customer.

use crate::entry::{Clicked, Follower};
use model::{MessageId, Timestamp};
use std::collections::VecDeque;

/// The links of somebody's messages that were followed, those followed last at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clicks(VecDeque<Link>);

/// A link of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    message: MessageId,
    target: u16,
    /// When a person followed it last, as far as that counted.
    counted: Option<Timestamp>,
    /// When anything about it was recorded, oldest first.
    recorded: VecDeque<Timestamp>,
}

/// How often one link is recorded in the time in which a person's second look is a repetition. The more often it is followed,
/// the less there is to learn.
pub(crate) const RECORDED_MAX: usize = 6;
/// Of how many links that is remembered: more than a person gets in that time.
const LINKS_MAX: usize = 16;

impl Clicks {
    /// When a person followed a link last, as far as that counted.
    pub(crate) fn counted(&self, message: MessageId, target: u16) -> Option<Timestamp> {
        self.link(message, target)?.counted
    }

    /// How often a link was recorded since a moment, up to [`RECORDED_MAX`].
    pub(crate) fn recorded_since(&self, message: MessageId, target: u16, since: Timestamp) -> usize {
        let recorded = self.link(message, target).map(|link| &link.recorded);
        recorded.map_or(0, |moments| moments.iter().filter(|at| **at > since).count())
    }

    /// Remembers what was recorded.
    pub(crate) fn note(&mut self, clicked: &Clicked, at: Timestamp) {
        let place = self.0.iter().position(|link| link.is(clicked.message, clicked.target));
        let known = place.and_then(|place| self.0.remove(place));
        let mut link = known.unwrap_or_else(|| Link {
            message: clicked.message,
            target: clicked.target,
            counted: None,
            recorded: VecDeque::new(),
        });
        if clicked.by == Follower::Human {
            link.counted = Some(at);
        }
        link.recorded.push_back(at);
        if link.recorded.len() > RECORDED_MAX {
            link.recorded.pop_front();
        }
        self.0.push_back(link);
        if self.0.len() > LINKS_MAX {
            self.0.pop_front();
        }
    }

    fn link(&self, message: MessageId, target: u16) -> Option<&Link> {
        self.0.iter().find(|link| link.is(message, target))
    }
}

impl Link {
    fn is(&self, message: MessageId, target: u16) -> bool {
        self.message == message && self.target == target
    }
}
