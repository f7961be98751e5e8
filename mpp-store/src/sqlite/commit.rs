//! Writing batches: all that wait are written in one transaction, each under its own savepoint when there are several.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Executor, SqliteConnection};
use tokio::sync::oneshot;

use crate::batch::{BatchParts, Guard, RecordWrite};
use crate::record::{EncodedRecord, Uniqueness};
use crate::{Inconsistency, RecordKind, StoreError, Version};

use super::connections::{Connections, settle};
use super::script::Script;
use super::{jobs, logs, rows, unavailable};

type Answer = Result<Version, StoreError>;

/// The batches that wait for the writing connection.
#[derive(Debug)]
pub(super) struct CommitQueue {
    writer: Connections,
    waiting: Mutex<Vec<(BatchParts, oneshot::Sender<Answer>)>>,
}

impl CommitQueue {
    pub(super) fn new(writer: Connections) -> Self {
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
        let connection = self.writer.lend().await;
        let batches = std::mem::take(&mut *self.waiting());
        let (batches, senders): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
        if batches.is_empty() {
            return;
        }
        let written = match connection {
            Ok(mut connection) => {
                let written = write_all(&mut connection, &batches).await;
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

/// Writes them in one transaction. Its statements travel with those of the batches, which spares trips; that the driver
/// does not know of it does no harm, for the task that runs this is never dropped half-way, and a connection that fails is
/// not used again.
async fn write_all(
    connection: &mut SqliteConnection,
    batches: &[BatchParts],
) -> Result<Vec<Answer>, StoreError> {
    if let [alone] = batches {
        let answer = decided(apply(connection, alone, "BEGIN IMMEDIATE").await)?;
        execute(connection, if answer.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        return Ok(vec![answer]);
    }
    execute(connection, "BEGIN IMMEDIATE").await?;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        let answer = decided(apply(connection, batch, "SAVEPOINT batch").await)?;
        // never part of the script: the thread is ahead of the first outcome that is not as it must be
        execute(
            connection,
            if answer.is_ok() { "RELEASE batch" } else { "ROLLBACK TO batch; RELEASE batch" },
        )
        .await?;
        answers.push(answer);
    }
    execute(connection, "COMMIT").await?;
    Ok(answers)
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
    connection.execute(sql).await.map(drop).map_err(unavailable)
}

/// Tells a refused batch from a failure of the database, after which there may be no transaction to undo.
fn decided(answer: Answer) -> Result<Answer, StoreError> {
    match answer {
        Err(failure @ StoreError::Unavailable { .. }) => Err(failure),
        decided => Ok(decided),
    }
}

/// Writes one batch after the statement that begins it; the caller ends it.
async fn apply(connection: &mut SqliteConnection, parts: &BatchParts, begin: &'static str) -> Answer {
    let mut script = Script::default();
    script.plain(begin);
    for guard in &parts.guards {
        check_guard(&mut script, guard);
    }
    script.number("UPDATE commit_counter SET value = value + 1 RETURNING value");
    for write in &parts.writes {
        write_record(&mut script, write);
    }
    for write in &parts.jobs {
        jobs::write(&mut script, write);
    }
    logs::append(&mut script, &parts.leaves);
    logs::meter(&mut script, &parts.usage);
    let number = script.run(connection).await?;
    let number = number.ok_or(Inconsistency::ImpossibleColumn { column: "value" }).and_then(rows::version);
    number.map_err(|cause| StoreError::Inconsistent {
        kind: COUNTER_KIND,
        key: COUNTER_KIND.as_str().into(),
        cause,
    })
}

const COUNTER_KIND: RecordKind = RecordKind::new("commit-counter");

fn check_guard(script: &mut Script, guard: &Guard) {
    let sql = "SELECT version FROM record WHERE kind = ? AND key = ?";
    let refusal = StoreError::Conflict { kind: guard.kind, key: guard.key.clone() };
    let expected = guard.expected.map(version_column);
    script.find(sql, expected, refusal).bind(guard.kind.as_str()).bind(guard.key.as_str());
}

fn write_record(script: &mut Script, write: &RecordWrite) {
    match write {
        RecordWrite::Insert(record) => {
            insert(script, record, write);
            index(script, record, write);
        }
        RecordWrite::Update { expected, record } => {
            replace(script, *expected, record, write);
            index(script, record, write);
        }
        RecordWrite::Delete { kind, key, expected } => {
            // The index entries go with it.
            let sql = "DELETE FROM record WHERE kind = ? AND key = ? AND version = ?";
            let statement = script.change(sql, write.conflict()).bind(kind.as_str()).bind(key.as_str());
            statement.bind(version_column(*expected));
        }
    }
}

fn insert(script: &mut Script, record: &EncodedRecord, write: &RecordWrite) {
    let sql = "INSERT INTO record (kind, key, version, form, data)
               VALUES (?, ?, (SELECT value FROM commit_counter), ?, ?)";
    let statement = script.unique(sql, write.conflict()).bind(record.kind.as_str()).bind(record.key.as_str());
    statement.bind(i64::from(record.form)).bind(record.data.as_str());
}

fn replace(script: &mut Script, expected: Version, record: &EncodedRecord, write: &RecordWrite) {
    let sql = "UPDATE record SET version = (SELECT value FROM commit_counter), form = ?, data = ?
               WHERE kind = ? AND key = ? AND version = ?";
    let statement =
        script.change(sql, write.conflict()).bind(i64::from(record.form)).bind(record.data.as_str());
    let statement = statement.bind(record.kind.as_str()).bind(record.key.as_str());
    statement.bind(version_column(expected));
    let sql = "DELETE FROM record_index WHERE seq = (SELECT seq FROM record WHERE kind = ? AND key = ?)";
    script.plain(sql).bind(record.kind.as_str()).bind(record.key.as_str());
}

fn index(script: &mut Script, record: &EncodedRecord, write: &RecordWrite) {
    for entry in &record.index {
        let sql = "INSERT INTO record_index (kind, name, value, seq, is_unique)
                   SELECT kind, ?, ?, seq, ? FROM record WHERE kind = ? AND key = ?";
        let statement =
            script.unique(sql, write.conflict()).bind(entry.name.as_str()).bind(entry.value.as_str());
        let statement = statement.bind(i64::from(entry.uniqueness == Uniqueness::Unique));
        statement.bind(record.kind.as_str()).bind(record.key.as_str());
    }
}

fn version_column(version: Version) -> i64 {
    rows::signed(version.number())
}
