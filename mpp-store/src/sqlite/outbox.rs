//! Handing out jobs.

use async_trait::async_trait;
use mpp_core::{JobId, Span, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use sqlx::query::QueryAs;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Sqlite};

use crate::job::JOB_KIND;
use crate::{
    Claim, Cursor, Inconsistency, LeaseToken, LeasedJob, MAX_PAGE, OrderKey, Outbox, Page, ParkedJob,
    Payload, QueueBacklog, QueueName, Reason, RecordKey, StoreError,
};

use super::commit::{Counter, execute};
use super::{SqliteStore, jobs, rows, unavailable};

/// seq, id, queue, order_key, payload, attempt, due_at, lease
type TakenRow = (i64, String, String, Option<String>, String, i64, i64, i64);

/// seq, id, queue, order_key, payload, attempt, parked_at, reason
type ParkedRow = (i64, String, String, Option<String>, String, i64, i64, Option<String>);

#[async_trait]
impl Outbox for SqliteStore {
    async fn lease(&self, claim: Claim) -> Result<Vec<LeasedJob>, StoreError> {
        let queues = match claim.queues.as_slice() {
            [] => self.busy_queues().await?,
            named => named.to_vec(),
        };
        // Idle workers ask often: they look first and take the write lock only when there is work.
        let look = leasable(&claim, &queues, 1);
        let looked: Option<(i64,)> = self.readers.row(look.query()).await?;
        if looked.is_none() {
            return Ok(Vec::new());
        }
        let leased_until = claim.now.plus(claim.lease_for);
        let free = leasable(&claim, &queues, claim.limit.clamp(1, MAX_PAGE));
        let worker = claim.worker.as_str().to_owned();
        let taken = self.writer.run(move |writer| take(writer, free, worker, leased_until)).await?;
        let jobs = taken.into_iter().map(|row| Ok((row.0, leased(row, leased_until)?)));
        let mut jobs = jobs.collect::<Result<Vec<_>, StoreError>>()?;
        // SQLite gives changed rows back in no particular order
        jobs.sort_by_key(|(seq, job)| (claim.rank_of(&job.queue), job.due_at, *seq));
        Ok(jobs.into_iter().map(|(_, job)| job).collect())
    }

    async fn heartbeat(&self, job: &LeasedJob, now: Timestamp, lease_for: Span) -> Result<(), StoreError> {
        let (lease, until) = (job.token, now.plus(lease_for).as_unix_millis());
        let beat = move |writer: &Connection| {
            let sql = "UPDATE job SET ready_at = ? WHERE id = ? AND lease = ? AND worker IS NOT NULL";
            let (id, number) = jobs::held(lease);
            jobs::one_held(lease, execute(writer, sql, params![until, id, number])?)
        };
        self.writer.run(beat).await
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
        self.writer.run(move |writer| replay(writer, job, now)).await
    }

    async fn discard(&self, job: JobId) -> Result<(), StoreError> {
        let discard = move |writer: &Connection| {
            let sql = "DELETE FROM job WHERE id = ? AND parked_at IS NOT NULL";
            match execute(writer, sql, [job.to_string()])? {
                0 => Err(StoreError::NotParked { job }),
                _ => Ok(()),
            }
        };
        self.writer.run(discard).await
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

    async fn backlog_up_to(&self, now: Timestamp, most: u64) -> Result<Vec<QueueBacklog>, StoreError> {
        let query = sqlx::query_as(BOUNDED_BACKLOG).bind(now.as_unix_millis());
        // as many as a sum of both can be
        let counted = i64::from(u32::try_from(most).unwrap_or(u32::MAX));
        let rows: Vec<BoundedRow> = self.readers.rows(query.bind(counted).bind(LOOKED_AT_FOR_HANDS)).await?;
        rows.into_iter().map(|row| bounded(row, most)).collect()
    }
}

impl SqliteStore {
    /// The queues that hold jobs which are not parked, found by as many steps through their index.
    async fn busy_queues(&self) -> Result<Vec<QueueName>, StoreError> {
        let sql = "WITH RECURSIVE busy (queue) AS (
                       SELECT min(queue) FROM job WHERE parked_at IS NULL
                       UNION ALL
                       SELECT (SELECT min(j.queue) FROM job j WHERE j.parked_at IS NULL AND j.queue > busy.queue)
                       FROM busy WHERE queue IS NOT NULL)
                   SELECT queue FROM busy WHERE queue IS NOT NULL";
        let found: Vec<(String,)> = self.readers.rows(sqlx::query_as(sql)).await?;
        Ok(found.into_iter().map(|(queue,)| QueueName::from_text(queue)).collect())
    }
}

/// A query under construction, for whichever connection asks it. Its text consists of constants; values are bound.
#[derive(Default)]
struct Question {
    sql: String,
    values: Vec<Value>,
}

impl Question {
    fn push(&mut self, sql: &'static str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.sql.push('?');
        self.values.push(value.into());
        self
    }

    fn query<T: Send + Unpin + for<'r> sqlx::FromRow<'r, SqliteRow>>(
        self,
    ) -> QueryAs<'static, Sqlite, T, SqliteArguments> {
        let query = sqlx::query_as(AssertSqlSafe(self.sql));
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Integer(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
            // nothing else is asked for
            Value::Null | Value::Real(_) | Value::Blob(_) => query.bind(None::<i64>),
        })
    }
}

/// The places of the jobs that may be handed out: of each queue those that have been ready longest, found by the index of
/// the queue however long the others are.
fn leasable(claim: &Claim, queues: &[QueueName], limit: u32) -> Question {
    let mut question = Question::default();
    question.push("SELECT seq FROM (SELECT NULL AS rank, NULL AS ready_at, NULL AS seq WHERE 0");
    for queue in queues {
        let rank = claim.rank_of(queue).and_then(|rank| i64::try_from(rank).ok()).unwrap_or(i64::MAX);
        question.push(" UNION ALL SELECT * FROM (SELECT ").bind(rank).push(", ready_at, seq FROM job j");
        question.push(" WHERE parked_at IS NULL AND ready_at <= ").bind(claim.now.as_unix_millis());
        question.push(" AND queue = ").bind(queue.as_str().to_owned());
        question.push(
            " AND (order_key IS NULL OR NOT EXISTS (
                  SELECT 1 FROM job e
                  WHERE e.queue = j.queue AND e.order_key = j.order_key AND e.seq < j.seq AND e.parked_at IS NULL))
              ORDER BY ready_at, seq LIMIT ",
        );
        question.bind(i64::from(limit)).push(")");
    }
    question.push(") ORDER BY rank, ready_at, seq LIMIT ").bind(i64::from(limit));
    question
}

/// Gives the jobs a question finds to a worker.
fn take(
    writer: &Connection,
    free: Question,
    worker: String,
    leased_until: Timestamp,
) -> Result<Vec<TakenRow>, StoreError> {
    let mut take = Question::default();
    take.push("UPDATE job SET lease = lease + 1, attempt = attempt + 1, worker = ").bind(worker);
    take.push(", ready_at = ").bind(leased_until.as_unix_millis()).push(" WHERE seq IN (");
    take.sql.push_str(&free.sql);
    take.values.extend(free.values);
    take.push(") RETURNING seq, id, queue, order_key, payload, attempt, due_at, lease");
    let mut statement = writer.prepare_cached(&take.sql).map_err(unavailable)?;
    let taken = statement.query_map(params_from_iter(take.values), |row| {
        let (seq, id, queue, order_key) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((seq, id, queue, order_key, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
    });
    taken.and_then(Iterator::collect).map_err(unavailable)
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

/// Puts a parked job at the end of its order, in one transaction that is undone when the connection is given up.
fn replay(writer: &Connection, job: JobId, now: Timestamp) -> Result<(), StoreError> {
    execute(writer, "BEGIN IMMEDIATE", [])?;
    let mut counter = Counter::read(writer)?;
    let sql = "UPDATE job SET seq = ?1, due_at = ?2, ready_at = ?2, attempt = 0, parked_at = NULL
               WHERE id = ?3 AND parked_at IS NOT NULL";
    if execute(writer, sql, params![counter.job(), now.as_unix_millis(), job.to_string()])? == 0 {
        execute(writer, "ROLLBACK", [])?;
        return Err(StoreError::NotParked { job });
    }
    counter.write(writer)?;
    execute(writer, "COMMIT", []).map(drop)
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
            WHERE parked_at IS NULL AND queue = q.queue LIMIT ?2 + ?3)),
        (SELECT count(worker) FROM (SELECT worker FROM job
            WHERE parked_at IS NULL AND queue = q.queue AND ready_at > ?1 ORDER BY ready_at LIMIT ?3)),
        (SELECT count(*) FROM (SELECT 1 FROM job
            WHERE parked_at IS NOT NULL AND queue = q.queue LIMIT ?2)),
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
