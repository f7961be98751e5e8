//! Handing out jobs.

use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};
use tokio::sync::Notify;

use crate::job::JOB_KIND;
use crate::{
    Claim, Cursor, Inconsistency, LeaseToken, LeasedJob, MAX_PAGE, OrderKey, Outbox, Page, ParkedJob,
    Payload, QueueBacklog, QueueName, Reason, RecordKey, StoreError,
};

use super::{PostgresStore, is_storable, rows};

/// seq, id, queue, order_key, payload, attempt, due_at, lease
type TakenRow = (i64, String, String, Option<String>, String, i64, i64, i64);

/// seq, id, queue, order_key, payload, attempt, parked_at, reason
type ParkedRow = (i64, String, String, Option<String>, String, i64, i64, Option<String>);

#[async_trait]
impl Outbox for PostgresStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        let queues: Vec<&str> =
            claim.queues.iter().map(QueueName::as_str).filter(|name| is_storable(name)).collect();
        if queues.len() < claim.queues.len() && queues.is_empty() {
            return Ok(Vec::new());
        }
        let leased_until = claim.now.plus(claim.lease_for);
        let limit = i64::from(claim.limit.clamp(1, MAX_PAGE));
        let worker = claim.worker.as_str().replace('\0', "\u{fffd}");
        let sql = "SELECT seq, id, queue, order_key, payload, attempt, due_at, lease
                   FROM lease_jobs($1, $2, $3, $4, $5)";
        // Asked again after a cut, at worst some jobs are in nobody's hands until their lease runs out.
        let query = || {
            let query = sqlx::query_as(sql).bind(&queues[..]).bind(limit).bind(&*worker);
            query.bind(claim.now.as_unix_millis()).bind(leased_until.as_unix_millis())
        };
        let taken = self.connections.rows::<TakenRow>(query).await?;
        let jobs = taken.into_iter().map(|row| Ok((row.0, leased(row, leased_until)?)));
        let mut jobs = jobs.collect::<Result<Vec<_>, StoreError>>()?;
        // changed rows come back in no particular order
        jobs.sort_by_key(|(seq, job)| (claim.rank_of(&job.queue), job.due_at, *seq));
        Ok(jobs.into_iter().map(|(_, job)| job).collect())
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        let sql = "UPDATE job SET ready_at = $1 WHERE id = $2 AND lease = $3 AND worker IS NOT NULL
                   RETURNING lease";
        let token = job.token;
        let query = || {
            let query = sqlx::query_as(sql).bind(now.plus(lease_for).as_unix_millis());
            query.bind(token.job.to_string()).bind(rows::signed(token.number))
        };
        let kept: Vec<(i64,)> = self.connections.rows(query).await?;
        if kept.is_empty() { Err(StoreError::LeaseLost { job: token.job }) } else { Ok(()) }
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        let after = after.as_ref().map(Cursor::position).transpose()?.unwrap_or(0);
        let limit = limit.clamp(1, MAX_PAGE);
        if queue.is_some_and(|queue| !is_storable(queue.as_str())) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let sql = "SELECT seq, id, queue, order_key, payload, attempt, parked_at, reason FROM job
                   WHERE parked_at IS NOT NULL AND seq > $1 AND ($2::text IS NULL OR queue = $2)
                   ORDER BY seq LIMIT $3";
        let query = || {
            let query = sqlx::query_as(sql).bind(rows::signed(after)).bind(queue.map(QueueName::as_str));
            query.bind(i64::from(limit).saturating_add(1))
        };
        let found = self.connections.rows::<ParkedRow>(query).await?;
        let jobs = found.into_iter().map(parked).collect::<Result<_, _>>()?;
        let page = Page::from_rows(jobs, limit, |(position, _)| Cursor::at_position(*position));
        page.try_map(|(_, job)| Ok(job))
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        let query = sqlx::query_as("SELECT replay_job($1, $2)");
        self.was_parked(job, query.bind(job.to_string()).bind(now.as_unix_millis())).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        let query = sqlx::query_as("DELETE FROM job WHERE id = $1 AND parked_at IS NOT NULL RETURNING true");
        self.was_parked(job, query.bind(job.to_string())).await
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        let sql = "SELECT queue,
                          count(*) FILTER (WHERE parked_at IS NULL AND (worker IS NULL OR ready_at <= $1)),
                          count(*) FILTER (WHERE parked_at IS NULL AND worker IS NOT NULL AND ready_at > $1),
                          count(*) FILTER (WHERE parked_at IS NOT NULL),
                          min(ready_at) FILTER (WHERE parked_at IS NULL)
                   FROM job GROUP BY queue ORDER BY queue";
        let rows: Vec<(String, i64, i64, i64, Option<i64>)> =
            self.connections.rows(|| sqlx::query_as(sql).bind(now.as_unix_millis())).await?;
        rows.into_iter().map(backlog).collect()
    }

    async fn backlog_up_to(&self, now: Timestamp, most: u64) -> Result<Vec<QueueBacklog>, StoreError> {
        // as many as a sum of both can be
        let counted = i64::from(u32::try_from(most).unwrap_or(u32::MAX));
        let query = || {
            let query = sqlx::query_as(BOUNDED_BACKLOG).bind(now.as_unix_millis());
            query.bind(counted).bind(LOOKED_AT_FOR_HANDS)
        };
        let rows: Vec<BoundedRow> = self.connections.rows(query).await?;
        rows.into_iter().map(|row| bounded(row, most)).collect()
    }

    fn arrivals(&self) -> Option<Arc<Notify>> {
        Some(self.arrivals.bell())
    }
}

impl PostgresStore {
    /// Runs a change of a parked job that says whether there was one. It is not repeated: the second time there would be
    /// none.
    async fn was_parked(
        &self,
        job: JobId,
        query: sqlx::query::QueryAs<'_, sqlx::Postgres, (bool,), sqlx::postgres::PgArguments>,
    ) -> Result<(), StoreError> {
        let done = self.connections.rows_once(query).await.map_err(super::unavailable)?;
        if done.first().is_some_and(|(done,)| *done) { Ok(()) } else { Err(StoreError::NotParked { job }) }
    }
}

fn leased(row: TakenRow, leased_until: Timestamp) -> Result<LeasedJob, StoreError> {
    let (_, id, queue, order_key, payload, attempt, due_at, lease) = row;
    let build = || -> Result<LeasedJob, Inconsistency> {
        Ok(LeasedJob {
            token: LeaseToken { job: rows::id("id", &id)?, number: rows::unsigned("lease", lease)? },
            queue: QueueName::from_text(queue),
            order_key: order_key.map(OrderKey::new),
            payload: Payload::from_json_text(payload),
            attempt: rows::small("attempt", attempt)?,
            due_at: rows::instant("due_at", due_at)?,
            leased_until,
        })
    };
    build().map_err(|cause| inconsistent(&id, cause))
}

fn parked(row: ParkedRow) -> Result<(u64, ParkedJob), StoreError> {
    let (seq, id, queue, order_key, payload, attempt, parked_at, reason) = row;
    let build = || -> Result<(u64, ParkedJob), Inconsistency> {
        let job = ParkedJob {
            id: rows::id("id", &id)?,
            queue: QueueName::from_text(queue),
            order_key: order_key.map(OrderKey::new),
            payload: Payload::from_json_text(payload),
            attempt: rows::small("attempt", attempt)?,
            parked_at: rows::instant("parked_at", parked_at)?,
            reason: Reason::new(reason.unwrap_or_default()),
        };
        Ok((rows::unsigned("seq", seq)?, job))
    };
    build().map_err(|cause| inconsistent(&id, cause))
}

/// queue, jobs that are not parked, of these in hand, parked, next ready at
type BoundedRow = (String, i64, i64, i64, Option<i64>);

/// How many jobs of a queue, those that come free next, are looked at for jobs in hand.
const LOOKED_AT_FOR_HANDS: i64 = 1_000;

/// The queues by steps through the indexes; each number within its bounds.
const BOUNDED_BACKLOG: &str = "WITH RECURSIVE free (queue) AS (
        SELECT min(queue) FROM job WHERE parked_at IS NULL
        UNION ALL
        SELECT (SELECT min(j.queue) FROM job j WHERE j.parked_at IS NULL AND j.queue > free.queue)
        FROM free WHERE queue IS NOT NULL),
    stuck (queue) AS (
        SELECT min(queue) FROM job WHERE parked_at IS NOT NULL
        UNION ALL
        SELECT (SELECT min(j.queue) FROM job j WHERE j.parked_at IS NOT NULL AND j.queue > stuck.queue)
        FROM stuck WHERE queue IS NOT NULL)
    SELECT q.queue,
        (SELECT count(*) FROM (SELECT 1 FROM job
            WHERE parked_at IS NULL AND queue = q.queue LIMIT $2 + $3) o),
        (SELECT count(worker) FROM (SELECT worker FROM job
            WHERE parked_at IS NULL AND queue = q.queue AND ready_at > $1 ORDER BY ready_at LIMIT $3) h),
        (SELECT count(*) FROM (SELECT 1 FROM job
            WHERE parked_at IS NOT NULL AND queue = q.queue LIMIT $2) p),
        (SELECT min(ready_at) FROM job WHERE parked_at IS NULL AND queue = q.queue)
    FROM (SELECT queue FROM free UNION SELECT queue FROM stuck) q WHERE q.queue IS NOT NULL ORDER BY q.queue";

/// A backlog of which each number was counted within its bounds.
fn bounded(row: BoundedRow, most: u64) -> Result<QueueBacklog, StoreError> {
    let (queue, open, leased, parked, next_at) = row;
    Ok(backlog((queue, open.saturating_sub(leased), leased, parked, next_at))?.up_to(most))
}

fn backlog(row: (String, i64, i64, i64, Option<i64>)) -> Result<QueueBacklog, StoreError> {
    let (queue, waiting, leased, parked, next_at) = row;
    let next_at = next_at.map(|millis| rows::instant("ready_at", millis)).transpose();
    Ok(QueueBacklog {
        next_at: next_at.map_err(|cause| inconsistent(&queue, cause))?,
        queue: QueueName::from_text(queue),
        waiting: waiting.unsigned_abs(),
        leased: leased.unsigned_abs(),
        parked: parked.unsigned_abs(),
    })
}

fn inconsistent(key: &str, cause: Inconsistency) -> StoreError {
    StoreError::Inconsistent { kind: JOB_KIND, key: RecordKey::from(key), cause }
}
