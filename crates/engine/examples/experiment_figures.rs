//! Prints figures of the methods of experiments, one JSON line each, for `cargo xtask eval experiments`.
//!
//! The inputs are drawn from a fixed seed, some hundred of every method. It compares nothing: that is what
//! `crates/engine/tests/experiment_reference.py` is for.

use engine::measure::experiment::{
    Alpha, Error, Estimate, Moments, Paired, Rate, Sequence, guardrail, ratio_mismatch,
};
use std::fmt::Debug;
use std::num::NonZeroU64;

const CASES: u32 = 100;
const PEOPLE: usize = 300;

fn main() -> Result<(), Error> {
    let mut state = 20_261_u64;
    // Knuth's MMIX generator; the high bits are good enough for inputs.
    let mut below = move |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for _ in 0..CASES {
        sizes(&mut below)?;
        rates(&mut below)?;
        people(&mut below);
        evidence(&mut below)?;
    }
    Ok(())
}

fn line(method: &str, input: impl Debug, found: &[f64]) {
    // Rust writes 1e-7 and 0.5 as JSON does; tuples need other brackets.
    let input = format!("{input:?}").replace('(', "[").replace(')', "]");
    println!("{{\"method\": \"{method}\", \"input\": {input}, \"found\": {found:?}}}");
}

fn sizes(below: &mut impl FnMut(u64) -> u64) -> Result<(), Error> {
    let arms: Vec<(u64, u32)> = (0..2 + below(4)).map(|_| (900 + below(200), 9 + below(2) as u32)).collect();
    let found = ratio_mismatch::test(&arms)?;
    let (people, weights): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
    line("ratio_mismatch", (people, weights), &[found.statistic, found.p_value]);
    Ok(())
}

fn rates(below: &mut impl FnMut(u64) -> u64) -> Result<(), Error> {
    let mut draw = || {
        let people = 1 + below(100_000);
        (below(people + 1), people)
    };
    let (ours, theirs) = (draw(), draw());
    let (arm, control) = (Rate::new(ours.0, ours.1)?, Rate::new(theirs.0, theirs.1)?);
    let wilson = arm.wilson(Alpha::FIVE_PERCENT);
    line("wilson", ours, &[wilson.low, wilson.high]);
    let newcombe = arm.newcombe(&control, Alpha::FIVE_PERCENT);
    line("newcombe", (ours.0, ours.1, theirs.0, theirs.1), &[newcombe.low, newcombe.high]);
    Ok(())
}

fn people(below: &mut impl FnMut(u64) -> u64) {
    let before: Vec<f64> = (0..PEOPLE).map(|_| below(10_000) as f64).collect();
    let arms: Vec<u64> = (0..PEOPLE).map(|_| below(2)).collect();
    let values: Vec<f64> =
        before.iter().zip(&arms).map(|(x, arm)| x * 0.4 + (below(5000) + arm * 200) as f64).collect();
    let mut paired = [Paired::default(); 2];
    let mut sides = [vec![], vec![]];
    for ((value, x), arm) in values.iter().zip(&before).zip(&arms) {
        paired[*arm as usize].add(*value, *x);
        sides[*arm as usize].push(*value);
    }
    let moments = sides.each_ref().map(|values| values.iter().copied().collect::<Moments>());
    let difference = moments[1].difference(&moments[0]);
    let interval = difference.fixed(Alpha::FIVE_PERCENT);
    line("means", (&sides[1], &sides[0]), &[interval.low, interval.high, difference.p_value()]);
    let adjusted = paired[1].difference(&paired[0]).value;
    line("cuped", (&values, &before, &arms), &[adjusted, Paired::slope(&paired)]);
}

fn evidence(below: &mut impl FnMut(u64) -> u64) -> Result<(), Error> {
    let (arm, control, share) = (below(200), below(200), (1 + below(9)) as f64 / 10.0);
    line("guardrail", (arm, control, share), &[guardrail::ln_evidence(arm, control, share)?]);
    let (variance, people) = ((1 + below(1000)) as f64 / 1e6, 100 + below(100_000));
    let (alpha, planned) = ([0.05, 0.01, 0.1][below(3) as usize], 1000 + below(100_000));
    let sequence =
        Sequence { alpha: Alpha::new(alpha)?, planned: NonZeroU64::new(planned).unwrap_or(NonZeroU64::MIN) };
    let interval = sequence.interval(&Estimate { value: 0.0, variance, people });
    line("always_valid", (variance, people, alpha, planned), &[interval.high]);
    Ok(())
}
