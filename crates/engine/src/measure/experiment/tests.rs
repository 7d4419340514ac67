//! The methods beside another implementation, and under simulation.
//!
//! The expected numbers are those of `crates/engine/tests/experiment_reference.py` with scipy 1.17.1 and statsmodels 0.15.0;
//! `cargo xtask eval experiments` compares many more. Simulations run from fixed seeds.

use super::dice::Dice;
use super::report::{Arm, exposures, report};
use super::*;
use model::{Currency, Money};
use std::num::NonZeroU64;

/// People and weight of each arm.
type Sizes<'a> = &'a [(u64, u32)];

/// To a millionth, of the number or of one.
#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().min(1.0), "{found} for {expected}");
}

fn rate(successes: u64, people: u64) -> Rate {
    Rate::new(successes, people).unwrap()
}

fn planned(people: u64) -> Sequence {
    Sequence { alpha: Alpha::FIVE_PERCENT, planned: NonZeroU64::new(people).unwrap() }
}

#[test]
fn sizes_are_judged_as_scipy_does() {
    let cases: [(Sizes<'_>, f64, f64); 5] = [
        (&[(5000, 1), (5100, 1)], 0.9900990099009901, 0.3197181768128675),
        (&[(50300, 50), (49000, 49), (700, 1)], 91.8, 1.163813205295109e-20),
        (&[(10, 1), (20, 1), (30, 1), (40, 1)], 20.0, 0.00016974243555282632),
        (&[(821, 8), (179, 2), (0, 0)], 2.75625, 0.09687507502627439),
        (&[(100000, 1), (101500, 1)], 11.166253101736972, 0.0008329868712024001),
    ];
    for (arms, statistic, p_value) in cases {
        let found = ratio_mismatch::test(arms).unwrap();
        close(found.statistic, statistic);
        close(found.p_value, p_value);
        assert_eq!(found.alarm(), p_value < 0.0005);
    }
    assert_eq!(ratio_mismatch::test(&[(0, 1), (0, 1)]).unwrap().p_value, 1.0);
    assert_eq!(ratio_mismatch::test(&[(9, 1)]), Err(Error::Arms(1)));
    assert_eq!(ratio_mismatch::test(&[(9, 1), (1, 1), (2, 0)]), Err(Error::Weightless { arm: 2, people: 2 }));
}

#[test]
fn rates_are_those_of_statsmodels() {
    for (successes, people, low, high) in [
        (0, 10, 0.0, 0.27753279986288926),
        (5, 100, 0.021543679154367966, 0.11175046923191914),
        (10, 10, 0.7224672001371106, 1.0),
        (1234, 56789, 0.020562371863068946, 0.022961449015183377),
    ] {
        let found = rate(successes, people).wilson(Alpha::FIVE_PERCENT);
        close(found.low, low);
        close(found.high, high);
    }
    for (arm, control, low, high) in [
        (rate(56, 1000), rate(48, 1010), -0.011071535722028979, 0.028194566219764242),
        (rate(3, 200), rate(0, 190), -0.007146394024650969, 0.043165728792690275),
        (rate(5200, 100000), rate(5000, 100000), 7.159069535952545e-05, 0.003928753136969738),
    ] {
        let found = arm.newcombe(&control, Alpha::FIVE_PERCENT);
        close(found.low, low);
        close(found.high, high);
    }
    assert_eq!(Rate::new(3, 2), Err(Error::Rate { successes: 3, people: 2 }));
    assert_eq!(rate(0, 0).wilson(Alpha::FIVE_PERCENT), Interval { low: 0.0, high: 1.0 });
    assert_eq!(rate(1, 9).relative(&rate(0, 9)), None);
}

#[test]
fn means_are_those_of_statsmodels() {
    let value = |step: u32, of: u32, by: f64| move |i: u32| f64::from((i * step) % of) / by;
    let arm: Moments = (0..200).map(value(37, 101, 10.0)).collect();
    let control: Moments = (0..150).map(value(53, 97, 8.0)).collect();
    let found = arm.difference(&control);
    let interval = found.fixed(Alpha::FIVE_PERCENT);
    close(interval.low, -1.583459496510825);
    close(interval.high, -0.19754050348917374);
    close(found.value / found.variance.sqrt(), -2.518686787642069);
    close(found.p_value(), 0.01177933870793066);
    let halves: [Moments; 2] =
        [(0..80).map(value(37, 101, 10.0)).collect(), (80..200).map(value(37, 101, 10.0)).collect()];
    let whole = halves[0].plus(&halves[1]);
    close(whole.mean, arm.mean);
    close(whole.variance(), arm.variance());
    assert_eq!(Moments::default().plus(&Moments::default()), Moments::default());
    assert_eq!(Moments::default().difference(&arm).fixed(Alpha::FIVE_PERCENT), Interval::EVERYTHING);
}

#[test]
fn a_relative_uplift_has_the_spread_of_many_simulated_ones() {
    let mut dice = Dice::new(3);
    let uplifts: Moments = (0..4000)
        .map(|_| {
            let mut draw = |share: f64| rate((0..400).filter(|_| dice.uniform() < share).count() as u64, 400);
            let (arm, control) = (draw(0.36), draw(0.3));
            arm.relative(&control).unwrap().value
        })
        .collect();
    let expected = rate(144, 400).relative(&rate(120, 400)).unwrap();
    close(expected.value, 0.2);
    assert!((uplifts.variance() / expected.variance - 1.0).abs() < 0.1, "{uplifts:?} {expected:?}");
}

#[test]
fn always_valid_intervals_are_those_of_the_mixture() {
    // The reference integrates the mixture over its prior and looks for where it is 1/alpha.
    for (variance, people, alpha, plan, half) in [
        (0.0004, 1000, 0.05, 10_000, 0.0771010926706062),
        (2.5, 400, 0.05, 1000, 4.939128418452035),
        (1e-6, 50_000, 0.01, 20_000, 0.0036115353765107335),
    ] {
        let sequence = Sequence { alpha: Alpha::new(alpha).unwrap(), ..planned(plan) };
        let found = sequence.interval(&Estimate { value: 0.0, variance, people });
        close(found.high, half);
        close(found.low, -half);
    }
    let early = Estimate { value: 9.0, variance: 0.01, people: 99 };
    assert_eq!(planned(1000).interval(&early), Interval::EVERYTHING);
}

#[test]
fn cuped_is_the_coefficient_of_a_regression() {
    let mut arms = [Paired::default(); 2];
    let mut plain = [Moments::default(); 2];
    for i in 0_u32..400 {
        let (arm, before) = (i % 2, f64::from((i * 29) % 83));
        let value = 3.0 + 2.0 * f64::from(arm) + 0.7 * before + f64::from((i * 71) % 19);
        arms[arm as usize].add(value, before);
        plain[arm as usize].add(value);
    }
    let found = arms[1].difference(&arms[0]);
    close(found.value, 1.8465504759501812);
    close(Paired::slope(&arms), 0.7033343568822049);
    let means = Paired::adjusted_means(&arms);
    close(means[1] - means[0], found.value);
    let raw = plain[1].difference(&plain[0]);
    // The covariate explains most of the spread here.
    assert!(found.variance < 0.2 * raw.variance, "{found:?} {raw:?}");
    assert_eq!(found.people, 400);
}

#[test]
fn a_guardrail_weighs_what_the_integral_weighs() {
    for (arm, control, share, expected) in [
        (12, 4, 0.5, 1.418870427962765),
        (5, 9, 0.5, -1.8040221618398493),
        (40, 60, 0.3, 0.49524103038064843),
    ] {
        close(guardrail::ln_evidence(arm, control, share).unwrap(), expected);
    }
    assert!(guardrail::ln_evidence(0, 0, 0.5).unwrap().abs() < 1e-12);
    let judge = |arm, control| guardrail::judge(arm, control, 0.5, Alpha::FIVE_PERCENT).unwrap();
    assert_eq!(judge(3, 1), guardrail::Verdict::Continue);
    assert_eq!(judge(1, 30), guardrail::Verdict::Continue);
    assert_eq!(judge(20, 4), guardrail::Verdict::Stop);
    assert_eq!(judge(0, 1_000_000), guardrail::Verdict::Continue);
    assert_eq!(guardrail::ln_evidence(1, 1, 1.0), Err(Error::Share(1.0)));
}

#[test]
fn a_bandit_follows_the_better_arm_and_keeps_the_floor() {
    let arms = [rate(10, 100), rate(15, 100)];
    let shares = bandit::shares(&arms, 0.0, 1).unwrap();
    // The reference integrates; five standard errors of 10,000 draws.
    assert!((shares[1] - 0.8532837899339664).abs() < 0.018, "{shares:?}");
    assert_eq!(bandit::shares(&arms, 0.0, 1).unwrap(), shares);
    assert_ne!(bandit::shares(&arms, 0.0, 2).unwrap(), shares);
    let clear = [rate(10, 1000), rate(500, 1000), rate(11, 1000)];
    let shares = bandit::shares(&clear, 0.1, 1).unwrap();
    for (found, expected) in shares.iter().zip([0.1, 0.8, 0.1]) {
        close(*found, expected);
    }
    assert_eq!(bandit::shares(&clear, 0.4, 1), Err(Error::Floor { arms: 3, floor: 0.4 }));
    assert!(bandit::shares(&clear, f64::NAN, 1).is_err());
    assert_eq!(bandit::shares(&[], 0.0, 1), Err(Error::Arms(0)));
}

#[test]
fn a_return_is_of_one_currency_and_of_something_spent() {
    let money = |minor| Money { minor, currency: Currency::CNY };
    close(roi::returned(money(150), money(100)).unwrap(), 0.5);
    close(roi::returned(money(0), money(100)).unwrap(), -1.0);
    assert_eq!(roi::returned(money(1), money(0)), Err(Error::Cost(0.0)));
    let euro = Money { minor: 1, currency: Currency::new("EUR").unwrap() };
    assert_eq!(roi::returned(money(1), euro), Err(Error::Currency("CNY".into(), "EUR".into())));

    let sent: Moments = (0..1000).map(|i| f64::from(i % 10) * 100.0).collect();
    let holdout: Moments = (0..500).map(|i| f64::from(i % 5) * 100.0).collect();
    let found = roi::uplift(&sent, &holdout, money(100_000), planned(2000)).unwrap();
    close(found.value_fen, 250_000.0);
    close(found.roi, 1.5);
    close(found.roi_fixed.low, (found.fixed_fen.low - 100_000.0) / 100_000.0);
    assert!(found.fixed_fen.contains(250_000.0) && !found.fixed_fen.contains(0.0));
    assert!(found.always_fen.low < found.fixed_fen.low && found.always_fen.high > found.fixed_fen.high);
    assert_eq!(roi::uplift(&sent, &holdout, money(0), planned(2000)), Err(Error::Cost(0.0)));
}

fn arm(name: &str, control: bool, exposures: u64, conversions: u64, opt_outs: u64) -> Arm {
    let (weight, opt_outs, complaints) = (1, Some(opt_outs), Some(0));
    Arm { name: name.into(), weight, control, exposures, conversions, opt_outs, complaints }
}

#[test]
fn a_report_reads_nothing_into_broken_sizes() {
    let sequence = planned(20_000);
    let arms = [
        arm("usual", true, 10_000, 500, 10),
        arm("b", false, 10_050, 800, 11),
        arm("c", false, 9_990, 505, 60),
    ];
    let found = report(&arms, sequence).unwrap();
    assert!(!found.ratio_mismatch.alarm());
    let [b, c] = &found.comparisons[..] else { panic!("{found:?}") };
    assert!(b.differs && b.always.low > 0.0 && b.always.low < b.fixed.low, "{b:?}");
    assert!(b.uplift.unwrap().1.contains(0.59));
    assert!(!c.differs);
    assert_eq!((b.guardrail, c.guardrail), (guardrail::Verdict::Continue, guardrail::Verdict::Stop));
    let lost = [arm("usual", true, 10_000, 500, 10), arm("b", false, 9_000, 800, 11)];
    let found = report(&lost, sequence).unwrap();
    assert!(found.ratio_mismatch.alarm() && !found.comparisons[0].differs);
    assert_eq!(report(&arms[1..], sequence), Err(Error::Control(0)));
    assert!(report(&[arm("a", true, 9, 3, 0), arm("b", false, 9, 3, 10)], sequence).is_err());
}

#[test]
fn exposures_are_read_from_the_totals_over_versions() {
    let mut totals = crate::measure::Totals::default();
    for (reference, candidates) in
        [("a@1#x.one", 3), ("a@2#x.one", 4), ("b@1#x.two", 5), ("a@1#xx.one", 6), ("a@1", 7)]
    {
        totals.journeys.entry(reference.into()).or_default().candidates = candidates;
    }
    let found = exposures(&totals, "x");
    assert_eq!(found, [("one".to_owned(), 7), ("two".to_owned(), 5)].into());
}

#[test]
fn no_share_is_no_alpha() {
    for share in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(Alpha::new(share).is_err());
    }
    close(Alpha::FIVE_PERCENT.split(5).share(), 0.01);
    close(Alpha::FIVE_PERCENT.split(0).share(), 0.05);
}

/// How many of 1,000 experiments call the arms different at any look, by the always-valid and by the fixed interval.
/// Each has `people` people, a look after every 100, and `draw(arm, dice)` as the figure of one.
fn called(people: u64, plan: u64, draw: impl Fn(usize, &mut Dice) -> f64) -> (u32, u32) {
    let sequence = planned(plan);
    let fixed_reach = 1.959963984540054;
    let (mut always, mut fixed) = (0, 0);
    for seed in 0..1000 {
        let mut dice = Dice::new(seed * 7919 + 1);
        let mut arms = [Moments::default(); 2];
        let (mut called_always, mut called_fixed) = (false, false);
        for n in 1..=people {
            let arm = usize::from(dice.uniform() < 0.5);
            let value = draw(arm, &mut dice);
            arms[arm].add(value);
            if n % 100 == 0 {
                let estimate = arms[1].difference(&arms[0]);
                called_always |= sequence.differs(&estimate);
                called_fixed |= estimate.value.abs() > fixed_reach * estimate.variance.sqrt();
            }
        }
        always += u32::from(called_always);
        fixed += u32::from(called_fixed);
    }
    (always, fixed)
}

#[test]
fn peeking_at_every_look_is_wrong_in_one_of_twenty_at_most() {
    let (always, fixed) = called(5000, 5000, |_, dice| f64::from(u8::from(dice.uniform() < 0.1)));
    println!("conversions of 10 %: {always} of 1000 always-valid, {fixed} by the fixed interval");
    assert!(always <= 50, "{always}");
    // The same looks by the fixed interval show what is avoided, and that this test can fail.
    assert!(fixed > 150, "{fixed}");
    let (always, _) = called(5000, 5000, |_, dice| f64::from(u8::from(dice.uniform() < 0.01)));
    println!("conversions of 1 %: {always} of 1000 always-valid");
    assert!(always <= 50, "{always}");
    let (always, _) = called(3000, 3000, |_, dice| (1.2 * dice.normal()).exp());
    println!("skewed amounts: {always} of 1000 always-valid");
    assert!(always <= 50, "{always}");
}

#[test]
fn a_difference_that_is_there_is_found() {
    let (always, _) = called(3000, 3000, |arm, dice| f64::from(u8::from(dice.uniform() < [0.1, 0.17][arm])));
    println!("10 % beside 17 %: {always} of 1000 found");
    assert!(always > 900, "{always}");
}

#[test]
fn a_guardrail_asked_after_every_event_stops_one_harmless_arm_of_twenty_at_most() {
    let stopped = |share: f64| {
        (0..1000_u64).filter(move |seed| {
            let mut dice = Dice::new(seed * 104_729 + 5);
            let (mut arm, mut control) = (0, 0);
            (0..200).any(|_| {
                *(if dice.uniform() < share { &mut arm } else { &mut control }) += 1;
                let verdict = guardrail::judge(arm, control, 0.5, Alpha::FIVE_PERCENT);
                verdict == Ok(guardrail::Verdict::Stop)
            })
        })
    };
    let (harmless, harmful) = (stopped(0.5).count(), stopped(0.7).count());
    println!("guardrail: {harmless} of 1000 harmless and {harmful} of 1000 harmful arms stopped");
    assert!(harmless <= 50 && harmful > 900, "{harmless} {harmful}");
}
