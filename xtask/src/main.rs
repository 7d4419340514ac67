//! The chores of the house: tidy checks, benches, interop runs, simulator seeds.

fn main() {}
