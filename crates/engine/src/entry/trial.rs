//! What happens to the arms of experiments: one drives people away and is stopped, a person lets it go on, weights are moved.
//! They are about no customer; their counts are sums over leaves.

use super::SuppressionCause;
use model::MessageId;
use std::sync::Arc;

/// The message that an opt-out or a complaint is credited to: the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    /// Which.
    pub message: MessageId,
    /// Its journey, `id@version`, and behind a `#` the arm of an experiment.
    pub journey: Arc<str>,
}

/// An arm is stopped: nobody new is assigned to it, and nothing of it goes to whoever has had nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmStopped {
    /// The arm, as messages name it: `id@version#experiment.arm`.
    pub journey: Arc<str>,
    /// What people did: opted out, or complained.
    pub why: SuppressionCause,
    /// How many of those in the arm.
    pub events: u64,
    /// How many of those it is compared with.
    pub compared: u64,
    /// What the arm weighs.
    pub weight: u64,
    /// What those weigh that it is compared with.
    pub weights: u64,
    /// The evidence that is enough: so many times likelier under "worse" than under "alike".
    pub bound: u32,
}

/// A person lets a stopped arm go on. Its experiment's guardrails count anew from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmResumed {
    /// The arm, `id@version#experiment.arm`.
    pub journey: Arc<str>,
    /// Who.
    pub by: Arc<str>,
    /// Why, in words without personal data.
    pub why: Arc<str>,
}

/// The weights of an experiment from here on, for those who are not in an arm yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightsMoved {
    /// The journey, `id@version`.
    pub journey: Arc<str>,
    /// The experiment.
    pub experiment: Arc<str>,
    /// Its arms.
    pub arms: Vec<Weighed>,
}

/// An arm whose weight is made of what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// The arm.
    pub arm: Arc<str>,
    /// How many of its messages came to the gate so far.
    pub messages: u64,
    /// To how many of these a goal was credited.
    pub goals: u64,
    /// What it weighs from here on.
    pub weight: u32,
}
