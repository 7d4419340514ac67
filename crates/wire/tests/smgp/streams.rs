//! TCP cuts a stream anywhere; the sessions must not notice.

use crate::link::{SECRET, START, config, gateway, submit};
use model::Span;
use proptest::prelude::*;
use wire::smgp::pdu::{self, Deliver, LoginResp, MessageResp};
use wire::smgp::session::{Event, Session};
use wire::smgp::{MsgId, Pdu, Status, peer};

/// What a gateway might say after our login.
fn stream() -> Vec<u8> {
    let mut stream = Vec::new();
    let report = b"id:0123456789 sub:001 dlvrd:001 submit date:2605010800 done date:2605010801 stat:DELIVRD err:000 text:";
    let deliver = Deliver { is_report: 1, msg_content: report, ..Deliver::default() };
    for (sequence, pdu) in [
        (1, Pdu::LoginResp(LoginResp { status: Status::OK, ..LoginResp::default() })),
        (5, Pdu::Deliver(deliver)),
        (6, Pdu::ActiveTest),
        (7, Pdu::Deliver(Deliver { is_report: 0, ..deliver })),
        (2, Pdu::SubmitResp(MessageResp { msg_id: MsgId([1; 10]), status: Status::OK })),
        (8, Pdu::Unknown(wire::smgp::CommandId(9), b"odd")),
        (9, Pdu::ActiveTestResp),
    ] {
        pdu::encode(&mut stream, sequence, &pdu).unwrap();
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
    assert!(whole.0.len() >= 6, "the stream did little: {:?}", whole.0);
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
        let mut peer = gateway();
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
        let mut peer = gateway();
        for piece in octets.chunks(size) {
            peer.receive(piece, START);
        }
    }

    /// Both sides over a pipe that cuts at random: everything arrives, and every ticket comes back as submitted.
    #[test]
    fn both_sides_agree_over_a_pipe_that_cuts(sizes in proptest::collection::vec(1usize..70, 1..40), count in 1u64..12) {
        let mut wide = config();
        wide.window = 100;
        let mut client = Session::new(wide, 1).unwrap();
        let mut server = gateway();
        client.connected(START);
        let mut sizes = sizes.into_iter().cycle();
        let (mut given, mut taken, mut acknowledged) = (0, Vec::new(), 0);
        for round in 0..400 {
            let now = START.after(Span::millis(round));
            let (mut up, mut down) = (std::mem::take(client.output()), std::mem::take(server.output()));
            while !up.is_empty() || !down.is_empty() {
                let size = sizes.next().unwrap();
                let piece: Vec<u8> = up.drain(..size.min(up.len())).collect();
                server.receive(&piece, now);
                let piece: Vec<u8> = down.drain(..size.min(down.len())).collect();
                client.receive(&piece, now);
            }
            while let Some(event) = server.event() {
                match event {
                    peer::Event::Bind(_) => server.accept_bind(SECRET).unwrap(),
                    peer::Event::Submit { sequence, message } => {
                        prop_assert_eq!(message.source.reveal(), "1065900012");
                        server.answer_submit(sequence, Status::OK, MsgId([7; 10])).unwrap();
                        let report = Deliver { is_report: 1, msg_content: b"id:0123456789", ..Deliver::default() };
                        server.deliver(1, &report, now).unwrap();
                    }
                    peer::Event::DeliverAnswered { status, .. } => {
                        prop_assert!(status.is_ok());
                        acknowledged += 1;
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            while let Some(event) = client.event() {
                match event {
                    Event::Bound { authentic, .. } => prop_assert!(authentic),
                    Event::Submitted { ticket, .. } => taken.push(ticket),
                    Event::Delivered { delivery, .. } => client.acknowledge(delivery, now),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            if client.is_bound() && given < count {
                client.submit(given, &submit(), now).unwrap();
                given += 1;
            }
            if acknowledged == count {
                break;
            }
        }
        prop_assert_eq!(taken, (0..count).collect::<Vec<_>>());
        prop_assert_eq!(acknowledged, count);
    }
}
