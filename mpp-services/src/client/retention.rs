//! What the client server forgets, and when: one job per class. Documents have their own end, see [`super::purge`]; this
//! is about the evidence that they were here.

use mpp_billing::FinancialYear;
use mpp_core::Timestamp;
use mpp_store::{IndexValue, Record, RecordReaderExt, Versioned, WriteBatch};

use super::change::Change;
use super::records::{
    AccessRecord, CaseRecord, CollectionRecord, CollectionState, ConsentProofRecord, ConsentRecord,
    FeedRecord, ItemRecord, ItemState, NewsRecord, Standing, TakenRecord, UseDayRecord, UseRecord, index,
};
use super::{ClientError, ClientService};
use crate::retention::{Elders, commit, forget, forget_leaves, forget_numbered};

/// A class of what a client server keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionClass {
    /// Links of cases: until they no longer open.
    Links,
    /// Reads of data: as long as logs are kept, from the read on.
    Reads,
    /// What central told: as long as logs are kept, from then on.
    Told,
    /// What the application was told: as long as logs are kept, from what it tells of on.
    News,
    /// The beginning of the audit log: as long as logs are kept.
    AuditLog,
    /// Standings of consents with their proofs, items, collections and erasure receipts: as long as consent records are kept,
    /// from the end of the consent and of the last of its documents on.
    Consents,
    /// This server's own log of what central bills: eight years, from the end of the financial year on.
    OwnUses,
    /// Cases: as long as consent records are kept, from the end of their link on, and while anything of them is kept.
    Cases,
}

impl RetentionClass {
    /// Every class, in the order in which they make room for each other.
    pub const ALL: [Self; 8] = [
        Self::Links,
        Self::Reads,
        Self::Told,
        Self::News,
        Self::AuditLog,
        Self::Consents,
        Self::OwnUses,
        Self::Cases,
    ];
}

impl ClientService {
    /// Forgets what of a class is over; gives how many of its entries went. It may be cut off anywhere, done again, and
    /// done by several nodes at once.
    ///
    /// # Errors
    /// When the store does not answer, or a link cannot be taken out of its sealed field.
    pub async fn forget_over(&self, class: RetentionClass) -> Result<u64, ClientError> {
        let (store, now) = (self.store(), self.now());
        let logs_before = self.settings().retention.logs_before(now);
        let consents_before = self.settings().retention.consents_before(now);
        match class {
            RetentionClass::Links => self.drop_links(now).await,
            RetentionClass::Reads => {
                Ok(forget(Elders::new(store), logs_before, |read: &AccessRecord| read.at, |_| true).await?)
            }
            RetentionClass::Told => {
                let taken = |told: &TakenRecord| told.taken_at;
                Ok(forget(Elders::new(store), logs_before, taken, |_| true).await?)
            }
            RetentionClass::News => {
                let began = |told: &NewsRecord| told.news.occurred_at;
                let place = |told: &NewsRecord| (FeedRecord::APPLICATION.to_owned(), told.news.sequence);
                Ok(forget_numbered(store, logs_before, began, place).await?)
            }
            RetentionClass::AuditLog => Ok(forget_leaves(store, logs_before).await?),
            RetentionClass::OwnUses => {
                let kept_from = FinancialYear::books_kept_from(now.day_in_india());
                let before = Timestamp::start_of_day_in_india(kept_from);
                let uses = forget(Elders::new(store), before, |used: &UseRecord| used.at, |_| true).await?;
                // a day is summed when its first use is, which may be long after
                let day = |sums: &UseDayRecord| Timestamp::start_of_day_in_india(sums.day);
                forget(Elders::to_the_end(store), before, day, |_| true).await?;
                Ok(uses)
            }
            RetentionClass::Consents => self.forget_consents(consents_before).await,
            RetentionClass::Cases => self.forget_cases(consents_before).await,
        }
    }

    async fn drop_links(&self, now: Timestamp) -> Result<u64, ClientError> {
        let kept = self.store().every_by_index::<CaseRecord>(index::LINK, "kept".into()).await?;
        let mut dropped = 0_u64;
        for read in kept.into_iter().filter(|read| read.record.expires_at <= now) {
            let mut batch = WriteBatch::new();
            batch.update(read.version, &self.without_link(read.record)?);
            dropped = dropped.saturating_add(u64::from(commit(self.store(), batch).await?));
        }
        Ok(dropped)
    }

    async fn forget_consents(&self, before: Timestamp) -> Result<u64, ClientError> {
        let mut elders = Elders::to_the_end(self.store());
        let mut forgotten = 0_u64;
        let since = |record: &ConsentRecord| record.since.unwrap_or(before);
        while let Some(some) = elders.next(before, since).await? {
            for read in some.iter().filter(|read| is_over(&read.record)) {
                forgotten = forgotten.saturating_add(u64::from(self.forget_consent(read, before).await?));
            }
        }
        Ok(forgotten)
    }

    /// What hangs on the consent goes first and the consent last, so that a pass that was cut off is found again.
    async fn forget_consent(
        &self,
        read: &Versioned<ConsentRecord>,
        before: Timestamp,
    ) -> Result<bool, ClientError> {
        let value = IndexValue::new(read.record.consent);
        let store = self.store();
        let items = store.every_by_index::<ItemRecord>(index::CONSENT, value.clone()).await?;
        let collections = store.every_by_index::<CollectionRecord>(index::CONSENT, value).await?;
        let over = items.iter().all(|item| item_ended_before(&item.record, before))
            && collections.iter().all(|one| collection_ended_before(&one.record, before));
        if !over {
            return Ok(false);
        }
        for item in &items {
            self.until_settled(|| self.forget_item(&item.record)).await?;
        }
        for collection in &collections {
            let mut batch = WriteBatch::new();
            batch.delete::<CollectionRecord>(&collection.record.key(), collection.version);
            commit(store, batch).await?;
        }
        let proof = ConsentProofRecord::key_of(read.record.consent);
        if let Some(proof) = store.get::<ConsentProofRecord>(&proof).await? {
            let mut batch = WriteBatch::new();
            batch.delete::<ConsentProofRecord>(&proof.record.key(), proof.version);
            commit(store, batch).await?;
        }
        let mut batch = WriteBatch::new();
        batch.delete::<ConsentRecord>(&read.record.key(), read.version);
        Ok(commit(store, batch).await?)
    }

    /// Others may change the sums of the same day meanwhile; the document itself is at its end and stays as it is.
    async fn forget_item(&self, item: &ItemRecord) -> Result<(), ClientError> {
        let Some(read) = self.store().get::<ItemRecord>(&item.key()).await? else { return Ok(()) };
        let mut change = Change::new(self);
        change.delete_item(&read).await?;
        change.commit().await
    }

    async fn forget_cases(&self, before: Timestamp) -> Result<u64, ClientError> {
        let mut elders = Elders::new(self.store());
        let mut forgotten = 0_u64;
        while let Some(some) = elders.next(before, |record: &CaseRecord| record.placed_at).await? {
            for read in some {
                if read.record.expires_at >= before || self.is_anything_kept_of(&read.record).await? {
                    continue;
                }
                let mut batch = WriteBatch::new();
                batch.delete::<CaseRecord>(&read.record.key(), read.version);
                forgotten = forgotten.saturating_add(u64::from(commit(self.store(), batch).await?));
            }
        }
        Ok(forgotten)
    }

    async fn is_anything_kept_of(&self, case: &CaseRecord) -> Result<bool, ClientError> {
        let (store, value) = (self.store(), IndexValue::new(&case.case_ref));
        Ok(store.first_by_index::<ConsentRecord>(index::CASE, value.clone()).await?.is_some()
            || store.first_by_index::<ItemRecord>(index::CASE, value.clone()).await?.is_some()
            || store.first_by_index::<CollectionRecord>(index::CASE, value).await?.is_some())
    }
}

const fn is_over(record: &ConsentRecord) -> bool {
    match record.standing {
        Standing::Active | Standing::Paused => false,
        Standing::Revoked | Standing::Expired => true,
    }
}

fn item_ended_before(record: &ItemRecord, before: Timestamp) -> bool {
    match record.state {
        ItemState::Held | ItemState::Purging { .. } => false,
        ItemState::Purged { at, .. } => at < before,
    }
}

fn collection_ended_before(record: &CollectionRecord, before: Timestamp) -> bool {
    match &record.state {
        CollectionState::Due | CollectionState::Refused { .. } | CollectionState::Stored { .. } => false,
        CollectionState::Acknowledged { erasure, .. } => erasure.erased_at < before,
        CollectionState::Gone { at, .. } | CollectionState::Closed { at, .. } => *at < before,
    }
}
