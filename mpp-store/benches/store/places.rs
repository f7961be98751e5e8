//! Where the run keeps its data: databases on the server it was told, files in a folder on the same disk.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use mpp_store::PostgresStore;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use crate::Failure;

/// The server, its programs, and a folder.
#[derive(Debug)]
pub(crate) struct Places {
    server: String,
    /// Where `pgbench` is.
    pub(crate) programs: PathBuf,
    folder: PathBuf,
}

impl Places {
    /// What `cargo xtask bench store` told; nothing when it did not start this.
    pub(crate) fn told() -> Result<Option<Self>, Failure> {
        let Ok(server) = std::env::var("MPP_POSTGRES") else { return Ok(None) };
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let programs = path("MPP_POSTGRES_PROGRAMS").ok_or("MPP_POSTGRES_PROGRAMS is not set")?;
        let folder = path("MPP_BENCH_FOLDER").ok_or("MPP_BENCH_FOLDER is not set")?;
        Ok(Some(Self { server, programs, folder }))
    }

    /// A new folder.
    pub(crate) fn fresh_folder(&self) -> Result<TempDir, Failure> {
        Ok(tempfile::tempdir_in(&self.folder)?)
    }

    /// A new database.
    pub(crate) async fn fresh_database(&self) -> Result<Database, Failure> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bench_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.server).await?;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"))).await?;
        let (server, _) = self.server.rsplit_once('/').ok_or("the server's address names no database")?;
        Ok(Database { url: format!("{server}/{name}"), server: self.server.clone(), name })
    }
}

/// A database of the run's.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    server: String,
    name: String,
}

impl Database {
    pub(crate) async fn open(&self) -> Result<PostgresStore, Failure> {
        Ok(PostgresStore::open(&self.url.parse()?).await?)
    }

    /// Does something behind the store's back.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Failure> {
        let mut connection = PgConnection::connect(&self.url).await?;
        for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
            connection.execute(AssertSqlSafe(statement.to_owned())).await?;
        }
        Ok(())
    }

    /// Drops it, so that it burdens nothing that is measured later.
    pub(crate) async fn drop(self) -> Result<(), Failure> {
        let mut connection = PgConnection::connect(&self.server).await?;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await?;
        connection.execute("CHECKPOINT").await?;
        Ok(())
    }

    /// How `libpq` is told where this is, the password not on the command line.
    pub(crate) fn libpq(&self) -> Result<[(&'static str, String); 5], Failure> {
        let odd = "the server's address is not as expected";
        let rest = self.url.strip_prefix("postgres://").ok_or(odd)?;
        let (user, rest) = rest.split_once(':').ok_or(odd)?;
        let (password, rest) = rest.split_once('@').ok_or(odd)?;
        let (host, rest) = rest.split_once(':').ok_or(odd)?;
        let (port, database) = rest.split_once('/').ok_or(odd)?;
        let said = [
            ("PGUSER", user),
            ("PGPASSWORD", password),
            ("PGHOST", host),
            ("PGPORT", port),
            ("PGDATABASE", database),
        ];
        Ok(said.map(|(name, value)| (name, value.to_owned())))
    }
}
