//! One customer's way through a journey, as it is shown: names, long numbers and links in texts are hidden, as on the customer's own page.
//!
//! Called by `POST /v1/journeys/{id}/dry-run`; the way itself is the engine's.

use crate::converse::page::hidden;
use crate::prove::{Said, describe};
use engine::compose::{Source, Variable, VariableKind};
use engine::decide::rehearsal::{Asked, Line};
use engine::entry::Fact;
use engine::world::{Journey, World};
use model::{Fields, Timestamp, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One customer's way through a journey.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    journey: String,
    entered: bool,
    lines: Vec<Told>,
}

/// A line of it.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    at: String,
    /// `came`, `step`, or the kind of the entry that would be recorded.
    what: &'static str,
    /// More of it, in words.
    detail: String,
    /// The conditions that were asked, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<Condition>,
    /// What every rule of the gate said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verdicts: Vec<Said>,
    /// The text as it would go, with what is personal hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// A condition and what it came to.
#[derive(Debug, Serialize)]
pub(super) struct Condition {
    when: String,
    /// Whether it is met; null if it has no answer.
    met: Option<bool>,
    /// Why it has no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The fields it looks at, with their values; null if there is none.
    values: BTreeMap<String, Option<String>>,
}

pub(super) fn person(world: &World, journey: &Journey, attributes: &Fields, lines: Vec<Line>) -> Person {
    let names = name_attributes(world);
    let own: Vec<&str> = names
        .iter()
        .filter_map(|name| match attributes.get(name) {
            Some(Value::Text(text)) => Some(&**text),
            _ => None,
        })
        .collect();
    let entered = lines.iter().any(|line| matches!(line, Line::Came { entered: true, .. }));
    let told = lines.into_iter().filter_map(|line| told(&names, &own, line)).collect();
    Person { journey: journey.reference.to_string(), entered, lines: told }
}

/// The attributes that some template takes for a person's name.
fn name_attributes(world: &World) -> BTreeSet<Arc<str>> {
    let variables = world.templates.values().flat_map(|template| &template.variables);
    let attribute = |variable: &'_ Variable| match &variable.from {
        Source::Customer(attribute) if variable.kind == VariableKind::Name => Some(Arc::clone(attribute)),
        _ => None,
    };
    variables.filter_map(attribute).collect()
}

fn told(names: &BTreeSet<Arc<str>>, own: &[&str], line: Line) -> Option<Told> {
    let conditions = |asked: Vec<Asked>| asked.into_iter().map(|asked| condition(names, asked)).collect();
    let none = |at: Timestamp, what, detail| Told {
        at: at.to_string(),
        what,
        detail,
        asked: Vec::new(),
        verdicts: Vec::new(),
        text: None,
    };
    match line {
        Line::Came { at, asked, said, .. } => {
            Some(Told { asked: conditions(asked), ..none(at, "came", said.to_owned()) })
        }
        Line::Stood(stood) => {
            let detail = format!("{}: {}", stood.step, stood.does);
            Some(Told { asked: conditions(stood.asked), ..none(stood.at, "step", detail) })
        }
        Line::Happened(entry) => {
            let text = match &entry.fact {
                Fact::MessageDecided(decided) => Some(masked(own, decided.text.reveal())),
                Fact::MessageHeld(_)
                | Fact::MessageBlocked(_)
                | Fact::MessageRerouted(_)
                | Fact::TaskOpened(_)
                | Fact::CustomerTagged { .. }
                | Fact::JourneyEntered(_)
                | Fact::JourneyMoved(_)
                | Fact::JourneyLeft { .. } => None,
                // What the stage's carriers say is of no interest.
                _ => return None,
            };
            let (detail, verdicts) = describe(&entry.fact);
            Some(Told { verdicts, text, ..none(entry.at, entry.fact.kind().name(), detail) })
        }
    }
}

fn masked(own: &[&str], text: &str) -> String {
    let text = own.iter().fold(text.to_owned(), |text, name| match *name {
        "" => text,
        name => text.replace(name, &text::mask::name(name)),
    });
    hidden(&text, "")
}

fn condition(names: &BTreeSet<Arc<str>>, asked: Asked) -> Condition {
    let shown = |(name, value): (String, Option<Value>)| {
        let is_name = name.strip_prefix("customer.").is_some_and(|attribute| names.contains(attribute));
        let value = value.map(|value| match value {
            Value::Text(text) if is_name => text::mask::name(&text),
            Value::Text(text) => hidden(&text, ""),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Money(money) => format!("{money} {}", money.currency.code()),
            Value::Bool(flag) => flag.to_string(),
            Value::Time(at) => at.to_string(),
            Value::Date(day) => day.to_string(),
        });
        (name, value)
    };
    let (met, why) = match asked.met {
        Ok(met) => (Some(met), None),
        Err(why) => (None, Some(why)),
    };
    Condition { when: asked.when, met, why, values: asked.values.into_iter().map(shown).collect() }
}
