//! The data folder: which engines lie where, and the keys that are made at the first start.

use crate::draft::Draft;
use crate::settings::Settings;
use engine::converse::LinkKey;
use proof::SignerKey;
use proof::note::Algorithm;
use server::http::access::{Access, AccessError};
use server::{Options, Running, ServiceError};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A data folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The journal, the keys or the views.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The log's signing key.
    #[error("{path}: {why}")]
    SigningKey {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file of API keys.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    /// The server.
    #[error(transparent)]
    Server(#[from] ServiceError),
}

/// Everything that is opened before a server can start.
pub(crate) struct Opened {
    /// For [`server::start`]; without sockets.
    pub(crate) options: Options,
    /// What the journal's end had to have repaired, in words.
    pub(crate) repaired: Option<String>,
}

/// Opens the data folder, making what is not there yet.
///
/// # Errors
/// Anything that cannot be opened; another process that has it.
pub(crate) fn open(settings: &Settings, mut draft: Draft) -> Result<Opened, Error> {
    let data = &settings.data;
    fs::create_dir_all(data).map_err(|cause| Error::Io { path: data.clone(), cause })?;
    let journal = store::open_journal(&settings.journal, store::journal::segments::Options::default())?;
    let keys = store::open_keys(&settings.keys)?;
    let views = store::open_views(&settings.views)?;
    // Links to customers' pages are as good as the keys that hide the customers in the views: both go with them.
    draft.links(LinkKey::derived_from(&keys.provider.index_key()));
    let signer = signer(data, &settings.origin)?;
    let access = Arc::new(Access::open(&data.join("access"))?);
    let options = Options {
        configuration: Arc::new(draft),
        journal: journal.journal,
        index_key: keys.provider.index_key(),
        keys: keys.table,
        views,
        log: data.join("log"),
        signer,
        origin: settings.origin.clone(),
        entropy: entropy(),
        access,
        listener: None,
        local: None,
        deliver: false,
        drain: Duration::from_secs(settings.drain_seconds),
        doors: Vec::new(),
    };
    let repaired = journal.opened.repaired.map(|repair| {
        let store::journal::segments::Repair { segment, offset, bytes } = repair;
        format!("{segment}: cut off {bytes} bytes after {offset}, the torn end of a batch that was never acknowledged")
    });
    Ok(Opened { options, repaired })
}

/// Random bytes from the operating system, drawn in pieces.
pub(crate) fn entropy() -> node::Entropy {
    Box::new(|bytes| {
        // Without entropy nothing may be sealed; an operating system that has none left is not one to go on with.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    })
}

/// A server in this process that listens nowhere and delivers nothing: for one command.
pub(crate) struct Quiet {
    /// The server.
    pub(crate) running: Running,
    /// What answers its calls.
    pub(crate) router: axum::Router,
}

/// Starts a quiet server.
///
/// # Errors
/// As [`open`].
pub(crate) async fn quiet(settings: &Settings) -> Result<Quiet, Error> {
    let opened = open(settings, Draft::of(settings.config.as_deref(), Vec::new())?)?;
    let running = server::start(opened.options).await?;
    let router = server::http::router(running.site().clone(), true);
    Ok(Quiet { running, router })
}

/// The log's signing key: `log.key` (secret) and `log.vkey` (to be handed to everybody who verifies).
fn signer(data: &Path, origin: &str) -> Result<SignerKey, Error> {
    let path = data.join("log.key");
    let bad = |why: String| Error::SigningKey { path: path.clone(), why };
    let signer = match fs::read_to_string(&path) {
        Ok(text) => SignerKey::parse(text.trim()).map_err(|e| bad(e.to_string()))?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|e| bad(e.to_string()))?;
            let signer =
                SignerKey::from_seed(origin, Algorithm::Ed25519, &seed).map_err(|e| bad(e.to_string()))?;
            secret(&path, signer.to_secret_text().as_bytes())
                .map_err(|cause| Error::Io { path: path.clone(), cause })?;
            signer
        }
        Err(cause) => return Err(Error::Io { path, cause }),
    };
    let public = data.join("log.vkey");
    fs::write(&public, format!("{}\n", signer.verifier()))
        .map_err(|cause| Error::Io { path: public, cause })?;
    Ok(signer)
}

/// Writes a file that only its owner may read.
fn secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
