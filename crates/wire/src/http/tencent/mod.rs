//! Tencent Cloud SMS (API 3.0, version 2021-01-11), as its official clients speak it.
//!
//! As a server: [`present`] says which key signed a request, the caller looks up its secret, [`Presented::verify`]
//! checks the signature, [`Presented::action`] reads what is asked, `answer` writes what the client expects: status 200
//! for everything, with exactly `application/json`, because a client that sees any other content type reads an error as
//! a success. As a client: `client`. Receipts and replies travel both ways in `callback`.
//!
//! With TC3 the action's name is a header that these clients do not sign, and there is no nonce. So a signature alone
//! authorises no action: the caller keeps the window, remembers [`Presented::replay_key`] for what must happen once, and
//! asks whether the key may do the action.

pub mod tc3;
pub mod old;
pub mod action;
pub mod answer;
pub mod callback;
pub mod client;
pub mod code;

pub use action::Action;

use model::{Span, Timestamp};
use serde_json::Value;

use super::encode;
use super::guard::{AuthError, fresh};
use super::json;
use super::message::Request;
use super::neutral::Fault;

/// The version of the API that is served and called.
pub const VERSION: &str = "2021-01-11";

/// How old a request may be, and how far in the future (cloud.tencent.com document 382/38780, `SignatureExpire`).
pub const WINDOW: Span = Span::seconds(300);

/// Numbers in one SendSms (the official client's documentation).
pub const NUMBERS_MAX: usize = 200;

/// A signature as it was presented, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// `Authorization: TC3-HMAC-SHA256`.
    Tc3(tc3::Presented),
    /// `Signature` among the parameters.
    Old(old::Presented),
}

/// Finds the signature of a request.
pub fn present(request: &Request<'_>) -> Result<Presented, AuthError> {
    match request.header("authorization") {
        Some(value) => tc3::Presented::read(request, value).map(Presented::Tc3),
        None => old::Presented::read(request).map(Presented::Old),
    }
}

impl Presented {
    /// The key that claims to have signed: look up its secret.
    pub fn key_id(&self) -> &str {
        match self {
            Self::Tc3(presented) => &presented.key_id,
            Self::Old(presented) => &presented.key_id,
        }
    }

    /// When the request says it was signed, to the second.
    pub fn signed_at(&self) -> Timestamp {
        match self {
            Self::Tc3(presented) => presented.signed_at,
            Self::Old(presented) => presented.signed_at,
        }
    }

    /// Checks age and signature.
    pub fn verify(&self, request: &Request<'_>, secret: &str, now: Timestamp) -> Result<(), AuthError> {
        fresh(self.signed_at(), now, WINDOW)?;
        match self {
            Self::Tc3(presented) => presented.verify(request, secret),
            Self::Old(presented) => presented.verify(request, secret),
        }
    }

    /// What may come only once, for [`super::Replay::admit`], if the action must: the key with its nonce, or with TC3,
    /// which has none, the signature with the action. Two equal calls of a client within a second look the same to TC3,
    /// so this is for actions with an effect and not for questions.
    pub fn replay_key(&self, request: &Request<'_>) -> String {
        match self {
            Self::Tc3(presented) => {
                format!("{}\n{}\n{}", self.key_id(), presented.signature(), name(request))
            }
            Self::Old(presented) => format!("{}\n{}", self.key_id(), presented.nonce),
        }
    }

    /// Reads what is asked.
    pub fn action(&self, request: &Request<'_>) -> Result<Action, Fault> {
        match self {
            Self::Tc3(_) if request.method == "POST" => {
                let body = json::read(request.body, "body")?;
                Action::read(&name(request), &body)
            }
            Self::Tc3(_) if request.method == "GET" => {
                Action::read(&name(request), &unflatten(&encode::form(request.raw_query))?)
            }
            // With any other method the signature covers no parameters.
            Self::Tc3(_) => Err(Fault::UnknownResource),
            Self::Old(_) => {
                let parameters = old::parameters(request);
                let action =
                    parameters.iter().find(|(name, _)| name == "Action").map(|(_, value)| value.as_str());
                Action::read(action.unwrap_or_default(), &unflatten(&parameters)?)
            }
        }
    }
}

fn name(request: &Request<'_>) -> String {
    request.header("x-tc-action").unwrap_or_default().trim().to_owned()
}

/// Items of one list in a flattened request: more than any action takes.
const INDEX_MAX: usize = 1_000;

/// Gathers `PhoneNumberSet.0=…&PhoneNumberSet.1=…` into lists; what has no index stays a text. Indexes may come in any
/// order and must be complete.
fn unflatten(pairs: &[(String, String)]) -> Result<Value, Fault> {
    let mut out = serde_json::Map::new();
    let mut lists: std::collections::BTreeMap<&str, std::collections::BTreeMap<usize, &str>> =
        Default::default();
    for (name, value) in pairs {
        let indexed =
            name.rsplit_once('.').and_then(|(list, index)| Some((list, index.parse::<usize>().ok()?)));
        match indexed {
            Some((list, index)) if index <= INDEX_MAX => {
                lists.entry(list).or_default().insert(index, value);
            }
            _ => {
                out.insert(name.clone(), Value::from(value.as_str()));
            }
        }
    }
    for (name, items) in lists {
        if items.keys().enumerate().any(|(expected, index)| expected != *index) {
            return Err(Fault::Bad { name: "list", expected: "items numbered from 0 without a gap" });
        }
        out.insert(name.to_owned(), items.into_values().collect());
    }
    Ok(Value::Object(out))
}
