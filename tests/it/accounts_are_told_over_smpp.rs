//! What became of a message reaches the account that handed it in: on another bind, after a reconnect, after a power cut,
//! and again if it was not acknowledged. What customers write to its number reaches it as well.

use hongyan_tests::accounts::{NAME, PASSWORD, door, doors, smpp};
use hongyan_tests::esme::{Esme, message};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use std::collections::BTreeSet;
use std::time::Duration;
use wire::smpp::coding::decode_ucs2;
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::{BindKind, Pdu, ShortMessage};
use wire::smpp::receipt::State;
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, Status};

const DOOR: &str = "[smpp]\nlisten = \"127.0.0.1:0\"";

fn setting(name: &str, more: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, more, "");
    doors(&folder, DOOR);
    (folder, smsc)
}

#[test]
fn a_receipt_says_what_the_account_wrote() {
    let (folder, _smsc) = setting("receipt", "extension = \"12\"");
    let server = Server::start(&folder);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    let tlvs = TlvBuf::new().with(Tag::USER_MESSAGE_REFERENCE, Value::Two(4_711)).unwrap();
    let source = Address::new(Default::default(), Default::default(), "10690000112");
    let submit = ShortMessage {
        source,
        tlvs: tlvs.view(),
        service_type: b"C",
        ..message("+8613800001234", b"as it was written")
    };
    let id = esme.ask(&Pdu::Submit(submit)).id();
    let heard = esme.delivery();
    let (receipt, delivered) = (heard.receipt(), heard.delivered());
    assert_eq!((receipt.remote_id.as_str(), receipt.state), (id.as_str(), State::Delivered));
    assert_eq!(delivered.esm_class, EsmClass::RECEIPT);
    assert_eq!(delivered.source.digits, b"+8613800001234");
    assert_eq!(delivered.destination.digits, b"10690000112");
    assert_eq!(delivered.service_type, b"C");
    let reference = delivered.tlvs.find(Tag::USER_MESSAGE_REFERENCE).and_then(|tlv| tlv.uint());
    assert_eq!(reference, Some(4_711));
    assert!(delivered.short_message.starts_with(format!("id:{id} sub:001 dlvrd:001").as_bytes()));

    let silent = ShortMessage { registered_delivery: Default::default(), ..message("13800001234", b"x") };
    esme.ask(&Pdu::Submit(silent)).id();
    assert!(esme.is_quiet(Duration::from_millis(300)), "nobody asked for a receipt");
    server.stop();
}

#[test]
fn receipts_wait_for_the_account() {
    let (folder, smsc) = setting("waiting", "");
    let server = Server::start(&folder);
    let mut sender = Esme::bind(&door(&server, "smpp"), BindKind::Transmitter, NAME, PASSWORD);
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let submit = |esme: &mut Esme, n: usize| {
        let to = format!("138{n:08}");
        esme.ask(&Pdu::Submit(message(&to, b"wait for me"))).id()
    };
    ids.extend((0..20).map(|n| submit(&mut sender, n)));
    server.reaches("/deliver/delivered", 20);
    // One that takes receipts and acknowledges none of them.
    let mut deaf = Esme::bind(&door(&server, "smpp"), BindKind::Receiver, NAME, PASSWORD);
    deaf.answers = false;
    let unacknowledged: BTreeSet<String> = (0..20).map(|_| deaf.delivery().receipt().remote_id).collect();
    assert_eq!(unacknowledged, ids);
    drop(deaf);
    let mut receiver = Esme::bind(&door(&server, "smpp"), BindKind::Receiver, NAME, PASSWORD);
    receiver.answers = false;
    let mut told = BTreeSet::new();
    for n in 0..20 {
        let heard = receiver.delivery();
        // Half of them before the power goes.
        if n < 10 {
            receiver.answer(&heard, Status::OK);
            told.insert(heard.receipt().remote_id);
        }
    }
    ids.extend((20..30).map(|n| submit(&mut sender, n)));
    server.reaches("/deliver/delivered", 30);
    server.kill();

    let server = Server::start(&folder);
    let mut receiver = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    let mut again = 0;
    while told.len() < 30 {
        again += usize::from(!told.insert(receiver.delivery().receipt().remote_id));
    }
    assert_eq!(told, ids, "none is missing");
    assert!(again <= 10, "only what was not settled yet comes twice: {again}");
    assert!(receiver.is_quiet(Duration::from_millis(300)));
    assert_eq!(smsc.parts().len(), 30);
    server.stop();

    let server = Server::start(&folder);
    let mut receiver = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    assert!(receiver.is_quiet(Duration::from_millis(300)), "what was acknowledged is settled");
    server.stop();
}

#[test]
fn a_receipt_that_is_refused_for_now_comes_again() {
    let (folder, _smsc) = setting("again", "");
    let server = Server::start(&folder);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    esme.answers = false;
    let id = esme.ask(&Pdu::Submit(message("13800001234", b"later"))).id();
    let heard = esme.delivery();
    esme.answer(&heard, Status::RECEIVER_TEMPORARY);
    let heard = esme.delivery();
    assert_eq!(heard.receipt().remote_id, id);
    esme.answer(&heard, Status::OK);
    let never = esme.ask(&Pdu::Submit(message("13800001235", b"never"))).id();
    let heard = esme.delivery();
    assert_eq!(heard.receipt().remote_id, never);
    esme.answer(&heard, Status::RECEIVER_REJECT);
    assert!(esme.is_quiet(Duration::from_millis(1_500)), "it is parked");
    server.stop();
}

#[test]
fn replies_to_an_accounts_number_reach_it() {
    let (folder, smsc) = setting("replies", "extension = \"12\"");
    let server = Server::start(&folder);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    esme.ask(&Pdu::Submit(message("13800001234", b"what do you say?"))).id();
    esme.delivery();
    smsc.reply_to("8613800001234", "1069000011234", "好的");
    let heard = esme.delivery();
    let delivered = heard.delivered();
    assert_eq!(delivered.source.digits, b"8613800001234");
    assert_eq!(delivered.destination.digits, b"1069000011234");
    assert_eq!((delivered.data_coding, decode_ucs2(delivered.short_message)), (8, "好的".to_owned()));
    server.stop();
}
