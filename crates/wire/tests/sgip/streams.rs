//! TCP cuts a stream anywhere; no side may notice.

use crate::link::{START, config, gateway, inlet_config, outlet_config, submit};
use model::Span;
use proptest::prelude::*;
use wire::sgip::pdu::{self, Answer, Bind, Deliver, Report};
use wire::sgip::peer::{self, Outlet};
use wire::sgip::session::{Delivery, Event, Session};
use wire::sgip::{CommandId, Inlet, Pdu, Sequence, Status};

/// What a gateway might say: to a session after its Bind, and to an inlet.
fn stream() -> Vec<u8> {
    let mut stream = Vec::new();
    let bind = Bind { login_type: 2, login_name: b"unicom", password: b"their secret" };
    for (counter, pdu) in [
        (1, Pdu::Answer(Answer::Bind, Status::OK)),
        (2, Pdu::Bind(bind)),
        (3, Pdu::Deliver(Deliver { content: b"hello", ..Deliver::default() })),
        (4, Pdu::Report(Report::default())),
        (5, Pdu::Unknown(CommandId(0x1000), b"odd")),
        (6, Pdu::Answer(Answer::Submit, Status::OK)),
    ] {
        pdu::encode(&mut stream, Sequence { node: 1, time: 2, counter }, &pdu).unwrap();
    }
    stream
}

/// Feeds both of our sides and returns everything they did.
fn feed<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Event>, Vec<u8>) {
    let mut session = Session::new(config(), 1).unwrap();
    session.connected(START);
    session.output().clear();
    let mut inlet = Inlet::new(inlet_config(), 1, START);
    for piece in pieces {
        session.receive(piece, START);
        inlet.receive(piece, START);
    }
    let mut events: Vec<Event> = std::iter::from_fn(|| session.event()).collect();
    events.extend(std::iter::from_fn(|| inlet.event()));
    let mut said = std::mem::take(session.output());
    said.append(inlet.output());
    (events, said)
}

/// Feeds both of the gateway's sides.
fn feed_gateway<'a>(pieces: impl Iterator<Item = &'a [u8]>) {
    let mut server = gateway();
    let mut outlet = Outlet::connected(outlet_config(), 1, START).unwrap();
    for piece in pieces {
        server.receive(piece, START);
        outlet.receive(piece);
        while let Some(event) = server.event() {
            match event {
                peer::Event::Bind(_) => server.accept_bind(),
                peer::Event::Submit { sequence, .. } => server.answer_submit(sequence, Status::OK),
                _ => {}
            }
        }
    }
}

#[test]
fn a_stream_cut_in_two_anywhere_means_the_same() {
    let stream = stream();
    let whole = feed(std::iter::once(&stream[..]));
    assert!(whole.0.len() >= 9, "the stream did little: {:?}", whole.0);
    for cut in 0..stream.len() {
        let (head, tail) = stream.split_at(cut);
        assert_eq!(feed([head, tail].into_iter()), whole, "cut at {cut}");
    }
    assert_eq!(feed(stream.chunks(1)), whole, "octet by octet");
}

proptest! {
    #[test]
    fn arbitrary_octets_panic_no_side(pieces in proptest::collection::vec(any::<Vec<u8>>(), 0..6)) {
        let _ = feed(pieces.iter().map(Vec::as_slice));
        feed_gateway(pieces.iter().map(Vec::as_slice));
    }

    #[test]
    fn damaged_streams_panic_no_side(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), size in 1usize..400) {
        let mut octets = stream();
        for (at, with) in flips {
            let at = at.index(octets.len());
            octets[at] = with;
        }
        let _ = feed(octets.chunks(size));
        feed_gateway(octets.chunks(size));
    }

    /// All four sides over two pipes that cut at random: every Submit is answered, and reported over the other connection
    /// under the id that `submit` returned.
    #[test]
    fn four_sides_agree_over_pipes_that_cut(sizes in proptest::collection::vec(1usize..70, 1..40), count in 1u64..12) {
        let mut wide = config();
        wide.window = 100;
        let (mut client, mut server) = (Session::new(wide, 1).unwrap(), gateway());
        let mut outlet = Outlet::connected(outlet_config(), 1, START).unwrap();
        let mut inlet = Inlet::new(inlet_config(), 1, START);
        client.connected(START);
        let mut sizes = sizes.into_iter().cycle();
        let (mut ids, mut submitted, mut reported, mut acknowledged) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let mut due = Vec::new();
        for round in 0..600 {
            let now = START.after(Span::millis(round));
            let mut pipes = [
                std::mem::take(client.output()),
                std::mem::take(server.output()),
                std::mem::take(inlet.output()),
                std::mem::take(outlet.output()),
            ];
            while pipes.iter().any(|pipe| !pipe.is_empty()) {
                let size = sizes.next().unwrap();
                let [up, down, answers, deliveries] = pipes.each_mut().map(|pipe| pipe.drain(..size.min(pipe.len())).collect::<Vec<u8>>());
                server.receive(&up, now);
                client.receive(&down, now);
                outlet.receive(&answers);
                inlet.receive(&deliveries, now);
            }
            while let Some(event) = server.event() {
                match event {
                    peer::Event::Bind(request) => {
                        prop_assert!(request.knows("secret"));
                        server.accept_bind();
                    }
                    peer::Event::Submit { sequence, message } => {
                        prop_assert_eq!(message.source.reveal(), "1065510198");
                        server.answer_submit(sequence, Status::OK);
                        due.push(sequence);
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            if outlet.window_free() > 0 && let Some(submit) = due.pop() {
                outlet.report(1, &Report { submit, ..Report::default() }, now).unwrap();
            }
            while let Some(event) = outlet.event() {
                match event {
                    peer::Event::Bound => {}
                    peer::Event::DeliverAnswered { status, .. } => {
                        prop_assert!(status.is_ok());
                        acknowledged += 1;
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            while let Some(event) = client.event() {
                match event {
                    Event::Bound => {}
                    Event::Submitted { remote_id, .. } => submitted.push(remote_id),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            while let Some(event) = inlet.event() {
                match event {
                    Event::Bound => {}
                    Event::Delivered { delivery, content: Delivery::Receipt(receipt), .. } => {
                        reported.push(receipt.remote_id);
                        inlet.acknowledge(delivery, now);
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            if client.is_bound() && (ids.len() as u64) < count {
                ids.push(client.submit(ids.len() as u64, &submit(), now).unwrap().to_string());
            }
            if acknowledged == count {
                break;
            }
        }
        prop_assert_eq!(acknowledged, count);
        prop_assert_eq!(&submitted, &ids);
        reported.sort();
        ids.sort();
        prop_assert_eq!(reported, ids);
    }
}
