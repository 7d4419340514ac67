//! Any octets as a stream of SGIP PDUs, and into all four sides: nothing panics, what can be written again reads the same, and a
//! stranger is never told of a delivery.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use wire::sgip::peer::{self, Outlet, OutletConfig, ServerSession};
use wire::sgip::session::{Config, Event, Session};
use wire::sgip::{Frame, Inlet, Sequence, frame, inlet, pdu};

const NOW: Timestamp = Timestamp(1_777_593_600_000);

fuzz_target!(|octets: &[u8]| {
    let mut stream = octets;
    while let Ok(Some(frame)) = frame::split(&mut stream) {
        settle(&frame);
    }
    sides(octets);
});

fn settle(frame: &Frame<'_>) {
    assert_eq!(frame.sequence.to_string().parse::<Sequence>().ok(), Some(frame.sequence));
    let decoded = match pdu::decode(frame) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(error.offset >= frame::HEADER_OCTETS);
            assert!(error.offset <= frame::HEADER_OCTETS + frame.body.len());
            return;
        }
    };
    let mut written = Vec::new();
    if pdu::encode(&mut written, frame.sequence, &decoded).is_err() {
        assert!(written.is_empty());
        return;
    }
    let again = frame::split(&mut &written[..]).expect("our own frame").expect("all of it");
    assert_eq!(pdu::decode(&again).expect("our own body"), decoded);
}

fn sides(octets: &[u8]) {
    let mut session = Session::new(Config::new("fuzz", "fuzz", 1), 1).expect("a sound configuration");
    session.connected(NOW);
    let mut server = ServerSession::new(peer::Config::default(), NOW);
    let mut outlet = Outlet::connected(OutletConfig::new("fuzz", "fuzz", 2), 1, NOW).expect("a sound name");
    let mut inlet = Inlet::new(inlet::Config::new("fuzz", "fuzz"), 1, NOW);
    inlet.receive(&std::mem::take(outlet.output()), NOW);
    assert!(inlet.is_bound());
    // Its password does not fit a Bind, so nobody can say it.
    let mut shut = Inlet::new(inlet::Config::new("fuzz", "seventeen octets!"), 2, NOW);
    for piece in octets.chunks(61) {
        session.receive(piece, NOW);
        server.receive(piece, NOW);
        outlet.receive(piece);
        inlet.receive(piece, NOW);
        shut.receive(piece, NOW);
        while let Some(event) = server.event() {
            if let peer::Event::Bind(_) = event {
                server.accept_bind();
            }
        }
        while let Some(event) = inlet.event() {
            if let Event::Delivered { delivery, .. } = event {
                inlet.acknowledge(delivery, NOW);
            }
        }
        while let Some(event) = shut.event() {
            assert!(!matches!(event, Event::Bound | Event::Delivered { .. }), "a stranger got in");
        }
    }
}
