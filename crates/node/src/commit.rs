//! The heartbeat: decide, seal, append, then act.

use crate::disk::Disk;
use crate::keyring::{Fresh, Keyring};
use crate::{Error, Replayed, replay};
use engine::decide::ConditionFailure;
use engine::entry::Entry;
use engine::prove::{encode_detail, leaf};
use engine::state::State;
use engine::world::World;
use engine::{Action, Engine, Input, Output, Reply};
use model::{AccountId, Subject, Timestamp};
use proof::seal::{KEY_BYTES, NONCE_BYTES, SALT_BYTES, commitment, seal};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use store::journal::{Batch, Journal, JournalReader, Record};
use store::keys::{KeyReader, KeyTable};

/// Where salts, nonces and keys come from: fills the slice with unpredictable bytes.
pub type Entropy = Box<dyn FnMut(&mut [u8]) + Send>;

/// Into how many partitions customers fall. A partition has one owner; on one machine one node owns them all.
const PARTITIONS: u64 = 64;

/// After how many entries a step stops taking more work on. A step of so many takes some 4 ms, and what must not wait
/// (a verification code) waits for the step under way, its own, and the one that hears of the carrier's answer.
const BATCH_ENTRIES: usize = 500;

/// One ledger's engine, journal and keys.
pub struct Node {
    decider: Decider,
    disk: Disk,
}

/// The half of a node that decides and seals. What it has prepared is in its memory and not yet on the disk.
pub struct Decider {
    engine: Engine,
    reader: Arc<dyn JournalReader>,
    keyring: Keyring,
    entropy: Entropy,
    /// A finished step's room, which would be given back and asked for with each step.
    room: Option<(Vec<Entry>, Batch)>,
    scratch: Scratch,
    /// The salts and nonces of one batch.
    random: Vec<u8>,
    /// The latest moment that any entry carries: the ledger's clock never steps back, whatever the machine's does.
    latest: Timestamp,
    /// The position that the next entry gets.
    next: u64,
    /// What the last step led to, in a build that acts first.
    #[cfg(feature = "canary")]
    late: Vec<Entry>,
}

#[derive(Default)]
struct Scratch {
    detail: Vec<u8>,
    leaf: Vec<u8>,
    sealed: Vec<u8>,
}

/// A step that is decided and sealed. Nobody may hear of it before [`Disk::commit`] has made it durable.
pub struct Prepared {
    /// One reply for every input, in order.
    replies: Vec<Reply>,
    out: Output,
    more: bool,
    pub(crate) positions: Range<u64>,
    pub(crate) batch: Batch,
    /// Keys that are used for the first time.
    pub(crate) fresh: Vec<Fresh>,
    /// Whose keys are destroyed.
    pub(crate) destroyed: Vec<Subject>,
    pub(crate) durable: bool,
}

impl Prepared {
    /// Whether there is more to do right away.
    pub fn more(&self) -> bool {
        self.more
    }

    /// Whether it may be finished: it is on the disk, or there is nothing that would have to be.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Whether it destroys keys: what comes after it is prepared when they are gone.
    pub fn destroys(&self) -> bool {
        !self.destroyed.is_empty()
    }
}

/// What a step has made durable, and what must be done now.
#[derive(Debug)]
pub struct Committed {
    /// One reply for every input, in order.
    pub replies: Vec<Reply>,
    /// To be performed now, in order.
    pub actions: Vec<Action>,
    /// Accounts for which there is something new to be told.
    pub told: BTreeSet<AccountId>,
    /// Conditions that had no answer.
    pub failures: Vec<ConditionFailure>,
    /// The positions of the new entries.
    pub positions: Range<u64>,
    /// Whether there is more to do right away.
    pub more: bool,
}

/// A journal that was replayed, before it is said by which configuration things go on: what is in force may stand in it.
pub struct Remembered {
    state: State,
    replayed: Replayed,
    journal: Box<dyn Journal>,
    keys: KeyTable,
    entropy: Entropy,
}

impl Remembered {
    /// Replays the journal.
    ///
    /// # Errors
    /// A journal or key table that cannot be read, an entry of a newer version.
    pub fn read(journal: Box<dyn Journal>, mut keys: KeyTable, entropy: Entropy) -> Result<Self, Error> {
        let mut state = State::default();
        let mut replayed = replay::replay(&mut state, &*journal.reader(), keys.reader())?;
        // An erasure that was recorded, but whose key outlived a crash, is finished now.
        for subject in std::mem::take(&mut replayed.erased) {
            keys.erase(subject.0)?;
        }
        // A key that was being made when the process died, for an entry that never became durable, was never used: its
        // slot, torn or whole, must not stand in the way of the customer who gets that number.
        keys.forget_above(state.next_subject.saturating_sub(1))?;
        Ok(Self { state, replayed, journal, keys, entropy })
    }

    /// What the journal says.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Records what a start must record: the configuration, if it is a new one, and the parts whose submit was never
    /// answered.
    ///
    /// # Errors
    /// A journal that cannot be written.
    pub fn open(self, world: Arc<World>, now: Timestamp) -> Result<(Node, Replayed), Error> {
        let (mut node, mut replayed) = self.open_quiet(world);
        let decider = &mut node.decider;
        let now = decider.latest.max(now);
        decider.latest = now;
        let mut out = Output::default();
        decider.engine.publish(now, &mut out);
        decider.engine.recover(now, &mut out);
        replayed.uncertain = decider.engine.state().uncertain().map(|m| m.id).collect();
        replayed.uncertain.sort();
        let mut step = decider.sealed(out, Vec::new(), Batch::new(), false)?;
        node.disk.commit(&mut step)?;
        Ok((node, replayed))
    }

    /// Records nothing: for asking, and for taking something in while no carrier is connected. Such a node is driven by
    /// [`Node::take`] alone.
    pub fn open_quiet(self, world: Arc<World>) -> (Node, Replayed) {
        let Self { state, replayed, journal, keys, entropy } = self;
        let decider = Decider {
            engine: Engine::with(world, state),
            reader: journal.reader(),
            keyring: Keyring::new(keys.reader()),
            entropy,
            room: None,
            scratch: Scratch::default(),
            random: Vec::new(),
            latest: replayed.latest,
            next: journal.len(),
            #[cfg(feature = "canary")]
            late: Vec::new(),
        };
        (Node { decider, disk: Disk::new(journal, keys) }, replayed)
    }
}

/// Random bytes that one sealed entry needs.
const RANDOM_BYTES: usize = NONCE_BYTES + SALT_BYTES;

impl Node {
    /// Replays the journal into a fresh engine and records what a start must record: the configuration, if it is a
    /// new one, and the parts whose submit was never answered.
    ///
    /// # Errors
    /// A journal or key table that cannot be read, an entry of a newer version.
    pub fn open(
        world: Arc<World>,
        journal: Box<dyn Journal>,
        keys: KeyTable,
        entropy: Entropy,
        now: Timestamp,
    ) -> Result<(Self, Replayed), Error> {
        Remembered::read(journal, keys, entropy)?.open(world, now)
    }

    /// Its two halves, for two threads: one step is made durable while the next is prepared.
    pub fn split(self) -> (Decider, Disk) {
        (self.decider, self.disk)
    }

    /// The engine, to look at.
    pub fn engine(&self) -> &Engine {
        &self.decider.engine
    }

    /// A reading end of the journal.
    pub fn reader(&self) -> Arc<dyn JournalReader> {
        self.decider.reader()
    }

    /// A reading end of the key table.
    pub fn keys(&self) -> KeyReader {
        self.decider.keys()
    }

    /// Decides about `inputs`, does a piece of the work that needs none, and makes all of it durable. What is
    /// returned may be acted upon: nothing before.
    ///
    /// # Errors
    /// After an error the node must not be used again: its memory may be ahead of the journal.
    pub fn step(&mut self, inputs: &[Input], now: Timestamp) -> Result<Committed, Error> {
        self.advance(inputs, now, true)
    }

    /// Decides about `inputs` and nothing else: what is due stays due, broadcasts stay where they are.
    ///
    /// # Errors
    /// As [`Node::step`].
    pub fn take(&mut self, inputs: &[Input], now: Timestamp) -> Result<Committed, Error> {
        self.advance(inputs, now, false)
    }

    fn advance(&mut self, inputs: &[Input], now: Timestamp, work: bool) -> Result<Committed, Error> {
        let mut step = self.decider.prepare(inputs, now, work)?;
        self.disk.commit(&mut step)?;
        self.decider.finish(step)
    }
}

impl Decider {
    /// The engine, to look at: as of the last step that was prepared.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A reading end of the journal.
    pub fn reader(&self) -> Arc<dyn JournalReader> {
        Arc::clone(&self.reader)
    }

    /// A reading end of the key table.
    pub fn keys(&self) -> KeyReader {
        self.keyring.reader()
    }

    /// Decides about `inputs` and, with `work`, does a piece of what needs none; seals what follows.
    ///
    /// # Errors
    /// A key table that cannot be read, an entry that cannot be sealed; the node must not be used again then.
    pub fn prepare(&mut self, inputs: &[Input], now: Timestamp, work: bool) -> Result<Prepared, Error> {
        let now = now.max(self.latest);
        self.latest = now;
        let (entries, batch) = self.room.take().unwrap_or_default();
        let mut out = Output { entries, ..Output::default() };
        if !inputs.is_empty() {
            // After a quiet opening this is the first thing said; otherwise it is said already.
            self.engine.publish(now, &mut out);
        }
        let replies = inputs.iter().map(|input| self.engine.handle(input, now, &mut out)).collect();
        let more = work && self.engine.work(now, BATCH_ENTRIES, &mut out);
        self.sealed(out, replies, batch, more)
    }

    /// Takes a step that is durable; what is returned may be acted upon.
    ///
    /// # Errors
    /// A step that is not durable.
    pub fn finish(&mut self, step: Prepared) -> Result<Committed, Error> {
        let Prepared { replies, mut out, more, positions, mut batch, durable, .. } = step;
        if !durable {
            return Err(Error::OutOfStep { expected: positions.end, found: positions.start });
        }
        out.entries.clear();
        batch.clear();
        self.room = Some((out.entries, batch));
        let actions = out.actions.into_iter().filter(|action| !matches!(action, Action::DestroyKey(_)));
        let actions = actions.collect();
        Ok(Committed { replies, actions, told: out.told, failures: out.failures, positions, more })
    }

    /// Seals what a step led to.
    fn sealed(
        &mut self,
        out: Output,
        replies: Vec<Reply>,
        mut batch: Batch,
        more: bool,
    ) -> Result<Prepared, Error> {
        // The broken build: what the last step led to is made durable now, after it was acted upon.
        #[cfg(feature = "canary")]
        let late = std::mem::replace(&mut self.late, out.entries.clone());
        #[cfg(feature = "canary")]
        let entries = &late[..];
        #[cfg(not(feature = "canary"))]
        let entries = &out.entries[..];
        let Self { keyring, entropy, scratch, random, .. } = self;
        let mut fresh = Vec::new();
        keyring.ensure(entries.iter().map(|e| e.subject), &mut fresh, || {
            let mut key = [0; KEY_BYTES];
            entropy(&mut key);
            key
        })?;
        random.resize(entries.len() * RANDOM_BYTES, 0);
        if !entries.is_empty() {
            entropy(random);
        }
        let first = self.next;
        for (i, (entry, random)) in entries.iter().zip(random.as_chunks::<RANDOM_BYTES>().0).enumerate() {
            let index = first + i as u64;
            scratch.write(entry, random, index, keyring)?;
            batch.push(Record {
                partition: (entry.subject.0 % PARTITIONS) as u16,
                subject: entry.subject.0,
                leaf: &scratch.leaf,
                sealed: &scratch.sealed,
            })?;
        }
        self.next += entries.len() as u64;
        let expected = self.engine.state().position;
        if self.next != expected && !cfg!(feature = "canary") {
            return Err(Error::OutOfStep { expected, found: self.next });
        }
        let destroyed: Vec<Subject> = out.actions.iter().filter_map(destroyed).collect();
        destroyed.iter().for_each(|subject| self.keyring.forget(*subject));
        let positions = first..self.next;
        let durable = positions.is_empty() && destroyed.is_empty();
        Ok(Prepared { replies, out, more, positions, batch, fresh, destroyed, durable })
    }
}

fn destroyed(action: &Action) -> Option<Subject> {
    match action {
        Action::DestroyKey(subject) => Some(*subject),
        _ => None,
    }
}

impl Scratch {
    /// Makes the leaf and the sealed part of one entry.
    fn write(
        &mut self,
        entry: &Entry,
        random: &[u8; RANDOM_BYTES],
        index: u64,
        keyring: &Keyring,
    ) -> Result<(), Error> {
        self.detail.clear();
        self.leaf.clear();
        self.sealed.clear();
        let mut leaf = leaf(entry);
        if encode_detail(&entry.fact, &mut self.detail) {
            let (nonce, salt) = split(random);
            leaf.commitment = Some(commitment(&salt, &self.detail));
            let Subject(subject) = entry.subject;
            let key = keyring
                .get(entry.subject)
                .ok_or(Error::Seal { index, why: proof::seal::Error::NotAuthentic })?;
            seal(&mut self.sealed, key, nonce, &salt, subject, &self.detail)
                .map_err(|why| Error::Seal { index, why })?;
        }
        leaf.encode_into(&mut self.leaf).map_err(|why| Error::Leaf { index, why })
    }
}

fn split(random: &[u8; RANDOM_BYTES]) -> ([u8; NONCE_BYTES], [u8; SALT_BYTES]) {
    let (mut nonce, mut salt) = ([0; NONCE_BYTES], [0; SALT_BYTES]);
    nonce.copy_from_slice(&random[..NONCE_BYTES]);
    salt.copy_from_slice(&random[NONCE_BYTES..]);
    (nonce, salt)
}
