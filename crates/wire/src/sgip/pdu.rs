//! The bodies of SGIP 1.2, borrowed from the frame they came in. `decode` never fails on an unknown command; `encode` appends a
//! whole PDU or nothing. No text, no number and no password prints.
//!
//! Field tables: SMSGate `codec/sgip12/packet/*`, go_sgip `protocol/op_*.go`, rsms `rsms-codec-sgip/src/datatypes/*.rs` and gosms
//! `codec/sgip/*.go` agree, but for the last one's Bind_Resp, which ends after its Result. Every answer is read so: a Reserve that
//! is missing costs nothing.

use super::command::CommandId;
use super::frame::{Frame, HEADER_OCTETS, OCTETS_MAX};
use super::sequence::Sequence;
use super::status::Status;
use super::{DecodeError, EncodeError};
use crate::fixed::{NUMBER_OCTETS, Numbers, Reader, Writer};
use crate::msg_fmt::MsgFmt;
use crate::smpp::Found;
use std::fmt;

/// A decoded PDU without its sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu<'a> {
    /// Bind: 61 octets in all.
    Bind(Bind<'a>),
    /// Bind_Resp, Submit_Resp, Deliver_Resp or Report_Resp: 29.
    Answer(Answer, Status),
    /// Unbind: 20.
    Unbind,
    /// Unbind_Resp: 20.
    UnbindResp,
    /// Submit: 143, 21 for each number, and the content.
    Submit(Submit<'a>),
    /// Deliver: 77 and the content.
    Deliver(Deliver<'a>),
    /// Report: 64.
    Report(Report<'a>),
    /// A command that does not pass between an enterprise and a gateway, with its body as it came.
    Unknown(CommandId, &'a [u8]),
}

/// What is answered by a Result and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A Bind.
    Bind,
    /// A Submit.
    Submit,
    /// A Deliver.
    Deliver,
    /// A Report.
    Report,
}

impl Answer {
    /// The command of the answer.
    pub const fn command(self) -> CommandId {
        match self {
            Self::Bind => CommandId::BIND_RESP,
            Self::Submit => CommandId::SUBMIT_RESP,
            Self::Deliver => CommandId::DELIVER_RESP,
            Self::Report => CommandId::REPORT_RESP,
        }
    }
}

/// LoginType of a connection that the enterprise makes, to submit.
pub const LOGIN_TO_SUBMIT: u8 = 1;
/// LoginType of a connection that the gateway makes, to deliver.
pub const LOGIN_TO_DELIVER: u8 = 2;

/// The body of Bind.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Bind<'a> {
    /// Who connects to whom.
    pub login_type: u8,
    /// At most 16 octets.
    pub login_name: &'a [u8],
    /// At most 16 octets, in clear.
    pub password: &'a [u8],
}

impl fmt::Debug for Bind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bind({}, type {})", String::from_utf8_lossy(self.login_name), self.login_type)
    }
}

/// The body of Submit.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Submit<'a> {
    /// From whom: the access number; at most 21 octets.
    pub sp_number: &'a [u8],
    /// Who pays: a number with 86 before it, empty for the receiver, 21 zeros for the enterprise.
    pub charge_number: &'a [u8],
    /// To whom: 1 to 100 numbers with 86 before them.
    pub user_numbers: Numbers<'a>,
    /// The enterprise's code; at most 5 digits.
    pub corp_id: &'a [u8],
    /// The service's code; at most 10 octets.
    pub service_type: &'a [u8],
    /// How the fee is reckoned.
    pub fee_type: u8,
    /// The fee in fen; at most 6 digits.
    pub fee_value: &'a [u8],
    /// What the user is given, in fen; at most 6 digits.
    pub given_value: &'a [u8],
    /// 0: to be collected; 1: collected.
    pub agent_flag: u8,
    /// What caused the message: 0 and 1 a user's request, 2 something else, 3 the system.
    pub morelate_to_mt_flag: u8,
    /// 0 (lowest) to 9.
    pub priority: u8,
    /// Until when it may be tried: empty or 16 characters.
    pub expire_time: &'a [u8],
    /// When to send: empty (now) or 16 characters.
    pub schedule_time: &'a [u8],
    /// 0: report failure; 1: report always; 2: never; 3: a fee without a message.
    pub report_flag: u8,
    /// GSM protocol identifier; 0.
    pub tp_pid: u8,
    /// 1 when the content starts with a user data header.
    pub tp_udhi: u8,
    /// The alphabet.
    pub message_coding: MsgFmt,
    /// 0: a short message.
    pub message_type: u8,
    /// What is written.
    pub content: &'a [u8],
}

impl fmt::Debug for Submit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submit")
            .field("numbers", &self.user_numbers.len())
            .field("message_coding", &self.message_coding.0)
            .field("octets", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// The body of Deliver.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Deliver<'a> {
    /// From whom.
    pub user_number: &'a [u8],
    /// To whom: our number.
    pub sp_number: &'a [u8],
    /// GSM protocol identifier; 0.
    pub tp_pid: u8,
    /// 1 when the content starts with a user data header.
    pub tp_udhi: u8,
    /// The alphabet.
    pub message_coding: MsgFmt,
    /// What was written.
    pub content: &'a [u8],
}

impl fmt::Debug for Deliver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliver")
            .field("message_coding", &self.message_coding.0)
            .field("octets", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// The body of Report.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Report<'a> {
    /// The Submit it is about.
    pub submit: Sequence,
    /// 0: about a Submit; 1: about a Deliver between gateways.
    pub report_type: u8,
    /// The number that Submit went to.
    pub user_number: &'a [u8],
    /// 0: delivered; 1: on its way; 2: failed.
    pub state: u8,
    /// Why it failed; see `Status`.
    pub error_code: u8,
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({}, state {}, error {})", self.submit, self.state, self.error_code)
    }
}

type In<'r, 'a> = &'r mut Reader<'a, CommandId>;
type Out<'r, 'v> = &'r mut Writer<'v, CommandId>;

/// Reads the body of a frame.
pub fn decode<'a>(frame: &Frame<'a>) -> Result<Pdu<'a>, DecodeError> {
    let mut reader = Reader::new(frame.command, HEADER_OCTETS, frame.body);
    let body = &mut reader;
    Ok(match frame.command {
        CommandId::SUBMIT => Pdu::Submit(Submit::read(body)?),
        CommandId::SUBMIT_RESP => Pdu::Answer(Answer::Submit, result(body)?),
        CommandId::DELIVER => Pdu::Deliver(Deliver::read(body)?),
        CommandId::DELIVER_RESP => Pdu::Answer(Answer::Deliver, result(body)?),
        CommandId::REPORT => Pdu::Report(Report::read(body)?),
        CommandId::REPORT_RESP => Pdu::Answer(Answer::Report, result(body)?),
        CommandId::BIND => Pdu::Bind(Bind::read(body)?),
        CommandId::BIND_RESP => Pdu::Answer(Answer::Bind, result(body)?),
        CommandId::UNBIND => Pdu::Unbind,
        CommandId::UNBIND_RESP => Pdu::UnbindResp,
        other => Pdu::Unknown(other, frame.body),
    })
}

/// Appends a whole PDU; on an error `out` is as before.
pub fn encode(out: &mut Vec<u8>, sequence: Sequence, pdu: &Pdu<'_>) -> Result<(), EncodeError> {
    let command = pdu.command();
    let mut writer = Writer::new(out, command, OCTETS_MAX);
    writer.u32(command.0);
    writer.raw(&sequence.octets());
    let body = &mut writer;
    match pdu {
        Pdu::Bind(bind) => bind.write(body)?,
        Pdu::Answer(_, status) => {
            body.u8(status.0);
            body.raw(&RESERVE);
        }
        Pdu::Submit(message) => message.write(body)?,
        Pdu::Deliver(message) => message.write(body)?,
        Pdu::Report(report) => report.write(body)?,
        Pdu::Unbind | Pdu::UnbindResp => {}
        Pdu::Unknown(_, octets) => body.raw(octets),
    }
    writer.finish()
}

/// Appends the answer to any request: a Result, as all answers of SGIP have but Unbind_Resp.
pub(crate) fn encode_answer(out: &mut Vec<u8>, sequence: Sequence, request: CommandId, status: Status) {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = RESERVE;
    let body = [status.0, r0, r1, r2, r3, r4, r5, r6, r7];
    let body = if request == CommandId::UNBIND { &[][..] } else { &body[..] };
    let written = encode(out, sequence, &Pdu::Unknown(request.response(), body));
    debug_assert!(written.is_ok(), "an answer of fixed width always fits");
}

impl Pdu<'_> {
    /// The command it is written with.
    pub const fn command(&self) -> CommandId {
        match self {
            Self::Bind(_) => CommandId::BIND,
            Self::Answer(answer, _) => answer.command(),
            Self::Unbind => CommandId::UNBIND,
            Self::UnbindResp => CommandId::UNBIND_RESP,
            Self::Submit(_) => CommandId::SUBMIT,
            Self::Deliver(_) => CommandId::DELIVER,
            Self::Report(_) => CommandId::REPORT,
            Self::Unknown(command, _) => *command,
        }
    }
}

fn result(body: In<'_, '_>) -> Result<Status, DecodeError> {
    body.u8("Result").map(Status)
}

impl<'a> Bind<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            login_type: body.u8("LoginType")?,
            login_name: body.text("LoginName", LOGIN_OCTETS)?,
            password: body.text("LoginPassword", LOGIN_OCTETS)?,
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.u8(self.login_type);
        body.text("LoginName", self.login_name, LOGIN_OCTETS)?;
        body.text("LoginPassword", self.password, LOGIN_OCTETS)?;
        body.raw(&RESERVE);
        Ok(())
    }
}

impl<'a> Submit<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            sp_number: body.text("SPNumber", NUMBER_OCTETS)?,
            charge_number: body.text("ChargeNumber", NUMBER_OCTETS)?,
            user_numbers: {
                let count = usize::from(body.u8("UserCount")?);
                Numbers::Fields(body.octets("UserNumber", count * NUMBER_OCTETS)?)
            },
            corp_id: body.text("CorpId", 5)?,
            service_type: body.text("ServiceType", 10)?,
            fee_type: body.u8("FeeType")?,
            fee_value: body.text("FeeValue", 6)?,
            given_value: body.text("GivenValue", 6)?,
            agent_flag: body.u8("AgentFlag")?,
            morelate_to_mt_flag: body.u8("MorelatetoMTFlag")?,
            priority: body.u8("Priority")?,
            expire_time: body.text("ExpireTime", TIME_OCTETS)?,
            schedule_time: body.text("ScheduleTime", TIME_OCTETS)?,
            report_flag: body.u8("ReportFlag")?,
            tp_pid: body.u8("TP_pid")?,
            tp_udhi: body.u8("TP_udhi")?,
            message_coding: MsgFmt(body.u8("MessageCoding")?),
            message_type: body.u8("MessageType")?,
            content: content(body)?,
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.text("SPNumber", self.sp_number, NUMBER_OCTETS)?;
        body.text("ChargeNumber", self.charge_number, NUMBER_OCTETS)?;
        body.numbers("UserCount", &self.user_numbers, NUMBERS_MAX, "1 to 100 numbers")?;
        body.text("CorpId", self.corp_id, 5)?;
        body.text("ServiceType", self.service_type, 10)?;
        body.u8(self.fee_type);
        body.text("FeeValue", self.fee_value, 6)?;
        body.text("GivenValue", self.given_value, 6)?;
        body.raw(&[self.agent_flag, self.morelate_to_mt_flag, self.priority]);
        body.text("ExpireTime", self.expire_time, TIME_OCTETS)?;
        body.text("ScheduleTime", self.schedule_time, TIME_OCTETS)?;
        body.raw(&[self.report_flag, self.tp_pid, self.tp_udhi, self.message_coding.0, self.message_type]);
        write_content(body, CommandId::SUBMIT, self.content)
    }
}

impl<'a> Deliver<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            user_number: body.text("UserNumber", NUMBER_OCTETS)?,
            sp_number: body.text("SPNumber", NUMBER_OCTETS)?,
            tp_pid: body.u8("TP_pid")?,
            tp_udhi: body.u8("TP_udhi")?,
            message_coding: MsgFmt(body.u8("MessageCoding")?),
            content: content(body)?,
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.text("UserNumber", self.user_number, NUMBER_OCTETS)?;
        body.text("SPNumber", self.sp_number, NUMBER_OCTETS)?;
        body.raw(&[self.tp_pid, self.tp_udhi, self.message_coding.0]);
        write_content(body, CommandId::DELIVER, self.content)
    }
}

impl<'a> Report<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        let mut word = || body.u32("SubmitSequenceNumber");
        Ok(Self {
            submit: Sequence { node: word()?, time: word()?, counter: word()? },
            report_type: body.u8("ReportType")?,
            user_number: body.text("UserNumber", NUMBER_OCTETS)?,
            state: body.u8("State")?,
            error_code: body.u8("ErrorCode")?,
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.raw(&self.submit.octets());
        body.u8(self.report_type);
        body.text("UserNumber", self.user_number, NUMBER_OCTETS)?;
        body.raw(&[self.state, self.error_code]);
        body.raw(&RESERVE);
        Ok(())
    }
}

/// MessageLength and MessageContent; nothing is asked of the Reserve behind them.
fn content<'a>(body: In<'_, 'a>) -> Result<&'a [u8], DecodeError> {
    let length = body.u32("MessageLength")?;
    let octets = usize::try_from(length).unwrap_or(usize::MAX);
    if octets > body.rest().len() {
        return Err(body.error("MessageContent", "no longer than its PDU", Found::Value(length)));
    }
    body.octets("MessageContent", octets)
}

fn write_content(body: Out<'_, '_>, command: CommandId, octets: &[u8]) -> Result<(), EncodeError> {
    if octets.len() > CONTENT_MAX {
        return Err(EncodeError::TooLong {
            command,
            field: "MessageContent",
            max: CONTENT_MAX,
            found: octets.len(),
        });
    }
    // At most CONTENT_MAX.
    body.u32(octets.len() as u32);
    body.raw(octets);
    body.raw(&RESERVE);
    Ok(())
}

/// The most numbers a Submit goes to.
pub const NUMBERS_MAX: u8 = 100;
/// The longest content we write: 160 characters of ASCII. What comes may be longer.
pub const CONTENT_MAX: usize = 160;
const LOGIN_OCTETS: usize = 16;
const TIME_OCTETS: usize = 16;
const RESERVE: [u8; 8] = [0; 8];
