//! Everything on record about a request.

use mpp_core::{ConsentId, ErasureReceiptId, ParcelId, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::{DeliveryRowView, FetchRowView, RequestRowView};

/// Everything on record about a request (`GET /v1/operator/requests/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CaseFileView {
    /// The request.
    pub request: RequestRowView,
    /// The partner's name.
    pub partner_name: String,
    /// The key that everything is sealed to.
    pub envelope_kid: String,
    /// The version of the notice that was shown.
    pub notice_version: u32,
    /// Until when it can be decided, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What was asked and what the customer said.
    pub items: Vec<FileItemView>,
    /// The consents given.
    pub consents: Vec<FileConsentView>,
    /// Fetches from providers.
    pub fetches: Vec<FetchRowView>,
    /// Parcels.
    pub parcels: Vec<FileParcelView>,
    /// Notifications to the partner.
    pub deliveries: Vec<DeliveryRowView>,
    /// What happened, oldest first.
    pub steps: Vec<FileStepView>,
}

/// An item of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileItemView {
    /// The source.
    pub source: String,
    /// Its name as shown to the customer.
    pub title: String,
    /// `approved` or `refused`; absent before the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileConsentView {
    /// The consent.
    pub consent_id: ConsentId,
    /// The source.
    pub source: String,
    /// The source's name as shown.
    pub title: String,
    /// `active`, `paused`, `revoked` or `expired`.
    pub status: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// The digest of the signed artefact.
    pub artefact_sha256: Sha256Digest,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileParcelView {
    /// The parcel.
    pub parcel_id: ParcelId,
    /// The consent it rests on.
    pub consent_id: ConsentId,
    /// From where.
    pub source: String,
    /// Its state.
    pub status: String,
    /// The length of the sealed bytes, once complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Their digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Digest>,
    /// The receipt of its erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_receipt_id: Option<ErasureReceiptId>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileStepView {
    /// When.
    pub at: Timestamp,
    /// What: `placed`, `opened`, `decided`, `consent_given`, `use.<what>`, `acknowledged`, `erased`, `told.<type>`, `paused`,
    /// `resumed`, `withdrawn`, `ran_out` or `cancelled`.
    pub what: String,
    /// Who caused it: `customer`, `partner` (who of its staff is not known to central) or `central`.
    pub actor: String,
    /// To which source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// To which parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The digest of what proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_sha256: Option<Sha256Digest>,
}
