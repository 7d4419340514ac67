//! What a person has said of a text that was held for them, and the model that was made of what people said.

use model::{MessageClass, MessageId, Private};
use proof::Hash;
use std::sync::Arc;

/// Somebody has looked at a message that was held for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDecided {
    /// Which message.
    pub message: MessageId,
    /// Its class.
    pub class: MessageClass,
    /// What they said.
    pub verdict: ReviewVerdict,
    /// Who, by the name of their key.
    pub by: Arc<str>,
    /// Why, in words.
    pub remark: Arc<str>,
    /// The text that they looked at.
    pub text: Private,
    /// SHA-256 of it.
    pub hash: Hash,
}

/// What a person says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewVerdict {
    /// It may go: the gate is asked again, from the first rule.
    Approved,
    /// It may not.
    Rejected,
    /// It is of this class: one of the model's, to learn from. It stays held.
    Labelled(Arc<str>),
}

impl ReviewVerdict {
    /// The word for it, as leaves show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Labelled(_) => "labelled",
        }
    }
}

/// Somebody made a model that tells what kind of message a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTrained {
    /// Who, by the name of their key.
    pub by: Arc<str>,
    /// SHA-256 of the model.
    pub model: Hash,
    /// SHA-256 of the institution's own texts, as they lay in the file; none without any.
    pub data: Option<Hash>,
    /// How many texts of the corpus and of its own it was made of.
    pub texts: u64,
    /// How many it was measured with.
    pub held_out: u64,
    /// How many of these it got right.
    pub right: u64,
}
