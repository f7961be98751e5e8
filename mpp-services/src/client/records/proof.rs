//! What proves the consents data came under, and who sealed what came.

use mpp_core::{ConsentId, Kid, Timestamp};
use mpp_crypto::jws::CompactJws;
use mpp_store::{Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

/// What central handed out to prove a consent; kept with the first document that came under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct ConsentProofRecord {
    pub(in crate::client) consent: ConsentId,
    /// The artefact, signed by central.
    pub(in crate::client) artefact: CompactJws,
    /// The customer's decision, signed by the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) approval: Option<CompactJws>,
    pub(in crate::client) received_at: Timestamp,
}

impl ConsentProofRecord {
    pub(in crate::client) fn key_of(consent: ConsentId) -> RecordKey {
        RecordKey::new(consent)
    }
}

impl Record for ConsentProofRecord {
    const KIND: RecordKind = RecordKind::new("client-consent-proof");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.consent)
    }
}

/// Whose key a sender's statement has to be signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::client) enum Sender {
    /// The customer's device, by the key that the artefact names.
    Device,
    /// Central, for what it fetched itself.
    Central,
}

/// Who sealed a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(in crate::client) enum Origin {
    /// It is proven.
    Proven {
        sender: Sender,
        /// The sender's key.
        kid: Kid,
        /// The sender's statement.
        statement: CompactJws,
        verified_at: Timestamp,
    },
    /// Nobody says so: it came under an artefact that does not name who could.
    Unproven,
}
