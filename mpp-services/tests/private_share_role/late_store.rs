//! A store whose answers to reads take their way: others get their turn between a read and what is made of it, as at a
//! database.

use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};
use mpp_store::{
    AuditLog, Claim, Commit, Cursor, IndexName, IndexValue, LeafIndex, LeasedJob, ListQuery, NumberedLeaf,
    Outbox, Page, ParkedJob, QueueBacklog, QueueName, RecordKey, RecordKind, RecordReader, Store, StoreError,
    StoredRecord, UsageEntry, UsageLog, UsageQuery, Version, WriteBatch,
};
use tokio::task::yield_now;

/// A store whose answers to reads take their way.
#[derive(Debug)]
pub(crate) struct LateStore(pub(crate) Arc<dyn Store>);

#[async_trait]
impl Commit for LateStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        self.0.commit(batch).await
    }
}

#[async_trait]
impl RecordReader for LateStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        let found = self.0.read(kind, key).await;
        yield_now().await;
        found
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        let found = self.0.list(query).await;
        yield_now().await;
        found
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.0.count_up_to(kind, index, most).await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        self.0.mentions(text).await
    }
}

#[async_trait]
impl Outbox for LateStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        self.0.lease(claim).await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        self.0.heartbeat(job, now, lease_for).await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        self.0.parked(queue, after, limit).await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.0.replay(job, now).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        self.0.discard(job).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        self.0.backlog(now).await
    }

    async fn backlog_up_to(&self, now: Timestamp, most: u64) -> Result<Vec<QueueBacklog>, StoreError> {
        self.0.backlog_up_to(now, most).await
    }
}

#[async_trait]
impl AuditLog for LateStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        self.0.leaves(from, limit).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.0.size().await
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        self.0.first().await
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        self.0.remove_leaves_before(place, most).await
    }
}

#[async_trait]
impl UsageLog for LateStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        self.0.usage_entries(query).await
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.0.remove_usage_before(instant, most).await
    }
}
