//! COMPOSE: what exactly we say.
//!
//! A template declares its variables with types and where each comes from; rendering is strict: an undefined or
//! ill-typed variable is an error that names it, never a blank in a customer's message. The gate calls
//! [`draft`]; nobody else makes a text.

mod address;
mod template;
mod variable;
mod wording;
mod snippet;
mod filter;
pub mod words;
pub mod class;
mod preview;
pub mod lint;
mod loan;

pub use filter::FILTERS;
pub use preview::{PreviewError, Shown, preview};
pub use snippet::{IncludeError, Snippets, expand, included};
pub use template::{Allowed, SOURCE_OCTETS_MAX, Template, TemplateError, TemplateParts};
pub(crate) use variable::GOT;
pub use variable::{Source, Variable, VariableKind};
pub use wording::Wording;

use crate::world::{Charset, Route, SignatureMode, World};
use address::Addresses;
use model::{Channel, Cost, Fields, MessageId, Private, Timestamp, Value, Zone};
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
    /// Which of the template's texts it is, e.g. `push/en-US/b`; empty for the main one.
    pub wording: String,
}

/// For whom a text is made.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// The clock on their wall.
    pub zone: Zone,
    /// Their number, by which their share of variants goes too: the same for one customer at all times.
    pub key: u64,
    /// When it is made.
    pub now: Timestamp,
    /// The message that it is the text of: short addresses name it.
    pub message: MessageId,
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
    reader: Reader,
    now: Timestamp,
) -> Result<Draft, TemplateError> {
    let wording = wording(world, template, said, route.channel, reader.key);
    let body = render(world, template, said, wording, reader)?;
    let signature = match *said {
        Said::Event { .. } => None,
        Said::Values { signature, .. } | Said::Text { signature, .. } => signature,
    };
    let signature = signature.unwrap_or(&world.institution.signature);
    let (text, billed) = signed(&body, signature, route.signature);
    let measure = measured(billed.as_deref().unwrap_or(&text), route);
    let cost = route.price_at(now).times(u32::try_from(measure.parts).unwrap_or(u32::MAX));
    let wording = template.wordings().get(wording).map(Wording::name).unwrap_or_default();
    Ok(Draft { text: Private::new(text), measure, cost, wording })
}

/// What is handed over, and what is billed where the carrier writes the signature.
fn signed(body: &str, signature: &str, mode: SignatureMode) -> (String, Option<String>) {
    match mode {
        SignatureMode::None => (body.to_owned(), None),
        SignatureMode::Head => (with_signature(signature, body, Position::Head), None),
        SignatureMode::Tail => (with_signature(signature, body, Position::Tail), None),
        SignatureMode::CarrierHead => {
            (body.to_owned(), Some(with_signature(signature, body, Position::Head)))
        }
        SignatureMode::CarrierTail => {
            (body.to_owned(), Some(with_signature(signature, body, Position::Tail)))
        }
    }
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

/// The text for one customer on a channel, without any signature.
pub(crate) fn body(
    world: &World,
    template: &Template,
    said: &Said<'_>,
    channel: Channel,
    reader: Reader,
) -> Result<String, TemplateError> {
    let wording = wording(world, template, said, channel, reader.key);
    render(world, template, said, wording, reader)
}

/// The attribute of a customer that holds their language, e.g. `en-US`.
const LANGUAGE: &str = "language";

/// Which of the template's texts it is: by the channel, the customer's language, or the institution's, and their share.
fn wording(world: &World, template: &Template, said: &Said<'_>, channel: Channel, key: u64) -> usize {
    let customer = match *said {
        Said::Event { customer, .. } | Said::Values { customer, .. } => customer,
        Said::Text { .. } => return 0,
    };
    let language = match customer.get(LANGUAGE) {
        Some(Value::Text(language)) => language,
        _ => &*world.institution.language,
    };
    template.choose(channel, language, key)
}

fn render(
    world: &World,
    template: &Template,
    said: &Said<'_>,
    wording: usize,
    reader: Reader,
) -> Result<String, TemplateError> {
    let (institution, zone) = (&world.institution, reader.zone);
    let addresses = Some(&Addresses { world, reader });
    match *said {
        Said::Event { customer, event } => {
            template.render(wording, institution, customer, event, zone, addresses)
        }
        Said::Values { customer, values, .. } => {
            let event = template.read_values(wording, values, institution, zone)?;
            template.render(wording, institution, customer, Some(&event), zone, addresses)
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
