//! What carriers refuse, and what follows: slower, elsewhere, out of use.

use super::*;

/// Has one message refused with a status; returns what the engine is told.
fn refused(rig: &mut Rig, status: u32) -> Vec<Input> {
    rig.note(1, "您好");
    rig.answer(Status(status));
    rig.link.inputs(rig.now).map(|batch| batch.inputs).unwrap_or_default()
}

fn again(inputs: &[Input]) -> Option<Again> {
    inputs.iter().find_map(|input| match input {
        Input::Answers(answers) => answers.iter().find_map(|answer| match answer {
            Answer::Refused { again, .. } => Some(*again),
            _ => None,
        }),
        _ => None,
    })
}

#[test]
fn the_routes_own_table_says_what_a_code_means() {
    let errors = [
        ("0x400", ErrorPolicy::Reroute),
        ("1025", ErrorPolicy::Permanent),
        ("0x402", ErrorPolicy::Suspend(Span::seconds(60))),
        ("11", ErrorPolicy::RetryAfter(Span::seconds(30))),
    ];
    for (status, expected) in [(0x400, Again::Elsewhere), (0x401, Again::No), (0x402, Again::Elsewhere)] {
        let mut rig = Rig::with(1, 10, None, &errors);
        rig.connect();
        let inputs = refused(&mut rig, status);
        assert_eq!(again(&inputs), Some(expected), "0x{status:x}");
        let suspended =
            matches!(&inputs[0], Input::Health { health, .. } if health.suspended_until.is_some());
        assert_eq!(suspended, status == 0x402, "0x{status:x}");
    }
    let mut rig = Rig::with(1, 10, None, &errors);
    rig.connect();
    assert_eq!(again(&refused(&mut rig, 11)), None);
    rig.later(Span::seconds(29));
    rig.commit();
    assert_eq!(rig.phases(), [Phase::Claimed]);
    rig.later(Span::seconds(1));
    rig.commit();
    assert_eq!(rig.seen.len(), 2);
}

#[test]
fn what_is_refused_as_too_fast_goes_again_from_here_and_the_engine_does_not_hear_of_it() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    rig.answer(Status::THROTTLED);
    rig.commit();
    assert_eq!((rig.phases(), rig.seen.len(), rig.link.queued()), (vec![Phase::Claimed], 1, 1));
    rig.later(Span::millis(100));
    assert_eq!(rig.seen.len(), 2);
    rig.answer(Status::OK);
    rig.commit();
    assert_eq!(rig.phases(), [Phase::Submitted]);
}

#[test]
fn what_was_asked_back_on_its_way_is_not_sent_again_from_here() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    rig.link.withdraw(Phone::parse("13800000001", "86").unwrap());
    rig.answer(Status::THROTTLED);
    assert_eq!(rig.link.queued(), 0);
    let batch = rig.link.inputs(rig.now).expect("the engine is to look again");
    assert_eq!(again(&batch.inputs), Some(Again::WhileValid));
}

#[test]
fn what_is_refused_as_too_fast_for_seconds_goes_back_to_the_engine() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    let mut told = None;
    for _ in 0..100 {
        rig.answer(Status::QUEUE_FULL);
        rig.later(Span::millis(100));
        if let Some(batch) = rig.link.inputs(rig.now) {
            told = told.or(again(&batch.inputs));
            rig.step(&batch.inputs);
            rig.link.committed(batch.number, rig.now);
            rig.talk();
        }
    }
    assert_eq!(told, Some(Again::WhileValid));
}

#[test]
fn a_carrier_that_fails_half_of_what_it_gets_is_out_of_use_until_one_part_is_taken() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    for n in 0..40 {
        rig.note(n % 10, "您好");
        rig.answer(Status::SYSTEM_ERROR);
        rig.commit();
    }
    let until = rig.healths.iter().find_map(|health| health.suspended_until).unwrap();
    assert!(rig.seen.len() < 40, "{}", rig.seen.len());
    let before = rig.seen.len();
    rig.later(Span::seconds(4));
    rig.commit();
    assert_eq!((rig.seen.len(), rig.link.queued()), (before, 0));
    assert!(rig.link.deadline(rig.now).is_some_and(|at| at <= until));
    rig.later(until.since(rig.now));
    rig.commit();
    assert_eq!(rig.seen.len(), before + 1, "one part finds out");
    rig.answer(Status::OK);
    rig.commit();
    assert!(rig.seen.len() > before + 1);
    assert_eq!(rig.healths.last().map(|health| health.suspended_until), Some(None));
}
