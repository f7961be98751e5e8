//! Snapshots: taken in one read transaction on a connection of its own, restored in one transaction of the writer.

use async_trait::async_trait;
use mpp_core::{JobId, PartnerId, UsageEventId};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Statement, Transaction, TransactionBehavior, params};

use crate::job::JOB_KIND;
use crate::record::{EncodedRecord, IndexEntry, Uniqueness};
use crate::snapshot::{
    SnapshotCounters, SnapshotEntry, SnapshotError, SnapshotJob, SnapshotReceiver, SnapshotRecord,
    SnapshotSender, Snapshots,
};
use crate::usage::USAGE_KIND;
use crate::{
    AuditLeaf, Inconsistency, IndexName, IndexValue, OrderKey, Payload, QueueName, Reason, RecordKey,
    RecordKind, StoreError, UsageEntry, WorkerName,
};

use super::commit::execute;
use super::writer::connect;
use super::{SqliteStore, rows, unavailable};

#[async_trait]
impl Snapshots for SqliteStore {
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError> {
        let path = self.path.clone();
        let taking = tokio::task::spawn_blocking(move || {
            let connection = connect(&path).map_err(unavailable)?;
            connection.execute_batch("PRAGMA query_only = ON; BEGIN").map_err(unavailable)?;
            take(&connection, &to)
        });
        taking.await.map_err(StoreError::unavailable)?
    }

    async fn restore_snapshot(&self, mut from: SnapshotReceiver) -> Result<(), SnapshotError> {
        // a failure of the database is told to the writer, which gives up its connection then
        let restored = self.writer.run(move |connection| match restore(connection, &mut from) {
            Err(SnapshotError::Store(error)) => Err(error),
            settled => Ok(settled),
        });
        restored.await?
    }
}

/// The first statement decides which commit is seen.
fn take(connection: &Connection, to: &SnapshotSender) -> Result<(), SnapshotError> {
    to.send_blocking(SnapshotEntry::Counters(counters(connection)?))?;
    let mut entries = connection
        .prepare("SELECT name, value, is_unique FROM record_index WHERE seq = ? ORDER BY name, value")
        .map_err(unavailable)?;
    let sql = "SELECT seq, kind, key, version, form, data FROM record ORDER BY kind, seq";
    each(connection, sql, |row| {
        let record = record(row, &mut entries)?;
        to.send_blocking(SnapshotEntry::Record(record))
    })?;
    let sql = "SELECT seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason
               FROM job ORDER BY seq";
    each(connection, sql, |row| to.send_blocking(SnapshotEntry::Job(job(row)?)))?;
    each(connection, "SELECT bytes FROM audit_leaf ORDER BY place", |row| {
        let bytes: Vec<u8> = row.get(0).map_err(unavailable)?;
        to.send_blocking(SnapshotEntry::Leaf(AuditLeaf::new(bytes)))
    })?;
    let sql = "SELECT id, partner, at, data FROM usage_event ORDER BY at, id";
    each(connection, sql, |row| to.send_blocking(SnapshotEntry::Usage(usage(row)?)))
}

fn each(
    connection: &Connection,
    sql: &str,
    mut with: impl FnMut(&Row<'_>) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let mut statement = connection.prepare(sql).map_err(unavailable)?;
    let mut found = statement.query([]).map_err(unavailable)?;
    while let Some(row) = found.next().map_err(unavailable)? {
        with(row)?;
    }
    Ok(())
}

fn counters(connection: &Connection) -> Result<SnapshotCounters, StoreError> {
    let sql = "SELECT value, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'record'), 0), last_job,
                      next_leaf, first_leaf FROM commit_counter";
    let read = connection.query_row(sql, [], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, i64>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, i64>(3)?,
            row.get::<_, i64>(4)?,
        ))
    });
    let (commits, last_record, last_job, leaves, first_leaf) = read.map_err(unavailable)?;
    let counters = || -> Result<_, Inconsistency> {
        Ok(SnapshotCounters {
            commits: rows::unsigned("value", commits)?,
            last_record: rows::unsigned("seq", last_record)?,
            last_job: rows::unsigned("last_job", last_job)?,
            leaves: rows::unsigned("next_leaf", leaves)?,
            first_leaf: rows::unsigned("first_leaf", first_leaf)?,
        })
    };
    const KIND: RecordKind = RecordKind::new("commit-counter");
    counters().map_err(|cause| inconsistent(KIND, KIND.as_str(), cause))
}

fn record(row: &Row<'_>, entries: &mut Statement<'_>) -> Result<SnapshotRecord, SnapshotError> {
    let (seq, kind, key): (i64, String, String) = columns3(row)?;
    let (version, form): (i64, i64) = (row.get(3).map_err(unavailable)?, row.get(4).map_err(unavailable)?);
    let kind = RecordKind::from_text(&kind);
    let found = entries.query_map([seq], |row| {
        let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
        let uniqueness = if row.get(2)? { Uniqueness::Unique } else { Uniqueness::Shared };
        Ok(IndexEntry { name: IndexName::from_text(&name), value: IndexValue::from(value), uniqueness })
    });
    let index = found.and_then(Iterator::collect).map_err(unavailable)?;
    let numbers = || -> Result<_, Inconsistency> {
        Ok((rows::unsigned("seq", seq)?, rows::version(version)?, rows::small("form", form)?))
    };
    let (position, version, form) = numbers().map_err(|cause| inconsistent(kind, &key, cause))?;
    let data = row.get(5).map_err(unavailable)?;
    let record = EncodedRecord { kind, key: RecordKey::from(key), form, data, index };
    Ok(SnapshotRecord { position, version, record })
}

fn columns3(row: &Row<'_>) -> Result<(i64, String, String), StoreError> {
    let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    read().map_err(|error: rusqlite::Error| unavailable(error))
}

/// The columns of a job besides its id.
struct JobColumns {
    seq: i64,
    queue: String,
    order_key: Option<String>,
    payload: String,
    instants: (i64, i64, Option<i64>),
    lease: i64,
    worker: Option<String>,
    attempt: i64,
    reason: Option<String>,
}

fn job(row: &Row<'_>) -> Result<SnapshotJob, StoreError> {
    let read = || -> rusqlite::Result<(String, JobColumns)> {
        let columns = JobColumns {
            seq: row.get(0)?,
            queue: row.get(2)?,
            order_key: row.get(3)?,
            payload: row.get(4)?,
            instants: (row.get(5)?, row.get(6)?, row.get(10)?),
            lease: row.get(7)?,
            worker: row.get(8)?,
            attempt: row.get(9)?,
            reason: row.get(11)?,
        };
        Ok((row.get(1)?, columns))
    };
    let (id, columns) = read().map_err(unavailable)?;
    job_of(&id, columns).map_err(|cause| inconsistent(JOB_KIND, &id, cause))
}

fn job_of(id: &str, columns: JobColumns) -> Result<SnapshotJob, Inconsistency> {
    let (due_at, ready_at, parked_at) = columns.instants;
    Ok(SnapshotJob {
        position: rows::unsigned("seq", columns.seq)?,
        id: rows::id::<JobId>("id", id)?,
        queue: QueueName::from_text(columns.queue),
        order_key: columns.order_key.map(OrderKey::new),
        payload: Payload::from_json_text(columns.payload),
        due_at: rows::instant("due_at", due_at)?,
        ready_at: rows::instant("ready_at", ready_at)?,
        lease: rows::unsigned("lease", columns.lease)?,
        worker: columns.worker.map(WorkerName::new),
        attempt: rows::small("attempt", columns.attempt)?,
        parked_at: parked_at.map(|millis| rows::instant("parked_at", millis)).transpose()?,
        reason: columns.reason.map(Reason::new),
    })
}

fn usage(row: &Row<'_>) -> Result<UsageEntry, StoreError> {
    let read = || -> rusqlite::Result<(String, String, i64, String)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    };
    let (id, partner, at, data) = read().map_err(unavailable)?;
    let entry = || -> Result<UsageEntry, Inconsistency> {
        let (partner, at) = (rows::id::<PartnerId>("partner", &partner)?, rows::instant("at", at)?);
        Ok(UsageEntry { id: rows::id::<UsageEventId>("id", &id)?, partner, at, data })
    };
    entry().map_err(|cause| inconsistent(USAGE_KIND, &id, cause))
}

fn inconsistent(kind: RecordKind, key: &str, cause: Inconsistency) -> StoreError {
    StoreError::Inconsistent { kind, key: RecordKey::from(key), cause }
}

/// Undone when it fails: the transaction ends with it.
fn restore(connection: &Connection, from: &mut SnapshotReceiver) -> Result<(), SnapshotError> {
    let begun = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
    let transaction = begun.map_err(unavailable)?;
    let commits: i64 = transaction
        .query_row("SELECT value FROM commit_counter", [], |row| row.get(0))
        .map_err(unavailable)?;
    if commits != 0 {
        return Err(SnapshotError::NotEmpty);
    }
    let mut place = 0_i64;
    while let Some(entry) = from.next_blocking()? {
        match entry {
            SnapshotEntry::Counters(counters) => {
                place = rows::signed(counters.first_leaf);
                put_counters(&transaction, counters)?;
            }
            SnapshotEntry::Record(record) => put_record(&transaction, &record)?,
            SnapshotEntry::Job(job) => put_job(&transaction, &job)?,
            SnapshotEntry::Leaf(leaf) => {
                put(
                    &transaction,
                    "leaf",
                    "INSERT INTO audit_leaf (place, bytes) VALUES (?, ?)",
                    [Value::Integer(place), Value::Blob(leaf.bytes().to_vec())],
                )?;
                place = place.saturating_add(1);
            }
            SnapshotEntry::Usage(entry) => put_usage(&transaction, &entry)?,
        }
    }
    Ok(transaction.commit().map_err(unavailable)?)
}

fn put_counters(connection: &Connection, counters: SnapshotCounters) -> Result<(), StoreError> {
    let (commits, last_job) = (rows::signed(counters.commits), rows::signed(counters.last_job));
    let (next_leaf, first_leaf) = (rows::signed(counters.leaves), rows::signed(counters.first_leaf));
    let sql = "UPDATE commit_counter SET value = ?, last_job = ?, next_leaf = ?, first_leaf = ?";
    execute(connection, sql, [commits, last_job, next_leaf, first_leaf])?;
    // the row is there once a record was; SQLite raises it with every record but never lowers it
    execute(connection, "DELETE FROM sqlite_sequence WHERE name = 'record'", [])?;
    let sql = "INSERT INTO sqlite_sequence (name, seq) VALUES ('record', ?)";
    execute(connection, sql, [rows::signed(counters.last_record)]).map(drop)
}

fn put_record(connection: &Connection, snapshot: &SnapshotRecord) -> Result<(), SnapshotError> {
    let SnapshotRecord { position, version, record } = snapshot;
    let (seq, version) = (rows::signed(*position), rows::signed(version.number()));
    let sql = "INSERT INTO record (seq, kind, key, version, form, data, entries_digest) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let (kind, key, digest) = (record.kind.as_str(), record.key.as_str(), record.entries_digest());
    put(connection, "key or place", sql, params![seq, kind, key, version, record.form, record.data, digest])?;
    let sql = "INSERT INTO record_index (kind, name, value, seq, is_unique) VALUES (?, ?, ?, ?, ?)";
    for IndexEntry { name, value, uniqueness } in &record.index {
        let unique = *uniqueness == Uniqueness::Unique;
        let values = params![kind, name.as_str(), value.as_str(), seq, unique];
        put(connection, "unique index value", sql, values)?;
    }
    Ok(())
}

fn put_job(connection: &Connection, job: &SnapshotJob) -> Result<(), SnapshotError> {
    let sql = "INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt,
                                parked_at, reason)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        rows::signed(job.position),
        job.id.to_string(),
        job.queue.as_str(),
        job.order_key.as_ref().map(OrderKey::as_str),
        job.payload.as_json_text(),
        job.due_at.as_unix_millis(),
        job.ready_at.as_unix_millis(),
        rows::signed(job.lease),
        job.worker.as_ref().map(WorkerName::as_str),
        job.attempt,
        job.parked_at.map(mpp_core::Timestamp::as_unix_millis),
        job.reason.as_ref().map(Reason::as_str),
    ];
    put(connection, "job", sql, values)
}

fn put_usage(connection: &Connection, entry: &UsageEntry) -> Result<(), SnapshotError> {
    let sql = "INSERT INTO usage_event (id, partner, at, data) VALUES (?, ?, ?, ?)";
    let (id, partner) = (entry.id.to_string(), entry.partner.to_string());
    put(connection, "metered use", sql, params![id, partner, entry.at.as_unix_millis(), entry.data])
}

fn put(
    connection: &Connection,
    what: &'static str,
    sql: &'static str,
    values: impl rusqlite::Params,
) -> Result<(), SnapshotError> {
    match connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)) {
        Err(error) if super::commit::breaks_uniqueness(&error) => Err(SnapshotError::Contradiction { what }),
        done => Ok(done.map(drop).map_err(unavailable)?),
    }
}
