//! The proof: what the ledger says, and how anyone can check it. An auditor reads this crate alone.
//!
//! Every entry of the ledger has a public half, the [`Leaf`] (module [`entry`]), and a private half, sealed under the
//! customer's own key (module [`seal`]). The leaves are hashed into a Merkle tree (modules [`hash`](mod@hash) and [`tree`]), kept as
//! plain files (module [`tile`]); the log signs the tree's root from time to time and witnesses cosign it (modules
//! [`note`] and [`checkpoint`]). A [`Certificate`] takes the entries of one message out of all that, and its
//! verification yields a [`Report`]. To verify needs nothing but this crate, the file and the log's public key.
//!
//! Refuses: I/O, clocks, randomness (times, seeds, nonces and salts are arguments), guessing at malformed input, and
//! second spellings of anything. Every reader here is total: any input gives a value or an error, never a panic.
//! Called by the engine (leaves, sealing), the server (tree, tiles, certificates) and the verifiers; calls nobody of ours.
//!
//! Sources: RFC 6962 section 2 and RFC 9162 section 2 (tree), RFC 8032 (Ed25519), RFC 8949 section 4.2.1 (CBOR), and
//! c2sp.org/{signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof}.

pub mod hash;
pub mod cbor;
mod kind;
pub mod entry;
pub mod seal;
pub mod tile;
pub mod tree;
pub mod note;
pub mod checkpoint;
pub mod certificate;
pub mod opened;
pub mod report;

pub use certificate::Certificate;
pub use checkpoint::Checkpoint;
pub use entry::{Kind, Leaf};
pub use hash::{Hash, hash_fields, leaf_hash, node_hash};
pub use note::{Note, SignerKey, VerifierKey};
pub use opened::Opened;
pub use report::Report;
pub use seal::SealKey;
pub use tile::{Level, TileId, TileSource};
pub use tree::{Frontier, TileBuilder, Tiles};
