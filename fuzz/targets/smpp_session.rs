//! Any octets, in pieces, with time passing between them, into both sides of an SMPP link: nothing panics, every ticket
//! comes back exactly once, no deadline is left standing in the past, and the carrier's side counts what it owes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Span, Timestamp};
use std::collections::BTreeSet;
use wire::smpp::peer::{self, ServerSession};
use wire::smpp::session::{Config, Event, OutbindAccount, Payload, Session, Submit, Why};
use wire::smpp::{Address, CommandId, Status, pdu};

fuzz_target!(|octets: &[u8]| {
    client(octets);
    invited(octets);
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

/// The carrier makes the connection: nothing but its outbind makes us speak.
fn invited(octets: &[u8]) {
    let mut config = Config::new("fuzz", "secret");
    let account = OutbindAccount { system_id: "smsc".to_owned(), password: "outbound".to_owned() };
    config.outbind = Some(account);
    let mut session = Session::new(config, 1).expect("a sound configuration");
    let mut now = Timestamp(0);
    assert!(session.accepted(now), "a fresh session may be called");
    for (what, piece) in pieces(octets) {
        match what {
            2 => now = now.after(Span::seconds(piece.len() as i64)),
            _ => session.receive(piece, now),
        }
        session.tick(now);
        assert!(session.deadline().is_none_or(|at| at > now), "a deadline was left standing");
        let knows = session.output().windows(6).any(|octets| octets == b"secret");
        let asked = octets.windows(13).any(|octets| octets == b"smsc\0outbound");
        assert!(asked || !knows, "a stranger was told our password");
        session.output().clear();
        while let Some(event) = session.event() {
            if let Event::Delivered { delivery, .. } = event {
                session.acknowledge(delivery, now);
            }
        }
    }
}

fn carrier(octets: &[u8]) {
    let mut now = Timestamp(0);
    let config = peer::Config { requests_max: 8, output_max: 4_096, ..peer::Config::new("fuzz") };
    let mut session = ServerSession::new(config, now);
    let mut owed = 0;
    for (what, piece) in pieces(octets) {
        if what == 2 {
            now = now.after(Span::seconds(piece.len() as i64));
        } else {
            session.receive(piece, now);
        }
        session.tick(now);
        assert!(session.deadline().is_none_or(|at| at > now), "a deadline was left standing");
        session.output().clear();
        let mut answers = Vec::new();
        while let Some(event) = session.event() {
            match event {
                peer::Event::Bind(_) => session.accept_bind().expect("a sound name"),
                peer::Event::Submit { sequence, message } => {
                    assert!(!message.destination.reveal().is_empty(), "a message for nobody");
                    answers.push((CommandId::SUBMIT_SM, sequence));
                }
                peer::Event::SubmitMulti { sequence, .. } => answers.push((CommandId::SUBMIT_MULTI, sequence)),
                peer::Event::Data { sequence, .. } => answers.push((CommandId::DATA_SM, sequence)),
                peer::Event::Query { sequence, .. } => answers.push((CommandId::QUERY_SM, sequence)),
                peer::Event::Cancel { sequence, .. } => answers.push((CommandId::CANCEL_SM, sequence)),
                peer::Event::Replace { sequence, .. } => answers.push((CommandId::REPLACE_SM, sequence)),
                peer::Event::Closed { .. } => owed = 0,
                _ => {}
            }
        }
        if session.unanswered() == 0 {
            continue;
        }
        owed += answers.len();
        assert!(owed <= 8 && session.unanswered() == owed, "owes {owed}, counts {}", session.unanswered());
        // Half of them stay unanswered, so that the limit is met.
        for (command, sequence) in answers.into_iter().step_by(2) {
            session.answer(command, sequence, Status::OK);
            owed -= 1;
        }
    }
}
