//! Where batches go: one call per batch, and what the server answers, read strictly.
//!
//! It knows no sockets: whoever calls the ingest brings the HTTP client and hands the status and the body of each
//! answer to [`read_answer`]. It does not retry: that is the client's business, and safe, because ids make it so.

use serde::Deserialize;

/// Takes batches. Implemented over HTTP by the command, and by a file or a list in tests.
pub(crate) trait Sink {
    /// Sends one batch and waits for its answer.
    ///
    /// `path` is `/v1/customers` or `/v1/events`; `body` is JSON.
    ///
    /// # Errors
    /// When the batch as a whole was not taken.
    fn send(&mut self, path: &str, body: Vec<u8>) -> Result<Answer, SinkError>;
}

/// What the server did with one batch, after its durable commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Answer {
    /// Rows that changed something.
    pub(crate) accepted: u64,
    /// Rows that it knew already.
    pub(crate) unchanged: u64,
    /// Rows it did not take: their index in the batch, from 0, and why.
    pub(crate) rejected: Vec<(usize, String)>,
}

/// Why a batch was not taken; whose fault it is decides what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SinkError {
    /// The server did not accept the request. With pointers to rows, these are rejected and the rest is sent again.
    #[error("the server refused the batch ({status}): {detail}{}", list(pointers))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The title or detail of the problem.
        detail: String,
        /// JSON pointers (RFC 6901) into the batch, with what is wrong there.
        pointers: Vec<(String, String)>,
    },
    /// The server could not be reached, or did not answer in time.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server's answer makes no sense.
    #[error("expected an answer about each row of the batch, found {0}")]
    BadAnswer(String),
}

fn list(pointers: &[(String, String)]) -> String {
    pointers.iter().map(|(pointer, words)| format!("; {pointer}: {words}")).collect()
}

/// Reads an HTTP answer: 202 with counts, anything else as a problem (RFC 9457; `application/problem+json`).
///
/// # Errors
/// Every answer that is not a 202 with the expected body.
pub(crate) fn read_answer(status: u16, body: &[u8]) -> Result<Answer, SinkError> {
    if status == ACCEPTED {
        let read: AcceptedBody = serde_json::from_slice(body).map_err(|error| {
            SinkError::BadAnswer(format!("a body that does not read ({:?} error)", error.classify()))
        })?;
        let rejected = read.rejected.into_iter().map(|row| (row.index, row.error)).collect();
        return Ok(Answer { accepted: read.accepted, unchanged: read.unchanged, rejected });
    }
    // A proxy in between may answer with HTML: then only the status is known.
    let problem: ProblemBody = serde_json::from_slice(body).unwrap_or_default();
    let detail = problem.detail.or(problem.title).unwrap_or_else(|| "no reason given".to_owned());
    let pointers = problem.errors.into_iter().map(|error| (error.pointer, error.detail)).collect();
    Err(SinkError::Refused { status, detail, pointers })
}

/// HTTP 202: taken after the durable commit.
const ACCEPTED: u16 = 202;

#[derive(Deserialize)]
struct AcceptedBody {
    accepted: u64,
    unchanged: u64,
    #[serde(default)]
    rejected: Vec<RejectedRow>,
}

#[derive(Deserialize)]
struct RejectedRow {
    index: usize,
    error: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ProblemBody {
    title: Option<String>,
    detail: Option<String>,
    errors: Vec<ProblemPointer>,
}

#[derive(Deserialize)]
struct ProblemPointer {
    pointer: String,
    #[serde(alias = "message", alias = "error", default)]
    detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_read_or_say_why_not() {
        let body = br#"{"accepted":2,"unchanged":1,"rejected":[{"index":3,"error":"no such customer"}]}"#;
        let expect = Answer { accepted: 2, unchanged: 1, rejected: vec![(3, "no such customer".to_owned())] };
        assert_eq!(read_answer(202, body), Ok(expect));
        let error = read_answer(202, br#"{"accepted":2}"#).unwrap_err().to_string();
        assert_eq!(
            error,
            "expected an answer about each row of the batch, found a body that does not read (Data error)"
        );
        let body = br##"{"title":"bad","detail":"2 fields are wrong","errors":[{"pointer":"#/events/0/at","detail":"expected a time"}]}"##;
        let error = read_answer(400, body).unwrap_err().to_string();
        assert_eq!(
            error,
            "the server refused the batch (400): 2 fields are wrong; #/events/0/at: expected a time"
        );
        let error = read_answer(502, b"<html>").unwrap_err().to_string();
        assert_eq!(error, "the server refused the batch (502): no reason given");
    }
}
