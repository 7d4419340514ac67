//! What lints look at: one template with its texts filled in, and where everything stands in its file.
//!
//! The loader makes it (`world::lint_template`). It judges nothing.

use super::{Fix, Found};
use crate::compose::{Allowed, Template, TemplateError, Wording};
use crate::world::{Policy, Route, World};
use model::{Channel, MessageClass, Subtype};
use std::ops::Range;
use std::sync::Arc;
use text::extract::Extractor;
use text::words::Day;

/// What lints need beside the world: without an extractor, no key fact is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Readers<'a> {
    /// Tells facts.
    pub extractor: Option<&'a Extractor>,
    /// The day whose rules count.
    pub on: Day,
}

/// One template, as it stands in its file.
pub struct Sheet<'a> {
    /// The configuration around it.
    pub world: &'a World,
    /// What reads texts.
    pub readers: &'a Readers<'a>,
    /// The whole file.
    pub file: &'a str,
    /// Its class.
    pub class: MessageClass,
    /// Its subtype.
    pub subtype: Option<Subtype>,
    /// Its language.
    pub language: String,
    /// The compiled template, or why there is none.
    pub template: Result<Template, Vec<TemplateError>>,
    /// Where every text stands; the main one first.
    pub places: Vec<Range<usize>>,
    /// The texts that could be filled in.
    pub texts: Vec<Text>,
    /// Why others could not.
    pub unfilled: Vec<(Range<usize>, TemplateError)>,
    /// Where each declaration stands.
    pub declared: Vec<(Range<usize>, Arc<str>)>,
    /// Where the most parts stand.
    pub parts_max: Range<usize>,
    /// The excuses.
    pub allowed: Vec<(Range<usize>, Allowed)>,
}

/// One text of it, filled in.
pub struct Text {
    /// What it is for, and its source with snippets.
    pub wording: Wording,
    /// Where its value stands in the file.
    pub place: Range<usize>,
    /// With typical values.
    pub sample: String,
    /// As long as it can become.
    pub longest: String,
}

impl Sheet<'_> {
    /// What its class and subtype demand.
    pub fn policy(&self) -> &Policy {
        self.world.class(self.class).of(self.subtype.as_ref())
    }

    /// The routes that may carry one of its texts.
    pub fn routes(&self, text: &Text) -> impl Iterator<Item = &Route> {
        let channel = text.wording.channel;
        let routes = self.world.routes.values().map(|route| &**route);
        routes.filter(move |route| {
            // The main text goes wherever no other does; what is filed is filed for text messages.
            route.channel == channel.unwrap_or(Channel::Sms) && route.classes.contains(&self.class)
        })
    }

    /// The language of one of its texts.
    pub fn language_of<'t>(&'t self, text: &'t Text) -> &'t str {
        text.wording.language.as_deref().unwrap_or(&self.language)
    }

    /// Where a piece of a text stands in the file; the whole text when it stands there in another form, or in a snippet.
    pub fn find(&self, text: &Text, piece: &str) -> Range<usize> {
        let written = self.file.get(text.place.clone()).unwrap_or_default();
        match written.find(piece).filter(|_| !piece.is_empty()) {
            Some(at) => text.place.start + at..text.place.start + at + piece.len(),
            None => text.place.clone(),
        }
    }

    /// A finding about a piece of a text, with what can be written instead when the piece stands there as it reads.
    pub(super) fn at_piece(
        &self,
        text: &Text,
        piece: &str,
        message: String,
        instead: Option<String>,
    ) -> Found {
        let place = self.find(text, piece);
        let stands = place != text.place;
        let fix = instead.filter(|_| stands).map(|text| Fix { place: place.clone(), text });
        Found::new(place, message).with(fix)
    }

    /// The text itself in the file, without its quotes, when it stands there as it reads.
    pub fn inner(&self, text: &Text) -> Option<Range<usize>> {
        let place = self.find(text, &text.wording.source);
        (place != text.place).then_some(place)
    }
}
