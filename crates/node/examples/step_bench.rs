//! What one message life cycle costs the committing thread: decide, seal, append with fsync, claim, answer, receipt.
//!
//! No sockets: answers are made up here. `cargo run --release -p hongyan-node --example step_bench -- [MESSAGES]
//! [--import-only]` prints one JSON line; with the flag it stops before the first message, so that what comes before
//! can be taken off a count of instructions.

use engine::decide::Sendable;
use engine::deliver::{Answer, Report};
use engine::entry::{Profile, ReceiptState, Standing};
use engine::perceive::CustomerReport;
use engine::{Action, Input};
use model::{Consent, ConsentState, CustomerId, Fields, MessageClass, Phone, RemoteId, Timestamp, Value};
use node::Node;
use std::sync::Arc;
use std::time::Instant;
use store::journal::segments::Options;

const BROADCAST: &str = r#"
id = "bench"
class = "marketing"
subtype = "offer"
template = "spring-offer"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let messages: usize = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let folder = std::env::temp_dir().join(format!("hongyan-step-{}", std::process::id()));
    let files: Vec<(String, String)> = library::files()
        .filter(|(path, _)| !path.starts_with("maps/"))
        .map(|(p, c)| (p.to_owned(), c.to_owned()))
        .collect();
    let world = engine::world::load(&files).map_err(|m| format!("{m:?}"))?;
    let journal =
        store::open_journal(&format!("segments:{}/journal", folder.display()), Options::default())?.journal;
    let keys = store::open_keys(&format!("file:{0}/keys?kek={0}/kek", folder.display()))?.table;
    let mut counter = 0u64;
    let entropy: node::Entropy = Box::new(move |bytes| {
        for piece in bytes.chunks_mut(8) {
            counter = counter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            piece.copy_from_slice(&counter.to_le_bytes()[..piece.len()]);
        }
    });
    let noon = Timestamp::parse_rfc3339("2026-11-23T12:00:00+08:00")?;
    let (mut node, _) = Node::open(Arc::new(world), journal, keys, entropy, noon)?;
    let customers: Vec<CustomerReport> = (0..messages).map(customer).collect();
    let began = Instant::now();
    for batch in customers.chunks(2_000) {
        node.step(&[Input::Customers(batch.to_vec())], noon)?;
    }
    let import = began.elapsed();
    if std::env::args().any(|argument| argument == "--import-only") {
        println!("{{\"bench\":\"import\",\"customers\":{messages},\"seconds\":{:.3}}}", import.as_secs_f64());
        std::fs::remove_dir_all(&folder)?;
        return Ok(());
    }
    let route = model::RouteId::from("demo");
    let before = node.reader().len();
    let began = Instant::now();
    let committed = node.step(&[Input::Launch(BROADCAST.into())], noon)?;
    assert!(matches!(committed.replies[0], engine::Reply::Launched(_)), "{:?}", committed.replies);
    let (mut done, mut steps) = (0, 0u64);
    let mut answers = Vec::new();
    let mut reports = Vec::new();
    while done < messages {
        steps += 1;
        let inputs = [
            Input::Credit { route: route.clone(), parts: 500 },
            Input::Answers(std::mem::take(&mut answers)),
            Input::Reports(std::mem::take(&mut reports)),
        ];
        let committed = node.step(&inputs, noon)?;
        for action in committed.actions {
            let Action::Submit(sendable) = action else { continue };
            done += 1;
            answer(&sendable, &mut answers, &mut reports);
        }
        assert!(steps < 1_000_000, "no progress: {:?}", node.engine().state().totals);
    }
    node.step(&[Input::Answers(answers), Input::Reports(reports)], noon)?;
    let took = began.elapsed();
    let entries = node.reader().len() - before;
    let bytes: u64 = std::fs::read_dir(folder.join("journal"))?
        .filter_map(|f| f.ok()?.metadata().ok())
        .map(|m| m.len())
        .sum();
    println!(
        "{{\"bench\":\"step\",\"messages\":{messages},\"seconds\":{:.3},\"us_per_message\":{:.2},\"entries\":{entries},\"steps\":{steps},\"import_seconds\":{:.3},\"journal_bytes\":{bytes}}}",
        took.as_secs_f64(),
        took.as_secs_f64() * 1e6 / messages as f64,
        import.as_secs_f64(),
    );
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn customer(n: usize) -> CustomerReport {
    let attributes: Fields = [
        ("name", Value::Text("张三".into())),
        ("segment", Value::Text("gold".into())),
        ("risk_level", Value::Int(5)),
        ("age", Value::Int(40)),
    ]
    .into_iter()
    .map(|(k, v)| (k.into(), v))
    .collect();
    CustomerReport {
        profile: Profile {
            id: CustomerId::new(format!("C{n:07}")),
            phone: Phone::parse(&format!("139{n:08}"), "86").ok(),
            zone: None,
            standing: Standing::Normal,
            attributes,
        },
        consents: vec![Consent {
            class: MessageClass::Marketing,
            state: ConsentState::Granted,
            at: Timestamp(0),
            until: None,
            evidence: "form-1".into(),
        }],
    }
}

fn answer(sendable: &Sendable, answers: &mut Vec<Answer>, reports: &mut Vec<Report>) {
    for part in sendable.parts() {
        let remote = RemoteId::new(format!("{}-{part}", sendable.message()));
        answers.push(Answer::Submitted {
            route: sendable.route().clone(),
            message: sendable.message(),
            part: *part,
            remote: remote.clone(),
        });
        let route = sendable.route().clone();
        reports.push(Report { route, remote, state: ReceiptState::Delivered, error: None });
    }
}
