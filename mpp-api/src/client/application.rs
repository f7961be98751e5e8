//! What a partner application asks of its client server, and what it is told.

use std::time::Duration;

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, CustomerParticulars, DataItemId, NotificationId, ProductId,
    Timestamp,
};
use mpp_transport::Response;
use serde::{Deserialize, Serialize};
use url::Url;

use super::SealedByView;
use crate::{ApiError, Caller};

/// `POST /v1/consent-requests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartConsentRequest {
    /// The product whose terms are asked for.
    pub product_id: ProductId,
    /// The application's own reference of the case.
    pub case_ref: CaseRef,
    /// Whom to ask.
    pub customer: CustomerParticulars,
}

/// The answer to [`StartConsentRequest`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StartedConsentRequest {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// The one-time deep link to send to the customer's app.
    pub link: Url,
    /// Until when the link can be opened.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for StartedConsentRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedConsentRequest")
            .field("consent_request_id", &self.consent_request_id)
            .finish_non_exhaustive()
    }
}

/// How a consent request stands (`GET /v1/consent-requests/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentRequestView {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// The application's own reference of the case.
    pub case_ref: CaseRef,
    /// `placed`, `opened`, `decided`, `expired` or `cancelled`.
    pub state: String,
    /// The items and what became of each.
    pub items: Vec<RequestedItemView>,
}

/// One item of a consent request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RequestedItemView {
    /// The source, as `account-aggregator` or `provider:<id>`.
    pub source: String,
    /// `undecided`, `approved` or `refused`.
    pub decision: String,
    /// The consent, when approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// How the consent stands: `active`, `paused`, `revoked`, `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_state: Option<String>,
}

/// The data received for one case (`GET /v1/cases/{caseRef}/items`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CaseItems {
    /// The case.
    pub case_ref: CaseRef,
    /// The items, oldest first.
    pub items: Vec<ItemView>,
}

/// One received document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemView {
    /// The item; its bytes are at `/v1/items/{id}/content`, normalised JSON at `/v1/items/{id}/normalised`.
    pub item_id: DataItemId,
    /// The consent it came under.
    pub consent_id: ConsentId,
    /// The source, as `account-aggregator` or `provider:<id>`.
    pub source: String,
    /// For financial information, what account it is about, as the document says: its type and the masked number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The document's media type.
    pub content_type: String,
    /// The SHA-256 of the document, in hex.
    pub sha256: String,
    /// The document's size in bytes.
    pub size: u64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When it will be purged; absent when it may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// Who sealed it; absent where a server of before did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<SealedByView>,
}

/// What a notification to a partner application is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the names are the wire names")]
pub enum ApplicationNotificationType {
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

/// A notification to a partner application (Standard Webhooks; thin).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplicationNotification {
    /// The notification; repeats carry the same one.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: ApplicationNotificationType,
    /// Its place among the notifications to this application.
    pub sequence: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The subject.
    pub data: ApplicationNotificationData,
}

/// The subject of a notification to a partner application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplicationNotificationData {
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
    pub source: Option<String>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Calls the client server as a partner application.
#[derive(Debug, Clone)]
pub struct ApplicationClient(Caller);

impl ApplicationClient {
    /// A client over a caller with the application's bearer key.
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Asks for a customer's consent. The key makes a repeat give the same request.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn start(
        &self,
        idempotency_key: &str,
        request: &StartConsentRequest,
    ) -> Result<StartedConsentRequest, ApiError> {
        self.0.post("/v1/consent-requests", idempotency_key, request).await
    }

    /// How a consent request stands.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn consent_request(&self, id: ConsentRequestId) -> Result<ConsentRequestView, ApiError> {
        self.0.get(&format!("/v1/consent-requests/{id}"), Duration::ZERO).await
    }

    /// Takes a request back that the customer has not answered. Doing it again gives the same answer.
    ///
    /// # Errors
    /// See [`ApiError`]; `request_decided` when the customer was faster, `request_expired` when it has run out.
    pub async fn take_back(
        &self,
        idempotency_key: &str,
        id: ConsentRequestId,
    ) -> Result<ConsentRequestView, ApiError> {
        self.0.post(&format!("/v1/consent-requests/{id}/take-back"), idempotency_key, &()).await
    }

    /// What has been received for a case.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn items(&self, case: &CaseRef) -> Result<CaseItems, ApiError> {
        // a case reference may hold any printable character, `/` and `?` among them
        let case: String = url::form_urlencoded::byte_serialize(case.as_str().as_bytes()).collect();
        self.0.get(&format!("/v1/cases/{case}/items"), Duration::ZERO).await
    }

    /// A document's exact bytes as they stream in.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn content(&self, item: DataItemId) -> Result<Response, ApiError> {
        self.0.get_file(&format!("/v1/items/{item}/content")).await
    }

    /// A document as normalised JSON: `itemId`, `source`, `contentType`, `sha256` of the original, and `document`.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_normalisable` for a document without such a form.
    pub async fn normalised(&self, item: DataItemId) -> Result<serde_json::Value, ApiError> {
        self.0.get(&format!("/v1/items/{item}/normalised"), Duration::ZERO).await
    }
}
