//! The heartbeat: decide, seal, append, then act.

use crate::keyring::Keyring;
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
    engine: Engine,
    journal: Box<dyn Journal>,
    keyring: Keyring,
    entropy: Entropy,
    batch: Batch,
    scratch: Scratch,
    /// The last step's entries, empty: kept for their room, which would be given back and asked for with each step.
    entries: Vec<Entry>,
    /// The salts and nonces of one batch.
    random: Vec<u8>,
    /// The latest moment that any entry carries: the ledger's clock never steps back, whatever the machine's does.
    latest: Timestamp,
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
    keyring: Keyring,
    entropy: Entropy,
}

impl Remembered {
    /// Replays the journal.
    ///
    /// # Errors
    /// A journal or key table that cannot be read, an entry of a newer version.
    pub fn read(journal: Box<dyn Journal>, keys: KeyTable, entropy: Entropy) -> Result<Self, Error> {
        let mut state = State::default();
        let mut replayed = replay::replay(&mut state, &*journal.reader(), keys.reader())?;
        let mut keyring = Keyring::new(keys);
        // An erasure that was recorded, but whose key outlived a crash, is finished now.
        for subject in std::mem::take(&mut replayed.erased) {
            keyring.destroy(subject)?;
        }
        // A key that was being made when the process died, for an entry that never became durable, was never used: its
        // slot, torn or whole, must not stand in the way of the customer who gets that number.
        keyring.forget_above(state.next_subject.saturating_sub(1))?;
        Ok(Self { state, replayed, journal, keyring, entropy })
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
        node.latest = node.latest.max(now);
        let mut out = Output::default();
        node.engine.publish(node.latest, &mut out);
        node.engine.recover(node.latest, &mut out);
        replayed.uncertain = node.engine.state().uncertain().map(|m| m.id).collect();
        replayed.uncertain.sort();
        node.commit(&out.entries)?;
        Ok((node, replayed))
    }

    /// Records nothing: for asking, and for taking something in while no carrier is connected. Such a node is driven by
    /// [`Node::take`] alone.
    pub fn open_quiet(self, world: Arc<World>) -> (Node, Replayed) {
        let Self { state, replayed, journal, keyring, entropy } = self;
        let node = Node {
            engine: Engine::with(world, state),
            journal,
            keyring,
            entropy,
            batch: Batch::new(),
            scratch: Scratch::default(),
            entries: Vec::new(),
            random: Vec::new(),
            latest: replayed.latest,
            #[cfg(feature = "canary")]
            late: Vec::new(),
        };
        (node, replayed)
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

    /// The engine, to look at.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A reading end of the journal.
    pub fn reader(&self) -> Arc<dyn JournalReader> {
        self.journal.reader()
    }

    /// A reading end of the key table.
    pub fn keys(&self) -> KeyReader {
        self.keyring.reader()
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
        let now = now.max(self.latest);
        self.latest = now;
        let first = self.journal.len();
        let mut out = Output { entries: std::mem::take(&mut self.entries), ..Output::default() };
        if !inputs.is_empty() {
            // After a quiet opening this is the first thing said; otherwise it is said already.
            self.engine.publish(now, &mut out);
        }
        let replies = inputs.iter().map(|input| self.engine.handle(input, now, &mut out)).collect();
        let more = work && self.engine.work(now, BATCH_ENTRIES, &mut out);
        self.commit(&out.entries)?;
        out.entries.clear();
        self.entries = out.entries;
        let mut actions = Vec::with_capacity(out.actions.len());
        for action in out.actions {
            match action {
                Action::DestroyKey(subject) => self.keyring.destroy(subject)?,
                other => actions.push(other),
            }
        }
        let told = out.told;
        Ok(Committed {
            replies,
            actions,
            told,
            failures: out.failures,
            positions: first..self.journal.len(),
            more,
        })
    }

    /// Seals entries and appends them, all or none, durably.
    fn commit(&mut self, entries: &[Entry]) -> Result<(), Error> {
        // The broken build: what the last step led to is made durable now, after it was acted upon.
        #[cfg(feature = "canary")]
        let entries = &*std::mem::replace(&mut self.late, entries.to_vec());
        if entries.is_empty() {
            return Ok(());
        }
        let Self { keyring, entropy, batch, scratch, random, journal, .. } = self;
        keyring.ensure(entries.iter().map(|e| e.subject), || {
            let mut key = [0; KEY_BYTES];
            entropy(&mut key);
            key
        })?;
        random.resize(entries.len() * RANDOM_BYTES, 0);
        entropy(random);
        let first = journal.len();
        batch.clear();
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
        let found = journal.append(batch)?;
        let expected = self.engine.state().position;
        let in_step = self.journal.len() == expected || cfg!(feature = "canary");
        if !in_step || found != first {
            return Err(Error::OutOfStep { expected, found: self.journal.len() });
        }
        Ok(())
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
