//! `hongyan preferences CUSTOMER [--set …] [--link]`, `hongyan export CUSTOMER`

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show and change what a customer has chosen to get
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The institution's id of the customer
    customer: String,
    /// What to change: marketing=off, marketing.sms=off, marketing.pause=2026-12-01T00:00:00+08:00,
    /// marketing.at-most=1/week, hours=09:00-20:00, personalised=off, social=off; "on" takes each back
    #[arg(long, value_name = "WHAT=HOW", requires = "reference")]
    set: Vec<String>,
    /// Where it can be looked up that the customer wants this: a form, a call
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Make a link to the customer's own page: whoever holds it is taken for them
    #[arg(long, conflicts_with = "set")]
    link: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Write everything that is held on a customer, as JSON; the ledger notes that it was made
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The institution's id of the customer
    customer: String,
}

/// Writes it.
pub(crate) async fn export(settings: &Settings, arguments: &Export) -> Ended {
    let transport = Transport::open(settings).await?;
    let path = format!("/v1/customers/{}/export", segment(&arguments.customer));
    let answer = transport.expect(Method::GET, &path, Vec::new()).await;
    transport.close().await?;
    let held: Value = serde_json::from_slice(&answer?)?;
    say!("{}", serde_json::to_string_pretty(&held)?);
    Ok(ExitCode::SUCCESS)
}

/// Shows the choices, after the changes if there are any.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let transport = Transport::open(settings).await?;
    let done = call(&transport, arguments).await;
    transport.close().await?;
    done?.lines().for_each(|line| say!("{line}"));
    Ok(ExitCode::SUCCESS)
}

async fn call(transport: &Transport, arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    if arguments.link {
        let path = format!("/v1/customers/{}/preference-link", segment(&arguments.customer));
        let link: Value = serde_json::from_slice(&transport.expect(Method::POST, &path, Vec::new()).await?)?;
        let link = link["link"].as_str().or(link["path"].as_str()).unwrap_or_default();
        return Ok(link.to_owned());
    }
    let path = format!("/v1/customers/{}/preferences", segment(&arguments.customer));
    let read = transport.expect(Method::GET, &path, Vec::new()).await?;
    let mut choices: Value = serde_json::from_slice(&read)?;
    if !arguments.set.is_empty() {
        for wish in &arguments.set {
            apply(&mut choices, wish)?;
        }
        let fields = choices.as_object_mut().ok_or("expected an object")?;
        fields.remove("must");
        let reference = arguments.reference.as_deref().unwrap_or_default();
        fields.insert("evidence".to_owned(), json!({ "through": "agent", "reference": reference }));
        transport.expect(Method::PUT, &path, choices.to_string().into_bytes()).await?;
        choices = serde_json::from_slice(&transport.expect(Method::GET, &path, Vec::new()).await?)?;
    }
    Ok(if arguments.json { serde_json::to_string_pretty(&choices)? } else { table(&choices) })
}

/// Changes one thing.
fn apply(choices: &mut Value, wish: &str) -> Result<(), String> {
    let (what, how) = wish
        .split_once('=')
        .ok_or_else(|| format!("expected WHAT=HOW such as marketing=off, found {wish:?}"))?;
    let switch = || match how {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{what}: expected on or off, found {how:?}")),
    };
    let (name, part) = what.split_once('.').map_or((what, None), |(name, part)| (name, Some(part)));
    let uses = &mut choices["data_uses"];
    if part.is_none() && uses.get(name).is_some() {
        uses[name] = switch()?.into();
        return Ok(());
    }
    match (name, part) {
        ("hours", None) if how == "on" => choices["hours"] = Value::Null,
        ("hours", None) => {
            let (from, to) =
                how.split_once('-').ok_or_else(|| format!("hours: expected 09:00-20:00, found {how:?}"))?;
            choices["hours"] = json!({ "from": from, "to": to });
        }
        ("personalised", None) => choices["personalised"] = switch()?.into(),
        (class, part) => {
            let Some(choice) = choices["classes"].get_mut(class) else {
                return Err(format!(
                    "expected a class, hours, personalised or a use of data, found {class:?}"
                ));
            };
            of_class(choice, part, how, switch)?;
        }
    }
    Ok(())
}

fn of_class(
    choice: &mut Value,
    part: Option<&str>,
    how: &str,
    switch: impl Fn() -> Result<bool, String>,
) -> Result<(), String> {
    match part {
        None => choice["wanted"] = switch()?.into(),
        Some("pause") if how == "on" => choice["paused_until"] = Value::Null,
        Some("pause") => choice["paused_until"] = how.into(),
        Some("at-most") if how == "on" => choice["at_most"] = Value::Null,
        Some("at-most") => {
            let split = how.split_once('/').and_then(|(count, per)| Some((count.parse::<u16>().ok()?, per)));
            let (messages, per) = split.ok_or_else(|| format!("at-most: expected 1/week, found {how:?}"))?;
            choice["at_most"] = json!({ "messages": messages, "per": per });
        }
        Some(channel) => {
            let is_on = switch()?;
            let off = choice["channels_off"].as_array_mut().ok_or("expected a list of channels")?;
            off.retain(|known| known != channel);
            if !is_on {
                off.push(channel.into());
            }
        }
    }
    Ok(())
}

fn table(choices: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for (class, choice) in choices["classes"].as_object().into_iter().flatten() {
        let mut words = vec![if choice["wanted"] == false { "off" } else { "on" }.to_owned()];
        let channels = choice["channels_off"].as_array().into_iter().flatten();
        words.extend(channels.map(|channel| format!("not by {}", text(channel))));
        if let Some(until) = choice["paused_until"].as_str() {
            words.push(format!("paused until {until}"));
        }
        if choice["at_most"].is_object() {
            words.push(format!(
                "at most {} a {}",
                choice["at_most"]["messages"],
                text(&choice["at_most"]["per"])
            ));
        }
        lines.push(format!("{class:<18} {}", words.join(", ")));
    }
    let hours = match choices["hours"].is_object() {
        true => format!("{} to {}", text(&choices["hours"]["from"]), text(&choices["hours"]["to"])),
        false => "any".to_owned(),
    };
    lines.push(format!("{:<18} {hours}", "hours"));
    let word = |value: &Value| if *value == false { "off" } else { "on" };
    lines.push(format!("{:<18} {}", "personalised", word(&choices["personalised"])));
    for (name, may) in choices["data_uses"].as_object().into_iter().flatten() {
        lines.push(format!("{name:<18} {}", word(may)));
    }
    match choices["evidence"].is_object() {
        true => lines.push(format!(
            "said {} through {}: {}",
            text(&choices["evidence"]["at"]),
            text(&choices["evidence"]["through"]),
            text(&choices["evidence"]["reference"])
        )),
        false => lines.push("never chose".to_owned()),
    }
    for must in choices["must"].as_array().into_iter().flatten() {
        let name = [&must["class"], &must["subtype"]].map(text).join(" ");
        lines.push(format!("always: {:<36} {}", name.trim_end(), text(&must["en"])));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_changes_what_it_names_and_on_takes_it_back() {
        let class = json!({ "wanted": true, "channels_off": [], "paused_until": null, "at_most": null });
        let before = json!({
            "classes": { "marketing": class }, "hours": null, "personalised": true, "data_uses": { "social": true },
        });
        let mut choices = before.clone();
        let wishes = ["marketing=off", "marketing.sms=off", "marketing.at-most=1/week", "hours=09:00-20:00"];
        let more = ["personalised=off", "social=off", "marketing.pause=2026-12-01T00:00:00+08:00"];
        wishes.iter().chain(&more).for_each(|wish| apply(&mut choices, wish).unwrap());
        let class = &choices["classes"]["marketing"];
        assert_eq!((&class["wanted"], &class["channels_off"]), (&json!(false), &json!(["sms"])));
        assert_eq!(class["at_most"], json!({ "messages": 1, "per": "week" }));
        assert_eq!(
            (&choices["personalised"], &choices["data_uses"]["social"]),
            (&json!(false), &json!(false))
        );
        let back = ["marketing=on", "marketing.sms=on", "marketing.at-most=on", "marketing.pause=on"];
        back.iter().chain(&["hours=on", "personalised=on", "social=on"]).for_each(|wish| {
            apply(&mut choices, wish).unwrap();
        });
        assert_eq!(choices, before);
        for wish in ["marketing", "sms=off", "marketing=maybe", "hours=nine", "marketing.at-most=often"] {
            assert!(apply(&mut choices, wish).unwrap_err().contains("expected"), "{wish}");
        }
    }
}
