//! The message centre that is not ours: `tests/interop/smsc.js` under Node.js with npm `smpp`, in a process of its own.
//!
//! It says what time it is in the past that is replayed, and reads the books at the end. It trusts nothing else of it.

use super::Error;
use super::process::Program;
use model::Timestamp;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running message centre.
#[derive(Debug)]
pub struct Smsc {
    program: Program,
    /// Where it listens.
    pub address: String,
    books: PathBuf,
    told: Option<Timestamp>,
}

/// A line of the books: one submit_sm as the other side understood it.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The virtual time at which it came.
    pub at: Timestamp,
    /// What clocks showed there then, `1994-04-01 08:00:00`.
    pub local: String,
    /// Digits of the recipient.
    pub to: String,
    /// The decoded text of this part.
    pub text: String,
    /// Reference, total and number of a part of several.
    pub place: Option<(u64, u64, u64)>,
    /// Whether a receipt was asked for.
    pub wants_receipt: bool,
}

/// Whether Node.js and the package are there: none, or what is missing.
pub fn missing() -> Option<String> {
    let tried = Command::new("node").args(["-e", "require('smpp')"]).stderr(Stdio::null()).status();
    match tried {
        Err(error) => Some(format!("node: {error}")),
        Ok(status) if !status.success() => {
            Some("the npm package smpp is not there (npm install smpp@0.5.1, and NODE_PATH at it)".to_owned())
        }
        Ok(_) => None,
    }
}

impl Smsc {
    /// Starts it; its books go to `books`, with the clocks of `zone`.
    ///
    /// # Errors
    /// Anything that keeps it from listening.
    pub fn start(books: &Path, zone: &str) -> Result<Self, Error> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/smsc.js");
        let mut command = Command::new("node");
        command.arg(script).arg(books).arg(zone);
        let mut program = Program::start_talking(command)?;
        let address = program.await_line("listening on ")?;
        Ok(Self { program, address, books: books.to_owned(), told: None })
    }

    /// Tells it what time it is, and waits until it has heard.
    ///
    /// # Errors
    /// It is gone.
    pub fn tell_time(&mut self, now: Timestamp) -> Result<(), Error> {
        if self.told.replace(now) == Some(now) {
            return Ok(());
        }
        self.say(&format!("time {}", now.0))?;
        self.program.await_line(&format!("at {}", now.0)).map(|_| ())
    }

    /// Has a customer answer.
    ///
    /// # Errors
    /// It is gone.
    pub fn reply(&mut self, number: &str, text: &str) -> Result<(), Error> {
        self.say(&format!("reply {number} {text}"))
    }

    fn say(&mut self, line: &str) -> Result<(), Error> {
        let input = self.program.input().ok_or("expected a pipe to the message centre")?;
        Ok(writeln!(input, "{line}")?)
    }

    /// Ends it; returns its counts and its books.
    ///
    /// # Errors
    /// Books that cannot be read.
    pub fn end(mut self) -> Result<(Value, Vec<Submitted>), Error> {
        self.say("end")?;
        let line = self.program.await_line("{")?;
        let counts = serde_json::from_str(&format!("{{{line}"))?;
        let books = std::fs::read_to_string(&self.books)?;
        let lines = books.lines().map(read_line).collect::<Result<_, _>>()?;
        Ok((counts, lines))
    }
}

fn read_line(line: &str) -> Result<Submitted, Error> {
    let json: Value = serde_json::from_str(line)?;
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    Ok(Submitted {
        at: Timestamp(json["at"].as_i64().ok_or("expected a time in the books")?),
        local: text("local"),
        to: text("to"),
        text: text("text"),
        place: json["udh"][0].as_str().and_then(place),
        wants_receipt: json["wants_receipt"].as_bool().unwrap_or(false),
    })
}

/// The concatenation element of 8-bit reference (3GPP TS 23.040 §9.2.3.24.1): `00 03 RR TT NN`.
fn place(header: &str) -> Option<(u64, u64, u64)> {
    let octet = |at: usize| header.get(at * 2..at * 2 + 2).and_then(|hex| u64::from_str_radix(hex, 16).ok());
    match (octet(0), octet(1)) {
        (Some(0), Some(3)) => Some((octet(2)?, octet(3)?, octet(4)?)),
        _ => None,
    }
}
