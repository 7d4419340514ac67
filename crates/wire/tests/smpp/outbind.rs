//! The carrier makes the connection and asks us to bind (§2.2.1).

use crate::link::{START, config};
use model::{Span, Timestamp};
use wire::smpp::peer::{self, ServerSession};
use wire::smpp::session::{Config, ConfigError, Event, OutbindAccount, ProtocolError, Why};
use wire::smpp::{BindKind, Session, Status};

fn invited() -> Config {
    let outbind = Some(OutbindAccount { system_id: "SMSC".to_owned(), password: "carrier1".to_owned() });
    Config { bind: BindKind::Receiver, outbind, ..config() }
}

fn calling(password: &str, now: Timestamp) -> ServerSession {
    ServerSession::outbind(peer::Config::new("SMSC"), password, now).unwrap()
}

/// Octets both ways until there are none; the carrier accepts every bind.
fn talk(client: &mut Session, carrier: &mut ServerSession) -> Vec<peer::Event> {
    let mut heard = Vec::new();
    loop {
        let (up, down) = (std::mem::take(client.output()), std::mem::take(carrier.output()));
        if up.is_empty() && down.is_empty() {
            return heard;
        }
        carrier.receive(&up, START);
        client.receive(&down, START);
        while let Some(event) = carrier.event() {
            if matches!(event, peer::Event::Bind(_)) {
                carrier.accept_bind().unwrap();
            }
            heard.push(event);
        }
    }
}

#[test]
fn the_right_outbind_leads_to_a_bind() {
    let mut client = Session::new(invited(), 1).unwrap();
    assert!(client.accepted(START));
    assert!(!client.accepted(START), "a second connection took the place of the first");
    assert!(client.output().is_empty(), "spoke before it was asked");
    let mut carrier = calling("carrier1", START);
    let heard = talk(&mut client, &mut carrier);
    assert!(matches!(&heard[0], peer::Event::Bind(request) if request.kind == BindKind::Receiver));
    assert!(matches!(client.event(), Some(Event::Bound { .. })));
    assert_eq!((client.is_bound(), carrier.bound()), (true, Some(BindKind::Receiver)));
}

#[test]
fn a_wrong_outbind_is_closed_and_our_own_dialling_goes_on() {
    for (name, password) in [("SMSC", "carrier2"), ("SMSC", ""), ("OTHER", "carrier1")] {
        let mut client = Session::new(invited(), 1).unwrap();
        let dial_at = client.dial_at();
        assert!(client.accepted(START));
        let mut carrier = ServerSession::outbind(peer::Config::new(name), password, START).unwrap();
        client.receive(carrier.output(), START);
        assert!(client.output().is_empty(), "a stranger got our password");
        let Some(Event::ProtocolError { error: ProtocolError::WrongOutbind, body }) = client.event() else {
            panic!("{name}")
        };
        assert!(body.0.is_empty(), "a password was passed on");
        let why = Why::BindRefused(Status::INVALID_PASSWORD);
        assert_eq!(client.event(), Some(Event::Closed { why, may_retry_at: dial_at }));
        assert_eq!(client.dial_at(), dial_at);
    }
}

#[test]
fn nobody_is_waited_for_longer_than_for_any_answer() {
    let mut client = Session::new(invited(), 1).unwrap();
    let dial_at = client.dial_at();
    assert!(client.accepted(START));
    let until = START.after(Span::seconds(10));
    assert_eq!(client.deadline(), Some(until));
    client.tick(until.before(Span::millis(1)));
    assert_eq!(client.event(), None);
    client.tick(until);
    assert_eq!(client.event(), Some(Event::Closed { why: Why::BindTimeout, may_retry_at: dial_at }));
}

#[test]
fn without_configuration_nobody_may_call() {
    let mut client = Session::new(config(), 1).unwrap();
    assert!(!client.accepted(START));
    let mut stopped = Session::new(invited(), 1).unwrap();
    stopped.unbind(START);
    assert!(!stopped.accepted(START));
    let error = Session::new(Config { bind: BindKind::Transmitter, ..invited() }, 1).unwrap_err();
    assert_eq!(error, ConfigError::OutbindToTransmit);
    assert!(!format!("{:?}", invited().outbind).contains("carrier1"), "a password was printed");
}

#[test]
fn an_outbind_in_the_middle_of_a_session_is_only_reported() {
    let mut client = Session::new(invited(), 1).unwrap();
    assert!(client.accepted(START));
    talk(&mut client, &mut calling("carrier1", START));
    client.receive(calling("carrier1", START).output(), START);
    assert!(client.is_bound());
    assert!(client.output().is_empty());
}
