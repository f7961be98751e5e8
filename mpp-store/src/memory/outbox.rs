//! The outbox in memory.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};

use crate::{
    Claim, Cursor, LeaseToken, LeasedJob, MAX_PAGE, OrderKey, Outbox, Page, ParkedJob, QueueBacklog,
    QueueName, StoreError,
};

use super::MemoryStore;
use super::state::{JobEntry, JobStanding, State};

#[async_trait]
impl Outbox for MemoryStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        let mut state = self.state();
        let leased_until = claim.now.plus(claim.lease_for);
        let mut jobs = Vec::new();
        for position in leasable(&state, &claim) {
            if let Some(entry) = state.jobs.get_mut(&position) {
                entry.lease_number = entry.lease_number.saturating_add(1);
                entry.attempt = entry.attempt.saturating_add(1);
                entry.standing = JobStanding::Leased { until: leased_until };
                jobs.push((position, leased(entry, leased_until)));
            }
        }
        jobs.sort_by_key(|(position, job)| (claim.rank_of(&job.queue), job.due_at, *position));
        Ok(jobs.into_iter().map(|(_, job)| job).collect())
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        let mut state = self.state();
        if let JobStanding::Leased { until } = &mut state.held(job.token)?.standing {
            *until = now.plus(lease_for);
        }
        Ok(())
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        let after = after.as_ref().map(Cursor::position).transpose()?.unwrap_or(0);
        let limit = limit.clamp(1, MAX_PAGE);
        let state = self.state();
        let rows = state
            .jobs
            .range(after.saturating_add(1)..)
            .filter(|(_, entry)| queue.is_none_or(|queue| *queue == entry.job.queue))
            .filter_map(|(position, entry)| Some((*position, parked(entry)?)))
            .take(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1))
            .collect();
        let page = Page::from_rows(rows, limit, |(position, _)| Cursor::at_position(*position));
        page.try_map(|(_, job)| Ok(job))
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.state();
        let mut entry = take_parked(&mut state, job)?;
        entry.standing = JobStanding::Waiting;
        entry.attempt = 0;
        entry.job.due_at = now;
        state.place(entry);
        Ok(())
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        take_parked(&mut self.state(), job).map(drop)
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        let state = self.state();
        let mut queues: BTreeMap<&QueueName, QueueBacklog> = BTreeMap::new();
        for entry in state.jobs.values() {
            let queue = queues.entry(&entry.job.queue).or_insert_with(|| QueueBacklog {
                queue: entry.job.queue.clone(),
                waiting: 0,
                leased: 0,
                parked: 0,
                next_at: None,
            });
            match &entry.standing {
                JobStanding::Parked { .. } => queue.parked = queue.parked.saturating_add(1),
                JobStanding::Leased { until } if *until > now => {
                    queue.leased = queue.leased.saturating_add(1);
                }
                JobStanding::Leased { .. } | JobStanding::Waiting => {
                    queue.waiting = queue.waiting.saturating_add(1);
                }
            }
            queue.next_at = [queue.next_at, entry.ready_at()].into_iter().flatten().min();
        }
        Ok(queues.into_values().collect())
    }
}

/// The places of the jobs that may be handed out: in the order of the claim's queues, then those that have been ready
/// longest.
fn leasable(state: &State, claim: &Claim) -> Vec<u64> {
    let mut held_back: HashSet<(&QueueName, &OrderKey)> = HashSet::new();
    let mut ready = Vec::new();
    for (position, entry) in &state.jobs {
        let Some(ready_at) = entry.ready_at() else { continue };
        let first = entry.job.order_key.as_ref().is_none_or(|key| held_back.insert((&entry.job.queue, key)));
        let Some(rank) = claim.rank_of(&entry.job.queue) else { continue };
        if first && ready_at <= claim.now {
            ready.push((rank, ready_at, *position));
        }
    }
    ready.sort_unstable();
    ready.truncate(usize::try_from(claim.limit.clamp(1, MAX_PAGE)).unwrap_or(usize::MAX));
    ready.into_iter().map(|(.., position)| position).collect()
}

fn leased(entry: &JobEntry, leased_until: Timestamp) -> LeasedJob {
    LeasedJob {
        token: LeaseToken { job: entry.job.id, number: entry.lease_number },
        queue: entry.job.queue.clone(),
        order_key: entry.job.order_key.clone(),
        payload: entry.job.payload.clone(),
        attempt: entry.attempt,
        due_at: entry.job.due_at,
        leased_until,
    }
}

fn parked(entry: &JobEntry) -> Option<ParkedJob> {
    let JobStanding::Parked { at, reason } = &entry.standing else { return None };
    Some(ParkedJob {
        id: entry.job.id,
        queue: entry.job.queue.clone(),
        order_key: entry.job.order_key.clone(),
        payload: entry.job.payload.clone(),
        attempt: entry.attempt,
        parked_at: *at,
        reason: reason.clone(),
    })
}

fn take_parked(state: &mut State, job: JobId) -> Result<JobEntry, StoreError> {
    let position = state.job_positions.get(&job).copied();
    let parked = position.filter(|position| {
        state.jobs.get(position).is_some_and(|entry| matches!(entry.standing, JobStanding::Parked { .. }))
    });
    let entry = parked.and_then(|position| state.jobs.remove(&position));
    let entry = entry.ok_or(StoreError::NotParked { job })?;
    state.job_positions.remove(&job);
    Ok(entry)
}
