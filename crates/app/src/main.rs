//! The `hongyan` command: what it can do, in the order in which somebody meets it.

/// Prints a line. A reader who has gone away (`hongyan why … | head`) is no reason to fail.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout().lock(), $($words)*);
    }};
}

/// Prints a line to whoever reads the errors, if anybody does.
macro_rules! complain {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr().lock(), $($words)*);
    }};
}

mod settings;
mod config;
mod stores;
mod transport;
mod serve;
mod demo;
mod doors;
mod ingest;
mod linting;
mod draft;
mod carrier_sim;
mod commands;

use clap::{Parser, Subcommand};
use commands::{
    broadcast, carrier, cases, certify, change, check, classify, erase, extract, journey, keys, preferences,
    rebuild, report, review, route, take_in, task, template, why, words,
};
use settings::Settings;
use std::path::PathBuf;
use std::process::ExitCode;

/// A message is decided on one thread, sent on another and written down on a third: most memory is freed where it was
/// not asked for, which the system's allocator pays for with locks and with splinters.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Hongyan (鸿雁): the message engine of a financial institution.
///
/// It perceives what a customer needs, decides whether, when and how to speak to them, composes the text, delivers
/// it over the carriers, listens to the answer, measures, and proves every step.
///
/// Try it:  hongyan serve --demo
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110)]
struct Arguments {
    /// A settings file; without it, hongyan.toml in the current folder if it is there
    #[arg(long, global = true, value_name = "FILE", env = "HONGYAN_CONFIG")]
    config: Option<PathBuf>,
    /// Where everything durable lies
    #[arg(long, global = true, value_name = "DIR", env = "HONGYAN_DATA_DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the loop: HTTP, the engine, the carriers
    Serve(serve::Arguments),
    /// Validate a configuration folder: every mistake at once, with file and line
    Check(check::Arguments),
    /// Read amounts, accounts, balances and codes out of messages: no server, nothing kept
    Extract(extract::Arguments),
    /// Take in customers or events from a CSV or JSON Lines file
    #[command(subcommand)]
    Ingest(take_in::Arguments),
    /// Judge templates, show them as a phone would, or say them better
    #[command(subcommand)]
    Template(template::Arguments),
    /// Try journeys, by their story tests or on the customers there are; look after the arms of their experiments
    #[command(subcommand)]
    Journey(journey::Arguments),
    /// Look at what journeys hand over to people, and say what was done
    #[command(subcommand)]
    Task(task::Arguments),
    /// Look at texts that wait for a person, approve or reject them, say what they are
    #[command(subcommand)]
    Review(review::Arguments),
    /// Tell what kind of message a text is, or train what tells it
    Classify(classify::Arguments),
    /// Find words that must not be said, however they are hidden, and those that must be
    Words(words::Arguments),
    /// Send one message to everyone who meets a condition
    #[command(subcommand)]
    Broadcast(broadcast::Arguments),
    /// Propose changes of the configuration, approve those of others, put them into force
    #[command(subcommand)]
    Change(change::Arguments),
    /// Show why a message came, or why not: the verdict of every rule, in order
    Why(why::Arguments),
    /// Show and change what a customer has chosen to get
    Preferences(preferences::Arguments),
    /// Show what a journey or broadcast came to
    Report(report::Arguments),
    /// Look at complaints and requests of customers, and answer them
    #[command(subcommand)]
    Cases(cases::Arguments),
    /// Write everything that is held on a customer, as JSON
    Export(preferences::Export),
    /// Look at routes, pause and stop them, send dead letters again
    #[command(subcommand)]
    Route(route::Arguments),
    /// Write the certificate of a message: a file that anybody can verify offline
    Certificate(certify::CertificateArguments),
    /// Verify a certificate: no database, no network, only the log's public key
    Verify(certify::VerifyArguments),
    /// Erase a customer: their key is destroyed, their content is gone everywhere, every proof stays valid
    Erase(erase::Arguments),
    /// Rebuild the log's files and the views from the journal and compare
    Rebuild(rebuild::Arguments),
    /// Manage API keys and the keys that wrap customers' keys
    #[command(subcommand)]
    Keys(keys::Arguments),
    /// Run a simulated carrier that speaks SMPP
    CarrierSim(carrier::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            complain!("hongyan: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let settings = || Settings::load(arguments.config.as_deref(), arguments.data.as_deref());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    match arguments.command {
        Command::Serve(serve) => {
            let settings = serve.settings(arguments.config.as_deref(), arguments.data.as_deref())?;
            runtime.block_on(serve::run(settings, serve))
        }
        Command::Check(check) => check::run(&check),
        Command::Extract(arguments) => extract::run(&arguments),
        Command::Classify(classify) => runtime.block_on(classify::run(&settings()?, &classify)),
        Command::Words(words) => words::run(&settings()?, &words),
        Command::Template(template) => template::run(&settings()?, &template),
        Command::Journey(journey) => runtime.block_on(journey::run(&settings()?, &journey)),
        Command::Review(review) => runtime.block_on(review::run(&settings()?, &review)),
        Command::Task(task) => runtime.block_on(task::run(&settings()?, &task)),
        Command::Ingest(ingest) => take_in::run(&runtime, &settings()?, &ingest),
        Command::Broadcast(broadcast) => runtime.block_on(broadcast::run(&settings()?, &broadcast)),
        Command::Change(change) => runtime.block_on(change::run(&settings()?, &change)),
        Command::Why(why) => runtime.block_on(why::run(&settings()?, &why)),
        Command::Cases(cases) => runtime.block_on(cases::run(&settings()?, &cases)),
        Command::Export(export) => runtime.block_on(preferences::export(&settings()?, &export)),
        Command::Preferences(wish) => runtime.block_on(preferences::run(&settings()?, &wish)),
        Command::Report(report) => runtime.block_on(report::run(&settings()?, &report)),
        Command::Route(route) => runtime.block_on(route::run(&settings()?, &route)),
        Command::Certificate(certificate) => {
            runtime.block_on(certify::certificate(&settings()?, &certificate))
        }
        Command::Verify(verify) => certify::verify(&verify),
        Command::Erase(erase) => runtime.block_on(erase::run(&settings()?, &erase)),
        Command::Rebuild(rebuild) => rebuild::run(&settings()?, &rebuild),
        Command::Keys(keys) => runtime.block_on(keys::run(&settings()?, &keys)),
        Command::CarrierSim(carrier) => runtime.block_on(carrier::run(&carrier)),
    }
}

/// Threads of the async side; the engine and the follower have their own.
const WORKERS: usize = 2;
