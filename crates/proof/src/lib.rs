//! Entry format, Merkle tree, checkpoints, certificates, offline verifier. An auditor reads this crate alone.

pub mod hash;
pub mod cbor;
mod kind;
pub mod entry;
pub mod seal;
pub mod tile;
pub mod tree;
pub mod note;
pub mod checkpoint;
pub use hash::{Hash, hash_fields, leaf_hash, node_hash};
