//! What a link needs of a carrier's protocol, one adapter per file: a part goes in as the protocol's submit, the
//! protocol's events come out in words that all protocols share.
//!
//! An adapter translates and nothing else: whether something is sent, again or elsewhere, is the link's and the engine's
//! to decide. Only [`super::Link`] calls it.

/// What every adapter hands on to its session as it is.
macro_rules! plain {
    () => {
        fn dial_at(&self) -> Option<Timestamp> {
            self.session.dial_at()
        }

        fn connected(&mut self, now: Timestamp) {
            self.session.connected(now);
        }

        fn disconnected(&mut self, now: Timestamp, lost: Lost) {
            self.session.disconnected(now, lost.why());
        }

        fn receive(&mut self, bytes: &[u8], now: Timestamp) {
            self.session.receive(bytes, now);
        }

        fn tick(&mut self, now: Timestamp) {
            self.session.tick(now);
        }

        fn deadline(&self) -> Option<Timestamp> {
            self.session.deadline()
        }

        fn output(&mut self) -> &mut Vec<u8> {
            self.session.output()
        }

        fn window_free(&self) -> usize {
            self.session.window_free()
        }

        fn waiting(&self) -> usize {
            self.session.waiting()
        }

        fn unbind(&mut self, now: Timestamp) {
            self.session.unbind(now);
        }
    };
}
use plain;

mod content;
pub(crate) mod smpp;
pub(crate) mod cmpp;
pub(crate) mod smgp;
pub(crate) mod sgip;

use engine::entry::ReceiptState;
use engine::world::Concatenation;
use model::Timestamp;
use std::fmt;
use text::Encoding;
use wire::msg_fmt::MsgFmt;
use wire::smpp::coding;
use wire::smpp::receipt::State;
use wire::{Class, Concat};

/// Why a link ended or an answer did not come; a refused login with the protocol's code.
pub type Why = wire::Why<u32>;

/// How a connection ended that did not end by the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It could not be made.
    DialFailed,
    /// It broke.
    Broken,
}

impl Lost {
    fn why<S>(self) -> wire::Why<S> {
        match self {
            Self::DialFailed => wire::Why::DialFailed,
            Self::Broken => wire::Why::ConnectionLost,
        }
    }
}

/// One part, as the gate let it pass. Prints no number and no text.
pub(crate) struct Part<'a> {
    /// The number or word that the customer sees.
    pub(crate) source: &'a str,
    /// The customer's number: digits with the country code, no plus.
    pub(crate) to: &'a str,
    /// What this part says.
    pub(crate) text: &'a str,
    /// What the whole message was counted in.
    pub(crate) encoding: Encoding,
    /// Where it belongs.
    pub(crate) place: Concat,
    /// How parts are tied together.
    pub(crate) how: Concatenation,
    /// Until when it is worth delivering.
    pub(crate) expires: Timestamp,
}

/// A part that the protocol cannot carry as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotSendable;

/// One side of one connection to a carrier, over and over again.
pub(crate) trait Protocol: fmt::Debug + Send {
    fn dial_at(&self) -> Option<Timestamp>;
    fn connected(&mut self, now: Timestamp);
    fn disconnected(&mut self, now: Timestamp, lost: Lost);
    fn receive(&mut self, bytes: &[u8], now: Timestamp);
    fn tick(&mut self, now: Timestamp);
    fn deadline(&self) -> Option<Timestamp>;
    fn output(&mut self) -> &mut Vec<u8>;
    fn event(&mut self) -> Option<Event>;
    /// Sends one part; `ticket` comes back with what becomes of it. The window was asked before.
    fn submit(&mut self, ticket: u64, part: &Part<'_>, now: Timestamp) -> Result<(), NotSendable>;
    fn acknowledge(&mut self, delivery: Ref, now: Timestamp);
    fn window_free(&self) -> usize;
    fn waiting(&self) -> usize;
    /// Whether parts can be handed over.
    fn is_open(&self) -> bool;
    fn unbind(&mut self, now: Timestamp);
    /// Asks what became of a part that the carrier took. False: it cannot be asked here and now.
    fn query(&mut self, _ticket: u64, _remote: &str, _source: &str, _now: Timestamp) -> bool {
        false
    }
}

/// Something that a session tells.
#[derive(Debug)]
pub(crate) enum Event {
    /// The login was accepted.
    Bound {
        /// Who the carrier says it is.
        peer: String,
    },
    /// The login was refused.
    BindRefused(Refusal),
    /// The carrier took a part.
    Submitted {
        ticket: u64,
        /// The carrier's id; empty if it gave none.
        remote: String,
    },
    /// The carrier did not take a part.
    Refused { ticket: u64, refusal: Refusal },
    /// No answer came.
    Unanswered {
        ticket: u64,
        /// Whether the carrier was there and silent.
        timed_out: bool,
    },
    /// An answer to what had been told as `Unanswered`; a refusal if there is one.
    LateAnswer { ticket: u64, refusal: Option<Refusal>, remote: String },
    /// A receipt or a message.
    Delivered { delivery: Ref, from: Party, to: Party, content: Content },
    /// The answer to a query.
    Queried { ticket: u64, state: ReceiptState, error: Option<String> },
    /// A query that was refused or not answered.
    QueryFailed { ticket: u64 },
    /// The connection is over.
    Closed { why: Why, retry_at: Option<Timestamp> },
    /// The carrier broke the protocol.
    Protocol(String),
}

/// What a carrier refused something with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The protocol's code.
    pub(crate) code: u32,
    /// What it asks for by the protocol's own table.
    pub(crate) class: Class,
    /// What the specification says it means.
    pub(crate) meaning: String,
}

/// Somebody's address. Prints no digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Party {
    /// As the carrier wrote it.
    pub(crate) digits: String,
    /// Whether the carrier says that it starts with a country code.
    pub(crate) international: bool,
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Party({} octets)", self.digits.len())
    }
}

/// What a carrier delivers.
pub(crate) enum Content {
    /// What became of a part.
    Receipt { remote: String, state: ReceiptState, error: Option<String> },
    /// A receipt that names no message.
    UnreadableReceipt,
    /// Somebody wrote, or this is a part of it.
    Message { text: Option<String>, payload: Vec<u8>, coding: Coding, place: Option<Concat> },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipt { state, error, .. } => write!(f, "Receipt({state:?}, {error:?})"),
            Self::UnreadableReceipt => f.write_str("UnreadableReceipt"),
            Self::Message { payload, place, .. } => write!(f, "Message({} octets, {place:?})", payload.len()),
        }
    }
}

/// How octets are read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// One of SMPP's alphabets.
    Smpp(coding::Alphabet),
    /// One of the Chinese protocols'.
    Fmt(MsgFmt),
}

impl Coding {
    /// The text; none if it is not text.
    pub(crate) fn decode(self, payload: &[u8]) -> Option<String> {
        match self {
            Self::Smpp(alphabet) => coding::decode(alphabet, payload),
            Self::Fmt(format) => format.decode(payload),
        }
    }
}

/// To answer a delivery with; of no use to another connection.
#[derive(Debug)]
pub(crate) enum Ref {
    Smpp(wire::smpp::session::DeliveryRef),
    Cmpp(wire::cmpp::session::DeliveryRef),
    Smgp(wire::smgp::session::DeliveryRef),
    Sgip(wire::sgip::session::DeliveryRef),
}

/// The same reason with a plain code.
fn why<S>(why: wire::Why<S>, code: impl FnOnce(S) -> u32) -> Why {
    match why {
        wire::Why::DialFailed => Why::DialFailed,
        wire::Why::ConnectionLost => Why::ConnectionLost,
        wire::Why::BindRefused(status) => Why::BindRefused(code(status)),
        wire::Why::BindTimeout => Why::BindTimeout,
        wire::Why::ResponseTimeout => Why::ResponseTimeout,
        wire::Why::PeerSilent => Why::PeerSilent,
        wire::Why::PeerUnbound => Why::PeerUnbound,
        wire::Why::Unbound => Why::Unbound,
        wire::Why::BadStream => Why::BadStream,
    }
}

/// What a receipt's state is to the ledger. What the carrier does not call final is a word from the way.
fn receipt_state(state: State, is_final: bool) -> ReceiptState {
    match state {
        State::Skipped if is_final => ReceiptState::Rejected,
        state if is_final => ReceiptState::from_code(state.code()).unwrap_or(ReceiptState::Enroute),
        _ => ReceiptState::Enroute,
    }
}

/// A receipt of a session that tells it in SMPP's words.
fn receipt(receipt: wire::smpp::receipt::OwnedReceipt, remote: String) -> Content {
    let state = receipt_state(receipt.state, receipt.is_final());
    let network = receipt.network_error.map(|(network, code)| format!("{network}:{code}"));
    Content::Receipt { remote, state, error: receipt.error.or(network) }
}

#[cfg(test)]
mod tests;
