//! What central tells this server and what this server tells the partner's application. The forms are those of the
//! wire: webhooks carry and sign exactly these bytes.

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, DataItemId, FetchId, NotificationId, ParcelId, Source, Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a notification from central is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the wire names")]
pub enum CentralNotificationKind {
    #[serde(rename = "consent.approved")]
    ConsentApproved,
    #[serde(rename = "consent.rejected")]
    ConsentRejected,
    #[serde(rename = "consent.expired")]
    ConsentExpired,
    #[serde(rename = "consent.cancelled")]
    ConsentCancelled,
    #[serde(rename = "consent.paused")]
    ConsentPaused,
    #[serde(rename = "consent.resumed")]
    ConsentResumed,
    #[serde(rename = "consent.revoked")]
    ConsentRevoked,
    #[serde(rename = "data.available")]
    DataAvailable,
    #[serde(rename = "data.no_record")]
    DataNoRecord,
    #[serde(rename = "data.failed")]
    DataFailed,
    #[serde(rename = "data.expired")]
    DataExpired,
    #[serde(rename = "data.due")]
    DataDue,
    /// A newer central tells of more than this program knows. It is kept as taken, and nothing follows from it: refusing it would stop
    /// everything behind it.
    #[serde(other, rename = "later")]
    Later,
}

/// A notification from central. Later versions of central may say more: unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CentralNotification {
    /// The notification; repeats carry the same one.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: CentralNotificationKind,
    /// Its place among this partner's notifications: 1, 2, 3, ...
    pub sequence: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The subject.
    pub data: CentralNotificationSubject,
}

/// The subject of a notification from central.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CentralNotificationSubject {
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
    /// The fetch that central meters as a whole; without it central meters the parcel itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_id: Option<FetchId>,
    /// When the data must be gone here, for data that is available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What central noticed about data that is available; later versions may know more codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
}

/// What a notification to the application is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the wire names")]
pub enum NewsKind {
    #[serde(rename = "consent.approved")]
    ConsentApproved,
    #[serde(rename = "consent.rejected")]
    ConsentRejected,
    #[serde(rename = "consent.expired")]
    ConsentExpired,
    #[serde(rename = "consent.cancelled")]
    ConsentCancelled,
    #[serde(rename = "consent.paused")]
    ConsentPaused,
    #[serde(rename = "consent.resumed")]
    ConsentResumed,
    #[serde(rename = "consent.revoked")]
    ConsentRevoked,
    #[serde(rename = "data.available")]
    DataAvailable,
    #[serde(rename = "data.no_record")]
    DataNoRecord,
    #[serde(rename = "data.failed")]
    DataFailed,
    #[serde(rename = "data.expired")]
    DataExpired,
    #[serde(rename = "data.due")]
    DataDue,
    #[serde(rename = "data.deleted")]
    DataDeleted,
}

impl CentralNotificationKind {
    /// The name on the wire, where it is about a fetch.
    pub(super) const fn of_fetch(self) -> Option<&'static str> {
        match self {
            Self::DataAvailable => Some("data.available"),
            Self::DataNoRecord => Some("data.no_record"),
            Self::DataFailed => Some("data.failed"),
            Self::DataDue => Some("data.due"),
            // what became of a parcel that was available already
            Self::DataExpired => None,
            Self::ConsentApproved
            | Self::ConsentRejected
            | Self::ConsentExpired
            | Self::ConsentCancelled
            | Self::ConsentPaused
            | Self::ConsentResumed
            | Self::ConsentRevoked
            | Self::Later => None,
        }
    }

    /// What the application is told when this arrives; nothing yet when data only became available at central.
    pub(super) const fn for_application(self) -> Option<NewsKind> {
        match self {
            Self::ConsentApproved => Some(NewsKind::ConsentApproved),
            Self::ConsentRejected => Some(NewsKind::ConsentRejected),
            Self::ConsentExpired => Some(NewsKind::ConsentExpired),
            Self::ConsentCancelled => Some(NewsKind::ConsentCancelled),
            Self::ConsentPaused => Some(NewsKind::ConsentPaused),
            Self::ConsentResumed => Some(NewsKind::ConsentResumed),
            Self::ConsentRevoked => Some(NewsKind::ConsentRevoked),
            Self::DataAvailable => None,
            Self::DataNoRecord => Some(NewsKind::DataNoRecord),
            Self::DataFailed => Some(NewsKind::DataFailed),
            Self::DataExpired => Some(NewsKind::DataExpired),
            // the phone is woken by the one whose app it is
            Self::DataDue => Some(NewsKind::DataDue),
            Self::Later => None,
        }
    }
}

/// A notification to the partner's application: thin, never data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct News {
    /// The notification; repeats carry the same one.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NewsKind,
    /// Its place among the notifications to the application: 1, 2, 3, ...
    pub sequence: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The subject.
    pub data: NewsSubject,
}

/// The subject of a notification to the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewsSubject {
    /// The case.
    pub case_ref: CaseRef,
    /// The consent request.
    pub consent_request_id: ConsentRequestId,
    /// The consent, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// The item, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<DataItemId>,
    /// The source, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<&CentralNotificationSubject> for NewsSubject {
    fn from(subject: &CentralNotificationSubject) -> Self {
        Self {
            case_ref: subject.case_ref.clone(),
            consent_request_id: subject.consent_request_id,
            consent_id: subject.consent_id,
            item_id: None,
            source: subject.source.clone(),
            reason: subject.reason.clone(),
        }
    }
}
