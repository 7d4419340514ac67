//! Prometheus metrics, made from the status board at each scrape. Names begin with the stage they belong to.

use super::status::{Board, Snapshot};
use crate::deliver::north::Counters;
use engine::entry::Follower;
use node::RouteFigures;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use proof::Kind;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The metrics page.
///
/// # Errors
/// None in practice: writing into a text does not fail.
pub fn page(
    board: &Arc<Board>,
    checkpoint: u64,
    routes: BTreeMap<String, RouteFigures>,
) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("hongyan");
    registry.register_collector(Box::new(Figures { board: Arc::clone(board), checkpoint, routes }));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Figures {
    board: Arc<Board>,
    checkpoint: u64,
    routes: BTreeMap<String, RouteFigures>,
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let s = self.board.snapshot();
        let since_start = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let counters: [(&str, &str, u64); 16] = [
            ("perceive_events", "Events taken in", s.totals.of(Kind::EventAccepted)),
            ("decide_candidates", "Messages that came to the gate for the first time", s.totals.candidates),
            ("decide_passed", "Verdicts that let a message pass", s.totals.of(Kind::MessageDecided)),
            ("decide_held", "Verdicts that held a message back", s.totals.of(Kind::MessageHeld)),
            ("decide_blocked", "Verdicts that stopped a message", s.totals.of(Kind::MessageBlocked)),
            (
                "decide_condition_failures",
                "Conditions without an answer, since the start",
                since_start(&self.board.condition_failures),
            ),
            ("decide_emergencies", "Changes that came into force without approval", s.emergencies),
            ("deliver_claimed", "Claims", s.totals.of(Kind::MessageClaimed)),
            ("deliver_parts_submitted", "Parts that carriers took", s.totals.of(Kind::PartSubmitted)),
            ("deliver_parts_refused", "Parts that carriers refused", s.totals.of(Kind::PartRefused)),
            ("deliver_receipts", "Receipts matched", s.totals.of(Kind::ReceiptReceived)),
            ("measure_weights_moved", "Times weights of experiments moved", s.totals.of(Kind::WeightsMoved)),
            ("converse_inbound", "Messages from customers", s.totals.of(Kind::InboundReceived)),
            ("prove_entries", "Entries in the ledger", s.entries),
            ("prove_commits", "Group commits, since the start", since_start(&self.board.commits)),
            (
                "prove_commit_microseconds",
                "Time in steps that committed, since the start",
                since_start(&self.board.commit_micros),
            ),
        ];
        for (name, help, value) in counters {
            counter(&mut encoder, name, help, value)?;
        }
        let gauges: [(&str, &str, u64); 14] = [
            ("converse_cases_open", "Complaints and requests of customers that wait for an answer", s.cases),
            ("converse_cases_overdue", "Those whose term is over", s.cases_overdue),
            ("perceive_customers", "Customers known", s.customers),
            ("compose_in_review", "Messages held for a person to look at", s.in_review),
            ("decide_waiting", "Messages held back now", s.waiting),
            ("deliver_queued", "Messages that wait for a carrier now", s.queued.values().sum()),
            ("deliver_claimed_open", "Messages handed over and not answered now", s.claimed),
            ("deliver_submitted_open", "Messages whose receipts are due now", s.submitted_open),
            (
                "deliver_uncertain",
                "Messages of which it is not known whether the carrier has them",
                s.uncertain,
            ),
            ("decide_changes_open", "Changes that wait for approval or to be put into force", s.changes_open),
            (
                "decide_emergencies_unreviewed",
                "Changes that came into force without approval and that nobody else has looked at",
                s.emergencies_unreviewed,
            ),
            ("decide_inside", "People inside journeys now", s.inside.values().map(|(all, _)| all).sum()),
            (
                "decide_stuck",
                "People inside journeys now who cannot go on",
                s.inside.values().map(|(_, stuck)| stuck).sum(),
            ),
            ("prove_checkpoint", "Entries that the last checkpoint covers", self.checkpoint),
        ];
        for (name, help, value) in gauges {
            gauge(&mut encoder, name, help, value)?;
        }
        measured(&mut encoder, &s, since_start(&self.board.clicks_unrecorded))?;
        routes(&mut encoder, &self.routes)?;
        accounts(&mut encoder, self.board.accounts.get().map_or(&[], Vec::as_slice))
    }
}

/// What experiments and tracked links came to: arms that are stopped, and who followed links.
fn measured(encoder: &mut DescriptorEncoder<'_>, s: &Snapshot, unrecorded: u64) -> Result<(), fmt::Error> {
    let help = "Arms of experiments that guardrails have stopped";
    gauge(encoder, "measure_arms_stopped", help, s.trials.stopped_arms() as u64)?;
    let help = "Tracked links followed without that being recorded: too often, or by whom nobody knows, since the start";
    counter(encoder, "measure_clicks_unrecorded", help, unrecorded)?;
    let (name, help) = ("measure_clicks", "Tracked links followed, by whom");
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for by in Follower::ALL {
        ConstCounter::new(s.totals.clicked(by)).encode(family.encode_family(&[("by", by.name())])?)?;
    }
    Ok(())
}

/// What is counted of each route, since the start.
fn routes(
    encoder: &mut DescriptorEncoder<'_>,
    routes: &BTreeMap<String, RouteFigures>,
) -> Result<(), fmt::Error> {
    if routes.is_empty() {
        return Ok(());
    }
    type Figure = fn(&RouteFigures) -> u64;
    let figures: [(&str, &str, Figure); 5] = [
        ("deliver_route_claimed", "Messages claimed for a route, since the start", |f| f.claimed),
        ("deliver_route_parts_submitted", "Parts that a route took, since the start", |f| f.submitted),
        ("deliver_route_parts_refused", "Parts that a route refused, since the start", |f| f.refused),
        ("deliver_route_parts_unanswered", "Parts that a route did not answer, since the start", |f| {
            f.unanswered
        }),
        ("deliver_route_receipts", "Receipts of a route, since the start", |f| f.receipts),
    ];
    for (name, help, figure) in figures {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (route, of) in routes {
            ConstCounter::new(figure(of)).encode(family.encode_family(&[("route", route.as_str())])?)?;
        }
    }
    let (name, help) =
        ("deliver_route_ended", "Messages of a route that ended, by the outcome, since the start");
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (route, of) in routes {
        for (outcome, count) in &of.outcomes {
            let labels = [("route", route.as_str()), ("outcome", outcome.as_str())];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
    }
    let (name, help) = (
        "deliver_route_receipt_milliseconds",
        "From submission to the next receipt: the end of the bucket that holds the percentile, since the start",
    );
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (route, of) in routes {
        for (word, percent) in [("p50", 50), ("p95", 95)] {
            let Some(millis) = of.latency.percentile(percent) else { continue };
            let labels = [("route", route.as_str()), ("percentile", word)];
            let millis = i64::try_from(millis).unwrap_or(i64::MAX);
            ConstGauge::new(millis).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

/// What is counted of each account that may bind.
fn accounts(encoder: &mut DescriptorEncoder<'_>, accounts: &[Arc<Counters>]) -> Result<(), fmt::Error> {
    if accounts.is_empty() {
        return Ok(());
    }
    let label = |account: &Counters| [("account", account.account.as_str().to_owned())];
    type Figure = fn(&Counters) -> &AtomicU64;
    let figures: [(&str, &str, Figure); 5] = [
        ("deliver_account_submits", "Messages that accounts handed in over binds", |c| &c.submits),
        ("deliver_account_accepted", "Of them: taken over", |c| &c.accepted),
        ("deliver_account_told", "Receipts and replies that accounts acknowledged", |c| &c.told),
        ("deliver_account_untold", "Receipts and replies that they did not take", |c| &c.untold),
        ("deliver_account_mistakes", "PDUs of accounts that broke the protocol", |c| &c.mistakes),
    ];
    for (name, help, figure) in figures {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for account in accounts {
            let value = figure(account).load(Ordering::Relaxed);
            ConstCounter::new(value).encode(family.encode_family(&label(account))?)?;
        }
    }
    let (name, help) =
        ("deliver_account_refused", "Messages of accounts that were not taken over, by the reason");
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for account in accounts {
        for (reason, count) in account.refusals() {
            let labels = [("account", account.account.as_str()), ("reason", reason)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
    }
    let (name, help) = ("deliver_account_binds", "Binds that accounts hold now");
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for account in accounts {
        let binds = i64::try_from(account.binds.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        ConstGauge::new(binds).encode(family.encode_family(&label(account))?)?;
    }
    Ok(())
}

fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: u64,
) -> Result<(), fmt::Error> {
    let metric = ConstCounter::new(value);
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> Result<(), fmt::Error> {
    let metric = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}
