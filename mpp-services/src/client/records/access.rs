//! Who may read, where notifications go, and who has read what.

use mpp_core::{ApiKeyId, DataItemId, Sha256Digest, StaffId, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};
use url::Url;

use super::index;
use crate::client::api_keys::Scope;
use crate::client::reading::REASON;
use crate::client::reading::ReadForm;

/// A key of a partner application; the key itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct ApiKeyRecord {
    pub(in crate::client) id: ApiKeyId,
    /// For which application, in words.
    pub(in crate::client) name: String,
    pub(in crate::client) scopes: Vec<Scope>,
    pub(in crate::client) key_sha256: Sha256Digest,
    pub(in crate::client) made_by: StaffId,
    pub(in crate::client) made_at: Timestamp,
    /// Set once it opens nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) revoked: Option<RevokedKey>,
}

/// Who revoked a key, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct RevokedKey {
    pub(in crate::client) by: StaffId,
    pub(in crate::client) at: Timestamp,
}

impl ApiKeyRecord {
    pub(in crate::client) fn key_of(id: ApiKeyId) -> RecordKey {
        RecordKey::new(id)
    }
}

impl Record for ApiKeyRecord {
    const KIND: RecordKind = RecordKind::new("client-api-key");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.id)
    }

    /// Who calls is looked for here alone: what has no entry opens nothing, at a node with an earlier program either.
    fn index_entries(&self) -> Vec<IndexEntry> {
        let in_use = self.revoked.is_none();
        in_use.then(|| IndexEntry::unique(index::SECRET, self.key_sha256)).into_iter().collect()
    }
}

/// Where the application takes notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct EndpointRecord {
    pub(in crate::client) url: Url,
    pub(in crate::client) set_by: StaffId,
    pub(in crate::client) set_at: Timestamp,
}

impl EndpointRecord {
    pub(in crate::client) fn the_only() -> RecordKey {
        RecordKey::from("application")
    }
}

impl Record for EndpointRecord {
    const KIND: RecordKind = RecordKind::new("client-endpoint");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}

/// One read of received data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct AccessRecord {
    pub(in crate::client) id: String,
    pub(in crate::client) item: DataItemId,
    /// The application's key, where an application read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) api_key: Option<ApiKeyId>,
    /// The member of staff, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) staff: Option<StaffId>,
    /// Why, sealed: people write names into such fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) reason: Option<SealedField>,
    pub(in crate::client) form: ReadForm,
    pub(in crate::client) at: Timestamp,
}

impl Record for AccessRecord {
    const KIND: RecordKind = RecordKind::new("client-access");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(&self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::ITEM, self.item)]
    }
}

impl SealedRecord for AccessRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        self.reason.as_mut().map(|reason| (REASON, reason)).into_iter().collect()
    }
}
