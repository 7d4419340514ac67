//! What a simulated carrier does, and does wrong: a plain struct with a form that fits on a command line.

use model::{Span, Timestamp};
use std::collections::BTreeMap;
use wire::smpp::Status;

/// The habits of a carrier. The default is a fast, honest one that lets anybody in. Chances are in a thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// Who may bind, with their passwords; empty: anybody.
    pub accounts: BTreeMap<String, String>,
    /// How long a submit waits for its answer, at least.
    pub latency: Span,
    /// By how much longer it may take.
    pub jitter: Span,
    /// Submits a second and account; what is over it is answered "throttled".
    pub tps: Option<u32>,
    /// How they are counted.
    pub throttle: Throttle,
    /// Unanswered submits of one connection; what is over it is answered "queue full".
    pub window: Option<u32>,
    /// Statuses that submits are refused with, and how often.
    pub errors: Vec<(Status, u16)>,
    /// Messages that do not arrive.
    pub undeliverable: u16,
    /// Messages that run out.
    pub expired: u16,
    /// Messages that the network rejects.
    pub rejected: u16,
    /// Messages of which nothing more is heard.
    pub unreported: u16,
    /// How long after the submit a receipt comes, at least.
    pub receipt_latency: Span,
    /// By how much later it may come.
    pub receipt_jitter: Span,
    /// How receipts are written.
    pub receipt: ReceiptForm,
    /// How ids are written.
    pub ids: Ids,
    /// Receipts that come twice.
    pub duplicate: u16,
    /// Receipts that come before the answer to their submit.
    pub early: u16,
    /// Receipts for messages nobody sent, one beside so many of a thousand true ones.
    pub unknown: u16,
    /// Submits that are never answered; every other of them was taken all the same.
    pub silent: u16,
    /// Break the connection with every so many submits; what it breaks with is taken every other time.
    pub drop_after: Option<u64>,
    /// Submits upon which the carrier writes octets that are no protocol into the connection.
    pub garbage: u16,
    /// Times in which the carrier neither reads nor writes, though its connections stand.
    pub stall: Option<Stall>,
    /// Whether it answers query_sm; otherwise it does not know the command.
    pub queries: bool,
    /// Times of great slowness.
    pub slow: Option<Slow>,
    /// Whether recipients answer; what they answer is for whoever runs the carrier to say.
    pub replies: bool,
    /// How long after a message has arrived its recipient answers.
    pub reply_latency: Span,
    /// deliver_sm that may wait for their answer on one connection.
    pub deliveries: usize,
}

/// How receipts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptForm {
    /// In the parameters of SMPP 3.4 §5.3.2.
    Tlv,
    /// In the text of its Appendix B.
    Text,
    /// In both.
    Both,
}

/// How the ids of messages are written in answers, and in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Decimal in both.
    Decimal,
    /// Hexadecimal in both.
    Hex,
    /// Hexadecimal in the answer, decimal in the receipt.
    HexThenDecimal,
    /// Decimal in the answer, hexadecimal in the receipt.
    DecimalThenHex,
    /// Decimal, in the receipt with leading zeros.
    PaddedInReceipt,
    /// Decimal, in the answer with leading zeros.
    PaddedInAnswer,
}

impl Ids {
    /// How an id is written in an answer, or in a receipt.
    pub(super) fn form(self, in_receipt: bool) -> IdForm {
        match (self, in_receipt) {
            (Self::Hex, _) | (Self::HexThenDecimal, false) | (Self::DecimalThenHex, true) => IdForm::Hex,
            (Self::PaddedInReceipt, true) | (Self::PaddedInAnswer, false) => IdForm::Padded,
            _ => IdForm::Decimal,
        }
    }
}

/// One way of writing a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdForm {
    Decimal,
    Hex,
    /// Ten digits at least.
    Padded,
}

/// How the submits of a second are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Throttle {
    /// Those of the second before this moment.
    #[default]
    Sliding,
    /// Those since the clock's last full second.
    Fixed,
    /// Each takes a token of a bucket that holds so many and is filled evenly.
    Bucket(u32),
}

/// Times in which nothing moves, as they come again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// From the beginning of one to the beginning of the next.
    pub every: Span,
    /// How long one lasts.
    pub lasting: Span,
}

impl Stall {
    /// Until when nothing moves, if nothing does now.
    pub(super) fn until(self, now: Timestamp) -> Option<Timestamp> {
        let into = now.0.rem_euclid(self.every.0.max(1));
        (into < self.lasting.0).then(|| now.after(Span(self.lasting.0 - into)))
    }
}

/// Times of great slowness, as they come again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slow {
    /// From the beginning of one to the beginning of the next.
    pub every: Span,
    /// How long one lasts.
    pub lasting: Span,
    /// By how much answers take longer in it.
    pub extra: Span,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            latency: Span(0),
            jitter: Span(0),
            tps: None,
            throttle: Throttle::Sliding,
            window: None,
            errors: Vec::new(),
            undeliverable: 0,
            expired: 0,
            rejected: 0,
            unreported: 0,
            receipt_latency: Span(0),
            receipt_jitter: Span(0),
            receipt: ReceiptForm::Both,
            ids: Ids::Decimal,
            duplicate: 0,
            early: 0,
            unknown: 0,
            silent: 0,
            drop_after: None,
            garbage: 0,
            stall: None,
            queries: false,
            slow: None,
            replies: false,
            reply_latency: Span::seconds(2),
            deliveries: 1_000,
        }
    }
}

/// A habit that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: expected {expected}, found {found:?}")]
pub struct ParseBehaviourError {
    key: String,
    expected: &'static str,
    found: String,
}

impl std::str::FromStr for Behaviour {
    type Err = ParseBehaviourError;

    /// Reads `latency=5ms jitter=20ms tps=100 error=0x08:5 undeliverable=20 receipt=text ids=hex`: words with a key and
    /// a value, separated by spaces or line ends. What is not named stays as by default; `account` (`name:password`)
    /// and `error` (`status:permille`) may come several times; `slow` is `every/lasting/extra`.
    fn from_str(text: &str) -> Result<Self, ParseBehaviourError> {
        let mut behaviour = Self::default();
        for word in text.split_ascii_whitespace() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            if let Err(expected) = behaviour.set(key, value) {
                return Err(ParseBehaviourError { key: key.to_owned(), expected, found: value.to_owned() });
            }
        }
        Ok(behaviour)
    }
}

impl Behaviour {
    fn set(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "account" => {
                let (name, password) = value.split_once(':').ok_or("name:password")?;
                self.accounts.insert(name.to_owned(), password.to_owned());
            }
            "latency" => self.latency = span(value)?,
            "jitter" => self.jitter = span(value)?,
            "tps" => self.tps = Some(number(value)?),
            "throttle" => {
                self.throttle = match value.split_once('/') {
                    Some(("bucket", burst)) => Throttle::Bucket(number(burst)?),
                    _ => one_of(value, &[("sliding", Throttle::Sliding), ("fixed", Throttle::Fixed)])
                        .ok_or("sliding, fixed or bucket/BURST")?,
                };
            }
            "window" => self.window = Some(number(value)?),
            "error" => {
                let (status, chance) = value.split_once(':').ok_or("status:permille")?;
                self.errors.push((Status(code(status)?), permille(chance)?));
            }
            "undeliverable" => self.undeliverable = permille(value)?,
            "expired" => self.expired = permille(value)?,
            "rejected" => self.rejected = permille(value)?,
            "unreported" => self.unreported = permille(value)?,
            "receipt_latency" => self.receipt_latency = span(value)?,
            "receipt_jitter" => self.receipt_jitter = span(value)?,
            "receipt" => {
                let forms =
                    [("tlv", ReceiptForm::Tlv), ("text", ReceiptForm::Text), ("both", ReceiptForm::Both)];
                self.receipt = one_of(value, &forms).ok_or("tlv, text or both")?;
            }
            "ids" => {
                let ways = [
                    ("decimal", Ids::Decimal),
                    ("hex", Ids::Hex),
                    ("hex_then_decimal", Ids::HexThenDecimal),
                    ("decimal_then_hex", Ids::DecimalThenHex),
                    ("padded_in_receipt", Ids::PaddedInReceipt),
                    ("padded_in_answer", Ids::PaddedInAnswer),
                ];
                self.ids = one_of(value, &ways).ok_or(
                    "decimal, hex, hex_then_decimal, decimal_then_hex, padded_in_receipt or padded_in_answer",
                )?;
            }
            _ => return self.set_fault(key, value),
        }
        Ok(())
    }

    /// What goes wrong, and what people do.
    fn set_fault(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "duplicate" => self.duplicate = permille(value)?,
            "early" => self.early = permille(value)?,
            "unknown" => self.unknown = permille(value)?,
            "silent" => self.silent = permille(value)?,
            "drop_after" => self.drop_after = Some(u64::from(number(value)?)),
            "garbage" => self.garbage = permille(value)?,
            "stall" => {
                let (every, lasting) = value.split_once('/').ok_or("every/lasting")?;
                let (every, lasting) = (span(every)?, span(lasting)?);
                if lasting >= every {
                    return Err("every/lasting, the first longer than the second");
                }
                self.stall = Some(Stall { every, lasting });
            }
            "queries" => {
                self.queries = one_of(value, &[("yes", true), ("no", false)]).ok_or("yes or no")?;
            }
            "slow" => {
                let spans: Vec<Span> = value.split('/').map(span).collect::<Result<_, _>>()?;
                let [every, lasting, extra] = spans[..] else { return Err("every/lasting/extra") };
                self.slow = Some(Slow { every, lasting, extra });
            }
            "replies" => {
                self.replies = one_of(value, &[("yes", true), ("no", false)]).ok_or("yes or no")?;
            }
            "reply_latency" => self.reply_latency = span(value)?,
            "deliveries" => self.deliveries = number(value)? as usize,
            _ => return Err(KEYS),
        }
        Ok(())
    }
}

const KEYS: &str = "one of account, latency, jitter, tps, throttle, window, error, undeliverable, expired, rejected, unreported, \
                    receipt_latency, receipt_jitter, receipt, ids, duplicate, early, unknown, silent, drop_after, \
                    garbage, stall, queries, slow, replies, reply_latency, deliveries, each with a value";

fn span(text: &str) -> Result<Span, &'static str> {
    let millis = text.strip_suffix("ms").and_then(|digits| digits.parse().ok()).map(Span::millis);
    millis
        .or_else(|| Span::parse(text).ok())
        .filter(|span| span.0 >= 0)
        .ok_or("a time such as 250ms, 5s or 10m")
}

fn number(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|n| *n > 0).ok_or("a number above 0")
}

fn permille(text: &str) -> Result<u16, &'static str> {
    text.parse().ok().filter(|n| *n <= 1_000).ok_or("a number from 0 to 1000")
}

fn code(text: &str) -> Result<u32, &'static str> {
    let read = match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    read.ok().filter(|code| *code != 0).ok_or("a command status such as 0x58 or 88")
}

fn one_of<T: Copy>(text: &str, of: &[(&str, T)]) -> Option<T> {
    of.iter().find(|(name, _)| *name == text).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_are_read_from_words() {
        let text = "account=bank:secret latency=5ms jitter=1s tps=100 error=0x08:5 error=20:7\nreceipt=tlv \
                    ids=padded_in_receipt slow=60s/10s/5s drop_after=1000 throttle=bucket/20 garbage=3 \
                    stall=10m/30s queries=yes";
        let behaviour: Behaviour = text.parse().unwrap();
        let expected = Behaviour {
            accounts: [("bank".to_owned(), "secret".to_owned())].into(),
            latency: Span::millis(5),
            jitter: Span::seconds(1),
            tps: Some(100),
            errors: vec![(Status::SYSTEM_ERROR, 5), (Status::QUEUE_FULL, 7)],
            receipt: ReceiptForm::Tlv,
            ids: Ids::PaddedInReceipt,
            throttle: Throttle::Bucket(20),
            garbage: 3,
            stall: Some(Stall { every: Span::seconds(600), lasting: Span::seconds(30) }),
            queries: true,
            slow: Some(Slow {
                every: Span::seconds(60),
                lasting: Span::seconds(10),
                extra: Span::seconds(5),
            }),
            drop_after: Some(1_000),
            ..Behaviour::default()
        };
        assert_eq!(behaviour, expected);
        assert_eq!("".parse(), Ok(Behaviour::default()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, message) in [
            ("tps=fast", "tps: expected a number above 0, found \"fast\""),
            ("silent=1001", "silent: expected a number from 0 to 1000, found \"1001\""),
            ("throttle=bucket", "throttle: expected sliding, fixed or bucket/BURST, found \"bucket\""),
            ("stall=5s", "stall: expected every/lasting, found \"5s\""),
            ("slow=1s/2s", "slow: expected every/lasting/extra, found \"1s/2s\""),
            ("latency=5", "latency: expected a time such as 250ms, 5s or 10m, found \"5\""),
            ("error=0:5", "error: expected a command status such as 0x58 or 88, found \"0:5\""),
        ] {
            assert_eq!(text.parse::<Behaviour>().unwrap_err().to_string(), message);
        }
        assert!(
            "colour=red".parse::<Behaviour>().unwrap_err().to_string().contains("one of account, latency")
        );
    }
}
