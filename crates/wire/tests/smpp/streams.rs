//! TCP cuts a stream anywhere; the sessions must not notice.

use crate::fixtures::{load, names};
use crate::link::{START, carrier, config, submit};
use proptest::prelude::*;
use wire::smpp::session::{Event, Session};
use wire::smpp::{Status, pdu};

/// Everything the captures hold, as if a carrier had sent it after accepting our bind.
fn stream() -> Vec<u8> {
    let mut stream = load("npm-smpp-bind_transceiver_resp");
    for name in names() {
        // An unbind would end the session before the rest is read.
        if !name.contains("unbind") {
            stream.extend(load(&name));
        }
    }
    stream
}

/// Feeds a fresh session and returns everything it did.
fn feed<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Event>, Vec<u8>) {
    let mut session = Session::new(config(), 1).unwrap();
    session.connected(START);
    session.output().clear();
    for piece in pieces {
        session.receive(piece, START);
    }
    (std::iter::from_fn(|| session.event()).collect(), std::mem::take(session.output()))
}

#[test]
fn a_stream_cut_in_two_anywhere_means_the_same() {
    let stream = stream();
    let whole = feed(std::iter::once(&stream[..]));
    assert!(whole.0.len() > 20 && whole.1.len() > 200, "the captures did little: {:?}", whole.0);
    for cut in 0..stream.len() {
        let (head, tail) = stream.split_at(cut);
        assert_eq!(feed([head, tail].into_iter()), whole, "cut at {cut}");
    }
    assert_eq!(feed(stream.chunks(1)), whole, "octet by octet");
}

proptest! {
    #[test]
    fn arbitrary_octets_panic_neither_side(pieces in proptest::collection::vec(any::<Vec<u8>>(), 0..6)) {
        let _ = feed(pieces.iter().map(Vec::as_slice));
        let mut peer = carrier();
        for piece in &pieces {
            peer.receive(piece, START);
        }
    }

    #[test]
    fn damaged_streams_panic_neither_side(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), size in 1usize..400) {
        let mut octets = stream();
        for (at, with) in flips {
            let at = at.index(octets.len());
            octets[at] = with;
        }
        let _ = feed(octets.chunks(size));
        let mut peer = carrier();
        for piece in octets.chunks(size) {
            peer.receive(piece, START);
        }
    }
}

#[test]
fn the_carriers_side_reads_a_stream_cut_anywhere() {
    let mut client = Session::new(config(), 1).unwrap();
    client.connected(START);
    let mut octets = std::mem::take(client.output());
    for sequence in 2..6 {
        submit().encode(&mut octets, sequence).unwrap();
    }
    pdu::encode_header(&mut octets, wire::smpp::CommandId::ENQUIRE_LINK, Status::OK, 6);
    for size in 1..octets.len() {
        let mut peer = carrier();
        let mut submits = 0;
        for piece in octets.chunks(size) {
            peer.receive(piece, START);
            while let Some(event) = peer.event() {
                match event {
                    wire::smpp::peer::Event::Bind(_) => peer.accept_bind().unwrap(),
                    wire::smpp::peer::Event::Submit { .. } => submits += 1,
                    // In one piece the submits come before the caller could accept the bind.
                    wire::smpp::peer::Event::ProtocolError { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(submits == 4 || size > 40, "{submits} submits in pieces of {size}");
        assert!(peer.output().ends_with(&[0, 0, 0, 16, 0x80, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 6]));
    }
}
