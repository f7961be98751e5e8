//! What a snapshot consists of.

use mpp_core::{JobId, Timestamp};

use crate::record::EncodedRecord;
use crate::{AuditLeaf, OrderKey, Payload, QueueName, Reason, UsageEntry, Version, WorkerName};

/// One thing of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotEntry {
    /// The first entry: the last numbers that were given out.
    Counters(SnapshotCounters),
    /// A record.
    Record(SnapshotRecord),
    /// A job.
    Job(SnapshotJob),
    /// A leaf of the audit log. They come in their order, from the first that is kept on.
    Leaf(AuditLeaf),
    /// A metered use.
    Usage(UsageEntry),
}

/// The last numbers that a store gave out: the next ones follow them, and none comes twice.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotCounters {
    /// Of the last commit.
    pub commits: u64,
    /// The last place of a record. A store that counts places together gives the same number for both.
    pub last_record: u64,
    /// The last place of a job.
    pub last_job: u64,
    /// How many leaves the audit log ever had: the place of the next one.
    pub leaves: u64,
    /// The place of the first leaf that is kept; that of the next one when none is.
    pub first_leaf: u64,
}

impl SnapshotCounters {
    /// How many leaves the snapshot has.
    #[must_use]
    pub const fn kept_leaves(&self) -> u64 {
        self.leaves.saturating_sub(self.first_leaf)
    }
}

/// A record with its place and what it is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// The place in the order of first insertion.
    pub position: u64,
    /// The commit that wrote it last.
    pub version: Version,
    /// Everything else.
    pub record: EncodedRecord,
}

/// A job with its standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotJob {
    /// The place in the order.
    pub position: u64,
    /// Names the job.
    pub id: JobId,
    /// The sort of work.
    pub queue: QueueName,
    /// The job's order key.
    pub order_key: Option<OrderKey>,
    /// What the handler needs to know.
    pub payload: Payload,
    /// When the job is, or was, to be done.
    pub due_at: Timestamp,
    /// From when on it may be taken: its due time, or the end of its lease.
    pub ready_at: Timestamp,
    /// The fencing number.
    pub lease: u64,
    /// Who has it; `None` when it waits or is parked.
    pub worker: Option<WorkerName>,
    /// How often it was leased since it was enqueued or replayed.
    pub attempt: u32,
    /// When it was parked; `None` when it is not.
    pub parked_at: Option<Timestamp>,
    /// Why it was last put back or parked.
    pub reason: Option<Reason>,
}
