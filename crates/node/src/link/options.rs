//! What a link has to know of its route, read from the configuration, and the sessions that are made of it.

use super::protocol::Protocol;
use super::protocol::cmpp::Cmpp;
use super::protocol::sgip::Sgip;
use super::protocol::smgp::Smgp;
use super::protocol::smpp::Smpp;
use super::ruling::Rulings;
use engine::world::{self, Charset, Concatenation, Institution, Route, SignatureMode, StreamProtocol};
use model::RouteId;
use text::Position;
use wire::sgip::inlet;

/// What a link has to know besides its sessions.
#[derive(Debug)]
pub(crate) struct Options {
    /// Which route it is.
    pub(crate) route: RouteId,
    /// The number or word that the customer sees, without extension.
    pub(crate) source: String,
    /// Country code for numbers that come without one.
    pub(crate) country: String,
    /// How parts are tied together.
    pub(crate) concatenation: Concatenation,
    /// Parts a second by contract; none: as fast as the window allows.
    pub(crate) tps: Option<u32>,
    /// Parts that may wait for their answer on all connections together.
    pub(crate) window: u32,
    /// The institution's signature, for messages that go under no other.
    pub(crate) signature: String,
    /// Where the carrier writes the signature into the text, if it does.
    pub(crate) signed_by_carrier: Option<Position>,
    /// In which alphabets the carrier takes and bills a text.
    pub(crate) charset: Charset,
    /// What the carrier's codes ask for.
    pub(crate) rulings: Rulings,
    /// Who may connect to us, where the protocol has it so.
    pub(crate) inlet: Option<inlet::Config>,
}

/// A route that no link can be made of.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It is a provider's.
    #[error("expected a route over smpp, cmpp, smgp or sgip, found a provider")]
    NotAStream,
    /// A value that SMPP cannot carry.
    #[error(transparent)]
    Smpp(#[from] wire::smpp::session::ConfigError),
    /// A value that CMPP cannot carry.
    #[error(transparent)]
    Cmpp(#[from] wire::cmpp::session::ConfigError),
    /// A value that SMGP cannot carry.
    #[error(transparent)]
    Smgp(#[from] wire::smgp::session::ConfigError),
    /// A value that SGIP cannot carry.
    #[error(transparent)]
    Sgip(#[from] wire::sgip::session::ConfigError),
}

impl Options {
    /// What the configuration says of a route.
    pub(crate) fn of(route: &Route, institution: &Institution, password: &str) -> Self {
        let signed_by_carrier = match route.signature {
            SignatureMode::CarrierHead => Some(Position::Head),
            SignatureMode::CarrierTail => Some(Position::Tail),
            SignatureMode::Head | SignatureMode::Tail | SignatureMode::None => None,
        };
        let inlet = match &route.protocol {
            world::Protocol::Stream(account) if account.protocol == StreamProtocol::Sgip12 => {
                Some(inlet::Config::new(account.user.clone(), password))
            }
            _ => None,
        };
        // The Chinese protocols have neither sar_ parameters nor message_payload.
        let concatenation = match (&route.protocol, route.concatenation) {
            (world::Protocol::Stream(_), Concatenation::Sar | Concatenation::Payload) => Concatenation::Udh,
            (_, how) => how,
        };
        Self {
            route: route.id.clone(),
            source: route.source.clone(),
            country: institution.country.clone(),
            concatenation,
            tps: route.tps,
            window: route.window,
            signature: institution.signature.clone(),
            signed_by_carrier,
            charset: route.charset,
            rulings: Rulings::of(&route.errors, route.retry_after),
            inlet,
        }
    }
}

/// One session for each of the route's connections.
pub(super) fn sessions(
    route: &Route,
    password: &str,
    seed: u64,
) -> Result<Vec<Box<dyn Protocol>>, LinkError> {
    let mut sessions: Vec<Box<dyn Protocol>> = Vec::new();
    for number in 0..route.binds.max(1) {
        // Each draws its waits between dials by itself.
        let seed = seed.wrapping_add(u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        sessions.push(match &route.protocol {
            world::Protocol::Smpp(account) => Box::new(Smpp::new(account, password, route.window, seed)?),
            world::Protocol::Stream(account) => match account.protocol {
                StreamProtocol::Cmpp20 | StreamProtocol::Cmpp30 => {
                    Box::new(Cmpp::new(account, password, route.window, seed)?)
                }
                StreamProtocol::Smgp30 => Box::new(Smgp::new(account, password, route.window, seed)?),
                StreamProtocol::Sgip12 => {
                    // The configuration allows at most 64 connections.
                    let lane = (number & 0x7f) as u8;
                    Box::new(Sgip::new(account, password, route.window, lane, seed)?)
                }
            },
            world::Protocol::Provider(_) => return Err(LinkError::NotAStream),
        });
    }
    Ok(sessions)
}
