//! Binding, keeping alive, unbinding, dialling again.

use crate::link::{Link, START, config};
use model::{Span, Timestamp};
use wire::smpp::peer;
use wire::smpp::session::{ConfigError, Event, ProtocolError, Why};
use wire::smpp::{BindKind, CommandId, Session, Status, pdu};

#[test]
fn a_bind_names_us_and_says_who_answered() {
    let mut link = Link::down(config());
    assert!(link.client.dial_at().unwrap() <= START, "a new session wants to be dialled at once");
    link.client.connected(link.now);
    assert_eq!((link.client.dial_at(), link.client.window_free()), (None, 0));
    link.exchange();
    let [peer::Event::Bind(request)] = &link.heard[..] else { panic!("{:?}", link.heard) };
    assert_eq!(
        (request.kind, &*request.system_id, &*request.password),
        (BindKind::Transceiver, "hongyan", "secret08")
    );
    assert!(!format!("{request:?} {:?}", link.client).contains("secret08"), "a password was printed");
    link.carrier.accept_bind().unwrap();
    assert_eq!(link.events(), [Event::Bound { system_id: "SMSC".to_owned(), version: Some(0x34) }]);
    assert_eq!(link.client.window_free(), 3);
}

#[test]
fn a_configuration_is_refused_before_it_is_dialled() {
    let refused = |change: fn(&mut wire::smpp::Config)| {
        let mut config = config();
        change(&mut config);
        Session::new(config, 1).unwrap_err().to_string()
    };
    assert_eq!(refused(|c| c.window = 0), "window: expected more than 0, found 0");
    assert_eq!(
        refused(|c| c.password = "ninechars".to_owned()),
        "bind_transceiver, password: expected at most 8 octets, found 9"
    );
    let mut config = config();
    config.enquire_after = Span(-1);
    assert_eq!(
        Session::new(config, 1).unwrap_err(),
        ConfigError::NotPositive { field: "enquire_after", found: -1 }
    );
}

#[test]
fn a_refused_bind_closes_and_wrong_credentials_are_not_hammered() {
    for (status, longest) in [(Status::INVALID_PASSWORD, true), (Status::BIND_FAILED, false)] {
        let mut link = Link::down(config());
        link.client.connected(link.now);
        link.exchange();
        link.carrier.refuse_bind(status);
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
fn dials_wait_longer_each_time_and_a_good_link_starts_over() {
    let mut link = Link::down(config());
    let mut last = Span(0);
    for _ in 0..5 {
        link.client.disconnected(link.now, Why::DialFailed);
        let at = link.client.dial_at().unwrap();
        let wait = at.since(link.now);
        assert!(wait > last, "{wait} after {last}");
        (last, link.now) = (wait, at);
    }
    assert_eq!(link.events().len(), 5);
    link.client.connected(link.now);
    link.exchange();
    link.carrier.accept_bind().unwrap();
    link.exchange();
    link.pass(Span::seconds(600));
    link.client.disconnected(link.now, Why::ConnectionLost);
    assert!(link.client.dial_at().unwrap().since(link.now) <= Span::seconds(1));
    let events = link.events();
    assert!(matches!(events.last(), Some(Event::Closed { why: Why::ConnectionLost, .. })), "{events:?}");
    link.client.disconnected(link.now, Why::ConnectionLost);
    assert!(link.events().is_empty(), "one loss was reported twice");
}

#[test]
fn a_carrier_that_does_not_answer_the_bind_is_given_up() {
    let mut link = Link::down(config());
    link.client.connected(link.now);
    assert_eq!(link.client.deadline(), Some(START.after(Span::seconds(10))));
    link.pass_in_silence(Span::seconds(10));
    assert!(matches!(link.said[..], [Event::Closed { why: Why::BindTimeout, .. }]), "{:?}", link.said);
    assert_eq!(link.client.deadline(), None);
}

#[test]
fn an_idle_link_is_kept_alive_and_a_dead_one_is_noticed() {
    let mut link = Link::bound(config());
    link.pass(Span::seconds(300));
    assert!(link.events().is_empty(), "an answered enquiry is nobody's business");
    link.submit(7).unwrap();
    link.pass_in_silence(Span::seconds(41));
    let events = std::mem::take(&mut link.said);
    assert_eq!(events[0], Event::Unanswered { ticket: 7, why: Why::ResponseTimeout });
    assert!(matches!(events[1], Event::Closed { why: Why::PeerSilent, may_retry_at: Some(_) }), "{events:?}");
}

#[test]
fn a_carrier_that_talks_but_ignores_enquiries_is_alive() {
    let mut link = Link::bound(config());
    for _ in 0..4 {
        link.pass_in_silence(Span::seconds(35));
        let mut nack = Vec::new();
        pdu::encode_header(&mut nack, CommandId::GENERIC_NACK, Status::SYSTEM_ERROR, 0x7fff);
        link.client.receive(&nack, link.now);
    }
    assert!(link.client.is_bound());
    let events = link.events();
    assert!(events.iter().all(|event| matches!(event, Event::ProtocolError { .. })), "{events:?}");
}

#[test]
fn an_enquiry_answered_under_a_wrong_number_counts() {
    let mut link = Link::bound(config());
    link.pass_in_silence(Span::seconds(30));
    let mut answer = Vec::new();
    pdu::encode_header(&mut answer, CommandId::ENQUIRE_LINK_RESP, Status::OK, 999_999);
    link.client.receive(&answer, link.now);
    link.pass_in_silence(Span::seconds(10));
    assert!(link.client.is_bound());
    assert!(link.events().is_empty());
}

#[test]
fn the_carriers_enquiry_is_answered_with_its_number() {
    let mut link = Link::bound(config());
    let mut enquiry = Vec::new();
    pdu::encode_header(&mut enquiry, CommandId::ENQUIRE_LINK, Status::OK, 77);
    link.client.receive(&enquiry, link.now);
    let mut expected = Vec::new();
    pdu::encode_header(&mut expected, CommandId::ENQUIRE_LINK_RESP, Status::OK, 77);
    assert_eq!(link.client.output(), &expected);
}

#[test]
fn unbinding_drains_the_window_first_and_stays_down() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    let [(sequence, _)] = link.submitted()[..] else { panic!("one submit") };
    link.client.unbind(link.now);
    assert_eq!(
        link.submit(2).unwrap_err().to_string(),
        "session: expected to be bound for sending, found it unbinding"
    );
    link.pass(Span::seconds(5));
    assert!(link.heard.is_empty(), "unbound with a message in flight: {:?}", link.heard);
    link.answer(sequence, Status::OK, "m1");
    assert_eq!(
        link.events(),
        [
            Event::Submitted { ticket: 1, remote_id: "m1".to_owned() },
            Event::Closed { why: Why::Unbound, may_retry_at: None },
        ]
    );
    assert_eq!(link.heard, [peer::Event::Unbound, peer::Event::Closed { why: Why::PeerUnbound }]);
    assert_eq!((link.client.dial_at(), link.client.deadline()), (None, None));
    link.client.resume(link.now);
    assert_eq!(link.client.dial_at(), Some(link.now));
}

#[test]
fn unbinding_ends_even_if_the_carrier_answers_nothing() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    link.client.unbind(link.now);
    link.pass_in_silence(Span::seconds(20));
    assert_eq!(
        link.said,
        [
            Event::Unanswered { ticket: 1, why: Why::ResponseTimeout },
            Event::Closed { why: Why::Unbound, may_retry_at: None },
        ]
    );
}

#[test]
fn a_carrier_that_unbinds_is_answered_and_dialled_again() {
    let mut link = Link::bound(config());
    link.submit(1).unwrap();
    link.exchange();
    link.heard.clear();
    link.carrier.unbind(link.now);
    let events = link.events();
    assert_eq!(events[0], Event::PeerUnbound);
    assert_eq!(events[1], Event::Unanswered { ticket: 1, why: Why::PeerUnbound });
    assert!(matches!(events[2], Event::Closed { why: Why::PeerUnbound, may_retry_at: Some(_) }));
    assert_eq!(link.heard, [peer::Event::Closed { why: Why::Unbound }]);
}

#[test]
fn a_stream_out_of_step_is_nacked_and_closed() {
    for absurd in [[0, 0, 0, 3], [0xff, 0xff, 0xff, 0xff]] {
        let mut link = Link::bound(config());
        link.client.receive(&absurd, link.now);
        let mut nack = Vec::new();
        pdu::encode_header(&mut nack, CommandId::GENERIC_NACK, Status::INVALID_COMMAND_LENGTH, 0);
        assert_eq!(link.client.output(), &nack);
        link.client.output().clear();
        match &link.events()[..] {
            [
                Event::ProtocolError { error: ProtocolError::Frame(_), .. },
                Event::Closed { why: Why::BadStream, .. },
            ] => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_silent_newcomer_does_not_keep_the_carriers_socket() {
    let mut carrier = crate::link::carrier();
    let until = carrier.deadline().unwrap();
    assert_eq!(until, START.after(Span::seconds(10)));
    carrier.tick(until);
    assert_eq!(carrier.event(), Some(peer::Event::Closed { why: Why::BindTimeout }));
}

#[test]
fn the_carrier_refuses_what_comes_before_a_bind_and_a_second_bind() {
    let mut link = Link::bound(config());
    let mut bind_again = Session::new(config(), 2).unwrap();
    bind_again.connected(Timestamp(0));
    link.carrier.receive(bind_again.output(), link.now);
    let answer = std::mem::take(link.carrier.output());
    assert_eq!(&answer[8..12], &Status::ALREADY_BOUND.0.to_be_bytes());
    let mut submit = Vec::new();
    crate::link::submit().encode(&mut submit, 5).unwrap();
    let mut data = Vec::new();
    pdu::encode(&mut data, Status::OK, 6, &pdu::Pdu::Data(pdu::DataSm::default())).unwrap();
    for request in [submit, data] {
        let mut stranger = crate::link::carrier();
        stranger.receive(&request, link.now);
        assert_eq!(&stranger.output()[8..12], &Status::INVALID_BIND_STATUS.0.to_be_bytes());
        assert!(matches!(stranger.event(), Some(peer::Event::ProtocolError { .. })));
    }
}
