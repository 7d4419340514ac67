//! SMPP 3.4 and 5.0 for a link.

use super::{
    Coding, Content, Event, Lost, NotSendable, Part, Party, Protocol, Ref, Refusal, receipt, receipt_state,
    why,
};
use engine::world::{Bind, Concatenation, IdNotation, SmppAccount};
use model::Timestamp;
use text::Encoding;
use wire::msg_fmt::MsgFmt;
use wire::smpp::address::OwnedAddress;
use wire::smpp::coding::{self, DEFAULT, UCS2, encode_gsm, encode_ucs2};
use wire::smpp::concat::{Width, write_header};
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::receipt::Numbering;
use wire::smpp::session::{self, ConfigError, Delivery, Inbound, Payload};
use wire::smpp::time::relative;
use wire::smpp::{Address, BindKind, Config, Npi, Session, Status, Submit, Ton};

/// An SMPP session as a link sees it.
#[derive(Debug)]
pub(crate) struct Smpp {
    session: Session,
    numbering: Numbering,
    default_alphabet: coding::Alphabet,
    submits: bool,
    payload: Vec<u8>,
}

impl Smpp {
    pub(crate) fn new(
        account: &SmppAccount,
        password: &str,
        window: u32,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let config = Config {
            bind: match account.bind {
                Bind::Transceiver => BindKind::Transceiver,
                Bind::Transmitter => BindKind::Transmitter,
                Bind::Receiver => BindKind::Receiver,
            },
            system_type: account.system_type.clone(),
            interface_version: account.version,
            // The configuration allows at most 10,000.
            window: window as usize,
            enquire_after: account.enquire_after,
            response_timeout: account.response_timeout,
            ..Config::new(account.system_id.clone(), password)
        };
        Ok(Self {
            numbering: match account.ids {
                IdNotation::Same => Numbering::Same,
                IdNotation::Decimal => Numbering::Decimal,
                IdNotation::Hex => Numbering::Hex,
                IdNotation::HexThenDecimal => Numbering::HexThenDecimal,
                IdNotation::DecimalThenHex => Numbering::DecimalThenHex,
            },
            default_alphabet: config.default_alphabet,
            submits: account.bind != Bind::Receiver,
            session: Session::new(config, seed)?,
            payload: Vec::new(),
        })
    }

    fn remote(&self, id: &str, in_receipt: bool) -> String {
        self.numbering.common(id, in_receipt).into_owned()
    }

    fn content(&self, content: Delivery) -> Content {
        match content {
            Delivery::Receipt(told) => {
                let remote = self.remote(&told.remote_id, true);
                receipt(told, remote)
            }
            Delivery::UnreadableReceipt(_) => Content::UnreadableReceipt,
            Delivery::Message(Inbound { text, payload, data_coding, concat, .. }) => {
                // The Chinese carriers write GBK under the same number as in their own protocols.
                let coding = match data_coding {
                    0x0f => Coding::Fmt(MsgFmt::GBK),
                    other => Coding::Smpp(coding::alphabet(other, self.default_alphabet)),
                };
                let text = text.or_else(|| coding.decode(&payload.0));
                Content::Message { text, payload: payload.0, coding, place: concat }
            }
        }
    }
}

impl Protocol for Smpp {
    super::plain!();

    fn event(&mut self) -> Option<Event> {
        Some(match self.session.event()? {
            session::Event::Bound { system_id, .. } => Event::Bound { peer: system_id },
            session::Event::BindRefused { status } => Event::BindRefused(refusal(status)),
            session::Event::Submitted { ticket, remote_id } => {
                Event::Submitted { ticket, remote: self.remote(&remote_id, false) }
            }
            session::Event::Refused { ticket, status } => Event::Refused { ticket, refusal: refusal(status) },
            session::Event::Unanswered { ticket, why } => {
                Event::Unanswered { ticket, timed_out: why == session::Why::ResponseTimeout }
            }
            session::Event::LateAnswer { ticket, status, remote_id } => Event::LateAnswer {
                ticket,
                refusal: (!status.is_ok()).then(|| refusal(status)),
                remote: self.remote(&remote_id, false),
            },
            session::Event::Delivered { delivery, from, to, content } => Event::Delivered {
                delivery: Ref::Smpp(delivery),
                from: party(&from),
                to: party(&to),
                content: self.content(content),
            },
            session::Event::Queried { ticket, state, error_code, .. } => Event::Queried {
                ticket,
                state: receipt_state(state, state.is_final()),
                error: (error_code != 0).then(|| error_code.to_string()),
            },
            session::Event::QueryFailed { ticket, .. } => Event::QueryFailed { ticket },
            session::Event::Closed { why: ended, may_retry_at } => {
                Event::Closed { why: why(ended, |status| status.0), retry_at: may_retry_at }
            }
            session::Event::ProtocolError { error, .. } => Event::Protocol(error.to_string()),
            // A subscriber's being reachable changes nothing here; `Closed` follows an unbind; how busy the carrier
            // is shows in how fast it answers.
            session::Event::Alert { .. }
            | session::Event::Congestion { .. }
            | session::Event::PeerUnbound => return self.event(),
        })
    }

    fn submit(&mut self, ticket: u64, part: &Part<'_>, now: Timestamp) -> Result<(), NotSendable> {
        self.payload.clear();
        let several = part.place.total > 1;
        let header = match part.how {
            Concatenation::Udh if several => Some(Width::Eight),
            Concatenation::Udh16 if several => Some(Width::Sixteen),
            _ => None,
        };
        if let Some(width) = header {
            write_header(&mut self.payload, part.place, width);
        }
        let data_coding = match part.encoding {
            Encoding::Gsm7 => {
                encode_gsm(&mut self.payload, part.text).map_err(|_| NotSendable)?;
                DEFAULT
            }
            Encoding::Ucs2 => {
                encode_ucs2(&mut self.payload, part.text);
                UCS2
            }
        };
        let sar = several && part.how == Concatenation::Sar;
        let esm_class = EsmClass::DEFAULT;
        let submit = Submit {
            source: source(part.source),
            destination: Address::international(part.to),
            esm_class: if header.is_some() { esm_class.with_header() } else { esm_class },
            data_coding,
            payload: Payload(&self.payload),
            sar: sar.then_some(part.place),
            registered_delivery: RegisteredDelivery::FINAL,
            validity_period: Some(&relative(part.expires.since(now))),
            ..Submit::default()
        };
        self.session.submit(ticket, &submit, now).map_err(|_| NotSendable)
    }

    fn acknowledge(&mut self, delivery: Ref, now: Timestamp) {
        if let Ref::Smpp(delivery) = delivery {
            self.session.acknowledge(delivery, now);
        }
    }

    fn is_open(&self) -> bool {
        self.submits && self.session.is_bound()
    }

    fn query(&mut self, ticket: u64, remote: &str, from: &str, now: Timestamp) -> bool {
        let remote = self.numbering.in_response(remote);
        self.session.query(ticket, &remote, source(from), now).is_ok()
    }
}

fn refusal(status: Status) -> Refusal {
    Refusal { code: status.0, class: status.class(), meaning: status.to_string() }
}

fn party(address: &OwnedAddress) -> Party {
    Party { digits: address.reveal().to_owned(), international: address.ton == Ton::INTERNATIONAL }
}

/// The sender as an address: a number of ours, or a word.
fn source(text: &str) -> Address<'_> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) {
        Address::new(Ton::UNKNOWN, Npi::ISDN, text)
    } else {
        Address::new(Ton::ALPHANUMERIC, Npi::UNKNOWN, text)
    }
}
