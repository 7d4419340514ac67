//! Deterministic CBOR (RFC 8949 section 4.2.1), just the part the ledger uses: heads, integers, text, bytes, arrays, maps.
//!
//! There is exactly one way to write a value and the reader refuses every other: longer heads than needed, indefinite
//! lengths, unsorted or repeated keys, bytes after the end. So two leaves that mean the same are the same bytes, and
//! nobody can hide a message in the spelling. The reader never panics and never allocates by a length it has not seen.
//! Called by the leaf, the certificate and, through [`diagnose`], whoever wants to read an opened detail.

use std::fmt::Write;

use crate::hash::hex_encode;

/// How deep arrays, maps and tags may nest in a detail that is printed.
pub const DEPTH_MAX: usize = 16;

/// Why bytes were refused: where, what was expected there, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: expected {expected}, found {found}")]
pub struct Error {
    /// Position from the first byte of what was given, from 0.
    pub offset: usize,
    /// What a correct encoding has here.
    pub expected: &'static str,
    /// What is here.
    pub found: String,
}

/// The kind of a data item: the three high bits of its first byte (RFC 8949 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Major {
    Unsigned = 0,
    Negative = 1,
    Bytes = 2,
    Text = 3,
    Array = 4,
    Map = 5,
    Tag = 6,
    Simple = 7,
}

impl Major {
    const ALL: [Self; 8] = [
        Self::Unsigned,
        Self::Negative,
        Self::Bytes,
        Self::Text,
        Self::Array,
        Self::Map,
        Self::Tag,
        Self::Simple,
    ];
}

/// Writes the head of a data item in its shortest form.
pub(crate) fn write_head(out: &mut Vec<u8>, major: Major, value: u64) {
    let major = (major as u8) << 5;
    let bytes = value.to_be_bytes();
    match value {
        0..=23 => out.push(major | bytes[7]),
        24..=0xff => out.extend_from_slice(&[major | 24, bytes[7]]),
        0x100..=0xffff => out.extend_from_slice(&[major | 25, bytes[6], bytes[7]]),
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

/// Writes a non-negative integer.
pub(crate) fn write_uint(out: &mut Vec<u8>, value: u64) {
    write_head(out, Major::Unsigned, value);
}

/// Writes an integer: major type 0, or 1 with −1−value when negative.
pub(crate) fn write_int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        // For two's complement numbers `!value` is −1−value, which is not negative here.
        write_head(out, Major::Negative, !value as u64);
    } else {
        write_head(out, Major::Unsigned, value as u64);
    }
}

/// Writes a byte string.
pub(crate) fn write_bytes(out: &mut Vec<u8>, value: &[u8]) {
    write_head(out, Major::Bytes, value.len() as u64);
    out.extend_from_slice(value);
}

/// Writes a text string.
pub(crate) fn write_text(out: &mut Vec<u8>, value: &str) {
    write_head(out, Major::Text, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

/// A strict reader over one byte slice.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    /// Where the next item begins.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    pub(crate) fn uint(&mut self, expected: &'static str) -> Result<u64, Error> {
        self.of_major(Major::Unsigned, expected)
    }

    pub(crate) fn int(&mut self, expected: &'static str) -> Result<i64, Error> {
        let start = self.at;
        let (major, value) = self.head(expected)?;
        let number = i64::try_from(value).ok();
        match (major, number) {
            (Major::Unsigned, Some(number)) => Ok(number),
            (Major::Negative, Some(number)) => Ok(!number),
            _ => Err(self.wrong(start, expected, major, value)),
        }
    }

    pub(crate) fn text(&mut self, expected: &'static str) -> Result<&'a str, Error> {
        let start = self.at;
        let length = self.of_major(Major::Text, expected)?;
        let bytes = self.take(length, expected)?;
        std::str::from_utf8(bytes).map_err(|fault| Error {
            offset: start,
            expected,
            found: format!("text that is not UTF-8 after {} bytes", fault.valid_up_to()),
        })
    }

    pub(crate) fn bytes(&mut self, expected: &'static str) -> Result<&'a [u8], Error> {
        let length = self.of_major(Major::Bytes, expected)?;
        self.take(length, expected)
    }

    /// The number of pairs of a map.
    pub(crate) fn map(&mut self, expected: &'static str) -> Result<u64, Error> {
        self.of_major(Major::Map, expected)
    }

    /// The number of items of an array.
    pub(crate) fn array(&mut self, expected: &'static str) -> Result<u64, Error> {
        self.of_major(Major::Array, expected)
    }

    /// Demands that nothing is left.
    pub(crate) fn end(&self) -> Result<(), Error> {
        match self.input.len() - self.at {
            0 => Ok(()),
            left => Err(Error { offset: self.at, expected: "the end", found: format!("{left} more bytes") }),
        }
    }

    fn of_major(&mut self, wanted: Major, expected: &'static str) -> Result<u64, Error> {
        let start = self.at;
        let (major, value) = self.head(expected)?;
        if major == wanted { Ok(value) } else { Err(self.wrong(start, expected, major, value)) }
    }

    fn wrong(&self, offset: usize, expected: &'static str, major: Major, value: u64) -> Error {
        Error { offset, expected, found: format!("{major:?} {value}") }
    }

    /// Reads the head of an item: its kind and its argument. Only the shortest form passes.
    fn head(&mut self, expected: &'static str) -> Result<(Major, u64), Error> {
        let start = self.at;
        let [first] = self.array_of::<1>(expected)?;
        let major = Major::ALL[usize::from(first >> 5)];
        let short = first & 0x1f;
        let (value, least) = match short {
            0..=23 => (u64::from(short), 0),
            24 => (u64::from(u8::from_be_bytes(self.array_of(expected)?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.array_of(expected)?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.array_of(expected)?)), 1 << 16),
            27 => (u64::from_be_bytes(self.array_of(expected)?), 1 << 32),
            _ => {
                let found = format!("byte 0x{first:02x}, an indefinite or reserved length");
                return Err(Error { offset: start, expected, found });
            }
        };
        // A float's argument is its bits, not a number with a shortest form.
        if value < least && !(major == Major::Simple && short > 24) {
            let found = format!("{value} written longer than needed");
            return Err(Error { offset: start, expected: "the shortest form", found });
        }
        Ok((major, value))
    }

    fn take(&mut self, length: u64, expected: &'static str) -> Result<&'a [u8], Error> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let taken = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let Some(taken) = taken else {
            let found = format!("{} bytes left where {length} are announced", rest.len());
            return Err(Error { offset: self.at, expected, found });
        };
        self.at += taken.len();
        Ok(taken)
    }

    fn array_of<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Error> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let Some(found) = rest.first_chunk::<N>() else {
            return Err(Error { offset: self.at, expected, found: "the end of the input".to_owned() });
        };
        self.at += N;
        Ok(*found)
    }
}

/// Prints one CBOR item as text: the diagnostic notation of RFC 8949 section 8 on one line, which is JSON where JSON can say it.
///
/// As strict as the rest of this file, with one allowance: a float may have any of its three widths.
///
/// # Errors
/// The first byte at which the input is not one deterministic item of at most [`DEPTH_MAX`] levels.
pub fn diagnose(input: &[u8]) -> Result<String, Error> {
    let mut reader = Reader::new(input);
    let mut out = String::with_capacity(input.len() * 2);
    print_item(&mut reader, &mut out, DEPTH_MAX)?;
    reader.end()?;
    Ok(out)
}

fn print_item(reader: &mut Reader<'_>, out: &mut String, depth: usize) -> Result<(), Error> {
    let start = reader.at;
    if depth == 0 {
        let found = format!("more than {DEPTH_MAX} levels");
        return Err(Error { offset: start, expected: "shallower nesting", found });
    }
    let mut peek = reader.clone();
    let (major, value) = peek.head("a CBOR item")?;
    match major {
        Major::Text => print_text(out, reader.text("text")?),
        Major::Bytes => push(out, format_args!("h'{}'", hex_encode(reader.bytes("bytes")?))),
        _ => {
            *reader = peek;
            match major {
                Major::Unsigned => push(out, format_args!("{value}")),
                Major::Negative => push(out, format_args!("{}", -1 - i128::from(value))),
                Major::Array => print_array(reader, out, value, depth)?,
                Major::Map => print_map(reader, out, value, depth)?,
                Major::Tag => {
                    push(out, format_args!("{value}("));
                    print_item(reader, out, depth - 1)?;
                    out.push(')');
                }
                _ => print_simple(reader, out, start, value)?,
            }
        }
    }
    Ok(())
}

fn print_array(reader: &mut Reader<'_>, out: &mut String, count: u64, depth: usize) -> Result<(), Error> {
    out.push('[');
    for position in 0..count {
        out.push_str(if position == 0 { "" } else { ", " });
        print_item(reader, out, depth - 1)?;
    }
    out.push(']');
    Ok(())
}

/// Keys must ascend by their encoded bytes (RFC 8949 section 4.2.1), which also forbids repeats.
fn print_map(reader: &mut Reader<'_>, out: &mut String, count: u64, depth: usize) -> Result<(), Error> {
    out.push('{');
    let mut previous: &[u8] = &[];
    for position in 0..count {
        out.push_str(if position == 0 { "" } else { ", " });
        let start = reader.at;
        print_item(reader, out, depth - 1)?;
        let key = reader.input.get(start..reader.at).unwrap_or_default();
        if position > 0 && key <= previous {
            let found = format!("key h'{}' after h'{}'", hex_encode(key), hex_encode(previous));
            return Err(Error { offset: start, expected: "map keys in ascending order", found });
        }
        previous = key;
        out.push_str(": ");
        print_item(reader, out, depth - 1)?;
    }
    out.push('}');
    Ok(())
}

fn print_simple(reader: &Reader<'_>, out: &mut String, start: usize, value: u64) -> Result<(), Error> {
    match (reader.at - start, value) {
        (1, 20) => out.push_str("false"),
        (1, 21) => out.push_str("true"),
        (1, 22) => out.push_str("null"),
        (1, 23) => out.push_str("undefined"),
        (3, bits) => push(out, format_args!("{:?}", half_to_f64(bits as u16))),
        (5, bits) => push(out, format_args!("{:?}", f32::from_bits(bits as u32))),
        (9, bits) => push(out, format_args!("{:?}", f64::from_bits(bits))),
        _ => {
            let found = format!("simple value {value}");
            return Err(Error { offset: start, expected: "false, true, null, undefined or a float", found });
        }
    }
    Ok(())
}

/// Text as a JSON string; characters that do not print (also those that turn the reading direction) are escaped.
fn print_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\'' => out.push('\''),
            plain if plain.escape_debug().len() == 1 => out.push(plain),
            other => {
                let mut units = [0; 2];
                other
                    .encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| push(out, format_args!("\\u{unit:04x}")));
            }
        }
    }
    out.push('"');
}

/// IEEE 754 binary16 (RFC 8949 appendix D).
fn half_to_f64(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match i32::from(bits >> 10 & 0x1f) {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (fraction + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hex_decode;
    use proptest::prelude::*;

    /// Examples of RFC 8949 appendix A, and our refusals. `Err` is (offset, start of what was expected).
    #[test]
    fn diagnose_prints_and_refuses() {
        type Expected = Result<&'static str, (usize, &'static str)>;
        let table: &[(&str, Expected)] = &[
            ("00", Ok("0")),
            ("17", Ok("23")),
            ("1818", Ok("24")),
            ("1903e8", Ok("1000")),
            ("1bffffffffffffffff", Ok("18446744073709551615")),
            ("3bffffffffffffffff", Ok("-18446744073709551616")),
            ("3903e7", Ok("-1000")),
            ("f97bff", Ok("65504.0")),
            ("f90001", Ok("5.960464477539063e-8")),
            ("f9c400", Ok("-4.0")),
            ("f97c00", Ok("inf")),
            ("fa47c35000", Ok("100000.0")),
            ("fb3ff199999999999a", Ok("1.1")),
            ("f4", Ok("false")),
            ("f6", Ok("null")),
            ("4401020304", Ok("h'01020304'")),
            ("62225c", Ok(r#""\"\\""#)),
            ("63e6b0b4", Ok("\"水\"")),
            ("63e280ae", Ok("\"\\u202e\"")),
            ("c11a514b67b0", Ok("1(1363896240)")),
            ("826161a161626163", Ok(r#"["a", {"b": "c"}]"#)),
            ("a0", Ok("{}")),
            ("", Err((0, "a CBOR item"))),
            ("0000", Err((1, "the end"))),
            ("1817", Err((0, "the shortest"))),
            ("190017", Err((0, "the shortest"))),
            ("1a0000ffff", Err((0, "the shortest"))),
            ("1b00000000ffffffff", Err((0, "the shortest"))),
            ("f814", Err((0, "the shortest"))),
            ("f820", Err((0, "false"))),
            ("9fff", Err((0, "a CBOR item"))),
            ("5f4100ff", Err((0, "a CBOR item"))),
            ("62c328", Err((0, "text"))),
            ("a201000100", Err((3, "map keys"))),
            ("a202000100", Err((3, "map keys"))),
            ("5bffffffffffffffff", Err((9, "bytes"))),
            ("9bffffffffffffffff", Err((9, "a CBOR item"))),
            ("818181818181818181818181818181818100", Err((16, "shallower"))),
        ];
        for (hex, expected) in table {
            match (diagnose(&hex_decode(hex).unwrap()), expected) {
                (Ok(text), Ok(wanted)) => assert_eq!(&text, wanted, "{hex}"),
                (Err(error), Err((offset, start))) => {
                    assert_eq!(error.offset, *offset, "{hex}: {error}");
                    assert!(error.expected.starts_with(start), "{hex}: {error}");
                }
                (came, wanted) => panic!("{hex}: expected {wanted:?}, came {came:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn integers_come_back(value: i64) {
            let mut out = Vec::new();
            write_int(&mut out, value);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.int("int").unwrap(), value);
            reader.end().unwrap();
            prop_assert_eq!(diagnose(&out).unwrap(), value.to_string());
        }

        #[test]
        fn any_bytes_are_answered(input: Vec<u8>) {
            let _ = diagnose(&input);
        }
    }
}
