//! Repeatable chance: the same seed parts always give the same throws, on every machine.

use sha2::{Digest, Sha256};

/// A small deterministic generator (SplitMix64) seeded by the hash of its parts. It makes invented customers,
/// never keys.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice whose throws depend on every one of `parts` and their order.
    pub(crate) fn seeded(parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let digest = hasher.finalize();
        let seed = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0).unsigned_abs().saturating_add(1);
        let step = i64::try_from(self.throw() % width).unwrap_or(0);
        low.saturating_add(step)
    }

    /// Whether an event of so many in a hundred happens.
    pub(crate) fn happens(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).unwrap_or(1).max(1);
        let at = usize::try_from(self.throw() % count).unwrap_or(0);
        choices.get(at).copied().unwrap_or_default()
    }

    /// So many decimal digits, the first never zero.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|at| {
                let digit = self.between(i64::from(at == 0), 9);
                u8::try_from(digit).map_or('0', |digit| char::from(b'0'.saturating_add(digit)))
            })
            .collect()
    }
}
