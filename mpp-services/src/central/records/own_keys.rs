//! Which keys central signs with.

use mpp_core::{Kid, Timestamp};
use mpp_store::{Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

/// The keys central signs with, as a process found them at its start. The keys themselves are not in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct OwnKeysRecord {
    /// Signs artefacts, receipts and key records.
    pub(in crate::central) signing: Kid,
    /// Signs notifications.
    pub(in crate::central) notification: Kid,
    /// When that was found.
    pub(in crate::central) since: Timestamp,
}

impl OwnKeysRecord {
    pub(in crate::central) fn the_only() -> RecordKey {
        RecordKey::from("own-keys")
    }
}

impl Record for OwnKeysRecord {
    const KIND: RecordKind = RecordKind::new("own-keys");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}
