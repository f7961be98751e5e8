//! What a batch does to the outbox.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteQueryResult;

use crate::batch::JobWrite;
use crate::job::JOB_KIND;
use crate::{LeaseToken, NewJob, OrderKey, RecordKey, StoreError};

use super::{rows, unavailable};

pub(super) async fn write(connection: &mut SqliteConnection, write: &JobWrite) -> Result<(), StoreError> {
    match write {
        JobWrite::Enqueue(job) => enqueue(connection, job).await,
        JobWrite::Complete(lease) => {
            let query = sqlx::query("DELETE FROM job WHERE id = ? AND lease = ? AND worker IS NOT NULL");
            let query = query.bind(lease.job.to_string()).bind(rows::signed(lease.number));
            one_held(*lease, query.execute(connection).await)
        }
        JobWrite::Release { lease, due_at, reason } => {
            let query = sqlx::query(
                "UPDATE job SET due_at = ?1, ready_at = ?1, reason = ?2, worker = NULL, lease = lease + 1
                 WHERE id = ?3 AND lease = ?4 AND worker IS NOT NULL",
            );
            let query = query.bind(due_at.as_unix_millis()).bind(reason.as_str());
            let query = query.bind(lease.job.to_string()).bind(rows::signed(lease.number));
            one_held(*lease, query.execute(connection).await)
        }
        JobWrite::Park { lease, parked_at, reason } => {
            let query = sqlx::query(
                "UPDATE job SET parked_at = ?1, reason = ?2, worker = NULL, lease = lease + 1
                 WHERE id = ?3 AND lease = ?4 AND worker IS NOT NULL",
            );
            let query = query.bind(parked_at.as_unix_millis()).bind(reason.as_str());
            let query = query.bind(lease.job.to_string()).bind(rows::signed(lease.number));
            one_held(*lease, query.execute(connection).await)
        }
    }
}

/// A lost lease changes no row.
pub(super) fn one_held(
    lease: LeaseToken,
    changed: Result<SqliteQueryResult, sqlx::Error>,
) -> Result<(), StoreError> {
    match changed.map_err(unavailable)?.rows_affected() {
        0 => Err(StoreError::LeaseLost { job: lease.job }),
        _ => Ok(()),
    }
}

async fn enqueue(connection: &mut SqliteConnection, job: &NewJob) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO job (id, queue, order_key, payload, due_at, ready_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    );
    let query = query.bind(job.id.to_string()).bind(job.queue.as_str());
    let query = query.bind(job.order_key.as_ref().map(OrderKey::as_str));
    let query = query.bind(job.payload.as_json_text()).bind(job.due_at.as_unix_millis());
    query.execute(connection).await.map(drop).map_err(|error| {
        let there = error.as_database_error().is_some_and(|error| error.is_unique_violation());
        let conflict = || StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) };
        if there { conflict() } else { unavailable(error) }
    })
}
