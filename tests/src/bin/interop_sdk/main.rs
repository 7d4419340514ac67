//! `interop_sdk NAME [SCRIPT]`: vendors' own SDKs as an account of ours over HTTP, and our callbacks verified by the
//! library of their standard.
//!
//! The SDKs run as scripts against the real command, behind which a carrier takes what comes; what they assert are their
//! own typed results and exceptions. `sdk-python` runs the shared script SCRIPT unchanged as well, if it is there. Packages
//! are installed, in the versions named here, into a folder that is kept. Started by `cargo xtask interop`. Status 3: the
//! SDKs cannot be had here.

use hongyan_tests::bench::figures::EXIT_SKIPPED;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// What the Python scripts need.
const PYTHON: &[&str] = &[
    "twilio==9.13.0",
    "alibabacloud-dysmsapi20170525==4.6.0",
    "tencentcloud-sdk-python-sms==3.1.153",
    "segment-analytics-python==2.4.0",
    "standardwebhooks==1.1.0",
];
/// What the Node script needs.
const NODE: &[&str] = &[
    "twilio@6.2.0",
    "@alicloud/dysmsapi20170525@4.6.0",
    "@alicloud/openapi-client@0.4.15",
    "tencentcloud-sdk-nodejs-sms@4.1.306",
    "standardwebhooks@1.1.1",
];
/// The script that recorded the facts our dialects follow.
const SHARED: &str = "../shared/conformance/http_sdk_clients.py";
/// Where packages are kept; the variable may name another place.
const CACHE: &str = "HONGYAN_INTEROP_CACHE";
/// How long a script may take, in seconds.
const PATIENCE: &str = "180";

const ACCOUNT: &str = r#"
id = "sdk"
department = "电子银行部"
classes = ["customer_service", "marketing"]
class = "customer_service"
consent = "asserted"
signatures = ["测试银行", "银行"]
extension = "8"

[alibaba]
access_key_id = "testAK"
secret = "testSecret"

[tencent]
secret_id = "testAK"
secret = "testSecret"
application = "1400000000"

[twilio]
account_sid = "AC00000000000000000000000000000000"
secret = "testSecret"

[templates.SMS_123456]
template = "sdk-notice"

[templates.SMS_CODE]
template = "sdk-code"

[templates.449739]
template = "sdk-code"
values = ["code", "minutes"]

[templates.HX00000000000000000000000000000000]
template = "sdk-notice"
"#;

const CALLED_BACK: &str = r#"
id = "web"
department = "电子银行部"
classes = ["customer_service"]
class = "customer_service"
tokens = ["web-token"]

[callback]
url = "http://127.0.0.1:{port}/told"
style = "standard"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
allow = ["127.0.0.1"]
"#;

const CODE: &str = r#"
id = "sdk-code"
class = "customer_service"
subtype = "account_change"
language = "zh-CN"
parts_max = 1
text = "您的验证码是{{ code }}，{{ minutes }}分钟内有效。"

[variables]
code = { type = "code", from = "event.code" }
minutes = { type = "text(4)", from = "event.minutes" }
"#;

const NOTICE: &str = r#"
id = "sdk-notice"
class = "customer_service"
subtype = "account_change"
language = "zh-CN"
parts_max = 1
text = "您的申请已受理。"
"#;

/// What the shared script must print for each call: the beginning of its line after the name, and what is in it.
const SHARED_RESULTS: &[(&str, &[&str])] = &[
    ("ali SendSms ->", &["'Code': 'OK'", "'BizId'"]),
    ("ali SendBatchSms ->", &["'Code': 'OK'", "'BizId'"]),
    ("ali QuerySendDetails ->", &["'Code': 'OK'", "'TotalCount'"]),
    ("ali QuerySendStatistics ->", &["'Code': 'OK'", "'TargetList'"]),
    ("ali v2 SendSms ->", &["'Code': 'OK'", "'BizId'"]),
    ("tc SendSms ->", &["\"Code\": \"Ok\"", "+8613900139000", "\"SessionContext\": \"ctx-1\""]),
    ("tc SendSms GET ->", &["\"Code\": \"Ok\"", "+8613900139000"]),
    ("tc SendSms HmacSHA256 ->", &["\"Code\": \"Ok\"", "+8613900139000"]),
    ("tc PullSmsSendStatus ->", &["PullSmsSendStatusSet"]),
    ("tc PullSmsReplyStatus ->", &["PullSmsReplyStatusSet"]),
    ("tc SendStatusStatistics ->", &["RequestSuccessCount"]),
    ("twilio create ->", &["'SM", "'queued', '1', 'outbound-api'"]),
    ("twilio create messaging service scheduled ->", &["ed"]),
    // The script asks for a message that never was: what the vendor itself answers then.
    ("twilio fetch EXC", &["TwilioRestException HTTP 404"]),
    ("twilio list ->", &["["]),
    ("twilio cancel EXC", &["TwilioRestException HTTP 404"]),
    ("twilio delete EXC", &["TwilioRestException HTTP 404"]),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, shared) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [name @ ("sdk-python" | "sdk-node")] => (name, SHARED),
        [name @ "sdk-python", shared] => (name, shared),
        _ => {
            eprintln!("interop_sdk: expected sdk-python [SCRIPT] or sdk-node");
            return ExitCode::FAILURE;
        }
    };
    let (packages, is_python) = if name == "sdk-python" { (PYTHON, true) } else { (NODE, false) };
    match installed(name, packages, is_python) {
        Ok((program, folder)) if is_python => python(&program, &folder, Path::new(shared)),
        Ok((program, folder)) => node(&program, &folder),
        Err(why) => {
            println!("{name}: skipped: {why}");
            return ExitCode::from(EXIT_SKIPPED);
        }
    }
    ExitCode::SUCCESS
}

fn python(program: &Path, packages: &Path, shared: &Path) {
    if shared.exists() {
        with_server(|server, _| {
            let script = shared.to_string_lossy();
            let out = script_says(program, packages, &[&script], &server.address);
            for (beginning, holds) in SHARED_RESULTS {
                let line = out
                    .lines()
                    .find(|line| line.strip_prefix("## ").is_some_and(|l| l.starts_with(beginning)));
                let found = line.is_some_and(|line| holds.iter().all(|part| line.contains(part)));
                assert!(found, "expected {beginning:?} with {holds:?}, found {line:?} in\n{out}");
            }
            println!("sdk-python: the shared script, unchanged: {} calls as expected", SHARED_RESULTS.len());
        });
    } else {
        println!("sdk-python: {} is not there: its calls were skipped", shared.display());
    }
    with_server(|server, port| own(program, packages, "sdk_clients.py", server, port));
}

fn node(program: &Path, packages: &Path) {
    with_server(|server, port| own(program, packages, "sdk_clients.mjs", server, port));
}

fn own(program: &Path, packages: &Path, script: &str, server: &Server<'_>, port: u16) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(script);
    let port = port.to_string();
    let path = path.to_string_lossy();
    let out = script_says(program, packages, &[&path, &server.address, &port], &server.address);
    assert!(out.contains("passed"), "{out}");
    println!("{script}: {} checks passed", out.matches("checked").count());
}

/// A server with the accounts of the scripts, and a port for the callback's receiver.
fn with_server(run: impl FnOnce(&Server<'_>, u16)) {
    let (folder, smsc) = (Folder::new("sdk"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    // Free a moment ago: who listens next is the script.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    assert!(free.is_ok(), "expected a free port on loopback, found {free:?}");
    let port = free.map_or(0, |address| address.port());
    folder.write("config/accounts/sdk.toml", ACCOUNT);
    folder.write("config/accounts/web.toml", CALLED_BACK.replace("{port}", &port.to_string()));
    folder.write("config/templates/sdk-code.toml", CODE);
    folder.write("config/templates/sdk-notice.toml", NOTICE);
    let server = Server::start(&folder);
    run(&server, port);
    server.stop();
}

fn script_says(program: &Path, packages: &Path, arguments: &[&str], base: &str) -> String {
    let done = Command::new("timeout")
        .arg(PATIENCE)
        .arg(program)
        .args(arguments)
        .env("HONGYAN_BASE", base)
        .env("NODE_PATH", packages.join("node_modules"))
        .stdin(Stdio::null())
        .output();
    assert!(done.is_ok(), "expected the script to start, found {done:?}");
    let Ok(done) = done else { return String::new() };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    // The shared script ends with calls that are another product's; its own lines are what counts.
    assert!(done.status.success() || out.contains("## twilio delete"), "{}\n{out}{err}", done.status);
    out.into_owned()
}

/// The program that runs the scripts, and the folder of its packages.
fn installed(name: &str, packages: &[&str], is_python: bool) -> Result<(PathBuf, PathBuf), String> {
    let cache =
        std::env::var_os(CACHE).map_or_else(|| std::env::temp_dir().join("hongyan-interop"), PathBuf::from);
    let folder = cache.join(name);
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let step = |program: &Path, arguments: &[&str]| -> Result<(), String> {
        let done = Command::new(program).args(arguments).current_dir(&folder).stdin(Stdio::null()).output();
        let done = done.map_err(|e| format!("{}: {e}", program.display()))?;
        let said = || String::from_utf8_lossy(&done.stderr).trim().to_owned();
        if done.status.success() { Ok(()) } else { Err(format!("{}: {}", program.display(), said())) }
    };
    let (ready, all) = (folder.join("ready"), packages.join("\n"));
    let python = folder.join("venv/bin/python");
    if std::fs::read_to_string(&ready).is_ok_and(|installed| installed == all) {
        return Ok((if is_python { python } else { PathBuf::from("node") }, folder));
    }
    if is_python {
        step(Path::new("python3"), &["-m", "venv", "venv"])?;
        step(&python, &[&["-m", "pip", "install", "--quiet"], packages].concat())?;
    } else {
        step(Path::new("npm"), &[&["install", "--no-save", "--prefix", "."], packages].concat())?;
    }
    std::fs::write(ready, all).map_err(|e| e.to_string())?;
    Ok((if is_python { python } else { PathBuf::from("node") }, folder))
}
