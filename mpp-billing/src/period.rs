//! Billing months and financial years. Days are days in India.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar month in India, written `2026-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct BillingMonth(Date);

/// A text is not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a billing month is written yyyy-mm")]
pub struct InvalidMonth;

impl InvalidMonth {
    /// The same text will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

impl BillingMonth {
    /// The month a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> Date {
        self.0
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.0.last_of_month()
    }

    /// Whether the day lies in it.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        Self::of(day) == self
    }

    /// Whether the month is over on `today`: only then can it be closed.
    #[must_use]
    pub fn is_over(self, today: Date) -> bool {
        today > self.last_day()
    }
}

impl fmt::Display for BillingMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for BillingMonth {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        if text.len() != 7 {
            return Err(InvalidMonth);
        }
        format!("{text}-01").parse().map(Self).map_err(|_| InvalidMonth)
    }
}

impl TryFrom<String> for BillingMonth {
    type Error = InvalidMonth;

    fn try_from(text: String) -> Result<Self, InvalidMonth> {
        text.parse()
    }
}

impl From<BillingMonth> for String {
    fn from(month: BillingMonth) -> Self {
        month.to_string()
    }
}

/// A financial year, 1 April to 31 March, named by the year in which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FinancialYear(i16);

impl FinancialYear {
    /// The financial year a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(if day.month() < 4 { day.year().saturating_sub(1) } else { day.year() })
    }

    /// The year in which it begins.
    #[must_use]
    pub const fn begins_in(self) -> i16 {
        self.0
    }

    /// Four digits for document numbers: `2526`.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:02}{:02}", self.0.rem_euclid(100), self.0.saturating_add(1).rem_euclid(100))
    }

    /// The first day whose books are kept on `today`: they are kept for eight years from the end of their financial year
    /// on.
    #[must_use]
    pub fn books_kept_from(today: Date) -> Date {
        Date::new(Self::of(today).begins_in().saturating_sub(8), 4, 1).unwrap_or(Date::MIN)
    }

    /// The last day for a credit note on a supply of this year: 30 November after its end (section 34).
    #[must_use]
    pub fn last_day_for_credit(self) -> Date {
        Date::new(self.0.saturating_add(1), 11, 30).unwrap_or(Date::MAX)
    }
}

impl fmt::Display for FinancialYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.0, self.0.saturating_add(1).rem_euclid(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_year_turns_on_the_first_of_april() {
        assert_eq!(FinancialYear::of(date(2026, 3, 31)).to_string(), "2025-26");
        assert_eq!(FinancialYear::of(date(2026, 4, 1)).to_string(), "2026-27");
        assert_eq!(FinancialYear::of(date(2000, 1, 1)).digits(), "9900");
        assert_eq!(FinancialYear::of(date(2026, 1, 31)).last_day_for_credit(), date(2026, 11, 30));
    }

    #[test]
    fn books_of_a_year_are_kept_for_eight_years_behind_its_end() {
        assert_eq!(FinancialYear::books_kept_from(date(2035, 3, 31)), date(2026, 4, 1));
        assert_eq!(FinancialYear::books_kept_from(date(2035, 4, 1)), date(2027, 4, 1));
    }

    #[test]
    fn the_billing_day_is_the_day_in_india() {
        let at = |text: &str| text.parse::<mpp_core::Timestamp>().unwrap().day_in_india();
        let january: BillingMonth = "2026-01".parse().unwrap();
        assert!(january.contains(at("2026-01-31T18:29:59.999Z")));
        assert!(!january.contains(at("2026-01-31T18:30:00Z")));
        assert!(!january.is_over(date(2026, 1, 31)) && january.is_over(date(2026, 2, 1)));
        assert_eq!("2026-1".parse::<BillingMonth>(), Err(InvalidMonth));
        assert_eq!("2026-13".parse::<BillingMonth>(), Err(InvalidMonth));
    }
}
