//! The ports for records, outbox and logs, and the contract every backend keeps.
//!
//! # Contract
//!
//! - **Absence** is `Ok(None)` or an empty page, never an error.
//! - **Atomicity.** [`Commit::commit`] writes all of a batch or nothing of it; no reader sees a part. When it
//!   returns `Ok`, the batch survives the end of the process and, on durable backends, of the machine's power.
//!   When it returns [`StoreError::Unavailable`], or its future is dropped, the batch took effect whole or not
//!   at all, and the caller learns which by reading.
//! - **Conflicts.** Two commits that decided on the same version of a record cannot both succeed: the later one
//!   gets [`StoreError::Conflict`] naming the record, reads again and decides again.
//! - **Order.** Commits have one order, seen in [`Version`]. Records are listed in the order of their first
//!   insertion. Leaves are numbered without gaps from 0 in the order of commits; no number is used again, whatever is removed.
//! - **Idempotency.** A usage entry written again counts once. A repeated insert or enqueue is a conflict, which
//!   tells the caller that it was there already.
//! - **Removal** of leaves and uses takes the oldest first, so what is left has no gap. It may be cut off anywhere and be done
//!   again, by several nodes at once too. A use that was removed may be written again, as a new one.
//! - **Reads** show the latest commit. Different calls may show different commits.
//! - **Leases.** A job is in at most one worker's hands. A lease that ran out can be taken over; the earlier
//!   holder's token is then worthless, even if its work is finished a moment later.

use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{JobId, PartnerId, Span, Timestamp};
use tokio::sync::Notify;

use crate::batch::UsageEntry;
use crate::{
    AuditLeaf, Claim, Cursor, IndexName, IndexValue, LeasedJob, ListQuery, MAX_PAGE, Page, ParkedJob,
    QueueBacklog, QueueName, RecordKey, RecordKind, StoreError, StoredRecord, Version, WriteBatch,
};

/// Reads records. [`crate::RecordReaderExt`] reads them as their types.
#[async_trait]
pub trait RecordReader: std::fmt::Debug + Send + Sync {
    /// The record under this key, `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Inconsistent`] when a column is impossible.
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError>;

    /// The records under several keys, in the order of the keys. Reads one after the other, perhaps of different commits,
    /// unless a backend can do better.
    ///
    /// # Errors
    /// Like [`RecordReader::read`].
    async fn read_many(
        &self,
        kind: RecordKind,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<StoredRecord>>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.read(kind, key).await?);
        }
        Ok(found)
    }

    /// One page of records of a kind in the order of their first insertion. Pages do not overlap and leave
    /// nothing out that was there throughout; a record whose index entry moves away while paging may or may not
    /// appear.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`], and like [`RecordReader::read`].
    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError>;

    /// How many records of a kind there are, or how many with an index entry.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn count(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
    ) -> Result<u64, StoreError> {
        self.count_up_to(kind, index, u64::MAX).await
    }

    /// The same, counted no further than `most`: what there is more of costs no more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError>;

    /// Whether any record of a kind has an entry of this index with one of these values. One look for each value, perhaps at different
    /// commits, unless a backend can do better.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn any_of(
        &self,
        kind: RecordKind,
        index: IndexName,
        values: &[IndexValue],
    ) -> Result<bool, StoreError> {
        for value in values {
            if self.count_up_to(kind, Some((index, value.clone())), 1).await? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether any record, of whatever kind, holds this text in its JSON. Looks through all of them: for what is asked
    /// seldom, such as whether an epoch key is still needed. What is there from the beginning to the end of the look is found; what comes
    /// or goes meanwhile may be missed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; a backend that notices damage on the way answers [`StoreError::Inconsistent`].
    async fn mentions(&self, text: &str) -> Result<bool, StoreError>;
}

/// Writes: the only way to change a store, apart from handing out jobs.
#[async_trait]
pub trait Commit: std::fmt::Debug + Send + Sync {
    /// Writes all of the batch or nothing. The result is the version every written record has now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a record, job or usage entry is not as the batch expects,
    /// [`StoreError::LeaseLost`] when a job is no longer in the caller's hands, [`StoreError::WrittenTwice`] and
    /// [`StoreError::Unencodable`] when the batch makes no sense, [`StoreError::Unavailable`].
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError>;
}

/// Hands out jobs. They enter, leave, go back and are parked through [`WriteBatch`], together with the state
/// change they belong to; [`crate::OutboxExt`] does so for a job alone.
///
/// A job can be leased when it is due, is in nobody's hands (or its lease ran out), is not parked, and no
/// earlier job **of its queue with the same order key** is unfinished. An earlier job that waits for its due
/// time holds later ones back, a parked one does not: one unhappy receiver must not stop everything behind it
/// for ever. A replayed job therefore goes to the end of its order.
#[async_trait]
pub trait Outbox: std::fmt::Debug + Send + Sync {
    /// Takes jobs: those of the queue named first, of each queue those that have been ready longest. They are handed
    /// out by queue, then in the order of their due times. At most one job per order key is handed out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError>;

    /// Keeps a job for `lease_for` from `now`, even if the lease ran out and nobody took the job over yet.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the job is no longer in the caller's hands: stop working on it.
    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError>;

    /// One page of the parked jobs, those enqueued (or last replayed) first come first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`], [`StoreError::Unavailable`].
    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError>;

    /// Puts a parked job back at the end of its order, due now, with its attempts counted anew.
    ///
    /// # Errors
    /// [`StoreError::NotParked`] when there is no such parked job.
    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError>;

    /// Removes a parked job for good.
    ///
    /// # Errors
    /// [`StoreError::NotParked`] when there is no such parked job.
    async fn discard(&self, job: JobId) -> Result<(), StoreError>;

    /// How much work every queue that is not empty holds, by name of the queue.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError>;

    /// The same, each number counted no further than `most`: where the backend can, what there is more of costs no more. Such a
    /// backend looks for jobs in hand among the thousand of a queue that come free next; those behind count as waiting.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn backlog_up_to(&self, now: Timestamp, most: u64) -> Result<Vec<QueueBacklog>, StoreError> {
        let backlog = self.backlog(now).await?;
        Ok(backlog.into_iter().map(|queue| queue.up_to(most)).collect())
    }

    /// Woken (all who wait) when jobs may have arrived, whoever enqueued them; `None` when the backend hears of nothing
    /// but its own process. A ring can get lost with a connection: whoever waits looks from time to time all the same.
    fn arrivals(&self) -> Option<Arc<Notify>> {
        None
    }
}

/// The place of a leaf in the audit log, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(pub u64);

/// A leaf in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedLeaf {
    /// The place.
    pub index: LeafIndex,
    /// The leaf.
    pub leaf: AuditLeaf,
}

/// Reads the audit log, and removes its beginning when nobody has to keep it any longer.
#[async_trait]
pub trait AuditLog: std::fmt::Debug + Send + Sync {
    /// Up to `limit` leaves (cut to [`MAX_PAGE`]) from place `from` on, without gaps. Where the leaves from there on were
    /// removed, they begin with the first that is kept; each says its own place.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError>;

    /// How many leaves were ever written: the place of the next one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn size(&self) -> Result<u64, StoreError>;

    /// The place of the first leaf that is kept; that of the next one when none is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn first(&self) -> Result<LeafIndex, StoreError>;

    /// Removes the oldest leaves, those before `place`, at most `most` of them (cut to [`MAX_PAGE`]), in one commit with the
    /// move of [`AuditLog::first`]; gives how many went.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError>;
}

/// Which usage to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// Only this partner's; `None` for everybody's.
    pub partner: Option<PartnerId>,
    /// At or after this instant.
    pub from: Timestamp,
    /// Before this instant.
    pub to: Timestamp,
    /// Only what lies behind this cursor.
    pub after: Option<Cursor>,
    /// The most entries wanted, from 1 to [`MAX_PAGE`]; other wishes are cut to that.
    pub limit: u32,
}

impl UsageQuery {
    /// The limit in force, between 1 and [`MAX_PAGE`]; for backends.
    #[must_use]
    pub fn page_size(&self) -> u32 {
        self.limit.clamp(1, MAX_PAGE)
    }
}

/// Reads the metered uses, and removes the oldest when nobody has to keep them any longer.
#[async_trait]
pub trait UsageLog: std::fmt::Debug + Send + Sync {
    /// One page of the uses in the order of their instants, then their ids.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`], [`StoreError::Unavailable`].
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError>;

    /// Removes the oldest uses, those before `instant`, at most `most` of them (cut to [`MAX_PAGE`]), in one commit; gives how
    /// many went.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError>;
}

/// All ports of one backend, for wiring. Callers take the narrow port they need.
pub trait Store: RecordReader + Commit + Outbox + AuditLog + UsageLog {}

impl<T: RecordReader + Commit + Outbox + AuditLog + UsageLog + ?Sized> Store for T {}
