//! The sealed bytes of parcels, in parts.
//!
//! # Contract
//!
//! - A parcel is a row of parts numbered from 0, each of 1 to [`MAX_PART_BYTES`] bytes. Parts are written one by one
//!   and may be written again, so that an upload resumes where it broke off; a part appears whole or not at all,
//!   and is durable on durable backends when [`ParcelBytes::put_part`] returns.
//! - [`ParcelBytes::create_part`] never writes over a part; of many that try at the same time one succeeds. Whoever created
//!   part 0 owns the parcel: [`ParcelBytesExt::write`] rests on that.
//! - A parcel nobody wrote to, or that was removed, has no parts; that is no error.
//! - [`ParcelBytes::remove`] may be repeated. A removal that was cut short leaves a parcel that
//!   [`ParcelBytes::list`] still names, so that a sweep can finish it.
//! - No call holds more than one part in memory, however large the parcel is.
//! - Ages are those of the storage's own clock: a sweep leaves room for clocks that differ.

mod encrypted;
mod objects;
#[cfg(feature = "s3")]
mod s3;
mod stream;
mod unfinished;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use mpp_core::{Fault, ParcelId, Persistence, Timestamp};

use crate::ItemKeyError;

pub use encrypted::EncryptedParcels;
pub use objects::ObjectParcels;
#[cfg(feature = "s3")]
pub use s3::{Addressing, PlainHttp, S3Credentials, S3Place, S3PlaceError};
pub use stream::{ByteStream, ParcelBytesExt, WrittenParcel};

/// The most bytes in one part: 8 MiB.
pub const MAX_PART_BYTES: usize = 8 * 1024 * 1024;

/// The place of a part in its parcel, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartNumber(pub u32);

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A part that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartInfo {
    /// Its place.
    pub part: PartNumber,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Keeps the bytes of parcels. [`ParcelBytesExt`] reads and writes them as one stream, and sweeps.
#[async_trait]
pub trait ParcelBytes: fmt::Debug + Send + Sync {
    /// Writes a part, in place of an earlier one of its number.
    ///
    /// # Errors
    /// [`ParcelBytesError::PartLength`], [`ParcelBytesError::Erased`] when the parcel's key is gone,
    /// [`ParcelBytesError::Unavailable`].
    async fn put_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError>;

    /// Writes a part that is not there yet.
    ///
    /// # Errors
    /// [`ParcelBytesError::AlreadyThere`], and like [`ParcelBytes::put_part`]. After
    /// [`ParcelBytesError::Unavailable`] the part may be there all the same.
    async fn create_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError>;

    /// The parts that are there, by number.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`].
    async fn parts(&self, parcel: ParcelId) -> Result<Vec<PartInfo>, ParcelBytesError>;

    /// One part, `None` when it is not there.
    ///
    /// # Errors
    /// [`ParcelBytesError::Altered`], [`ParcelBytesError::Erased`], [`ParcelBytesError::Unavailable`].
    async fn read_part(&self, parcel: ParcelId, part: PartNumber) -> Result<Option<Bytes>, ParcelBytesError>;

    /// Removes all parts of a parcel; no error when there are none.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`]: some parts may be gone, try again.
    async fn remove(&self, parcel: ParcelId) -> Result<(), ParcelBytesError>;

    /// All parcels that have parts, in no particular order: for sweeps.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`].
    async fn list(&self) -> Result<Vec<ParcelId>, ParcelBytesError>;

    /// The parcels of which no part was written at this instant or later, in no particular order: what a sweep looks at.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`].
    async fn untouched_since(&self, instant: Timestamp) -> Result<Vec<ParcelId>, ParcelBytesError>;

    /// Removes what writes left behind that began before this instant and never ended (a killed process, say), and
    /// says how many. It was never part of any parcel. Nothing to do where a write that breaks off leaves nothing.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`]: some may be gone, try again.
    async fn discard_unfinished(&self, before: Timestamp) -> Result<u64, ParcelBytesError>;
}

/// What can go wrong with the bytes of parcels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParcelBytesError {
    /// Nothing was written for the parcel, or it was removed.
    #[error("there are no bytes of parcel {parcel}")]
    NoSuchParcel {
        /// The parcel.
        parcel: ParcelId,
    },
    /// A part before the last one is not there.
    #[error("part {part} of parcel {parcel} is missing")]
    MissingPart {
        /// The parcel.
        parcel: ParcelId,
        /// The part.
        part: PartNumber,
    },
    /// A part is empty or has more than [`MAX_PART_BYTES`].
    #[error("part {part} of parcel {parcel} has {bytes} bytes, which is not allowed")]
    PartLength {
        /// The parcel.
        parcel: ParcelId,
        /// The part.
        part: PartNumber,
        /// How many bytes it has.
        bytes: usize,
    },
    /// Somebody else wrote the part already.
    #[error("part {part} of parcel {parcel} is there already")]
    AlreadyThere {
        /// The parcel.
        parcel: ParcelId,
        /// The part.
        part: PartNumber,
    },
    /// What is to be written does not come in.
    #[error("the bytes of parcel {parcel} do not come in")]
    Source {
        /// The parcel.
        parcel: ParcelId,
        /// What their source said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A part is not what was written.
    #[error("part {part} of parcel {parcel} is not what was written")]
    Altered {
        /// The parcel.
        parcel: ParcelId,
        /// The part.
        part: PartNumber,
    },
    /// The parcel's key was destroyed: what is left of its bytes can never be read.
    #[error("parcel {parcel} is erased")]
    Erased {
        /// The parcel.
        parcel: ParcelId,
    },
    /// The parcel's key cannot be had.
    #[error("the key of parcel {parcel} cannot be had")]
    Key {
        /// The parcel.
        parcel: ParcelId,
        /// Why.
        #[source]
        source: ItemKeyError,
    },
    /// The folder or object storage does not answer.
    #[error("the parcel storage does not answer")]
    Unavailable {
        /// Its own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ParcelBytesError {
    /// Whether trying the same call again can help.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Unavailable { .. } | Self::Source { .. } => Persistence::Temporary,
            Self::Key { source, .. } => source.persistence(),
            Self::NoSuchParcel { .. }
            | Self::MissingPart { .. }
            | Self::PartLength { .. }
            | Self::AlreadyThere { .. }
            | Self::Altered { .. }
            | Self::Erased { .. } => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoSuchParcel { .. }
            | Self::PartLength { .. }
            | Self::AlreadyThere { .. }
            | Self::Source { .. }
            | Self::Erased { .. } => Fault::Caller,
            Self::MissingPart { .. } | Self::Altered { .. } | Self::Key { .. } | Self::Unavailable { .. } => {
                Fault::Ourselves
            }
        }
    }
}
