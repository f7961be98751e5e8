//! How far records of before are in indexes that came later.

use mpp_store::{Cursor, Record, RecordKey, RecordKind, StoreError};
use serde::{Deserialize, Serialize};

/// How far the records of a kind were looked through and written anew, so that they are in every index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct IndexedRecord {
    /// The kind.
    pub(in crate::client) kind: String,
    /// Which indexes: the number goes up with every index that is added.
    pub(in crate::client) level: u32,
    /// Behind which record to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) after: Option<String>,
    /// Whether all of them are.
    pub(in crate::client) is_done: bool,
}

impl IndexedRecord {
    /// Nothing of this kind was looked at yet.
    pub(in crate::client) fn beginning(kind: RecordKind, level: u32) -> Self {
        Self { kind: kind.as_str().to_owned(), level, after: None, is_done: false }
    }

    pub(in crate::client) fn key_of(kind: RecordKind) -> RecordKey {
        RecordKey::from(kind.as_str())
    }

    /// Where to go on.
    pub(in crate::client) fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        self.after.as_deref().map(str::parse).transpose()
    }
}

impl Record for IndexedRecord {
    const KIND: RecordKind = RecordKind::new("client-indexed");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::from(self.kind.as_str())
    }
}
