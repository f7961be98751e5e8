//! Looking through the tables as of one commit.

use sqlx::{Connection, Executor as _, PgConnection};

use crate::{Inspection, StoreError};

use super::{PostgresStore, unavailable};

/// What must be nothing, in words, and how to count it.
const FAULTS: [(&str, &str); 5] = [
    (
        "index entries without their record",
        "SELECT count(*) FROM record_index i
         WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.kind = i.kind AND r.seq = i.seq)",
    ),
    (
        "records with numbers that were never given out",
        "SELECT count(*) FROM record r, commit_counter c, record_seq s
         WHERE r.version > c.value OR r.version < 1 OR r.seq > s.last_value",
    ),
    (
        "leaves of the audit log missing or too many",
        "SELECT abs(c.leaves - b.first_leaf - (SELECT count(*) FROM audit_leaf)) FROM commit_counter c, audit_begin b",
    ),
    (
        "leaves of the audit log out of their places",
        "SELECT count(*) FROM audit_leaf l, commit_counter c, audit_begin b
         WHERE l.place >= c.leaves OR l.place < b.first_leaf",
    ),
    (
        "jobs whose place in their order is missing or too many",
        "WITH j AS (SELECT queue, order_key, seq FROM job WHERE order_key IS NOT NULL AND parked_at IS NULL)
         SELECT (SELECT count(*) FROM (SELECT * FROM j EXCEPT SELECT queue, order_key, seq FROM job_lane) missing)
              + (SELECT count(*) FROM (SELECT queue, order_key, seq FROM job_lane EXCEPT SELECT * FROM j) too_many)",
    ),
];

/// Here whole tables are read, which the planner may do as it likes: sessions leave it only what suits pages.
const WHOLE_TABLES: &str =
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_hashjoin = on;
    SET LOCAL enable_mergejoin = on; SET LOCAL enable_material = on";

impl PostgresStore {
    /// Looks through the whole store as of one commit: counts, and whether index entries have their records, leaves have no
    /// gaps, jobs stand in their orders, and numbers are not beyond those given out. Others go on working.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. That something is wrong is an answer, not an error.
    pub async fn inspect(&self) -> Result<Inspection, StoreError> {
        let mut lent = self.connections.lend().await.map_err(unavailable)?;
        let looked = async {
            let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            let mut transaction = lent.begin_with(sql).await?;
            transaction.execute(WHOLE_TABLES).await?;
            let found = look_through(&mut transaction).await?;
            transaction.rollback().await?;
            Ok(found)
        };
        let looked = looked.await;
        self.connections.settle(lent, looked).map_err(unavailable)
    }
}

/// Without a limit of time: of very many records this takes long.
async fn look_through(connection: &mut PgConnection) -> Result<Inspection, sqlx::Error> {
    let mut found = Inspection { schema: PostgresStore::known_schema(), ..Inspection::default() };
    for (what, sql) in FAULTS {
        found.fault(number(connection, sql).await?, what);
    }
    let kinds = sqlx::query_as("SELECT kind, count(*) FROM record GROUP BY kind ORDER BY kind");
    let kinds: Vec<(String, i64)> = kinds.fetch_all(&mut *connection).await?;
    found.records = kinds.into_iter().map(|(kind, count)| (kind, count.unsigned_abs())).collect();
    found.jobs = number(connection, "SELECT count(*) FROM job").await?;
    found.parked_jobs = number(connection, "SELECT count(*) FROM job WHERE parked_at IS NOT NULL").await?;
    found.audit_leaves = number(connection, "SELECT count(*) FROM audit_leaf").await?;
    found.usage_entries = number(connection, "SELECT count(*) FROM usage_event").await?;
    Ok(found)
}

async fn number(connection: &mut PgConnection, sql: &'static str) -> Result<u64, sqlx::Error> {
    let (number,): (i64,) = sqlx::query_as(sql).fetch_one(connection).await?;
    Ok(number.unsigned_abs())
}
