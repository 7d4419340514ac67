//! A disk in memory that forgets what was not synced when its power is cut, and fails on command or by seed.
//!
//! What it models: short writes; write and sync errors (after a failed sync the kernel has dropped the dirty pages, so
//! a second sync would lie: such writes are lost although reading still shows them); at a power cut, any subset of
//! the 512-byte sectors of un-synced writes, in any order, file lengths that arrived before their data (zeros), and
//! a prefix of the un-synced name changes. What it refuses to model: sectors that tear inside themselves, and rot of
//! synced bytes (call [`SimulatedDisk::damage`] for that). Time and threads play no part: same seed, same calls, same disk.
//!
//! The simulator, the conformance suite and the tests of the journal and the key table call it.

use super::{Access, DirectoryLock, Disk, DiskFile};
use crate::Error;
use crate::dice::Dice;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The unit that reaches the medium whole or not at all.
pub const SECTOR_BYTES: usize = 512;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The next write takes only part of its bytes and says so.
    ShortWrite,
    /// The next write takes part of its bytes and reports an I/O error.
    WriteError,
    /// The next sync (of a file or of names) reports an I/O error; what was un-synced is partly lost.
    SyncError,
    /// The power goes during the next operation that changes anything.
    PowerLoss,
}

/// How often things go wrong by themselves, and with which dice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultPlan {
    /// Seed of all dice, including those of [`SimulatedDisk::crash`].
    pub seed: u64,
    /// Short writes per 1,000 writes.
    pub short_writes: u16,
    /// Write errors per 1,000 writes.
    pub write_errors: u16,
    /// Sync errors per 1,000 syncs.
    pub sync_errors: u16,
    /// Cut the power during this operation that changes something, counted from 0.
    pub power_loss_at: Option<u64>,
}

/// See the module's text. Clones are the same disk.
#[derive(Clone)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new(plan: FaultPlan) -> Self {
        let state = State { dice: Dice(plan.seed), plan, power: true, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Makes the next fitting operation fail.
    pub fn fail_next(&self, fault: Fault) {
        self.state().armed = Some(fault);
    }

    /// Replaces the plan from here on; the dice start from its seed, the operation count from 0.
    pub fn set_plan(&self, plan: FaultPlan) {
        let mut state = self.state();
        state.dice = Dice(plan.seed);
        state.plan = plan;
        state.operations = 0;
    }

    /// Operations so far that changed something, failed ones included.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Whether the power is still on.
    pub fn is_powered(&self) -> bool {
        self.state().power
    }

    /// Cuts the power and returns the disk a restarted process finds, without any fault planned. Handles of the old
    /// one only fail from now on.
    #[must_use]
    pub fn crash(&self) -> Self {
        let mut state = self.state();
        state.power = false;
        let found = state.after_power_cut();
        Self { state: Arc::new(Mutex::new(found)) }
    }

    /// Ends the process but not the machine: everything written stays, un-synced or not. Old handles fail.
    #[must_use]
    pub fn kill(&self) -> Self {
        let mut state = self.state();
        state.power = false;
        let mut found = State {
            dice: Dice(state.dice.next()),
            power: true,
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            pending_names: state.pending_names.clone(),
            ..State::default()
        };
        found.files = state.files.clone();
        Self { state: Arc::new(Mutex::new(found)) }
    }

    /// The bytes of a file as a process sees them.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.file_number(name).ok().and_then(|number| state.files.get(number)).map(|file| file.live.clone())
    }

    /// Replaces a file durably, by any bytes: rot, a bad copy, an intruder.
    pub fn damage(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        let number = match state.file_number(name) {
            Ok(number) => number,
            Err(_) => state.add_file(name),
        };
        let names = state.names.clone();
        state.durable_names = names;
        if let Some(file) = state.files.get_mut(number) {
            *file = Contents { durable: bytes.clone(), live: bytes, pending: Vec::new() };
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the bytes as they are, which is what a disk does.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct State {
    dice: Dice,
    plan: FaultPlan,
    armed: Option<Fault>,
    power: bool,
    operations: u64,
    locked: bool,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<NameChange>,
    files: Vec<Contents>,
}

#[derive(Clone)]
enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Clone, Default)]
struct Contents {
    /// What reading shows.
    live: Vec<u8>,
    /// What is on the medium for certain.
    durable: Vec<u8>,
    /// What may or may not have reached it.
    pending: Vec<Pending>,
}

#[derive(Clone)]
enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl State {
    fn require_power(&self) -> io::Result<()> {
        if self.power { Ok(()) } else { Err(io::Error::other("the power is off")) }
    }

    /// Counts an operation that changes something, and says which fault befalls it.
    fn next_fault(&mut self, kind: Operation) -> io::Result<Option<Fault>> {
        self.require_power()?;
        let number = self.operations;
        self.operations += 1;
        if self.plan.power_loss_at == Some(number) || self.armed == Some(Fault::PowerLoss) {
            self.power = false;
            return Ok(Some(Fault::PowerLoss));
        }
        if let Some(fault) = self.armed.take_if(|fault| kind.can_suffer(*fault)) {
            return Ok(Some(fault));
        }
        let roll = (self.dice.below(1000)) as u16;
        let plan = self.plan;
        Ok(match kind {
            Operation::Write if roll < plan.write_errors => Some(Fault::WriteError),
            Operation::Write if roll < plan.write_errors.saturating_add(plan.short_writes) => {
                Some(Fault::ShortWrite)
            }
            Operation::Sync if roll < plan.sync_errors => Some(Fault::SyncError),
            _ => None,
        })
    }

    fn file_number(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn add_file(&mut self, name: &str) -> usize {
        let number = self.files.len();
        self.files.push(Contents::default());
        self.names.insert(name.to_owned(), number);
        number
    }

    fn change_name(&mut self, change: NameChange) -> io::Result<()> {
        let fault = self.next_fault(Operation::Name)?;
        apply_name(&mut self.names, &change);
        self.pending_names.push(change);
        if fault == Some(Fault::PowerLoss) { self.require_power() } else { Ok(()) }
    }

    fn after_power_cut(&mut self) -> State {
        let mut names = self.durable_names.clone();
        let survivors = self.dice.below(self.pending_names.len() as u64 + 1) as usize;
        for change in self.pending_names.iter().take(survivors) {
            apply_name(&mut names, change);
        }
        let mut files = Vec::new();
        for file in &self.files {
            files.push(file.after_power_cut(&mut self.dice));
        }
        let dice = Dice(self.dice.next());
        State { dice, power: true, durable_names: names.clone(), names, files, ..State::default() }
    }
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Create(name, number) => {
            names.insert(name.clone(), *number);
        }
        NameChange::Rename(from, to) => {
            if let Some(number) = names.remove(from) {
                names.insert(to.clone(), number);
            }
        }
        NameChange::Remove(name) => {
            names.remove(name);
        }
    }
}

impl Contents {
    /// All of it reached the medium.
    fn settle(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            match pending {
                Pending::Write { offset, bytes } => put(&mut self.durable, offset, &bytes),
                Pending::Length(length) => self.durable.resize(length, 0),
            }
        }
    }

    /// Some of it did.
    fn after_power_cut(&self, dice: &mut Dice) -> Contents {
        let fate = dice.below(4);
        let mut durable = self.durable.clone();
        for pending in &self.pending {
            match pending {
                Pending::Write { .. } | Pending::Length(_) if fate == 0 => break,
                Pending::Length(length) => durable.resize(*length, 0),
                Pending::Write { offset, bytes } if fate == 1 => put(&mut durable, *offset, bytes),
                Pending::Write { offset, bytes } => put_some_sectors(&mut durable, *offset, bytes, dice),
            }
        }
        // The length may have been written before the data it promises.
        if fate > 1 && dice.below(2) == 0 && durable.len() < self.live.len() {
            durable.resize(self.live.len(), 0);
        }
        Contents { live: durable.clone(), durable, pending: Vec::new() }
    }
}

/// Writes bytes into a buffer, growing it with zeros as needed.
fn put(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    if let Some(target) = into.get_mut(offset..end) {
        target.copy_from_slice(bytes);
    }
}

/// Writes those of the sectors that luck lets through.
fn put_some_sectors(into: &mut Vec<u8>, mut offset: usize, mut bytes: &[u8], dice: &mut Dice) {
    while !bytes.is_empty() {
        let room = SECTOR_BYTES - offset % SECTOR_BYTES;
        let (sector, rest) = bytes.split_at(room.min(bytes.len()));
        if dice.below(2) == 0 {
            put(into, offset, sector);
        }
        offset += sector.len();
        bytes = rest;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Write,
    Sync,
    Name,
    Length,
}

impl Operation {
    fn can_suffer(self, fault: Fault) -> bool {
        match fault {
            Fault::ShortWrite | Fault::WriteError => self == Self::Write,
            Fault::SyncError => self == Self::Sync,
            Fault::PowerLoss => true,
        }
    }
}

impl Disk for SimulatedDisk {
    fn lock(&self) -> Result<Box<dyn DirectoryLock>, Error> {
        let mut state = self.state();
        if state.locked {
            return Err(Error::Locked { name: self.name(), holder: "the simulation".to_owned() });
        }
        state.locked = true;
        Ok(Box::new(SimulatedLock { disk: self.clone() }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        state.require_power()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = state.files.len();
        state.files.push(Contents::default());
        state.change_name(NameChange::Create(name.to_owned(), number))?;
        Ok(Box::new(SimulatedFile { disk: self.clone(), number, access: Access::ReadWrite }))
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        state.require_power()?;
        let number = state.file_number(name)?;
        Ok(Box::new(SimulatedFile { disk: self.clone(), number, access }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.file_number(from)?;
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.file_number(name)?;
        state.change_name(NameChange::Remove(name.to_owned()))
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.next_fault(Operation::Sync)? {
            Some(Fault::PowerLoss) => return state.require_power(),
            Some(_) => return Err(input_output_error()),
            None => {}
        }
        state.pending_names.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn name(&self) -> String {
        "the simulated disk".to_owned()
    }
}

struct SimulatedLock {
    disk: SimulatedDisk,
}

impl DirectoryLock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.state().locked = false;
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    number: usize,
    access: Access,
}

impl SimulatedFile {
    fn change<T>(
        &self,
        kind: Operation,
        change: impl FnOnce(&mut Contents, &mut Dice, Option<Fault>) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.access == Access::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut state = self.disk.state();
        let fault = state.next_fault(kind)?;
        let State { files, dice, .. } = &mut *state;
        let file = files.get_mut(self.number).ok_or(io::ErrorKind::NotFound)?;
        change(file, dice, fault)
    }
}

impl DiskFile for SimulatedFile {
    fn size(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.require_power()?;
        Ok(state.files.get(self.number).map_or(0, |file| file.live.len() as u64))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        state.require_power()?;
        let live = state.files.get(self.number).map_or(&[][..], |file| &file.live);
        let rest = usize::try_from(offset).ok().and_then(|offset| live.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        self.change(Operation::Write, |file, dice, fault| {
            let taken = match fault {
                None => bytes.len(),
                Some(Fault::ShortWrite) => (dice.below(bytes.len() as u64) as usize).max(1),
                Some(_) => dice.below(bytes.len() as u64 + 1) as usize,
            };
            let bytes = bytes.get(..taken).unwrap_or(bytes);
            put(&mut file.live, offset, bytes);
            file.pending.push(Pending::Write { offset, bytes: bytes.to_vec() });
            match fault {
                None | Some(Fault::ShortWrite) => Ok(bytes.len()),
                Some(_) => Err(input_output_error()),
            }
        })
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.change(Operation::Length, |file, _, fault| {
            file.live.resize(length, 0);
            file.pending.push(Pending::Length(length));
            if fault.is_some() { Err(input_output_error()) } else { Ok(()) }
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.change(Operation::Sync, |file, dice, fault| match fault {
            None => {
                file.settle();
                Ok(())
            }
            Some(Fault::SyncError) => {
                let live = std::mem::take(&mut file.live);
                *file = Contents { live, ..file.after_power_cut(dice) };
                Err(input_output_error())
            }
            Some(_) => Err(input_output_error()),
        })
    }
}

/// `EIO`, the error of a failing medium.
fn input_output_error() -> io::Error {
    const EIO: i32 = 5;
    io::Error::from_raw_os_error(EIO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk_with_synced_file(seed: u64) -> (SimulatedDisk, Box<dyn DiskFile>) {
        let disk = SimulatedDisk::new(FaultPlan { seed, ..FaultPlan::default() });
        let file = disk.create("a").unwrap();
        file.write_all_at(b"synced", 0).unwrap();
        file.sync().unwrap();
        disk.sync_names().unwrap();
        (disk, file)
    }

    #[test]
    fn synced_bytes_survive_and_others_may_not() {
        let mut lost = 0;
        for seed in 0..100 {
            let (disk, file) = disk_with_synced_file(seed);
            file.write_all_at(&[7; 2000], 6).unwrap();
            let after = disk.crash();
            assert!(file.sync().is_err(), "the old machine is off");
            let found = after.contents("a").unwrap();
            assert!(found.starts_with(b"synced"));
            lost += u32::from(found != [b"synced".as_slice(), &[7; 2000]].concat());
        }
        assert!((20..=95).contains(&lost), "{lost} of 100 crashes lost something");
    }

    #[test]
    fn a_killed_process_loses_nothing_written() {
        let (disk, file) = disk_with_synced_file(1);
        file.write_all_at(b"!", 6).unwrap();
        assert_eq!(disk.kill().contents("a").unwrap(), b"synced!");
    }

    #[test]
    fn an_unsynced_name_may_be_gone() {
        let mut gone = 0;
        for seed in 0..50 {
            let (disk, _file) = disk_with_synced_file(seed);
            disk.create("b").unwrap().sync().unwrap();
            gone += u32::from(disk.crash().contents("b").is_none());
        }
        assert!((5..=45).contains(&gone), "{gone} of 50");
    }

    #[test]
    fn after_a_failed_sync_a_second_one_does_not_help() {
        let mut lost = 0;
        for seed in 0..50 {
            let (disk, file) = disk_with_synced_file(seed);
            file.write_all_at(&[7; 4096], 6).unwrap();
            disk.fail_next(Fault::SyncError);
            assert!(file.sync().is_err());
            file.sync().unwrap();
            lost += u32::from(disk.crash().contents("a").unwrap().len() != 4102);
        }
        assert!(lost > 5, "{lost} of 50");
    }

    #[test]
    fn power_goes_at_the_planned_operation() {
        let disk = SimulatedDisk::new(FaultPlan { power_loss_at: Some(2), ..FaultPlan::default() });
        let file = disk.create("a").unwrap();
        file.write_all_at(b"one", 0).unwrap();
        assert!(file.sync().is_err());
        assert!(!disk.is_powered());
    }
}
