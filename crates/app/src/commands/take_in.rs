//! `hongyan ingest customers|events FILE --map MAP.toml`

use super::Ended;
use crate::ingest::{self, Answer, Kind, Sink, SinkError, read_answer};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Take in customers or events from a file
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Customers: profiles and consents
    Customers(What),
    /// Events: what befell customers
    Events(What),
}

/// Which file, and how to read it.
#[derive(Debug, clap::Args)]
pub(crate) struct What {
    /// A CSV or JSON Lines file, gzip or not
    file: PathBuf,
    /// The map: which column is what (docs/perceive.md)
    #[arg(long, value_name = "FILE")]
    map: PathBuf,
    /// Where rows go that were not taken
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// How many rows one call carries
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    batch: u16,
}

/// Takes a file in.
pub(crate) fn run(runtime: &Runtime, settings: &Settings, arguments: &Arguments) -> Ended {
    let (kind, what) = match arguments {
        Arguments::Customers(what) => (Kind::Customers, what),
        Arguments::Events(what) => (Kind::Events, what),
    };
    let transport = runtime.block_on(Transport::open(settings))?;
    let mut sink = Calls { runtime, transport: &transport };
    let mut progress = ingest::to_stderr();
    let outcome = ingest::run(
        kind,
        &what.file,
        &what.map,
        what.rejects.as_deref(),
        usize::from(what.batch),
        &mut sink,
        &mut *progress,
    );
    runtime.block_on(transport.close())?;
    let summary = outcome?;
    say!("{}", summary.tally);
    if let Some(rejects) = &summary.rejects {
        say!("rows that were not taken: {}", rejects.display());
    }
    Ok(if summary.tally.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}

/// The exit status when rows were left out and the rest was taken.
const SOME_REJECTED: u8 = 2;

struct Calls<'a> {
    runtime: &'a Runtime,
    transport: &'a Transport,
}

impl Sink for Calls<'_> {
    fn send(&mut self, path: &str, body: Vec<u8>) -> Result<Answer, SinkError> {
        let answer = self
            .runtime
            .block_on(self.transport.call(Method::POST, path, body))
            .map_err(|e| SinkError::Unreachable(e.to_string()))?;
        read_answer(answer.status, &answer.body)
    }
}
