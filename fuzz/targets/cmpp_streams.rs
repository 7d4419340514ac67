//! Any octets, in pieces, with time passing between them, into both sides of a CMPP link in both versions: nothing panics,
//! every ticket comes back exactly once, and no deadline is left standing in the past.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Span, Timestamp};
use std::collections::BTreeSet;
use wire::cmpp::pdu::{ConnectResp, Deliver};
use wire::cmpp::peer::{self, Account, ServerSession};
use wire::cmpp::session::{Config, Event, Payload, Session, Submit, Why};
use wire::cmpp::{MsgId, Pdu, ResultCode, Version, login, pdu};

fuzz_target!(|octets: &[u8]| {
    for version in [Version::V2, Version::V3] {
        client(version, octets);
        gateway(version, octets);
    }
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

fn client(version: Version, octets: &[u8]) {
    let mut config = Config::new(version, "900001", "888888");
    config.window = 4;
    let mut session = Session::new(config, 1).expect("a sound configuration");
    let mut now = Timestamp(0);
    let mut accepted = Vec::new();
    pdu::encode(&mut accepted, version, 1, &Pdu::ConnectResp(ConnectResp::default()))
        .expect("a sound answer");
    session.connected(now);
    session.receive(&accepted, now);
    let (mut given, mut back) = (0u64, BTreeSet::new());
    let submit = Submit { destinations: &["13800001234"], payload: Payload(b"x"), ..Submit::default() };
    for (what, piece) in pieces(octets) {
        match what {
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
            Event::Submitted { ticket, .. }
            | Event::Refused { ticket, .. }
            | Event::Unanswered { ticket, .. } => {
                assert!(back.insert(ticket), "a ticket came back twice");
            }
            Event::Delivered { delivery, .. } => session.acknowledge(delivery, now),
            _ => {}
        }
    }
}

fn gateway(version: Version, octets: &[u8]) {
    let mut now = Timestamp(0);
    let config = peer::Config { window: 4, ..peer::Config::default() };
    let mut session = ServerSession::new(config, now);
    let account =
        Account { secret: "888888", version: Some(version), skew_max: None, ahead: login::CHINA_AHEAD };
    let mut client =
        Session::new(Config::new(version, "900001", "888888"), 1).expect("a sound configuration");
    client.connected(now);
    session.receive(&std::mem::take(client.output()), now);
    let (mut given, mut back) = (0u64, BTreeSet::new());
    for (what, piece) in pieces(octets) {
        match what {
            1 => given += u64::from(session.deliver(given, &Deliver::default(), now).is_ok()),
            2 => now = now.after(Span::seconds(piece.len() as i64)),
            _ => session.receive(piece, now),
        }
        session.tick(now);
        assert!(session.deadline().is_none_or(|at| at > now), "a deadline was left standing");
        session.output().clear();
        while let Some(event) = session.event() {
            match event {
                peer::Event::Bind(request) => match request.check(&account, now) {
                    Ok(version) => session.accept_bind("888888", version),
                    Err(status) => session.refuse_bind(status),
                },
                peer::Event::Submit { sequence, .. } => {
                    session.answer_submit(sequence, ResultCode::OK, MsgId(1))
                }
                peer::Event::Cancel { sequence, .. } => session.answer_cancel(sequence, true),
                peer::Event::DeliverAnswered { ticket, .. }
                | peer::Event::DeliverUnanswered { ticket, .. } => {
                    assert!(back.insert(ticket), "a ticket came back twice");
                }
                _ => {}
            }
        }
    }
    session.disconnected();
    while let Some(event) = session.event() {
        if let peer::Event::DeliverUnanswered { ticket, .. } = event {
            assert!(back.insert(ticket), "a ticket came back twice");
        }
    }
    assert_eq!(back.len() as u64, given, "a ticket was lost");
}
