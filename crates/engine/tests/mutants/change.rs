//! Every small change of a file of rules or classes: text in, texts out. A change that no longer loads is none of the
//! stories' business, and counts as noticed.

use model::{ClockTime, Date};

/// A changed file.
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Names and texts that nothing is decided by.
const SAYS_NOTHING: [&str; 6] = ["kind", "id", "revision", "citation", "verified", "class"];
/// How a rule begins.
const RULE: &str = "[[rule]]";
/// Words that stand for each other.
const WORDS: [&[&str]; 4] = [
    &["global", "class", "journey"],
    &["day", "24h", "week", "7d", "month", "30d"],
    &["as_usual", "quiet", "workdays_only"],
    &["resend", "wait_then_fail"],
];

/// All of them.
pub(crate) fn all(path: &str, text: &str) -> Vec<Change> {
    let lines: Vec<&str> = text.lines().collect();
    let mut changes = Vec::new();
    let mut add = |name: String, lines: Vec<&str>| {
        changes.push(Change {
            name: format!("{path}: {name}"),
            path: path.to_owned(),
            text: lines.join("\n"),
        });
    };
    for (place, line) in lines.iter().enumerate() {
        let number = place + 1;
        if *line == RULE {
            let rest = lines[place + 1..].iter().position(|line| *line == RULE);
            let end = rest.map_or(lines.len(), |rest| place + 1 + rest);
            add(format!("without the rule of line {number}"), [&lines[..place], &lines[end..]].concat());
        }
        let Some((key, value)) = line.split_once(" = ") else { continue };
        if line.starts_with('#') || SAYS_NOTHING.contains(&key) {
            continue;
        }
        let in_subtype = lines[..place].iter().any(|line| line.starts_with("[subtypes."));
        if in_subtype || ["until", "subtypes", "must", "patient"].contains(&key) {
            add(format!("{number} without {line}"), [&lines[..place], &lines[place + 1..]].concat());
        }
        // Why somebody cannot switch something off is words for them; that there is a reason decides.
        for other in values(value).into_iter().filter(|_| key != "must") {
            let changed = format!("{key} = {other}");
            let name = format!("{number} {line} -> {changed}");
            add(name, [&lines[..place], &[changed.as_str()], &lines[place + 1..]].concat());
        }
    }
    changes
}

/// What could stand in the place of a value.
fn values(value: &str) -> Vec<String> {
    if let Some(inside) = value.strip_prefix("{ ").and_then(|value| value.strip_suffix(" }")) {
        let parts: Vec<(&str, &str)> = inside.split(", ").filter_map(|part| part.split_once(" = ")).collect();
        let with = |place: usize, other: &str| {
            let all = parts
                .iter()
                .enumerate()
                .map(|(at, (key, own))| format!("{key} = {}", if at == place { other } else { own }));
            format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
        };
        let each = parts.iter().enumerate();
        return each
            .flat_map(|(at, (_, own))| values(own).into_iter().map(move |v| (at, v)))
            .map(|(at, v)| with(at, &v))
            .collect();
    }
    if let Some(inside) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) {
        let all: Vec<&str> = inside.split(", ").collect();
        let without = |out: usize| {
            let rest = all.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, item)| *item);
            format!("[{}]", rest.collect::<Vec<_>>().join(", "))
        };
        return (0..all.len()).filter(|_| all.len() > 1).map(without).collect();
    }
    match value {
        "true" => return vec!["false".to_owned()],
        "false" => return vec!["true".to_owned()],
        _ => {}
    }
    if let Ok(number) = value.parse::<i64>() {
        return vec![(number - 1).to_string(), (number + 1).to_string()];
    }
    let Some(text) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return Vec::new();
    };
    texts(text).into_iter().map(|text| format!("\"{text}\"")).collect()
}

fn texts(text: &str) -> Vec<String> {
    if let Ok(date) = Date::parse(text) {
        return vec![date.plus_days(-1).to_string(), date.plus_days(1).to_string()];
    }
    if ClockTime::parse(text).is_ok() {
        let (hours, minutes) = text.split_once(':').unwrap();
        let minute = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        return vec![clock(minute - 1), clock(minute + 1)];
    }
    if let Some(words) = WORDS.iter().find(|words| words.contains(&text)) {
        return words.iter().filter(|word| **word != text).map(|word| (*word).to_owned()).collect();
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    match text.strip_suffix(unit).and_then(|number| number.parse::<i64>().ok()) {
        Some(number) if ["s", "m", "h", "d"].contains(&unit) => {
            [number - 1, number + 1].into_iter().filter(|n| *n > 0).map(|n| format!("{n}{unit}")).collect()
        }
        _ => vec![format!("{text}。")],
    }
}
