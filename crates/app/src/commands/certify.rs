//! `hongyan certificate MESSAGE_ID -o FILE`, `hongyan verify FILE --log-key KEY [--opened FILE]`

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use proof::{Certificate, Opened, VerifierKey};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the certificate of a message
#[derive(Debug, clap::Args)]
pub(crate) struct CertificateArguments {
    /// The message, e.g. m-1024
    message: String,
    /// Where to write the certificate (c2sp.org/tlog-proof)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Also write what opens the commitments: personal data, and the request is recorded in the ledger
    #[arg(long, value_name = "FILE")]
    opened: Option<PathBuf>,
}

/// Verify a certificate
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArguments {
    /// The certificate
    file: PathBuf,
    /// The log's public key, or a file that holds it (log.vkey of the data folder). Get it from somebody you trust,
    /// not from whoever gave you the certificate
    #[arg(long, value_name = "KEY")]
    log_key: String,
    /// A witness's public key, or a file that holds it; may be given more than once
    #[arg(long, value_name = "KEY")]
    witness: Vec<String>,
    /// How many witnesses must have cosigned
    #[arg(long, default_value_t = 0)]
    quorum: usize,
    /// What opens the commitments: the details are checked and shown
    #[arg(long, value_name = "FILE")]
    opened: Option<PathBuf>,
}

/// Writes a message's certificate.
pub(crate) async fn certificate(settings: &Settings, arguments: &CertificateArguments) -> Ended {
    let transport = Transport::open(settings).await?;
    let base = format!("/v1/messages/{}", segment(&arguments.message));
    let certificate = transport.expect(Method::GET, &format!("{base}/certificate"), Vec::new()).await?;
    write(&arguments.output, &certificate)?;
    if let Some(path) = &arguments.opened {
        let opened = transport.expect(Method::GET, &format!("{base}/opened"), Vec::new()).await?;
        write(path, &opened)?;
    }
    transport.close().await?;
    say!("{}: {} bytes", arguments.output.display(), certificate.len());
    Ok(ExitCode::SUCCESS)
}

fn write(path: &PathBuf, content: &[u8]) -> Result<(), String> {
    std::fs::write(path, content).map_err(|e| format!("{}: {e}", path.display()))
}

/// Verifies a certificate and prints what it shows.
pub(crate) fn verify(arguments: &VerifyArguments) -> Ended {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let log_key = key(&arguments.log_key)?;
    let witnesses = arguments.witness.iter().map(|w| key(w)).collect::<Result<Vec<_>, _>>()?;
    let outcome = (|| {
        let certificate = Certificate::parse(&read(&arguments.file)?).map_err(|e| e.to_string())?;
        let mut report =
            certificate.verify(&log_key, &witnesses, arguments.quorum).map_err(|e| e.to_string())?;
        if let Some(path) = &arguments.opened {
            let opened = Opened::parse(&read(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
            report.open(&opened).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok::<_, String>(report)
    })();
    match outcome {
        Ok(report) => {
            say!("{report}");
            say!("verified");
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            complain!("NOT VERIFIED: {}: {why}", arguments.file.display());
            Ok(ExitCode::FAILURE)
        }
    }
}

/// A key as it is, or from its file.
fn key(text: &str) -> Result<VerifierKey, String> {
    let content = if text.contains('+') && !std::path::Path::new(text).exists() {
        text.to_owned()
    } else {
        std::fs::read_to_string(text).map_err(|e| format!("{text}: {e}"))?
    };
    VerifierKey::parse(content.trim()).map_err(|e| format!("{text}: {e}"))
}
