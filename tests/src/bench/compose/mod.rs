//! How right and how fast the reading of messages is: labelled messages from a folder, scores, and the two halves of the
//! programs `eval_compose` and `bench_compose`.
//!
//! The labelled messages are not ours and do not ship; a part whose file is not there is skipped, by name. One file
//! for each part: `classify` is what kind of message it is, `extract` what it says, `words` what it must not say; `peers` is
//! what a message costs others.

pub mod classify;
pub mod data;
pub mod extract;
pub mod hidden;
pub mod peers;
pub mod score;
pub mod words;

use std::sync::OnceLock;
use std::time::Instant;

/// Seconds that this thread has had a core: what others do on the machine does not count (proc(5), `schedstat`). Where
/// the system does not say, seconds by the clock.
fn cpu() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = counted.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}
