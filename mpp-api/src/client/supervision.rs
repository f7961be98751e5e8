//! What the enterprise's staff look at. Lists are the newest first.

use std::time::Duration;

use mpp_core::{ApiKeyId, CaseRef, ConsentId, ConsentRequestId, ProductId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

use super::documents::DocumentRowView;
use super::{ConsentRequestView, RetirementView, StaffClient, StartConsentRequest, StartedConsentRequest};
use crate::address::{list, present};
use crate::desk::{AuditKindsView, AuditSearchQuery, CheckpointView};
use crate::{ApiError, Page};

/// Counts of what is here (`GET /v1/staff/overview`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AtAGlanceView {
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Cases of all times.
    pub cases: u64,
    /// Cases whose customer has not answered yet.
    #[serde(default)]
    pub waiting: u64,
    /// Documents that can be read.
    pub held: u64,
    /// Documents that were purged.
    pub purged: u64,
    /// Whether the server's keys are enrolled.
    pub enrolled: bool,
    /// Queues that hold work.
    pub queues: Vec<WaitingView>,
    /// How often central's audit log was not what it had been.
    #[serde(default)]
    pub central_log_findings: u64,
}

/// A queue that holds work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// Which cases are wanted (`GET /v1/staff/cases`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseQuery {
    /// Those of this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Those whose request stands so, as far as central told: `open`, `decided`, `expired` or `cancelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl CaseQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([("product", &self.product), ("status", &self.status), ("after", &self.after)])
    }
}

/// A case (`GET /v1/staff/cases`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// How the request stands, as far as central told: `open` until the customer has answered, `decided`, `expired`, or `cancelled`
    /// when it was taken back.
    pub status: String,
    /// When the customer decided, or the request ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When the request was taken back, and by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<TakenBackView>,
}

/// That the request of a case was taken back. It names nobody where only central's notification says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TakenBackView {
    /// When.
    pub at: Timestamp,
    /// The application that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApiKeyId>,
    /// The person who did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
}

/// Everything here about a case (`GET /v1/staff/cases/{caseRef}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// A product version with everything it says (`GET /v1/staff/products/{id}/versions/{version}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// That the product be retired, where it waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retirement: Option<RetirementView>,
    /// The items (`mpp_core::ProductItem`).
    pub items: Vec<serde_json::Value>,
    /// The notice (`mpp_core::Notice`).
    pub notice: serde_json::Value,
}

/// Some leaves of the audit log (`GET /v1/staff/audit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogPageView {
    /// The leaves, the newest first.
    pub leaves: Vec<LeafView>,
    /// The number to go on before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many leaves are kept.
    pub size: u64,
    /// The newest checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointView>,
    /// Central's audit log, as this server has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub central: Option<CentralLogView>,
    /// What can be asked for.
    #[serde(default)]
    pub kinds: AuditKindsView,
}

/// Central's audit log, as a client server has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CentralLogView {
    /// How many leaves its newest checkpoint covers.
    pub size: u64,
    /// When that checkpoint was first seen.
    pub seen_at: Timestamp,
    /// When central was last asked and answered well.
    pub checked_at: Timestamp,
    /// What was wrong, the oldest first.
    pub findings: Vec<LogBreachView>,
}

/// Two checkpoints of central's, both signed by it, that cannot both be of one log that is only continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogBreachView {
    /// When it was noticed.
    pub at: Timestamp,
    /// What is wrong: `smaller`, `rewritten`, `unproven`, `set_back` or `another_key`.
    pub kind: String,
    /// The checkpoint that had been kept, a signed note.
    pub kept: String,
    /// The one that came after it.
    pub came: String,
}

/// A leaf of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LeafView {
    /// Its number, from 0.
    pub index: u64,
    /// What it says.
    pub entry: serde_json::Value,
}

/// One line of what the configuration says (`GET /v1/staff/settings`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    pub async fn cases(&self, query: &CaseQuery) -> Result<Page<CaseRowView>, ApiError> {
        self.0.get(&list("/v1/staff/cases", &query.pairs(), query.limit), Duration::ZERO).await
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

    /// Takes the request of a case back (`POST /v1/staff/cases/{caseRef}/take-back`).
    ///
    /// # Errors
    /// See [`ApiError`]; `request_decided` when the customer was faster, `request_expired` when it has run out.
    pub async fn take_back(
        &self,
        idempotency_key: &str,
        case_ref: &CaseRef,
    ) -> Result<ConsentRequestView, ApiError> {
        let name: String = url::form_urlencoded::byte_serialize(case_ref.as_str().as_bytes()).collect();
        self.0.post(&format!("/v1/staff/cases/{name}/take-back"), idempotency_key, &()).await
    }

    /// A product version with everything it says.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn product(&self, product: ProductId, version: u32) -> Result<ProductFileView, ApiError> {
        self.0.get(&format!("/v1/staff/products/{product}/versions/{version}"), Duration::ZERO).await
    }

    /// Leaves of the audit log, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn audit(&self, before: Option<u64>) -> Result<LogPageView, ApiError> {
        self.search_audit(&AuditSearchQuery::before(before)).await
    }

    /// The wanted leaves of the audit log, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn search_audit(&self, query: &AuditSearchQuery) -> Result<LogPageView, ApiError> {
        self.0.get(&query.asked_at("/v1/staff/audit"), Duration::ZERO).await
    }
}
