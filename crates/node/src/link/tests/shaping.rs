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
    assert!(rig.link.query(&RemoteId::new("r1"), None, rig.now));
    let up = std::mem::take(rig.link.output(0).unwrap());
    rig.carriers[0].receive(&up, rig.now);
    let Some(Heard::Query { sequence, .. }) = rig.carriers[0].event() else { panic!("no query") };
    let answer = wire::smpp::pdu::QueryResp {
        message_id: b"r1",
        final_date: b"",
        message_state: wire::smpp::receipt::State::Delivered.code(),
        error_code: 0,
        tlvs: wire::smpp::tlv::Tlvs::NONE,
    };
    rig.carriers[0].answer_with(sequence, Status::OK, &wire::smpp::Pdu::QueryResp(answer)).unwrap();
    rig.talk();
    rig.commit();
    assert!(rig.phases().is_empty());
    rig.lose(0);
    assert!(!rig.link.query(&RemoteId::new("r1"), None, rig.now), "nobody can be asked");
}
