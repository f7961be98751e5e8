//! The store in one SQLite file: the embedded default, with nothing to install.
//!
//! - **Durability.** Write-ahead log with `synchronous=FULL`: a commit that returned survives a power failure.
//! - **Writes** go through one connection on a thread of its own (decision 0035). Commits that arrive while another is being written are written
//!   together, each under a savepoint of its own, so that one conflict undoes one batch only and the disk is
//!   asked to settle once for all of them. Dropping a commit's future does not tear it.
//! - **Reads** run beside them on connections of their own, each on the latest commit.
//! - **Several processes** may open one file on one machine: every write takes SQLite's write lock before it
//!   looks at anything, so versions, leases and leaf numbers stay right; a process waits up to ten seconds for
//!   another's lock and then answers [`StoreError::Unavailable`]. Network file systems are not supported, for
//!   the write-ahead log needs shared memory.
//! - **Erasure.** `secure_delete` overwrites what is deleted; the write-ahead log holds earlier pages until it
//!   begins anew, after 16 to 64 MiB or when the store is closed. Personal fields are sealed before they get here ([`crate::Vault`]), so destroying their
//!   key is what erases them.
//! - The file is readable by its owner only.

mod checkpoints;
mod commit;
mod connections;
mod index;
mod inspect;
mod jobs;
mod logs;
mod open;
mod outbox;
mod read;
mod snapshot;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::{Commit, StoreError, Version, WriteBatch, rows};

use connections::Connections;
use writer::Writer;

/// The store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Connections,
}

impl SqliteStore {
    /// The least version of SQLite that is safe: earlier ones can lose committed data when two connections
    /// checkpoint the write-ahead log at the same moment.
    pub const LEAST_SQLITE: &'static str = "3.51.3";

    /// Opens the file, making it (readable by its owner only) when there is none, and brings its tables up to
    /// date.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] and [`StoreError::ChangedMigration`] when the file belongs to another program
    /// version, [`StoreError::SqliteTooOld`], [`StoreError::Unavailable`] when it cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_path_buf();
        let (writer, readers) = open::open(&path).await?;
        Ok(Self { path, writer, readers })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version of SQLite in use.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn sqlite_version(&self) -> Result<String, StoreError> {
        open::sqlite_version(&self.readers).await
    }

    /// Writes a copy of the whole store, as of one commit, to a new file. Work goes on meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the copy cannot be written or the file exists.
    pub async fn back_up_to(&self, copy: impl AsRef<Path>) -> Result<(), StoreError> {
        open::back_up(&self.path, copy.as_ref()).await
    }

    /// Finishes open work and closes the file. Dropping the store is as safe; this leaves no log file behind.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[async_trait]
impl Commit for SqliteStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        self.writer.commit(batch.into_parts()?).await
    }
}

/// Wraps a database error. SQLite's texts name tables and constraints, never values.
fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::unavailable(error)
}
