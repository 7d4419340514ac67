//! Several connections of one route: one contract, one window, and nothing lost with any of them.

use super::*;

#[test]
fn parts_of_a_message_go_over_one_connection_and_messages_over_all() {
    let mut rig = Rig::with(3, 12, None, &[]);
    rig.connect();
    for customer in 0..6 {
        rig.note(customer, &"汉".repeat(150));
    }
    for _ in 0..10 {
        rig.answer(Status::OK);
        rig.commit();
    }
    assert_eq!(rig.seen.len(), 18);
    let mut ways: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for ((_, message), over) in rig.seen.iter().zip(&rig.over) {
        ways.entry(message.destination.reveal().to_owned()).or_default().push(*over);
    }
    assert!(ways.values().all(|way| way.iter().all(|over| *over == way[0])), "{ways:?}");
    let used: std::collections::BTreeSet<_> = rig.over.iter().collect();
    assert_eq!(used.len(), 3);
}

#[test]
fn a_route_is_up_while_one_connection_is_and_only_what_was_on_the_other_is_in_doubt() {
    let mut rig = Rig::with(2, 4, None, &[]);
    rig.connect();
    for customer in 0..6 {
        rig.note(customer, "您好");
    }
    let lost = rig.over.iter().filter(|over| **over == 0).count();
    assert_eq!((rig.seen.len(), lost), (4, 2));
    rig.lose(0);
    let batch = rig.link.inputs(rig.now).unwrap();
    assert!(!batch.inputs.iter().any(|i| matches!(i, Input::Disconnected(_) | Input::Health { .. })));
    let Some(Input::Answers(answers)) = batch.inputs.first() else { panic!("{batch:?}") };
    assert!(answers.iter().all(|a| matches!(a, Answer::Unanswered { .. })) && answers.len() == lost);
    rig.step(&batch.inputs);
    rig.link.committed(batch.number, rig.now);
    rig.talk();
    assert!(rig.link.is_bound() && rig.over[4..].iter().all(|over| *over == 1));
    rig.lose(1);
    rig.commit();
    assert_eq!(rig.healths.last().map(|health| health.down_since), Some(Some(rig.now)));
    rig.later(Span::seconds(2));
    rig.connect();
    assert_eq!(rig.healths.last().map(|health| health.down_since), Some(None));
}

#[test]
fn all_connections_share_one_contract() {
    let mut rig = Rig::with(3, 60, Some(20), &[]);
    rig.connect();
    for n in 0..100 {
        rig.note(n % 10, "您好");
    }
    let start = rig.now;
    while rig.seen.len() < 100 && rig.now < start.after(Span::seconds(20)) {
        rig.answer(Status::OK);
        rig.commit();
        rig.later(Span::millis(5));
    }
    assert_eq!(rig.seen.len(), 100);
    for (at, _) in &rig.seen {
        let second = rig.seen.iter().filter(|(t, _)| *t >= *at && *t < at.after(Span::seconds(1))).count();
        assert!(second <= 20, "{second}");
    }
    let took = rig.seen[99].0.since(rig.seen[0].0).0;
    assert!(took <= 99 * 50 * 103 / 100, "{took} ms for 100 parts at 20 a second");
}

#[test]
fn a_long_answer_is_joined_over_two_connections_and_parts_that_come_again_are_not_read_twice() {
    let mut rig = Rig::with(2, 10, None, &[]);
    rig.connect();
    let part = |number: u8, text: &str| {
        let mut payload = Vec::new();
        let place = Concat { reference: 9, total: 2, number };
        wire::smpp::concat::write_header(&mut payload, place, wire::Width::Eight);
        wire::smpp::coding::encode_ucs2(&mut payload, text);
        payload
    };
    rig.deliver_over(1, 1, "8613800000003", EsmClass::UDHI, &part(1, "请退订"), 8);
    rig.commit();
    rig.lose(1);
    rig.deliver_over(0, 2, "8613800000003", EsmClass::UDHI, &part(2, "谢谢"), 8);
    let batch = rig.link.inputs(rig.now).unwrap();
    let read = |batch: &Batch| {
        let inbound = batch.inputs.iter().filter_map(|input| match input {
            Input::Inbound(messages) => Some(messages.iter().map(|m| m.text.reveal().to_owned())),
            _ => None,
        });
        inbound.flatten().collect::<Vec<_>>()
    };
    assert_eq!(read(&batch), ["请退订谢谢"]);
    rig.step(&batch.inputs);
    rig.link.committed(batch.number, rig.now);
    rig.talk();
    assert_eq!(rig.acknowledged, [2], "the first part's connection is gone");
    rig.deliver_over(0, 3, "8613800000003", EsmClass::UDHI, &part(1, "请退订"), 8);
    let batch = rig.link.inputs(rig.now).unwrap();
    assert!(read(&batch).is_empty());
    rig.step(&batch.inputs);
    rig.link.committed(batch.number, rig.now);
    rig.talk();
    assert_eq!(rig.acknowledged, [2, 3]);
    rig.deliver_over(0, 4, "8613800000003", EsmClass::UDHI, &part(1, "别的"), 8);
    rig.later(super::super::join::JOIN_WAIT);
    let batch = rig.link.inputs(rig.now).unwrap();
    assert_eq!(read(&batch), ["别的"], "another message under the same mark");
}
