//! Sealing personal fields, so that records can be stored, backed up and looked at without them.

use std::fmt;
use std::sync::Arc;

use mpp_core::{Entropy, Persistence};
use mpp_crypto::at_rest::{
    AtRestError, EpochKeyId, EpochKeys, FieldPlace, SealedField, open_field, seal_field, seal_field_anew,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{ItemKeyError, JsonFault, LiveEpochs, Record, RecordKey};

/// Seals personal fields under the epoch keys and opens them. A sealed field is a string in the record's JSON and
/// opens only at the place (kind, key, field) it was sealed for.
pub struct Vault {
    epochs: LiveEpochs,
    entropy: Arc<dyn Entropy>,
}

impl Vault {
    /// A vault with these keys.
    #[must_use]
    pub fn new(epochs: impl Into<LiveEpochs>, entropy: Arc<dyn Entropy>) -> Self {
        Self { epochs: epochs.into(), entropy }
    }

    /// The name of the epoch key that seals.
    pub(crate) fn current_epoch(&self) -> EpochKeyId {
        self.epochs.keys().current().id()
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
        Ok(seal_field(&self.epochs.keys(), place, &plain, &*self.entropy)?)
    }

    /// Seals what is sealed already under the current epoch key, at the same place, without looking at it.
    ///
    /// # Errors
    /// [`VaultError::AtRest`] when it does not open there.
    pub fn seal_anew(&self, place: &FieldPlace<'_>, sealed: &SealedField) -> Result<SealedField, VaultError> {
        self.with_its_key(|epochs| seal_field_anew(epochs, place, sealed, &*self.entropy))
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
        let plain = self.with_its_key(|epochs| open_field(epochs, place, sealed))?;
        Ok(serde_json::from_slice(&plain).map_err(|error| JsonFault::from(&error))?)
    }

    /// Tries again with freshly loaded keys when a key is not known: another process may have begun an epoch.
    fn with_its_key<T>(&self, open: impl Fn(&EpochKeys) -> Result<T, AtRestError>) -> Result<T, VaultError> {
        match open(&self.epochs.keys()) {
            Err(AtRestError::UnknownEpoch { .. }) => {
                self.epochs.reload().map_err(VaultError::keys)?;
                Ok(open(&self.epochs.keys())?)
            }
            opened => Ok(opened?),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("current", &self.epochs.keys().current().id()).finish_non_exhaustive()
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
    /// The epoch keys cannot be loaded again.
    #[error("{text}")]
    Keys {
        /// Why not.
        text: String,
        /// Whether trying again can help.
        persistence: Persistence,
    },
}

impl From<JsonFault> for VaultError {
    fn from(fault: JsonFault) -> Self {
        Self::NotJson(fault)
    }
}

impl VaultError {
    fn keys(error: ItemKeyError) -> Self {
        Self::Keys { text: error.to_string(), persistence: error.persistence() }
    }

    /// Whether trying the same call again can help.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::NotJson(_) => Persistence::Permanent,
            Self::AtRest(error) => error.persistence(),
            Self::Keys { persistence, .. } => *persistence,
        }
    }
}
