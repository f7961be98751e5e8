//! Personal fields of records.

use mpp_core::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::epoch_key::{EpochKeyId, EpochKeys};
use super::{AtRestError, append_with_length};
use crate::primitives::{base64, salted_box};

const EPOCH_LABEL: &[u8] = b"mpp epoch field v1";
const EPOCH_FORM: u8 = 1;
const ITEM_FORM: u8 = 2;

/// Where a sealed field stands; it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldPlace<'a> {
    /// The table, or kind of record.
    pub table: &'a str,
    /// The row: the record's key.
    pub row: &'a str,
    /// The column: the name of the field.
    pub column: &'a str,
}

impl FieldPlace<'_> {
    fn encode(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(24 + self.table.len() + self.row.len() + self.column.len());
        for part in [self.table, self.row, self.column] {
            append_with_length(&mut aad, part.as_bytes());
        }
        aad
    }
}

/// A sealed field as it is stored, base64 in serde: `01 || epoch id (8) || box` under an epoch key,
/// `02 || box` under an item key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealedField {
    epoch: Option<EpochKeyId>,
    sealed: Vec<u8>,
}

impl SealedField {
    /// The epoch key it is sealed under; `None` under an item key.
    #[must_use]
    pub const fn epoch(&self) -> Option<EpochKeyId> {
        self.epoch
    }

    /// How the text of every field begins that is sealed under this epoch key. Form and name are nine bytes, which are
    /// twelve characters of base64 whatever follows: so texts can be searched for such fields without reading them.
    #[must_use]
    pub fn beginning_under(epoch: EpochKeyId) -> String {
        base64::encode_standard(&[&[EPOCH_FORM], epoch.as_bytes().as_slice()].concat())
    }

    /// The stored bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.epoch {
            Some(epoch) => [&[EPOCH_FORM], epoch.as_bytes().as_slice(), &self.sealed].concat(),
            None => [&[ITEM_FORM], self.sealed.as_slice()].concat(),
        }
    }

    /// Reads the stored bytes.
    ///
    /// # Errors
    /// [`AtRestError::Authentication`] when they are not a sealed field.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AtRestError> {
        match bytes.split_first() {
            Some((&EPOCH_FORM, rest)) => {
                let (epoch, sealed) = rest.split_first_chunk().ok_or(AtRestError::Authentication)?;
                Ok(Self { epoch: Some(EpochKeyId::from_bytes(*epoch)), sealed: sealed.to_vec() })
            }
            Some((&ITEM_FORM, rest)) => Ok(Self { epoch: None, sealed: rest.to_vec() }),
            _ => Err(AtRestError::Authentication),
        }
    }
}

impl TryFrom<String> for SealedField {
    type Error = AtRestError;

    fn try_from(text: String) -> Result<Self, AtRestError> {
        Self::from_bytes(&base64::decode_standard(&text).ok_or(AtRestError::Authentication)?)
    }
}

impl From<SealedField> for String {
    fn from(field: SealedField) -> Self {
        base64::encode_standard(&field.to_bytes())
    }
}

/// Seals a field under the current epoch key.
///
/// # Errors
/// [`AtRestError::TooLong`] past 64 GiB.
pub fn seal_field(
    epochs: &EpochKeys,
    at: &FieldPlace<'_>,
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<SealedField, AtRestError> {
    let epoch = epochs.current();
    seal_with(epoch.secret(), EPOCH_LABEL, Some(epoch.id()), at, plaintext, entropy)
}

/// Opens a field sealed by [`seal_field`] at the same place.
///
/// # Errors
/// [`AtRestError::UnknownEpoch`] when its epoch key is not loaded, [`AtRestError::Authentication`] when it does not
/// open.
pub fn open_field(
    epochs: &EpochKeys,
    at: &FieldPlace<'_>,
    sealed: &SealedField,
) -> Result<Zeroizing<Vec<u8>>, AtRestError> {
    let epoch = epochs.find(sealed.epoch.ok_or(AtRestError::Authentication)?)?;
    open_with(epoch.secret(), EPOCH_LABEL, at, sealed)
}

/// Seals what `sealed` holds under the current epoch key, at the same place.
///
/// # Errors
/// Like [`open_field`] and [`seal_field`].
pub fn seal_field_anew(
    epochs: &EpochKeys,
    at: &FieldPlace<'_>,
    sealed: &SealedField,
    entropy: &dyn Entropy,
) -> Result<SealedField, AtRestError> {
    seal_field(epochs, at, &open_field(epochs, at, sealed)?, entropy)
}

pub(super) fn seal_with(
    secret: &[u8; 32],
    label: &[u8],
    epoch: Option<EpochKeyId>,
    at: &FieldPlace<'_>,
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<SealedField, AtRestError> {
    let sealed = salted_box::seal(secret, label, &at.encode(), plaintext, entropy)
        .map_err(|_| AtRestError::TooLong)?;
    Ok(SealedField { epoch, sealed })
}

pub(super) fn open_with(
    secret: &[u8; 32],
    label: &[u8],
    at: &FieldPlace<'_>,
    sealed: &SealedField,
) -> Result<Zeroizing<Vec<u8>>, AtRestError> {
    salted_box::open(secret, label, &at.encode(), &sealed.sealed).map_err(|_| AtRestError::Authentication)
}
