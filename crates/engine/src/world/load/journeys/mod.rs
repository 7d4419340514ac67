//! `journeys/<id>.toml`: what sets a journey off and what it does; and broadcast files, which have no event.
//!
//! A condition is compiled here and run by the decide stage; nothing is started by reading a file.

mod general;
mod steps;
mod trigger;

use super::accounts::extension;
use super::choice::basis;
use super::classes::Classes;
use super::document::{Document, Place};
use super::plans::known_plan;
use super::reader::{Item, Table, read_file};
use super::templates::{Templates, subtype};
use super::{class_item, cost_item, declare, id_text, span_item};
use crate::compose::{Source, Template};
use crate::world::{
    Account, Condition, Course, Days, Goal, Hook, Journey, Journeys, Moves, Offset, Plan, ProductRisk, Route,
    Scope, Step, StepKind, Trigger, Until, Watch,
};
use model::{AccountId, Channel, ClockTime, Cost, JourneyId, MessageClass, RouteId, Span, Subtype};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the files. Several versions of a journey may be there: the newest is entered, the others are for those inside.
pub(super) fn read<'a>(documents: &[&'a Document<'a>], known: &Known<'_, '_>) -> Journeys {
    let mut declared: BTreeMap<Arc<str>, Place<'a>> = BTreeMap::new();
    let mut journeys: Vec<Arc<Journey>> = Vec::new();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let id = id_item.and_then(id_text).map(JourneyId::from);
            let version = table.required("version").and_then(|item| item.number(1..=u32::MAX));
            if let (Some(id), Some(version), Some(item)) = (&id, version, id_item) {
                let reference = Arc::from(format!("{id}@{version}"));
                declare(&mut declared, reference, item.place(), "journey");
            }
            let item = table.optional("extension");
            if let Some(journey) = read_journey(id, version, table, known) {
                check_extension(item, &journey, &journeys, known);
                journeys.push(Arc::new(journey));
            }
        });
    }
    Journeys::of(journeys)
}

/// What the other files say that journeys lean on.
pub(super) struct Known<'k, 'a> {
    pub(super) classes: &'k Classes<'a>,
    pub(super) templates: &'k Templates<'a>,
    pub(super) plans: &'k BTreeMap<Arc<str>, Arc<Plan>>,
    pub(super) hooks: &'k BTreeMap<Arc<str>, Arc<Hook>>,
    pub(super) routes: &'k BTreeMap<RouteId, Arc<Route>>,
    pub(super) accounts: &'k BTreeMap<AccountId, Arc<Account>>,
}

/// What the parts of a journey's file are about.
struct About<'a> {
    class: Option<MessageClass>,
    subtype: Option<&'a Subtype>,
    hooks: &'a BTreeMap<Arc<str>, Arc<Hook>>,
    /// The event by which the journey's goal is reached.
    goal: Option<&'a str>,
}

fn read_journey(
    id: Option<JourneyId>,
    version: Option<u32>,
    table: &mut Table<'_>,
    known: &Known<'_, '_>,
) -> Option<Journey> {
    let Known { classes, templates, plans, hooks, .. } = known;
    let (class, subtype) = class_and_subtype(table, classes);
    let trigger = table.required("trigger").and_then(|item| item.table(trigger::read)).flatten();
    let budget = table.optional("budget_yuan").and_then(cost_item);
    let validity = table.optional("validity").and_then(span_item);
    let plan = table.optional("plan").and_then(|item| known_plan(item, plans));
    let priority = table.optional("priority").map_or(Some(0), |item| item.number(0..=PRIORITY_MAX));
    let value = table.optional("value_yuan").map_or(Some(Cost::ZERO), cost_item);
    let product_risk = table.optional("product_risk").and_then(read_risk);
    let exits = table.optional("exits").and_then(|item| item.each(|exit| exit.table(read_watch)?));
    let goal = table.optional("goal").and_then(|item| item.table(read_goal)?);
    let extension = table.optional("extension").and_then(|item| item.parsed(extension));
    let moves = table.optional("moves").and_then(read_moves).unwrap_or_default();
    let goal_event = goal.as_ref().map(|goal| &*goal.watch.kind);
    let about = About { class, subtype: subtype.as_ref(), hooks, goal: goal_event };
    let general_item = table.optional("general");
    let steps = table.required("steps").and_then(|item| steps::read(item, &about, templates));
    let seen = trigger.as_ref().and_then(|(trigger, ..)| looks_at(trigger, steps.as_deref().unwrap_or(&[])));
    let basis = basis(table, seen.filter(|_| class == Some(MessageClass::Marketing)), classes);
    let steps = steps?;
    let (id, version) = (id?, version?);
    let reference = format!("{id}@{version}").into();
    let (trigger, again, per) = trigger?;
    if matches!(trigger, Trigger::Inbound) && extension.is_none() {
        table.place().report("expected an extension that somebody could write to, found none");
    }
    let general = general_item.and_then(|item| general::read(item, &trigger, &steps, basis.personalised));
    Some(Journey {
        id,
        version,
        reference,
        class: class?,
        subtype,
        trigger,
        steps,
        course: Course {
            again,
            per,
            priority: priority?,
            value: value?,
            product_risk,
            exits: exits.unwrap_or_default(),
            goal,
            moves,
        },
        basis,
        general,
        budget,
        validity,
        plan,
        over: None,
        extension,
    })
}

/// An extension is one owner's, and there must be a number that it can follow. What is written to it must have a place to
/// come to.
fn check_extension(
    item: Option<Item<'_>>,
    journey: &Journey,
    others: &[Arc<Journey>],
    Known { routes, accounts, .. }: &Known<'_, '_>,
) {
    let (Some(item), Some(own)) = (item, &journey.extension) else { return };
    let account = accounts.values().find(|account| account.extension.as_ref() == Some(own));
    let other = others.iter().find(|other| other.id != journey.id && other.extension.as_ref() == Some(own));
    let owner = account.map(|account| format!("the account {}", account.id));
    if let Some(owner) = owner.or_else(|| other.map(|other| format!("the journey {}", other.id))) {
        item.report(format!("expected digits of its own, found {own:?}, which {owner} has"));
    }
    let may = |route: &Route| {
        route.channel == Channel::Sms && route.classes.contains(&journey.class) && route.takes(own)
    };
    if !routes.is_empty() && !routes.values().any(|route| may(route)) {
        let class = journey.class;
        item.report(format!("expected a route for {class} whose number {own:?} can follow, found none"));
    }
}

/// What in a journey shows that it goes to somebody because of who they are or what they did; nothing where it goes to
/// everybody whom the event befell, or who asked for it.
fn looks_at(trigger: &Trigger, steps: &[Step]) -> Option<&'static str> {
    let by_trigger = match trigger {
        Trigger::Date { .. } => Some("a day of the customer's sets it off"),
        Trigger::Segment { .. } => Some("a segment sets it off"),
        Trigger::Market { .. } => Some("it goes to those who hold something"),
        Trigger::Call { .. } => Some("whoever calls for it chooses the person"),
        Trigger::Event { when, .. } | Trigger::Schedule { when, .. } => of_condition(when.as_ref()),
        Trigger::Broadcast { audience } => of_condition(audience.as_ref()),
        Trigger::Keyword(_) | Trigger::Inbound => None,
    };
    let branches = steps.iter().any(|step| match &step.kind {
        StepKind::Branch { arms, .. } => arms.iter().any(|(when, _)| when.looks_at_person()),
        _ => false,
    });
    by_trigger.or(branches.then_some("a branch looks at the person"))
}

fn of_condition(when: Option<&Condition>) -> Option<&'static str> {
    when.filter(|when| when.looks_at_person()).map(|_| "its condition looks at the person")
}

fn read_watch(table: &mut Table<'_>) -> Option<Watch> {
    let kind = table.text("event");
    let when = table.optional("when").and_then(|item| condition(item, Scope::Got));
    Some(watch(kind?, when))
}

fn watch(kind: &str, when: Option<Condition>) -> Watch {
    Watch { kind: kind.into(), when }
}

fn read_goal(table: &mut Table<'_>) -> Option<Goal> {
    let watch = read_watch(table);
    let value = table.optional("value").and_then(Item::text).map(Arc::from);
    let within = table.optional("within").map_or(Some(GOAL_WITHIN), span_item);
    Some(Goal { watch: watch?, value, within: within? })
}

/// A number from 1, or the field of the event that says it: `event.risk`.
fn read_risk(item: Item<'_>) -> Option<ProductRisk> {
    if !item.is_text() {
        return item.number(1..=RISK_MAX).map(ProductRisk::Is);
    }
    item.parsed(|text| {
        let field = text.strip_prefix("event.").filter(|field| !field.is_empty());
        field.map(|field| ProductRisk::OfEvent(field.into())).ok_or_else(|| {
            format!("expected a risk of 1 to {RISK_MAX} or a field such as \"event.risk\", found {text:?}")
        })
    })
}

/// The highest risk of a product.
const RISK_MAX: u8 = 9;

/// A moment to wait for by itself: one of [`read_until`], or `{ best_time = "3d" }`.
fn read_wait(item: Item<'_>, about: &About<'_>) -> Option<Until> {
    let Some(within) = item.peek("best_time") else { return read_until(item) };
    item.table(|table| {
        table.optional("best_time");
    })?;
    let within = span_item(within)?;
    if within > BEST_TIME_MAX {
        item.report(format!("expected at most {BEST_TIME_MAX}, found {within}"));
    }
    Some(Until::Best { within, class: about.class?, subtype: about.subtype.cloned() })
}

/// The longest that a message is kept for a better hour.
const BEST_TIME_MAX: Span = Span::days(14);

/// The highest priority of a journey.
const PRIORITY_MAX: u16 = 100;

/// How long after a message its goal still counts, if the journey does not say.
const GOAL_WITHIN: Span = Span::days(14);

/// Versions, each with the names of its steps and of those of this version.
fn read_moves(item: Item<'_>) -> Option<BTreeMap<u32, Moves>> {
    let mut moves = BTreeMap::new();
    for (place, item) in item.named()? {
        let Ok(version) = item.key().parse::<u32>() else {
            place.report(format!("expected the number of an older version, found {:?}", item.key()));
            continue;
        };
        let steps = item.named()?.into_iter();
        let steps = steps.filter_map(|(_, to)| Some((Arc::from(to.key()), Arc::from(to.text()?))));
        moves.insert(version, steps.collect());
    }
    Some(moves)
}

/// A moment to wait for: `"3d"`, or a table with `until` (and `days`), or with `date` (and `offset`, `at`).
fn read_until(item: Item<'_>) -> Option<Until> {
    if !item.is_table() {
        return span_item(item).map(Until::After);
    }
    item.table(|table| {
        if let Some(at) = table.optional("until") {
            let at = at.parsed(ClockTime::parse);
            let days = table.optional("days").map_or(Some(Days::Any), read_days);
            return Some(Until::Clock { at: at?, days: days? });
        }
        let Some(attribute) = table.optional("date") else {
            table.place().report("expected until = \"09:30\" or date = \"ATTRIBUTE\", found neither");
            return None;
        };
        let offset = table.optional("offset").map_or(Some(THE_DAY), offset_item);
        let at = table.required("at").and_then(|item| item.parsed(ClockTime::parse));
        Some(Until::Date { attribute: attribute.text()?.into(), offset: offset?, at: at? })
    })?
}

/// Days before (`-15d`) or after (`3d`); of those that people work (`2wd`) or the exchanges trade (`1td`).
fn offset_item(item: Item<'_>) -> Option<Offset> {
    item.parsed(|text| {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let of = match &text[number.len()..] {
            "d" => Some(Days::Any),
            "wd" => Some(Days::Workdays),
            "td" => Some(Days::Trading),
            _ => None,
        };
        let count = number.parse::<i64>().ok().filter(|days| days.abs() <= OFFSET_DAYS_MAX);
        count.zip(of).map(|(count, of)| Offset { count, of }).ok_or_else(|| {
            format!(
                "expected days such as \"-15d\", workdays \"2wd\" or trading days \"1td\", at most {OFFSET_DAYS_MAX}, found {text:?}"
            )
        })
    })
}

/// No days later.
const THE_DAY: Offset = Offset { count: 0, of: Days::Any };

/// The furthest that something may be from the day it is about.
const OFFSET_DAYS_MAX: i64 = 3_660;

/// Some days: all, workdays, days off, trading days, or days of the week.
pub(super) fn read_days(item: Item<'_>) -> Option<Days> {
    if item.is_text() {
        let words = [
            ("any", Days::Any),
            ("workdays", Days::Workdays),
            ("days_off", Days::DaysOff),
            ("trading", Days::Trading),
        ];
        return item.one_of(&words);
    }
    let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let words: Vec<(&str, u8)> = week.iter().zip(0..).map(|(word, day)| (*word, 1 << day)).collect();
    let bits = item.each(|day| day.one_of(&words))?.into_iter().fold(0, |all, day| all | day);
    if bits == 0 {
        item.report("expected at least one day, found none");
        return None;
    }
    Some(Days::Week(bits))
}

fn class_and_subtype(
    table: &mut Table<'_>,
    classes: &Classes<'_>,
) -> (Option<MessageClass>, Option<Subtype>) {
    let class = table.required("class").and_then(class_item);
    (class, subtype(table, class, classes))
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
    journeys: &Journeys,
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
        let seen = audience.as_ref().and_then(|audience| of_condition(Some(audience)));
        let basis = basis(table, seen.filter(|_| class == Some(MessageClass::Marketing)), classes);
        let product_risk = table.optional("product_risk").and_then(read_risk);
        let extension = table.optional("replies_to").map_or(Some(None), |item| replies_to(item, journeys));
        let goal = table.optional("goal").and_then(|item| item.table(read_goal)?);
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
            steps: vec![Step { name: "1".into(), kind: StepKind::Send { template: template? } }],
            course: Course { product_risk, goal, ..Course::default() },
            basis,
            general: None,
            budget,
            validity,
            plan,
            over,
            extension: extension?,
        })
    })
}

/// The extension of the journey that takes what is answered to a broadcast.
fn replies_to(item: Item<'_>, journeys: &Journeys) -> Option<Option<Arc<str>>> {
    let name = item.text()?;
    let Some(journey) = journeys.get(name) else {
        item.report(format!("expected a journey, found {name:?}, which is none"));
        return None;
    };
    if journey.extension.is_none() {
        item.report(format!("expected a journey with an extension, found {name:?}, which has none"));
        return None;
    }
    Some(journey.extension.clone())
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
