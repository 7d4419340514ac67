//! COMPOSE: what exactly we say.
//!
//! A template declares its variables with types and where each comes from; rendering is strict: an undefined or
//! ill-typed variable is an error that names it, never a blank in a customer's message. The gate calls
//! [`draft`]; nobody else makes a text.

mod template;
mod variable;

pub use template::{SOURCE_OCTETS_MAX, Template, TemplateError, TemplateParts};
pub use variable::{Source, Variable, VariableKind};

use crate::world::{Route, SignatureMode, World};
use model::{Cost, Fields, Private, Zone};
use text::{Measure, Position, measure, with_signature};

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

/// Renders a template for one customer on one route.
///
/// # Errors
/// A variable that is missing or does not fit its declared type, by name.
pub fn draft(
    world: &World,
    template: &Template,
    route: &Route,
    customer: &Fields,
    event: Option<&Fields>,
    zone: Zone,
) -> Result<Draft, TemplateError> {
    let body = template.render(&world.institution, customer, event, zone)?;
    let signature = &world.institution.signature;
    let (text, billed) = match route.signature {
        SignatureMode::None => (body, None),
        SignatureMode::Head => (with_signature(signature, &body, Position::Head), None),
        SignatureMode::Tail => (with_signature(signature, &body, Position::Tail), None),
        SignatureMode::CarrierHead => {
            let billed = with_signature(signature, &body, Position::Head);
            (body, Some(billed))
        }
    };
    let measure = measure(billed.as_deref().unwrap_or(&text));
    let cost = route.price.times(u32::try_from(measure.parts).unwrap_or(u32::MAX));
    Ok(Draft { text: Private::new(text), measure, cost })
}

#[cfg(test)]
mod tests;
