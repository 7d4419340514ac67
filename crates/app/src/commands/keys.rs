//! `hongyan keys new NAME`, `hongyan keys rotate`

use super::Ended;
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use std::process::ExitCode;

/// Manage keys
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Make another API key and show it once
    New {
        /// Whose it is; it stands in the ledger beside what the key does
        name: String,
        /// What it may do with changes of the configuration: maker, checker, or a role that approvals.toml names; several times for several
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Make a new key-encryption key and wrap every customer's key with it (stop the server first)
    Rotate,
}

/// Makes or rotates keys.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    match arguments {
        Arguments::New { name, roles } => {
            let transport = Transport::open(settings).await?;
            let body = serde_json::to_vec(&serde_json::json!({ "name": name, "roles": roles }))?;
            let answer = transport.expect(Method::POST, "/v1/keys", body).await;
            let json: serde_json::Value = serde_json::from_slice(&answer?)?;
            transport.close().await?;
            say!("{}", json["key"].as_str().unwrap_or_default());
            complain!("shown this once: only its hash is kept");
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
