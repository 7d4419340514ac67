//! CONVERSE over HTTP: what customers choose.

pub mod preferences;
