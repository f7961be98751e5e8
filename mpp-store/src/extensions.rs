//! What every backend can do because it implements the ports.

use async_trait::async_trait;
use mpp_core::Timestamp;

use crate::page::ListOrder;
use crate::{
    Commit, Cursor, IndexName, IndexValue, LeasedJob, ListQuery, MAX_PAGE, Outbox, Page, Reason, Record,
    RecordKey, RecordReader, StoreError, Versioned, WriteBatch,
};

/// Reads records as their types.
#[async_trait]
pub trait RecordReaderExt: RecordReader {
    /// The record under this key, `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when what is stored does not decode, and like [`RecordReader::read`].
    async fn get<R: Record>(&self, key: &RecordKey) -> Result<Option<Versioned<R>>, StoreError> {
        self.read(R::KIND, key).await?.map(|stored| stored.decode()).transpose()
    }

    /// The records under several keys, in the order of the keys.
    ///
    /// # Errors
    /// Like [`RecordReaderExt::get`].
    async fn get_many<R: Record>(&self, keys: &[RecordKey]) -> Result<Vec<Option<Versioned<R>>>, StoreError> {
        let found = self.read_many(R::KIND, keys).await?;
        found.into_iter().map(|stored| stored.map(|stored| stored.decode()).transpose()).collect()
    }

    /// One page of the records with this index entry, oldest first.
    ///
    /// # Errors
    /// Like [`RecordReaderExt::page`].
    async fn by_index<R: Record>(
        &self,
        index: IndexName,
        value: IndexValue,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Versioned<R>>, StoreError> {
        self.page(ListQuery::of(R::KIND).by_index(index, value).after(after).limit(limit)).await
    }

    /// The oldest record with this index entry: the only one where the index is unique.
    ///
    /// # Errors
    /// Like [`RecordReaderExt::page`].
    async fn first_by_index<R: Record>(
        &self,
        index: IndexName,
        value: IndexValue,
    ) -> Result<Option<Versioned<R>>, StoreError> {
        Ok(self.by_index(index, value, None, 1).await?.items.pop())
    }

    /// Every record with this index entry, oldest first: for sets known to be small, such as the consents of
    /// one request.
    ///
    /// # Errors
    /// Like [`RecordReaderExt::page`].
    async fn every_by_index<R: Record>(
        &self,
        index: IndexName,
        value: IndexValue,
    ) -> Result<Vec<Versioned<R>>, StoreError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = self.by_index(index, value.clone(), after, MAX_PAGE).await?;
            found.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// One page of all records of the type, in the order wanted.
    ///
    /// # Errors
    /// Like [`RecordReaderExt::page`].
    async fn all<R: Record>(
        &self,
        order: ListOrder,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Versioned<R>>, StoreError> {
        self.page(ListQuery::of(R::KIND).in_order(order).after(after).limit(limit)).await
    }

    /// One page of a listing as records of their type.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when one of them does not decode, and like [`RecordReader::list`].
    async fn page<R: Record>(&self, query: ListQuery) -> Result<Page<Versioned<R>>, StoreError> {
        self.list(query).await?.try_map(|stored| stored.decode())
    }
}

impl<T: RecordReader + ?Sized> RecordReaderExt for T {}

/// Moves a leased job alone, when no state changes with it.
#[async_trait]
pub trait OutboxExt: Outbox + Commit {
    /// Finishes a leased job.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Unavailable`].
    async fn complete(&self, job: &LeasedJob) -> Result<(), StoreError> {
        let mut batch = WriteBatch::new();
        batch.complete(job);
        self.commit(batch).await.map(drop)
    }

    /// Puts a leased job back, to be done at `due_at`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Unavailable`].
    async fn release(&self, job: &LeasedJob, due_at: Timestamp, reason: Reason) -> Result<(), StoreError> {
        let mut batch = WriteBatch::new();
        batch.release(job, due_at, reason);
        self.commit(batch).await.map(drop)
    }

    /// Parks a leased job until a person replays or discards it.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Unavailable`].
    async fn park(&self, job: &LeasedJob, now: Timestamp, reason: Reason) -> Result<(), StoreError> {
        let mut batch = WriteBatch::new();
        batch.park(job, now, reason);
        self.commit(batch).await.map(drop)
    }
}

impl<T: Outbox + Commit + ?Sized> OutboxExt for T {}
