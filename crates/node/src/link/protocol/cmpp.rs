//! CMPP 2.0 and 3.0 for a link. One destination a submit, so that the answer, the report and the part are one to one.

use super::{
    Coding, Content, Event, Lost, NotSendable, Part, Party, Protocol, Ref, Refusal, content, receipt_state,
    why,
};
use engine::entry::ReceiptState;
use engine::world::{StreamAccount, StreamProtocol};
use model::Timestamp;
use wire::cmpp::report::Report;
use wire::cmpp::session::{self, ConfigError, Delivery, Inbound, Payload};
use wire::cmpp::{Class, Config, ConnectStatus, MsgId, Number, ResultCode, Session, Submit, Version};
use wire::smpp::time::relative;

/// A CMPP session as a link sees it.
#[derive(Debug)]
pub(crate) struct Cmpp {
    session: Session,
    version: Version,
    service: String,
    payload: Vec<u8>,
}

impl Cmpp {
    pub(crate) fn new(
        account: &StreamAccount,
        password: &str,
        window: u32,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let version = if account.protocol == StreamProtocol::Cmpp20 { Version::V2 } else { Version::V3 };
        let config = Config {
            // The configuration allows at most 10,000.
            window: window as usize,
            enquire_after: account.enquire_after,
            response_timeout: account.response_timeout,
            ..Config::new(version, account.user.clone(), password)
        };
        let session = Session::new(config, seed)?;
        Ok(Self { session, version, service: account.service.clone(), payload: Vec::new() })
    }

    fn refusal(&self, result: ResultCode) -> Refusal {
        let meaning = format!("result {} ({})", result.0, result.meaning(self.version));
        Refusal { code: result.0, class: result.class(self.version), meaning }
    }
}

impl Protocol for Cmpp {
    super::plain!();

    fn event(&mut self) -> Option<Event> {
        Some(match self.session.event()? {
            session::Event::Bound { version } => Event::Bound { peer: format!("version 0x{version:02x}") },
            session::Event::BindRefused { status } => Event::BindRefused(login_refusal(status)),
            session::Event::Submitted { ticket, msg_id } => {
                Event::Submitted { ticket, remote: remote(msg_id) }
            }
            session::Event::Refused { ticket, result } => {
                Event::Refused { ticket, refusal: self.refusal(result) }
            }
            session::Event::Unanswered { ticket, why } => {
                Event::Unanswered { ticket, timed_out: why == session::Why::ResponseTimeout }
            }
            session::Event::LateAnswer { ticket, result, msg_id } => {
                let refused = result != ResultCode::OK;
                let refusal = refused.then(|| self.refusal(result));
                Event::LateAnswer { ticket, refusal, remote: remote(msg_id) }
            }
            session::Event::Delivered { delivery, from, to, content } => Event::Delivered {
                delivery: Ref::Cmpp(delivery),
                from: party(&from),
                to: party(&to),
                content: read(content),
            },
            session::Event::Closed { why: ended, may_retry_at } => {
                Event::Closed { why: why(ended, |status| status.0), retry_at: may_retry_at }
            }
            session::Event::ProtocolError { error, .. } => Event::Protocol(error.to_string()),
            // `Closed` follows.
            session::Event::PeerUnbound => return self.event(),
        })
    }

    fn submit(&mut self, ticket: u64, part: &Part<'_>, now: Timestamp) -> Result<(), NotSendable> {
        let (msg_fmt, has_header) = content::write(&mut self.payload, part)?;
        let submit = Submit {
            src_id: part.source,
            destinations: &[content::domestic(part.to)],
            service_id: &self.service,
            registered_delivery: true,
            msg_fmt,
            has_header,
            part: has_header.then_some(part.place),
            payload: Payload(&self.payload),
            valid_time: Some(&relative(part.expires.since(now))),
            ..Submit::default()
        };
        self.session.submit(ticket, &submit, now).map_err(|_| NotSendable)
    }

    fn acknowledge(&mut self, delivery: Ref, now: Timestamp) {
        if let Ref::Cmpp(delivery) = delivery {
            self.session.acknowledge(delivery, now);
        }
    }

    fn is_open(&self) -> bool {
        self.session.is_bound()
    }
}

fn login_refusal(status: ConnectStatus) -> Refusal {
    Refusal { code: status.0, class: Class::Session, meaning: status.to_string() }
}

/// The gateway's id; a zero is none.
fn remote(msg_id: MsgId) -> String {
    if msg_id == MsgId(0) { String::new() } else { msg_id.to_string() }
}

fn read(content: Delivery) -> Content {
    match content {
        Delivery::Receipt(report) => receipt(&report),
        Delivery::UnreadableReceipt(_) => Content::UnreadableReceipt,
        Delivery::Message(Inbound { text, payload, msg_fmt, concat, .. }) => {
            Content::Message { text, payload: payload.0, coding: Coding::Fmt(msg_fmt), place: concat }
        }
    }
}

/// Stat as a state: a code of the gateway's own, and UNKNOWN, are final failures here and told as their code.
fn receipt(report: &Report) -> Content {
    let stat = report.stat;
    let state = match stat.state().filter(|state| state.is_final()) {
        Some(state) => receipt_state(state, true),
        None if stat.is_final() => ReceiptState::Undeliverable,
        None => ReceiptState::Enroute,
    };
    let error = (!stat.is_delivered() && stat.is_final()).then(|| stat.code());
    Content::Receipt { remote: remote(report.msg_id), state, error }
}

fn party(number: &Number) -> Party {
    Party { digits: number.reveal().to_owned(), international: false }
}
