//! Starting and stopping, each in one order.
//!
//! Start: node (replay) → follower → routes → HTTP. Stop: intake → connections drain until answered or the deadline
//! → node → follower (a last checkpoint). What is still unanswered then is decided about at the next start.

use crate::configuration::{Configuration, Current, Files, Start};
use crate::deliver::portal::Accounts;
use crate::http::access::Access;
use crate::http::listen::{self, Limits};
use crate::http::{Site, router};
use crate::tiles::Directory;
use crate::{core, deliver, follow, now};
use engine::world::World;
use engine::{ChangeRequest, Input, Person, Reply};
use node::{Entropy, Follower, Node, Publication, Remembered, Replayed};
use proof::SignerKey;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::journal::Journal;
use store::keys::KeyTable;
use store::views::Views;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Everything a server is made of. `app` chooses the engines and opens the sockets.
pub struct Options {
    /// What reads the configuration.
    pub configuration: Arc<dyn Configuration>,
    /// The journal.
    pub journal: Box<dyn Journal>,
    /// The customers' keys.
    pub keys: KeyTable,
    /// Under which key the views find customers.
    pub index_key: [u8; 32],
    /// The views.
    pub views: Box<dyn Views>,
    /// The log's directory.
    pub log: PathBuf,
    /// Who signs checkpoints.
    pub signer: SignerKey,
    /// The log's origin line.
    pub origin: String,
    /// Where salts, nonces and keys come from.
    pub entropy: Entropy,
    /// Who may call.
    pub access: Arc<Access>,
    /// For callers with a key, and what they may take of us; none for a command that only asks once.
    pub listener: Option<(TcpListener, Limits)>,
    /// For callers on this machine, under this account.
    pub local: Option<UnixListener>,
    /// Whether to connect to the carriers. If not, nothing is decided but what callers bring.
    pub deliver: bool,
    /// How long connections may take to drain when stopping.
    pub drain: Duration,
    /// Where accounts bind to us.
    pub doors: Vec<deliver::north::Door>,
}

/// A running server.
pub struct Running {
    site: Site,
    /// What the journal held at the start.
    pub replayed: Replayed,
    /// What is not in force, and what to do about it, in lines.
    pub notes: Vec<String>,
    stop: watch::Sender<bool>,
    intake: Vec<JoinHandle<()>>,
    connections: Vec<JoinHandle<()>>,
    engine: std::thread::JoinHandle<Result<(), node::Error>>,
    follower: std::thread::JoinHandle<Result<(), node::Error>>,
    /// How long each task may take to end: a little more than connections may drain.
    drain: Duration,
}

/// What a task needs to end beyond the time that connections may drain.
const END: Duration = Duration::from_secs(2);

/// What the engine's memory was when it stopped.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Of how many entries it was the sum.
    pub position: u64,
    /// One hash over all of it.
    pub digest: proof::Hash,
}

/// Why a server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node or what is derived from it failed.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// The configuration cannot be used.
    #[error("{0}")]
    Configuration(String),
    /// Approvals are asked for, and what they begin with cannot be recorded.
    #[error("approvals cannot begin: {0}")]
    Adoption(#[from] engine::ChangeError),
    /// The machine refused something.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The key table or the views failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A route cannot be used.
    #[error(transparent)]
    Route(#[from] deliver::RouteError),
    /// An account cannot prove itself, or be told, as it is configured.
    #[error(transparent)]
    Account(#[from] deliver::AccountError),
    /// A system that journeys call cannot be called as it is configured.
    #[error(transparent)]
    Hook(#[from] deliver::webhooks::systems::HookError),
    /// A thread ended by a fault of our own.
    #[error("the {0} thread ended by a fault")]
    Thread(&'static str),
}

/// Starts a server.
///
/// # Errors
/// A journal, views or tiles that cannot be read; a route whose password is not there.
pub async fn start(options: Options) -> Result<Running, Error> {
    let remembered = Remembered::read(options.journal, options.keys, options.entropy)?;
    let Begun { node, replayed, world, notes } = begin(remembered, &*options.configuration, options.deliver)?;
    let (journal, keys) = (node.reader(), node.keys());
    let tiles = Arc::new(Directory::open(&options.log)?);
    let publication = publication(&tiles, options.signer, &options.origin)?;
    let views = options.views.reader()?;
    let follower =
        Follower::new(Arc::clone(&journal), keys.clone(), publication, options.views, options.index_key)?;
    let (core, engine) = core::start(node, !options.deliver)?;
    let (figures, (follow, follower)) = (follower.figures(), follow::start(follower)?);
    let standings = deliver::Standings::of(&world);
    let site = Site {
        core,
        follow,
        journal,
        keys,
        tiles,
        views: Arc::new(Mutex::new(views)),
        world: Current::new(Arc::clone(&world)),
        configuration: options.configuration,
        access: options.access,
        index_key: options.index_key,
        // A command that only asks needs nobody's secrets.
        accounts: Arc::new(if options.deliver {
            Accounts::of(&world, &standings)?
        } else {
            Accounts::default()
        }),
        figures,
        classifier: classifier(&world)?,
    };
    let (stop, stopping) = watch::channel(false);
    let connections = if options.deliver {
        connect(&world, &site.core, &stopping, options.drain).await?
    } else {
        Vec::new()
    };
    let (core, views, drain) = (&site.core, Arc::clone(&site.views), options.drain);
    let north = deliver::north::open(options.doors, &world, (core, &standings), views, &stopping, drain)?;
    // Set once: there is one service to a board.
    let _ = site.core.board().accounts.set(north.counters);
    let mut intake = north.tasks;
    if options.deliver {
        intake.extend(deliver::webhooks::open(&world, &standings, &stopping)?);
        intake.extend(deliver::webhooks::systems::open(&world, core, &stopping)?);
        // After those that tell: their last words are still settled.
        intake.extend(standings.run(&world, core, &stopping));
    }
    if let Some((listener, limits)) = options.listener {
        let app = router(site.clone(), false);
        intake.push(tokio::spawn(listen::serve(listener, app, limits, stopping.clone())));
    }
    if let Some(local) = options.local {
        let app = router(site.clone(), true);
        intake.push(serve(stopping.clone(), move |stop| async move {
            axum::serve(local, app).with_graceful_shutdown(stop).await
        }));
    }
    let drain = options.drain + END;
    Ok(Running { site, replayed, notes, stop, intake, connections, engine, follower, drain })
}

/// A node that may go on.
struct Begun {
    node: Node,
    replayed: Replayed,
    world: Arc<World>,
    notes: Vec<String>,
}

/// Opens the node by the configuration that is in force, which may stand in its own ledger.
fn begin(remembered: Remembered, configuration: &dyn Configuration, deliver: bool) -> Result<Begun, Error> {
    let start = configuration.start(&remembered.state().approvals).map_err(Error::Configuration)?;
    let Start { world, adopt, notes } = start;
    if !deliver {
        let (node, replayed) = remembered.open_quiet(Arc::clone(&world));
        return Ok(Begun { node, replayed, world, notes });
    }
    let (mut node, replayed) = remembered.open(Arc::clone(&world), now())?;
    if let Some(files) = adopt {
        take_over(&mut node, files)?;
    }
    Ok(Begun { node, replayed, world, notes })
}

/// What tells what kind of message a text is: a configuration that was read for a server has it.
fn classifier(world: &World) -> Result<Arc<text::classify::Classifier>, Error> {
    let missing = || Error::Configuration("expected a model, found none".to_owned());
    world.classifier.clone().ok_or_else(missing)
}

/// Connects to the carriers.
async fn connect(
    world: &World,
    core: &core::Handle,
    stopping: &watch::Receiver<bool>,
    drain: Duration,
) -> Result<Vec<JoinHandle<()>>, Error> {
    let outlets = deliver::Outlets::default();
    let mut connections = Vec::new();
    for route in world.routes.values() {
        let (route, core, outlets) = (Arc::clone(route), core.clone(), outlets.clone());
        let institution = &world.institution;
        connections.push(deliver::connect(route, institution, core, outlets, stopping.clone(), drain).await?);
    }
    Ok(connections)
}

/// Records what approvals begin with: the files as they are. From here on only approved changes come into force.
fn take_over(node: &mut Node, files: Files) -> Result<(), Error> {
    let by = Person { name: "start".into(), roles: Vec::new() };
    let request = ChangeRequest::Adopt { by, emergency: None, files };
    let committed = node.take(&[Input::Change(Box::new(request))], now())?;
    match committed.replies.into_iter().next() {
        Some(Reply::Changed(changed)) => changed.map(|_| ()).map_err(Error::Adoption),
        _ => Ok(()),
    }
}

fn serve<F>(
    mut stopping: watch::Receiver<bool>,
    run: impl FnOnce(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) -> F,
) -> JoinHandle<()>
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let stop = Box::pin(async move {
        // An error means that the sender is gone, which is a stop as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    let running = run(stop);
    tokio::spawn(async move {
        if let Err(error) = running.await {
            tracing::error!(%error, "a listener ended");
        }
    })
}

/// The tree as its files show it; grown anew from the journal if a crash left them torn.
fn publication(tiles: &Arc<Directory>, signer: SignerKey, origin: &str) -> Result<Publication, Error> {
    match Publication::open(Arc::clone(tiles) as Arc<dyn node::TileStore>, signer.clone(), origin) {
        Ok(publication) => Ok(publication),
        Err(error) => {
            tracing::warn!(%error, "the log's files are not whole: growing them again from the journal");
            tiles.clear()?;
            Ok(Publication::open(Arc::clone(tiles) as Arc<dyn node::TileStore>, signer, origin)?)
        }
    }
}

impl Running {
    /// What handlers see: for commands that ask without a socket.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Whether one of the threads has ended by itself: a fault, and the server must stop.
    pub fn failed(&self) -> bool {
        self.engine.is_finished() || self.follower.is_finished()
    }

    /// Stops in order. Everything acknowledged is durable; connections were drained or given up at the deadline.
    /// Returns what the engine's memory was at the end.
    ///
    /// # Errors
    /// The fault that ended a thread.
    pub async fn stop(self) -> Result<Memory, Error> {
        // Nobody listens any more if every task has ended already.
        let _ = self.stop.send(true);
        for task in self.connections.into_iter().chain(self.intake) {
            let abort = task.abort_handle();
            match tokio::time::timeout(self.drain, task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a task ended by a fault"),
                Err(_) => {
                    tracing::warn!(
                        "a task did not end in time: a caller holds its connection open, or a carrier is silent"
                    );
                    abort.abort();
                }
            }
        }
        let memory = self.site.core.ask(|node| {
            let state = node.engine().state();
            Memory { position: state.position, digest: state.digest() }
        });
        let memory = memory.await;
        self.site.core.stop().await;
        let joined = tokio::task::spawn_blocking(move || {
            let engine = self.engine.join();
            self.site.follow.stop();
            (engine, self.follower.join())
        });
        let (engine, follower) = joined.await.map_err(|_| Error::Thread("stopping"))?;
        engine.map_err(|_| Error::Thread("engine"))??;
        follower.map_err(|_| Error::Thread("follower"))??;
        memory.map_err(|_| Error::Thread("engine"))
    }
}
