//! What a stranger can make us keep is bounded: an octet a second before a login, connections that say nothing, lengths that
//! lie, bodies without end. Each is cut off by a limit that has a name, and everybody else is served meanwhile.

use hongyan_tests::accounts::{NAME, PASSWORD, cmpp, door, doors, smpp};
use hongyan_tests::esme::{Esme, message};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use wire::smpp::command::CommandId;
use wire::smpp::pdu::{BindKind, Pdu};

const LOGIN: Duration = Duration::from_secs(3);

fn setting(name: &str, more: &str) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, "", "");
    cmpp(&folder, NAME, "901234", "");
    doors(
        &folder,
        &format!(
            "{more}\n[smpp]\nlisten = \"127.0.0.1:0\"\nlogin_seconds = 3\nconnections = 40\n\
             connections_per_address = 30\n[cmpp]\nlisten = \"127.0.0.1:0\"\nlogin_seconds = 3\n\
             connections_per_address = 30"
        ),
    );
    (folder, smsc)
}

/// Sends an octet every 200 ms until the other side has had enough, and says after how long that was.
fn drip(address: &str, octets: &[u8]) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let (began, mut answer) = (Instant::now(), [0; 64]);
    for octet in octets.iter().cycle() {
        assert!(began.elapsed() < Duration::from_secs(40), "it is still listened to");
        if stream.write_all(&[*octet]).is_err() {
            break;
        }
        match stream.read(&mut answer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    began.elapsed()
}

/// What the server's process holds in memory, in KiB.
fn resident(server: &Server<'_>) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[test]
fn an_octet_at_a_time_is_not_waited_for() {
    let (folder, _smsc) = setting("slow", "[http]\nhead_seconds = 3\nbody_seconds = 3");
    let server = Server::start(&folder);
    let mut esme = Esme::bind(&door(&server, "smpp"), BindKind::Transceiver, NAME, PASSWORD);
    // A bind that never gets whole, for each protocol; a head; a body.
    let bind = [&[0, 0, 1, 0, 0, 0, 0, 9][..], &[b'a'; 248]].concat();
    let connect = [&[0, 0, 0, 39, 0, 0, 0, 1][..], &[1; 31]].concat();
    let head = b"GET /healthz HTTP/1.1\r\nX-Slow: ".as_slice();
    let body = format!(
        "POST /v1/events HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-length: 9999\r\n\r\n",
        server.key
    );
    let (smpp, cmpp) = (door(&server, "smpp"), door(&server, "cmpp"));
    let slow = std::thread::scope(|scope| {
        let drips = [
            ("smpp", scope.spawn(|| drip(&smpp, &bind))),
            // Its 39 octets would be whole after eight seconds.
            ("cmpp", scope.spawn(|| drip(&cmpp, &connect))),
            ("head", scope.spawn(|| drip(&server.address, head))),
            (
                "body",
                scope.spawn(|| {
                    let mut stream = TcpStream::connect(&server.address).unwrap();
                    let began = Instant::now();
                    stream.write_all(body.as_bytes()).unwrap();
                    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer);
                    assert!(answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
                    began.elapsed()
                }),
            ),
        ];
        // Everybody else is served meanwhile.
        esme.ask(&Pdu::Submit(message("13800001234", b"meanwhile"))).id();
        drips.map(|(what, drip)| (what, drip.join().unwrap()))
    });
    for (what, time) in slow {
        assert!(time >= LOGIN - Duration::from_millis(500) && time < LOGIN * 4, "{what}: {time:?}");
    }
    server.stop();
}

#[test]
fn connections_that_say_nothing_are_bounded_and_let_go() {
    let (folder, _smsc) = setting("idle", "[http]\nconnections_per_address = 30\nhead_seconds = 3");
    let server = Server::start(&folder);
    let smpp = door(&server, "smpp");
    for address in [&smpp, &door(&server, "cmpp"), &server.address] {
        let began = Instant::now();
        let idle: Vec<TcpStream> = (0..1_000).filter_map(|_| TcpStream::connect(address).ok()).collect();
        let open = |stream: &TcpStream| {
            stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            let read = (&*stream).read(&mut [0; 16]);
            matches!(read, Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
        };
        // From the last one back: all that were accepted before it are judged by then.
        let kept = idle.iter().rev().filter(|stream| open(stream)).count();
        assert!(kept <= 30, "{address}: {kept} of {}", idle.len());
        // Those that were let in are let go after their time, and there is room again.
        let gone = |stream: &TcpStream| {
            stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
            !matches!((&*stream).read(&mut [0; 16]), Ok(1..))
        };
        assert!(idle.iter().all(gone), "{address}");
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    Esme::bind(&smpp, BindKind::Transceiver, NAME, PASSWORD);
    assert_eq!(server.get("/healthz").status, 200);
    assert!(server.err().contains("too many connections"));
    server.stop();
}

#[test]
fn a_length_that_lies_costs_nothing() {
    let (folder, _smsc) = setting("lengths", "");
    let server = Server::start(&folder);
    let (smpp, cmpp) = (door(&server, "smpp"), door(&server, "cmpp"));
    let mut esme = Esme::bind(&smpp, BindKind::Transceiver, NAME, PASSWORD);
    let before = resident(&server);
    // SMPP: nothing below a header, nothing above what any PDU has.
    for length in [0u32, 1, 4, 15, 0x0001_0001, 0x7fff_ffff, u32::MAX] {
        for _ in 0..5 {
            let mut stranger = Esme::connect(&smpp);
            let mut pdu = length.to_be_bytes().to_vec();
            pdu.extend([0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1]);
            stranger.write(&pdu);
            assert!(stranger.is_closed(), "{length:#x}");
        }
    }
    // CMPP searches for the next header, and not for ever.
    for length in [0u32, 11, 5_000, u32::MAX] {
        for _ in 0..5 {
            let mut stranger = TcpStream::connect(&cmpp).unwrap();
            stranger.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
            stranger.write_all(&length.to_be_bytes()).unwrap();
            // It may be closed while there is still something to be sent.
            let _ = stranger.write_all(&[0xff; 9_000]);
            assert!(!matches!(stranger.read(&mut [0; 16]), Ok(1..)), "{length:#x}");
        }
    }
    let after = resident(&server);
    assert!(after < before + (16 << 10), "{before} KiB before, {after} KiB after");
    // HTTP: a body is refused when it gets longer than any may be, whatever was announced.
    let announced = format!("content-length: {}", u64::MAX >> 1);
    for framing in ["content-length: 17825792", &announced] {
        let mut stranger = TcpStream::connect(&server.address).unwrap();
        stranger.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        let key = &server.key;
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {key}\r\n{framing}\r\n\r\n"
        );
        stranger.write_all(head.as_bytes()).unwrap();
        // It may be closed while there is still something to be sent.
        let _ = stranger.write_all(&vec![b' '; 17 << 20]);
        let mut answer = [0; 64];
        match stranger.read(&mut answer) {
            Ok(count) => assert!(answer[..count].starts_with(b"HTTP/1.1 413"), "{framing}"),
            Err(e) => assert_eq!(e.kind(), ErrorKind::ConnectionReset, "{framing}"),
        }
    }
    let mut head = TcpStream::connect(&server.address).unwrap();
    head.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    // It may be closed while there is still something to be sent.
    let _ = head.write_all(&[b"GET / HTTP/1.1\r\nx: ".as_slice(), &vec![b'x'; 1 << 20]].concat());
    let mut answer = [0; 16];
    let refused = matches!(head.read(&mut answer), Ok(n) if answer[..n].starts_with(b"HTTP/1.1 431"));
    assert!(refused || head.read(&mut answer).map_or(true, |n| n == 0), "a head without end");
    assert_eq!(esme.ask(&Pdu::EnquireLink).command, CommandId::ENQUIRE_LINK_RESP);
    assert_eq!(http::call(&server.address, None, "GET", "/healthz", &[]).unwrap().status, 200);
    server.stop();
}
