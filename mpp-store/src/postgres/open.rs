//! Connecting, checking the server and migrating the tables.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqlSafeStr};

use crate::StoreError;

use super::arrivals::Arrivals;
use super::commit::WRITERS;
use super::connections::{self, Connections};
use super::{PostgresAddress, PostgresStore, unavailable};

/// For reads and leases.
const CONNECTIONS: usize = 8;

/// The migrations by number. Append only.
pub(super) const MIGRATIONS: [(i64, &str, &str); 8] = [
    (1, "start", include_str!("../../migrations/postgres/0001_start.sql")),
    (2, "lanes", include_str!("../../migrations/postgres/0002_lanes.sql")),
    (3, "together", include_str!("../../migrations/postgres/0003_together.sql")),
    (4, "settle apart", include_str!("../../migrations/postgres/0004_settle_apart.sql")),
    (6, "parked by queue", include_str!("../../migrations/postgres/0006_parked_by_queue.sql")),
    (8, "first leaf", include_str!("../../migrations/postgres/0008_first_leaf.sql")),
    (9, "entries digest", include_str!("../../migrations/postgres/0009_entries_digest.sql")),
    (11, "fewer job indexes", include_str!("../../migrations/postgres/0011_fewer_job_indexes.sql")),
];

/// The parts of an open store.
pub(super) struct Opened {
    pub(super) connections: Connections,
    pub(super) writers: Connections,
    pub(super) arrivals: Arrivals,
}

pub(super) async fn open(address: &PostgresAddress) -> Result<Opened, StoreError> {
    let mut options = address.options();
    let first = Connections::new(options.clone(), 1)?;
    let mut connection = first.lend().await.map_err(unavailable)?;
    if let Some(schema) = address.schema() {
        make_schema(&mut connection, schema).await?;
    }
    let server = Server::ask(&mut connection).await?;
    server.check()?;
    migrate(&mut connection).await?;
    if server.synchronous_commit == "off" {
        options = options.options([("synchronous_commit", "on")]);
    }
    Ok(Opened {
        connections: Connections::new(options.clone(), CONNECTIONS)?,
        writers: Connections::new(options.clone(), WRITERS)?,
        arrivals: Arrivals::listen(options, server.schema).await?,
    })
}

/// The last migration of the tables that are there.
pub(super) async fn schema(address: &PostgresAddress) -> Result<Option<i64>, StoreError> {
    let connections = Connections::new(address.options(), 1)?;
    let is_there = || sqlx::query_as("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
    let found: Vec<(bool,)> = connections.rows(is_there).await?;
    if found.first() != Some(&(true,)) {
        return Ok(None);
    }
    let last = || sqlx::query_as("SELECT max(version) FROM _sqlx_migrations");
    let found: Vec<(Option<i64>,)> = connections.rows(last).await?;
    Ok(found.first().and_then(|(version,)| *version))
}

/// Of several nodes that do so at once one makes it, and the others may be told that there is one.
async fn make_schema(connection: &mut PgConnection, name: &str) -> Result<(), StoreError> {
    // an address takes names only that mean the same quoted or not
    let sql = AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {name}"));
    match connection.execute(sql).await {
        Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => Ok(()),
        done => done.map(drop).map_err(unavailable),
    }
}

/// What the server says about itself and the database.
struct Server {
    version_number: String,
    encoding: String,
    synchronous_commit: String,
    schema: String,
}

impl Server {
    async fn ask(connection: &mut PgConnection) -> Result<Self, StoreError> {
        let sql = "SELECT current_setting('server_version_num'), current_setting('server_encoding'),
                          current_setting('synchronous_commit'), current_schema()::text";
        let found: Vec<(String, String, String, Option<String>)> =
            connections::rows(connection, sqlx::query_as(sql)).await.map_err(unavailable)?;
        let row = found.into_iter().next().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
        let (version_number, encoding, synchronous_commit, schema) = row;
        let schema = schema
            .ok_or_else(|| StoreError::unavailable("no schema of the database user's search path exists"))?;
        Ok(Self { version_number, encoding, synchronous_commit, schema })
    }

    /// Numbers have four digits behind the major version, for example 150018.
    fn check(&self) -> Result<(), StoreError> {
        let major = self.version_number.parse::<u32>().map_or(0, |number| number / 10_000);
        if major < PostgresStore::LEAST_POSTGRES.parse().unwrap_or(u32::MAX) {
            let (found, needed) = (major.to_string(), PostgresStore::LEAST_POSTGRES);
            return Err(StoreError::PostgresTooOld { found, needed });
        }
        if self.encoding != "UTF8" {
            return Err(StoreError::unavailable("the database is not in UTF-8"));
        }
        Ok(())
    }
}

/// Of several nodes that open a new database one makes the tables: the migrator holds an advisory lock meanwhile.
async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    // Not `run`, whose future cannot be sent between threads when it is given a borrowed connection.
    let migrator = Migrator::with_migrations(migrations.into());
    migrator.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::NewerSchema { version },
        MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
            StoreError::ChangedMigration { version }
        }
        error => StoreError::unavailable(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_must_be_new_enough_and_in_utf_8() {
        let server = |version_number: &str, encoding: &str| Server {
            version_number: version_number.into(),
            encoding: encoding.into(),
            synchronous_commit: "on".into(),
            schema: "public".into(),
        };
        for good in ["130000", "150018", "180001"] {
            assert!(server(good, "UTF8").check().is_ok(), "{good}");
        }
        for bad in ["120022", "90624", "", "x"] {
            let refused = server(bad, "UTF8").check();
            assert!(matches!(refused, Err(StoreError::PostgresTooOld { .. })), "{bad}");
        }
        assert!(matches!(server("150018", "LATIN1").check(), Err(StoreError::Unavailable { .. })));
    }
}
