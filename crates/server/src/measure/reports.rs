//! `GET /v1/reports/{journey}`: what a journey or broadcast came to, by group, against those held out, and by the arms of its
//! experiments.
//!
//! Everything is counted from the views, which are made of leaves alone: `hongyan rebuild` gives the same figures. The
//! statistics are the engine's (`measure::experiment`).

use super::arms::StoppedFigure;
use crate::http::Site;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::{Path, Query, State};
use engine::measure::experiment::report::{self, Arm, Comparison};
use engine::measure::experiment::{Alpha, Interval, Rate, Sequence, guardrail, roi};
use engine::measure::tally::{Figures, Seen, Side, Tally};
use engine::state::{Trial, Trials};
use engine::world::{Aim, Journey, Split, World};
use model::{MessageClass, Money, RouteId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use store::views::MessageRow;

/// How a report is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    by: Option<String>,
    planned: Option<NonZeroU64>,
}

/// People that are planned where nothing is said; the always-valid intervals are narrowest there.
const PLANNED: NonZeroU64 = NonZeroU64::MIN.saturating_add(9_999);
/// Thousandths of a fen in the hundredth part of a currency's unit.
const MILLIFEN: f64 = 1_000.0;

/// How a report may be divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Variant,
    Class,
    Channel,
    Route,
    Version,
    Hour,
}

const WAYS: [(&str, By); 6] = [
    ("variant", By::Variant),
    ("class", By::Class),
    ("channel", By::Channel),
    ("route", By::Route),
    ("version", By::Version),
    ("hour", By::Hour),
];

/// A report.
#[derive(Debug, Serialize)]
pub struct Report {
    journey: String,
    by: &'static str,
    total: Row,
    rows: Vec<Row>,
    /// What the exposed did against those held out; absent where nobody was.
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<Uplift>,
    experiments: Vec<Experiment>,
}

/// The figures of a group. Amounts are in the institution's currency.
#[derive(Debug, Serialize)]
pub struct Row {
    group: String,
    audience: u64,
    held_out: u64,
    exposed: u64,
    stopped: u64,
    sent: u64,
    delivered: u64,
    failed: u64,
    parts: u64,
    cost: f64,
    /// People who opted out, and who complained, after one of its messages.
    opt_outs: u64,
    complaints: u64,
    goals: u64,
    cvr: Option<f64>,
    cvr_low: Option<f64>,
    cvr_high: Option<f64>,
    value: f64,
    /// (value - cost) / cost; absent where nothing was spent.
    roi: Option<f64>,
    /// People to whom a message arrived, as its receipt says or their click shows.
    readers: u64,
    /// Of these, people who followed a link.
    clickers: u64,
    /// Clicks of people; repetitions and machines stand beside.
    clicks: u64,
    clicks_repeated: u64,
    clicks_of_bots: u64,
    /// Clickers of readers.
    ctr: Option<f64>,
    ctr_low: Option<f64>,
    ctr_high: Option<f64>,
}

/// Exposed against held out.
#[derive(Debug, Serialize)]
pub struct Uplift {
    exposed: u64,
    held_out: u64,
    exposed_rate: f64,
    held_out_rate: f64,
    /// Of the rates, at whatever look this is.
    difference: f64,
    low: Option<f64>,
    high: Option<f64>,
    differs: bool,
    /// What the exposed brought beyond as many of those held out.
    value: f64,
    value_low: Option<f64>,
    value_high: Option<f64>,
    roi: Option<f64>,
}

/// An experiment of the journey.
#[derive(Debug, Serialize)]
pub struct Experiment {
    experiment: String,
    /// What its arms are compared by: `goal`, or `clicked`. Those who did it are the arms' `goals`.
    by: &'static str,
    /// Why it cannot be read, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
    /// Whether the arms have other sizes than their weights promise: then nothing is called different.
    size_alarm: bool,
    size_p: Option<f64>,
    /// How often a bandit has moved the newest version's weights.
    weights_moved: u64,
    /// Whether intervals mean what they say: they are for weights that stay.
    intervals_hold: bool,
    arms: Vec<ArmRow>,
}

/// An arm beside the control.
#[derive(Debug, Serialize)]
pub struct ArmRow {
    arm: String,
    control: bool,
    /// Of those who are new by now.
    weight: u32,
    people: u64,
    goals: u64,
    rate: Option<f64>,
    opt_outs: u64,
    complaints: u64,
    /// Why the newest version's arm is stopped, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedFigure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against_control: Option<Against>,
}

/// How an arm compares.
#[derive(Debug, Serialize)]
pub struct Against {
    difference: f64,
    low: Option<f64>,
    high: Option<f64>,
    uplift: Option<f64>,
    differs: bool,
    stop: bool,
}

/// Makes the report of a journey, broadcast or account.
pub async fn of_journey(
    State(site): State<Site>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Report>, Problem> {
    let wanted = asked.by.as_deref().unwrap_or("variant");
    let (word, by) = WAYS.into_iter().find(|(word, _)| *word == wanted).ok_or_else(|| {
        let words: Vec<&str> = WAYS.iter().map(|(word, _)| *word).collect();
        Problem::bad_request(format!("by: expected one of {}, found {wanted:?}", words.join(", ")))
    })?;
    let sequence = Sequence { alpha: Alpha::FIVE_PERCENT, planned: asked.planned.unwrap_or(PLANNED) };
    site.follow.catch_up().await;
    let (world, journey) = (site.world.now(), name.clone());
    let (total, groups, arms) = site
        .on_views(move |views| {
            let (mut total, mut groups, mut arms) = (Tally::default(), Tally::default(), Tally::default());
            views.each_of_journey(&journey, &mut |row| {
                let seen = seen(&row);
                total.add("", &seen);
                groups.add(&group(&world, by, &row), &seen);
                if let Some((_, variant)) = row.journey.split_once('#') {
                    arms.add(variant, &seen);
                }
            })?;
            Ok((total.finish(), groups.finish(), arms.finish()))
        })
        .await?;
    let Some(all) = total.get("") else {
        return Err(Problem::not_found(format!("no message of a journey, broadcast or account {name:?}")));
    };
    let in_force = site.world.now();
    let of_name = in_force.journeys.get(&name);
    let trials = site.core.ask(|node| node.engine().state().trials.clone()).await?;
    Ok(Json(Report {
        by: word,
        total: row("all", all),
        rows: groups.iter().map(|(group, figures)| row(group, figures)).collect(),
        holdout: uplift(all, in_force.institution.currency, sequence),
        experiments: of_name
            .map(|journey| experiments(journey, &arms, &trials, sequence))
            .unwrap_or_default(),
        journey: name,
    }))
}

fn seen(row: &MessageRow) -> Seen<'_> {
    Seen {
        id: row.id,
        subject: row.subject,
        stage: node::stage(row.phase),
        rule: &row.rule,
        parts: u64::from(row.parts),
        cost_millifen: row.cost_millifen,
        goals: row.goals,
        value: row.value,
        opt_outs: row.opt_outs,
        complaints: row.complaints,
        clicks: row.clicks,
        repeats: row.repeats,
        bots: row.bots,
    }
}

/// In which group a message is; `none` where it has come to nothing that divides it.
fn group(world: &World, by: By, row: &MessageRow) -> String {
    let named = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let (reference, variant) = row.journey.split_once('#').unwrap_or((&row.journey, ""));
    match by {
        By::Variant => named(variant),
        By::Version => named(reference.split_once('@').map_or("", |(_, version)| version)),
        By::Class => named(MessageClass::from_code(row.class).map_or("", |class| class.name())),
        By::Route => named(&row.route),
        By::Channel => {
            let route = world.routes.get(&RouteId::new(row.route.as_str()));
            named(route.map_or("", |route| route.channel.name()))
        }
        By::Hour => {
            let (_, clock) = world.institution.zone.local(Timestamp(row.decided_ms));
            format!("{}:00", clock.to_string().split(':').next().unwrap_or_default())
        }
    }
}

fn row(group: &str, figures: &Figures) -> Row {
    let Figures { audience, held_out, exposed, stopped, sent, delivered, failed, .. } = *figures;
    let Figures { parts, cost_millifen, opt_outs, complaints, .. } = *figures;
    let share = |of: u64, people| Rate::new(of, people).ok().filter(|rate| rate.people() > 0);
    let within = |rate: Option<Rate>| rate.map(|rate| rate.wilson(Alpha::FIVE_PERCENT));
    let rate = share(exposed.reached, exposed.people);
    let interval = within(rate);
    let ctr = share(figures.clickers, figures.readers);
    // Units of the currency: a fen is a hundredth of one.
    let (cost, value) = (cost_millifen as f64 / MILLIFEN / 100.0, exposed.sum() / 100.0);
    Row {
        group: group.to_owned(),
        audience,
        held_out: held_out.people,
        exposed: exposed.people,
        stopped,
        sent,
        delivered,
        failed,
        parts,
        cost,
        opt_outs,
        complaints,
        goals: exposed.reached,
        cvr: rate.map(|rate| rate.share()),
        cvr_low: interval.map(|interval| interval.low),
        cvr_high: interval.map(|interval| interval.high),
        value,
        roi: (cost > 0.0).then(|| (value - cost) / cost),
        readers: figures.readers,
        clickers: figures.clickers,
        clicks: figures.clicks,
        clicks_repeated: figures.repeats,
        clicks_of_bots: figures.bots,
        ctr: ctr.map(|rate| rate.share()),
        ctr_low: within(ctr).map(|interval| interval.low),
        ctr_high: within(ctr).map(|interval| interval.high),
    }
}

/// Exposed against held out, by the method that is right at every look.
fn uplift(all: &Figures, currency: model::Currency, sequence: Sequence) -> Option<Uplift> {
    let Figures { exposed, held_out, cost_millifen, .. } = all;
    if held_out.people == 0 {
        return None;
    }
    let rate = |side: &Side| Rate::new(side.reached, side.people).ok();
    let (ours, theirs) = (rate(exposed)?, rate(held_out)?);
    let difference = ours.difference(&theirs);
    let interval = sequence.interval(&difference);
    let minor = (*cost_millifen as f64 / MILLIFEN).round() as i64;
    let worth = roi::uplift(&exposed.value, &held_out.value, Money { minor, currency }, sequence).ok();
    let fen = |amount: f64| amount / 100.0;
    let (low, high) = ends(interval);
    let (value_low, value_high) = worth.map_or((None, None), |worth| ends(worth.always_fen));
    Some(Uplift {
        exposed: exposed.people,
        held_out: held_out.people,
        exposed_rate: ours.share(),
        held_out_rate: theirs.share(),
        difference: difference.value,
        low,
        high,
        differs: sequence.differs(&difference),
        value: worth.map_or(0.0, |worth| fen(worth.value_fen)),
        value_low: value_low.map(fen),
        value_high: value_high.map(fen),
        roi: worth.map(|worth| worth.roi),
    })
}

/// JSON has no infinity: an end that is not known is null.
fn ends(interval: Interval) -> (Option<f64>, Option<f64>) {
    let known = |end: f64| end.is_finite().then_some(end);
    (known(interval.low), known(interval.high))
}

/// The experiments of the journey's newest version, with the people of all versions.
fn experiments(
    journey: &Journey,
    found: &BTreeMap<String, Figures>,
    trials: &Trials,
    sequence: Sequence,
) -> Vec<Experiment> {
    let read = |split: &Split| {
        let trial = format!("{}#{}", journey.reference, split.experiment);
        let figures = |arm: &engine::world::Arm| {
            found.get(&format!("{}.{}", split.experiment, arm.name)).copied().unwrap_or_default()
        };
        // Where everybody is sent something, the others are compared with the usual arm; that one can be driven away as well.
        let is_silent = split.arms.iter().any(|arm| arm.control);
        let counts = split.arms.iter().map(|arm| {
            let Figures { exposed, opt_outs, complaints, .. } = figures(arm);
            let driven = |events: u64| (!is_silent).then_some(events.min(exposed.people));
            Arm {
                name: arm.name.to_string(),
                weight: arm.weight,
                control: if is_silent { arm.control } else { arm.usual },
                exposures: exposed.people,
                conversions: if split.aim == Aim::Clicked { exposed.clicked } else { exposed.reached },
                opt_outs: driven(opt_outs),
                complaints: driven(complaints),
            }
        });
        let counts: Vec<Arm> = counts.collect();
        let harms = split.arms.iter().map(|arm| {
            let Figures { opt_outs, complaints, .. } = figures(arm);
            let stopped = trials.stopped(&format!("{trial}.{}", arm.name)).map(StoppedFigure::of);
            (opt_outs, complaints, stopped)
        });
        let harms = harms.collect();
        experiment(split, &counts, harms, trials.of(&trial), sequence)
    };
    journey.splits().map(read).collect()
}

/// What is said of each arm beside its counts: opt-outs, complaints, and why it is stopped.
type Harm = (u64, u64, Option<StoppedFigure>);

fn experiment(
    split: &Split,
    counts: &[Arm],
    harms: Vec<Harm>,
    trial: Option<&Trial>,
    sequence: Sequence,
) -> Experiment {
    let made = report::report(counts, sequence);
    let weights_moved = trial.map_or(0, |trial| trial.moves);
    let comparisons = made.as_ref().map(|report| &report.comparisons[..]).unwrap_or_default();
    let weight = |arm: &Arm| {
        let moved = trial.and_then(|trial| trial.weights.get(&*arm.name));
        moved.copied().unwrap_or(arm.weight)
    };
    let arms = counts.iter().zip(harms).map(|(arm, (opt_outs, complaints, stopped))| ArmRow {
        arm: arm.name.clone(),
        control: arm.control,
        weight: weight(arm),
        people: arm.exposures,
        goals: arm.conversions,
        rate: (arm.exposures > 0).then(|| arm.conversions as f64 / arm.exposures as f64),
        opt_outs,
        complaints,
        stopped,
        against_control: comparisons
            .iter()
            .find(|comparison| comparison.arm == arm.name)
            .map(|found| against(found, weights_moved == 0)),
    });
    let arms = arms.collect();
    // Sizes that a bandit has moved fit no weights.
    let sizes = made.as_ref().ok().map(|report| report.ratio_mismatch).filter(|_| weights_moved == 0);
    Experiment {
        experiment: split.experiment.to_string(),
        by: if split.aim == Aim::Clicked { "clicked" } else { "goal" },
        unreadable: made.as_ref().err().map(ToString::to_string),
        size_alarm: sizes.is_some_and(|sizes| sizes.alarm()),
        size_p: sizes.map(|sizes| sizes.p_value),
        weights_moved,
        intervals_hold: weights_moved == 0,
        arms,
    }
}

fn against(found: &Comparison, holds: bool) -> Against {
    let (low, high) = ends(found.always);
    let difference = found.difference.value;
    Against {
        difference: if difference.is_finite() { difference } else { 0.0 },
        low,
        high,
        uplift: found.uplift.map(|(uplift, _)| uplift).filter(|uplift| uplift.is_finite()),
        // Nothing is called different by an interval that does not hold.
        differs: found.differs && holds,
        stop: found.guardrail == guardrail::Verdict::Stop,
    }
}
