//! Verifying proofs, by the algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2.

use super::tree::{TreeHash, empty_root, node_hash};

/// The proof does not prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not stand")]
pub struct ProofError;

/// Checks that the leaf with this hash is at `place` in the tree of `size` leaves with this root.
///
/// # Errors
/// [`ProofError`] when the proof does not show it.
pub fn verify_inclusion(
    leaf: &TreeHash,
    place: u64,
    (size, root): (u64, &TreeHash),
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    if place >= size {
        return Err(ProofError);
    }
    let mut path = Path { old: place, new: size.saturating_sub(1) };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match path.step()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    if path.new == 0 && hash == *root { Ok(()) } else { Err(ProofError) }
}

/// Checks that the tree of `old` leaves is the beginning of that of `new` leaves, each with its root.
///
/// # Errors
/// [`ProofError`] when the proof does not show it; also when the old tree is the larger one.
pub fn verify_consistency(
    (old, old_root): (u64, &TreeHash),
    (new, new_root): (u64, &TreeHash),
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    if old == new || old == 0 {
        let holds = if old == new { old_root == new_root } else { *old_root == empty_root() };
        return if holds && proof.is_empty() { Ok(()) } else { Err(ProofError) };
    }
    if old > new || proof.is_empty() {
        return Err(ProofError);
    }
    let mut path = Path { old: old.saturating_sub(1), new: new.saturating_sub(1) };
    path.skip_while(|path| path.old & 1 == 1);
    // an old tree that is one whole subtree is not in the proof
    let own = old.is_power_of_two().then_some(old_root);
    let mut hashes = own.into_iter().chain(proof);
    let first = hashes.next().ok_or(ProofError)?;
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in hashes {
        match path.step()? {
            Side::Left => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Side::Right => new_hash = node_hash(&new_hash, sibling),
        }
    }
    if path.new == 0 && old_hash == *old_root && new_hash == *new_root { Ok(()) } else { Err(ProofError) }
}

/// On which side the next hash of a proof stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root, beside that from the last node of the tree (`fn` and `sn` of the RFC).
struct Path {
    old: u64,
    new: u64,
}

impl Path {
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.new == 0 {
            return Err(ProofError);
        }
        let is_left = self.old & 1 == 1 || self.old == self.new;
        if is_left {
            self.skip_while(|path| path.old & 1 == 0 && path.old != 0);
        }
        self.up();
        Ok(if is_left { Side::Left } else { Side::Right })
    }

    fn skip_while(&mut self, skips: impl Fn(&Self) -> bool) {
        while skips(self) {
            self.up();
        }
    }

    const fn up(&mut self) {
        self.old >>= 1;
        self.new >>= 1;
    }
}
