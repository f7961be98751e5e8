//! What the audit log says: who did what to which subject, when. Identifiers, times and digests only.

use mpp_core::{
    BillId, ConsentId, ConsentRequestId, DeviceId, FetchId, Kid, ParcelId, PartnerId, PricePlanId, ProductId,
    ProductVersion, Sha256Digest, Source, StaffId, Timestamp,
};
use mpp_store::AuditLeaf;
use serde::Serialize;

use crate::parked_range::AuditedRange;

/// Who caused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub(super) enum Actor {
    /// Moneyone staff.
    Operator,
    /// One of Moneyone's staff, where two people have to agree.
    Staff(StaffId),
    /// A partner's client server.
    Partner(PartnerId),
    /// A customer's phone.
    Device(DeviceId),
    /// Central itself, by a clock or a worker.
    Central,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Action {
    #[serde(rename = "own_key.made")]
    OwnKeyMade,
    #[serde(rename = "own_key.replaced")]
    OwnKeyReplaced,
    #[serde(rename = "partner.registered")]
    PartnerRegistered,
    #[serde(rename = "partner.suspended")]
    PartnerSuspended,
    #[serde(rename = "partner.reinstated")]
    PartnerReinstated,
    #[serde(rename = "partner.enrolment_opened")]
    EnrolmentOpened,
    #[serde(rename = "partner.keys_offered")]
    KeysOffered,
    #[serde(rename = "partner.keys_enrolled")]
    KeysEnrolled,
    #[serde(rename = "product.published")]
    ProductPublished,
    #[serde(rename = "product.retired")]
    ProductRetired,
    #[serde(rename = "consent_request.placed")]
    RequestPlaced,
    #[serde(rename = "consent_request.link_renewed")]
    LinkRenewed,
    #[serde(rename = "consent_request.opened")]
    RequestOpened,
    #[serde(rename = "consent_request.decided")]
    RequestDecided,
    #[serde(rename = "consent_request.expired")]
    RequestExpired,
    #[serde(rename = "consent_request.cancelled")]
    RequestCancelled,
    #[serde(rename = "consent.granted")]
    ConsentGranted,
    #[serde(rename = "consent.paused")]
    ConsentPaused,
    #[serde(rename = "consent.resumed")]
    ConsentResumed,
    #[serde(rename = "consent.revoked")]
    ConsentRevoked,
    #[serde(rename = "consent.expired")]
    ConsentExpired,
    #[serde(rename = "fetch.scheduled")]
    FetchScheduled,
    #[serde(rename = "fetch.started")]
    FetchStarted,
    #[serde(rename = "fetch.postponed")]
    FetchPostponed,
    #[serde(rename = "fetch.found_nothing")]
    FetchFoundNothing,
    #[serde(rename = "fetch.failed")]
    FetchFailed,
    #[serde(rename = "fetch.cancelled")]
    FetchCancelled,
    #[serde(rename = "parcel.announced")]
    ParcelAnnounced,
    #[serde(rename = "parcel.replaced")]
    ParcelReplaced,
    #[serde(rename = "parcel.discarded")]
    ParcelDiscarded,
    #[serde(rename = "parcel.available")]
    ParcelAvailable,
    #[serde(rename = "parcel.notified")]
    ParcelNotified,
    #[serde(rename = "parcel.handed_out")]
    ParcelHandedOut,
    #[serde(rename = "parcel.collected")]
    ParcelCollected,
    #[serde(rename = "parcel.expired")]
    ParcelExpired,
    #[serde(rename = "parcel.revoked")]
    ParcelRevoked,
    #[serde(rename = "parcel.erased")]
    ParcelErased,
    #[serde(rename = "notification.parked")]
    NotificationParked,
    #[serde(rename = "notification.replayed")]
    NotificationReplayed,
    #[serde(rename = "notifications.range_replayed")]
    RangeReplayed,
    #[serde(rename = "partner.billing_address_set")]
    BillingAddressSet,
    #[serde(rename = "price_plan.proposed")]
    PlanProposed,
    #[serde(rename = "price_plan.approved")]
    PlanApproved,
    #[serde(rename = "price_plan.ended")]
    PlanEnded,
    #[serde(rename = "price_plan.withdrawn")]
    PlanWithdrawn,
    #[serde(rename = "bill.drafted")]
    BillDrafted,
    #[serde(rename = "bill.approved")]
    BillApproved,
    #[serde(rename = "bill.finalised")]
    BillFinalised,
    #[serde(rename = "bill.credited")]
    BillCredited,
    #[serde(rename = "bill.cancelled")]
    BillCancelled,
    #[serde(rename = "bill.discarded")]
    BillDiscarded,
    #[serde(rename = "bill.registration_noted")]
    RegistrationNoted,
    #[serde(rename = "partner_log.taken")]
    PartnerLogTaken,
}

/// To what. Every part is optional; none of them says who the customer is.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partner: Option<PartnerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product: Option<ProductId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product_version: Option<ProductVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<ConsentRequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) consent: Option<ConsentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fetch: Option<FetchId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parcel: Option<ParcelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kid: Option<Kid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) price_plan: Option<PricePlanId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bill: Option<BillId>,
    /// The parked jobs that were done again at once, and how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<AuditedRange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) month: Option<mpp_billing::BillingMonth>,
    /// The digest of what proves it: an approval, an artefact, sealed bytes, a receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Sha256Digest>,
    /// A stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
}

#[derive(Serialize)]
struct Entry<'a> {
    v: u8,
    at: Timestamp,
    action: Action,
    actor: Actor,
    #[serde(flatten)]
    subject: &'a Subject,
}

/// The leaf for one thing that happened.
pub(super) fn leaf(action: Action, actor: Actor, subject: &Subject, at: Timestamp) -> AuditLeaf {
    let entry = Entry { v: 1, at, action, actor, subject };
    // plain structs of texts and numbers always have a JSON form
    AuditLeaf::new(serde_json::to_vec(&entry).unwrap_or_default())
}
