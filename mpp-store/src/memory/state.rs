//! What the store in memory holds.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::LazyLock;

use mpp_core::{JobId, Timestamp, UsageEventId};

use crate::{
    AuditLeaf, IndexEntry, IndexName, IndexValue, LeaseToken, NewJob, Reason, RecordKey, RecordKind,
    StoreError, StoredRecord, UsageEntry,
};

pub(super) type Positions = BTreeMap<u64, RecordKey>;

#[derive(Default)]
pub(super) struct State {
    pub(super) commits: u64,
    pub(super) last_position: u64,
    pub(super) records: BTreeMap<(RecordKind, RecordKey), RecordEntry>,
    pub(super) by_kind: HashMap<RecordKind, Positions>,
    pub(super) by_index: HashMap<(RecordKind, IndexName, IndexValue), Positions>,
    pub(super) unique: HashMap<(RecordKind, IndexName, IndexValue), RecordKey>,
    /// Jobs by their place in the order.
    pub(super) jobs: BTreeMap<u64, JobEntry>,
    pub(super) job_positions: HashMap<JobId, u64>,
    /// The place of the first leaf that is kept.
    pub(super) first_leaf: u64,
    pub(super) leaves: VecDeque<AuditLeaf>,
    pub(super) usage: HashMap<UsageEventId, UsageEntry>,
}

pub(super) struct RecordEntry {
    pub(super) position: u64,
    pub(super) stored: StoredRecord,
    pub(super) index: Vec<IndexEntry>,
}

pub(super) struct JobEntry {
    pub(super) job: NewJob,
    pub(super) lease_number: u64,
    pub(super) attempt: u32,
    pub(super) standing: JobStanding,
}

pub(super) enum JobStanding {
    Waiting,
    Leased { until: Timestamp },
    Parked { at: Timestamp, reason: Reason },
}

impl State {
    /// The place of the next leaf.
    pub(super) fn next_leaf(&self) -> u64 {
        self.first_leaf.saturating_add(u64::try_from(self.leaves.len()).unwrap_or(u64::MAX))
    }

    /// Where the records of a kind stand, or those with an index entry.
    pub(super) fn positions(&self, kind: RecordKind, index: Option<&(IndexName, IndexValue)>) -> &Positions {
        static NOWHERE: LazyLock<Positions> = LazyLock::new(Positions::new);
        let positions = match index {
            None => self.by_kind.get(&kind),
            Some((name, value)) => self.by_index.get(&(kind, *name, value.clone())),
        };
        positions.unwrap_or(&NOWHERE)
    }

    pub(super) fn at(&self, position: u64, kind: RecordKind, key: &RecordKey) -> Option<(u64, StoredRecord)> {
        let entry = self.records.get(&(kind, key.clone()))?;
        Some((position, entry.stored.clone()))
    }

    /// The job, if it is in the hands of whoever holds this token.
    pub(super) fn held(&mut self, lease: LeaseToken) -> Result<&mut JobEntry, StoreError> {
        let lost = StoreError::LeaseLost { job: lease.job };
        let entry = self.job_positions.get(&lease.job).and_then(|position| self.jobs.get_mut(position));
        match entry {
            Some(entry) if entry.is_held_by(lease) => Ok(entry),
            _ => Err(lost),
        }
    }
}

impl JobEntry {
    pub(super) fn is_held_by(&self, lease: LeaseToken) -> bool {
        matches!(self.standing, JobStanding::Leased { .. }) && self.lease_number == lease.number
    }

    /// When the job may be taken as far as its own due time or lease is concerned; `None` when parked.
    pub(super) fn ready_at(&self) -> Option<Timestamp> {
        match &self.standing {
            JobStanding::Waiting => Some(self.job.due_at),
            JobStanding::Leased { until } => Some(*until),
            JobStanding::Parked { .. } => None,
        }
    }
}
