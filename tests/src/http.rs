//! A small HTTP/1.1 client: one call, one connection. It follows nothing and forgives nothing.

use crate::PATIENCE;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The content type.
    pub kind: String,
    /// Every header field.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The status, after a look at whether this is a problem as RFC 9457 wants it, with all that ours always have.
    #[track_caller]
    pub fn problem(&self) -> u16 {
        assert_eq!(self.kind, "application/problem+json", "{}: {}", self.status, self.text());
        let json = self.json();
        assert_eq!(json["status"], self.status, "{json}");
        assert!(json["title"].is_string() && json["detail"].is_string(), "{json}");
        self.status
    }
}

/// Makes one call.
///
/// # Errors
/// A connection that does not come up or breaks before the answer is whole.
pub fn call(address: &str, key: Option<&str>, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
    let authorization = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    call_with(address, &authorization, method, path, body)
}

/// Makes one call with header lines of one's own, each with its end of line.
///
/// # Errors
/// As [`call`].
pub fn call_with(address: &str, headers: &str, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    // A server may answer before it has read a body that it does not want, and close.
    let sent = stream.write_all(body);
    let mut whole = Vec::new();
    let read = stream.read_to_end(&mut whole);
    match parse(&whole) {
        Some(answer) => Ok(answer),
        None => Err(sent.err().or(read.err()).unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
    }
}

fn parse(whole: &[u8]) -> Option<Answer> {
    let end = whole.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(whole.get(..end)?).ok()?;
    let headers: Vec<(String, String)> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, kind: String::new(), headers, body: Vec::new() };
    let length: usize = answer.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
    answer.kind = answer.header("content-type").unwrap_or_default().to_owned();
    answer.body = whole.get(end + 4..)?.get(..length)?.to_vec();
    Some(answer)
}
