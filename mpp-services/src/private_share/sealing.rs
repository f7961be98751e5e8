//! Seals personal fields of this role's records, each to its place.

use std::fmt::Display;

use mpp_crypto::at_rest::{FieldPlace, SealedField};
use mpp_store::{KnownKind, SealedKind, Vault, VaultError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::consent_record::AaConsentRecord;
use super::data_session_record::DataSessionRecord;
use super::login_records::{CustomerSessionRecord, LoginRecord, LoginStartsRecord};

/// The kinds of this role's records with sealed fields.
pub const SEALED_KINDS: [SealedKind; 3] = [
    SealedKind::of::<AaConsentRecord>(),
    SealedKind::of::<LoginRecord>(),
    SealedKind::of::<CustomerSessionRecord>(),
];

/// The kinds of all records of this role.
pub const KINDS: [KnownKind; 5] = [
    KnownKind::of::<AaConsentRecord>(),
    KnownKind::of::<CustomerSessionRecord>(),
    KnownKind::of::<DataSessionRecord>(),
    KnownKind::of::<LoginRecord>(),
    KnownKind::of::<LoginStartsRecord>(),
];

/// A sealed field of a record.
pub(super) type Sealed = SealedField;

/// Seals and opens personal fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealing<'a>(pub(super) &'a Vault);

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

impl Sealing<'_> {
    pub(super) fn seal<T: Serialize>(self, place: &Place, value: &T) -> Result<Sealed, VaultError> {
        self.0.seal(&place.as_field(), value)
    }

    pub(super) fn open<T: DeserializeOwned>(self, place: &Place, sealed: &Sealed) -> Result<T, VaultError> {
        self.0.open(&place.as_field(), sealed)
    }
}
