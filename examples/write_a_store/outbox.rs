//! Handing out jobs.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use mpp::core::{JobId, Span, Timestamp};
use mpp::store::{
    Claim, Cursor, LeaseToken, LeasedJob, MAX_PAGE, OrderKey, Outbox, Page, ParkedJob, Payload, QueueBacklog,
    QueueName, Reason, StoreError,
};

use super::rows::{JobRow, Standing};
use super::state::State;
use super::store::JournalStore;

#[async_trait]
impl Outbox for JournalStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        let until = claim.now.plus(claim.lease_for);
        self.write(move |transaction| {
            let mut leased = Vec::new();
            for (id, row) in leasable(transaction.state, &claim) {
                // The fencing number grows with every change of hands: it makes earlier tokens worthless.
                let row = JobRow {
                    lease_number: row.lease_number.saturating_add(1),
                    attempt: row.attempt.saturating_add(1),
                    standing: Standing::Leased { until },
                    ..row
                };
                leased.push(leased_job(id, &row, until));
                transaction.put_job(id, row);
            }
            Ok(leased)
        })
        .await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        let token = job.token;
        self.write(move |transaction| {
            let row = transaction.held(token)?;
            let standing = Standing::Leased { until: now.plus(lease_for) };
            transaction.put_job(token.job, JobRow { standing, ..row });
            Ok(())
        })
        .await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        let after = after.as_ref().map(Cursor::position).transpose()?.unwrap_or(0);
        let (queue, limit) = (queue.cloned(), limit.clamp(1, MAX_PAGE));
        self.read(move |state| {
            let jobs = state.job_order.range(after.saturating_add(1)..);
            let jobs = jobs.filter_map(|(position, id)| Some((*position, *id, state.jobs.get(id)?)));
            let wanted =
                jobs.filter(|(.., row)| queue.as_ref().is_none_or(|queue| queue.as_str() == row.queue));
            let parked = wanted.filter_map(|(position, id, row)| Some((position, parked_job(id, row)?)));
            let rows = parked.take(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1)).collect();
            Page::from_rows(rows, limit, |(position, _)| Cursor::at_position(*position))
                .try_map(|(_, job)| Ok(job))
        })
        .await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let row = transaction.parked(job)?;
            transaction.requeue(job, row, now);
            Ok(())
        })
        .await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.parked(job)?;
            transaction.discard(job);
            Ok(())
        })
        .await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        self.read(move |state| {
            let mut queues: BTreeMap<&str, QueueBacklog> = BTreeMap::new();
            for row in state.jobs.values() {
                let queue = queues.entry(&row.queue).or_insert_with(|| empty(&row.queue));
                let number = match row.standing {
                    Standing::Parked { .. } => &mut queue.parked,
                    Standing::Leased { until } if until > now => &mut queue.leased,
                    Standing::Leased { .. } | Standing::Waiting => &mut queue.waiting,
                };
                *number = number.saturating_add(1);
                queue.next_at = [queue.next_at, row.ready_at()].into_iter().flatten().min();
            }
            Ok(queues.into_values().collect())
        })
        .await
    }
}

/// The jobs that may be handed out: those that have been ready longest are chosen, and come in the order they were due.
fn leasable(state: &State, claim: &Claim) -> Vec<(JobId, JobRow)> {
    let mut held_back = HashSet::new();
    let mut ready = Vec::new();
    for (id, row) in state.job_order.values().filter_map(|id| Some((id, state.jobs.get(id)?))) {
        // A parked job holds nothing back; any other one holds back what comes after it in its order.
        let Some(ready_at) = row.ready_at() else { continue };
        let first = row.order_key.as_ref().is_none_or(|key| held_back.insert((&row.queue, key)));
        let Some(rank) = claim.rank_of(&QueueName::from_text(row.queue.clone())) else { continue };
        if first && ready_at <= claim.now {
            ready.push((rank, ready_at, row.position, *id, row));
        }
    }
    ready.sort_by_key(|(rank, ready_at, position, ..)| (*rank, *ready_at, *position));
    ready.truncate(usize::try_from(claim.limit.clamp(1, MAX_PAGE)).unwrap_or(usize::MAX));
    ready.sort_by_key(|(rank, _, position, _, row)| (*rank, row.due_at, *position));
    ready.into_iter().map(|(.., id, row)| (id, row.clone())).collect()
}

fn leased_job(id: JobId, row: &JobRow, leased_until: Timestamp) -> LeasedJob {
    LeasedJob {
        token: LeaseToken { job: id, number: row.lease_number },
        queue: QueueName::from_text(row.queue.clone()),
        order_key: row.order_key.as_ref().map(OrderKey::new),
        payload: Payload::from_json_text(row.payload.clone()),
        attempt: row.attempt,
        due_at: row.due_at,
        leased_until,
    }
}

fn parked_job(id: JobId, row: &JobRow) -> Option<ParkedJob> {
    let Standing::Parked { at, reason } = &row.standing else { return None };
    Some(ParkedJob {
        id,
        queue: QueueName::from_text(row.queue.clone()),
        order_key: row.order_key.as_ref().map(OrderKey::new),
        payload: Payload::from_json_text(row.payload.clone()),
        attempt: row.attempt,
        parked_at: *at,
        reason: Reason::new(reason),
    })
}

fn empty(queue: &str) -> QueueBacklog {
    let queue = QueueName::from_text(queue.to_owned());
    QueueBacklog { queue, waiting: 0, leased: 0, parked: 0, next_at: None }
}
