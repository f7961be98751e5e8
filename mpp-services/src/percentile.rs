//! How long things took, in figures that occurred.

/// The least value that `share` of a hundred do not exceed, by the nearest rank; `None` of nothing.
pub(crate) fn percentile(sorted: &[u64], share: usize) -> Option<u64> {
    let rank = sorted.len().saturating_mul(share).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!([50, 95, 99].map(|share| percentile(&hundred, share)), [Some(50), Some(95), Some(99)]);
        assert_eq!([50, 95, 99].map(|share| percentile(&[7], share)), [Some(7); 3]);
        assert_eq!(percentile(&[3, 9], 50), Some(3));
        assert_eq!(percentile(&[], 50), None);
    }
}
