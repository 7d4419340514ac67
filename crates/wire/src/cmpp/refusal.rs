//! What to answer a request with that cannot be served, on either side. Private to the sessions.

use super::command::CommandId;
use super::frame::Frame;
use super::msg_id::MsgId;
use super::pdu::{ConnectResp, MessageResp, Pdu};
use super::status::{ConnectStatus, ResultCode};

/// The response that says no, for the requests whose response can say so.
pub(super) fn refusal(frame: &Frame<'_>, result: ResultCode) -> Option<Pdu<'static>> {
    Some(match frame.command {
        CommandId::SUBMIT => Pdu::SubmitResp(MessageResp { msg_id: MsgId::NONE, result }),
        CommandId::DELIVER => {
            // Its id comes first, so that it can be echoed even when the rest cannot be read.
            let msg_id = frame.body.first_chunk().map_or(MsgId::NONE, |id| MsgId(u64::from_be_bytes(*id)));
            Pdu::DeliverResp(MessageResp { msg_id, result })
        }
        CommandId::CANCEL => Pdu::CancelResp(1),
        CommandId::CONNECT if matches!(result, ResultCode::STRUCTURE | ResultCode::LENGTH) => {
            Pdu::ConnectResp(ConnectResp { status: ConnectStatus::STRUCTURE, ..ConnectResp::default() })
        }
        CommandId::CONNECT => {
            Pdu::ConnectResp(ConnectResp { status: ConnectStatus::OTHER, ..ConnectResp::default() })
        }
        _ => return None,
    })
}
