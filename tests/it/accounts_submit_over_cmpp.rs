//! What an account submits over CMPP goes out as it should: short, long, to many; it is told what became of it and what
//! customers write to it, on another connection and after a restart as well; and it may take messages back.

use hongyan_tests::accounts::{NAME, PASSWORD, cmpp, door, doors, smpp, smpp_of};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::sp::{Sp, message};
use hongyan_tests::wait_until;
use std::collections::BTreeSet;
use std::time::Duration;
use wire::cmpp::content::{split, write_header};
use wire::cmpp::pdu::{Query, Submit};
use wire::cmpp::report::Stat;
use wire::cmpp::{CommandId, MsgFmt, MsgId, Pdu, ResultCode, Version};
use wire::msg_fmt::{encode_gbk, encode_ucs2};
use wire::smpp::concat::{Concat, Width};

const DOOR: &str = "[cmpp]\nlisten = \"127.0.0.1:0\"\ngateway = 4321";
const SP: &str = "901234";
const TO: &str = "13800001234";
const DIALLED: &str = "8613800001234";
const BOTH: [Version; 2] = [Version::V2, Version::V3];

fn setting(name: &str, more: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, more, "");
    cmpp(&folder, NAME, SP, "");
    doors(&folder, DOOR);
    (folder, smsc)
}

fn log_in(server: &Server<'_>, version: Version) -> Sp {
    Sp::log_in(&door(server, "cmpp"), version, SP, PASSWORD)
}

fn ucs2(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    encode_ucs2(&mut octets, text);
    octets
}

#[test]
fn a_text_goes_out_and_its_report_comes_back() {
    let (folder, smsc) = setting("cmpp-text", "signatures = [\"鸿雁理财\"]\nextension = \"12\"");
    let server = Server::start(&folder);
    let mut gbk = Vec::new();
    encode_gbk(&mut gbk, "您好").unwrap();
    let (chinese, signed) = (ucs2("余额变动"), ucs2("【鸿雁理财】到期提醒"));
    for version in BOTH {
        let mut sp = log_in(&server, version);
        for (msg_fmt, octets, expected) in [
            (MsgFmt::ASCII, &b"your code"[..], "your code"),
            (MsgFmt::GBK, &gbk, "您好"),
            (MsgFmt::UCS2, &chinese, "余额变动"),
            (MsgFmt::UCS2, &signed, "【鸿雁理财】到期提醒"),
        ] {
            let submit = Submit { src_id: b"10690000112", ..message(&[TO], msg_fmt, octets) };
            let id = sp.ask(&Pdu::Submit(submit)).id();
            let heard = sp.delivery();
            let (report, deliver) = (heard.report(), heard.delivered());
            assert_eq!((report.msg_id, report.stat), (id, Stat::DELIVERED), "{version:?}");
            assert_eq!((report.destination.reveal(), deliver.dest_id), (TO, &b"10690000112"[..]));
            assert!(smsc.texts_to(DIALLED).last().is_some_and(|text| text.contains(expected)), "{expected}");
        }
        let silent = Submit { registered_delivery: 0, ..message(&[TO], MsgFmt::ASCII, b"silent") };
        sp.ask(&Pdu::Submit(silent)).id();
        assert!(sp.is_quiet(Duration::from_millis(300)), "nobody asked for a report");
        sp.ask(&Pdu::Terminate);
    }
    server.stop();
}

#[test]
fn a_long_text_comes_in_parts_and_each_has_its_report() {
    let (folder, smsc) = setting("cmpp-long", "");
    let server = Server::start(&folder);
    let whole = "一二三四五六七八九十".repeat(12);
    let halves = [whole.chars().take(60).collect::<String>(), whole.chars().skip(60).collect()];
    for (version, width, order) in
        [(Version::V2, Width::Eight, [1, 2]), (Version::V3, Width::Sixteen, [2, 1])]
    {
        let mut sp = log_in(&server, version);
        let mut ids = BTreeSet::new();
        for number in order {
            let mut octets = Vec::new();
            write_header(&mut octets, Concat { reference: 77, total: 2, number }, width);
            octets.extend(ucs2(&halves[usize::from(number) - 1]));
            let part = message(&[TO], MsgFmt::UCS2, &octets);
            let part = Submit { pk_total: 2, pk_number: number, tp_udhi: 1, ..part };
            ids.insert(sp.ask(&Pdu::Submit(part)).id());
        }
        let told: BTreeSet<MsgId> = (0..2).map(|_| sp.delivery().report().msg_id).collect();
        assert_eq!((told.len(), &told), (2, &ids), "a report for each part");
        sp.ask(&Pdu::Terminate);
    }
    let came = smsc.texts_to(DIALLED).iter().filter(|text| text.contains(&whole)).count();
    assert_eq!(came, 2, "whole, once each time");
    server.stop();
}

#[test]
fn a_submit_to_many_is_a_message_each() {
    let (folder, smsc) = setting("cmpp-many", "");
    let server = Server::start(&folder);
    for version in BOTH {
        let mut sp = log_in(&server, version);
        let numbers: Vec<String> = (0..99).map(|n| format!("137{n:08}")).collect();
        let to: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let first = sp.ask(&Pdu::Submit(message(&to, MsgFmt::ASCII, b"to all of you"))).id();
        let mut told = BTreeSet::new();
        for _ in 0..99 {
            let report = sp.delivery().report();
            let place = to.iter().position(|number| *number == report.destination.reveal()).unwrap();
            // The nth number's id is the nth after the first.
            assert_eq!((report.msg_id, report.stat), (first.nth(place as u16), Stat::DELIVERED));
            told.insert(place);
        }
        assert_eq!(told.len(), 99);
        // One bad number, and none of them is written to.
        let mixed = ["13900000001", "12", "13900000002"];
        let refused = sp.ask(&Pdu::Submit(message(&mixed, MsgFmt::ASCII, b"not to you"))).answer();
        let expected = if version == Version::V2 { ResultCode(9) } else { ResultCode::DESTINATION };
        assert_eq!(refused.result, expected);
        sp.ask(&Pdu::Terminate);
    }
    assert_eq!(smsc.parts().len(), 198);
    server.stop();
}

#[test]
fn reports_wait_for_the_account_through_a_power_cut() {
    let (folder, _smsc) = setting("cmpp-waiting", "");
    let server = Server::start(&folder);
    let mut sp = log_in(&server, Version::V3);
    sp.answers = false;
    let id = sp.ask(&Pdu::Submit(message(&[TO], MsgFmt::ASCII, b"wait for me"))).id();
    let heard = sp.delivery();
    assert_eq!(heard.report().msg_id, id);
    sp.answer(&heard, ResultCode::FLOW);
    let again = sp.delivery();
    assert_eq!(again.report().msg_id, id, "it was refused for now only");
    drop(sp);
    server.kill();

    let server = Server::start(&folder);
    let mut sp = log_in(&server, Version::V2);
    let heard = sp.delivery();
    assert_eq!((heard.report().msg_id, heard.report().stat), (id, Stat::DELIVERED));
    assert!(sp.is_quiet(Duration::from_millis(300)));
    server.stop();
    let server = Server::start(&folder);
    let mut sp = log_in(&server, Version::V3);
    assert!(sp.is_quiet(Duration::from_millis(300)), "what was acknowledged is settled");
    server.stop();
}

#[test]
fn what_a_customer_writes_is_delivered() {
    let (folder, smsc) = setting("cmpp-replies", "extension = \"12\"");
    let server = Server::start(&folder);
    let mut sp = log_in(&server, Version::V3);
    sp.ask(&Pdu::Submit(message(&[TO], MsgFmt::ASCII, b"what do you say?"))).id();
    sp.delivery().report();
    smsc.reply_to(DIALLED, "1069000011234", "好的");
    let heard = sp.delivery();
    let deliver = heard.delivered();
    assert_eq!((deliver.src_terminal_id, deliver.dest_id), (TO.as_bytes(), &b"1069000011234"[..]));
    assert!(!deliver.is_report());
    assert_eq!((deliver.msg_fmt, deliver.content), (MsgFmt::UCS2, &*ucs2("好的")));
    // As long as a customer may write: in parts, which belong together.
    let long = "很好".repeat(60);
    smsc.reply_to(DIALLED, "10690000112", &long);
    let mut text = String::new();
    for number in [1, 2] {
        let heard = sp.delivery();
        let deliver = heard.delivered();
        let (concat, octets) = split(deliver.tp_udhi, deliver.content);
        assert_eq!(concat.map(|part| (part.total, part.number)), Some((2, number)));
        text += &deliver.msg_fmt.decode(octets).unwrap();
    }
    assert_eq!(text, long);
    server.stop();
}

#[test]
fn a_message_is_taken_back_and_the_day_is_counted() {
    let (folder, smsc) = setting("cmpp-manage", "");
    folder.closed_now();
    smpp_of(&folder, "sales", "marketing", "", "");
    cmpp(&folder, "sales", "900002", "");
    let server = Server::start(&folder);
    let mut core = log_in(&server, Version::V3);
    let mut sales = Sp::log_in(&door(&server, "cmpp"), Version::V2, "900002", PASSWORD);
    // Marketing has hours, and now is none of them.
    let one = sales.ask(&Pdu::Submit(message(&[TO], MsgFmt::ASCII, b"an offer"))).id();
    let two = ["13900000001", "13900000002"];
    let many = sales.ask(&Pdu::Submit(message(&two, MsgFmt::ASCII, b"for both"))).id();
    let cancel = |sp: &mut Sp, id: MsgId| {
        let answer = sp.ask(&Pdu::Cancel(id));
        assert_eq!(answer.command, CommandId::CANCEL_RESP);
        let Pdu::CancelResp(outcome) = answer.pdu() else { panic!("{answer:?}") };
        outcome
    };
    assert_eq!(cancel(&mut core, one), 1, "it is somebody else's");
    assert_eq!((cancel(&mut sales, one), cancel(&mut sales, one)), (0, 1), "once");
    assert_eq!((cancel(&mut sales, many), cancel(&mut sales, many)), (0, 1), "both at once");
    assert_eq!(cancel(&mut sales, MsgId(7)), 1);
    let done = core.ask(&Pdu::Submit(message(&["13800009999"], MsgFmt::ASCII, b"your code"))).id();
    assert_eq!(core.delivery().report().stat, Stat::DELIVERED);
    assert_eq!(cancel(&mut core, done), 1, "too late");
    core.ask(&Pdu::Submit(message(&["12"], MsgFmt::ASCII, b"x"))).answer();

    let asked = Query { time: b"20261123", query_type: 1, query_code: b"C" };
    let answer = core.ask(&Pdu::Query(asked));
    let Pdu::QueryResp(figures) = answer.pdu() else { panic!("{answer:?}") };
    assert_eq!((figures.time, figures.query_type, figures.query_code), (&b"20261123"[..], 1, &b"C"[..]));
    assert_eq!((figures.mt_messages, figures.mt_sent, figures.mt_failed), (2, 1, 1));
    wait_until("the report among its figures", || {
        let answer = core.ask(&Pdu::Query(asked));
        matches!(answer.pdu(), Pdu::QueryResp(figures) if figures.mo_sent == 1)
    });
    assert!(smsc.texts_to(DIALLED).is_empty(), "nothing of the offer went out");
    server.stop();
}
