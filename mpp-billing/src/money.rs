//! Amounts, quantities and rates as integers. Nothing here knows a floating-point number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in paise; negative for what is taken off. Written as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Paise(i64);

/// How many units of something. Written as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Quantity(u64);

/// A rate in hundredths of a per cent: 18 % is 1800. At most 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u32", into = "u32")]
pub struct BasisPoints(u32);

/// Why an amount could not be computed or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result lies beyond what can be held.
    #[error("the amount is too large")]
    Overflow,
    /// A rate above 100 %.
    #[error("a rate is at most 100 %")]
    Rate,
    /// A text is not an amount in rupees with at most two decimals.
    #[error("an amount is written in rupees with at most two decimals")]
    Form,
}

impl MoneyError {
    /// The same figures will always fail.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

impl Paise {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many paise.
    #[must_use]
    pub const fn new(paise: i64) -> Self {
        Self(paise)
    }

    /// The number of paise.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// When it overflows.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    /// When it overflows.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::Overflow)
    }

    /// The price of `quantity` units at this price each.
    ///
    /// # Errors
    /// When it overflows.
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        let quantity = i64::try_from(quantity.0).map_err(|_| MoneyError::Overflow)?;
        self.0.checked_mul(quantity).map(Self).ok_or(MoneyError::Overflow)
    }

    /// The sum of all.
    ///
    /// # Errors
    /// When it overflows.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// The nearest whole rupee; fifty paise go away from zero (section 170 of the CGST Act).
    ///
    /// # Errors
    /// When it overflows.
    pub fn to_rupee(self) -> Result<Self, MoneyError> {
        nearest(i128::from(self.0), 100)?.checked_mul(100).map(Self).ok_or(MoneyError::Overflow)
    }

    /// Reads `1234.5`, `1,23,456.78` or `-5`, in rupees.
    ///
    /// # Errors
    /// When the text has another form or is too large.
    pub fn from_rupees(text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (rupees, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
        let rupees: String = rupees.chars().filter(|c| *c != ',').collect();
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(&rupees) || !all_digits(fraction) || fraction.len() > 2 || digits.starts_with(',') {
            return Err(MoneyError::Form);
        }
        let whole: i64 = format!("{rupees}{fraction:0<2}").parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self(if negative { -whole } else { whole }))
    }
}

impl Quantity {
    /// So many.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// When it overflows.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::Overflow)
    }
}

impl BasisPoints {
    /// The rate.
    ///
    /// # Errors
    /// When it is above 100 %.
    pub const fn new(points: u32) -> Result<Self, MoneyError> {
        if points > 10_000 { Err(MoneyError::Rate) } else { Ok(Self(points)) }
    }

    /// Hundredths of a per cent.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Half of the rate, for the central and the State's part; `None` where it cannot be halved.
    #[must_use]
    pub const fn half(self) -> Option<Self> {
        if self.0.is_multiple_of(2) { Some(Self(self.0 / 2)) } else { None }
    }

    /// This share of `amount`, to the nearest paisa; half a paisa goes away from zero.
    ///
    /// # Errors
    /// When it overflows.
    pub fn of(self, amount: Paise) -> Result<Paise, MoneyError> {
        nearest(i128::from(amount.0) * i128::from(self.0), 10_000).map(Paise)
    }
}

/// `value / divisor`, halves away from zero.
fn nearest(value: i128, divisor: i128) -> Result<i64, MoneyError> {
    let half = if value < 0 { -divisor / 2 } else { divisor / 2 };
    i64::try_from((value + half) / divisor).map_err(|_| MoneyError::Overflow)
}

impl TryFrom<u32> for BasisPoints {
    type Error = MoneyError;

    fn try_from(points: u32) -> Result<Self, MoneyError> {
        Self::new(points)
    }
}

impl From<BasisPoints> for u32 {
    fn from(rate: BasisPoints) -> Self {
        rate.0
    }
}

impl fmt::Display for Paise {
    /// Rupees with Indian grouping and two decimals: `1,06,790.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", Grouped(size / 100), size % 100)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Grouped(self.0).fmt(f)
    }
}

impl fmt::Display for BasisPoints {
    /// Per cent: `18%`, `2.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}%"),
            part if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            part => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// A number in lakh and crore grouping: the last three digits, then pairs.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            return write!(f, "{}", self.0);
        }
        let mut pairs = Vec::new();
        let mut rest = self.0 / 1000;
        while rest >= 100 {
            pairs.push(rest % 100);
            rest /= 100;
        }
        write!(f, "{rest}")?;
        pairs.iter().rev().try_for_each(|pair| write!(f, ",{pair:02}"))?;
        write!(f, ",{:03}", self.0 % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_grouped_by_lakh_and_crore() {
        for (paise, text) in [
            (0, "0.00"),
            (5, "0.05"),
            (-21, "-0.21"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (10_679_000, "1,06,790.00"),
            (123_456_789_012, "1,23,45,67,890.12"),
            (i64::MIN, "-92,23,37,20,36,85,47,758.08"),
        ] {
            assert_eq!(Paise::new(paise).to_string(), text);
        }
        assert_eq!(Quantity::new(12_480).to_string(), "12,480");
        assert_eq!(BasisPoints(250).to_string(), "2.5%");
        assert_eq!(BasisPoints(1800).to_string(), "18%");
        assert_eq!(BasisPoints(25).to_string(), "0.25%");
    }

    #[test]
    fn halves_go_away_from_zero() {
        let nine = BasisPoints(900);
        assert_eq!(nine.of(Paise(123_457)), Ok(Paise(11_111)));
        assert_eq!(BasisPoints(5000).of(Paise(1)), Ok(Paise(1)));
        assert_eq!(BasisPoints(5000).of(Paise(-1)), Ok(Paise(-1)));
        assert_eq!(Paise(145_650).to_rupee(), Ok(Paise(145_700)));
        assert_eq!(Paise(145_649).to_rupee(), Ok(Paise(145_600)));
    }

    #[test]
    fn overflow_is_an_error() {
        assert_eq!(Paise(i64::MAX).plus(Paise(1)), Err(MoneyError::Overflow));
        assert_eq!(Paise(i64::MAX).times(Quantity(2)), Err(MoneyError::Overflow));
        assert_eq!(Paise(1).times(Quantity(u64::MAX)), Err(MoneyError::Overflow));
        assert_eq!(BasisPoints(10_000).of(Paise(i64::MIN)), Ok(Paise(i64::MIN)));
        assert_eq!(BasisPoints::new(10_001), Err(MoneyError::Rate));
    }

    #[test]
    fn other_texts_are_no_amounts() {
        for bad in ["", "-", ".5", "1.", "1.234", "1e3", "₹5", " 5", "=5", ",5", "१"] {
            assert_eq!(Paise::from_rupees(bad), Err(MoneyError::Form), "{bad}");
        }
        assert_eq!(Paise::from_rupees("99999999999999999999"), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(paise in -i64::MAX..=i64::MAX) {
            prop_assert_eq!(Paise::from_rupees(&Paise(paise).to_string()), Ok(Paise(paise)));
        }

        #[test]
        fn rounding_moves_by_half_a_rupee_at_most(paise in -1_000_000_000_000_i64..1_000_000_000_000) {
            let rounded = Paise(paise).to_rupee().unwrap();
            prop_assert_eq!(rounded.get() % 100, 0);
            prop_assert!((rounded.get() - paise).abs() <= 50);
        }
    }
}
