//! What our own storage is sealed with: fields of records, and the bytes of parcels.
//!
//! An [`EpochKey`] lives outside the database and wraps one [`ItemKey`] per thing that can be erased. Erasing
//! destroys the item key first: whatever copies of the bytes remain, nobody can read them.
//!
//! Every sealed thing is bound to its place, so that it cannot be moved to another row or parcel. A failure to open
//! says nothing but that.

mod epoch_key;
mod field;
mod item_key;
mod part;

use mpp_core::Persistence;

pub use epoch_key::{EpochKey, EpochKeyId, EpochKeys};
pub use field::{FieldPlace, SealedField, open_field, seal_field, seal_field_anew};
pub use item_key::{ItemKey, WrappedItemKey};
pub use part::{PART_OVERHEAD, PartCipher};

/// Sealing for storage, or opening what was stored, failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AtRestError {
    /// It does not open: altered, moved from its place, or under another key.
    #[error("the stored bytes do not open")]
    Authentication,
    /// It was sealed under an epoch key that is not loaded.
    #[error("sealed under an epoch key that is not loaded")]
    UnknownEpoch {
        /// The key that is needed.
        epoch: EpochKeyId,
    },
    /// It is longer than one seal takes (64 GiB).
    #[error("too long to seal at once")]
    TooLong,
}

impl AtRestError {
    /// Whether trying again can help: after loading the missing key it may.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::UnknownEpoch { .. } => Persistence::Temporary,
            Self::Authentication | Self::TooLong => Persistence::Permanent,
        }
    }
}

/// Appends `bytes` behind their length, so that no two lists of texts have the same encoding.
fn append_with_length(target: &mut Vec<u8>, bytes: &[u8]) {
    target.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    target.extend_from_slice(bytes);
}
