//! `journeys/<id>.toml`: what sets a journey off and what it does; and broadcast files, which have no event.
//!
//! A condition is compiled here and run by the decide stage; nothing is started by reading a file.

use super::classes::Classes;
use super::document::{Document, Place};
use super::plans::known_plan;
use super::reader::{Item, Table, read_file};
use super::templates::{Templates, subtype};
use super::{class_item, cost_item, declare, id_text, span_item};
use crate::compose::{Source, Template};
use crate::world::{Condition, Journey, Plan, Scope, Step, Trigger};
use model::{JourneyId, MessageClass, Subtype};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the files.
pub(super) fn read<'a>(
    documents: &[&'a Document<'a>],
    classes: &Classes<'_>,
    templates: &Templates<'_>,
    plans: &BTreeMap<Arc<str>, Arc<Plan>>,
) -> BTreeMap<JourneyId, Arc<Journey>> {
    let mut declared: BTreeMap<JourneyId, Place<'a>> = BTreeMap::new();
    let mut journeys = BTreeMap::new();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let id = id_item.and_then(id_text).map(JourneyId::from);
            if let (Some(id), Some(item)) = (&id, id_item) {
                declare(&mut declared, id.clone(), item.place(), "journey");
            }
            if let Some(journey) = read_journey(id, table, classes, templates, plans) {
                journeys.entry(journey.id.clone()).or_insert_with(|| Arc::new(journey));
            }
        });
    }
    journeys
}

fn read_journey(
    id: Option<JourneyId>,
    table: &mut Table<'_>,
    classes: &Classes<'_>,
    templates: &Templates<'_>,
    plans: &BTreeMap<Arc<str>, Arc<Plan>>,
) -> Option<Journey> {
    let version = table.required("version").and_then(|item| item.number(1..=u32::MAX));
    let (class, subtype) = class_and_subtype(table, classes);
    let trigger = table.required("trigger").and_then(|item| item.table(read_trigger)).flatten();
    let budget = table.optional("budget_yuan").and_then(cost_item);
    let validity = table.optional("validity").and_then(span_item);
    let plan = table.optional("plan").and_then(|item| known_plan(item, plans));
    let steps_item = table.required("steps");
    let items = steps_item.and_then(Item::list);
    if let (Some(items), Some(item)) = (&items, steps_item)
        && items.is_empty()
    {
        item.report("expected at least one step, found none");
    }
    let read_step = |step: Item<'_>| {
        let send = step.table(|table| table.required("send"))??;
        let template = templates.find(send)?;
        check_template(send, &template, class, subtype.as_ref());
        Some(Step::Send { template })
    };
    let steps = items?.into_iter().map(read_step).collect::<Vec<_>>();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    let (id, version) = (id?, version?);
    let reference = format!("{id}@{version}").into();
    Some(Journey {
        id,
        version,
        reference,
        class: class?,
        subtype,
        trigger: trigger?,
        steps,
        budget,
        validity,
        plan,
        over: None,
    })
}

fn class_and_subtype(
    table: &mut Table<'_>,
    classes: &Classes<'_>,
) -> (Option<MessageClass>, Option<Subtype>) {
    let class = table.required("class").and_then(class_item);
    (class, subtype(table, class, classes))
}

fn read_trigger(table: &mut Table<'_>) -> Option<Trigger> {
    let kind = table.text("event");
    // A condition that cannot be compiled is reported; the world is not used then.
    let when = table.optional("when").and_then(|item| condition(item, Scope::Event));
    Some(Trigger::Event { kind: kind?.into(), when })
}

fn condition(item: Item<'_>, scope: Scope) -> Option<Condition> {
    let source = item.text()?;
    match Condition::compile(source, scope) {
        Ok(condition) => Some(condition),
        Err(error) => {
            let place = error.offset().map_or(item.place(), |offset| item.place().inside(source, offset));
            place.report(format!("{}: {}", item.key(), error.message()));
            None
        }
    }
}

/// What is sent must be what was announced: the gate judges by the journey's class and subtype.
fn check_template(
    item: Item<'_>,
    template: &Template,
    class: Option<MessageClass>,
    subtype: Option<&Subtype>,
) {
    let Some(class) = class else { return };
    let name = |class: MessageClass, subtype: Option<&Subtype>| match subtype {
        Some(subtype) => format!("{class}/{}", subtype.as_str()),
        None => class.to_string(),
    };
    if template.class != class || template.subtype.as_ref() != subtype {
        let expected = name(class, subtype);
        let found = name(template.class, template.subtype.as_ref());
        item.report(format!(
            "expected a template of {expected}, found {:?} of {found}",
            template.id.as_str()
        ));
    }
}

/// Reads a broadcast file. Its version is the file's own hash: whoever changes the file makes another broadcast.
pub(super) fn read_broadcast<'a>(
    document: &'a Document<'a>,
    text_hash: &str,
    classes: &Classes<'_>,
    templates: &Templates<'_>,
    plans: &BTreeMap<Arc<str>, Arc<Plan>>,
) -> Option<Journey> {
    read_file(document, |table| {
        let id = table.required("id").and_then(id_text);
        let (class, subtype) = class_and_subtype(table, classes);
        let item = table.required("template");
        let template = item.and_then(|item| templates.find(item));
        let audience = table.optional("audience").and_then(|item| condition(item, Scope::Customer));
        let budget = table.optional("budget_yuan").and_then(cost_item);
        let validity = table.optional("validity").and_then(span_item);
        let plan = table.optional("plan").and_then(|item| known_plan(item, plans));
        let over = table.optional("over").and_then(span_item);
        if let (Some(item), Some(template)) = (item, &template) {
            check_template(item, template, class, subtype.as_ref());
            check_no_event(item, template);
        }
        let id = id?;
        Some(Journey {
            id: id.into(),
            version: 1,
            reference: format!("{id}@{text_hash}").into(),
            class: class?,
            subtype,
            trigger: Trigger::Broadcast { audience },
            steps: vec![Step::Send { template: template? }],
            budget,
            validity,
            plan,
            over,
        })
    })
}

/// A broadcast has no event, so a template that asks for one could never be filled.
fn check_no_event(item: Item<'_>, template: &Template) {
    for variable in &template.variables {
        if let Source::Event(field) = &variable.from {
            item.report(format!(
                "expected a template without fields of an event, found event.{field} in {:?}",
                template.id.as_str()
            ));
        }
    }
}
