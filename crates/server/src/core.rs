//! The thread that owns the node: it gathers what has come in, lets the node take one step, and hands out replies
//! and messages only after that step is durable.
//!
//! The natural group commit: while one batch is being made durable, the next one gathers. A fault of the node is
//! fatal by design (its memory may be ahead of the disk): the thread ends, and the server with it.

use crate::clock::now;
use crate::deliver::Outlet;
use crate::measure::status::{Board, Snapshot};
use engine::decide::Sendable;
use engine::{Action, Input, Reply};
use model::{AccountId, RouteId};
use node::Node;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// How many commands may wait for the node.
const COMMANDS_MAX: usize = 4_096;
/// How many commands go into one step.
const COMMANDS_PER_STEP: usize = 512;
/// How long the node sleeps at most when nothing comes in: timers are looked at that often.
const IDLE: Duration = Duration::from_millis(20);
/// How often the status board is renewed.
const BOARD_EVERY: Duration = Duration::from_millis(250);

/// The node has stopped; nothing more can be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has stopped")]
pub struct Stopped;

/// A question to the node, asked on its own thread. Keep it short: everything else waits.
type Question = Box<dyn FnOnce(&Node) + Send>;

enum Command {
    Decide(Vec<Input>, Done),
    Ask(Question),
    Route(RouteId, Arc<Outlet>),
    Stop,
}

/// Who is told that inputs have been decided and are durable.
enum Done {
    Reply(oneshot::Sender<Vec<Reply>>),
    Tick(mpsc::UnboundedSender<()>),
}

/// The way to the node, cheap to clone.
#[derive(Clone)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    board: Arc<Board>,
    bells: Bells,
    calls: watch::Sender<u64>,
}

impl Handle {
    /// Has one input decided; returns once everything it led to is durable.
    pub async fn decide(&self, input: Input) -> Result<Reply, Stopped> {
        let (tell, told) = oneshot::channel();
        self.commands.send(Command::Decide(vec![input], Done::Reply(tell))).await.map_err(|_| Stopped)?;
        told.await.ok().and_then(|mut replies| replies.pop()).ok_or(Stopped)
    }

    /// Has inputs decided; `done` gets one tick once everything they led to is durable.
    pub async fn feed(&self, inputs: Vec<Input>, done: mpsc::UnboundedSender<()>) -> Result<(), Stopped> {
        self.commands.send(Command::Decide(inputs, Done::Tick(done))).await.map_err(|_| Stopped)
    }

    /// Asks the node something on its own thread.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (tell, told) = oneshot::channel();
        let ask = Command::Ask(Box::new(move |node| {
            let _ = tell.send(question(node));
        }));
        self.commands.send(ask).await.map_err(|_| Stopped)?;
        told.await.map_err(|_| Stopped)
    }

    /// From now on, messages claimed for this route go to `outlet`. What it grants by credit bounds what it gets.
    pub async fn open_route(&self, route: RouteId, outlet: Arc<Outlet>) -> Result<(), Stopped> {
        self.commands.send(Command::Route(route, outlet)).await.map_err(|_| Stopped)
    }

    /// Changes whenever there is something new to be told to an account.
    pub fn bell(&self, account: &AccountId) -> watch::Receiver<u64> {
        self.bells.of(account)
    }

    /// Changes whenever a journey calls a system.
    pub fn call_bell(&self) -> watch::Receiver<u64> {
        self.calls.subscribe()
    }

    /// Lets the node finish what has come in, and stops it.
    pub async fn stop(&self) {
        let _ = self.commands.send(Command::Stop).await;
    }

    /// The figures as of a moment ago.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }
}

/// One bell per account, rung when there is something new to tell it.
#[derive(Clone, Default)]
struct Bells(Arc<Mutex<HashMap<AccountId, watch::Sender<u64>>>>);

impl Bells {
    fn of(&self, account: &AccountId) -> watch::Receiver<u64> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.entry(account.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    fn ring(&self, accounts: &BTreeSet<AccountId>) {
        if accounts.is_empty() {
            return;
        }
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in accounts.iter().filter_map(|account| bells.get(account)) {
            bell.send_modify(|rung| *rung += 1);
        }
    }
}

/// Starts the node's thread; a quiet one decides only about what it is given. The thread ends after [`Handle::stop`], or with the node's fault.
pub fn start(
    node: Node,
    quiet: bool,
) -> std::io::Result<(Handle, std::thread::JoinHandle<Result<(), node::Error>>)> {
    let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
    let board = Arc::new(Board::new(Snapshot::of(node.engine(), now())));
    let bells = Bells::default();
    let calls = watch::Sender::new(0);
    let handle = Handle { commands, board: Arc::clone(&board), bells: bells.clone(), calls: calls.clone() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
        runtime.block_on(Core { node, quiet, inbox, board, routes: HashMap::new(), bells, calls }.run())
    })?;
    Ok((handle, thread))
}

struct Core {
    node: Node,
    quiet: bool,
    inbox: mpsc::Receiver<Command>,
    board: Arc<Board>,
    routes: HashMap<RouteId, Arc<Outlet>>,
    bells: Bells,
    calls: watch::Sender<u64>,
}

impl Core {
    async fn run(mut self) -> Result<(), node::Error> {
        let mut commands = Vec::with_capacity(COMMANDS_PER_STEP);
        let mut shown = Instant::now();
        let mut more = false;
        loop {
            let wait = if more { Duration::ZERO } else { IDLE };
            if self.inbox.is_empty() && !more {
                // Ends early as soon as something comes in.
                let _ =
                    tokio::time::timeout(wait, self.inbox.recv_many(&mut commands, COMMANDS_PER_STEP)).await;
            } else {
                while commands.len() < COMMANDS_PER_STEP
                    && let Ok(command) = self.inbox.try_recv()
                {
                    commands.push(command);
                }
            }
            let stop = self.step(&mut commands, &mut more)?;
            if stop || shown.elapsed() >= BOARD_EVERY {
                shown = Instant::now();
                self.board.show(Snapshot::of(self.node.engine(), now()));
            }
            if stop || (self.inbox.is_closed() && self.inbox.is_empty()) {
                return Ok(());
            }
        }
    }

    /// One step with the commands at hand. Returns whether one of them was to stop.
    fn step(&mut self, commands: &mut Vec<Command>, more: &mut bool) -> Result<bool, node::Error> {
        let mut stop = false;
        let (mut inputs, mut waiting, mut questions) = (Vec::new(), Vec::new(), Vec::new());
        for command in commands.drain(..) {
            match command {
                Command::Decide(new, done) => {
                    waiting.push((new.len(), done));
                    inputs.extend(new);
                }
                Command::Ask(question) => questions.push(question),
                Command::Route(route, outlet) => {
                    self.routes.insert(route, outlet);
                }
                Command::Stop => stop = true,
            }
        }
        let began = Instant::now();
        let committed =
            if self.quiet { self.node.take(&inputs, now())? } else { self.node.step(&inputs, now())? };
        if !committed.positions.is_empty() {
            self.board.committed(committed.positions.end - committed.positions.start, began.elapsed());
        }
        for failure in &committed.failures {
            tracing::warn!(journey = %failure.journey, error = %failure.error, "a condition has no answer");
            self.board.condition_failed();
        }
        for action in committed.actions {
            match action {
                Action::Submit(sendable) => self.hand_over(sendable),
                Action::Withdraw(scope) => {
                    self.routes.values().for_each(|outlet| outlet.withdraw_scope(&scope));
                }
                Action::Query { route, remote, extension, until } => {
                    if let Some(outlet) = self.routes.get(&route) {
                        outlet.query(remote, extension.as_deref(), until, now());
                    }
                }
                Action::Call(at) => self.calls.send_modify(|last| *last = at),
                // The node performs this one itself.
                Action::DestroyKey(_) => {}
            }
        }
        self.bells.ring(&committed.told);
        let mut replies = committed.replies.into_iter();
        for (count, done) in waiting {
            let own: Vec<Reply> = replies.by_ref().take(count).collect();
            match done {
                // A caller who has gone away does not wait for an answer.
                Done::Reply(tell) => drop(tell.send(own)),
                Done::Tick(tick) => drop(tick.send(())),
            }
        }
        for question in questions {
            question(&self.node);
        }
        *more = committed.more;
        Ok(stop)
    }

    fn hand_over(&self, sendable: Sendable) {
        self.board.handed_over(&sendable);
        if let Some(outlet) = self.routes.get(sendable.route()) {
            outlet.submit(sendable, now());
        }
    }
}
