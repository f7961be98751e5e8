//! The store in a folder of sled: embedded, pure Rust, for one process.
//!
//! - **Durability.** A commit that returned survives a power failure: sled's log is written, and then the log's file is
//!   synced here, because sled's own flush on Linux writes the pages out but does not ask the disk to settle.
//! - **Atomicity.** Every commit is first written to the log as one entry, the intent, and only then change by change. Opening
//!   carries the last intent out again, so half a commit is never seen whenever the process stops or the disk fails.
//!   (decision 0032)
//! - **Writes** happen one after the other. Those that arrive while others are being written are written together and
//!   share one sync of the disk.
//! - **Reads** see the latest commit, whole and on the disk: sled has no snapshots across entries, so reads run beside each
//!   other but not beside a write. A read may have to wait for a sync.
//! - **One process.** The folder is locked while it is open; a second opening, by this or another process, is refused with
//!   [`StoreError::OpenElsewhere`].
//! - **Failures.** After a failed write or sync the state in memory is worth nothing: the store lets it go and opens the folder
//!   anew for the next call, which answers [`StoreError::Unavailable`] until that succeeds, for example when a full disk has space
//!   again.
//!   sled can hang after a failed write of a value of a megabyte or more; then that lasts until the process is started anew.
//! - **Damage.** Every value has a checksum. A damaged log, which sled takes for a shorter one, is refused when the folder is opened.
//! - **Erasure.** sled writes a log and reuses its segments in time; deleted bytes stay in the file until then, and nothing
//!   here can overwrite them. Personal fields are sealed before they get here ([`crate::Vault`]), so destroying their
//!   key is what erases them.
//! - **Limits.** Counting a kind and the backlog look at every entry they count. The folder is several times as large as what
//!   is in it, and opening reads the log. sled 0.34 is its latest
//!   stable release; its own documentation calls it beta and recommends SQLite where reliability comes first.
//! - The folder may be entered by its owner only.

mod commit;
mod database;
mod draft;
mod group;
mod inspect;
mod jobs;
mod keys;
mod outbox;
mod read;
mod removal;
mod rows;
mod snapshot;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Commit, RecordKind, StoreError, Version, WriteBatch};

use database::Database;
use values::impossible;

/// The store in a folder of sled.
#[derive(Debug)]
pub struct SledStore {
    folder: PathBuf,
    database: Arc<Database>,
}

impl SledStore {
    /// Opens the folder, making it (for its owner only) when there is none. A commit that was cut off is finished.
    ///
    /// # Errors
    /// [`StoreError::OpenElsewhere`] when it is open already, [`StoreError::NewerSchema`] when a newer program wrote it,
    /// [`StoreError::Inconsistent`] when it cannot be understood, [`StoreError::Unavailable`] when it cannot be opened.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref().to_path_buf();
        let opening = folder.clone();
        let opened = tokio::task::spawn_blocking(move || Database::open(&opening)).await;
        let database = Arc::new(opened.map_err(StoreError::unavailable)??);
        Ok(Self { folder, database })
    }

    /// The format this program reads and writes.
    #[must_use]
    pub const fn known_format() -> i64 {
        Database::FORMAT
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Finishes open work and closes the folder. Dropping the store does the same, but blocks its thread meanwhile.
    pub async fn close(self) {
        // a panic while closing has been turned into an error already, and there is nobody to tell
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        self.database.close();
    }
}

#[async_trait]
impl Commit for SledStore {
    async fn commit(&self, batch: WriteBatch) -> Result<Version, StoreError> {
        let parts = batch.into_parts()?;
        Database::write(&self.database, move |draft| commit::draft(draft, &parts)).await
    }
}

/// Wraps an error of sled's. Its texts name files and places, never values.
fn from_sled(error: ::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Corruption { .. } => damaged("log"),
        error => StoreError::unavailable(error),
    }
}

/// Something that only a damaged folder can hold.
fn damaged(column: &'static str) -> StoreError {
    const FOLDER_KIND: RecordKind = RecordKind::new("sled-folder");
    rows::inconsistent(FOLDER_KIND, FOLDER_KIND.as_str(), impossible(column))
}
