//! Trees of any size, and proofs that are altered in any bit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

use std::collections::{BTreeMap, BTreeSet};

use mpp_crypto::SigningKey;
use mpp_crypto::tlog::{
    Checkpoint, NoteSigner, RightEdge, SignedNote, Tile, TileName, TilePath, Tiles, TreeHash, leaf_hash,
    verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use seeded::SeededEntropy;

struct Log {
    leaves: Vec<TreeHash>,
    roots: Vec<TreeHash>,
    tiles: Tiles,
    each: BTreeMap<TileName, Tile>,
}

impl Log {
    fn tile(&self, name: TileName) -> Tile {
        self.each[&name].clone()
    }
}

fn log(size: u32, seed: u32) -> Log {
    let mut edge = RightEdge::default();
    let mut log =
        Log { leaves: Vec::new(), roots: vec![edge.root()], tiles: Tiles::new(), each: BTreeMap::new() };
    let mut filled = Vec::new();
    for number in 0..size {
        let leaf = leaf_hash(&[seed.to_be_bytes(), number.to_be_bytes()].concat());
        edge.push(leaf, &mut filled);
        log.leaves.push(leaf);
        log.roots.push(edge.root());
    }
    for tile in filled.into_iter().chain(edge.tiles()) {
        log.each.insert(tile.name, tile.clone());
        log.tiles.insert(tile);
    }
    log
}

fn flipped(hash: &TreeHash, bit: usize) -> TreeHash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    TreeHash::from_bytes(bytes)
}

/// Every altered form of a proof: a bit in each hash, one left out, one more, two exchanged.
fn altered(proof: &[TreeHash], bit: usize) -> Vec<Vec<TreeHash>> {
    let mut others = Vec::new();
    for at in 0..proof.len() {
        let mut bent = proof.to_vec();
        bent[at] = flipped(&proof[at], bit);
        others.push(bent);
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        others.push(shorter);
    }
    let mut longer = proof.to_vec();
    longer.push(leaf_hash(b"one more"));
    others.push(longer);
    if proof.len() > 1 {
        let mut exchanged = proof.to_vec();
        exchanged.swap(0, 1);
        others.push(exchanged);
    }
    others
}

#[test]
fn every_leaf_of_every_small_tree_is_proven_and_every_pair_of_trees_consistent() {
    let log = log(70, 0);
    for size in 1..=70_u64 {
        let root = &log.roots[size as usize];
        for place in 0..size {
            let proof = log.tiles.prove_inclusion(place, size).unwrap();
            let leaf = &log.leaves[place as usize];
            verify_inclusion(leaf, place, (size, root), &proof).unwrap();
            verify_inclusion(leaf, place, (size, &flipped(root, 9)), &proof).unwrap_err();
            verify_inclusion(&flipped(leaf, 9), place, (size, root), &proof).unwrap_err();
            for other in (0..size + 2).filter(|other| *other != place) {
                assert!(
                    verify_inclusion(leaf, other, (size, root), &proof).is_err(),
                    "{place} as {other} of {size}"
                );
            }
        }
        for old in 0..=size {
            let proof = log.tiles.prove_consistency(old, size).unwrap();
            let old_root = &log.roots[old as usize];
            verify_consistency((old, old_root), (size, root), &proof).unwrap();
            verify_consistency((old, &flipped(old_root, 9)), (size, root), &proof).unwrap_err();
            if old > 0 {
                verify_consistency((old, old_root), (size, &flipped(root, 9)), &proof).unwrap_err();
            }
            if old < size {
                verify_consistency((size, root), (old, old_root), &proof).unwrap_err();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proofs_out_of_tiles_stand_and_no_altered_one_does(
        size in 1_u32..1500, seed: u32, place: u32, old: u32, bit in 0_usize..256,
    ) {
        let log = log(size, seed);
        let (size, place, old) = (u64::from(size), u64::from(place % size), u64::from(old % size) + 1);
        let root = &log.roots[size as usize];
        prop_assert_eq!(log.tiles.root(size), Ok(*root));
        prop_assert_eq!(log.tiles.root(old), Ok(log.roots[old as usize]));
        let inclusion = log.tiles.prove_inclusion(place, size).unwrap();
        let leaf = &log.leaves[place as usize];
        prop_assert!(verify_inclusion(leaf, place, (size, root), &inclusion).is_ok());
        for other in altered(&inclusion, bit) {
            prop_assert!(verify_inclusion(leaf, place, (size, root), &other).is_err());
        }
        let consistency = log.tiles.prove_consistency(old, size).unwrap();
        let old = (old, &log.roots[old as usize]);
        prop_assert!(verify_consistency(old, (size, root), &consistency).is_ok());
        for other in altered(&consistency, bit) {
            prop_assert!(verify_consistency(old, (size, root), &other).is_err());
        }
    }

    #[test]
    fn the_tiles_that_are_asked_for_are_enough_and_all_are_needed(size in 1_u32..3000, place: u32, old: u32) {
        let log = log(size, 1);
        let (size, place, old) = (u64::from(size), u64::from(place % size), u64::from(old % size) + 1);
        let whole = |names: &BTreeSet<TileName>, without: Option<&TileName>| {
            let mut some = Tiles::new();
            for name in names.iter().filter(|name| Some(*name) != without) {
                some.insert(log.tile(*name));
            }
            some
        };
        let names = Tiles::for_inclusion(place, size);
        prop_assert!(whole(&names, None).prove_inclusion(place, size).is_ok());
        for name in &names {
            prop_assert!(whole(&names, Some(name)).prove_inclusion(place, size).is_err());
        }
        let names = Tiles::for_consistency(old, size);
        prop_assert!(whole(&names, None).prove_consistency(old, size).is_ok());
        let names = Tiles::for_root(size);
        prop_assert!(whole(&names, None).root(size).is_ok());
    }

    #[test]
    fn foreign_bytes_never_panic_and_what_is_read_is_written_the_same(bytes: Vec<u8>, text: String) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(note) = SignedNote::parse(bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text.clone());
        }
        let _ = text.parse::<Checkpoint>();
    }

    #[test]
    fn a_signed_checkpoint_altered_in_any_byte_is_refused(size: u64, at: usize, bit in 0_u8..8) {
        let key = SigningKey::generate_ed25519(&SeededEntropy::new(5));
        let signer = NoteSigner::new("log.example/1".parse().unwrap(), key).unwrap();
        let origin = signer.verifier().name().clone();
        let checkpoint = Checkpoint { origin, size, root: leaf_hash(&size.to_be_bytes()) };
        let note = signer.sign(&checkpoint.to_string()).unwrap().to_string();
        prop_assert_eq!(Checkpoint::verified(note.as_bytes(), signer.verifier()), Ok(checkpoint));
        let mut bytes = note.into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(Checkpoint::verified(&bytes, signer.verifier()).is_err());
    }
}
