//! Prometheus metrics, made from the status board at each scrape. Names begin with the stage they belong to.

use super::status::Board;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use proof::Kind;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The metrics page.
///
/// # Errors
/// None in practice: writing into a text does not fail.
pub fn page(board: &Arc<Board>, checkpoint: u64) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("hongyan");
    registry.register_collector(Box::new(Figures { board: Arc::clone(board), checkpoint }));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Figures {
    board: Arc<Board>,
    checkpoint: u64,
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let s = self.board.snapshot();
        let since_start = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let counters: [(&str, &str, u64); 14] = [
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
            ("deliver_claimed", "Claims", s.totals.of(Kind::MessageClaimed)),
            ("deliver_parts_submitted", "Parts that carriers took", s.totals.of(Kind::PartSubmitted)),
            ("deliver_parts_refused", "Parts that carriers refused", s.totals.of(Kind::PartRefused)),
            ("deliver_receipts", "Receipts matched", s.totals.of(Kind::ReceiptReceived)),
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
        let gauges: [(&str, &str, u64); 7] = [
            ("perceive_customers", "Customers known", s.customers),
            ("decide_waiting", "Messages held back now", s.waiting),
            ("deliver_queued", "Messages that wait for a carrier now", s.queued.values().sum()),
            ("deliver_claimed_open", "Messages handed over and not answered now", s.claimed),
            ("deliver_submitted_open", "Messages whose receipts are due now", s.submitted_open),
            (
                "deliver_uncertain",
                "Messages of which it is not known whether the carrier has them",
                s.uncertain,
            ),
            ("prove_checkpoint", "Entries that the last checkpoint covers", self.checkpoint),
        ];
        for (name, help, value) in gauges {
            gauge(&mut encoder, name, help, value)?;
        }
        Ok(())
    }
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
