//! Channels, and where somebody is reached on one.

use crate::{Phone, Private};
use std::fmt;

/// A way to reach people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// Short messages.
    Sms = 1,
    /// Rich messages: RCS, 5G messages.
    Rcs = 2,
    /// A notification on the app.
    Push = 3,
    /// A template message of an official account.
    Wechat = 4,
    /// Electronic mail.
    Email = 5,
    /// A call that reads a text aloud.
    Voice = 6,
    /// The institution's own app or system.
    InApp = 7,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] =
        [Self::Sms, Self::Rcs, Self::Push, Self::Wechat, Self::Email, Self::Voice, Self::InApp];

    /// The channel of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| *channel as u8 == code)
    }

    /// The channel of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == word)
    }

    /// The word for it in files, leaves and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Rcs => "rcs",
            Self::Push => "push",
            Self::Wechat => "wechat",
            Self::Email => "email",
            Self::Voice => "voice",
            Self::InApp => "in_app",
        }
    }

    /// Whether people are reached on it by their phone number.
    pub fn by_phone(self) -> bool {
        matches!(self, Self::Sms | Self::Rcs | Self::Voice)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where somebody is reached. Prints without what is personal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contact {
    /// A phone number.
    Phone(Phone),
    /// A token, openid, address or name on another channel.
    Named(Channel, Private),
}

impl Contact {
    /// The phone number, if it is one.
    pub fn phone(&self) -> Option<Phone> {
        match self {
            Self::Phone(phone) => Some(*phone),
            Self::Named(..) => None,
        }
    }

    /// The contact as it may be shown: a masked number, or the channel alone.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Named(channel, _) => channel.name().to_owned(),
        }
    }

    /// What a provider is given, in clear: digits, a token, an address.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.reveal(),
            Self::Named(_, value) => value.reveal(),
        }
    }
}

impl From<Phone> for Contact {
    fn from(phone: Phone) -> Self {
        Self::Phone(phone)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => write!(f, "{phone}"),
            Self::Named(channel, value) => write!(f, "{channel} {value:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_name_one_channel_each() {
        for channel in Channel::ALL {
            assert_eq!(Channel::from_code(channel as u8), Some(channel));
            assert_eq!(Channel::parse(channel.name()), Some(channel));
        }
        assert_eq!((Channel::from_code(0), Channel::parse("smoke")), (None, None));
    }

    #[test]
    fn a_contact_prints_without_what_is_personal() {
        let mail = Contact::Named(Channel::Email, Private::new("li@bank.example"));
        assert_eq!(format!("{mail} {mail:?}"), "email <15 characters> email <15 characters>");
        assert_eq!(mail.reveal(), "li@bank.example");
    }
}
