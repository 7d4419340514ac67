//! A client of ours over CMPP, as a service provider's system would be: it logs in, submits, and reads what comes, one PDU
//! at a time. It uses the codec and no session, so that a test can say anything at any moment.

use crate::PATIENCE;
use crate::esme::Stream;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use wire::cmpp::frame::{Frame, Frames};
use wire::cmpp::login::Authenticator;
use wire::cmpp::pdu::{self, Connect, ConnectResp, Deliver, MessageResp, Numbers, Pdu, Submit};
use wire::cmpp::report::{self, Report};
use wire::cmpp::{CommandId, ConnectStatus, MsgFmt, MsgId, ResultCode, Version};

/// A client.
pub struct Sp {
    stream: Box<dyn Stream>,
    frames: Frames,
    version: Version,
    inbox: Vec<u8>,
    /// What came while something else was waited for.
    kept: VecDeque<Heard>,
    next: u32,
    /// Whether DELIVER is answered as it comes.
    pub answers: bool,
    /// Whether ACTIVE_TEST is answered as it comes.
    pub is_alive: bool,
}

/// A PDU that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    version: Version,
    /// What.
    pub command: CommandId,
    /// Under which number.
    pub sequence: u32,
    /// The rest.
    pub body: Vec<u8>,
}

impl Heard {
    /// Reads its body.
    #[track_caller]
    pub fn pdu(&self) -> Pdu<'_> {
        let frame = Frame { command: self.command, sequence: self.sequence, body: &self.body, skipped: 0 };
        pdu::decode(&frame, self.version).unwrap()
    }

    /// What a SUBMIT_RESP says.
    #[track_caller]
    pub fn answer(&self) -> MessageResp {
        match self.pdu() {
            Pdu::SubmitResp(answer) => answer,
            other => panic!("expected CMPP_SUBMIT_RESP, found {other:?}"),
        }
    }

    /// The id that a SUBMIT_RESP gives a message that was taken.
    #[track_caller]
    pub fn id(&self) -> MsgId {
        let answer = self.answer();
        assert_eq!(answer.result, ResultCode::OK);
        assert_ne!(answer.msg_id, MsgId::NONE);
        answer.msg_id
    }

    /// The DELIVER it is.
    #[track_caller]
    pub fn delivered(&self) -> Deliver<'_> {
        match self.pdu() {
            Pdu::Deliver(message) => message,
            other => panic!("expected CMPP_DELIVER, found {other:?}"),
        }
    }

    /// The status report it delivers.
    #[track_caller]
    pub fn report(&self) -> Report {
        let message = self.delivered();
        assert!(message.is_report(), "{message:?}");
        report::read(message.content).expect("a report")
    }
}

impl Sp {
    /// Connects, and does not log in.
    pub fn connect(address: &str, version: Version) -> Self {
        Self {
            stream: Box::new(TcpStream::connect(address).unwrap()),
            frames: Frames::default(),
            version,
            inbox: Vec::new(),
            kept: VecDeque::new(),
            next: 1,
            answers: true,
            is_alive: true,
        }
    }

    /// Connects and logs in.
    ///
    /// # Panics
    /// If it is not let in.
    #[track_caller]
    pub fn log_in(address: &str, version: Version, sp_id: &str, secret: &str) -> Self {
        let mut sp = Self::connect(address, version);
        assert_eq!(sp.ask_to_log_in(sp_id, secret, version.octet()).status, ConnectStatus::OK);
        sp
    }

    /// Asks to log in with this version octet, and returns the answer; a proof of the other side that does not prove
    /// anything ends the test.
    #[track_caller]
    pub fn ask_to_log_in(&mut self, sp_id: &str, secret: &str, version: u8) -> ConnectResp {
        let timestamp = 1_123_080_910;
        let source = sp_id.as_bytes();
        let authenticator = Authenticator::source(source, secret.as_bytes(), timestamp);
        let connect = Connect { source_addr: source, authenticator, version, timestamp };
        let heard = self.ask(&Pdu::Connect(connect));
        let Pdu::ConnectResp(answer) = heard.pdu() else { panic!("expected CONNECT_RESP, found {heard:?}") };
        if answer.status.is_ok() {
            let spoken = self.version;
            let proof = Authenticator::ismg(spoken, answer.status, authenticator, secret.as_bytes());
            assert_eq!(answer.authenticator, proof, "the gateway proves itself as well");
        }
        answer
    }

    /// Sends a PDU and returns its number.
    pub fn send(&mut self, pdu: &Pdu<'_>) -> u32 {
        let sequence = self.next;
        self.next += 1;
        self.send_as(sequence, pdu);
        sequence
    }

    /// Sends a PDU under a number.
    pub fn send_as(&mut self, sequence: u32, pdu: &Pdu<'_>) {
        let mut octets = Vec::new();
        pdu::encode(&mut octets, self.version, sequence, pdu).unwrap();
        self.write(&octets);
    }

    /// Sends octets as they are.
    pub fn write(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).unwrap();
        self.stream.flush().unwrap();
    }

    /// Sends a request and waits for its answer.
    #[track_caller]
    pub fn ask(&mut self, pdu: &Pdu<'_>) -> Heard {
        let sequence = self.send(pdu);
        self.answer_to(sequence)
    }

    /// The answer to a request.
    #[track_caller]
    pub fn answer_to(&mut self, sequence: u32) -> Heard {
        self.wait_for("an answer", |heard| heard.command.is_response() && heard.sequence == sequence)
    }

    /// The next message or report.
    #[track_caller]
    pub fn delivery(&mut self) -> Heard {
        self.wait_for("a DELIVER", |heard| heard.command == CommandId::DELIVER)
    }

    /// The next request of this kind that was not answered by itself.
    #[track_caller]
    pub fn request(&mut self, command: CommandId) -> Heard {
        self.wait_for("a request", |heard| heard.command == command)
    }

    /// Whether nothing is delivered for a moment.
    pub fn is_quiet(&mut self, moment: Duration) -> bool {
        let until = Instant::now() + moment;
        while let Some(heard) = self.read(until) {
            self.kept.push_back(heard);
        }
        !self.kept.iter().any(|heard| heard.command == CommandId::DELIVER)
    }

    /// Whether the other side closes the connection.
    pub fn is_closed(&mut self) -> bool {
        self.stream.wait(PATIENCE);
        let mut octets = [0; 4_096];
        loop {
            match self.stream.read(&mut octets) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(e) => return matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof),
            }
        }
    }

    /// Answers a DELIVER.
    pub fn answer(&mut self, heard: &Heard, result: ResultCode) {
        let msg_id = heard.delivered().msg_id;
        self.send_as(heard.sequence, &Pdu::DeliverResp(MessageResp { msg_id, result }));
    }

    #[track_caller]
    fn wait_for(&mut self, what: &str, is_it: impl Fn(&Heard) -> bool) -> Heard {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at).unwrap();
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let heard = self.read(until).unwrap_or_else(|| panic!("waited in vain for {what}"));
            if is_it(&heard) {
                return heard;
            }
            self.kept.push_back(heard);
        }
    }

    fn read(&mut self, until: Instant) -> Option<Heard> {
        loop {
            if let Some(heard) = self.cut() {
                match heard.command {
                    CommandId::ACTIVE_TEST if self.is_alive => {
                        self.send_as(heard.sequence, &Pdu::ActiveTestResp);
                        continue;
                    }
                    CommandId::DELIVER if self.answers => self.answer(&heard, ResultCode::OK),
                    _ => {}
                }
                return Some(heard);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.stream.wait(left);
            let mut octets = [0; 65_536];
            match self.stream.read(&mut octets) {
                Ok(0) => return None,
                Ok(n) => self.inbox.extend_from_slice(&octets[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return None,
                Err(e) => panic!("{e}"),
            }
        }
    }

    /// The next PDU of those that are here.
    fn cut(&mut self) -> Option<Heard> {
        let mut rest = &self.inbox[..];
        let frame = self.frames.split(&mut rest).unwrap()?;
        let Frame { command, sequence, body, .. } = frame;
        let heard = Heard { version: self.version, command, sequence, body: body.to_vec() };
        let left = rest.len();
        self.inbox.drain(..self.inbox.len() - left);
        Some(heard)
    }
}

/// A message to numbers, with a report wanted.
pub fn message<'a>(to: &'a [&'a str], msg_fmt: MsgFmt, content: &'a [u8]) -> Submit<'a> {
    Submit {
        pk_total: 1,
        pk_number: 1,
        registered_delivery: 1,
        msg_fmt,
        msg_src: b"901234",
        fee_user_type: 2,
        fee_type: b"01",
        fee_code: b"000000",
        destinations: Numbers::new(to),
        content,
        ..Submit::default()
    }
}
