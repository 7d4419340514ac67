//! That somebody followed a tracked link. No address and no browser of theirs is kept: only who that was, as far as it counts.

use model::{MessageClass, MessageId};
use std::sync::Arc;

/// A tracked link was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clicked {
    /// In which message it stands.
    pub message: MessageId,
    /// The message's class.
    pub class: MessageClass,
    /// Its journey, `id@version`, and behind a `#` the arm of an experiment.
    pub journey: Arc<str>,
    /// The number of the target that it leads to.
    pub target: u16,
    /// Who followed it.
    pub by: Follower,
}

/// Who followed a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Follower {
    /// A person, as far as can be told: this one counts.
    Human,
    /// A person who has followed the same link shortly before.
    Repeat,
    /// A machine that asked for nothing but the head of the answer.
    Head,
    /// A browser that fetched what its user might open next.
    Prefetch,
    /// What shows a preview of the link, or searches the net.
    Preview,
    /// Somebody so quick that no phone can have shown the message to a person.
    Early,
}

impl Follower {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Human, Self::Repeat, Self::Head, Self::Prefetch, Self::Preview, Self::Early];

    /// The word in leaves and figures; those of machines begin with `bot_`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Repeat => "repeat",
            Self::Head => "bot_head",
            Self::Prefetch => "bot_prefetch",
            Self::Preview => "bot_preview",
            Self::Early => "bot_early",
        }
    }

    /// The one of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|follower| follower.name() == name)
    }

    /// Whether that is a machine.
    pub fn is_machine(self) -> bool {
        !matches!(self, Self::Human | Self::Repeat)
    }
}
