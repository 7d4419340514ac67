//! Switches: what people pause, stop and set going again.

use model::{Channel, MessageClass, RouteId};
use std::fmt;
use std::sync::Arc;

/// What a switch is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything.
    All,
    /// A class.
    Class(MessageClass),
    /// A channel.
    Channel(Channel),
    /// A route.
    Route(RouteId),
    /// A journey or broadcast by its id, or an account as `account:<id>`.
    Journey(Arc<str>),
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SwitchState {
    /// It goes.
    On = 0,
    /// It waits: messages are kept and go on later.
    Paused = 1,
    /// It is stopped: what waits is stopped for good, and nothing new is let pass.
    Killed = 2,
}

impl SwitchState {
    /// The state of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::On, Self::Paused, Self::Killed].into_iter().find(|state| *state as u8 == code)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused => "paused",
            Self::Killed => "killed",
        }
    }
}

impl Scope {
    /// Reads `all`, `class:marketing`, `channel:sms`, `route:main`, `journey:spring` or `account:core`.
    ///
    /// # Errors
    /// What was expected and what came.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected =
            || format!("expected all, class:…, channel:…, route:…, journey:… or account:…, found {text:?}");
        if text == "all" {
            return Ok(Self::All);
        }
        let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(expected)?;
        Ok(match kind {
            "class" => Self::Class(name.parse::<MessageClass>().map_err(|e| e.to_string())?),
            "channel" => Self::Channel(Channel::parse(name).ok_or_else(expected)?),
            "route" => Self::Route(RouteId::new(name)),
            "journey" => Self::Journey(name.into()),
            "account" => Self::Journey(text.into()),
            _ => return Err(expected()),
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Class(class) => write!(f, "class:{class}"),
            Self::Channel(channel) => write!(f, "channel:{channel}"),
            Self::Route(route) => write!(f, "route:{route}"),
            Self::Journey(account) if account.starts_with("account:") => f.write_str(account),
            Self::Journey(journey) => write!(f, "journey:{journey}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_as_they_are_written() {
        for text in ["all", "class:marketing", "channel:rcs", "route:main", "journey:spring", "account:core"]
        {
            assert_eq!(Scope::parse(text).map(|scope| scope.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "class:", "class:nonsense", "channel:smoke", "planet:mars", "route"] {
            assert!(Scope::parse(bad).is_err(), "{bad}");
        }
    }
}
