//! `interop_accounts NAME`: somebody else's client as an account of ours, over SMPP or CMPP.
//!
//! The client runs as a script of `tests/interop`, or as a program of `tests/clients`, against the real command, behind
//! which a carrier takes what comes. Every text must reach the carrier whole and once, every submit must have an id, every
//! receipt must name one of them, a reply must come, a question for life must be answered, and the product's own statement
//! must say the carrier's figures. Started by `cargo xtask interop`. Status 3: the client cannot be had here.

mod clients;

use clients::{ANSWERS, CLIENTS, Cannot, Client, Protocol};
use hongyan_tests::accounts::{NAME, PASSWORD, cmpp, door, doors, smpp};
use hongyan_tests::bench::figures::EXIT_SKIPPED;
use hongyan_tests::command::Caught;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::interop::{said, same, statement, until};
use hongyan_tests::packages::{Installed, install};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Child, ExitCode, Stdio};

/// The SP id over CMPP; it is six octets on the wire, and clients do not pad it.
const SP_ID: &str = "900001";
/// The account's own number behind the route's.
const EXTENSION: &str = "12";
/// The number that the route sends from, with the account's behind it.
const SOURCE: &str = "10690000112";
/// What a customer answers.
const REPLY: &str = "好的，谢谢";
/// How long a client may take, in seconds.
const SECONDS: u64 = 60;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(client) = CLIENTS.iter().find(|client| client.name == name) else {
        let names: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        eprintln!("interop_accounts: expected one of {}, found {name:?}", names.join(", "));
        return ExitCode::FAILURE;
    };
    match install(client.name, client.kind, &[client.package]) {
        Ok(installed) => match run(client, &installed) {
            Ok(figures) => {
                println!("{figures}");
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("{name}: {why}");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            println!("{name}: skipped: {} cannot be had here: {why}", client.package);
            ExitCode::from(EXIT_SKIPPED)
        }
    }
}

fn run(client: &Client, installed: &Installed) -> Result<Value, String> {
    let (folder, smsc) = (Folder::new(client.name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, &format!("extension = \"{EXTENSION}\""), "");
    cmpp(&folder, NAME, SP_ID, "");
    doors(&folder, "[smpp]\nlisten = \"127.0.0.1:0\"\n[cmpp]\nlisten = \"127.0.0.1:0\"");
    let server = Server::start(&folder);
    let (word, login) = match client.protocol {
        Protocol::Smpp => ("smpp", NAME),
        Protocol::Cmpp => ("cmpp", SP_ID),
    };
    let address = door(&server, word);
    let (host, port) = address.rsplit_once(':').ok_or(format!("expected host:port, found {address:?}"))?;
    let mut child = installed
        .command(client.script, SECONDS)
        .args([host, port, login, PASSWORD, SOURCE, &client.receipts().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the client does not start: {error}"))?;
    let (out, err) = (child.stdout.take().map(Caught::from), child.stderr.take().map(Caught::from));
    let (out, err) = (out.unwrap_or_default(), err.unwrap_or_default());
    let spoken = converse(client, &mut child, &out, &smsc).and_then(|()| check(client, &out, &smsc));
    spoken.map_err(|why| format!("{why}\n--- it said\n{}{}", out.text(), err.text()))?;
    let (messages, parts) = (client.texts.len(), smsc.parts().len());
    let cost = statement(&folder, NAME, messages, parts)?;
    server.stop();
    let cannot: Vec<&str> = client.cannot.iter().map(|what| what.words()).collect();
    Ok(json!({
        "interop": client.name, "package": client.package, "submits": client.submits,
        "receipts": client.receipts(), "replies": said(&out, "reply").len(),
        "enquiries": said(&out, "enquired").len(), "messages": messages, "parts": parts,
        "cost_yuan": cost, "cannot": cannot,
    }))
}

/// Lets a customer answer once the client has all its receipts, and waits until the client has ended by itself.
fn converse(client: &Client, child: &mut Child, out: &Caught, smsc: &Smsc) -> Result<(), String> {
    let mut answered = !client.can(Cannot::Receive);
    let mut ended = None;
    until("the end of the client", || {
        if !answered && said(out, "receipt").len() >= client.receipts() {
            smsc.write_back(ANSWERS, SOURCE, REPLY);
            answered = true;
        }
        ended = child.try_wait().ok().flatten();
        ended.is_some()
    })?;
    match ended {
        Some(status) if status.success() => Ok(()),
        other => Err(format!("the client ended badly: {other:?}")),
    }
}

/// Compares what the client was told with what the carrier was given.
fn check(client: &Client, out: &Caught, smsc: &Smsc) -> Result<(), String> {
    let (ids, told) = (said(out, "id"), said(out, "receipt"));
    let distinct: BTreeSet<&String> = ids.iter().collect();
    same("ids, distinct ones", (client.submits, client.submits), (ids.len(), distinct.len()))?;
    same("receipts", client.receipts(), told.len())?;
    let told: BTreeSet<&String> = told.iter().collect();
    if client.can(Cannot::Receive) {
        same("ids of receipts", &distinct, &told)?;
        same("replies", vec![REPLY.to_owned()], said(out, "reply"))?;
        same("who replied", vec![client.protocol.answers().to_owned()], said(out, "from"))?;
    }
    if client.can(Cannot::Enquire) && said(out, "enquired").is_empty() {
        return Err("expected an answer to enquire_link or ACTIVE_TEST, found none".to_owned());
    }
    if client.can(Cannot::SeeItLeave) && said(out, "unbound").is_empty() {
        return Err("expected an answer to unbind or TERMINATE, found none".to_owned());
    }
    for (to, text) in client.texts {
        until(text, || smsc.texts_to(to).iter().any(|came| came.contains(text)))?;
        same(&format!("messages to {to}"), 1, smsc.texts_to(to).len())?;
    }
    Ok(())
}
