//! PROVE over HTTP: why, certificates, the log's files, erasure.

pub mod api;
mod explain;

pub(crate) use explain::{Said, describe, steps};
