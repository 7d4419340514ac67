//! What a journey would do to everybody, as it is shown: the funnel, what it costs, and whether carriers and people can do it.
//!
//! Called by `POST /v1/journeys/{id}/dry-run`; the figures are the engine's.

use engine::decide::rehearsal::{Fates, Figures, Holds, Load, Volume as Sum};
use engine::world::{Journey, World};
use model::{Channel, MessageClass, RouteId, Span, Subtype, TemplateId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Milliseconds of an hour.
const HOUR_MS: f64 = 3_600_000.0;
/// Seconds of an hour.
const HOUR_SECONDS: u64 = 3_600;

/// What a journey would do to everybody.
#[derive(Debug, Serialize)]
pub(super) struct Audience {
    journey: String,
    at: String,
    until: String,
    customers: u64,
    no_day: u64,
    not_met: u64,
    not_again: u64,
    entered: u64,
    messages: u64,
    blocked: BTreeMap<&'static str, u64>,
    held: Vec<Holding>,
    waiting: u64,
    to_send: u64,
    parts: u64,
    cost: String,
    templates: Vec<Text>,
    volumes: Vec<Volume>,
    routes: Vec<Carrying>,
    queues: Vec<Working>,
    calls: BTreeMap<String, u64>,
    left: BTreeMap<&'static str, u64>,
    inside: u64,
    stuck: BTreeMap<String, u64>,
    conditions_failed: u64,
    condition_failures: Vec<String>,
    /// Why the end was not reached; absent if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<String>,
}

/// How long a rule held messages back.
#[derive(Debug, Serialize)]
pub(super) struct Holding {
    rule: &'static str,
    count: u64,
    hours_least: f64,
    hours_mean: f64,
    hours_most: f64,
}

/// What became of the messages of one text.
#[derive(Debug, Serialize)]
pub(super) struct Text {
    template: String,
    messages: u64,
    to_send: u64,
    blocked: u64,
}

/// What goes by a channel, of a class.
#[derive(Debug, Serialize)]
pub(super) struct Volume {
    channel: &'static str,
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtype: Option<String>,
    messages: u64,
    parts: u64,
    cost: String,
}

/// What a route has to carry, beside what it may.
#[derive(Debug, Serialize)]
pub(super) struct Carrying {
    route: String,
    parts: u64,
    busiest_hour: String,
    busiest_hour_parts: u64,
    /// Parts a second by contract; absent: as fast as its window allows.
    tps: Option<u32>,
    /// How long all of it takes at that rate.
    hours_needed: Option<f64>,
    /// How long, at worst, parts wait for their turn beyond the hour in which they come.
    hours_behind: Option<f64>,
    busiest_day: String,
    busiest_day_parts: u64,
    daily_parts: Option<u64>,
    /// Parts of days that have more than the quota.
    beyond_quota: u64,
    /// Whether each hour's parts go within that hour, and each day's within the quota.
    fits: bool,
}

/// What people behind a queue get to do, beside what they can.
#[derive(Debug, Serialize)]
pub(super) struct Working {
    queue: String,
    tasks: u64,
    busiest_hour: String,
    busiest_hour_tasks: u64,
    /// `tasks_per_hour` of `institution.toml`; absent: nobody has said.
    tasks_per_hour: Option<u32>,
    hours_needed: Option<f64>,
    hours_behind: Option<f64>,
    /// Whether each hour's tasks are done within that hour; absent: nobody has said how many that is.
    fits: Option<bool>,
}

pub(super) fn audience(
    world: &World,
    journey: &Journey,
    at: Timestamp,
    days: i64,
    figures: &Figures,
) -> Audience {
    let f = figures.clone();
    let text = |(template, fates): (TemplateId, Fates)| Text {
        template: template.to_string(),
        messages: fates.messages,
        to_send: fates.to_send,
        blocked: fates.blocked,
    };
    let volume = |((channel, class, subtype), sum): ((Channel, MessageClass, Option<Subtype>), Sum)| Volume {
        channel: channel.name(),
        class: class.name(),
        subtype: subtype.map(|subtype| subtype.as_str().to_owned()),
        messages: sum.messages,
        parts: sum.parts,
        cost: sum.cost.to_string(),
    };
    Audience {
        journey: journey.reference.to_string(),
        at: at.to_string(),
        until: at.after(Span::days(days)).to_string(),
        customers: f.customers,
        no_day: f.no_day,
        not_met: f.not_met,
        not_again: f.not_again,
        entered: f.entered,
        messages: f.messages,
        blocked: f.blocked,
        held: f.held.into_iter().map(|(rule, holds)| holding(rule, &holds)).collect(),
        waiting: f.waiting,
        to_send: f.to_send,
        parts: f.parts,
        cost: f.cost.to_string(),
        templates: f.templates.into_iter().map(text).collect(),
        volumes: f.volumes.into_iter().map(volume).collect(),
        routes: f.routes.iter().map(|(route, load)| carrying(world, route, load)).collect(),
        queues: f.tasks.iter().map(|(queue, load)| working(world, queue, load)).collect(),
        calls: f.calls.into_iter().map(|(hook, count)| (hook.to_string(), count)).collect(),
        left: f.left,
        inside: f.inside,
        stuck: f.stuck.into_iter().map(|(why, count)| (why.to_string(), count)).collect(),
        conditions_failed: f.failed,
        condition_failures: f.failures.iter().map(|failure| failure.error.to_string()).collect(),
        lost: f.lost,
    }
}

fn hours(span: Span) -> f64 {
    (span.0 as f64 / HOUR_MS * 100.0).round() / 100.0
}

fn holding(rule: &'static str, holds: &Holds) -> Holding {
    let mean = Span(holds.sum.0 / i64::try_from(holds.count.max(1)).unwrap_or(i64::MAX));
    Holding {
        rule,
        count: holds.count,
        hours_least: hours(holds.least),
        hours_mean: hours(mean),
        hours_most: hours(holds.most),
    }
}

fn carrying(world: &World, id: &RouteId, load: &Load) -> Carrying {
    let route = world.routes.get(id);
    let tps = route.and_then(|route| route.tps);
    let an_hour = tps.map(|tps| u64::from(tps) * HOUR_SECONDS);
    let daily_parts = route.and_then(|route| route.daily_parts);
    let days = load.days(|at| world.institution.zone.local(at).0);
    let most = days.values().copied().max().unwrap_or(0);
    let busiest_day = days.iter().find(|(_, parts)| **parts == most).map(|(day, _)| day.to_string());
    let beyond = |quota: u64| days.values().map(|parts| parts.saturating_sub(quota)).sum();
    let beyond_quota: u64 = daily_parts.map_or(0, beyond);
    let behind = an_hour.map(|an_hour| load.waits(an_hour));
    let (hour, busiest_hour_parts) = load.busiest().unwrap_or_default();
    Carrying {
        route: id.to_string(),
        parts: load.total(),
        busiest_hour: hour.to_string(),
        busiest_hour_parts,
        tps,
        hours_needed: an_hour.map(|an_hour| hours(load.takes(an_hour))),
        hours_behind: behind.map(hours),
        busiest_day: busiest_day.unwrap_or_default(),
        busiest_day_parts: most,
        daily_parts,
        beyond_quota,
        fits: behind.unwrap_or_default() == Span(0) && beyond_quota == 0,
    }
}

fn working(world: &World, queue: &Arc<str>, load: &Load) -> Working {
    let tasks_per_hour = world.institution.tasks_per_hour.get(queue).copied();
    let behind = tasks_per_hour.map(|an_hour| load.waits(u64::from(an_hour)));
    let (hour, busiest_hour_tasks) = load.busiest().unwrap_or_default();
    Working {
        queue: queue.to_string(),
        tasks: load.total(),
        busiest_hour: hour.to_string(),
        busiest_hour_tasks,
        tasks_per_hour,
        hours_needed: tasks_per_hour.map(|an_hour| hours(load.takes(u64::from(an_hour)))),
        hours_behind: behind.map(hours),
        fits: behind.map(|behind| behind == Span(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::api::openapi::DOCUMENT;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn every_figure_is_described_and_no_other() {
        let files: Vec<(String, String)> =
            library::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
        let world = engine::world::load(&files).unwrap();
        let journey = world.journeys.current().next().unwrap();
        let figures = Figures { lost: Some("why".to_owned()), ..Figures::default() };
        let shown = serde_json::to_value(audience(&world, journey, Timestamp(0), 1, &figures)).unwrap();
        let described: Value = serde_json::from_str(DOCUMENT).unwrap();
        let described = &described["components"]["schemas"]["DryRunAudience"]["properties"];
        let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&shown), names(described));
        let load = Load::default();
        let route = serde_json::to_value(carrying(&world, &"demo".into(), &load)).unwrap();
        assert_eq!(names(&route), names(&described["routes"]["items"]["properties"]));
        let queue = serde_json::to_value(working(&world, &"care".into(), &load)).unwrap();
        assert_eq!(names(&queue), names(&described["queues"]["items"]["properties"]));
    }
}
