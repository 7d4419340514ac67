//! A client session of ours on one side, the simulated carrier on the other.

use super::*;
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::session::{self, Delivery, Event as Told, Payload};
use wire::smpp::{Address, Session, Submit};

struct Rig {
    carrier: Carrier,
    session: Session,
    connection: ConnectionId,
    now: Timestamp,
    told: Vec<Told>,
    acknowledge: bool,
}

impl Rig {
    fn new(behaviour: &str) -> Self {
        let mut carrier = Carrier::new(behaviour.parse().unwrap(), 7);
        carrier.keep_log();
        let config = session::Config { window: 10_000, ..session::Config::new("bank", "secret") };
        let mut rig = Self {
            connection: carrier.accept(Timestamp(0)),
            carrier,
            session: Session::new(config, 1).unwrap(),
            now: Timestamp(0),
            told: Vec::new(),
            acknowledge: true,
        };
        rig.session.connected(rig.now);
        rig.talk();
        rig
    }

    fn talk(&mut self) {
        loop {
            let up = std::mem::take(self.session.output());
            self.carrier.receive(self.connection, &up, self.now);
            let down = self.carrier.take_output(self.connection);
            self.session.receive(&down, self.now);
            if self.carrier.is_closed(self.connection) {
                self.session.disconnected(self.now, session::Why::ConnectionLost);
            }
            while let Some(event) = self.session.event() {
                match event {
                    Told::Delivered { delivery, from, to, content } if self.acknowledge => {
                        self.session.acknowledge(delivery, self.now);
                        // Kept for the test, with a reference that cannot be used again.
                        self.told.push(Told::Alert { from: from.clone(), availability: None });
                        self.told.push(match content {
                            Delivery::Receipt(receipt) => Told::Submitted {
                                ticket: u64::from(receipt.state.code()),
                                remote_id: format!("receipt {}", receipt.remote_id),
                            },
                            Delivery::Message(message) => Told::Submitted {
                                ticket: 0,
                                remote_id: format!("{} to {}", message.text.unwrap_or_default(), to.reveal()),
                            },
                            Delivery::UnreadableReceipt(_) => panic!("an unreadable receipt"),
                        });
                    }
                    other => self.told.push(other),
                }
            }
            if up.is_empty() && down.is_empty() {
                break;
            }
        }
    }

    fn submit(&mut self, ticket: u64, text: &str) {
        let submit = Submit {
            source: Address::international("106900001"),
            destination: Address::international("8613800000001"),
            payload: Payload(text.as_bytes()),
            registered_delivery: RegisteredDelivery::FINAL,
            esm_class: EsmClass::DEFAULT,
            ..Submit::default()
        };
        self.session.submit(ticket, &submit, self.now).unwrap();
        self.talk();
    }

    /// Lets the carrier's next deadlines come until nothing is left to do, at most until `end`.
    fn run(&mut self, end: i64) {
        while let Some(at) = self.carrier.deadline().filter(|at| at.0 <= end) {
            self.now = at;
            self.carrier.tick(at);
            self.talk();
        }
        self.now = Timestamp(end);
    }

    /// What was told, as words.
    fn words(&mut self) -> Vec<String> {
        let told = std::mem::take(&mut self.told);
        told.into_iter()
            .filter_map(|event| match event {
                Told::Submitted { ticket, remote_id } => Some(format!("{ticket} {remote_id}")),
                Told::Refused { ticket, status } => Some(format!("{ticket} refused 0x{:x}", status.0)),
                Told::Unanswered { ticket, .. } => Some(format!("{ticket} unanswered")),
                Told::BindRefused { status } => Some(format!("bind refused 0x{:x}", status.0)),
                _ => None,
            })
            .collect()
    }
}

#[track_caller]
fn check(behaviour: &str, expect: &[&str]) {
    let mut rig = Rig::new(behaviour);
    if rig.session.is_bound() {
        rig.submit(1, "hello");
    }
    rig.run(50_000);
    assert_eq!(rig.words(), expect, "{behaviour}");
}

#[test]
fn habits_show() {
    check("", &["1 1", "2 receipt 1"]);
    check("ids=hex_then_decimal latency=5ms receipt_latency=2s receipt=text", &["1 1", "2 receipt 1"]);
    check("early=1000 latency=1s receipt=tlv", &["2 receipt 1", "1 1"]);
    check("duplicate=1000", &["1 1", "2 receipt 1", "2 receipt 1"]);
    check("undeliverable=1000", &["1 1", "5 receipt 1"]);
    check("expired=1000 ids=hex", &["1 1", "3 receipt 1"]);
    check("rejected=1000", &["1 1", "8 receipt 1"]);
    check("unreported=1000", &["1 1"]);
    check("unknown=1000", &["1 1", "2 receipt 1", "2 receipt 1099511627777"]);
    check("error=0x0b:1000", &["1 refused 0xb"]);
    check("account=bank:other", &["bind refused 0xe"]);
    check("account=other:secret", &["bind refused 0xf"]);
}

#[test]
fn a_bank_may_bind_with_its_password() {
    check("account=bank:secret", &["1 1", "2 receipt 1"]);
}

#[test]
fn more_than_the_contract_is_throttled() {
    let mut rig = Rig::new("tps=3 unreported=1000");
    for ticket in 0..5 {
        rig.submit(ticket, "hello");
    }
    assert_eq!(rig.words()[3..], ["3 refused 0x58", "4 refused 0x58"]);
    rig.now = Timestamp(1_000);
    rig.submit(5, "hello");
    assert_eq!(rig.words(), ["5 4"]);
    let counters = rig.carrier.counters();
    assert_eq!((counters.throttled, counters.taken, counters.duplicates), (2, 4, 3));
    assert_eq!(counters.busiest_second, 5);
}

#[test]
fn more_than_the_window_is_refused() {
    let mut rig = Rig::new("window=2 latency=10ms unreported=1000");
    for ticket in 0..3 {
        rig.submit(ticket, "hello");
    }
    rig.run(100);
    assert_eq!(rig.words(), ["0 1", "1 2", "2 refused 0x14"]);
    rig.submit(3, "hello");
    rig.run(200);
    assert_eq!(rig.words(), ["3 3"], "answers make room");
}

#[test]
fn a_dropped_connection_leaves_doubt() {
    let mut rig = Rig::new("drop_after=3 latency=10ms");
    for ticket in 0..3 {
        rig.submit(ticket, "hello");
    }
    assert_eq!(rig.words(), ["0 unanswered", "1 unanswered", "2 unanswered"]);
    assert!(rig.carrier.is_closed(rig.connection));
    rig.carrier.disconnected(rig.connection, rig.now);
    // What was taken is reported to the account's next connection.
    rig.connection = rig.carrier.accept(rig.now);
    rig.carrier.behaviour().drop_after = None;
    rig.session.connected(rig.now);
    rig.talk();
    rig.run(5_000);
    assert_eq!(rig.words().len() as u64, rig.carrier.counters().taken);
}

#[test]
fn recipients_answer_once_and_ask_again_until_they_are_heard() {
    let mut rig = Rig::new("reply_latency=1s");
    rig.carrier.reply_with(Box::new(|number, text| (text == "hello").then(|| format!("退订{number}"))));
    rig.submit(1, "hello");
    rig.run(2_000);
    assert_eq!(rig.words(), ["1 1", "2 receipt 1", "0 退订1 to 106900001"]);
    assert_eq!(rig.carrier.counters().replies_acknowledged, 1);
    rig.acknowledge = false;
    rig.submit(2, "hello");
    rig.run(200_000);
    let counters = rig.carrier.counters();
    assert!(counters.replies > 3 && counters.replies_acknowledged == 1, "{counters:?}");
}

#[test]
fn a_seed_repeats_itself() {
    let run = |seed| {
        let mut rig = Rig::new("");
        rig.carrier =
            Carrier::new("jitter=50ms silent=100 error=8:100 undeliverable=200".parse().unwrap(), seed);
        rig.connection = rig.carrier.accept(Timestamp(0));
        rig.session.connected(Timestamp(0));
        rig.talk();
        for ticket in 0..100 {
            rig.submit(ticket, "hello");
        }
        rig.run(10_000);
        rig.words()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
