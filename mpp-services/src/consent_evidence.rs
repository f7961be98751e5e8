//! What proves a consent, as central issues it and as a client server reads it.

use mpp_core::{ConsentRequestId, DeviceId, ItemDecision, PublicJwk, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// The `typ` of a consent artefact, signed by central.
pub(crate) const ARTEFACT_TYP: &str = "mpp-consent-artefact+jwt";
/// The `typ` of an approval, signed by the device.
pub(crate) const APPROVAL_TYP: &str = "mpp-approval+jwt";

/// What the device signs: the decisions, and what they were made on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Approval {
    pub(crate) consent_request_id: ConsentRequestId,
    pub(crate) device_id: DeviceId,
    pub(crate) decided_at: Timestamp,
    pub(crate) notice_version: u32,
    pub(crate) language: String,
    pub(crate) screen_sha256: Sha256Digest,
    pub(crate) decisions: Vec<ItemDecision>,
    /// The key that signs it, and vouches for what the device seals. An app of before does not say it, and could not read
    /// an artefact that names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device_key: Option<PublicJwk>,
}
