//! Receipts as carriers write them.

use super::*;
use model::Span;
use proptest::prelude::*;

#[test]
fn texts_are_read_whatever_their_order_case_and_spacing() {
    use State::*;
    for (text, id, state, error, done) in [
        (
            "id:0123456789 sub:001 dlvrd:001 submit date:2605010800 done date:2605010801 stat:DELIVRD err:000 text:Dear customer",
            "0123456789",
            Delivered,
            None,
            Some("2026-05-01T00:01:00.000Z"),
        ),
        (
            "ID:A1-b2 SUB:001 DLVRD:000 SUBMIT DATE:260501080000 DONE DATE:260501080130 STAT:UNDELIV ERR:042 TEXT:",
            "A1-b2",
            Undeliverable,
            Some("042"),
            Some("2026-05-01T00:01:30.000Z"),
        ),
        (
            "stat:EXPIRED err:1 id:77 done_date:20260501080130 submit_date:20260501080000",
            "77",
            Expired,
            Some("1"),
            Some("2026-05-01T00:01:30.000Z"),
        ),
        ("id: 77 stat: Rejected err: 0 text: id:99 stat:DELIVRD", "77", Rejected, None, None),
        ("text:hello id:78 stat:delivered", "78", Delivered, None, None),
        ("id:79,stat:ACCEPTD,err:MK;0001", "79", Accepted, Some("MK"), None),
        ("id:80 stat:WHATEVER", "80", Unknown, None, None),
        ("id:7\u{b}8 stat:DELIVRD", "7", Delivered, None, None),
        ("id:90 stat:UNDELIV text:err:999 done date:2605010801", "90", Undeliverable, None, None),
        ("id:81", "81", Unknown, None, None),
        ("id:82 id:83 stat:DELIVRD stat:UNDELIV", "82", Delivered, None, None),
        ("msgid:1 id:84 stat:DELETED done date:yesterday", "84", Deleted, None, None),
    ] {
        let receipt = read_text(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((receipt.remote_id, receipt.state, receipt.error), (id, state, error), "{text}");
        let at = receipt.done.map(|clock| clock.at(Span::hours(8)).to_string());
        assert_eq!(at.as_deref(), done, "{text}");
    }
}

#[test]
fn a_text_without_an_id_is_no_receipt() {
    for text in
        ["", "id:", "id: stat:DELIVRD", "hello", "paid:5 stat:DELIVRD", "id:\u{3000}7", ":::", "id:\u{0}"]
    {
        assert_eq!(read_text(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn parameters_win_over_the_text() {
    let tlvs = TlvBuf::new()
        .with(Tag::RECEIPTED_MESSAGE_ID, Value::Text(b"7f"))
        .and_then(|tlvs| tlvs.with(Tag::MESSAGE_STATE, Value::One(5)))
        .and_then(|tlvs| tlvs.with(Tag::NETWORK_ERROR_CODE, Value::Octets(&[3, 0, 33])))
        .unwrap();
    let receipt = read(EsmClass::RECEIPT, tlvs.view(), b"id:127 stat:DELIVRD err:005").unwrap();
    assert_eq!((receipt.remote_id, receipt.state), ("7f", State::Undeliverable));
    assert_eq!((receipt.error, receipt.network_error), (Some("005"), Some((3, 33))));
    let alone = read(EsmClass::RECEIPT, tlvs.view(), b"").unwrap();
    assert_eq!((alone.remote_id, alone.state), ("7f", State::Undeliverable));
    assert!(alone.is_final());
    let on_the_way = read(EsmClass::INTERMEDIATE, tlvs.view(), b"").unwrap();
    assert!(!on_the_way.is_final());
}

#[test]
fn only_the_carrier_can_say_that_a_message_is_a_receipt() {
    let id = TlvBuf::new().with(Tag::RECEIPTED_MESSAGE_ID, Value::Text(b"1")).unwrap();
    assert!(is_receipt(EsmClass::RECEIPT, Tlvs::NONE));
    assert!(is_receipt(EsmClass(0x24), Tlvs::NONE));
    assert!(is_receipt(EsmClass::DEFAULT, id.view()));
    assert!(!is_receipt(EsmClass::DEFAULT, Tlvs::NONE));
    assert!(!is_receipt(EsmClass::UDHI, Tlvs::NONE));
}

#[test]
fn numbers_in_two_forms_meet() {
    for (numbering, answered, receipted) in [
        (Numbering::Same, "7F", "7F"),
        (Numbering::Decimal, "127", "0000000127"),
        (Numbering::Hex, "7f", "0000007F"),
        (Numbering::HexThenDecimal, "0000007F", "127"),
        (Numbering::HexThenDecimal, "7f", "0000000127"),
        (Numbering::DecimalThenHex, "127", "7F"),
        (Numbering::HexThenDecimal, "not-a-number", "not-a-number"),
    ] {
        assert_eq!(numbering.common(answered, false), numbering.common(receipted, true), "{numbering:?}");
    }
}

fn state() -> impl Strategy<Value = State> {
    (0u8..=9).prop_map(State::from_code)
}

proptest! {
    #[test]
    fn what_the_carrier_side_writes_reads_back(
        remote_id in "[0-9a-zA-Z-]{1,64}",
        state in state(),
        error in 0u16..1000,
    ) {
        let report = Report { remote_id: &remote_id, state, error, submitted: "2605010800", done: "2605010801" };
        let mut text = Vec::new();
        report.write_text(&mut text);
        let written = read_text(&text).unwrap();
        prop_assert_eq!((written.remote_id, written.state), (&*remote_id, state));
        prop_assert_eq!(written.error.and_then(|code| code.parse().ok()).unwrap_or(0u16), error);
        let tlvs = report.tlvs().unwrap();
        let receipt = read(EsmClass::RECEIPT, tlvs.view(), b"").unwrap();
        prop_assert_eq!((receipt.remote_id, receipt.state), (&*remote_id, state));
        prop_assert_eq!(receipt.network_error.map_or(0, |(_, code)| code), error);
    }

    #[test]
    fn shuffled_fields_say_the_same(order in Just(vec![0, 1, 2, 3, 4]).prop_shuffle(), upper in any::<bool>()) {
        let fields = ["id:42", "stat:DELIVRD", "err:007", "done date:2605010801", "dlvrd:001"];
        let mut text = order.iter().map(|&at: &usize| fields[at]).collect::<Vec<_>>().join(" ");
        if upper {
            text.make_ascii_uppercase();
        }
        let receipt = read_text(text.as_bytes()).unwrap();
        prop_assert_eq!((receipt.remote_id, receipt.state, receipt.error), ("42", State::Delivered, Some("007")));
        prop_assert!(receipt.done.is_some());
    }

    #[test]
    fn no_text_panics(text in "(id|stat|err|text|done date|submit date|sub|:| |,|[0-9a-zA-Z]|\\PC){0,40}", raw in any::<Vec<u8>>()) {
        let _ = read_text(text.as_bytes());
        let _ = read(EsmClass::RECEIPT, Tlvs::cut(&raw), &raw);
    }
}
