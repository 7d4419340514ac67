//! The hongyan command: configuration, engines chosen by URI, start and stop.

fn main() {}
