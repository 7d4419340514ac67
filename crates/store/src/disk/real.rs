//! A directory of the operating system (Unix: positioned reads and writes, modes, `fdatasync`, `flock`).
//!
//! It refuses to preallocate: a file ends where its last write ended, so a reader never meets blocks of an earlier life.

use super::{Access, DirectoryLock, Disk, DiskFile};
use crate::Error;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A directory; see [`Disk`].
#[derive(Debug, Clone)]
pub struct RealDisk {
    directory: PathBuf,
}

impl RealDisk {
    /// Uses a directory, making it (and its parents) durably if it is missing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(directory: impl Into<PathBuf>) -> Result<Self, Error> {
        let directory = directory.into();
        make_directory(&directory).map_err(Error::io("make directory", &directory.display().to_string()))?;
        Ok(Self { directory })
    }

    /// Uses a directory that must exist; for reading without touching anything.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn existing(directory: impl Into<PathBuf>) -> Result<Self, Error> {
        let directory = directory.into();
        fs::read_dir(&directory).map_err(Error::io("read directory", &directory.display().to_string()))?;
        Ok(Self { directory })
    }
}

/// Makes a directory with mode 0700 and makes its name durable in its parent, upwards as far as needed.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        make_directory(parent)?;
    }
    match fs::DirBuilder::new().mode(DIRECTORY_MODE).create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

impl Disk for RealDisk {
    fn lock(&self) -> Result<Box<dyn DirectoryLock>, Error> {
        let name = self.name();
        let path = self.directory.join(LOCK_NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(path)
            .map_err(Error::io("open the lock of", &name))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a courtesy; the refusal stands without it.
                let _ = file.take(LOCK_NOTE_BYTES_MAX).read_to_string(&mut holder);
                return Err(Error::Locked { name, holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(Error::Io { action: "lock", name, source }),
        }
        let note = format!("process {}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(Error::io("write the lock of", &name))?;
        Ok(Box::new(RealLock { _file: file }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let path = self.directory.join(name);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(path)?;
        Ok(Box::new(RealFile { file }))
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let path = self.directory.join(name);
        let file = OpenOptions::new().read(true).write(access == Access::ReadWrite).open(path)?;
        Ok(Box::new(RealFile { file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.directory.join(from), self.directory.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.directory.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn name(&self) -> String {
        self.directory.display().to_string()
    }
}

/// The lock goes with the file descriptor, so the kernel drops it when the process dies in whatever way.
struct RealLock {
    _file: File,
}

impl DirectoryLock for RealLock {}

struct RealFile {
    file: File,
}

impl DiskFile for RealFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.file.write_at(bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        // fdatasync: the data and the length, without the time stamps.
        self.file.sync_data()
    }
}

const LOCK_NAME: &str = "lock";
const LOCK_NOTE_BYTES_MAX: u64 = 128;
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
