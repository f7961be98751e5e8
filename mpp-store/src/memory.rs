//! The store in memory: for tests, for demonstrations, and as the plainest reading of the contract.

mod apply;
mod check;
mod outbox;
mod snapshot;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use mpp_core::Timestamp;

use crate::page::ListOrder;
use crate::port::{LeafIndex, NumberedLeaf, UsageQuery};
use crate::{
    AuditLog, Commit, Cursor, IndexName, IndexValue, ListQuery, MAX_PAGE, Page, RecordKey, RecordKind,
    RecordReader, StoreError, StoredRecord, UsageEntry, UsageLog, Version, WriteBatch,
};

use state::State;

/// The store in memory. It keeps the whole contract except that nothing survives the process.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held cannot have left a half-applied batch: batches are checked first and
        // applying them has no way to fail.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.state().records.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Commit for MemoryStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        let parts = batch.into_parts()?;
        let mut state = self.state();
        check::check(&state, &parts)?;
        Ok(apply::apply(&mut state, parts))
    }
}

#[async_trait]
impl RecordReader for MemoryStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        Ok(self.state().records.get(&(kind, key.clone())).map(|entry| entry.stored.clone()))
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        let after = query.after.as_ref().map(Cursor::position).transpose()?;
        let size = query.page_size();
        let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
        let state = self.state();
        let positions = state.positions(query.kind, query.index.as_ref());
        let rows: Vec<(u64, StoredRecord)> = match query.order {
            ListOrder::OldestFirst => positions
                .range(after.map_or(0, |position| position.saturating_add(1))..)
                .take(wanted)
                .filter_map(|(position, key)| state.at(*position, query.kind, key))
                .collect(),
            ListOrder::NewestFirst => positions
                .range(..after.unwrap_or(u64::MAX))
                .rev()
                .take(wanted)
                .filter_map(|(position, key)| state.at(*position, query.kind, key))
                .collect(),
        };
        let page = Page::from_rows(rows, size, |(position, _)| Cursor::at_position(*position));
        page.try_map(|(_, stored)| Ok(stored))
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        let count = self.state().positions(kind, index.as_ref()).len();
        Ok(u64::try_from(count).unwrap_or(u64::MAX).min(most))
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        Ok(self.state().records.values().any(|entry| entry.stored.data.contains(text)))
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        let take = usize::try_from(limit.min(MAX_PAGE)).unwrap_or(usize::MAX);
        let state = self.state();
        let from = from.0.max(state.first_leaf);
        let skip = usize::try_from(from.saturating_sub(state.first_leaf)).unwrap_or(usize::MAX);
        let numbered = (from..).zip(state.leaves.iter().skip(skip).take(take));
        Ok(numbered
            .map(|(index, leaf)| NumberedLeaf { index: LeafIndex(index), leaf: leaf.clone() })
            .collect())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Ok(self.state().next_leaf())
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        Ok(LeafIndex(self.state().first_leaf))
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        let mut state = self.state();
        let end = place.0.min(state.next_leaf());
        let count = end.saturating_sub(state.first_leaf).min(u64::from(most.min(MAX_PAGE)));
        state.leaves.drain(..usize::try_from(count).unwrap_or(usize::MAX));
        state.first_leaf = state.first_leaf.saturating_add(count);
        Ok(count)
    }
}

#[async_trait]
impl UsageLog for MemoryStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        let after = query.after.as_ref().map(UsageEntry::position_of).transpose()?;
        let size = query.page_size();
        let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
        let state = self.state();
        let mut rows: Vec<&UsageEntry> = state
            .usage
            .values()
            .filter(|entry| query.from <= entry.at && entry.at < query.to)
            .filter(|entry| query.partner.is_none_or(|partner| partner == entry.partner))
            .filter(|entry| after.is_none_or(|after| after < (entry.at, entry.id)))
            .collect();
        rows.sort_by_key(|entry| (entry.at, entry.id));
        let rows = rows.into_iter().take(wanted).cloned().collect();
        Ok(Page::from_rows(rows, size, UsageEntry::cursor))
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        let mut state = self.state();
        let old = state.usage.values().filter(|entry| entry.at < instant);
        let mut old: Vec<_> = old.map(|entry| (entry.at, entry.id)).collect();
        old.sort_unstable();
        old.truncate(usize::try_from(most.min(MAX_PAGE)).unwrap_or(usize::MAX));
        for (_, id) in &old {
            state.usage.remove(id);
        }
        Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
    }
}
