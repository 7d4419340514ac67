//! HTTP dialects of message vendors, as pure code: Alibaba Cloud SMS, Tencent Cloud SMS, Twilio, Standard Webhooks.
//!
//! Both directions of each. As a server, an application that was written for the vendor talks to us: its signature is
//! verified against a secret the caller looked up, its request becomes a [`Send`], and our outcome becomes the vendor's
//! answer, error and callback. As a client we talk to the vendor: a [`Send`] becomes a signed [`Outgoing`] request, the
//! vendor's answer and callbacks become the same neutral values.
//!
//! Nothing here opens a socket, reads a clock or draws a nonce, and nothing decides whether a message may go. Printing
//! a value of this module shows no number, no text and no secret. The server and its channels call it.
//!
//! Reading order: `neutral` is what all dialects mean, `encode` and `stamp` how they write it, `guard` what keeps a
//! signed request from being used twice; then one folder for each vendor.

pub mod encode;
pub mod stamp;
pub mod neutral;
pub mod guard;
pub mod phone;
mod json;
mod message;
pub mod alibaba;
pub mod tencent;
pub mod twilio;
pub mod standard_webhooks;

pub use guard::{AuthError, Key, Replay};
pub use message::{Outgoing, Request, Response};
pub use neutral::{Accepted, Fault, Outcome, Params, Refusal, Reply, Report, Send, Status};
