//! What the phone, the client server and the operator speak with central.
//!
//! | caller | proves itself by | paths |
//! | --- | --- | --- |
//! | operator | bearer key | `/v1/operator/*` |
//! | client server before it has keys | one-time enrolment token | `/v1/enrolment*` |
//! | client server | RFC 9421 signature by its registered signing key | `/v1/products/*`, `/v1/consent-requests*`, `/v1/parcels/*/content`, `/v1/parcels/*/acknowledgement`, `/v1/notifications`, `/v1/usage`, `/v1/bills*`, `/v1/partners/self/usage-logs`, `/v1/consents/*/proof`, `/v1/log/*` |
//! | phone before it is known | one-time link token and proof of its device key | `/v1/links/open` |
//! | phone | RFC 9421 signature by its device key | `/v1/phone/*`, `/v1/uploads/*` |
//! | anybody | nothing | `/v1/keys`, `/v1/openapi.json`, `/healthz`, `/readyz` |

#[cfg(feature = "billing")]
mod billing;
mod operator;
mod partner;
#[cfg(feature = "billing")]
mod partner_logs;
mod phone;
mod supervision;

#[cfg(feature = "billing")]
pub use billing::{
    BillRowView, BillSearchQuery, BillStep, BillView, CancelBill, CloseMonth, ComparisonView, CreditPartForm,
    DraftCreditNote, LineFaultView, NoteRegistration, PricePlanView, Reconcile, ReconciliationView,
    SetBillingAddress, UsageSummaryQuery,
};
/// The forms of plans, bills and documents.
#[cfg(feature = "billing")]
pub use mpp_billing as forms;
pub use operator::{
    Holdings, OperatorClient, ParkedJobView, PartnerView, RegisterPartner, RegisteredPartner, SetContacts,
    SetNotificationAddress, SettingView, UsageView,
};
pub use partner::{
    Acknowledge, Acknowledged, CentralKeys, ConsentProof, ConsentRequestStatus, Enrol, EnrolChallenge,
    EnrolConfirm, Enrolled, ItemStatus, Notification, NotificationData, NotificationType, PartnerClient,
    PlaceConsentRequest, PlacedConsentRequest,
};
#[cfg(feature = "billing")]
pub use partner_logs::{BringPartnerLog, PartnerLogFileView, PartnerLogQuery, PartnerLogView, SendUsageLog};
pub use phone::{
    AnnounceParcel, ApprovalStatement, ConsentScreen, ConsentView, Decide, Decided, DeviceStatement,
    IssuedArtefact, Last, OpenLink, PhoneClient, PhoneEvent, PhoneEventType, ScreenItem, UploadProgress,
    UploadTicket, UseView,
};

pub use supervision::{
    ActivityQuery, ActivityRowView, AuditLeafView, AuditPageView, CaseFileView, DeliveryRange,
    DeliveryRowView, DeliverySearchQuery, FetchRowView, FetchSearchQuery, FileConsentView, FileItemView,
    FileParcelView, FileStepView, Find, FindingsView, FoundView, NamedCount, PartnerFileView,
    PartnerKeysView, PublishedProductView, QueueView, RecentFetchesView, ReplayDeliveries, ReplayGroupView,
    ReplayPreviewView, RequestRowView, RequestSearchQuery, SourceView, TodayView,
};

use mpp_core::Span;

/// The longest a long poll is held.
pub const LONGEST_HOLD: Span = Span::from_seconds(25);

/// How many bytes an upload has so far, in requests and answers (IETF resumable uploads for HTTP).
pub const UPLOAD_OFFSET: http::HeaderName = http::HeaderName::from_static("upload-offset");

/// Whether the bytes of this request end the upload: `?1` or `?0` (IETF resumable uploads for HTTP).
pub const UPLOAD_COMPLETE: http::HeaderName = http::HeaderName::from_static("upload-complete");

/// The header naming the SHA-256 of a parcel's bytes in hex, on `/v1/parcels/*/content`.
pub const PARCEL_SHA256: http::HeaderName = http::HeaderName::from_static("mpp-parcel-sha256");

/// The header with the statement of whoever sealed a parcel, on `/v1/parcels/*/content`: compact JWS (`typ`
/// `mpp-envelope-sender+jwt`) by central, or by the device whose key the consent's artefact names.
pub const PARCEL_SENDER: http::HeaderName = http::HeaderName::from_static("mpp-parcel-sender");
