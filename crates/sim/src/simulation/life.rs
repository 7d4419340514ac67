//! The lives of the process: it starts on what the disks kept, and ends when it is killed, when the power goes, or when a
//! disk failed it.

use super::violation::{Broken, keep};
use super::workload::Which;
use super::{Simulation, Worker};
use crate::Dice;
use engine::state::State;
use model::{Span, Timestamp};
use node::link::Link;
use node::{Entropy, Node};
use std::sync::Arc;
use store::disk::{Fault, FaultPlan, SimulatedDisk};
use store::journal::segments::{self, Options as Segments};
use store::journal::{Journal, JournalReader};
use store::keys::{KeyTable, MemoryKeyProvider};

/// Small, so that runs have several.
const SEGMENT_BYTES: u64 = 64 * 1024;

/// How often in a thousand the power goes again while the process starts.
const POWER_FAILS_AT_START: u16 = 150;

/// The disks, and who wraps keys.
pub(crate) struct Machine {
    pub(crate) journal: SimulatedDisk,
    pub(crate) keys: SimulatedDisk,
    provider: Arc<MemoryKeyProvider>,
}

/// How a life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// What was written stays.
    Killed,
    /// What was not synced may be lost.
    PowerCut,
}

impl Machine {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let mut disk = || SimulatedDisk::new(FaultPlan { seed: dice.throw(), ..FaultPlan::default() });
        let (journal, keys) = (disk(), disk());
        Self { journal, keys, provider: Arc::new(MemoryKeyProvider::from_seed(dice.throw())) }
    }

    pub(crate) fn disk(&self, which: Which) -> &SimulatedDisk {
        match which {
            Which::Journal => &self.journal,
            Which::Keys => &self.keys,
        }
    }

    fn is_powered(&self) -> bool {
        self.journal.is_powered() && self.keys.is_powered()
    }

    fn restart(&mut self, end: End) {
        let after = |disk: &SimulatedDisk| match end {
            // A disk whose power went by itself has nothing to keep but what was synced.
            End::Killed if disk.is_powered() => disk.kill(),
            End::Killed | End::PowerCut => disk.crash(),
        };
        (self.journal, self.keys) = (after(&self.journal), after(&self.keys));
    }
}

impl Simulation {
    /// The process ends; another will start.
    pub(crate) fn end(&mut self, how: End) -> Result<(), Broken> {
        let powered = self.machine.is_powered();
        let how = if powered { how } else { End::PowerCut };
        self.trail.note(self.now, format!("the process ends: {how:?}"));
        self.crashes += 1;
        if let Some(node) = self.node.take() {
            let state = node.engine().state();
            self.attempted = Some(state.position);
            self.remembered = Some((state.position, state.digest()));
        }
        self.pending = None;
        self.queue.clear();
        for worker in std::mem::take(&mut self.workers) {
            // What was written to the socket still arrives.
            for name in worker.wires.into_iter().flatten() {
                self.wires.send(name, super::wires::Parcel::UpEnd, self.now, &mut self.dice);
            }
        }
        self.machine.restart(how);
        self.start_at = Some(self.now.after(Span(self.dice.between(10, 5_000))));
        Ok(())
    }

    /// The process starts.
    pub(crate) fn start(&mut self) -> Result<(), Broken> {
        self.start_at = None;
        self.life += 1;
        if self.life > 1 && self.dice.permille(POWER_FAILS_AT_START) {
            let which = if self.dice.permille(500) { Which::Journal } else { Which::Keys };
            self.machine.disk(which).fail_next(Fault::PowerLoss);
        }
        let (journal, keys) = match self.open() {
            Ok(opened) => opened,
            Err(_) if !self.machine.is_powered() => return self.fails_to_start(),
            Err(error) => {
                return Err(Broken {
                    invariant: "kept",
                    what: format!("what the disks kept cannot be opened: {error}"),
                });
            }
        };
        let reader = journal.reader();
        self.checker.recovered(&*reader, self.attempted)?;
        self.checker.grown(&*reader, &keys.reader())?;
        self.replays(&*reader, &keys)?;
        let mut dice = self.dice.split();
        let entropy: Entropy = Box::new(move |bytes| dice.fill(bytes));
        let opened = Node::open(Arc::clone(&self.world), Box::new(journal), keys, entropy, self.now);
        let (node, replayed) = match opened {
            Ok(opened) => opened,
            Err(_) if !self.machine.is_powered() => return self.fails_to_start(),
            Err(error) => {
                return Err(Broken { invariant: "kept", what: format!("the node does not open: {error}") });
            }
        };
        self.trail
            .note(self.now, format!("the process starts, life {}: {} entries", self.life, replayed.entries));
        self.checker.grown(&*node.reader(), &node.keys())?;
        for (subject, words) in self.erased.clone() {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let disks = [&self.machine.journal, &self.machine.keys];
            self.checker.forgotten(subject, &words, &disks, &node.keys())?;
        }
        self.node = Some(node);
        self.workers = self.links()?;
        self.desk.restarted();
        // Whoever was not heard calls again.
        self.calls.again();
        Ok(())
    }

    /// The power goes while the process starts. What it was about to record nobody knows.
    fn fails_to_start(&mut self) -> Result<(), Broken> {
        self.trail.note(self.now, "the power goes at the start");
        self.crashes += 1;
        self.attempted = None;
        self.machine.restart(End::PowerCut);
        self.start_at = Some(self.now.after(Span(self.dice.between(10, 5_000))));
        Ok(())
    }

    fn open(&self) -> Result<(segments::SegmentJournal, KeyTable), store::Error> {
        let options = Segments { segment_bytes: SEGMENT_BYTES, log_id: Some([1; 16]) };
        let (journal, _) = segments::open(Arc::new(self.machine.journal.clone()), options)?;
        let provider = Arc::clone(&self.machine.provider);
        let keys = KeyTable::open(Arc::new(self.machine.keys.clone()), provider)?;
        Ok((journal, keys))
    }

    /// L3: a replay remembers what the process remembered, where nothing that it remembered was lost.
    fn replays(&mut self, journal: &dyn JournalReader, keys: &KeyTable) -> Result<(), Broken> {
        let Some((position, digest)) = self.remembered.take().filter(|(at, _)| *at == journal.len()) else {
            return Ok(());
        };
        let mut state = State::default();
        let replayed = node::replay(&mut state, journal, keys.reader());
        replayed.map_err(|error| Broken { invariant: "L3", what: error.to_string() })?;
        let found = state.digest();
        keep(found == digest, "L3", || format!("at entry {position} the replay remembers something else"))
    }

    fn links(&mut self) -> Result<Vec<Worker>, Broken> {
        let mut workers = Vec::new();
        let world = Arc::clone(&self.world);
        for name in super::bank::ROUTES {
            let Some(route) = world.routes.get(&name.into()) else { continue };
            let link = Link::new(route, &world.institution, "secret", self.dice.throw());
            let mut link = link.map_err(|error| Broken { invariant: "kept", what: error.to_string() })?;
            if self.life > 1 {
                link.restarted(self.now);
            }
            let wires = vec![None; link.connections()];
            workers.push(Worker { link, wires });
        }
        Ok(workers)
    }

    /// Whether a life's start would be now.
    pub(crate) fn starts(&self, now: Timestamp) -> bool {
        self.start_at.is_some_and(|at| at <= now)
    }
}
