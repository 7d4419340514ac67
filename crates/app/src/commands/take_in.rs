//! `hongyan ingest customers|events FILE --map MAP.toml`

use super::Ended;
use crate::ingest::{self, Answer, Kind, Sink, SinkError, Summary, read_answer};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
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
    /// Write the calls to this file, one line of JSON each, instead of making them: to look at, or to replay later
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
}

/// Takes a file in.
pub(crate) fn run(runtime: &Runtime, settings: &Settings, arguments: &Arguments) -> Ended {
    let (kind, what) = match arguments {
        Arguments::Customers(what) => (Kind::Customers, what),
        Arguments::Events(what) => (Kind::Events, what),
    };
    let summary = match &what.dump {
        Some(path) => {
            let named = |e| format!("{}: {e}", path.display());
            let mut dump = Dump { file: BufWriter::new(File::create(path).map_err(named)?) };
            let outcome = take(kind, what, &mut dump);
            dump.file.flush().map_err(named)?;
            outcome?
        }
        None => {
            let transport = runtime.block_on(Transport::open(settings))?;
            let outcome = take(kind, what, &mut Calls { runtime, transport: &transport });
            runtime.block_on(transport.close())?;
            outcome?
        }
    };
    say!("{}", summary.tally);
    if let Some(rejects) = &summary.rejects {
        say!("rows that were not taken: {}", rejects.display());
    }
    Ok(if summary.tally.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}

fn take(kind: Kind, what: &What, sink: &mut dyn Sink) -> Result<Summary, ingest::Error> {
    let mut progress = ingest::to_stderr();
    let rejects = what.rejects.as_deref();
    ingest::run(kind, &what.file, &what.map, rejects, usize::from(what.batch), sink, &mut *progress)
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

/// Writes each call as a line `{"path": …, "body": …}`. Nobody answers, so every row counts as accepted.
struct Dump {
    file: BufWriter<File>,
}

impl Sink for Dump {
    fn send(&mut self, path: &str, body: Vec<u8>) -> Result<Answer, SinkError> {
        let failed = |e: std::io::Error| SinkError::Unreachable(e.to_string());
        write!(self.file, "{{\"path\":\"{path}\",\"body\":").map_err(failed)?;
        self.file.write_all(&body).and_then(|()| self.file.write_all(b"}\n")).map_err(failed)?;
        let lists: BTreeMap<String, Vec<IgnoredAny>> =
            serde_json::from_slice(&body).map_err(|e| SinkError::BadAnswer(e.to_string()))?;
        let accepted = lists.values().map(|list| list.len() as u64).sum();
        Ok(Answer { accepted, ..Answer::default() })
    }
}
