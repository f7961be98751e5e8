//! Proofs out of tiles (RFC 6962 §2.1.1, §2.1.2).

use std::collections::{BTreeMap, BTreeSet};

use super::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileName};
use super::tree::{LeafRange, Subtree, TreeHash, empty_root, joined, perfect_root, split};

/// Tiles of one log, to prove things with.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<TileName, Vec<TreeHash>>);

/// A tile is wanted that is not there, or not as wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tile {} of level {} is missing", .0.index, .0.level)]
pub struct MissingTile(pub TileName);

impl Tiles {
    /// No tiles.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a tile, in place of one of the same name.
    pub fn insert(&mut self, tile: Tile) {
        self.0.insert(tile.name, tile.hashes);
    }

    /// The tiles [`Tiles::root`] of a tree of this size needs.
    #[must_use]
    pub fn for_root(size: u64) -> BTreeSet<TileName> {
        tiles_of(&[LeafRange::new(0, size)])
    }

    /// The root of the tree of the first `size` leaves.
    ///
    /// # Errors
    /// [`MissingTile`].
    pub fn root(&self, size: u64) -> Result<TreeHash, MissingTile> {
        self.hash(LeafRange::new(0, size))
    }

    /// The tiles [`Tiles::prove_inclusion`] needs.
    #[must_use]
    pub fn for_inclusion(place: u64, size: u64) -> BTreeSet<TileName> {
        tiles_of(&inclusion_path(place, size))
    }

    /// Proves that the leaf at `place` is in the tree of the first `size` leaves; of no use when it is not.
    ///
    /// # Errors
    /// [`MissingTile`].
    pub fn prove_inclusion(&self, place: u64, size: u64) -> Result<Vec<TreeHash>, MissingTile> {
        inclusion_path(place, size).into_iter().map(|range| self.hash(range)).collect()
    }

    /// The tiles [`Tiles::prove_consistency`] needs.
    #[must_use]
    pub fn for_consistency(old: u64, new: u64) -> BTreeSet<TileName> {
        tiles_of(&consistency_path(old, new))
    }

    /// Proves that the tree of the first `old` leaves is the beginning of that of the first `new`; of no use when `new` is smaller.
    ///
    /// # Errors
    /// [`MissingTile`].
    pub fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<TreeHash>, MissingTile> {
        consistency_path(old, new).into_iter().map(|range| self.hash(range)).collect()
    }

    fn hash(&self, range: LeafRange) -> Result<TreeHash, MissingTile> {
        let subtrees = range.subtrees().map(|subtree| self.subtree(subtree));
        let subtrees = subtrees.collect::<Result<Vec<_>, _>>()?;
        Ok(joined(subtrees.into_iter()).unwrap_or_else(empty_root))
    }

    fn subtree(&self, subtree: Subtree) -> Result<TreeHash, MissingTile> {
        let place = place_of(subtree);
        let hashes = self.0.get(&place.tile).and_then(|hashes| hashes.get(place.from..place.to));
        hashes.and_then(perfect_root).ok_or(MissingTile(place.tile))
    }
}

/// Where the hashes of a subtree stand.
struct Place {
    tile: TileName,
    from: usize,
    to: usize,
}

fn place_of(subtree: Subtree) -> Place {
    let level = subtree.height / TILE_HEIGHT;
    let within = subtree.height % TILE_HEIGHT;
    // the place of its first hash among all of the level; a subtree of a tree of u64 leaves cannot make it overflow
    let first = subtree.index.checked_shl(within).unwrap_or(u64::MAX);
    let from = usize::try_from(first % u64::from(TILE_WIDTH)).unwrap_or_default();
    Place {
        tile: TileName {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: first / u64::from(TILE_WIDTH),
        },
        from,
        to: from.saturating_add(1 << within),
    }
}

fn tiles_of(ranges: &[LeafRange]) -> BTreeSet<TileName> {
    ranges.iter().flat_map(|range| range.subtrees()).map(|subtree| place_of(subtree).tile).collect()
}

/// The ranges whose hashes are the proof, in its order.
fn inclusion_path(place: u64, size: u64) -> Vec<LeafRange> {
    let (mut from, mut to) = (0_u64, size);
    let mut path = Vec::new();
    if place >= size {
        return path;
    }
    while to.saturating_sub(from) > 1 {
        let middle = from.saturating_add(split(to.saturating_sub(from)));
        if place < middle {
            path.push(LeafRange::new(middle, to));
            to = middle;
        } else {
            path.push(LeafRange::new(from, middle));
            from = middle;
        }
    }
    path.reverse();
    path
}

fn consistency_path(old: u64, new: u64) -> Vec<LeafRange> {
    let (mut from, mut to) = (0_u64, new);
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return path;
    }
    while old != to {
        let middle = from.saturating_add(split(to.saturating_sub(from)));
        if old <= middle {
            path.push(LeafRange::new(middle, to));
            to = middle;
        } else {
            path.push(LeafRange::new(from, middle));
            from = middle;
        }
    }
    // a verifier has the old root; a subtree that is not all of the old tree it has not
    if from > 0 {
        path.push(LeafRange::new(from, to));
    }
    path.reverse();
    path
}
