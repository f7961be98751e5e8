//! What can go wrong at the storage ports.

use std::fmt;

use mpp_core::{Fault, JobId, Persistence};

use crate::{RecordKey, RecordKind};

/// The one error of the record, outbox and log ports. Texts name kinds, keys and positions, never content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something changed since the caller read it, or is there (or gone) against the caller's expectation.
    /// Nothing of the batch was written: read again and decide again.
    #[error("{kind} {key} is not as this write expects it")]
    Conflict {
        /// The kind of the record.
        kind: RecordKind,
        /// The record's key.
        key: RecordKey,
    },
    /// One batch writes the same record twice, so its order of effects would be unclear.
    #[error("{kind} {key} is written twice in one batch")]
    WrittenTwice {
        /// The kind of the record.
        kind: RecordKind,
        /// The record's key.
        key: RecordKey,
    },
    /// The job was taken over, finished, parked or put back since it was leased. Nothing of the batch was
    /// written: whoever holds the job now will do the work.
    #[error("the lease of job {job} is lost")]
    LeaseLost {
        /// The job.
        job: JobId,
    },
    /// Only a parked job can be replayed or discarded.
    #[error("job {job} is not parked")]
    NotParked {
        /// The job.
        job: JobId,
    },
    /// What is stored cannot be understood by this program.
    #[error("the stored {kind} {key} cannot be understood: {cause}")]
    Inconsistent {
        /// The kind of the record.
        kind: RecordKind,
        /// The record's key.
        key: RecordKey,
        /// What is wrong with it.
        cause: Inconsistency,
    },
    /// A value cannot be brought into its stored form.
    #[error("a {kind} cannot be stored: {cause}")]
    Unencodable {
        /// The kind of the record.
        kind: RecordKind,
        /// Why not.
        cause: Unencodable,
    },
    /// The cursor was not given out by a listing of this sort.
    #[error("not a cursor of this listing")]
    InvalidCursor,
    /// A newer program has changed this database; refusing protects it.
    #[error("the database carries migration {version}, which this program does not know")]
    NewerSchema {
        /// The migration's number.
        version: i64,
    },
    /// A migration differs from the one that was applied, or stopped half way.
    #[error("migration {version} in the database differs from the one this program carries")]
    ChangedMigration {
        /// The migration's number.
        version: i64,
    },
    /// The SQLite library in use has a fault that can lose committed data.
    #[error("SQLite {found} can lose committed data in write-ahead mode; {needed} or later is needed")]
    SqliteTooOld {
        /// The version in use.
        found: String,
        /// The least version that is safe.
        needed: &'static str,
    },
    /// The PostgreSQL server is older than what this program was made for.
    #[error("PostgreSQL {found} is too old, {needed} or later is needed")]
    PostgresTooOld {
        /// The server's version.
        found: String,
        /// The least version that will do.
        needed: &'static str,
    },
    /// The text is not the address of a PostgreSQL database, or has a part that is not understood. It is not repeated: it
    /// may hold a password.
    #[error("not an address of the form postgres://user@host:port/database")]
    InvalidAddress,
    /// The backend does not answer, or not in time. Whether a commit took effect is unknown: read again.
    #[error("the store does not answer")]
    Unavailable {
        /// The backend's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Wraps a backend's own error.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: source.into() }
    }

    /// Whether trying the very same call again can help. A conflict is permanent in this sense: the caller has
    /// to read and decide again.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Unavailable { .. } => Persistence::Temporary,
            Self::Conflict { .. }
            | Self::WrittenTwice { .. }
            | Self::LeaseLost { .. }
            | Self::NotParked { .. }
            | Self::Inconsistent { .. }
            | Self::Unencodable { .. }
            | Self::InvalidCursor
            | Self::NewerSchema { .. }
            | Self::ChangedMigration { .. }
            | Self::SqliteTooOld { .. }
            | Self::PostgresTooOld { .. }
            | Self::InvalidAddress => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Conflict { .. } | Self::LeaseLost { .. } | Self::NotParked { .. } | Self::InvalidCursor => {
                Fault::Caller
            }
            Self::WrittenTwice { .. }
            | Self::Inconsistent { .. }
            | Self::Unencodable { .. }
            | Self::NewerSchema { .. }
            | Self::ChangedMigration { .. }
            | Self::SqliteTooOld { .. }
            | Self::PostgresTooOld { .. }
            | Self::InvalidAddress
            | Self::Unavailable { .. } => Fault::Ourselves,
        }
    }

    /// Whether reading again and deciding again is the way on.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

/// What is wrong with something stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// It has a form this program does not read.
    #[error("form {found} is not readable here, the newest known is {newest}")]
    UnknownForm {
        /// The form found.
        found: u16,
        /// The newest form this program knows.
        newest: u16,
    },
    /// Its JSON does not have the shape of its form. Content is not repeated: it may be personal.
    #[error("{0}")]
    Unreadable(JsonFault),
    /// Its content names another key than the one it is stored under.
    #[error("its content belongs to another key")]
    WrongKey,
    /// A column holds a value outside its range.
    #[error("column {column} holds an impossible value")]
    ImpossibleColumn {
        /// The column.
        column: &'static str,
    },
}

/// Why a value cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unencodable {
    /// It cannot be written as JSON.
    #[error("{0}")]
    NotJson(JsonFault),
    /// Its key or an index value is empty or longer than [`crate::MAX_KEY_BYTES`].
    #[error("a key or index value is empty or too long")]
    KeyLength,
    /// A text holds the character U+0000, which the backend has no form for.
    #[error("a text holds the character U+0000")]
    ZeroCharacter,
}

/// Where and in what way JSON is wrong, without repeating any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonFault {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for JsonFault {
    fn from(error: &serde_json::Error) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column() }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JSON {:?} fault at line {} column {}", self.category, self.line, self.column)
    }
}
