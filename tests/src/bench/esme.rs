//! A client that hands messages in over SMPP as fast as its window lets it, or at a steady rate, and takes the receipts.
//!
//! One bind, our own session; writing has a thread of its own, so that neither side ever waits for the other to read. It
//! remembers when what happened, and judges nothing. Called by `bench_gateway` and `bench_shaping`.

use super::Error;
use super::engine::now;
use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use wire::smpp::address::{Address, Npi, Ton};
use wire::smpp::esm::RegisteredDelivery;
use wire::smpp::receipt::State;
use wire::smpp::session::{Config, Delivery, Event, Payload};
use wire::smpp::{Session, Submit};

/// How much is read at once.
const READ_BYTES: usize = 256 << 10;
/// How long a read waits when there is something to send at its time, and when there is not.
const PACED: Duration = Duration::from_millis(1);
const UNPACED: Duration = Duration::from_millis(50);
/// How long nothing may happen before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is handed in.
pub struct Load<'a> {
    /// Where.
    pub address: &'a str,
    /// Under which name.
    pub system_id: &'a str,
    /// Its password.
    pub password: &'a str,
    /// How many may wait for an answer.
    pub window: usize,
    /// How many messages.
    pub count: u64,
    /// How many a second; none: as fast as the window lets it.
    pub rate: Option<f64>,
    /// Whether to wait for a receipt of each.
    pub receipts: bool,
    /// The number and text of the n-th, from 0.
    pub message: &'a dyn Fn(u64) -> (String, String),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Loaded {
    /// How many were taken over.
    pub accepted: u64,
    /// How many were refused, by status.
    pub refused: BTreeMap<u32, u64>,
    /// How many had no answer.
    pub unanswered: u64,
    /// How many different messages had a receipt.
    pub receipts: u64,
    /// … that said delivered.
    pub delivered: u64,
    /// Receipts beyond the first of a message, or of no message of ours.
    pub strange: u64,
    /// By the id that a message was given: which it is, and whether its receipt has come. A receipt cannot overtake its
    /// message's answer on one bind; one that does is counted as strange.
    pub ids: HashMap<String, (u64, bool)>,
    /// When each was sent.
    pub sent: Vec<Instant>,
    /// From submit to answer, in microseconds.
    pub answer_micros: Vec<i64>,
    /// From submit to receipt, in microseconds.
    pub receipt_micros: Vec<i64>,
    /// Seconds from the first submit to the last answer.
    pub answered_seconds: f64,
    /// Seconds from the first submit to the last receipt.
    pub receipted_seconds: f64,
}

/// The connection.
struct Esme {
    session: Session,
    stream: TcpStream,
    writing: mpsc::Sender<Vec<u8>>,
    buffer: Vec<u8>,
}

/// Hands everything in and waits for what belongs to it. Ends early, without an error, when the connection does.
///
/// # Errors
/// Nobody listens, the bind is refused, or nothing happens for a long time.
pub fn run(load: &Load<'_>) -> Result<Loaded, Error> {
    let mut esme = Esme::bind(load)?;
    let mut done = Loaded::default();
    let began = Instant::now();
    let mut moved = began;
    loop {
        let due = load
            .rate
            .map_or(load.count, |rate| ((began.elapsed().as_secs_f64() * rate) as u64 + 1).min(load.count));
        while (done.sent.len() as u64) < due && esme.session.window_free() > 0 {
            let n = done.sent.len() as u64;
            esme.submit(n, load)?;
            done.sent.push(Instant::now());
        }
        let answered = done.accepted + done.refused.values().sum::<u64>() + done.unanswered;
        if answered == load.count && (!load.receipts || done.receipts == done.accepted) {
            return Ok(done);
        }
        esme.write();
        let pending = (done.sent.len() as u64) < load.count && esme.session.window_free() > 0;
        esme.stream.set_read_timeout(Some(if pending { PACED } else { UNPACED }))?;
        if !esme.read()? {
            esme.session.disconnected(now(), wire::smpp::session::Why::ConnectionLost);
            esme.take(began, &mut done)?;
            return Ok(done);
        }
        if esme.take(began, &mut done)? {
            moved = Instant::now();
        }
        if moved.elapsed() > PATIENCE {
            let waiting = (load.count - answered, done.accepted - done.receipts);
            return Err(format!(
                "nothing for {PATIENCE:?}; answers and receipts waited for: {waiting:?}, refused: {:?}",
                done.refused
            )
            .into());
        }
    }
}

impl Esme {
    fn bind(load: &Load<'_>) -> Result<Self, Error> {
        let stream = TcpStream::connect(load.address)?;
        stream.set_nodelay(true)?;
        let mut out = stream.try_clone()?;
        let (writing, to_write) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || {
            // Ends with the connection or with whoever has something to write.
            while let Ok(octets) = to_write.recv() {
                if out.write_all(&octets).is_err() {
                    return;
                }
            }
        });
        let config = Config { window: load.window, ..Config::new(load.system_id, load.password) };
        let session = Session::new(config, 1)?;
        let mut esme = Self { session, stream, writing, buffer: vec![0; READ_BYTES] };
        esme.session.connected(now());
        esme.stream.set_read_timeout(Some(PATIENCE))?;
        while !esme.session.is_bound() {
            esme.write();
            if !esme.read()? {
                return Err("expected an answer to the bind, found the end of the connection".into());
            }
            while let Some(event) = esme.session.event() {
                if let Event::BindRefused { status } = event {
                    return Err(format!("the bind was refused: {status}").into());
                }
            }
        }
        Ok(esme)
    }

    fn submit(&mut self, n: u64, load: &Load<'_>) -> Result<(), Error> {
        let (to, text) = (load.message)(n);
        let submit = Submit {
            source: Address::new(Ton::UNKNOWN, Npi::UNKNOWN, ""),
            destination: Address::international(&to),
            payload: Payload(text.as_bytes()),
            registered_delivery: if load.receipts {
                RegisteredDelivery::FINAL
            } else {
                RegisteredDelivery::default()
            },
            ..Submit::default()
        };
        Ok(self.session.submit(n, &submit, now())?)
    }

    fn write(&mut self) {
        let output = self.session.output();
        if !output.is_empty() {
            // A writer that has ended shows as the end of the connection.
            let _ = self.writing.send(std::mem::take(output));
        }
    }

    /// Reads what there is, or waits for it. False at the end of the connection.
    fn read(&mut self) -> Result<bool, Error> {
        match self.stream.read(&mut self.buffer) {
            Ok(0) => Ok(false),
            Ok(octets) => {
                self.session.receive(&self.buffer[..octets], now());
                Ok(true)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                    self.session.tick(now());
                    Ok(true)
                }
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Ok(false),
                _ => Err(error.into()),
            },
        }
    }

    /// Takes what the session has to say; whether there was anything.
    fn take(&mut self, began: Instant, done: &mut Loaded) -> Result<bool, Error> {
        let mut any = false;
        let at = Instant::now();
        let since = |done: &Loaded, n: u64| {
            let sent = done.sent.get(n as usize).copied().unwrap_or(at);
            i64::try_from(at.duration_since(sent).as_micros()).unwrap_or(i64::MAX)
        };
        while let Some(event) = self.session.event() {
            any = true;
            match event {
                Event::Submitted { ticket, remote_id } => {
                    done.accepted += 1;
                    done.answer_micros.push(since(done, ticket));
                    done.answered_seconds = (at - began).as_secs_f64();
                    done.ids.insert(remote_id, (ticket, false));
                }
                Event::Refused { status, .. } => *done.refused.entry(status.0).or_default() += 1,
                Event::Unanswered { .. } => done.unanswered += 1,
                Event::Delivered { delivery, content, .. } => {
                    let known = match &content {
                        Delivery::Receipt(receipt) => done.ids.get_mut(receipt.remote_id.as_str()),
                        _ => None,
                    };
                    match known {
                        Some((n, told @ false)) => {
                            *told = true;
                            let n = *n;
                            done.receipts += 1;
                            done.receipt_micros.push(since(done, n));
                            done.receipted_seconds = (at - began).as_secs_f64();
                            if let Delivery::Receipt(receipt) = &content {
                                done.delivered += u64::from(receipt.state == State::Delivered);
                            }
                        }
                        _ => done.strange += 1,
                    }
                    self.session.acknowledge(delivery, now());
                }
                Event::Closed { .. } => return Ok(any),
                _ => {}
            }
        }
        Ok(any)
    }
}
