//! What a batch does to the outbox.

use rusqlite::{Connection, params};

use crate::batch::JobWrite;
use crate::job::JOB_KIND;
use crate::{InHand, LeaseToken, NewJob, OrderKey, RecordKey, StoreError};

use super::commit::{execute, unique};
use super::rows;

/// Writes one change; `place` gives the place of a new job.
pub(super) fn write(
    connection: &Connection,
    write: &JobWrite,
    place: impl FnOnce() -> i64,
) -> Result<(), StoreError> {
    match write {
        JobWrite::Enqueue(job) => enqueue(connection, job, place()),
        JobWrite::Complete(lease) => {
            let sql = "DELETE FROM job WHERE id = ? AND lease = ? AND worker IS NOT NULL";
            let (id, number) = held(*lease);
            one_held(*lease, execute(connection, sql, params![id, number])?)
        }
        JobWrite::Release { lease, due_at, reason } => {
            let sql =
                "UPDATE job SET due_at = ?1, ready_at = ?1, reason = ?2, worker = NULL, lease = lease + 1
                       WHERE id = ?3 AND lease = ?4 AND worker IS NOT NULL";
            let (id, number) = held(*lease);
            let values = params![due_at.as_unix_millis(), reason.as_str(), id, number];
            one_held(*lease, execute(connection, sql, values)?)
        }
        JobWrite::Park { lease, parked_at, reason } => {
            let sql = "UPDATE job SET parked_at = ?, reason = ?, worker = NULL, lease = lease + 1
                       WHERE id = ? AND lease = ? AND worker IS NOT NULL";
            let (id, number) = held(*lease);
            let values = params![parked_at.as_unix_millis(), reason.as_str(), id, number];
            one_held(*lease, execute(connection, sql, values)?)
        }
    }
}

/// The columns id and lease of a job that must still be under this lease.
pub(super) fn held(lease: LeaseToken) -> (String, i64) {
    (lease.job.to_string(), rows::signed(lease.number))
}

/// A lost lease changes no row.
pub(super) const fn one_held(lease: LeaseToken, changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::LeaseLost { job: lease.job }) } else { Ok(()) }
}

fn enqueue(connection: &Connection, job: &NewJob, place: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, worker, lease, attempt)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (worker, ready_at, lease, attempt) = match &job.in_hand {
        Some(hand) => (Some(hand.worker.as_str()), hand.until, InHand::LEASE_NUMBER, 1_i64),
        None => (None, job.due_at, 0, 0),
    };
    let values = params![
        place,
        job.id.to_string(),
        job.queue.as_str(),
        job.order_key.as_ref().map(OrderKey::as_str),
        job.payload.as_json_text(),
        job.due_at.as_unix_millis(),
        ready_at.as_unix_millis(),
        worker,
        rows::signed(lease),
        attempt,
    ];
    unique(connection, sql, values, || StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) })
}
