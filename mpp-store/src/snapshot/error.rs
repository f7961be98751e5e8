//! What can go wrong with a snapshot.

use std::io;

use mpp_core::Persistence;

use crate::{Inconsistency, StoreError};

/// A snapshot was not taken or not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file does not begin as a snapshot does.
    #[error("this file is no snapshot")]
    NotASnapshot,
    /// A program of another version wrote it.
    #[error("the snapshot has version {found}, this program reads {known}")]
    UnknownVersion {
        /// The version it has.
        found: u32,
        /// The one this program reads and writes.
        known: u32,
    },
    /// It ends before its end, or a length in it was altered.
    #[error("the snapshot is cut short")]
    CutShort,
    /// Its digest does not stand.
    #[error("the snapshot is not as it was written")]
    Altered,
    /// Its digest stands, but it says what no snapshot says.
    #[error("entry {entry} of the snapshot is not as it must be: {cause}")]
    Malformed {
        /// The number of the entry, from 0.
        entry: u64,
        /// What is wrong with it.
        cause: Inconsistency,
    },
    /// Two entries cannot be in one store: they have the same key, place or unique index value.
    #[error("two entries of the snapshot claim the same {what}")]
    Contradiction {
        /// What they both claim.
        what: &'static str,
    },
    /// A text in it has no form in this backend.
    #[error("a text of the snapshot cannot be stored here: {cause}")]
    Unstorable {
        /// Why not.
        cause: crate::Unencodable,
    },
    /// Only a store that was never written to is filled.
    #[error("the store is not empty: a snapshot is restored into a new one only")]
    NotEmpty,
    /// The other side stopped giving or taking entries; it knows why.
    #[error("the snapshot broke off")]
    BrokenOff,
    /// The file cannot be read or written.
    #[error("the file of the snapshot: {0}")]
    File(#[source] io::Error),
    /// The store refuses or does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    /// Whether trying the very same call again can help.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Store(error) => error.persistence(),
            Self::File(_) | Self::BrokenOff => Persistence::Temporary,
            Self::NotASnapshot
            | Self::UnknownVersion { .. }
            | Self::CutShort
            | Self::Altered
            | Self::Malformed { .. }
            | Self::Contradiction { .. }
            | Self::Unstorable { .. }
            | Self::NotEmpty => Persistence::Permanent,
        }
    }
}
