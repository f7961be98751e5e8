//! What the audit log says: who did what to which subject, when. Identifiers, times and digests only.

use mpp_core::{
    BillId, ConsentId, ConsentRequestId, DeviceId, FetchId, JobId, Kid, ParcelId, PartnerId, PricePlanId,
    ProductId, ProductVersion, Sha256Digest, Source, StaffId, Timestamp,
};
use mpp_store::{AuditLeaf, audited_actions};
use serde::Serialize;

use crate::parked_range::AuditedRange;

/// Who caused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub(super) enum Actor {
    /// Some of Moneyone's staff; another leaf says who.
    Operator,
    /// One of Moneyone's staff.
    Staff(StaffId),
    /// A partner's client server.
    Partner(PartnerId),
    /// A customer's phone.
    Device(DeviceId),
    /// Central itself, by a clock or a worker.
    Central,
}

impl Actor {
    /// What leaves call each kind.
    pub(super) const KINDS: &'static [&'static str] = &["operator", "staff", "partner", "device", "central"];
}

audited_actions! {
    /// What happened.
    pub(super) enum Action {
        OwnKeyMade = "own_key.made",
        OwnKeyReplaced = "own_key.replaced",
        PartnerRegistered = "partner.registered",
        PartnerSuspended = "partner.suspended",
        PartnerReinstated = "partner.reinstated",
        NotificationAddressSet = "partner.notification_address_set",
        NotificationAddressRemoved = "partner.notification_address_removed",
        ContactsSet = "partner.contacts_set",
        EnrolmentOpened = "partner.enrolment_opened",
        KeysOffered = "partner.keys_offered",
        KeysEnrolled = "partner.keys_enrolled",
        ProductPublished = "product.published",
        ProductRetired = "product.retired",
        RequestPlaced = "consent_request.placed",
        LinkRenewed = "consent_request.link_renewed",
        RequestOpened = "consent_request.opened",
        RequestDecided = "consent_request.decided",
        RequestExpired = "consent_request.expired",
        RequestCancelled = "consent_request.cancelled",
        ConsentGranted = "consent.granted",
        ConsentPaused = "consent.paused",
        ConsentResumed = "consent.resumed",
        ConsentRevoked = "consent.revoked",
        ConsentExpired = "consent.expired",
        FetchScheduled = "fetch.scheduled",
        FetchStarted = "fetch.started",
        FetchPostponed = "fetch.postponed",
        FetchFoundNothing = "fetch.found_nothing",
        FetchFailed = "fetch.failed",
        FetchCancelled = "fetch.cancelled",
        ParcelAnnounced = "parcel.announced",
        ParcelReplaced = "parcel.replaced",
        ParcelDiscarded = "parcel.discarded",
        ParcelAvailable = "parcel.available",
        ParcelNotified = "parcel.notified",
        ParcelHandedOut = "parcel.handed_out",
        ParcelCollected = "parcel.collected",
        ParcelExpired = "parcel.expired",
        ParcelRevoked = "parcel.revoked",
        ParcelErased = "parcel.erased",
        NotificationParked = "notification.parked",
        NotificationReplayed = "notification.replayed",
        JobReplayed = "job.replayed",
        RangeReplayed = "notifications.range_replayed",
        BillingAddressSet = "partner.billing_address_set",
        PlanProposed = "price_plan.proposed",
        PlanApproved = "price_plan.approved",
        PlanEnded = "price_plan.ended",
        PlanWithdrawn = "price_plan.withdrawn",
        BillDrafted = "bill.drafted",
        BillApproved = "bill.approved",
        BillFinalised = "bill.finalised",
        BillCredited = "bill.credited",
        BillCancelled = "bill.cancelled",
        BillDiscarded = "bill.discarded",
        RegistrationNoted = "bill.registration_noted",
        PartnerLogTaken = "partner_log.taken",
    }
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
    /// The parked job that is done again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<JobId>,
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
