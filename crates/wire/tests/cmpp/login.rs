//! Logging in: proofs, versions, refusals, and what gateways and clients of the field get wrong.

use crate::link::{BOTH, Link, SECRET, START, account, config, gateway};
use model::{Span, Timestamp};
use wire::cmpp::frame::Frames;
use wire::cmpp::login::{Authenticator, CHINA_AHEAD, Verify};
use wire::cmpp::pdu::{self, Connect, ConnectResp};
use wire::cmpp::peer::{self, Account, BindRequest};
use wire::cmpp::session::{Config, ConfigError, Event, ProtocolError, Session, Why};
use wire::cmpp::{ConnectStatus, MsgId, Pdu, ResultCode, Version};

/// The first request of a session, as its gateway gets it.
fn request(link: &mut Link) -> BindRequest {
    link.client.connected(link.now);
    link.exchange();
    match link.heard.pop() {
        Some(peer::Event::Bind(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// What the client makes of this answer to its login.
fn answered(mut config: Config, verify: Verify, answer: impl Fn(Authenticator) -> Vec<u8>) -> Vec<Event> {
    config.verify = verify;
    let mut session = Session::new(config, 1).unwrap();
    session.connected(START);
    let out = std::mem::take(session.output());
    let frame = Frames::default().split(&mut &out[..]).unwrap().unwrap();
    let Ok(Pdu::Connect(connect)) = pdu::decode(&frame, Version::V2) else { panic!("a CONNECT") };
    session.receive(&answer(connect.authenticator), START);
    std::iter::from_fn(|| session.event()).collect()
}

fn response(version: Version, status: ConnectStatus, authenticator: Authenticator) -> Vec<u8> {
    let mut out = Vec::new();
    let answer = ConnectResp { status, authenticator, version: version.octet() };
    pdu::encode(&mut out, version, 1, &Pdu::ConnectResp(answer)).unwrap();
    out
}

#[test]
fn both_versions_log_in_and_prove_themselves() {
    for (version, octet, answer) in [
        (Version::V2, 0x20, 0x20),
        (Version::V2, 0x21, 0x21),
        (Version::V2, 0x00, 0x20),
        (Version::V3, 0x30, 0x30),
    ] {
        let mut link = Link::down(Config { version_octet: octet, verify: Verify::Strict, ..config(version) });
        if octet == 0 {
            // Version::answer keeps what was asked if it is of the same major version; 0x00 is none.
            let request = request(&mut link);
            assert_eq!(request.check(&account(), START), Ok(Version::V2));
        } else {
            assert_eq!(request(&mut link).check(&account(), START), Ok(version));
        }
        link.gateway.accept_bind(SECRET, version);
        assert_eq!(link.events(), [Event::Bound { version: answer }]);
        assert!(link.client.is_bound());
        assert_eq!(link.gateway.bound(), Some(version));
    }
}

#[test]
fn the_accounts_version_goes_before_the_octet() {
    let mut link = Link::down(config(Version::V3));
    let asked = request(&mut link);
    let account = Account { version: Some(Version::V2), ..account() };
    assert_eq!(asked.check(&account, START), Ok(Version::V2));
    let odd = BindRequest { version: 0x40, ..asked.clone() };
    assert_eq!(odd.check(&account, START), Ok(Version::V2));
    assert_eq!(odd.check(&crate::link::account(), START), Err(ConnectStatus::VERSION));
    assert_eq!(format!("{account:?}").find(SECRET), None, "a secret prints");
}

#[test]
fn the_timestamp_is_the_gateways_clock_and_may_have_to_be_fresh() {
    let mut link = Link::down(config(Version::V2));
    let asked = request(&mut link);
    assert_eq!(asked.timestamp, 501_080_000, "2026-05-01 08:00 in China");
    for (skew, now, expected) in [
        (None, START.after(Span::days(100)), Ok(Version::V2)),
        (Some(Span::seconds(60)), START.after(Span::seconds(60)), Ok(Version::V2)),
        (Some(Span::seconds(60)), START.after(Span::seconds(61)), Err(ConnectStatus::AUTHENTICATION)),
        (Some(Span::seconds(60)), START.before(Span::seconds(61)), Err(ConnectStatus::AUTHENTICATION)),
    ] {
        assert_eq!(asked.check(&Account { skew_max: skew, ..account() }, now), expected);
    }
}

#[test]
fn a_short_name_may_be_hashed_with_its_padding_or_without() {
    for (proof, expected) in [
        (Authenticator::source(b"9001", SECRET.as_bytes(), 501_080_000), Ok(Version::V2)),
        (Authenticator::source(b"9001\0\0", SECRET.as_bytes(), 501_080_000), Ok(Version::V2)),
        (Authenticator::source(b"9002", SECRET.as_bytes(), 501_080_000), Err(ConnectStatus::AUTHENTICATION)),
        (Authenticator::source(b"9001", b"888889", 501_080_000), Err(ConnectStatus::AUTHENTICATION)),
        (Authenticator::default(), Err(ConnectStatus::AUTHENTICATION)),
    ] {
        let mut out = Vec::new();
        let connect =
            Connect { source_addr: b"9001", authenticator: proof, version: 0x20, timestamp: 501_080_000 };
        pdu::encode(&mut out, Version::V2, 9, &Pdu::Connect(connect)).unwrap();
        let mut gateway = gateway();
        gateway.receive(&out, START);
        let Some(peer::Event::Bind(asked)) = gateway.event() else { panic!("a login") };
        assert_eq!((asked.source_addr.as_str(), asked.check(&account(), START)), ("9001", expected));
    }
}

#[test]
fn a_refused_login_ends_the_link_and_is_not_repeated_soon() {
    for version in BOTH {
        for status in [1, 2, 3, 4, 5, 200] {
            let status = ConnectStatus(status);
            let mut link = Link::down(config(version));
            request(&mut link);
            link.gateway.refuse_bind(status);
            let events = link.events();
            let [Event::BindRefused { status: told }, Event::Closed { why, may_retry_at }] = events[..]
            else {
                panic!("{events:?}")
            };
            assert_eq!((told, why), (status, Why::BindRefused(status)));
            let wait = may_retry_at.unwrap().since(START);
            assert_eq!(wait >= Span::seconds(60), status.refuses_credentials(), "{status:?}: {wait}");
            assert_eq!(link.heard(), [peer::Event::Closed { why }]);
        }
    }
}

#[test]
fn a_gateway_that_does_not_prove_itself_is_reported_or_left() {
    let secret = SECRET.as_bytes();
    let ok = ConnectStatus::OK;
    for version in BOTH {
        let right = |source| response(version, ok, Authenticator::ismg(version, ok, source, secret));
        // SMSGate hashes four octets of status in 2.0 too.
        let wide = |source| response(version, ok, Authenticator::ismg(Version::V3, ok, source, secret));
        let zeros = |_| response(version, ok, Authenticator::default());
        let wrong = |source| response(version, ok, Authenticator::ismg(version, ok, source, b"888889"));
        let bound = Event::Bound { version: version.octet() };
        for verify in [Verify::Warn, Verify::Strict] {
            assert_eq!(answered(config(version), verify, right), std::slice::from_ref(&bound));
            assert_eq!(answered(config(version), verify, wide), std::slice::from_ref(&bound));
        }
        for answer in [&zeros as &dyn Fn(Authenticator) -> Vec<u8>, &wrong] {
            let events = answered(config(version), Verify::Warn, answer);
            let [Event::ProtocolError { error: ProtocolError::Unproved, .. }, last] = &events[..] else {
                panic!("{events:?}")
            };
            assert_eq!(last, &bound);
            let events = answered(config(version), Verify::Strict, answer);
            let [Event::ProtocolError { .. }, Event::BindRefused { status }, Event::Closed { why, .. }] =
                events[..]
            else {
                panic!("{events:?}")
            };
            assert_eq!((status, why), (ConnectStatus::AUTHENTICATION, Why::BindRefused(status)));
        }
    }
}

#[test]
fn an_answer_of_the_other_width_is_read_too() {
    for (version, other) in [(Version::V2, Version::V3), (Version::V3, Version::V2)] {
        let refused = |_| response(other, ConnectStatus::SOURCE, Authenticator::default());
        let events = answered(config(version), Verify::Warn, refused);
        assert_eq!(events[0], Event::BindRefused { status: ConnectStatus::SOURCE });
    }
}

#[test]
fn a_login_without_an_answer_ends_in_time_on_both_sides() {
    let mut link = Link::down(config(Version::V2));
    link.client.connected(link.now);
    link.client.output().clear();
    link.pass(Span::seconds(10));
    assert!(matches!(link.said[..], [Event::Closed { why: Why::BindTimeout, .. }]), "{:?}", link.said);
    assert_eq!(link.heard(), [peer::Event::Closed { why: Why::BindTimeout }]);
}

#[test]
fn nothing_but_a_login_is_served_before_it() {
    let mut gateway = gateway();
    let mut out = Vec::new();
    pdu::encode(&mut out, Version::V2, 1, &Pdu::ActiveTest).unwrap();
    pdu::encode(&mut out, Version::V2, 2, &Pdu::Cancel(MsgId(1))).unwrap();
    let submit = pdu::Submit { destinations: pdu::Numbers::new(&["1"]), ..pdu::Submit::default() };
    pdu::encode(&mut out, Version::V2, 3, &Pdu::Submit(submit)).unwrap();
    gateway.receive(&out, START);
    let mut expected = Vec::new();
    pdu::encode(&mut expected, Version::V2, 1, &Pdu::ActiveTestResp).unwrap();
    pdu::encode(&mut expected, Version::V2, 2, &Pdu::CancelResp(1)).unwrap();
    let refused = pdu::MessageResp { msg_id: MsgId::NONE, result: ResultCode::COMMAND };
    pdu::encode(&mut expected, Version::V2, 3, &Pdu::SubmitResp(refused)).unwrap();
    assert_eq!(gateway.output(), &expected);
    let events: Vec<peer::Event> = std::iter::from_fn(|| gateway.event()).collect();
    assert!(events.iter().all(|event| matches!(event, peer::Event::ProtocolError { .. })), "{events:?}");
}

#[test]
fn a_second_login_and_one_that_cannot_be_read_are_refused_and_cost_nothing() {
    let mut link = Link::bound(config(Version::V3));
    let mut out = Vec::new();
    pdu::encode(&mut out, Version::V3, 77, &Pdu::Connect(Connect::default())).unwrap();
    link.gateway.receive(&out, link.now);
    let answer = std::mem::take(link.gateway.output());
    let frame = Frames::default().split(&mut &answer[..]).unwrap().unwrap();
    let Ok(Pdu::ConnectResp(answer)) = pdu::decode(&frame, Version::V3) else { panic!("{frame:?}") };
    assert_eq!((frame.sequence, answer.status), (77, ConnectStatus::OTHER));
    assert_eq!(link.gateway.bound(), Some(Version::V3));
    let mut gateway = gateway();
    gateway.receive(&[0, 0, 0, 13, 0, 0, 0, 1, 0, 0, 0, 1, 9], START);
    assert_eq!(gateway.output()[12], 1, "bad structure");
}

#[test]
fn a_configuration_that_cannot_work_is_refused_when_it_is_given() {
    let base = config(Version::V2);
    for (config, expected) in [
        (
            Config { source_addr: "9000011".into(), ..base.clone() },
            "CMPP_CONNECT, Source_Addr: expected at most 6 octets, found 7",
        ),
        (
            Config { source_addr: String::new(), ..base.clone() },
            "source_addr: expected 1 to 6 octets, found 0",
        ),
        (Config { version_octet: 0x30, ..base.clone() }, "version_octet: expected one of V2, found 0x30"),
        (Config { window: 0, ..base.clone() }, "window: expected more than 0, found 0"),
        (Config { enquire_tries: 0, ..base.clone() }, "enquire_tries: expected more than 0, found 0"),
        (
            Config { response_timeout: Span(-1), ..base.clone() },
            "response_timeout: expected more than 0, found -1",
        ),
    ] {
        let error: ConfigError = Session::new(config, 1).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert!(!format!("{base:?}").contains(SECRET), "a secret prints");
}

#[test]
fn what_the_specification_recommends_is_the_default() {
    let client = Config::new(Version::V3, "900001", SECRET);
    let gateway = peer::Config::default();
    for (window, enquire_after, tries, timeout) in [
        (client.window, client.enquire_after, client.enquire_tries, client.response_timeout),
        (gateway.window, gateway.enquire_after, gateway.enquire_tries, gateway.response_timeout),
    ] {
        assert_eq!((window, enquire_after, tries, timeout), (16, Span::seconds(180), 3, Span::seconds(60)));
    }
    assert_eq!((client.version_octet, client.ahead, client.verify), (0x30, CHINA_AHEAD, Verify::Warn));
    assert_eq!(Config::new(Version::V2, "1", "").version_octet, 0x20);
}

#[test]
fn a_session_dials_again_when_the_link_is_lost_but_not_after_it_was_ended() {
    let mut link = Link::down(config(Version::V2));
    assert_eq!(link.client.dial_at(), Some(Timestamp(i64::MIN)), "at once");
    link.client.disconnected(link.now, Why::DialFailed);
    assert!(link.client.dial_at().is_some_and(|at| at > link.now));
    link.gateway = gateway();
    link.log_in();
    link.client.unbind(link.now);
    let events = link.events();
    assert!(
        matches!(events.last(), Some(Event::Closed { why: Why::Unbound, may_retry_at: None })),
        "{events:?}"
    );
    assert_eq!(link.heard(), [peer::Event::Unbound, peer::Event::Closed { why: Why::PeerUnbound }]);
    assert_eq!(link.client.dial_at(), None);
    link.client.resume(link.now);
    assert_eq!(link.client.dial_at(), Some(link.now));
}
