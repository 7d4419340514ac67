//! The bodies of SMGP 3.0.3, borrowed from the frame they came in. `decode` never fails on an unknown command or on optional
//! parameters; `encode` appends a whole PDU or nothing. No text, no number and no sum prints.
//!
//! Field tables: SMSGate `codec/smgp/msg/*`, gosms `codec/smgp/*.go`, go_smgp `protocol/op_*.go` and rsms `datatypes/*.rs` agree,
//! but for the answers to Active_Test and Exit: nothing in the first and third, one reserved octet in older rsms. Both are
//! read; nothing is written.

use super::command::CommandId;
use super::frame::{Frame, HEADER_OCTETS, OCTETS_MAX};
use super::id::MsgId;
use super::status::Status;
use super::tlv::{Tag, Tlvs};
use super::{DecodeError, EncodeError};
use crate::fixed::{NUMBER_OCTETS, Numbers, Reader, Writer};
use crate::msg_fmt::MsgFmt;
use std::fmt;

/// A decoded PDU without its sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu<'a> {
    /// Login: 42 octets in all.
    Login(Login<'a>),
    /// Login_Resp: 33.
    LoginResp(LoginResp),
    /// Submit: 126, 21 for each number, the content, and what parameters there are.
    Submit(Submit<'a>),
    /// Submit_Resp: 26.
    SubmitResp(MessageResp),
    /// Deliver: 89, the content, and what parameters there are.
    Deliver(Deliver<'a>),
    /// Deliver_Resp: 26.
    DeliverResp(MessageResp),
    /// Active_Test: 12.
    ActiveTest,
    /// Active_Test_Resp: 12.
    ActiveTestResp,
    /// Exit: 12.
    Exit,
    /// Exit_Resp: 12.
    ExitResp,
    /// A command that does not pass between a client and a gateway, with its body as it came.
    Unknown(CommandId, &'a [u8]),
}

/// Which way a session carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LoginMode {
    /// 0: the client sends.
    Send,
    /// 1: the client takes.
    Receive,
    /// 2: both.
    #[default]
    Both,
}

impl LoginMode {
    /// The value of LoginMode.
    pub const fn code(self) -> u8 {
        match self {
            Self::Send => 0,
            Self::Receive => 1,
            Self::Both => 2,
        }
    }

    /// Reads LoginMode.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Send),
            1 => Some(Self::Receive),
            2 => Some(Self::Both),
            _ => None,
        }
    }

    /// Whether Submit may be sent over it.
    pub const fn submits(self) -> bool {
        matches!(self, Self::Send | Self::Both)
    }

    /// Whether Deliver comes over it.
    pub const fn delivers(self) -> bool {
        matches!(self, Self::Receive | Self::Both)
    }
}

/// The version we speak.
pub const VERSION: u8 = 0x30;

/// The body of Login.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Login<'a> {
    /// Who; at most 8 octets.
    pub client_id: &'a [u8],
    /// AuthenticatorClient; see `auth`.
    pub authenticator: [u8; 16],
    /// LoginMode; see `LoginMode::from_code`.
    pub mode: u8,
    /// MMDDhhmmss.
    pub timestamp: u32,
    /// The highest version of the client.
    pub version: u8,
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client_id = String::from_utf8_lossy(self.client_id);
        write!(f, "Login({client_id}, mode {}, version 0x{:x})", self.mode, self.version)
    }
}

/// The body of Login_Resp.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct LoginResp {
    /// Whether the login was accepted.
    pub status: Status,
    /// AuthenticatorServer; see `auth`.
    pub authenticator: [u8; 16],
    /// The highest version of the gateway.
    pub version: u8,
}

impl fmt::Debug for LoginResp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginResp({}, version 0x{:x})", self.status, self.version)
    }
}

/// The body of Submit_Resp and Deliver_Resp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageResp {
    /// The id the gateway gave the message; of a Deliver_Resp, the id the Deliver had.
    pub msg_id: MsgId,
    /// Whether the message was taken over.
    pub status: Status,
}

/// The body of Submit.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Submit<'a> {
    /// 6 for a message that ends at a handset; 7 for one that comes from there.
    pub msg_type: u8,
    /// 1 when a report is wanted.
    pub need_report: u8,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// The business; at most 10 octets.
    pub service_id: &'a [u8],
    /// How the fee is reckoned, 2 digits.
    pub fee_type: &'a [u8],
    /// The fee in fen; at most 6 digits.
    pub fee_code: &'a [u8],
    /// The monthly fee in fen; at most 6 digits.
    pub fixed_fee: &'a [u8],
    /// The alphabet; see `MsgFmt`.
    pub msg_format: MsgFmt,
    /// Until when it may be tried: empty or 16 characters.
    pub valid_time: &'a [u8],
    /// When to send: empty (now) or 16 characters.
    pub at_time: &'a [u8],
    /// From whom; at most 21 octets.
    pub src_term_id: &'a [u8],
    /// Who pays; at most 21 octets.
    pub charge_term_id: &'a [u8],
    /// To whom: 1 to 100 numbers of at most 21 octets.
    pub dest_term_ids: Numbers<'a>,
    /// At most 255 octets; 140 fit one message.
    pub msg_content: &'a [u8],
    /// Optional parameters.
    pub tlvs: Tlvs<'a>,
}

impl fmt::Debug for Submit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submit")
            .field("numbers", &self.dest_term_ids.len())
            .field("msg_format", &self.msg_format.0)
            .field("octets", &self.msg_content.len())
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
    }
}

/// The body of Deliver.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Deliver<'a> {
    /// The id of this Deliver.
    pub msg_id: MsgId,
    /// 1 when the content is a report; see `receipt`.
    pub is_report: u8,
    /// The alphabet; see `MsgFmt`.
    pub msg_format: MsgFmt,
    /// YYYYMMDDhhmmss.
    pub recv_time: &'a [u8],
    /// From whom; of a report, the number the message went to.
    pub src_term_id: &'a [u8],
    /// To whom: our number.
    pub dest_term_id: &'a [u8],
    /// What was written, or the report.
    pub msg_content: &'a [u8],
    /// Optional parameters.
    pub tlvs: Tlvs<'a>,
}

impl Deliver<'_> {
    /// TP_udhi; 0 when it is not there.
    pub fn tp_udhi(&self) -> u8 {
        self.tlvs.byte(Tag::TP_UDHI).unwrap_or(0)
    }
}

impl fmt::Debug for Deliver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliver")
            .field("is_report", &self.is_report)
            .field("msg_format", &self.msg_format.0)
            .field("octets", &self.msg_content.len())
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
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
        CommandId::SUBMIT_RESP => Pdu::SubmitResp(MessageResp::read(body)?),
        CommandId::DELIVER => Pdu::Deliver(Deliver::read(body)?),
        CommandId::DELIVER_RESP => Pdu::DeliverResp(MessageResp::read(body)?),
        CommandId::ACTIVE_TEST => Pdu::ActiveTest,
        CommandId::ACTIVE_TEST_RESP => Pdu::ActiveTestResp,
        CommandId::LOGIN => Pdu::Login(Login::read(body)?),
        CommandId::LOGIN_RESP => Pdu::LoginResp(LoginResp::read(body)?),
        CommandId::EXIT => Pdu::Exit,
        CommandId::EXIT_RESP => Pdu::ExitResp,
        other => Pdu::Unknown(other, frame.body),
    })
}

/// Appends a whole PDU; on an error `out` is as before.
pub fn encode(out: &mut Vec<u8>, sequence: u32, pdu: &Pdu<'_>) -> Result<(), EncodeError> {
    let command = pdu.command();
    let mut writer = Writer::new(out, command, OCTETS_MAX);
    writer.u32(command.0);
    writer.u32(sequence);
    let body = &mut writer;
    match pdu {
        Pdu::Login(login) => login.write(body)?,
        Pdu::LoginResp(answer) => {
            body.u32(answer.status.0);
            body.raw(&answer.authenticator);
            body.u8(answer.version);
        }
        Pdu::Submit(message) => message.write(body)?,
        Pdu::Deliver(message) => message.write(body)?,
        Pdu::SubmitResp(answer) | Pdu::DeliverResp(answer) => {
            body.raw(&answer.msg_id.0);
            body.u32(answer.status.0);
        }
        Pdu::ActiveTest | Pdu::ActiveTestResp | Pdu::Exit | Pdu::ExitResp => {}
        Pdu::Unknown(_, octets) => body.raw(octets),
    }
    writer.finish()
}

/// Appends a PDU that needs no more than its command: a request without a body, or an answer that says a status and nothing
/// else.
pub(crate) fn encode_bare(out: &mut Vec<u8>, sequence: u32, command: CommandId, status: Status) {
    let resp = MessageResp { msg_id: MsgId::NONE, status };
    let pdu = match command {
        CommandId::LOGIN_RESP => {
            Pdu::LoginResp(LoginResp { status, version: VERSION, ..LoginResp::default() })
        }
        CommandId::SUBMIT_RESP => Pdu::SubmitResp(resp),
        CommandId::DELIVER_RESP => Pdu::DeliverResp(resp),
        other => Pdu::Unknown(other, &[]),
    };
    let written = encode(out, sequence, &pdu);
    debug_assert!(written.is_ok(), "an answer of fixed width always fits");
}

impl Pdu<'_> {
    /// The request id it is written with.
    pub const fn command(&self) -> CommandId {
        match self {
            Self::Login(_) => CommandId::LOGIN,
            Self::LoginResp(_) => CommandId::LOGIN_RESP,
            Self::Submit(_) => CommandId::SUBMIT,
            Self::SubmitResp(_) => CommandId::SUBMIT_RESP,
            Self::Deliver(_) => CommandId::DELIVER,
            Self::DeliverResp(_) => CommandId::DELIVER_RESP,
            Self::ActiveTest => CommandId::ACTIVE_TEST,
            Self::ActiveTestResp => CommandId::ACTIVE_TEST_RESP,
            Self::Exit => CommandId::EXIT,
            Self::ExitResp => CommandId::EXIT_RESP,
            Self::Unknown(command, _) => *command,
        }
    }
}

impl<'a> Login<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            client_id: body.text("ClientID", 8)?,
            authenticator: body.array("AuthenticatorClient", "16 octets")?,
            mode: body.u8("LoginMode")?,
            timestamp: body.u32("TimeStamp")?,
            version: body.u8("ClientVersion")?,
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.text("ClientID", self.client_id, 8)?;
        body.raw(&self.authenticator);
        body.u8(self.mode);
        body.u32(self.timestamp);
        body.u8(self.version);
        Ok(())
    }
}

impl LoginResp {
    /// A refusal is read from its status alone: some gateways leave the rest away.
    fn read(body: In<'_, '_>) -> Result<Self, DecodeError> {
        let status = Status(body.u32("Status")?);
        if !status.is_ok() && body.rest().len() < 17 {
            return Ok(Self { status, ..Self::default() });
        }
        Ok(Self {
            status,
            authenticator: body.array("AuthenticatorServer", "16 octets")?,
            version: body.u8("ServerVersion")?,
        })
    }
}

impl MessageResp {
    fn read(body: In<'_, '_>) -> Result<Self, DecodeError> {
        Ok(Self { msg_id: MsgId(body.array("MsgID", "10 octets")?), status: Status(body.u32("Status")?) })
    }
}

impl<'a> Submit<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            msg_type: body.u8("MsgType")?,
            need_report: body.u8("NeedReport")?,
            priority: body.u8("Priority")?,
            service_id: body.text("ServiceID", 10)?,
            fee_type: body.text("FeeType", 2)?,
            fee_code: body.text("FeeCode", 6)?,
            fixed_fee: body.text("FixedFee", 6)?,
            msg_format: MsgFmt(body.u8("MsgFormat")?),
            valid_time: body.text("ValidTime", TIME_OCTETS)?,
            at_time: body.text("AtTime", TIME_OCTETS)?,
            src_term_id: body.text("SrcTermID", NUMBER_OCTETS)?,
            charge_term_id: body.text("ChargeTermID", NUMBER_OCTETS)?,
            dest_term_ids: {
                let count = usize::from(body.u8("DestTermIDCount")?);
                Numbers::Fields(body.octets("DestTermID", count * NUMBER_OCTETS)?)
            },
            msg_content: {
                let octets = usize::from(body.u8("MsgLength")?);
                body.octets("MsgContent", octets)?
            },
            tlvs: {
                body.skip(RESERVE_OCTETS);
                Tlvs::cut(body.rest())
            },
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.raw(&[self.msg_type, self.need_report, self.priority]);
        body.text("ServiceID", self.service_id, 10)?;
        body.text("FeeType", self.fee_type, 2)?;
        body.text("FeeCode", self.fee_code, 6)?;
        body.text("FixedFee", self.fixed_fee, 6)?;
        body.u8(self.msg_format.0);
        body.text("ValidTime", self.valid_time, TIME_OCTETS)?;
        body.text("AtTime", self.at_time, TIME_OCTETS)?;
        body.text("SrcTermID", self.src_term_id, NUMBER_OCTETS)?;
        body.text("ChargeTermID", self.charge_term_id, NUMBER_OCTETS)?;
        body.numbers("DestTermIDCount", &self.dest_term_ids, NUMBERS_MAX, "1 to 100 numbers")?;
        content(body, CommandId::SUBMIT, self.msg_content)?;
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

impl<'a> Deliver<'a> {
    fn read(body: In<'_, 'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            msg_id: MsgId(body.array("MsgID", "10 octets")?),
            is_report: body.u8("IsReport")?,
            msg_format: MsgFmt(body.u8("MsgFormat")?),
            recv_time: body.text("RecvTime", 14)?,
            src_term_id: body.text("SrcTermID", NUMBER_OCTETS)?,
            dest_term_id: body.text("DestTermID", NUMBER_OCTETS)?,
            msg_content: {
                let octets = usize::from(body.u8("MsgLength")?);
                body.octets("MsgContent", octets)?
            },
            tlvs: {
                body.skip(RESERVE_OCTETS);
                Tlvs::cut(body.rest())
            },
        })
    }

    fn write(&self, body: Out<'_, '_>) -> Result<(), EncodeError> {
        body.raw(&self.msg_id.0);
        body.raw(&[self.is_report, self.msg_format.0]);
        body.text("RecvTime", self.recv_time, 14)?;
        body.text("SrcTermID", self.src_term_id, NUMBER_OCTETS)?;
        body.text("DestTermID", self.dest_term_id, NUMBER_OCTETS)?;
        content(body, CommandId::DELIVER, self.msg_content)?;
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

/// MsgLength, MsgContent, Reserve.
fn content(body: Out<'_, '_>, command: CommandId, octets: &[u8]) -> Result<(), EncodeError> {
    let length = u8::try_from(octets.len()).map_err(|_| EncodeError::TooLong {
        command,
        field: "MsgContent",
        max: usize::from(u8::MAX),
        found: octets.len(),
    })?;
    body.u8(length);
    body.raw(octets);
    body.raw(&[0; RESERVE_OCTETS]);
    Ok(())
}

/// The most numbers a Submit goes to.
pub const NUMBERS_MAX: u8 = 100;
/// Sixteen characters and their NUL.
const TIME_OCTETS: usize = 17;
const RESERVE_OCTETS: usize = 8;
