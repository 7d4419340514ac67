//! `interop_berka`: the main job on real input, against a message centre that is not ours.
//!
//! The customers and 15 months of transactions of a real bank (PKDD'99, "Berka") go through the shipped maps and the
//! real reader, then through the whole loop under virtual time: each movement becomes a notice over SMPP to an SMSC on
//! Node.js, receipts come back. Then four offers go to everybody, some of whom consented, and a few customers refuse.
//! At the end the books of the other side, the ledger and the input must agree (`reconcile`), and random certificates
//! must verify with our verifier and with one in Go.
//!
//! `interop_berka --data DIR [--certificates 100] [--heartbeat-minutes 120] [--no-bar] [--keep]`; DIR holds
//! `risk/berka/*.csv.gz`. Started by `cargo xtask interop berka`. Status 3: something it needs is not there.

mod certificates;
mod reconcile;

use engine::perceive::{CustomerReport, EventReport};
use engine::world::World;
use engine::{Input, Reply};
use hongyan_tests::bench::figures::{Arguments, EXIT_SKIPPED, Figures};
use hongyan_tests::bench::replay::Replay;
use hongyan_tests::bench::smsc::{self, Smsc};
use hongyan_tests::bench::{Error, process};
use model::{Span, Timestamp};
use reconcile::{Evidence, Refusals};
use serde_json::Value;
use server::perceive::read;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

/// Where the bank is.
const ZONE: &str = "Europe/Prague";
/// Before the first transaction.
const BEGIN: &str = "1992-12-31T12:00:00+01:00";
/// When each offer is launched; the first at night, so that it must wait for the morning.
const OFFERS: [(&str, &str); 4] = [
    ("offer-night", "1994-04-01T21:30:00+02:00"),
    ("offer-noon", "1994-04-02T12:00:00+02:00"),
    ("offer-afternoon", "1994-04-02T15:00:00+02:00"),
    ("offer-too-many", "1994-04-02T18:00:00+02:00"),
];
/// After which offer some refuse.
const REFUSED_AFTER: usize = 1;
/// How many of them.
const REFUSALS: usize = 25;
/// The bank's own files, over those that ship. Its data has no names, and no thresholds that customers have set.
const OWN_FILES: [(&str, &str); 3] = [
    (
        "templates/berka-offer.toml",
        r#"
id = "berka-offer"
class = "marketing"
subtype = "offer"
language = "zh-CN"
parts_max = 2
text = "{{ institution }}春季财富活动已开始，详情请登录本行手机银行查看。理财非存款，产品有风险，投资须谨慎。拒收请回复R"

[variables]
institution = { type = "text(20)", from = "institution.name" }
"#,
    ),
    (
        "templates/abnormal-activity.toml",
        r#"
id = "abnormal-activity"
class = "risk_notice"
subtype = "abnormal_activity"
language = "zh-CN"
parts_max = 2
text = "账户{{ tail }}于{{ at }}{{ direction }}{{ amount }}元，金额较大。如非本人操作，请立即致电本行客服热线。本行工作人员不会向您索取密码或验证码。"

[variables]
tail = { type = "account_tail", from = "event.account_tail" }
at = { type = "time", from = "event.at" }
direction = { type = "text(4)", from = "event.direction_text" }
amount = { type = "money", from = "event.amount" }
"#,
    ),
    (
        "journeys/abnormal-activity.toml",
        r#"
id = "abnormal-activity"
version = 1
class = "risk_notice"
subtype = "abnormal_activity"

[trigger]
event = "transaction"
when = "event.amount > 40000"

[[steps]]
send = "abnormal-activity"
"#,
    ),
];
/// When everything must have come to its end.
const END: &str = "1994-04-10T12:00:00+02:00";

struct Plan {
    data: PathBuf,
    certificates: usize,
    heartbeat: Span,
    folder: PathBuf,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("interop_berka: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let bars = !arguments.flag("--no-bar");
    let keep = arguments.flag("--keep");
    let data = PathBuf::from(arguments.value("--data")?.ok_or("expected --data DIR")?);
    let heartbeat = i64::try_from(arguments.number("--heartbeat-minutes", 120)?.max(1))?;
    let plan = Plan {
        data: data.join("risk/berka"),
        certificates: usize::try_from(arguments.number("--certificates", 100)?)?,
        heartbeat: Span::seconds(heartbeat * 60),
        folder: std::env::temp_dir().join(format!("hongyan-interop-berka-{}", std::process::id())),
    };
    arguments.finish()?;
    let missing = if plan.data.is_dir() {
        smsc::missing()
    } else {
        Some(format!("no data at {}", plan.data.display()))
    };
    if let Some(missing) = missing {
        eprintln!("interop_berka: skipped: {missing}");
        return Ok(ExitCode::from(EXIT_SKIPPED));
    }
    fs::create_dir_all(&plan.folder)?;
    let figures = replay(&plan);
    if keep {
        println!("kept: {}", plan.folder.display());
    } else {
        fs::remove_dir_all(&plan.folder)?;
    }
    Ok(figures?.finish(bars))
}

fn replay(plan: &Plan) -> Result<Figures, Error> {
    let began = Instant::now();
    let customers = dump(plan, "customers", "client.csv.gz", "berka-customers.toml")?;
    let events = dump(plan, "events", "trans_1993_to_1994q1.csv.gz", "berka-transactions.toml")?;
    let smsc = Smsc::start(&plan.folder.join("books.jsonl"), ZONE)?;
    let world = Arc::new(world(&smsc.address)?);
    let data = plan.folder.join("data");
    let begin = at(BEGIN)?;
    let mut replay = Replay::open(Arc::clone(&world), &data, entropy(), smsc, begin)?;
    for body in &customers {
        let reports: Vec<CustomerReport> =
            read::customers(&serde_json::to_vec(body)?, &world.institution).map_err(|p| p.detail)?;
        taken(&replay.feed(&[Input::Customers(reports)])?)?;
    }
    let mut reports: Vec<EventReport> = Vec::new();
    for body in &events {
        reports.extend(read::events(&serde_json::to_vec(body)?, &world.institution).map_err(|p| p.detail)?);
    }
    reports.sort_by_key(|report| report.event.at);
    events_in_time(plan, &mut replay, &reports)?;
    let refusals = offers(&mut replay, &customers)?;
    replay.advance(at(END)?)?;
    let seconds = began.elapsed().as_secs_f64();
    let now = replay.now;
    let (node, smsc, traffic) = replay.close()?;
    let (counts, books) = smsc.end()?;

    let mut figures = Figures::new("berka");
    let ledger = reconcile::read_ledger(&*node.reader())?;
    let evidence = Evidence { ledger, books, counts, customers, events, refusals, traffic };
    evidence.check(&node, &mut figures);
    figures.add_rounded("seconds", seconds);
    certificates::check(&node, &plan.folder, &evidence.ledger, plan.certificates, now, &mut figures)?;
    Ok(figures)
}

/// Has the real command read a table by its map; returns the bodies of its calls.
fn dump(plan: &Plan, kind: &str, table: &str, map: &str) -> Result<Vec<Value>, Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = plan.folder.join(format!("{kind}.jsonl"));
    let status = Command::new(process::programs()?.join("hongyan"))
        .args(["ingest", kind])
        .arg(plan.data.join(table))
        .arg("--map")
        .arg(root.join("library/maps").join(map))
        .arg("--dump")
        .arg(&file)
        .arg("--rejects")
        .arg(plan.folder.join("rejects.csv"))
        .status()?;
    if !status.success() {
        return Err(format!("hongyan ingest {kind} ended with {status}").into());
    }
    let mut bodies = Vec::new();
    for line in fs::read_to_string(&file)?.lines() {
        let mut call: Value = serde_json::from_str(line)?;
        bodies.push(call["body"].take());
    }
    Ok(bodies)
}

/// What ships, with the route pointed at the message centre. The link asks whether it is alive after so long that no
/// jump of the clock makes it.
fn world(address: &str) -> Result<World, Error> {
    let mut files: Vec<(String, String)> = library::files()
        .filter(|(path, _)| !path.starts_with("maps/") && !path.starts_with("broadcasts/"))
        .map(|(path, content)| (path.to_owned(), content.to_owned()))
        .collect();
    files.retain(|(path, _)| OWN_FILES.iter().all(|(own, _)| own != path));
    files.extend(OWN_FILES.map(|(path, text)| (path.to_owned(), text.to_owned())));
    for (_, route) in files.iter_mut().filter(|(path, _)| path == "routes/demo.toml") {
        let lines = route.lines().map(|line| match line.split_once('=').map(|(key, _)| key.trim()) {
            Some("address") => format!("address = \"{address}\"\n"),
            Some("password") => "password = \"berka\"\n".to_owned(),
            Some("enquire_after") => "enquire_after = \"3650d\"\n".to_owned(),
            _ => format!("{line}\n"),
        });
        *route = lines.collect();
    }
    engine::world::load(&files).map_err(|mistakes| format!("{mistakes:?}").into())
}

fn entropy() -> node::Entropy {
    Box::new(|bytes| {
        // Nothing may be sealed without entropy; a machine that has none cannot run this.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    })
}

fn at(text: &str) -> Result<Timestamp, Error> {
    Ok(Timestamp::parse_rfc3339(text)?)
}

fn taken(replies: &[Reply]) -> Result<(), Error> {
    match replies {
        [Reply::Taken { unchanged: 0, strangers, .. }] if strangers.is_empty() => Ok(()),
        other => Err(format!("expected that everything is new and known, found {other:?}").into()),
    }
}

/// Feeds the events in their order, one call for each heartbeat in which something happened.
fn events_in_time(plan: &Plan, replay: &mut Replay, reports: &[EventReport]) -> Result<(), Error> {
    let beat = |report: &EventReport| report.event.at.0.div_euclid(plan.heartbeat.0);
    for reports in reports.chunk_by(|a, b| beat(a) == beat(b)) {
        let Some(first) = reports.first() else { continue };
        replay.advance(Timestamp((beat(first) + 1) * plan.heartbeat.0))?;
        taken(&replay.feed(&[Input::Events(reports.to_vec())])?)?;
    }
    Ok(())
}

/// Launches the offers; after one of them some customers refuse.
fn offers(replay: &mut Replay, customers: &[Value]) -> Result<Refusals, Error> {
    let mut refusals = Refusals::default();
    for (n, (id, when)) in OFFERS.into_iter().enumerate() {
        replay.advance(at(when)?)?;
        let source = format!(
            "id = \"{id}\"\nclass = \"marketing\"\nsubtype = \"offer\"\ntemplate = \"berka-offer\"\nvalidity = \"48h\"\n"
        );
        match replay.feed(&[Input::Launch(source.into())])?.as_slice() {
            [Reply::Launched(_)] => {}
            other => return Err(format!("{id}: expected a launch, found {other:?}").into()),
        }
        if n == REFUSED_AFTER {
            // A minute later, as people do.
            replay.advance(replay.now.after(Span::seconds(60)))?;
            for phone in reconcile::consenting(customers).into_iter().step_by(7).take(REFUSALS) {
                replay.reply(phone.trim_start_matches('+'), "退订")?;
                refusals.phones.insert(phone);
            }
            refusals.after = n;
        }
    }
    Ok(refusals)
}
