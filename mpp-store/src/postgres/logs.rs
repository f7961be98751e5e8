//! The audit log and the metered uses.

use async_trait::async_trait;
use mpp_core::Timestamp;

use crate::port::{LeafIndex, NumberedLeaf, UsageQuery};
use crate::usage::USAGE_KIND;
use crate::{
    AuditLeaf, AuditLog, Inconsistency, MAX_PAGE, Page, RecordKey, StoreError, UsageEntry, UsageLog,
};

use super::{PostgresStore, rows};

/// id, partner, at, data
pub(super) type UsageRow = (String, String, i64, String);

#[async_trait]
impl AuditLog for PostgresStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        let (first, limit) = (rows::signed(from.0), i64::from(limit.min(MAX_PAGE)));
        let sql = "SELECT place, bytes FROM audit_leaf WHERE place >= $1 ORDER BY place LIMIT $2";
        let leaves: Vec<(i64, Vec<u8>)> =
            self.connections.rows(|| sqlx::query_as(sql).bind(first).bind(limit)).await?;
        let numbered = |(place, bytes): (i64, _)| NumberedLeaf {
            index: LeafIndex(place.unsigned_abs()),
            leaf: AuditLeaf::new(bytes),
        };
        Ok(leaves.into_iter().map(numbered).collect())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let size = self.connections.number(|| sqlx::query_as("SELECT leaves FROM commit_counter")).await?;
        Ok(size.unsigned_abs())
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        let first = self.connections.number(|| sqlx::query_as("SELECT first_leaf FROM audit_begin")).await?;
        Ok(LeafIndex(first.unsigned_abs()))
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        let (end, most) = (rows::signed(place.0), i64::from(most.min(MAX_PAGE)));
        // one node after the other, and by as many places as leaves went: a leaf that was lost otherwise stays missing
        let sql = "WITH kept AS (SELECT first_leaf FROM audit_begin FOR UPDATE),
                   old AS (
                       SELECT place FROM audit_leaf WHERE place < $1 AND EXISTS (SELECT 1 FROM kept)
                       ORDER BY place LIMIT $2),
                   gone AS (DELETE FROM audit_leaf l USING old WHERE l.place = old.place RETURNING 1),
                   moved AS (UPDATE audit_begin SET first_leaf = first_leaf + (SELECT count(*) FROM gone)
                             WHERE EXISTS (SELECT 1 FROM gone))
                   SELECT count(*) FROM gone";
        let gone = self.connections.number(|| sqlx::query_as(sql).bind(end).bind(most)).await?;
        Ok(gone.unsigned_abs())
    }
}

#[async_trait]
impl UsageLog for PostgresStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        let after = query.after.as_ref().map(UsageEntry::position_of).transpose()?;
        let (after_at, after_id) =
            after.map_or((i64::MIN, String::new()), |(at, id)| (at.as_unix_millis(), id.to_string()));
        let size = query.page_size();
        let partner = query.partner.map(|partner| partner.to_string());
        // two texts, so that each has a plan of its own
        let sql = match partner {
            None => {
                "SELECT id, partner, at, data FROM usage_event
                 WHERE at >= $1 AND at < $2 AND (at, id) > ($3, $4) ORDER BY at, id LIMIT $5"
            }
            Some(_) => {
                "SELECT id, partner, at, data FROM usage_event
                 WHERE at >= $1 AND at < $2 AND (at, id) > ($3, $4) AND partner = $6 ORDER BY at, id LIMIT $5"
            }
        };
        let asked = || {
            let asked = sqlx::query_as(sql).bind(query.from.as_unix_millis()).bind(query.to.as_unix_millis());
            let asked = asked.bind(after_at).bind(&*after_id).bind(i64::from(size).saturating_add(1));
            match &partner {
                None => asked,
                Some(partner) => asked.bind(&**partner),
            }
        };
        let found = self.connections.rows::<UsageRow>(asked).await?;
        let entries = found.into_iter().map(decoded).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(entries, size, UsageEntry::cursor))
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        let (end, most) = (instant.as_unix_millis(), i64::from(most.min(MAX_PAGE)));
        let sql = "WITH old AS (
                       SELECT id FROM usage_event WHERE at < $1 ORDER BY at, id LIMIT $2 FOR UPDATE),
                   gone AS (DELETE FROM usage_event u USING old WHERE u.id = old.id RETURNING 1)
                   SELECT count(*) FROM gone";
        let gone = self.connections.number(|| sqlx::query_as(sql).bind(end).bind(most)).await?;
        Ok(gone.unsigned_abs())
    }
}

pub(super) fn decoded(row: UsageRow) -> Result<UsageEntry, StoreError> {
    let (id, partner, at, data) = row;
    let build = || -> Result<UsageEntry, Inconsistency> {
        let (partner, at) = (rows::id("partner", &partner)?, rows::instant("at", at)?);
        Ok(UsageEntry { id: rows::id("id", &id)?, partner, at, data })
    };
    build().map_err(|cause| StoreError::Inconsistent { kind: USAGE_KIND, key: RecordKey::from(&*id), cause })
}
