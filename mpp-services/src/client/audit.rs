//! What the client server's audit log says: who did what to which subject, when. Identifiers, times and digests only.

use mpp_core::{
    ApiKeyId, CaseRef, ConsentId, DataItemId, Kid, ParcelId, ProductId, ProductVersion, Sha256Digest,
    StaffId, Timestamp,
};
use mpp_store::AuditLeaf;
use serde::Serialize;

use crate::parked_range::AuditedRange;

/// Who caused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub(super) enum Actor {
    /// A member of the enterprise's staff.
    Staff(StaffId),
    /// A partner application.
    Application(ApiKeyId),
    /// Central, by a notification.
    Central,
    /// This server itself, by a clock or a worker.
    Server,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Action {
    #[serde(rename = "server.keys_made")]
    KeysMade,
    #[serde(rename = "server.enrolled")]
    Enrolled,
    #[serde(rename = "server.rotation_proposed")]
    RotationProposed,
    #[serde(rename = "server.rotation_withdrawn")]
    RotationWithdrawn,
    #[serde(rename = "server.key_backed_up")]
    KeyBackedUp,
    #[serde(rename = "server.key_restored")]
    KeyRestored,
    #[serde(rename = "product.drafted")]
    ProductDrafted,
    #[serde(rename = "product.approved")]
    ProductApproved,
    #[serde(rename = "product.published")]
    ProductPublished,
    #[serde(rename = "product.retirement_proposed")]
    ProductRetirementProposed,
    #[serde(rename = "product.retirement_withdrawn")]
    ProductRetirementWithdrawn,
    #[serde(rename = "product.retired")]
    ProductRetired,
    #[serde(rename = "api_key.made")]
    ApiKeyMade,
    #[serde(rename = "webhook.set")]
    WebhookSet,
    #[serde(rename = "webhook.tested")]
    WebhookTested,
    #[serde(rename = "case.started")]
    CaseStarted,
    #[serde(rename = "case.taken_back")]
    CaseTakenBack,
    #[serde(rename = "consent.changed")]
    ConsentChanged,
    #[serde(rename = "parcel.announced")]
    ParcelAnnounced,
    #[serde(rename = "parcel.refused")]
    ParcelRefused,
    #[serde(rename = "parcel.gone")]
    ParcelGone,
    #[serde(rename = "item.stored")]
    ItemStored,
    #[serde(rename = "item.read")]
    ItemRead,
    #[serde(rename = "item.purging")]
    ItemPurging,
    #[serde(rename = "item.purged")]
    ItemPurged,
    #[serde(rename = "parcel.erasure_proven")]
    ErasureProven,
    #[serde(rename = "news.parked")]
    NewsParked,
    #[serde(rename = "usage_log.signed")]
    UsageLogSigned,
    #[serde(rename = "job.replayed")]
    JobReplayed,
    /// Central keeps notifications no longer that were never taken.
    #[serde(rename = "notifications.missed")]
    NotificationsMissed,
    #[serde(rename = "news.range_replayed")]
    RangeReplayed,
    /// Central's audit log is not what it was.
    #[serde(rename = "central_log.breached")]
    CentralLogBreached,
}

/// To what; none of it says who the customer is.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product: Option<ProductId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product_version: Option<ProductVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) case_ref: Option<CaseRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) consent: Option<ConsentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parcel: Option<ParcelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<DataItemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api_key: Option<ApiKeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kid: Option<Kid>,
    /// The parked jobs that were done again at once, and how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<AuditedRange>,
    /// The digest of what proves it: sealed bytes, a document, a receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Sha256Digest>,
    /// A stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

#[derive(Serialize)]
struct Entry<'a> {
    v: u8,
    at: Timestamp,
    action: Action,
    actor: &'a Actor,
    #[serde(flatten)]
    subject: &'a Subject,
}

/// The leaf for one thing that happened.
pub(super) fn leaf(action: Action, actor: &Actor, subject: &Subject, at: Timestamp) -> AuditLeaf {
    let entry = Entry { v: 1, at, action, actor, subject };
    // plain structs of texts and numbers always have a JSON form
    AuditLeaf::new(serde_json::to_vec(&entry).unwrap_or_default())
}
