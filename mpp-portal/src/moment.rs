//! Instants as people in India read them, with the exact instant beside.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use mpp_core::Timestamp;

use crate::words::Language;

/// An instant, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Date and time in India.
    pub(crate) shown: String,
    /// The exact instant in UTC.
    pub(crate) exact: String,
}

impl Moment {
    /// The instant in a language.
    pub(crate) fn of(instant: Timestamp, language: Language) -> Self {
        let here = in_india(instant);
        let month = language.month(here.month());
        let (hour, minute, second) = (here.hour(), here.minute(), here.second());
        let shown = format!("{} {month} {}, {hour:02}:{minute:02}:{second:02} IST", here.day(), here.year());
        Self { shown, exact: instant.to_string() }
    }
}

/// A day in a language: 16 Jan 2026.
pub(crate) fn day(day: Date, language: Language) -> String {
    format!("{} {} {}", day.day(), language.month(day.month()), day.year())
}

/// A whole number with Indian grouping: 12,34,567.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let Some(head) = digits.len().checked_sub(3).filter(|head| *head > 0) else { return digits };
    let (head, tail) = digits.split_at(head);
    let mut pairs = Vec::new();
    let mut rest = head;
    while rest.len() > 2 {
        let (front, pair) = rest.split_at(rest.len() - 2);
        pairs.push(pair);
        rest = front;
    }
    pairs.push(rest);
    pairs.reverse();
    format!("{},{tail}", pairs.join(","))
}

/// A count that went no further than some number, and may stand for more there.
pub(crate) fn counted(number: u64, counted_to: u64) -> String {
    let more = if number >= counted_to { "+" } else { "" };
    format!("{}{more}", grouped(number))
}

/// A length in bytes, as people read one.
pub(crate) fn bytes(count: u64) -> String {
    const STEP: u64 = 1024;
    let tenth = |unit: u64| (count / unit, count % unit * 10 / unit);
    if count < STEP {
        return format!("{count} B");
    }
    let ((whole, part), unit) =
        if count < STEP * STEP { (tenth(STEP), "KiB") } else { (tenth(STEP * STEP), "MiB") };
    format!("{whole}.{part} {unit}")
}

fn in_india(instant: Timestamp) -> DateTime {
    let instant = jiff::Timestamp::from_millisecond(instant.as_unix_millis()).unwrap_or_default();
    Offset::from_seconds(19_800).unwrap_or(Offset::UTC).to_datetime(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_india_and_kept_exactly() {
        let at: Timestamp = "2026-01-15T20:25:07.125Z".parse().unwrap();
        let moment = Moment::of(at, Language::English);
        assert_eq!(moment.shown, "16 Jan 2026, 01:55:07 IST");
        assert_eq!(moment.exact, "2026-01-15T20:25:07.125Z");
        assert_eq!(Moment::of(at, Language::Hindi).shown, "16 जन॰ 2026, 01:55:07 IST");
        assert_eq!(Moment::of(at, Language::Tamil).shown, "16 ஜன. 2026, 01:55:07 IST");
    }

    #[test]
    fn numbers_are_grouped_by_lakh_and_crore() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (99_999, "99,999"),
            (100_000, "1,00,000"),
            (12_345_678, "1,23,45,678"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!((counted(9_999, 10_000).as_str(), counted(10_000, 10_000).as_str()), ("9,999", "10,000+"));
        assert_eq!(
            (bytes(999), bytes(1536), bytes(5 * 1024 * 1024)),
            ("999 B".into(), "1.5 KiB".into(), "5.0 MiB".into())
        );
    }
}
