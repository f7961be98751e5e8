//! What Moneyone staff and partners see: partners, holdings, metered uses, parked work.

use mpp_core::{JobId, Partner, PartnerId, StaffId, Timestamp, UsageEvent};
use mpp_store::{Cursor, ListOrder, Page, ParkedJob, RecordReaderExt, UsageLogExt, UsageQuery, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::TIMER;
use super::records::{ParcelRecord, PartnerRecord, index};
use super::{CentralError, CentralService};
use crate::staff_files::is_of_staff;

/// A partner as staff see it.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerOverview {
    /// The partner.
    pub partner: Partner,
    /// Whether its keys are enrolled.
    pub enrolled: bool,
}

/// What central holds at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Parcels not yet erased, complete or not.
    pub parcels: u64,
    /// Keys of parcels.
    pub parcel_keys: u64,
    /// Jobs not yet done; what only waits for its time to come is not counted.
    pub jobs: u64,
    /// Jobs that wait for a person.
    pub parked_jobs: u64,
}

impl CentralService {
    /// One page of partners, in the order they were taken on.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn partners(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<PartnerOverview>, CentralError> {
        let page: Page<Versioned<PartnerRecord>> =
            self.store().all(ListOrder::OldestFirst, after, limit).await?;
        page.try_map(|read| {
            let enrolled = read.record.current_kid.is_some();
            Ok(PartnerOverview { partner: read.record.partner, enrolled })
        })
    }

    /// One page of metered uses in their order, of one partner or of all.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn usage(
        &self,
        partner: Option<PartnerId>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<UsageEvent>, CentralError> {
        let (from, to) = all_times();
        Ok(self.store().events(UsageQuery { partner, from, to, after, limit }).await?)
    }

    /// Counts what central holds.
    ///
    /// # Errors
    /// When the store or the parcel storage does not answer.
    pub async fn holdings(&self) -> Result<Holdings, CentralError> {
        let mut holdings = Holdings::default();
        let mut after = None;
        loop {
            let page: Page<Versioned<ParcelRecord>> =
                self.store().by_index(index::KEPT, "yes".into(), after, mpp_store::MAX_PAGE).await?;
            for read in page.items {
                holdings.parcels = holdings.parcels.saturating_add(1);
                let key = self.parts.item_keys.load(&read.record.parcel.id.into()).await;
                if key.map_err(CentralError::parcels)?.is_some() {
                    holdings.parcel_keys = holdings.parcel_keys.saturating_add(1);
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        for queue in self.store().backlog(self.now()).await? {
            if queue.queue != TIMER {
                let open = queue.waiting.saturating_add(queue.leased);
                holdings.jobs = holdings.jobs.saturating_add(open);
            }
            holdings.parked_jobs = holdings.parked_jobs.saturating_add(queue.parked);
        }
        Ok(holdings)
    }

    /// One page of jobs that wait for a person.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn parked_jobs(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, CentralError> {
        Ok(self.store().parked(None, after, limit).await?)
    }

    /// Puts a parked job back to work, due now.
    ///
    /// # Errors
    /// When no such job is parked.
    pub async fn replay_job(&self, job: JobId, by: &StaffId) -> Result<(), CentralError> {
        match self.store().replay(job, self.now()).await {
            Err(mpp_store::StoreError::NotParked { .. }) => return Err(CentralError::NotParked),
            replayed => replayed?,
        }
        let mut change = Change::new(self);
        let subject = Subject { job: Some(job), ..Subject::default() };
        change.audit(Action::JobReplayed, Actor::Staff(by.clone()), &subject);
        change.commit().await?;
        self.ring_work();
        Ok(())
    }

    /// Erases whatever is stored without a record of it: left by a process that died at the wrong moment. Parcels are on
    /// record before anything of them is stored, so this may run at any time.
    ///
    /// # Errors
    /// When the store or the parcel storage does not answer.
    pub async fn sweep_orphans(&self) -> Result<u64, CentralError> {
        let mut swept: u64 = 0;
        for id in self.parts.parcels.list().await.map_err(CentralError::parcels)? {
            let found = self.store().get::<ParcelRecord>(&ParcelRecord::key_of(id)).await?;
            let is_strange = found.is_none_or(|read| !read.record.kept());
            if is_strange && !is_of_staff(self.store(), id).await? {
                self.clear_away(id).await?;
                swept = swept.saturating_add(1);
            }
        }
        Ok(swept)
    }
}

/// From before central existed to after it will.
fn all_times() -> (Timestamp, Timestamp) {
    let at = |millis| Timestamp::from_unix_millis(millis).ok();
    let epoch = at(0).unwrap_or_else(|| Timestamp::from_jiff(Default::default()));
    (epoch, at(253_370_764_800_000).unwrap_or(epoch))
}
