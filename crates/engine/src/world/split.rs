//! The step that divides people by chance: its arms, what stops one of them, what moves their weights. Read by [`super::load`],
//! walked by `decide::steps::split`, steered by `measure::trial`.

use model::Span;
use std::sync::Arc;

/// A division of people into the arms of an experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The experiment.
    pub experiment: Arc<str>,
    /// Its arms, two or more.
    pub arms: Vec<Arm>,
    /// What its arms are compared by in reports.
    pub aim: Aim,
    /// What stops an arm; none where the file says that nothing does.
    pub guardrail: Option<Guardrail>,
    /// What moves the weights; none if they stay.
    pub bandit: Option<Bandit>,
}

/// What the arms of an experiment are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aim {
    /// Who reached the journey's goal.
    #[default]
    Goal,
    /// Who followed a link.
    Clicked,
}

/// One arm of an experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// Its name.
    pub name: Arc<str>,
    /// Its share, of the sum of all.
    pub weight: u32,
    /// Where to go.
    pub to: usize,
    /// Whether nothing is sent to those in it: what the others are compared with.
    pub control: bool,
    /// Whether those in it get what everybody gets otherwise: what guardrails compare the others with, and reports where there is
    /// no control. It is never stopped.
    pub usual: bool,
}

/// When an arm is stopped because it drives people away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// So long after a message an opt-out or a complaint is taken for its doing.
    pub within: Span,
    /// Whether those who have been sent something of it go on to its end. Otherwise they leave.
    pub finish: bool,
}

/// How long after a message an opt-out or a complaint is taken for its doing, where nothing else is said.
pub const GUARDRAIL_WITHIN: Span = Span::days(3);

/// Weights that move to the arms that do better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bandit {
    /// No arm's share goes below this, of a hundred.
    pub floor_percent: u8,
    /// They are made anew after so many messages came to the gate.
    pub every: u64,
}

impl Split {
    /// An arm by its name.
    pub fn arm(&self, name: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| *arm.name == *name)
    }

    /// The arms that guardrails and bandits are about: those that are sent something.
    pub fn sent(&self) -> impl Iterator<Item = &Arm> {
        self.arms.iter().filter(|arm| !arm.control)
    }
}
