//! What the client server's audit log says: who did what to which subject, when. Identifiers, times and digests only.

use mpp_core::{
    ApiKeyId, CaseRef, ConsentId, DataItemId, Kid, ParcelId, ProductId, ProductVersion, Sha256Digest,
    StaffId, Timestamp,
};
use mpp_store::{AuditLeaf, audited_actions};
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

impl Actor {
    /// What leaves call each kind.
    pub(super) const KINDS: &'static [&'static str] = &["staff", "application", "central", "server"];
}

audited_actions! {
    /// What happened.
    pub(super) enum Action {
        KeysMade = "server.keys_made",
        Enrolled = "server.enrolled",
        RotationProposed = "server.rotation_proposed",
        RotationWithdrawn = "server.rotation_withdrawn",
        KeyBackedUp = "server.key_backed_up",
        KeyRestored = "server.key_restored",
        ProductDrafted = "product.drafted",
        ProductApproved = "product.approved",
        ProductPublished = "product.published",
        ProductRetirementProposed = "product.retirement_proposed",
        ProductRetirementWithdrawn = "product.retirement_withdrawn",
        ProductRetired = "product.retired",
        ApiKeyMade = "api_key.made",
        ApiKeyRevoked = "api_key.revoked",
        WebhookSet = "webhook.set",
        WebhookTested = "webhook.tested",
        CaseStarted = "case.started",
        CaseTakenBack = "case.taken_back",
        ConsentChanged = "consent.changed",
        ParcelAnnounced = "parcel.announced",
        ParcelRefused = "parcel.refused",
        ParcelGone = "parcel.gone",
        ItemStored = "item.stored",
        ItemRead = "item.read",
        ItemPurging = "item.purging",
        ItemPurged = "item.purged",
        ErasureProven = "parcel.erasure_proven",
        NewsParked = "news.parked",
        UsageLogSigned = "usage_log.signed",
        JobReplayed = "job.replayed",
        /// Central keeps notifications no longer that were never taken.
        NotificationsMissed = "notifications.missed",
        RangeReplayed = "news.range_replayed",
        /// Central's audit log is not what it was.
        CentralLogBreached = "central_log.breached",
    }
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
