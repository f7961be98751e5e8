//! Doing a range of notifications again that were given up: looked at first, then confirmed.

use std::collections::BTreeMap;

use mpp_core::{PartnerId, StaffId, Timestamp};
use mpp_store::{ParkedJob, RecordReaderExt};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::{DELIVER, Job};
use super::records::NotificationRecord;
use super::supervision::DeliveryRow;
use super::{CentralError, CentralService};
use crate::parked_range::{
    AuditedRange, COUNTED_TO, ParkedRange, ReplayConfirmed, ReplayedRange, SHOWN, allowed, parked_jobs,
    replay,
};

/// Which notifications that were given up are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayRange {
    /// To this partner.
    pub partner: Option<PartnerId>,
    /// When and why they were given up.
    pub parked: ParkedRange,
}

impl ReplayRange {
    fn holds(&self, job: &ParkedJob, as_of: Timestamp) -> bool {
        let to = |partner| told(job).is_some_and(|(told, _)| told == partner);
        self.parked.holds(job, as_of) && self.partner.is_none_or(to)
    }
}

/// To whom a parked job tells which notification.
fn told(job: &ParkedJob) -> Option<(PartnerId, u64)> {
    match serde_json::from_str(job.payload.as_json_text()) {
        Ok(Job::Deliver { partner, sequence, .. }) => Some((partner, sequence)),
        Ok(_) | Err(_) => None,
    }
}

/// What a range holds, before anything is done.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayPreview {
    /// When it was looked at; goes into what is confirmed.
    pub as_of: Timestamp,
    /// How many notifications.
    pub count: u64,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// How many of them to whom, given up why.
    pub groups: Vec<ReplayGroup>,
    /// The first of them, in the order in which they are done again.
    pub first: Vec<DeliveryRow>,
}

/// Notifications of a range to one partner that were given up for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayGroup {
    /// To whom.
    pub partner: PartnerId,
    /// Why they were given up.
    pub reason: String,
    /// How many.
    pub count: u64,
}

impl CentralService {
    /// What a range of notifications holds that were given up.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn preview_replay(&self, range: &ReplayRange) -> Result<ReplayPreview, CentralError> {
        let as_of = self.now();
        let keep = |job: &ParkedJob| range.holds(job, as_of);
        let (jobs, _) = parked_jobs(self.store(), &DELIVER, COUNTED_TO, keep).await?;
        let mut first = Vec::new();
        for (partner, sequence) in jobs.iter().take(SHOWN).filter_map(told) {
            let key = NotificationRecord::key_of(partner, sequence);
            let read = self.store().get::<NotificationRecord>(&key).await?;
            first.extend(read.map(|read| DeliveryRow::of(read.record)));
        }
        Ok(ReplayPreview {
            as_of,
            count: u64::try_from(jobs.len()).unwrap_or(u64::MAX),
            counted_to: u64::try_from(COUNTED_TO).unwrap_or(u64::MAX),
            groups: grouped(&jobs),
            first,
        })
    }

    /// Does a range again, as far as one call goes, and as it was when it was looked at: what somebody else has done again
    /// meanwhile, or what was given up since, is left alone.
    ///
    /// # Errors
    /// When the store does not answer. What went back to work before stays there, and the audit log says how much.
    pub async fn replay_range(
        &self,
        range: &ReplayRange,
        confirmed: ReplayConfirmed,
        staff: &StaffId,
    ) -> Result<ReplayedRange, CentralError> {
        let now = self.now();
        let as_of = confirmed.as_of.min(now);
        let keep = |job: &ParkedJob| range.holds(job, as_of);
        let (jobs, remaining) = parked_jobs(self.store(), &DELIVER, allowed(confirmed.count), keep).await?;
        let (count, ended) = replay(self.store(), jobs.iter().map(|job| job.id), now).await;
        if count > 0 {
            self.ring_work();
            let audited = AuditedRange { range: range.parked.clone(), as_of, count };
            let subject = Subject { partner: range.partner, range: Some(audited), ..Subject::default() };
            let mut change = Change::new(self);
            change.audit(Action::RangeReplayed, Actor::Staff(staff.clone()), &subject);
            change.commit().await?;
        }
        ended?;
        Ok(ReplayedRange { replayed: count, remaining })
    }
}

fn grouped(jobs: &[ParkedJob]) -> Vec<ReplayGroup> {
    let mut counts: BTreeMap<(PartnerId, &str), u64> = BTreeMap::new();
    for job in jobs {
        if let Some((partner, _)) = told(job) {
            let count = counts.entry((partner, job.reason.as_str())).or_default();
            *count = count.saturating_add(1);
        }
    }
    let group = |((partner, reason), count): ((PartnerId, &str), u64)| ReplayGroup {
        partner,
        reason: reason.to_owned(),
        count,
    };
    counts.into_iter().map(group).collect()
}
