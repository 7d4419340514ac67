//! What is posted to a receiver, in its dialect, and what its answer means. One parcel is one call; in the dialects that
//! have lists it holds many notices.

use super::super::dialects::{Reference, ended, written};
use super::super::portal::notice;
use super::super::post::Taken;
use super::super::secret::{SecretError, clear};
use crate::http::client::{Answer, Call, CallError, Client};
use engine::entry::{NoticeKind, Told};
use engine::world::{Account, Callback, CallbackStyle};
use hyper::Uri;
use model::Timestamp;
use std::time::Duration;
use wire::http::standard_webhooks::{self, Secret};
use wire::http::twilio::{self, Resource};
use wire::http::{Outgoing, Reply, Report, Status, alibaba, tencent};

/// How many notices one call holds, where the dialect has lists.
const BATCH_MAX: usize = 100;
/// How long a receiver may take to answer.
const TIME_MAX: Duration = Duration::from_secs(10);
/// How much of its answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 << 10;

/// Notices that one call tells.
pub(super) struct Parcel {
    /// The notices.
    pub(super) taken: Vec<Taken>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// This dialect says nothing about it.
    Nothing,
    /// What became of messages.
    Reports,
    /// What customers wrote.
    Replies,
}

/// What a call came to.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The receiver has it.
    Told,
    /// It does not have it, or did not say so.
    Failed(String),
    /// There are no words for it.
    Unsayable(&'static str),
}

/// Where an account is called, and how.
pub(super) struct Address {
    reports: Uri,
    replies: Uri,
    style: Style,
}

enum Style {
    Standard(Vec<Secret>),
    Alibaba,
    Tencent,
    Twilio { sid: String, token: String },
}

impl Address {
    /// Of an account's callback.
    ///
    /// # Errors
    /// A callback that cannot be used.
    pub(super) fn of(account: &Account) -> Result<Self, SecretError> {
        let callback = account.access.callback.as_ref().ok_or(SecretError::Address)?;
        let reports = uri(&callback.url)?;
        let replies = callback.reply_url.as_deref().map(uri).transpose()?;
        Ok(Self {
            replies: replies.unwrap_or_else(|| reports.clone()),
            reports,
            style: Style::of(account, callback)?,
        })
    }

    /// How many notices go into one call.
    pub(super) fn batch_max(&self) -> usize {
        match self.style {
            Style::Alibaba | Style::Tencent => BATCH_MAX,
            Style::Standard(_) | Style::Twilio { .. } => 1,
        }
    }

    /// The calls that tell these notices.
    pub(super) fn parcels(&self, taken: Vec<Taken>, _: Timestamp) -> Vec<Parcel> {
        let mut parcels: Vec<Parcel> = Vec::new();
        for taken in taken {
            let kind = self.kind(&taken.notice.kind);
            // A reply is one object in Tencent's dialect, and a list in Alibaba's.
            let is_list =
                kind == Kind::Reports || (kind == Kind::Replies && matches!(self.style, Style::Alibaba));
            match parcels.iter_mut().find(|parcel| is_list && parcel.kind == kind) {
                Some(parcel) => parcel.taken.push(taken),
                None => parcels.push(Parcel { taken: vec![taken], kind }),
            }
        }
        parcels
    }

    fn kind(&self, notice: &NoticeKind) -> Kind {
        match (notice, &self.style) {
            (NoticeKind::Inbound { .. }, _) => Kind::Replies,
            (NoticeKind::Ended { .. }, _) => Kind::Reports,
            (NoticeKind::Submitted(_), Style::Standard(_) | Style::Twilio { .. }) => Kind::Reports,
            (NoticeKind::Submitted(_), Style::Alibaba | Style::Tencent) => Kind::Nothing,
        }
    }

    /// Makes the call of a parcel.
    pub(super) async fn deliver(&self, client: &Client, parcel: &Parcel, now: Timestamp) -> Verdict {
        if parcel.kind == Kind::Nothing {
            return Verdict::Told;
        }
        let mut call = match self.call(parcel, now) {
            Ok(call) => call,
            Err(why) => return Verdict::Unsayable(why),
        };
        (call.time_max, call.answer_bytes_max) = (TIME_MAX, ANSWER_BYTES_MAX);
        match client.call(call).await {
            Ok(answer) if self.is_acknowledged(&answer) => Verdict::Told,
            Ok(answer) => {
                Verdict::Failed(format!("expected an acknowledgement, found status {}", answer.status))
            }
            // It has said that it has it, at too great length.
            Err(CallError::TooLong { status: 200..=299, .. }) if self.is_by_status() => Verdict::Told,
            Err(why) => Verdict::Failed(why.to_string()),
        }
    }

    fn is_by_status(&self) -> bool {
        matches!(self.style, Style::Standard(_) | Style::Twilio { .. })
    }

    fn is_acknowledged(&self, answer: &Answer) -> bool {
        match self.style {
            Style::Standard(_) | Style::Twilio { .. } => (200..300).contains(&answer.status),
            Style::Alibaba => alibaba::callback::is_acknowledged(answer.status, &answer.body),
            Style::Tencent => tencent::callback::is_acknowledged(answer.status, &answer.body),
        }
    }

    fn call(&self, parcel: &Parcel, now: Timestamp) -> Result<Call, &'static str> {
        let target = if parcel.kind == Kind::Replies { &self.replies } else { &self.reports };
        let (host, path) = (host(target), target.path());
        let first = parcel.taken.first().ok_or("nothing")?;
        let outgoing = match &self.style {
            Style::Standard(secrets) => {
                let body = notice::json(first.position, &first.notice).to_string().into_bytes();
                let path = target.path_and_query().map_or(path, |both| both.as_str());
                standard_webhooks::push(secrets, host, path, &notice::name(first.position), now, body)
                    .map_err(|_| "it cannot be signed")?
            }
            Style::Alibaba => match parcel.kind {
                Kind::Replies => {
                    with_query(alibaba::callback::push_replies(host, path, &replies(parcel)), target)
                }
                _ => with_query(alibaba::callback::push_reports(host, path, &reports(parcel)), target),
            },
            Style::Tencent => match replies(parcel).first().filter(|_| parcel.kind == Kind::Replies) {
                Some(reply) => with_query(tencent::callback::push_reply(host, path, reply), target),
                None => with_query(tencent::callback::push_reports(host, path, &reports(parcel)), target),
            },
            Style::Twilio { sid, token } => return twilio_call(sid, token, target, first),
        };
        made(target, &outgoing)
    }
}

/// An address that can be called.
pub(super) fn uri(text: &str) -> Result<Uri, SecretError> {
    let uri: Uri = text.parse().map_err(|_| SecretError::Address)?;
    if uri.host().is_some_and(|host| !host.is_empty()) { Ok(uri) } else { Err(SecretError::Address) }
}

/// Its host, with its port if it names one.
pub(super) fn host(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

fn with_query(outgoing: Outgoing, target: &Uri) -> Outgoing {
    Outgoing { raw_query: target.query().unwrap_or_default().to_owned(), ..outgoing }
}

/// The call at the target's scheme and host.
pub(super) fn made(target: &Uri, outgoing: &Outgoing) -> Result<Call, &'static str> {
    let base = format!("{}://{}/", target.scheme_str().unwrap_or("https"), host(target));
    let base = base.parse().map_err(|_| "its address is none")?;
    Call::of(&base, outgoing).map_err(|_| "it makes no request")
}

/// What signs by Standard Webhooks. While a secret is replaced both are given, with a space between them.
pub(super) fn secrets(secret: &engine::world::Secret) -> Result<Vec<Secret>, SecretError> {
    let secret = clear(secret)?;
    let secrets = secret.split_whitespace().map(Secret::read).collect::<Result<Vec<_>, _>>();
    let secrets = secrets.map_err(|_| SecretError::NoWebhookSecret)?;
    if secrets.is_empty() { Err(SecretError::NoWebhookSecret) } else { Ok(secrets) }
}

impl Style {
    fn of(account: &Account, callback: &Callback) -> Result<Self, SecretError> {
        let own = || callback.secret.as_ref().map(clear).transpose();
        Ok(match callback.style {
            CallbackStyle::Standard => {
                Self::Standard(secrets(callback.secret.as_ref().ok_or(SecretError::Missing)?)?)
            }
            CallbackStyle::Alibaba => Self::Alibaba,
            CallbackStyle::Tencent => Self::Tencent,
            CallbackStyle::Twilio => {
                let access = account.access.twilio.as_ref();
                let token = match own()? {
                    Some(token) => token,
                    None => clear(&access.ok_or(SecretError::Missing)?.secret)?,
                };
                Self::Twilio { sid: access.map(|access| access.id.clone()).unwrap_or_default(), token }
            }
        })
    }
}

fn reports(parcel: &Parcel) -> Vec<Report> {
    let report = |taken: &Taken| match &taken.notice.kind {
        NoticeKind::Ended { told, outcome, error, .. } => {
            Some(ended(told, *outcome, error.as_deref(), taken.notice.at))
        }
        _ => None,
    };
    parcel.taken.iter().filter_map(report).collect()
}

fn replies(parcel: &Parcel) -> Vec<Reply> {
    parcel.taken.iter().filter_map(|taken| written(&taken.notice, taken.position)).collect()
}

/// A status goes to the address that the message named, else to the account's.
fn twilio_call(sid: &str, token: &str, target: &Uri, taken: &Taken) -> Result<Call, &'static str> {
    let key = twilio::callback::Key::Token(token);
    let (told, report) = match &taken.notice.kind {
        NoticeKind::Submitted(told) => (
            told,
            Report { parts: u32::from(told.parts), ..Report::new(String::new(), to(told), Status::Sent) },
        ),
        NoticeKind::Ended { told, outcome, error, .. } => {
            (told, ended(told, *outcome, error.as_deref(), taken.notice.at))
        }
        NoticeKind::Inbound { to, .. } => {
            let reply = written(&taken.notice, taken.position).ok_or("nothing")?;
            let id = twilio::sid("SM", u128::from(taken.position));
            let url = target.to_string();
            let push = twilio::callback::push_reply(key, &url, sid, &id, to, &reply)
                .map_err(|_| "it has no words")?;
            return made(target, &push);
        }
    };
    let (from, service, callback) = match told.reference.as_deref().and_then(Reference::read) {
        Some(Reference::Twilio { from, service, callback }) => (from, service, callback),
        _ => Default::default(),
    };
    let own = |text: String| Some(text).filter(|text| !text.is_empty());
    let url = own(callback).and_then(|callback| uri(&callback).ok()).unwrap_or_else(|| target.clone());
    let id = twilio::sid("SM", u128::from(told.message.0));
    let resource = Resource {
        account: sid.to_owned(),
        report: Report { id, reference: None, ..report },
        from: own(from),
        service: own(service),
        created: told.accepted,
        updated: taken.notice.at,
        media: 0,
        is_inbound: false,
    };
    let push =
        twilio::callback::push_status(key, &url.to_string(), &resource).map_err(|_| "it has no words")?;
    made(&url, &push)
}

fn to(told: &Told) -> String {
    told.to.map(|phone| format!("+{}", phone.reveal())).unwrap_or_default()
}
