//! The first seeds of the simulation, as every test run sees them; `cargo xtask sim` runs hundreds.

use sim::simulation::run;

#[test]
fn every_promise_holds_in_the_first_seeds() {
    let mut crashes = 0;
    for seed in 1..=4 {
        let figures = run(seed).unwrap_or_else(|violation| panic!("{violation}"));
        assert!(figures.messages > 0 && figures.certificates > 0, "{figures:?}");
        crashes += figures.crashes;
    }
    assert!(crashes > 0, "four seeds without a crash prove little");
}

#[test]
fn a_seed_is_the_same_run_again() {
    assert_eq!(run(5).unwrap(), run(5).unwrap());
}
