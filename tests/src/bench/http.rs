//! A small HTTP/1.1 client: one connection, one call at a time, JSON back.
//!
//! It knows no redirects, no chunks and no TLS: the product needs none of them here.

use super::Error;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// A connection to the product.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Client {
    /// Connects; `key` is the API key.
    ///
    /// # Errors
    /// Nobody listens.
    pub fn connect(address: &str, key: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), key: key.to_owned() })
    }

    /// Posts a body and returns the JSON of the answer.
    ///
    /// # Errors
    /// A broken connection, or any status of 300 and above with its body.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Result<Value, Error> {
        self.call("POST", path, body)
    }

    /// Gets JSON.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub fn get(&mut self, path: &str) -> Result<Value, Error> {
        self.call("GET", path, b"")
    }

    fn call(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Value, Error> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
            self.key,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status: u16 = line.split(' ').nth(1).unwrap_or_default().parse()?;
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        if status >= 300 {
            return Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
