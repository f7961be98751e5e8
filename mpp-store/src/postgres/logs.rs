//! The audit log and the metered uses.

use async_trait::async_trait;

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
        let sql = "SELECT bytes FROM audit_leaf WHERE place >= $1 ORDER BY place LIMIT $2";
        let leaves: Vec<(Vec<u8>,)> =
            self.connections.rows(|| sqlx::query_as(sql).bind(first).bind(limit)).await?;
        let numbered = (from.0..).zip(leaves);
        Ok(numbered
            .map(|(index, (bytes,))| NumberedLeaf { index: LeafIndex(index), leaf: AuditLeaf::new(bytes) })
            .collect())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let size = self.connections.number(|| sqlx::query_as("SELECT leaves FROM commit_counter")).await?;
        Ok(size.unsigned_abs())
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
}

pub(super) fn decoded(row: UsageRow) -> Result<UsageEntry, StoreError> {
    let (id, partner, at, data) = row;
    let build = || -> Result<UsageEntry, Inconsistency> {
        let (partner, at) = (rows::id("partner", &partner)?, rows::instant("at", at)?);
        Ok(UsageEntry { id: rows::id("id", &id)?, partner, at, data })
    };
    build().map_err(|cause| StoreError::Inconsistent { kind: USAGE_KIND, key: RecordKey::from(&*id), cause })
}
