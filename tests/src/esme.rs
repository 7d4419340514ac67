//! A client of ours over SMPP, as a core system of a bank would be: it binds, submits, and reads what comes, one PDU at a
//! time. It uses the codec and no session, so that a test can say anything at any moment.

use crate::PATIENCE;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use wire::smpp::command::CommandId;
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::frame::{self, Frame};
use wire::smpp::pdu::{self, Bind, BindKind, Pdu, ShortMessage};
use wire::smpp::receipt::{self, OwnedReceipt};
use wire::smpp::{Address, Status};

/// A client.
pub struct Esme {
    stream: Box<dyn Stream>,
    inbox: Vec<u8>,
    /// What came while something else was waited for.
    kept: VecDeque<Heard>,
    next: u32,
    /// Whether deliver_sm is answered as it comes.
    pub answers: bool,
}

/// Anything that bytes go through.
pub trait Stream: Read + Write {
    /// How long a read may wait.
    fn wait(&mut self, time: Duration);
}

impl Stream for TcpStream {
    fn wait(&mut self, time: Duration) {
        self.set_read_timeout(Some(time)).unwrap();
    }
}

/// A PDU that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What.
    pub command: CommandId,
    /// With which status.
    pub status: Status,
    /// Under which number.
    pub sequence: u32,
    /// The rest.
    pub body: Vec<u8>,
}

impl Heard {
    /// Reads its body.
    pub fn pdu(&self) -> Pdu<'_> {
        let Self { command, status, sequence, .. } = *self;
        pdu::decode(&Frame { command, status, sequence, body: &self.body }).unwrap()
    }

    /// The message it delivers.
    #[track_caller]
    pub fn delivered(&self) -> ShortMessage<'_> {
        match self.pdu() {
            Pdu::Deliver(message) => message,
            other => panic!("expected a deliver_sm, found {other:?}"),
        }
    }

    /// The receipt it delivers.
    #[track_caller]
    pub fn receipt(&self) -> OwnedReceipt {
        let message = self.delivered();
        receipt::read(message.esm_class, message.tlvs, message.short_message).expect("a receipt").to_owned()
    }

    /// The id it gives a message.
    #[track_caller]
    pub fn id(&self) -> String {
        assert_eq!(self.status, Status::OK);
        match self.pdu() {
            Pdu::SubmitResp(answer) | Pdu::DataResp(answer) => {
                String::from_utf8(answer.message_id.to_vec()).unwrap()
            }
            Pdu::SubmitMultiResp(answer) => String::from_utf8(answer.message_id.to_vec()).unwrap(),
            other => panic!("expected an id, found {other:?}"),
        }
    }
}

impl Esme {
    /// Connects, and does not bind.
    pub fn connect(address: &str) -> Self {
        Self::over(Box::new(TcpStream::connect(address).unwrap()))
    }

    /// The same, over anything.
    pub fn over(stream: Box<dyn Stream>) -> Self {
        Self { stream, inbox: Vec::new(), kept: VecDeque::new(), next: 1, answers: true }
    }

    /// Connects and binds.
    ///
    /// # Panics
    /// If it is not let in.
    #[track_caller]
    pub fn bind(address: &str, kind: BindKind, system_id: &str, password: &str) -> Self {
        let mut esme = Self::connect(address);
        assert_eq!(esme.ask_to_bind(kind, system_id, password, 0x34).status, Status::OK);
        esme
    }

    /// Asks to bind, and returns the answer.
    pub fn ask_to_bind(&mut self, kind: BindKind, system_id: &str, password: &str, version: u8) -> Heard {
        let (system_id, password) = (system_id.as_bytes(), password.as_bytes());
        let bind = Bind { system_id, password, interface_version: version, ..Bind::default() };
        self.ask(&Pdu::Bind(kind, bind))
    }

    /// Sends a PDU and returns its number.
    pub fn send(&mut self, pdu: &Pdu<'_>) -> u32 {
        let (mut octets, sequence) = (Vec::new(), self.next);
        pdu::encode(&mut octets, Status::OK, sequence, pdu).unwrap();
        self.next += 1;
        self.write(&octets);
        sequence
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

    /// The next message or receipt.
    #[track_caller]
    pub fn delivery(&mut self) -> Heard {
        self.wait_for("a deliver_sm", |heard| heard.command == CommandId::DELIVER_SM)
    }

    /// The next PDU of this kind.
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
        !self.kept.iter().any(|heard| heard.command == CommandId::DELIVER_SM)
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

    /// Answers a request with this status.
    pub fn answer(&mut self, heard: &Heard, status: Status) {
        let mut octets = Vec::new();
        pdu::encode_header(&mut octets, heard.command.response(), status, heard.sequence);
        // An empty message_id (§4.6.2).
        octets.push(0);
        octets[3] += 1;
        self.write(&octets);
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
            let mut rest = &self.inbox[..];
            if let Some(frame) = frame::split(&mut rest).unwrap() {
                let Frame { command, status, sequence, body } = frame;
                let heard = Heard { command, status, sequence, body: body.to_vec() };
                let left = rest.len();
                self.inbox.drain(..self.inbox.len() - left);
                match command {
                    CommandId::ENQUIRE_LINK => self.answer_plainly(&heard),
                    CommandId::DELIVER_SM if self.answers => self.answer(&heard, Status::OK),
                    _ => {}
                }
                if command == CommandId::ENQUIRE_LINK {
                    continue;
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

    fn answer_plainly(&mut self, heard: &Heard) {
        let mut octets = Vec::new();
        pdu::encode_header(&mut octets, heard.command.response(), Status::OK, heard.sequence);
        self.write(&octets);
    }
}

/// A message to a number, with a receipt wanted.
pub fn message<'a>(to: &'a str, text: &'a [u8]) -> ShortMessage<'a> {
    ShortMessage {
        destination: Address::new(Default::default(), Default::default(), to),
        esm_class: EsmClass::DEFAULT,
        registered_delivery: RegisteredDelivery::FINAL,
        short_message: text,
        ..ShortMessage::default()
    }
}
