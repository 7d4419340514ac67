//! The right edge of a growing tree: the complete subtrees that its size, in binary, names.
//!
//! Enough to append and to know the root; not enough to make proofs (see [`super::Tiles`]). Holds at most 64 hashes.
//! Called by the tile builder and by anyone who replays a log to compare its root.

use crate::hash::{Hash, leaf_hash, node_hash};

/// A growing RFC 6962 tree, reduced to what appending needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, largest first: one per bit that is set in `size`.
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// A tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree of `size` leaves from the roots of its complete subtrees, largest first; `None` when their number is
    /// not the number of ones in `size`.
    pub fn restore(size: u64, subtrees: Vec<Hash>) -> Option<Self> {
        (subtrees.len() == size.count_ones() as usize).then_some(Self { size, subtrees })
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash: amortised one node hash.
    pub fn append(&mut self, leaf: Hash) {
        self.append_each(leaf, |_, _| ());
    }

    /// Appends a leaf by its bytes.
    pub fn append_leaf(&mut self, leaf: &[u8]) {
        self.append(leaf_hash(leaf));
    }

    /// Appends a leaf and shows every subtree that it completes: the leaf itself (height 0), then the greater ones.
    pub(super) fn append_each(&mut self, leaf: Hash, mut completed: impl FnMut(u32, Hash)) {
        completed(0, leaf);
        let mut root = leaf;
        // A carry in binary: each trailing one of the size is a subtree that the new one joins.
        for height in 1..=self.size.trailing_ones() {
            // There is one subtree per set bit, so the stack cannot be empty here.
            let Some(left) = self.subtrees.pop() else { break };
            root = node_hash(&left, &root);
            completed(height, root);
        }
        self.subtrees.push(root);
        self.size += 1;
    }

    /// The root of the tree: SHA-256 of nothing when it is empty (RFC 6962 section 2.1).
    pub fn root(&self) -> Hash {
        let smallest_first = self.subtrees.iter().rev().copied();
        smallest_first.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(Hash::empty_root)
    }
}
