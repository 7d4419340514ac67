//! Every mistake in a map is told, all at once, where it stands.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(kind: Kind, map: &str, expect: &[&str]) {
    let found = Map::read("m.toml", map, kind).err().unwrap_or_default();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expect, "{map}");
}

#[test]
fn mistakes_are_pinned_to_their_lines() {
    let table = [
        ("", "m.toml:1:1: expected a table [customer] in a map of customers, found none"),
        (
            "[event]\n",
            "m.toml:1:1: expected a table [customer] in a map of customers, found one that makes events",
        ),
        ("[customer]\n", "m.toml:1:1: customer: missing key \"id\""),
        (
            "[customer]\nid = \"id\"\nphon = \"p\"\n",
            "m.toml:3:1: unknown key \"phon\", the nearest known key is \"phone\"",
        ),
        ("[customer]\nid = 7\n", "m.toml:2:6: id: expected a table, found a whole number"),
        (
            "[customer]\nid = { colum = \"x\" }\n",
            "m.toml:2:6: id: expected one of column, template, constant, choose or hash, found none of them",
        ),
        (
            "[customer]\nid = { template = \"{x\" }\n",
            "m.toml:2:19: template: expected `}` after the name of a column, found the end",
        ),
        (
            "[customer]\nid = { template = \"{x:8}\" }\n",
            "m.toml:2:19: template: expected a width such as :08 (at most 32) after \"x\", found \"8\"",
        ),
        (
            "zone = \"Mars/Olympus\"\n[customer]\nid = \"id\"\n",
            "m.toml:1:8: zone: expected a time zone such as Asia/Shanghai, found \"Mars/Olympus\"",
        ),
        (
            "currency = \"yuan\"\n[customer]\nid = \"id\"\n",
            "m.toml:1:12: currency: expected a currency code such as CNY, found \"yuan\"",
        ),
        (
            "[file]\nencoding = \"gb18030\"\n[customer]\nid = \"id\"\n",
            "m.toml:2:12: encoding: expected utf-8 (the only encoding that is read), found \"gb18030\"",
        ),
        (
            "[file]\nheader = false\n[customer]\nid = \"id\"\n",
            "m.toml:1:1: file: missing key \"columns\": a file without a header needs the names of its columns",
        ),
        (
            "[customer]\nid = \"id\"\nstanding = { constant = \"alive\" }\n",
            "m.toml:3:25: constant: expected one of normal, deceased, do_not_contact, found \"alive\"",
        ),
        (
            "[customer]\nid = { lookup = \"ownr\", column = \"a\" }\n[lookup.owner]\nfile = \"f\"\nkey = \"a\"\nvalue = \"b\"\n",
            "m.toml:2:17: lookup: expected the name of a table under [lookup], found \"ownr\" (the nearest is \"owner\")",
        ),
        (
            "[customer]\nid = \"id\"\nattributes.a = { column = \"a\", type = \"number\" }\n",
            "m.toml:3:39: type: expected text, int, float, money, bool, date or time, found \"number\"",
        ),
        (
            "[customer]\nid = \"id\"\nattributes.a = { column = \"a\", type = \"date\", formats = \"%H:%M\" }\n",
            "m.toml:3:57: formats: expected a pattern with year, month and day, found \"%H:%M\"",
        ),
        (
            "[customer]\nid = \"id\"\nattributes.a = { column = \"a\", type = \"int\", default = \"none\" }\n",
            "m.toml:3:56: default: expected a whole number such as 42, found \"none\"",
        ),
        (
            "[customer]\nid = \"id\"\nattributes.a = { column = \"a\", other = \"x\" }\n",
            "m.toml:3:16: a: expected values beside other, found none",
        ),
        (
            "[customer]\nid = { choose = { column = \"a\", modulo = 3, values = [\"x\", \"y\"] } }\n",
            "m.toml:2:42: modulo: expected the number of values, 2, found 3",
        ),
    ];
    for (map, expect) in table {
        let found = Map::read("m.toml", map, Kind::Customers).err().unwrap_or_default();
        assert_eq!(found.first().map(ToString::to_string).as_deref(), Some(expect), "{map}");
    }
}

#[test]
fn all_mistakes_come_at_once() {
    let map = "zone = \"x\"\n[where]\na = 1\n[event]\nid = \"id\"\ntype = {}\nat = { column = \"d\", spread = { by = \"id\", from = \"9\" } }\nwhen = 1\n";
    let expect = [
        "m.toml:1:8: zone: expected a time zone such as Asia/Shanghai, found \"x\"",
        "m.toml:3:5: a: expected a text, found a whole number",
        "m.toml:4:1: event: missing key \"customer\"",
        "m.toml:6:8: type: expected one of column, template, constant, choose or hash, found none of them",
        "m.toml:7:51: from: expected a clock time such as 08:00 (24:00 ends the day), found \"9\"",
        "m.toml:8:1: unknown key \"when\", known keys are id, customer, type, at, fields",
    ];
    check(Kind::Events, map, &expect);
    check(
        Kind::Events,
        "[event]\nid = \"id\n",
        &["m.toml:2:9: not TOML: invalid basic string, expected `\"`"],
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[(event|customer|where|file|lookup)\\]\n|[a-z]{2,8} = (\"[ -~]{0,9}\"|\\{\\}|[0-9]|\\[\\])\n|\\PC{0,9}\n){0,12}") {
        for kind in [Kind::Customers, Kind::Events] {
            let mistakes = Map::read("m.toml", &text, kind).err();
            prop_assert!(mistakes.is_none_or(|list| !list.is_empty()));
        }
    }
}
