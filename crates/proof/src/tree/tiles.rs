//! Proofs from stored tiles: roots of earlier sizes, inclusion and consistency.
//!
//! Reads each tile once per proof. What the source says is not authenticated here; check what comes out against a
//! signed root (a wrong tile gives a proof that does not verify, never a wrong answer that does).
//! Called when a certificate is made, by a witness client, and by the builder when it restarts.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Error, Frontier};
use crate::hash::{HASH_BYTES, Hash, node_hash};
use crate::tile::{Level, SourceError, TILE_WIDTH, TileId, TileSource};

/// The tiles of a log of a known size, as a tree one can ask.
///
/// Keeps every tile that it has read, so use one value for one proof or for a few.
pub struct Tiles<'a> {
    source: &'a dyn TileSource,
    size: u64,
    read: RefCell<BTreeMap<TileId, Vec<u8>>>,
}

impl<'a> Tiles<'a> {
    /// The tiles in `source` for a tree of `size` leaves; questions about earlier sizes are answered from them too.
    pub fn new(source: &'a dyn TileSource, size: u64) -> Self {
        Self { source, size, read: RefCell::default() }
    }

    /// How many leaves the tiles cover.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree when it had `size` leaves (RFC 6962 section 2.1).
    ///
    /// # Errors
    /// [`Error::OutOfTree`] and whatever the source says.
    pub fn root(&self, size: u64) -> Result<Hash, Error> {
        self.check(size)?;
        if size == 0 { Ok(Hash::empty_root()) } else { self.range_hash(0, size) }
    }

    /// The right edge of the tree when it had `size` leaves, to append to or to replay from there.
    ///
    /// # Errors
    /// [`Error::OutOfTree`] and whatever the source says.
    pub fn frontier(&self, size: u64) -> Result<Frontier, Error> {
        self.check(size)?;
        let heights = (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1);
        let subtrees = heights.map(|height| self.subtree_hash(height, (size >> height) - 1));
        // One subtree for each one in `size`, so it is always accepted.
        Ok(Frontier::restore(size, subtrees.collect::<Result<_, _>>()?).unwrap_or_default())
    }

    /// The hash of entry `index`.
    ///
    /// # Errors
    /// [`Error::OutOfTree`] and whatever the source says.
    pub fn leaf(&self, index: u64) -> Result<Hash, Error> {
        check_index(index, self.size)?;
        self.subtree_hash(0, index)
    }

    /// The audit path of entry `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 6962 section 2.1.1).
    ///
    /// # Errors
    /// [`Error::OutOfTree`] and whatever the source says.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
        self.check(size)?;
        check_index(index, size)?;
        // Walks down from the root and notes the subtree that is not taken; the path is their list from below.
        let (mut start, mut end, mut path) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.range_hash(middle, end)?);
                end = middle;
            } else {
                path.push(self.range_hash(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves (RFC 6962 section 2.1.2).
    /// Empty when the sizes are equal or the old tree is empty.
    ///
    /// # Errors
    /// [`Error::OutOfTree`] and whatever the source says.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
        self.check(new)?;
        if old > new {
            return Err(Error::OutOfTree { size: new, what: "an older size", found: old });
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let (mut start, mut end, mut proof) = (0, new, Vec::new());
        while end != old {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(self.range_hash(middle, end)?);
                end = middle;
            } else {
                proof.push(self.range_hash(start, middle)?);
                start = middle;
            }
        }
        // The verifier already has the subtree that is the whole old tree.
        if start != 0 {
            proof.push(self.range_hash(start, end)?);
        }
        proof.reverse();
        Ok(proof)
    }

    /// The root of leaves `start..end`, which must not be empty and must begin where a subtree of its size may begin.
    fn range_hash(&self, start: u64, end: u64) -> Result<Hash, Error> {
        // Complete subtrees from the left, largest first; then folded from the right.
        let mut subtrees = Vec::new();
        let mut at = start;
        while at < end {
            let height = (end - at).ilog2();
            subtrees.push(self.subtree_hash(height, at >> height)?);
            at += 1 << height;
        }
        let root = subtrees.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
        Ok(root.unwrap_or_else(Hash::empty_root))
    }

    /// The root of the `index`-th complete subtree of 2^`height` leaves, computed inside the tile that holds it.
    fn subtree_hash(&self, height: u32, index: u64) -> Result<Hash, Error> {
        let (level, rise) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
        let first = index << rise;
        let tile = self.tile_id(level, first / u64::from(TILE_WIDTH))?;
        let mut hashes = self.tile_hashes(tile, (first % u64::from(TILE_WIDTH)) as usize, 1 << rise)?;
        for _ in 0..rise {
            let (pairs, _) = hashes.as_chunks::<2>();
            hashes = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        // 2^rise hashes halved `rise` times leave one.
        Ok(hashes.first().copied().unwrap_or_else(Hash::empty_root))
    }

    /// The tile at a place, as wide as the tree of `self.size` leaves makes it (tlog-tiles, "Partial Tiles").
    pub(super) fn tile_id(&self, level: u32, index: u64) -> Result<TileId, Error> {
        let row = self.size.checked_shr(TILE_HEIGHT * level).unwrap_or(0);
        let width =
            row.saturating_sub(index.saturating_mul(u64::from(TILE_WIDTH))).min(u64::from(TILE_WIDTH));
        Ok(TileId::new(Level::Hashes(level as u8), index, width as u16)?)
    }

    fn tile_hashes(&self, tile: TileId, first: usize, count: usize) -> Result<Vec<Hash>, Error> {
        let mut read = self.read.borrow_mut();
        let bytes = match read.entry(tile) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => place.insert(fetch(self.source, tile)?),
        };
        let short =
            Error::ShortTile { tile, expected: usize::from(tile.width()) * HASH_BYTES, found: bytes.len() };
        let (hashes, _) = bytes.as_chunks::<HASH_BYTES>();
        let wanted = hashes.get(first..first + count).ok_or(short)?;
        Ok(wanted.iter().copied().map(Hash).collect())
    }

    fn check(&self, size: u64) -> Result<(), Error> {
        if size > self.size {
            return Err(Error::OutOfTree { size: self.size, what: "a size", found: size });
        }
        Ok(())
    }
}

/// A tile in the width asked for or, when the partial tile is gone, the full one (tlog-tiles, "Partial Tiles").
pub(super) fn fetch(source: &dyn TileSource, tile: TileId) -> Result<Vec<u8>, SourceError> {
    match source.tile(tile) {
        Err(SourceError::Missing(_)) if !tile.is_full() => {
            source.tile(tile.to_full()).map_err(|error| match error {
                SourceError::Missing(_) => SourceError::Missing(tile),
                failed => failed,
            })
        }
        answer => answer,
    }
}

fn check_index(index: u64, size: u64) -> Result<(), Error> {
    if index >= size {
        return Err(Error::OutOfTree { size, what: "an index", found: index });
    }
    Ok(())
}

/// The largest power of two below `count`, which must be at least 2 (RFC 6962 section 2.1).
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// A tile spans a subtree of this height: 2^8 = 256 hashes.
pub(super) const TILE_HEIGHT: u32 = 8;
