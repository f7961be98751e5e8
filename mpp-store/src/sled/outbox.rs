//! The outbox: looking for jobs, and the port.

use std::collections::{BTreeMap, HashSet};

use ::sled::Tree;
use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};

use crate::{
    Claim, Cursor, LeasedJob, MAX_PAGE, Outbox, Page, ParkedJob, QueueBacklog, QueueName, StoreError,
};

use super::database::Database;
use super::draft::pointed_to;
use super::keys::{self, Key};
use super::rows::JobRow;
use super::{SledStore, damaged, from_sled, jobs};

#[async_trait]
impl Outbox for SledStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        // Idle workers ask often: they look first and wait for the disk only when there is work.
        let look = claim.clone();
        let found = Database::read(&self.database, move |stored| leasable(stored, &look, 1)).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        Database::write(&self.database, move |draft| jobs::lease(draft, &claim)).await
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        let (token, until) = (job.token, now.plus(lease_for));
        Database::write(&self.database, move |draft| jobs::heartbeat(draft, token, until)).await
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        let after = after.as_ref().map(Cursor::position).transpose()?;
        let (queue, limit) = (queue.cloned(), limit.clamp(1, MAX_PAGE));
        Database::read(&self.database, move |stored| parked(stored, queue.as_ref(), after, limit)).await
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        Database::write(&self.database, move |draft| jobs::replay(draft, job, now)).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        Database::write(&self.database, move |draft| jobs::discard(draft, job)).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        Database::read(&self.database, move |stored| backlog(stored, now)).await
    }
}

/// The jobs that may be handed out: in the order of the claim's queues, then those that have been ready longest.
pub(super) fn leasable(stored: &Tree, claim: &Claim, limit: u32) -> Result<Vec<JobRow>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if claim.queues.is_empty() {
        let mut found = Vec::new();
        for queue in queues(stored)? {
            found.extend(leasable_of(stored, &queue, claim.now, limit)?);
        }
        found.sort_by_key(|row| (row.ready_at, row.position));
        found.truncate(limit);
        return Ok(found);
    }
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for queue in claim.queues.iter().filter(|queue| seen.insert(*queue)) {
        let left = limit.saturating_sub(found.len());
        found.extend(leasable_of(stored, queue, claim.now, left)?);
    }
    Ok(found)
}

/// The queues that have jobs which are not parked. Looks at one job of each.
fn queues(stored: &Tree) -> Result<Vec<QueueName>, StoreError> {
    let all = keys::ready_jobs();
    let (mut from, end) = (all.bytes().to_vec(), all.behind());
    let mut queues = Vec::new();
    while let Some(entry) = stored.range(from..end.clone()).next() {
        let (_, target) = entry.map_err(from_sled)?;
        let queue = JobRow::read(&target, &pointed_to(stored, &target)?)?.queue;
        from = keys::ready_jobs_of(&queue).behind();
        queues.push(queue);
    }
    Ok(queues)
}

fn leasable_of(
    stored: &Tree,
    queue: &QueueName,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<JobRow>, StoreError> {
    let of_queue = keys::ready_jobs_of(queue);
    let mut found = Vec::new();
    for entry in stored.range(of_queue.bytes()..of_queue.behind().as_slice()) {
        if found.len() >= limit {
            break;
        }
        let (key, target) = entry.map_err(from_sled)?;
        let (ready_at, _) = keys::last_instant_and_number(&key).ok_or_else(|| damaged("index"))?;
        if ready_at > now {
            break;
        }
        let row = JobRow::read(&target, &pointed_to(stored, &target)?)?;
        if is_first(stored, &row)? {
            found.push(row);
        }
    }
    Ok(found)
}

/// Whether no earlier job of the order is unfinished.
fn is_first(stored: &Tree, row: &JobRow) -> Result<bool, StoreError> {
    let Some(order_key) = &row.order_key else { return Ok(true) };
    let order = keys::ordered_jobs(&row.queue, order_key);
    let first = stored.scan_prefix(order.bytes()).next().transpose().map_err(from_sled)?;
    let (first, _) = first.ok_or_else(|| damaged("index"))?;
    Ok(keys::last_number(&first) == Some(row.position))
}

fn parked(
    stored: &Tree,
    queue: Option<&QueueName>,
    after: Option<u64>,
    limit: u32,
) -> Result<Page<ParkedJob>, StoreError> {
    let all = keys::parked_jobs();
    let from = after.map_or_else(|| all.clone(), |after| all.clone().number(after.saturating_add(1)));
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut rows = Vec::new();
    for entry in stored.range(from.bytes()..all.behind().as_slice()) {
        if rows.len() >= wanted {
            break;
        }
        let (_, target) = entry.map_err(from_sled)?;
        let row = JobRow::read(&target, &pointed_to(stored, &target)?)?;
        if queue.is_none_or(|queue| *queue == row.queue) {
            rows.push(row);
        }
    }
    let page = Page::from_rows(rows, limit, |row| Cursor::at_position(row.position));
    page.try_map(|row| row.parked().ok_or_else(|| damaged("parked_at")))
}

fn backlog(stored: &Tree, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
    let mut queues: BTreeMap<QueueName, QueueBacklog> = BTreeMap::new();
    let all: Key = keys::jobs();
    for entry in stored.scan_prefix(all.bytes()) {
        let (key, sealed) = entry.map_err(from_sled)?;
        count(&mut queues, &JobRow::read(&key, &sealed)?, now);
    }
    Ok(queues.into_values().collect())
}

fn count(queues: &mut BTreeMap<QueueName, QueueBacklog>, row: &JobRow, now: Timestamp) {
    let queue = queues.entry(row.queue.clone()).or_insert_with(|| QueueBacklog {
        queue: row.queue.clone(),
        waiting: 0,
        leased: 0,
        parked: 0,
        next_at: None,
    });
    if row.parked_at.is_some() {
        queue.parked = queue.parked.saturating_add(1);
        return;
    }
    let standing =
        if row.worker.is_some() && row.ready_at > now { &mut queue.leased } else { &mut queue.waiting };
    *standing = standing.saturating_add(1);
    queue.next_at = Some(queue.next_at.map_or(row.ready_at, |next_at| next_at.min(row.ready_at)));
}
