//! What a batch does to the outbox.

use sqlx::sqlite::SqliteQueryResult;

use crate::batch::JobWrite;
use crate::job::JOB_KIND;
use crate::{InHand, LeaseToken, NewJob, OrderKey, RecordKey, StoreError};

use super::rows;
use super::script::{Script, Statement};

pub(super) fn write(script: &mut Script, write: &JobWrite) {
    match write {
        JobWrite::Enqueue(job) => enqueue(script, job),
        JobWrite::Complete(lease) => {
            let sql = "DELETE FROM job WHERE id = ? AND lease = ? AND worker IS NOT NULL";
            held(script.change(sql, lost(*lease)), *lease);
        }
        JobWrite::Release { lease, due_at, reason } => {
            let sql = "UPDATE job SET due_at = ?, ready_at = ?, reason = ?, worker = NULL, lease = lease + 1
                       WHERE id = ? AND lease = ? AND worker IS NOT NULL";
            let due_at = due_at.as_unix_millis();
            let statement = script.change(sql, lost(*lease)).bind(due_at).bind(due_at).bind(reason.as_str());
            held(statement, *lease);
        }
        JobWrite::Park { lease, parked_at, reason } => {
            let sql = "UPDATE job SET parked_at = ?, reason = ?, worker = NULL, lease = lease + 1
                       WHERE id = ? AND lease = ? AND worker IS NOT NULL";
            let statement = script.change(sql, lost(*lease));
            held(statement.bind(parked_at.as_unix_millis()).bind(reason.as_str()), *lease);
        }
    }
}

/// Binds the lease a job must still be under.
fn held(statement: Statement<'_>, lease: LeaseToken) {
    statement.bind(lease.job.to_string()).bind(rows::signed(lease.number));
}

const fn lost(lease: LeaseToken) -> StoreError {
    StoreError::LeaseLost { job: lease.job }
}

/// A lost lease changes no row.
pub(super) fn one_held(lease: LeaseToken, changed: &SqliteQueryResult) -> Result<(), StoreError> {
    match changed.rows_affected() {
        0 => Err(lost(lease)),
        _ => Ok(()),
    }
}

fn enqueue(script: &mut Script, job: &NewJob) {
    let sql = "INSERT INTO job (id, queue, order_key, payload, due_at, ready_at, worker, lease, attempt)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (worker, ready_at, lease, attempt) = match &job.in_hand {
        Some(hand) => (Some(hand.worker.as_str()), hand.until, InHand::LEASE_NUMBER, 1_i64),
        None => (None, job.due_at, 0, 0),
    };
    let there = StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) };
    let statement = script.unique(sql, there).bind(job.id.to_string()).bind(job.queue.as_str());
    let statement = statement.bind(job.order_key.as_ref().map(OrderKey::as_str));
    let statement = statement.bind(job.payload.as_json_text()).bind(job.due_at.as_unix_millis());
    statement.bind(ready_at.as_unix_millis()).bind(worker).bind(rows::signed(lease)).bind(attempt);
}
