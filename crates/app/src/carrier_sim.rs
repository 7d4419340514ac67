//! The simulated carrier on a port: `hongyan carrier-sim`, and the carrier beside `hongyan serve --demo`.
//!
//! One task serves every connection: it waits for whatever comes first (bytes, room to write, the carrier's next
//! deadline, a new connection, the end), then reads and writes all it can. What the carrier does is decided in
//! `sim::carrier`; nothing here knows a PDU. It knows nothing of the rest of the application either.

use model::{Span, Timestamp};
use sim::carrier::{Behaviour, Carrier, ConnectionId, Counters};
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep};

/// Octets read from a connection at once.
const READ_OCTETS: usize = 64 * 1024;
/// How often `stats` is called.
const STATS_EVERY: Duration = Duration::from_secs(1);
/// How long nothing is accepted after the system had no room for a connection.
const ACCEPT_AGAIN_AFTER: Span = Span::millis(100);

struct Connection {
    id: ConnectionId,
    stream: TcpStream,
    /// What the socket did not take yet.
    unsent: Vec<u8>,
    /// Whether the socket is to be dropped.
    ended: bool,
}

/// Serves a simulated carrier until `stop`. `stats` is called every second and once at the end.
pub(crate) async fn serve(
    listener: TcpListener,
    behaviour: Behaviour,
    seed: u64,
    stop: impl Future<Output = ()>,
    mut stats: impl FnMut(Counters),
) {
    let answers = behaviour.replies;
    let mut carrier = Carrier::new(behaviour, seed);
    if answers {
        let replies = library::demo::replies(seed);
        carrier.reply_with(Box::new(move |n, text| replies.reply_to(n, text).map(str::to_owned)));
    }
    let clock = Clock::start();
    let mut connections: Vec<Connection> = Vec::new();
    let mut buffer = vec![0; READ_OCTETS];
    let mut stop = pin!(stop);
    let mut timer = pin!(tokio::time::sleep(STATS_EVERY));
    let mut stats_at = clock.now().after(span(STATS_EVERY));
    let mut accept_at = Timestamp(i64::MIN);
    loop {
        let deadline = carrier.deadline().map_or(stats_at, |at| at.min(stats_at));
        timer.as_mut().reset(clock.instant(deadline));
        let accepting = accept_at <= clock.now();
        let woken = poll_fn(|cx| {
            wake(cx, accepting.then_some(&listener), &connections, stop.as_mut(), timer.as_mut())
        });
        let accepted = match woken.await {
            Woken::Stopped => break,
            Woken::Accepted(accepted) => Some(accepted),
            Woken::Ready => None,
        };
        let now = clock.now();
        match accepted {
            Some(Ok(stream)) => connections.push(Connection {
                id: carrier.accept(now),
                stream,
                unsent: Vec::new(),
                ended: false,
            }),
            // Out of file descriptors, say: the connections that are open go on.
            Some(Err(_)) => accept_at = now.after(ACCEPT_AGAIN_AFTER),
            None => {}
        }
        for connection in &mut connections {
            connection.read(&mut carrier, &mut buffer, now);
        }
        carrier.tick(now);
        for connection in &mut connections {
            connection.write(&mut carrier);
        }
        connections.retain(|connection| {
            if connection.ended {
                carrier.disconnected(connection.id, now);
            }
            !connection.ended
        });
        if now >= stats_at {
            stats(carrier.counters());
            stats_at = now.after(span(STATS_EVERY));
        }
    }
    stats(carrier.counters());
}

/// What ended the waiting.
enum Woken {
    Stopped,
    Accepted(std::io::Result<TcpStream>),
    /// Bytes, room, or the time.
    Ready,
}

fn wake(
    cx: &mut Context<'_>,
    listener: Option<&TcpListener>,
    connections: &[Connection],
    stop: Pin<&mut impl Future<Output = ()>>,
    timer: Pin<&mut Sleep>,
) -> Poll<Woken> {
    if stop.poll(cx).is_ready() {
        return Poll::Ready(Woken::Stopped);
    }
    if let Some(Poll::Ready(accepted)) = listener.map(|listener| listener.poll_accept(cx)) {
        return Poll::Ready(Woken::Accepted(accepted.map(|(stream, _)| stream)));
    }
    let mut ready = timer.poll(cx).is_ready();
    for Connection { stream, unsent, .. } in connections {
        ready |= stream.poll_read_ready(cx).is_ready();
        ready |= !unsent.is_empty() && stream.poll_write_ready(cx).is_ready();
    }
    if ready { Poll::Ready(Woken::Ready) } else { Poll::Pending }
}

impl Connection {
    /// Reads once: what more there is wakes the loop again, so no connection starves another.
    fn read(&mut self, carrier: &mut Carrier, buffer: &mut [u8], now: Timestamp) {
        match self.stream.try_read(buffer) {
            Ok(0) => self.ended = true,
            Ok(octets) => carrier.receive(self.id, buffer.get(..octets).unwrap_or_default(), now),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.ended = true,
        }
    }

    fn write(&mut self, carrier: &mut Carrier) {
        if let Some(output) = carrier.output(self.id) {
            if self.unsent.is_empty() {
                std::mem::swap(&mut self.unsent, output);
            } else {
                self.unsent.append(output);
            }
        }
        while !self.unsent.is_empty() && !self.ended {
            match self.stream.try_write(&self.unsent) {
                Ok(octets) => {
                    self.unsent.drain(..octets);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.ended = true,
            }
        }
        self.ended |= carrier.is_closed(self.id);
    }
}

/// The carrier's time: the system's at the start, and from there on a clock that nobody sets back.
struct Clock {
    wall: Timestamp,
    start: Instant,
}

impl Clock {
    fn start() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { wall: Timestamp(0).after(span(since)), start: Instant::now() }
    }

    fn now(&self) -> Timestamp {
        self.wall.after(span(self.start.elapsed()))
    }

    /// The moment at which the clock shows a time.
    fn instant(&self, at: Timestamp) -> Instant {
        let ahead = u64::try_from(at.since(self.wall).0).unwrap_or(0);
        self.start.checked_add(Duration::from_millis(ahead)).unwrap_or(self.start)
    }
}

fn span(duration: Duration) -> Span {
    Span::millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use wire::smpp::esm::RegisteredDelivery;
    use wire::smpp::session::{Config, Event, Payload};
    use wire::smpp::{Address, Session, Submit};

    #[tokio::test]
    async fn messages_over_a_socket_are_answered_and_reported() {
        const MESSAGES: u64 = 2_000;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Counters::default()));
        let counters = Arc::clone(&seen);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let behaviour: Behaviour = "latency=1ms jitter=3ms receipt_latency=5ms".parse().unwrap();
        let served = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            serve(listener, behaviour, 1, stop, move |c| *counters.lock().unwrap() = c).await;
        });
        let clock = Clock::start();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut session = Session::new(Config { window: 100, ..Config::new("bank", "") }, 1).unwrap();
        session.connected(clock.now());
        let (mut sent, mut submitted, mut receipts) = (0, 0, 0);
        let mut buffer = vec![0; READ_OCTETS];
        while receipts < MESSAGES {
            while sent < MESSAGES && session.window_free() > 0 {
                let submit = Submit {
                    destination: Address::international("8613800000001"),
                    payload: Payload(b"hello"),
                    registered_delivery: RegisteredDelivery::FINAL,
                    ..Submit::default()
                };
                session.submit(sent, &submit, clock.now()).unwrap();
                sent += 1;
            }
            stream.write_all(&std::mem::take(session.output())).await.unwrap();
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer)).await;
            session.receive(&buffer[..read.unwrap().unwrap()], clock.now());
            while let Some(event) = session.event() {
                match event {
                    Event::Submitted { .. } => submitted += 1,
                    Event::Delivered { delivery, .. } => {
                        session.acknowledge(delivery, clock.now());
                        receipts += 1;
                    }
                    _ => {}
                }
            }
        }
        stream.write_all(&std::mem::take(session.output())).await.unwrap();
        drop(stream);
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.send(()).unwrap();
        served.await.unwrap();
        let counters = *seen.lock().unwrap();
        assert_eq!(
            (submitted, counters.taken, counters.receipts_acknowledged),
            (MESSAGES, MESSAGES, MESSAGES)
        );
    }
}
