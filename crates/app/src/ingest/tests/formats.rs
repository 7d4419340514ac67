//! Files as they come: delimiters, quotes, marks, compression; and nothing of a file is ever lost.

use super::super::delimited::Dialect;
use super::super::row::Columns;
use super::super::rows::{FileFormat, Layout};
use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["attributes"]["name"].as_str().unwrap()).collect()
}

#[test]
fn gzip_is_told_by_its_bytes_and_may_have_members() {
    let text = b"\xef\xbb\xbfid,name\n1,\xe5\xbc\xa0\n";
    assert_eq!(names(&items("c.csv", gzip(text), ID_AND_NAME)), ["张"]);
    let two = [gzip(text), gzip(b"2,b\n")].concat();
    assert_eq!(names(&items("c.dat", two, ID_AND_NAME)), ["张", "b"]);
    let mut cut = gzip(format!("id,name\n{}", "1,a\n".repeat(5_000)).as_bytes());
    cut.truncate(cut.len() - 9);
    assert!(error_of("c.csv.gz", cut, ID_AND_NAME).contains("cannot read c.csv.gz after line "));
}

#[test]
fn what_is_no_text_is_named() {
    let table: [(&[u8], &str); 4] = [
        (
            b"\xff\xfei\0d\0",
            "c.csv: expected UTF-8 text, plain or gzip, found UTF-16 (byte order mark at byte 0); save it as UTF-8",
        ),
        (
            b"PK\x03\x04....",
            "c.csv: expected UTF-8 text, plain or gzip, found a zip archive or a spreadsheet; save it as CSV",
        ),
        (b"", "c.csv:0: expected a header with the names of the columns, found an empty file"),
        (
            b"id,name\r1,a\r2,b",
            "c.csv:1: expected lines that end with LF or CRLF, found a carriage return alone",
        ),
    ];
    for (bytes, expect) in table {
        assert_eq!(error_of("c.csv", bytes, ID_AND_NAME), expect);
    }
}

#[test]
fn dialects_read() {
    let map = |file: &str| format!("[file]\n{file}\n{ID_AND_NAME}");
    let table = [
        ("delimiter = \";\"\nquote = \"'\"", "id;name\n1;'a;b'\n", "a;b"),
        ("delimiter = \"\\t\"\nquote = \"\"", "id\tname\n1\t\"a\"\n", "\"a\""),
        ("header = false\ncolumns = [\"name\", \"id\"]", "a,1\n", "a"),
        ("encoding = \"UTF-8\"", "name,id,other\n a\u{3000},1,\n", "a"),
        ("format = \"jsonl\"", "{\"id\":1,\"name\":\"a\\nb\"}\n\n{\"id\":\"1\",\"name\":\"c\"}", "a\nb"),
    ];
    for (file, text, expect) in table {
        assert_eq!(names(&items("c.csv", text, &map(file)))[0], expect, "{file}");
    }
}

#[test]
fn json_values_keep_what_they_are() {
    let map = "[file]\nformat = \"jsonl\"\n[customer]\nid = \"id\"\n[customer.attributes]\n\
        n = { column = \"n\", type = \"int\" }\nm = { column = \"a.b.m\", type = \"money\" }\nb = { column = \"b\", type = \"bool\" }\n";
    let text = "{\"b\":true,\"a\":{\"x\":[{}],\"b\":{\"m\":1234.10}},\"n\":9007199254740993,\"id\":18446744073709551615}";
    let attributes = &items("c.jsonl", text, map)[0];
    assert_eq!(attributes["id"], "18446744073709551615");
    let expect = serde_json::json!({"n": 9_007_199_254_740_993i64, "m": {"money": "1234.10", "currency": "CNY"}, "b": true});
    assert_eq!(attributes["attributes"], expect);
}

#[test]
fn columns_that_are_missing_are_all_named() {
    let error = error_of("c.csv", "ID,nmae\n1,a\n", ID_AND_NAME);
    let expect = "c.csv: expected the column \"id\" (the nearest is \"ID\") and the column \"name\", found the columns ID, nmae";
    assert!(error.starts_with(expect), "{error}");
    let error = error_of("c.csv", "id,name,id\n1,a,2\n", ID_AND_NAME);
    assert_eq!(
        error,
        "c.csv:1:3(id): expected each column that the map names once in the header, found it a second time"
    );
    // An optional column need not be there at all.
    let map =
        "[customer]\nid = \"id\"\n[customer.attributes]\nname = { column = \"name\", optional = true }\n";
    assert_eq!(items("c.csv", "id\n1\n", map)[0]["attributes"], serde_json::json!({}));
}

/// A row: its cells, or why it was rejected, and its bytes.
type Found = (Result<Vec<String>, String>, Vec<u8>);

/// Reads a text and gives every row of it.
fn read(text: &[u8], dialect: Dialect) -> Vec<Found> {
    let folder = Folder::new();
    let file = folder.put("f.csv", text);
    let mut columns = Columns::default();
    let ids: Vec<_> = ["a", "b", "c"].iter().map(|name| columns.id(name, true)).collect();
    let names = Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    let format = FileFormat { layout: Layout::Csv { dialect, names }, empty: Vec::new() };
    let (mut rows, mut row) = Rows::open(&file, "f.csv", &format, &columns).unwrap();
    let mut all = Vec::new();
    loop {
        let cells = match rows.next(&mut row).unwrap() {
            Next::End => return all,
            Next::Bad(complaint) => Err(complaint.to_string()),
            Next::Row => Ok(ids.iter().map(|id| row.text(*id).unwrap().unwrap_or("").to_owned()).collect()),
        };
        all.push((cells, row.raw.clone()));
    }
}

const PLAIN: Dialect = Dialect { delimiter: b',', quote: Some(b'"') };

proptest! {
    /// Whatever another implementation writes is read as it was meant.
    #[test]
    fn rows_of_another_writer_read_back(
        rows in prop::collection::vec(prop::array::uniform3("[a-c,;\"'\r\n张 ]{0,6}"), 1..20),
        crlf: bool,
        always: bool,
    ) {
        let mut writer = csv::WriterBuilder::new()
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let found = read(&writer.into_inner().unwrap(), PLAIN);
        let expect: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
        let cells: Vec<Vec<String>> = found.into_iter().map(|(cells, _)| cells.unwrap()).collect();
        prop_assert_eq!(cells, expect);
    }

    /// Whatever stands in a file, every line of it is a row that was read or a row that was rejected: nothing is lost,
    /// nothing comes twice.
    #[test]
    fn no_byte_is_lost(text in prop::collection::vec(prop::sample::select(b"ab,,\"\"\n\n\r\xff ".as_slice()), 0..300)) {
        let visible = |bytes: &[u8]| bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<_>>();
        let found: Vec<u8> = read(&text, PLAIN).into_iter().flat_map(|(_, raw)| raw).collect();
        prop_assert_eq!(visible(&found), visible(&text));
    }

    /// Arbitrary JSON Lines never panic, and each line that is not blank is one row.
    #[test]
    fn every_json_line_is_one_row(lines in prop::collection::vec("[ {}\\[\\]\":,a0-9e.\\\\un-]{0,30}", 0..20)) {
        let text = lines.join("\n");
        let map = format!("[file]\nformat = \"jsonl\"\n{ID_AND_NAME}");
        let (outcome, _) = ingest("c.jsonl", &text, &map);
        let rows = lines.iter().filter(|line| !line.trim().is_empty()).count() as u64;
        prop_assert_eq!(outcome.tally()[0], rows);
    }
}
