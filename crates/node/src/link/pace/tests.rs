//! The rate against carriers that say "too fast" in three ways, in virtual time, and the strict window against anything.

use super::*;
use proptest::prelude::*;

proptest! {
    /// Whatever the moments at which somebody asks, no second holds more than the contract.
    #[test]
    fn no_second_holds_more_than_the_contract(
        contract in 1u32..50,
        waits in proptest::collection::vec((0i64..400, any::<bool>(), any::<bool>()), 1..200),
    ) {
        let mut pace = Pace::new(Some(contract));
        let mut now = Timestamp(0);
        let mut sends = Vec::new();
        for (wait, urgent, answered) in waits {
            now = now.after(Span(wait));
            if answered && wait > 350 {
                pace.throttled(now, now);
            }
            for _ in 0..pace.free(now, urgent) {
                pace.sent(now);
                sends.push(now);
            }
            if answered {
                pace.taken(now, now.after(Span(1)));
            }
            let recent = sends.iter().filter(|at| at.after(Span::seconds(1)) > now).count();
            prop_assert!(recent <= contract as usize);
        }
    }
}

#[test]
fn after_a_restart_the_first_second_is_taken() {
    let mut pace = Pace::new(Some(5));
    pace.assume_full(Timestamp(0));
    assert_eq!((pace.free(Timestamp(1_019), true), pace.free(Timestamp(1_020), true)), (0, 5));
    let mut pace = Pace::new(None);
    pace.assume_full(Timestamp(0));
    assert_eq!(pace.free(Timestamp(0), false), u32::MAX);
}

#[test]
fn under_full_load_at_most_three_in_a_hundred_places_stay_empty_and_an_urgent_part_waits_little() {
    for contract in [1, 7, 50, 300, 2_000] {
        let mut pace = Pace::new(Some(contract));
        let (mut now, mut sent, mut waits) = (Timestamp(0), 0u32, Vec::new());
        let mut urgent_since = None;
        while now < Timestamp(60_000) {
            if now.0 % 777 == 0 {
                urgent_since = Some(now);
            }
            if let Some(since) = urgent_since.filter(|_| pace.free(now, true) > 0) {
                pace.sent(now);
                sent += 1;
                waits.push(now.since(since).0);
                urgent_since = None;
            }
            for _ in 0..pace.free(now, false) {
                pace.sent(now);
                sent += 1;
            }
            now = now.after(Span(1));
        }
        assert!(u64::from(sent) * 100 >= u64::from(contract) * 60 * 97, "{sent} of {contract} a second");
        let longest = waits.into_iter().max().unwrap_or(0);
        assert!(longest <= 50.max(2_100 / i64::from(contract)), "an urgent part waited {longest} ms");
    }
}

/// How a carrier counts.
#[derive(Debug, Clone, Copy)]
enum Counts {
    /// So many in each second of its clock, which begins at this millisecond of ours.
    Fixed(i64),
    /// So many in any second.
    Sliding,
    /// A bucket that holds so many and fills at the rate.
    Bucket(i64),
}

struct Carrier {
    counts: Counts,
    rate: u32,
    taken: VecDeque<Timestamp>,
    level: i64,
    at: Timestamp,
}

impl Carrier {
    fn takes(&mut self, now: Timestamp) -> bool {
        let rate = self.rate as usize;
        match self.counts {
            Counts::Fixed(begin) => {
                let second = |at: Timestamp| (at.0 - begin).div_euclid(1_000);
                self.taken.retain(|at| second(*at) == second(now));
            }
            Counts::Sliding => self.taken.retain(|at| at.after(Span::seconds(1)) > now),
            Counts::Bucket(holds) => {
                let gained = now.since(self.at).0 * i64::from(self.rate);
                self.level = (self.level + gained).min(holds * 1_000);
                self.at = now;
                let takes = self.level >= 1_000;
                self.level -= if takes { 1_000 } else { 0 };
                return takes;
            }
        }
        let takes = self.taken.len() < rate;
        if takes {
            self.taken.push_back(now);
        }
        takes
    }
}

/// Hands so many parts over; returns how long it took and how many were refused on the way.
fn hand_over(pace: &mut Pace, carrier: &mut Carrier, parts: u32, latency: i64, window: usize) -> (i64, u32) {
    let (mut waiting, mut refused, mut now) = (parts, 0, Timestamp(0));
    let mut answers: VecDeque<(Timestamp, Timestamp, bool)> = VecDeque::new();
    let mut last = now;
    while waiting > 0 || !answers.is_empty() {
        while let Some((_, sent, takes)) = answers.pop_front_if(|(at, ..)| *at <= now) {
            if takes {
                pace.taken(sent, now);
                last = now;
            } else {
                waiting += 1;
                refused += 1;
                pace.throttled(sent, now);
            }
        }
        while waiting > 0 && answers.len() < window && pace.free(now, false) > 0 {
            pace.sent(now);
            waiting -= 1;
            let takes = carrier.takes(now.after(Span(latency / 2)));
            answers.push_back((now.after(Span(latency)), now, takes));
        }
        now = now.after(Span(1));
        assert!(now < Timestamp(120_000), "{waiting} parts were never taken");
    }
    (last.0, refused)
}

#[test]
fn three_thousand_parts_at_three_hundred_a_second_take_ten_seconds_and_little_more() {
    let ways = [
        Counts::Fixed(0),
        Counts::Fixed(370),
        Counts::Fixed(910),
        Counts::Sliding,
        Counts::Bucket(300),
        Counts::Bucket(30),
        Counts::Bucket(10),
    ];
    for counts in ways {
        for contract in [None, Some(400), Some(1_000)] {
            for latency in [2, 10, 30] {
                let mut carrier =
                    Carrier { counts, rate: 300, taken: VecDeque::new(), level: 10_000, at: Timestamp(0) };
                let mut pace = Pace::new(contract);
                let (took, refused) = hand_over(&mut pace, &mut carrier, 3_000, latency, 100);
                let case = format!("{counts:?}, contract {contract:?}, latency {latency}");
                // A bucket that is empty after thirty milliseconds cannot be felt by answers that take as long.
                let limit =
                    if matches!(counts, Counts::Bucket(10)) && latency == 30 { 11_500 } else { 10_500 };
                assert!(took <= limit, "{case}: took {took} ms, {refused} refused");
                assert!(refused <= 600, "{case}: {refused} refused");
            }
        }
    }
}

#[test]
fn a_carrier_that_takes_nothing_for_a_while_is_felt_and_comes_back() {
    let mut pace = Pace::new(Some(500));
    let mut carrier =
        Carrier { counts: Counts::Sliding, rate: 0, taken: VecDeque::new(), level: 0, at: Timestamp(0) };
    let (mut now, mut tries) = (Timestamp(0), 0);
    while now < Timestamp(30_000) {
        if pace.free(now, false) > 0 {
            pace.sent(now);
            tries += 1;
            assert!(!carrier.takes(now));
            pace.throttled(now, now.after(Span(5)));
        }
        now = now.after(Span(5));
    }
    assert!((200..=400).contains(&tries), "about ten parts a second feel for room, not {tries} in thirty");
    carrier.rate = 400;
    let mut taken = 0;
    while now < Timestamp(34_000) {
        while pace.free(now, false) > 0 {
            pace.sent(now);
            if carrier.takes(now) {
                pace.taken(now, now);
                taken += 1;
            } else {
                pace.throttled(now, now);
            }
        }
        now = now.after(Span(1));
    }
    assert!(taken >= 1_400, "{taken} of 1,600");
}

#[test]
fn the_answers_to_one_burst_count_once_and_a_rate_that_was_too_low_is_outgrown() {
    let mut pace = Pace::new(Some(100));
    let now = Timestamp(0);
    (0..2).for_each(|_| pace.sent(now));
    assert_eq!(pace.throttled(now, Timestamp(10)), Some(0));
    assert_eq!(pace.throttled(now, Timestamp(11)), None);
    assert_eq!((pace.free(Timestamp(12), true), pace.frees_at(Timestamp(12))), (0, Some(Timestamp(30))));
    let (mut now, mut sent) = (Timestamp(30), 0);
    while now < Timestamp(20_000) {
        while pace.free(now, false) > 0 {
            pace.sent(now);
            pace.taken(now, now);
            sent += 1;
        }
        now = now.after(Span(1));
    }
    assert!(sent >= 1_850, "{sent} of 1,960");
}
