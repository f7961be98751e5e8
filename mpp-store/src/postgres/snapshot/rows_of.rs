//! From rows to entries.

use crate::job::JOB_KIND;
use crate::record::{EncodedRecord, IndexEntry, Uniqueness};
use crate::snapshot::{SnapshotCounters, SnapshotJob, SnapshotRecord};
use crate::{
    Inconsistency, IndexName, IndexValue, OrderKey, Payload, QueueName, Reason, RecordKey, RecordKind,
    StoreError, WorkerName,
};

use super::super::rows;

/// value, leaves, last place of a record and of a job, where any was given out, the place of the first leaf
pub(super) type CounterRow = (i64, i64, i64, i64, i64);
/// kind, seq, key, version, form, data
pub(super) type RecordRow = (String, i64, String, i64, i32, String);
/// kind, seq, name, value, is_unique
pub(super) type EntryRow = (String, i64, String, String, bool);
/// seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason
pub(super) type JobRow = (
    i64,
    String,
    String,
    Option<String>,
    String,
    i64,
    i64,
    i64,
    Option<String>,
    i64,
    Option<i64>,
    Option<String>,
);

pub(super) fn counters(row: CounterRow) -> Result<SnapshotCounters, StoreError> {
    const KIND: RecordKind = RecordKind::new("commit-counter");
    let (commits, leaves, last_record, last_job, first_leaf) = row;
    let counters = || -> Result<_, Inconsistency> {
        Ok(SnapshotCounters {
            commits: rows::unsigned("value", commits)?,
            leaves: rows::unsigned("leaves", leaves)?,
            first_leaf: rows::unsigned("first_leaf", first_leaf)?,
            last_record: rows::unsigned("record_seq", last_record)?,
            last_job: rows::unsigned("job_seq", last_job)?,
        })
    };
    counters().map_err(|cause| inconsistent(KIND, KIND.as_str(), cause))
}

pub(super) fn record(row: RecordRow, index: Vec<IndexEntry>) -> Result<SnapshotRecord, StoreError> {
    let (kind, seq, key, version, form, data) = row;
    let kind = RecordKind::from_text(&kind);
    let numbers = || -> Result<_, Inconsistency> {
        Ok((rows::unsigned("seq", seq)?, rows::version(version)?, rows::small("form", form.into())?))
    };
    let (position, version, form) = numbers().map_err(|cause| inconsistent(kind, &key, cause))?;
    let record = EncodedRecord { kind, key: RecordKey::from(key), form, data, index };
    Ok(SnapshotRecord { position, version, record })
}

pub(super) fn entry(row: EntryRow) -> ((String, i64), IndexEntry) {
    let (kind, seq, name, value, is_unique) = row;
    let uniqueness = if is_unique { Uniqueness::Unique } else { Uniqueness::Shared };
    let entry = IndexEntry { name: IndexName::from_text(&name), value: IndexValue::from(value), uniqueness };
    ((kind, seq), entry)
}

pub(super) fn job(row: JobRow) -> Result<SnapshotJob, StoreError> {
    let (seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason) =
        row;
    let job = || -> Result<_, Inconsistency> {
        Ok(SnapshotJob {
            position: rows::unsigned("seq", seq)?,
            id: rows::id("id", &id)?,
            queue: QueueName::from_text(queue),
            order_key: order_key.map(OrderKey::new),
            payload: Payload::from_json_text(payload),
            due_at: rows::instant("due_at", due_at)?,
            ready_at: rows::instant("ready_at", ready_at)?,
            lease: rows::unsigned("lease", lease)?,
            worker: worker.map(WorkerName::new),
            attempt: rows::small("attempt", attempt)?,
            parked_at: parked_at.map(|millis| rows::instant("parked_at", millis)).transpose()?,
            reason: reason.map(Reason::new),
        })
    };
    job().map_err(|cause| inconsistent(JOB_KIND, &id, cause))
}

fn inconsistent(kind: RecordKind, key: &str, cause: Inconsistency) -> StoreError {
    StoreError::Inconsistent { kind, key: RecordKey::from(key), cause }
}
