//! The commands, one file each. Those that need the ledger make the same calls as anybody over HTTP.

pub(crate) mod cases;
pub(crate) mod check;
pub(crate) mod change;
pub(crate) mod extract;
pub(crate) mod classify;
pub(crate) mod words;
pub(crate) mod task;
pub(crate) mod template;
pub(crate) mod journey;
pub(crate) mod rehearse;
pub(crate) mod take_in;
pub(crate) mod broadcast;
pub(crate) mod why;
pub(crate) mod certify;
pub(crate) mod erase;
pub(crate) mod preferences;
pub(crate) mod rebuild;
pub(crate) mod report;
pub(crate) mod keys;
pub(crate) mod carrier;
pub(crate) mod route;
pub(crate) mod review;

/// What a command ends with.
pub(crate) type Ended = Result<std::process::ExitCode, Box<dyn std::error::Error>>;

/// A path segment with everything escaped that a URL cannot carry as it is (RFC 3986 §2.3).
pub(crate) fn segment(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
