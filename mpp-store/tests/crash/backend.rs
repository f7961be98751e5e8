//! The backends that can be killed, and what they keep their data on.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;

use mpp_store::{ObjectParcels, SqliteStore, Store};
use tempfile::TempDir;

#[cfg(feature = "postgres")]
use super::postgres_server::{PostgresServer, programs};

const BACKEND: &str = super::BACKEND;
const FOLDER: &str = "MPP_CRASH_FOLDER";
#[cfg(feature = "postgres")]
const SERVER: &str = "MPP_CRASH_SERVER";

/// A backend that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    #[cfg(feature = "sled")]
    Sled,
    #[cfg(feature = "postgres")]
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            #[cfg(feature = "sled")]
            Self::Sled => "sled",
            #[cfg(feature = "postgres")]
            Self::Postgres => "postgres",
        })
    }
}

impl FromStr for Backend {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            #[cfg(feature = "sled")]
            "sled" => Ok(Self::Sled),
            #[cfg(feature = "postgres")]
            "postgres" => Ok(Self::Postgres),
            other => Err(format!("{other} is no backend this binary was built with")),
        }
    }
}

/// What a run keeps its data on. It is gone when this is dropped.
pub struct Ground {
    pub place: Place,
    #[cfg(feature = "postgres")]
    server: Option<PostgresServer>,
    _folder: TempDir,
}

impl Ground {
    /// A fresh folder, and for PostgreSQL a server of our own: the one of the other tests must not be killed.
    pub fn fresh(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        #[cfg(feature = "postgres")]
        let server = (backend == Backend::Postgres).then(own_server);
        let place = Place {
            backend,
            folder: folder.path().to_owned(),
            #[cfg(feature = "postgres")]
            server: server.as_ref().map(PostgresServer::url),
        };
        Self {
            place,
            #[cfg(feature = "postgres")]
            server,
            _folder: folder,
        }
    }

    /// Whether the store has a server that can be killed apart from its client.
    #[cfg(feature = "postgres")]
    pub const fn has_server(&self) -> bool {
        self.server.is_some()
    }

    #[cfg(not(feature = "postgres"))]
    pub const fn has_server(&self) -> bool {
        false
    }

    /// Kills the server and all its processes, and starts it again.
    #[cfg(feature = "postgres")]
    pub fn kill_server(&mut self) {
        self.server.as_mut().unwrap().restart("SIGKILL").unwrap();
    }

    #[cfg(not(feature = "postgres"))]
    pub fn kill_server(&mut self) {
        unreachable!("there is none");
    }
}

#[cfg(feature = "postgres")]
fn own_server() -> PostgresServer {
    let programs = programs().expect("PostgreSQL's programs (Debian package `postgresql`) are there");
    // not in the run's own folder, into which the server's user cannot look
    let folder = std::env::temp_dir().join(format!("mpp-crash-postgres-{}", std::process::id()));
    PostgresServer::start(&programs, &folder).unwrap()
}

/// Where a store and its parcels are.
#[derive(Debug, Clone)]
pub struct Place {
    pub backend: Backend,
    folder: PathBuf,
    #[cfg(feature = "postgres")]
    server: Option<String>,
}

impl Place {
    /// Tells a process that is about to be started.
    pub fn tell(&self, command: &mut Command) {
        command.env(BACKEND, self.backend.to_string()).env(FOLDER, &self.folder);
        #[cfg(feature = "postgres")]
        if let Some(server) = &self.server {
            command.env(SERVER, server);
        }
    }

    /// What this process was told.
    pub fn told() -> Option<Self> {
        Some(Self {
            backend: std::env::var(BACKEND).ok()?.parse().unwrap(),
            folder: std::env::var_os(FOLDER)?.into(),
            #[cfg(feature = "postgres")]
            server: std::env::var(SERVER).ok(),
        })
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        match self.backend {
            Backend::Sqlite => Arc::new(SqliteStore::open(self.folder.join("store.sqlite")).await.unwrap()),
            #[cfg(feature = "sled")]
            Backend::Sled => {
                Arc::new(mpp_store::SledStore::open(self.folder.join("store.sled")).await.unwrap())
            }
            #[cfg(feature = "postgres")]
            Backend::Postgres => {
                let address = self.server.as_ref().unwrap().parse().unwrap();
                Arc::new(mpp_store::PostgresStore::open(&address).await.unwrap())
            }
        }
    }

    pub fn parcels(&self) -> Arc<ObjectParcels> {
        Arc::new(ObjectParcels::in_folder(self.folder.join("parcels")).unwrap())
    }

    /// Returns when nothing of a killed client goes on: a server finishes what it was sent last.
    pub async fn until_quiet(&self) {
        #[cfg(feature = "postgres")]
        if let Some(server) = &self.server {
            until_alone(server).await;
        }
    }
}

#[cfg(feature = "postgres")]
async fn until_alone(server: &str) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
               AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    loop {
        let (others,): (i64,) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
        if others == 0 {
            return connection.close().await.unwrap();
        }
    }
}
