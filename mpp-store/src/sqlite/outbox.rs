//! Handing out jobs.

use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};
use sqlx::{Connection, QueryBuilder, Sqlite, SqliteConnection};

use crate::job::JOB_KIND;
use crate::{
    Claim, Cursor, Inconsistency, LeaseToken, LeasedJob, MAX_PAGE, OrderKey, Outbox, Page, ParkedJob,
    Payload, QueueBacklog, QueueName, Reason, RecordKey, StoreError,
};

use super::connections::settle;
use super::{SqliteStore, jobs, rows, unavailable};

/// seq, id, queue, order_key, payload, attempt, due_at, lease
type TakenRow = (i64, String, String, Option<String>, String, i64, i64, i64);

/// seq, id, queue, order_key, payload, attempt, parked_at, reason
type ParkedRow = (i64, String, String, Option<String>, String, i64, i64, Option<String>);

/// queue, order_key, payload, lease, reason
type ReplayRow = (String, Option<String>, String, i64, Option<String>);

#[async_trait]
impl Outbox for SqliteStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        // Idle workers ask often: they look first and take the write lock only when there is work.
        let mut look = QueryBuilder::new("");
        leasable(&mut look, &claim, 1);
        let looked: Option<(i64,)> = self.readers.row(look.build_query_as()).await?;
        if looked.is_none() {
            return Ok(Vec::new());
        }
        let leased_until = claim.now.plus(claim.lease_for);
        let mut take =
            QueryBuilder::new("UPDATE job SET lease = lease + 1, attempt = attempt + 1, worker = ");
        take.push_bind(claim.worker.as_str()).push(", ready_at = ").push_bind(leased_until.as_unix_millis());
        take.push(" WHERE seq IN (");
        leasable(&mut take, &claim, claim.limit.clamp(1, MAX_PAGE));
        take.push(") RETURNING seq, id, queue, order_key, payload, attempt, due_at, lease");
        let taken: Vec<TakenRow> = self.writer.rows(take.build_query_as()).await?;
        let jobs = taken.into_iter().map(|row| Ok((row.0, leased(row, leased_until)?)));
        let mut jobs = jobs.collect::<Result<Vec<_>, StoreError>>()?;
        // SQLite gives changed rows back in no particular order
        jobs.sort_by_key(|(seq, job)| (claim.rank_of(&job.queue), job.due_at, *seq));
        Ok(jobs.into_iter().map(|(_, job)| job).collect())
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        let sql = "UPDATE job SET ready_at = ? WHERE id = ? AND lease = ? AND worker IS NOT NULL";
        let query = sqlx::query(sql).bind(now.plus(lease_for).as_unix_millis());
        let query = query.bind(job.token.job.to_string()).bind(rows::signed(job.token.number));
        jobs::one_held(job.token, &self.writer.execute(query).await?)
    }

    async fn parked(
        &self,
        queue: Option<&QueueName>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ParkedJob>, StoreError> {
        let after = after.as_ref().map(Cursor::position).transpose()?.unwrap_or(0);
        let limit = limit.clamp(1, MAX_PAGE);
        let query = sqlx::query_as(
            "SELECT seq, id, queue, order_key, payload, attempt, parked_at, reason FROM job
             WHERE parked_at IS NOT NULL AND seq > ?1 AND (?2 IS NULL OR queue = ?2) ORDER BY seq LIMIT ?3",
        );
        let query = query.bind(rows::signed(after)).bind(queue.map(QueueName::as_str));
        let query = query.bind(i64::from(limit).saturating_add(1));
        let found: Vec<ParkedRow> = self.readers.rows(query).await?;
        let jobs = found.into_iter().map(parked).collect::<Result<_, _>>()?;
        let page = Page::from_rows(jobs, limit, |(position, _)| Cursor::at_position(*position));
        page.try_map(|(_, job)| Ok(job))
    }

    async fn replay(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        let mut connection = self.writer.lend().await.map_err(unavailable)?;
        let replayed = replay(&mut connection, job, now).await;
        settle(connection, replayed).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM job WHERE id = ? AND parked_at IS NOT NULL");
        let done = self.writer.execute(query.bind(job.to_string())).await?;
        if done.rows_affected() == 0 { Err(StoreError::NotParked { job }) } else { Ok(()) }
    }

    async fn backlog(&self, now: Timestamp) -> Result<Vec<QueueBacklog>, StoreError> {
        let query = sqlx::query_as(
            "SELECT queue,
                    count(*) FILTER (WHERE parked_at IS NULL AND (worker IS NULL OR ready_at <= ?1)),
                    count(*) FILTER (WHERE parked_at IS NULL AND worker IS NOT NULL AND ready_at > ?1),
                    count(*) FILTER (WHERE parked_at IS NOT NULL),
                    min(ready_at) FILTER (WHERE parked_at IS NULL)
             FROM job GROUP BY queue ORDER BY queue",
        );
        let rows: Vec<(String, i64, i64, i64, Option<i64>)> =
            self.readers.rows(query.bind(now.as_unix_millis())).await?;
        rows.into_iter().map(backlog).collect()
    }
}

/// The places of the jobs that may be handed out: of each queue those that have been ready longest, found by the index of
/// the queue however long the others are.
fn leasable(query: &mut QueryBuilder<Sqlite>, claim: &Claim, limit: u32) {
    query.push("SELECT seq FROM (");
    if claim.queues.is_empty() {
        leasable_of(query, claim, limit, 0, None);
    }
    for (rank, queue) in (0_i64..).zip(&claim.queues) {
        query.push(if rank == 0 { "" } else { " UNION ALL " });
        leasable_of(query, claim, limit, rank, Some(queue));
    }
    query.push(") ORDER BY rank, ready_at, seq LIMIT ").push_bind(limit);
}

fn leasable_of(
    query: &mut QueryBuilder<Sqlite>,
    claim: &Claim,
    limit: u32,
    rank: i64,
    queue: Option<&QueueName>,
) {
    query.push("SELECT * FROM (SELECT ").push_bind(rank).push(" AS rank, ready_at, seq FROM job j");
    query.push(" WHERE parked_at IS NULL AND ready_at <= ").push_bind(claim.now.as_unix_millis());
    if let Some(queue) = queue {
        query.push(" AND queue = ").push_bind(queue.as_str());
    }
    query.push(
        " AND (order_key IS NULL OR NOT EXISTS (
              SELECT 1 FROM job e
              WHERE e.queue = j.queue AND e.order_key = j.order_key AND e.seq < j.seq AND e.parked_at IS NULL))
          ORDER BY ready_at, seq LIMIT ",
    );
    query.push_bind(limit).push(")");
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

/// Makes a new row, because the place in the order is the row's number and AUTOINCREMENT gives the next one.
async fn replay(connection: &mut SqliteConnection, job: JobId, now: Timestamp) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
    let query = sqlx::query_as(
        "DELETE FROM job WHERE id = ? AND parked_at IS NOT NULL
         RETURNING queue, order_key, payload, lease, reason",
    );
    let row: Option<ReplayRow> =
        query.bind(job.to_string()).fetch_optional(&mut *transaction).await.map_err(unavailable)?;
    let (queue, order_key, payload, lease, reason) = row.ok_or(StoreError::NotParked { job })?;
    let query = sqlx::query(
        "INSERT INTO job (id, queue, order_key, payload, due_at, ready_at, lease, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)",
    );
    let query = query.bind(job.to_string()).bind(queue).bind(order_key).bind(payload);
    let query = query.bind(now.as_unix_millis()).bind(lease).bind(reason);
    query.execute(&mut *transaction).await.map_err(unavailable)?;
    transaction.commit().await.map_err(unavailable)
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
