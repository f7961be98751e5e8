//! Where the searched data is: a folder, and for PostgreSQL a server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mpp_store::{SqliteStore, Store};

const FOLDER: &str = "MPP_STORE_TEST_DATA";
const SERVER: &str = "MPP_STORE_TEST_SERVER";

/// A server's data folder, and its database when the records are not in the folder.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    server: Option<String>,
}

impl Place {
    /// Records in SQLite.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), server: None }
    }

    /// Records in PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) fn with_server(folder: &Path, server: String) -> Self {
        Self { folder: folder.to_owned(), server: Some(server) }
    }

    /// Tells a process that is about to be started.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env(FOLDER, &self.folder);
        if let Some(server) = &self.server {
            command.env(SERVER, server);
        }
    }

    /// What this process was told.
    pub(crate) fn told() -> Option<Self> {
        Some(Self { folder: std::env::var_os(FOLDER)?.into(), server: std::env::var(SERVER).ok() })
    }

    pub(crate) async fn open_records(&self) -> Records {
        match &self.server {
            None => {
                let store = SqliteStore::open(self.folder.join("records.sqlite")).await.unwrap();
                Records::Sqlite(Arc::new(store))
            }
            #[cfg(feature = "postgres")]
            Some(server) => {
                let store = mpp_store::PostgresStore::open(&server.parse().unwrap()).await.unwrap();
                Records::Postgres(Arc::new(store))
            }
            #[cfg(not(feature = "postgres"))]
            Some(_) => panic!("built without PostgreSQL"),
        }
    }
}

/// The records of one of the backends.
pub(crate) enum Records {
    Sqlite(Arc<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<mpp_store::PostgresStore>),
}

impl Records {
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::<SqliteStore>::clone(store),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => Arc::<mpp_store::PostgresStore>::clone(store),
        }
    }

    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(store) => Arc::into_inner(store).expect("nobody else has it").close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => drop(store),
        }
    }
}
