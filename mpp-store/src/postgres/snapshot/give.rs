//! Filling an empty database.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Executor, PgConnection, Postgres};

use crate::record::Uniqueness;
use crate::snapshot::{
    SnapshotCounters, SnapshotEntry, SnapshotError, SnapshotJob, SnapshotReceiver, SnapshotRecord,
};
use crate::{OrderKey, StoreError, Unencodable, UsageEntry, WorkerName};

use super::super::connections::rows;
use super::super::{is_storable, rows as numbers, unavailable};
use super::TOGETHER;

/// In a transaction that is undone when this fails.
pub(super) async fn restore(
    connection: &mut PgConnection,
    from: &mut SnapshotReceiver,
) -> Result<(), SnapshotError> {
    // nobody commits until all is here
    let counter = sqlx::query_as("SELECT value FROM commit_counter FOR UPDATE");
    let found: Vec<(i64,)> = rows(connection, counter).await.map_err(unavailable)?;
    if found != [(0,)] {
        return Err(SnapshotError::NotEmpty);
    }
    let mut together = Together::default();
    while let Some(entry) = from.next().await? {
        match entry {
            SnapshotEntry::Counters(counters) => {
                together.next_leaf = numbers::signed(counters.first_leaf);
                put_counters(connection, counters).await?;
            }
            SnapshotEntry::Record(record) => together.records.push(record),
            SnapshotEntry::Job(job) => together.jobs.push(job),
            SnapshotEntry::Leaf(leaf) => together.leaves.push(leaf.bytes().to_vec()),
            SnapshotEntry::Usage(entry) => together.uses.push(entry),
        }
        if together.len() >= TOGETHER {
            together.write(connection).await?;
        }
    }
    together.write(connection).await?;
    let lanes = "INSERT INTO job_lane (queue, order_key, seq)
                 SELECT queue, order_key, seq FROM job WHERE order_key IS NOT NULL AND parked_at IS NULL";
    connection.execute(lanes).await.map_err(unavailable)?;
    // plans are made of what the server knows of the tables
    let analyze = "ANALYZE record, record_index, job, job_lane, audit_leaf, usage_event";
    connection.execute(analyze).await.map_err(unavailable)?;
    Ok(())
}

async fn put_counters(connection: &mut PgConnection, counters: SnapshotCounters) -> Result<(), StoreError> {
    let SnapshotCounters { commits, last_record, last_job, leaves, first_leaf } = counters;
    let update = sqlx::query("UPDATE commit_counter SET value = $1, leaves = $2");
    let update = update.bind(numbers::signed(commits)).bind(numbers::signed(leaves));
    update.execute(&mut *connection).await.map_err(unavailable)?;
    let begin = sqlx::query("UPDATE audit_begin SET first_leaf = $1").bind(numbers::signed(first_leaf));
    begin.execute(&mut *connection).await.map_err(unavailable)?;
    for (sequence, last) in [("record_seq", last_record), ("job_seq", last_job)] {
        // a sequence that was never used says so
        let set = sqlx::query("SELECT setval($1::regclass, greatest($2, 1), $2 > 0)");
        let set = set.bind(sequence).bind(numbers::signed(last));
        set.execute(&mut *connection).await.map_err(unavailable)?;
    }
    Ok(())
}

/// Entries that are written together.
#[derive(Default)]
struct Together {
    records: Vec<SnapshotRecord>,
    jobs: Vec<SnapshotJob>,
    leaves: Vec<Vec<u8>>,
    uses: Vec<UsageEntry>,
    /// The place of the next leaf.
    next_leaf: i64,
}

impl Together {
    fn len(&self) -> usize {
        [self.records.len(), self.jobs.len(), self.leaves.len(), self.uses.len()].iter().sum()
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), SnapshotError> {
        put_records(connection, &std::mem::take(&mut self.records)).await?;
        put_jobs(connection, &std::mem::take(&mut self.jobs)).await?;
        let leaves = std::mem::take(&mut self.leaves);
        let sql = "INSERT INTO audit_leaf (place, bytes)
                   SELECT $1 + l.nth - 1, l.bytes FROM unnest($2::bytea[]) WITH ORDINALITY l (bytes, nth)";
        put(connection, "leaf", sqlx::query(sql).bind(self.next_leaf).bind(&leaves[..])).await?;
        let count = i64::try_from(leaves.len()).unwrap_or(i64::MAX);
        self.next_leaf = self.next_leaf.saturating_add(count);
        put_uses(connection, &std::mem::take(&mut self.uses)).await
    }
}

async fn put_records(connection: &mut PgConnection, records: &[SnapshotRecord]) -> Result<(), SnapshotError> {
    if records.is_empty() {
        return Ok(());
    }
    let of = |record: &SnapshotRecord| numbers::signed(record.position);
    let kinds: Vec<&str> = records.iter().map(|record| record.record.kind.as_str()).collect();
    let seqs: Vec<i64> = records.iter().map(of).collect();
    let record_keys: Vec<&str> = records.iter().map(|record| record.record.key.as_str()).collect();
    let versions: Vec<i64> = records.iter().map(|record| numbers::signed(record.version.number())).collect();
    let forms: Vec<i32> = records.iter().map(|record| record.record.form.into()).collect();
    let data: Vec<&str> = records.iter().map(|record| &*record.record.data).collect();
    let digests: Vec<_> = records.iter().map(|record| record.record.entries_digest()).collect();
    storable(kinds.iter().chain(&record_keys).chain(&data))?;
    let sql = "INSERT INTO record (kind, seq, key, version, form, data, entries_digest)
               SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::integer[], $6::text[],
                                    $7::bytea[])";
    let query = sqlx::query(sql).bind(&kinds[..]).bind(&seqs[..]).bind(&record_keys[..]);
    let query = query.bind(&versions[..]).bind(&forms[..]).bind(&data[..]).bind(&digests[..]);
    put(connection, "key or place", query).await?;
    let entries = records.iter().flat_map(|record| {
        record.record.index.iter().map(move |entry| (record.record.kind, of(record), entry))
    });
    let entries: Vec<_> = entries.collect();
    let kinds: Vec<&str> = entries.iter().map(|(kind, _, _)| kind.as_str()).collect();
    let seqs: Vec<i64> = entries.iter().map(|(_, seq, _)| *seq).collect();
    let names: Vec<&str> = entries.iter().map(|(_, _, entry)| entry.name.as_str()).collect();
    let values: Vec<&str> = entries.iter().map(|(_, _, entry)| entry.value.as_str()).collect();
    let unique = entries.iter().map(|(_, _, entry)| entry.uniqueness == Uniqueness::Unique);
    let unique: Vec<bool> = unique.collect();
    storable(names.iter().chain(&values))?;
    let sql = "INSERT INTO record_index (kind, seq, name, value, is_unique)
               SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::boolean[])";
    let query = sqlx::query(sql).bind(&kinds[..]).bind(&seqs[..]).bind(&names[..]);
    put(connection, "unique index value", query.bind(&values[..]).bind(&unique[..])).await
}

async fn put_jobs(connection: &mut PgConnection, jobs: &[SnapshotJob]) -> Result<(), SnapshotError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let queues: Vec<&str> = jobs.iter().map(|job| job.queue.as_str()).collect();
    let order_keys: Vec<Option<&str>> =
        jobs.iter().map(|job| job.order_key.as_ref().map(OrderKey::as_str)).collect();
    let payloads: Vec<&str> = jobs.iter().map(|job| job.payload.as_json_text()).collect();
    let workers: Vec<Option<&str>> =
        jobs.iter().map(|job| job.worker.as_ref().map(WorkerName::as_str)).collect();
    // for people, and never a reason to fail
    let reasons: Vec<Option<String>> = jobs
        .iter()
        .map(|job| job.reason.as_ref().map(|reason| reason.as_str().replace('\0', "\u{fffd}")))
        .collect();
    storable(
        queues.iter().chain(&payloads).chain(order_keys.iter().flatten()).chain(workers.iter().flatten()),
    )?;
    let numbers_of = |number: fn(&SnapshotJob) -> i64| jobs.iter().map(number).collect::<Vec<i64>>();
    let ids: Vec<String> = jobs.iter().map(|job| job.id.to_string()).collect();
    let parked: Vec<Option<i64>> =
        jobs.iter().map(|job| job.parked_at.map(mpp_core::Timestamp::as_unix_millis)).collect();
    let sql = "INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt,
                                parked_at, reason)
               SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                                    $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::text[])";
    let query = sqlx::query(sql).bind(numbers_of(|job| numbers::signed(job.position))).bind(&ids[..]);
    let query = query.bind(&queues[..]).bind(&order_keys[..]).bind(&payloads[..]);
    let query = query.bind(numbers_of(|job| job.due_at.as_unix_millis()));
    let query = query.bind(numbers_of(|job| job.ready_at.as_unix_millis()));
    let query = query.bind(numbers_of(|job| numbers::signed(job.lease))).bind(&workers[..]);
    let query = query.bind(numbers_of(|job| job.attempt.into())).bind(&parked[..]).bind(&reasons[..]);
    put(connection, "job", query).await
}

async fn put_uses(connection: &mut PgConnection, uses: &[UsageEntry]) -> Result<(), SnapshotError> {
    if uses.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = uses.iter().map(|entry| entry.id.to_string()).collect();
    let partners: Vec<String> = uses.iter().map(|entry| entry.partner.to_string()).collect();
    let ats: Vec<i64> = uses.iter().map(|entry| entry.at.as_unix_millis()).collect();
    let data: Vec<&str> = uses.iter().map(|entry| &*entry.data).collect();
    storable(data.iter())?;
    let sql = "INSERT INTO usage_event (id, partner, at, data)
               SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])";
    let query = sqlx::query(sql).bind(&ids[..]).bind(&partners[..]).bind(&ats[..]).bind(&data[..]);
    put(connection, "metered use", query).await
}

fn storable<'a>(mut texts: impl Iterator<Item = &'a &'a str>) -> Result<(), SnapshotError> {
    if texts.all(|text| is_storable(text)) {
        Ok(())
    } else {
        Err(SnapshotError::Unstorable { cause: Unencodable::ZeroCharacter })
    }
}

async fn put(
    connection: &mut PgConnection,
    what: &'static str,
    query: Query<'_, Postgres, PgArguments>,
) -> Result<(), SnapshotError> {
    match query.execute(connection).await {
        Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
            Err(SnapshotError::Contradiction { what })
        }
        done => Ok(done.map(drop).map_err(unavailable)?),
    }
}
