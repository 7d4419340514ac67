//! `hongyan extract [TEXT] [--jsonl]`: what messages say, one JSON object a line, in the order in which they came.
//!
//! It needs no settings, no data folder and no server: the cue tables are the library's. It writes nothing but its
//! answers; texts are neither logged nor kept.

use super::Ended;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;
use text::extract::{Extraction, Extractor};

/// Where the cue tables lie in the library.
const CUES: &str = "cues/";

/// Longest line that is read, in bytes: a message of [`text::extract::TEXT_BYTES_MAX`] with every character escaped.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Read amounts, accounts, balances and codes out of messages
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One message; without it, every line on stdin is one
    text: Option<String>,
    /// Every line on stdin is a JSON object whose "text" is the message; other fields are allowed and not needed
    #[arg(long, conflicts_with = "text")]
    jsonl: bool,
}

/// A line of input.
#[derive(Debug, Deserialize)]
struct Asked {
    text: String,
}

/// A line of output. What was not found is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    none: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_tail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_limit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_card: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Answers every message; fails at the end when a line could not be read.
pub(crate) fn run(arguments: &Arguments) -> Ended {
    let tables = library::tables().filter(|(path, _)| path.starts_with(CUES));
    let extractor = Extractor::new(tables)?;
    let mut output = BufWriter::new(std::io::stdout().lock());
    if let Some(message) = &arguments.text {
        tell(&mut output, &told(&extractor.extract(message)))?;
        output.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut unread = 0_usize;
    for (line, number) in std::io::stdin().lock().lines().zip(1_usize..) {
        let line = line.map_err(|error| format!("stdin, line {number}: expected UTF-8: {error}"))?;
        let message = match read(&line, arguments.jsonl) {
            Ok(message) => message,
            Err(found) => {
                unread += 1;
                complain!("stdin, line {number}: {found}");
                tell(&mut output, &Told { error: Some(found), ..Told::default() })?;
                continue;
            }
        };
        tell(&mut output, &told(&extractor.extract(&message)))?;
    }
    output.flush()?;
    Ok(if unread == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(line: &str, is_json: bool) -> Result<String, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("expected a line of at most {LINE_BYTES_MAX} bytes, found {}", line.len()));
    }
    if !is_json {
        return Ok(line.to_owned());
    }
    serde_json::from_str(line)
        .map(|asked: Asked| asked.text)
        .map_err(|error| format!("expected a JSON object with \"text\": {error}"))
}

/// A reader who has gone away ends the writing without being a failure.
fn tell(output: &mut impl Write, told: &Told<'_>) -> std::io::Result<()> {
    serde_json::to_writer(&mut *output, told)?;
    output.write_all(b"\n")
}

fn told<'a>(extraction: &'a Extraction<'a>) -> Told<'a> {
    let mut told = Told {
        none: extraction.none.map(|reason| reason.as_str()),
        code: extraction.code.as_deref(),
        service: extraction.service.as_deref(),
        signature: extraction.signature,
        ..Told::default()
    };
    if let Some(movement) = &extraction.movement {
        told.amount = Some(&movement.amount);
        told.currency = movement.currency;
        told.direction = Some(movement.direction.as_str());
        told.account_tail = movement.account_tail.as_deref();
        told.balance = movement.balance.as_deref();
        told.credit_limit = movement.limit.as_deref();
        told.fee = movement.fee.as_deref();
        told.is_card = Some(movement.is_card);
        told.merchant = movement.merchant;
        told.item = movement.item;
        told.reference = movement.reference;
        told.time = movement.time;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_object_with_what_was_found() {
        let tables = library::tables().filter(|(path, _)| path.starts_with(CUES));
        let extractor = Extractor::new(tables).unwrap();
        let written = |text: &str| serde_json::to_value(told(&extractor.extract(text))).unwrap();
        assert_eq!(
            written("【鸿雁银行】您尾号0428账户5月6日09:58支出人民币88.50元，余额1,200.00元。"),
            serde_json::json!({
                "amount": "88.50", "currency": "CNY", "direction": "debit", "account_tail": "0428", "balance": "1200.00",
                "is_card": false, "item": "支出", "time": "5月6日09:58", "signature": "鸿雁银行",
            })
        );
        assert_eq!(
            written("您的验证码是730154，请勿告诉他人。"),
            serde_json::json!({ "none": "one_time_code", "code": "730154" })
        );
    }

    #[test]
    fn a_line_that_is_no_object_is_told() {
        assert_eq!(read("{\"text\":\"a\",\"sender\":\"b\"}", true).unwrap(), "a");
        assert_eq!(read("{\"text\"", false).unwrap(), "{\"text\"");
        assert!(read("{\"txt\":\"a\"}", true).unwrap_err().contains("expected a JSON object with \"text\""));
        assert!(read(&"a".repeat(LINE_BYTES_MAX + 1), false).unwrap_err().contains("at most"));
    }
}
