//! Who may log in over CMPP and in which version, whether both sides notice that the other is there, and what a client's
//! mistakes cost: an answer with the protocol's own error, and not the link.

use hongyan_tests::accounts::{NAME, PASSWORD, cmpp, door, doors, smpp};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::sp::{Sp, message};
use hongyan_tests::wait_until;
use wire::cmpp::pdu::{MessageResp, Query};
use wire::cmpp::{CommandId, ConnectStatus, MsgFmt, MsgId, Pdu, ResultCode, Version};

const DOOR: &str = "[cmpp]\nlisten = \"127.0.0.1:0\"\ngateway = 4321";
const SP: &str = "901234";
const BOTH: [Version; 2] = [Version::V2, Version::V3];

fn setting(name: &str, account: &str, section: &str, door: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, account, "");
    cmpp(&folder, NAME, SP, section);
    doors(&folder, &format!("{DOOR}\n{door}"));
    (folder, smsc)
}

#[test]
fn a_login_is_judged_and_both_sides_prove_themselves() {
    let (folder, _smsc) = setting("cmpp-login", "", "binds = 2", "");
    smpp(&folder, "far", "allow = [\"10.0.0.0/8\"]", "");
    cmpp(&folder, "far", "900002", "");
    smpp(&folder, "old", "", "");
    cmpp(&folder, "old", "900003", "version = \"2.0\"");
    let server = Server::start(&folder);
    let address = door(&server, "cmpp");
    for version in BOTH {
        for (sp_id, secret, octet, expected) in [
            ("900009", PASSWORD, version.octet(), ConnectStatus::SOURCE),
            (SP, "wrong", version.octet(), ConnectStatus::AUTHENTICATION),
            ("900002", PASSWORD, version.octet(), ConnectStatus::SOURCE),
            (SP, PASSWORD, 0x40, ConnectStatus::VERSION),
        ] {
            // What nobody knows is answered as the highest that we do.
            let mut sp = Sp::connect(&address, if octet == 0x40 { Version::V3 } else { version });
            assert_eq!(sp.ask_to_log_in(sp_id, secret, octet).status, expected, "{sp_id} 0x{octet:02x}");
            assert!(sp.is_closed());
        }
        let mut sp = Sp::connect(&address, version);
        let answer = sp.ask_to_log_in(SP, PASSWORD, version.octet());
        assert_eq!((answer.status, answer.version), (ConnectStatus::OK, version.octet()));
        assert_eq!(sp.ask(&Pdu::Terminate).command, CommandId::TERMINATE_RESP);
        assert!(sp.is_closed());
    }
    // A contract says 2.0, whatever the client asks for.
    let mut old = Sp::connect(&address, Version::V2);
    assert_eq!(old.ask_to_log_in("900003", PASSWORD, 0x30).version, 0x20);
    old.ask(&Pdu::Submit(message(&["13800001234"], MsgFmt::ASCII, b"in 2.0"))).id();

    let mut seated: Vec<Sp> = Vec::new();
    wait_until("two seats", || {
        let mut sp = Sp::connect(&address, Version::V3);
        if sp.ask_to_log_in(SP, PASSWORD, 0x30).status.is_ok() {
            seated.push(sp);
        }
        seated.len() == 2
    });
    let mut third = Sp::connect(&address, Version::V3);
    assert_eq!(third.ask_to_log_in(SP, PASSWORD, 0x30).status, ConnectStatus::OTHER);
    assert!(!server.err().contains(PASSWORD));
    server.stop();
    assert!(seated.iter_mut().all(Sp::is_closed), "a stop lets nobody hang");
}

#[test]
fn both_sides_ask_whether_the_other_is_there() {
    let (folder, _smsc) = setting("cmpp-alive", "", "", "enquire_seconds = 1");
    let server = Server::start(&folder);
    let address = door(&server, "cmpp");
    for version in BOTH {
        let mut sp = Sp::log_in(&address, version, SP, PASSWORD);
        assert_eq!(sp.ask(&Pdu::ActiveTest).command, CommandId::ACTIVE_TEST_RESP);
        sp.is_alive = false;
        let asked = sp.request(CommandId::ACTIVE_TEST);
        sp.send_as(asked.sequence, &Pdu::ActiveTestResp);
        let again = sp.request(CommandId::ACTIVE_TEST);
        assert_ne!(again.sequence, asked.sequence);
        sp.send_as(again.sequence, &Pdu::ActiveTestResp);
        let answer = sp.ask(&Pdu::Submit(message(&["13800001234"], MsgFmt::ASCII, b"still here")));
        answer.id();
    }
    server.stop();
}

#[test]
fn a_mistake_costs_an_answer_and_not_the_link() {
    let (folder, smsc) = setting("cmpp-mistakes", "", "", "");
    let server = Server::start(&folder);
    let address = door(&server, "cmpp");
    for (version, numbers_at) in [(Version::V2, 128), (Version::V3, 140)] {
        let mut early = Sp::connect(&address, version);
        let refused = early.ask(&Pdu::Submit(message(&["13800001234"], MsgFmt::ASCII, b"early")));
        // Before a login all is read and written as 2.0.
        assert_eq!((refused.command, refused.body.len()), (CommandId::SUBMIT_RESP, 9));
        assert_ne!(refused.body.last(), Some(&0));

        let mut sp = Sp::log_in(&address, version, SP, PASSWORD);
        let to = ["13800001234"];
        let good = message(&to, MsgFmt::ASCII, b"good");
        let mut octets = Vec::new();
        wire::cmpp::pdu::encode(&mut octets, version, 90, &Pdu::Submit(good)).unwrap();
        for (at, with, expected) in
            [(numbers_at, 0, ResultCode::STRUCTURE), (numbers_at, 9, ResultCode::LENGTH)]
        {
            let mut wrong = octets.clone();
            wrong[at] = with;
            sp.write(&wrong);
            let answer = sp.answer_to(90);
            assert_eq!(answer.answer(), MessageResp { msg_id: MsgId::NONE, result: expected }, "{version:?}");
        }
        // An answer to what nobody asked, and a second login: said or dropped, and the link goes on.
        sp.send_as(77, &Pdu::DeliverResp(MessageResp::default()));
        let again = sp.ask(&Pdu::Connect(Default::default()));
        assert_eq!(again.command, CommandId::CONNECT_RESP);
        // A command that is none: there is no answer for it, so the next one shows that it did no harm.
        sp.write(&[0, 0, 0, 12, 0, 0, 0x77, 0x77, 0, 0, 0, 91]);
        assert_eq!(sp.ask(&Pdu::ActiveTest).command, CommandId::ACTIVE_TEST_RESP);
        // The text is none that the alphabet has, the sender is somebody else's, the number is no number.
        for (submit, expected) in [
            (message(&to, MsgFmt::BINARY, b"\x01"), ResultCode::STRUCTURE),
            (message(&to, MsgFmt::ASCII, b""), ResultCode::LENGTH),
        ] {
            assert_eq!(sp.ask(&Pdu::Submit(submit)).answer().result, expected);
        }
        let number = |code| if version == Version::V2 { ResultCode(9) } else { code };
        let foreign = wire::cmpp::pdu::Submit { src_id: b"95588", ..good };
        assert_eq!(sp.ask(&Pdu::Submit(foreign)).answer().result, number(ResultCode::SRC_ID));
        let nobody = message(&["12"], MsgFmt::ASCII, b"x");
        assert_eq!(sp.ask(&Pdu::Submit(nobody)).answer().result, number(ResultCode::DESTINATION));
        // Every one of them was counted, and the link still takes messages.
        sp.ask(&Pdu::Submit(good)).id();
        let query = Query { time: b"20261123", ..Query::default() };
        let figures = sp.ask(&Pdu::Query(query));
        let Pdu::QueryResp(figures) = figures.pdu() else { panic!("{figures:?}") };
        assert!(figures.mt_failed >= 4 && figures.mt_sent >= 1, "{figures:?}");
        // A length that can only be a mistake, and so much behind it that no header can be found.
        sp.write(&[0xff; 9_000]);
        assert!(sp.is_closed());
    }
    assert_eq!(smsc.texts_to("8613800001234").iter().filter(|text| text.contains("early")).count(), 0);
    server.stop();
}

#[test]
fn a_client_that_does_not_wait_is_told_to() {
    let (folder, smsc) = setting("cmpp-window", "", "window = 5", "");
    let server = Server::start(&folder);
    let mut sp = Sp::log_in(&door(&server, "cmpp"), Version::V3, SP, PASSWORD);
    let mut octets = Vec::new();
    for n in 0..50 {
        let to = [&*format!("138{n:08}")];
        let submit = Pdu::Submit(message(&to, MsgFmt::ASCII, b"window"));
        wire::cmpp::pdu::encode(&mut octets, Version::V3, 1_000 + n, &submit).unwrap();
    }
    sp.write(&octets);
    let results: Vec<ResultCode> = (0..50).map(|n| sp.answer_to(1_000 + n).answer().result).collect();
    let taken = results.iter().filter(|result| result.is_ok()).count();
    assert!((5..50).contains(&taken), "{taken} at once");
    assert!(results.iter().all(|result| result.is_ok() || *result == ResultCode::FLOW), "{results:?}");
    wait_until("those that were taken", || smsc.parts().len() == taken);
    sp.ask(&Pdu::Submit(message(&["13800009999"], MsgFmt::ASCII, b"one at a time"))).id();
    server.stop();
}
