//! `hongyan serve`: the whole loop in one process, one live line a second, an ordered stop on SIGTERM.

use crate::carrier_sim;
use crate::commands::rebuild::STATE_FILE;
use crate::demo;
use crate::doors;
use crate::draft::Draft;
use crate::settings::{self, Settings};
use crate::stores;
use crate::transport::SOCKET;
use server::Running;
use server::http::access::ADMIN;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// Run the loop
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where HTTP listens, e.g. 127.0.0.1:8420
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// A bank of 10,000 made-up customers, a day of events in ten minutes, and a simulated carrier
    #[arg(long)]
    demo: bool,
    /// Log lines as JSON
    #[arg(long)]
    log_json: bool,
    /// Print no live line
    #[arg(long)]
    quiet: bool,
}

/// Where the demo's data lies if nothing else is said.
const DEMO_DATA: &str = "data/demo";
/// How often the live line is printed.
const LINE_EVERY: Duration = Duration::from_secs(1);
/// The name of the first API key.
const FIRST_KEY: &str = "admin";

impl Arguments {
    /// The settings for this run.
    ///
    /// # Errors
    /// A settings file that cannot be read.
    pub(crate) fn settings(
        &self,
        file: Option<&Path>,
        data: Option<&Path>,
    ) -> Result<Settings, settings::Error> {
        let data = data.or(self.demo.then_some(Path::new(DEMO_DATA)));
        let mut settings = Settings::load(file, data)?;
        if let Some(listen) = &self.listen {
            settings.listen.clone_from(listen);
        }
        Ok(settings)
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Anything that keeps the server from starting, or a fault that ended it.
pub(crate) async fn run(
    settings: Settings,
    arguments: Arguments,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    log_to_stderr(arguments.log_json);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (end_carrier, carrier_ended) = oneshot::channel::<()>();
    let (overrides, carrier) = if arguments.demo {
        let (address, carrier) = demo_carrier(carrier_ended).await?;
        (demo_route(address)?, Some(carrier))
    } else {
        (Vec::new(), None)
    };
    let mut opened = stores::open(&settings, Draft::of(settings.config.as_deref(), overrides)?)?;
    if let Some(repaired) = &opened.repaired {
        say!("journal: {repaired}");
    }
    let access = std::sync::Arc::clone(&opened.options.access);
    let listener = TcpListener::bind(&settings.listen)
        .await
        .map_err(|e| format!("listening on {}: {e}", settings.listen))?;
    let address = listener.local_addr()?;
    let socket = settings.data.join(SOCKET);
    opened.options.listener = Some((listener, doors::limits(&settings.http)));
    opened.options.local = Some(local_socket(&socket)?);
    opened.options.deliver = true;
    opened.options.doors = doors::open(&settings).await?;
    let opened_doors = doors::named(&opened.options.doors);
    let running = server::start(opened.options).await?;
    greet(&address.to_string(), &running, &settings);
    // A template that was in force yesterday does not keep a server from starting: whoever starts it is told.
    running.notes.iter().for_each(|note| complain!("{note}"));
    opened_doors.iter().for_each(|door| say!("{door}"));
    if access.is_empty() {
        let key = access.make(FIRST_KEY, &[ADMIN.into()])?;
        let what = format!("API key {FIRST_KEY} made");
        running.site().core.decide(engine::Input::Admin(what.into())).await?;
        say!("login:    {key}   (shown this once; only its hash is kept)");
    } else {
        say!(
            "login:    the API key that was shown at the first start; `hongyan keys new NAME` makes another"
        );
    }
    let feeding = arguments.demo.then(|| tokio::spawn(demo::feed(running.site().core.clone())));
    let failed = watch(&running, &mut terminate, &mut interrupt, arguments.quiet).await;
    if let Some(feeding) = feeding {
        feeding.abort();
    }
    let stopped = stop(running, &settings).await;
    // The carrier goes last: its answers were awaited until now. It may be gone already.
    let _ = end_carrier.send(());
    if let Some(carrier) = carrier {
        carrier.await?;
    }
    // A socket that is not there any more is as good as removed.
    let _ = std::fs::remove_file(&socket);
    stopped?;
    if failed {
        return Err("a thread of the server has ended; its log says why".into());
    }
    say!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Prints the live line until told to stop. True if the server failed by itself.
async fn watch(
    running: &Running,
    terminate: &mut tokio::signal::unix::Signal,
    interrupt: &mut tokio::signal::unix::Signal,
    quiet: bool,
) -> bool {
    let mut beat = tokio::time::interval(LINE_EVERY);
    loop {
        tokio::select! {
            _ = terminate.recv() => return false,
            _ = interrupt.recv() => return false,
            _ = beat.tick() => {
                if running.failed() {
                    return true;
                }
                if !quiet {
                    let site = running.site();
                    say!("{}", site.core.board().snapshot().line(site.follow.covered()));
                }
            }
        }
    }
}

/// Stops in order and leaves the digest of the engine's memory, for `hongyan rebuild` to compare with.
async fn stop(running: Running, settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    say!("stopping: waiting for answers that are due");
    let state = running.stop().await?;
    let line = format!("{} {}\n", state.position, state.digest.to_hex());
    std::fs::write(settings.data.join(STATE_FILE), line)?;
    Ok(())
}

fn greet(address: &str, running: &Running, settings: &Settings) {
    let name = &running.site().world.now().institution.name;
    say!("hongyan {} for {name}", env!("CARGO_PKG_VERSION"));
    say!("console:  http://{address}/");
    say!("data:     {} ({} entries replayed)", settings.data.display(), running.replayed.entries);
    say!("log key:  {}", settings.data.join("log.vkey").display());
    if !running.replayed.uncertain.is_empty() {
        let ids: Vec<String> = running.replayed.uncertain.iter().map(ToString::to_string).collect();
        say!("uncertain after the last stop (the carrier may or may not have them): {}", ids.join(" "));
    }
}

fn local_socket(path: &Path) -> std::io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    // The data folder is locked by now, so a socket that is still there has no server behind it.
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

fn log_to_stderr(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HONGYAN_LOG").unwrap_or_else(|_| "info".into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process is refused; the first one goes on logging.
    let _ = if json { builder.json().try_init() } else { builder.compact().try_init() };
}

/// The simulated carrier on a free port.
async fn demo_carrier(
    ended: oneshot::Receiver<()>,
) -> Result<(std::net::SocketAddr, tokio::task::JoinHandle<()>), std::io::Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let stop = async {
            // Told to stop, or nobody left to tell: the same.
            let _ = ended.await;
        };
        carrier_sim::serve(listener, crate::commands::carrier::demo_behaviour(), demo::SEED, stop, |_| {})
            .await;
    });
    Ok((address, task))
}

/// The demo route, pointed at the simulated carrier.
fn demo_route(address: std::net::SocketAddr) -> Result<Vec<(String, String)>, &'static str> {
    let path = "routes/demo.toml";
    let shipped = library::file(path).ok_or("the demo route does not ship with this build")?;
    let pointed: String = shipped
        .lines()
        .map(|line| match line.split_once('=').map(|(key, _)| key.trim()) {
            Some("address") => format!("address = \"{address}\"\n"),
            Some("password") => "password = \"demo\"\n".to_owned(),
            _ => format!("{line}\n"),
        })
        .collect();
    Ok(vec![(path.to_owned(), pointed)])
}
