//! Where the epochs of a database stand, as the database itself knows it.

use mpp_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{KnownKind, Record, RecordKey, RecordKind};

/// The kinds of records that epochs keep in a store.
pub const EPOCH_KINDS: [KnownKind; 1] = [KnownKind::of::<EpochStanding>()];

/// The one record of this kind. Commits with sealed fields rest on its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EpochStanding {
    /// The name of the database, which its key folder knows too: keys of one database say nothing about another.
    pub(super) database: String,
    /// The name of the oldest epoch key that fields may be sealed under.
    pub(super) oldest: String,
    /// Since when: when the database was new, or when the epochs before were closed.
    pub(super) since: Timestamp,
}

impl EpochStanding {
    pub(super) fn the_only() -> RecordKey {
        RecordKey::from("sealing")
    }
}

impl Record for EpochStanding {
    const KIND: RecordKind = RecordKind::new("epoch-standing");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}
