//! What the clients share: their arguments, the texts they send, their lines, and the cutting that a crate leaves to its
//! caller. Called by the programs of `src/bin`, which `interop_accounts` starts. It knows nothing of the product.

use serde_json::Value;
use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

/// Why a client gives up.
pub type Failure = Box<dyn Error + Send + Sync>;

/// How long any answer may take.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// UCS-2, in SMPP and in CMPP.
pub const UCS2: u8 = 8;
/// A user data header stands before the text (SMPP 3.4 §5.2.12).
pub const UDHI: u8 = 0x40;
/// A receipt, by its esm_class (SMPP 3.4 §5.2.12).
pub const RECEIPT: u8 = 0x04;
/// Characters of UCS-2 in a message of one part, and in one of several.
const CHARACTERS_MAX: usize = 70;
const PART_CHARACTERS: usize = 67;

/// Where to go, as whom, and for what to wait.
#[derive(Debug, Clone)]
pub struct Arguments {
    pub host: String,
    pub port: u16,
    pub name: String,
    pub password: String,
    /// The number to send from.
    pub source: String,
    /// How many receipts to wait for.
    pub receipts: usize,
}

impl Arguments {
    /// Reads them: host, port, name, password, source number, receipts.
    ///
    /// # Errors
    /// When there are not six, or a number is none.
    pub fn read() -> Result<Self, Failure> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [host, port, name, password, source, receipts] = arguments.as_slice() else {
            return Err(format!(
                "expected host, port, name, password, source, receipts, found {arguments:?}"
            )
            .into());
        };
        Ok(Self {
            host: host.clone(),
            port: port.parse()?,
            name: name.clone(),
            password: password.clone(),
            source: source.clone(),
            receipts: receipts.parse()?,
        })
    }
}

/// The messages: number and text.
pub fn texts() -> [(&'static str, String); 3] {
    [
        ("8613800000001", "Balance 5.00 due".to_owned()),
        ("8613800000002", "您好".to_owned()),
        ("8613800000003", "一二三四五六七八九十".repeat(12)),
    ]
}

/// A part as octets of a submit.
#[derive(Debug, Clone)]
pub struct Part {
    pub coding: u8,
    pub esm_class: u8,
    pub octets: Vec<u8>,
}

/// A text as one part, or as several with headers that say which is which.
pub fn parts(text: &str) -> Vec<Part> {
    if text.is_ascii() {
        return vec![Part { coding: 0, esm_class: 0, octets: text.as_bytes().to_vec() }];
    }
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= CHARACTERS_MAX {
        return vec![Part { coding: UCS2, esm_class: 0, octets: ucs2(&characters) }];
    }
    let pieces: Vec<&[char]> = characters.chunks(PART_CHARACTERS).collect();
    let total = pieces.len() as u8;
    let with_header = |(number, piece): (u8, &&[char])| {
        let octets = [&[5, 0, 3, 7, total, number][..], &ucs2(piece)].concat();
        Part { coding: UCS2, esm_class: UDHI, octets }
    };
    (1..).zip(&pieces).map(with_header).collect()
}

fn ucs2(characters: &[char]) -> Vec<u8> {
    let text: String = characters.iter().collect();
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Octets of UCS-2 as text.
pub fn from_ucs2(octets: &[u8]) -> String {
    let units: Vec<u16> = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// Prints that something happened.
pub fn say(what: Value) {
    println!("{what}");
}

/// An error that says what was expected.
pub fn expected(what: &str, found: impl Debug) -> Failure {
    format!("expected {what}, found {found:?}").into()
}
