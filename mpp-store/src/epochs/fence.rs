//! The fence in front of a store: nothing is committed that is sealed under an epoch key about to be destroyed.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use mpp_core::{Entropy, JobId, Span, Timestamp, draw};
use mpp_crypto::at_rest::SealedField;
use tokio::sync::Notify;

use super::standing::EpochStanding;
use crate::batch::{BatchParts, Guard, RecordWrite};
use crate::port::{AuditLog, LeafIndex, NumberedLeaf, UsageLog, UsageQuery};
use crate::{
    Claim, Commit, Cursor, IndexName, IndexValue, ItemKeyError, LeasedJob, ListQuery, LiveEpochs, Outbox,
    Page, ParkedJob, QueueBacklog, QueueName, Record, RecordKey, RecordKind, RecordReader, RecordReaderExt,
    Store, StoreError, StoredRecord, UsageEntry, Version, Versioned, WriteBatch,
};

/// A store whose commits keep to the epochs that are open. Every process that seals fields of the same records works
/// through one.
#[derive(Debug)]
pub struct EpochFence {
    store: Arc<dyn Store>,
    epochs: LiveEpochs,
    seen: RwLock<Seen>,
}

/// The standing as it was read last.
#[derive(Debug, Clone, Copy)]
struct Seen {
    version: Version,
    /// The number of the oldest epoch that may seal.
    oldest: u32,
}

/// Records and key folder cannot be used together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FenceError {
    /// The records may be sealed under a key that is not there: keys of another node, or of another day.
    #[error(
        "the records are sealed under the epoch key {epoch}, which is not in the key folder: every node of these \
         records needs the one folder of theirs, and a backup needs the keys of its day"
    )]
    KeyMissing {
        /// The name of the key.
        epoch: String,
    },
    /// The keys belong to another database, where they may still be needed.
    #[error("the keys in {file} belong to another database than these records")]
    AnotherDatabase {
        /// The file that says so.
        file: String,
    },
    /// The store refuses or does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key folder cannot be used.
    #[error(transparent)]
    Keys(#[from] ItemKeyError),
}

impl EpochFence {
    /// The fence in front of a store, whose fields are sealed under the keys of this folder. A new store is bound to the
    /// folder by this.
    ///
    /// # Errors
    /// [`FenceError::KeyMissing`] and [`FenceError::AnotherDatabase`] when they do not belong together.
    pub async fn open(
        store: Arc<dyn Store>,
        epochs: LiveEpochs,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, FenceError> {
        let standing = match standing(&*store).await? {
            Some(standing) => standing,
            None => begin(&*store, &epochs, entropy, now).await?,
        };
        let oldest = number_of_oldest(&epochs, &standing.record)?;
        if let Some(folder) = epochs.folder() {
            folder.bind_to(&standing.record.database)?;
        }
        let seen = RwLock::new(Seen { version: standing.version, oldest });
        Ok(Self { store, epochs, seen })
    }

    /// The keys.
    pub(super) const fn epochs(&self) -> &LiveEpochs {
        &self.epochs
    }

    /// Since when the epochs have stood as they do.
    pub(super) async fn since(&self) -> Result<Timestamp, FenceError> {
        self.catch_up().await.map(|standing| standing.since)
    }

    /// Closes all epochs but the current one: from here on nothing can be committed that is sealed under them.
    pub(super) async fn close_older(&self, now: Timestamp) -> Result<(), FenceError> {
        loop {
            let current = self.epochs.keys().current().id().to_string();
            let Some(read) = standing(&*self.store).await? else {
                return Err(StoreError::Conflict {
                    kind: EpochStanding::KIND,
                    key: EpochStanding::the_only(),
                }
                .into());
            };
            if read.record.oldest != current {
                let mut batch = WriteBatch::new();
                batch.update(read.version, &EpochStanding { oldest: current, since: now, ..read.record });
                match self.store.commit(batch).await {
                    Err(error) if error.is_conflict() => continue,
                    committed => drop(committed?),
                }
            }
            self.catch_up().await?;
            return Ok(());
        }
    }

    /// Loads keys and standing again, in this order: the keys of a standing are there before it is written.
    async fn catch_up(&self) -> Result<EpochStanding, FenceError> {
        let Some(standing) = standing(&*self.store).await? else {
            return Err(
                StoreError::Conflict { kind: EpochStanding::KIND, key: EpochStanding::the_only() }.into()
            );
        };
        self.epochs.reload()?;
        let oldest = number_of_oldest(&self.epochs, &standing.record)?;
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.version <= standing.version {
            *seen = Seen { version: standing.version, oldest };
        }
        Ok(standing.record)
    }

    fn seen(&self) -> Seen {
        *self.seen.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers of the epochs that fields of the batch are sealed under, as far as they are known.
    fn epochs_in(&self, parts: &BatchParts) -> HashSet<u32> {
        let known = self.epochs.known();
        let names: Vec<_> =
            known.into_iter().map(|(number, id)| (number, SealedField::beginning_under(id))).collect();
        let mut found = HashSet::new();
        for write in &parts.writes {
            let (RecordWrite::Insert(record) | RecordWrite::Update { record, .. }) = write else { continue };
            // every beginning begins so: form 1, then the name
            for (at, _) in record.data.match_indices("\"A") {
                let text = record.data.get(at.saturating_add(1)..).unwrap_or_default();
                let number = names.iter().find(|(_, name)| text.starts_with(name.as_str()));
                found.extend(number.map(|(number, _)| *number));
            }
        }
        found
    }
}

#[async_trait]
impl Commit for EpochFence {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        let parts = batch.into_parts()?;
        let sealed = self.epochs_in(&parts);
        let Some(eldest) = sealed.into_iter().min() else {
            return self.store.commit(WriteBatch::of_parts(parts)).await;
        };
        loop {
            let seen = self.seen();
            if eldest < seen.oldest {
                return Err(behind());
            }
            let mut guarded = parts.clone();
            guarded.guards.push(Guard {
                kind: EpochStanding::KIND,
                key: EpochStanding::the_only(),
                expected: Some(seen.version),
            });
            match self.store.commit(WriteBatch::of_parts(guarded)).await {
                Err(StoreError::Conflict { kind, .. }) if kind == EpochStanding::KIND => {
                    self.catch_up().await.map_err(unusable)?;
                    if self.seen().version == seen.version {
                        return Err(behind());
                    }
                }
                committed => return committed,
            }
        }
    }
}

async fn standing(store: &dyn Store) -> Result<Option<Versioned<EpochStanding>>, StoreError> {
    store.get::<EpochStanding>(&EpochStanding::the_only()).await
}

/// The first standing of a database. Which database the folder belonged to before is forgotten first, so that a stop in
/// between leaves a folder that belongs to none.
async fn begin(
    store: &dyn Store,
    epochs: &LiveEpochs,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Versioned<EpochStanding>, FenceError> {
    if let Some(folder) = epochs.folder() {
        folder.unbind()?;
    }
    let oldest = epochs.known().into_values().next().map(|id| id.to_string()).unwrap_or_default();
    let first = EpochStanding { database: hex::encode(draw::<8>(entropy)), oldest, since: now };
    let mut batch = WriteBatch::new();
    batch.insert(&first);
    match store.commit(batch).await {
        Ok(version) => Ok(Versioned { version, record: first }),
        // another node was faster
        Err(error) => standing(store).await?.ok_or(FenceError::Store(error)),
    }
}

fn number_of_oldest(epochs: &LiveEpochs, standing: &EpochStanding) -> Result<u32, FenceError> {
    let missing = || FenceError::KeyMissing { epoch: standing.oldest.clone() };
    let mut known = epochs.known().into_iter();
    let (number, id) = known.find(|(_, id)| id.to_string() == standing.oldest).ok_or_else(missing)?;
    if epochs.is_loaded(id) { Ok(number) } else { Err(missing()) }
}

/// What was sealed under an epoch that is closed has to be sealed again: read again and decide again.
fn behind() -> StoreError {
    StoreError::Conflict { kind: EpochStanding::KIND, key: EpochStanding::the_only() }
}

fn unusable(error: FenceError) -> StoreError {
    match error {
        FenceError::Store(error) => error,
        error => StoreError::unavailable(error),
    }
}

#[async_trait]
impl RecordReader for EpochFence {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        self.store.read(kind, key).await
    }

    async fn read_many(
        &self,
        kind: RecordKind,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<StoredRecord>>, StoreError> {
        self.store.read_many(kind, keys).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        self.store.list(query).await
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.store.count_up_to(kind, index, most).await
    }

    async fn any_of(
        &self,
        kind: RecordKind,
        index: IndexName,
        values: &[IndexValue],
    ) -> Result<bool, StoreError> {
        self.store.any_of(kind, index, values).await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        self.store.mentions(text).await
    }
}

#[async_trait]
impl Outbox for EpochFence {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        self.store.lease(claim).await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        self.store.heartbeat(job, now, lease_for).await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        self.store.parked(queue, after, limit).await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.store.replay(job, now).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        self.store.discard(job).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        self.store.backlog(now).await
    }

    async fn backlog_up_to(&self, now: Timestamp, most: u64) -> Result<Vec<QueueBacklog>, StoreError> {
        self.store.backlog_up_to(now, most).await
    }

    fn arrivals(&self) -> Option<Arc<Notify>> {
        self.store.arrivals()
    }
}

#[async_trait]
impl AuditLog for EpochFence {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        self.store.leaves(from, limit).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.store.size().await
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        self.store.first().await
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        self.store.remove_leaves_before(place, most).await
    }
}

#[async_trait]
impl UsageLog for EpochFence {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        self.store.usage_entries(query).await
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.store.remove_usage_before(instant, most).await
    }
}
