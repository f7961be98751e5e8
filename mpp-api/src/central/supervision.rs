//! What Moneyone's staff look at. Lists are the newest first; nothing in them says who a customer is.

use std::time::Duration;

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, ErasureReceiptId, FetchId, NotificationId, ParcelId, PartnerId,
    ProductId, Sha256Digest, Timestamp,
};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

use super::OperatorClient;
use crate::{ApiError, Page};

/// Counts of a day (`GET /v1/operator/today`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TodayView {
    /// The day in India, `yyyy-MM-dd`.
    pub day: String,
    /// Requests placed.
    pub requests: u64,
    /// Consents given.
    pub consents: u64,
    /// What was done under consents: `fetched`, `no_record`, `delivered`, `erased`, `expired`, `failed`.
    pub done: Vec<NamedCount>,
    /// Requests that wait for the customer, of any day.
    pub waiting: u64,
    /// Notifications that were given up, of any day.
    pub parked_deliveries: u64,
    /// Queues that hold work.
    pub queues: Vec<QueueView>,
}

/// A count and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedCount {
    /// What is counted.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// A queue that holds work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// Its name.
    pub queue: String,
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs in hand.
    pub leased: u64,
    /// Jobs that wait for a person.
    pub parked: u64,
}

/// A provider's fetches by state (`GET /v1/operator/sources`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    /// The source.
    pub source: String,
    /// How many fetches are in which state.
    pub by_state: Vec<NamedCount>,
}

/// Which requests are wanted (`GET /v1/operator/requests`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestSearchQuery {
    /// Of this partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// For this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// That ask for this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// With this reference of the partner's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_ref: Option<String>,
    /// Placed on this day in India or later, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Placed on this day in India or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl RequestSearchQuery {
    /// The parts that are there, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("partner", &self.partner),
            ("status", &self.status),
            ("product", &self.product),
            ("source", &self.source),
            ("caseRef", &self.case_ref),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ])
    }
}

/// Which fetches or deliveries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkSearchQuery {
    /// Of this partner; of deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// From this source; of fetches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl WorkSearchQuery {
    /// The parts that are there, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("partner", &self.partner),
            ("source", &self.source),
            ("status", &self.status),
            ("after", &self.after),
        ])
    }
}

/// A consent request in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRowView {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// Who asks.
    pub partner_id: PartnerId,
    /// For which product.
    pub product_id: ProductId,
    /// In which version.
    pub product_version: u32,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// `placed`, `opened`, `decided`, `expired` or `cancelled`.
    pub status: String,
    /// The sources that are asked for.
    pub sources: Vec<String>,
    /// How many items the customer approved.
    pub approved: u64,
}

/// Everything on record about a request (`GET /v1/operator/requests/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseFileView {
    /// The request.
    pub request: RequestRowView,
    /// The partner's name.
    pub partner_name: String,
    /// The key that everything is sealed to.
    pub envelope_kid: String,
    /// The version of the notice that was shown.
    pub notice_version: u32,
    /// Until when it can be decided, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What was asked and what the customer said.
    pub items: Vec<FileItemView>,
    /// The consents given.
    pub consents: Vec<FileConsentView>,
    /// Fetches from providers.
    pub fetches: Vec<FetchRowView>,
    /// Parcels.
    pub parcels: Vec<FileParcelView>,
    /// Notifications to the partner.
    pub deliveries: Vec<DeliveryRowView>,
    /// What happened, oldest first.
    pub steps: Vec<FileStepView>,
}

/// An item of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileItemView {
    /// The source.
    pub source: String,
    /// Its name as shown to the customer.
    pub title: String,
    /// `approved` or `refused`; absent before the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileConsentView {
    /// The consent.
    pub consent_id: ConsentId,
    /// The source.
    pub source: String,
    /// The source's name as shown.
    pub title: String,
    /// `active`, `paused`, `revoked` or `expired`.
    pub status: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// The digest of the signed artefact.
    pub artefact_sha256: Sha256Digest,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileParcelView {
    /// The parcel.
    pub parcel_id: ParcelId,
    /// The consent it rests on.
    pub consent_id: ConsentId,
    /// From where.
    pub source: String,
    /// Its state.
    pub status: String,
    /// The length of the sealed bytes, once complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Their digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Digest>,
    /// The receipt of its erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_receipt_id: Option<ErasureReceiptId>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStepView {
    /// When.
    pub at: Timestamp,
    /// What: `placed`, `opened`, `decided`, `consent_given`, `use.<what>`, `acknowledged`, `erased`, `told.<type>`, `paused`,
    /// `withdrawn`, `ran_out` or `cancelled`.
    pub what: String,
    /// To which source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// To which parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The digest of what proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_sha256: Option<Sha256Digest>,
}

/// A fetch from a provider (`GET /v1/operator/fetches`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchRowView {
    /// The fetch.
    pub fetch_id: FetchId,
    /// The consent it rests on.
    pub consent_id: ConsentId,
    /// The request the consent answers.
    pub consent_request_id: ConsentRequestId,
    /// For whom.
    pub partner_id: PartnerId,
    /// From where.
    pub source: String,
    /// Its state.
    pub status: String,
    /// How often it was tried so far, where that is still known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// When it ended, or when it goes on.
    pub at: Timestamp,
    /// The stable code of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A notification to a client server (`GET /v1/operator/deliveries`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRowView {
    /// The notification.
    pub notification_id: NotificationId,
    /// To whom.
    pub partner_id: PartnerId,
    /// Its place among the partner's notifications.
    pub sequence: u64,
    /// What it tells.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of which request.
    pub consent_request_id: ConsentRequestId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// When that happened.
    pub occurred_at: Timestamp,
    /// `due`, `delivered`, `parked`, or `polled` for partners that ask.
    pub status: String,
    /// When the next attempt is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The attempts so far, oldest first.
    pub attempts: Vec<AttemptView>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    /// When it ended.
    pub at: Timestamp,
    /// `delivered`, `refused`, `timed_out`, `unreachable` or `forbidden_address`.
    pub outcome: String,
    /// The HTTP status, where the receiver answered with another than 2xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
}

/// A partner with its keys (`GET /v1/operator/partners/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerFileView {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its registered name.
    pub legal_name: String,
    /// Its tax registration.
    pub gstin: String,
    /// The contract with it.
    pub contract_ref: String,
    /// Its price plan.
    pub price_plan: String,
    /// `ACTIVE` or `SUSPENDED`.
    pub standing: String,
    /// Whether it has a licence that holds now.
    pub regulated: bool,
    /// When it was taken on.
    pub registered_at: Timestamp,
    /// Where its client server takes notifications; absent when it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_url: Option<String>,
    /// Its keys, oldest first.
    pub keys: Vec<PartnerKeysView>,
}

/// Keys a client server enrolled together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerKeysView {
    /// The envelope key.
    pub envelope_kid: String,
    /// The key that signs requests and acknowledgements.
    pub signing_kid: String,
    /// When they were enrolled.
    pub enrolled_at: Timestamp,
    /// Until when the envelope key holds.
    pub valid_to: Timestamp,
    /// Whether new requests are sealed to it.
    pub current: bool,
    /// The published key record, signed by central.
    pub key_record: String,
}

/// Some leaves of the audit log (`GET /v1/operator/audit`, `GET /v1/staff/audit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditPageView {
    /// The leaves, the newest first.
    pub leaves: Vec<AuditLeafView>,
    /// The number to go on before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many leaves there are.
    pub size: u64,
}

/// A leaf of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLeafView {
    /// Its number, from 0.
    pub index: u64,
    /// What it says.
    pub entry: serde_json::Value,
}

/// `POST /v1/operator/find`: what people have in hand. It may be a mobile number, so it never stands in an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Find {
    /// An identifier, a case reference or a mobile number.
    pub text: String,
}

impl std::fmt::Debug for Find {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Find(..)")
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    /// `partner`, `request`, `consent` or `parcel`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its identifier.
    pub id: String,
    /// The request it belongs to, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestRowView>,
}

impl OperatorClient {
    /// Counts of the present day.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn today(&self) -> Result<TodayView, ApiError> {
        self.0.get("/v1/operator/today", Duration::ZERO).await
    }

    /// The providers' fetches by state.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sources(&self) -> Result<Vec<SourceView>, ApiError> {
        self.0.get("/v1/operator/sources", Duration::ZERO).await
    }

    /// Consent requests.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn requests(&self, query: &RequestSearchQuery) -> Result<Page<RequestRowView>, ApiError> {
        self.0.get(&with_query("/v1/operator/requests", &query.pairs()), Duration::ZERO).await
    }

    /// Everything on record about a request.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn case_file(&self, request: ConsentRequestId) -> Result<CaseFileView, ApiError> {
        self.0.get(&format!("/v1/operator/requests/{request}"), Duration::ZERO).await
    }

    /// Fetches from providers.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn fetches(&self, query: &WorkSearchQuery) -> Result<Page<FetchRowView>, ApiError> {
        self.0.get(&with_query("/v1/operator/fetches", &query.pairs()), Duration::ZERO).await
    }

    /// Notifications to client servers.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn deliveries(&self, query: &WorkSearchQuery) -> Result<Page<DeliveryRowView>, ApiError> {
        self.0.get(&with_query("/v1/operator/deliveries", &query.pairs()), Duration::ZERO).await
    }

    /// A partner with its keys.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn partner(&self, partner: PartnerId) -> Result<PartnerFileView, ApiError> {
        self.0.get(&format!("/v1/operator/partners/{partner}"), Duration::ZERO).await
    }

    /// Leaves of the audit log, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn audit(&self, before: Option<u64>) -> Result<AuditPageView, ApiError> {
        let path = before.map_or_else(
            || "/v1/operator/audit".to_owned(),
            |before| format!("/v1/operator/audit?before={before}"),
        );
        self.0.get(&path, Duration::ZERO).await
    }

    /// Finds what a text names.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn find(&self, idempotency_key: &str, find: &Find) -> Result<Vec<FoundView>, ApiError> {
        self.0.post("/v1/operator/find", idempotency_key, find).await
    }
}

fn present<'a, const N: usize>(
    parts: [(&'static str, &'a Option<String>); N],
) -> Vec<(&'static str, &'a str)> {
    parts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}
