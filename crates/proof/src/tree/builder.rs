//! Writing the log: takes leaves one after the other and makes the tiles and entry bundles of tlog-tiles.
//!
//! Pure: it hands out paths and bytes and somebody else writes them. It hashes each leaf once and each inner node once.
//! Refuses to sign or to know about durability. Called by the server's log writer, in the order of the journal.

use super::tiles::{TILE_HEIGHT, fetch};
use super::{Error, Frontier, Tiles};
use crate::hash::{HASH_BYTES, Hash, leaf_hash};
use crate::tile::{self, Level, TILE_BYTES, TILE_WIDTH, TileId, TileSource};

/// A growing tree together with the tiles that are not full yet.
#[derive(Debug, Clone, Default)]
pub struct TileBuilder {
    frontier: Frontier,
    /// The partial tile of each level, lowest first.
    rows: Vec<Row>,
    /// The partial entry bundle.
    bundle: Vec<u8>,
    /// Full tiles and bundles since the last drain.
    completed: Vec<(TileId, Vec<u8>)>,
    /// The size at the last drain.
    drained: u64,
}

#[derive(Debug, Clone, Default)]
struct Row {
    /// The position of the partial tile.
    index: u64,
    hashes: Vec<u8>,
    /// The size in hashes that the last drain handed out.
    drained: usize,
}

impl TileBuilder {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues a log of `size` leaves from its stored partial tiles and partial entry bundle.
    ///
    /// # Errors
    /// When a tile is missing or short, when the bundle's entries do not hash to the tile, or when the whole does not
    /// have the root `expected` (from the last checkpoint).
    pub fn restore(source: &dyn TileSource, size: u64, expected: Hash) -> Result<Self, Error> {
        let tiles = Tiles::new(source, size);
        let frontier = tiles.frontier(size)?;
        if frontier.root() != expected {
            return Err(Error::Root { what: "root of the stored tiles", expected, found: frontier.root() });
        }
        let levels = (0..).take_while(|level| size.checked_shr(TILE_HEIGHT * level).unwrap_or(0) > 0);
        let rows = levels.map(|level| restore_row(source, &tiles, level)).collect::<Result<Vec<_>, _>>()?;
        let bundle = restore_bundle(source, rows.first())?;
        Ok(Self { frontier, rows, bundle, completed: Vec::new(), drained: size })
    }

    /// How many leaves the log has.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends a leaf and returns its index. Full tiles gather in memory until [`TileBuilder::drain`].
    ///
    /// # Errors
    /// [`tile::Error::EntryTooLong`] for more than [`crate::entry::LEAF_BYTES_MAX`] bytes; the log is then unchanged.
    pub fn append(&mut self, leaf: &[u8]) -> Result<u64, tile::Error> {
        let index = self.size();
        tile::push_entry(&mut self.bundle, leaf)?;
        let Self { frontier, rows, bundle, completed, .. } = self;
        frontier.append_each(leaf_hash(leaf), |height, hash| {
            if height.is_multiple_of(TILE_HEIGHT) {
                push_hash(rows, completed, height / TILE_HEIGHT, hash);
            }
        });
        let width = u64::from(TILE_WIDTH);
        if self.frontier.size().is_multiple_of(width) {
            completed.push((TileId::full(Level::Entries, index / width), std::mem::take(bundle)));
        }
        Ok(index)
    }

    /// The files to write for the present size: every tile and bundle that became full since the last call, then the
    /// partial ones that grew. Nothing when nothing was appended.
    ///
    /// Write all of them before publishing a checkpoint of this size.
    pub fn drain(&mut self) -> Vec<(TileId, Vec<u8>)> {
        if self.drained == self.size() {
            return Vec::new();
        }
        self.drained = self.size();
        let mut files = std::mem::take(&mut self.completed);
        for (level, row) in (0..).zip(&mut self.rows) {
            if row.hashes.len() > row.drained {
                row.drained = row.hashes.len();
                files.extend(partial(
                    Level::Hashes(level),
                    row.index,
                    row.hashes.len() / HASH_BYTES,
                    &row.hashes,
                ));
            }
        }
        let (index, width) = (self.size() / u64::from(TILE_WIDTH), self.size() % u64::from(TILE_WIDTH));
        files.extend(partial(Level::Entries, index, width as usize, &self.bundle));
        files
    }
}

fn push_hash(rows: &mut Vec<Row>, completed: &mut Vec<(TileId, Vec<u8>)>, level: u32, hash: Hash) {
    let level = level as usize;
    if rows.len() == level {
        rows.push(Row::default());
    }
    // A level grows by one only when the level below has filled a tile, so it is there.
    let Some(row) = rows.get_mut(level) else { return };
    row.hashes.extend_from_slice(&hash.0);
    if row.hashes.len() == TILE_BYTES {
        completed
            .push((TileId::full(Level::Hashes(level as u8), row.index), std::mem::take(&mut row.hashes)));
        *row = Row { index: row.index + 1, hashes: Vec::with_capacity(TILE_BYTES), drained: 0 };
    }
}

/// A partial tile, or nothing when its width is 0: empty tiles must not be served (tlog-tiles, "Partial Tiles").
fn partial(level: Level, index: u64, width: usize, bytes: &[u8]) -> Option<(TileId, Vec<u8>)> {
    let tile = TileId::new(level, index, u16::try_from(width).ok()?).ok()?;
    Some((tile, bytes.to_vec()))
}

fn restore_row(source: &dyn TileSource, tiles: &Tiles<'_>, level: u32) -> Result<Row, Error> {
    let count = tiles.size() >> (TILE_HEIGHT * level);
    let (index, width) = (count / u64::from(TILE_WIDTH), (count % u64::from(TILE_WIDTH)) as usize);
    let mut hashes = Vec::with_capacity(TILE_BYTES);
    if width > 0 {
        let tile = tiles.tile_id(level, index)?;
        let stored = fetch(source, tile)?;
        let expected = width * HASH_BYTES;
        let wanted =
            stored.get(..expected).ok_or(Error::ShortTile { tile, expected, found: stored.len() })?;
        hashes.extend_from_slice(wanted);
    }
    Ok(Row { index, drained: hashes.len(), hashes })
}

/// The partial bundle beside the partial tile of level 0, with every entry's hash checked.
fn restore_bundle(source: &dyn TileSource, leaves: Option<&Row>) -> Result<Vec<u8>, Error> {
    let Some(row) = leaves.filter(|row| !row.hashes.is_empty()) else { return Ok(Vec::new()) };
    let (hashes, _) = row.hashes.as_chunks::<HASH_BYTES>();
    let tile = TileId::new(Level::Entries, row.index, hashes.len() as u16)?;
    let stored = fetch(source, tile)?;
    let entries = tile::entries(&stored)?;
    if entries.len() < hashes.len() {
        return Err(Error::ShortBundle { tile, expected: hashes.len(), found: entries.len() });
    }
    let mut bundle = Vec::with_capacity(stored.len());
    for ((index, entry), expected) in (row.index * u64::from(TILE_WIDTH)..).zip(entries).zip(hashes) {
        let (expected, found) = (Hash(*expected), leaf_hash(entry));
        if expected != found {
            return Err(Error::Entry { index, expected, found });
        }
        tile::push_entry(&mut bundle, entry)?;
    }
    Ok(bundle)
}
