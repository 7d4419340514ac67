//! SGIP 1.2 for a link: our session with the gateway, over which parts go out, and the gateway's connections to us, over
//! which reports and customers' messages come.

use super::{
    Coding, Content, Event, Lost, NotSendable, Part, Party, Protocol, Ref, Refusal, content, receipt, why,
};
use engine::world::StreamAccount;
use model::Timestamp;
use wire::Payload;
use wire::clock::{CHINA_AHEAD, absolute};
use wire::sgip::session::{self, ConfigError, Delivery, Inbound};
use wire::sgip::{Config, Inlet, Number, Numbers, Session, Status, Submit, inlet};

/// Our session with a gateway as a link sees it.
#[derive(Debug)]
pub(crate) struct Sgip {
    session: Session,
    service: String,
    corporation: String,
    payload: Vec<u8>,
}

impl Sgip {
    /// `lane` tells the sessions of one route apart.
    pub(crate) fn new(
        account: &StreamAccount,
        password: &str,
        window: u32,
        lane: u8,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let config = Config {
            lane,
            // The configuration allows at most 10,000.
            window: window as usize,
            response_timeout: account.response_timeout,
            ..Config::new(account.user.clone(), password, account.node)
        };
        Ok(Self {
            session: Session::new(config, seed)?,
            service: account.service.clone(),
            corporation: account.corporation.clone(),
            payload: Vec::new(),
        })
    }
}

impl Protocol for Sgip {
    super::plain!();

    fn event(&mut self) -> Option<Event> {
        self.session.event().map(told)
    }

    fn submit(&mut self, ticket: u64, part: &Part<'_>, now: Timestamp) -> Result<(), NotSendable> {
        let (msg_format, header) = content::write(&mut self.payload, part)?;
        let submit = Submit {
            source: part.source,
            destinations: Numbers::List(&[part.to]),
            msg_format,
            payload: Payload(&self.payload),
            header,
            corp_id: &self.corporation,
            service_type: &self.service,
            valid_time: Some(&absolute(part.expires, CHINA_AHEAD)),
            ..Submit::default()
        };
        self.session.submit(ticket, &submit, now).map(drop).map_err(|_| NotSendable)
    }

    fn acknowledge(&mut self, delivery: Ref, now: Timestamp) {
        if let Ref::Sgip(delivery) = delivery {
            self.session.acknowledge(delivery, now);
        }
    }

    fn is_open(&self) -> bool {
        self.session.is_bound()
    }
}

/// One connection that the gateway made to us. Nothing is sent over it, and it is not dialled.
#[derive(Debug)]
pub(crate) struct Incoming {
    inlet: Inlet,
}

impl Incoming {
    /// `connection` is a number of its own.
    pub(crate) fn new(config: inlet::Config, connection: u64, now: Timestamp) -> Self {
        Self { inlet: Inlet::new(config, connection, now) }
    }
}

impl Protocol for Incoming {
    fn dial_at(&self) -> Option<Timestamp> {
        None
    }

    fn connected(&mut self, _now: Timestamp) {}

    fn disconnected(&mut self, _now: Timestamp, _lost: Lost) {
        self.inlet.disconnected();
    }

    fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        self.inlet.receive(bytes, now);
    }

    fn tick(&mut self, now: Timestamp) {
        self.inlet.tick(now);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.inlet.deadline()
    }

    fn output(&mut self) -> &mut Vec<u8> {
        self.inlet.output()
    }

    fn event(&mut self) -> Option<Event> {
        self.inlet.event().map(told)
    }

    fn submit(&mut self, _ticket: u64, _part: &Part<'_>, _now: Timestamp) -> Result<(), NotSendable> {
        Err(NotSendable)
    }

    fn acknowledge(&mut self, delivery: Ref, now: Timestamp) {
        if let Ref::Sgip(delivery) = delivery {
            self.inlet.acknowledge(delivery, now);
        }
    }

    fn window_free(&self) -> usize {
        0
    }

    fn waiting(&self) -> usize {
        0
    }

    fn is_open(&self) -> bool {
        false
    }

    fn unbind(&mut self, now: Timestamp) {
        self.inlet.unbind(now);
    }
}

fn told(event: session::Event) -> Event {
    match event {
        session::Event::Bound => Event::Bound { peer: String::new() },
        session::Event::BindRefused { status } => Event::BindRefused(refusal(status)),
        session::Event::Submitted { ticket, remote_id } => Event::Submitted { ticket, remote: remote_id },
        session::Event::Refused { ticket, status } => Event::Refused { ticket, refusal: refusal(status) },
        session::Event::Unanswered { ticket, why } => {
            Event::Unanswered { ticket, timed_out: why == session::Why::ResponseTimeout }
        }
        session::Event::LateAnswer { ticket, status, remote_id } => Event::LateAnswer {
            ticket,
            refusal: (!status.is_ok()).then(|| refusal(status)),
            remote: remote_id,
        },
        session::Event::Delivered { delivery, from, to, content } => Event::Delivered {
            delivery: Ref::Sgip(delivery),
            from: party(&from),
            to: party(&to),
            content: read(content),
        },
        session::Event::Closed { why: ended, may_retry_at } => {
            Event::Closed { why: why(ended, |status| u32::from(status.0)), retry_at: may_retry_at }
        }
        session::Event::ProtocolError { error, .. } => Event::Protocol(error.to_string()),
        session::Event::PeerUnbound => Event::Protocol("the gateway unbinds".to_owned()),
    }
}

fn refusal(status: Status) -> Refusal {
    Refusal { code: u32::from(status.0), class: status.class(), meaning: status.to_string() }
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
