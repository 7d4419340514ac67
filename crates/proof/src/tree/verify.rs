//! Checking proofs: the whole of what a verifier must trust about trees, after the algorithms of RFC 9162.
//!
//! Works on hashes alone, never panics, and does at most [`PROOF_HASHES_MAX`] steps. Called by the certificate and by
//! whoever compares two checkpoints.

use super::{Error, PROOF_HASHES_MAX};
use crate::hash::{Hash, node_hash};

/// Checks that the leaf with hash `leaf` is entry `index` of the tree of `size` leaves with root `root`.
/// `proof` goes from the leaf's sibling up (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`Error::OutOfTree`], [`Error::Length`] or [`Error::Root`].
pub fn verify_inclusion(index: u64, leaf: Hash, size: u64, root: Hash, proof: &[Hash]) -> Result<(), Error> {
    if index >= size {
        return Err(Error::OutOfTree { size, what: "an index", found: index });
    }
    check_length(proof)?;
    let (mut node, mut last, mut found) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(Error::Length {
                expected: "fewer, the root is reached before the end",
                found: proof.len(),
            });
        }
        if node & 1 == 1 || node == last {
            found = node_hash(sibling, &found);
            // At the right edge levels without a sibling are skipped.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            found = node_hash(&found, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(Error::Length { expected: "more, the root is not reached", found: proof.len() });
    }
    same_root("root", root, found)
}

/// Checks that the tree of `new_size` leaves with root `new_root` begins with all leaves of the tree of `old_size`
/// leaves with root `old_root` (RFC 9162 section 2.1.4.2). An empty old tree is the beginning of every tree.
///
/// # Errors
/// [`Error::OutOfTree`], [`Error::Length`] or [`Error::Root`].
pub fn verify_consistency(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), Error> {
    if old_size > new_size {
        return Err(Error::OutOfTree { size: new_size, what: "an older size", found: old_size });
    }
    check_length(proof)?;
    if old_size == new_size || old_size == 0 {
        if !proof.is_empty() {
            return Err(Error::Length {
                expected: "none between equal trees or from an empty one",
                found: proof.len(),
            });
        }
        let expected = if old_size == 0 { Hash::empty_root() } else { new_root };
        same_root("old root", old_root, expected)?;
        return if new_size == 0 { same_root("new root", new_root, Hash::empty_root()) } else { Ok(()) };
    }
    // An old tree that is one complete subtree is its own first hash; the proof leaves it out.
    let (first, rest) = match proof.split_first() {
        _ if old_size.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return Err(Error::Length { expected: "more, the root is not reached", found: 0 }),
    };
    let (old_found, new_found) = climb(old_size, new_size, first, rest)?;
    same_root("old root", old_root, old_found)?;
    same_root("new root", new_root, new_found)
}

/// Climbs from the last complete subtree of the old tree to both roots.
fn climb(old_size: u64, new_size: u64, first: Hash, proof: &[Hash]) -> Result<(Hash, Hash), Error> {
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    let shift = node.trailing_ones();
    // A shift by all 64 bits would be node 0: only a size of 2^64 has it, which no u64 holds.
    node >>= shift;
    last >>= shift;
    let (mut old_found, mut new_found) = (first, first);
    for hash in proof {
        if last == 0 {
            return Err(Error::Length {
                expected: "fewer, the root is reached before the end",
                found: proof.len(),
            });
        }
        if node & 1 == 1 || node == last {
            old_found = node_hash(hash, &old_found);
            new_found = node_hash(hash, &new_found);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_found = node_hash(&new_found, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 {
        Ok((old_found, new_found))
    } else {
        Err(Error::Length { expected: "more, the root is not reached", found: proof.len() })
    }
}

fn check_length(proof: &[Hash]) -> Result<(), Error> {
    if proof.len() > PROOF_HASHES_MAX {
        return Err(Error::Length { expected: "at most 65", found: proof.len() });
    }
    Ok(())
}

fn same_root(what: &'static str, expected: Hash, found: Hash) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Root { what, expected, found }) }
}
