//! Whether the input, the books of the message centre and the ledger tell the same story.
//!
//! What should have happened is worked out here again from the input alone (the calls that the ingest made, the times
//! of the offers, who refused), by counting: it asks neither the gate nor the engine's state. What did happen is read
//! from the books of the other side.

use hongyan_tests::bench::Error;
use hongyan_tests::bench::figures::Figures;
use hongyan_tests::bench::replay::Traffic;
use hongyan_tests::bench::smsc::Submitted;
use model::Timestamp;
use node::Node;
use proof::{Kind, Leaf};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use store::journal::JournalReader;

/// What every offer must carry, and nothing else does.
const OFFER_MARK: &str = "拒收请回复R";
/// What every notice of a movement begins with, behind the signature.
const NOTICE_MARK: &str = "您尾号";
/// What every warning of a large movement carries.
const WARNING_MARK: &str = "如非本人操作";
/// Above which amount the bank warns: `journeys/abnormal-activity.toml` in `main`.
const WARNING_ABOVE: f64 = 40_000.0;
/// How many offers the shipped rules allow in 24 hours in 1994 (`marketing-day`).
const OFFERS_A_DAY: usize = 3;
/// Between which hours the shipped rules allow offers (`marketing-night`): from, up to.
const OFFER_HOURS: (&str, &str) = ("08:00:00", "21:00:00");
const DAY_MILLIS: i64 = 86_400_000;
/// How many differences are told one by one.
const TOLD_MAX: usize = 5;

/// Who refused, and after which offer.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    pub(crate) phones: BTreeSet<String>,
    /// The number of the offer, from 0.
    pub(crate) after: usize,
}

/// The life of one message, as its leaves tell it.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) indices: Vec<u64>,
    journey: String,
    held: u64,
    decided: u64,
    blocked: u64,
    submitted: u64,
    receipts: u64,
    /// How it ended.
    pub(crate) outcome: Option<String>,
}

/// The ledger by message, and its totals by kind.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) messages: BTreeMap<u64, Trace>,
    kinds: BTreeMap<Kind, u64>,
    rules: BTreeMap<String, u64>,
}

/// Everything that must agree.
pub(crate) struct Evidence {
    pub(crate) ledger: Ledger,
    pub(crate) books: Vec<Submitted>,
    pub(crate) counts: Value,
    pub(crate) customers: Vec<Value>,
    pub(crate) events: Vec<Value>,
    pub(crate) refusals: Refusals,
    pub(crate) traffic: Traffic,
}

/// Reads every leaf.
///
/// # Errors
/// A journal that cannot be read.
pub(crate) fn read_ledger(journal: &dyn JournalReader) -> Result<Ledger, Error> {
    let mut ledger = Ledger::default();
    let mut failed = None;
    journal.scan(journal.first(), journal.len(), &mut |index, record| match Leaf::decode(record.leaf) {
        Ok(leaf) => {
            ledger.take(index, &leaf);
            ControlFlow::Continue(())
        }
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok(ledger), |error| Err(error.into()))
}

impl Ledger {
    fn take(&mut self, index: u64, leaf: &Leaf<'_>) {
        *self.kinds.entry(leaf.kind).or_default() += 1;
        if let (Kind::MessageHeld | Kind::MessageBlocked, Some(rule)) = (leaf.kind, &leaf.rule) {
            *self.rules.entry(format!("{} {rule}", leaf.kind.name())).or_default() += 1;
        }
        let Some(message) = leaf.message else { return };
        let trace = self.messages.entry(message).or_default();
        trace.indices.push(index);
        if let Some(journey) = &leaf.journey {
            trace.journey = journey.to_string();
        }
        match leaf.kind {
            Kind::MessageHeld => trace.held += 1,
            Kind::MessageDecided => trace.decided += 1,
            Kind::MessageBlocked => trace.blocked += 1,
            Kind::PartSubmitted => trace.submitted += 1,
            Kind::ReceiptReceived => {
                trace.receipts += 1;
                trace.outcome = leaf.rule.as_deref().map(str::to_owned).or(trace.outcome.take());
            }
            Kind::MessageEnded => trace.outcome = leaf.rule.as_deref().map(str::to_owned),
            _ => {}
        }
    }

    fn of(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }

    fn sum(&self, of: impl Fn(&Trace) -> u64) -> u64 {
        self.messages.values().map(of).sum()
    }
}

/// The phones of those who consented to offers, in the order of the file.
pub(crate) fn consenting(customers: &[Value]) -> Vec<String> {
    members(customers, "customers").filter(|customer| has_consented(customer)).filter_map(phone).collect()
}

fn members<'a>(bodies: &'a [Value], list: &'a str) -> impl Iterator<Item = &'a Value> {
    bodies.iter().flat_map(move |body| body[list].as_array().into_iter().flatten())
}

fn phone(customer: &Value) -> Option<String> {
    customer["phone"].as_str().map(|phone| phone.trim_start_matches('+').to_owned())
}

/// The last word on offers in the file counts.
fn has_consented(customer: &Value) -> bool {
    let mut consents = customer["consents"].as_array().into_iter().flatten();
    consents.rfind(|consent| consent["class"] == "marketing").is_some_and(|c| c["state"] == "granted")
}

/// Messages as the other side saw them: the parts of one message are put together.
fn messages_by_phone(books: &[Submitted], mark: &str) -> BTreeMap<String, Vec<Timestamp>> {
    let mut by_phone: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    let mut open: BTreeMap<(&str, u64), (String, u64)> = BTreeMap::new();
    for part in books {
        let whole = match part.place {
            None => Some(part.text.clone()),
            Some((reference, total, _)) => {
                let (text, parts) = open.entry((&part.to, reference)).or_default();
                text.push_str(&part.text);
                *parts += 1;
                if *parts == total {
                    open.remove(&(part.to.as_str(), reference)).map(|(text, _)| text)
                } else {
                    None
                }
            }
        };
        if whole.is_some_and(|text| text.contains(mark)) {
            by_phone.entry(part.to.clone()).or_default().push(part.at);
        }
    }
    by_phone
}

impl Evidence {
    /// Adds the figures, and notes what does not agree.
    pub(crate) fn check(&self, node: &Node, figures: &mut Figures) {
        self.figures(figures);
        self.loop_is_closed(node, figures);
        self.notices(figures);
        self.offers(figures);
    }

    fn figures(&self, figures: &mut Figures) {
        let ledger = &self.ledger;
        figures.add("customers", members(&self.customers, "customers").count());
        figures.add("events", members(&self.events, "events").count());
        figures.add("messages", ledger.messages.len());
        figures.add("decided", ledger.sum(|m| u64::from(m.decided > 0 && m.blocked == 0)));
        figures.add("held", ledger.sum(|m| u64::from(m.held > 0)));
        figures.add("blocked", ledger.sum(|m| u64::from(m.blocked > 0)));
        figures.add("submitted_parts", ledger.of(Kind::PartSubmitted));
        figures.add("receipts", ledger.of(Kind::ReceiptReceived));
        figures.add("entries", ledger.kinds.values().sum::<u64>());
        figures.add("rules", json!(ledger.rules));
        figures.add("peer", self.counts.clone());
        figures.add("steps", self.traffic.steps);
        figures.add("conditions_without_answer", self.traffic.failures);
    }

    /// Every input, every part and every receipt is accounted for, on both sides.
    fn loop_is_closed(&self, node: &Node, figures: &mut Figures) {
        let ledger = &self.ledger;
        let mut same = |what: &str, expected: u64, found: u64| {
            figures.hold(expected == found, format!("{what}: expected {expected}, found {found}"));
        };
        let peer = |name: &str| self.counts[name].as_u64().unwrap_or(0);
        same(
            "events in the ledger",
            members(&self.events, "events").count() as u64,
            ledger.of(Kind::EventAccepted),
        );
        same(
            "customers",
            members(&self.customers, "customers").count() as u64,
            ledger.of(Kind::CustomerRecorded),
        );
        let finished = ledger.sum(|m| u64::from((m.decided > 0) != (m.blocked > 0)));
        same("messages decided or blocked, never both", ledger.messages.len() as u64, finished);
        same("messages still under way", 0, node.engine().state().messages.len() as u64);
        let delivered = ledger.sum(|m| u64::from(m.decided > 0 && m.outcome.as_deref() == Some("delivered")));
        same("messages delivered", ledger.sum(|m| u64::from(m.decided > 0)), delivered);
        same("parts submitted, by the peer", ledger.of(Kind::PartSubmitted), peer("submits"));
        same("parts submitted, by the books", ledger.of(Kind::PartSubmitted), self.books.len() as u64);
        same("parts handed to the link", ledger.of(Kind::PartSubmitted), self.traffic.parts);
        same("receipts", peer("submits"), peer("receipts"));
        same("receipts acknowledged", peer("receipts"), peer("receipts_acknowledged"));
        same("receipts in the ledger", peer("receipts"), ledger.of(Kind::ReceiptReceived));
        same("receipts without a message", 0, ledger.of(Kind::ReceiptParked));
        same("one receipt for each part", 0, ledger.sum(|m| m.submitted.abs_diff(m.receipts)));
        same("replies", self.refusals.phones.len() as u64, peer("replies"));
        same("replies acknowledged", peer("replies"), peer("replies_acknowledged"));
        same("replies in the ledger", peer("replies"), ledger.of(Kind::InboundReceived));
        same("faults of the peer", 0, peer("errors"));
        same(
            "parts without a wish for a receipt",
            0,
            self.books.iter().filter(|p| !p.wants_receipt).count() as u64,
        );
    }

    /// Everybody is told of each of their movements, warned of the large ones, and of nothing else.
    fn notices(&self, figures: &mut Figures) {
        let phones: BTreeMap<&str, String> = members(&self.customers, "customers")
            .filter_map(|customer| Some((customer["id"].as_str()?, phone(customer)?)))
            .collect();
        let movements: Vec<(&str, f64)> = members(&self.events, "events")
            .filter_map(|event| {
                let amount = event["fields"]["amount"]["money"].as_str()?.parse().ok()?;
                Some((phones.get(event["customer"].as_str()?)?.as_str(), amount))
            })
            .collect();
        let count = |is_told: &dyn Fn(f64) -> bool| {
            let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
            for (phone, _) in movements.iter().filter(|(_, amount)| is_told(*amount)) {
                *expected.entry(phone).or_default() += 1;
            }
            expected
        };
        let told = [
            ("notices", NOTICE_MARK, count(&|amount| amount >= 0.01)),
            ("warnings", WARNING_MARK, count(&|amount| amount > WARNING_ABOVE)),
        ];
        for (what, mark, expected) in told {
            let messages = messages_by_phone(&self.books, mark);
            let found: BTreeMap<&str, usize> =
                messages.iter().map(|(to, times)| (to.as_str(), times.len())).collect();
            figures.add(what, found.values().sum::<usize>());
            differences(what, &expected, &found, figures);
        }
    }

    /// Offers reach those who consented and did not refuse, not at night, and no more than the cap allows.
    fn offers(&self, figures: &mut Figures) {
        let Refusals { phones: refused, after } = &self.refusals;
        let consenting = consenting(&self.customers);
        // Of the four, three fit under the cap, and those who refused had as many as had come by then.
        let due = |phone: &String| if refused.contains(phone) { after + 1 } else { OFFERS_A_DAY };
        let expected: BTreeMap<&str, usize> = consenting.iter().map(|p| (p.as_str(), due(p))).collect();
        let offers = messages_by_phone(&self.books, OFFER_MARK);
        let found: BTreeMap<&str, usize> =
            offers.iter().map(|(to, times)| (to.as_str(), times.len())).collect();
        figures.add("consenting", consenting.len());
        figures.add("offers", found.values().sum::<usize>());
        differences("offers", &expected, &found, figures);
        let (open, close) = OFFER_HOURS;
        let by_night = self.books.iter().filter(|part| part.text.contains(OFFER_MARK)).filter(|part| {
            let clock = part.local.split_once(' ').map_or("", |(_, clock)| clock);
            clock < open || clock >= close
        });
        let by_night = by_night.count();
        figures.hold(by_night == 0, format!("offers at night: expected none, found {by_night}"));
        let crowded = offers.values().filter(|times| {
            times
                .windows(OFFERS_A_DAY + 1)
                .any(|w| matches!(w, [first, .., last] if last.0 - first.0 < DAY_MILLIS))
        });
        let crowded = crowded.count();
        figures.hold(
            crowded == 0,
            format!("more than {OFFERS_A_DAY} offers in a day: expected nobody, found {crowded}"),
        );
    }
}

fn differences(
    what: &str,
    expected: &BTreeMap<&str, usize>,
    found: &BTreeMap<&str, usize>,
    figures: &mut Figures,
) {
    let phones: BTreeSet<&str> = expected.keys().chain(found.keys()).copied().collect();
    let of = |map: &BTreeMap<&str, usize>, phone: &str| map.get(phone).copied().unwrap_or(0);
    let wrong: Vec<&str> = phones.into_iter().filter(|p| of(expected, p) != of(found, p)).collect();
    for phone in wrong.iter().take(TOLD_MAX) {
        let tail = phone.get(phone.len().saturating_sub(4)..).unwrap_or_default();
        let (expected, found) = (of(expected, phone), of(found, phone));
        figures.hold(false, format!("{what} to …{tail}: expected {expected}, found {found}"));
    }
    figures.hold(wrong.len() <= TOLD_MAX, format!("{what}: {} numbers in all differ", wrong.len()));
}
