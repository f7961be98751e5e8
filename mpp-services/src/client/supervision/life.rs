//! The calendar of data lives: on which day how many documents reach their end, what is overdue, what was purged. It is read from
//! sums by day; no document is read but those that should be gone today.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use mpp_core::Timestamp;
use mpp_store::{IndexValue, ListOrder, MAX_PAGE, Record, RecordKey, RecordReaderExt};

use crate::client::jobs::PURGE;
use crate::client::records::{ItemRecord, ItemSlice, LifeDay, LifeDayRecord, LifeEnd, ProductRecord, index};
use crate::client::{ClientError, ClientService};

/// How far purges that wait for a person are counted.
const COUNTED_TO: u64 = 5_000;
/// Whole weeks, so that a month from any day on is in them.
const DAYS: usize = 42;
/// How many products with a source a calendar tells apart.
const MOST_SLICES: usize = 300;
/// How many days in the past with something overdue are named one by one.
const MOST_OVERDUE: usize = 60;
/// Central can announce a parcel late, with an end that is over by then.
const ANNOUNCED_LATE_DAYS: i64 = 31;

/// Six weeks of ends of data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifeCalendar {
    /// When it was counted.
    pub as_of: Timestamp,
    /// Today in India.
    pub today: Date,
    /// How far purges that wait for a person were counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Whether every document is counted: those received by a program of before come in little by little.
    pub is_complete: bool,
    /// The days, from a Monday on.
    pub days: Vec<CalendarDay>,
    /// Days whose documents should be gone and are still here, with how many; today's own too.
    pub overdue: Vec<(Date, u64)>,
    /// Documents whose data life ended earlier today and that are still here; of one product and source when they are named.
    pub overdue_today: u64,
    /// Documents that can no longer be read and are being destroyed.
    pub purging: u64,
    /// Purges that failed and wait for a person.
    pub parked: u64,
    /// Documents without an end of their data life, which are held until withdrawal.
    pub never: u64,
    /// What documents can be told apart by: every product with each of its sources.
    pub slices: Vec<ItemSlice>,
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDay {
    /// The day in India.
    pub day: Date,
    /// Documents whose data life ends on it and that are still here.
    pub ends: u64,
    /// Documents that were purged on it, for whatever cause.
    pub purged: u64,
}

/// A day by product and source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentsOfDay {
    /// The day as a whole.
    pub whole: CalendarDay,
    /// What there was of which product and source.
    pub slices: Vec<SliceOfDay>,
}

/// What there was of a product and source on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceOfDay {
    /// Of what.
    pub slice: ItemSlice,
    /// Documents whose data life ends on the day and that are still here.
    pub ends: u64,
    /// Documents that were purged on it.
    pub purged: u64,
}

/// How many documents there are of a day, or on none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    held: u64,
    purging: u64,
    purged: u64,
}

impl ClientService {
    /// Six weeks from the week of `from` on, or of today; of one product and source when they are named.
    ///
    /// # Errors
    /// When the store does not answer, or the days are beyond what a calendar has.
    pub async fn life_calendar(
        &self,
        from: Option<Date>,
        slice: Option<&ItemSlice>,
    ) -> Result<LifeCalendar, ClientError> {
        let as_of = self.now();
        let today = as_of.day_in_india();
        let days = weeks_from(from.unwrap_or(today)).ok_or(ClientError::Invalid("the day"))?;
        let backlog = self.store().backlog_up_to(as_of, COUNTED_TO).await?;
        let parked = backlog.into_iter().find(|queue| queue.queue == PURGE).map_or(0, |queue| queue.parked);
        let on_no_day = self.counts_of(&[LifeDay::None], None).await?;
        let on_no_day = on_no_day.get(&LifeDay::None).copied().unwrap_or_default();
        let late_today = self.late_today(today, as_of).await?;
        let of_slice = late_today.iter().filter(|late| slice.is_none_or(|slice| slice == *late));
        let overdue_today = count(of_slice.count());
        Ok(LifeCalendar {
            as_of,
            today,
            counted_to: COUNTED_TO,
            is_complete: self.is_every_item_counted().await?,
            days: self.counted_days(&days, slice).await?,
            overdue: self.overdue(today, count(late_today.len())).await?,
            overdue_today,
            purging: on_no_day.purging,
            parked,
            never: on_no_day.held,
            slices: self.known_slices().await?,
        })
    }

    /// A day by product and source.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn documents_of_day(&self, day: Date) -> Result<DocumentsOfDay, ClientError> {
        let mut slices = BTreeMap::new();
        for part in self.parts_of(&[LifeDay::On(day)]).await? {
            for sum in part.sums {
                let of: &mut Counts = slices.entry(sum.slice()).or_default();
                (of.held, of.purged) =
                    (of.held.saturating_add(sum.held), of.purged.saturating_add(sum.purged));
            }
        }
        let sum = |count: fn(&Counts) -> u64| slices.values().map(count).fold(0, u64::saturating_add);
        let whole = CalendarDay { day, ends: sum(|of| of.held), purged: sum(|of| of.purged) };
        let of = |(slice, of): (ItemSlice, Counts)| SliceOfDay { slice, ends: of.held, purged: of.purged };
        Ok(DocumentsOfDay { whole, slices: slices.into_iter().map(of).collect() })
    }

    async fn counted_days(
        &self,
        days: &[Date],
        slice: Option<&ItemSlice>,
    ) -> Result<Vec<CalendarDay>, ClientError> {
        let wanted: Vec<LifeDay> = days.iter().copied().map(LifeDay::On).collect();
        let counts = self.counts_of(&wanted, slice).await?;
        let day = |day: &Date| {
            let of = counts.get(&LifeDay::On(*day)).copied().unwrap_or_default();
            CalendarDay { day: *day, ends: of.held, purged: of.purged }
        };
        Ok(days.iter().map(day).collect())
    }

    /// The sums of days, all parts together, of one product and source when they are named.
    async fn counts_of(
        &self,
        days: &[LifeDay],
        slice: Option<&ItemSlice>,
    ) -> Result<BTreeMap<LifeDay, Counts>, ClientError> {
        let mut counts: BTreeMap<LifeDay, Counts> = BTreeMap::new();
        for part in self.parts_of(days).await? {
            let of = counts.entry(part.of).or_default();
            for sum in part.sums.iter().filter(|sum| slice.is_none_or(|slice| sum.slice() == *slice)) {
                of.held = of.held.saturating_add(sum.held);
                of.purging = of.purging.saturating_add(sum.purging);
                of.purged = of.purged.saturating_add(sum.purged);
            }
        }
        Ok(counts)
    }

    async fn parts_of(&self, days: &[LifeDay]) -> Result<Vec<LifeDayRecord>, ClientError> {
        let keys: Vec<RecordKey> = days.iter().flat_map(|day| day.keys()).collect();
        let found = self.store().get_many::<LifeDayRecord>(&keys).await?;
        Ok(found.into_iter().flatten().map(|read| read.record).collect())
    }

    /// The days with something that should be gone, the oldest first, and today with what is known of it. A month without
    /// anything costs one look.
    async fn overdue(&self, today: Date, of_today: u64) -> Result<Vec<(Date, u64)>, ClientError> {
        let mut late: BTreeMap<Date, u64> = BTreeMap::new();
        for month in months_until(self.first_month_of_ends(today).await?, today) {
            let value = LifeEnd::Within(month).value();
            for read in self.store().every_by_index::<LifeDayRecord>(index::LIFE_END, value).await? {
                let LifeDay::On(day) = read.record.of else { continue };
                if day < today {
                    let held = read.record.sums.iter().map(|sum| sum.held);
                    let count = late.entry(day).or_default();
                    *count = held.fold(*count, u64::saturating_add);
                }
            }
        }
        let mut overdue: Vec<(Date, u64)> = late.into_iter().take(MOST_OVERDUE).collect();
        overdue.extend((of_today > 0).then_some((today, of_today)));
        Ok(overdue)
    }

    /// Of which product and source each document is that should have gone today and did not: what is purged in time is no longer
    /// among today's. Where nothing of earlier is here, the ten minutes of now are looked at alone. Of very many, the thousand that
    /// were received first are looked at.
    async fn late_today(&self, today: Date, as_of: Timestamp) -> Result<Vec<ItemSlice>, ClientError> {
        let now = LifeEnd::ten_minutes_of(as_of);
        let earlier = LifeEnd::ten_minutes_of(Timestamp::start_of_day_in_india(today))..now;
        let earlier: Vec<IndexValue> = earlier.map(|number| LifeEnd::During(number).value()).collect();
        let is_all_of_now = self.is_every_item_indexed().await?
            && !self.store().any_of(ItemRecord::KIND, index::LIFE_END, &earlier).await?;
        let value = if is_all_of_now { LifeEnd::During(now) } else { LifeEnd::On(today) }.value();
        let page = self.store().by_index::<ItemRecord>(index::LIFE_END, value, None, MAX_PAGE).await?;
        let over = page.items.iter().filter(|read| read.record.purge_by.is_some_and(|end| end <= as_of));
        Ok(over.map(|read| read.record.slice()).collect())
    }

    /// No document that is here ends in an earlier month: none was received before the oldest.
    async fn first_month_of_ends(&self, today: Date) -> Result<Date, ClientError> {
        let held = self.store().first_by_index::<ItemRecord>(index::STATUS, IndexValue::new("held")).await?;
        let received = held.map_or(today, |read| read.record.received_at.day_in_india());
        let earliest = received.checked_sub(ANNOUNCED_LATE_DAYS.days()).unwrap_or(received);
        Ok(earliest.min(today).first_of_month())
    }

    /// Every product with each of its sources, and each source without a product.
    async fn known_slices(&self) -> Result<Vec<ItemSlice>, ClientError> {
        let versions = self.store().all::<ProductRecord>(ListOrder::NewestFirst, None, MAX_PAGE).await?;
        let mut known = BTreeSet::new();
        for read in versions.items {
            for item in read.record.product.items {
                for product in [Some(read.record.product.id), None] {
                    known.insert(ItemSlice { product, source: item.source.clone() });
                }
            }
        }
        Ok(known.into_iter().take(MOST_SLICES).collect())
    }
}

fn count(found: usize) -> u64 {
    u64::try_from(found).unwrap_or(u64::MAX)
}

/// Six weeks from the Monday of a week on.
fn weeks_from(day: Date) -> Option<Vec<Date>> {
    let monday = day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()?;
    let days: Vec<Date> = monday.series(1.day()).take(DAYS).collect();
    (days.len() == DAYS).then_some(days)
}

/// The first days of the months up to that of `last`.
fn months_until(first: Date, last: Date) -> Vec<Date> {
    first.series(1.month()).take_while(|month| *month <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn six_weeks_begin_with_a_monday_and_hold_a_month_from_any_day_on() {
        for offset in 0..400 {
            let today = date(2026, 1, 1).checked_add(i64::from(offset).days()).unwrap();
            let days = weeks_from(today).unwrap();
            assert_eq!((days.len(), days[0].weekday()), (42, jiff::civil::Weekday::Monday));
            assert!(
                days.contains(&today) && days.contains(&today.checked_add(1.month()).unwrap()),
                "{today}"
            );
        }
        assert_eq!(weeks_from(Date::MAX), None);
        assert_eq!(weeks_from(Date::MIN).map(|days| days.len()).unwrap_or(42), 42);
    }

    #[test]
    fn months_are_counted_over_the_end_of_a_year() {
        let months = months_until(date(2025, 11, 1), date(2026, 1, 15));
        assert_eq!(months, [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]);
        assert_eq!(months_until(date(2026, 1, 1), date(2026, 1, 1)).len(), 1);
    }
}
