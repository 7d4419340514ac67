//! Other people's gateways under the same load on the same machine: Kannel and Jasmin, by the recipes of a folder of
//! measuring tools that does not ship with us.
//!
//! The folder is named by `HONGYAN_PEERS`, or lies beside the checkout as `../shared/peers`. What is not there is said by
//! name and measured nowhere. The recipes print lines for people; the figures are taken out of them here. Called by
//! `bench_gateway`.

use super::Error;
use super::process::Program;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Messages that Kannel is given: enough for seconds.
const KANNEL_MESSAGES: &str = "20000";
/// Messages that Jasmin is given: it needs a minute and more for them.
const JASMIN_MESSAGES: &str = "3000";

/// What a peer came to.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    /// How many messages it was given.
    pub messages: f64,
    /// How many of them its carrier saw.
    pub arrived: f64,
    /// Messages a second at its carrier.
    pub per_second: f64,
    /// CPU of all its processes for one message, in microseconds.
    pub cpu_micros: f64,
    /// The share of the machine that others used, from 0 to 1.
    pub foreign: f64,
}

/// A peer that was measured, or its name with why it was not.
pub type Measured = Result<Peer, String>;

/// Measures both.
///
/// # Errors
/// A recipe that could be started and then broke.
pub fn measure() -> Result<Vec<Measured>, Error> {
    let folder = match folder() {
        Ok(folder) => folder,
        Err(why) => return Ok(vec![Err(format!("Kannel: {why}")), Err(format!("Jasmin: {why}"))]),
    };
    Ok(vec![kannel(&folder)?, jasmin(&folder)?])
}

/// A copy of the tools to work in, built.
fn folder() -> Result<PathBuf, String> {
    let named = std::env::var_os("HONGYAN_PEERS").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers");
    let from = named.unwrap_or_else(beside);
    if !from.join("smsc-tools").is_dir() {
        return Err(format!("expected the measuring tools in {} (HONGYAN_PEERS)", from.display()));
    }
    let copy = std::env::temp_dir().join("hongyan-peers");
    let done = |command: &mut Command| match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    };
    std::fs::create_dir_all(&copy).map_err(|e| e.to_string())?;
    // What the recipes have written there stays: it is theirs.
    done(Command::new("cp").arg("-r").arg("-u").arg(from.join(".")).arg(&copy))?;
    let tools = copy.join("smsc-tools");
    let mut build = Command::new("cargo");
    done(build.args(["build", "--quiet", "--release"]).current_dir(&tools).env_remove("CARGO_TARGET_DIR"))?;
    Ok(copy)
}

fn kannel(folder: &Path) -> Result<Measured, Error> {
    if let Some(why) = missing(&["bearerbox", "smsbox", "python3"]) {
        return Ok(Err(format!("Kannel: {why} (Debian packages kannel and kannel-extras)")));
    }
    let arguments = ["run.py", "file", "internal", KANNEL_MESSAGES, "50", "1"];
    let said = python(&folder.join("kannel"), &arguments)?;
    let cpu = after(&said, "bearerbox ")? + after(&said, "smsbox ")?;
    Ok(Ok(peer("Kannel 1.4.5, file store", &said, KANNEL_MESSAGES, cpu)?))
}

fn jasmin(folder: &Path) -> Result<Measured, Error> {
    let folder = folder.join("jasmin");
    let file = folder.join("jasmind.pid");
    let pid = std::fs::read_to_string(&file).unwrap_or_default();
    if pid.trim().is_empty() || !Path::new("/proc").join(pid.trim()).is_dir() {
        return Ok(Err(format!("Jasmin: expected it running, with its number in {}", file.display())));
    }
    let mut carrier = Command::new(folder.join("../smsc-tools/target/release/smscsim"));
    carrier.env("DLR", "1").env("DLR_MS", "100").env("WIN", "200");
    let carrier = Program::start(carrier)?;
    let said = python(&folder, &["runj.py", "smpp", JASMIN_MESSAGES, "1", "1"])?;
    drop(carrier);
    let cpu = after(&said, "'jasmind': ")? + after(&said, "'rabbit': ")? + after(&said, "'redis': ")?;
    Ok(Ok(peer("Jasmin 0.11.1", &said, JASMIN_MESSAGES, cpu)?))
}

fn missing(programs: &[&str]) -> Option<String> {
    let found = |name: &&&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    programs.iter().find(|name| !found(name)).map(|name| format!("{name} is not installed"))
}

fn python(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let output =
        Command::new("python3").args(arguments).current_dir(folder).stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| format!("python3 {arguments:?}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(format!("python3 {arguments:?} ended with {}: {said}", output.status).into());
    }
    Ok(said)
}

fn peer(name: &'static str, said: &str, messages: &str, cpu_seconds: f64) -> Result<Peer, Error> {
    let messages: f64 = messages.parse()?;
    Ok(Peer {
        name,
        messages,
        arrived: after(said, "'uniq': ")?,
        per_second: after(said, "'rate': ")?,
        cpu_micros: cpu_seconds * 1e6 / messages,
        foreign: after(said, "foreign_cpu=")? / 100.0,
    })
}

/// The first number that stands directly behind `mark`.
fn after(said: &str, mark: &str) -> Result<f64, Error> {
    for (at, _) in said.match_indices(mark) {
        let rest = &said[at + mark.len()..];
        // A share of what others used may come out a hair below nothing.
        let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(rest.len());
        if let Ok(number) = rest[..end].parse() {
            return Ok(number);
        }
    }
    Err(format!("expected a number behind {mark:?} in {said:?}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_out_of_lines_for_people() {
        let said = "store=file N=20 {'submits': 20, 'uniq': 19, 'rate': 1406.5}\ncpu s bearerbox 8.76 smsbox 10.64 \
                    sim 1.00 \nbearerbox ['VmRSS: 5'] smsbox\nforeign_cpu=29% own_cpu=3% of 7 cpu-s\n";
        let peer = peer("x", said, "20", after(said, "bearerbox ").unwrap()).unwrap();
        assert_eq!((peer.arrived, peer.per_second, peer.foreign), (19.0, 1406.5, 0.29));
        assert!((peer.cpu_micros - 438_000.0).abs() < 1.0);
        assert_eq!(after(said, "smsbox ").unwrap(), 10.64);
        assert!(after(said, "redis ").is_err());
        assert_eq!(after("foreign_cpu=-0% own", "foreign_cpu=").unwrap(), 0.0);
    }
}
