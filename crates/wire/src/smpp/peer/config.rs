//! How the carrier's side treats one link: who it is, its limits and its time limits. Every limit has a default that a
//! stranger cannot exhaust.

use super::super::pdu::INTERFACE_VERSION_5;
use super::super::status::Status;
use model::Span;

/// How a carrier treats one link.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who we say we are in the bind response; at most 15 octets.
    pub system_id: String,
    /// The highest interface_version we speak: 0x34 or 0x50. What both sides speak is `ServerSession::version`.
    pub interface_version: u8,
    /// How long a fresh connection may take to bind (§2.7.1, session_init_timer).
    pub bind_timeout: Span,
    /// How long a PDU may take from its first octet to its last; who takes longer is cut off.
    pub frame_timeout: Span,
    /// After so long without a word from the ESME, ask whether it is there.
    pub enquire_after: Span,
    /// How long any request of ours may wait for its answer.
    pub response_timeout: Span,
    /// How many deliver_sm and data_sm of ours may wait for their answer at once; from 1.
    pub window: usize,
    /// How many requests of the ESME's may wait for the caller's answer at once; more are answered `over_window`.
    pub requests_max: usize,
    /// What a request beyond `requests_max` is answered with.
    pub over_window: OverWindow,
    /// How many octets of output may wait to be written; an ESME that asks and does not read is cut off beyond it.
    pub output_max: usize,
    /// How `deliver_receipt` writes receipts.
    pub receipts: ReceiptForm,
}

/// What an ESME that sends faster than it is answered gets to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OverWindow {
    /// ESME_RTHROTTLED: too fast.
    #[default]
    Throttled,
    /// ESME_RMSGQFUL: no room.
    QueueFull,
}

impl OverWindow {
    pub(super) const fn status(self) -> Status {
        match self {
            Self::Throttled => Status::THROTTLED,
            Self::QueueFull => Status::QUEUE_FULL,
        }
    }
}

/// How a receipt is written. Below interface_version 0x34 it is always text, because there are no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReceiptForm {
    /// The text of Appendix B.
    Text,
    /// receipted_message_id, message_state and network_error_code.
    Parameters,
    /// Both, which nearly every ESME reads.
    #[default]
    Both,
}

impl Config {
    /// Up to 5.0; 10 s to bind and for a PDU, 60 s to enquire, 60 s for answers; 100 of ours and 10,000 of theirs in flight
    /// (throttled beyond), 4 MiB of output, receipts in both forms.
    pub fn new(system_id: impl Into<String>) -> Self {
        Self {
            system_id: system_id.into(),
            interface_version: INTERFACE_VERSION_5,
            bind_timeout: Span::seconds(10),
            frame_timeout: Span::seconds(10),
            enquire_after: Span::seconds(60),
            response_timeout: Span::seconds(60),
            window: 100,
            requests_max: 10_000,
            over_window: OverWindow::Throttled,
            output_max: 4 * 1024 * 1024,
            receipts: ReceiptForm::Both,
        }
    }
}
