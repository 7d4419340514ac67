//! The Merkle tree of RFC 6962 section 2: what makes the ledger tamper-evident.
//!
//! A root of 32 bytes stands for every entry below it, in order. An inclusion proof shows that one entry is under a
//! root; a consistency proof shows that an older root's entries are the first ones of a newer root, so that history was
//! only added to. [`Frontier`] computes roots while entries come, [`TileBuilder`] also makes the files of the log, [`Tiles`] makes
//! proofs from those files, and [`verify_inclusion`] and [`verify_consistency`] check proofs, needing nothing but hashes.
//!
//! Refuses to know what an entry means. Called by the certificate, the server's log writer, and every verifier.

mod verify;
mod frontier;
mod tiles;
mod builder;

pub use builder::TileBuilder;
pub use frontier::Frontier;
pub use tiles::Tiles;
pub use verify::{verify_consistency, verify_inclusion};

use crate::hash::Hash;
use crate::tile::{self, SourceError, TileId};

/// The longest proof that is looked at, in hashes: a tree of 2^64 leaves needs 64, a consistency proof one more.
pub const PROOF_HASHES_MAX: usize = 65;

/// Why a proof could not be made, or does not prove what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Asked about an entry or a size beyond the tree.
    #[error("tree of {size} leaves: expected {what} within it, found {found}")]
    OutOfTree {
        /// The size of the tree.
        size: u64,
        /// What was asked for.
        what: &'static str,
        /// The number that is too great.
        found: u64,
    },
    /// A proof with too few or too many hashes for its place in the tree.
    #[error("proof of {found} hashes: expected {expected}")]
    Length {
        /// What its place in the tree needs.
        expected: &'static str,
        /// How many it has.
        found: usize,
    },
    /// The proof leads to another root.
    #[error("{what}: expected {expected:#}, the proof leads to {found:#}")]
    Root {
        /// Which root.
        what: &'static str,
        /// The trusted root.
        expected: Hash,
        /// The root that the proof computes.
        found: Hash,
    },
    /// A tile could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A tile is shorter than its name says.
    #[error("{tile} of {found} bytes: expected {expected}")]
    ShortTile {
        /// Which tile.
        tile: TileId,
        /// The bytes its width needs.
        expected: usize,
        /// The bytes it has.
        found: usize,
    },
    /// A bundle holds fewer entries than its name says.
    #[error("{tile} of {found} entries: expected {expected}")]
    ShortBundle {
        /// Which bundle.
        tile: TileId,
        /// The entries its width needs.
        expected: usize,
        /// The entries it has.
        found: usize,
    },
    /// An entry of a stored bundle does not hash to the tile beside it.
    #[error("entry {index}: expected the hash {expected:#} of the tile, found {found:#}")]
    Entry {
        /// The entry's index.
        index: u64,
        /// The hash in the tile.
        expected: Hash,
        /// The hash of the entry in the bundle.
        found: Hash,
    },
    /// A bundle or tile name is malformed.
    #[error(transparent)]
    Tile(#[from] tile::Error),
}

#[cfg(test)]
mod tests;
