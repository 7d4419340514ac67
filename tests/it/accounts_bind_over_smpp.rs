//! Who may bind, how, and what a client cannot do to us: wrong passwords, wrong addresses, too many binds, garbage,
//! silence.

use hongyan_tests::accounts::{NAME, PASSWORD, door, doors, smpp};
use hongyan_tests::esme::{Esme, message};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use wire::smpp::Status;
use wire::smpp::command::CommandId;
use wire::smpp::pdu::{BindKind, Pdu};

const DOOR: &str = "[smpp]\nlisten = \"127.0.0.1:0\"";

fn setting(name: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    (folder, smsc)
}

#[test]
fn every_kind_of_bind_may_do_its_part() {
    let (folder, _smsc) = setting("binds");
    smpp(&folder, NAME, "", "binds = 3");
    doors(&folder, DOOR);
    let server = Server::start(&folder);
    let address = door(&server, "smpp");
    let mut transmitter = Esme::bind(&address, BindKind::Transmitter, NAME, PASSWORD);
    let mut receiver = Esme::bind(&address, BindKind::Receiver, NAME, PASSWORD);
    let refused = receiver.ask(&Pdu::Submit(message("13800001234", b"no")));
    assert_eq!(refused.status, Status::INVALID_BIND_STATUS);
    let id = transmitter.ask(&Pdu::Submit(message("13800001234", b"yes"))).id();
    assert_eq!(receiver.delivery().receipt().remote_id, id, "receipts go to who receives");
    let mut transceiver = Esme::connect(&address);
    let answer = transceiver.ask_to_bind(BindKind::Transceiver, NAME, PASSWORD, 0x50);
    assert_eq!(answer.status, Status::OK);
    let Pdu::BindResp(_, bound) = answer.pdu() else { panic!("{answer:?}") };
    assert_eq!(bound.system_id, b"hongyan");
    assert!(!bound.tlvs.is_empty(), "the version that is spoken");

    let mut fourth = Esme::connect(&address);
    assert_eq!(fourth.ask_to_bind(BindKind::Transceiver, NAME, PASSWORD, 0x34).status, Status::ALREADY_BOUND);
    assert!(fourth.is_closed());
    assert_eq!(transmitter.ask(&Pdu::Unbind).command, CommandId::UNBIND_RESP);
    assert!(transmitter.is_closed());
    wait_until("a seat that is free again", || {
        let mut again = Esme::connect(&address);
        again.ask_to_bind(BindKind::Transmitter, NAME, PASSWORD, 0x34).status == Status::OK
    });
    assert_eq!(transceiver.ask(&Pdu::EnquireLink).command, CommandId::ENQUIRE_LINK_RESP);
    server.stop();
    assert!(transceiver.is_closed(), "a stop lets nobody hang");
}

#[test]
fn a_wrong_bind_hears_why() {
    let (folder, _smsc) = setting("wrong-binds");
    smpp(&folder, NAME, "", "");
    smpp(&folder, "far", "allow = [\"10.0.0.0/8\"]", "");
    doors(&folder, DOOR);
    let server = Server::start(&folder);
    let address = door(&server, "smpp");
    for (name, password, expected) in [
        ("nobody", PASSWORD, Status::INVALID_SYSTEM_ID),
        (NAME, "wrong", Status::INVALID_PASSWORD),
        (NAME, "", Status::INVALID_PASSWORD),
        ("far", PASSWORD, Status::BIND_FAILED),
    ] {
        let mut esme = Esme::connect(&address);
        let answer = esme.ask_to_bind(BindKind::Transceiver, name, password, 0x34);
        assert_eq!((answer.command, answer.status), (CommandId::BIND_TRANSCEIVER_RESP, expected), "{name}");
        assert!(esme.is_closed());
    }
    let mut early = Esme::connect(&address);
    let answer = early.ask(&Pdu::Submit(message("13800001234", b"x")));
    assert_eq!(answer.status, Status::INVALID_BIND_STATUS);
    let mut bound = Esme::bind(&address, BindKind::Transceiver, NAME, PASSWORD);
    let twice = bound.ask_to_bind(BindKind::Transceiver, NAME, PASSWORD, 0x34);
    assert_eq!(twice.status, Status::ALREADY_BOUND);
    assert!(!server.err().contains(PASSWORD));
    server.stop();
}

#[test]
fn garbage_costs_a_pdu_and_not_the_link() {
    let (folder, _smsc) = setting("garbage");
    smpp(&folder, NAME, "", "");
    doors(&folder, DOOR);
    let server = Server::start(&folder);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    // A command that nobody knows.
    esme.write(&[0, 0, 0, 16, 0, 0, 0x77, 0x77, 0, 0, 0, 0, 0, 0, 0, 99]);
    let nack = esme.answer_to(99);
    assert_eq!((nack.command, nack.status), (CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID));
    // A submit_sm whose body ends in the middle.
    esme.write(&[0, 0, 0, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 98, 0, 1]);
    let refused = esme.answer_to(98);
    assert_eq!(
        (refused.command, refused.status),
        (CommandId::SUBMIT_SM_RESP, Status::INVALID_COMMAND_LENGTH)
    );
    assert_eq!(esme.ask(&Pdu::EnquireLink).command, CommandId::ENQUIRE_LINK_RESP);
    // A length that can only be a mistake ends the link, and nothing is read for it.
    esme.write(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 97]);
    assert!(esme.is_closed());
    server.stop();
}

#[test]
fn one_address_holds_so_many_connections() {
    let (folder, _smsc) = setting("connections");
    smpp(&folder, NAME, "", "");
    doors(&folder, &format!("{DOOR}\nconnections_per_address = 2"));
    let server = Server::start(&folder);
    let address = door(&server, "smpp");
    let mut first = Esme::connect(&address);
    let mut second = Esme::bind(&address, BindKind::Transceiver, NAME, PASSWORD);
    assert!(Esme::connect(&address).is_closed(), "the third");
    assert_eq!(second.ask(&Pdu::EnquireLink).command, CommandId::ENQUIRE_LINK_RESP);
    assert_eq!(first.ask_to_bind(BindKind::Receiver, NAME, PASSWORD, 0x34).status, Status::OK);
    server.stop();
}
