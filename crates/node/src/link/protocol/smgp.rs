//! SMGP 3.0.3 for a link. One destination a submit, so that the answer, the report and the part are one to one.

use super::{
    Coding, Content, Event, Lost, NotSendable, Part, Party, Protocol, Ref, Refusal, content, receipt, why,
};
use engine::world::StreamAccount;
use model::Timestamp;
use wire::Payload;
use wire::clock::{CHINA_AHEAD, absolute};
use wire::smgp::session::{self, ConfigError, Delivery, Inbound};
use wire::smgp::{Config, Number, Numbers, Session, Status, Submit};

/// An SMGP session as a link sees it.
#[derive(Debug)]
pub(crate) struct Smgp {
    session: Session,
    service: String,
    corporation: String,
    payload: Vec<u8>,
}

impl Smgp {
    pub(crate) fn new(
        account: &StreamAccount,
        password: &str,
        window: u32,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let config = Config {
            // The configuration allows at most 10,000.
            window: window as usize,
            enquire_after: account.enquire_after,
            response_timeout: account.response_timeout,
            ..Config::new(account.user.clone(), password)
        };
        Ok(Self {
            session: Session::new(config, seed)?,
            service: account.service.clone(),
            // Written only where it is not the account's own name: most gateways want none.
            corporation: if account.corporation == account.user {
                String::new()
            } else {
                account.corporation.clone()
            },
            payload: Vec::new(),
        })
    }
}

impl Protocol for Smgp {
    super::plain!();

    fn event(&mut self) -> Option<Event> {
        Some(match self.session.event()? {
            session::Event::Bound { version, .. } => {
                Event::Bound { peer: format!("version 0x{version:02x}") }
            }
            session::Event::BindRefused { status } => Event::BindRefused(refusal(status)),
            session::Event::Submitted { ticket, remote_id } => Event::Submitted { ticket, remote: remote_id },
            session::Event::Refused { ticket, status } => Event::Refused { ticket, refusal: refusal(status) },
            session::Event::Unanswered { ticket, why } => {
                Event::Unanswered { ticket, timed_out: why == session::Why::ResponseTimeout }
            }
            session::Event::LateAnswer { ticket, status, remote_id } => {
                let refusal = (!status.is_ok()).then(|| refusal(status));
                Event::LateAnswer { ticket, refusal, remote: remote_id }
            }
            session::Event::Delivered { delivery, from, to, content } => Event::Delivered {
                delivery: Ref::Smgp(delivery),
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
        let (msg_format, header) = content::write(&mut self.payload, part)?;
        let submit = Submit {
            source: part.source,
            destinations: Numbers::List(&[content::domestic(part.to)]),
            msg_format,
            payload: Payload(&self.payload),
            header,
            part: header.then_some(part.place),
            service_id: &self.service,
            msg_src: &self.corporation,
            valid_time: Some(&absolute(part.expires, CHINA_AHEAD)),
            ..Submit::default()
        };
        self.session.submit(ticket, &submit, now).map_err(|_| NotSendable)
    }

    fn acknowledge(&mut self, delivery: Ref, now: Timestamp) {
        if let Ref::Smgp(delivery) = delivery {
            self.session.acknowledge(delivery, now);
        }
    }

    fn is_open(&self) -> bool {
        self.session.is_bound()
    }
}

fn refusal(status: Status) -> Refusal {
    Refusal { code: status.0, class: status.class(), meaning: status.to_string() }
}

fn read(content: Delivery) -> Content {
    match content {
        Delivery::Receipt(told) => {
            let remote = told.remote_id.clone();
            receipt(told, remote)
        }
        Delivery::UnreadableReceipt(_) => Content::UnreadableReceipt,
        Delivery::Message(Inbound { text, payload, msg_format, concat }) => {
            Content::Message { text, payload: payload.0, coding: Coding::Fmt(msg_format), place: concat }
        }
    }
}

fn party(number: &Number) -> Party {
    Party { digits: number.reveal().to_owned(), international: false }
}
