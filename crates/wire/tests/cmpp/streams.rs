//! TCP cuts a stream anywhere; the sessions must not notice. Arbitrary octets panic neither side.

use crate::link::{BOTH, Link, START, account, config, gateway};
use model::Span;
use proptest::prelude::*;
use wire::cmpp::pdu::{self, ConnectResp, Deliver, MessageResp, Numbers};
use wire::cmpp::peer::{self, ReportDelivery, ServerSession};
use wire::cmpp::report::{Outcome, Stat};
use wire::cmpp::session::{Delivery, Event, Session};
use wire::cmpp::{MsgFmt, MsgId, Pdu, ResultCode, Version};

/// What a gateway sends: the answer to our login, then something of everything, with garbage in it.
fn down(version: Version) -> Vec<u8> {
    let mut out = Vec::new();
    let mut add = |sequence, pdu: &Pdu<'_>| pdu::encode(&mut out, version, sequence, pdu).unwrap();
    add(1, &Pdu::ConnectResp(ConnectResp { version: version.octet(), ..ConnectResp::default() }));
    for (registered_delivery, content) in
        [(0, vec![b'x'; 50]), (1, vec![b'0'; 60]), (1, vec![b'0'; 71]), (1, vec![1; 5])]
    {
        add(7, &Pdu::Deliver(Deliver { registered_delivery, content: &content, ..Deliver::default() }));
    }
    add(8, &Pdu::ActiveTest);
    add(9, &Pdu::SubmitResp(MessageResp { msg_id: MsgId(1), result: ResultCode::OK }));
    add(10, &Pdu::Unknown(wire::cmpp::CommandId(0x77), b"body"));
    add(11, &Pdu::DeliverResp(MessageResp::default()));
    out.extend(b"\xffgarbage");
    pdu::encode(
        &mut out,
        version,
        12,
        &Pdu::Deliver(Deliver { msg_fmt: MsgFmt::UCS2, content: b"\x90\x00", ..Deliver::default() }),
    )
    .unwrap();
    out
}

/// Feeds a fresh session and returns everything it did.
fn feed<'a>(version: Version, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Event>, Vec<u8>) {
    let mut session = Session::new(config(version), 1).unwrap();
    session.connected(START);
    session.output().clear();
    for piece in pieces {
        session.receive(piece, START);
    }
    (std::iter::from_fn(|| session.event()).collect(), std::mem::take(session.output()))
}

/// What a client sends after its login was accepted.
fn up(version: Version) -> Vec<u8> {
    let mut out = Vec::new();
    for sequence in 2..5 {
        let submit = pdu::Submit {
            destinations: Numbers::new(&["1", "2"]),
            content: b"text",
            ..pdu::Submit::default()
        };
        pdu::encode(&mut out, version, sequence, &Pdu::Submit(submit)).unwrap();
        out.extend(b"0x0");
    }
    pdu::encode(&mut out, version, 6, &Pdu::ActiveTest).unwrap();
    pdu::encode(&mut out, version, 7, &Pdu::Cancel(MsgId(1))).unwrap();
    out
}

/// A gateway that somebody logged in to, with the events of that taken away.
fn bound(version: Version) -> ServerSession {
    let mut link = Link::bound(config(version));
    link.gateway.output().clear();
    std::mem::replace(&mut link.gateway, gateway())
}

fn serve<'a>(version: Version, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<peer::Event>, Vec<u8>) {
    let mut gateway = bound(version);
    for piece in pieces {
        gateway.receive(piece, START);
    }
    (std::iter::from_fn(|| gateway.event()).collect(), std::mem::take(gateway.output()))
}

#[test]
fn a_stream_cut_in_two_anywhere_means_the_same() {
    for version in BOTH {
        let (down, up) = (down(version), up(version));
        let (told, served) =
            (feed(version, std::iter::once(&down[..])), serve(version, std::iter::once(&up[..])));
        assert!(told.0.len() > 8 && told.1.len() > 12, "{:?}", told.0);
        assert!(served.0.len() > 6 && served.1.len() == 13, "{:?}", served.0);
        for cut in 0..down.len() {
            let (head, tail) = down.split_at(cut);
            assert_eq!(feed(version, [head, tail].into_iter()), told, "cut at {cut}");
        }
        for cut in 0..up.len() {
            let (head, tail) = up.split_at(cut);
            assert_eq!(serve(version, [head, tail].into_iter()), served, "cut at {cut}");
        }
        assert_eq!(feed(version, down.chunks(1)), told);
        assert_eq!(serve(version, up.chunks(1)), served);
    }
}

/// A day of a provider and a gateway: what both sides said, for any way the streams are cut.
fn day(version: Version, pieces: Vec<usize>) -> (Vec<String>, Vec<String>) {
    let mut link = Link::down(config(version));
    link.pieces = pieces;
    link.log_in();
    let (mut said, mut heard) = (Vec::new(), Vec::new());
    for round in 0..12u64 {
        link.submit(round).unwrap();
        for (sequence, _) in link.submitted() {
            let result = if round % 4 == 3 { ResultCode::FLOW } else { ResultCode::OK };
            link.answer(sequence, result, 100 + round);
        }
        let outcome = Outcome {
            msg_id: MsgId(100 + round),
            stat: Stat::DELIVERED,
            submitted: *b"2605010800",
            done: *b"2605010801",
            destination: "13800001234",
            smsc_sequence: 1,
        };
        let report = ReportDelivery { msg_id: MsgId(round), dest_id: "10690", service_id: "", outcome };
        link.gateway.deliver_report(round, &report, link.now).unwrap();
        link.exchange();
        for event in link.events() {
            said.push(format!("{event:?}"));
            if let Event::Delivered { delivery, content: Delivery::Receipt(_), .. } = event {
                link.client.acknowledge(delivery, link.now);
            }
        }
        link.pass(Span::seconds(40));
        heard.extend(link.heard().iter().map(|event| format!("{event:?}")));
    }
    (said, heard)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_sides_say_the_same_however_the_streams_are_cut(pieces in proptest::collection::vec(1usize..300, 1..8)) {
        for version in BOTH {
            let whole = day(version, vec![usize::MAX]);
            prop_assert!(whole.0.len() == 24 && whole.1.len() == 12, "{:?}", whole);
            prop_assert_eq!(day(version, pieces.clone()), whole);
        }
    }

    #[test]
    fn arbitrary_octets_panic_neither_side(pieces in proptest::collection::vec(any::<Vec<u8>>(), 0..6)) {
        for version in BOTH {
            let _ = feed(version, pieces.iter().map(Vec::as_slice));
            let _ = serve(version, pieces.iter().map(Vec::as_slice));
        }
        let mut fresh = gateway();
        for piece in &pieces {
            fresh.receive(piece, START);
            while let Some(event) = fresh.event() {
                if let peer::Event::Bind(request) = event {
                    let _ = request.check(&account(), START);
                }
            }
        }
    }

    #[test]
    fn damaged_streams_panic_neither_side(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        size in 1usize..400,
        version in proptest::sample::select(&BOTH[..]),
    ) {
        let damage = |mut octets: Vec<u8>| {
            for (at, with) in &flips {
                let at = at.index(octets.len());
                octets[at] = *with;
            }
            octets
        };
        let _ = feed(version, damage(down(version)).chunks(size));
        let _ = serve(version, damage(up(version)).chunks(size));
    }
}
