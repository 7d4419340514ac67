//! What the carrier's side sends to an ESME: messages, receipts, both as deliver_sm or data_sm. Each has a ticket of the
//! caller's that comes back exactly once, in `Event::DeliverAnswered` or `Event::DeliverUnanswered`.

use super::super::address::Address;
use super::super::error::EncodeError;
use super::super::esm::EsmClass;
use super::super::pdu::{self, DataSm, INTERFACE_VERSION, Pdu, ShortMessage};
use super::super::receipt::Report;
use super::super::session::SubmitError;
use super::super::status::Status;
use super::super::tlv::{Tag, TlvBuf, Tlvs, Value};
use super::{ReceiptForm, Request, ServerSession, State};
use model::Timestamp;

/// A receipt to be sent, in the form that `Config::receipts` says.
#[derive(Debug, Clone, Copy)]
pub struct Receipt<'a> {
    /// What became of the message.
    pub report: Report<'a>,
    /// To whom the message went: a receipt comes from there (§4.6.1).
    pub source: Address<'a>,
    /// From whom it came.
    pub destination: Address<'a>,
    /// The service it was submitted with; mostly empty.
    pub service_type: &'a str,
    /// Whether it is a report on the way and another one follows.
    pub intermediate: bool,
    /// The user_message_reference it was submitted with, if any.
    pub user_message_reference: Option<u16>,
}

impl ServerSession {
    /// Sends a deliver_sm: a receipt or somebody's message. Returns its sequence number. Below interface_version 0x34 its
    /// optional parameters are left away, and a message whose text is one of them is refused.
    pub fn deliver(
        &mut self,
        ticket: u64,
        message: &ShortMessage<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        self.may_deliver()?;
        let mut message = *message;
        if self.version < INTERFACE_VERSION && !message.tlvs.is_empty() {
            if message.tlvs.find(Tag::MESSAGE_PAYLOAD).is_some() {
                let (tag, version) = (Tag::MESSAGE_PAYLOAD, self.version);
                return Err(EncodeError::NoParameters { tag, version }.into());
            }
            message.tlvs = Tlvs::NONE;
        }
        self.send(ticket, &Pdu::Deliver(message), now)
    }

    /// Sends a data_sm, as `deliver` does. Below interface_version 0x34 there is none.
    pub fn deliver_data(
        &mut self,
        ticket: u64,
        message: &DataSm<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        self.may_deliver()?;
        if self.version < INTERFACE_VERSION {
            return Err(SubmitError::NotBound { found: "bound with a version that has no data_sm" });
        }
        self.send(ticket, &Pdu::Data(*message), now)
    }

    /// Sends a receipt, written as `Config::receipts` says. Returns its sequence number.
    pub fn deliver_receipt(
        &mut self,
        ticket: u64,
        receipt: &Receipt<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        let old = self.version < INTERFACE_VERSION;
        let form = if old { ReceiptForm::Text } else { self.config.receipts };
        let mut text = Vec::new();
        if form != ReceiptForm::Parameters {
            receipt.report.write_text(&mut text);
        }
        let mut tlvs = if form == ReceiptForm::Text { TlvBuf::new() } else { receipt.report.tlvs()? };
        if let Some(reference) = receipt.user_message_reference.filter(|_| !old) {
            tlvs.push(Tag::USER_MESSAGE_REFERENCE, Value::Two(reference))?;
        }
        let message = ShortMessage {
            service_type: receipt.service_type.as_bytes(),
            source: receipt.source,
            destination: receipt.destination,
            esm_class: if receipt.intermediate { EsmClass::INTERMEDIATE } else { EsmClass::RECEIPT },
            short_message: &text,
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        self.deliver(ticket, &message, now)
    }

    /// How many more messages `deliver` would take now.
    pub fn window_free(&self) -> usize {
        match self.state {
            State::Bound(kind) if kind.delivers() && self.flight.has_room() => {
                self.config.window.saturating_sub(self.deliveries)
            }
            _ => 0,
        }
    }

    fn may_deliver(&self) -> Result<(), SubmitError> {
        match self.state {
            State::Bound(kind) if kind.delivers() => {}
            State::Bound(_) => return Err(SubmitError::NotBound { found: "bound to submit" }),
            _ => return Err(SubmitError::NotBound { found: "unbound" }),
        }
        if self.deliveries >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        Ok(())
    }

    fn send(&mut self, ticket: u64, pdu: &Pdu<'_>, now: Timestamp) -> Result<u32, SubmitError> {
        let sequence = self.flight.next_sequence();
        pdu::encode(&mut self.output.0, Status::OK, sequence, pdu)?;
        self.flight.push(Request::Deliver(ticket), now.after(self.config.response_timeout));
        self.deliveries += 1;
        Ok(sequence)
    }
}
