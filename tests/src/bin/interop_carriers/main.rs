//! `interop_carriers NAME [SCRIPT]`: somebody else's server as the carrier behind a route of ours.
//!
//! The server runs as a script; the real command binds to it, sends what an account hands in over HTTP, and takes receipts,
//! and a reply where the server can send one. What the peer was given and what the product's own statement says must agree.
//! `ismg` is a CMPP gateway that lies beside the checkout and was written from the specification's tables alone. Started by
//! `cargo xtask interop`. Status 3: the server cannot be had here.

use hongyan_tests::accounts::{NAME, smpp};
use hongyan_tests::bench::figures::EXIT_SKIPPED;
use hongyan_tests::command::Caught;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::interop::{free_port, said, same, statement, until};
use hongyan_tests::packages::{Kind, install};
use hongyan_tests::server::Server;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

/// The carrier on PyPI smpp34.
const SMSC_PACKAGE: &str = "smpp34==1.5.0";
/// The CMPP gateway, and the account it knows.
const ISMG: &str = "../shared/peers/mock_ismg.py";
const ISMG_USER: &str = "900001";
const ISMG_PASSWORD: &str = "888888";
/// How long the peer may live, in seconds: it does not end by itself.
const SECONDS: u64 = 120;
/// Longer than the route's wait before it asks whether the link lives, and than its wait for the answer.
const QUIET: Duration = Duration::from_secs(4);
/// The account's key over HTTP.
const TOKEN: &str = "carrier-token";
/// One part, one part of UCS-2, two parts: what is handed in, to whom.
const SHORT: (&str, &str) = ("8613800000001", "Balance 5.00 due");
const CHINESE: (&str, &str) = ("8613800000002", "您好");
const LONG_NUMBER: &str = "8613800000003";
const PARTS: usize = 4;

const CMPP_ROUTE: &str = r#"id = "demo"
classes = ["customer_service", "marketing", "risk_notice", "technical_support", "regulatory"]
price_yuan = "0.035"
preference = 1
signature = "head"
concatenation = "udh"
source = "106900001"
tps = 100
window = 16
receipt_wait = "72h"

[cmpp]
version = "{version}"
address = "{address}"
user = "{user}"
password = "{password}"
response_timeout = "2s"
enquire_after = "1s"
"#;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["smpp34-server"] => smsc(),
        ["ismg"] => ismg(Path::new(ISMG)),
        ["ismg", script] => ismg(Path::new(script)),
        _ => Err(Missed::Wrong("expected smpp34-server or ismg [SCRIPT]".to_owned())),
    };
    match done {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(Missed::Absent(why)) => {
            println!("skipped: {why}");
            ExitCode::from(EXIT_SKIPPED)
        }
        Err(Missed::Wrong(why)) => {
            eprintln!("interop_carriers: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Why a run did not pass.
enum Missed {
    Absent(String),
    Wrong(String),
}

impl From<String> for Missed {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// A peer that is running; ended when dropped.
struct Peer {
    child: Child,
    out: Caught,
    err: Caught,
}

impl Peer {
    fn start(mut command: Command) -> Result<Self, String> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("the peer does not start: {error}"))?;
        let (out, err) = (child.stdout.take().map(Caught::from), child.stderr.take().map(Caught::from));
        Ok(Self { child, out: out.unwrap_or_default(), err: err.unwrap_or_default() })
    }

    /// Adds what it printed to what went wrong.
    fn explained(&self, why: String) -> Missed {
        Missed::Wrong(format!("{why}\n--- the peer said\n{}{}", self.out.text(), self.err.text()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // `timeout` hands the signal on to the script, which a kill of `timeout` itself would leave behind.
        let pid = self.child.id().to_string();
        let _ = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status();
        let _ = self.child.wait();
    }
}

/// PyPI smpp34 as an SMSC.
fn smsc() -> Result<Value, Missed> {
    let absent = |why| Missed::Absent(format!("{SMSC_PACKAGE} cannot be had here: {why}"));
    let installed = install("smpp34", Kind::Python, &[SMSC_PACKAGE]).map_err(absent)?;
    let port = free_port()?;
    let mut command = installed.command(Some("smsc_smpp34.py"), SECONDS);
    command.arg(port.to_string());
    let peer = Peer::start(command)?;
    let folder = Folder::new("smpp34-server");
    folder.carrier(format!("127.0.0.1:{port}"), Pace { timeout: 2, ..Pace::default() });
    let route = std::fs::read_to_string(folder.path("config/routes/demo.toml"));
    let route = route.map_err(|error| format!("the route: {error}"))?;
    folder
        .write("config/routes/demo.toml", route.replace("enquire_after = \"30s\"", "enquire_after = \"1s\""));
    let cost = deliver(&folder, port, 1).and_then(|cost| smsc_heard(&peer.out).map(|()| cost));
    let cost = cost.map_err(|why| peer.explained(why))?;
    Ok(json!({
        "interop": "smpp34-server", "package": SMSC_PACKAGE, "messages": 3, "parts": PARTS, "receipts": PARTS,
        "replies": 1, "cost_yuan": cost,
    }))
}

/// What the SMSC was given: every text whole, one bind, its receipts and reply taken, and a farewell.
fn smsc_heard(out: &Caught) -> Result<(), String> {
    same("binds", vec!["hongyan".to_owned()], said(out, "bound"))?;
    let (to, numbers, texts) = (said(out, "to"), said(out, "number"), said(out, "text"));
    same("parts", PARTS, texts.len())?;
    for (to_whom, text) in messages() {
        let came = to.iter().zip(numbers.iter().zip(&texts)).filter(|(to, _)| **to == to_whom);
        let mut parts: Vec<(&String, &String)> = came.map(|(_, part)| part).collect();
        parts.sort();
        let whole: String = parts.into_iter().map(|(_, text)| text.as_str()).collect();
        same(&format!("to {to_whom}"), format!("【鸿雁银行】{text}"), whole)?;
    }
    same("taken receipts and replies", vec!["true".to_owned(); PARTS + 1], said(out, "taken"))?;
    same("farewells", 1, said(out, "unbound").len())
}

/// The CMPP gateway beside the checkout, in both versions of the protocol.
fn ismg(script: &Path) -> Result<Value, Missed> {
    if !script.exists() {
        return Err(Missed::Absent(format!("{} is not there", script.display())));
    }
    let mut costs = Vec::new();
    for version in ["2.0", "3.0"] {
        let port = free_port()?;
        let mut command = Command::new("timeout");
        command.args([&SECONDS.to_string(), "python3", "-u"]).arg(script).arg(port.to_string());
        let peer = Peer::start(command)?;
        let folder = Folder::new("ismg");
        let route =
            CMPP_ROUTE.replace("{version}", version).replace("{address}", &format!("127.0.0.1:{port}"));
        let route = route.replace("{user}", ISMG_USER).replace("{password}", ISMG_PASSWORD);
        folder.write("config/routes/demo.toml", route);
        let cost = deliver(&folder, port, 0).and_then(|cost| ismg_heard(&peer.out.text()).map(|()| cost));
        costs.push(cost.map_err(|why| peer.explained(format!("CMPP {version}: {why}")))?);
    }
    Ok(json!({
        "interop": "ismg", "versions": ["2.0", "3.0"], "messages": 3, "parts": PARTS, "receipts": PARTS,
        "replies": 0, "cost_yuan": costs,
    }))
}

/// What the gateway says of us: it checks lengths, digests and reserved fields, and prints each PDU as it reads it.
fn ismg_heard(out: &str) -> Result<(), String> {
    let count = |beginning: &str, holds: &str| {
        out.lines().filter(|line| line.starts_with(beginning) && line.contains(holds)).count()
    };
    same("logins with the right digest", 1, count("CONNECT ", "auth=ok"))?;
    same("submits of the right length", PARTS, count("SUBMIT ", "(ok)"))?;
    let refused = |line: &&str| {
        line.starts_with("DELIVER_RESP") && line.rsplit('=').next().is_none_or(|r| r.contains(|c| c != '0'))
    };
    same("reports taken", PARTS, count("DELIVER_RESP", "result=0"))?;
    same("reports refused", Vec::new(), out.lines().filter(refused).collect())?;
    same("farewells", 1, count("TERMINATE", ""))?;
    // Our look whether it listens ends with "EOF partial=0"; a PDU that breaks off does not.
    let complains = |line: &&str| {
        line.contains("BAD") || line.starts_with("ERR") || line.starts_with("EOF") && !line.ends_with("=0")
    };
    same("complaints", Vec::new(), out.lines().filter(complains).collect())?;
    // The long text stands in parts, and no more than forty characters of each are printed.
    // CMPP knows no countries.
    let national = |number: &'static str| number.trim_start_matches("86");
    for (number, text) in &messages()[..2] {
        let number = national(number);
        let written = format!("text='【鸿雁银行】{text}'");
        let found = out.lines().any(|line| line.contains(number) && line.contains(&written));
        same(&format!("{written} to {number}"), true, found)?;
    }
    same("parts of the long text", 2, count("SUBMIT ", national(LONG_NUMBER)))
}

fn messages() -> [(&'static str, String); 3] {
    let long = "一二三四五六七八九十".repeat(12);
    [(SHORT.0, SHORT.1.to_owned()), (CHINESE.0, CHINESE.1.to_owned()), (LONG_NUMBER, long)]
}

/// Starts the product against the peer at a port, hands three messages in, and waits until all is told and the link was quiet for
/// longer than it may be without a question for life. Returns the cost by the product's statement.
fn deliver(folder: &Folder, port: u16, replies: u64) -> Result<String, String> {
    folder.always_open();
    smpp(folder, NAME, &format!("tokens = [\"{TOKEN}\"]"), "");
    until("the peer listens", || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
    let server = Server::start(folder);
    let handed: Vec<Value> = messages()
        .iter()
        .map(|(to, text)| json!({ "id": to, "to": format!("+{to}"), "text": text }))
        .collect();
    let body = json!({ "messages": handed }).to_string();
    let answer = http::call(&server.address, Some(TOKEN), "POST", "/v1/messages", body.as_bytes());
    let answer = answer.map_err(|error| format!("/v1/messages: {error}"))?;
    same(&format!("/v1/messages, {}", answer.text()), 202, answer.status)?;
    until("every receipt", || server.figure("/deliver/delivered") == 3)?;
    until("the reply", || server.figure("/converse/replies") == replies)?;
    std::thread::sleep(QUIET);
    let cost = statement(folder, NAME, 3, PARTS)?;
    server.stop();
    Ok(cost)
}
