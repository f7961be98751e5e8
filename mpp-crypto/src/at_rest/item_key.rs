//! One key per thing that can be erased, kept only wrapped.

use std::fmt;

use mpp_core::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::epoch_key::{EpochKeyId, EpochKeys};
use super::field::{self, FieldPlace, SealedField};
use super::{AtRestError, append_with_length};
use crate::primitives::{base64, salted_box};

const WRAP_LABEL: &[u8] = b"mpp item key v1";
const FIELD_LABEL: &[u8] = b"mpp item field v1";
const WRAPPED_FORM: u8 = 1;

/// The key of one parcel or one data item: destroying every wrapped copy erases what it sealed. Wiped on drop, never
/// cloned, and never moved in memory: a move would leave a copy behind.
pub struct ItemKey(Box<Zeroizing<[u8; 32]>>);

impl ItemKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        entropy.fill(secret.as_mut_slice());
        Self(secret)
    }

    /// Wraps the key under the current epoch key, bound to the name of the item.
    ///
    /// # Errors
    /// [`AtRestError::TooLong`], which a key never is.
    pub fn wrap(
        &self,
        epochs: &EpochKeys,
        item: &str,
        entropy: &dyn Entropy,
    ) -> Result<WrappedItemKey, AtRestError> {
        let epoch = epochs.current();
        let sealed = salted_box::seal(
            epoch.secret(),
            WRAP_LABEL,
            &place(epoch.id(), item),
            self.0.as_slice(),
            entropy,
        )
        .map_err(|_| AtRestError::TooLong)?;
        Ok(WrappedItemKey { epoch: epoch.id(), sealed })
    }

    /// Unwraps a key that was wrapped for the item of this name.
    ///
    /// # Errors
    /// [`AtRestError::UnknownEpoch`] when its epoch key is not loaded, [`AtRestError::Authentication`] when it does
    /// not open.
    pub fn unwrap_from(
        epochs: &EpochKeys,
        item: &str,
        wrapped: &WrappedItemKey,
    ) -> Result<Self, AtRestError> {
        let epoch = epochs.find(wrapped.epoch)?;
        let key = salted_box::open(epoch.secret(), WRAP_LABEL, &place(epoch.id(), item), &wrapped.sealed)
            .map_err(|_| AtRestError::Authentication)?;
        let key: &[u8; 32] = key.as_slice().try_into().map_err(|_| AtRestError::Authentication)?;
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        secret.copy_from_slice(key);
        Ok(Self(secret))
    }

    /// Seals a field under this key: it is erased with the item.
    ///
    /// # Errors
    /// [`AtRestError::TooLong`] past 64 GiB.
    pub fn seal_field(
        &self,
        at: &FieldPlace<'_>,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<SealedField, AtRestError> {
        field::seal_with(self.secret(), FIELD_LABEL, None, at, plaintext, entropy)
    }

    /// Opens a field sealed by [`ItemKey::seal_field`] at the same place.
    ///
    /// # Errors
    /// [`AtRestError::Authentication`] when it does not open.
    pub fn open_field(
        &self,
        at: &FieldPlace<'_>,
        sealed: &SealedField,
    ) -> Result<Zeroizing<Vec<u8>>, AtRestError> {
        if sealed.epoch().is_some() {
            return Err(AtRestError::Authentication);
        }
        field::open_with(self.secret(), FIELD_LABEL, at, sealed)
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ItemKey(..)")
    }
}

/// An [`ItemKey`] as it is stored: `01 || epoch id (8) || salt (16) || sealed key (32) || tag (16)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WrappedItemKey {
    epoch: EpochKeyId,
    sealed: Vec<u8>,
}

impl WrappedItemKey {
    /// The epoch key it is wrapped under.
    #[must_use]
    pub const fn epoch(&self) -> EpochKeyId {
        self.epoch
    }

    /// The stored bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[WRAPPED_FORM], self.epoch.as_bytes().as_slice(), &self.sealed].concat()
    }

    /// Reads the stored bytes.
    ///
    /// # Errors
    /// [`AtRestError::Authentication`] when they are not a wrapped key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AtRestError> {
        let Some((&WRAPPED_FORM, rest)) = bytes.split_first() else {
            return Err(AtRestError::Authentication);
        };
        let (epoch, sealed) = rest.split_first_chunk().ok_or(AtRestError::Authentication)?;
        Ok(Self { epoch: EpochKeyId::from_bytes(*epoch), sealed: sealed.to_vec() })
    }
}

impl TryFrom<String> for WrappedItemKey {
    type Error = AtRestError;

    fn try_from(text: String) -> Result<Self, AtRestError> {
        Self::from_bytes(&base64::decode_standard(&text).ok_or(AtRestError::Authentication)?)
    }
}

impl From<WrappedItemKey> for String {
    fn from(wrapped: WrappedItemKey) -> Self {
        base64::encode_standard(&wrapped.to_bytes())
    }
}

fn place(epoch: EpochKeyId, item: &str) -> Vec<u8> {
    let mut aad = epoch.as_bytes().to_vec();
    append_with_length(&mut aad, item.as_bytes());
    aad
}
