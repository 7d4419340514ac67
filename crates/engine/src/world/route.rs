//! Routes: one account each at one carrier or provider (`routes/<id>.toml`), with all that makes it differ from others.

use model::{Channel, Cost, MessageClass, RouteId, Span, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One account at one carrier or provider.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name.
    pub id: RouteId,
    /// By which channel it reaches people.
    pub channel: Channel,
    /// Classes it may carry.
    pub classes: Vec<MessageClass>,
    /// What one part costs where no dated price applies.
    pub price: Cost,
    /// What one part costs from a moment on, oldest first.
    pub prices: Vec<Price>,
    /// Smaller is tried first.
    pub preference: u32,
    /// Of routes of the same preference, how much of the traffic it gets; 0 if it does not say: then the cheapest is
    /// taken, unless another says.
    pub weight: u32,
    /// Whether a customer stays with it as long as it can carry their messages.
    pub sticky: bool,
    /// Where it delivers to.
    pub serves: Serves,
    /// Signatures that are filed with it; none filed: any may be used.
    pub filed: Vec<Filed>,
    /// Domains of links that are filed with it; none filed: links are not checked.
    pub links: Vec<String>,
    /// Phone numbers in texts that are filed with it; none filed: numbers are not checked.
    pub numbers: Vec<String>,
    /// Who writes the signature into the text.
    pub signature: SignatureMode,
    /// How long messages are marked as belonging together.
    pub concatenation: Concatenation,
    /// The number or word the customer sees.
    pub source: String,
    /// Parts per second by contract; none means as fast as the window allows.
    pub tps: Option<u32>,
    /// Parts a day by contract, on the institution's calendar.
    pub daily_parts: Option<u64>,
    /// Unanswered submits at once, on all its connections together.
    pub window: u32,
    /// How many connections it holds.
    pub binds: u32,
    /// How to reach the carrier.
    pub protocol: Protocol,
    /// How long after the submit a receipt may still come.
    pub receipt_wait: Span,
    /// After so long without a connection, what waits for it goes another way.
    pub failover_after: Span,
    /// After so long a refusal that may pass, or that there is no other way around, is tried again.
    pub retry_after: Span,
    /// In which alphabets the carrier takes and bills a text.
    pub charset: Charset,
    /// What the carrier's codes ask for, where it is not what the protocol says. Codes are written as the carrier
    /// writes them: `0x58`, `8`, `MK:0011`.
    pub errors: BTreeMap<Arc<str>, ErrorPolicy>,
}

/// After so long a route is tried again, if it does not say.
pub(crate) const RETRY_AFTER: Span = Span::seconds(2);

impl Route {
    /// Whether a long text is billed by its parts: text messages are, and whatever else goes over a carrier's own protocol.
    pub fn bills_by_parts(&self) -> bool {
        self.channel == Channel::Sms || !matches!(self.protocol, Protocol::Provider(_))
    }

    /// Whether its carrier can be asked what became of a part.
    pub fn answers_queries(&self) -> bool {
        matches!(&self.protocol, Protocol::Smpp(account) if account.queries)
    }

    /// Whether it matters to it whose number it is.
    pub fn asks_number(&self) -> bool {
        let by_carrier = self.filed.iter().any(|filed| !filed.carriers.is_empty());
        by_carrier || !self.serves.countries.is_empty() || !self.serves.carriers.is_empty()
    }

    /// Whether it matters to it what the text holds.
    pub fn asks_text(&self) -> bool {
        !self.links.is_empty() || !self.numbers.is_empty()
    }

    /// What one part costs at a moment.
    pub fn price_at(&self, now: Timestamp) -> Cost {
        let dated = self.prices.iter().rev().find(|price| price.from <= now);
        dated.map_or(self.price, |price| price.price)
    }
}

/// A price from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// From when.
    pub from: Timestamp,
    /// For one part.
    pub price: Cost,
}

/// Where a route delivers to. Empty lists mean: anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Serves {
    /// Country codes, digits.
    pub countries: Vec<String>,
    /// Carriers, as the numbering table names them.
    pub carriers: Vec<Arc<str>>,
}

/// A signature that is filed with a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The signature, without brackets.
    pub signature: String,
    /// The carriers that have accepted it; none named: all.
    pub carriers: Vec<Arc<str>>,
}

/// What a carrier's code asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorPolicy {
    /// The message has failed.
    Permanent,
    /// It may be offered again after so long.
    RetryAfter(Span),
    /// It goes over another route.
    Reroute,
    /// The carrier is busy: slower, and again.
    Throttle,
    /// The route is out of use for so long; its messages go another way.
    Suspend(Span),
}

/// Who writes the signature 【…】.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureMode {
    /// We put it at the head.
    Head,
    /// We put it at the tail.
    Tail,
    /// The carrier adds it at the head; it is counted in the parts all the same.
    CarrierHead,
    /// The carrier adds it at the tail; it is counted in the parts all the same.
    CarrierTail,
    /// Nobody: the template is not signed.
    None,
}

/// In which alphabets a carrier takes and bills a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// GSM 7-bit where the text allows it, otherwise UCS-2 (3GPP TS 23.038 §4).
    Shortest,
    /// UCS-2 for every text, as carriers of the Chinese mainland do: 70 and 67 characters also of a Latin text.
    Ucs2,
}

/// How the parts of a long message are tied together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concatenation {
    /// User data header, 8-bit reference (3GPP TS 23.040 §9.2.3.24.1).
    Udh,
    /// User data header, 16-bit reference (3GPP TS 23.040 §9.2.3.24.8).
    Udh16,
    /// The SAR parameters of SMPP 3.4 §5.3.2.22–24.
    Sar,
    /// The whole text in the message_payload parameter of SMPP 3.4 §5.3.2.32: the carrier cuts it.
    Payload,
}

/// How to reach a carrier or provider.
#[derive(Debug, Clone)]
pub enum Protocol {
    /// SMPP 3.4 or 5.0.
    Smpp(SmppAccount),
    /// One of the Chinese carriers' protocols.
    Stream(StreamAccount),
    /// A provider over HTTP or SMTP.
    Provider(ProviderAccount),
}

/// How to reach an SMPP carrier.
#[derive(Debug, Clone)]
pub struct SmppAccount {
    /// `host:port`.
    pub address: String,
    /// The account.
    pub system_id: String,
    /// Its password: in clear, or `env:NAME` to take it from the environment.
    pub password: String,
    /// SMPP system_type.
    pub system_type: String,
    /// transceiver, transmitter or receiver.
    pub bind: Bind,
    /// 0x34 or 0x50.
    pub version: u8,
    /// Whether it answers query_sm (§4.8): then what has no receipt in time is asked about before it is given up.
    pub queries: bool,
    /// How it writes the ids of messages in its answers and in its receipts.
    pub ids: IdNotation,
    /// Whether the connection is encrypted, and against which certificate authority: a PEM file, or `system`.
    pub tls: Option<String>,
    /// How long to wait for an answer.
    pub response_timeout: Span,
    /// How long the line may be silent before we ask whether it lives.
    pub enquire_after: Span,
}

/// How a carrier writes the id of a message in its answers and in its receipts. What is no number is taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdNotation {
    /// The same text in both.
    Same,
    /// Decimal in both, with leading zeros in one of them.
    Decimal,
    /// Hexadecimal in both, in other letters or with leading zeros in one of them.
    Hex,
    /// Hexadecimal in the answer, decimal in the receipt.
    HexThenDecimal,
    /// Decimal in the answer, hexadecimal in the receipt.
    DecimalThenHex,
}

/// In which directions a bind carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    /// Both.
    Transceiver,
    /// To customers.
    Transmitter,
    /// From customers.
    Receiver,
}

/// How to reach a carrier over CMPP, SMGP or SGIP.
#[derive(Debug, Clone)]
pub struct StreamAccount {
    /// Which protocol.
    pub protocol: StreamProtocol,
    /// `host:port`.
    pub address: String,
    /// The account: SP id, client id, login name.
    pub user: String,
    /// The shared secret: in clear, or `env:NAME`.
    pub password: String,
    /// The carrier's service code; mostly empty.
    pub service: String,
    /// The corporation's code: CMPP Msg_src, SGIP CorpId; the user's where the carrier uses one for both.
    pub corporation: String,
    /// SGIP: the node number; 0 for the others.
    pub node: u32,
    /// SGIP: where the gateway connects to for receipts and replies, `host:port`.
    pub listen: Option<String>,
    /// How long to wait for an answer.
    pub response_timeout: Span,
    /// How long the line may be silent before we ask whether it lives.
    pub enquire_after: Span,
}

/// A protocol of the Chinese carriers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamProtocol {
    /// China Mobile, version 2.0.
    Cmpp20,
    /// China Mobile, version 3.0.
    Cmpp30,
    /// China Telecom, version 3.0.3.
    Smgp30,
    /// China Unicom, version 1.2.
    Sgip12,
}

/// An account at a provider that is no stream of protocol units. What the settings mean is its kind's business; they
/// are checked when the route is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAccount {
    /// Which kind, e.g. `alibaba`, `fcm`, `smtp`, `generic`.
    pub kind: String,
    /// Its settings. Secrets may be `env:NAME`.
    pub settings: BTreeMap<String, String>,
}
