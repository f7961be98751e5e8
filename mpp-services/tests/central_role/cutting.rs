//! Storage that dies: after a given number of operations nothing works any more, as if the process had been killed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::channel::oneshot;
use mpp_core::{JobId, ParcelId, Span, Timestamp};
use mpp_crypto::at_rest::ItemKey;
use mpp_store::{
    AuditLog, Claim, Commit, Cursor, IndexName, IndexValue, ItemKeyError, ItemKeys, ItemName, LeafIndex,
    LeasedJob, ListQuery, NumberedLeaf, Outbox, Page, ParcelBytes, ParcelBytesError, ParkedJob, PartInfo,
    PartNumber, QueueBacklog, QueueName, RecordKey, RecordKind, RecordReader, Store, StoreError,
    StoredRecord, UsageEntry, UsageLog, UsageQuery, Version, WriteBatch,
};

/// Burns down with every operation; what comes after its end does not happen.
#[derive(Debug)]
pub(crate) struct Fuse(AtomicI64, Mutex<Option<Hold>>);

/// A commit that stops when everything before it is done, says so, and goes on when it is told to.
type Hold = (oneshot::Sender<()>, oneshot::Receiver<()>);

impl Fuse {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(i64::MAX), Mutex::default()))
    }

    /// Holds the next commit: what is got says that it has come so far, what is given lets it go on.
    pub(crate) fn hold_next_commit(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((came, has_come), (go_on, may_go_on)) = (oneshot::channel(), oneshot::channel());
        *self.1.lock().unwrap() = Some((came, may_go_on));
        (has_come, go_on)
    }

    async fn wait_if_held(&self) {
        let held = self.1.lock().unwrap().take();
        if let Some((came, may_go_on)) = held {
            came.send(()).unwrap();
            may_go_on.await.unwrap();
        }
    }

    pub(crate) fn set(&self, operations: i64) {
        self.0.store(operations, Ordering::SeqCst);
    }

    pub(crate) fn is_burnt(&self) -> bool {
        self.0.load(Ordering::SeqCst) < 0
    }

    /// Whether this operation happens.
    fn burns(&self) -> Result<(), std::io::Error> {
        match self.0.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => Ok(()),
            _ => Err(std::io::Error::other("the process was killed")),
        }
    }

    /// Whether the answer to an operation that happened arrives.
    fn answers(&self) -> Result<(), std::io::Error> {
        self.burns()
    }
}

#[derive(Debug)]
pub(crate) struct CutStore(pub(crate) Arc<dyn Store>, pub(crate) Arc<Fuse>);

impl CutStore {
    fn cut(&self) -> Result<(), StoreError> {
        self.1.burns().map_err(StoreError::unavailable)
    }
}

#[async_trait]
impl RecordReader for CutStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        self.cut()?;
        self.0.read(kind, key).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        self.cut()?;
        self.0.list(query).await
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.cut()?;
        self.0.count_up_to(kind, index, most).await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        self.cut()?;
        self.0.mentions(text).await
    }
}

#[async_trait]
impl Commit for CutStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        self.cut()?;
        self.1.wait_if_held().await;
        let version = self.0.commit(batch).await?;
        self.1.answers().map_err(StoreError::unavailable)?;
        Ok(version)
    }
}

#[async_trait]
impl Outbox for CutStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        self.cut()?;
        self.0.lease(claim).await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        self.cut()?;
        self.0.heartbeat(job, now, lease_for).await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        self.cut()?;
        self.0.parked(queue, after, limit).await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.cut()?;
        self.0.replay(job, now).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        self.cut()?;
        self.0.discard(job).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        self.cut()?;
        self.0.backlog(now).await
    }
}

#[async_trait]
impl AuditLog for CutStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        self.cut()?;
        self.0.leaves(from, limit).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.cut()?;
        self.0.size().await
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        self.cut()?;
        self.0.first().await
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        self.cut()?;
        let gone = self.0.remove_leaves_before(place, most).await?;
        self.1.answers().map_err(StoreError::unavailable)?;
        Ok(gone)
    }
}

#[async_trait]
impl UsageLog for CutStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        self.cut()?;
        self.0.usage_entries(query).await
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.cut()?;
        let gone = self.0.remove_usage_before(instant, most).await?;
        self.1.answers().map_err(StoreError::unavailable)?;
        Ok(gone)
    }
}

#[derive(Debug)]
pub(crate) struct CutParcels(pub(crate) Arc<dyn ParcelBytes>, pub(crate) Arc<Fuse>);

impl CutParcels {
    fn cut(&self) -> Result<(), ParcelBytesError> {
        self.1.burns().map_err(|source| ParcelBytesError::Unavailable { source: source.into() })
    }
}

#[async_trait]
impl ParcelBytes for CutParcels {
    async fn put_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        self.cut()?;
        self.0.put_part(parcel, part, bytes).await
    }

    async fn create_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        self.cut()?;
        self.0.create_part(parcel, part, bytes).await
    }

    async fn parts(&self, parcel: ParcelId) -> Result<Vec<PartInfo>, ParcelBytesError> {
        self.cut()?;
        self.0.parts(parcel).await
    }

    async fn read_part(&self, parcel: ParcelId, part: PartNumber) -> Result<Option<Bytes>, ParcelBytesError> {
        self.cut()?;
        self.0.read_part(parcel, part).await
    }

    async fn remove(&self, parcel: ParcelId) -> Result<(), ParcelBytesError> {
        self.cut()?;
        self.0.remove(parcel).await
    }

    async fn list(&self) -> Result<Vec<ParcelId>, ParcelBytesError> {
        self.cut()?;
        self.0.list().await
    }

    async fn untouched_since(&self, instant: Timestamp) -> Result<Vec<ParcelId>, ParcelBytesError> {
        self.cut()?;
        self.0.untouched_since(instant).await
    }

    async fn discard_unfinished(&self, before: Timestamp) -> Result<u64, ParcelBytesError> {
        self.cut()?;
        self.0.discard_unfinished(before).await
    }
}

#[derive(Debug)]
pub(crate) struct CutKeys(pub(crate) Arc<dyn ItemKeys>, pub(crate) Arc<Fuse>);

impl CutKeys {
    fn cut(&self) -> Result<(), ItemKeyError> {
        self.1.burns().map_err(ItemKeyError::from)
    }
}

#[async_trait]
impl ItemKeys for CutKeys {
    async fn create(&self, item: &ItemName) -> Result<ItemKey, ItemKeyError> {
        self.cut()?;
        self.0.create(item).await
    }

    async fn load(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError> {
        self.cut()?;
        self.0.load(item).await
    }

    async fn destroy(&self, item: &ItemName) -> Result<(), ItemKeyError> {
        self.cut()?;
        self.0.destroy(item).await
    }
}
