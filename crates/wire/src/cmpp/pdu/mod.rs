//! The bodies of CMPP (2.0 and 3.0 §8.4): one `Pdu` for all of them, borrowed from the frame they came in. The same types
//! serve both versions; what a version does not have is left out when written and empty when read.
//!
//! `decode` never fails on an unknown command. It reads the status of a response as wide as the PDU makes room for, since
//! gateways mix the versions up there. `encode` appends a whole PDU or nothing. Called by both sessions and by anything
//! that reads a capture.

mod connect;
mod submit;
mod deliver;
mod manage;

pub use connect::{Connect, ConnectResp};
pub use deliver::Deliver;
pub use manage::{Query, QueryResp};
pub use submit::{DESTINATIONS_MAX, Numbers, Submit};

use super::command::CommandId;
use super::error::{DecodeError, EncodeError};
use super::frame::{Frame, HEADER_OCTETS, OCTETS_MAX};
use super::msg_id::MsgId;
use super::status::ResultCode;
use super::version::Version;
use crate::fixed;

pub(super) type Reader<'a> = fixed::Reader<'a, CommandId>;
pub(super) type Writer<'v> = fixed::Writer<'v, CommandId>;

/// A decoded PDU without its sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu<'a> {
    /// CMPP_CONNECT.
    Connect(Connect<'a>),
    /// CMPP_CONNECT_RESP.
    ConnectResp(ConnectResp),
    /// CMPP_TERMINATE.
    Terminate,
    /// CMPP_TERMINATE_RESP.
    TerminateResp,
    /// CMPP_SUBMIT.
    Submit(Submit<'a>),
    /// CMPP_SUBMIT_RESP.
    SubmitResp(MessageResp),
    /// CMPP_DELIVER.
    Deliver(Deliver<'a>),
    /// CMPP_DELIVER_RESP.
    DeliverResp(MessageResp),
    /// CMPP_QUERY.
    Query(Query<'a>),
    /// CMPP_QUERY_RESP.
    QueryResp(QueryResp<'a>),
    /// CMPP_CANCEL: take this message back.
    Cancel(MsgId),
    /// CMPP_CANCEL_RESP: 0 when it was taken back, 1 when not.
    CancelResp(u32),
    /// CMPP_ACTIVE_TEST.
    ActiveTest,
    /// CMPP_ACTIVE_TEST_RESP; its reserved octet means nothing and need not be there.
    ActiveTestResp,
    /// A command that is not served, with its body as it came.
    Unknown(CommandId, &'a [u8]),
}

/// The body of CMPP_SUBMIT_RESP and CMPP_DELIVER_RESP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageResp {
    /// In SUBMIT_RESP the gateway's id of the message, in DELIVER_RESP that of the DELIVER.
    pub msg_id: MsgId,
    /// What became of it.
    pub result: ResultCode,
}

impl MessageResp {
    fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { msg_id: msg_id(body, "Msg_Id")?, result: ResultCode(status(body, "Result", 1)?) })
    }

    fn write(&self, body: &mut Writer<'_>, version: Version) {
        body.raw(&self.msg_id.0.to_be_bytes());
        write_status(body, version, self.result.0);
    }
}

/// Reads the body of a frame.
pub fn decode<'a>(frame: &Frame<'a>, version: Version) -> Result<Pdu<'a>, DecodeError> {
    let mut reader = Reader::new(frame.command, HEADER_OCTETS, frame.body);
    let body = &mut reader;
    Ok(match frame.command {
        CommandId::SUBMIT => Pdu::Submit(Submit::read(body, version)?),
        CommandId::SUBMIT_RESP => Pdu::SubmitResp(MessageResp::read(body)?),
        CommandId::DELIVER => Pdu::Deliver(Deliver::read(body, version)?),
        CommandId::DELIVER_RESP => Pdu::DeliverResp(MessageResp::read(body)?),
        CommandId::ACTIVE_TEST => Pdu::ActiveTest,
        CommandId::ACTIVE_TEST_RESP => Pdu::ActiveTestResp,
        CommandId::CONNECT => Pdu::Connect(Connect::read(body)?),
        CommandId::CONNECT_RESP => Pdu::ConnectResp(ConnectResp::read(body)?),
        CommandId::TERMINATE => Pdu::Terminate,
        CommandId::TERMINATE_RESP => Pdu::TerminateResp,
        CommandId::QUERY => Pdu::Query(Query::read(body)?),
        CommandId::QUERY_RESP => Pdu::QueryResp(QueryResp::read(body)?),
        CommandId::CANCEL => Pdu::Cancel(msg_id(body, "Msg_Id")?),
        CommandId::CANCEL_RESP => Pdu::CancelResp(status(body, "Success_Id", 1)?),
        other => Pdu::Unknown(other, frame.body),
    })
}

/// Appends the whole PDU, header and body, to `out`; on an error `out` is as before.
pub fn encode(out: &mut Vec<u8>, version: Version, sequence: u32, pdu: &Pdu<'_>) -> Result<(), EncodeError> {
    let mut writer = begin(out, pdu.command(), sequence);
    let body = &mut writer;
    match pdu {
        Pdu::Submit(message) => message.write(body, version)?,
        Pdu::Deliver(message) => message.write(body, version)?,
        Pdu::SubmitResp(response) | Pdu::DeliverResp(response) => response.write(body, version),
        Pdu::Connect(connect) => connect.write(body)?,
        Pdu::ConnectResp(response) => response.write(body, version),
        Pdu::Query(query) => query.write(body)?,
        Pdu::QueryResp(response) => response.write(body)?,
        Pdu::Cancel(id) => body.raw(&id.0.to_be_bytes()),
        Pdu::CancelResp(success) => write_status(body, version, *success),
        Pdu::ActiveTestResp => body.u8(0),
        Pdu::Unknown(_, octets) => body.raw(octets),
        Pdu::Terminate | Pdu::TerminateResp | Pdu::ActiveTest => {}
    }
    writer.finish()
}

impl Pdu<'_> {
    /// The Command_Id it is written with.
    pub const fn command(&self) -> CommandId {
        match self {
            Self::Connect(_) => CommandId::CONNECT,
            Self::ConnectResp(_) => CommandId::CONNECT_RESP,
            Self::Terminate => CommandId::TERMINATE,
            Self::TerminateResp => CommandId::TERMINATE_RESP,
            Self::Submit(_) => CommandId::SUBMIT,
            Self::SubmitResp(_) => CommandId::SUBMIT_RESP,
            Self::Deliver(_) => CommandId::DELIVER,
            Self::DeliverResp(_) => CommandId::DELIVER_RESP,
            Self::Query(_) => CommandId::QUERY,
            Self::QueryResp(_) => CommandId::QUERY_RESP,
            Self::Cancel(_) => CommandId::CANCEL,
            Self::CancelResp(_) => CommandId::CANCEL_RESP,
            Self::ActiveTest => CommandId::ACTIVE_TEST,
            Self::ActiveTestResp => CommandId::ACTIVE_TEST_RESP,
            Self::Unknown(command, _) => *command,
        }
    }
}

/// Begins a PDU: room for its length, command and number.
fn begin(out: &mut Vec<u8>, command: CommandId, sequence: u32) -> Writer<'_> {
    let mut writer = Writer::new(out, command, OCTETS_MAX);
    writer.u32(command.0);
    writer.u32(sequence);
    writer
}

fn msg_id(body: &mut Reader<'_>, field: &'static str) -> Result<MsgId, DecodeError> {
    Ok(MsgId(u64::from_be_bytes(body.array(field, "8 octets")?)))
}

/// A status, four octets wide if the body is long enough for that and else one. It takes `shortest` octets together with
/// what follows it.
fn status(body: &mut Reader<'_>, field: &'static str, shortest: usize) -> Result<u32, DecodeError> {
    if body.rest().len() >= shortest + WIDER {
        return body.u32(field);
    }
    body.u8(field).map(u32::from)
}

/// A status that one octet has no room for is "other" there, which the largest is too.
fn write_status(body: &mut Writer<'_>, version: Version, status: u32) {
    if version.status_octets() == 1 {
        body.u8(u8::try_from(status).unwrap_or(u8::MAX));
    } else {
        body.u32(status);
    }
}

/// How much wider a status is in 3.0.
const WIDER: usize = 3;
