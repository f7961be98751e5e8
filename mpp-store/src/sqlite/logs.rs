//! The audit log and the metered uses.

use async_trait::async_trait;
use mpp_core::Timestamp;
use rusqlite::{Connection, params};

use crate::port::{LeafIndex, NumberedLeaf, UsageQuery};
use crate::usage::USAGE_KIND;
use crate::{
    AuditLeaf, AuditLog, Inconsistency, MAX_PAGE, Page, RecordKey, StoreError, UsageEntry, UsageLog,
};

use super::commit::execute;
use super::{SqliteStore, rows, unavailable};

/// id, partner, at, data
type UsageRow = (String, String, i64, String);

pub(super) fn append(connection: &Connection, leaf: &AuditLeaf, place: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit_leaf (place, bytes) VALUES (?, ?)";
    execute(connection, sql, params![place, leaf.bytes().as_ref()]).map(drop)
}

/// An entry that is there already stays; another one of the same name is a conflict.
pub(super) fn meter(connection: &Connection, entry: &UsageEntry) -> Result<(), StoreError> {
    let sql = "INSERT INTO usage_event (id, partner, at, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let (id, partner, at) = (entry.id.to_string(), entry.partner.to_string(), entry.at.as_unix_millis());
    let values = params![id, partner, at, entry.data];
    if execute(connection, sql, values)? == 1 {
        return Ok(());
    }
    let sql = "SELECT 1 FROM usage_event WHERE id = ? AND partner = ? AND at = ? AND data = ?";
    let there = connection.prepare_cached(sql).and_then(|mut statement| statement.exists(values));
    if there.map_err(unavailable)? {
        return Ok(());
    }
    Err(StoreError::Conflict { kind: USAGE_KIND, key: RecordKey::new(entry.id) })
}

/// Removes leaves and says from where on they are kept, in one transaction.
fn remove_leaves(connection: &Connection, end: i64, most: i64) -> Result<u64, StoreError> {
    execute(connection, "BEGIN IMMEDIATE", [])?;
    // the counter says where leaves begin, which holds when none is left, too, and when some were lost
    let sql = "DELETE FROM audit_leaf WHERE place IN (
                   SELECT place FROM audit_leaf WHERE place < ? ORDER BY place LIMIT ?)";
    let gone = execute(connection, sql, [end, most])?;
    let moved = i64::try_from(gone).unwrap_or(i64::MAX);
    execute(connection, "UPDATE commit_counter SET first_leaf = first_leaf + ?", [moved])?;
    execute(connection, "COMMIT", [])?;
    Ok(moved.unsigned_abs())
}

fn decoded(row: UsageRow) -> Result<UsageEntry, StoreError> {
    let (id, partner, at, data) = row;
    let build = || -> Result<UsageEntry, Inconsistency> {
        let (partner, at) = (rows::id("partner", &partner)?, rows::instant("at", at)?);
        Ok(UsageEntry { id: rows::id("id", &id)?, partner, at, data })
    };
    build().map_err(|cause| StoreError::Inconsistent { kind: USAGE_KIND, key: RecordKey::from(&*id), cause })
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        let sql = "SELECT place, bytes FROM audit_leaf WHERE place >= ? ORDER BY place LIMIT ?";
        let query = sqlx::query_as(sql).bind(rows::signed(from.0)).bind(i64::from(limit.min(MAX_PAGE)));
        let leaves: Vec<(i64, Vec<u8>)> = self.readers.rows(query).await?;
        let numbered = |(place, bytes): (i64, _)| NumberedLeaf {
            index: LeafIndex(place.unsigned_abs()),
            leaf: AuditLeaf::new(bytes),
        };
        Ok(leaves.into_iter().map(numbered).collect())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let query = sqlx::query_as("SELECT next_leaf FROM commit_counter");
        Ok(self.readers.number(query).await?.unsigned_abs())
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        let query = sqlx::query_as("SELECT first_leaf FROM commit_counter");
        Ok(LeafIndex(self.readers.number(query).await?.unsigned_abs()))
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        let (end, most) = (rows::signed(place.0), i64::from(most.min(MAX_PAGE)));
        self.writer.run(move |connection| remove_leaves(connection, end, most)).await
    }
}

#[async_trait]
impl UsageLog for SqliteStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        let after = query.after.as_ref().map(UsageEntry::position_of).transpose()?;
        let (after_at, after_id) =
            after.map_or((i64::MIN, String::new()), |(at, id)| (at.as_unix_millis(), id.to_string()));
        let size = query.page_size();
        let sql = sqlx::query_as(
            "SELECT id, partner, at, data FROM usage_event
             WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR partner = ?3) AND (at, id) > (?4, ?5)
             ORDER BY at, id LIMIT ?6",
        );
        let sql = sql.bind(query.from.as_unix_millis()).bind(query.to.as_unix_millis());
        let sql = sql.bind(query.partner.map(|partner| partner.to_string())).bind(after_at).bind(after_id);
        let sql = sql.bind(i64::from(size).saturating_add(1));
        let found: Vec<UsageRow> = self.readers.rows(sql).await?;
        let entries = found.into_iter().map(decoded).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(entries, size, UsageEntry::cursor))
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        let (end, most) = (instant.as_unix_millis(), i64::from(most.min(MAX_PAGE)));
        let sql = "DELETE FROM usage_event WHERE (at, id) IN (
                       SELECT at, id FROM usage_event WHERE at < ? ORDER BY at, id LIMIT ?)";
        let gone = self.writer.run(move |connection| execute(connection, sql, [end, most])).await?;
        Ok(u64::try_from(gone).unwrap_or(u64::MAX))
    }
}
