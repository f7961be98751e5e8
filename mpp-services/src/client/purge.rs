//! Purging documents: when their data life ends or their consent is withdrawn. The key goes first, then the bytes; what
//! stays is the evidence that they were here.

use mpp_core::{DataItemId, ParcelId, Timestamp};
use mpp_store::{IndexValue, LeasedJob, RecordReaderExt, Versioned};
use serde::{Deserialize, Serialize};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::collection::{news_of, subject_of};
use super::jobs::Job;
use super::news::{NewsKind, NewsSubject};
use super::records::{CollectionRecord, ItemRecord, ItemState, index};
use super::{ClientError, ClientService};
use crate::staff_files::is_of_staff;

/// Why a document is purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurgeCause {
    /// The consent's data life has ended.
    DataLifeEnded,
    /// The customer withdrew the consent.
    ConsentWithdrawn,
}

impl PurgeCause {
    /// The cause's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataLifeEnded => "data_life_ended",
            Self::ConsentWithdrawn => "consent_withdrawn",
        }
    }
}

impl ClientService {
    /// From the commit of this change on the document cannot be read, and its destruction is asked for.
    pub(super) async fn begin_purge(
        &self,
        change: &mut Change<'_>,
        read: &mut Versioned<ItemRecord>,
        cause: PurgeCause,
        actor: &Actor,
    ) -> Result<(), ClientError> {
        match read.record.state {
            ItemState::Held => {}
            ItemState::Purging { .. } | ItemState::Purged { .. } => return Ok(()),
        }
        let before = read.record.clone();
        read.record.state = ItemState::Purging { cause, since: change.now() };
        change.update_item(&before, read).await?;
        change.ask_for(&Job::Purge { item: read.record.item })?;
        let subject = Subject { reason: Some(cause.name().to_owned()), ..subject_of(&read.record) };
        change.audit(Action::ItemPurging, actor, &subject);
        Ok(())
    }

    /// Works on a job that purges.
    pub(super) async fn work_purge(&self, job: &LeasedJob, item: DataItemId) -> Result<(), ClientError> {
        let read = self.store().get::<ItemRecord>(&ItemRecord::key_of(item)).await?;
        let Some(read) = read else { return self.done(job).await };
        match (read.record.state, read.record.purge_by) {
            (ItemState::Purged { .. }, _) | (ItemState::Held, None) => self.done(job).await,
            (ItemState::Held, Some(purge_by)) if self.now() < purge_by => self.wait(job, purge_by).await,
            (ItemState::Held, Some(_)) => {
                // this job goes on in the next state; the one that `begin_purge` asks for finds nothing to do
                self.until_settled(|| self.end_life(item)).await?;
                self.destroy(job, item, PurgeCause::DataLifeEnded, read.record.storage).await
            }
            (ItemState::Purging { cause, .. }, _) => {
                self.destroy(job, item, cause, read.record.storage).await
            }
        }
    }

    /// Removes stored bytes that belong to no document and no attempt: what is left when a server was killed between
    /// two steps. Gives how many there were.
    ///
    /// # Errors
    /// When the store or the storage does not answer.
    pub async fn sweep(&self) -> Result<usize, ClientError> {
        let mut removed = 0_usize;
        for storage in self.documents.list().await? {
            if self.is_stray(storage).await? {
                self.documents.remove(storage).await?;
                removed = removed.saturating_add(1);
            }
        }
        Ok(removed)
    }

    async fn is_stray(&self, storage: ParcelId) -> Result<bool, ClientError> {
        let value = IndexValue::new(storage);
        // an attempt becomes a document in one commit: looking for the attempt first misses neither
        if self.store().first_by_index::<CollectionRecord>(index::STORAGE, value.clone()).await?.is_some() {
            return Ok(false);
        }
        let item = self.store().first_by_index::<ItemRecord>(index::STORAGE, value).await?;
        let is_strange = item.is_none_or(|read| matches!(read.record.state, ItemState::Purged { .. }));
        Ok(is_strange && !is_of_staff(self.store(), storage).await?)
    }

    async fn end_life(&self, item: DataItemId) -> Result<(), ClientError> {
        let read = self.store().get::<ItemRecord>(&ItemRecord::key_of(item)).await?;
        let Some(mut read) = read else { return Ok(()) };
        let mut change = Change::new(self);
        self.begin_purge(&mut change, &mut read, PurgeCause::DataLifeEnded, &Actor::Server).await?;
        change.commit().await
    }

    async fn destroy(
        &self,
        job: &LeasedJob,
        item: DataItemId,
        cause: PurgeCause,
        storage: ParcelId,
    ) -> Result<(), ClientError> {
        self.documents.remove(storage).await?;
        self.until_settled(|| self.write_purged(job, item, cause)).await
    }

    async fn write_purged(
        &self,
        job: &LeasedJob,
        item: DataItemId,
        cause: PurgeCause,
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        let read = self.store().get::<ItemRecord>(&ItemRecord::key_of(item)).await?;
        if let Some(mut read) = read.filter(|read| !matches!(read.record.state, ItemState::Purged { .. })) {
            let before = read.record.clone();
            read.record.state = ItemState::Purged { cause, at: change.now() };
            read.record.label = None;
            change.update_item(&before, &mut read).await?;
            let reason = Some(cause.name().to_owned());
            let news = NewsSubject { reason: reason.clone(), ..news_of(&read.record) };
            change.tell(NewsKind::DataDeleted, change.now(), news).await?;
            let subject = Subject { reason, evidence: Some(read.record.sha256), ..subject_of(&read.record) };
            change.audit(Action::ItemPurged, &Actor::Server, &subject);
        }
        change.complete(job);
        change.commit().await
    }

    async fn wait(&self, job: &LeasedJob, until: Timestamp) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        change.release(job, until, "not_due_yet");
        change.commit().await
    }
}
