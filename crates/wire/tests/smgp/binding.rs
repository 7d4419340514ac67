//! Logging in, keeping alive, leaving, dialling again.

use crate::link::{Link, SECRET, START, config, gateway, submit};
use model::Span;
use wire::smgp::pdu::{self, Login};
use wire::smgp::session::{ConfigError, Event, ProtocolError, SubmitError, Why};
use wire::smgp::{LoginMode, Pdu, Session, Status, peer};

#[test]
fn a_login_proves_the_secret_without_saying_it() {
    let mut link = Link::down(config());
    assert!(link.client.dial_at().unwrap() <= START, "a new session wants to be dialled at once");
    link.client.connected(link.now);
    assert!(!link.client.output().windows(SECRET.len()).any(|octets| octets == SECRET.as_bytes()));
    assert_eq!((link.client.dial_at(), link.client.window_free()), (None, 0));
    link.exchange();
    let [peer::Event::Bind(request)] = &link.heard[..] else { panic!("{:?}", link.heard) };
    // 2026-05-01 08:00:00 in China.
    assert_eq!(
        (&*request.client_id, request.mode, request.timestamp),
        ("10659000", LoginMode::Both, 501_080_000)
    );
    assert!(!format!("{request:?} {:?}", link.client).contains(SECRET), "a secret was printed");
    link.gateway.accept_bind(SECRET).unwrap();
    assert_eq!(link.events(), [Event::Bound { version: 0x30, authentic: true }]);
    assert_eq!((link.client.window_free(), link.gateway.bound()), (3, Some(LoginMode::Both)));
}

#[test]
fn a_gateway_that_does_not_know_the_secret_is_named_and_left_when_we_are_strict() {
    for strict in [false, true] {
        let mut config = config();
        config.strict = strict;
        let mut link = Link::down(config);
        link.client.connected(link.now);
        link.exchange();
        link.gateway.accept_bind("another").unwrap();
        let events = link.events();
        assert!(
            matches!(events[0], Event::ProtocolError { error: ProtocolError::Authenticator, .. }),
            "{events:?}"
        );
        if strict {
            assert_eq!(events[1], Event::BindRefused { status: Status::BAD_AUTHENTICATION });
            assert!(matches!(events[2], Event::Closed { why: Why::BindRefused(_), .. }));
        } else {
            assert_eq!(events[1..], [Event::Bound { version: 0x30, authentic: false }]);
        }
        assert_eq!(link.client.is_bound(), !strict);
    }
}

#[test]
fn a_configuration_is_refused_before_it_is_dialled() {
    let mut wrong = config();
    wrong.window = 0;
    assert_eq!(Session::new(wrong, 1).unwrap_err(), ConfigError::NotPositive { field: "window", found: 0 });
}

#[test]
fn a_refused_login_closes_and_wrong_credentials_are_not_hammered() {
    for (status, longest) in [(Status::BAD_AUTHENTICATION, true), (Status::TOO_MANY_CONNECTIONS, false)] {
        let mut link = Link::down(config());
        link.client.connected(link.now);
        link.exchange();
        link.gateway.refuse_bind(status);
        let wait = match &link.events()[..] {
            [
                Event::BindRefused { status: refused },
                Event::Closed { why: Why::BindRefused(again), may_retry_at },
            ] => {
                assert_eq!((*refused, *again), (status, status));
                may_retry_at.unwrap().since(START)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(wait == Span::seconds(60), longest, "{status} waits {wait}");
    }
}

#[test]
fn the_direction_of_a_login_is_kept_on_both_sides() {
    let mut receive = config();
    receive.mode = LoginMode::Receive;
    let mut link = Link::bound(receive);
    assert_eq!(
        link.submit(1).unwrap_err().to_string(),
        "session: expected to be bound for sending, found it bound to receive"
    );
    assert_eq!(link.client.window_free(), 0);
    let mut send = config();
    send.mode = LoginMode::Send;
    let mut link = Link::bound(send);
    assert_eq!(link.gateway.window_free(), 0);
    let refused = link.gateway.deliver(1, &pdu::Deliver::default(), link.now);
    assert!(matches!(refused, Err(SubmitError::NotBound { .. })));
}

#[test]
fn a_gateway_that_does_not_answer_the_login_is_given_up() {
    let mut link = Link::down(config());
    link.client.connected(link.now);
    assert_eq!(link.client.deadline(), Some(START.after(Span::seconds(10))));
    link.pass_in_silence(Span::seconds(10));
    assert!(matches!(link.said[..], [Event::Closed { why: Why::BindTimeout, .. }]), "{:?}", link.said);
    assert_eq!(link.client.deadline(), None);
    link.said.clear();
    link.client.disconnected(link.now, Why::DialFailed);
    assert!(matches!(link.events()[..], [Event::Closed { why: Why::DialFailed, may_retry_at: Some(_) }]));
}

#[test]
fn an_idle_link_is_kept_alive_and_a_dead_one_is_noticed() {
    let mut link = Link::bound(config());
    link.pass(Span::seconds(300));
    assert!(link.events().is_empty(), "an answered Active_Test is nobody's business");
    link.submit(7).unwrap();
    link.pass_in_silence(Span::seconds(41));
    let events = std::mem::take(&mut link.said);
    assert_eq!(events[0], Event::Unanswered { ticket: 7, why: Why::ResponseTimeout });
    assert!(matches!(events[1], Event::Closed { why: Why::PeerSilent, may_retry_at: Some(_) }), "{events:?}");
}

#[test]
fn active_tests_are_answered_on_both_sides_whatever_their_numbers() {
    let mut link = Link::bound(config());
    let mut test = Vec::new();
    pdu::encode(&mut test, 77, &Pdu::ActiveTest).unwrap();
    let mut expected = Vec::new();
    pdu::encode(&mut expected, 77, &Pdu::ActiveTestResp).unwrap();
    link.client.receive(&test, link.now);
    assert_eq!(link.client.output(), &expected);
    link.gateway.receive(&test, link.now);
    assert_eq!(link.gateway.output(), &expected);
    link.client.output().clear();
    link.gateway.output().clear();
    // An answer under a wrong number counts while a test of ours waits, with its reserved octet or without.
    link.pass_in_silence(Span::seconds(30));
    link.client.receive(&[0, 0, 0, 13, 0x80, 0, 0, 4, 0, 9, 9, 9, 0], link.now);
    link.pass_in_silence(Span::seconds(10));
    assert!(link.client.is_bound() && link.events().is_empty());
    link.gateway.enquire(link.now);
    link.exchange();
    assert!(link.heard.is_empty());
}

#[test]
fn leaving_drains_the_window_first_and_stays_down() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    let [(sequence, _)] = link.submitted()[..] else { panic!("one submit") };
    link.client.unbind(link.now);
    assert_eq!(link.submit(2), Err(SubmitError::NotBound { found: "unbinding" }));
    link.pass(Span::seconds(5));
    assert!(link.heard.is_empty(), "left with a message in flight: {:?}", link.heard);
    link.answer(sequence, Status::BUSY, wire::smgp::MsgId::NONE);
    assert_eq!(
        link.events(),
        [
            Event::Refused { ticket: 1, status: Status::BUSY },
            Event::Closed { why: Why::Unbound, may_retry_at: None },
        ]
    );
    assert_eq!(link.heard, [peer::Event::Unbound, peer::Event::Closed { why: Why::PeerUnbound }]);
    assert_eq!((link.client.dial_at(), link.client.deadline()), (None, None));
    link.client.resume(link.now);
    assert_eq!(link.client.dial_at(), Some(link.now));
}

#[test]
fn a_gateway_that_leaves_is_answered_and_dialled_again() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    link.exchange();
    link.heard.clear();
    link.gateway.unbind(link.now);
    let events = link.events();
    assert_eq!(events[..2], [Event::PeerUnbound, Event::Unanswered { ticket: 1, why: Why::PeerUnbound }]);
    assert!(matches!(events[2], Event::Closed { why: Why::PeerUnbound, may_retry_at: Some(_) }));
    assert_eq!(link.heard, [peer::Event::Closed { why: Why::Unbound }]);
}

#[test]
fn a_stream_out_of_step_is_closed() {
    for absurd in [[0, 0, 0, 11], [0, 0, 0x10, 1]] {
        let mut link = Link::bound(config());
        link.client.receive(&absurd, link.now);
        assert!(matches!(
            link.events()[..],
            [
                Event::ProtocolError { error: ProtocolError::Frame(_), .. },
                Event::Closed { why: Why::BadStream, .. },
            ]
        ));
        let mut gateway = gateway();
        gateway.receive(&absurd, START);
        assert!(matches!(gateway.event(), Some(peer::Event::ProtocolError { .. })));
        assert_eq!(gateway.event(), Some(peer::Event::Closed { why: Why::BadStream }));
    }
}

#[test]
fn the_gateway_refuses_strangers_second_logins_and_modes_that_do_not_exist() {
    let mut stranger = gateway();
    let until = stranger.deadline().unwrap();
    stranger.tick(until);
    assert_eq!(stranger.event(), Some(peer::Event::Closed { why: Why::BindTimeout }));
    let mut stranger = gateway();
    let mut octets = Vec::new();
    submit().encode(&mut octets, 5).unwrap();
    pdu::encode(&mut octets, 6, &Pdu::Login(Login { mode: 9, ..Login::default() })).unwrap();
    stranger.receive(&octets, START);
    // Submit_Resp says "command", Login_Resp "structure"; the link stays.
    assert_eq!(stranger.output()[22..26], Status::BAD_COMMAND.0.to_be_bytes());
    assert_eq!(stranger.output()[38..42], Status::BAD_STRUCTURE.0.to_be_bytes());
    assert!(stranger.deadline().is_some());
    let mut link = Link::bound(config());
    let mut again = Session::new(config(), 2).unwrap();
    again.connected(START);
    link.gateway.receive(again.output(), link.now);
    assert_eq!(link.gateway.output()[12..16], Status::BAD_COMMAND.0.to_be_bytes());
    assert_eq!(link.gateway.bound(), Some(LoginMode::Both));
}
