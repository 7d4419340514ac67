//! What a template looks like on a phone: every text of it on every route that may carry it, cut into the parts that the carrier bills.
//!
//! It needs no customer: typical values, or some that somebody gives; names are masked, because a preview is looked at by people who
//! need not know whom it is for. It sends nothing. The command line calls it.

use super::variable::VariableKind;
use super::{Template, TemplateError, Wording, measured, signed};
use crate::world::{Charset, World};
use model::{Channel, Cost, RouteId, Timestamp};
use std::collections::BTreeMap;
use text::{Measure, TooManyParts};

/// One text on one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which text, e.g. `push/en-US`; empty for the main one.
    pub wording: String,
    /// The route.
    pub route: RouteId,
    /// Its channel.
    pub channel: Channel,
    /// What the customer sees as the sender.
    pub sender: String,
    /// What each part holds, as the customer sees it, with the signature that the carrier adds.
    pub pieces: Vec<String>,
    /// How it counts.
    pub measure: Measure,
    /// What one message costs.
    pub cost: Cost,
}

/// Why there is no preview.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// The text cannot be made.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It is longer than any carrier takes.
    #[error(transparent)]
    Parts(#[from] TooManyParts),
    /// A value was given for no variable.
    #[error("expected a value for one of {declared}, found {name:?}")]
    Stranger {
        /// For what it was given.
        name: String,
        /// What is declared, as a list.
        declared: String,
    },
}

/// Shows every text of a template on every route that may carry it. `given` are values by variable, as they would be handed in.
///
/// # Errors
/// A value that does not fit, or a text that cannot be made.
pub fn preview(
    world: &World,
    template: &Template,
    given: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Vec<Shown>, PreviewError> {
    if let Some(name) = given.keys().find(|name| !template.variables.iter().any(|v| *v.name == ***name)) {
        let declared = template.variables.iter().map(|v| &*v.name).collect::<Vec<_>>().join(", ");
        return Err(PreviewError::Stranger { name: name.clone(), declared });
    }
    let (currency, zone) = (world.institution.currency, world.institution.zone);
    let mut shown = Vec::new();
    for (at, wording) in template.wordings().iter().enumerate() {
        let body = template.filled(at, |variable| {
            let Some(text) = given.get(&*variable.name) else {
                return Ok(variable.sample_value(Some(&world.institution.name)));
            };
            let masked =
                if variable.kind == VariableKind::Name { text::mask::name(text) } else { text.clone() };
            let value = variable.kind.read(&model::Value::Text(masked.into()), currency, zone);
            variable.written(&value, zone)
        })?;
        for route in world.routes.values().filter(|route| route.classes.contains(&template.class)) {
            if !goes_by(wording, template, route.channel) {
                continue;
            }
            let (text, billed) = signed(&body, &world.institution.signature, route.signature);
            let seen = billed.unwrap_or(text);
            let measure = measured(&seen, route);
            let pieces = match (route.bills_by_parts(), route.charset) {
                (false, _) => vec![seen],
                (true, Charset::Shortest) => owned(text::split(&seen)?),
                (true, Charset::Ucs2) => owned(text::split_as_ucs2(&seen)?),
            };
            shown.push(Shown {
                wording: wording.name(),
                route: route.id.clone(),
                channel: route.channel,
                sender: route.source.clone(),
                pieces,
                measure,
                cost: route.price_at(now).times(u32::try_from(measure.parts).unwrap_or(u32::MAX)),
            });
        }
    }
    Ok(shown)
}

/// Whether a text is what goes out by a channel: its own, or the one for all where the channel has none.
fn goes_by(wording: &Wording, template: &Template, channel: Channel) -> bool {
    let of_its_own = |other: &Wording| {
        other.channel == Some(channel)
            && other.language == wording.language
            && other.variant == wording.variant
    };
    match wording.channel {
        Some(own) => own == channel,
        None => !template.wordings().iter().any(of_its_own),
    }
}

fn owned(pieces: Vec<text::Piece<'_>>) -> Vec<String> {
    pieces.into_iter().map(|piece| piece.text.to_owned()).collect()
}
