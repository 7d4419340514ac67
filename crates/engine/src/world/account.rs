//! Accounts: systems that hand in messages (`accounts/<id>.toml`), what each may do and how it proves who it is; and
//! plans of channels (`plans/<id>.toml`).

use super::{Basis, Course, Disagreement, Journey, Trigger, reference};
use crate::compose::Template;
use model::{AccountId, Channel, Cost, JourneyId, MessageClass, Span, Subtype, TemplateId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A system that hands in messages.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// `account:<id>@1`: under this name its messages are counted and its budget is kept, as a journey's are.
    pub reference: Arc<str>,
    /// Whom its costs are charged to.
    pub department: Arc<str>,
    /// The classes it may send.
    pub classes: Vec<MessageClass>,
    /// What a text of its own is, if it does not say: it answers for it. None: the model says, and where it is not sure the
    /// text is refused.
    pub class: Option<MessageClass>,
    /// The subtype of such a text.
    pub subtype: Option<Subtype>,
    /// What becomes of a text that reads as another class; none: as the institution says.
    pub disagreement: Option<Disagreement>,
    /// What such a text is decided under; none if it may send templates only.
    pub free: Option<Arc<Template>>,
    /// Signatures it may use besides the institution's, without brackets.
    pub signatures: Vec<String>,
    /// Whether it keeps the evidence of consent itself and answers for it.
    pub asserts_consent: bool,
    /// Whether it may write to numbers that no customer is known by.
    pub strangers: bool,
    /// What follows the route's number in the sender; answers to it are the account's.
    pub extension: Option<Arc<str>>,
    /// Messages a second that are taken from it.
    pub tps: Option<u32>,
    /// What its messages are chosen by.
    pub basis: Basis,
    /// What it may spend in all.
    pub budget: Option<Cost>,
    /// How much it gets of a lane that others want too.
    pub weight: u32,
    /// Names under which it knows our templates.
    pub aliases: BTreeMap<Arc<str>, Alias>,
    /// The plan its messages follow, if they name none.
    pub plan: Option<Arc<str>>,
    /// How it proves who it is.
    pub access: Access,
}

impl Account {
    /// Its messages of a class, as the journey that the gate wants to see behind every message.
    pub fn journey(&self, class: MessageClass, subtype: Option<&Subtype>, validity: Option<Span>) -> Journey {
        Journey {
            id: JourneyId::new(reference::name(&self.reference)),
            version: 1,
            reference: Arc::clone(&self.reference),
            class,
            subtype: subtype.cloned(),
            trigger: Trigger::Broadcast { audience: None },
            steps: Vec::new(),
            course: Course::default(),
            general: None,
            basis: self.basis.clone(),
            budget: self.budget,
            validity,
            plan: None,
            over: None,
            extension: None,
        }
    }
}

/// A template under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Which template.
    pub template: TemplateId,
    /// The names of its values where they come as a list.
    pub values: Vec<Arc<str>>,
}

/// How an account proves who it is, by the way it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Over SMPP.
    pub smpp: Option<SmppAccess>,
    /// Over CMPP.
    pub cmpp: Option<CmppAccess>,
    /// Over our own HTTP API: bearer tokens.
    pub tokens: Vec<Secret>,
    /// In the dialect of Alibaba Cloud SMS: access key id and secret.
    pub alibaba: Option<KeyAccess>,
    /// In the dialect of Tencent Cloud SMS: secret id and key; `application` is the SdkAppId.
    pub tencent: Option<KeyAccess>,
    /// In the dialect of Twilio: account sid and auth token.
    pub twilio: Option<KeyAccess>,
    /// From where it may come; nothing named: from anywhere.
    pub allow: Vec<Allow>,
    /// Where it wants to be told what became of its messages.
    pub callback: Option<Callback>,
}

/// A range of addresses, `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allow {
    /// The first address.
    pub network: IpAddr,
    /// How many leading bits count.
    pub bits: u8,
}

impl Allow {
    /// Whether an address is in the range. An IPv4 address that is written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same_bits(network.to_bits().into(), address.to_bits().into(), self.bits, 32)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                same_bits(network.to_bits(), address.to_bits(), self.bits, 128)
            }
            _ => false,
        }
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32` or one address.
    ///
    /// # Errors
    /// What was expected and what came.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("expected an address or a range such as 10.0.0.0/8, found {text:?}");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| expected())?)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| expected())?;
        let all = if network.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        if bits > all {
            return Err(expected());
        }
        Ok(Self { network, bits })
    }
}

fn same_bits(a: u128, b: u128, bits: u8, of: u8) -> bool {
    let shift = u32::from(of.saturating_sub(bits));
    shift >= 128 || (a ^ b) >> shift == 0
}

/// A secret: in clear, `env:NAME` to take it from the environment, or `sha256:<hex>` where only its hash is needed.
/// Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret as it stands in a file.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// As it stands in the file: whoever uses it resolves `env:` and `sha256:`.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Access over SMPP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmppAccess {
    /// The name it binds with.
    pub system_id: String,
    /// Its password.
    pub password: Secret,
    /// How many binds it may hold at once.
    pub binds: u32,
    /// How many of its submits may wait for our answer, on each bind.
    pub window: u32,
    /// How receipts are written.
    pub receipts: ReceiptStyle,
    /// Where it wants to be asked to bind when something waits for it (SMPP 3.4 §2.2.1).
    pub outbind: Option<Outbind>,
}

/// Where an account is asked to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbind {
    /// `host:port`.
    pub address: String,
    /// What we prove ourselves with, at most 8 octets; none: nothing.
    pub password: Option<Secret>,
}

/// How receipts are written into a deliver_sm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStyle {
    /// As text (SMPP 3.4 appendix B).
    Text,
    /// As parameters (SMPP 3.4 §5.3.2.12, §5.3.2.35).
    Tlv,
    /// Both.
    Both,
}

/// Access over CMPP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmppAccess {
    /// The six-digit SP id.
    pub sp_id: String,
    /// The shared secret.
    pub secret: Secret,
    /// The version to speak whatever the client says: 0x20 or 0x30; none: the client's.
    pub version: Option<u8>,
    /// How many connections it may hold at once.
    pub binds: u32,
    /// How many of its submits may wait for our answer, on each connection.
    pub window: u32,
}

/// A pair of id and secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAccess {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// The application under the account, where the dialect has one.
    pub application: Option<String>,
}

/// Where an account is told what became of its messages, and what customers wrote to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Where receipts go.
    pub url: String,
    /// Where replies go, if elsewhere.
    pub reply_url: Option<String>,
    /// In which dialect.
    pub style: CallbackStyle,
    /// What signs them, where the dialect signs.
    pub secret: Option<Secret>,
    /// Private ranges that it may point into all the same.
    pub allow: Vec<Allow>,
    /// A PEM file of certificates that are trusted besides the list that ships.
    pub roots: Option<String>,
}

/// The dialect of callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackStyle {
    /// Ours, signed as Standard Webhooks.
    Standard,
    /// SmsReport and SmsUp.
    Alibaba,
    /// Tencent's status and reply callbacks.
    Tencent,
    /// Twilio's status callbacks.
    Twilio,
}

/// An ordered plan of channels: one after the other, until one has reached the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub id: Arc<str>,
    /// Its legs, in order.
    pub legs: Vec<PlanLeg>,
}

/// One leg of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLeg {
    /// By which channel.
    pub channel: Channel,
    /// How long after submission a receipt is waited for before the next leg; none on the last.
    pub wait: Option<Span>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_their_leading_bits_say() {
        let check = |range: &str, address: &str, expect| {
            let address = address.parse().unwrap();
            assert_eq!(Allow::parse(range).unwrap().contains(address), expect, "{range} {address}");
        };
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/8", "::ffff:10.1.2.3", true);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1", "127.0.0.2", false);
        check("0.0.0.0/0", "8.8.8.8", true);
        check("0.0.0.0/0", "::1", false);
        check("2001:db8::/32", "2001:db8:1::1", true);
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/x"] {
            assert!(Allow::parse(bad).is_err(), "{bad}");
        }
    }
}
