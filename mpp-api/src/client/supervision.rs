//! What the enterprise's staff look at. Lists are the newest first.

use std::time::Duration;

use mpp_core::{
    ApiKeyId, CaseRef, ConsentId, ConsentRequestId, DataItemId, ProductId, Sha256Digest, StaffId, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::staff::with_cursor;
use super::{ConsentRequestView, Scope, StaffClient, StartConsentRequest, StartedConsentRequest};
use crate::{ApiError, Page};

/// Counts of what is here (`GET /v1/staff/overview`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtAGlanceView {
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Cases of all times.
    pub cases: u64,
    /// Documents that can be read.
    pub held: u64,
    /// Documents that were purged.
    pub purged: u64,
    /// Whether the server's keys are enrolled.
    pub enrolled: bool,
    /// Queues that hold work.
    pub queues: Vec<WaitingView>,
}

/// A queue that holds work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingView {
    /// Its name.
    pub queue: String,
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs in hand.
    pub leased: u64,
    /// Jobs that wait for a person.
    pub parked: u64,
}

/// A case (`GET /v1/staff/cases`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseRowView {
    /// The own reference.
    pub case_ref: CaseRef,
    /// The request at central.
    pub consent_request_id: ConsentRequestId,
    /// For which product.
    pub product_id: ProductId,
    /// In which version.
    pub product_version: u32,
    /// When consent was asked for.
    pub placed_at: Timestamp,
    /// Until when the link can be opened.
    pub expires_at: Timestamp,
    /// The application that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApiKeyId>,
    /// The person who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
}

/// Everything here about a case (`GET /v1/staff/cases/{caseRef}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseFileView {
    /// The case.
    pub case: CaseRowView,
    /// How the request stands at central; absent while central does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<ConsentRequestView>,
    /// The consents central told of.
    pub consents: Vec<ToldConsentView>,
    /// The documents, also those that are purged.
    pub documents: Vec<DocumentRowView>,
}

/// A consent as central told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldConsentView {
    /// The consent.
    pub consent_id: ConsentId,
    /// The source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `active`, `paused`, `revoked` or `expired`.
    pub status: String,
}

/// A document (`GET /v1/staff/items`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentRowView {
    /// The document.
    pub item_id: DataItemId,
    /// The case it belongs to.
    pub case_ref: CaseRef,
    /// The consent it came under.
    pub consent_id: ConsentId,
    /// The source.
    pub source: String,
    /// What account it is about, with most digits hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The media type.
    pub content_type: String,
    /// The digest of the document.
    pub sha256: Sha256Digest,
    /// Its size.
    pub size_bytes: u64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When it will be purged; absent when it may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// `held`, `purging` or `purged`.
    pub status: String,
    /// When it was purged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged_at: Option<Timestamp>,
    /// Why: `data_life_ended` or `consent_withdrawn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged_because: Option<String>,
}

/// A document with its content (`GET /v1/staff/items/{id}/masked`, `POST /v1/staff/items/{id}/unmask`).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// The document.
    pub item_id: DataItemId,
    /// The source.
    pub source: String,
    /// The media type it came in.
    pub content_type: String,
    /// The digest of the document as it came.
    pub sha256: Sha256Digest,
    /// When it will be purged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// Whether what may be personal is masked.
    pub masked: bool,
    /// The content as normalised JSON.
    pub document: serde_json::Value,
}

impl std::fmt::Debug for DocumentView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentView").field("item_id", &self.item_id).finish_non_exhaustive()
    }
}

/// `POST /v1/staff/items/{id}/unmask`: the reason is written down before anything is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unmask {
    /// Why, in 8 to 500 characters.
    pub reason: String,
}

impl std::fmt::Debug for Unmask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unmask(..)")
    }
}

/// A product version with everything it says (`GET /v1/staff/products/{id}/versions/{version}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductFileView {
    /// The product.
    pub product_id: ProductId,
    /// The version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// `draft`, `approved` or `retired`.
    pub state: String,
    /// Who wrote it.
    pub author: StaffId,
    /// Whether central knows it.
    pub published: bool,
    /// The items (`mpp_core::ProductItem`).
    pub items: Vec<serde_json::Value>,
    /// The notice (`mpp_core::Notice`).
    pub notice: serde_json::Value,
}

/// The server's keys and endpoints (`GET /v1/staff/keys`); never a private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnKeysView {
    /// The partner key record in force, signed by central.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_record: Option<String>,
    /// Every key this server ever made, oldest first.
    pub keys: Vec<OwnKeyView>,
    /// Where the application takes notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointView>,
    /// Keys of applications.
    pub applications: Vec<ApplicationKeyView>,
}

/// A key of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnKeyView {
    /// Its name.
    pub kid: String,
    /// `envelope`, `signing` or `webhook`.
    pub used_as: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Whether it is the envelope key in force.
    pub current: bool,
}

/// Where notifications go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointView {
    /// The address.
    pub url: String,
    /// Who set it.
    pub set_by: StaffId,
    /// When.
    pub set_at: Timestamp,
}

/// A key of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationKeyView {
    /// The key's name.
    pub api_key_id: ApiKeyId,
    /// For which application.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub made_by: StaffId,
    /// When.
    pub made_at: Timestamp,
}

/// Some leaves of the audit log (`GET /v1/staff/audit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogPageView {
    /// The leaves, the newest first.
    pub leaves: Vec<LeafView>,
    /// The number to go on before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many leaves are kept.
    pub size: u64,
}

/// A leaf of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeafView {
    /// Its number, from 0.
    pub index: u64,
    /// What it says.
    pub entry: serde_json::Value,
}

/// One line of what the configuration says (`GET /v1/staff/settings`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnSettingView {
    /// Its name, such as `largest_document_bytes`.
    pub name: String,
    /// Its value; lengths of time with their unit.
    pub value: String,
}

impl StaffClient {
    /// What the configuration says, apart from secrets.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn settings(&self) -> Result<Vec<OwnSettingView>, ApiError> {
        self.0.get("/v1/staff/settings", Duration::ZERO).await
    }

    /// Counts of what is here.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn overview(&self) -> Result<AtAGlanceView, ApiError> {
        self.0.get("/v1/staff/overview", Duration::ZERO).await
    }

    /// Lists cases.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn cases(&self, after: Option<&str>) -> Result<Page<CaseRowView>, ApiError> {
        self.0.get(&with_cursor("/v1/staff/cases", after), Duration::ZERO).await
    }

    /// Everything here about a case.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn case_file(&self, case_ref: &CaseRef) -> Result<CaseFileView, ApiError> {
        let name: String = url::form_urlencoded::byte_serialize(case_ref.as_str().as_bytes()).collect();
        self.0.get(&format!("/v1/staff/cases/{name}"), Duration::ZERO).await
    }

    /// Asks for a customer's consent (`POST /v1/staff/cases`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn start_case(
        &self,
        idempotency_key: &str,
        body: &StartConsentRequest,
    ) -> Result<StartedConsentRequest, ApiError> {
        self.0.post("/v1/staff/cases", idempotency_key, body).await
    }

    /// Lists documents, of one state when it is named.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn items(
        &self,
        status: Option<&str>,
        after: Option<&str>,
    ) -> Result<Page<DocumentRowView>, ApiError> {
        let path = items_path(status, after);
        self.0.get(&path, Duration::ZERO).await
    }

    /// A document with whatever may be personal masked.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn masked(&self, item: DataItemId) -> Result<DocumentView, ApiError> {
        self.0.get(&format!("/v1/staff/items/{item}/masked"), Duration::ZERO).await
    }

    /// A document as it is, for a reason. Every call is a read of its own, so the server stores no answer.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn unmask(&self, item: DataItemId, body: &Unmask) -> Result<DocumentView, ApiError> {
        self.0.post(&format!("/v1/staff/items/{item}/unmask"), "unrepeated", body).await
    }

    /// A product version with everything it says.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn product(&self, product: ProductId, version: u32) -> Result<ProductFileView, ApiError> {
        self.0.get(&format!("/v1/staff/products/{product}/versions/{version}"), Duration::ZERO).await
    }

    /// The server's keys and endpoints.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn keys(&self) -> Result<OwnKeysView, ApiError> {
        self.0.get("/v1/staff/keys", Duration::ZERO).await
    }

    /// Leaves of the audit log, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn audit(&self, before: Option<u64>) -> Result<LogPageView, ApiError> {
        let path = before.map_or_else(
            || "/v1/staff/audit".to_owned(),
            |before| format!("/v1/staff/audit?before={before}"),
        );
        self.0.get(&path, Duration::ZERO).await
    }
}

fn items_path(status: Option<&str>, after: Option<&str>) -> String {
    let named = [("status", status), ("after", after)].into_iter();
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(named.filter_map(|(name, value)| Some((name, value?))));
    format!("/v1/staff/items?{}", pairs.finish())
}
