//! Records that were written before an index was there come into it: each is written anew as it is, for a store keeps with
//! a record the entries the record had when it was written.

use std::collections::BTreeMap;

use mpp_core::CaseRef;
use mpp_store::{IndexValue, ListOrder, Record, RecordKind, RecordReaderExt, Versioned};

use super::change::Change;
use super::records::{
    CaseRecord, CaseStanding, CollectionRecord, ConsentRecord, IndexedRecord, ItemRecord, LifeDayRecord,
    NewsRecord, RequestEnd, RequestEnded, TakenRecord, UseRecord, index,
};
use super::use_days::UseDays;
use super::{ClientError, ClientService};

/// The number of the last index that was added to a kind, or the last change to what is told under another name.
fn level_of(name: RecordKind) -> u32 {
    if name == ItemRecord::KIND { 3 } else { 2 }
}

/// Under which name stands how far it is with how requests of before stand.
const CASE_STANDING: RecordKind = RecordKind::new("client-case-standing");

/// How many records one commit writes anew.
const AT_ONCE: u32 = 100;

impl ClientService {
    /// Brings some records of before into the indexes; `false` when there were none left. It may be cut off anywhere, done
    /// again, and done by several nodes at once.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn index_some(&self) -> Result<bool, ClientError> {
        if self.until_settled(|| self.index_items()).await? {
            return Ok(true);
        }
        if self.until_settled(|| self.index_as_they_are::<CaseRecord>()).await? {
            return Ok(true);
        }
        if self.until_settled(|| self.stand_cases()).await? {
            return Ok(true);
        }
        if self.until_settled(|| self.index_as_they_are::<CollectionRecord>()).await? {
            return Ok(true);
        }
        if self.until_settled(|| self.index_as_they_are::<NewsRecord>()).await? {
            return Ok(true);
        }
        if self.until_settled(|| self.index_as_they_are::<TakenRecord>()).await? {
            return Ok(true);
        }
        if self.until_settled(|| self.sum_uses()).await? {
            return Ok(true);
        }
        self.until_settled(|| self.count_items()).await
    }

    /// Whether every document is in the indexes.
    pub(super) async fn is_every_item_indexed(&self) -> Result<bool, ClientError> {
        self.is_indexed::<ItemRecord>().await
    }

    /// Whether every document is in the sums of its day.
    pub(super) async fn is_every_item_counted(&self) -> Result<bool, ClientError> {
        self.is_indexed::<LifeDayRecord>().await
    }

    /// Whether every case is in the indexes.
    pub(super) async fn is_every_case_indexed(&self) -> Result<bool, ClientError> {
        self.is_indexed::<CaseRecord>().await
    }

    /// Whether every case says how its request stands.
    pub(super) async fn is_every_case_standing(&self) -> Result<bool, ClientError> {
        self.is_done(CASE_STANDING).await
    }

    /// Whether every collection is in the indexes.
    pub(super) async fn is_every_collection_indexed(&self) -> Result<bool, ClientError> {
        self.is_indexed::<CollectionRecord>().await
    }

    /// Whether every notification to the application is in the indexes.
    pub(super) async fn is_all_news_indexed(&self) -> Result<bool, ClientError> {
        self.is_indexed::<NewsRecord>().await
    }

    /// Whether every notification of central is in the indexes.
    pub(super) async fn is_all_taken_indexed(&self) -> Result<bool, ClientError> {
        self.is_indexed::<TakenRecord>().await
    }

    /// Whether every use is in the sums of its day.
    pub(super) async fn is_every_use_summed(&self) -> Result<bool, ClientError> {
        self.is_indexed::<UseRecord>().await
    }

    async fn is_indexed<R: Record>(&self) -> Result<bool, ClientError> {
        self.is_done(R::KIND).await
    }

    async fn is_done(&self, name: RecordKind) -> Result<bool, ClientError> {
        let found = self.store().get::<IndexedRecord>(&IndexedRecord::key_of(name)).await?;
        Ok(found.is_some_and(|read| read.record.level == level_of(name) && read.record.is_done))
    }

    /// Cases of before did not say how their request stands. That a customer decided is seen by what came under the consents; of
    /// whom nothing came is taken for somebody who let it run out.
    async fn stand_cases(&self) -> Result<bool, ClientError> {
        let next = self.next_of::<CaseRecord>(CASE_STANDING).await?;
        let Some(((version, progress), cases)) = next else { return Ok(false) };
        let mut change = Change::new(self);
        for mut read in cases {
            if read.record.standing() == CaseStanding::Open {
                let case = IndexValue::new(&read.record.case_ref);
                let told = self.store().by_index::<ConsentRecord>(index::CASE, case.clone(), None, 1).await?;
                let came = self.store().by_index::<CollectionRecord>(index::CASE, case, None, 1).await?;
                let told = told.items.first().map(|told| told.record.since);
                let came = came.items.first().map(|came| Some(came.record.announced_at));
                let record = &read.record;
                read.record.ended = match came.or(told) {
                    Some(at) => {
                        Some(RequestEnded { how: RequestEnd::Decided, at: at.unwrap_or(record.placed_at) })
                    }
                    None if change.now() >= record.expires_at => {
                        Some(RequestEnded { how: RequestEnd::Expired, at: record.expires_at })
                    }
                    None => None,
                };
            }
            change.index_anew(&read);
        }
        change.write(version, &progress);
        change.commit().await?;
        Ok(true)
    }

    async fn index_items(&self) -> Result<bool, ClientError> {
        let Some(((version, progress), items)) = self.next_to_index::<ItemRecord>().await? else {
            return Ok(false);
        };
        let mut named = items.clone();
        self.name_products(&mut named).await?;
        let mut change = Change::new(self);
        for (before, mut read) in items.iter().zip(named) {
            change.index_item_anew(&before.record, &mut read).await?;
        }
        change.write(version, &progress);
        change.commit().await?;
        Ok(true)
    }

    /// Documents of before were not counted. How far it is with them stands under the sums' own name.
    async fn count_items(&self) -> Result<bool, ClientError> {
        let next = self.next_of::<ItemRecord>(LifeDayRecord::KIND).await?;
        let Some(((version, progress), items)) = next else { return Ok(false) };
        let mut change = Change::new(self);
        for mut read in items.into_iter().filter(|read| !read.record.is_counted) {
            let before = read.record.clone();
            change.update_item(&before, &mut read).await?;
        }
        change.write(version, &progress);
        change.commit().await?;
        Ok(true)
    }

    async fn index_as_they_are<R: Record>(&self) -> Result<bool, ClientError> {
        let Some((progress, records)) = self.next_to_index::<R>().await? else { return Ok(false) };
        self.write_indexed(progress, &records).await?;
        Ok(true)
    }

    /// Uses of before were not summed.
    async fn sum_uses(&self) -> Result<bool, ClientError> {
        let Some(((version, progress), uses)) = self.next_to_index::<UseRecord>().await? else {
            return Ok(false);
        };
        let (mut change, mut days) = (Change::new(self), UseDays::new(self.store()));
        for mut read in uses.into_iter().filter(|read| !read.record.is_summed) {
            days.sum(None, &mut read.record).await?;
            change.update(&read);
        }
        days.into_records().for_each(|(version, day)| change.write(version, &day));
        change.write(version, &progress);
        change.commit().await?;
        Ok(true)
    }

    /// Documents did not say for which product they came: their case does, if it was placed here.
    async fn name_products(&self, items: &mut [Versioned<ItemRecord>]) -> Result<(), ClientError> {
        let unnamed = items.iter().filter(|read| read.record.product.is_none());
        let cases: Vec<&CaseRef> = unnamed.map(|read| &read.record.case_ref).collect();
        let keys: Vec<_> = cases.into_iter().map(CaseRecord::key_of).collect();
        let found = self.store().get_many::<CaseRecord>(&keys).await?.into_iter().flatten();
        let products: BTreeMap<_, _> = found.map(|read| (read.record.request, read.record.product)).collect();
        for read in items {
            read.record.product = read.record.product.or_else(|| products.get(&read.record.request).copied());
        }
        Ok(())
    }

    /// The next records, and how far it is with them in; `None` when all were done.
    async fn next_to_index<R: Record>(&self) -> Result<Option<NextToIndex<R>>, ClientError> {
        self.next_of(R::KIND).await
    }

    /// The same, where how far it is stands under this name.
    async fn next_of<R: Record>(&self, name: RecordKind) -> Result<Option<NextToIndex<R>>, ClientError> {
        let known = self.store().get::<IndexedRecord>(&IndexedRecord::key_of(name)).await?;
        let level = level_of(name);
        let (version, mut progress) = match known {
            Some(read) if read.record.level == level => (Some(read.version), read.record),
            Some(read) => (Some(read.version), IndexedRecord::beginning(name, level)),
            None => (None, IndexedRecord::beginning(name, level)),
        };
        if progress.is_done {
            return Ok(None);
        }
        let page = self.store().all::<R>(ListOrder::OldestFirst, progress.cursor()?, AT_ONCE).await?;
        progress.is_done = page.next.is_none();
        progress.after = page.next.map(|cursor| cursor.as_str().to_owned());
        Ok(Some(((version, progress), page.items)))
    }

    async fn write_indexed<R: Record>(
        &self,
        (version, progress): Progress,
        records: &[Versioned<R>],
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        records.iter().for_each(|read| change.index_anew(read));
        change.write(version, &progress);
        change.commit().await
    }
}

/// How far it was, and how far it is with the next records in.
type Progress = (Option<mpp_store::Version>, IndexedRecord);
type NextToIndex<R> = (Progress, Vec<Versioned<R>>);
