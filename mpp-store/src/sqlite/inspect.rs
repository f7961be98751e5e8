//! Looking at a file without changing it: for operators.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteLockingMode};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::{Inspection, StoreError};

use super::open::{MIGRATIONS, is_busy};
use super::{SqliteStore, unavailable};

/// What must be nothing, in words, and how to count it.
const FAULTS: [(&str, &str); 4] = [
    (
        "records with numbers that were never given out",
        "SELECT count(*) FROM record, commit_counter c WHERE version > c.value OR version < 1
             OR seq > coalesce((SELECT s.seq FROM sqlite_sequence s WHERE s.name = 'record'), 0)",
    ),
    (
        "leaves of the audit log missing or too many",
        "SELECT abs(next_leaf - first_leaf - (SELECT count(*) FROM audit_leaf)) FROM commit_counter",
    ),
    (
        "leaves of the audit log out of their places",
        "SELECT count(*) FROM audit_leaf, commit_counter WHERE place >= next_leaf OR place < first_leaf",
    ),
    (
        "jobs with places that were never given out",
        "SELECT count(*) FROM job, commit_counter c WHERE seq > c.last_job",
    ),
];

impl SqliteStore {
    /// The last migration this program knows.
    #[must_use]
    pub fn known_schema() -> i64 {
        MIGRATIONS.iter().map(|(version, _, _)| *version).max().unwrap_or(0)
    }

    /// Looks through a file that must be there: whether it is whole, and how much is in it. Nothing is migrated; a store
    /// that works on it meanwhile is not held up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened. That it is damaged is an answer, not an error.
    pub async fn inspect(path: impl AsRef<Path>) -> Result<Inspection, StoreError> {
        let options = existing(path.as_ref()).pragma("query_only", "ON");
        let looked = async {
            let mut connection = options.connect().await?;
            let found = look_through(&mut connection).await;
            connection.close().await?;
            found
        };
        match looked.await {
            Err(error) if is_damage(&error) => {
                Ok(Inspection { faults: vec![error.to_string()], ..Inspection::default() })
            }
            looked => looked.map_err(unavailable),
        }
    }

    /// Whether anybody, in this process or another, has the file open: a server that runs, say.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened.
    pub async fn is_in_use(path: impl AsRef<Path>) -> Result<bool, StoreError> {
        // A connection that wants the file for itself gets it only when nobody else has it.
        let options = existing(path.as_ref()).locking_mode(SqliteLockingMode::Exclusive);
        let tried = async {
            let mut connection = options.busy_timeout(Duration::ZERO).connect().await?;
            let begun = sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut connection).await;
            connection.close().await?;
            begun.map(drop)
        };
        match tried.await {
            Ok(()) => Ok(false),
            Err(error) if is_busy(&error) => Ok(true),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn existing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(Duration::from_secs(10))
}

async fn look_through(connection: &mut SqliteConnection) -> Result<Inspection, sqlx::Error> {
    let mut faults = Vec::new();
    let checked: Vec<(String,)> =
        sqlx::query_as("PRAGMA integrity_check(20)").fetch_all(&mut *connection).await?;
    faults.extend(checked.into_iter().map(|(line,)| line).filter(|line| line != "ok"));
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await?;
    if !dangling.is_empty() {
        faults.push(format!("{} index entries without their record", dangling.len()));
    }
    let mut found = Inspection { faults, ..Inspection::default() };
    if !found.faults.is_empty() {
        return Ok(found);
    }
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if number(connection, tables).await? == 0 {
        return Ok(found);
    }
    let schema = sqlx::query_as("SELECT coalesce(max(version), 0) FROM _sqlx_migrations");
    (found.schema,) = schema.fetch_one(&mut *connection).await?;
    // earlier schemas count the places of jobs otherwise
    if found.schema == SqliteStore::known_schema() {
        for (what, sql) in FAULTS {
            let how_many = number(connection, sql).await?;
            found.fault(how_many, what);
        }
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

async fn number(connection: &mut SqliteConnection, sql: &'static str) -> Result<u64, sqlx::Error> {
    let (number,): (i64,) = sqlx::query_as(sql).fetch_one(connection).await?;
    Ok(number.unsigned_abs())
}

/// Whether an answer to the fixed questions above tells of a damaged file: everything but that the file is busy (5, 6), may
/// not be read (3, 23), cannot be opened (14), or that memory or the machine fails (7, 10).
fn is_damage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse::<u32>().ok());
            code.is_some_and(|code| !matches!(code & 0xff, 3 | 5 | 6 | 7 | 10 | 14 | 23))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => true,
        _ => false,
    }
}
