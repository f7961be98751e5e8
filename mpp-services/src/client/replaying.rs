//! Doing a range of notifications to the application again that were given up: looked at first, then confirmed.

use std::collections::BTreeMap;

use mpp_core::{StaffId, Timestamp};
use mpp_store::{ParkedJob, RecordReaderExt};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::{DELIVER, Job};
use super::records::NewsRecord;
use super::supervision::NewsRow;
use super::{ClientError, ClientService};
use crate::parked_range::{
    AuditedRange, COUNTED_TO, ParkedRange, ReplayConfirmed, ReplayedRange, SHOWN, allowed, parked_jobs,
    replay,
};

/// What a range of notifications holds, before anything is done.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayPreview {
    /// When it was looked at; goes into what is confirmed.
    pub as_of: Timestamp,
    /// How many notifications.
    pub count: u64,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// How many of them were given up why.
    pub reasons: Vec<(String, u64)>,
    /// The first of them, in the order in which they are done again.
    pub first: Vec<NewsRow>,
}

impl ClientService {
    /// What a range of notifications to the application holds that were given up.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn preview_replay(&self, range: &ParkedRange) -> Result<ReplayPreview, ClientError> {
        let as_of = self.now();
        let keep = |job: &ParkedJob| range.holds(job, as_of);
        let (jobs, _) = parked_jobs(self.store(), &DELIVER, COUNTED_TO, keep).await?;
        let mut first = Vec::new();
        for sequence in jobs.iter().take(SHOWN).filter_map(told) {
            let read = self.store().get::<NewsRecord>(&NewsRecord::key_of(sequence)).await?;
            first.extend(read.map(|read| NewsRow::of(read.record)));
        }
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for job in &jobs {
            let count = reasons.entry(job.reason.as_str()).or_default();
            *count = count.saturating_add(1);
        }
        Ok(ReplayPreview {
            as_of,
            count: u64::try_from(jobs.len()).unwrap_or(u64::MAX),
            counted_to: u64::try_from(COUNTED_TO).unwrap_or(u64::MAX),
            reasons: reasons.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect(),
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
        range: &ParkedRange,
        confirmed: ReplayConfirmed,
        staff: &StaffId,
    ) -> Result<ReplayedRange, ClientError> {
        let now = self.now();
        let as_of = confirmed.as_of.min(now);
        let keep = |job: &ParkedJob| range.holds(job, as_of);
        let (jobs, remaining) = parked_jobs(self.store(), &DELIVER, allowed(confirmed.count), keep).await?;
        let (count, ended) = replay(self.store(), jobs.iter().map(|job| job.id), now).await;
        if count > 0 {
            self.ring_work(&DELIVER);
            let audited = AuditedRange { range: range.clone(), as_of, count };
            let subject = Subject { range: Some(audited), ..Subject::default() };
            let mut change = Change::new(self);
            change.audit(Action::RangeReplayed, &Actor::Staff(staff.clone()), &subject);
            change.commit().await?;
        }
        ended?;
        Ok(ReplayedRange { replayed: count, remaining })
    }
}

/// Which notification a parked job tells.
fn told(job: &ParkedJob) -> Option<u64> {
    match serde_json::from_str(job.payload.as_json_text()) {
        Ok(Job::Deliver { sequence, .. }) => Some(sequence),
        Ok(_) | Err(_) => None,
    }
}
