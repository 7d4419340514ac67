//! A carrier inside the test: it writes down every part it is given, and lets the test write back.
//!
//! It outlives any number of the server's deaths. The session is the product's own sans-I/O one; here are sockets,
//! threads and memory.

use crate::{PATIENCE, bank, wait_until};
use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wire::smpp::coding::{Alphabet, alphabet, decode, encode_ucs2};
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::ShortMessage;
use wire::smpp::peer::{Config, Event, Message, ServerSession};
use wire::smpp::receipt::{Report, State};
use wire::smpp::tlv::TlvBuf;
use wire::smpp::{Address, Status};

/// How it behaves; may be changed while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// How long a submit waits for its answer; `None`: for ever.
    pub latency: Option<Duration>,
    /// Whether receipts are sent.
    pub receipts: bool,
}

/// One part as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// To whom, as digits.
    pub to: String,
    /// Its text.
    pub text: String,
    /// Which part, and of how many.
    pub place: (u8, u8),
    /// What the parts of a message have in common.
    pub reference: u16,
    /// When.
    pub at: Instant,
}

/// Something on its way to the server.
#[derive(Debug, Clone)]
enum Parcel {
    Receipt { remote: String, to: String },
    Text { from: String, to: String, text: String, ticket: u64 },
}

#[derive(Debug)]
struct Shared {
    habits: Mutex<Habits>,
    parts: Mutex<Vec<Part>>,
    outbox: Mutex<VecDeque<Parcel>>,
    acknowledged: Mutex<HashMap<u64, Instant>>,
    next: AtomicU64,
    stop: AtomicBool,
}

/// The carrier. Its threads end when it is dropped.
#[derive(Debug)]
pub struct Smsc {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

/// The number that messages come from, and replies go to.
const OUR_NUMBER: &str = "106900001";
/// How long a thread waits for bytes before it looks at what else there is to do.
const LOOK_EVERY: Duration = Duration::from_millis(3);

impl Smsc {
    /// Starts one that answers and reports after some milliseconds.
    pub fn start(latency_ms: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let habits = Habits { latency: Some(Duration::from_millis(latency_ms)), receipts: true };
        let shared = Arc::new(Shared {
            habits: Mutex::new(habits),
            parts: Mutex::default(),
            outbox: Mutex::default(),
            acknowledged: Mutex::default(),
            next: AtomicU64::new(1),
            stop: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            while !accepting.stop.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let link = Link::new(stream, Arc::clone(&accepting));
                        std::thread::spawn(move || link.serve());
                    }
                    Err(_) => std::thread::sleep(LOOK_EVERY),
                }
            }
        });
        Self { address, shared }
    }

    /// Changes its habits.
    pub fn habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut self.shared.habits.lock().unwrap());
    }

    /// Every part so far, in the order in which they came.
    pub fn parts(&self) -> Vec<Part> {
        self.shared.parts.lock().unwrap().clone()
    }

    /// The messages to a number, put together of their parts, in the order of their first.
    pub fn texts_to(&self, to: &str) -> Vec<String> {
        let mut texts: Vec<(u16, String)> = Vec::new();
        for part in self.parts().into_iter().filter(|part| part.to == to) {
            match texts.iter_mut().find(|(reference, _)| part.place.1 > 1 && *reference == part.reference) {
                Some((_, text)) => text.push_str(&part.text),
                None => texts.push((part.reference, part.text)),
            }
        }
        texts.into_iter().map(|(_, text)| text).collect()
    }

    /// Somebody answers. Returns once the server has taken the answer over, with the moment.
    pub fn reply(&self, from: &str, text: &str) -> Instant {
        self.reply_to(from, OUR_NUMBER, text)
    }

    /// The same, to a longer number of ours.
    pub fn reply_to(&self, from: &str, to: &str, text: &str) -> Instant {
        let ticket = self.write_back(from, to, text);
        let taken = || self.shared.acknowledged.lock().unwrap().get(&ticket).copied();
        wait_until("a reply to be taken over", || taken().is_some());
        taken().unwrap()
    }

    /// The same, without waiting until it is taken over. Returns its ticket.
    pub fn write_back(&self, from: &str, to: &str, text: &str) -> u64 {
        let ticket = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (from, to, text) = (from.to_owned(), to.to_owned(), text.to_owned());
        let parcel = Parcel::Text { from, to, text, ticket };
        self.shared.outbox.lock().unwrap().push_back(parcel);
        ticket
    }
}

impl Drop for Smsc {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// One connection.
struct Link {
    stream: TcpStream,
    session: ServerSession,
    shared: Arc<Shared>,
    answers: VecDeque<(Instant, u32, String, String)>,
    reports: VecDeque<(Instant, Parcel)>,
    under_way: HashMap<u64, Parcel>,
}

impl Link {
    fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(LOOK_EVERY)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let session = ServerSession::new(Config::new("TEST-SMSC"), bank::now());
        Self {
            stream,
            session,
            shared,
            answers: VecDeque::new(),
            reports: VecDeque::new(),
            under_way: HashMap::new(),
        }
    }

    fn serve(mut self) {
        let mut inbox = vec![0; 64 << 10];
        while !self.shared.stop.load(Ordering::Relaxed) {
            let lost = match self.stream.read(&mut inbox) {
                Ok(0) => true,
                Ok(n) => {
                    self.session.receive(&inbox[..n], bank::now());
                    false
                }
                Err(e) => !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            };
            if lost {
                self.session.disconnected();
            }
            self.session.tick(bank::now());
            let closed = self.listen();
            self.speak();
            let output = std::mem::take(self.session.output());
            if self.stream.write_all(&output).is_err() {
                self.session.disconnected();
                self.listen();
                return self.leave();
            }
            if closed {
                return self.leave();
            }
        }
    }

    /// What was not taken over waits for the next connection.
    fn leave(self) {
        let parcels = self.under_way.into_values().chain(self.reports.into_iter().map(|(_, parcel)| parcel));
        self.shared.outbox.lock().unwrap().extend(parcels);
    }

    fn listen(&mut self) -> bool {
        let mut closed = false;
        while let Some(event) = self.session.event() {
            match event {
                Event::Bind(_) => self.session.accept_bind().unwrap(),
                Event::Submit { sequence, message } => self.submitted(sequence, &message),
                Event::DeliverAnswered { ticket, status, .. } => {
                    let parcel = self.under_way.remove(&ticket);
                    match parcel {
                        Some(Parcel::Text { ticket, .. }) if status.is_ok() => {
                            self.shared.acknowledged.lock().unwrap().insert(ticket, Instant::now());
                        }
                        Some(parcel) if !status.is_ok() => {
                            self.shared.outbox.lock().unwrap().push_back(parcel)
                        }
                        _ => {}
                    }
                }
                Event::DeliverUnanswered { ticket, .. } => {
                    if let Some(parcel) = self.under_way.remove(&ticket) {
                        self.shared.outbox.lock().unwrap().push_back(parcel);
                    }
                }
                Event::Closed { .. } => closed = true,
                _ => {}
            }
        }
        closed
    }

    fn submitted(&mut self, sequence: u32, message: &Message) {
        let text = decode(alphabet(message.data_coding, Alphabet::Gsm), &message.payload.0).unwrap();
        let (place, reference) = message.concat.map_or(((1, 1), 0), |c| ((c.number, c.total), c.reference));
        let to = message.destination.reveal().to_owned();
        let part = Part { to: to.clone(), text, place, reference, at: Instant::now() };
        self.shared.parts.lock().unwrap().push(part);
        let habits = *self.shared.habits.lock().unwrap();
        let Some(latency) = habits.latency else { return };
        let remote = self.shared.next.fetch_add(1, Ordering::Relaxed).to_string();
        self.answers.push_back((Instant::now() + latency, sequence, remote.clone(), to.clone()));
        if habits.receipts && message.registered_delivery.wants(true) {
            let at = Instant::now() + latency * 2;
            self.reports.push_back((at, Parcel::Receipt { remote, to }));
        }
    }

    fn speak(&mut self) {
        let now = Instant::now();
        while let Some((_, sequence, remote, _)) = self.answers.pop_front_if(|(at, ..)| *at <= now) {
            self.session.answer_submit(sequence, Status::OK, &remote).unwrap();
        }
        while let Some((_, parcel)) = self.reports.pop_front_if(|(at, _)| *at <= now) {
            self.shared.outbox.lock().unwrap().push_back(parcel);
        }
        while self.session.window_free() > 0 {
            let Some(parcel) = self.shared.outbox.lock().unwrap().pop_front() else { return };
            let ticket = self.shared.next.fetch_add(1, Ordering::Relaxed);
            self.deliver(ticket, &parcel);
            self.under_way.insert(ticket, parcel);
        }
    }

    fn deliver(&mut self, ticket: u64, parcel: &Parcel) {
        let (mut payload, tlvs): (Vec<u8>, TlvBuf);
        let message = match parcel {
            Parcel::Receipt { remote, to } => {
                let at = "2611221800";
                let report =
                    Report { remote_id: remote, state: State::Delivered, error: 0, submitted: at, done: at };
                payload = Vec::new();
                report.write_text(&mut payload);
                tlvs = report.tlvs().unwrap();
                ShortMessage {
                    source: Address::international(to),
                    destination: Address::international(OUR_NUMBER),
                    esm_class: EsmClass::RECEIPT,
                    short_message: &payload,
                    tlvs: tlvs.view(),
                    ..Default::default()
                }
            }
            Parcel::Text { from, to, text, .. } => {
                payload = Vec::new();
                encode_ucs2(&mut payload, text);
                ShortMessage {
                    source: Address::international(from),
                    destination: Address::international(to),
                    data_coding: 8,
                    short_message: &payload,
                    ..Default::default()
                }
            }
        };
        self.session.deliver(ticket, &message, bank::now()).unwrap();
    }
}
