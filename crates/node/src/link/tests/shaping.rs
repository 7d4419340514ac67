//! The rate, with the engine behind it: a carrier that says "too fast", and an urgent message behind bulk.

use super::*;

#[test]
fn a_carrier_that_takes_three_hundred_a_second_gets_three_thousand_in_ten_seconds_and_little_more() {
    let mut rig = Rig::with(2, 200, Some(1_000), &[]);
    rig.connect();
    for n in 0..3_000 {
        rig.note(n % 10, "您好");
    }
    let start = rig.now;
    // A fixed second, which begins in the middle of ours.
    let (mut second, mut taken, mut done) = (i64::MIN, 0, 0);
    let mut waiting: Vec<(Timestamp, usize, u32)> = Vec::new();
    while done < 3_000 && rig.now < start.after(Span::seconds(30)) {
        let late = rig.now.after(Span::millis(10));
        waiting.extend(std::mem::take(&mut rig.unanswered).into_iter().map(|(over, n, _)| (late, over, n)));
        let due: Vec<_> = waiting.extract_if(.., |(at, ..)| *at <= rig.now).collect();
        for (_, over, sequence) in due {
            let current = (rig.now.0 - 420).div_euclid(1_000);
            (second, taken) = if current == second { (second, taken) } else { (current, 0) };
            let status = if taken < 300 { Status::OK } else { Status::THROTTLED };
            taken += i64::from(status.is_ok());
            done += i32::from(status.is_ok());
            rig.last += 1;
            let id = format!("r{}", rig.last);
            rig.carriers[over].answer_submit(sequence, status, &id).unwrap();
        }
        rig.talk();
        rig.commit();
        rig.later(Span::millis(2));
    }
    let took = rig.now.since(start).0;
    assert!(done == 3_000 && took <= 10_500, "{done} taken in {took} ms");
    assert!(rig.seen.len() <= 3_600, "{} offered", rig.seen.len());
}

/// The carrier reads what is asked; its numbers for the questions, and the ids they are about.
fn asked(rig: &mut Rig) -> Vec<(u32, String)> {
    let up = std::mem::take(rig.link.output(0).unwrap());
    rig.carriers[0].receive(&up, rig.now);
    let mut asked = Vec::new();
    while let Some(heard) = rig.carriers[0].event() {
        if let Heard::Query { sequence, message_id, .. } = heard {
            asked.push((sequence, message_id));
        }
    }
    asked
}

fn told(rig: &mut Rig, (sequence, id): &(u32, String), state: wire::smpp::receipt::State) {
    let answer = wire::smpp::pdu::QueryResp {
        message_id: id.as_bytes(),
        final_date: b"",
        message_state: state.code(),
        error_code: 0,
        tlvs: wire::smpp::tlv::Tlvs::NONE,
    };
    rig.carriers[0].answer_with(*sequence, Status::OK, &wire::smpp::Pdu::QueryResp(answer)).unwrap();
    let down = std::mem::take(rig.carriers[0].output());
    rig.link.receive(0, &down, rig.now);
}

fn query(rig: &mut Rig, id: &str) -> bool {
    let until = rig.now.after(Span::seconds(60));
    rig.link.query(RemoteId::new(id), None, until, rig.now)
}

#[test]
fn what_may_go_by_the_time_the_deadline_is_asked_for_is_due() {
    let mut rig = Rig::with(1, 16, Some(10), &[]);
    rig.connect();
    for n in 0..3 {
        rig.note(n, "您好");
    }
    rig.talk();
    rig.commit();
    let waits = rig.link.queue.submits();
    assert!(waits > 0, "one part goes at once, the next after 100 ms");
    // A thread that comes late asks when the second part has long been free to go.
    let late = rig.now.after(Span::millis(150));
    // The carrier is behind: nothing more is asked of the engine, so that this is no reason to wake.
    rig.link.grant_at = None;
    let due = rig.link.deadline(late);
    assert!(due.is_some_and(|at| at <= late.after(SOON)), "{due:?}, not {late:?}");
}

#[test]
fn a_query_comes_back_as_a_receipt() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    rig.answer(Status::OK);
    rig.commit();
    assert_eq!(rig.phases(), [Phase::Submitted]);
    assert!(query(&mut rig, "r1"));
    let asked = asked(&mut rig);
    told(&mut rig, &asked[0], wire::smpp::receipt::State::Delivered);
    rig.commit();
    assert!(rig.phases().is_empty());
}

#[test]
fn what_is_still_on_its_way_or_not_known_under_that_name_is_no_news() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    rig.answer(Status::OK);
    rig.commit();
    assert!(query(&mut rig, "r1") && query(&mut rig, "r1"));
    let asked = asked(&mut rig);
    told(&mut rig, &asked[0], wire::smpp::receipt::State::Enroute);
    let failed = wire::smpp::pdu::QueryResp {
        message_id: b"r1",
        final_date: b"",
        message_state: 0,
        error_code: 0,
        tlvs: wire::smpp::tlv::Tlvs::NONE,
    };
    rig.carriers[0]
        .answer_with(asked[1].0, Status::QUERY_FAILED, &wire::smpp::Pdu::QueryResp(failed))
        .unwrap();
    rig.talk();
    rig.commit();
    assert_eq!(rig.phases(), [Phase::Submitted]);
    assert!(!query(&mut rig, "none:m-1:0"), "a part without a name of the carrier's cannot be asked about");
}

#[test]
fn questions_wait_for_each_other_and_for_a_connection_but_not_for_ever() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    for n in 0..40 {
        assert!(query(&mut rig, &format!("q{n}")));
    }
    let first = asked(&mut rig);
    assert_eq!(first.len(), 16, "the rest wait");
    told(&mut rig, &first[0], wire::smpp::receipt::State::Delivered);
    assert_eq!(asked(&mut rig).len(), 1, "one answer makes room for one");
    rig.lose(0);
    assert!(query(&mut rig, "later"), "it waits for a connection");
    rig.later(Span::seconds(61));
    rig.connect();
    assert!(asked(&mut rig).is_empty(), "nobody wants to know any more");
}
