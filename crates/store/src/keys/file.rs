//! Key-encryption keys in files: `root.key` and one `<number>.kek` per rotation, 0600 in a directory of 0700.
//!
//! Whoever can read this directory and the key table can read every customer's details; whoever loses it loses them. So
//! keep it on another medium than the data, and in the backup of secrets, not in that of data. It refuses files and
//! directories that others on the machine could read, and never overwrites a key with another.
//!
//! A file: magic `HYKEK1\r\n` (8), number u32 little-endian (0 for the root), secret (32), CRC-32 of all before (4).

use super::ring::{NONCE_BYTES, Ring, derive};
use super::{KekId, KeyProvider, Wrapped};
use crate::Error;
use crate::disk::make_directory;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// What the index key is derived for. A change would orphan every keyed-hash column.
pub(super) const INDEX_PURPOSE: &str = "hongyan index key 1";

/// See the module's text.
pub struct FileKeyProvider {
    directory: PathBuf,
    index_key: [u8; 32],
    ring: RwLock<Ring>,
}

impl FileKeyProvider {
    /// Reads the keys of a directory; a missing or empty directory gets its first ones.
    ///
    /// # Errors
    /// [`Error::WideMode`] when others could read it; [`Error::Corrupt`] for a damaged file or one that is missing
    /// beside others; [`Error::Io`]; [`Error::Randomness`].
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, Error> {
        let directory = directory.into();
        let name = directory.display().to_string();
        make_directory(&directory).map_err(Error::io("make directory", &name))?;
        refuse_wide_mode(&directory, DIRECTORY_MODE)?;
        let mut numbers = kek_numbers(&directory).map_err(Error::io("read directory", &name))?;
        let root_path = directory.join(ROOT_NAME);
        if !root_path.exists() {
            if !numbers.is_empty() {
                return Err(Error::corrupt(
                    &root_path.display().to_string(),
                    0,
                    "the root secret",
                    "no file",
                ));
            }
            write_new(&directory, ROOT_NAME, ROOT_NUMBER)?;
        }
        if numbers.is_empty() {
            write_new(&directory, &kek_name(FIRST_KEK), FIRST_KEK.0)?;
            numbers.push(FIRST_KEK);
        }
        let mut ring = Ring::default();
        for number in numbers {
            ring.insert(number, &read_secret(&directory.join(kek_name(number)), number.0)?);
        }
        let index_key = derive(&read_secret(&root_path, ROOT_NUMBER)?, INDEX_PURPOSE);
        Ok(Self { directory, index_key, ring: RwLock::new(ring) })
    }

    fn place(&self) -> String {
        self.directory.display().to_string()
    }
}

impl KeyProvider for FileKeyProvider {
    fn current(&self) -> KekId {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).current()
    }

    fn wrap(&self, aad: &[u8], key: &[u8; 32]) -> Result<Wrapped, Error> {
        // Random 96-bit nonces are sound for 2^32 wraps under one KEK (SP 800-38D §8.3); the table has no more slots.
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(Error::Randomness)?;
        self.ring.read().unwrap_or_else(PoisonError::into_inner).wrap(nonce, aad, key, &self.place())
    }

    fn unwrap(&self, aad: &[u8], wrapped: &Wrapped) -> Result<[u8; 32], Error> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).unwrap(aad, wrapped, &self.place())
    }

    fn rotate(&self) -> Result<KekId, Error> {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let next = KekId(ring.current().0.saturating_add(1));
        write_new(&self.directory, &kek_name(next), next.0)?;
        ring.insert(next, &read_secret(&self.directory.join(kek_name(next)), next.0)?);
        Ok(next)
    }

    fn retire(&self, kek: KekId) -> Result<(), Error> {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        ring.remove(kek, &self.place())?;
        let path = self.directory.join(kek_name(kek));
        destroy(&path).map_err(Error::io("destroy", &path.display().to_string()))
    }

    fn index_key(&self) -> [u8; 32] {
        self.index_key
    }
}

fn kek_name(id: KekId) -> String {
    format!("{:06}{KEK_SUFFIX}", id.0)
}

fn kek_numbers(directory: &Path) -> io::Result<Vec<KekId>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(KEK_SUFFIX));
        numbers.extend(digits.and_then(|digits| digits.parse().ok()).map(KekId));
    }
    Ok(numbers)
}

/// Writes a file with a fresh secret: whole, durable, and never over another.
fn write_new(directory: &Path, name: &str, number: u32) -> Result<(), Error> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&number.to_le_bytes());
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Error::Randomness)?;
    bytes.extend_from_slice(&secret);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    let draft = directory.join(format!("{name}.{}.draft", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&draft)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        // A link, unlike a rename, fails when the name is taken.
        let linked = fs::hard_link(&draft, directory.join(name));
        fs::remove_file(&draft)?;
        linked?;
        File::open(directory)?.sync_all()
    };
    write().map_err(Error::io("write", &directory.join(name).display().to_string()))
}

fn read_secret(path: &Path, number: u32) -> Result<[u8; 32], Error> {
    let name = path.display().to_string();
    refuse_wide_mode(path, FILE_MODE)?;
    let bytes = fs::read(path).map_err(Error::io("read", &name))?;
    let corrupt = |expected: &str, found: &str| Error::corrupt(&name, 0, expected, found);
    let (content, checksum) =
        bytes.split_last_chunk::<4>().ok_or_else(|| corrupt("a key file of 48 bytes", "fewer bytes"))?;
    if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
        return Err(corrupt("a matching checksum", "another"));
    }
    let rest =
        content.strip_prefix(MAGIC).ok_or_else(|| corrupt("the magic of a key file", "other bytes"))?;
    let (stored, secret) =
        rest.split_first_chunk::<4>().ok_or_else(|| corrupt("a key file of 48 bytes", "fewer bytes"))?;
    if u32::from_le_bytes(*stored) != number {
        return Err(corrupt("the key that the name says", "another key"));
    }
    secret.try_into().map_err(|_| corrupt("a secret of 32 bytes", "another length"))
}

fn refuse_wide_mode(path: &Path, expected: u32) -> Result<(), Error> {
    let name = path.display().to_string();
    let metadata = fs::metadata(path).map_err(Error::io("read the mode of", &name))?;
    let found = metadata.permissions().mode() & 0o777;
    if found & !expected != 0 {
        return Err(Error::WideMode { name, found, expected });
    }
    Ok(())
}

/// Overwrites a file with zeros before removing it. A medium that moves blocks about (flash, copy-on-write) may keep the old
/// ones for a while; nothing a program can do there but have the medium itself encrypted.
fn destroy(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    file.write_all_at(&vec![0; length], 0)?;
    file.sync_all()?;
    fs::remove_file(path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

const MAGIC: &[u8] = b"HYKEK1\r\n";
const ROOT_NAME: &str = "root.key";
const ROOT_NUMBER: u32 = 0;
const FIRST_KEK: KekId = KekId(1);
const KEK_SUFFIX: &str = ".kek";
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
