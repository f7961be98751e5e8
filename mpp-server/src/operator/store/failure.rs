//! Why a data folder was not looked after as asked.

use std::error::Error;
use std::path::{Path, PathBuf};

use mpp_core::Persistence;
use mpp_services::client::KeyBackupError;
use mpp_store::{RotationError, SnapshotError, StoreError};

use crate::operator::Failure;
use crate::runtime::{ConfigError, ParcelsError, RecordsError, StartError};

/// Why a data folder was not looked after as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreFailure {
    /// A part of every data folder is missing.
    #[error(
        "{} has no {part}: not the data folder of a server, or of one whose configuration says where things are, which \
         --config then names",
        path.display()
    )]
    NoData {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        part: &'static str,
    },
    /// The records are gone with their server.
    #[error("this server keeps its records in memory: there is nothing to look after")]
    InMemory,
    /// The backup has a file of SQLite, and the records shall be somewhere else.
    #[error(
        "the backup has a copy of SQLite's file: restore it with --data, or make one with `mpp store backup --portable`, which \
         every backend reads"
    )]
    OnlySqlite,
    /// Records or parcels are where a backup shall be restored to.
    #[error("there are {what} already: a backup is restored into an empty place")]
    Occupied {
        /// What is there.
        what: &'static str,
    },
    /// The records were not copied, or not restored. Of the records, all or nothing was written.
    #[error("{}", in_words(.0))]
    Snapshot(#[from] SnapshotError),
    /// The database cannot be reached as the configuration says.
    #[error("{}", in_words(.0))]
    Records(#[from] RecordsError),
    /// The storage of parcels cannot be used.
    #[error("{}", in_words(.0))]
    Parcels(#[from] ParcelsError),
    /// A server that runs has the database open.
    #[error("{} is in use: stop the server first", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The database is not whole.
    #[error("{} is damaged: {fault}", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// The first thing that is wrong.
        fault: String,
    },
    /// The database has to be migrated first.
    #[error(
        "the database has schema {found}, this program works with {known}: run `mpp store migrate` first"
    )]
    OldSchema {
        /// The last migration it carries.
        found: i64,
        /// The last one this program knows.
        known: i64,
    },
    /// The database refuses or does not answer.
    #[error("{}", in_words(.0))]
    Store(#[from] StoreError),
    /// Something is there already.
    #[error("{} is not empty: nothing is written over", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A backup is not what its manifest says.
    #[error("the backup is not whole: {path}: {fault}")]
    Backup {
        /// The file in it.
        path: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A check found something; what, is in its answer.
    #[error("{found} found")]
    Found {
        /// How much.
        found: String,
    },
    /// Another process rotates the keys of this folder.
    #[error("another process is changing the epochs of {}", path.display())]
    Rotating {
        /// The data folder.
        path: PathBuf,
    },
    /// The epochs could not be changed. Everything that is stored can still be read.
    #[error("the epochs could not be changed: {0}")]
    Rotation(#[from] RotationError),
    /// The keys of a client server cannot be taken out or put back.
    #[error("{0}")]
    Keys(KeyBackupError),
    /// The copy that was made does not hold the keys. It is worth nothing.
    #[error("{} does not hold the keys that were put into it: remove it", path.display())]
    KeysDiffer {
        /// The file.
        path: PathBuf,
    },
    /// There is no key that signs the checkpoints of the audit log.
    #[error("{} has no key of an audit log", path.display())]
    NoLogKey {
        /// The file, or the folder.
        path: PathBuf,
    },
    /// The storage cannot be opened.
    #[error("{}", in_words(.0))]
    Storage(#[from] StartError),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The answer cannot be written out.
    #[error("the answer cannot be written: {0}")]
    Output(std::io::Error),
}

impl StoreFailure {
    /// Whether the same call may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::InUse { .. } | Self::Rotating { .. } => true,
            Self::Snapshot(error) => error.persistence() == Persistence::Temporary,
            Self::Rotation(error) => error.persistence() == Persistence::Temporary,
            Self::Store(error) | Self::Records(RecordsError::Store(error)) => {
                error.persistence() == Persistence::Temporary
            }
            Self::Parcels(ParcelsError::Folder(error)) => error.persistence() == Persistence::Temporary,
            _ => false,
        }
    }

    pub(super) fn file(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        |source| Self::File { path, source }
    }

    pub(super) fn output(failure: Failure) -> Self {
        match failure {
            Failure::Output(error) => Self::Output(error),
            other => Self::Output(std::io::Error::other(other)),
        }
    }
}

/// The error with its causes: a database's own words are what an operator needs.
fn in_words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
