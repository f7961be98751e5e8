//! Applies a batch that was checked; nothing here can fail.

use crate::batch::{BatchParts, JobWrite, RecordWrite};
use crate::record::{EncodedRecord, Uniqueness};
use crate::{InHand, IndexEntry, LeaseToken, NewJob, RecordKey, RecordKind, StoredRecord, Version};

use super::state::{JobEntry, JobStanding, RecordEntry, State};

pub(super) fn apply(state: &mut State, parts: BatchParts) -> Version {
    state.commits = state.commits.saturating_add(1);
    let version = Version::from_number(state.commits);
    for write in parts.writes {
        match write {
            RecordWrite::Insert(record) => {
                let position = state.next_position();
                state.put(position, version, record);
            }
            RecordWrite::Update { record, .. } => {
                if let Some(position) = state.remove(record.kind, &record.key) {
                    state.put(position, version, record);
                }
            }
            RecordWrite::Delete { kind, key, .. } => {
                state.remove(kind, &key);
            }
        }
    }
    for write in parts.jobs {
        match write {
            JobWrite::Enqueue(job) => state.enqueue(job),
            JobWrite::Complete(lease) => state.remove_job(lease),
            JobWrite::Release { lease, due_at, .. } => state.release(lease, due_at),
            JobWrite::Park { lease, parked_at, reason } => {
                state.stand(lease, JobStanding::Parked { at: parked_at, reason });
            }
        }
    }
    state.leaves.extend(parts.leaves);
    for entry in parts.usage {
        state.usage.entry(entry.id).or_insert(entry);
    }
    version
}

impl State {
    pub(super) fn next_position(&mut self) -> u64 {
        self.last_position = self.last_position.saturating_add(1);
        self.last_position
    }

    pub(super) fn put(&mut self, position: u64, version: Version, record: EncodedRecord) {
        let EncodedRecord { kind, key, form, data, index } = record;
        self.by_kind.entry(kind).or_default().insert(position, key.clone());
        for IndexEntry { name, value, uniqueness } in &index {
            let place = (kind, *name, value.clone());
            if *uniqueness == Uniqueness::Unique {
                self.unique.insert(place.clone(), key.clone());
            }
            self.by_index.entry(place).or_default().insert(position, key.clone());
        }
        let stored = StoredRecord { kind, key: key.clone(), version, form, data };
        self.records.insert((kind, key), RecordEntry { position, stored, index });
    }

    fn remove(&mut self, kind: RecordKind, key: &RecordKey) -> Option<u64> {
        let RecordEntry { position, index, .. } = self.records.remove(&(kind, key.clone()))?;
        if let Some(positions) = self.by_kind.get_mut(&kind) {
            positions.remove(&position);
        }
        for IndexEntry { name, value, uniqueness } in index {
            let place = (kind, name, value);
            if uniqueness == Uniqueness::Unique {
                self.unique.remove(&place);
            }
            if let Some(positions) = self.by_index.get_mut(&place) {
                positions.remove(&position);
                if positions.is_empty() {
                    self.by_index.remove(&place);
                }
            }
        }
        Some(position)
    }

    pub(super) fn enqueue(&mut self, job: NewJob) {
        let (lease_number, attempt, standing) = match &job.in_hand {
            Some(hand) => (InHand::LEASE_NUMBER, 1, JobStanding::Leased { until: hand.until }),
            None => (0, 0, JobStanding::Waiting),
        };
        let entry = JobEntry { job, lease_number, attempt, standing };
        self.place(entry);
    }

    /// Puts a job at the end of the order.
    pub(super) fn place(&mut self, entry: JobEntry) {
        let position = self.next_position();
        self.job_positions.insert(entry.job.id, position);
        self.jobs.insert(position, entry);
    }

    fn remove_job(&mut self, lease: LeaseToken) {
        if let Some(position) = self.job_positions.remove(&lease.job) {
            self.jobs.remove(&position);
        }
    }

    fn release(&mut self, lease: LeaseToken, due_at: mpp_core::Timestamp) {
        if let Ok(entry) = self.held(lease) {
            entry.job.due_at = due_at;
        }
        self.stand(lease, JobStanding::Waiting);
    }

    fn stand(&mut self, lease: LeaseToken, standing: JobStanding) {
        if let Ok(entry) = self.held(lease) {
            entry.lease_number = entry.lease_number.saturating_add(1);
            entry.standing = standing;
        }
    }
}
