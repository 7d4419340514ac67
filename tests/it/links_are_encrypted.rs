//! TLS really shakes hands: accounts bind over it, carriers are reached over it, callbacks go out over it; and who cannot
//! prove to be who they should be gets nothing, and is named with the reason.

use hongyan_tests::accounts::{NAME, PASSWORD, door, doors, smpp};
use hongyan_tests::esme::{Esme, message};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::tls::Authority;
use hongyan_tests::{http, wait_for, wait_until};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;
use wire::smpp::Status;
use wire::smpp::pdu::{BindKind, Pdu};

#[test]
fn an_account_binds_over_tls() {
    let (folder, smsc) = (Folder::new("tls-north"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, "", "");
    let authority = Authority::make();
    let identity = authority.identity("localhost");
    folder.write("chain.pem", &identity.chain);
    folder.write("key.pem", &identity.key);
    doors(
        &folder,
        "[smpp]\nlisten_tls = \"127.0.0.1:0\"\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\nlogin_seconds = 2",
    );
    let server = Server::start(&folder);
    let address = door(&server, "smpp+tls");
    let stream = authority.connect(&address, "localhost").unwrap();
    let mut esme = Esme::over(stream);
    let answer = esme.ask_to_bind(BindKind::Transceiver, NAME, PASSWORD, 0x34);
    assert_eq!(answer.status, Status::OK);
    let id = esme.ask(&Pdu::Submit(message("13800001234", b"over TLS"))).id();
    assert_eq!(esme.delivery().receipt().remote_id, id);
    // Whoever trusts somebody else, or expects another name, does not get as far as a bind.
    let strangers = Authority::make().connect(&address, "localhost").map(drop).unwrap_err();
    assert!(strangers.to_string().contains("UnknownIssuer"), "{strangers}");
    assert!(authority.connect(&address, "bank.example").is_err());
    // In clear there is nothing here, and saying nothing at all is not waited for.
    let mut plain = Esme::connect(&address);
    plain.write(&[0; 64]);
    assert!(plain.is_closed());
    assert!(Esme::connect(&address).is_closed(), "a handshake that does not come");
    wait_until("both in the log", || {
        server.err().contains("no TLS in time") && server.err().contains("no TLS")
    });
    server.stop();
}

#[test]
fn a_carrier_is_reached_over_tls_and_must_prove_itself() {
    let (folder, smsc) = (Folder::new("tls-south"), Smsc::start(1));
    let (authority, other) = (Authority::make(), Authority::make());
    folder.write("ca.pem", &authority.pem);
    let proper = authority.identity("127.0.0.1").relay(smsc.address);
    let stranger = other.identity("127.0.0.1").relay(smsc.address);
    let misnamed = authority.identity("smsc.example").relay(smsc.address);
    folder.always_open();
    smpp(&folder, NAME, "", "");
    doors(&folder, "[smpp]\nlisten = \"127.0.0.1:0\"");
    for (address, wrong) in
        [(stranger, Some("UnknownIssuer")), (misnamed, Some("not valid for name")), (proper, None)]
    {
        folder.carrier(address, Pace::default());
        let path = "config/routes/demo.toml";
        let route = std::fs::read_to_string(folder.path(path)).unwrap();
        folder.write(path, format!("{route}tls = \"ca.pem\"\n"));
        let server = Server::start(&folder);
        let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
        esme.ask(&Pdu::Submit(message("13800001234", b"over TLS"))).id();
        match wrong {
            Some(why) => {
                wait_until("the reason in the log", || {
                    server.err().lines().any(|line| line.contains("dial failed") && line.contains(why))
                });
                assert!(smsc.parts().is_empty(), "{why}: nothing went out");
            }
            // What waited goes out as well.
            None => wait_until("the texts", || smsc.parts().len() == 3),
        }
        server.kill();
    }
}

/// A receiver of callbacks that answers 200 to everything and tells how many calls it has heard.
fn receiver() -> (std::net::SocketAddr, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (mut call, mut octets) = (String::new(), [0; 4_096]);
            while !call.ends_with('}') {
                match stream.read(&mut octets) {
                    Ok(n) if n > 0 => call.push_str(&String::from_utf8_lossy(&octets[..n])),
                    _ => break,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            if !call.is_empty() && tell.send(call).is_err() {
                return;
            }
        }
    });
    (address, told)
}

#[test]
fn a_callback_goes_over_tls_to_whom_the_accounts_file_trusts() {
    let (folder, smsc) = (Folder::new("tls-callback"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let authority = Authority::make();
    folder.write("ca.pem", &authority.pem);
    let (inner, told) = receiver();
    let outer = authority.identity("127.0.0.1").relay(inner);
    let account = |id: &str, roots: &str| {
        let text = format!(
            "id = \"{id}\"\ndepartment = \"IT\"\nclasses = [\"customer_service\"]\nclass = \"customer_service\"\n\
             tokens = [\"{id}-token\"]\n[callback]\nurl = \"https://{outer}/hook\"\nstyle = \"standard\"\n\
             secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nallow = [\"127.0.0.0/8\"]\n{roots}\n"
        );
        folder.write(&format!("config/accounts/{id}.toml"), text);
    };
    account("core", "roots = \"ca.pem\"");
    account("other", "");
    let server = Server::start(&folder);
    for id in ["other", "core"] {
        let body = br#"{"to":"13800001234","text":"over TLS"}"#;
        let token = format!("{id}-token");
        let answer = http::call(&server.address, Some(&token), "POST", "/v1/messages", body).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    let call = wait_for("the call", || told.try_recv().ok());
    assert!(call.starts_with("POST /hook HTTP/1.1\r\n") && call.contains("message.delivered"), "{call}");
    wait_until("the reason in the log", || {
        let failed = |line: &str| line.contains("a callback failed") && line.contains("other");
        server.err().lines().any(|line| failed(line) && line.contains("UnknownIssuer"))
    });
    assert!(
        told.recv_timeout(Duration::from_millis(300)).is_err(),
        "once, and nothing of the other account's"
    );
    server.stop();
    account("other", "roots = \"nowhere.pem\"");
    let said = folder.hongyan(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        said.err.contains("account other: callback: roots") && said.err.contains("nowhere.pem"),
        "{}",
        said.err
    );
}
