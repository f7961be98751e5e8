//! Partners and their keys.

use mpp_core::{Kid, Partner, PartnerId, PartnerKeyRecord, PublicJwk, Timestamp};
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};
use url::Url;

use super::index;

/// A partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct PartnerRecord {
    /// The partner itself.
    pub(in crate::central) partner: Partner,
    /// Where its client server takes notifications; absent when it polls.
    pub(in crate::central) notification_url: Option<Url>,
    /// Its newest envelope key, once enrolled.
    pub(in crate::central) current_kid: Option<Kid>,
}

impl PartnerRecord {
    pub(in crate::central) fn key_of(id: PartnerId) -> RecordKey {
        RecordKey::new(id)
    }

    pub(in crate::central) const fn id(&self) -> PartnerId {
        self.partner.id
    }
}

impl Record for PartnerRecord {
    const KIND: RecordKind = RecordKind::new("partner");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.partner.id)
    }
}

/// The keys a client server enrolled together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct PartnerKeysRecord {
    /// The envelope key, as published.
    pub(in crate::central) envelope: PartnerKeyRecord,
    /// The published record, signed by central.
    pub(in crate::central) signed: CompactJws,
    /// The key that signs the client server's requests and acknowledgements.
    pub(in crate::central) signing_key: PublicJwk,
    /// Its name.
    pub(in crate::central) signing_kid: Kid,
    /// When they were enrolled.
    pub(in crate::central) enrolled_at: Timestamp,
}

impl PartnerKeysRecord {
    /// Keys are found by the name of the envelope key.
    pub(in crate::central) fn key_of(envelope: &Kid) -> RecordKey {
        RecordKey::new(envelope)
    }
}

impl Record for PartnerKeysRecord {
    const KIND: RecordKind = RecordKind::new("partner-keys");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.envelope.kid)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(index::PARTNER, self.envelope.partner),
            IndexEntry::unique(index::SIGNER, &self.signing_kid),
        ]
    }
}
