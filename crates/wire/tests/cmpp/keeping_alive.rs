//! ACTIVE_TEST both ways: asked after silence, repeated as often as configured, then the link is given up.

use crate::link::{Link, START, config, gateway};
use model::Span;
use wire::cmpp::pdu;
use wire::cmpp::peer::{self, ServerSession};
use wire::cmpp::session::{Event, Why};
use wire::cmpp::{Pdu, Version};

fn active_test(sequence: u32) -> Vec<u8> {
    let mut out = Vec::new();
    pdu::encode(&mut out, Version::V2, sequence, &Pdu::ActiveTest).unwrap();
    out
}

#[test]
fn a_silent_gateway_is_asked_three_times_and_then_left() {
    let mut link = Link::bound(config(Version::V2));
    assert!(link.pass_in_silence(Span::seconds(29)).is_empty());
    assert_eq!(link.pass_in_silence(Span::seconds(1)), active_test(2));
    assert_eq!(link.pass_in_silence(Span::seconds(10)), active_test(3));
    assert_eq!(link.pass_in_silence(Span::seconds(10)), active_test(4));
    assert_eq!(link.said, []);
    assert!(link.pass_in_silence(Span::seconds(10)).is_empty());
    assert!(
        matches!(link.said[..], [Event::Closed { why: Why::PeerSilent, may_retry_at: Some(_) }]),
        "{:?}",
        link.said
    );
}

#[test]
fn a_gateway_that_answers_stays_and_one_that_only_talks_stays_too() {
    let mut link = Link::bound(config(Version::V3));
    link.pass(Span::seconds(600));
    assert_eq!((link.events(), link.client.is_bound()), (vec![], true));
    // It never answers ACTIVE_TEST, but it sends its own.
    for sequence in 0..40 {
        link.pass_in_silence(Span::seconds(20));
        link.client.receive(&active_test(sequence), link.now);
    }
    assert_eq!((link.said.len(), link.client.is_bound()), (0, true));
}

#[test]
fn an_answer_with_a_number_or_a_body_of_its_own_is_an_answer() {
    for octets in
        [&[0, 0, 0, 12, 0x80, 0, 0, 8, 0, 0, 0, 99][..], &[0, 0, 0, 14, 0x80, 0, 0, 8, 0, 0, 0, 99, 1, 2]]
    {
        let mut link = Link::bound(config(Version::V2));
        link.pass_in_silence(Span::seconds(31));
        link.client.receive(octets, link.now);
        link.pass_in_silence(Span::seconds(25));
        assert_eq!((link.said.len(), link.client.is_bound()), (0, true));
    }
}

#[test]
fn a_silent_provider_is_asked_three_times_and_then_left() {
    let mut link = Link::down(config(Version::V2));
    let config = peer::Config {
        enquire_after: Span::seconds(5),
        response_timeout: Span::seconds(2),
        ..peer::Config::default()
    };
    link.gateway = ServerSession::new(config, START);
    link.log_in();
    for (seconds, sequence) in [(5, 1), (2, 2), (2, 3)] {
        link.now = link.now.after(Span::seconds(seconds));
        assert_eq!(link.gateway.deadline(), Some(link.now));
        link.gateway.tick(link.now);
        assert_eq!(std::mem::take(link.gateway.output()), active_test(sequence));
    }
    link.now = link.now.after(Span::seconds(2));
    link.gateway.tick(link.now);
    assert_eq!(link.heard(), [peer::Event::Closed { why: Why::PeerSilent }]);
}

#[test]
fn a_provider_is_answered_and_may_be_asked_at_any_time() {
    let mut link = Link::bound(config(Version::V2));
    link.gateway.enquire(link.now);
    assert_eq!(link.gateway.output(), &active_test(1));
    link.exchange();
    assert_eq!((link.heard(), link.events()), (vec![], vec![]));
    link.gateway.receive(&active_test(9), link.now);
    assert_eq!(link.gateway.output(), &[0, 0, 0, 13, 0x80, 0, 0, 8, 0, 0, 0, 9, 0]);
}

#[test]
fn a_connection_that_trickles_does_not_outlive_its_deadlines() {
    // Before the login: octets that make no PDU do not put the deadline off.
    let mut slow = gateway();
    for (second, octet) in [0u8, 0, 0, 39, 0, 0, 0, 1, 0, 0].into_iter().enumerate() {
        let now = START.after(Span::seconds(second as i64));
        slow.receive(&[octet], now);
        slow.tick(now);
    }
    slow.tick(START.after(Span::seconds(10)));
    assert!(matches!(slow.event(), Some(peer::Event::Closed { why: Why::BindTimeout })));
    // After it: a SUBMIT that never ends is silence.
    let mut link = Link::down(config(Version::V2));
    let config = peer::Config {
        enquire_after: Span::seconds(5),
        response_timeout: Span::seconds(2),
        ..peer::Config::default()
    };
    link.gateway = ServerSession::new(config, START);
    link.log_in();
    link.gateway.receive(&[0, 0, 16, 0, 0, 0, 0, 4], link.now);
    for _ in 0..20 {
        link.now = link.now.after(Span::seconds(1));
        link.gateway.receive(b"x", link.now);
        link.gateway.tick(link.now);
    }
    assert!(matches!(link.heard().last(), Some(peer::Event::Closed { why: Why::PeerSilent })));
}
