//! The sealed bytes of parcels, in parts.
//!
//! # Contract
//!
//! - A parcel is a row of parts numbered from 0, each of 1 to [`MAX_PART_BYTES`] bytes. Parts are written one by one
//!   and may be written again, so that an upload resumes where it broke off; a part appears whole or not at all,
//!   and is durable on durable backends when [`ParcelBytes::put_part`] returns.
//! - A parcel nobody wrote to, or that was removed, has no parts; that is no error.
//! - [`ParcelBytes::remove`] may be repeated. A removal that was cut short leaves a parcel that
//!   [`ParcelBytes::list`] still names, so that a sweep can finish it.
//! - No call holds more than one part in memory, however large the parcel is.

mod encrypted;
mod objects;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use mpp_core::{Fault, ParcelId, Persistence};

use crate::ItemKeyError;

pub use encrypted::EncryptedParcels;
pub use objects::ObjectParcels;

/// The most bytes in one part: 8 MiB.
pub const MAX_PART_BYTES: usize = 8 * 1024 * 1024;

/// The bytes of a parcel as they are read, in chunks of at most one part.
pub type ByteStream = BoxStream<'static, Result<Bytes, ParcelBytesError>>;

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

/// Keeps the bytes of parcels. [`ParcelBytesExt`] reads them as one stream.
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
}

/// Reads parcels as streams.
#[async_trait]
pub trait ParcelBytesExt {
    /// How many bytes the parcel has so far.
    ///
    /// # Errors
    /// Like [`ParcelBytes::parts`].
    async fn size(&self, parcel: ParcelId) -> Result<u64, ParcelBytesError>;

    /// The bytes of a parcel from byte `from` on (0 for all), part by part in constant memory. A parcel that is
    /// removed while it is read ends the stream with an error, never silently short.
    ///
    /// # Errors
    /// [`ParcelBytesError::NoSuchParcel`] when it has no parts, [`ParcelBytesError::MissingPart`] when there is a
    /// hole, and like [`ParcelBytes::parts`].
    async fn read(&self, parcel: ParcelId, from: u64) -> Result<ByteStream, ParcelBytesError>;
}

#[async_trait]
impl<T: ParcelBytes + ?Sized + 'static> ParcelBytesExt for Arc<T> {
    async fn size(&self, parcel: ParcelId) -> Result<u64, ParcelBytesError> {
        Ok(self.parts(parcel).await?.iter().map(|part| part.bytes).sum())
    }

    async fn read(&self, parcel: ParcelId, from: u64) -> Result<ByteStream, ParcelBytesError> {
        let parts = self.parts(parcel).await?;
        if parts.is_empty() {
            return Err(ParcelBytesError::NoSuchParcel { parcel });
        }
        for (expected, found) in (0..).map(PartNumber).zip(&parts) {
            if found.part != expected {
                return Err(ParcelBytesError::MissingPart { parcel, part: expected });
            }
        }
        let mut skipped = 0;
        let wanted = parts.into_iter().filter_map(move |info| {
            let start = skipped;
            skipped += info.bytes;
            (skipped > from).then_some((info, from.saturating_sub(start)))
        });
        let bytes = Arc::clone(self);
        let read = move |(info, skip)| read_part_from(Arc::clone(&bytes), parcel, info, skip);
        let chunks = stream::iter(wanted).then(read);
        Ok(end_at_error(chunks.boxed()))
    }
}

async fn read_part_from<T: ParcelBytes + ?Sized>(
    store: Arc<T>,
    parcel: ParcelId,
    info: PartInfo,
    skip: u64,
) -> Result<Bytes, ParcelBytesError> {
    let part = info.part;
    let missing = ParcelBytesError::MissingPart { parcel, part };
    let mut bytes = store.read_part(parcel, part).await?.ok_or(missing)?;
    if u64::try_from(bytes.len()) != Ok(info.bytes) {
        return Err(ParcelBytesError::Altered { parcel, part });
    }
    Ok(bytes.split_off(usize::try_from(skip).map_or(bytes.len(), |skip| skip.min(bytes.len()))))
}

/// A reader that goes on after an error would get bytes with a hole.
fn end_at_error(chunks: ByteStream) -> ByteStream {
    let next = |chunks: Option<ByteStream>| async move {
        let mut chunks = chunks?;
        let chunk = chunks.next().await?;
        let rest = chunk.is_ok().then_some(chunks);
        Some((chunk, rest))
    };
    stream::unfold(Some(chunks), next).boxed()
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
            Self::Unavailable { .. } => Persistence::Temporary,
            Self::Key { source, .. } => source.persistence(),
            Self::NoSuchParcel { .. }
            | Self::MissingPart { .. }
            | Self::PartLength { .. }
            | Self::Altered { .. }
            | Self::Erased { .. } => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoSuchParcel { .. } | Self::PartLength { .. } | Self::Erased { .. } => Fault::Caller,
            Self::MissingPart { .. } | Self::Altered { .. } | Self::Key { .. } | Self::Unavailable { .. } => {
                Fault::Ourselves
            }
        }
    }
}
