//! What a link has to know of its route, read from the configuration.

use engine::world::{Bind, Concatenation, Institution, Route, SignatureMode};
use model::RouteId;
use wire::smpp::receipt::Numbering;
use wire::smpp::{BindKind, Config};

/// What a link has to know besides its session.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which route it is.
    pub route: RouteId,
    /// The number or word that the customer sees.
    pub source: String,
    /// Country code for numbers that come without one.
    pub country: String,
    /// How parts are tied together.
    pub concatenation: Concatenation,
    /// Parts a second by contract; none: as fast as the window allows.
    pub tps: Option<u32>,
    /// The signature that the carrier writes before the text, if it does.
    pub carrier_signature: Option<String>,
    /// How the carrier writes the ids of messages.
    pub numbering: Numbering,
}

impl Options {
    /// What the configuration says of a route.
    pub fn of(route: &Route, institution: &Institution) -> Self {
        let by_carrier = route.signature == SignatureMode::CarrierHead;
        Self {
            route: route.id.clone(),
            source: route.source.clone(),
            country: institution.country.clone(),
            concatenation: route.concatenation,
            tps: route.tps,
            carrier_signature: by_carrier.then(|| institution.signature.clone()),
            numbering: Numbering::Same,
        }
    }
}

/// The session's part of a route's configuration. `password` is the one in clear: whoever connects resolves `env:NAME`.
pub fn session_config(route: &Route, password: impl Into<String>) -> Config {
    let account = &route.smpp;
    Config {
        bind: match account.bind {
            Bind::Transceiver => BindKind::Transceiver,
            Bind::Transmitter => BindKind::Transmitter,
            Bind::Receiver => BindKind::Receiver,
        },
        system_type: account.system_type.clone(),
        // The configuration allows at most 10,000.
        window: route.window as usize,
        enquire_after: account.enquire_after,
        response_timeout: account.response_timeout,
        ..Config::new(account.system_id.clone(), password)
    }
}
