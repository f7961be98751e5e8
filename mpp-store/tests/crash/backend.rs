//! The backends that can be killed.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use mpp_store::{SqliteStore, Store};

/// A backend that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    #[cfg(feature = "sled")]
    Sled,
}

impl Backend {
    /// Opens the store in this folder.
    pub async fn open(self, folder: &Path) -> Arc<dyn Store> {
        match self {
            Self::Sqlite => Arc::new(SqliteStore::open(folder.join("store.sqlite")).await.unwrap()),
            #[cfg(feature = "sled")]
            Self::Sled => Arc::new(mpp_store::SledStore::open(folder.join("store.sled")).await.unwrap()),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            #[cfg(feature = "sled")]
            Self::Sled => "sled",
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
            "postgres" => Err("the crash harness is not wired to the postgres backend".to_owned()),
            other => Err(format!("{other} is no backend this binary was built with")),
        }
    }
}
