//! COMPOSE: what exactly we say.
//!
//! A template declares its variables with types and where each comes from; rendering is strict: an undefined or
//! ill-typed variable is an error that names it, never a blank in a customer's message. The gate calls
//! [`draft`]; nobody else makes a text.

mod template;
mod variable;

pub use template::{SOURCE_OCTETS_MAX, Template, TemplateError, TemplateParts};
pub use variable::{Source, Variable, VariableKind};

use crate::world::{Charset, Route, SignatureMode, World};
use model::{Cost, Fields, Private, Timestamp, Zone};
use text::{Measure, Position, measure, measure_as_ucs2, with_signature};

/// A rendered text, measured as the carrier will bill it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is handed to the carrier.
    pub text: Private,
    /// Encoding and parts, counting a signature that the carrier adds.
    pub measure: Measure,
    /// Parts times the route's price.
    pub cost: Cost,
}

/// What a text is made of.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// A template, from a customer's attributes and an event.
    Event {
        /// The attributes.
        customer: &'a Fields,
        /// The event's fields.
        event: Option<&'a Fields>,
    },
    /// A template, from values that an account handed in under the names of the variables.
    Values {
        /// The customer's attributes.
        customer: &'a Fields,
        /// The values, by variable; texts are read as what the variable is declared to be.
        values: &'a Fields,
        /// The signature, if not the institution's.
        signature: Option<&'a str>,
    },
    /// A finished text, without signature.
    Text {
        /// The text.
        text: &'a Private,
        /// The signature, if not the institution's.
        signature: Option<&'a str>,
    },
}

/// Makes the text for one customer on one route.
///
/// # Errors
/// A variable that is missing or does not fit its declared type, by name.
pub fn draft(
    world: &World,
    template: &Template,
    route: &Route,
    said: &Said<'_>,
    zone: Zone,
    now: Timestamp,
) -> Result<Draft, TemplateError> {
    let body = body(world, template, said, zone)?;
    let signature = match *said {
        Said::Event { .. } => None,
        Said::Values { signature, .. } | Said::Text { signature, .. } => signature,
    };
    let signature = signature.unwrap_or(&world.institution.signature);
    let (text, billed) = match route.signature {
        SignatureMode::None => (body, None),
        SignatureMode::Head => (with_signature(signature, &body, Position::Head), None),
        SignatureMode::Tail => (with_signature(signature, &body, Position::Tail), None),
        SignatureMode::CarrierHead => {
            let billed = with_signature(signature, &body, Position::Head);
            (body, Some(billed))
        }
        SignatureMode::CarrierTail => {
            let billed = with_signature(signature, &body, Position::Tail);
            (body, Some(billed))
        }
    };
    let measure = measured(billed.as_deref().unwrap_or(&text), route);
    let cost = route.price_at(now).times(u32::try_from(measure.parts).unwrap_or(u32::MAX));
    Ok(Draft { text: Private::new(text), measure, cost })
}

/// What a text counts as on a route. Only carriers of text messages bill by parts; on every other channel a message is one,
/// however long it is.
fn measured(text: &str, route: &Route) -> Measure {
    let counted = match route.charset {
        Charset::Shortest => measure(text),
        Charset::Ucs2 => measure_as_ucs2(text),
    };
    if route.bills_by_parts() { counted } else { Measure { parts: 1, ..counted } }
}

/// The text for one customer, without any signature.
pub(crate) fn body(
    world: &World,
    template: &Template,
    said: &Said<'_>,
    zone: Zone,
) -> Result<String, TemplateError> {
    let institution = &world.institution;
    match *said {
        Said::Event { customer, event } => template.render(institution, customer, event, zone),
        Said::Values { customer, values, .. } => {
            let event = template.read_values(values, institution, zone)?;
            template.render(institution, customer, Some(&event), zone)
        }
        Said::Text { text, .. } if text.reveal().is_empty() => {
            let expected = "a text, found nothing".to_owned();
            Err(TemplateError::Value { name: "text".to_owned(), expected })
        }
        Said::Text { text, .. } => Ok(text.reveal().to_owned()),
    }
}

/// A text without the signature that [`draft`] put at its head or tail. What a carrier adds is not in it, and what looks
/// like a signature there was the text's own.
pub(crate) fn unsigned<'t>(text: &'t str, signature: &str, mode: Option<SignatureMode>) -> &'t str {
    let mark = with_signature(signature, "", Position::Head);
    let bare = match mode {
        Some(SignatureMode::Head) => text.strip_prefix(&*mark),
        Some(SignatureMode::Tail) => text.strip_suffix(&*mark),
        Some(_) => None,
        // The route is not published any more.
        None => text.strip_prefix(&*mark).or_else(|| text.strip_suffix(&*mark)),
    };
    bare.unwrap_or(text)
}

#[cfg(test)]
mod tests;
