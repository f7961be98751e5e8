//! Amounts of money in documents.

use std::fmt;
use std::ops::{Add, Sub};

/// An amount in paise (hundredths of a rupee). Written as rupees with two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Paise(i64);

impl Paise {
    /// So many paise.
    pub(crate) const fn new(paise: i64) -> Self {
        Self(paise)
    }

    /// So many whole rupees.
    pub(crate) const fn rupees(rupees: i64) -> Self {
        Self(rupees.saturating_mul(100))
    }

    /// The amount in paise.
    pub(crate) const fn count(self) -> i64 {
        self.0
    }

    /// `numerator / denominator` of this amount, rounded down to the paisa.
    pub(crate) const fn part(self, numerator: i64, denominator: i64) -> Self {
        Self(self.0.saturating_mul(numerator).div_euclid(if denominator == 0 { 1 } else { denominator }))
    }

    /// This amount rounded down to whole multiples of `rupees`.
    pub(crate) const fn rounded_to_rupees(self, rupees: i64) -> Self {
        let unit = if rupees <= 0 { 100 } else { rupees.saturating_mul(100) };
        Self(self.0.div_euclid(unit).saturating_mul(unit))
    }
}

impl Add for Paise {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Paise {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Paise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let count = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", count / 100, count % 100)
    }
}

/// Reads a decimal text of rupees, as a data filter gives it; `None` when it is not one.
pub(crate) fn parse_rupees(text: &str) -> Option<Paise> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let rupees: i64 = whole.parse().ok()?;
    let mut padded: String = fraction.chars().take(2).collect();
    if !fraction.chars().all(|character| character.is_ascii_digit()) {
        return None;
    }
    while padded.len() < 2 {
        padded.push('0');
    }
    let paise: i64 = padded.parse().ok()?;
    let count = rupees.checked_mul(100)?;
    count.checked_add(if whole.starts_with('-') { -paise } else { paise }).map(Paise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_rupees_exactly() {
        for (count, text) in [(0, "0.00"), (5, "0.05"), (123_456, "1234.56"), (-250, "-2.50")] {
            assert_eq!(Paise::new(count).to_string(), text);
            assert_eq!(parse_rupees(text), Some(Paise::new(count)));
        }
        assert_eq!(parse_rupees("1000"), Some(Paise::rupees(1000)));
        assert_eq!(parse_rupees("1e3"), None);
    }
}
