//! Opening, checking and migrating the file.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};

use crate::StoreError;

use super::connections::Connections;
use super::writer::Writer;
use super::{SqliteStore, unavailable};

pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two tries to open a file that is busy.
const BUSY_PAUSE: Duration = Duration::from_millis(10);
const READERS: usize = 4;
/// How much of the file each connection keeps, in kibibytes: the pages above the leaves of a million records, and the lists in use. With
/// SQLite's own 2 MiB they are fetched again for every list.
pub(super) const CACHE_KIB: i64 = 16_384;

/// The migrations by number. Append only.
pub(super) const MIGRATIONS: [(i64, &str, &str); 7] = [
    (1, "start", include_str!("../../migrations/sqlite/0001_start.sql")),
    (2, "jobs by queue", include_str!("../../migrations/sqlite/0002_jobs_by_queue.sql")),
    (3, "fewer pages", include_str!("../../migrations/sqlite/0003_fewer_pages.sql")),
    (5, "first leaf", include_str!("../../migrations/sqlite/0005_first_leaf.sql")),
    (6, "parked by queue", include_str!("../../migrations/sqlite/0006_parked_by_queue.sql")),
    (7, "next leaf", include_str!("../../migrations/sqlite/0007_next_leaf.sql")),
    (10, "entries digest", include_str!("../../migrations/sqlite/0010_entries_digest.sql")),
];

pub(super) async fn open(path: &Path) -> Result<(Writer, Connections), StoreError> {
    create_private(path).await.map_err(StoreError::unavailable)?;
    let options = connection_options(path);
    let first = Connections::new(options.clone(), 1)?;
    open_first(&first).await?;
    check_version(&sqlite_version(&first).await?)?;
    migrate(&first).await?;
    let writer = Writer::open(path).await?;
    first.close().await;
    let options = options.pragma("query_only", "ON").pragma("cache_size", (-CACHE_KIB).to_string());
    let readers = Connections::new(options, READERS)?;
    Ok((writer, readers))
}

fn connection_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("secure_delete", "ON")
}

/// The first connection turns on the write-ahead log. While another process does the same with a new file, SQLite
/// answers that it is locked and does not wait, so this tries again for as long as SQLite would have waited.
async fn open_first(first: &Connections) -> Result<(), StoreError> {
    let opening = async {
        loop {
            match first.lend().await {
                Err(error) if is_busy(&error) => tokio::time::sleep(BUSY_PAUSE).await,
                settled => return settled.map(drop).map_err(unavailable),
            }
        }
    };
    tokio::time::timeout(BUSY_TIMEOUT, opening).await.map_err(StoreError::unavailable)?
}

/// Result codes 5 (busy) and its extensions, which carry it in the lowest byte.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// Makes the file before SQLite does, so that it (and the log beside it, which takes its mode) is readable by
/// its owner only. A file that is there is not touched: closing it here would drop the locks that SQLite holds on it for
/// another store of this process. That is also why a new one gets its name only after it was closed.
async fn create_private(path: &Path) -> Result<(), std::io::Error> {
    if tokio::fs::try_exists(path).await? {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}", std::process::id(), NEW_FILES.fetch_add(1, Ordering::Relaxed)));
    let unnamed = path.with_file_name(name);
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(&unnamed).await?.into_std().await;
    let named = tokio::fs::hard_link(&unnamed, path).await;
    tokio::fs::remove_file(&unnamed).await?;
    match named {
        // somebody else was faster
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        named => named,
    }
}

/// Tells the files apart that this process is making.
static NEW_FILES: AtomicU64 = AtomicU64::new(0);

pub(super) async fn sqlite_version(connections: &Connections) -> Result<String, StoreError> {
    let row = connections.row(sqlx::query_as("SELECT sqlite_version()")).await?;
    row.map(|(version,)| version).ok_or_else(|| unavailable(sqlx::Error::RowNotFound))
}

/// Copies over a connection of its own, so that neither readers nor the writer wait.
pub(super) async fn back_up(path: &Path, copy: &Path) -> Result<(), StoreError> {
    let name = copy.to_str().ok_or_else(|| StoreError::unavailable("the copy's path is not Unicode"))?;
    let mut options = tokio::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    options.mode(0o600);
    // VACUUM INTO accepts an existing file when it is empty, so the copy gets its mode before its content.
    options.open(copy).await.map_err(StoreError::unavailable)?;
    let mut connection = connection_options(path).connect().await.map_err(unavailable)?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await.map_err(unavailable)?;
    connection.close().await.map_err(unavailable)?;
    let written = tokio::fs::File::open(copy).await.map_err(StoreError::unavailable)?;
    written.sync_all().await.map_err(StoreError::unavailable)
}

fn check_version(found: &str) -> Result<(), StoreError> {
    let number = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    if number(found) >= number(SqliteStore::LEAST_SQLITE) {
        return Ok(());
    }
    Err(StoreError::SqliteTooOld { found: found.to_owned(), needed: SqliteStore::LEAST_SQLITE })
}

async fn migrate(first: &Connections) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    // Under the write lock, so that of several processes that open a new file one makes the tables.
    let mut connection = first.lend().await.map_err(unavailable)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
    // Not `run`, whose future cannot be sent between threads when it is given a borrowed connection.
    let migrator = Migrator::with_migrations(migrations.into());
    let migrated = migrator.run_direct(None, &mut *transaction, false).await;
    migrated.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::NewerSchema { version },
        MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
            StoreError::ChangedMigration { version }
        }
        error => StoreError::unavailable(error),
    })?;
    transaction.commit().await.map_err(unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for good in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["3.51.2", "3.9.9", "2.99.99", ""] {
            assert!(matches!(check_version(bad), Err(StoreError::SqliteTooOld { .. })), "{bad}");
        }
    }
}
