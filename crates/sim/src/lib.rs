//! The whole loop under virtual time: a simulated carrier, and a simulator that breaks everything around the product's
//! own code by seed and checks that its promises hold.
//!
//! [`carrier`] is a pure SMSC with bad habits to choose from; the application serves it on a socket for demonstrations
//! and benches, [`simulation`] talks to it through links that lose and delay. Nothing here reads a clock or draws a
//! random number: time and seeds are arguments, so every run can be repeated.

pub mod carrier;
pub mod simulation;
mod dice;

pub use dice::Dice;
