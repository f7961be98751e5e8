//! Everything in the state, in order; and back.

use async_trait::async_trait;
use mpp_core::Timestamp;

use crate::record::{EncodedRecord, Uniqueness};
use crate::snapshot::{
    SnapshotCounters, SnapshotEntry, SnapshotError, SnapshotJob, SnapshotReceiver, SnapshotRecord,
    SnapshotSender, Snapshots,
};
use crate::{NewJob, Reason, WorkerName};

use super::MemoryStore;
use super::state::{JobEntry, JobStanding, State};

#[async_trait]
impl Snapshots for MemoryStore {
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError> {
        // all of it is in memory already
        let entries = entries(&self.state());
        for entry in entries {
            to.send(entry).await?;
        }
        Ok(())
    }

    async fn restore_snapshot(&self, mut from: SnapshotReceiver) -> Result<(), SnapshotError> {
        let mut filled = State::default();
        while let Some(entry) = from.next().await? {
            filled.restore(entry)?;
        }
        let mut state = self.state();
        if state.commits != 0 {
            return Err(SnapshotError::NotEmpty);
        }
        *state = filled;
        Ok(())
    }
}

fn entries(state: &State) -> Vec<SnapshotEntry> {
    let counters = SnapshotCounters {
        commits: state.commits,
        last_record: state.last_position,
        last_job: state.last_position,
        leaves: state.next_leaf(),
        first_leaf: state.first_leaf,
    };
    let records = state.records.values().map(|entry| {
        let stored = entry.stored.clone();
        let record = EncodedRecord {
            kind: stored.kind,
            key: stored.key,
            form: stored.form,
            data: stored.data,
            index: entry.index.clone(),
        };
        SnapshotRecord { position: entry.position, version: stored.version, record }
    });
    let mut records: Vec<_> = records.collect();
    records.sort_by_key(|record| (record.record.kind, record.position));
    let mut uses: Vec<_> = state.usage.values().cloned().collect();
    uses.sort_by_key(|entry| (entry.at, entry.id));
    let jobs = state.jobs.iter().map(|(position, entry)| SnapshotEntry::Job(job(*position, entry)));
    let mut entries = vec![SnapshotEntry::Counters(counters)];
    entries.extend(records.into_iter().map(SnapshotEntry::Record));
    entries.extend(jobs);
    entries.extend(state.leaves.iter().cloned().map(SnapshotEntry::Leaf));
    entries.extend(uses.into_iter().map(SnapshotEntry::Usage));
    entries
}

fn job(position: u64, entry: &JobEntry) -> SnapshotJob {
    let JobEntry { job, lease_number, attempt, standing } = entry;
    let (ready_at, worker, parked_at, reason) = match standing {
        JobStanding::Waiting => (job.due_at, None, None, None),
        // whose hands they are is of no interest here, that they are somebody's is
        JobStanding::Leased { until } => (*until, Some(WorkerName::new("memory")), None, None),
        JobStanding::Parked { at, reason } => (job.due_at, None, Some(*at), Some(reason.clone())),
    };
    SnapshotJob {
        position,
        id: job.id,
        queue: job.queue.clone(),
        order_key: job.order_key.clone(),
        payload: job.payload.clone(),
        due_at: job.due_at,
        ready_at,
        lease: *lease_number,
        worker,
        attempt: *attempt,
        parked_at,
        reason,
    }
}

impl State {
    fn restore(&mut self, entry: SnapshotEntry) -> Result<(), SnapshotError> {
        match entry {
            SnapshotEntry::Counters(counters) => {
                self.commits = counters.commits;
                self.last_position = counters.last_record.max(counters.last_job);
                self.first_leaf = counters.first_leaf;
            }
            SnapshotEntry::Record(record) => self.restore_record(record)?,
            SnapshotEntry::Job(job) => self.restore_job(job)?,
            SnapshotEntry::Leaf(leaf) => self.leaves.push_back(leaf),
            SnapshotEntry::Usage(entry) => {
                if self.usage.insert(entry.id, entry).is_some() {
                    return Err(SnapshotError::Contradiction { what: "metered use" });
                }
            }
        }
        Ok(())
    }

    fn restore_record(&mut self, snapshot: SnapshotRecord) -> Result<(), SnapshotError> {
        let SnapshotRecord { position, version, record } = snapshot;
        if self.records.contains_key(&(record.kind, record.key.clone())) {
            return Err(SnapshotError::Contradiction { what: "key" });
        }
        let unique = record.index.iter().filter(|entry| entry.uniqueness == Uniqueness::Unique);
        let mut places = unique.map(|entry| (record.kind, entry.name, entry.value.clone()));
        if places.any(|place| self.unique.contains_key(&place)) {
            return Err(SnapshotError::Contradiction { what: "unique index value" });
        }
        self.put(position, version, record);
        Ok(())
    }

    fn restore_job(&mut self, snapshot: SnapshotJob) -> Result<(), SnapshotError> {
        let standing = standing(&snapshot);
        let SnapshotJob { position, id, queue, order_key, payload, due_at, lease, attempt, .. } = snapshot;
        let job = NewJob { id, queue, order_key, payload, due_at, in_hand: None };
        let entry = JobEntry { job, lease_number: lease, attempt, standing };
        if self.job_positions.insert(id, position).is_some() {
            return Err(SnapshotError::Contradiction { what: "job" });
        }
        self.jobs.insert(position, entry);
        Ok(())
    }
}

fn standing(job: &SnapshotJob) -> JobStanding {
    let (parked, worker): (Option<Timestamp>, _) = (job.parked_at, &job.worker);
    match (parked, worker) {
        (Some(at), _) => {
            let reason = job.reason.clone().unwrap_or_else(|| Reason::new(""));
            JobStanding::Parked { at, reason }
        }
        (None, Some(_)) => JobStanding::Leased { until: job.ready_at },
        (None, None) => JobStanding::Waiting,
    }
}
