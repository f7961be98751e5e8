//! Seals personal fields of this role's records, each to its place.

use std::fmt::Display;
use std::sync::Arc;

use mpp_core::Entropy;
use mpp_crypto::at_rest::{AtRestError, EpochKeys, FieldPlace, SealedField, open_field, seal_field};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A sealed field of a record.
pub(super) type Sealed = SealedField;

/// Seals and opens personal fields under the epoch keys of this server.
#[derive(Debug, Clone)]
pub struct Sealing {
    epochs: Arc<EpochKeys>,
    entropy: Arc<dyn Entropy>,
}

/// A personal field could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// The keys do not fit.
    #[error(transparent)]
    AtRest(#[from] AtRestError),
    /// The content does not have the expected shape.
    #[error("a sealed field does not have the expected shape")]
    Shape,
}

/// Where a field stands; it opens nowhere else.
pub(super) struct Place {
    table: &'static str,
    row: String,
    column: &'static str,
}

impl Place {
    pub(super) fn new(table: &'static str, row: impl Display, column: &'static str) -> Self {
        Self { table, row: row.to_string(), column }
    }

    fn as_field(&self) -> FieldPlace<'_> {
        FieldPlace { table: self.table, row: &self.row, column: self.column }
    }
}

impl Sealing {
    /// Seals under these keys.
    #[must_use]
    pub const fn new(epochs: Arc<EpochKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self { epochs, entropy }
    }

    pub(super) fn seal<T: Serialize>(&self, place: Place, value: &T) -> Result<Sealed, SealingError> {
        let text = Zeroizing::new(serde_json::to_vec(value).map_err(|_| SealingError::Shape)?);
        Ok(seal_field(&self.epochs, &place.as_field(), &text, &*self.entropy)?)
    }

    pub(super) fn open<T: DeserializeOwned>(&self, place: Place, sealed: &Sealed) -> Result<T, SealingError> {
        let text = open_field(&self.epochs, &place.as_field(), sealed)?;
        serde_json::from_slice(&text).map_err(|_| SealingError::Shape)
    }
}
