//! Sealing personal fields, so that records can be stored, backed up and looked at without them.

use std::fmt;
use std::sync::Arc;

use mpp_core::{Entropy, Persistence};
use mpp_crypto::at_rest::{AtRestError, EpochKeys, FieldPlace, SealedField, open_field, seal_field};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{JsonFault, Record, RecordKey};

/// Seals personal fields under the epoch keys and opens them. A sealed field is a string in the record's JSON and
/// opens only at the place (kind, key, field) it was sealed for.
pub struct Vault {
    epochs: Arc<EpochKeys>,
    entropy: Arc<dyn Entropy>,
}

impl Vault {
    /// A vault with these keys.
    #[must_use]
    pub const fn new(epochs: Arc<EpochKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self { epochs, entropy }
    }

    /// The place of a field of a record.
    #[must_use]
    pub fn place<'a, R: Record>(key: &'a RecordKey, field: &'a str) -> FieldPlace<'a> {
        FieldPlace { table: R::KIND.as_str(), row: key.as_str(), column: field }
    }

    /// Seals a value at its place.
    ///
    /// # Errors
    /// [`VaultError::NotJson`] when it cannot be written as JSON, [`VaultError::AtRest`].
    pub fn seal<T: Serialize>(&self, place: &FieldPlace<'_>, value: &T) -> Result<SealedField, VaultError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|error| JsonFault::from(&error))?);
        Ok(seal_field(&self.epochs, place, &plain, &*self.entropy)?)
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// [`VaultError::AtRest`] when it does not open there, [`VaultError::NotJson`] when it is no `T`.
    pub fn open<T: DeserializeOwned>(
        &self,
        place: &FieldPlace<'_>,
        sealed: &SealedField,
    ) -> Result<T, VaultError> {
        let plain = open_field(&self.epochs, place, sealed)?;
        Ok(serde_json::from_slice(&plain).map_err(|error| JsonFault::from(&error))?)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("current", &self.epochs.current().id()).finish_non_exhaustive()
    }
}

/// A personal field cannot be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The value is not what the field holds. Content is not repeated.
    #[error("{0}")]
    NotJson(JsonFault),
    /// It does not open.
    #[error(transparent)]
    AtRest(#[from] AtRestError),
}

impl From<JsonFault> for VaultError {
    fn from(fault: JsonFault) -> Self {
        Self::NotJson(fault)
    }
}

impl VaultError {
    /// Whether trying the same call again can help.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::NotJson(_) => Persistence::Permanent,
            Self::AtRest(error) => error.persistence(),
        }
    }
}
