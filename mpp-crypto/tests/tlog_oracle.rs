//! Somebody else's implementation of the same specifications (`tlog_tiles` and `signed_note`, ported from Go's `sumdb`) has the same
//! roots, proofs, tiles and paths as ours, and each reads what the other signs.
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

use std::collections::BTreeMap;

use mpp_crypto::SigningKey;
use mpp_crypto::tlog::{
    Checkpoint, NoteSigner, NoteVerifier, RightEdge, SignedNote, Tile, TileName, TilePath, Tiles, TreeHash,
    leaf_hash, verify_consistency, verify_inclusion,
};
use seeded::SeededEntropy;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Error, Hash, HashReader};

/// The other implementation's hashes.
struct Theirs(Vec<Hash>);

impl HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

fn same(ours: &[TreeHash], theirs: &[Hash]) -> bool {
    ours.iter().map(TreeHash::as_bytes).eq(theirs.iter().map(|hash| &hash.0))
}

/// Both trees over the same leaves, held against each other at every size on the way.
struct Both {
    theirs: Theirs,
    tiles: BTreeMap<TileName, Tile>,
    roots: Vec<TreeHash>,
    leaves: Vec<TreeHash>,
}

fn both(size: u64) -> Both {
    let mut edge = RightEdge::default();
    let mut filled = Vec::new();
    let mut both = Both {
        theirs: Theirs(Vec::new()),
        tiles: BTreeMap::new(),
        roots: vec![edge.root()],
        leaves: Vec::new(),
    };
    for number in 0..size {
        let leaf = format!("leaf {number}");
        both.theirs.0.extend(tlog_tiles::stored_hashes(number, leaf.as_bytes(), &both.theirs).unwrap());
        edge.push(leaf_hash(leaf.as_bytes()), &mut filled);
        both.leaves.push(leaf_hash(leaf.as_bytes()));
        both.roots.push(edge.root());
        if number < 600 || number % 211 == 0 {
            let root = tlog_tiles::tree_hash(number + 1, &both.theirs).unwrap();
            assert_eq!(edge.root().as_bytes(), &root.0, "{}", number + 1);
        }
    }
    both.tiles = filled.into_iter().chain(edge.tiles()).map(|tile| (tile.name, tile)).collect();
    both
}

#[test]
fn roots_proofs_and_tiles_are_the_same() {
    let size = 66_100;
    let both = both(size);
    let mut tiles = Tiles::new();
    both.tiles.values().cloned().for_each(|tile| tiles.insert(tile));
    let root = &both.roots[size as usize];
    for place in (0..size).step_by(997).chain([255, 256, 65_535, 65_536, size - 1]) {
        let ours = tiles.prove_inclusion(place, size).unwrap();
        let theirs = tlog_tiles::prove_record(size, place, &both.theirs).unwrap();
        assert!(same(&ours, &theirs), "{place}");
        verify_inclusion(&both.leaves[place as usize], place, (size, root), &ours).unwrap();
        let old = place + 1;
        let ours = tiles.prove_consistency(old, size).unwrap();
        let theirs = tlog_tiles::prove_tree(size, old, &both.theirs).unwrap();
        assert!(same(&ours, &theirs), "{old}");
        verify_consistency((old, &both.roots[old as usize]), (size, root), &ours).unwrap();
    }
    let wanted = tlog_tiles::Tile::new_tiles(8, 0, size);
    assert_eq!(wanted.len(), both.tiles.len());
    for theirs in wanted {
        let name = TileName { level: theirs.level(), index: theirs.level_index() };
        let ours = &both.tiles[&name];
        assert_eq!(ours.to_bytes(), theirs.read_data(&both.theirs).unwrap(), "{name:?}");
        assert_eq!(u32::from(name.width_at(size)), theirs.width());
        let path = TilePath { name, width: name.width_at(size) };
        assert_eq!(format!("tile/8/{path}"), theirs.path());
    }
}

#[test]
fn paths_are_the_same() {
    for index in [0, 1, 999, 1000, 1_234_067, 999_999_999, u64::MAX / 256] {
        for width in [1, 17, 255, 256] {
            let path = TilePath { name: TileName { level: 3, index }, width };
            let theirs = tlog_tiles::Tile::new(8, 3, index, width.into(), false);
            assert_eq!(format!("tile/8/{path}"), theirs.path());
            assert_eq!(path.to_string().parse(), Ok(path));
        }
    }
}

#[test]
fn each_reads_the_checkpoints_the_other_signs() {
    let key = SigningKey::generate_ed25519(&SeededEntropy::new(9));
    let signer = NoteSigner::new("log.example/7".parse().unwrap(), key).unwrap();
    let origin = signer.verifier().name().clone();
    let checkpoint = Checkpoint { origin, size: 70_000, root: leaf_hash(b"root") };
    let note = signer.sign(&checkpoint.to_string()).unwrap().to_string();
    let verifier = StandardVerifier::new(&signer.verifier().to_string()).unwrap();
    let read = Note::from_bytes(note.as_bytes()).unwrap();
    let (verified, _) = read.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(verified.len(), 1);
    assert_eq!(read.to_bytes(), note.as_bytes());
    let theirs = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size()), ("log.example/7", 70_000));
    assert_eq!(&theirs.hash().0, checkpoint.root.as_bytes());

    // the key of the documentation of Go's `note`
    let skey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let ours: NoteVerifier = vkey.parse().unwrap();
    assert_eq!(ours.to_string(), vkey);
    let text = tlog_tiles::Checkpoint::new("PeterNeumann", 3, Hash([7; 32]), "").unwrap().to_bytes();
    let mut note = Note::new(&text, &[]).unwrap();
    note.add_sigs(&[&StandardSigner::new(skey).unwrap()]).unwrap();
    let read = Checkpoint::verified(&note.to_bytes(), &ours).unwrap();
    assert_eq!((read.size, read.root), (3, TreeHash::from_bytes([7; 32])));
    assert_eq!(SignedNote::parse(&note.to_bytes()).unwrap().to_string().as_bytes(), note.to_bytes());
}
