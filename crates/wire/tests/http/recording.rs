//! A recorded request, taken apart and changeable.

use model::Timestamp;
use wire::http::{AuthError, Request, alibaba, tencent};

pub(crate) const SECRET: &str = "testSecret";

/// A request that owns its pieces, so that a test can bend them.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

macro_rules! recording {
    ($name:literal) => {
        $crate::recording::Recording::read(include_bytes!(concat!("recorded/", $name, ".http")))
    };
}
pub(crate) use recording;

impl Recording {
    pub(crate) fn read(octets: &[u8]) -> Self {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&octets[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let start: Vec<&str> = lines.next().unwrap().split(' ').collect();
        let (path, query) = start[1].split_once('?').unwrap_or((start[1], ""));
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_owned(), value.trim().to_owned())
        };
        Self {
            method: start[0].to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: lines.map(header).collect(),
            body: octets[end + 4..].to_vec(),
        }
        .unchunked()
    }

    /// Undoes the transfer coding, as whoever calls the dialects has done: one client sends its forms in chunks.
    fn unchunked(mut self) -> Self {
        if self.headers.contains(&("Transfer-Encoding".to_owned(), "chunked".to_owned())) {
            let (mut rest, mut body) = (self.body.as_slice(), Vec::new());
            while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
                let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
                body.extend_from_slice(&rest[end + 2..end + 2 + size]);
                rest = if size == 0 { &[] } else { &rest[end + 4 + size..] };
            }
            self.body = body;
        }
        self
    }

    pub(crate) fn with<T>(&self, use_it: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        use_it(&Request {
            method: &self.method,
            path: &self.path,
            raw_query: &self.query,
            headers: &headers,
            body: &self.body,
        })
    }

    /// Replaces the value of a header.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let header = self.headers.iter_mut().find(|(found, _)| found.eq_ignore_ascii_case(name));
        header.unwrap().1 = value.to_owned();
    }

    /// Verifies as Alibaba's, so many milliseconds after it was signed.
    pub(crate) fn alibaba(&self, age_ms: i64) -> Result<alibaba::Presented, AuthError> {
        self.with(|request| {
            let presented = alibaba::present(request)?;
            presented.verify(request, SECRET, Timestamp(presented.signed_at().0 + age_ms))?;
            Ok(presented)
        })
    }

    /// Verifies as Tencent's, so many milliseconds after it was signed.
    pub(crate) fn tencent(&self, age_ms: i64) -> Result<tencent::Presented, AuthError> {
        self.with(|request| {
            let presented = tencent::present(request)?;
            presented.verify(request, SECRET, Timestamp(presented.signed_at().0 + age_ms))?;
            Ok(presented)
        })
    }

    pub(crate) fn alibaba_action(&self) -> alibaba::Action {
        let presented = self.alibaba(0).unwrap();
        self.with(|request| presented.action(request).unwrap())
    }

    pub(crate) fn tencent_action(&self) -> tencent::Action {
        let presented = self.tencent(0).unwrap();
        self.with(|request| presented.action(request).unwrap())
    }
}
