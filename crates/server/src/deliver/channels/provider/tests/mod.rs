//! The conformance suite: every provider of HTTP against a peer on loopback that checks what the provider's documents ask
//! for and then takes, throttles, refuses, breaks, keeps silent or babbles; behind it a real engine.

mod peer;
mod rig;
mod vendors;
mod apps;
mod link;
mod mail;
mod task;

use super::{PushError, Told};
use engine::entry::Outcome;
use engine::state::Phase;
use model::Span;
use peer::{Mood, Peer, Script, Seen};
use rig::{NOON, Rig, opened, world};

/// A provider's own call, as it would make it.
struct Call {
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What has to be known of a provider to try it.
struct Case {
    kind: &'static str,
    /// Its settings besides `base_url` and `timeout_ms`, given the peer's address.
    settings: fn(&str) -> Vec<(&'static str, String)>,
    /// Where messages go; empty for a phone.
    to: &'static str,
    text: &'static str,
    script: Script,
    is_send: fn(&Seen) -> bool,
    /// What the documents ask of a call: every mistake.
    schema: fn(&Seen) -> Vec<String>,
    /// The phase after a call that broke: uncertain, or waiting to be offered again.
    broken: Phase,
    /// The provider's call that tells of a delivery, given the id.
    receipt: Option<fn(&str) -> Call>,
}

impl Case {
    fn rig(&self, peer: &Peer, timeout_ms: u64) -> Rig {
        let mut settings = vec![("base_url", peer.base.clone()), ("timeout_ms", timeout_ms.to_string())];
        settings.extend((self.settings)(&peer.base));
        Rig::new(world(self.kind, "", &settings), self.to)
    }
}

/// Long enough for a loaded machine, and short where silence is what is waited for.
const PATIENT: u64 = 60_000;
const HASTY: u64 = 150;

/// What is refused "elsewhere" and has nowhere to go is offered a few times, a rest before each: until it is given up.
async fn give_up(rig: &mut Rig) {
    for _ in 0..10 {
        rig.later(Span::seconds(3));
        rig.run().await;
    }
}

async fn conforms(case: Case) {
    for mood in Mood::ALL {
        let peer = Peer::start(case.script).await;
        peer.set(mood);
        let mut rig = case.rig(&peer, if mood == Mood::IsSilent { HASTY } else { PATIENT });
        rig.note(1, case.text);
        rig.run().await;
        let kind = case.kind;
        let sends = peer.sends(case.is_send);
        assert!(!sends.is_empty(), "{kind} {mood:?}: no call was made; outcomes {:?}", rig.outcomes);
        let mistakes: Vec<String> = sends.iter().flat_map(case.schema).collect();
        assert!(mistakes.is_empty(), "{kind}: {mistakes:?}");
        match mood {
            Mood::Takes => {
                assert_eq!((rig.phases(), sends.len()), (vec![Phase::Submitted], 1), "{kind}");
                delivered(&case, &mut rig);
            }
            Mood::Throttles => {
                assert_eq!(
                    (rig.phases(), sends.len()),
                    (vec![Phase::Claimed], 1),
                    "{kind}: it waits at the link"
                );
                peer.set(Mood::Takes);
                rig.later(Span::seconds(301));
                rig.run().await;
                assert_eq!(
                    (rig.phases(), peer.sends(case.is_send).len()),
                    (vec![Phase::Submitted], 2),
                    "{kind}"
                );
            }
            Mood::RefusesRecipient => {
                give_up(&mut rig).await;
                let sends = peer.sends(case.is_send);
                assert_eq!(rig.outcomes, [Outcome::Refused], "{kind}");
                assert!(sends.len() <= 5, "{kind}: {}", sends.len());
            }
            Mood::Breaks => {
                assert_eq!((rig.phases(), sends.len()), (vec![case.broken], 1), "{kind}");
            }
            Mood::IsSilent | Mood::Babbles => {
                assert_eq!(rig.phases(), [Phase::Uncertain], "{kind} {mood:?}");
                peer.set(Mood::Takes);
                rig.later(Span::hours(1));
                rig.run().await;
                assert_eq!(peer.sends(case.is_send).len(), 1, "{kind} {mood:?}: sent twice (L6)");
            }
        }
    }
}

/// The provider's own call ends the message; one that is not signed as it must be does nothing.
fn delivered(case: &Case, rig: &mut Rig) {
    let Some(receipt) = case.receipt else { return };
    let remote = rig.submitted.first().cloned().unwrap();
    let call = receipt(&remote);
    let told = pushed(rig, &call).unwrap();
    let [Told::Receipt { remote: id, .. }] = told.as_slice() else { panic!("{}: {told:?}", case.kind) };
    assert_eq!(*id, remote, "{}", case.kind);
    rig.tell(told.clone());
    assert_eq!(rig.outcomes, [Outcome::Delivered], "{}", case.kind);
    rig.tell(told);
    assert_eq!(rig.outcomes.len(), 1, "{}: a receipt that comes twice", case.kind);
    for forged in forgeries(call) {
        let error = pushed(rig, &forged).unwrap_err();
        assert!(matches!(error, PushError::Unsigned(_)), "{}: {error}", case.kind);
    }
}

fn pushed(rig: &Rig, call: &Call) -> Result<Vec<Told>, PushError> {
    let pairs: Vec<(&str, &str)> =
        call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = wire::http::Request {
        method: "POST",
        path: &call.path,
        raw_query: &call.query,
        headers: &pairs,
        body: &call.body,
    };
    rig.provider().pushed(&request, NOON).map(|pushed| pushed.told)
}

/// The same call by somebody who does not know the secret: every value that could be one is another.
fn forgeries(call: Call) -> Vec<Call> {
    let Call { path, query, headers, body } = call;
    let spoilt = |text: &str| text.replace("secret", "guess");
    let mut forged = headers.clone();
    for (name, value) in &mut forged {
        if name.contains("signature") {
            *value = match value.strip_prefix("v1,") {
                Some(_) => format!("v1,{}", wire::http::encode::base64(&[7; 32])),
                None if value.chars().all(|letter| letter.is_ascii_hexdigit()) => "0".repeat(value.len()),
                None => wire::http::encode::base64(&[7; 20]),
            };
        }
    }
    let query = query.replace("signature=", "signature=0");
    vec![Call { path: spoilt(&path), query, headers: forged, body }]
}

/// A reader of JSON for schemas: what is at each pointer must be what a test says.
fn expect(mistakes: &mut Vec<String>, document: &serde_json::Value, pointers: &[(&str, &str)]) {
    for (pointer, expected) in pointers {
        let found = super::caller::text(document, pointer).unwrap_or_default();
        let fits = if *expected == "*" { !found.is_empty() } else { *expected == found };
        if !fits {
            mistakes.push(format!("{pointer}: expected {expected:?}, found {found:?}"));
        }
    }
}

fn must(mistakes: &mut Vec<String>, holds: bool, what: &str) {
    if !holds {
        mistakes.push(what.to_owned());
    }
}

#[test]
fn every_mistake_in_the_settings_is_told_at_once_and_no_value_is_repeated() {
    let settings = [
        ("base_url", "ftp://x".to_owned()),
        ("access_key_secret", "env:HONGYAN_NO_SUCH_VARIABLE".to_owned()),
        ("signing", "s3cret".to_owned()),
        ("colour", "s3cret".to_owned()),
        ("template.SMS_1", "${a}${b}".to_owned()),
        ("timeout_ms", "1".to_owned()),
    ];
    let Err(why) = opened(&world("alibaba", "", &settings)) else { panic!("opened") };
    for key in [
        "base_url",
        "access_key_secret",
        "access_key_id",
        "signing",
        "colour",
        "template.SMS_1",
        "timeout_ms",
    ] {
        assert!(why.contains(key), "{key}: {why}");
    }
    assert!(!why.contains("s3cret"), "{why}");
    let Err(why) = opened(&world("pigeon", "", &[])) else { panic!("opened") };
    assert!(why.contains("push_vendor") && why.contains("pigeon"), "{why}");
}
