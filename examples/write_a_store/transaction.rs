//! Changes that can be taken back, and the checks of a batch.

use mpp::core::{JobId, Timestamp};
use mpp::store::{
    BatchParts, InHand, JOB_KIND, JobWrite, LeaseToken, NewJob, RecordKey, RecordWrite, StoreError,
    USAGE_KIND, UsageEntry, Version,
};

use super::rows::{Change, Counters, JobRow, RecordRow, Standing, UsageRow};
use super::state::State;

/// Works on the state in place: each check sees what the batch did before it.
pub(super) struct Transaction<'a> {
    pub(super) state: &'a mut State,
    pub(super) done: Vec<Change>,
    undo: Vec<Change>,
}

impl<'a> Transaction<'a> {
    pub(super) const fn on(state: &'a mut State) -> Self {
        Self { state, done: Vec::new(), undo: Vec::new() }
    }

    pub(super) fn roll_back(self) {
        for change in self.undo.into_iter().rev() {
            self.state.apply(change);
        }
    }

    pub(super) fn change(&mut self, change: Change) {
        self.done.push(change.clone());
        self.undo.push(self.state.apply(change));
    }

    fn next_position(&mut self) -> u64 {
        let counters = self.state.counters;
        self.change(Change::Counters(Counters {
            positions: counters.positions.saturating_add(1),
            ..counters
        }));
        self.state.counters.positions
    }

    /// Does all of a batch, or stops at what does not fit.
    pub(super) fn commit(&mut self, parts: BatchParts) -> Result<Version, StoreError> {
        for guard in parts.guards {
            let row = self.state.record(guard.kind, guard.key.as_str());
            if row.map(|row| Version::from_number(row.version)) != guard.expected {
                return Err(StoreError::Conflict { kind: guard.kind, key: guard.key });
            }
        }
        let counters = self.state.counters;
        let leaves = u64::try_from(parts.leaves.len()).unwrap_or(u64::MAX);
        self.change(Change::Counters(Counters {
            commits: counters.commits.saturating_add(1),
            leaves: counters.leaves.saturating_add(leaves),
            ..counters
        }));
        let version = Version::from_number(self.state.counters.commits);
        parts.writes.into_iter().try_for_each(|write| self.write(write, version))?;
        parts.jobs.into_iter().try_for_each(|write| self.write_job(write))?;
        for (place, leaf) in (counters.leaves..).zip(parts.leaves) {
            self.change(Change::Leaf(place, Some(leaf.bytes().clone())));
        }
        parts.usage.into_iter().try_for_each(|entry| self.meter(entry))?;
        Ok(version)
    }

    fn write(&mut self, write: RecordWrite, version: Version) -> Result<(), StoreError> {
        let conflict = write.conflict();
        let (kind, key) = write.subject();
        let (kind, key) = (kind, key.as_str().to_owned());
        let (expected, record) = match write {
            RecordWrite::Insert(record) => (None, Some(record)),
            RecordWrite::Update { expected, record, .. } => (Some(expected), Some(record)),
            RecordWrite::Delete { expected, .. } => (Some(expected), None),
        };
        let old = self.state.record(kind, &key).map(|row| (row.position, Version::from_number(row.version)));
        if old.map(|(_, version)| version) != expected {
            return Err(conflict);
        }
        let row = record.map(|record| {
            let position = old.map_or_else(|| self.next_position(), |(position, _)| position);
            RecordRow::new(position, version, record)
        });
        if row.as_ref().is_some_and(|row| self.state.is_taken(kind, &key, row)) {
            return Err(conflict);
        }
        self.change(Change::Record(kind.as_str().to_owned(), key, row));
        Ok(())
    }

    fn write_job(&mut self, write: JobWrite) -> Result<(), StoreError> {
        match write {
            JobWrite::Enqueue(job) => self.enqueue(job),
            JobWrite::Complete(lease) => {
                self.held(lease)?;
                self.change(Change::Job(lease.job, None));
                Ok(())
            }
            // A job given back changes hands: whoever held it holds an old token from now on.
            JobWrite::Release { lease, due_at, .. } => {
                let row = self.held(lease)?;
                let lease_number = row.lease_number.saturating_add(1);
                self.put_job(lease.job, JobRow { lease_number, due_at, standing: Standing::Waiting, ..row });
                Ok(())
            }
            JobWrite::Park { lease, parked_at, reason } => {
                let row = self.held(lease)?;
                let lease_number = row.lease_number.saturating_add(1);
                let standing = Standing::Parked { at: parked_at, reason: reason.as_str().to_owned() };
                self.put_job(lease.job, JobRow { lease_number, standing, ..row });
                Ok(())
            }
        }
    }

    fn enqueue(&mut self, job: NewJob) -> Result<(), StoreError> {
        if self.state.jobs.contains_key(&job.id) {
            return Err(StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) });
        }
        // A job may be in the hands of whoever enqueues it from the start.
        let (lease_number, attempt, standing) = match &job.in_hand {
            Some(hand) => (InHand::LEASE_NUMBER, 1, Standing::Leased { until: hand.until }),
            None => (0, 0, Standing::Waiting),
        };
        let row = JobRow {
            position: self.next_position(),
            lease_number,
            attempt,
            queue: job.queue.as_str().to_owned(),
            order_key: job.order_key.map(|key| key.as_str().to_owned()),
            payload: job.payload.as_json_text().to_owned(),
            due_at: job.due_at,
            standing,
        };
        self.change(Change::Job(job.id, Some(row)));
        Ok(())
    }

    /// The job, if it is in the hands of whoever holds this token.
    pub(super) fn held(&self, lease: LeaseToken) -> Result<JobRow, StoreError> {
        let row = self.state.jobs.get(&lease.job).filter(|row| {
            row.lease_number == lease.number && matches!(row.standing, Standing::Leased { .. })
        });
        row.cloned().ok_or(StoreError::LeaseLost { job: lease.job })
    }

    pub(super) fn put_job(&mut self, id: JobId, row: JobRow) {
        self.change(Change::Job(id, Some(row)));
    }

    pub(super) fn parked(&self, job: JobId) -> Result<JobRow, StoreError> {
        let row = self.state.jobs.get(&job).filter(|row| matches!(row.standing, Standing::Parked { .. }));
        row.cloned().ok_or(StoreError::NotParked { job })
    }

    /// Puts a job back at the end of its order, as if it had just been enqueued.
    pub(super) fn requeue(&mut self, id: JobId, row: JobRow, due_at: Timestamp) {
        let position = self.next_position();
        self.put_job(id, JobRow { position, attempt: 0, due_at, standing: Standing::Waiting, ..row });
    }

    pub(super) fn discard(&mut self, job: JobId) {
        self.change(Change::Job(job, None));
    }

    /// Removes the oldest leaves; those behind them keep their places.
    pub(super) fn remove_leaves(&mut self, before: u64, most: usize) -> u64 {
        let old: Vec<u64> = self.state.leaves.range(..before).map(|(place, _)| *place).take(most).collect();
        old.iter().for_each(|place| self.change(Change::Leaf(*place, None)));
        u64::try_from(old.len()).unwrap_or(u64::MAX)
    }

    /// Removes the oldest uses.
    pub(super) fn remove_usage(&mut self, before: Timestamp, most: usize) -> u64 {
        let entries = self.state.usage.iter().map(|(id, row)| row.to_entry(*id));
        let mut old: Vec<_> =
            entries.filter(|entry| entry.at < before).map(|entry| (entry.at, entry.id)).collect();
        old.sort_unstable();
        old.truncate(most);
        old.iter().for_each(|(_, id)| self.change(Change::Usage(*id, None)));
        u64::try_from(old.len()).unwrap_or(u64::MAX)
    }

    fn meter(&mut self, entry: UsageEntry) -> Result<(), StoreError> {
        let (id, row) = UsageRow::new(entry);
        match self.state.usage.get(&id) {
            Some(earlier) if *earlier == row => Ok(()),
            Some(_) => Err(StoreError::Conflict { kind: USAGE_KIND, key: RecordKey::new(id) }),
            None => {
                self.change(Change::Usage(id, Some(row)));
                Ok(())
            }
        }
    }
}
