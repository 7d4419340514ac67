//! The task of one provider route: it makes the calls, takes the provider's own calls, and keeps the link and the engine
//! in step. Everything that must be right is in [`ProviderLink`]; here are sockets and time.
//!
//! A call runs to its end or its time limit even if the route is told to end; a call that is given up is unanswered.
//! The provider's own call is answered only after what it told is durable, and after what waited for whoever wrote has
//! been taken back everywhere (invariant L5).

use super::link::{ProviderLink, shown};
use super::{Errands, Opened, Provider, Pushed, Told, Verdict, listen};
use crate::clock::now;
use engine::Input;
use engine::decide::Sendable;
use engine::entry::Scope;
use model::{MessageId, Phone, RouteId, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use wire::http::Response;

/// How long the task sleeps at most: a guard, not a clock.
const NAP: Duration = Duration::from_secs(1);
/// How many calls of the provider's may wait to be made durable.
const PUSHES_MAX: usize = 256;
/// How many ids are named when a provider has to be asked about each.
const ASKED_MAX: usize = 200;

/// The link of one provider route, shared between the node's thread and the route's task.
#[derive(Debug)]
pub struct Desk {
    link: Mutex<ProviderLink>,
    wake: Notify,
}

impl Desk {
    /// Shares a link.
    pub fn new(link: ProviderLink) -> Self {
        Self { link: Mutex::new(link), wake: Notify::new() }
    }

    /// Hands over a message whose claim is durable.
    pub fn submit(&self, sendable: Sendable) {
        self.link().submit(sendable);
        self.wake.notify_one();
    }

    /// Takes back what waits for a number.
    pub fn withdraw(&self, phone: Phone) {
        self.link().withdraw(phone);
        self.wake.notify_one();
    }

    /// Takes back what waits and a switch is about.
    pub fn withdraw_scope(&self, scope: &Scope) {
        self.link().withdraw_scope(scope);
        self.wake.notify_one();
    }

    fn link(&self) -> MutexGuard<'_, ProviderLink> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A provider's call to us that waits until what it told is durable.
pub(super) struct Push {
    pub(super) pushed: Pushed,
    pub(super) answer: oneshot::Sender<Response>,
}

/// One route's task.
pub struct Worker<E> {
    route: RouteId,
    provider: Arc<dyn Provider>,
    desk: Arc<Desk>,
    engine: E,
    stopping: watch::Receiver<bool>,
    drain: Duration,
    calls: JoinSet<(MessageId, Verdict)>,
    /// Which message each call is for: a call that panics still has to be answered for.
    callers: HashMap<tokio::task::Id, MessageId>,
    polls: JoinSet<Result<Vec<Told>, String>>,
    poll_at: Option<Instant>,
    done: mpsc::UnboundedSender<()>,
    committed: mpsc::UnboundedReceiver<()>,
    under_way: VecDeque<u64>,
    pushes: mpsc::Receiver<Push>,
    waiting: VecDeque<(u64, Response, oneshot::Sender<Response>)>,
    give_up: Option<Instant>,
}

enum Woken {
    Called(Option<(MessageId, Verdict)>),
    Polled(Option<Result<Vec<Told>, String>>),
    Pushed(Push),
    Committed,
    Time,
    Stop,
}

impl<E: Errands> Worker<E> {
    /// The task of an opened provider, and its listener if it is called back.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub async fn new(
        route: RouteId,
        opened: Opened,
        desk: Arc<Desk>,
        engine: E,
        stopping: watch::Receiver<bool>,
        drain: Duration,
    ) -> std::io::Result<Self> {
        let (done, committed) = mpsc::unbounded_channel();
        let (push, pushes) = mpsc::channel(PUSHES_MAX);
        let Opened { provider, listen } = opened;
        if let Some(address) = listen {
            listen::open(address, route.clone(), Arc::clone(&provider), push, stopping.clone()).await?;
        }
        let poll_at = provider.poll_every().map(|every| Instant::now() + every);
        Ok(Self {
            route,
            provider,
            desk,
            engine,
            stopping,
            drain,
            calls: JoinSet::new(),
            callers: HashMap::new(),
            polls: JoinSet::new(),
            poll_at,
            done,
            committed,
            under_way: VecDeque::new(),
            pushes,
            waiting: VecDeque::new(),
            give_up: None,
        })
    }

    /// Serves the route until it is told to end.
    pub async fn run(mut self) {
        if *self.stopping.borrow() {
            self.stop();
        }
        loop {
            if !self.flush().await {
                return;
            }
            self.call();
            if self.has_ended() {
                break;
            }
            match self.woken().await {
                Woken::Called(Some((message, verdict))) => self.answered(message, &verdict),
                Woken::Polled(Some(Ok(told))) => self.told(told).await,
                Woken::Polled(Some(Err(why))) => {
                    tracing::warn!(route = %self.route, why, "asking for receipts failed");
                }
                Woken::Pushed(push) => {
                    let batch = self.told_by(push.pushed.told).await;
                    self.waiting.push_back((batch, push.pushed.answer, push.answer));
                    // An empty call is durable as it is.
                    self.acknowledge_up_to(batch, true);
                }
                Woken::Committed => self.acknowledge(),
                Woken::Stop => self.stop(),
                Woken::Time | Woken::Called(None) | Woken::Polled(None) => self.poll().await,
            }
        }
        self.desk.link().give_up();
        self.flush().await;
        tracing::info!(route = %self.route, "route closed");
    }

    fn stop(&mut self) {
        self.give_up.get_or_insert_with(|| Instant::now() + self.drain);
        self.desk.link().stop();
    }

    fn has_ended(&self) -> bool {
        let Some(at) = self.give_up else { return false };
        at <= Instant::now() || (self.desk.link().is_idle() && self.under_way.is_empty())
    }

    /// Begins every call that may begin now.
    fn call(&mut self) {
        loop {
            let errand = self.desk.link().next(now());
            let Some(errand) = errand else { return };
            let provider = Arc::clone(&self.provider);
            let message = errand.letter.message;
            let task = self.calls.spawn(async move {
                let verdict = provider.send(&errand.letter, now()).await;
                (errand.letter.message, verdict)
            });
            self.callers.insert(task.id(), message);
        }
    }

    fn answered(&mut self, message: MessageId, verdict: &Verdict) {
        match verdict {
            Verdict::Taken { .. } => {}
            Verdict::Refused(refusal) => {
                tracing::info!(route = %self.route, %message, code = shown(&refusal.code), fate = ?refusal.fate, "refused");
            }
            Verdict::Unanswered { why } => {
                tracing::warn!(route = %self.route, %message, why, "no answer: it is not known whether it was taken");
            }
        }
        self.desk.link().answered(message, verdict, now());
    }

    async fn woken(&mut self) -> Woken {
        let deadline = self.desk.link().deadline(now());
        let mut nap = Instant::now() + deadline.map_or(NAP, |at| until(at).min(NAP));
        nap = self.poll_at.map_or(nap, |at| at.min(nap));
        let stopping = self.give_up.is_none();
        let (calls, callers) = (&mut self.calls, &mut self.callers);
        tokio::select! {
            Some(called) = calls.join_next_with_id(), if !calls.is_empty() => match called {
                Ok((task, called)) => {
                    callers.remove(&task);
                    Woken::Called(Some(called))
                }
                Err(error) => {
                    let message = callers.remove(&error.id());
                    Woken::Called(message.map(|message| (message, Verdict::unanswered("the call ended by a fault"))))
                }
            },
            Some(polled) = self.polls.join_next(), if !self.polls.is_empty() => Woken::Polled(polled.ok()),
            Some(push) = self.pushes.recv() => Woken::Pushed(push),
            Some(()) = self.committed.recv() => Woken::Committed,
            () = self.desk.wake.notified() => Woken::Time,
            () = sleep_until(nap) => Woken::Time,
            _ = self.stopping.changed(), if stopping => Woken::Stop,
        }
    }

    /// Asks the provider for receipts when it is time.
    async fn poll(&mut self) {
        let Some(every) = self.provider.poll_every() else { return };
        if self.give_up.is_some()
            || !self.polls.is_empty()
            || self.poll_at.is_some_and(|at| at > Instant::now())
        {
            return;
        }
        self.poll_at = Some(Instant::now() + every);
        let waiting = self.engine.waiting(&self.route, ASKED_MAX).await;
        let provider = Arc::clone(&self.provider);
        self.polls.spawn(async move { provider.poll(&waiting, now()).await });
    }

    async fn told(&mut self, told: Vec<Told>) {
        if !told.is_empty() {
            self.told_by(told).await;
        }
    }

    async fn told_by(&mut self, told: Vec<Told>) -> u64 {
        let ids = told.iter().filter_map(|told| match told {
            Told::Receipt { remote, .. } => Some(remote.clone()),
            Told::Said { .. } => None,
        });
        let parts = self.engine.parts(&self.route, ids.collect()).await;
        self.desk.link().told(told, |remote| parts.get(remote).copied())
    }

    /// Tells the node what the link has to say. False if the node has stopped.
    async fn flush(&mut self) -> bool {
        loop {
            let batch = self.desk.link().inputs(now());
            let Some(batch) = batch else { return true };
            self.under_way.push_back(batch.number);
            if !self.engine.feed(batch.inputs, self.done.clone()).await {
                return false;
            }
        }
    }

    /// One more batch is durable.
    fn acknowledge(&mut self) {
        let mut last = self.under_way.pop_front();
        while self.committed.try_recv().is_ok() {
            last = self.under_way.pop_front().or(last);
        }
        if let Some(number) = last {
            self.acknowledge_up_to(number, false);
        }
    }

    fn acknowledge_up_to(&mut self, number: u64, only_empty: bool) {
        if !only_empty {
            for phone in self.desk.link().committed(number) {
                self.engine.withdraw(&self.route, phone);
            }
        }
        let is_due = |batch: u64| if only_empty { batch == 0 } else { batch <= number };
        let (due, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(batch, ..)| is_due(*batch));
        self.waiting = waiting;
        for (_, answer, tell) in VecDeque::into_iter(due) {
            // A provider that has gone away calls again.
            let _ = tell.send(answer);
        }
    }
}

fn until(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.since(now()).0).unwrap_or(0))
}

/// The inputs of one step, as they go to the engine.
pub type Inputs = Vec<Input>;
