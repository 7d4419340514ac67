//! The tree against the definitions of RFC 6962, written down here as the RFC has them (recursively), and its vectors.

use std::collections::BTreeMap;

use super::*;
use crate::hash::{hex_decode, leaf_hash, node_hash};
use crate::tile::{Level, TileSource};
use proptest::prelude::*;

/// A log in memory: what a directory of tiles is on disk.
#[derive(Default)]
struct Memory(Files);

type Files = BTreeMap<TileId, Vec<u8>>;

impl TileSource for Memory {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.0.get(&id).cloned().ok_or(SourceError::Missing(id))
    }
}

fn leaf(index: u64) -> Vec<u8> {
    format!("leaf {index}").into_bytes()
}

/// A log of `size` leaves, drained after every `step` leaves. Unless `keep`, partial tiles go when the full one is there.
fn log(size: u64, step: u64, keep: bool) -> (TileBuilder, Memory) {
    let (mut builder, mut memory) = (TileBuilder::new(), Memory::default());
    for index in 0..size {
        assert_eq!(builder.append(&leaf(index)).unwrap(), index);
        if (index + 1) % step == 0 || index + 1 == size {
            memory.0.extend(builder.drain());
        }
    }
    if !keep {
        let full: Vec<TileId> = memory.0.keys().filter(|tile| tile.is_full()).copied().collect();
        memory.0.retain(|tile, _| tile.is_full() || !full.contains(&tile.to_full()));
    }
    (builder, memory)
}

/// MTH of RFC 6962 section 2.1.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::empty_root(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&mth(left), &mth(right))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(k);
    let (mut found, other) =
        if index < k { (path(index, left), mth(right)) } else { (path(index - k, right), mth(left)) };
    found.push(other);
    found
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(k);
    let (mut found, other) = if old <= k {
        (subproof(old, left, whole), mth(right))
    } else {
        (subproof(old - k, right, false), mth(left))
    };
    found.push(other);
    found
}

/// The eight leaves and roots that the Certificate Transparency implementations test with.
#[test]
fn roots_are_those_of_the_published_vectors() {
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), Hash::empty_root());
    for (leaf, root) in leaves.into_iter().zip(roots) {
        frontier.append_leaf(&hex_decode(leaf).unwrap());
        assert_eq!(frontier.root().to_hex(), root, "size {}", frontier.size());
    }
}

#[test]
fn every_inclusion_proof_of_trees_up_to_300_is_the_one_of_the_rfc_and_verifies() {
    let (builder, memory) = log(300, 300, false);
    let tiles = Tiles::new(&memory, 300);
    let leaves: Vec<Hash> = (0..300).map(|index| leaf_hash(&leaf(index))).collect();
    assert_eq!(builder.root(), mth(&leaves));
    for size in (1..=90).chain([127, 128, 129, 200, 255, 256, 257, 258, 299, 300]) {
        let root = mth(&leaves[..size as usize]);
        assert_eq!(tiles.root(size).unwrap(), root);
        for index in 0..size {
            let proof = tiles.inclusion(index, size).unwrap();
            let hash = leaves[index as usize];
            assert!(
                size > 40 || proof == path(index as usize, &leaves[..size as usize]),
                "{index} of {size}"
            );
            verify_inclusion(index, hash, size, root, &proof).unwrap();
            assert_eq!(tiles.leaf(index).unwrap(), hash);
            // The same proof must not do for a neighbour, another size or a longer or shorter path.
            assert!(
                verify_inclusion(index ^ 1, hash, size, root, &proof).is_err() || size == 1 && index ^ 1 == 0
            );
            assert!(verify_inclusion(index, Hash::of(b"x"), size, root, &proof).is_err());
            let longer = [proof.as_slice(), &[root]].concat();
            assert!(verify_inclusion(index, hash, size, root, &longer).is_err());
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_inclusion(index, hash, size, root, shorter).is_err());
            }
        }
    }
}

#[test]
fn every_consistency_proof_between_trees_up_to_70_is_the_one_of_the_rfc_and_verifies() {
    let (_, memory) = log(70, 70, false);
    let tiles = Tiles::new(&memory, 70);
    let leaves: Vec<Hash> = (0..70).map(|index| leaf_hash(&leaf(index))).collect();
    let roots: Vec<Hash> = (0..=70).map(|size| mth(&leaves[..size])).collect();
    for new in 0..=70 {
        for old in 0..=new {
            let proof = tiles.consistency(old as u64, new as u64).unwrap();
            assert!(old == 0 || proof == subproof(old, &leaves[..new], true), "{old} to {new}");
            let check = |old_root, new_root, proof: &[Hash]| {
                verify_consistency(old as u64, old_root, new as u64, new_root, proof)
            };
            check(roots[old], roots[new], &proof).unwrap();
            let other = Hash::of(b"another history");
            assert!(check(other, roots[new], &proof).is_err());
            assert!(old == 0 && new != 0 || check(roots[old], other, &proof).is_err());
            assert!(check(roots[old], roots[new], &[proof.as_slice(), &[other]].concat()).is_err());
            for at in 0..proof.len() {
                let mut bad = proof.clone();
                bad[at] = other;
                assert!(check(roots[old], roots[new], &bad).is_err(), "{old} to {new}, hash {at}");
                assert!(check(roots[old], roots[new], &proof[..at]).is_err(), "{old} to {new}, cut to {at}");
            }
        }
    }
}

#[test]
fn a_large_tree_has_the_tiles_that_the_specification_lists() {
    let (builder, memory) = log(70_000, 70_000, true);
    let count =
        |level, full| memory.0.keys().filter(|tile| tile.level() == level && tile.is_full() == full).count();
    assert_eq!(count(Level::Hashes(0), true), 273);
    assert_eq!(count(Level::Entries, true), 273);
    assert_eq!(count(Level::Hashes(1), true), 1);
    for path in ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"] {
        assert!(memory.0.contains_key(&TileId::parse(path).unwrap()), "{path}");
    }
    let tiles = Tiles::new(&memory, 70_000);
    let (root, old_root) = (builder.root(), tiles.root(65_537).unwrap());
    assert_eq!(tiles.root(70_000).unwrap(), root);
    verify_consistency(65_537, old_root, 70_000, root, &tiles.consistency(65_537, 70_000).unwrap()).unwrap();
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        verify_inclusion(
            index,
            leaf_hash(&leaf(index)),
            70_000,
            root,
            &tiles.inclusion(index, 70_000).unwrap(),
        )
        .unwrap();
    }
}

#[test]
fn a_tree_of_256_is_one_full_tile_and_one_hash_above_it() {
    let (_, memory) = log(256, 256, true);
    let paths: Vec<String> = memory.0.keys().map(TileId::to_string).collect();
    assert_eq!(paths, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn a_restored_builder_goes_on_as_if_nothing_had_happened() {
    for size in [0, 1, 2, 17, 255, 256, 257, 511, 512, 1_000, 65_535, 65_536, 65_537] {
        let (mut original, memory) = log(size, 300, size % 2 == 0);
        let mut restored = TileBuilder::restore(&memory, size, original.root()).unwrap();
        assert_eq!((restored.size(), restored.root()), (size, original.root()));
        assert_eq!(restored.drain(), []);
        original.drain();
        for index in size..size + 600 {
            original.append(&leaf(index)).unwrap();
            restored.append(&leaf(index)).unwrap();
            if index % 170 == 0 {
                assert_eq!(restored.drain(), original.drain(), "size {size}, index {index}");
            }
        }
        assert_eq!((restored.root(), restored.drain()), (original.root(), original.drain()), "size {size}");
    }
}

#[test]
fn a_builder_does_not_continue_from_damaged_files() {
    let (builder, memory) = log(300, 300, true);
    let root = builder.root();
    let refuse = |change: &dyn Fn(&mut Files)| {
        let mut bad = Memory(memory.0.clone());
        change(&mut bad.0);
        TileBuilder::restore(&bad, 300, root).unwrap_err()
    };
    let (row, bundle) =
        (TileId::parse("tile/0/001.p/44").unwrap(), TileId::parse("tile/entries/001.p/44").unwrap());
    assert!(matches!(refuse(&|tiles| tiles.get_mut(&row).unwrap()[0] ^= 1), Error::Root { .. }));
    assert!(matches!(refuse(&|tiles| drop(tiles.remove(&row))), Error::Source(SourceError::Missing(_))));
    assert!(matches!(refuse(&|tiles| tiles.get_mut(&row).unwrap().truncate(40)), Error::ShortTile { .. }));
    assert!(matches!(
        refuse(&|tiles| tiles.get_mut(&bundle).unwrap()[2] ^= 1),
        Error::Entry { index: 256, .. }
    ));
    assert!(matches!(refuse(&|tiles| tiles.get_mut(&bundle).unwrap().truncate(5)), Error::Tile(_)));
    assert!(matches!(refuse(&|tiles| tiles.get_mut(&bundle).unwrap().clear()), Error::ShortBundle { .. }));
    assert!(matches!(TileBuilder::restore(&memory, 300, Hash::of(b"")), Err(Error::Root { .. })));
}

#[test]
fn replaying_from_any_earlier_size_leads_to_the_same_root() {
    let (builder, memory) = log(700, 700, false);
    let tiles = Tiles::new(&memory, 700);
    for size in [0, 1, 2, 3, 128, 255, 256, 257, 511, 512, 513, 699, 700] {
        let mut frontier = tiles.frontier(size).unwrap();
        assert_eq!((frontier.size(), frontier.root()), (size, tiles.root(size).unwrap()));
        (size..700).for_each(|index| frontier.append_leaf(&leaf(index)));
        assert_eq!(frontier.root(), builder.root(), "from {size}");
    }
    assert!(matches!(tiles.frontier(701), Err(Error::OutOfTree { .. })));
}

#[test]
fn a_full_tile_stands_in_for_a_partial_one_that_is_gone() {
    let (_, memory) = log(512, 300, false);
    assert!(!memory.0.contains_key(&TileId::parse("tile/0/001.p/44").unwrap()));
    let tiles = Tiles::new(&memory, 300);
    let root = tiles.root(300).unwrap();
    verify_inclusion(280, leaf_hash(&leaf(280)), 300, root, &tiles.inclusion(280, 300).unwrap()).unwrap();
}

#[test]
fn questions_beyond_the_tree_are_refused() {
    let (_, memory) = log(5, 5, true);
    let tiles = Tiles::new(&memory, 5);
    assert!(matches!(tiles.root(6), Err(Error::OutOfTree { size: 5, found: 6, .. })));
    assert!(matches!(tiles.inclusion(5, 5), Err(Error::OutOfTree { .. })));
    assert!(matches!(tiles.inclusion(3, 3), Err(Error::OutOfTree { .. })));
    assert!(matches!(tiles.consistency(3, 2), Err(Error::OutOfTree { .. })));
    assert!(matches!(tiles.leaf(5), Err(Error::OutOfTree { .. })));
    assert!(Frontier::restore(3, vec![Hash::of(b"")]).is_none());
}

proptest! {
    #[test]
    fn verification_answers_anything(
        numbers: (u64, u64),
        hashes in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 2..70),
    ) {
        let (one, other) = numbers;
        let (roots, proof) = hashes.split_at(2);
        prop_assert!(verify_inclusion(one, roots[0], other, roots[1], proof).is_err());
        prop_assert!(verify_consistency(one, roots[0], other, roots[1], proof).is_err());
    }

    #[test]
    fn sizes_and_drains_do_not_change_the_tree(size in 1..2_000u64, step in 1..700u64, index: prop::sample::Index) {
        let (builder, memory) = log(size, step, true);
        let leaves: Vec<Hash> = (0..size).map(|index| leaf_hash(&leaf(index))).collect();
        let (tiles, index) = (Tiles::new(&memory, size), index.index(size as usize));
        prop_assert_eq!(builder.root(), mth(&leaves));
        prop_assert_eq!(tiles.inclusion(index as u64, size).unwrap(), path(index, &leaves));
        prop_assert_eq!(tiles.consistency(index as u64 + 1, size).unwrap(), subproof(index + 1, &leaves, true));
    }
}
