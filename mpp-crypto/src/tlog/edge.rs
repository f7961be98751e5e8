//! How a tree grows: its right edge is all that is needed.

use super::tile::{TILE_WIDTH, Tile, TileName, tiles_of_size};
use super::tree::{TreeHash, empty_root, joined, perfect_root};

/// The right edge of a tree: its tiles that are not full. What is to the left of it never changes again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightEdge {
    size: u64,
    /// By level, from 0 on; each has fewer than 256 hashes.
    levels: Vec<Vec<TreeHash>>,
}

/// The tiles are not the right edge of a tree of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tile {} of level {} is not as wide as the tree's size says", .0.index, .0.level)]
pub struct EdgeError(pub TileName);

impl RightEdge {
    /// The edge of a tree of `size` leaves, from those of its tiles that [`tiles_of_size`] names.
    ///
    /// # Errors
    /// [`EdgeError`] when one of them is missing or has another width.
    pub fn new(size: u64, tiles: &[Tile]) -> Result<Self, EdgeError> {
        let mut levels = Vec::new();
        for (name, width) in tiles_of_size(size) {
            let tile = tiles.iter().find(|tile| tile.name == name).ok_or(EdgeError(name))?;
            if tile.hashes.len() != usize::from(width) {
                return Err(EdgeError(name));
            }
            levels.resize(usize::from(name.level), Vec::new());
            levels.push(tile.hashes.clone());
        }
        Ok(Self { size, levels })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The tree with one more leaf. Tiles that are full with it are added to `filled`.
    pub fn push(&mut self, leaf: TreeHash, filled: &mut Vec<Tile>) {
        let mut carried = Some(leaf);
        let mut level = 0_u8;
        let mut index = self.size / u64::from(TILE_WIDTH);
        self.size = self.size.saturating_add(1);
        while let Some(hash) = carried.take() {
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(usize::from(level)) else { return };
            hashes.push(hash);
            if hashes.len() == usize::from(TILE_WIDTH) {
                let tile = Tile { name: TileName { level, index }, hashes: std::mem::take(hashes) };
                carried = tile.root();
                filled.push(tile);
            }
            level = level.saturating_add(1);
            index /= u64::from(TILE_WIDTH);
        }
    }

    /// The tiles that are not full, from the lowest level up; those without any hash are left out.
    #[must_use]
    pub fn tiles(&self) -> Vec<Tile> {
        let named = tiles_of_size(self.size).into_iter();
        let tile = |(name, _): (TileName, u16)| {
            self.levels.get(usize::from(name.level)).map(|hashes| Tile { name, hashes: hashes.clone() })
        };
        named.filter_map(tile).collect()
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let levels = self.levels.iter().rev();
        let subtrees: Vec<TreeHash> = levels.flat_map(|hashes| perfect_subtrees(hashes)).collect();
        joined(subtrees.into_iter()).unwrap_or_else(empty_root)
    }
}

/// The roots of what fewer than 256 hashes of one level are, the largest first.
fn perfect_subtrees(mut hashes: &[TreeHash]) -> Vec<TreeHash> {
    let mut roots = Vec::new();
    while let Some(height) = hashes.len().checked_ilog2() {
        let Some((subtree, rest)) = hashes.split_at_checked(1 << height) else { break };
        roots.extend(perfect_root(subtree));
        hashes = rest;
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::super::tree::leaf_hash;
    use super::*;

    /// RFC 6962 §2.1, to the letter.
    fn by_definition(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            leaves => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                super::super::tree::node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn every_size_has_the_root_of_the_definition_and_edges_can_be_taken_up_again() {
        let leaves: Vec<_> = (0..1100_u32).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let mut edge = RightEdge::default();
        let mut filled = Vec::new();
        for (size, leaf) in leaves.iter().enumerate() {
            assert_eq!(edge.root(), by_definition(&leaves[..size]), "{size}");
            let taken_up = RightEdge::new(edge.size(), &edge.tiles()).unwrap();
            assert_eq!(taken_up.root(), edge.root());
            assert_eq!(taken_up.tiles(), edge.tiles());
            edge.push(*leaf, &mut filled);
        }
        let names: Vec<_> = filled.iter().map(|tile| (tile.name.level, tile.name.index)).collect();
        assert_eq!(names, [(0, 0), (0, 1), (0, 2), (0, 3)]);
        assert_eq!(filled[1].hashes, leaves[256..512]);
    }

    #[test]
    fn a_tile_of_another_width_is_no_edge() {
        let mut edge = RightEdge::default();
        (0..300_u32).for_each(|number| edge.push(leaf_hash(&number.to_be_bytes()), &mut Vec::new()));
        let tiles = edge.tiles();
        assert_eq!(RightEdge::new(301, &tiles), Err(EdgeError(TileName { level: 0, index: 1 })));
        assert_eq!(RightEdge::new(300, &tiles[..1]), Err(EdgeError(TileName { level: 1, index: 0 })));
        assert_eq!(RightEdge::new(0, &[]), Ok(RightEdge::default()));
    }
}
