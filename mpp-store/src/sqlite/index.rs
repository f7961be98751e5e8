//! What records are found by.

use rusqlite::{Connection, params};

use crate::StoreError;
use crate::batch::RecordWrite;
use crate::record::{EncodedRecord, IndexEntry, Uniqueness};

use super::commit::{execute, unique};
use super::unavailable;

/// name, value, is_unique
type Entry = (String, String, bool);

/// Brings the entries of a record to what they shall be. Those that stay are not written again: most writes change none.
pub(super) fn change(
    connection: &Connection,
    record: &EncodedRecord,
    write: &RecordWrite,
    seq: i64,
) -> Result<(), StoreError> {
    let present = of(connection, seq)?;
    for (name, value, is_unique) in &present {
        let same = |entry: &IndexEntry| is(entry, name, value, *is_unique);
        if !record.index.iter().any(same) {
            let sql = "DELETE FROM record_index WHERE kind = ? AND name = ? AND value = ? AND seq = ?";
            execute(connection, sql, params![record.kind.as_str(), name, value, seq])?;
        }
    }
    for entry in &record.index {
        if !present.iter().any(|(name, value, is_unique)| is(entry, name, value, *is_unique)) {
            add(connection, record, entry, write, seq)?;
        }
    }
    Ok(())
}

/// Adds an entry.
pub(super) fn add(
    connection: &Connection,
    record: &EncodedRecord,
    entry: &IndexEntry,
    write: &RecordWrite,
    seq: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO record_index (kind, name, value, seq, is_unique) VALUES (?, ?, ?, ?, ?)";
    let (kind, name, value) = (record.kind.as_str(), entry.name.as_str(), entry.value.as_str());
    unique(connection, sql, params![kind, name, value, seq, is_unique(entry)], || write.conflict())
}

fn of(connection: &Connection, seq: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT name, value, is_unique FROM record_index WHERE seq = ?";
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let found = statement.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    found.and_then(Iterator::collect).map_err(unavailable)
}

fn is(entry: &IndexEntry, name: &str, value: &str, unique: bool) -> bool {
    entry.name.as_str() == name && entry.value.as_str() == value && is_unique(entry) == unique
}

fn is_unique(entry: &IndexEntry) -> bool {
    entry.uniqueness == Uniqueness::Unique
}
