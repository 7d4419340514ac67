//! Carriers inside the measuring program, so that what arrives is timed by the same clock as what is sent: each listens
//! on a port of its own, takes what it is given by its habits, and writes down what came when.
//!
//! They are honest and simple; `hongyan carrier-sim` is the one with whims. A message is known by the number between two
//! `#` in its text. Called by `bench_shaping`.

use super::Error;
use super::engine::now;
use model::Timestamp;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::ShortMessage;
use wire::smpp::peer::{Config, Event, Message, ServerSession};
use wire::smpp::receipt::{Report, State};
use wire::smpp::{Address, Status};

/// How much is read at once.
const READ_BYTES: usize = 256 << 10;
/// How long a read waits while nothing is due.
const NAP: Duration = Duration::from_millis(50);
/// Receipts that may wait for an answer.
const RECEIPTS_WINDOW: usize = 1_000;

/// How a carrier treats what comes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    /// After so long a submit is answered.
    pub answer_after: Duration,
    /// After so long from then a receipt follows, if one was asked for; none: never.
    pub receipt_after: Option<Duration>,
    /// More submits than that within a second of its own are answered with 0x58. The second begins with a submit and
    /// ends a second later, as that of the peers' simulator does.
    pub rate: Option<u32>,
}

/// A submit that came.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// When it was read.
    pub at: Instant,
    /// The number in its text.
    pub number: Option<u64>,
    /// Whether it was taken over.
    pub taken: bool,
}

/// A carrier that listens.
#[derive(Debug)]
pub struct Carrier {
    /// Where.
    pub address: String,
    books: Arc<Mutex<Vec<Arrival>>>,
}

impl Carrier {
    /// Starts one on a free port. It ends with the program.
    ///
    /// # Errors
    /// No port to be had.
    pub fn start(habits: Habits) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let books = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), books) = (stream, Arc::clone(&shared)) else { return };
                // A connection that breaks is the other side's affair.
                thread::spawn(move || drop(serve(stream, habits, &books)));
            }
        });
        Ok(Self { address, books })
    }

    /// What has come so far, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many submits were taken over so far.
    pub fn taken(&self) -> usize {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.iter().filter(|arrival| arrival.taken).count()
    }
}

/// What is due at its time.
struct Due {
    at: Instant,
    sequence: u32,
    id: String,
    to: String,
    from: String,
    receipt: bool,
}

struct Connection<'a> {
    session: ServerSession,
    habits: Habits,
    books: &'a Mutex<Vec<Arrival>>,
    answers: VecDeque<Due>,
    receipts: VecDeque<Due>,
    second: Option<(Instant, u32)>,
    ids: u64,
}

fn serve(mut stream: TcpStream, habits: Habits, books: &Mutex<Vec<Arrival>>) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let config = Config { window: RECEIPTS_WINDOW, ..Config::new("carrier") };
    let mut connection = Connection {
        session: ServerSession::new(config, now()),
        habits,
        books,
        answers: VecDeque::new(),
        receipts: VecDeque::new(),
        second: None,
        // Ids of different connections differ.
        ids: now().0.unsigned_abs() * 1_000_000,
    };
    let mut buffer = vec![0; READ_BYTES];
    loop {
        stream.set_read_timeout(Some(connection.nap()))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(octets) => connection.receive(&buffer[..octets])?,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error.into()),
        }
        connection.due()?;
        connection.session.tick(now());
        let output = std::mem::take(connection.session.output());
        stream.write_all(&output)?;
    }
}

impl Connection<'_> {
    /// How long to wait for something to read: until something is due.
    fn nap(&self) -> Duration {
        let room = self.session.window_free() > 0;
        let receipt = self.receipts.front().filter(|_| room);
        let next = [self.answers.front(), receipt].into_iter().flatten().map(|due| due.at).min();
        let wait = next.map_or(NAP, |at| at.saturating_duration_since(Instant::now()).min(NAP));
        wait.max(Duration::from_micros(100))
    }

    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let (at, stamp) = (Instant::now(), now());
        self.session.receive(octets, stamp);
        let mut come = Vec::new();
        while let Some(event) = self.session.event() {
            match event {
                Event::Bind(_) => self.session.accept_bind()?,
                Event::Submit { sequence, message } => come.push(self.submit(sequence, &message, at)),
                _ => {}
            }
        }
        self.books.lock().unwrap_or_else(PoisonError::into_inner).extend(come);
        Ok(())
    }

    fn submit(&mut self, sequence: u32, message: &Message, at: Instant) -> Arrival {
        let taken = self.has_room(at);
        if taken {
            self.ids += 1;
            self.answers.push_back(Due {
                at: at + self.habits.answer_after,
                sequence,
                id: self.ids.to_string(),
                to: message.destination.reveal().to_owned(),
                from: message.source.reveal().to_owned(),
                receipt: message.registered_delivery.0 & 1 != 0,
            });
        } else {
            self.session.answer(wire::smpp::CommandId::SUBMIT_SM, sequence, Status::THROTTLED);
        }
        Arrival { at, number: number(&message.payload.0), taken }
    }

    fn has_room(&mut self, at: Instant) -> bool {
        let Some(rate) = self.habits.rate else { return true };
        let (_, count) = match &mut self.second {
            Some(second) if at.duration_since(second.0) < Duration::from_secs(1) => second,
            second => second.insert((at, 0)),
        };
        *count += 1;
        *count <= rate
    }

    /// Does what is due by now.
    fn due(&mut self) -> Result<(), Error> {
        let (at, stamp) = (Instant::now(), now());
        while let Some(due) = self.answers.pop_front_if(|due| due.at <= at) {
            self.session.answer_submit(due.sequence, Status::OK, &due.id)?;
            if let (true, Some(after)) = (due.receipt, self.habits.receipt_after) {
                self.receipts.push_back(Due { at: due.at + after, ..due });
            }
        }
        while self.session.window_free() > 0
            && let Some(due) = self.receipts.pop_front_if(|due| due.at <= at)
        {
            self.report(&due, stamp)?;
        }
        Ok(())
    }

    fn report(&mut self, due: &Due, stamp: Timestamp) -> Result<(), Error> {
        let minute = "2611221200";
        let report =
            Report { remote_id: &due.id, state: State::Delivered, error: 0, submitted: minute, done: minute };
        let mut text = Vec::new();
        report.write_text(&mut text);
        let tlvs = report.tlvs()?;
        let receipt = ShortMessage {
            source: Address::international(&due.to),
            destination: Address::international(&due.from),
            esm_class: EsmClass::RECEIPT,
            short_message: &text,
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        self.session.deliver(0, &receipt, stamp)?;
        Ok(())
    }
}

/// The number between the first two `#`.
fn number(text: &[u8]) -> Option<u64> {
    let mut pieces = text.split(|octet| *octet == b'#');
    std::str::from_utf8(pieces.nth(1)?).ok()?.parse().ok()
}
