//! The bodies of SMPP 3.4 (§4): one `Pdu` for all of them, borrowed from the frame they came in.
//!
//! `decode` never looks at a status to decide how to read (responses may lack their body whatever the status), never
//! fails on an unknown command and never fails on optional parameters. `encode` appends a whole PDU or nothing.
//! Called by the sessions, by the carrier simulator and by anything that reads a capture.

mod bind;
mod message;
mod data;
mod multi;
mod manage;

pub use bind::{Bind, BindKind, BindResp, INTERFACE_VERSION, INTERFACE_VERSION_5, Outbind};
pub use data::{AlertNotification, DataSm};
pub use manage::{CancelSm, QueryResp, QuerySm, ReplaceSm};
pub(crate) use message::SHORT_MESSAGE_MAX;
pub use message::{MessageResp, ShortMessage};
pub use multi::{Destination, SubmitMulti, SubmitMultiResp, Unsuccessful};

use super::command::CommandId;
use super::error::{DecodeError, EncodeError};
use super::frame::Frame;
use super::octets::{Reader, Writer};
use super::status::Status;

/// A decoded PDU without its status and sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu<'a> {
    /// bind_transmitter, bind_receiver, bind_transceiver (§4.1).
    Bind(BindKind, Bind<'a>),
    /// Their responses.
    BindResp(BindKind, BindResp<'a>),
    /// outbind (§4.1.7).
    Outbind(Outbind<'a>),
    /// unbind (§4.2.1).
    Unbind,
    /// unbind_resp (§4.2.2).
    UnbindResp,
    /// generic_nack (§4.3).
    GenericNack,
    /// submit_sm (§4.4.1).
    Submit(ShortMessage<'a>),
    /// submit_sm_resp (§4.4.2).
    SubmitResp(MessageResp<'a>),
    /// submit_multi (§4.5.1).
    SubmitMulti(SubmitMulti<'a>),
    /// submit_multi_resp (§4.5.2).
    SubmitMultiResp(SubmitMultiResp<'a>),
    /// deliver_sm (§4.6.1).
    Deliver(ShortMessage<'a>),
    /// deliver_sm_resp (§4.6.2); its message_id is unused and empty.
    DeliverResp(MessageResp<'a>),
    /// data_sm (§4.7.1).
    Data(DataSm<'a>),
    /// data_sm_resp (§4.7.2).
    DataResp(MessageResp<'a>),
    /// query_sm (§4.8.1).
    Query(QuerySm<'a>),
    /// query_sm_resp (§4.8.2).
    QueryResp(QueryResp<'a>),
    /// cancel_sm (§4.9.1).
    Cancel(CancelSm<'a>),
    /// cancel_sm_resp (§4.9.2).
    CancelResp,
    /// replace_sm (§4.10.1).
    Replace(ReplaceSm<'a>),
    /// replace_sm_resp (§4.10.2).
    ReplaceResp,
    /// enquire_link (§4.11.1).
    EnquireLink,
    /// enquire_link_resp (§4.11.2).
    EnquireLinkResp,
    /// alert_notification (§4.12.1).
    AlertNotification(AlertNotification<'a>),
    /// A command that SMPP 3.4 does not have, with its body as it came.
    Unknown(CommandId, &'a [u8]),
}

/// Reads the body of a frame.
#[inline]
pub fn decode<'a>(frame: &Frame<'a>) -> Result<Pdu<'a>, DecodeError> {
    let mut reader = Reader::new(frame.command, frame.body);
    let body = &mut reader;
    // These four are nearly all there is; the others stand apart so that these can be built where they are used.
    Ok(match frame.command {
        CommandId::SUBMIT_SM => Pdu::Submit(ShortMessage::read(body)?),
        CommandId::SUBMIT_SM_RESP => Pdu::SubmitResp(MessageResp::read(body)),
        CommandId::DELIVER_SM => Pdu::Deliver(ShortMessage::read(body)?),
        CommandId::DELIVER_SM_RESP => Pdu::DeliverResp(MessageResp::read(body)),
        _ => return decode_other(frame, body),
    })
}

#[inline(never)]
fn decode_other<'a>(frame: &Frame<'a>, body: &mut Reader<'a>) -> Result<Pdu<'a>, DecodeError> {
    use BindKind::{Receiver, Transceiver, Transmitter};
    Ok(match frame.command {
        CommandId::ENQUIRE_LINK => Pdu::EnquireLink,
        CommandId::ENQUIRE_LINK_RESP => Pdu::EnquireLinkResp,
        CommandId::DATA_SM => Pdu::Data(DataSm::read(body)?),
        CommandId::DATA_SM_RESP => Pdu::DataResp(MessageResp::read(body)),
        CommandId::BIND_TRANSMITTER => Pdu::Bind(Transmitter, Bind::read(body)?),
        CommandId::BIND_RECEIVER => Pdu::Bind(Receiver, Bind::read(body)?),
        CommandId::BIND_TRANSCEIVER => Pdu::Bind(Transceiver, Bind::read(body)?),
        CommandId::BIND_TRANSMITTER_RESP => Pdu::BindResp(Transmitter, BindResp::read(body)),
        CommandId::BIND_RECEIVER_RESP => Pdu::BindResp(Receiver, BindResp::read(body)),
        CommandId::BIND_TRANSCEIVER_RESP => Pdu::BindResp(Transceiver, BindResp::read(body)),
        CommandId::OUTBIND => Pdu::Outbind(Outbind::read(body)?),
        CommandId::UNBIND => Pdu::Unbind,
        CommandId::UNBIND_RESP => Pdu::UnbindResp,
        CommandId::GENERIC_NACK => Pdu::GenericNack,
        CommandId::SUBMIT_MULTI => Pdu::SubmitMulti(SubmitMulti::read(body)?),
        CommandId::SUBMIT_MULTI_RESP => Pdu::SubmitMultiResp(SubmitMultiResp::read(body)?),
        CommandId::QUERY_SM => Pdu::Query(QuerySm::read(body)?),
        CommandId::QUERY_SM_RESP => Pdu::QueryResp(QueryResp::read(body)?),
        CommandId::CANCEL_SM => Pdu::Cancel(CancelSm::read(body)?),
        CommandId::CANCEL_SM_RESP => Pdu::CancelResp,
        CommandId::REPLACE_SM => Pdu::Replace(ReplaceSm::read(body)?),
        CommandId::REPLACE_SM_RESP => Pdu::ReplaceResp,
        CommandId::ALERT_NOTIFICATION => Pdu::AlertNotification(AlertNotification::read(body)?),
        other => Pdu::Unknown(other, frame.body),
    })
}

/// Appends the whole PDU, header and body, to `out`; on an error `out` is as before.
pub fn encode(out: &mut Vec<u8>, status: Status, sequence: u32, pdu: &Pdu<'_>) -> Result<(), EncodeError> {
    let mut writer = Writer::new(out, pdu.command(), status, sequence);
    let body = &mut writer;
    match pdu {
        Pdu::Submit(message) | Pdu::Deliver(message) => message.write(body)?,
        Pdu::SubmitResp(response) | Pdu::DeliverResp(response) | Pdu::DataResp(response) => {
            response.write(body)?
        }
        Pdu::Data(data) => data.write(body)?,
        Pdu::Bind(_, bind) => bind.write(body)?,
        Pdu::BindResp(_, response) => response.write(body)?,
        Pdu::Outbind(outbind) => outbind.write(body)?,
        Pdu::SubmitMulti(multi) => multi.write(body)?,
        Pdu::SubmitMultiResp(response) => response.write(body)?,
        Pdu::Query(query) => query.write(body)?,
        Pdu::QueryResp(response) => response.write(body)?,
        Pdu::Cancel(cancel) => cancel.write(body)?,
        Pdu::Replace(replace) => replace.write(body)?,
        Pdu::AlertNotification(alert) => alert.write(body)?,
        Pdu::Unknown(_, octets) => body.raw(octets),
        Pdu::Unbind
        | Pdu::UnbindResp
        | Pdu::GenericNack
        | Pdu::CancelResp
        | Pdu::ReplaceResp
        | Pdu::EnquireLink
        | Pdu::EnquireLinkResp => {}
    }
    writer.finish()
}

/// Appends a PDU that is nothing but a header: enquire_link and its answer, unbind and its answer, generic_nack, and
/// any response whose status says it all (§4 lets an error response leave its body away).
pub fn encode_header(out: &mut Vec<u8>, command: CommandId, status: Status, sequence: u32) {
    let writer = Writer::new(out, command, status, sequence);
    let finished = writer.finish();
    debug_assert!(finished.is_ok(), "a header is never too long");
}

impl Pdu<'_> {
    /// The command_id it is written with.
    pub const fn command(&self) -> CommandId {
        match self {
            Self::Bind(kind, _) => kind.command(),
            Self::BindResp(kind, _) => kind.command().response(),
            Self::Outbind(_) => CommandId::OUTBIND,
            Self::Unbind => CommandId::UNBIND,
            Self::UnbindResp => CommandId::UNBIND_RESP,
            Self::GenericNack => CommandId::GENERIC_NACK,
            Self::Submit(_) => CommandId::SUBMIT_SM,
            Self::SubmitResp(_) => CommandId::SUBMIT_SM_RESP,
            Self::SubmitMulti(_) => CommandId::SUBMIT_MULTI,
            Self::SubmitMultiResp(_) => CommandId::SUBMIT_MULTI_RESP,
            Self::Deliver(_) => CommandId::DELIVER_SM,
            Self::DeliverResp(_) => CommandId::DELIVER_SM_RESP,
            Self::Data(_) => CommandId::DATA_SM,
            Self::DataResp(_) => CommandId::DATA_SM_RESP,
            Self::Query(_) => CommandId::QUERY_SM,
            Self::QueryResp(_) => CommandId::QUERY_SM_RESP,
            Self::Cancel(_) => CommandId::CANCEL_SM,
            Self::CancelResp => CommandId::CANCEL_SM_RESP,
            Self::Replace(_) => CommandId::REPLACE_SM,
            Self::ReplaceResp => CommandId::REPLACE_SM_RESP,
            Self::EnquireLink => CommandId::ENQUIRE_LINK,
            Self::EnquireLinkResp => CommandId::ENQUIRE_LINK_RESP,
            Self::AlertNotification(_) => CommandId::ALERT_NOTIFICATION,
            Self::Unknown(command, _) => *command,
        }
    }
}
