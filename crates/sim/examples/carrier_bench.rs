//! What one message costs the simulated carrier, its receipt included: `cargo run --release -p hongyan-sim --example
//! carrier_bench`. Called by nobody but people; it opens no socket.

use model::{Span, Timestamp};
use sim::carrier::Carrier;
use std::time::Instant;
use wire::smpp::esm::RegisteredDelivery;
use wire::smpp::session::{Config, Event, Payload};
use wire::smpp::{Address, Session, Submit};

const MESSAGES: u64 = 100_000;
const BATCH: u64 = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut carrier =
        Carrier::new("latency=2ms jitter=5ms receipt_latency=50ms receipt_jitter=100ms".parse()?, 1);
    let mut session = Session::new(Config { window: 1_000, ..Config::new("bench", "") }, 1)?;
    let mut now = Timestamp(0);
    let connection = carrier.accept(now);
    session.connected(now);
    let payload: Vec<u8> = (0..120).collect();
    let (mut sent, mut spent) = (0, std::time::Duration::ZERO);
    while carrier.counters().receipts_acknowledged < MESSAGES {
        for _ in 0..BATCH.min(MESSAGES - sent).min(session.window_free() as u64) {
            let digits = format!("86138{sent:08}");
            let submit = Submit {
                source: Address::international("106900001"),
                destination: Address::international(&digits),
                data_coding: 8,
                payload: Payload(&payload),
                registered_delivery: RegisteredDelivery::FINAL,
                ..Submit::default()
            };
            session.submit(sent, &submit, now)?;
            sent += 1;
        }
        let up = std::mem::take(session.output());
        let start = Instant::now();
        carrier.receive(connection, &up, now);
        carrier.tick(now);
        let down = carrier.take_output(connection);
        spent += start.elapsed();
        session.receive(&down, now);
        while let Some(event) = session.event() {
            if let Event::Delivered { delivery, .. } = event {
                session.acknowledge(delivery, now);
            }
        }
        now = now.after(Span::millis(1));
    }
    let each = spent.as_secs_f64() * 1e6 / MESSAGES as f64;
    println!("{each:.2} µs a message with its receipt; {:?}", carrier.counters());
    Ok(())
}
