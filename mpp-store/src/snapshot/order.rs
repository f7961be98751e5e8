//! The order of the entries, which is part of the form: whoever writes one that is out of it, or reads one, is told.

use mpp_core::{Timestamp, UsageEventId};

use super::SnapshotEntry;
use super::entry::SnapshotCounters;
use crate::fields::impossible;
use crate::{Inconsistency, RecordKind};

/// Databases have signed numbers, and no store counts as far as that.
const MOST: u64 = i64::MAX.unsigned_abs();

/// How far a snapshot has come.
#[derive(Debug, Default)]
pub(super) struct Order {
    counters: Option<SnapshotCounters>,
    last: Last,
    pub(super) records: u64,
    pub(super) jobs: u64,
    pub(super) leaves: u64,
    pub(super) uses: u64,
}

/// The entry before.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Last {
    #[default]
    Nothing,
    Counters,
    Record(RecordKind, u64),
    Job(u64),
    Leaf(u64),
    Usage(Timestamp, UsageEventId),
}

impl Order {
    /// Notes the next entry.
    pub(super) fn note(&mut self, entry: &SnapshotEntry) -> Result<(), Inconsistency> {
        let counters = self.counters.unwrap_or_default();
        let (here, fits) = match entry {
            SnapshotEntry::Counters(counters) => {
                let SnapshotCounters { commits, last_record, last_job, leaves, first_leaf } = *counters;
                self.counters = Some(*counters);
                let numbers = [commits, last_record, last_job, leaves];
                let fits = numbers.iter().all(|number| *number <= MOST) && first_leaf <= leaves;
                (Last::Counters, fits)
            }
            SnapshotEntry::Record(record) => {
                self.records = self.records.saturating_add(1);
                let fits = (1..=counters.last_record).contains(&record.position)
                    && (1..=counters.commits).contains(&record.version.number());
                (Last::Record(record.record.kind, record.position), fits)
            }
            SnapshotEntry::Job(job) => {
                self.jobs = self.jobs.saturating_add(1);
                let fits = (1..=counters.last_job).contains(&job.position) && job.lease <= MOST;
                (Last::Job(job.position), fits)
            }
            SnapshotEntry::Leaf(_) => {
                self.leaves = self.leaves.saturating_add(1);
                (Last::Leaf(self.leaves), self.leaves <= counters.kept_leaves())
            }
            SnapshotEntry::Usage(entry) => {
                self.uses = self.uses.saturating_add(1);
                (Last::Usage(entry.at, entry.id), true)
            }
        };
        let begins = self.last != Last::Nothing || here == Last::Counters;
        if !begins || here <= self.last {
            return Err(impossible("place"));
        }
        self.last = here;
        if fits { Ok(()) } else { Err(impossible("counters")) }
    }

    /// The counters, once nothing is missing.
    pub(super) fn end(&self) -> Result<SnapshotCounters, Inconsistency> {
        match self.counters {
            Some(counters) if counters.kept_leaves() == self.leaves => Ok(counters),
            _ => Err(impossible("leaves")),
        }
    }
}
