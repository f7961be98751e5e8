//! How often data may be fetched. Uses are counted in calendar buckets of UTC, not in a rolling window
//! (account-aggregator.md §7), so that two fetches at 23:59 and 00:01 fall into two days.

use serde::{Deserialize, Serialize};

use crate::{Span, Timestamp};

/// A unit of `Frequency`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum FrequencyUnit {
    /// Per hour.
    Hour,
    /// Per calendar day.
    Day,
    /// Per calendar month.
    Month,
    /// Per calendar year.
    Year,
    /// Without bound (allowed in requests only).
    Inf,
}

/// How many fetches are allowed per unit of time, counted in calendar buckets (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// The unit.
    pub unit: FrequencyUnit,
    /// How many fetches per unit.
    pub value: u32,
}

/// One calendar bucket: an hour, day, month or year of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrequencyBucket {
    starts: Timestamp,
    ends: Timestamp,
}

impl FrequencyBucket {
    /// The first instant of the bucket.
    #[must_use]
    pub const fn starts(self) -> Timestamp {
        self.starts
    }

    /// The first instant after the bucket.
    #[must_use]
    pub const fn ends(self) -> Timestamp {
        self.ends
    }

    /// Whether `at` falls into the bucket.
    #[must_use]
    pub fn contains(self, at: Timestamp) -> bool {
        self.starts <= at && at < self.ends
    }
}

impl Frequency {
    /// The bucket `at` falls into; `None` when the frequency has no bound.
    #[must_use]
    pub fn bucket(self, at: Timestamp) -> Option<FrequencyBucket> {
        let date = at.civil_utc().date();
        let (starts, ends) = match self.unit {
            FrequencyUnit::Hour => {
                let into_hour = at.as_unix_millis().rem_euclid(Span::from_hours(1).as_millis());
                let starts = at.minus(Span::from_millis(into_hour));
                (starts, starts.plus(Span::from_hours(1)))
            }
            FrequencyUnit::Day => with_end(Timestamp::at_start_of(date), 0, 1),
            FrequencyUnit::Month => with_end(Timestamp::at_start_of(date.first_of_month()), 1, 0),
            FrequencyUnit::Year => with_end(Timestamp::at_start_of(date.first_of_year()), 12, 0),
            FrequencyUnit::Inf => return None,
        };
        Some(FrequencyBucket { starts, ends })
    }

    /// When a use at `now` would exceed the frequency after `uses_so_far`: the first instant at which one is
    /// allowed again. `None` when a use at `now` is allowed.
    #[must_use]
    pub fn blocked_until(self, uses_so_far: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        let bucket = self.bucket(now)?;
        let used = uses_so_far.iter().filter(|used_at| bucket.contains(**used_at)).count();
        let allowed = usize::try_from(self.value).unwrap_or(usize::MAX);
        (used >= allowed).then_some(bucket.ends)
    }
}

fn with_end(starts: Timestamp, months: u32, days: u32) -> (Timestamp, Timestamp) {
    (starts, starts.plus_calendar(months, days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn buckets_follow_the_calendar_in_utc() {
        let instant = at("2028-02-29T23:59:59.999Z");
        for (unit, starts, ends) in [
            (FrequencyUnit::Hour, "2028-02-29T23:00:00Z", "2028-03-01T00:00:00Z"),
            (FrequencyUnit::Day, "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
            (FrequencyUnit::Month, "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            (FrequencyUnit::Year, "2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
        ] {
            let bucket = Frequency { unit, value: 1 }.bucket(instant).unwrap();
            assert_eq!((bucket.starts(), bucket.ends()), (at(starts), at(ends)), "{unit:?}");
        }
    }

    #[test]
    fn a_minute_around_midnight_is_two_days() {
        let daily = Frequency { unit: FrequencyUnit::Day, value: 1 };
        let uses = [at("2026-01-15T23:59:30Z")];
        assert_eq!(daily.blocked_until(&uses, at("2026-01-15T23:59:40Z")), Some(at("2026-01-16T00:00:00Z")));
        assert_eq!(daily.blocked_until(&uses, at("2026-01-16T00:00:00Z")), None);
    }

    #[test]
    fn no_bound_never_blocks() {
        let unbound = Frequency { unit: FrequencyUnit::Inf, value: 0 };
        assert_eq!(unbound.blocked_until(&[at("2026-01-15T00:00:00Z"); 9], at("2026-01-15T00:00:00Z")), None);
    }
}
