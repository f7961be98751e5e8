//! Writing batches: all that wait are written in one transaction, each under its own savepoint when there are several.

use rusqlite::{Connection, OptionalExtension, Params, params};

use crate::batch::{BatchParts, Entries, Guard, RecordWrite};
use crate::record::EncodedRecord;
use crate::{RecordKey, RecordKind, StoreError, Version};

use super::writer::Answer;
use super::{index, jobs, logs, rows, unavailable};

const COUNTER_KIND: RecordKind = RecordKind::new("commit-counter");

/// The numbers given out so far. They are read when a transaction begins, which nobody else can write during, and written
/// once before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counter {
    /// Of the last commit.
    commit: i64,
    /// The place of the last job.
    last_job: i64,
    /// The place of the next leaf of the audit log.
    next_leaf: i64,
}

/// Writes them in one transaction.
///
/// # Errors
/// When the database fails; there may be a transaction under way, and the connection is not to be used again.
pub(super) fn write_all(connection: &Connection, batches: &[BatchParts]) -> Result<Vec<Answer>, StoreError> {
    execute(connection, "BEGIN IMMEDIATE", [])?;
    let before = Counter::read(connection)?;
    let mut counter = before;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        answers.push(match batches {
            [_] => decided(apply(connection, batch, &mut counter))?,
            _ => write_one(connection, batch, &mut counter)?,
        });
    }
    if counter == before {
        execute(connection, "ROLLBACK", [])?;
    } else {
        counter.write(connection)?;
        execute(connection, "COMMIT", [])?;
    }
    Ok(answers)
}

/// Writes one of several batches, or nothing of it.
fn write_one(
    connection: &Connection,
    batch: &BatchParts,
    counter: &mut Counter,
) -> Result<Answer, StoreError> {
    execute(connection, "SAVEPOINT batch", [])?;
    let answer = decided(apply(connection, batch, counter))?;
    if answer.is_err() {
        execute(connection, "ROLLBACK TO batch", [])?;
    }
    execute(connection, "RELEASE batch", [])?;
    Ok(answer)
}

/// Tells a refused batch from a failure of the database, after which there may be no transaction to undo.
fn decided(answer: Answer) -> Result<Answer, StoreError> {
    match answer {
        Err(failure @ StoreError::Unavailable { .. }) => Err(failure),
        decided => Ok(decided),
    }
}

/// Writes one batch; the caller undoes it when it is refused, for which the counter stays as it was.
fn apply(connection: &Connection, parts: &BatchParts, counter: &mut Counter) -> Answer {
    parts.guards.iter().try_for_each(|guard| check_guard(connection, guard))?;
    let mut next = Counter { commit: counter.commit.saturating_add(1), ..*counter };
    let version = rows::version(next.commit).map_err(inconsistent_counter)?;
    parts.writes.iter().try_for_each(|write| write_record(connection, write, next.commit))?;
    parts.jobs.iter().try_for_each(|write| jobs::write(connection, write, || next.job()))?;
    parts.leaves.iter().try_for_each(|leaf| logs::append(connection, leaf, next.leaf()))?;
    parts.usage.iter().try_for_each(|entry| logs::meter(connection, entry))?;
    *counter = next;
    Ok(version)
}

impl Counter {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let sql = "SELECT value, last_job, next_leaf FROM commit_counter";
        let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
        let read = statement.query_row([], |row| {
            Ok(Self { commit: row.get(0)?, last_job: row.get(1)?, next_leaf: row.get(2)? })
        });
        read.map_err(unavailable)
    }

    pub(super) fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        let sql = "UPDATE commit_counter SET value = ?, last_job = ?, next_leaf = ?";
        execute(connection, sql, [self.commit, self.last_job, self.next_leaf]).map(drop)
    }

    /// The place of a new job.
    pub(super) const fn job(&mut self) -> i64 {
        self.last_job = self.last_job.saturating_add(1);
        self.last_job
    }

    const fn leaf(&mut self) -> i64 {
        let place = self.next_leaf;
        self.next_leaf = place.saturating_add(1);
        place
    }
}

fn inconsistent_counter(cause: crate::Inconsistency) -> StoreError {
    StoreError::Inconsistent { kind: COUNTER_KIND, key: COUNTER_KIND.as_str().into(), cause }
}

fn check_guard(connection: &Connection, guard: &Guard) -> Result<(), StoreError> {
    let found = find(connection, guard.kind, &guard.key)?.map(|(_, version)| version);
    if found == guard.expected.map(version_column) {
        return Ok(());
    }
    Err(StoreError::Conflict { kind: guard.kind, key: guard.key.clone() })
}

/// The place and the version of a record.
fn find(
    connection: &Connection,
    kind: RecordKind,
    key: &RecordKey,
) -> Result<Option<(i64, i64)>, StoreError> {
    let sql = "SELECT seq, version FROM record WHERE kind = ? AND key = ?";
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let found = statement.query_row([kind.as_str(), key.as_str()], |row| Ok((row.get(0)?, row.get(1)?)));
    found.optional().map_err(unavailable)
}

fn write_record(connection: &Connection, write: &RecordWrite, commit: i64) -> Result<(), StoreError> {
    match write {
        RecordWrite::Insert(record) => insert(connection, record, write, commit),
        RecordWrite::Update { expected, record, entries } => {
            update(connection, record, write, Expected { version: *expected, entries: *entries }, commit)
        }
        RecordWrite::Delete { expected, .. } => {
            // the index entries go with it
            let seq = expect(connection, write, *expected)?;
            execute(connection, "DELETE FROM record WHERE seq = ?", [seq]).map(drop)
        }
    }
}

/// The place of a record that must have this version.
fn expect(connection: &Connection, write: &RecordWrite, expected: Version) -> Result<i64, StoreError> {
    let (kind, key) = write.subject();
    match find(connection, kind, key)? {
        Some((seq, version)) if version == version_column(expected) => Ok(seq),
        _ => Err(write.conflict()),
    }
}

/// What is expected of a record that is written again.
struct Expected {
    version: Version,
    entries: Entries,
}

/// The entries are not looked at when they are known to stay. Rows of earlier programs have no digest of them.
fn update(
    connection: &Connection,
    record: &EncodedRecord,
    write: &RecordWrite,
    expected: Expected,
    commit: i64,
) -> Result<(), StoreError> {
    let seq = expect(connection, write, expected.version)?;
    let digest = record.entries_digest();
    if expected.entries == Entries::Known {
        let sql = "UPDATE record SET version = ?, form = ?, data = ? WHERE seq = ? AND entries_digest = ?";
        let values = params![commit, record.form, record.data, seq, digest];
        if execute(connection, sql, values)? > 0 {
            return Ok(());
        }
    }
    let sql = "UPDATE record SET version = ?, form = ?, data = ?, entries_digest = ? WHERE seq = ?";
    execute(connection, sql, params![commit, record.form, record.data, digest, seq])?;
    index::change(connection, record, write, seq)
}

fn insert(
    connection: &Connection,
    record: &EncodedRecord,
    write: &RecordWrite,
    commit: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO record (kind, key, version, form, data, entries_digest) VALUES (?, ?, ?, ?, ?, ?)";
    let (kind, key, digest) = (record.kind.as_str(), record.key.as_str(), record.entries_digest());
    let values = params![kind, key, commit, record.form, record.data, digest];
    unique(connection, sql, values, || write.conflict())?;
    let seq = connection.last_insert_rowid();
    record.index.iter().try_for_each(|entry| index::add(connection, record, entry, write, seq))
}

fn version_column(version: Version) -> i64 {
    rows::signed(version.number())
}

/// Runs a statement that stays prepared: the number of rows it changed.
pub(super) fn execute(
    connection: &Connection,
    sql: &'static str,
    values: impl Params,
) -> Result<usize, StoreError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(unavailable)
}

/// Runs a statement that must not break a uniqueness.
pub(super) fn unique(
    connection: &Connection,
    sql: &'static str,
    values: impl Params,
    refusal: impl FnOnce() -> StoreError,
) -> Result<(), StoreError> {
    match connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)) {
        Err(error) if breaks_uniqueness(&error) => Err(refusal()),
        done => done.map(drop).map_err(unavailable),
    }
}

pub(super) fn breaks_uniqueness(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE))
}
