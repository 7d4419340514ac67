//! A verifier of certificates that uses nothing but this crate and the standard library: no database, no network, no clock.
//!
//! `verify --log-key FILE [--cosigner FILE]… [--quorum N] [--opened FILE] CERTIFICATE…`
//!
//! A key file holds one verifier key a line. Prints the report of each certificate; ends with status 1 and the reason at
//! the first that does not hold, and with status 2 when it was called wrongly. Get the keys from somewhere else than the
//! certificates: who delivers both can forge both.

use std::process::ExitCode;

use proof::{Certificate, Opened, VerifierKey};

const USAGE: &str =
    "usage: verify --log-key FILE [--cosigner FILE]... [--quorum N] [--opened FILE] CERTIFICATE...";

#[derive(Default)]
struct Options {
    log_key: Option<VerifierKey>,
    cosigners: Vec<VerifierKey>,
    quorum: Option<usize>,
    opened: Option<Opened>,
    certificates: Vec<String>,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("{reason}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    for path in &options.certificates {
        match report(&options, path) {
            Ok(report) => println!("ok {path}\n{report}"),
            Err(reason) => {
                eprintln!("{path}: NOT VERIFIED: {reason}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn report(options: &Options, path: &str) -> Result<String, String> {
    let certificate = Certificate::parse(&read(path)?).map_err(|error| error.to_string())?;
    let log_key = options.log_key.as_ref().ok_or("no log key")?;
    // Cosigners that were named must all have signed, unless told otherwise.
    let quorum = options.quorum.unwrap_or(options.cosigners.len());
    let verified = certificate.verify(log_key, &options.cosigners, quorum);
    let mut report = verified.map_err(|error| error.to_string())?;
    if let Some(opened) = &options.opened {
        report.open(opened).map_err(|error| error.to_string())?;
    }
    Ok(report.to_string())
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--log-key" => options.log_key = keys(&value()?)?.into_iter().next(),
            "--cosigner" => options.cosigners.extend(keys(&value()?)?),
            "--quorum" => options.quorum = Some(value()?.parse().map_err(|_| "--quorum needs a number")?),
            "--opened" => {
                options.opened = Some(Opened::parse(&read(&value()?)?).map_err(|error| error.to_string())?);
            }
            flag if flag.starts_with("--") => return Err(format!("unknown option {flag}")),
            path => options.certificates.push(path.to_owned()),
        }
    }
    if options.log_key.is_none() || options.certificates.is_empty() {
        return Err("a log key and a certificate are needed".to_owned());
    }
    Ok(options)
}

fn keys(path: &str) -> Result<Vec<VerifierKey>, String> {
    let text = String::from_utf8(read(path)?).map_err(|_| format!("{path}: not text"))?;
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| VerifierKey::parse(line).map_err(|error| format!("{path}: {error}"))).collect()
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}
