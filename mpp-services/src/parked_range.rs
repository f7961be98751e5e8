//! Parked jobs of a range, for doing many of them again at once, as staff of central and of a client server ask for it.

use mpp_core::{JobId, Timestamp};
use mpp_store::{Cursor, MAX_PAGE, ParkedJob, QueueName, Store, StoreError};
use serde::Serialize;

/// How many jobs one call does again at most.
pub(crate) const MOST_REPLAYED: usize = 1_000;
/// How far a preview counts.
pub(crate) const COUNTED_TO: usize = 10_000;
/// How many of the jobs a preview shows.
pub(crate) const SHOWN: usize = 20;

/// Which parked jobs are meant; every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedRange {
    /// Parked at this instant or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Parked before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Parked with this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ParkedRange {
    /// Whether the job is one of the range as it stood at `as_of`: what was parked later nobody has looked at.
    pub(crate) fn holds(&self, job: &ParkedJob, as_of: Timestamp) -> bool {
        job.parked_at <= as_of
            && self.from.is_none_or(|from| job.parked_at >= from)
            && self.to.is_none_or(|to| job.parked_at < to)
            && self.reason.as_ref().is_none_or(|reason| job.reason.as_str() == reason)
    }
}

/// What a person saw before saying yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayConfirmed {
    /// When it was looked at. Jobs that were parked later are not done again.
    pub as_of: Timestamp,
    /// How many jobs there were: no more than that are done again.
    pub count: u64,
}

/// What became of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayedRange {
    /// How many jobs are done again.
    pub replayed: u64,
    /// Whether the range held more than one call does.
    pub remaining: bool,
}

/// What the audit log says of a range that was done again.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditedRange {
    #[serde(flatten)]
    pub(crate) range: ParkedRange,
    pub(crate) as_of: Timestamp,
    pub(crate) count: u64,
}

/// Up to `most` parked jobs of a queue that `keep` keeps, in the order of the queue, and whether there are more.
pub(crate) async fn parked_jobs(
    store: &dyn Store,
    queue: &QueueName,
    most: usize,
    keep: impl Fn(&ParkedJob) -> bool + Send,
) -> Result<(Vec<ParkedJob>, bool), StoreError> {
    let mut found = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = store.parked(Some(queue), after, MAX_PAGE).await?;
        found.extend(page.items.into_iter().filter(&keep));
        if found.len() > most {
            found.truncate(most);
            return Ok((found, true));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((found, false)),
        }
    }
}

/// How many jobs a call may do again that was confirmed with this count.
pub(crate) fn allowed(count: u64) -> usize {
    usize::try_from(count).unwrap_or(MOST_REPLAYED).min(MOST_REPLAYED)
}

/// Puts parked jobs back to work; those that somebody else has put back meanwhile are left alone. Gives how many went back, and
/// what kept the others from it.
pub(crate) async fn replay(
    store: &dyn Store,
    jobs: impl Iterator<Item = JobId> + Send,
    now: Timestamp,
) -> (u64, Result<(), StoreError>) {
    let mut replayed: u64 = 0;
    for job in jobs {
        match store.replay(job, now).await {
            Ok(()) => replayed = replayed.saturating_add(1),
            Err(StoreError::NotParked { .. }) => {}
            Err(error) => return (replayed, Err(error)),
        }
    }
    (replayed, Ok(()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mpp_core::Span;
    use mpp_store::{InHand, LeaseToken, LeasedJob, MemoryStore, NewJob, Reason, WorkerName, WriteBatch};

    use super::*;

    const QUEUE: QueueName = QueueName::new("tests");

    /// A store with so many parked jobs, each parked a second after the one before it.
    async fn with_parked(count: u8, start: Timestamp) -> Arc<dyn Store> {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        for number in 0..count {
            let id = JobId::from_random([number; 16]);
            let at = start.plus(Span::from_seconds(number.into()));
            let mut job = NewJob::new(id, QUEUE, &"nothing", at).unwrap();
            job.in_hand = Some(InHand { worker: WorkerName::new("tests"), until: at });
            let held = LeasedJob {
                token: LeaseToken { job: id, number: InHand::LEASE_NUMBER },
                queue: QUEUE,
                order_key: None,
                payload: job.payload.clone(),
                attempt: 1,
                due_at: at,
                leased_until: at,
            };
            let mut batch = WriteBatch::new();
            batch.enqueue(job);
            store.commit(batch).await.unwrap();
            let mut batch = WriteBatch::new();
            batch.park(&held, at, Reason::new("failed"));
            store.commit(batch).await.unwrap();
        }
        store
    }

    #[tokio::test]
    async fn no_more_are_taken_than_one_call_may_and_more_are_told_of() {
        let start: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
        let store = with_parked(5, start).await;
        let late = start.plus(Span::from_seconds(3));
        let of = |most, range: ParkedRange, as_of| {
            let store = Arc::clone(&store);
            async move {
                let keep = |job: &ParkedJob| range.holds(job, as_of);
                let (jobs, more) = parked_jobs(store.as_ref(), &QUEUE, most, keep).await.unwrap();
                (jobs.len(), more)
            }
        };
        let far = start.plus(Span::from_days(1));
        assert_eq!(of(5, ParkedRange::default(), far).await, (5, false));
        assert_eq!(of(4, ParkedRange::default(), far).await, (4, true));
        assert_eq!(of(0, ParkedRange::default(), far).await, (0, true));
        assert_eq!(of(9, ParkedRange::default(), late).await, (4, false), "as it stood then");
        let late = ParkedRange { from: Some(late), ..ParkedRange::default() };
        assert_eq!(of(9, late, far).await, (2, false));
        assert_eq!((allowed(7), allowed(1_001), allowed(u64::MAX)), (7, 1_000, 1_000));
    }

    #[tokio::test]
    async fn jobs_that_are_no_longer_parked_are_left_alone() {
        let start: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
        let store = with_parked(3, start).await;
        let jobs: Vec<JobId> = (0..3).map(|number| JobId::from_random([number; 16])).collect();
        store.replay(jobs[1], start).await.unwrap();
        let (count, ended) = replay(store.as_ref(), jobs.into_iter(), start).await;
        assert_eq!((count, ended.is_ok()), (2, true));
        let (left, more) = parked_jobs(store.as_ref(), &QUEUE, 9, |_| true).await.unwrap();
        assert_eq!((left.len(), more), (0, false));
    }
}
