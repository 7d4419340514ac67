//! What is perceived: customers as the institution reports them, and what befell them or what they hold.

use model::{CustomerId, Fields, Phone, Subject, Timestamp, Zone};
use std::sync::Arc;

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The institution's id.
    pub id: CustomerId,
    /// Where they are reached by text message.
    pub phone: Option<Phone>,
    /// Their zone, if it is not the institution's.
    pub zone: Option<Zone>,
    /// Whether they may be spoken to at all.
    pub standing: Standing,
    /// Everything else.
    pub attributes: Fields,
}

/// Whether a customer may be spoken to at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Normal,
    /// They have died.
    Deceased,
    /// They must not be contacted (court order, staff decision).
    DoNotContact,
}

/// Something that happened to a customer, as a core system reported it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The reporting system's id; the same id again changes nothing.
    pub id: Arc<str>,
    /// Its type, e.g. `transaction`.
    pub kind: Arc<str>,
    /// When it happened.
    pub at: Timestamp,
    /// What belongs to it.
    pub fields: Fields,
}

/// Something that happened to what customers hold: a price, a dividend, a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketEvent {
    /// What happened; its fields name the instrument too.
    pub event: Arc<Event>,
    /// What it happened to.
    pub instrument: Arc<str>,
    /// The last customer who was known at that moment.
    pub up_to: Subject,
}
