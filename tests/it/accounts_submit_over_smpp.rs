//! What an account submits over SMPP goes out as it should, is answered as it should, and can be asked for, taken back and
//! replaced.

use hongyan_tests::accounts::{NAME, PASSWORD, door, doors, smpp, smpp_of};
use hongyan_tests::esme::{Esme, message};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use wire::smpp::coding::encode_ucs2;
use wire::smpp::concat::{Concat, Width, write_header};
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::{
    BindKind, CancelSm, DataSm, Destination, Pdu, QuerySm, ReplaceSm, ShortMessage, SubmitMulti,
};
use wire::smpp::receipt::State;
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, Status};

const DOOR: &str = "[smpp]\nlisten = \"127.0.0.1:0\"";
const TO: &str = "13800001234";
const DIALLED: &str = "8613800001234";

fn setting(name: &str, more: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, more, "");
    doors(&folder, DOOR);
    (folder, smsc)
}

fn bind(server: &Server<'_>) -> Esme {
    Esme::bind(&door(server, "smpp"), BindKind::Transceiver, NAME, PASSWORD)
}

fn ucs2(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    encode_ucs2(&mut octets, text);
    octets
}

#[test]
fn texts_come_in_every_alphabet_and_go_out_signed() {
    let (folder, smsc) = setting("alphabets", "signatures = [\"鸿雁理财\"]");
    let server = Server::start(&folder);
    let mut esme = bind(&server);
    let gbk = [0xc4, 0xfa, 0xba, 0xc3];
    let chinese = ucs2("您好");
    for (data_coding, octets, expected) in [
        (0, &b"5\x1be is due"[..], "5€ is due"),
        (1, b"plain", "plain"),
        (3, b"caf\xe9", "café"),
        (8, &chinese, "您好"),
        (15, &gbk, "您好"),
    ] {
        let answer = esme.ask(&Pdu::Submit(ShortMessage { data_coding, ..message(TO, octets) }));
        answer.id();
        wait_until("the text", || smsc.texts_to(DIALLED).last().is_some_and(|text| text.contains(expected)));
    }
    let signed = ucs2("【鸿雁理财】到期提醒");
    esme.ask(&Pdu::Submit(ShortMessage { data_coding: 8, ..message(TO, &signed) })).id();
    wait_until("the account's own signature", || {
        smsc.texts_to(DIALLED).last().is_some_and(|text| text == "【鸿雁理财】到期提醒")
    });
    for (data_coding, octets, expected) in
        [(4, &b"\x01\x02"[..], Status::INVALID_DATA_CODING), (0, b"", Status::INVALID_MESSAGE_LENGTH)]
    {
        let answer = esme.ask(&Pdu::Submit(ShortMessage { data_coding, ..message(TO, octets) }));
        assert_eq!(answer.status, expected);
    }
    let answer = esme.ask(&Pdu::Submit(message("12", b"x")));
    assert_eq!(answer.status, Status::INVALID_DESTINATION);
    let foreign = Address::new(Default::default(), Default::default(), "BANK");
    let answer = esme.ask(&Pdu::Submit(ShortMessage { source: foreign, ..message(TO, b"x") }));
    assert_eq!(answer.status, Status::INVALID_SOURCE);
    server.stop();
}

#[test]
fn a_library_that_says_acknowledgement_by_default_is_heard() {
    let (folder, smsc) = setting("esm", "");
    let server = Server::start(&folder);
    let mut esme = bind(&server);
    for (esm_class, expected) in [(0x08, Status::OK), (0x04, Status::INVALID_ESM_CLASS)] {
        let submit = ShortMessage { esm_class: EsmClass(esm_class), ..message(TO, b"hello") };
        assert_eq!(esme.ask(&Pdu::Submit(submit)).status, expected, "{esm_class:#x}");
    }
    wait_until("the text", || smsc.texts_to(DIALLED).len() == 1);
    server.stop();
}

#[test]
fn long_messages_come_in_one_piece_or_in_many() {
    let (folder, smsc) = setting("long", "");
    let server = Server::start(&folder);
    let mut esme = bind(&server);
    let whole = "一二三四五六七八九十".repeat(12);
    let halves: Vec<String> =
        [whole.chars().take(60).collect(), whole.chars().skip(60).collect()].into_iter().collect();

    // As a parameter.
    let octets = ucs2(&whole);
    let tlvs = TlvBuf::new().with(Tag::MESSAGE_PAYLOAD, Value::Octets(&octets)).unwrap();
    let long = ShortMessage { data_coding: 8, tlvs: tlvs.view(), ..message(TO, b"") };
    let id = esme.ask(&Pdu::Submit(long)).id();
    assert_eq!(esme.delivery().receipt().remote_id, id, "one receipt for what was one message");
    assert!(smsc.texts_to(DIALLED).iter().any(|text| text.contains(&whole)));

    // With a header of either width; the second answer does not wait for the first part's.
    for (reference, width) in [(7, Width::Eight), (0x1234, Width::Sixteen)] {
        let mut ids = Vec::new();
        for (number, half) in (1..).zip(&halves) {
            let mut octets = Vec::new();
            write_header(&mut octets, Concat { reference, total: 2, number }, width);
            octets.extend(ucs2(half));
            let part = ShortMessage { data_coding: 8, esm_class: EsmClass::UDHI, ..message(TO, &octets) };
            ids.push(esme.ask(&Pdu::Submit(part)).id());
        }
        let mut told = vec![esme.delivery().receipt().remote_id, esme.delivery().receipt().remote_id];
        told.sort();
        ids.sort();
        assert_eq!(told, ids, "a receipt for each part");
    }
    // With parameters, the last part first.
    for number in [2u8, 1] {
        let octets = ucs2(&halves[usize::from(number) - 1]);
        let tlvs = TlvBuf::new()
            .with(Tag::SAR_MSG_REF_NUM, Value::Two(9))
            .and_then(|tlvs| tlvs.with(Tag::SAR_TOTAL_SEGMENTS, Value::One(2)))
            .and_then(|tlvs| tlvs.with(Tag::SAR_SEGMENT_SEQNUM, Value::One(number)))
            .unwrap();
        let part = ShortMessage { data_coding: 8, tlvs: tlvs.view(), ..message(TO, &octets) };
        esme.ask(&Pdu::Submit(part)).id();
    }
    let came = || smsc.texts_to(DIALLED).iter().filter(|text| text.contains(&whole)).count();
    wait_until("the long text four times", || came() == 4);
    server.stop();
}

#[test]
fn an_account_is_held_to_its_rate() {
    let (folder, smsc) = setting("tps", "tps = 5");
    let server = Server::start(&folder);
    let mut esme = bind(&server);
    let sequences: Vec<u32> =
        (0..50).map(|n| esme.send(&Pdu::Submit(message(&format!("138{n:08}"), b"rate")))).collect();
    let answers: Vec<Status> = sequences.into_iter().map(|n| esme.answer_to(n).status).collect();
    let taken = answers.iter().filter(|status| status.is_ok()).count();
    assert!((5..=15).contains(&taken), "{taken} at once");
    assert!(answers.iter().all(|status| [Status::OK, Status::THROTTLED].contains(status)), "{answers:?}");
    wait_until("those that were taken", || smsc.parts().len() == taken);
    server.stop();
}

#[test]
fn data_and_submits_to_many_are_taken() {
    let (folder, smsc) = setting("multi", "");
    let server = Server::start(&folder);
    let mut esme = bind(&server);
    let tlvs = TlvBuf::new().with(Tag::MESSAGE_PAYLOAD, Value::Octets(b"by data")).unwrap();
    let to = Address::international(DIALLED);
    let data = DataSm { destination: to, tlvs: tlvs.view(), ..DataSm::default() };
    esme.ask(&Pdu::Data(data)).id();
    wait_until("the data_sm", || smsc.texts_to(DIALLED).iter().any(|text| text.contains("by data")));

    let numbers = ["13900000001", "12", "13900000002"];
    let address = |text| Destination::Address(Address::new(Default::default(), Default::default(), text));
    let multi = SubmitMulti {
        destinations: numbers.iter().map(|number| address(number)).collect(),
        message: message("", b"to many"),
    };
    let answer = esme.ask(&Pdu::SubmitMulti(multi));
    let Pdu::SubmitMultiResp(response) = answer.pdu() else { panic!("{answer:?}") };
    let failed: Vec<_> = response.unsuccessful.iter().map(|one| (one.address.digits, one.status)).collect();
    assert_eq!(failed, [(&b"12"[..], Status::INVALID_DESTINATION)]);
    let receipts = [esme.delivery(), esme.delivery()];
    for receipt in &receipts {
        assert_eq!(receipt.receipt().remote_id, answer.id(), "all have the one id");
    }
    let mut from: Vec<_> = receipts.iter().map(|r| r.delivered().source.reveal().into_owned()).collect();
    from.sort();
    assert_eq!(from, ["13900000001", "13900000002"], "as they were written");
    server.stop();
}

#[test]
fn a_message_is_asked_for_replaced_and_taken_back() {
    let (folder, smsc) = setting("manage", "");
    folder.closed_now();
    smpp_of(&folder, "sales", "marketing", "", "");
    let server = Server::start(&folder);
    let mut core = bind(&server);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, "sales", PASSWORD);
    // Marketing has hours, and now is none of them.
    let id = esme.ask(&Pdu::Submit(message(TO, b"an offer"))).id();
    let query = |esme: &mut Esme, id: &str| {
        let source = Address::default();
        let answer = esme.ask(&Pdu::Query(QuerySm { message_id: id.as_bytes(), source }));
        match answer.pdu() {
            Pdu::QueryResp(found) if answer.status.is_ok() => Ok(State::from_code(found.message_state)),
            _ => Err(answer.status),
        }
    };
    assert_eq!(query(&mut esme, &id), Ok(State::Enroute));
    assert_eq!(query(&mut core, &id), Err(Status::QUERY_FAILED), "it is somebody else's");
    let replace = ReplaceSm { message_id: id.as_bytes(), short_message: b"another", ..ReplaceSm::default() };
    assert_eq!(esme.ask(&Pdu::Replace(replace)).status, Status::OK);
    assert_eq!(query(&mut esme, &id), Ok(State::Enroute), "the id stays");
    let cancel = |id: &'static str| CancelSm { message_id: id.as_bytes(), ..CancelSm::default() };
    let own = CancelSm { message_id: id.as_bytes(), ..CancelSm::default() };
    assert_eq!(esme.ask(&Pdu::Cancel(own)).status, Status::OK);
    assert_eq!(esme.ask(&Pdu::Cancel(own)).status, Status::CANCEL_FAILED, "it is gone");
    assert_eq!(esme.ask(&Pdu::Cancel(cancel("999999"))).status, Status::CANCEL_FAILED);
    assert_eq!(esme.ask(&Pdu::Cancel(cancel("what"))).status, Status::CANCEL_FAILED);
    assert_eq!(esme.ask(&Pdu::Replace(replace)).status, Status::REPLACE_FAILED);
    assert_eq!(query(&mut esme, "what"), Err(Status::INVALID_MESSAGE_ID));
    assert_eq!(query(&mut esme, "999999"), Err(Status::QUERY_FAILED));

    let now = core.ask(&Pdu::Submit(message("13800009999", b"your code"))).id();
    assert_eq!(core.delivery().receipt().state, State::Delivered);
    wait_until("its end in the views", || query(&mut core, &now) == Ok(State::Delivered));
    let late = CancelSm { message_id: now.as_bytes(), ..CancelSm::default() };
    assert_eq!(core.ask(&Pdu::Cancel(late)).status, Status::CANCEL_FAILED);
    assert!(smsc.texts_to(DIALLED).is_empty(), "nothing of the offer went out");
    server.stop();
}
