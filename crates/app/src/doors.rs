//! Where accounts bind to us: the listeners that the settings name.

use crate::settings::{self, Settings};
use server::deliver::north::{Dialect, Door, Patience, TlsError, acceptor};
use server::http::listen::Limits;
use std::io;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

/// A listener that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The machine does not give the address.
    #[error("[{section}] listening on {address}: {cause}")]
    Listen {
        /// Which section of the settings.
        section: &'static str,
        /// Where.
        address: String,
        /// Why.
        cause: io::Error,
    },
    /// A gateway code that cannot be.
    #[error("[{section}] gateway: expected up to {} in [cmpp] alone", Dialect::GATEWAY_MAX)]
    Gateway {
        /// Which section of the settings.
        section: &'static str,
    },
    /// TLS without what it needs.
    #[error("[{section}] listen_tls: expected {missing} as well, the path of a PEM file")]
    Missing {
        /// Which section of the settings.
        section: &'static str,
        /// Which key is not there.
        missing: &'static str,
    },
    /// A certificate or key that cannot be used.
    #[error("[{section}] {cause}")]
    Tls {
        /// Which section of the settings.
        section: &'static str,
        /// Why.
        cause: TlsError,
    },
}

/// How long clients are waited for where not even the defaults say it.
const SECONDS: u64 = 10;

/// What clients over HTTP may take.
pub(crate) fn limits(http: &settings::Http) -> Limits {
    Limits {
        connections: http.connections.unwrap_or(usize::MAX),
        connections_per_address: http.connections_per_address.unwrap_or(usize::MAX),
        head: seconds(http.head_seconds),
        body: seconds(http.body_seconds),
    }
}

fn seconds(given: Option<NonZeroU32>) -> Duration {
    Duration::from_secs(given.map_or(SECONDS, |seconds| seconds.get().into()))
}

/// Opens every listener that the settings name.
///
/// # Errors
/// An address that cannot be had, a certificate that cannot be used.
pub(crate) async fn open(settings: &Settings) -> Result<Vec<Door>, Error> {
    let mut doors = Vec::new();
    if settings.smpp.gateway.is_some() {
        return Err(Error::Gateway { section: "smpp" });
    }
    let gateway = settings.cmpp.gateway.unwrap_or_default();
    if gateway > Dialect::GATEWAY_MAX {
        return Err(Error::Gateway { section: "cmpp" });
    }
    let cmpp = Dialect::Cmpp { gateway };
    for (section, dialect, door) in [("smpp", Dialect::Smpp, &settings.smpp), ("cmpp", cmpp, &settings.cmpp)]
    {
        open_of(section, dialect, door, &mut doors).await?;
    }
    Ok(doors)
}

/// A line for each door: what is spoken there, and where.
pub(crate) fn named(doors: &[Door]) -> Vec<String> {
    let line = |door: &Door| {
        let name = format!("{}{}:", door.dialect.name(), if door.tls.is_some() { "+tls" } else { "" });
        let address =
            door.listener.local_addr().map_or_else(|e| e.to_string(), |address| address.to_string());
        format!("{name:<9} {address}")
    };
    doors.iter().map(line).collect()
}

async fn open_of(
    section: &'static str,
    dialect: Dialect,
    door: &settings::Door,
    doors: &mut Vec<Door>,
) -> Result<(), Error> {
    for (address, is_tls) in [(&door.listen, false), (&door.listen_tls, true)] {
        let Some(address) = address else { continue };
        let listen = |cause| Error::Listen { section, address: address.clone(), cause };
        let tls = match is_tls {
            false => None,
            true => {
                let path = |path: &'_ Option<std::path::PathBuf>, missing| {
                    path.clone().ok_or(Error::Missing { section, missing })
                };
                let (chain, key) = (path(&door.certificate, "certificate")?, path(&door.key, "key")?);
                Some(read(section, &chain, &key)?)
            }
        };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let (connections, connections_per_address) =
            (door.connections.unwrap_or(usize::MAX), door.connections_per_address.unwrap_or(usize::MAX));
        let patience =
            Patience { login: seconds(door.login_seconds), enquire: seconds(door.enquire_seconds) };
        doors.push(Door { dialect, listener, tls, connections, connections_per_address, patience });
    }
    Ok(())
}

fn read(section: &'static str, chain: &Path, key: &Path) -> Result<server::deliver::north::Acceptor, Error> {
    acceptor(chain, key).map_err(|cause| Error::Tls { section, cause })
}
