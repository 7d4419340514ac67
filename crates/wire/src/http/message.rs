//! An HTTP message as values: what came in, what goes back, what goes out. No method, header or status is interpreted
//! here; the dialects do that.

use std::fmt;

/// A request as it arrived. Header values must be unaltered: signatures cover them byte for byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `POST`, `DELETE`, in capitals.
    pub method: &'a str,
    /// The path as sent, percent-encoding untouched, without the query.
    pub path: &'a str,
    /// What follows the first `?`, untouched; empty without one.
    pub raw_query: &'a str,
    /// Names in any letter case, values as sent. A name may come more than once.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body after transfer coding and content coding were undone.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The first value of a header, whatever the letter case of its name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Whether the body is a form by its content type; parameters of the type (a charset) do not matter.
    pub fn is_form(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }
}

impl fmt::Debug for Request<'_> {
    /// Sizes only: numbers, texts and credentials stand everywhere in a request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (query, headers, body) = (self.raw_query.len(), self.headers.len(), self.body.len());
        write!(f, "<{} request: query of {query}, {headers} headers, body of {body} bytes>", self.method)
    }
}

/// An answer to send back.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The exact value of `Content-Type`, or none for an answer without a body. Some clients compare it as a whole.
    pub content_type: Option<&'static str>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer of JSON with the exact content type `application/json`.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        let body = value.to_string().into_bytes();
        Self { status, content_type: Some("application/json"), headers: Vec::new(), body }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: Vec::new() }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<response {} of {} bytes>", self.status, self.body.len())
    }
}

/// A request to make of a vendor or of a receiver of callbacks. The caller adds scheme and host to the path, sends the
/// headers as they are and adds none that is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path, percent-encoded.
    pub path: String,
    /// The query, encoded, without `?`; empty for none.
    pub raw_query: String,
    /// Headers, `host` included where the vendor signs it.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// The headers as a request borrows them.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// What the other side will see. `headers` are this request's [`pairs`](Self::pairs).
    pub fn as_request<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
        let Self { method, path, raw_query, body, .. } = self;
        Request { method, path, raw_query, headers, body }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (query, headers, body) = (self.raw_query.len(), self.headers.len(), self.body.len());
        write!(f, "<{} request out: query of {query}, {headers} headers, body of {body} bytes>", self.method)
    }
}
