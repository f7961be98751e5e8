//! A store that dies with its server, before or after a durable step took effect.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::channel::oneshot;
use mpp_core::{JobId, Span, Timestamp};
use mpp_store::{
    AuditLog, Claim, Commit, Cursor, IndexName, IndexValue, LeafIndex, LeasedJob, ListQuery, NumberedLeaf,
    Outbox, Page, ParkedJob, QueueBacklog, QueueName, RecordKey, RecordKind, RecordReader, Store, StoreError,
    StoredRecord, UsageEntry, UsageLog, UsageQuery, Version, WriteBatch,
};

/// Burns down by one with every durable step, and then the server is dead.
#[derive(Debug)]
pub(crate) struct Fuse {
    steps: AtomicI64,
    /// Whether the last step still took effect.
    dies_after: bool,
    held: Mutex<Option<Hold>>,
}

/// A commit that stops when everything before it is done, says so, and goes on when it is told to.
type Hold = (oneshot::Sender<()>, oneshot::Receiver<()>);

#[derive(Debug, thiserror::Error)]
#[error("the server is dead")]
pub(crate) struct Dead;

impl Fuse {
    pub(crate) fn after_steps(steps: i64, dies_after: bool) -> Self {
        Self { steps: AtomicI64::new(steps), dies_after, held: Mutex::default() }
    }

    /// Holds the next commit: what is got says that it has come so far, what is given lets it go on.
    pub(crate) fn hold_next_commit(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((came, has_come), (go_on, may_go_on)) = (oneshot::channel(), oneshot::channel());
        *self.held.lock().unwrap() = Some((came, may_go_on));
        (has_come, go_on)
    }

    async fn wait_if_held(&self) {
        let held = self.held.lock().unwrap().take();
        if let Some((came, may_go_on)) = held {
            came.send(()).unwrap();
            may_go_on.await.unwrap();
        }
    }

    pub(crate) fn has_burnt(&self) -> bool {
        self.steps.load(Ordering::SeqCst) < 0
    }

    /// Before a step takes effect.
    pub(crate) fn before(&self) -> Result<(), Dead> {
        let left = self.steps.fetch_sub(1, Ordering::SeqCst);
        let lives = left > 0 || (left == 0 && self.dies_after);
        if lives { Ok(()) } else { Err(Dead) }
    }

    /// After it took effect.
    pub(crate) fn after(&self) -> Result<(), Dead> {
        if self.has_burnt() { Err(Dead) } else { Ok(()) }
    }
}

/// A store that dies with its server.
#[derive(Debug)]
pub(crate) struct FusedStore {
    pub(crate) below: Arc<dyn Store>,
    pub(crate) fuse: Arc<Fuse>,
}

fn dead(dead: Dead) -> StoreError {
    StoreError::unavailable(dead)
}

#[async_trait]
impl Commit for FusedStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        self.fuse.before().map_err(dead)?;
        self.fuse.wait_if_held().await;
        let version = self.below.commit(batch).await?;
        self.fuse.after().map_err(dead)?;
        Ok(version)
    }
}

#[async_trait]
impl RecordReader for FusedStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.read(kind, key).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.list(query).await
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.below.count_up_to(kind, index, most).await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        self.below.mentions(text).await
    }
}

#[async_trait]
impl Outbox for FusedStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.lease(claim).await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        self.fuse.after().map_err(dead)?;
        self.below.heartbeat(job, now, lease_for).await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        self.below.parked(queue, after, limit).await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.below.replay(job, now).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        self.below.discard(job).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        self.below.backlog(now).await
    }

    async fn backlog_up_to(&self, now: Timestamp, most: u64) -> Result<Vec<QueueBacklog>, StoreError> {
        self.below.backlog_up_to(now, most).await
    }
}

#[async_trait]
impl AuditLog for FusedStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        self.below.leaves(from, limit).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.below.size().await
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        self.below.first().await
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        self.fuse.before().map_err(dead)?;
        let gone = self.below.remove_leaves_before(place, most).await?;
        self.fuse.after().map_err(dead)?;
        Ok(gone)
    }
}

#[async_trait]
impl UsageLog for FusedStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        self.below.usage_entries(query).await
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.fuse.before().map_err(dead)?;
        let gone = self.below.remove_usage_before(instant, most).await?;
        self.fuse.after().map_err(dead)?;
        Ok(gone)
    }
}
