//! Medians, spreads, percentiles, and chance.

use std::sync::atomic::{AtomicU64, Ordering};

/// The middle, the least and the most of some figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        let last = sorted.len().saturating_sub(1);
        Self { median: f64::midpoint(at(last / 2), at(sorted.len() / 2)), min: at(0), max: at(last) }
    }
}

/// The figure below which so many of a hundred lie.
pub(crate) fn percentile(figures: &[f64], percent: usize) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// A count as a figure.
pub(crate) fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

static DRAWN: AtomicU64 = AtomicU64::new(0);

/// Numbers that look drawn by chance, none twice (SplitMix64).
pub(crate) fn draw() -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let state = DRAWN.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Sixteen bytes of chance, for an identifier.
pub(crate) fn draw_bytes() -> [u8; 16] {
    (u128::from(draw()) << 64 | u128::from(draw())).to_be_bytes()
}
