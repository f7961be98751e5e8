//! Snapshots: all of a store as of one commit, in one form for every backend, and the file it is kept in.
//!
//! # Contract
//!
//! - [`Snapshots::take_snapshot`] gives what one commit left, whole: the counters; records by kind and place; jobs, in
//!   whatever hands, by place; leaves from the first that is kept; uses by instant and id. Nothing of a later commit is among it. It holds no more
//!   than a few entries in memory.
//! - [`Snapshots::restore_snapshot`] fills a store that has never been written to, with everything or with nothing: when it
//!   fails, or the process ends in the middle of it, the store is empty as before. Versions, places, leases and the numbers that
//!   come next are those of the snapshot, so that whoever holds a version, a cursor or a lease goes on as if nothing had been.
//! - A snapshot of one backend may be restored into another.
//!
//! Sealed fields of records stay sealed: a snapshot holds what the store holds. `docs/formats/snapshot-v1.md` says what the file
//! looks like.

mod entry;
mod error;
mod file;
mod flow;
mod form;
mod order;
mod reading;
#[cfg(test)]
mod tests;

use async_trait::async_trait;

use crate::Store;

pub use entry::{SnapshotCounters, SnapshotEntry, SnapshotJob, SnapshotRecord};
pub use error::SnapshotError;
pub use file::{SnapshotFile, SnapshotSummary};
pub(crate) use flow::flow;
pub use flow::{SnapshotReceiver, SnapshotSender};

/// Everything a backend is: the ports of its callers, and what backups need of it.
pub trait Backend: Store + Snapshots {}

impl<T: Store + Snapshots + ?Sized> Backend for T {}

/// Gives all of a store, and fills an empty one: what a backend does for backups.
#[async_trait]
pub trait Snapshots: std::fmt::Debug + Send + Sync {
    /// Sends everything that is in the store as of one commit. Others go on reading, and writing where the backend can.
    ///
    /// # Errors
    /// [`SnapshotError::Store`] when the store does not answer or holds what cannot be understood;
    /// [`SnapshotError::BrokenOff`] when nobody takes the entries any more.
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError>;

    /// Fills the store, which must be empty: all of the snapshot or nothing.
    ///
    /// # Errors
    /// [`SnapshotError::NotEmpty`] when something was ever written here, [`SnapshotError::Contradiction`] when entries
    /// cannot be in one store, [`SnapshotError::BrokenOff`] when they end too early, [`SnapshotError::Store`].
    async fn restore_snapshot(&self, from: SnapshotReceiver) -> Result<(), SnapshotError>;
}
