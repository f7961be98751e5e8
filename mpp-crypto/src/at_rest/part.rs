//! The bytes of a parcel, part by part.

use std::fmt;

use mpp_core::{Entropy, ParcelId};
use zeroize::Zeroizing;

use super::{AtRestError, ItemKey};
use crate::primitives::salted_box;

const PART_LABEL: &[u8] = b"mpp parcel part v1";

/// How many bytes a stored part is longer than its content.
pub const PART_OVERHEAD: usize = salted_box::OVERHEAD;

/// Seals and opens the parts of one parcel. A part may be written again with other bytes: each writing has its own key
/// and nonce.
pub struct PartCipher<'k> {
    key: &'k ItemKey,
    parcel: ParcelId,
}

impl<'k> PartCipher<'k> {
    /// The cipher of this parcel under its item key.
    #[must_use]
    pub const fn new(key: &'k ItemKey, parcel: ParcelId) -> Self {
        Self { key, parcel }
    }

    /// Seals the part of this number.
    ///
    /// # Errors
    /// [`AtRestError::TooLong`] past 64 GiB.
    pub fn seal(&self, part: u32, plaintext: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, AtRestError> {
        salted_box::seal(self.key.secret(), PART_LABEL, &self.place(part), plaintext, entropy)
            .map_err(|_| AtRestError::TooLong)
    }

    /// Opens the part of this number.
    ///
    /// # Errors
    /// [`AtRestError::Authentication`] when it does not open.
    pub fn open(&self, part: u32, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AtRestError> {
        salted_box::open(self.key.secret(), PART_LABEL, &self.place(part), sealed)
            .map_err(|_| AtRestError::Authentication)
    }

    fn place(&self, part: u32) -> Vec<u8> {
        [self.parcel.as_bytes().as_slice(), &part.to_be_bytes()].concat()
    }
}

impl fmt::Debug for PartCipher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartCipher").field("parcel", &self.parcel).finish_non_exhaustive()
    }
}
