//! Bytes for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use mpp_core::Entropy;

/// Bytes that never repeat within a run and are the same in every run. For tests only.
#[derive(Debug, Default)]
pub struct CountingEntropy {
    drawn: AtomicU64,
}

impl Entropy for CountingEntropy {
    /// Every eight bytes are the next number, scattered by the multipliers of SplitMix64.
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            for (byte, random) in chunk.iter_mut().zip((mixed ^ (mixed >> 31)).to_le_bytes()) {
                *byte = random;
            }
        }
    }
}
