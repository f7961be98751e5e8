//! Everything that one commit left, page by page.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::AuditLeaf;
use crate::record::IndexEntry;
use crate::snapshot::{SnapshotEntry, SnapshotError, SnapshotSender};

use super::super::connections::rows;
use super::super::{logs, unavailable};
use super::TOGETHER;
use super::rows_of::{self, CounterRow, EntryRow, JobRow, RecordRow};

/// In a transaction whose first statement decides which commit is seen.
pub(super) async fn take(connection: &mut PgConnection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    counters(connection, to).await?;
    records(connection, to).await?;
    jobs(connection, to).await?;
    leaves(connection, to).await?;
    uses(connection, to).await
}

/// Sequences are of no transaction: what they say may be of later commits, and is at least what it was at ours.
async fn counters(connection: &mut PgConnection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    let sql = "SELECT c.value, c.leaves, CASE WHEN r.is_called THEN r.last_value ELSE 0 END,
                      CASE WHEN j.is_called THEN j.last_value ELSE 0 END,
                      b.first_leaf
               FROM commit_counter c, record_seq r, job_seq j, audit_begin b";
    let found: Vec<CounterRow> = rows(connection, sqlx::query_as(sql)).await.map_err(unavailable)?;
    let row = found.into_iter().next().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
    to.send(SnapshotEntry::Counters(rows_of::counters(row)?)).await
}

async fn records(connection: &mut PgConnection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    let sql = "SELECT kind, seq, key, version, form, data FROM record WHERE (kind, seq) > ($1, $2)
               ORDER BY kind, seq LIMIT $3";
    let mut after = (String::new(), 0_i64);
    loop {
        let query = sqlx::query_as(sql).bind(&*after.0).bind(after.1).bind(page_size());
        let page: Vec<RecordRow> = rows(connection, query).await.map_err(unavailable)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.0.clone(), last.1);
        let mut index = HashMap::new();
        for of_kind in page.chunk_by(|one, next| one.0 == next.0) {
            index.extend(entries(connection, of_kind).await?);
        }
        for row in page {
            let entries = index.remove(&(row.0.clone(), row.1)).unwrap_or_default();
            to.send(SnapshotEntry::Record(rows_of::record(row, entries)?)).await?;
        }
    }
}

type Place = (String, i64);

/// What some records of one kind are found by. Not between two pairs of kind and place: before PostgreSQL 18 a scan of the index goes on to
/// its end when the second member of a pair is what ends it.
async fn entries(
    connection: &mut PgConnection,
    of_kind: &[RecordRow],
) -> Result<HashMap<Place, Vec<IndexEntry>>, SnapshotError> {
    let mut index: HashMap<Place, Vec<IndexEntry>> = HashMap::new();
    let (Some(first), Some(last)) = (of_kind.first(), of_kind.last()) else { return Ok(index) };
    let sql = "SELECT kind, seq, name, value, is_unique FROM record_index
               WHERE kind = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, name, value";
    let query = sqlx::query_as(sql).bind(&*first.0).bind(first.1).bind(last.1);
    let found: Vec<EntryRow> = rows(connection, query).await.map_err(unavailable)?;
    for (place, entry) in found.into_iter().map(rows_of::entry) {
        index.entry(place).or_default().push(entry);
    }
    Ok(index)
}

async fn jobs(connection: &mut PgConnection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    let sql = "SELECT seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason
               FROM job WHERE seq > $1 ORDER BY seq LIMIT $2";
    let mut after = 0_i64;
    loop {
        let query = sqlx::query_as(sql).bind(after).bind(page_size());
        let page: Vec<JobRow> = rows(connection, query).await.map_err(unavailable)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.0;
        for row in page {
            to.send(SnapshotEntry::Job(rows_of::job(row)?)).await?;
        }
    }
}

async fn leaves(connection: &mut PgConnection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    let sql = "SELECT place, bytes FROM audit_leaf WHERE place > $1 ORDER BY place LIMIT $2";
    let mut after = -1_i64;
    loop {
        let query = sqlx::query_as(sql).bind(after).bind(page_size());
        let page: Vec<(i64, Vec<u8>)> = rows(connection, query).await.map_err(unavailable)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.0;
        for (_, bytes) in page {
            to.send(SnapshotEntry::Leaf(AuditLeaf::new(bytes))).await?;
        }
    }
}

async fn uses(connection: &mut PgConnection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    let sql =
        "SELECT id, partner, at, data FROM usage_event WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT $3";
    let mut after = (i64::MIN, String::new());
    loop {
        let query = sqlx::query_as(sql).bind(after.0).bind(&*after.1).bind(page_size());
        let page: Vec<logs::UsageRow> = rows(connection, query).await.map_err(unavailable)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.2, last.0.clone());
        for row in page {
            to.send(SnapshotEntry::Usage(logs::decoded(row)?)).await?;
        }
    }
}

fn page_size() -> i64 {
    i64::try_from(TOGETHER).unwrap_or(i64::MAX)
}
