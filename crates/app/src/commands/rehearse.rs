//! `hongyan journey dry-run NAME [--customer ID] [--at DATE] [--event …]`: what a journey would do to everybody, or to one customer.

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Which journey, and what is supposed.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The journey's name, without a version
    journey: String,
    /// One customer alone, by the institution's id: every step, condition and verdict in words
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// From this moment on: 2026-05-06, "2026-05-06 10:00" on the institution's clock, or RFC 3339; without it, now
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// So many days
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// The fields of what sets it off: a JSON object, or NAME=VALUE with spaces between them (12.50CNY is money, 2026-05-06 a day)
    #[arg(long, value_name = "FIELDS")]
    event: Option<String>,
    /// What it happens to, for a journey about what customers hold
    #[arg(long, value_name = "NAME")]
    instrument: Option<String>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Asks, and prints.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let Arguments { journey, customer, at, days, event, instrument, json } = arguments;
    let mut body = Map::new();
    let texts = [("customer", customer), ("at", at), ("instrument", instrument)];
    for (name, text) in texts {
        body.extend(text.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
    }
    body.extend(days.map(|days| ("days".to_owned(), days.into())));
    if let Some(event) = event {
        body.insert("event".to_owned(), fields(event)?);
    }
    let transport = Transport::open(settings).await?;
    let path = format!("/v1/journeys/{}/dry-run", segment(journey));
    let answer = transport.expect(Method::POST, &path, Value::Object(body).to_string().into_bytes()).await;
    let answer: Value = serde_json::from_slice(&answer?)?;
    transport.close().await?;
    match (json, customer) {
        (true, _) => say!("{}", serde_json::to_string_pretty(&answer)?),
        (false, Some(_)) => say!("{}", way(&answer).trim_end()),
        (false, None) => say!("{}", audience(&answer).trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The fields of an event, as JSON says them.
fn fields(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("--event: expected JSON: {error}"));
    }
    let mut fields = Map::new();
    for pair in text.split_whitespace() {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| format!("--event: expected NAME=VALUE, found {pair:?}"))?;
        fields.insert(name.to_owned(), field(value));
    }
    Ok(Value::Object(fields))
}

/// A value as it is meant: a number, yes or no, a day, money with its currency behind it; anything else is a text.
fn field(text: &str) -> Value {
    if let Ok(number) = text.parse::<i64>() {
        return number.into();
    }
    if let Ok(flag) = text.parse::<bool>() {
        return flag.into();
    }
    if model::Date::parse(text).is_ok() {
        return json!({ "date": text });
    }
    let is_currency = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
    let money = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    match money.filter(|(amount, code)| is_currency(code) && amount.parse::<f64>().is_ok()) {
        Some((amount, code)) => json!({ "money": amount, "currency": code }),
        None => text.into(),
    }
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The funnel, what it takes, and who can do it.
fn audience(json: &Value) -> String {
    let number = |name: &str| json[name].as_u64().unwrap_or(0);
    let mut rows = vec![("customers".to_owned(), number("customers"))];
    let doors = [
        ("no_day", "- no day of theirs in that time"),
        ("not_met", "- the condition is not met"),
        ("not_again", "- inside, or not yet again"),
    ];
    for (name, words) in doors {
        rows.extend((number(name) > 0).then(|| (words.to_owned(), number(name))));
    }
    rows.push(("enter".to_owned(), number("entered")));
    rows.push(("messages".to_owned(), number("messages")));
    for (rule, count) in json["blocked"].as_object().into_iter().flatten() {
        rows.push((format!("- blocked ({rule})"), count.as_u64().unwrap_or(0)));
    }
    for held in list(&json["held"]) {
        let hours = |name: &str| held[name].as_f64().unwrap_or(0.0);
        let (least, mean, most) = (hours("hours_least"), hours("hours_mean"), hours("hours_most"));
        let words = format!("- held {least} to {most} h, {mean} on average ({})", word(held, "rule"));
        rows.push((words, held["count"].as_u64().unwrap_or(0)));
    }
    rows.extend((number("waiting") > 0).then(|| ("- held beyond that time".to_owned(), number("waiting"))));
    rows.push(("to send".to_owned(), number("to_send")));
    for text in list(&json["templates"]) {
        rows.push((format!("  {}", word(text, "template")), text["to_send"].as_u64().unwrap_or(0)));
    }
    rows.push(("parts".to_owned(), number("parts")));
    for (how, count) in json["left"].as_object().into_iter().flatten() {
        rows.push((format!("left: {how}"), count.as_u64().unwrap_or(0)));
    }
    rows.push(("still inside".to_owned(), number("inside")));
    for (why, count) in json["stuck"].as_object().into_iter().flatten() {
        rows.push((format!("- stuck: {why}"), count.as_u64().unwrap_or(0)));
    }
    for (system, count) in json["calls"].as_object().into_iter().flatten() {
        rows.push((format!("calls to {system}"), count.as_u64().unwrap_or(0)));
    }
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text =
        format!("dry run of {}, {} to {}\n", word(json, "journey"), word(json, "at"), word(json, "until"));
    for (name, count) in rows {
        text.push_str(&format!("  {name:<width$}  {count:>9}\n"));
    }
    text.push_str(&format!("  {:<width$}  {:>9}\n", "cost", word(json, "cost")));
    text + &volumes(json)
}

/// By channel and class; by route; by queue; and what had no answer.
fn volumes(json: &Value) -> String {
    let mut text = String::new();
    for volume in list(&json["volumes"]) {
        let subtype = volume["subtype"].as_str().map(|subtype| format!("/{subtype}")).unwrap_or_default();
        let kind = format!("{} {}{subtype}", word(volume, "channel"), word(volume, "class"));
        let (messages, parts) = (&volume["messages"], &volume["parts"]);
        text.push_str(&format!("{kind}: {messages} messages, {parts} parts, {}\n", word(volume, "cost")));
    }
    for route in list(&json["routes"]) {
        let contract = match route["tps"].as_u64() {
            Some(tps) => format!(
                "at {tps}/s it takes {} h, at worst {} h behind",
                route["hours_needed"], route["hours_behind"]
            ),
            None => "no contract on its rate".to_owned(),
        };
        let quota = match route["daily_parts"].as_u64() {
            Some(quota) => format!("; {quota} a day, {} beyond it", route["beyond_quota"]),
            None => String::new(),
        };
        text.push_str(&format!(
            "{} route {}: {} parts, {} in the busiest hour ({}), {} on the busiest day ({}); {contract}{quota}\n",
            if route["fits"] == true { "  ok" } else { "FULL" },
            word(route, "route"),
            route["parts"],
            route["busiest_hour_parts"],
            word(route, "busiest_hour"),
            route["busiest_day_parts"],
            word(route, "busiest_day"),
        ));
    }
    for queue in list(&json["queues"]) {
        let people = match queue["tasks_per_hour"].as_u64() {
            Some(an_hour) => format!(
                "at {an_hour} an hour it takes {} h, at worst {} h behind",
                queue["hours_needed"], queue["hours_behind"]
            ),
            None => "nobody has said how many an hour (tasks_per_hour in institution.toml)".to_owned(),
        };
        let fits = match queue["fits"].as_bool() {
            Some(true) => "  ok",
            Some(false) => "FULL",
            None => "   ?",
        };
        text.push_str(&format!(
            "{fits} queue {}: {} tasks, {} in the busiest hour ({}); {people}\n",
            word(queue, "queue"),
            queue["tasks"],
            queue["busiest_hour_tasks"],
            word(queue, "busiest_hour"),
        ));
    }
    if json["conditions_failed"].as_u64().unwrap_or(0) > 0 {
        text.push_str(&format!("a condition had no answer {} times\n", json["conditions_failed"]));
    }
    for failure in list(&json["condition_failures"]) {
        text.push_str(&format!("  {}\n", failure.as_str().unwrap_or_default()));
    }
    if let Some(lost) = json["lost"].as_str() {
        text.push_str(&format!("{lost}\n"));
    }
    text
}

/// One customer's way, line by line.
fn way(json: &Value) -> String {
    let mut text = format!("dry run of {}\n", word(json, "journey"));
    for line in list(&json["lines"]) {
        text.push_str(&format!(
            "{}  {:<16} {}\n",
            word(line, "at"),
            word(line, "what"),
            word(line, "detail")
        ));
        for asked in list(&line["asked"]) {
            let met = match asked["met"].as_bool() {
                Some(true) => "met".to_owned(),
                Some(false) => "not met".to_owned(),
                None => format!("no answer: {}", word(asked, "why")),
            };
            text.push_str(&format!("      {met:<8} {}\n", word(asked, "when")));
            for (name, value) in asked["values"].as_object().into_iter().flatten() {
                text.push_str(&format!("               {name} = {}\n", value.as_str().unwrap_or("nothing")));
            }
        }
        for said in list(&line["verdicts"]) {
            let until = said["until"].as_str().map(|until| format!(" until {until}")).unwrap_or_default();
            let (verdict, rule) = (word(said, "verdict"), word(said, "rule"));
            text.push_str(&format!("      {verdict:<5} {rule:<16} {}{until}\n", word(said, "detail")));
        }
        if let Some(words) = line["text"].as_str() {
            text.push_str(&format!("      “{words}”\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_are_meant() {
        let cases = [
            ("n=5 ok=true", json!({ "n": 5, "ok": true })),
            (
                "amount=12.50CNY due=2026-05-06",
                json!({ "amount": { "money": "12.50", "currency": "CNY" }, "due": { "date": "2026-05-06" } }),
            ),
            ("merchant=便利店 code=ABC x=1.5", json!({ "merchant": "便利店", "code": "ABC", "x": "1.5" })),
            (" {\"a\": 1}", json!({ "a": 1 })),
            ("", json!({})),
        ];
        for (text, expected) in cases {
            assert_eq!(fields(text), Ok(expected), "{text}");
        }
        assert!(fields("amount").unwrap_err().contains("NAME=VALUE"));
        assert!(fields("{").unwrap_err().contains("JSON"));
    }
}
