//! Instants and spans. An instant is kept to the millisecond, as ReBIT writes it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in UTC, to the millisecond; written as `yyyy-MM-ddTHH:mm:ss.SSSZ` (ReBIT, section "timestamp").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text is not an instant this system understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date-time with an explicit offset")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When the instant lies outside the years -9999 to 9999.
    pub fn from_unix_millis(millis: i64) -> Result<Self, InvalidTimestamp> {
        jiff::Timestamp::from_millisecond(millis).map(Self).map_err(|_| InvalidTimestamp)
    }

    /// The instant, cut to the millisecond.
    #[must_use]
    pub fn from_jiff(instant: jiff::Timestamp) -> Self {
        jiff::Timestamp::from_millisecond(instant.as_millisecond()).map_or(Self(instant), Self)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_unix_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub fn as_unix_seconds(self) -> i64 {
        self.0.as_millisecond().div_euclid(1000)
    }

    /// This instant plus `span`; the latest representable instant when that would overflow.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self::from_unix_millis(self.as_unix_millis().saturating_add(span.as_millis()))
            .unwrap_or(Self(jiff::Timestamp::MAX))
    }

    /// This instant minus `span`; the earliest representable instant when that would overflow.
    #[must_use]
    pub fn minus(self, span: Span) -> Self {
        Self::from_unix_millis(self.as_unix_millis().saturating_sub(span.as_millis()))
            .unwrap_or(Self(jiff::Timestamp::MIN))
    }

    /// The time from `earlier` to this instant; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span::from_millis(self.as_unix_millis().saturating_sub(earlier.as_unix_millis()).max(0))
    }

    /// The calendar day of this instant in India (UTC+05:30), by which use is counted and billed.
    #[must_use]
    pub fn day_in_india(self) -> Date {
        Offset::from_seconds(19_800).unwrap_or(Offset::UTC).to_datetime(self.0).date()
    }

    /// The instant with which a day begins in India; the earliest representable instant when that cannot be
    /// represented.
    #[must_use]
    pub fn start_of_day_in_india(day: Date) -> Self {
        Offset::from_seconds(19_800)
            .unwrap_or(Offset::UTC)
            .to_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
            .map_or(Self(jiff::Timestamp::MIN), Self::from_jiff)
    }

    /// This instant moved by calendar months and days in UTC, clipped to the end of a shorter month;
    /// the latest representable instant when that would overflow.
    #[must_use]
    pub fn plus_calendar(self, months: u32, days: u32) -> Self {
        let span = jiff::Span::new().try_months(months).and_then(|span| span.try_days(days));
        span.and_then(|span| Offset::UTC.to_datetime(self.0).checked_add(span))
            .and_then(|moved| Offset::UTC.to_timestamp(moved))
            .map_or(Self(jiff::Timestamp::MAX), Self::from_jiff)
    }

    /// This instant moved back by calendar months and days in UTC, clipped to the end of a shorter month;
    /// the earliest representable instant when that would overflow.
    #[must_use]
    pub fn minus_calendar(self, months: u32, days: u32) -> Self {
        let span = jiff::Span::new().try_months(months).and_then(|span| span.try_days(days));
        span.and_then(|span| Offset::UTC.to_datetime(self.0).checked_sub(span))
            .and_then(|moved| Offset::UTC.to_timestamp(moved))
            .map_or(Self(jiff::Timestamp::MIN), Self::from_jiff)
    }

    /// The calendar date and time of this instant in UTC.
    pub(crate) fn civil_utc(self) -> DateTime {
        Offset::UTC.to_datetime(self.0)
    }

    /// The instant at midnight UTC with which `date` begins; the earliest representable instant when that
    /// cannot be represented.
    pub(crate) fn at_start_of(date: Date) -> Self {
        Offset::UTC
            .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
            .map_or(Self(jiff::Timestamp::MIN), Self::from_jiff)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Takes RFC 3339 date-times with any offset and up to nine fraction digits, and the `+0000` form that
    /// occurs in the field (account-aggregator.md §6.5).
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let shape_holds = text.is_ascii()
            && text.len() <= 40
            && matches!(text.as_bytes().get(10), Some(b'T' | b't'))
            && !text.contains(['[', ' ', ',']);
        if !shape_holds {
            return Err(InvalidTimestamp);
        }
        text.parse::<jiff::Timestamp>().map(Self::from_jiff).map_err(|_| InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "An instant: RFC 3339; written in UTC with milliseconds.",
        })
    }
}

/// A length of time in milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    /// So many milliseconds; negative counts are taken as zero.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// So many minutes.
    #[must_use]
    pub const fn from_minutes(minutes: i64) -> Self {
        Self::from_seconds(minutes.saturating_mul(60))
    }

    /// So many hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_minutes(hours.saturating_mul(60))
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self::from_hours(days.saturating_mul(24))
    }

    /// The length in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The length as the standard library's duration.
    #[must_use]
    pub fn as_duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_three_fraction_digits_and_z() {
        let instant = Timestamp::from_unix_millis(1_768_469_400_000).unwrap();
        assert_eq!(instant.to_string(), "2026-01-15T09:30:00.000Z");
        assert_eq!(serde_json::to_string(&instant).unwrap(), "\"2026-01-15T09:30:00.000Z\"");
    }

    #[test]
    fn reads_every_offset_form_seen_in_the_field() {
        let expected = Timestamp::from_unix_millis(1_768_469_400_000).unwrap();
        for text in [
            "2026-01-15T09:30:00Z",
            "2026-01-15T09:30:00.000000Z",
            "2026-01-15T15:00:00.000+05:30",
            "2026-01-15T09:30:00.000+0000",
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_an_instant() {
        for text in [
            "",
            "2026-01-15",
            "2026-01-15T09:30:00",
            " 2026-01-15T09:30:00Z",
            "2026-01-15T09:30:00Z ",
            "2026-13-15T09:30:00Z",
            "2026-01-15 09:30:00Z",
            "2026-01-15T09:30:00+05:30[Asia/Kolkata]",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let instant = Timestamp::from_unix_millis(0).unwrap();
        assert!(instant.plus(Span::from_millis(i64::MAX)) > instant);
        assert!(instant.minus(Span::from_millis(i64::MAX)) < instant);
        assert_eq!(instant.since(instant.plus(Span::from_days(1))), Span::default());
    }

    #[test]
    fn the_billing_day_is_indian() {
        let late: Timestamp = "2026-01-31T18:30:00Z".parse().unwrap();
        assert_eq!(late.day_in_india().to_string(), "2026-02-01");
    }

    #[test]
    fn calendar_months_clip_to_the_month_end() {
        let january: Timestamp = "2026-01-31T00:00:00Z".parse().unwrap();
        assert_eq!(january.plus_calendar(1, 0).to_string(), "2026-02-28T00:00:00.000Z");
        assert_eq!(january.minus_calendar(2, 1).to_string(), "2025-11-29T00:00:00.000Z");
        assert!(
            january.minus_calendar(u32::MAX, 0) < january && january < january.plus_calendar(u32::MAX, 0)
        );
    }

    #[test]
    fn a_day_in_india_begins_half_past_six_the_evening_before() {
        let day = jiff::civil::date(2026, 2, 1);
        let begins = Timestamp::start_of_day_in_india(day);
        assert_eq!(begins, "2026-01-31T18:30:00Z".parse().unwrap());
        assert_eq!(begins.day_in_india(), day);
        assert_eq!(begins.minus(Span::from_millis(1)).day_in_india(), jiff::civil::date(2026, 1, 31));
    }
}
