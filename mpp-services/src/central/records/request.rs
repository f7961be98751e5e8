//! Consent requests and the devices they are decided on.

use mpp_core::{
    ConsentId, ConsentRequest, ConsentRequestId, DeviceId, Kid, PublicJwk, Sha256Digest, Timestamp,
};
use mpp_crypto::at_rest::SealedField;
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};

use super::index;
use crate::central::sealed::{PARTICULARS, SCREEN};

/// A consent request with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct RequestRecord {
    /// The request itself.
    pub(in crate::central) request: ConsentRequest,
    /// Who the customer is (`CustomerParticulars`), sealed; dropped when nothing can be fetched any more.
    pub(in crate::central) particulars: Option<SealedField>,
    /// The digest of the link's secret.
    pub(in crate::central) link: Sha256Digest,
    /// The exact screen the device was sent (text of JSON), sealed: it shows a masked number.
    pub(in crate::central) screen: Option<SealedField>,
    /// The digest of that screen.
    pub(in crate::central) screen_sha256: Option<Sha256Digest>,
    /// What proves the decision.
    pub(in crate::central) evidence: Option<Evidence>,
    /// When the customer opened it; absent where a program of before did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::central) opened_at: Option<Timestamp>,
}

/// What proves a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct Evidence {
    /// The approval, signed by the device.
    pub(in crate::central) approval: CompactJws,
    /// The customer's receipt, signed by central.
    pub(in crate::central) receipt: CompactJws,
    /// The consents given, in the order of the items.
    pub(in crate::central) consents: Vec<ConsentId>,
}

impl RequestRecord {
    pub(in crate::central) fn key_of(id: ConsentRequestId) -> RecordKey {
        RecordKey::new(id)
    }

    /// The value a request is found by under its partner's own reference.
    pub(in crate::central) fn case_value(request: &ConsentRequest) -> String {
        format!("{}/{}", request.partner, request.case_ref)
    }
}

impl Record for RequestRecord {
    const KIND: RecordKind = RecordKind::new("consent-request");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.request.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let request = &self.request;
        let state = request.state.state_name();
        let mut entries = vec![
            IndexEntry::shared(index::PARTNER, request.partner),
            IndexEntry::unique(index::SECRET, self.link),
            IndexEntry::unique(index::CASE, Self::case_value(request)),
            IndexEntry::shared(index::CASE_REF, &request.case_ref),
            IndexEntry::shared(index::CUSTOMER, &request.customer),
            IndexEntry::shared(index::STATUS, state),
            IndexEntry::shared(index::PARTNER_STATUS, format_args!("{}/{state}", request.partner)),
            IndexEntry::shared(index::DAY, request.placed_at.day_in_india()),
        ];
        entries.extend(request.items.iter().map(|item| IndexEntry::shared(index::SOURCE, &item.source)));
        entries
    }
}

impl SealedRecord for RequestRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        let fields = [(PARTICULARS, &mut self.particulars), (SCREEN, &mut self.screen)];
        fields.into_iter().filter_map(|(name, field)| Some((name, field.as_mut()?))).collect()
    }
}

/// A device that opened a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct DeviceRecord {
    /// The device, as central names it.
    pub(in crate::central) id: DeviceId,
    /// The name of its key.
    pub(in crate::central) kid: Kid,
    /// Its signing key.
    pub(in crate::central) key: PublicJwk,
    /// Since when it is known.
    pub(in crate::central) since: Timestamp,
}

impl DeviceRecord {
    /// Devices are found by the name of their key.
    pub(in crate::central) fn key_of(kid: &Kid) -> RecordKey {
        RecordKey::new(kid)
    }
}

impl Record for DeviceRecord {
    const KIND: RecordKind = RecordKind::new("device");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.kid)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::unique(index::DEVICE, self.id)]
    }
}
