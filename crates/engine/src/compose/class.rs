//! What kind of message a text reads as, by the model that the world carries.
//!
//! Templates are read once, when the world is; free texts, and templates with room for one, each time. It stops nothing and
//! decides nothing: the rule `declared-class` compares, and orders without a class ask for one. Without a model nothing is known.

use super::{Template, VariableKind};
use crate::world::World;
use model::MessageClass;
use proof::Hash;
use text::classify::{CLASSES, Classifier, Message};

/// So sure must the model be to say that a text is of another class than it is declared. Of 1,920 real notices two read as
/// marketing or fraud with this confidence (docs/compose.md).
pub const DISAGREES_FROM: f32 = 0.95;
/// So sure must it be that a person should look: below it, what reads so is mostly service.
pub const DOUBTS_FROM: f32 = 0.6;
/// So sure must it be to give a class to a text that has none.
pub const DECIDES_FROM: f32 = 0.8;
/// A variable with room for more than so many UTF-16 units may hold a message of its own.
const ROOM: u16 = 30;

/// What a text reads as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// One of [`CLASSES`].
    pub class: &'static str,
    /// The calibrated probability that it is, 0 to 1.
    pub confidence: f32,
}

impl Reading {
    /// Of a text under a signature, which may be part of it.
    pub fn of(classifier: &Classifier, text: &str, signature: &str) -> Self {
        let weights = classifier.weigh(&Message { text, signature, ..Message::default() });
        let mut best = Self { class: "other", confidence: 0.0 };
        for (class, confidence) in CLASSES.into_iter().zip(weights) {
            if confidence > best.confidence {
                best = Self { class, confidence };
            }
        }
        best
    }

    /// Whether it surely is what would need another class's consent, hours and words, or what nobody may send: marketing
    /// or fraud under another name. Any other difference harms no customer.
    pub fn disagrees(self, declared: MessageClass) -> bool {
        let matters = matches!(self.class, "marketing" | "scam");
        matters && self.class != declared.name() && self.confidence >= DISAGREES_FROM
    }

    /// Whether it likely is that, and a person should look.
    pub fn doubts(self, declared: MessageClass) -> bool {
        let sure = Self { confidence: 1.0, ..self };
        sure.disagrees(declared) && !self.disagrees(declared) && self.confidence >= DOUBTS_FROM
    }
}

/// What one of a template's texts reads as: the one that disagrees with its class the most.
pub(crate) fn of_template(classifier: &Classifier, template: &Template, signature: &str) -> Option<Reading> {
    let texts = (0..template.wordings().len()).filter_map(|number| template.sample(number).ok());
    let readings = texts.map(|text| Reading::of(classifier, &text, signature));
    readings.reduce(|one, other| if other.disagrees(template.class) { other } else { one })
}

/// What a finished text reads as: as its template was read, where a template leaves no room for another message.
pub(crate) fn of_draft(
    world: &World,
    template: Option<&Template>,
    text: &str,
    signature: &str,
) -> Option<Reading> {
    let classifier = world.classifier.as_deref()?;
    let known = template.and_then(|template| world.readings.get(&template.hash));
    Some(known.copied().unwrap_or_else(|| Reading::of(classifier, text, signature)))
}

/// The templates of a world, read once. Those with room for a message of its own are left out.
pub(crate) fn of_templates<'t>(
    classifier: &Classifier,
    templates: impl Iterator<Item = &'t Template>,
    signature: &str,
) -> Vec<(Hash, Reading)> {
    let has_room = |template: &Template| {
        template
            .variables
            .iter()
            .any(|variable| matches!(variable.kind, VariableKind::Text(max) if max > ROOM))
    };
    let closed = templates.filter(|template| !has_room(template));
    closed.filter_map(|t| Some((t.hash, of_template(classifier, t, signature)?))).collect()
}
