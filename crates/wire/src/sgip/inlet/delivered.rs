//! What a Deliver or a Report means, whichever connection it comes over. Private to `session` and `inlet`.

use super::super::frame::Frame;
use super::super::pdu::{Deliver, Report};
use super::super::session::{Delivery, DeliveryRef, Inbound, Octets, ProtocolError, Receipt};
use crate::fixed::{Number, part};
use crate::smpp::receipt::State;

/// From whom, to whom, and what.
type Arrived = (Number, Number, Delivery);

/// Somebody's message.
pub(in super::super) fn message(message: &Deliver<'_>) -> Arrived {
    let (concat, payload) = part(message.tp_udhi, message.content);
    let content = Delivery::Message(Inbound {
        text: message.message_coding.decode(payload),
        payload: Octets(payload.to_vec()),
        msg_format: message.message_coding,
        concat,
    });
    (Number::new(message.user_number), Number::new(message.sp_number), content)
}

/// What became of a Submit. A Report about a Deliver between gateways (type 1) is not about a message of ours.
pub(in super::super) fn report(report: &Report<'_>, body: &[u8]) -> Arrived {
    let content = if report.report_type == 0 {
        Delivery::Receipt(Receipt {
            remote_id: report.submit.to_string(),
            state: state(report.state),
            intermediate: false,
            error: (report.error_code != 0).then(|| report.error_code.to_string()),
            network_error: None,
            submitted: None,
            done: None,
        })
    } else {
        Delivery::UnreadableReceipt(Octets(body.to_vec()))
    };
    (Number::new(report.user_number), Number::default(), content)
}

/// The State of a Report: 0 delivered, 1 waiting to be sent, 2 failed.
const fn state(code: u8) -> State {
    match code {
        0 => State::Delivered,
        1 => State::Enroute,
        2 => State::Undeliverable,
        _ => State::Unknown,
    }
}

/// To answer a Deliver or a Report with.
pub(in super::super) fn reference(connection: u64, frame: &Frame<'_>) -> DeliveryRef {
    DeliveryRef { connection, sequence: frame.sequence, command: frame.command }
}

/// Why a PDU has no place where it came.
pub(in super::super) fn misplaced(frame: &Frame<'_>) -> ProtocolError {
    let Frame { command, sequence, .. } = *frame;
    match (command.name(), command.is_response()) {
        (None, _) => ProtocolError::UnknownCommand(command),
        (Some(_), true) => ProtocolError::UnexpectedAnswer { command, sequence },
        (Some(_), false) => ProtocolError::UnexpectedRequest(command),
    }
}
