//! The key table: one file `keys.tab`, one slot per subject number, truly deleting.
//!
//! A key is durable before it is used, and used only through its owner; so after a crash a slot that is torn or unknown to the
//! journal was never used, and [`KeyTable::forget_above`] clears it. Erasing overwrites the slot in place. Copies that a
//! medium or a backup may keep of the old bytes open only under the KEK of their time: to be rid of those
//! too, rotate, [`KeyTable::rewrap_all`], retire.
//!
//! It refuses to overwrite a key, and every write after a failed one, until it is opened again.

use super::cache::Cache;
use super::ring::keyed_hash;
use super::slot::{self, FORMAT_VERSION, HEADER_BYTES, SLOT_BYTES, Slot, SlotBytes};
use super::{KeyProvider, SlotState};
use crate::Error;
use crate::disk::{Access, DirectoryLock, Disk, DiskFile};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The largest subject number that can have a key; the file would then have 512 GiB.
pub const SUBJECT_MAX: u64 = u32::MAX as u64;

/// The table, for its one owner.
pub struct KeyTable {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    /// Number of slots up to the last one that is not empty.
    slots: u64,
    poisoned: bool,
    _lock: Box<dyn DirectoryLock>,
}

/// The reading end, for other threads. Clones share one cache.
#[derive(Clone)]
pub struct KeyReader {
    shared: Arc<Shared>,
}

/// What [`KeyTable::rewrap_all`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// Keys that are now under the current KEK and were not before.
    pub keys: u64,
    /// Damaged slots, copied as they are.
    pub damaged: u64,
}

struct Shared {
    provider: Arc<dyn KeyProvider>,
    mark: [u8; 16],
    inner: Mutex<Inner>,
}

/// One lock for file and cache: a key read before an erasure must not enter the cache after it.
struct Inner {
    file: Box<dyn DiskFile>,
    cache: Cache,
}

impl KeyTable {
    /// Opens the table of a directory, beginning it if there is none.
    ///
    /// # Errors
    /// [`Error::Locked`]; [`Error::Corrupt`] for a damaged header or another provider's table;
    /// [`Error::NewerFormat`]; [`Error::Io`].
    pub fn open(disk: Arc<dyn Disk>, provider: Arc<dyn KeyProvider>) -> Result<Self, Error> {
        let lock = disk.lock()?;
        let mark = provider_mark(provider.as_ref());
        let names = disk.list().map_err(Error::io("list", &disk.name()))?;
        if names.iter().any(|name| name == DRAFT_NAME) {
            disk.remove(DRAFT_NAME).map_err(Error::io("remove", DRAFT_NAME))?;
        }
        let file = if names.iter().any(|name| name == TABLE_NAME) {
            disk.open(TABLE_NAME, Access::ReadWrite).map_err(Error::io("open", TABLE_NAME))?
        } else {
            begin(disk.as_ref(), &mark)?
        };
        check_header(file.as_ref(), &mark)?;
        let slots = count_slots(file.as_ref()).map_err(Error::io("read", TABLE_NAME))?;
        let inner = Mutex::new(Inner { file, cache: Cache::default() });
        let shared = Arc::new(Shared { provider, mark, inner });
        Ok(Self { shared, disk, slots, poisoned: false, _lock: lock })
    }

    /// Stores keys for subjects that never had one: all durable when this returns, by one sync.
    ///
    /// # Errors
    /// [`Error::KeySlotTaken`], also for a subject named twice; [`Error::OverLimit`]; in both cases nothing was written.
    /// [`Error::Io`], after which the table is poisoned.
    pub fn create(&mut self, keys: &[(u64, [u8; 32])]) -> Result<(), Error> {
        self.refuse_if_poisoned()?;
        let mut sorted: Vec<&(u64, [u8; 32])> = keys.iter().collect();
        sorted.sort_by_key(|(subject, _)| *subject);
        let mut writes: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut previous = None;
        for (subject, key) in sorted {
            self.require_empty(*subject, previous)?;
            let bytes = self.shared.wrap(*subject, key)?;
            match writes.last_mut() {
                // Neighbours go into one write.
                Some((_, run)) if previous == subject.checked_sub(1) => run.extend_from_slice(&bytes),
                _ => writes.push((*subject, bytes.to_vec())),
            }
            previous = Some(*subject);
        }
        let Some(last) = previous else { return Ok(()) };
        self.write(&writes)?;
        self.slots = self.slots.max(last + 1);
        let mut inner = self.shared.inner();
        for (subject, key) in keys {
            inner.cache.insert(*subject, *key);
        }
        Ok(())
    }

    /// The key of a subject; `None` when there never was one or it was erased.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a damaged slot; [`Error::UnknownKek`], [`Error::Unwrap`]; [`Error::Io`].
    pub fn key(&self, subject: u64) -> Result<Option<[u8; 32]>, Error> {
        self.shared.key(subject)
    }

    /// What became of a subject's key.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn state(&self, subject: u64) -> Result<SlotState, Error> {
        self.shared.state(subject)
    }

    /// A reading end for other threads.
    pub fn reader(&self) -> KeyReader {
        KeyReader { shared: Arc::clone(&self.shared) }
    }

    /// Destroys a subject's key: overwrites its slot, syncs, reads it back. Returns what the slot was before. Doing it again is harmless
    /// and writes again, so that an erasure whose sync failed can be repeated after opening again.
    ///
    /// # Errors
    /// [`Error::NoKey`] when there never was one; [`Error::Corrupt`] when reading back shows other bytes;
    /// [`Error::Io`], after which the table is poisoned.
    pub fn erase(&mut self, subject: u64) -> Result<SlotState, Error> {
        self.refuse_if_poisoned()?;
        let before = self.state(subject)?;
        if before == SlotState::Never {
            return Err(Error::NoKey { subject });
        }
        let erased = slot::erased(subject);
        self.shared.inner().cache.forget(subject);
        self.write(&[(subject, erased.to_vec())])?;
        if self.shared.slot_bytes(subject)? != erased {
            let expected = format!("an erased slot for subject {subject}");
            return Err(Error::corrupt(TABLE_NAME, slot_offset(subject), expected, "other bytes"));
        }
        Ok(before)
    }

    /// The largest subject number whose slot is not empty, damaged slots included; `None` for an empty table.
    pub fn highest(&self) -> Option<u64> {
        self.slots.checked_sub(1)
    }

    /// Empties every slot above a subject: keys that were made but, as the journal shows, never used. Call it after
    /// replay, with the highest subject the journal names, so that numbering goes on without gaps. Returns how many.
    ///
    /// # Errors
    /// [`Error::Io`], after which the table is poisoned.
    pub fn forget_above(&mut self, subject: u64) -> Result<u64, Error> {
        self.refuse_if_poisoned()?;
        let first = subject.saturating_add(1);
        let count = self.slots.saturating_sub(first);
        if count == 0 {
            return Ok(0);
        }
        for number in first..self.slots {
            self.shared.inner().cache.forget(number);
        }
        let zeros = vec![0; SLOT_BYTES.saturating_mul(usize::try_from(count).unwrap_or(usize::MAX))];
        self.write(&[(first, zeros)])?;
        self.slots = first;
        Ok(count)
    }

    /// Visits all slots in order, up to [`KeyTable::highest`].
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn for_each(&self, visit: &mut dyn FnMut(u64, SlotState)) -> Result<(), Error> {
        self.shared.for_each_slot(self.slots, &mut |subject, bytes| {
            visit(subject, Slot::decode(subject, bytes).state());
            Ok(())
        })
    }

    /// Wraps every key under the current KEK, into a new file that replaces the old one at once; a crash leaves the one or
    /// the other. The old file is overwritten with zeros. After this the old KEKs can be retired.
    ///
    /// # Errors
    /// [`Error::Unwrap`], [`Error::UnknownKek`]: the old table stays. [`Error::Io`], after which the table is poisoned.
    pub fn rewrap_all(&mut self) -> Result<Rewrapped, Error> {
        self.refuse_if_poisoned()?;
        let mut rewrapped = Rewrapped::default();
        // Left by an earlier attempt that failed.
        if self.disk.list().map_err(Error::io("list", TABLE_NAME))?.iter().any(|name| name == DRAFT_NAME) {
            self.disk.remove(DRAFT_NAME).map_err(Error::io("remove", DRAFT_NAME))?;
        }
        let draft = self.disk.create(DRAFT_NAME).map_err(Error::io("create", DRAFT_NAME))?;
        self.copy_rewrapped(draft.as_ref(), &mut rewrapped)?;
        draft.sync().map_err(Error::io("sync", DRAFT_NAME))?;
        self.poisoned = true;
        self.disk
            .rename(DRAFT_NAME, TABLE_NAME)
            .and_then(|()| self.disk.sync_names())
            .map_err(Error::io("replace", TABLE_NAME))?;
        let old = std::mem::replace(&mut self.shared.inner().file, draft);
        overwrite_with_zeros(old.as_ref()).map_err(Error::io("overwrite the old", TABLE_NAME))?;
        self.poisoned = false;
        Ok(rewrapped)
    }

    fn copy_rewrapped(&self, draft: &dyn DiskFile, rewrapped: &mut Rewrapped) -> Result<(), Error> {
        let current = self.shared.provider.current();
        let mut pending = slot::encode_header(&self.shared.mark);
        let mut written = 0;
        self.shared.for_each_slot(self.slots, &mut |subject, bytes| {
            match Slot::decode(subject, bytes) {
                Slot::Live(wrapped) if wrapped.kek != current => {
                    let key = self.shared.provider.unwrap(&self.shared.aad(subject), &wrapped)?;
                    pending.extend_from_slice(&self.shared.wrap(subject, &key)?);
                    rewrapped.keys += 1;
                }
                slot => {
                    rewrapped.damaged += u64::from(slot.state() == SlotState::Damaged);
                    pending.extend_from_slice(bytes);
                }
            }
            if pending.len() >= CHUNK_BYTES {
                draft.write_all_at(&pending, written).map_err(Error::io("write", DRAFT_NAME))?;
                written += pending.len() as u64;
                pending.clear();
            }
            Ok(())
        })?;
        draft.write_all_at(&pending, written).map_err(Error::io("write", DRAFT_NAME))
    }

    fn require_empty(&self, subject: u64, previous: Option<u64>) -> Result<(), Error> {
        if subject > SUBJECT_MAX {
            return Err(Error::OverLimit { what: "subject number", found: subject, limit: SUBJECT_MAX });
        }
        if previous == Some(subject) {
            return Err(Error::KeySlotTaken { subject, state: "named twice" });
        }
        if subject < self.slots {
            let state = self.state(subject)?;
            if state != SlotState::Never {
                return Err(Error::KeySlotTaken { subject, state: state.name() });
            }
        }
        Ok(())
    }

    /// Writes runs of slots and syncs once.
    fn write(&mut self, runs: &[(u64, Vec<u8>)]) -> Result<(), Error> {
        self.poisoned = true;
        let inner = self.shared.inner();
        for (first, bytes) in runs {
            inner.file.write_all_at(bytes, slot_offset(*first)).map_err(Error::io("write", TABLE_NAME))?;
        }
        inner.file.sync().map_err(Error::io("sync", TABLE_NAME))?;
        drop(inner);
        self.poisoned = false;
        Ok(())
    }

    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        if self.poisoned { Err(Error::Poisoned) } else { Ok(()) }
    }
}

impl KeyReader {
    /// As [`KeyTable::key`].
    ///
    /// # Errors
    /// As [`KeyTable::key`].
    pub fn key(&self, subject: u64) -> Result<Option<[u8; 32]>, Error> {
        self.shared.key(subject)
    }

    /// As [`KeyTable::state`].
    ///
    /// # Errors
    /// As [`KeyTable::state`].
    pub fn state(&self, subject: u64) -> Result<SlotState, Error> {
        self.shared.state(subject)
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing is left half done by a panic: the cache holds whole keys or none.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, subject: u64) -> Result<Option<[u8; 32]>, Error> {
        let mut inner = self.inner();
        if let Some(key) = inner.cache.look_up(subject) {
            return Ok(Some(key));
        }
        let bytes = read_slot(inner.file.as_ref(), subject)?;
        match Slot::decode(subject, &bytes) {
            Slot::Never | Slot::Erased => Ok(None),
            Slot::Damaged => {
                let expected = format!("a sound slot for subject {subject}");
                Err(Error::corrupt(
                    TABLE_NAME,
                    slot_offset(subject),
                    expected,
                    "a checksum that does not fit",
                ))
            }
            Slot::Live(wrapped) => {
                let key = self.provider.unwrap(&self.aad(subject), &wrapped)?;
                inner.cache.insert(subject, key);
                Ok(Some(key))
            }
        }
    }

    fn state(&self, subject: u64) -> Result<SlotState, Error> {
        Ok(Slot::decode(subject, &self.slot_bytes(subject)?).state())
    }

    fn slot_bytes(&self, subject: u64) -> Result<SlotBytes, Error> {
        read_slot(self.inner().file.as_ref(), subject)
    }

    /// The lock is not held while visiting, so that the visitor may read keys.
    fn for_each_slot(
        &self,
        slots: u64,
        visit: &mut dyn FnMut(u64, &SlotBytes) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut subject = 0;
        while subject < slots {
            chunk.fill(0);
            let read = self.inner().file.read_full_at(&mut chunk, slot_offset(subject));
            read.map_err(Error::io("read", TABLE_NAME))?;
            let (slot_chunk, _) = chunk.as_chunks::<SLOT_BYTES>();
            for bytes in slot_chunk {
                if subject >= slots {
                    return Ok(());
                }
                visit(subject, bytes)?;
                subject += 1;
            }
        }
        Ok(())
    }

    fn wrap(&self, subject: u64, key: &[u8; 32]) -> Result<SlotBytes, Error> {
        let wrapped = self.provider.wrap(&self.aad(subject), key)?;
        slot::live(subject, &wrapped).ok_or(Error::OverLimit {
            what: "wrapped key (bytes)",
            found: wrapped.bytes.len() as u64,
            limit: slot::WRAPPED_BYTES_MAX as u64,
        })
    }

    /// Binds a wrapped key to its subject and this institution, so that slots cannot be exchanged.
    fn aad(&self, subject: u64) -> Vec<u8> {
        [b"hongyan subject key 1".as_slice(), &self.mark, &subject.to_le_bytes()].concat()
    }
}

fn begin(disk: &dyn Disk, mark: &[u8; 16]) -> Result<Box<dyn DiskFile>, Error> {
    // Under another name first: a table without a sound header must never be taken for one.
    let file = disk.create(DRAFT_NAME).map_err(Error::io("create", DRAFT_NAME))?;
    file.write_all_at(&slot::encode_header(mark), 0)
        .and_then(|()| file.sync())
        .and_then(|()| disk.rename(DRAFT_NAME, TABLE_NAME))
        .and_then(|()| disk.sync_names())
        .map_err(Error::io("begin", TABLE_NAME))?;
    Ok(file)
}

/// Tells one provider's table from another's without telling anything about the provider's secrets.
fn provider_mark(provider: &dyn KeyProvider) -> [u8; 16] {
    let hash = keyed_hash(&provider.index_key(), b"hongyan key table");
    hash.first_chunk().copied().unwrap_or_default()
}

fn check_header(file: &dyn DiskFile, mark: &[u8; 16]) -> Result<(), Error> {
    let mut bytes = vec![0; HEADER_BYTES];
    file.read_full_at(&mut bytes, 0).map_err(Error::io("read", TABLE_NAME))?;
    let Some((version, stored)) = slot::decode_header(&bytes) else {
        return Err(Error::corrupt(TABLE_NAME, 0, "the header of a key table", "other bytes"));
    };
    if version > FORMAT_VERSION {
        let (found, newest) = (version.into(), FORMAT_VERSION.into());
        return Err(Error::NewerFormat { name: TABLE_NAME.to_owned(), found, newest });
    }
    if stored != *mark {
        let expected = "the mark of this key provider (are these the right key-encryption keys?)";
        return Err(Error::corrupt(TABLE_NAME, 16, expected, "the mark of another"));
    }
    Ok(())
}

fn slot_offset(subject: u64) -> u64 {
    HEADER_BYTES as u64 + subject.saturating_mul(SLOT_BYTES as u64)
}

/// A slot beyond the end of the file was never made.
fn read_slot(file: &dyn DiskFile, subject: u64) -> Result<SlotBytes, Error> {
    let mut bytes = [0; SLOT_BYTES];
    if subject <= SUBJECT_MAX {
        file.read_full_at(&mut bytes, slot_offset(subject)).map_err(Error::io("read", TABLE_NAME))?;
    }
    Ok(bytes)
}

/// The number of slots up to the last that is not all zeros; a crash may leave zeros at the end.
fn count_slots(file: &dyn DiskFile) -> std::io::Result<u64> {
    let slots_bytes = file.size()?.saturating_sub(HEADER_BYTES as u64);
    let mut end = slots_bytes.div_ceil(SLOT_BYTES as u64);
    let per_chunk = (CHUNK_BYTES / SLOT_BYTES) as u64;
    let mut chunk = vec![0; CHUNK_BYTES];
    while end > 0 {
        let start = end.saturating_sub(per_chunk);
        chunk.fill(0);
        file.read_full_at(&mut chunk, slot_offset(start))?;
        let (slots, _) = chunk.as_chunks::<SLOT_BYTES>();
        let wanted = usize::try_from(end - start).unwrap_or(usize::MAX);
        let last = slots.iter().take(wanted).rposition(|bytes| bytes.iter().any(|byte| *byte != 0));
        if let Some(last) = last {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn overwrite_with_zeros(file: &dyn DiskFile) -> std::io::Result<()> {
    let zeros = vec![0; CHUNK_BYTES];
    let size = file.size()?;
    let mut offset = 0;
    while offset < size {
        let count = usize::try_from(size - offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        file.write_all_at(zeros.get(..count).unwrap_or_default(), offset)?;
        offset += count as u64;
    }
    file.sync()
}

const TABLE_NAME: &str = "keys.tab";
const DRAFT_NAME: &str = "keys.tab.draft";
const CHUNK_BYTES: usize = 1 << 20;
