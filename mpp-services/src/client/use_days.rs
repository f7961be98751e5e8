//! Sums of the own log by billing day. They change in the commit that changes a use, so that a month is counted by reading
//! its days, however many uses it has.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_store::{RecordReaderExt, Store, StoreError, Version};

use super::records::{UseDayRecord, UseRecord};

/// The days that one change touches, each as it will be.
pub(super) struct UseDays<'a> {
    store: &'a dyn Store,
    days: BTreeMap<Date, (Option<Version>, UseDayRecord)>,
}

impl<'a> UseDays<'a> {
    pub(super) const fn new(store: &'a dyn Store) -> Self {
        Self { store, days: BTreeMap::new() }
    }

    /// Sums a use that was perhaps summed as it was before.
    pub(super) async fn sum(
        &mut self,
        before: Option<&UseRecord>,
        used: &mut UseRecord,
    ) -> Result<(), StoreError> {
        match before.filter(|before| before.is_summed) {
            Some(before) if before.day() == used.day() => return Ok(()),
            Some(before) => self.day(before.day()).await?.take(before),
            None => {}
        }
        used.is_summed = true;
        self.day(used.day()).await?.add(used);
        Ok(())
    }

    async fn day(&mut self, day: Date) -> Result<&mut UseDayRecord, StoreError> {
        if !self.days.contains_key(&day) {
            let read = self.store.get::<UseDayRecord>(&UseDayRecord::key_of(day)).await?;
            let read = read.map(|read| (Some(read.version), read.record));
            self.days.insert(day, read.unwrap_or_else(|| (None, UseDayRecord::empty(day))));
        }
        let (_, record) = self.days.entry(day).or_insert_with(|| (None, UseDayRecord::empty(day)));
        Ok(record)
    }

    /// What is to be written.
    pub(super) fn into_records(self) -> impl Iterator<Item = (Option<Version>, UseDayRecord)> {
        self.days.into_values()
    }
}

#[cfg(test)]
mod tests {
    use mpp_core::{ConsentId, ParcelId, Span, Timestamp, UsageSubject, UsageUnit};
    use mpp_store::{Commit, MemoryStore, Record, WriteBatch};

    use super::*;

    fn used(number: u8, at: Timestamp) -> UseRecord {
        UseRecord {
            subject: UsageSubject::Parcel(ParcelId::from_random([number; 16])),
            consent: ConsentId::from_random([1; 16]),
            product: None,
            source: "provider:bureau".parse().unwrap(),
            unit: UsageUnit::BureauReport,
            at,
            received_at: None,
            bytes: 0,
            sealed: Vec::new(),
            is_summed: false,
        }
    }

    async fn write(store: &MemoryStore, days: UseDays<'_>) {
        let mut batch = WriteBatch::new();
        for (version, day) in days.into_records() {
            match version {
                Some(version) => batch.update(version, &day),
                None => batch.insert(&day),
            };
        }
        store.commit(batch).await.unwrap();
    }

    async fn quantity(store: &MemoryStore, at: Timestamp) -> u64 {
        let day = store.get::<UseDayRecord>(&UseDayRecord::key_of(at.day_in_india())).await.unwrap();
        day.map_or(0, |read| read.record.sums.iter().map(|sum| sum.quantity).sum())
    }

    #[tokio::test]
    async fn a_use_counts_once_and_on_the_day_it_ends_up_on() {
        let store = MemoryStore::new();
        let late = Timestamp::from_unix_millis(1_800_000_000_000).unwrap();
        let early = late.minus(Span::from_days(1));
        let (mut first, mut second) = (used(1, late), used(2, late));
        let mut days = UseDays::new(&store);
        days.sum(None, &mut first).await.unwrap();
        days.sum(None, &mut second).await.unwrap();
        write(&store, days).await;
        assert_eq!(quantity(&store, late).await, 2, "several in one change");

        let mut again = UseRecord { bytes: 9, ..first.clone() };
        let mut days = UseDays::new(&store);
        days.sum(Some(&first), &mut again).await.unwrap();
        assert_eq!(days.into_records().count(), 0, "what stays on its day changes nothing");

        let mut moved = UseRecord { at: early, ..first.clone() };
        let mut days = UseDays::new(&store);
        days.sum(Some(&first), &mut moved).await.unwrap();
        write(&store, days).await;
        assert_eq!((quantity(&store, late).await, quantity(&store, early).await), (1, 1));

        let unsummed = UseRecord { is_summed: false, ..second.clone() };
        let mut now = unsummed.clone();
        let mut days = UseDays::new(&store);
        days.sum(Some(&unsummed), &mut now).await.unwrap();
        write(&store, days).await;
        assert!(now.is_summed, "one of before is summed when it changes");
        assert_eq!(quantity(&store, late).await, 2);
        assert_eq!(now.key(), second.key());
    }
}
