//! `hongyan template lint|preview|suggest`: what is wrong with a template, what it looks like on a phone, and how it could say its point
//! sooner and in one part.
//!
//! It needs no server and changes no file: what it prints, a person takes or leaves.

use super::Ended;
use crate::config;
use crate::linting::{Linter, TEMPLATES, world_around};
use crate::settings::Settings;
use engine::compose::lint::{Finding, suggest};
use engine::compose::{Shown, Template, preview};
use engine::world::{World, lint_template};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Judge templates, show them as a phone would, or say them better
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Tell everything that is wrong with templates, with its place and what could be written instead
    Lint {
        /// A template file, a configuration folder, or the id of a template; without it, every template in force
        what: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show a template as a phone would, in the parts that each carrier bills, with their price
    Preview {
        /// The template's id
        id: String,
        /// A value, as it would be handed in; others are typical ones
        #[arg(long = "set", value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// JSON Lines: one object of values for each message to show; names are masked
        #[arg(long, value_name = "FILE")]
        customers: Option<PathBuf>,
    },
    /// Rewrite a template by rule: its key fact comes forward, what says nothing goes, until it is one part
    Suggest {
        /// The template's id
        id: String,
    },
}

/// Runs one of them.
pub(crate) fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let folder = settings.config.as_deref();
    match arguments {
        Arguments::Lint { what, json } => lint(folder, what.as_deref(), *json),
        Arguments::Preview { id, set, customers } => show(folder, id, set, customers.as_deref()),
        Arguments::Suggest { id } => better(folder, id),
    }
}

fn lint(folder: Option<&Path>, what: Option<&str>, is_json: bool) -> Ended {
    let path = what.map(Path::new).filter(|path| path.exists());
    let folder = path.filter(|path| path.is_dir()).or(folder);
    let world = world_around(folder)?;
    let linter = Linter::new(&world)?;
    let files = match path.filter(|path| path.is_file()) {
        Some(file) => vec![(file.display().to_string(), std::fs::read_to_string(file)?)],
        None => of_configuration(folder, what.filter(|_| path.is_none()))?,
    };
    let mut fatal = 0_usize;
    let mut told = 0_usize;
    for (path, text) in &files {
        for finding in lint_template(&world, &linter.readers(), path, text) {
            fatal += usize::from(finding.is_fatal());
            told += 1;
            if is_json {
                say!("{}", as_json(&finding));
            } else {
                say!("{}", finding);
                if let Some(fix) = &finding.fix {
                    say!(
                        "    instead of {:?}: {:?}",
                        text.get(fix.place.clone()).unwrap_or_default(),
                        fix.text
                    );
                }
            }
        }
    }
    if !is_json {
        say!("{} templates, {told} findings, {fatal} of them errors", files.len());
    }
    Ok(if fatal == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The template files in force, or the one of an id.
fn of_configuration(
    folder: Option<&Path>,
    id: Option<&str>,
) -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
    let mut files = config::files(folder, &[])?;
    files.retain(|(path, text)| path.starts_with(TEMPLATES) && id.is_none_or(|id| declares(text, id)));
    match id {
        Some(id) if files.is_empty() => {
            Err(format!("expected a file, a folder or the id of a template, found {id:?}").into())
        }
        _ => Ok(files),
    }
}

fn declares(text: &str, id: &str) -> bool {
    let table: Option<toml::Table> = text.parse().ok();
    table.is_some_and(|table| table.get("id").and_then(toml::Value::as_str) == Some(id))
}

fn as_json(finding: &Finding) -> Value {
    json!({
        "lint": finding.lint,
        "severity": finding.severity.to_string(),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "start": finding.place.start,
        "end": finding.place.end,
        "message": finding.message,
        "fix": finding.fix.as_ref().map(|fix| json!({
            "start": fix.place.start, "end": fix.place.end, "text": fix.text,
        })),
        "excused": finding.excused,
    })
}

fn known<'w>(world: &'w World, id: &str) -> Result<&'w Template, String> {
    let found = world.templates.iter().find(|(known, _)| known.as_str() == id);
    found.map(|(_, template)| &**template).ok_or_else(|| {
        let known: Vec<&str> = world.templates.keys().map(|id| id.as_str()).collect();
        format!("expected one of the templates {}, found {id:?}", known.join(", "))
    })
}

fn show(folder: Option<&Path>, id: &str, set: &[String], customers: Option<&Path>) -> Ended {
    let world = config::world(folder, &[])?;
    let template = known(&world, id)?;
    let mut given = BTreeMap::new();
    for pair in set {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| format!("expected NAME=VALUE, found {pair:?}"))?;
        given.insert(name.to_owned(), value.to_owned());
    }
    let mut messages = Vec::new();
    match customers {
        None => messages.push(given),
        Some(file) => {
            for (line, number) in std::fs::read_to_string(file)?.lines().zip(1_usize..) {
                let mut values = given.clone();
                values
                    .extend(values_of(line).map_err(|what| format!("{}:{number}: {what}", file.display()))?);
                messages.push(values);
            }
        }
    }
    for values in &messages {
        for shown in preview(&world, template, values, server::now())? {
            say!("{}", phone(&shown));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The values of one line; what is no text is written as JSON writes it.
fn values_of(line: &str) -> Result<BTreeMap<String, String>, String> {
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(line).map_err(|error| format!("expected an object of values: {error}"))?;
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(object.into_iter().map(|(name, value)| (name, text(value))).collect())
}

/// Columns of a line on the phone; an ideograph takes two.
const COLUMNS: usize = 36;

/// A message as a phone shows it, with the carrier's cuts.
fn phone(shown: &Shown) -> String {
    let which = if shown.wording.is_empty() { "" } else { " · " };
    let edge = "─".repeat(COLUMNS + 2);
    let mut out = format!(
        "{} · {}{which}{} · from {}\n┌{edge}┐\n",
        shown.channel, shown.route, shown.wording, shown.sender
    );
    let count = shown.pieces.len();
    for (number, piece) in shown.pieces.iter().enumerate() {
        if number > 0 {
            let mark = format!(" part {} of {count} ", number + 1);
            let width = COLUMNS + 2 - mark.len();
            out += &format!("├{}{mark}{}┤\n", "┄".repeat(width / 2), "┄".repeat(width - width / 2));
        }
        for line in folded(piece) {
            out += &format!("│ {line}{} │\n", " ".repeat(COLUMNS.saturating_sub(width_of(&line))));
        }
    }
    let parts = if shown.measure.parts == 1 { "part" } else { "parts" };
    let units = shown.measure.units;
    out + &format!(
        "└{edge}┘\n{} {parts}, {units} units of {:?}, {}\n",
        shown.measure.parts, shown.measure.encoding, shown.cost
    )
}

fn folded(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in text.chars() {
        let line = lines.last_mut().map_or(0, |line| width_of(line));
        if c == '\n' || line + width(c) > COLUMNS {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut().filter(|_| c != '\n') {
            line.push(c);
        }
    }
    lines
}

fn width_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    // From CJK punctuation on, and the full-width forms, a character takes two columns.
    if c >= '\u{2E80}' { 2 } else { 1 }
}

fn better(folder: Option<&Path>, id: &str) -> Ended {
    let world = config::world(folder, &[])?;
    let template = known(&world, id)?;
    let linter = Linter::new(&world)?;
    let mut found = false;
    for wording in template.wordings() {
        let Some(better) =
            suggest::suggest(template, &wording.source, &world.institution, linter.extractor())
        else {
            continue;
        };
        found = true;
        let name =
            if wording.name().is_empty() { "text".to_owned() } else { format!("text of {}", wording.name()) };
        say!("{name}");
        say!("  now      {}", wording.source);
        say!("  instead  {}", better.source);
        say!("  because  {}", better.changes.join("; "));
        say!(
            "  counts   {} characters in {} parts, before {} in {}, with typical values and the signature",
            better.after.units,
            better.after.parts,
            better.before.units,
            better.before.parts
        );
    }
    if !found {
        say!("{id}: nothing to better by rule");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_shows_the_parts_where_the_carrier_cuts() {
        let shown = Shown {
            wording: "en".to_owned(),
            route: "demo".into(),
            channel: model::Channel::Sms,
            sender: "1069".to_owned(),
            pieces: vec!["【鸿雁银行】您尾号1234的账户支出1.00元。".to_owned(), "tail".to_owned()],
            measure: text::measure("汉"),
            cost: model::Cost::ZERO,
        };
        let picture = phone(&shown);
        let widths: Vec<usize> = picture.lines().filter(|l| l.starts_with('│')).map(width_of).collect();
        assert!(widths.iter().all(|width| *width == COLUMNS + 4), "{picture}");
        assert!(
            picture.contains("part 2 of 2") && picture.starts_with("sms · demo · en · from 1069"),
            "{picture}"
        );
    }

    #[test]
    fn values_are_read_from_a_line() {
        let values = values_of(r#"{"amount": 12.5, "name": "王五"}"#).unwrap();
        assert_eq!(values.into_values().collect::<Vec<_>>(), ["12.5", "王五"]);
        assert!(values_of("[]").unwrap_err().starts_with("expected an object of values"));
    }

    #[test]
    fn a_template_is_known_by_its_id_and_not_by_its_path() {
        assert!(declares("id = \"a\"\n", "a") && !declares("id = \"b\"\n", "a") && !declares("id", "a"));
        assert_eq!(of_configuration(None, Some("verification-code")).unwrap().len(), 1);
        assert!(of_configuration(None, Some("gone")).is_err());
    }
}
