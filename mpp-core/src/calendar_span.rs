//! Lengths of time in calendar units, as products state them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The most months and the most days: what is written has five digits at most, as what is read.
const MOST: u32 = 99_999;

/// A length in calendar months and days, never zero and at most 99,999 of each, written as an ISO 8601 duration such as
/// `P13M` or `P1Y15D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct CalendarSpan {
    months: u32,
    days: u32,
}

/// The text is not a length in calendar units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a duration of whole years, months or days above zero, at most 99999 months and days, such as P13M"
)]
pub struct InvalidCalendarSpan;

impl CalendarSpan {
    /// So many calendar days.
    ///
    /// # Errors
    /// When `days` is zero or above 99,999.
    pub const fn from_days(days: u32) -> Result<Self, InvalidCalendarSpan> {
        Self::new(0, days)
    }

    /// So many calendar months.
    ///
    /// # Errors
    /// When `months` is zero or above 99,999.
    pub const fn from_months(months: u32) -> Result<Self, InvalidCalendarSpan> {
        Self::new(months, 0)
    }

    /// So many calendar months and days.
    ///
    /// # Errors
    /// When both are zero, or one is above 99,999.
    pub const fn new(months: u32, days: u32) -> Result<Self, InvalidCalendarSpan> {
        let is_nothing = months == 0 && days == 0;
        if is_nothing || months > MOST || days > MOST {
            Err(InvalidCalendarSpan)
        } else {
            Ok(Self { months, days })
        }
    }

    /// A length that stands in a table of ours, in months and days.
    pub(crate) const fn constant((months, days): (u32, u32)) -> Self {
        Self { months, days }
    }

    /// Whole months of it.
    #[must_use]
    pub const fn months(self) -> u32 {
        self.months
    }

    /// Days beyond the months.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.days
    }

    /// The instant this long after `start`.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Timestamp {
        start.plus_calendar(self.months, self.days)
    }

    /// The instant this long before `end`.
    #[must_use]
    pub fn before(self, end: Timestamp) -> Timestamp {
        end.minus_calendar(self.months, self.days)
    }
}

impl fmt::Display for CalendarSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        if self.months > 0 {
            write!(f, "{}M", self.months)?;
        }
        if self.days > 0 {
            write!(f, "{}D", self.days)?;
        }
        Ok(())
    }
}

impl FromStr for CalendarSpan {
    type Err = InvalidCalendarSpan;

    fn from_str(text: &str) -> Result<Self, InvalidCalendarSpan> {
        let rest = text.strip_prefix('P').ok_or(InvalidCalendarSpan)?;
        let (years, rest) = leading(rest, 'Y')?;
        let (months, rest) = leading(rest, 'M')?;
        let (days, rest) = leading(rest, 'D')?;
        if !rest.is_empty() {
            return Err(InvalidCalendarSpan);
        }
        let months = years.checked_mul(12).and_then(|more| more.checked_add(months));
        Self::new(months.ok_or(InvalidCalendarSpan)?, days)
    }
}

/// Reads the number before `unit`, zero where the unit does not come next; returns it and what follows.
fn leading(text: &str, unit: char) -> Result<(u32, &str), InvalidCalendarSpan> {
    let Some((digits, rest)) = text.split_once(unit) else { return Ok((0, text)) };
    if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidCalendarSpan);
    }
    digits.parse().map(|number| (number, rest)).map_err(|_| InvalidCalendarSpan)
}

impl TryFrom<String> for CalendarSpan {
    type Error = InvalidCalendarSpan;

    fn try_from(text: String) -> Result<Self, InvalidCalendarSpan> {
        text.parse()
    }
}

impl From<CalendarSpan> for String {
    fn from(span: CalendarSpan) -> Self {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_iso_8601() {
        for (text, written) in [("P13M", "P13M"), ("P1Y", "P12M"), ("P1Y2M3D", "P14M3D"), ("P31D", "P31D")] {
            assert_eq!(text.parse::<CalendarSpan>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn refuses_nothing_and_nonsense() {
        for bad in ["", "P", "P0M", "13M", "P1M1Y", "P-1M", "P1.5M", "PT1H", "P1W", "P999999D", "P1MX"] {
            assert_eq!(bad.parse::<CalendarSpan>(), Err(InvalidCalendarSpan), "{bad}");
        }
    }

    #[test]
    fn refuses_what_could_not_be_read_again_as_written() {
        for (most, beyond) in [("P8333Y3M", "P8333Y4M"), ("P99999M", "P9999Y"), ("P99999D", "P1M100000D")] {
            let most: CalendarSpan = most.parse().unwrap();
            assert_eq!(most.to_string().parse(), Ok(most));
            assert_eq!(beyond.parse::<CalendarSpan>(), Err(InvalidCalendarSpan), "{beyond}");
        }
        assert_eq!(CalendarSpan::from_months(100_000), Err(InvalidCalendarSpan));
        assert_eq!(CalendarSpan::from_days(100_000), Err(InvalidCalendarSpan));
    }
}
