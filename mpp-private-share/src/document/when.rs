//! The day of a transaction.

use jiff::civil::Date;
use mpp_core::{DataRange, Timestamp};

/// The attributes in which transactions carry their day, the most telling first (fi-schemas.md §4 to §10).
pub(super) const DAYS: [&str; 7] = [
    "transactionTimestamp",
    "transactionDateTime",
    "txnDate",
    "transactionDate",
    "executionDate",
    "orderDate",
    "valueDate",
];

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The day a text means, in India where it is an instant; `None` when it cannot be read.
pub(super) fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.day_in_india());
    }
    let (date, rest) = text.split_at_checked(text.find(['T', ' ']).unwrap_or(text.len()))?;
    if !(rest.is_empty() || rest.starts_with(['T', ' '])) {
        return None;
    }
    let mut parts = date.split(['-', '/']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, second, first) };
    if year.len() != 4 {
        return None;
    }
    Date::new(number(year)?, month_number(month)?, i8::try_from(number(day)?).ok()?).ok()
}

fn number(digits: &str) -> Option<i16> {
    let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn month_number(text: &str) -> Option<i8> {
    if let Some(month) = number(text) {
        return i8::try_from(month).ok();
    }
    let lower = text.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == lower)?;
    i8::try_from(at).ok()?.checked_add(1)
}

/// The days a range allows, with one to spare at either end.
#[derive(Debug, Clone, Copy)]
pub(super) struct AllowedDays {
    first: Date,
    last: Date,
}

impl AllowedDays {
    pub(super) fn of(range: DataRange) -> Self {
        let (from, to) = (range.from().day_in_india(), range.to().day_in_india());
        Self { first: from.yesterday().unwrap_or(from), last: to.tomorrow().unwrap_or(to) }
    }

    pub(super) fn contain(self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_spelling_met_is_read() {
        for text in [
            "2026-01-03T19:40:00.000+05:30",
            "2026-01-02T19:40:00.000Z",
            "2026-01-03T00:00:00",
            "2026-01-03 10:00:00",
            "2026-01-03",
            "03-01-2026",
            "3/1/2026",
            "03-Jan-2026",
        ] {
            assert_eq!(day(text), Some(date(2026, 1, 3)), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "soon", "2026", "2026-13-01", "99-99-9999", "1-2-3", "2026-01-03-04", "२०२६-०१-०३"]
        {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
