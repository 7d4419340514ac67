//! Settings: `config.default.toml` is both the defaults and the reference; a file of the institution's changes them.

use serde::Deserialize;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// The defaults, as they are documented.
const DEFAULTS: &str = include_str!("../config.default.toml");
/// The file that is read if none is named and it is there.
const USUAL_FILE: &str = "hongyan.toml";

/// How this installation runs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where everything durable lies.
    pub(crate) data: PathBuf,
    /// The institution's configuration folder.
    pub(crate) config: Option<PathBuf>,
    /// Where HTTP listens.
    pub(crate) listen: String,
    /// The journal's URI.
    pub(crate) journal: String,
    /// The views' URI.
    pub(crate) views: String,
    /// The key table's URI.
    pub(crate) keys: String,
    /// The log's name.
    pub(crate) origin: String,
    /// Seconds that connections may drain.
    pub(crate) drain_seconds: u64,
    /// What clients over HTTP may take.
    pub(crate) http: Http,
    /// Where accounts bind over SMPP.
    pub(crate) smpp: Door,
    /// Where accounts bind over CMPP.
    pub(crate) cmpp: Door,
}

/// What clients over HTTP may take of us. What is not said stands in `config.default.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    /// How many connections in all.
    pub(crate) connections: Option<usize>,
    /// How many from one address.
    pub(crate) connections_per_address: Option<usize>,
    /// How many seconds the head of a request may take; from 1.
    pub(crate) head_seconds: Option<NonZeroU32>,
    /// How many seconds its body may take; from 1.
    pub(crate) body_seconds: Option<NonZeroU32>,
}

impl Http {
    fn or(self, default: Self) -> Self {
        Self {
            connections: self.connections.or(default.connections),
            connections_per_address: self.connections_per_address.or(default.connections_per_address),
            head_seconds: self.head_seconds.or(default.head_seconds),
            body_seconds: self.body_seconds.or(default.body_seconds),
        }
    }
}

/// Where accounts bind to us over one protocol. What is not said stands in `config.default.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Door {
    /// The address; none or empty: nowhere.
    pub(crate) listen: Option<String>,
    /// The address for TLS.
    pub(crate) listen_tls: Option<String>,
    /// The certificate chain, in PEM.
    pub(crate) certificate: Option<PathBuf>,
    /// Its key, in PEM.
    pub(crate) key: Option<PathBuf>,
    /// How many connections in all.
    pub(crate) connections: Option<usize>,
    /// How many from one address.
    pub(crate) connections_per_address: Option<usize>,
    /// How many seconds a connection may take to log in; from 1.
    pub(crate) login_seconds: Option<NonZeroU32>,
    /// After how many seconds of silence a client is asked whether it is there; from 1.
    pub(crate) enquire_seconds: Option<NonZeroU32>,
    /// Over CMPP: our code as a gateway.
    pub(crate) gateway: Option<u32>,
}

impl Door {
    fn or(self, default: Self) -> Self {
        Self {
            listen: self.listen.or(default.listen).filter(|address| !address.is_empty()),
            listen_tls: self.listen_tls.or(default.listen_tls).filter(|address| !address.is_empty()),
            certificate: self.certificate.or(default.certificate).filter(|path| !path.as_os_str().is_empty()),
            key: self.key.or(default.key).filter(|path| !path.as_os_str().is_empty()),
            connections: self.connections.or(default.connections),
            connections_per_address: self.connections_per_address.or(default.connections_per_address),
            login_seconds: self.login_seconds.or(default.login_seconds),
            enquire_seconds: self.enquire_seconds.or(default.enquire_seconds),
            gateway: self.gateway.or(default.gateway),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    config: Option<PathBuf>,
    listen: Option<String>,
    journal: Option<String>,
    views: Option<String>,
    keys: Option<String>,
    origin: Option<String>,
    drain_seconds: Option<u64>,
    #[serde(default)]
    http: Http,
    #[serde(default)]
    smpp: Door,
    #[serde(default)]
    cmpp: Door,
}

/// Settings that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("{path}: {cause}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file says something else than settings.
    #[error("{path}: {cause}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        cause: Box<toml::de::Error>,
    },
}

impl Settings {
    /// Reads the file, if there is one, over the defaults; `data` overrides both.
    ///
    /// # Errors
    /// A named file that is not there or cannot be read; an unknown key.
    pub(crate) fn load(file: Option<&Path>, data: Option<&Path>) -> Result<Self, Error> {
        let own = match file {
            Some(path) => read(path)?,
            None if Path::new(USUAL_FILE).exists() => read(Path::new(USUAL_FILE))?,
            None => File::default(),
        };
        let defaults = parse(Path::new("config.default.toml"), DEFAULTS)?;
        let text = |own: Option<String>, default: Option<String>| own.or(default).unwrap_or_default();
        let data = data.map(Path::to_owned).or(own.data).or(defaults.data).unwrap_or_default();
        let within = |uri: String| uri.replace("{data}", &data.to_string_lossy());
        Ok(Self {
            config: own.config.or(defaults.config).filter(|folder| !folder.as_os_str().is_empty()),
            listen: text(own.listen, defaults.listen),
            journal: within(text(own.journal, defaults.journal)),
            views: within(text(own.views, defaults.views)),
            keys: within(text(own.keys, defaults.keys)),
            origin: text(own.origin, defaults.origin),
            drain_seconds: own.drain_seconds.or(defaults.drain_seconds).unwrap_or_default(),
            http: own.http.or(defaults.http),
            smpp: own.smpp.or(defaults.smpp),
            cmpp: own.cmpp.or(defaults.cmpp),
            data,
        })
    }
}

fn read(path: &Path) -> Result<File, Error> {
    let text = std::fs::read_to_string(path).map_err(|cause| Error::Io { path: path.to_owned(), cause })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<File, Error> {
    toml::from_str(text).map_err(|cause| Error::Malformed { path: path.to_owned(), cause: Box::new(cause) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        let settings = Settings::load(None, Some(Path::new("/srv/h"))).unwrap();
        assert_eq!(settings.journal, "segments:/srv/h/journal");
        assert_eq!(settings.listen, "127.0.0.1:8420");
        assert!(settings.config.is_none() && settings.drain_seconds > 0);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place() {
        let error = parse(Path::new("h.toml"), "data = \"d\"\nlisten_on = \"x\"\n").unwrap_err().to_string();
        assert!(
            error.contains("h.toml") && error.contains("line 2") && error.contains("listen_on"),
            "{error}"
        );
    }
}
