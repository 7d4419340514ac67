//! `interop_accounts NAME`: somebody else's client as an account of ours, over SMPP or CMPP.
//!
//! The client runs as a script of `tests/interop` against the real command, behind which a carrier takes what comes. Every
//! text must reach the carrier whole and once, every submit must have an id, and every receipt must name one of them.
//! Packages are installed, in the versions named here, into a folder that is kept. Started by `cargo xtask interop`.
//! Status 3: the client cannot be had here.

use hongyan_tests::accounts::{NAME, PASSWORD, cmpp, door, doors, smpp};
use hongyan_tests::bench::figures::EXIT_SKIPPED;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{PATIENCE, wait_until};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// One client.
struct Client {
    name: &'static str,
    package: &'static str,
    kind: Kind,
    script: &'static str,
    /// What it must get through: number and text.
    texts: &'static [(&'static str, &'static str)],
    /// How many submits, and how many receipts it waits for.
    submits: usize,
    receipts: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Python,
    Node,
}

const SHORT: (&str, &str) = ("8613800000001", "Balance 5.00 due");
const CHINESE: (&str, &str) = ("8613800000002", "您好");
const LONG: (&str, &str) = (
    "8613800000003",
    "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
);

/// Every client.
const CLIENTS: &[Client] = &[
    Client {
        name: "smpplib",
        package: "smpplib==2.2.4",
        kind: Kind::Python,
        script: "esme_smpplib.py",
        texts: &[SHORT, CHINESE, LONG],
        submits: 4,
        receipts: 4,
    },
    Client {
        name: "aiosmpplib",
        package: "aiosmpplib==0.7.4",
        kind: Kind::Python,
        script: "esme_aiosmpplib.py",
        texts: &[SHORT, CHINESE, LONG],
        submits: 3,
        receipts: 3,
    },
    Client {
        name: "smpp",
        package: "smpp@0.5.1",
        kind: Kind::Node,
        script: "esme_smpp.js",
        texts: &[SHORT, CHINESE, LONG],
        submits: 3,
        receipts: 3,
    },
    Client {
        name: "pycmpp",
        package: "pycmpp==2.0.2",
        kind: Kind::Python,
        script: "sp_pycmpp.py",
        texts: &[CHINESE, LONG],
        submits: 3,
        receipts: 0,
    },
    Client {
        name: "cmppy",
        package: "cmppy==0.3",
        kind: Kind::Python,
        script: "sp_cmppy.py",
        texts: &[SHORT, CHINESE],
        submits: 2,
        receipts: 0,
    },
];

/// The SP id over CMPP; it is six octets on the wire, and clients do not pad it.
const SP_ID: &str = "900001";
/// The number that the carrier's route sends from.
const SOURCE: &str = "106900001";
/// Where packages are kept; the variable may name another place.
const CACHE: &str = "HONGYAN_INTEROP_CACHE";

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(client) = CLIENTS.iter().find(|client| client.name == name) else {
        let names: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        eprintln!("interop_accounts: expected one of {}, found {name:?}", names.join(", "));
        return ExitCode::FAILURE;
    };
    match installed(client) {
        Ok((program, folder)) => run(client, &program, &folder),
        Err(why) => {
            println!("{name}: skipped: {why}");
            ExitCode::from(EXIT_SKIPPED)
        }
    }
}

fn run(client: &Client, program: &Path, packages: &Path) -> ExitCode {
    let (folder, smsc) = (Folder::new(client.name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    smpp(&folder, NAME, "", "");
    cmpp(&folder, NAME, SP_ID, "");
    doors(&folder, "[smpp]\nlisten = \"127.0.0.1:0\"\n[cmpp]\nlisten = \"127.0.0.1:0\"");
    let server = Server::start(&folder);
    let (word, name) = if client.script.starts_with("sp_") { ("cmpp", SP_ID) } else { ("smpp", NAME) };
    let address = door(&server, word);
    let Some((host, port)) = address.rsplit_once(':') else {
        eprintln!("expected host:port of the listener, found {address:?}");
        return ExitCode::FAILURE;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(client.script);
    let receipts = client.receipts.to_string();
    let done = Command::new("timeout")
        .arg(PATIENCE.as_secs().to_string())
        .arg(program)
        .arg(script)
        .args([host, port, name, PASSWORD, SOURCE, &receipts])
        .env("NODE_PATH", packages.join("node_modules"))
        .stdin(Stdio::null())
        .output();
    let done = match done {
        Ok(done) => done,
        Err(why) => {
            eprintln!("{}: the client does not start: {why}", client.script);
            return ExitCode::FAILURE;
        }
    };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{}: {}\n{out}{err}", client.script, done.status);
    let said: Vec<Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |key: &str| -> Vec<&str> { said.iter().filter_map(|line| line[key].as_str()).collect() };
    let (ids, told) = (of("id"), of("receipt"));
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!((ids.len(), distinct.len()), (client.submits, client.submits), "{out}");
    assert_eq!(told.len(), client.receipts, "{out}");
    assert!(told.iter().all(|id| distinct.contains(id)), "{out}");
    for (to, text) in client.texts {
        wait_until(text, || smsc.texts_to(to).iter().any(|came| came.contains(text)));
        assert_eq!(smsc.texts_to(to).len(), 1, "once to {to}");
    }
    server.stop();
    println!("{}: {} submits answered, {} receipts read: passed", client.package, ids.len(), told.len());
    ExitCode::SUCCESS
}

/// The program that runs the client, and the folder of its packages.
fn installed(client: &Client) -> Result<(PathBuf, PathBuf), String> {
    let cache =
        std::env::var_os(CACHE).map_or_else(|| std::env::temp_dir().join("hongyan-interop"), PathBuf::from);
    let folder = cache.join(client.package);
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let step = |program: &Path, arguments: &[&str]| -> Result<(), String> {
        let done = Command::new(program).args(arguments).current_dir(&folder).stdin(Stdio::null()).output();
        let done = done.map_err(|e| format!("{}: {e}", program.display()))?;
        let said = || String::from_utf8_lossy(&done.stderr).trim().to_owned();
        if done.status.success() { Ok(()) } else { Err(format!("{}: {}", program.display(), said())) }
    };
    match client.kind {
        Kind::Python => {
            let python = folder.join("venv/bin/python");
            if !folder.join("ready").exists() {
                step(Path::new("python3"), &["-m", "venv", "venv"])?;
                step(&python, &["-m", "pip", "install", "--quiet", client.package])?;
            }
            std::fs::write(folder.join("ready"), "").map_err(|e| e.to_string())?;
            Ok((python, folder))
        }
        Kind::Node => {
            if !folder.join("ready").exists() {
                step(Path::new("npm"), &["install", "--no-save", "--prefix", ".", client.package])?;
            }
            std::fs::write(folder.join("ready"), "").map_err(|e| e.to_string())?;
            Ok((PathBuf::from("node"), folder))
        }
    }
}
