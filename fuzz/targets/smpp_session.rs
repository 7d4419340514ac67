//! Any octets, in pieces, with time passing between them, into both sides of an SMPP link: nothing panics, every ticket
//! comes back exactly once, and no deadline is left standing in the past.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Span, Timestamp};
use std::collections::BTreeSet;
use wire::smpp::peer::{self, ServerSession};
use wire::smpp::session::{Config, Event, Payload, Session, Submit, Why};
use wire::smpp::{Address, Status, pdu};

fuzz_target!(|octets: &[u8]| {
    client(octets);
    carrier(octets);
});

/// The first octet of each piece says what happens: how long the piece is, or how much time passes.
fn pieces(octets: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let (&what, after) = rest.split_first()?;
        let (piece, after) = after.split_at(usize::from(what >> 2).min(after.len()));
        rest = after;
        Some((what & 3, piece))
    })
}

fn client(octets: &[u8]) {
    let mut config = Config::new("fuzz", "fuzz");
    config.window = 4;
    let mut session = Session::new(config, 1).expect("a sound configuration");
    let mut now = Timestamp(0);
    session.connected(now);
    let mut accepted = Vec::new();
    let answer = pdu::BindResp { system_id: b"x", ..Default::default() };
    let _ = pdu::encode(
        &mut accepted,
        Status::OK,
        1,
        &pdu::Pdu::BindResp(wire::smpp::BindKind::Transceiver, answer),
    );
    session.receive(&accepted, now);
    let (mut given, mut back) = (0u64, BTreeSet::new());
    let submit = Submit {
        destination: Address::international("8613800001234"),
        payload: Payload(b"x"),
        ..Submit::default()
    };
    for (what, piece) in pieces(octets) {
        match what {
            0 => session.receive(piece, now),
            1 => given += u64::from(session.submit(given, &submit, now).is_ok()),
            2 => now = now.after(Span::seconds(piece.len() as i64)),
            _ => session.receive(piece, now),
        }
        session.tick(now);
        assert!(session.deadline().is_none_or(|at| at > now), "a deadline was left standing");
        session.output().clear();
        drain(&mut session, &mut back, now);
        if session.dial_at().is_some() {
            session.connected(now);
            session.receive(&accepted, now);
        }
    }
    session.disconnected(now, Why::ConnectionLost);
    drain(&mut session, &mut back, now);
    assert_eq!(back.len() as u64, given, "a ticket was lost");
}

fn drain(session: &mut Session, back: &mut BTreeSet<u64>, now: Timestamp) {
    while let Some(event) = session.event() {
        match event {
            Event::Submitted { ticket, .. } | Event::Refused { ticket, .. } | Event::Unanswered { ticket, .. } => {
                assert!(back.insert(ticket), "a ticket came back twice");
            }
            Event::Delivered { delivery, .. } => session.acknowledge(delivery, now),
            _ => {}
        }
    }
}

fn carrier(octets: &[u8]) {
    let mut now = Timestamp(0);
    let mut session = ServerSession::new(peer::Config::new("fuzz"), now);
    for (what, piece) in pieces(octets) {
        if what == 2 {
            now = now.after(Span::seconds(piece.len() as i64));
        } else {
            session.receive(piece, now);
        }
        session.tick(now);
        session.output().clear();
        while let Some(event) = session.event() {
            match event {
                peer::Event::Bind(_) => session.accept_bind().expect("a sound name"),
                peer::Event::Submit { sequence, .. } => {
                    session.answer_submit(sequence, Status::OK, "1").expect("a sound id");
                }
                _ => {}
            }
        }
    }
}
