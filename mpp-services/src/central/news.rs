//! What central tells client servers and phones: thin, never data. The forms are those of the wire, because webhooks
//! carry and sign exactly these bytes.

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, FetchId, NotificationId, ParcelId, QualityFlags, Source, Timestamp,
};
use mpp_crypto::jws::CompactJws;
use serde::{Deserialize, Serialize};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum NotificationKind {
    /// The customer approved at least one item.
    #[serde(rename = "consent.approved")]
    ConsentApproved,
    /// The customer refused every item.
    #[serde(rename = "consent.rejected")]
    ConsentRejected,
    /// Nobody decided in time, or a consent ran out.
    #[serde(rename = "consent.expired")]
    ConsentExpired,
    /// The partner itself took its request back.
    #[serde(rename = "consent.cancelled")]
    ConsentCancelled,
    /// The customer paused a consent.
    #[serde(rename = "consent.paused")]
    ConsentPaused,
    /// The customer resumed a consent.
    #[serde(rename = "consent.resumed")]
    ConsentResumed,
    /// The customer withdrew a consent.
    #[serde(rename = "consent.revoked")]
    ConsentRevoked,
    /// A parcel is ready to be collected.
    #[serde(rename = "data.available")]
    DataAvailable,
    /// A source has no record of the customer.
    #[serde(rename = "data.no_record")]
    DataNoRecord,
    /// A source could not deliver.
    #[serde(rename = "data.failed")]
    DataFailed,
    /// A parcel was not collected in time and is gone.
    #[serde(rename = "data.expired")]
    DataExpired,
    /// Under a periodic consent it is time for the customer's app to share again.
    #[serde(rename = "data.due")]
    DataDue,
}

/// A notification to a client server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notification {
    /// The notification; repeats carry the same one.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// Its place among this partner's notifications: 1, 2, 3, ...
    pub sequence: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The subject.
    pub data: NotificationSubject,
}

/// The subject of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotificationSubject {
    /// The consent request.
    pub consent_request_id: ConsentRequestId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// The consent, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// The source, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The parcel, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The fetch that is metered as a whole, for data that is available or not to be had: one that brings several
    /// parcels through a phone, or one that ended without a document. Without it the parcel itself is metered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_id: Option<FetchId>,
    /// When the data must be gone at the partner, for data that is available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is noticeable about data that is available; never of what a phone sealed.
    #[serde(default, skip_serializing_if = "QualityFlags::is_empty")]
    pub quality: QualityFlags,
}

impl NotificationSubject {
    /// A subject that is a request as a whole.
    pub(super) const fn of_request(request: ConsentRequestId, case_ref: CaseRef) -> Self {
        Self {
            consent_request_id: request,
            case_ref,
            consent_id: None,
            source: None,
            parcel_id: None,
            fetch_id: None,
            purge_by: None,
            reason: None,
            quality: QualityFlags::new(),
        }
    }
}

/// What news for a phone is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhoneEventKind {
    /// The partner has collected a parcel and central has erased it.
    Delivered,
    /// A parcel expired uncollected and was erased.
    Expired,
    /// A source delivered (or had nothing).
    Fetched,
    /// A source failed.
    Failed,
    /// It is time to fetch again under a periodic consent.
    FetchDue,
    /// A consent changed its state.
    ConsentChanged,
}

/// News for a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhoneEvent {
    /// Its place among this device's news: 1, 2, 3, ...
    pub sequence: u64,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: PhoneEventKind,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The consent request.
    pub consent_request_id: ConsentRequestId,
    /// The consent.
    pub consent_id: ConsentId,
    /// The source.
    pub source: Source,
    /// The parcel, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The signed erasure receipt, for what was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub erasure_receipt: Option<CompactJws>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
