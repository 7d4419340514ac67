//! `classes/<class>.toml`: what each of the five message classes demands, and what its subtypes change.
//!
//! It invents no default: a class says everything, a subtype only what differs. The loader calls it before whatever
//! names a class or subtype.

use super::choice::words;
use super::document::{Document, Mistakes, Place};
use super::reader::{Item, Table, nearest, read_file};
use super::{class_item, span_item};
use crate::world::{Ambiguity, ClassPolicy, LANES, Policy, Words};
use model::{MessageClass, Span, Subtype};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The classes, as far as they could be read.
#[derive(Default)]
pub(super) struct Classes<'a> {
    /// The policies by class.
    pub(super) policies: BTreeMap<MessageClass, ClassPolicy>,
    /// The subtypes each class declares; a class whose file is missing or unreadable is not in it.
    pub(super) subtypes: BTreeMap<MessageClass, BTreeSet<Subtype>>,
    /// Where each class is declared.
    pub(super) declared: BTreeMap<MessageClass, Place<'a>>,
    /// What customers may keep from being used: whatever names a class may name these too.
    pub(super) uses: Option<Vec<Arc<str>>>,
}

impl Classes<'_> {
    /// The classes of a world that exists already.
    pub(super) fn of_world(policies: &[ClassPolicy], uses: Vec<Arc<str>>) -> Self {
        let mut classes = Self { uses: Some(uses), ..Self::default() };
        for policy in policies {
            classes.subtypes.insert(policy.class, policy.subtypes.keys().cloned().collect());
            classes.policies.insert(policy.class, policy.clone());
        }
        classes
    }

    /// The policy of a class and subtype, when both could be read.
    pub(super) fn policy(&self, class: MessageClass, subtype: Option<&Subtype>) -> Option<&Policy> {
        self.policies.get(&class).map(|policy| policy.of(subtype))
    }

    /// Reads a subtype that one of these classes must declare (no class named means any class).
    pub(super) fn subtype(&self, classes: &[MessageClass], item: Item<'_>) -> Option<Subtype> {
        let subtype = Subtype::new(item.text()?);
        let asked = if classes.is_empty() { &MessageClass::ALL[..] } else { classes };
        let sets: Vec<_> = asked.iter().map(|class| self.subtypes.get(class)).collect();
        // A class that could not be read may declare anything.
        if sets.iter().all(|set| set.is_some_and(|set| !set.contains(&subtype))) {
            let known = sets.iter().copied().flatten().flatten().map(Subtype::as_str);
            let hint = nearest(subtype.as_str(), known)
                .map_or(String::new(), |name| format!(", the nearest is {name:?}"));
            let names: Vec<&str> = asked.iter().map(|class| class.name()).collect();
            item.report(format!(
                "expected a subtype of {}, found {:?}{hint}",
                names.join(", "),
                subtype.as_str()
            ));
        }
        Some(subtype)
    }
}

/// Reads the files; every class must have one.
pub(super) fn read<'a>(
    documents: &[&'a Document<'a>],
    uses: Option<Vec<Arc<str>>>,
    mistakes: &Mistakes,
) -> Classes<'a> {
    let mut classes = Classes { uses, ..Classes::default() };
    for document in documents {
        read_file(document, |table| read_class(document, table, &mut classes));
    }
    for class in MessageClass::ALL.into_iter().filter(|class| !classes.declared.contains_key(class)) {
        let message = format!("expected a file with class = {:?}, found none in classes/", class.name());
        mistakes.missing_file(format!("classes/{class}.toml"), message);
    }
    classes
}

fn read_class<'a>(document: &'a Document<'a>, table: &mut Table<'a>, classes: &mut Classes<'a>) {
    let named = table.required("class").and_then(|item| Some((class_item(item)?, item.place())));
    let common = Changes::read(table).all_of(table);
    let subtypes = table.optional("subtypes").and_then(Item::named).unwrap_or_default();
    let changes: Vec<_> = subtypes
        .into_iter()
        .filter_map(|(_, item)| Some((Subtype::new(item.key()), item.table(Changes::read)?)))
        .collect();
    // A file of which not even the class can be read stands for the one it is named after.
    let Some((class, place)) = named.or_else(|| Some((document.stem().parse().ok()?, table.place()))) else {
        return;
    };
    if let Some(earlier) = classes.declared.get(&class) {
        place.report(format!("class {:?} is already in {}", class.name(), earlier.name()));
        return;
    }
    classes.declared.insert(class, place);
    if document.is_readable() {
        classes.subtypes.insert(class, changes.iter().map(|(subtype, _)| subtype.clone()).collect());
    }
    let Some(common) = common else { return };
    if class == MessageClass::Marketing && common.opt_out_text.is_none() && document.is_readable() {
        place.report("missing key \"opt_out_text\": a marketing message must tell how to refuse it");
    }
    let subtypes = changes.into_iter().map(|(subtype, changes)| (subtype, changes.over(&common))).collect();
    classes.policies.insert(class, ClassPolicy { class, common, subtypes });
}

/// How long a message is held for a person who should look at it, where its class does not say.
const REVIEW_WAIT: Span = Span::days(1);

/// What a class or subtype says; a subtype may leave out what it does not change.
struct Changes {
    allowed: Option<bool>,
    lane: Option<u8>,
    ambiguity: Option<Ambiguity>,
    validity: Option<Span>,
    opt_out_text: Option<String>,
    review: Option<Span>,
    retention: Option<Span>,
    must: Option<Words>,
    patient: Option<bool>,
}

impl Changes {
    fn read(table: &mut Table<'_>) -> Self {
        let lane_max = u8::try_from(LANES - 1).unwrap_or(u8::MAX);
        Self {
            allowed: table.optional("allowed").and_then(Item::flag),
            lane: table.optional("lane").and_then(|item| item.number(0..=lane_max)),
            ambiguity: table.optional("ambiguity").and_then(|item| item.one_of(&AMBIGUITIES)),
            validity: table.optional("validity").and_then(span_item),
            opt_out_text: table.optional("opt_out_text").and_then(Item::text).map(str::to_owned),
            review: table.optional("review").and_then(span_item),
            retention: table.optional("retention").and_then(span_item),
            must: table.optional("must").and_then(words),
            patient: table.optional("patient").and_then(Item::flag),
        }
    }

    /// The policy of a class, which must say everything but the opt-out text, why it must be sent and whether it can wait.
    fn all_of(self, table: &mut Table<'_>) -> Option<Policy> {
        for key in ["allowed", "lane", "ambiguity", "validity", "retention"] {
            table.required(key);
        }
        Some(Policy {
            allowed: self.allowed?,
            lane: self.lane?,
            ambiguity: self.ambiguity?,
            validity: self.validity?,
            opt_out_text: self.opt_out_text,
            review: self.review.unwrap_or(REVIEW_WAIT),
            retention: self.retention?,
            must: self.must,
            patient: self.patient.unwrap_or(false),
        })
    }

    fn over(self, common: &Policy) -> Policy {
        Policy {
            allowed: self.allowed.unwrap_or(common.allowed),
            lane: self.lane.unwrap_or(common.lane),
            ambiguity: self.ambiguity.unwrap_or(common.ambiguity),
            validity: self.validity.unwrap_or(common.validity),
            opt_out_text: self.opt_out_text.or_else(|| common.opt_out_text.clone()),
            review: self.review.unwrap_or(common.review),
            retention: self.retention.unwrap_or(common.retention),
            must: self.must.or_else(|| common.must.clone()),
            patient: self.patient.unwrap_or(common.patient),
        }
    }
}

const AMBIGUITIES: [(&str, Ambiguity); 2] =
    [("resend", Ambiguity::Resend), ("wait_then_fail", Ambiguity::WaitThenFail)];
