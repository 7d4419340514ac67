//! Why a message came, or did not: its entries as a person reads them.

use engine::decide::Verdict;
use engine::entry::{AfterRefusal, AfterSilence, Fact, Late, Matter, ReviewVerdict, Stay};
use node::inquiry::Line;
use serde::Serialize;

/// One line of a message's story.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// Its position in the ledger.
    pub entry: u64,
    /// When.
    pub at: String,
    /// What, in a word.
    pub what: &'static str,
    /// More of it, without personal data.
    pub detail: String,
    /// What every rule said, where the gate was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Said>,
}

/// What one rule said.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    /// Which rule.
    pub rule: &'static str,
    /// Which revision of its rule set.
    pub revision: u16,
    /// pass, hold or block.
    pub verdict: &'static str,
    /// Until when, if it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// From which inputs.
    pub detail: String,
}

/// The story of a message.
pub(crate) fn steps<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Vec<Step> {
    lines
        .into_iter()
        .map(|line| {
            let (detail, verdicts) = describe(&line.entry.fact);
            Step {
                entry: line.index,
                at: line.entry.at.to_string(),
                what: line.entry.fact.kind().name(),
                detail,
                verdicts,
            }
        })
        .collect()
}

/// An entry in words, without personal data, and what every rule said.
pub(crate) fn describe(fact: &Fact) -> (String, Vec<Said>) {
    match fact {
        Fact::MessageDecided(d) => (
            format!(
                "template {}, {} parts, {}, route {}, to {}",
                d.matter.template,
                d.parts,
                d.cost,
                d.route,
                d.to.masked()
            ),
            said(&d.matter),
        ),
        Fact::MessageHeld(h) => {
            (format!("template {}, until {}", h.matter.template, h.until), said(&h.matter))
        }
        Fact::MessageBlocked(b) => (format!("template {}", b.matter.template), said(&b.matter)),
        Fact::MessageClaimed { route, attempt, .. } => {
            (format!("route {route}, attempt {attempt}"), Vec::new())
        }
        Fact::PartSubmitted { part, remote, .. } => {
            (format!("part {}, the carrier's id {remote}", part + 1), Vec::new())
        }
        Fact::PartRefused { part, status, word, then, .. } => {
            let then = match then {
                AfterRefusal::Requeue => "to be offered again",
                AfterRefusal::Await => "the message has failed, the other parts' answers are awaited",
                AfterRefusal::Fail(_) => "the message failed",
            };
            (format!("part {}, {}, {then}", part + 1, refused_with(*status, word.as_deref())), Vec::new())
        }
        Fact::AnswerLate { part, route, said, .. } => {
            let said = match said {
                Late::Taken(remote) => format!("{route} had taken it after all, the carrier's id {remote}"),
                Late::Refused { status, word } => {
                    format!("{route} had refused it, {}", refused_with(*status, word.as_deref()))
                }
            };
            (format!("part {}, {said}; too late to change anything", part + 1), Vec::new())
        }
        Fact::JourneyEntered(_) | Fact::JourneyMoved(_) | Fact::JourneyLeft { .. } => (way(fact), Vec::new()),
        Fact::CallAnswered(_) | Fact::TaskOpened(_) | Fact::TaskClosed(_) => (way(fact), Vec::new()),
        Fact::CustomerTagged { values } => {
            let names: Vec<&str> = values.iter().map(|(name, _)| &**name).collect();
            (names.join(", "), Vec::new())
        }
        Fact::GoalReached { .. } | Fact::LinkClicked(_) => (came_of(fact), Vec::new()),
        Fact::MessageHidden { .. } => ("its account took it off its list".to_owned(), Vec::new()),
        Fact::OrdersSpent { keys } => (format!("{} orders, not to be taken again", keys.len()), Vec::new()),
        Fact::CarrierAsked { route, parts, until, .. } => {
            (format!("{route} is asked about {parts} parts, its answer is awaited until {until}"), Vec::new())
        }
        Fact::PartUnanswered { part, then, .. } => {
            let then = match then {
                AfterSilence::Resend => "to be sent again: late is worse than twice".to_owned(),
                AfterSilence::Wait { until } => format!("not sent again, a receipt is awaited until {until}"),
            };
            (format!("part {}, no answer, {then}", part + 1), Vec::new())
        }
        Fact::ReceiptReceived { part, state, error, ends, .. } => {
            let error = error.as_ref().map(|e| format!(", error {e}")).unwrap_or_default();
            let ends =
                ends.as_ref().map(|e| format!(", the message is {}", e.outcome.name())).unwrap_or_default();
            (format!("part {}, {state:?}{error}{ends}", part + 1).to_lowercase(), Vec::new())
        }
        Fact::MessageEnded { ending, .. } => (ending.outcome.name().to_owned(), Vec::new()),
        Fact::Redacted(_) => ("the customer was erased: only the public part is left".to_owned(), Vec::new()),
        _ => (said_and_tried(fact), Vec::new()),
    }
}

/// A carrier's code: its own word, if it has words.
/// What came of a message.
fn came_of(fact: &Fact) -> String {
    match fact {
        Fact::GoalReached { value, .. } => format!("worth {value} minor units"),
        Fact::LinkClicked(clicked) => format!("target {}, {}", clicked.target, clicked.by.name()),
        _ => String::new(),
    }
}

/// Somebody's way through a journey.
fn way(fact: &Fact) -> String {
    match fact {
        Fact::JourneyEntered(entered) => {
            let through = || "went through without waiting".to_owned();
            format!("{}, {}", entered.journey, entered.stay.as_ref().map_or_else(through, standing))
        }
        Fact::JourneyMoved(moved) => format!("{}, {}", moved.journey, standing(&moved.stay)),
        Fact::CallAnswered(result) => {
            let said = if result.is_done {
                "a system has answered"
            } else {
                "a system has not answered as it should"
            };
            format!("{}, {said}", result.journey)
        }
        Fact::TaskOpened(task) => {
            format!("{}, {}: {}, until {}", task.journey, task.queue, task.what, task.due)
        }
        Fact::TaskClosed(result) => {
            format!(
                "{}, people {}",
                result.journey,
                if result.is_done { "have done it" } else { "could not do it" }
            )
        }
        Fact::JourneyLeft { journey, how, .. } => format!("{journey}, {}", how.name()),
        _ => String::new(),
    }
}

/// What people said of a text, and what happened to an experiment.
fn said_and_tried(fact: &Fact) -> String {
    match fact {
        Fact::ArmStopped(said) => format!(
            "{} was stopped: {} {} beside {}, by weights of {} and {}",
            said.journey,
            said.events,
            said.why.name(),
            said.compared,
            said.weight,
            said.weights
        ),
        Fact::ArmResumed(said) => format!("{} goes on: {}", said.journey, said.why),
        Fact::ReviewDecided(said) => {
            let behind = if said.remark.is_empty() { String::new() } else { format!(": {}", said.remark) };
            match &said.verdict {
                ReviewVerdict::Labelled(class) => format!("{} says that it is {class}{behind}", said.by),
                verdict => format!("{} by {}{behind}", verdict.name(), said.by),
            }
        }
        Fact::WeightsMoved(said) => {
            let arms = said.arms.iter().map(|arm| format!("{} {}", arm.arm, arm.weight));
            format!("{}#{} by {}", said.journey, said.experiment, arms.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    }
}

/// Where somebody stands in a journey.
fn standing(stay: &Stay) -> String {
    match (&stay.stuck, stay.due) {
        (Some(why), _) => format!("stuck at step {}: {why}", stay.step),
        (None, Some(due)) => format!("waits at step {} until {due}", stay.step),
        (None, None) => format!("waits at step {}", stay.step),
    }
}

fn refused_with(status: u32, word: Option<&str>) -> String {
    word.map_or_else(|| format!("status 0x{status:08x}"), |word| format!("code {word}"))
}

fn said(matter: &Matter) -> Vec<Said> {
    matter
        .findings
        .iter()
        .map(|finding| {
            let (verdict, until) = match finding.verdict {
                Verdict::Pass => ("pass", None),
                Verdict::Hold { until } => ("hold", Some(until.to_string())),
                Verdict::Block => ("block", None),
            };
            Said {
                rule: finding.rule.id(),
                revision: finding.revision,
                verdict,
                until,
                detail: finding.detail.to_string(),
            }
        })
        .collect()
}
