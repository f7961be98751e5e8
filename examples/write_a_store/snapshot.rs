//! Everything in the journal, in the order a snapshot has; and back, as one line.

use async_trait::async_trait;
use mpp::core::JobId;
use mpp::store::{
    AuditLeaf, EncodedRecord, IndexEntry, IndexName, IndexValue, OrderKey, Payload, QueueName, Reason,
    RecordKind, SnapshotCounters, SnapshotEntry, SnapshotError, SnapshotJob, SnapshotReceiver,
    SnapshotRecord, SnapshotSender, Snapshots, Uniqueness, Version, WorkerName,
};

use super::rows::{Change, Counters, JobRow, RecordRow, Standing, UsageRow};
use super::state::State;
use super::store::JournalStore;

#[async_trait]
impl Snapshots for JournalStore {
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError> {
        // all of it is in memory already
        for entry in self.read(|state| Ok(entries(state))).await? {
            to.send(entry).await?;
        }
        Ok(())
    }

    async fn restore_snapshot(&self, mut from: SnapshotReceiver) -> Result<(), SnapshotError> {
        let (mut filled, mut next_leaf, mut changes) = (State::default(), 0, Vec::new());
        while let Some(entry) = from.next().await? {
            changes.push(restore(&mut filled, &mut next_leaf, entry)?);
        }
        let written = self.write(move |transaction| {
            let is_empty = transaction.state.counters.commits == 0;
            if is_empty {
                changes.into_iter().for_each(|change| transaction.change(change));
            }
            Ok(is_empty)
        });
        if written.await? { Ok(()) } else { Err(SnapshotError::NotEmpty) }
    }
}

fn entries(state: &State) -> Vec<SnapshotEntry> {
    let Counters { commits, positions, leaves } = state.counters;
    let first_leaf = state.leaves.keys().next().copied().unwrap_or(leaves);
    let counters =
        SnapshotCounters { commits, last_record: positions, last_job: positions, leaves, first_leaf };
    let mut records: Vec<_> = state.records.iter().map(|((kind, key), row)| record(kind, key, row)).collect();
    records.sort_by_key(|record| (record.record.kind, record.position));
    let jobs = state.job_order.values().filter_map(|id| Some(job(*id, state.jobs.get(id)?)));
    let mut uses: Vec<_> = state.usage.iter().map(|(id, row)| row.to_entry(*id)).collect();
    uses.sort_by_key(|entry| (entry.at, entry.id));
    let mut entries = vec![SnapshotEntry::Counters(counters)];
    entries.extend(records.into_iter().map(SnapshotEntry::Record));
    entries.extend(jobs.map(SnapshotEntry::Job));
    entries.extend(state.leaves.values().map(|leaf| SnapshotEntry::Leaf(AuditLeaf::new(leaf.clone()))));
    entries.extend(uses.into_iter().map(SnapshotEntry::Usage));
    entries
}

fn record(kind: &str, key: &str, row: &RecordRow) -> SnapshotRecord {
    let index = row.index.iter().map(|entry| IndexEntry {
        name: IndexName::from_text(&entry.name),
        value: IndexValue::new(&entry.value),
        uniqueness: if entry.unique { Uniqueness::Unique } else { Uniqueness::Shared },
    });
    let record = EncodedRecord {
        kind: RecordKind::from_text(kind),
        key: key.into(),
        form: row.form,
        data: row.data.clone(),
        index: index.collect(),
    };
    SnapshotRecord { position: row.position, version: Version::from_number(row.version), record }
}

fn job(id: JobId, row: &JobRow) -> SnapshotJob {
    let (worker, parked_at, reason) = match &row.standing {
        Standing::Waiting => (None, None, None),
        Standing::Leased { .. } => (Some(WorkerName::new("journal")), None, None),
        Standing::Parked { at, reason } => (None, Some(*at), Some(Reason::new(reason))),
    };
    SnapshotJob {
        position: row.position,
        id,
        queue: QueueName::from_text(row.queue.clone()),
        order_key: row.order_key.as_ref().map(OrderKey::new),
        payload: Payload::from_json_text(row.payload.clone()),
        due_at: row.due_at,
        ready_at: row.ready_at().unwrap_or(row.due_at),
        lease: row.lease_number,
        worker,
        attempt: row.attempt,
        parked_at,
        reason,
    }
}

/// The change that an entry is, made in a state of its own first: there it shows whether the entries belong together.
fn restore(state: &mut State, next_leaf: &mut u64, entry: SnapshotEntry) -> Result<Change, SnapshotError> {
    let clash = |what| Err(SnapshotError::Contradiction { what });
    let change = match entry {
        SnapshotEntry::Counters(counters) => {
            let SnapshotCounters { commits, last_record, last_job, leaves, first_leaf } = counters;
            *next_leaf = first_leaf;
            Change::Counters(Counters { commits, positions: last_record.max(last_job), leaves })
        }
        SnapshotEntry::Record(SnapshotRecord { position, version, record }) => {
            let (kind, key) = (record.kind, record.key.as_str().to_owned());
            let row = RecordRow::new(position, version, record);
            if state.record(kind, &key).is_some() || state.is_taken(kind, &key, &row) {
                return clash("key or unique index value");
            }
            Change::Record(kind.as_str().to_owned(), key, Some(row))
        }
        SnapshotEntry::Job(job) if state.jobs.contains_key(&job.id) => return clash("job"),
        SnapshotEntry::Job(job) => Change::Job(job.id, Some(job_row(job))),
        SnapshotEntry::Leaf(leaf) => {
            let place = *next_leaf;
            *next_leaf = place.saturating_add(1);
            Change::Leaf(place, Some(leaf.bytes().clone()))
        }
        SnapshotEntry::Usage(entry) if state.usage.contains_key(&entry.id) => return clash("metered use"),
        SnapshotEntry::Usage(entry) => {
            let (id, row) = UsageRow::new(entry);
            Change::Usage(id, Some(row))
        }
    };
    state.apply(change.clone());
    Ok(change)
}

fn job_row(job: SnapshotJob) -> JobRow {
    let standing = match (job.parked_at, &job.worker) {
        (Some(at), _) => {
            let reason = job.reason.map_or_else(String::new, |reason| reason.as_str().to_owned());
            Standing::Parked { at, reason }
        }
        (None, Some(_)) => Standing::Leased { until: job.ready_at },
        (None, None) => Standing::Waiting,
    };
    JobRow {
        position: job.position,
        lease_number: job.lease,
        attempt: job.attempt,
        queue: job.queue.as_str().to_owned(),
        order_key: job.order_key.map(|key| key.as_str().to_owned()),
        payload: job.payload.as_json_text().to_owned(),
        due_at: job.due_at,
        standing,
    }
}
