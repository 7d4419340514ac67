//! A gateway of CMPP 2.0 and 3.0 on a real port, for clients that are not ours: it takes whoever knows the secret, answers
//! every SUBMIT, brings a report for each number that wants one, and prints what happened without numbers and texts.
//!
//! `cargo run -p hongyan-wire --example cmpp_ismg -- 127.0.0.1:7890 SECRET`; a third word `throttle` makes it answer every
//! other SUBMIT with "flow control", `test` makes it send an ACTIVE_TEST every second. One thread for each connection; it
//! forgets everything when it ends. Nothing depends on it.

use model::{Span, Timestamp};
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wire::cmpp::login::CHINA_AHEAD;
use wire::cmpp::peer::{Account, BindRequest, Config, Event, Message, ReportDelivery, ServerSession};
use wire::cmpp::report::{Outcome, Stat, wall_time};
use wire::cmpp::{MsgId, MsgIds, ResultCode};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let address = words.next().unwrap_or_else(|| "127.0.0.1:7890".to_owned());
    let secret = words.next().unwrap_or_else(|| "888888".to_owned());
    let mode = words.next().unwrap_or_default();
    let listener = TcpListener::bind(&address)?;
    println!("listening on {}", listener.local_addr()?);
    let ids = Arc::new(Mutex::new(MsgIds::new(1, CHINA_AHEAD, 0)));
    for stream in listener.incoming() {
        let (stream, ids, secret, mode) = (stream?, Arc::clone(&ids), secret.clone(), mode.clone());
        std::thread::spawn(move || {
            let mut link =
                Link { session: session(), secret, mode, ids, submits: 0, ticket: 0, asked: now() };
            match link.run(stream) {
                Ok(()) => println!("connection ended"),
                Err(error) => println!("connection ended: {error}"),
            }
        });
    }
    Ok(())
}

fn session() -> ServerSession {
    ServerSession::new(Config { window: 100, ..Config::default() }, now())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// One connection.
struct Link {
    session: ServerSession,
    secret: String,
    mode: String,
    /// One source for all connections: ids must not come twice.
    ids: Arc<Mutex<MsgIds>>,
    submits: u64,
    ticket: u64,
    /// When the last ACTIVE_TEST of mode `test` went out.
    asked: Timestamp,
}

impl Link {
    fn run(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        let mut buffer = [0; 16 * 1024];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => self.session.disconnected(),
                Ok(octets) => self.session.receive(buffer.get(..octets).unwrap_or_default(), now()),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                }
                Err(error) => return Err(error),
            }
            self.session.tick(now());
            if self.mode == "test" && now().since(self.asked) >= Span::seconds(1) {
                self.asked = now();
                self.session.enquire(now());
            }
            let mut is_over = false;
            while let Some(event) = self.session.event() {
                is_over |= matches!(event, Event::Closed { .. });
                self.handle(event);
            }
            stream.write_all(&std::mem::take(self.session.output()))?;
            if is_over {
                return Ok(());
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Bind(request) => self.log_in(&request),
            Event::Submit { sequence, message } => self.submitted(sequence, &message),
            Event::Query { sequence, time, query_type, query_code } => {
                println!("QUERY #{sequence} of {time}");
                let (time, query_code) = (time.as_bytes(), query_code.as_bytes());
                let figures =
                    wire::cmpp::pdu::QueryResp { time, query_type, query_code, ..Default::default() };
                if let Err(error) = self.session.answer_query(sequence, &figures) {
                    println!("QUERY #{sequence}: {error}");
                }
            }
            Event::Cancel { sequence, msg_id } => {
                println!("CANCEL #{sequence} of {msg_id:?}: too late");
                self.session.answer_cancel(sequence, false);
            }
            other => println!("{other:?}"),
        }
    }

    fn log_in(&mut self, request: &BindRequest) {
        let account = Account { secret: &self.secret, version: None, skew_max: None, ahead: CHINA_AHEAD };
        match request.check(&account, now()) {
            Ok(version) => {
                println!("login of {} with 0x{:02x}: {version:?}", request.source_addr, request.version);
                self.session.accept_bind(&self.secret, version);
            }
            Err(status) => {
                println!("login of {} with 0x{:02x}: {status}", request.source_addr, request.version);
                self.session.refuse_bind(status);
            }
        }
    }

    fn submitted(&mut self, sequence: u32, message: &Message) {
        self.submits += 1;
        let characters = message.msg_fmt.decode(&message.payload.0).map(|text| text.chars().count());
        println!("SUBMIT #{sequence}: {message:?}, pk {:?}, {characters:?} characters", message.pk);
        if self.mode == "throttle" && self.submits.is_multiple_of(2) {
            return self.session.answer_submit(sequence, ResultCode::FLOW, MsgId::NONE);
        }
        // From 1 to 99.
        let numbers = u16::try_from(message.destinations.len()).unwrap_or(1);
        let first = self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now(), numbers);
        self.session.answer_submit(sequence, ResultCode::OK, first);
        if message.registered_delivery == 1 {
            for place in 0..numbers {
                self.report(message, first, place);
            }
        }
    }

    fn report(&mut self, message: &Message, first: MsgId, place: u16) {
        let Some(number) = message.destinations.get(usize::from(place)) else { return };
        let at = wall_time(now(), CHINA_AHEAD);
        let outcome = Outcome {
            msg_id: first.nth(place),
            stat: Stat::DELIVERED,
            submitted: at,
            done: at,
            destination: number.reveal(),
            smsc_sequence: u32::from(place),
        };
        let msg_id = self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now(), 1);
        let report =
            ReportDelivery { msg_id, dest_id: &message.src_id, service_id: &message.service_id, outcome };
        self.ticket += 1;
        match self.session.deliver_report(self.ticket, &report, now()) {
            Ok(sequence) => println!("DELIVER #{sequence}: a report of {:?}", first.nth(place)),
            Err(error) => println!("no report of {:?}: {error}", first.nth(place)),
        }
    }
}
