//! `bench_queue`: what a message costs that waits, and whether a verification code waits behind a million of them.
//!
//! A node in this process, real files, no carrier: nothing grants credit until all orders are queued. Memory is counted
//! twice: by the allocator, and as the operating system sees it. Then the carrier comes, and while it takes the bulk
//! in small steps, codes are ordered one after the other. At the end the ledger is opened again. Started by
//! `cargo xtask bench queue`.
//!
//! `bench_queue [--messages 1000000] [--recipients 100000] [--strangers] [--codes 1000] [--quick] [--no-bar] [--keep]`

use cap::Cap;
use engine::decide::Ordered;
use engine::entry::{Profile, Standing};
use engine::perceive::CustomerReport;
use engine::{Action, Input, Reply};
use hongyan_tests::bench::Error;
use hongyan_tests::bench::engine::{now, open, order, phone, text, world};
use hongyan_tests::bench::figures::{Arguments, Figures, percentile};
use hongyan_tests::bench::machine::{Clock, resident_bytes};
use model::{CustomerId, Fields, MessageId, RouteId};
use node::{Committed, Node};
use std::alloc::System;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Counts what is allocated.
#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// Bytes of memory for a message that waits, at most.
const MESSAGE_BYTES_MAX: f64 = 600.0;
/// Milliseconds from a code's order until its claim is durable, for 99 of 100, at most.
const CODE_MILLIS_MAX: f64 = 50.0;
const MESSAGES: u64 = 1_000_000;
const MESSAGES_QUICK: u64 = 50_000;
const RECIPIENTS: u64 = 100_000;
/// Orders or customers in one step.
const STEP: u64 = 1_000;
/// Parts that the carrier takes in one step while codes are asked for: a window of as many answers.
const CREDIT: u32 = 200;

struct Plan {
    messages: u64,
    recipients: u64,
    strangers: bool,
    codes: u64,
}

/// Memory in bytes: as the allocator counts it, and as the system does.
#[derive(Clone, Copy)]
struct Memory {
    allocated: usize,
    resident: u64,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench_queue: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let quick = arguments.flag("--quick");
    let bars = !arguments.flag("--no-bar");
    let keep = arguments.flag("--keep");
    let messages = arguments.number("--messages", if quick { MESSAGES_QUICK } else { MESSAGES })?.max(STEP);
    let strangers = arguments.flag("--strangers");
    let recipients = if strangers { messages } else { RECIPIENTS.min(messages) };
    let recipients = arguments.number("--recipients", recipients)?.max(1);
    let plan = Plan { messages, recipients, strangers, codes: arguments.number("--codes", 1_000)? };
    arguments.finish()?;
    let folder = std::env::temp_dir().join(format!("hongyan-bench-queue-{}", std::process::id()));
    let figures = measure(&plan, &folder);
    if keep {
        println!("kept: {}", folder.display());
    } else {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(figures?.finish(bars))
}

fn measure(plan: &Plan, folder: &Path) -> Result<Figures, Error> {
    let own = [std::process::id()];
    let clock = Clock::read(&own)?;
    let world = world()?;
    let (mut node, _) = open(world.clone(), folder)?;
    if !plan.strangers {
        import(&mut node, plan.recipients)?;
    }
    let before = memory()?;
    let began = Instant::now();
    queue(&mut node, plan)?;
    let queued = began.elapsed().as_secs_f64();
    let after = memory()?;
    let mut times = codes(&mut node, plan)?;
    times.sort_unstable();
    let entries = node.reader().len();
    drop(node);
    let began = Instant::now();
    let (node, replayed) = open(world, folder)?;
    let restart = began.elapsed().as_secs_f64();
    let waiting = node.engine().state().queues.waiting(&RouteId::from("demo")) as u64;

    let each = |bytes: f64| bytes / plan.messages as f64;
    let allocated = each(after.allocated.saturating_sub(before.allocated) as f64);
    let resident = each(after.resident.saturating_sub(before.resident) as f64);
    let p99 = percentile(&times, 99) as f64 / 1_000.0;
    let mut figures = Figures::new("queue");
    figures.add("messages", plan.messages);
    figures.add("recipients", plan.recipients);
    figures.add("strangers", plan.strangers);
    figures.add_rounded("allocated_bytes_per_message", allocated);
    figures.add_rounded("resident_bytes_per_message", resident);
    figures.add_rounded("resident_mib", after.resident as f64 / (1 << 20) as f64);
    figures.add_rounded("queued_per_second", plan.messages as f64 / queued);
    figures.add("codes", times.len());
    figures.add_rounded("code_order_to_claim_ms_p50", percentile(&times, 50) as f64 / 1_000.0);
    figures.add_rounded("code_order_to_claim_ms_p99", p99);
    figures.add_rounded("code_order_to_claim_ms_max", percentile(&times, 100) as f64 / 1_000.0);
    figures.add("entries", entries);
    figures.add("entries_replayed", replayed.entries);
    figures.add_rounded("restart_seconds", restart);
    figures.add("waiting_after_restart", waiting);
    figures.add_rounded("foreign_cpu_share", Clock::read(&own)?.foreign_share(&clock));
    let found = allocated.max(resident);
    // Strangers are customers as well: what is known of each is not a message's.
    figures.hold(
        plan.strangers || found <= MESSAGE_BYTES_MAX,
        format!("expected at most {MESSAGE_BYTES_MAX} bytes a message, found {found:.0}"),
    );
    figures.hold(
        p99 <= CODE_MILLIS_MAX,
        format!("expected codes claimed within {CODE_MILLIS_MAX} ms (p99), found {p99:.1}"),
    );
    figures.hold(
        replayed.entries >= entries,
        format!("expected {entries} entries replayed, found {}", replayed.entries),
    );
    Ok(figures)
}

fn memory() -> Result<Memory, Error> {
    Ok(Memory { allocated: ALLOCATED.allocated(), resident: resident_bytes(std::process::id())? })
}

fn import(node: &mut Node, recipients: u64) -> Result<(), Error> {
    for first in (0..recipients).step_by(STEP as usize) {
        let customers = (first..recipients.min(first + STEP)).map(|n| {
            let profile = Profile {
                id: CustomerId::new(format!("C{n:07}")),
                phone: Some(phone(n)?),
                zone: None,
                standing: Standing::Normal,
                attributes: Fields::new(),
            };
            Ok(CustomerReport { profile, consents: Vec::new() })
        });
        let customers = customers.collect::<Result<_, Error>>()?;
        node.step(&[Input::Customers(customers)], now())?;
    }
    Ok(())
}

/// Queues the bulk; every order must be accepted.
fn queue(node: &mut Node, plan: &Plan) -> Result<(), Error> {
    for first in (0..plan.messages).step_by(STEP as usize) {
        let last = plan.messages.min(first + STEP);
        let orders = (first..last).map(|n| Ok(order("bulk", phone(n % plan.recipients)?, text(n))));
        let orders = orders.collect::<Result<_, Error>>()?;
        let committed = node.step(&[Input::Orders(orders)], now())?;
        let Some(Reply::Ordered(ordered)) = committed.replies.first() else {
            return Err("expected an answer to the orders".into());
        };
        if let Some(other) = ordered.iter().find(|o| !matches!(o, Ordered::Accepted { until: None, .. })) {
            return Err(format!("expected every order to be accepted, found {other:?}").into());
        }
    }
    Ok(())
}

/// Orders codes while the carrier takes the bulk: microseconds from the order to the durable claim.
fn codes(node: &mut Node, plan: &Plan) -> Result<Vec<i64>, Error> {
    let mut times = Vec::new();
    for n in 0..plan.codes {
        // The bulk goes on: this step may be under way when the code comes, which then waits for it.
        let began = Instant::now();
        step(node, Vec::new())?;
        let to = phone(n * plan.recipients.div_ceil(plan.codes.max(1)) % plan.recipients)?;
        let code = order("codes", to, format!("Code {n:06}. Tell nobody."));
        let (committed, sent) = step(node, vec![Input::Orders(vec![code])])?;
        let Some(Reply::Ordered(ordered)) = committed.replies.first() else {
            return Err("expected an answer to the order of a code".into());
        };
        let [Ordered::Accepted { message, .. }] = ordered[..] else {
            return Err(format!("expected the code to be accepted, found {ordered:?}").into());
        };
        if !sent.contains(&message) {
            return Err("expected the code to be claimed in the step that it came in".into());
        }
        times.push(i64::try_from(began.elapsed().as_micros())?);
    }
    Ok(times)
}

/// One step in which the carrier has room; the messages that were claimed for it.
fn step(node: &mut Node, mut inputs: Vec<Input>) -> Result<(Committed, Vec<MessageId>), Error> {
    inputs.push(Input::Credit { route: RouteId::from("demo"), parts: CREDIT });
    let committed = node.step(&inputs, now())?;
    let sent = committed.actions.iter().filter_map(|action| match action {
        Action::Submit(sendable) => Some(sendable.message()),
        _ => None,
    });
    let sent = sent.collect();
    Ok((committed, sent))
}
