//! `interop_sdk NAME [SCRIPT]`: vendors' own SDKs as an account of ours over HTTP, and our callbacks verified by the
//! library of their standard.
//!
//! The SDKs run as scripts against the real command, behind which a carrier takes what comes; what they assert are their
//! own typed results and exceptions. `sdk-python` runs the shared script SCRIPT unchanged as well, if it is there. Packages
//! are installed, in the versions named here, into a folder that is kept. Started by `cargo xtask interop`. Status 3: the
//! SDKs cannot be had here.

use hongyan_tests::bench::figures::EXIT_SKIPPED;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::interop::free_port;
use hongyan_tests::packages::{Installed, Kind, install};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

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
/// How long a script may take, in seconds.
const SECONDS: u64 = 180;

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
    let (packages, kind) = if name == "sdk-python" { (PYTHON, Kind::Python) } else { (NODE, Kind::Node) };
    let done = match install(name, kind, packages) {
        Ok(installed) if kind == Kind::Python => python(&installed, Path::new(shared)),
        Ok(installed) => own(&installed, "sdk_clients.mjs").map(|checks| (checks, 0)),
        Err(why) => {
            println!("{name}: skipped: {} cannot be had here: {why}", packages.join(", "));
            return ExitCode::from(EXIT_SKIPPED);
        }
    };
    match done {
        Ok((checks, calls)) => {
            println!(
                "{}",
                json!({ "interop": name, "packages": packages, "checks": checks, "shared_calls": calls })
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{name}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Our own checks, and the calls of the shared script.
fn python(installed: &Installed, script: &Path) -> Result<(usize, usize), String> {
    let checks = own(installed, "sdk_clients.py")?;
    if !script.exists() {
        println!("sdk-python: {} is not there: its calls were skipped", script.display());
        return Ok((checks, 0));
    }
    with_server(|server, _| shared(installed, script, server)).map(|calls| (checks, calls))
}

/// Runs the shared script unchanged and looks for what each of its calls must print.
fn shared(installed: &Installed, script: &Path, server: &Server<'_>) -> Result<usize, String> {
    let (out, _) = says(installed, None, &[&script.to_string_lossy()], server)?;
    for (beginning, holds) in SHARED_RESULTS {
        let line =
            out.lines().find(|line| line.strip_prefix("## ").is_some_and(|l| l.starts_with(beginning)));
        if !line.is_some_and(|line| holds.iter().all(|part| line.contains(part))) {
            return Err(format!("expected {beginning:?} with {holds:?}, found {line:?} in\n{out}"));
        }
    }
    Ok(SHARED_RESULTS.len())
}

fn own(installed: &Installed, script: &str) -> Result<usize, String> {
    with_server(|server, port| {
        let (out, ended_well) = says(installed, Some(script), &[&server.address, &port.to_string()], server)?;
        if ended_well && out.contains("passed") {
            return Ok(out.matches("checked").count());
        }
        Err(format!("{script}: expected every check to pass, found\n{out}"))
    })
}

/// A server with the accounts of the scripts, and a port for the callback's receiver.
fn with_server<T>(run: impl FnOnce(&Server<'_>, u16) -> Result<T, String>) -> Result<T, String> {
    let (folder, smsc) = (Folder::new("sdk"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    // Who listens there next is the script.
    let port = free_port()?;
    folder.write("config/accounts/sdk.toml", ACCOUNT);
    folder.write("config/accounts/web.toml", CALLED_BACK.replace("{port}", &port.to_string()));
    folder.write("config/templates/sdk-code.toml", CODE);
    folder.write("config/templates/sdk-notice.toml", NOTICE);
    let server = Server::start(&folder);
    let done = run(&server, port)?;
    server.stop();
    Ok(done)
}

/// What a script printed, and whether it ended well. The shared one ends with calls that are another product's (Segment's,
/// which we answer with 404), so that its end says nothing; its lines do.
fn says(
    installed: &Installed,
    script: Option<&str>,
    arguments: &[&str],
    server: &Server<'_>,
) -> Result<(String, bool), String> {
    let mut command = installed.command(script, SECONDS);
    let done = command.args(arguments).env("HONGYAN_BASE", &server.address).output();
    let done = done.map_err(|error| format!("the script does not start: {error}"))?;
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    Ok((format!("{out}{err}"), done.status.success()))
}
