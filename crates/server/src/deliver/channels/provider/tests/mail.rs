//! E-mail against an SMTP server on loopback that answers as it is told, and its DKIM signature.

use super::give_up;
use super::rig::{Rig, world};
use crate::deliver::channels::provider::keys::SigningKey;
use crate::tls_fixture::acceptor;
use engine::entry::Outcome;
use engine::state::Phase;
use model::Span;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use wire::http::encode::{Hash, base64, unbase64};

const RSA: &str = include_str!("rsa-for-tests.pem");

/// What the server answers: to a recipient, and to the message itself; an empty answer closes the connection.
#[derive(Clone, Copy)]
struct Manner {
    recipient: &'static str,
    message: &'static str,
}

async fn server(manner: Manner) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(attend(stream, manner, Arc::clone(&kept), b"220 mail\r\n"));
        }
    });
    (port, mails)
}

/// A server that takes nothing but STARTTLS in clear. Returns whom to trust besides.
async fn secure_server() -> (u16, String, Arc<Mutex<Vec<String>>>) {
    let (root, acceptor) = acceptor(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, kept) = (acceptor.clone(), Arc::clone(&kept));
            tokio::spawn(async move {
                let stream = begin_tls(stream).await?;
                let stream = acceptor.accept(stream).await.ok()?;
                attend(stream, Manner { recipient: "250 ok", message: "250 queued" }, kept, b"").await
            });
        }
    });
    (port, root, mails)
}

/// What is said in clear before TLS (RFC 3207 §4). None when the client wants anything else.
async fn begin_tls(stream: tokio::net::TcpStream) -> Option<tokio::net::TcpStream> {
    let (mut stream, mut line) = (BufReader::new(stream), String::new());
    stream.write_all(b"220 mail\r\n").await.ok()?;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            "STARTTLS" => break,
            line if line.starts_with("EHLO") => {
                stream.write_all(b"250-mail\r\n250 STARTTLS\r\n").await.ok()?
            }
            _ => return None,
        }
    }
    stream.write_all(b"220 go on\r\n").await.ok()?;
    Some(stream.into_inner())
}

async fn attend(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    manner: Manner,
    mails: Arc<Mutex<Vec<String>>>,
    greeting: &[u8],
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(greeting).await.ok()?;
    let (mut line, mut mail) = (String::new(), None::<String>);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer = match &mut mail {
            Some(text) if line == ".\r\n" => {
                mails.lock().unwrap().push(text.clone());
                mail = None;
                manner.message
            }
            Some(text) => {
                text.push_str(line.strip_prefix('.').unwrap_or(&line));
                continue;
            }
            None => match line.get(..4).unwrap_or_default() {
                "EHLO" => "250-mail\r\n250 8BITMIME",
                "RCPT" => manner.recipient,
                "DATA" => {
                    mail = Some(String::new());
                    "354 go on"
                }
                "QUIT" => return None,
                _ => "250 ok",
            },
        };
        if answer.is_empty() {
            return None;
        }
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

fn settings(port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("host", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("security", "none".to_owned()),
        ("from", "银行 <notice@bank.example>".to_owned()),
        ("subject", "还款提醒".to_owned()),
        ("dkim_domain", "bank.example".to_owned()),
        ("dkim_selector", "s1".to_owned()),
        ("dkim_key", RSA.to_owned()),
    ]
}

#[tokio::test]
async fn mails_conform() {
    let cases = [
        ("250 ok", "250 queued", vec![Phase::Submitted], vec![], 1),
        ("550 no such user", "250 queued", vec![], vec![Outcome::Refused], 0),
        ("451 later", "250 queued", vec![Phase::Claimed], vec![], 0),
        ("250 ok", "554 spam", vec![], vec![Outcome::Refused], 1),
        ("250 ok", "", vec![Phase::Uncertain], vec![], 1),
    ];
    for (recipient, message, phases, outcomes, count) in cases {
        let (port, mails) = server(Manner { recipient, message }).await;
        let mut rig = Rig::new(world("email", "", &settings(port)), "li@customer.example");
        rig.note(1, "尊敬的客户  您好 \n. 一个点\n\n");
        rig.run().await;
        if recipient.starts_with("550") {
            give_up(&mut rig).await;
        }
        let found = (rig.phases(), rig.outcomes.clone(), mails.lock().unwrap().len());
        assert_eq!(found, (phases, outcomes, count), "{recipient} {message}");
        if let [mail] = mails.lock().unwrap().as_slice() {
            is_signed(mail);
            assert!(mail.contains("MIME-Version: 1.0\r\n"));
            assert!(mail.contains("Message-ID: <m-") && mail.contains("To: li@customer.example"));
        }
        if recipient.starts_with("451") {
            rig.later(Span::seconds(3));
            rig.run().await;
            assert!(rig.outcomes.is_empty());
        }
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let (port, mails) = server(Manner { recipient: "250 ok", message: "250 queued" }).await;
    let mut settings = settings(port);
    settings.retain(|(key, _)| *key != "security");
    let mut rig = Rig::new(world("email", "", &settings), "li@customer.example");
    rig.note(1, "您好");
    rig.run().await;
    assert_eq!((rig.phases(), mails.lock().unwrap().len()), (vec![Phase::Claimed], 0));
}

#[tokio::test]
async fn a_mail_goes_over_starttls_to_whom_the_route_trusts() {
    let (port, root, mails) = secure_server().await;
    let path = std::env::temp_dir().join(format!("hongyan-mail-{}-{port}.pem", std::process::id()));
    std::fs::write(&path, root).unwrap();
    let mut settings = settings(port);
    settings.retain(|(key, _)| *key != "security");
    // Nobody vouches for it: nothing of the mail is said.
    let mut rig = Rig::new(world("email", "", &settings), "li@customer.example");
    rig.note(1, "您好");
    rig.run().await;
    assert_eq!((rig.phases(), mails.lock().unwrap().len()), (vec![Phase::Claimed], 0));
    settings.push(("roots", path.to_string_lossy().into_owned()));
    let mut rig = Rig::new(world("email", "", &settings), "li@customer.example");
    rig.note(1, "您好");
    rig.run().await;
    assert_eq!(rig.phases(), vec![Phase::Submitted]);
    std::fs::remove_file(&path).unwrap();
    let mails = mails.lock().unwrap();
    let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    is_signed(mail);
}

/// Verifies as a receiver does, by another path than the signer's: fields of the header, then RFC 6376 §3.7.
fn is_signed(mail: &str) {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let find = |name: &str| {
        let mut lines = head.split("\r\n");
        lines
            .find(|line| line.to_lowercase().starts_with(&format!("{name}:")))
            .map(|line| line.split_once(':').unwrap().1)
    };
    let squeeze =
        |text: &str| text.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let dkim = find("dkim-signature").unwrap();
    let field = |name: &str| {
        let mut fields = dkim.split(';').filter_map(|field| field.trim().split_once('='));
        fields.find(|(found, _)| *found == name).map(|(_, value)| value.replace(' ', "")).unwrap()
    };
    let mut kept: Vec<String> = body.split("\r\n").map(|line| line.trim_end().to_owned()).collect();
    while kept.last().is_some_and(String::is_empty) {
        kept.pop();
    }
    let canonical: String =
        kept.iter().map(|line| format!("{}\r\n", line.split("  ").collect::<Vec<_>>().join(" "))).collect();
    assert_eq!(field("bh"), base64(&Hash::Sha256.digest(canonical.as_bytes())));
    let mut signed = String::new();
    for name in field("h").split(':') {
        signed.push_str(&format!("{name}:{}\r\n", squeeze(find(name).unwrap())));
    }
    let without = dkim.split_once("; b=").unwrap().0;
    signed.push_str(&format!("dkim-signature:{}; b=", squeeze(without)));
    let Some(SigningKey::Rsa(key)) = SigningKey::rsa(RSA) else { panic!("key") };
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    public.verify(signed.as_bytes(), &unbase64(&field("b")).unwrap()).unwrap();
}
