//! The product as a gateway: its settings, a door for accounts over SMPP, and what a bench asks of it while it runs.
//!
//! Called by `bench_gateway` and `bench_shaping`.

use super::Error;
use super::engine::{ACCOUNTS, QUIET_HOURS};
use super::http::Client;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long views and tiles may take to cover everything.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes settings and a configuration with these routes, the accounts of the benches, and rules that hold nothing back.
/// Returns where the settings are, and where the data will be.
///
/// # Errors
/// A folder that cannot be written.
pub fn settings(folder: &Path, routes: &[(String, String)]) -> Result<(PathBuf, PathBuf), Error> {
    let config = folder.join("config");
    let fixed = ACCOUNTS.iter().chain([&QUIET_HOURS]).map(|(path, content)| (*path, *content));
    let routes = routes.iter().map(|(path, content)| (path.as_str(), content.as_str()));
    for (path, content) in fixed.chain(routes) {
        let path = config.join(path);
        fs::create_dir_all(path.parent().ok_or("expected a folder above a file")?)?;
        fs::write(path, content)?;
    }
    let settings = folder.join("hongyan.toml");
    let config = config.display().to_string();
    fs::write(&settings, format!("config = {config:?}\n[smpp]\nlisten = \"127.0.0.1:0\"\n"))?;
    Ok((settings, folder.join("data")))
}

/// Waits until views, tiles and a signed checkpoint cover every entry.
///
/// # Errors
/// They do not within a minute.
pub fn await_covered(client: &mut Client) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        let status = client.get("/v1/status")?;
        let prove = &status["prove"];
        if prove["checkpoint"] == prove["entries"] {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("not covered after {PATIENCE:?}: {status}").into());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The bytes of a folder's files.
///
/// # Errors
/// A folder that is not there.
pub fn bytes_in(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}
