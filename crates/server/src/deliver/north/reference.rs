//! What must come back with a receipt and the engine does not keep: how the account wrote the numbers, which ids it was
//! given. It travels as `Order.reference`, a short text in the sealed part of the ledger, so that
//! receipts look the same after a restart.
//!
//! The text is `way;key=value;…` with what is usual left away; `;` and `%` in values are written `%3b` and `%25`. What
//! another way wrote reads as `None`, and a receipt is then written with what the engine knows.

use model::Phone;
use std::fmt::Write;

/// A number as the account wrote it: its type and plan, and what differs from the full digits.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Written {
    /// Type of number and numbering plan; 0 where the protocol has none.
    pub(super) kind: (u8, u8),
    /// What stands before the digits that are the number's own.
    pub(super) prefix: String,
    /// How many of the number's last digits follow.
    pub(super) digits: usize,
}

/// What comes back with a receipt.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Reference {
    /// Over CMPP; else over SMPP.
    pub(super) cmpp: bool,
    /// The destination.
    pub(super) to: Written,
    /// The sender as the account wrote it, with type and plan.
    pub(super) source: String,
    /// Type and plan of the sender.
    pub(super) source_kind: (u8, u8),
    /// The service.
    pub(super) service: String,
    /// registered_delivery, where it says more than the wish to be told.
    pub(super) wants: u8,
    /// data_coding, for a text that replaces this one.
    pub(super) coding: u8,
    /// The id it was given beforehand; 0 if it follows from the message's own.
    pub(super) given: u64,
    /// user_message_reference.
    pub(super) user: Option<u16>,
    /// The id it had before it was replaced.
    pub(super) known_as: Option<String>,
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.cmpp { "Reference(cmpp)" } else { "Reference(smpp)" })
    }
}

impl Written {
    /// How `text` writes `phone`.
    pub(super) fn of(text: &str, kind: (u8, u8), phone: Phone) -> Self {
        let same = text.bytes().rev().zip(phone.reveal().bytes().rev()).take_while(|(a, b)| a == b).count();
        // What is the same at the end is ASCII digits.
        Self { kind, prefix: text[..text.len() - same].to_owned(), digits: same }
    }

    /// The number as it was written.
    pub(super) fn text(&self, phone: Phone) -> String {
        let full = phone.reveal();
        let own = full.get(full.len().saturating_sub(self.digits)..).unwrap_or(full);
        format!("{}{own}", self.prefix)
    }
}

impl Reference {
    /// As a text.
    pub(super) fn write(&self) -> String {
        let mut text = String::with_capacity(64);
        text.push_str(if self.cmpp { "cmpp" } else { "smpp" });
        let Written { kind, prefix, digits } = &self.to;
        let mut say = |key: &str, value: &dyn std::fmt::Display| {
            // Writing into a text does not fail.
            let _ = write!(text, ";{key}={value}");
        };
        say("d", &format_args!("{}.{}.{digits}.{}", kind.0, kind.1, escape(prefix)));
        if !self.source.is_empty() {
            let (ton, npi) = self.source_kind;
            say("s", &format_args!("{ton}.{npi}.{}", escape(&self.source)));
        }
        if !self.service.is_empty() {
            say("t", &escape(&self.service));
        }
        if self.wants != 0 {
            say("w", &self.wants);
        }
        if self.coding != 0 {
            say("c", &self.coding);
        }
        if self.given != 0 {
            say("g", &format_args!("{:x}", self.given));
        }
        if let Some(user) = self.user {
            say("u", &user);
        }
        if let Some(id) = &self.known_as {
            say("k", &escape(id));
        }
        text
    }

    /// Reads what `write` wrote; `None` for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut fields = text.split(';');
        let cmpp = match fields.next()? {
            "cmpp" => true,
            "smpp" => false,
            _ => return None,
        };
        let mut reference = Self { cmpp, ..Self::default() };
        for field in fields {
            let (key, value) = field.split_once('=')?;
            match key {
                "d" => {
                    let mut parts = value.splitn(4, '.');
                    let mut next = || parts.next();
                    let kind = (next()?.parse().ok()?, next()?.parse().ok()?);
                    let digits = next()?.parse().ok()?;
                    reference.to = Written { kind, digits, prefix: plain(next()?) };
                }
                "s" => {
                    let mut parts = value.splitn(3, '.');
                    let mut next = || parts.next();
                    reference.source_kind = (next()?.parse().ok()?, next()?.parse().ok()?);
                    reference.source = plain(next()?);
                }
                "t" => reference.service = plain(value),
                "w" => reference.wants = value.parse().ok()?,
                "c" => reference.coding = value.parse().ok()?,
                "g" => reference.given = u64::from_str_radix(value, 16).ok()?,
                "u" => reference.user = Some(value.parse().ok()?),
                "k" => reference.known_as = Some(plain(value)),
                // A newer version says more.
                _ => {}
            }
        }
        Some(reference)
    }
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace(';', "%3b")
}

fn plain(text: &str) -> String {
    text.replace("%3b", ";").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back() {
        let phone = Phone::parse("13800001234", "86").unwrap();
        let full = Reference {
            cmpp: true,
            to: Written::of("+8613800001234", (1, 1), phone),
            source: "10690;%3b".to_owned(),
            source_kind: (2, 1),
            service: "a=b;%".to_owned(),
            wants: 17,
            coding: 8,
            given: 0xfeed,
            user: Some(7),
            known_as: Some("12".to_owned()),
        };
        for reference in [full, Reference::default()] {
            let text = reference.write();
            assert_eq!(Reference::read(&text).as_ref(), Some(&reference), "{text}");
        }
        for other in ["", "http;x", "smpp;d=1", "smpp;d=1.1.x.", "smpp;g=zz", "order-7"] {
            assert_eq!(Reference::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_number_comes_back_as_it_was_written() {
        let phone = Phone::parse("13800001234", "86").unwrap();
        for text in ["13800001234", "8613800001234", "+8613800001234", "008613800001234", "013800001234"] {
            let written = Written::of(text, (0, 0), phone);
            assert_eq!(written.text(phone), text);
            assert!(!format!("{:?}", Reference { to: written, ..Default::default() }).contains("1380"));
        }
        assert_eq!(Written::of("é4", (0, 0), phone).text(phone), "é4");
    }
}
