//! `hongyan keys new NAME`, `hongyan keys rotate`

use super::Ended;
use crate::settings::Settings;
use server::http::access::Access;
use std::process::ExitCode;

/// Manage keys
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Make another API key and show it once
    New {
        /// Whose it is; it stands in the ledger beside what the key does
        name: String,
    },
    /// Make a new key-encryption key and wrap every customer's key with it (stop the server first)
    Rotate,
}

/// Makes or rotates keys.
pub(crate) fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    match arguments {
        Arguments::New { name } => {
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(format!("expected a name without spaces, found {name:?}").into());
            }
            std::fs::create_dir_all(&settings.data)?;
            let key = Access::open(&settings.data.join("access"))?.make(name)?;
            say!("{key}");
            complain!("shown once: only its hash is kept. A running server takes it after its next start.");
        }
        Arguments::Rotate => {
            let mut keys = store::open_keys(&settings.keys)?;
            let kek = keys.provider.rotate()?;
            let rewrapped = keys.table.rewrap_all()?;
            say!("key-encryption key {kek}: {} customers' keys wrapped anew", rewrapped.keys);
        }
    }
    Ok(ExitCode::SUCCESS)
}
