//! One directory of a disk, as little of it as the journal and the key table need.
//!
//! Two implementations: [`RealDisk`] is a directory of the operating system; [`SimulatedDisk`] keeps everything in
//! memory, loses what was not synced when its power is cut, and fails on command. The code above is the same for
//! both, so what the simulator proves about it holds for the product.
//!
//! The contract is POSIX's, no kinder: a write is durable only after [`DiskFile::sync`] returned, a name (created,
//! renamed, removed) only after [`Disk::sync_names`]; before that, any part of them may survive a crash.

mod real;
mod simulated;

pub use real::RealDisk;
pub(crate) use real::make_directory;
pub use simulated::{Fault, FaultPlan, SECTOR_BYTES, SimulatedDisk};

use std::io;

/// A flat directory of files.
pub trait Disk: Send + Sync {
    /// Takes the directory for this process alone until the returned value is dropped.
    ///
    /// # Errors
    /// [`crate::Error::Locked`] when another holder has it; [`crate::Error::Io`].
    fn lock(&self) -> Result<Box<dyn DirectoryLock>, crate::Error>;
    /// All file names, in byte order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes an empty file to read and write; an existing one is an error.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file.
    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>>;
    /// Renames a file over another, atomically.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals so far durable.
    fn sync_names(&self) -> io::Result<()>;
    /// The directory's name, for messages.
    fn name(&self) -> String;
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading only.
    Read,
    /// Reading and writing.
    ReadWrite,
}

/// Holds a directory until dropped.
pub trait DirectoryLock: Send + Sync {}

/// An open file with positioned reads and writes, so that threads can share it.
pub trait DiskFile: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reads at most `buffer.len()` bytes at `offset`; 0 only at the end or for an empty buffer.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes some of `bytes` at `offset`, returns how many; may grow the file.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Cuts or extends (with zeros) to a length in bytes.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Makes bytes and length durable.
    fn sync(&self) -> io::Result<()>;
}

impl dyn DiskFile + '_ {
    /// Writes all of `bytes` at `offset`; a short write is continued.
    ///
    /// # Errors
    /// What the disk said; [`io::ErrorKind::WriteZero`] when it takes no more.
    pub fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_at(bytes, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    offset += written as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until `buffer` is full or the file ends; returns how many bytes came.
    ///
    /// # Errors
    /// What the disk said.
    pub fn read_full_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}
