//! What Moneyone's staff look at. Lists are the newest first; nothing in them says who a customer is.

mod activity;
mod case_file;
mod partner_file;
mod replaying;
mod work;

use std::time::Duration;

use mpp_core::{CaseRef, ConsentRequestId, PartnerId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

use super::OperatorClient;
use crate::address::{list, present};
use crate::desk::{AuditKindsView, AuditSearchQuery, CheckpointView};
use crate::{ApiError, Page, Place};

pub use activity::{ActivityQuery, ActivityRowView};
pub use case_file::{CaseFileView, FileConsentView, FileItemView, FileParcelView, FileStepView};
pub use partner_file::{PartnerFileView, PartnerKeysView};
pub use replaying::{
    DeliveryRange, DeliverySearchQuery, ReplayDeliveries, ReplayGroupView, ReplayPreviewView,
};
pub use work::{
    DeliveryRowView, FetchRowView, FetchSearchQuery, NamedCount, QueueView, RecentFetchesView, SourceView,
    TodayView,
};

/// Which requests are wanted (`GET /v1/operator/requests`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl RequestSearchQuery {
    /// The parts that say which and where, by name.
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

/// A consent request in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// A product that a partner has published (`GET /v1/operator/products`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublishedProductView {
    /// The product.
    pub product_id: ProductId,
    /// Whose.
    pub partner_id: PartnerId,
    /// What its newest version is called.
    pub name: String,
    /// The newest version.
    pub newest_version: u32,
    /// The sources that version asks for.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Since when nobody is asked for it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

/// Some leaves of the audit log (`GET /v1/operator/audit`, `GET /v1/staff/audit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditPageView {
    /// The leaves, the newest first.
    pub leaves: Vec<AuditLeafView>,
    /// The number to go on before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many leaves are kept.
    pub size: u64,
    /// The newest checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointView>,
    /// What can be asked for.
    #[serde(default)]
    pub kinds: AuditKindsView,
}

/// A leaf of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditLeafView {
    /// Its number, from 0.
    pub index: u64,
    /// What it says.
    pub entry: serde_json::Value,
}

/// `POST /v1/operator/find`: what people have in hand. It may be a mobile number, so it never stands in an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// What a text names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FindingsView {
    /// What was found; of very much, the newest requests.
    pub items: Vec<FoundView>,
    /// Whether there is more.
    pub more: bool,
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

    /// The products of all partners, in the order they were published first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn products(
        &self,
        place: impl Into<Place<'_>> + Send,
    ) -> Result<Page<PublishedProductView>, ApiError> {
        self.0.get(&place.into().on("/v1/operator/products", &[]), Duration::ZERO).await
    }

    /// Consent requests.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn requests(&self, query: &RequestSearchQuery) -> Result<Page<RequestRowView>, ApiError> {
        self.0.get(&list("/v1/operator/requests", &query.pairs(), query.limit), Duration::ZERO).await
    }

    /// Everything on record about a request.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn case_file(&self, request: ConsentRequestId) -> Result<CaseFileView, ApiError> {
        self.0.get(&format!("/v1/operator/requests/{request}"), Duration::ZERO).await
    }

    /// What was done on a day, or is held now, the newest first (`GET /v1/operator/activity`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn activity(&self, query: &ActivityQuery) -> Result<Page<ActivityRowView>, ApiError> {
        self.0.get(&list("/v1/operator/activity", &query.pairs(), query.limit), Duration::ZERO).await
    }

    /// Fetches from providers.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn fetches(&self, query: &FetchSearchQuery) -> Result<Page<FetchRowView>, ApiError> {
        self.0.get(&list("/v1/operator/fetches", &query.pairs(), query.limit), Duration::ZERO).await
    }

    /// Notifications to client servers.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn deliveries(&self, query: &DeliverySearchQuery) -> Result<Page<DeliveryRowView>, ApiError> {
        self.0.get(&list("/v1/operator/deliveries", &query.pairs(), query.limit), Duration::ZERO).await
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
        self.search_audit(&AuditSearchQuery::before(before)).await
    }

    /// The wanted leaves of the audit log, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn search_audit(&self, query: &AuditSearchQuery) -> Result<AuditPageView, ApiError> {
        self.0.get(&query.asked_at("/v1/operator/audit"), Duration::ZERO).await
    }

    /// Finds what a text names.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn find(&self, idempotency_key: &str, find: &Find) -> Result<FindingsView, ApiError> {
        self.0.post("/v1/operator/find", idempotency_key, find).await
    }
}
