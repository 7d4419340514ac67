//! One message on its way.

use super::Flow;
use crate::decide::RuleCode;
use crate::entry::{Event, Order, Way};
use model::{
    Contact, Cost, MessageClass, MessageId, Private, RemoteId, RouteId, Subject, Subtype, TemplateId,
    Timestamp,
};
use proof::Hash;
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

/// What many messages have in common; it is kept once, and each of them reads through to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct About {
    /// The journey, `id@version`.
    pub journey: Arc<str>,
    /// The class.
    pub class: MessageClass,
    /// The subtype.
    pub subtype: Option<Subtype>,
    /// The text's template.
    pub template: TemplateId,
    /// The template's hash at the decision.
    pub template_hash: Hash,
}

/// A message that has not come to its end. There may be millions: what they share is kept once.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Whom it is for.
    pub subject: Subject,
    /// Journey, class and template.
    pub about: Arc<About>,
    /// Where it stands.
    pub phase: Phase,
    /// The event that caused it.
    pub event: Option<Arc<Event>>,
    /// The order behind it, if an account handed it in.
    pub order: Option<Arc<Order>>,
    /// Which leg of a plan it is on.
    pub way: Option<Box<Way>>,
    /// When it was first decided about.
    pub since: Timestamp,
    /// After this moment it is not worth sending any more.
    pub expires: Timestamp,
    /// When something is due: the release of a hold, the end of waiting.
    pub due: Option<Timestamp>,
    /// What people are asked, or have said, about its text; mostly nothing at all.
    pub review: Option<Box<TextReview>>,
    /// What will be, or was, sent; none while it is held.
    pub sending: Option<Sending>,
}

/// A text that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextReview {
    /// Since when.
    pub since: Timestamp,
    /// Which rule asked for it last.
    pub rule: RuleCode,
    /// What it wants looked at, in its words, without anything of the text but entries of lists.
    pub why: Arc<str>,
    /// Who has approved which text, by its hash.
    pub approved: Option<(Arc<str>, Hash)>,
    /// What people have said that it is: one of the model's classes.
    pub label: Option<Arc<str>>,
}

/// What the gate fixed when it let a message pass.
#[derive(Debug, Clone)]
pub struct Sending {
    /// Over which route.
    pub route: RouteId,
    /// Where to.
    pub to: Contact,
    /// What it says.
    pub text: Private,
    /// What was reserved for it.
    pub cost: Cost,
    /// The strict lane it waits in.
    pub lane: u8,
    /// What follows the route's number in the sender, if its journey has something.
    pub extension: Option<Arc<str>>,
    /// Whether an unanswered submit is sent again.
    pub resend: bool,
    /// How often it was claimed.
    pub attempt: u8,
    /// Parts whose submit was once unanswered, mostly none: the carrier may have them although it never said so.
    pub doubted: Option<Box<BTreeSet<u8>>>,
    /// Whether the carrier was asked what became of it.
    pub asked: bool,
    /// Its parts.
    pub parts: SmallVec<[Part; 1]>,
}

impl Sending {
    /// Whether the carrier may have a part because a submit of it was once unanswered.
    pub fn is_doubted(&self, part: usize) -> bool {
        self.doubted.as_ref().is_some_and(|doubted| doubted.iter().any(|number| usize::from(*number) == part))
    }

    /// Whether a part was refused for good: then the message has failed, whatever becomes of the others.
    pub fn has_failed(&self) -> bool {
        self.parts.contains(&Part::Refused)
    }
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The gate holds it back.
    Held,
    /// It waits in its lane.
    Ready,
    /// It was handed to the carrier's connection; answers are due.
    Claimed,
    /// The carrier has every part; receipts are due.
    Submitted,
    /// A submit had no answer; only a receipt can tell.
    Uncertain,
}

/// Where a part stands. Most messages have one part, so it is kept in its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Not handed over, or refused for now.
    Waiting,
    /// Handed over; the answer is due.
    Sent,
    /// No answer came.
    Unanswered,
    /// Refused for good; the message ends when the answers that are still due have come.
    Refused,
    /// The carrier has it under this id.
    Submitted(RemoteId),
    /// The carrier reported its end.
    Final {
        /// The carrier's id.
        remote: RemoteId,
        /// Whether the customer has it.
        delivered: bool,
    },
}

impl Deref for Message {
    type Target = About;

    fn deref(&self) -> &About {
        &self.about
    }
}

impl Message {
    /// The flow it waits in.
    pub fn flow(&self) -> Flow {
        Flow { journey: Arc::clone(&self.journey), class: self.class }
    }

    /// What follows the route's number in its sender: its order's extension, or its journey's.
    pub fn extension(&self) -> Option<&Arc<str>> {
        let ordered = self.order.as_ref().and_then(|order| order.extension.as_ref());
        ordered.or_else(|| self.sending.as_ref().and_then(|sending| sending.extension.as_ref()))
    }

    /// The numbers of the parts that a claim hands over: all that the carrier does not have.
    pub fn pending_parts(&self) -> impl Iterator<Item = u8> {
        let parts = self.sending.as_ref().map_or(&[][..], |s| &s.parts);
        parts.iter().enumerate().filter(|(_, p)| matches!(p, Part::Waiting)).map(|(i, _)| i as u8)
    }
}
