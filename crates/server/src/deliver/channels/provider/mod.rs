//! Providers: channels that are no stream of protocol units. One file beside this folder for each kind; here is what they
//! share: the trait, the settings, the link to the engine, and the task that makes the calls.
//!
//! A provider makes one call for one message and says what came of it. It never sends twice by itself: a call whose end
//! is not known is [`Verdict::Unanswered`], and the engine decides by the message's class (invariant L6). It never
//! decides whether a message may go.

pub mod settings;
pub mod caller;
pub mod filed;
pub mod rich;
pub mod keys;
pub mod receipts;
pub mod dkim;
pub mod vendor;
pub mod link;
mod remembered;
pub mod worker;
mod listen;
mod route;

pub use route::connect;

use super::{
    alibaba, apns, email, fcm, generic, in_app, push_vendor, rbm, rcs_alibaba, tencent, twilio, voice, wechat,
};
use engine::Input;
use engine::decide::Sendable;
use engine::entry::ReceiptState;
use engine::world::{Institution, Protocol, Route};
use model::{Contact, MessageClass, MessageId, Phone, Private, RouteId, Span, Timestamp};
use settings::Settings;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use wire::http::{Request, Response};

/// Something that will be there later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One message as a provider gets it.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its id; the provider is given it as a reference where it takes one, never as anything the customer sees.
    pub message: MessageId,
    /// Its class.
    pub class: MessageClass,
    /// Where to.
    pub to: Contact,
    /// What it says, signature and all.
    pub text: Private,
    /// What follows the route's own number in the sender, if anything.
    pub extension: Option<Arc<str>>,
    /// After this moment it is not worth delivering any more.
    pub expires: Timestamp,
}

impl Letter {
    /// What a provider sees of a message that may go.
    pub fn of(sendable: &Sendable) -> Self {
        Self {
            message: sendable.message(),
            class: sendable.class(),
            to: sendable.to().clone(),
            text: sendable.text().clone(),
            extension: sendable.extension().map(Arc::from),
            expires: sendable.expires(),
        }
    }

    /// How many seconds it is still worth delivering, at least 1.
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        (self.expires.since(now).0 / 1_000).max(1)
    }

    /// The number with `+`, as most providers write it; the contact as it stands on channels without numbers.
    pub fn international(&self) -> String {
        match &self.to {
            Contact::Phone(phone) => format!("+{}", phone.reveal().trim_start_matches('+')),
            Contact::Named(_, name) => name.reveal().to_owned(),
        }
    }
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The provider has the message, under this id.
    Taken {
        /// The provider's id for it.
        remote: String,
    },
    /// The provider surely has not taken it.
    Refused(Refusal),
    /// Nobody knows: no answer, or one that says nothing.
    Unanswered {
        /// What came instead of an answer; nothing personal.
        why: String,
    },
}

impl Verdict {
    /// A refusal.
    pub fn refused(code: impl Into<String>, fate: Fate) -> Self {
        Self::Refused(Refusal { code: code.into(), fate })
    }

    /// No answer.
    pub fn unanswered(why: impl Into<String>) -> Self {
        Self::Unanswered { why: why.into() }
    }
}

/// Why a provider did not take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The provider's code, or a word of ours for what never left (`unreachable`, `not-capable`, `text`, …).
    pub code: String,
    /// What follows, where the route's own table does not say otherwise.
    pub fate: Fate,
}

/// What follows a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The message's fault: it has failed here.
    Fail,
    /// Not over this route: another, or the next leg of its plan (a phone that cannot show rich messages, a token that
    /// is gone, a template that is not filed).
    Elsewhere,
    /// The provider's trouble, which may pass: a few times.
    Retry,
    /// Too fast. The provider may have said how long to wait.
    Throttle(Option<Span>),
    /// It was not reached, or it does not know us: nothing the matter with the message.
    Unserved,
}

/// Something that a provider tells after its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What became of a message.
    Receipt {
        /// The provider's id for it.
        remote: String,
        /// What became of it.
        state: ReceiptState,
        /// The provider's code.
        code: Option<String>,
    },
    /// What a customer wrote, said, tapped or pressed.
    Said {
        /// Who: a number.
        from: Private,
        /// The number they answered to, or empty for the route's own.
        to: String,
        /// What.
        text: Private,
    },
}

/// A provider's call to us, read.
#[derive(Debug)]
pub struct Pushed {
    /// What it tells.
    pub told: Vec<Told>,
    /// What it is answered once that is durable.
    pub answer: Response,
}

/// Why a provider's call to us is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// This provider calls nobody.
    #[error("expected no calls on this route")]
    NotServed,
    /// It is not signed as it must be.
    #[error("not signed as agreed: {0}")]
    Unsigned(#[from] wire::http::AuthError),
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

impl From<wire::http::Fault> for PushError {
    fn from(fault: wire::http::Fault) -> Self {
        Self::Unreadable(fault.to_string())
    }
}

/// An account at a provider.
pub trait Provider: Send + Sync {
    /// Makes the call for one message, once.
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict>;

    /// Reads a call that the provider makes to us, its signature first.
    ///
    /// # Errors
    /// One that is not signed, or cannot be read.
    fn pushed(&self, _push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        Err(PushError::NotServed)
    }

    /// How often it wants to be asked for receipts and replies, if it has to be asked.
    fn poll_every(&self) -> Option<Duration> {
        None
    }

    /// Asks for receipts and replies. `waiting` are ids whose end is not known, oldest first, for providers that have to
    /// be asked about each.
    fn poll<'a>(&'a self, _waiting: &'a [String], _now: Timestamp) -> Later<'a, Result<Vec<Told>, String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// What a route's task asks of the node: a trait, so that tests put an engine without a journal in its place.
pub trait Errands: Send + Sync + 'static {
    /// Has inputs decided; `done` gets one tick once everything they led to is durable. False if the node has stopped.
    fn feed(&self, inputs: Vec<Input>, done: mpsc::UnboundedSender<()>) -> impl Future<Output = bool> + Send;

    /// Of these ids of the provider's, how many parts the messages have that were sent in several.
    fn parts(&self, route: &RouteId, ids: Vec<String>) -> impl Future<Output = HashMap<String, u8>> + Send;

    /// Some ids whose end is not known yet.
    fn waiting(&self, route: &RouteId, max: usize) -> impl Future<Output = Vec<String>> + Send;

    /// Has every other route give back what waits for a number.
    fn withdraw(&self, except: &RouteId, phone: Phone);
}

/// A provider with where it wants to be called back, made of a route's settings.
pub struct Opened {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Where its calls to us come in: `host:port` of a listener of its own.
    pub listen: Option<std::net::SocketAddr>,
}

/// Every kind of provider, by the word in `[provider] kind`, with how it is opened.
type Kind = (&'static str, fn(&mut Settings<'_>) -> Option<Arc<dyn Provider>>);
const KINDS: &[Kind] = &[
    ("alibaba", alibaba::open),
    ("tencent", tencent::open),
    ("twilio", twilio::open),
    ("generic", generic::open),
    ("rcs_alibaba", rcs_alibaba::open),
    ("rbm", rbm::open),
    ("fcm", fcm::open),
    ("apns", apns::open),
    ("push_vendor", push_vendor::open),
    ("wechat", wechat::open),
    ("email", email::open),
    ("voice", voice::open),
    ("in_app", in_app::open),
];

/// Reads a route's settings, all mistakes at once.
///
/// # Errors
/// Every mistake in one text; no value is repeated in it.
pub fn open(route: &Route, institution: &Institution) -> Result<Opened, String> {
    let Protocol::Provider(account) = &route.protocol else {
        return Err("expected a route over a provider".to_owned());
    };
    let Some((_, opener)) = KINDS.iter().find(|(kind, _)| *kind == account.kind) else {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        return Err(format!("kind: expected one of {}, found {:?}", kinds.join(", "), account.kind));
    };
    let mut settings = Settings::new(route, institution, account);
    let listen = settings.address("callback_listen");
    let provider = opener(&mut settings);
    settings.finish()?;
    let provider = provider.ok_or("expected settings that can be used")?;
    Ok(Opened { provider, listen })
}

#[cfg(test)]
mod tests;
