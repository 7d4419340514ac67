//! What is wrong with a row is said with its place, exactly, and without the value itself.

use super::*;

const TYPES: &str = r#"
country = "86"
[file]
empty = ["NULL"]
[customer]
id = "id"
phone = { column = "phone", optional = true }
[customer.attributes]
born = { column = "born", type = "date", formats = ["%Y-%m-%d", "%Y/%m/%d"], optional = true }
balance = { column = "balance", type = "money", optional = true }
rate = { column = "rate", type = "float", optional = true }
age = { column = "age", type = "int", optional = true }
vip = { column = "vip", type = "bool", true = ["是"], false = ["否"], optional = true }
gender = { column = "gender", values = { M = "男", F = "女" }, optional = true }
seen = { column = "seen", type = "time", optional = true }
"#;

const HEADER: &str = "id,phone,born,balance,rate,age,vip,gender,seen";

#[track_caller]
fn check(row: &str, expect: &str) {
    let (outcome, items) = ingest("c.csv", format!("{HEADER}\n{row}\n"), TYPES);
    assert_eq!(outcome.said, [expect], "{row}");
    assert_eq!((outcome.tally(), items.len()), ([1, 0, 0, 1, 0], 0));
}

#[test]
fn every_type_says_what_it_expected() {
    let table = [
        (",,,,,,,,", "c.csv:2:1(id): expected an id, found nothing"),
        ("NULL,,,,,,,,", "c.csv:2:1(id): expected an id, found nothing"),
        (
            "1,1390998877x,,,,,,,",
            "c.csv:2:2(phone): expected a phone number of 8 to 15 digits, found 11 characters shaped 9999999999a",
        ),
        (
            "1,,31.12.1980,,,,,,",
            "c.csv:2:3(born): expected a date such as 2026-05-01 or %Y/%m/%d, found 10 characters shaped 99.99.9999",
        ),
        (
            "1,,1981-02-29,,,,,,",
            "c.csv:2:3(born): expected a date such as 2026-05-01 or %Y/%m/%d, found 10 characters shaped 9999-99-99",
        ),
        (
            "1,,,\"12,34\",,,,,",
            "c.csv:2:4(balance): expected an amount such as 1234.56 (at most two decimals), found 5 characters shaped 99,99",
        ),
        (
            "1,,,0.125,,,,,",
            "c.csv:2:4(balance): expected an amount such as 1234.56 (at most two decimals), found 5 characters shaped 9.999",
        ),
        ("1,,,,inf,,,,", "c.csv:2:5(rate): expected a number such as 3.5, found 3 characters shaped aaa"),
        ("1,,,,,4.0,,,", "c.csv:2:6(age): expected a whole number such as 42, found 3 characters shaped 9.9"),
        ("1,,,,,,Y,,", "c.csv:2:7(vip): expected one of 是 or 否, found 1 character shaped A"),
        ("1,,,,,,,X,", "c.csv:2:8(gender): expected one of F, M, found 1 character shaped A"),
        (
            "1,,,,,,,,yesterday",
            "c.csv:2:9(seen): expected a time such as 2026-05-01T08:00:00+08:00 or 2026-05-01 08:00:00, found 9 characters shaped aaaaaaaaa",
        ),
        ("1,,,", "c.csv:2: expected 9 cells, found 4 cells"),
        ("1,,,,,,,,,", "c.csv:2: expected 9 cells, found 10 cells"),
    ];
    for (row, expect) in table {
        check(row, expect);
    }
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    // Blank lines, CRLF, and line ends inside quotes: the bad cell is named by the line on which it begins.
    let text = "id,name,age\r\n\r\n1,a,7\r\n\n2,\"two\r\nlines\",x\r\n\n3,b,y\n";
    let map = "[customer]\nid = \"id\"\n[customer.attributes]\nname = \"name\"\nage = { column = \"age\", type = \"int\" }\n";
    let (outcome, items) = ingest("c.csv", text, map);
    let expect = [
        "c.csv:6:3(age): expected a whole number such as 42, found 1 character shaped a",
        "c.csv:8:3(age): expected a whole number such as 42, found 1 character shaped a",
    ];
    assert_eq!(outcome.said, expect);
    assert_eq!(items.len(), 1);
    let good = items_of_name("id,name\n1,\"two\r\nlines, \"\"quoted\"\"\"\n");
    assert_eq!(good, ["two\r\nlines, \"quoted\""]);
}

fn items_of_name(text: &str) -> Vec<String> {
    let items = items("c.csv", text, ID_AND_NAME);
    items.iter().map(|item| item["attributes"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_forgotten_quote_costs_one_line() {
    // The first quote is closed by the next row's opening one, with text right after it.
    let (outcome, items) = ingest("c.csv", "id,name\n1,\"abc\n2,\"def\"\n3,x\n", ID_AND_NAME);
    assert_eq!(
        outcome.said,
        ["c.csv:2:2(name): expected a delimiter or the line end after a closing quote, found something else"]
    );
    assert_eq!(items.len(), 2);
    // Never closed: the rows after it are read all the same.
    let text = format!("id,name\n1,\"abc\n{}", "2,x\n".repeat(1_000));
    let (outcome, _) = ingest("c.csv", text, ID_AND_NAME);
    assert_eq!(
        outcome.said,
        ["c.csv:2:2(name): expected a closing quote, found none in the rows that follow"]
    );
    assert_eq!(outcome.result.unwrap().tally.rows, 1_001);
    let (outcome, _) = ingest("c.csv", "id,name\n1,\"abc\n2,x", ID_AND_NAME);
    assert_eq!(
        outcome.said,
        ["c.csv:2:2(name): expected a closing quote, found none in the rows that follow"]
    );
    assert_eq!(outcome.tally()[3], 1);
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_their_offset() {
    let gbk = [b"id,name\n1,a\n2,".as_slice(), &[0xd5, 0xc5], b"\n3,b\n"].concat();
    let (outcome, items) = ingest("c.csv", &gbk, ID_AND_NAME);
    assert_eq!(outcome.said, ["c.csv:3:2(name): expected UTF-8, found the byte 0xD5 at byte 14 of the text"]);
    assert_eq!(items.len(), 2);
    let header = [b"id,".as_slice(), &[0xd5, 0xc5], b"\n1,a\n"].concat();
    let error = error_of("c.csv", &header, ID_AND_NAME);
    assert_eq!(error, "c.csv:1:2(): expected UTF-8, found the byte 0xD5 at byte 3 of the text");
    let json = [b"{\"id\":\"1\",\"name\":\"".as_slice(), &[0xd5], b"\"}\n"].concat();
    let map = format!("[file]\nformat = \"jsonl\"\n{ID_AND_NAME}");
    let (outcome, _) = ingest("c.jsonl", &json, &map);
    assert_eq!(outcome.said, ["c.jsonl:1: expected UTF-8, found the byte 0xD5 at byte 18 of the text"]);
}

#[test]
fn a_row_without_end_does_not_fill_the_memory() {
    let text = format!("id,name\n1,{}\n2,b\n", "x".repeat(3 << 20));
    let (outcome, items) = ingest("c.csv", text, ID_AND_NAME);
    assert_eq!(outcome.said, ["c.csv:2: expected a row of at most 1048576 bytes, found a longer one"]);
    assert_eq!(items.len(), 1);
}

#[test]
fn json_lines_say_what_is_wrong() {
    let map = "[file]\nformat = \"jsonl\"\n[customer]\nid = \"id\"\n[customer.attributes]\n\
        age = { column = \"age\", type = \"int\", optional = true }\ncard = { column = \"card.number\", optional = true }\n";
    let table = [
        (
            "{\"id\":1,\"age\":\"x\"}",
            "c.jsonl:1:2(age): expected a whole number such as 42, found 1 character shaped a",
        ),
        ("{\"age\":1}", "c.jsonl:1:(id): expected an id, found nothing"),
        ("{\"id\":null}", "c.jsonl:1:1(id): expected an id, found nothing"),
        ("{\"id\":[1]}", "c.jsonl:1:1(id): expected a text, a number or true or false, found a list"),
        (
            "{\"x\":0,\"card\":{\"number\":{}},\"id\":1}",
            "c.jsonl:1:2(card.number): expected a text, a number or true or false, found an object",
        ),
        (
            "{\"id\":12345678901234567890123}",
            "c.jsonl:1:1(id): expected a text, a number or true or false, found a number too large to be exact (write it as a text)",
        ),
        ("{\"id\":1,\"id\":2}", "c.jsonl:1:1(id): expected each key once, found it a second time"),
        ("[1]", "c.jsonl:1: expected a JSON object, found another JSON value"),
        ("\"13800001234\"", "c.jsonl:1: expected a JSON object, found another JSON value"),
        (
            "{\"id\":\"13800001234\" oops}",
            "c.jsonl:1: expected a JSON object, found a mistake at character 21: expected `,` or `}`",
        ),
        (
            "{\"id\":1}}",
            "c.jsonl:1: expected a JSON object, found a mistake at character 9: trailing characters",
        ),
    ];
    for (row, expect) in table {
        let (outcome, items) = ingest("c.jsonl", format!("{row}\n"), map);
        assert_eq!(outcome.said, [expect], "{row}");
        assert_eq!(items.len(), 0);
    }
}
