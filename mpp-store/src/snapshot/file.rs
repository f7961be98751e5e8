//! The file of a snapshot: written once, looked through before it is used.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mpp_core::Sha256Digest;
use mpp_crypto::Sha256;

use super::entry::SnapshotCounters;
use super::flow::{SnapshotReceiver, flow};
use super::order::Order;
use super::{SnapshotError, Snapshots, form, reading};
use crate::fields::impossible;

/// How every snapshot begins; the version follows.
pub(super) const MAGIC: &[u8; 12] = b"mpp-snapshot";
pub(super) const VERSION: u32 = 1;
/// The most bytes of an entry: nothing that a store keeps in one piece comes near it.
pub(super) const MOST_ENTRY_BYTES: u32 = 1 << 30;

/// A snapshot in a file.
#[derive(Debug, Clone)]
pub struct SnapshotFile(PathBuf);

/// What is in a snapshot.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotSummary {
    /// The last numbers that the store had given out.
    pub counters: SnapshotCounters,
    /// How many records there are.
    pub records: u64,
    /// How many jobs there are, parked ones too.
    pub jobs: u64,
    /// How many metered uses there are.
    pub usage_entries: u64,
}

impl SnapshotFile {
    /// The version this program writes and reads.
    pub const VERSION: u32 = VERSION;

    /// The snapshot in this file, or the one to be written there.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Takes a snapshot of a store into this file, which must not be there yet; only its owner may read it, and it is on the disk
    /// when this returns. When it fails, what there is of the file is no whole snapshot and is removed.
    ///
    /// # Errors
    /// [`SnapshotError::File`], and like [`Snapshots::take_snapshot`].
    pub async fn take_of(&self, store: &dyn Snapshots) -> Result<SnapshotSummary, SnapshotError> {
        let file = create(&self.0).map_err(SnapshotError::File)?;
        let (sender, receiver) = flow();
        let writing = tokio::task::spawn_blocking(move || write(file, receiver));
        let ends = sender.another();
        let taken = store.take_snapshot(sender).await;
        match &taken {
            Ok(()) => ends.end().await,
            Err(_) => drop(ends),
        }
        let written = writing.await.unwrap_or_else(|error| Err(SnapshotError::File(io::Error::other(error))));
        let settled = settled(written, taken);
        if settled.is_err() {
            // the error says what went wrong; that the rest of the file stays is no other fault
            let _ = std::fs::remove_file(&self.0);
        }
        settled
    }

    /// Looks through the whole file: its digest, every entry, their order.
    ///
    /// # Errors
    /// [`SnapshotError::NotASnapshot`], [`SnapshotError::UnknownVersion`], [`SnapshotError::CutShort`],
    /// [`SnapshotError::Altered`], [`SnapshotError::Malformed`], [`SnapshotError::File`].
    pub async fn verify(&self) -> Result<SnapshotSummary, SnapshotError> {
        let path = self.0.clone();
        let reading = tokio::task::spawn_blocking(move || reading::read(&path, |_| Ok(())));
        reading.await.unwrap_or_else(|error| Err(SnapshotError::File(io::Error::other(error))))
    }

    /// Fills a store that is empty. The file is looked through first, and nothing is written when anything is wrong with it.
    ///
    /// # Errors
    /// Like [`SnapshotFile::verify`] and [`Snapshots::restore_snapshot`].
    pub async fn restore_into(&self, store: &dyn Snapshots) -> Result<SnapshotSummary, SnapshotError> {
        self.verify().await?;
        let (sender, receiver) = flow();
        let path = self.0.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let summary = reading::read(&path, |entry| sender.send_blocking(entry))?;
            sender.end_blocking();
            Ok(summary)
        });
        let restored = store.restore_snapshot(receiver).await;
        let read = reading.await.unwrap_or_else(|error| Err(SnapshotError::File(io::Error::other(error))));
        settled(read, restored)
    }
}

/// The outcome of two sides, of which one may only know that the other broke off.
fn settled(
    file: Result<SnapshotSummary, SnapshotError>,
    store: Result<(), SnapshotError>,
) -> Result<SnapshotSummary, SnapshotError> {
    match (file, store) {
        (Err(SnapshotError::BrokenOff), Err(error)) | (Err(error), _) => Err(error),
        (Ok(_), Err(error)) => Err(error),
        (Ok(summary), Ok(())) => Ok(summary),
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(file: File, mut from: SnapshotReceiver) -> Result<SnapshotSummary, SnapshotError> {
    let mut out = Digesting { out: BufWriter::with_capacity(1 << 16, file), hasher: Sha256::new() };
    let mut order = Order::default();
    let mut number = 0_u64;
    let begin = || -> io::Result<()> {
        out.write(MAGIC)?;
        out.write(&VERSION.to_be_bytes())
    };
    let mut begin = begin;
    begin().map_err(SnapshotError::File)?;
    while let Some(entry) = from.next_blocking()? {
        order.note(&entry).map_err(|cause| SnapshotError::Malformed { entry: number, cause })?;
        let (tag, bytes) = form::written(&entry);
        out.frame(tag, &bytes, number)?;
        number = number.saturating_add(1);
    }
    let counters = order.end().map_err(|cause| SnapshotError::Malformed { entry: number, cause })?;
    out.frame(form::END, &form::written_end(counts(&order)), number)?;
    out.close().map_err(SnapshotError::File)?;
    Ok(summary(counters, &order))
}

pub(super) const fn counts(order: &Order) -> [u64; 4] {
    [order.records, order.jobs, order.leaves, order.uses]
}

pub(super) const fn summary(counters: SnapshotCounters, order: &Order) -> SnapshotSummary {
    SnapshotSummary { counters, records: order.records, jobs: order.jobs, usage_entries: order.uses }
}

/// Takes the digest of what is written.
struct Digesting {
    out: BufWriter<File>,
    hasher: Sha256,
}

impl Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }

    fn frame(&mut self, tag: u8, bytes: &[u8], entry: u64) -> Result<(), SnapshotError> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length < MOST_ENTRY_BYTES);
        let cause = impossible("length");
        let length = length.ok_or(SnapshotError::Malformed { entry, cause })?;
        let mut write = || -> io::Result<()> {
            self.write(&length.to_be_bytes())?;
            self.write(&[tag])?;
            self.write(bytes)
        };
        write().map_err(SnapshotError::File)
    }

    /// Writes the digest and makes file and name durable.
    fn close(mut self) -> io::Result<()> {
        let digest: Sha256Digest = self.hasher.finish();
        self.out.write_all(digest.as_bytes())?;
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}
