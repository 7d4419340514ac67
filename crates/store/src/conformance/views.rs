//! The promises of [`Views`] and [`ViewsReader`](crate::views::ViewsReader).

use crate::Error;
use crate::views::{Changes, CustomerRow, MessageRow, PAGE_ROWS_MAX, Totals, Views};

/// Makes the engine under test, again and again over the same place.
pub trait Harness {
    /// Opens the views, beginning them the first time. The one before has been dropped.
    fn open(&mut self) -> Box<dyn Views>;
}

/// Makes one test per promise for the engine that `$make()` (a [`views::Harness`](Harness)) builds.
#[macro_export]
macro_rules! views_conformance {
    ($make:expr) => {
        $crate::views_conformance!(@tests $make;
            rows_read_back_and_survive_reopening,
            the_position_moves_with_the_rows_and_never_back,
            a_row_replaces_the_one_with_its_key,
            a_customers_messages_come_newest_first_in_pages,
            messages_are_found_by_phase,
            messages_are_found_by_journey,
            a_journeys_messages_are_visited_in_every_version_and_arm,
            customers_are_found_by_keyed_hash,
            erasure_takes_the_customer_and_unlinks_the_messages,
            counters_hold_their_last_value,
            the_digest_depends_on_the_rows_alone,
            clearing_begins_again,
            a_refused_change_leaves_nothing_behind,
            samples_are_real_spread_and_repeatable,
            readers_see_whole_changes_while_others_are_applied,
        );
    };
    (@tests $make:expr; $($promise:ident,)*) => {
        $(
            #[test]
            fn $promise() {
                $crate::conformance::views::$promise(&mut $make());
            }
        )*
    };
}

/// A message that is different for every id.
pub fn numbered_message(id: u64) -> MessageRow {
    MessageRow {
        id,
        subject: 1 + id % 10,
        class: (id % 5) as u8 + 1,
        journey: format!("journey-{}", id % 7),
        template: if id.is_multiple_of(3) { String::new() } else { "余额变动".to_owned() },
        route: "route-1".to_owned(),
        phase: (id % 4) as u8,
        rule: String::new(),
        decided_ms: 1_700_000_000_000 + id as i64,
        updated_ms: -5,
        parts: 2,
        cost_millifen: 3500,
        entries: vec![id, id + 3, id + 40],
        goals: id % 3,
        value: id * 100,
        opt_outs: id % 2,
        complaints: id % 5,
        clicks: id % 5,
        repeats: id % 4,
        bots: id % 6,
    }
}

fn customer(subject: u64) -> CustomerRow {
    CustomerRow { subject, lookup: [subject as u8; 32], first_entry: subject * 3 }
}

/// A change with these messages.
pub fn messages(upto: u64, ids: impl IntoIterator<Item = u64>) -> Changes {
    Changes { upto, messages: ids.into_iter().map(numbered_message).collect(), ..Changes::default() }
}

/// Everything that was applied is there, to the last column, also after reopening.
pub fn rows_read_back_and_survive_reopening(harness: &mut dyn Harness) {
    let mut views = harness.open();
    assert_eq!(views.position().unwrap(), 0);
    let mut changes = messages(500, 0..100);
    changes.customers = (1..=10).map(customer).collect();
    changes.messages.push(MessageRow { id: i64::MAX as u64, entries: Vec::new(), ..numbered_message(7) });
    views.apply(&changes).unwrap();
    for _ in 0..2 {
        let reader = views.reader().unwrap();
        for row in &changes.messages {
            assert_eq!(reader.message(row.id).unwrap().as_ref(), Some(row));
        }
        for row in &changes.customers {
            assert_eq!(reader.customer(row.subject).unwrap().as_ref(), Some(row));
        }
        assert_eq!(reader.message(101).unwrap(), None);
        assert_eq!(reader.message(u64::MAX).unwrap(), None);
        assert_eq!(reader.customer(11).unwrap(), None);
        assert_eq!(reader.totals().unwrap(), Totals { messages: 101, customers: 10 });
        assert_eq!(reader.position().unwrap(), 500);
        drop(reader);
        drop(views);
        views = harness.open();
    }
}

/// The position is that of the last change; one that goes back is refused whole, one that stays is accepted.
pub fn the_position_moves_with_the_rows_and_never_back(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(10, [1])).unwrap();
    views.apply(&messages(10, [2])).unwrap();
    views.apply(&messages(25, [])).unwrap();
    let error = views.apply(&messages(24, [3])).unwrap_err();
    assert!(matches!(error, Error::PositionWentBack { at: 25, found: 24 }));
    assert_eq!(views.position().unwrap(), 25);
    assert_eq!(views.reader().unwrap().message(3).unwrap(), None);
}

/// Upserts; of two with one key in a change the later wins.
pub fn a_row_replaces_the_one_with_its_key(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(1, 0..200)).unwrap();
    let changed =
        |id: u64, phase| MessageRow { phase, rule: "quiet-hours".to_owned(), ..numbered_message(id) };
    let mut changes = Changes { upto: 2, ..Changes::default() };
    changes.messages = (0..200).rev().step_by(2).map(|id| changed(id, 8)).collect();
    changes.messages.push(changed(199, 9));
    changes.customers = vec![customer(1), CustomerRow { first_entry: 99, ..customer(1) }];
    views.apply(&changes).unwrap();
    let reader = views.reader().unwrap();
    assert_eq!(reader.totals().unwrap(), Totals { messages: 200, customers: 1 });
    assert_eq!(reader.message(197).unwrap(), Some(changed(197, 8)));
    assert_eq!(reader.message(198).unwrap(), Some(numbered_message(198)));
    assert_eq!(reader.message(199).unwrap(), Some(changed(199, 9)));
    assert_eq!(reader.customer(1).unwrap().unwrap().first_entry, 99);
    let moved = MessageRow { subject: 800, ..changed(5, 3) };
    views.apply(&Changes { upto: 3, messages: vec![moved.clone()], ..Changes::default() }).unwrap();
    assert_eq!(reader.messages_of(800, 5, None).unwrap(), [moved]);
    assert!(reader.messages_of(6, 100, None).unwrap().iter().all(|row| row.id != 5));
}

/// Pages: newest first, below a bound, no more than asked for.
pub fn a_customers_messages_come_newest_first_in_pages(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(1, 0..100)).unwrap();
    let reader = views.reader().unwrap();
    let ids = |limit, before| -> Vec<u64> {
        reader.messages_of(4, limit, before).unwrap().into_iter().map(|row| row.id).collect()
    };
    assert_eq!(ids(3, None), [93, 83, 73]);
    assert_eq!(ids(3, Some(73)), [63, 53, 43]);
    assert_eq!(ids(50, Some(14)), [13, 3]);
    assert_eq!(ids(0, None), [0u64; 0]);
    assert_eq!(ids(usize::MAX, None).len(), 10);
    assert!(reader.messages_of(77, 5, None).unwrap().is_empty());
}

/// The same for phases.
pub fn messages_are_found_by_phase(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(1, 0..PAGE_ROWS_MAX as u64 + 10)).unwrap();
    let reader = views.reader().unwrap();
    let found = reader.messages_by_phase(3, 4, Some(20)).unwrap();
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [19, 15, 11, 7]);
    assert!(found.iter().all(|row| row.phase == 3));
    assert!(reader.messages_by_phase(99, 4, None).unwrap().is_empty());
}

/// The same for journeys, and for all messages.
pub fn messages_are_found_by_journey(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(1, 0..PAGE_ROWS_MAX as u64 + 10)).unwrap();
    let reader = views.reader().unwrap();
    let journey = numbered_message(19).journey;
    let expected: Vec<u64> =
        (0..20).rev().filter(|id| numbered_message(*id).journey == journey).take(3).collect();
    let found = reader.messages(Some(&journey), 3, Some(20)).unwrap();
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), expected);
    assert_eq!(found[0], numbered_message(19));
    let all = reader.messages(None, 3, Some(20)).unwrap();
    assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [19, 18, 17]);
    assert_eq!(reader.messages(None, usize::MAX, None).unwrap().len(), PAGE_ROWS_MAX);
    assert!(reader.messages(Some("nobody"), 3, None).unwrap().is_empty());
}

/// By the journey's name: all its versions and arms, and no other journey that begins alike.
pub fn a_journeys_messages_are_visited_in_every_version_and_arm(harness: &mut dyn Harness) {
    let mut views = harness.open();
    let names = ["spring@1", "spring-2@1", "spring@2#greeting.a", "springA@1", "spring", "autumn@1"];
    let row = |(id, name): (usize, &&str)| MessageRow {
        journey: (*name).to_owned(),
        ..numbered_message(id as u64)
    };
    let messages = names.iter().enumerate().map(row).collect();
    views.apply(&Changes { upto: 9, messages, ..Changes::default() }).unwrap();
    let mut found = Vec::new();
    views.reader().unwrap().each_of_journey("spring", &mut |row| found.push((row.id, row.value))).unwrap();
    assert_eq!(found, [(0, 0), (2, 200)]);
}

/// By hash; the newest when an institution gave an id twice.
pub fn customers_are_found_by_keyed_hash(harness: &mut dyn Harness) {
    let mut views = harness.open();
    let again = CustomerRow { subject: 50, ..customer(7) };
    let customers = (1..=10).map(customer).chain([again.clone()]).collect();
    views.apply(&Changes { upto: 1, customers, ..Changes::default() }).unwrap();
    let reader = views.reader().unwrap();
    assert_eq!(reader.customer_by_lookup(&[3; 32]).unwrap(), Some(customer(3)));
    assert_eq!(reader.customer_by_lookup(&[7; 32]).unwrap(), Some(again));
    assert_eq!(reader.customer_by_lookup(&[99; 32]).unwrap(), None);
}

/// The row and its hash go, the messages stay, with nobody's number; also when it all happens in one change.
pub fn erasure_takes_the_customer_and_unlinks_the_messages(harness: &mut dyn Harness) {
    let mut views = harness.open();
    let mut changes = messages(1, 0..100);
    changes.customers = (1..=10).map(customer).collect();
    views.apply(&changes).unwrap();
    let mut changes = messages(2, 100..120);
    changes.customers = vec![customer(30), CustomerRow { subject: 40, ..customer(4) }];
    changes.erased = vec![4, 30, 77];
    views.apply(&changes).unwrap();
    let reader = views.reader().unwrap();
    assert_eq!(reader.customer(4).unwrap(), None);
    assert_eq!(reader.customer(30).unwrap(), None);
    assert_eq!(
        reader.customer_by_lookup(&[4; 32]).unwrap().unwrap().subject,
        40,
        "the same person came again"
    );
    assert!(reader.messages_of(4, 100, None).unwrap().is_empty());
    let unlinked = reader.messages_of(0, 100, None).unwrap();
    assert_eq!(unlinked.len(), 12);
    assert!(unlinked.iter().all(|row| row.id % 10 == 3));
    assert_eq!(reader.messages_of(5, 100, None).unwrap().len(), 12);
    assert_eq!(reader.totals().unwrap().messages, 120);
}

/// Absolute values, sorted by name.
pub fn counters_hold_their_last_value(harness: &mut dyn Harness) {
    let mut views = harness.open();
    let set = |upto, counters: &[(&str, i64)]| Changes {
        upto,
        counters: counters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        ..Changes::default()
    };
    views.apply(&set(1, &[("sent", 5), ("held", 2)])).unwrap();
    views.apply(&set(2, &[("sent", 9), ("cost", i64::MIN), ("cost", -1)])).unwrap();
    let expected = [("cost", -1), ("held", 2), ("sent", 9)].map(|(name, value)| (name.to_owned(), value));
    assert_eq!(views.reader().unwrap().counters().unwrap(), expected);
}

/// Batches, order and history leave no trace in it; every column does.
pub fn the_digest_depends_on_the_rows_alone(harness: &mut dyn Harness) {
    let mut views = harness.open();
    let digest = |views: &dyn Views| views.reader().unwrap().digest().unwrap();
    let empty = digest(views.as_ref());
    let mut whole = messages(100, 0..50);
    whole.customers = vec![customer(1), customer(2)];
    whole.counters = vec![("a".to_owned(), 1)];
    views.apply(&whole).unwrap();
    let expected = digest(views.as_ref());
    assert_ne!(empty, expected);
    views.clear().unwrap();
    assert_eq!(digest(views.as_ref()), empty);
    for id in (0..50).rev() {
        let early = MessageRow { phase: 77, rule: "cap".to_owned(), ..numbered_message(id) };
        views.apply(&Changes { upto: 1, messages: vec![early], ..Changes::default() }).unwrap();
        views.apply(&messages(1, [id])).unwrap();
    }
    views.apply(&Changes { messages: Vec::new(), ..whole.clone() }).unwrap();
    assert_eq!(digest(views.as_ref()), expected);
    let base = numbered_message(9);
    for changed in [
        MessageRow { subject: 99, ..base.clone() },
        MessageRow { class: 99, ..base.clone() },
        MessageRow { journey: "other".to_owned(), ..base.clone() },
        MessageRow { template: "other".to_owned(), ..base.clone() },
        MessageRow { route: "other".to_owned(), ..base.clone() },
        MessageRow { phase: 99, ..base.clone() },
        MessageRow { rule: "other".to_owned(), ..base.clone() },
        MessageRow { decided_ms: 1, ..base.clone() },
        MessageRow { updated_ms: 1, ..base.clone() },
        MessageRow { parts: 99, ..base.clone() },
        MessageRow { cost_millifen: 1, ..base.clone() },
        MessageRow { entries: vec![1], ..base.clone() },
        MessageRow { goals: 99, ..base.clone() },
        MessageRow { value: 99, ..base.clone() },
        MessageRow { opt_outs: 99, ..base.clone() },
        MessageRow { complaints: 99, ..base.clone() },
        MessageRow { clicks: 99, ..base.clone() },
        MessageRow { repeats: 99, ..base.clone() },
        MessageRow { bots: 99, ..base.clone() },
    ] {
        views.apply(&Changes { upto: 100, messages: vec![changed.clone()], ..Changes::default() }).unwrap();
        assert_ne!(digest(views.as_ref()), expected, "{changed:?}");
    }
}

/// After clearing, the same changes give the same views.
pub fn clearing_begins_again(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(30, 0..10)).unwrap();
    let digest = views.reader().unwrap().digest().unwrap();
    views.clear().unwrap();
    assert_eq!(views.position().unwrap(), 0);
    assert_eq!(views.reader().unwrap().totals().unwrap(), Totals::default());
    views.apply(&messages(30, 0..10)).unwrap();
    assert_eq!(views.reader().unwrap().digest().unwrap(), digest);
}

/// A number that does not fit refuses the whole change.
pub fn a_refused_change_leaves_nothing_behind(harness: &mut dyn Harness) {
    let mut views = harness.open();
    views.apply(&messages(5, 0..3)).unwrap();
    let digest = views.reader().unwrap().digest().unwrap();
    let mut changes = messages(9, 10..20);
    changes.customers = vec![CustomerRow { subject: u64::MAX, ..CustomerRow::default() }];
    assert!(matches!(views.apply(&changes), Err(Error::TooBig { .. })));
    let reader = views.reader().unwrap();
    assert_eq!((reader.digest().unwrap(), reader.position().unwrap()), (digest, 5));
    changes.customers.clear();
    views.apply(&changes).unwrap();
}

/// Samples are ids that exist, different ones, the same for the same seed, others for another.
pub fn samples_are_real_spread_and_repeatable(harness: &mut dyn Harness) {
    let mut views = harness.open();
    assert!(views.reader().unwrap().sample_messages(1, 10).unwrap().is_empty());
    views.apply(&messages(1, (0..1000).map(|number| 50 + number * 3))).unwrap();
    let reader = views.reader().unwrap();
    let sample = reader.sample_messages(1, 100).unwrap();
    assert_eq!(sample.len(), 100);
    assert!(sample.is_sorted_by(|a, b| a < b));
    assert!(sample.iter().all(|id| (50..3050).contains(id) && (id - 50) % 3 == 0));
    assert!(sample[20] < 1500 && sample[80] > 1500, "spread: {sample:?}");
    assert_eq!(reader.sample_messages(1, 100).unwrap(), sample);
    assert_ne!(reader.sample_messages(2, 100).unwrap(), sample);
}

/// A reader in another thread never sees half a change.
pub fn readers_see_whole_changes_while_others_are_applied(harness: &mut dyn Harness) {
    let mut views = harness.open();
    let reader = views.reader().unwrap();
    let flag = std::sync::atomic::AtomicBool::new(false);
    let done = &flag;
    std::thread::scope(|scope| {
        let follower = scope.spawn(move || {
            while !done.load(std::sync::atomic::Ordering::Acquire) {
                let totals = reader.totals().unwrap();
                assert_eq!(totals.messages % 100, 0, "half a change was seen");
            }
            reader.totals().unwrap().messages
        });
        for round in 0..30 {
            views.apply(&messages(round, round * 100..(round + 1) * 100)).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Release);
        assert_eq!(follower.join().unwrap(), 3000);
    });
}
