//! Records with sealed fields, and how these are sealed anew.

use mpp_crypto::at_rest::{AtRestError, SealedField};

use super::rotation::RotationError;
use crate::{Record, RecordKind, StoredRecord, Vault, VaultError, WriteBatch};

/// A record with fields that are sealed under an epoch key, each at the place [`Vault::place`] gives it.
pub trait SealedRecord: Record {
    /// Every sealed field that is there, with its name.
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)>;
}

/// A kind of record with sealed fields. The list of a server's kinds is all that is needed to seal its records anew.
#[derive(Debug, Clone, Copy)]
pub struct SealedKind {
    kind: RecordKind,
    seal_anew: SealAnew,
}

type SealAnew = fn(&StoredRecord, &Vault, &mut WriteBatch) -> Result<bool, RotationError>;

impl SealedKind {
    /// The kind of this type.
    #[must_use]
    pub const fn of<R: SealedRecord>() -> Self {
        Self { kind: R::KIND, seal_anew: seal_anew::<R> }
    }

    /// The name of the kind.
    #[must_use]
    pub const fn kind(&self) -> RecordKind {
        self.kind
    }

    /// Puts the record with its fields sealed under the current epoch key into the batch, if any is under another.
    pub(super) fn seal_anew(
        &self,
        stored: &StoredRecord,
        vault: &Vault,
        batch: &mut WriteBatch,
    ) -> Result<bool, RotationError> {
        (self.seal_anew)(stored, vault, batch)
    }
}

fn seal_anew<R: SealedRecord>(
    stored: &StoredRecord,
    vault: &Vault,
    batch: &mut WriteBatch,
) -> Result<bool, RotationError> {
    let mut read = stored.decode::<R>()?;
    let mut changed = false;
    for (column, field) in read.record.sealed_fields() {
        if field.epoch() == Some(vault.current_epoch()) {
            continue;
        }
        match vault.seal_anew(&Vault::place::<R>(&stored.key, column), field) {
            Ok(fresh) => {
                *field = fresh;
                changed = true;
            }
            // it cannot be read by anybody, and ending other epochs changes nothing in that
            Err(VaultError::AtRest(AtRestError::UnknownEpoch { .. })) => {}
            Err(source) => {
                return Err(RotationError::Field { kind: R::KIND, key: stored.key.clone(), column, source });
            }
        }
    }
    if changed {
        batch.update(read.version, &read.record);
    }
    Ok(changed)
}
