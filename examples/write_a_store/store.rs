//! The type behind the ports.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mpp::core::Timestamp;
use mpp::store::{
    AuditLeaf, AuditLog, Commit, Cursor, IndexName, IndexValue, LeafIndex, ListOrder, ListQuery, MAX_PAGE,
    NumberedLeaf, Page, RecordKey, RecordKind, RecordReader, StoreError, StoredRecord, UsageEntry, UsageLog,
    UsageQuery, Version, WriteBatch,
};

use super::journal::Journal;
use super::state::State;
use super::transaction::Transaction;

/// A store in one folder, for one process.
///
/// **Durable** means: the commit's line was synced to the disk before `commit` returned. Everything is also in memory,
/// so it has to fit there. **Deleted and replaced** rows leave the file when the store is opened the next time; that is no
/// erasure, which rests on the item keys. **Slow** are many commits at once: each waits for a sync of its own.
pub(crate) struct JournalStore {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    journal: Journal,
    state: State,
}

impl JournalStore {
    /// Opens the store in `folder`, which is made when it is not there. Give the folder to this program alone.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another process has it open, [`StoreError::Inconsistent`] when it was damaged.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let (journal, state) = Journal::open(folder)?;
        Ok(Self { inner: Arc::new(Mutex::new(Inner { journal, state })) })
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&State) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(move |inner| work(&inner.state)).await
    }

    /// Does `work` and writes down what it changed: both, or neither. It goes on when the caller stops waiting.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(move |inner| {
            let mut transaction = Transaction::on(&mut inner.state);
            let outcome = work(&mut transaction).and_then(|value| {
                if !transaction.done.is_empty() {
                    inner.journal.append(&transaction.done)?;
                }
                Ok(value)
            });
            if outcome.is_err() {
                transaction.roll_back();
            }
            outcome
        })
        .await
    }

    /// Runs on a thread that may wait for the disk.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let running = tokio::task::spawn_blocking(move || {
            let mut inner = inner.lock().map_err(|_| StoreError::unavailable("an earlier call panicked"))?;
            inner.journal.usable()?;
            work(&mut inner)
        });
        running.await.map_err(StoreError::unavailable)?
    }
}

impl fmt::Debug for JournalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl Commit for JournalStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        let parts = batch.into_parts()?;
        self.write(move |transaction| transaction.commit(parts)).await
    }
}

#[async_trait]
impl RecordReader for JournalStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        let key = key.as_str().to_owned();
        self.read(move |state| Ok(state.record(kind, &key).map(|row| row.to_stored(kind, &key)))).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        let after = query.after.as_ref().map(Cursor::position).transpose()?;
        let wanted = usize::try_from(query.page_size()).unwrap_or(usize::MAX).saturating_add(1);
        self.read(move |state| {
            let listing = state.listing(query.kind, query.index.as_ref()).into_iter();
            let places: Vec<_> = match query.order {
                ListOrder::OldestFirst => {
                    let from = after.map_or(0, |position| position.saturating_add(1));
                    listing.flat_map(|listing| listing.range(from..)).take(wanted).collect()
                }
                ListOrder::NewestFirst => {
                    let to = after.unwrap_or(u64::MAX);
                    listing.flat_map(|listing| listing.range(..to).rev()).take(wanted).collect()
                }
            };
            let stored = |key: &str| Some(state.record(query.kind, key)?.to_stored(query.kind, key));
            let rows =
                places.into_iter().filter_map(|(at, listed)| Some((*at, stored(&listed.key)?))).collect();
            let page = Page::from_rows(rows, query.page_size(), |(at, _)| Cursor::at_position(*at));
            page.try_map(|(_, stored)| Ok(stored))
        })
        .await
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.read(move |state| {
            let count = state.listing(kind, index.as_ref()).map_or(0, |listing| listing.len());
            Ok(u64::try_from(count).unwrap_or(u64::MAX).min(most))
        })
        .await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        let text = text.to_owned();
        self.read(move |state| Ok(state.mention(&text))).await
    }
}

#[async_trait]
impl AuditLog for JournalStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        let take = at_most(limit);
        self.read(move |state| {
            let numbered = |(place, leaf): (&u64, &bytes::Bytes)| NumberedLeaf {
                index: LeafIndex(*place),
                leaf: AuditLeaf::new(leaf.clone()),
            };
            Ok(state.leaves.range(from.0..).take(take).map(numbered).collect())
        })
        .await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.read(|state| Ok(state.counters.leaves)).await
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        let first = |state: &State| state.leaves.keys().next().copied();
        self.read(move |state| Ok(LeafIndex(first(state).unwrap_or(state.counters.leaves)))).await
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        self.write(move |transaction| Ok(transaction.remove_leaves(place.0, at_most(most)))).await
    }
}

#[async_trait]
impl UsageLog for JournalStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        let after = query.after.as_ref().map(UsageEntry::position_of).transpose()?;
        let wanted = usize::try_from(query.page_size()).unwrap_or(usize::MAX).saturating_add(1);
        self.read(move |state| {
            let entries = state.usage.iter().map(|(id, row)| row.to_entry(*id));
            let mut rows: Vec<UsageEntry> = entries
                .filter(|entry| query.from <= entry.at && entry.at < query.to)
                .filter(|entry| query.partner.is_none_or(|partner| partner == entry.partner))
                .filter(|entry| after.is_none_or(|after| after < (entry.at, entry.id)))
                .collect();
            rows.sort_by_key(|entry| (entry.at, entry.id));
            rows.truncate(wanted);
            Ok(Page::from_rows(rows, query.page_size(), UsageEntry::cursor))
        })
        .await
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |transaction| Ok(transaction.remove_usage(instant, at_most(most)))).await
    }
}

/// As many as one call takes.
fn at_most(wanted: u32) -> usize {
    usize::try_from(wanted.min(MAX_PAGE)).unwrap_or(usize::MAX)
}
