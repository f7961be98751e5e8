//! Writing batches: all that wait are written in one transaction, each under its own savepoint.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::oneshot;

use crate::batch::{BatchParts, Guard, RecordWrite};
use crate::record::{EncodedRecord, Uniqueness};
use crate::{RecordKey, RecordKind, StoreError, Version};

use super::{jobs, logs, rows, settle, unavailable};

type Answer = Result<Version, StoreError>;

/// The batches that wait for the writing connection.
#[derive(Debug)]
pub(super) struct CommitQueue {
    writer: SqlitePool,
    waiting: Mutex<Vec<(BatchParts, oneshot::Sender<Answer>)>>,
}

impl CommitQueue {
    pub(super) fn new(writer: SqlitePool) -> Self {
        Self { writer, waiting: Mutex::default() }
    }

    pub(super) async fn commit(queue: &Arc<Self>, parts: BatchParts) -> Answer {
        let (sender, answer) = oneshot::channel();
        queue.waiting().push((parts, sender));
        // In a task of its own: other callers' batches must not be undone because this caller gave up.
        tokio::spawn(Arc::clone(queue).write_waiting());
        answer.await.unwrap_or_else(|closed| Err(StoreError::unavailable(closed)))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(BatchParts, oneshot::Sender<Answer>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes everything that waits once the connection is free; nothing when an earlier task did already.
    async fn write_waiting(self: Arc<Self>) {
        if self.waiting().is_empty() {
            return;
        }
        let connection = self.writer.acquire().await;
        let batches = std::mem::take(&mut *self.waiting());
        let (batches, senders): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
        if batches.is_empty() {
            return;
        }
        let written = match connection {
            Ok(mut connection) => {
                let written = write_all(&mut connection, &batches).await.map_err(unavailable);
                settle(connection, written).await
            }
            Err(error) => Err(unavailable(error)),
        };
        answer_all(senders, written);
    }
}

/// Gives every caller its answer; when the whole transaction failed, all the same one. A caller that is gone needs
/// none.
fn answer_all(senders: Vec<oneshot::Sender<Answer>>, written: Result<Vec<Answer>, StoreError>) {
    match written {
        Ok(answers) => {
            for (sender, answer) in senders.into_iter().zip(answers) {
                let _ = sender.send(answer);
            }
        }
        Err(failure) => {
            let failure = Arc::new(failure);
            for sender in senders {
                let _ = sender.send(Err(StoreError::unavailable(Arc::clone(&failure))));
            }
        }
    }
}

async fn write_all(
    connection: &mut SqliteConnection,
    batches: &[BatchParts],
) -> Result<Vec<Answer>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        let mut savepoint = transaction.begin().await?;
        let answer = apply(&mut savepoint, batch).await;
        match &answer {
            Ok(_) => savepoint.commit().await?,
            Err(_) => savepoint.rollback().await?,
        }
        answers.push(answer);
    }
    transaction.commit().await?;
    Ok(answers)
}

async fn apply(connection: &mut SqliteConnection, parts: &BatchParts) -> Answer {
    for guard in &parts.guards {
        check_guard(connection, guard).await?;
    }
    let counter = "UPDATE commit_counter SET value = value + 1 RETURNING value";
    let number: i64 = sqlx::query_scalar(counter).fetch_one(&mut *connection).await.map_err(unavailable)?;
    for write in &parts.writes {
        write_record(connection, number, write).await?;
    }
    for write in &parts.jobs {
        jobs::write(connection, write).await?;
    }
    logs::append(connection, &parts.leaves).await?;
    logs::meter(connection, &parts.usage).await?;
    rows::version(number).map_err(|cause| StoreError::Inconsistent {
        kind: COUNTER_KIND,
        key: COUNTER_KIND.as_str().into(),
        cause,
    })
}

const COUNTER_KIND: RecordKind = RecordKind::new("commit-counter");

async fn check_guard(connection: &mut SqliteConnection, guard: &Guard) -> Result<(), StoreError> {
    let found = stored(connection, guard.kind, &guard.key).await?.map(|(_, version)| version);
    if found == guard.expected {
        return Ok(());
    }
    Err(StoreError::Conflict { kind: guard.kind, key: guard.key.clone() })
}

/// The place and version of a record.
async fn stored(
    connection: &mut SqliteConnection,
    kind: RecordKind,
    key: &RecordKey,
) -> Result<Option<(i64, Version)>, StoreError> {
    let query = sqlx::query_as("SELECT seq, version FROM record WHERE kind = ? AND key = ?");
    let row: Option<(i64, i64)> =
        query.bind(kind.as_str()).bind(key.as_str()).fetch_optional(connection).await.map_err(unavailable)?;
    let Some((seq, version)) = row else { return Ok(None) };
    let version = rows::version(version);
    let version = version.map_err(|cause| StoreError::Inconsistent { kind, key: key.clone(), cause })?;
    Ok(Some((seq, version)))
}

async fn write_record(
    connection: &mut SqliteConnection,
    number: i64,
    write: &RecordWrite,
) -> Result<(), StoreError> {
    let (kind, key) = write.subject();
    let found = stored(connection, kind, key).await?;
    match (write, found) {
        (RecordWrite::Insert(record), None) => {
            let seq = insert(connection, number, record).await?;
            index(connection, seq, record, write).await
        }
        (RecordWrite::Update { expected, record }, Some((seq, version))) if *expected == version => {
            replace(connection, number, seq, record).await?;
            index(connection, seq, record, write).await
        }
        (RecordWrite::Delete { expected, .. }, Some((seq, version))) if *expected == version => {
            // The index entries go with it.
            let query = sqlx::query("DELETE FROM record WHERE seq = ?").bind(seq);
            query.execute(connection).await.map(drop).map_err(unavailable)
        }
        _ => Err(write.conflict()),
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    number: i64,
    record: &EncodedRecord,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO record (kind, key, version, form, data) VALUES (?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(record.kind.as_str()).bind(record.key.as_str());
    let query = query.bind(number).bind(i64::from(record.form)).bind(&record.data);
    query.execute(connection).await.map(|done| done.last_insert_rowid()).map_err(unavailable)
}

async fn replace(
    connection: &mut SqliteConnection,
    number: i64,
    seq: i64,
    record: &EncodedRecord,
) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE record SET version = ?, form = ?, data = ? WHERE seq = ?");
    let query = query.bind(number).bind(i64::from(record.form)).bind(&record.data).bind(seq);
    query.execute(&mut *connection).await.map_err(unavailable)?;
    let query = sqlx::query("DELETE FROM record_index WHERE seq = ?").bind(seq);
    query.execute(connection).await.map(drop).map_err(unavailable)
}

async fn index(
    connection: &mut SqliteConnection,
    seq: i64,
    record: &EncodedRecord,
    write: &RecordWrite,
) -> Result<(), StoreError> {
    for entry in &record.index {
        let sql = "INSERT INTO record_index (kind, name, value, seq, is_unique) VALUES (?, ?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(record.kind.as_str()).bind(entry.name.as_str());
        let query = query.bind(entry.value.as_str()).bind(seq);
        let query = query.bind(i64::from(entry.uniqueness == Uniqueness::Unique));
        query.execute(&mut *connection).await.map_err(|error| {
            let taken = error.as_database_error().is_some_and(|error| error.is_unique_violation());
            if taken { write.conflict() } else { unavailable(error) }
        })?;
    }
    Ok(())
}
