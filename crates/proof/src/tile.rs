//! Tiles and entry bundles: the log as plain files that any web server can serve (c2sp.org/tlog-tiles).
//!
//! A tile is up to 256 consecutive hashes of one row of the tree; an entry bundle is the leaves under one tile of the
//! lowest row. A [`TileId`] names either; its path is the file's name and parses back, strictly: one spelling per tile.
//! Refuses to read or write files: whoever holds them implements [`TileSource`].
//! Called by the tree (proofs, builder), by the server (names of what it serves) and by verifiers.

use std::fmt;

use crate::entry::LEAF_BYTES_MAX;
use crate::hash::HASH_BYTES;

/// Hashes in a full tile, entries in a full bundle (tlog-tiles, "Merkle Tree").
pub const TILE_WIDTH: u16 = 256;
/// The highest level that a path may name (tlog-tiles, "Merkle Tree").
pub const LEVEL_MAX: u8 = 63;
/// The longest path that is looked at. `tile/entries/` and a 20-digit index need less.
pub const PATH_BYTES_MAX: usize = 64;

/// Which row of the log a tile belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The entries themselves, in bundles.
    Entries,
    /// Hashes of complete subtrees of 256^level leaves; level 0 holds leaf hashes.
    Hashes(u8),
}

/// The name of one tile or entry bundle: row, position in the row, and how many items it holds (1 to 256).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: Level,
    index: u64,
    width: u16,
}

/// Why something is not a tile, a bundle or the name of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A level above [`LEVEL_MAX`] or a width outside 1 to 256.
    #[error(
        "tile of level {level:?} and width {width}: expected a level of at most {LEVEL_MAX} and a width of 1 to {TILE_WIDTH}"
    )]
    OutOfRange {
        /// The level asked for.
        level: Level,
        /// The width asked for.
        width: u64,
    },
    /// A path that names no tile.
    #[error("expected a path like tile/0/x001/234.p/17 or tile/entries/x001/234, found {found:?}")]
    Path {
        /// The path, cut to [`PATH_BYTES_MAX`] bytes.
        found: String,
    },
    /// A bundle that ends inside an entry.
    #[error("entry bundle breaks off in entry {entry}: expected {expected} bytes, found {found}")]
    BrokenBundle {
        /// Which entry, from 0.
        entry: usize,
        /// How many bytes must follow.
        expected: usize,
        /// How many do.
        found: usize,
    },
    /// An entry that does not fit a bundle's 16-bit length.
    #[error("entry of {found} bytes: expected at most {LEAF_BYTES_MAX}")]
    EntryTooLong {
        /// How long it is.
        found: usize,
    },
}

impl TileId {
    /// A tile by row, position and width.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn new(level: Level, index: u64, width: u16) -> Result<Self, Error> {
        let high = matches!(level, Level::Hashes(level) if level > LEVEL_MAX);
        if high || !(1..=TILE_WIDTH).contains(&width) {
            return Err(Error::OutOfRange { level, width: u64::from(width) });
        }
        Ok(Self { level, index, width })
    }

    /// A full tile that the tree itself made; the level of a tree of at most 2^64 leaves is below 8.
    pub(crate) fn full(level: Level, index: u64) -> Self {
        Self { level, index, width: TILE_WIDTH }
    }

    /// The row it belongs to.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Its position in the row, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it holds all 256, and so never changes any more.
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full tile at the same place.
    pub fn to_full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// Reads a path as [`Display`](fmt::Display) writes it; any other spelling of the same tile is refused.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn parse(path: &str) -> Result<Self, Error> {
        let found = || path.chars().take(PATH_BYTES_MAX).collect();
        let tile = (path.len() <= PATH_BYTES_MAX).then(|| parse_loosely(path)).flatten();
        // Writing it again and comparing refuses leading zeroes, signs and every other second spelling at once.
        tile.filter(|tile| tile.to_string() == path).ok_or_else(|| Error::Path { found: found() })
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Entries => f.write_str("tile/entries")?,
            Level::Hashes(level) => write!(f, "tile/{level}")?,
        }
        // Groups of three digits from the left; all but the last begin with an x.
        let groups = (0..GROUPS_MAX).rev().map(|group| (group, self.index / 1_000u64.pow(group)));
        for (group, rest) in groups.filter(|(group, rest)| *group == 0 || *rest > 0) {
            write!(f, "/{}{:03}", if group == 0 { "" } else { "x" }, rest % 1_000)?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

fn parse_loosely(path: &str) -> Option<TileId> {
    let (row, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = match row {
        "entries" => Level::Entries,
        number => Level::Hashes(number.parse().ok()?),
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok().filter(|width| *width < TILE_WIDTH)?),
        None => (rest, TILE_WIDTH),
    };
    let index = groups.split('/').try_fold(0u64, |index, group| {
        let number: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(1_000)?.checked_add(number)
    })?;
    TileId::new(level, index, width).ok()
}

/// Why a tile could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It does not exist, or not in this width.
    #[error("{0} does not exist")]
    Missing(TileId),
    /// It may exist, but reading it failed.
    #[error("reading {tile}: {cause}")]
    Failed {
        /// Which tile.
        tile: TileId,
        /// What went wrong.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Whoever holds tiles and bundles: a directory, a web server, a map in a test.
///
/// An answer for a partial tile may be wider than asked (the tile grew meanwhile); the reader takes the first `width`.
/// What a source says is not trusted: proofs made from it are checked against a root that is.
pub trait TileSource {
    /// The bytes of a tile or bundle.
    ///
    /// # Errors
    /// [`SourceError::Missing`] or [`SourceError::Failed`].
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError>;
}

/// Appends one entry to a bundle: its length as 16 bits big-endian, then its bytes (tlog-tiles, "Log entries").
///
/// # Errors
/// [`Error::EntryTooLong`]; the bundle is then unchanged.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong { found: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, in order.
///
/// # Errors
/// [`Error::BrokenBundle`].
pub fn entries(mut bundle: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut entries = Vec::with_capacity(usize::from(TILE_WIDTH));
    while !bundle.is_empty() {
        let broken = |expected, found| Error::BrokenBundle { entry: entries.len(), expected, found };
        let (length, rest) = bundle.split_first_chunk::<2>().ok_or_else(|| broken(2, bundle.len()))?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or_else(|| broken(length, rest.len()))?;
        entries.push(entry);
        bundle = rest;
    }
    Ok(entries)
}

/// Bytes of a full tile: 8,192.
pub const TILE_BYTES: usize = TILE_WIDTH as usize * HASH_BYTES;
/// A 64-bit index has at most seven groups of three digits.
const GROUPS_MAX: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tile(level: Level, index: u64, width: u16) -> TileId {
        TileId::new(level, index, width).unwrap()
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        let table = [
            (tile(Level::Hashes(0), 0, 256), "tile/0/000"),
            (tile(Level::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(Level::Hashes(0), 1_234, 17), "tile/0/x001/234.p/17"),
            (tile(Level::Hashes(63), 999, 255), "tile/63/999.p/255"),
            (tile(Level::Entries, 1_000, 1), "tile/entries/x001/000.p/1"),
            (tile(Level::Hashes(1), u64::MAX, 256), "tile/1/x018/x446/x744/x073/x709/x551/615"),
        ];
        for (id, path) in table {
            assert_eq!(id.to_string(), path);
            assert_eq!(TileId::parse(path), Ok(id));
        }
    }

    #[test]
    fn no_other_spelling_parses() {
        let table = [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/+1/000",
            "tile/0/x000/001",
            "tile/0/x001",
            "tile/0/001/002",
            "tile/0/x001/x002",
            "tile/0/xx01/002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/+1",
            "tile/0/000.p/",
            "tile/0/000.p/1/",
            "tile/0/000/",
            "/tile/0/000",
            "tile/data/000",
            "tile/8/0/x0/1/234.p/0",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/000.P/1",
            "tile/0/０00",
            "tile/0/x001/x234/x067/x001/x234/x067/x001/x234/x067/x001/x234/067",
            "tile/entries",
            "tile/Entries/000",
        ];
        for path in table {
            assert!(TileId::parse(path).is_err(), "{path}");
        }
    }

    #[test]
    fn widths_and_levels_are_bounded() {
        for (level, width) in [(Level::Hashes(0), 0), (Level::Entries, 257), (Level::Hashes(64), 1)] {
            assert_eq!(
                TileId::new(level, 0, width),
                Err(Error::OutOfRange { level, width: u64::from(width) })
            );
        }
    }

    #[test]
    fn a_broken_bundle_says_where() {
        let broken = |bytes: &[u8]| entries(bytes).unwrap_err();
        assert_eq!(broken(&[0]), Error::BrokenBundle { entry: 0, expected: 2, found: 1 });
        assert_eq!(broken(&[0, 1, 9, 1, 0, 7]), Error::BrokenBundle { entry: 1, expected: 256, found: 1 });
        let mut bundle = vec![7];
        assert_eq!(push_entry(&mut bundle, &[0; 65_536]), Err(Error::EntryTooLong { found: 65_536 }));
        assert_eq!(bundle, [7]);
    }

    proptest! {
        #[test]
        fn every_tile_has_one_path(level in 0..=64u8, index: u64, shift in 0..64, width in 1..=256u16) {
            let level = if level == 64 { Level::Entries } else { Level::Hashes(level) };
            let id = tile(level, index >> shift, width);
            prop_assert_eq!(TileId::parse(&id.to_string()), Ok(id));
            prop_assert!(id.to_string().len() <= PATH_BYTES_MAX);
        }

        #[test]
        fn any_text_is_answered(path in "(tile/)?(entries|[0-9]{1,2})?(/x?[0-9]{0,4}){0,8}(\\.p/[0-9]{0,3})?\\PC?") {
            if let Ok(id) = TileId::parse(&path) {
                prop_assert_eq!(id.to_string(), path);
            }
        }

        #[test]
        fn bundles_come_back(list in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let mut bundle = Vec::new();
            list.iter().for_each(|entry| push_entry(&mut bundle, entry).unwrap());
            prop_assert_eq!(entries(&bundle).unwrap(), list);
        }
    }
}
