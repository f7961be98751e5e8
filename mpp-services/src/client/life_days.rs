//! Sums of documents by day. They change in the commit that changes a document, so that the calendar is counted by reading its
//! days, however many documents there are (decision 0052).

use std::collections::BTreeMap;

use mpp_store::{Record, RecordReaderExt, Store, StoreError, Version, WriteBatch};

use super::records::{ItemRecord, LifeDay, LifeDayRecord};

/// The parts of days that one change touches, each as it will be.
pub(super) struct LifeDays<'a> {
    store: &'a dyn Store,
    days: BTreeMap<(LifeDay, u8), (Option<Version>, LifeDayRecord)>,
}

impl<'a> LifeDays<'a> {
    pub(super) const fn new(store: &'a dyn Store) -> Self {
        Self { store, days: BTreeMap::new() }
    }

    /// Counts a document as it will be, which was perhaps counted as it was before.
    pub(super) async fn count(
        &mut self,
        before: Option<&ItemRecord>,
        item: &mut ItemRecord,
    ) -> Result<(), StoreError> {
        let before = before.filter(|before| before.is_counted);
        let stays =
            |before: &ItemRecord| before.life_count() == item.life_count() && before.slice() == item.slice();
        if before.is_some_and(stays) {
            return Ok(());
        }
        if let Some(before) = before {
            self.take(before).await?;
        }
        item.is_counted = true;
        let (of, what) = item.life_count();
        self.part(of, item).await?.add(item.slice(), what);
        Ok(())
    }

    /// A document goes, with the evidence that it was here.
    pub(super) async fn forget(&mut self, item: &ItemRecord) -> Result<(), StoreError> {
        if item.is_counted { self.take(item).await } else { Ok(()) }
    }

    async fn take(&mut self, item: &ItemRecord) -> Result<(), StoreError> {
        let (of, what) = item.life_count();
        self.part(of, item).await?.take(&item.slice(), what);
        Ok(())
    }

    async fn part(&mut self, of: LifeDay, item: &ItemRecord) -> Result<&mut LifeDayRecord, StoreError> {
        let part = LifeDayRecord::part_of(item.item);
        if !self.days.contains_key(&(of, part)) {
            let read = self.store.get::<LifeDayRecord>(&LifeDayRecord::key_of(of, part)).await?;
            let read = read.map(|read| (Some(read.version), read.record));
            self.days.insert((of, part), read.unwrap_or_else(|| (None, LifeDayRecord::empty(of, part))));
        }
        let (_, record) =
            self.days.entry((of, part)).or_insert_with(|| (None, LifeDayRecord::empty(of, part)));
        Ok(record)
    }

    /// Adds to a batch what is to be written; a part without documents is not kept.
    pub(super) fn write(self, batch: &mut WriteBatch) {
        for (version, record) in self.days.into_values() {
            match (version, record.sums.is_empty()) {
                (Some(version), false) => drop(batch.update(version, &record)),
                (Some(version), true) => drop(batch.delete::<LifeDayRecord>(&record.key(), version)),
                (None, false) => drop(batch.insert(&record)),
                (None, true) => {}
            }
        }
    }
}
