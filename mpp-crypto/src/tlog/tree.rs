//! The hashes of RFC 6962 §2.1, and the ranges of leaves a tree is made of.

use mpp_core::Sha256Digest;

use crate::{Sha256, sha256};

/// A hash of the tree: of a leaf, or of all leaves below a node.
pub type TreeHash = Sha256Digest;

/// `SHA-256(0x00 || leaf)`.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> TreeHash {
    let mut hasher = Sha256::new();
    hasher.update(&[0]);
    hasher.update(leaf);
    hasher.finish()
}

/// The root of a tree without leaves: `SHA-256()`.
#[must_use]
pub fn empty_root() -> TreeHash {
    sha256(&[])
}

/// `SHA-256(0x01 || left || right)`.
pub(super) fn node_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let mut hasher = Sha256::new();
    hasher.update(&[1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    hasher.finish()
}

/// The hash over hashes whose number is a power of two; `None` for none at all. With another number the last ones of a level
/// would go up unpaired, which no caller asks for.
pub(super) fn perfect_root(hashes: &[TreeHash]) -> Option<TreeHash> {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    level.first().copied()
}

/// The root over subtrees that stand side by side, the largest first.
pub(super) fn joined(subtrees: impl DoubleEndedIterator<Item = TreeHash>) -> Option<TreeHash> {
    subtrees.rev().reduce(|right, left| node_hash(&left, &right))
}

/// A subtree over `2^height` leaves, the `index`-th of its height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subtree {
    pub(super) height: u32,
    pub(super) index: u64,
}

/// The leaves from `from` to before `to`, as the tree splits them: `from` is a multiple of every power of two up to their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeafRange {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl LeafRange {
    pub(super) const fn new(from: u64, to: u64) -> Self {
        Self { from, to }
    }

    /// The subtrees it consists of, the largest first.
    pub(super) fn subtrees(self) -> impl Iterator<Item = Subtree> {
        let mut from = self.from;
        std::iter::from_fn(move || {
            let height = self.to.checked_sub(from)?.checked_ilog2()?;
            let subtree = Subtree { height, index: from.checked_shr(height)? };
            from = from.checked_add(1_u64.checked_shl(height)?)?;
            Some(subtree)
        })
    }
}

/// Where RFC 6962 splits a tree of more than one leaf: the largest power of two smaller than `size`.
pub(super) fn split(size: u64) -> u64 {
    let height = size.saturating_sub(1).checked_ilog2().unwrap_or_default();
    1_u64.checked_shl(height).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_split_as_the_rfc_says() {
        let splits: Vec<_> = (2..=9).map(split).collect();
        assert_eq!(splits, [1, 2, 2, 4, 4, 4, 4, 8]);
        assert_eq!(split(u64::MAX), 1 << 63);
    }

    #[test]
    fn a_range_is_its_subtrees_the_largest_first() {
        let found: Vec<_> =
            LeafRange::new(8, 15).subtrees().map(|subtree| (subtree.height, subtree.index)).collect();
        assert_eq!(found, [(2, 2), (1, 6), (0, 14)]);
        assert_eq!(LeafRange::new(3, 3).subtrees().count(), 0);
        assert_eq!(LeafRange::new(0, u64::MAX).subtrees().count(), 64);
    }
}
