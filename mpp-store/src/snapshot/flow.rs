//! The way of entries from a store to a file and back, a few at a time.

use tokio::sync::mpsc;

use super::{SnapshotEntry, SnapshotError};

/// How many entries are under way at most.
const UNDER_WAY: usize = 64;

/// Takes the entries of a snapshot from a backend.
#[derive(Debug)]
pub struct SnapshotSender(mpsc::Sender<Sent>);

/// Gives the entries of a snapshot to a backend.
#[derive(Debug)]
pub struct SnapshotReceiver(mpsc::Receiver<Sent>);

/// An entry, or nothing behind the last one.
type Sent = Option<SnapshotEntry>;

pub(crate) fn flow() -> (SnapshotSender, SnapshotReceiver) {
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    (SnapshotSender(sender), SnapshotReceiver(receiver))
}

impl SnapshotSender {
    /// Sends an entry, as soon as there is room.
    ///
    /// # Errors
    /// [`SnapshotError::BrokenOff`] when nobody takes it any more.
    pub async fn send(&self, entry: SnapshotEntry) -> Result<(), SnapshotError> {
        self.0.send(Some(entry)).await.map_err(|_| SnapshotError::BrokenOff)
    }

    /// The same from a thread that may block.
    ///
    /// # Errors
    /// [`SnapshotError::BrokenOff`] when nobody takes it any more.
    pub fn send_blocking(&self, entry: SnapshotEntry) -> Result<(), SnapshotError> {
        self.0.blocking_send(Some(entry)).map_err(|_| SnapshotError::BrokenOff)
    }

    pub(crate) fn another(&self) -> Self {
        Self(self.0.clone())
    }

    /// Says that nothing is missing.
    pub(crate) async fn end(self) {
        // nobody listens any more when the receiver failed
        let _ = self.0.send(None).await;
    }

    pub(super) fn end_blocking(self) {
        // nobody listens any more when the receiver failed
        let _ = self.0.blocking_send(None);
    }
}

impl SnapshotReceiver {
    /// These entries, behind which others are missing: for the conformance suite.
    #[cfg(feature = "conformance")]
    #[must_use]
    pub fn breaking_off_after(entries: Vec<SnapshotEntry>) -> Self {
        let (sender, receiver) = mpsc::channel(entries.len().max(1));
        for entry in entries {
            // there is room for all of them
            let _ = sender.try_send(Some(entry));
        }
        Self(receiver)
    }

    /// The next entry; `None` behind the last one.
    ///
    /// # Errors
    /// [`SnapshotError::BrokenOff`] when the entries end before the last one: nothing may stay of what was written so far.
    pub async fn next(&mut self) -> Result<Option<SnapshotEntry>, SnapshotError> {
        arrived(self.0.recv().await)
    }

    /// The same on a thread that may block.
    ///
    /// # Errors
    /// [`SnapshotError::BrokenOff`] when the entries end before the last one: nothing may stay of what was written so far.
    pub fn next_blocking(&mut self) -> Result<Option<SnapshotEntry>, SnapshotError> {
        arrived(self.0.blocking_recv())
    }
}

fn arrived(sent: Option<Sent>) -> Result<Option<SnapshotEntry>, SnapshotError> {
    sent.ok_or(SnapshotError::BrokenOff)
}
