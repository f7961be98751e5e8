//! What enterprise staff ask of their client server.

use std::time::Duration;

use mpp_core::{
    ApiKeyId, CaseRef, ConsentId, DataItemId, JobId, ParcelId, PartnerId, ProductId, PublicJwk, StaffId,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{ApiError, Caller, Page, Place};

/// `POST /v1/staff/enrolment`: makes this server's keys and enrols them at central.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolServer {
    /// The one-time token Moneyone staff gave out.
    pub enrolment_token: String,
}

impl std::fmt::Debug for EnrolServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolServer(..)")
    }
}

/// The answer to [`EnrolServer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EnrolledServer {
    /// The partner this server works for.
    pub partner_id: PartnerId,
    /// The name of the envelope key now in use.
    pub envelope_kid: String,
    /// The partner key record, signed by central.
    pub key_record: String,
}

/// `POST /v1/staff/products`: drafts a product version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DefineProduct {
    /// The product to add a version to; absent for a new product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The version the author began from; when there is a newer one by now, the draft is refused
    /// (`product_moved_on`) instead of standing for a change of what the author never saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<u32>,
    /// Its name as staff see it.
    pub name: String,
    /// The items (`mpp_core::ProductItem`).
    pub items: Vec<serde_json::Value>,
    /// The notice (`mpp_core::Notice`).
    pub notice: serde_json::Value,
}

/// A product version as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProductView {
    /// The product.
    pub product_id: ProductId,
    /// The version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// `draft`, `approved` or `retired`.
    pub state: String,
    /// Whether central knows it; customers are asked for the newest approved version that it knows. `false` from a server of
    /// before, which does not say.
    #[serde(default)]
    pub published: bool,
    /// The sources it asks for.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// What a partner application may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Scope {
    /// Ask for consents and see how they stand.
    #[serde(rename = "consents")]
    Consents,
    /// Read received data.
    #[serde(rename = "data")]
    Data,
}

/// `POST /v1/staff/api-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// For which application, in words.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// The answer to [`CreateApiKey`]; the only time the key is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedApiKey {
    /// The key's name.
    pub api_key_id: ApiKeyId,
    /// The bearer key itself.
    pub key: String,
}

impl std::fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedApiKey").field("api_key_id", &self.api_key_id).finish_non_exhaustive()
    }
}

/// `POST /v1/staff/webhook`: where the partner application takes notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetWebhook {
    /// The address.
    pub url: Url,
}

/// The answer to [`SetWebhook`]: the key that verifies notifications (Standard Webhooks `v1a`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookKey {
    /// The Ed25519 public key.
    pub key: PublicJwk,
}

/// One read of received data (`GET /v1/staff/accesses`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessView {
    /// What was read.
    pub item_id: DataItemId,
    /// By which application's key, where an application read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_id: Option<ApiKeyId>,
    /// By whom, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Why, where the person had to say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// `raw`, `normalised` or `masked`.
    pub form: String,
}

/// Work that waits for a person (`GET /v1/staff/parked`): what failed too often, or can never succeed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ParkedView {
    /// The job; `POST /v1/staff/parked/{jobId}/replay` does it again.
    pub job_id: JobId,
    /// What sort of work.
    pub queue: String,
    /// A stable code and a sentence.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it waits.
    pub parked_at: Timestamp,
}

/// A parcel from central and what is proven about it (`GET /v1/staff/parcels`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ParcelView {
    /// The parcel.
    pub parcel_id: ParcelId,
    /// What its document is called here.
    pub item_id: DataItemId,
    /// The consent it came under.
    pub consent_id: ConsentId,
    /// The case.
    pub case_ref: CaseRef,
    /// `due`, `refused`, `stored`, `acknowledged`, `gone` or `closed`.
    pub state: String,
    /// Why it was refused, as a stable code; it waits at central, and for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// When its document was opened and stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// When central erased its copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// Central's signed erasure receipt, verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_receipt: Option<String>,
}

/// Calls the client server as a member of staff.
#[derive(Debug, Clone)]
pub struct StaffClient(pub(super) Caller);

impl StaffClient {
    /// A client over a caller with a staff member's bearer key.
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Makes and enrols the server's keys.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn enrol(&self, idempotency_key: &str, body: &EnrolServer) -> Result<EnrolledServer, ApiError> {
        self.0.post("/v1/staff/enrolment", idempotency_key, body).await
    }

    /// Drafts a product version.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn define_product(
        &self,
        idempotency_key: &str,
        product: &DefineProduct,
    ) -> Result<ProductView, ApiError> {
        self.0.post("/v1/staff/products", idempotency_key, product).await
    }

    /// Approves a drafted version as a second person and publishes it at central.
    ///
    /// # Errors
    /// See [`ApiError`]; `same_person` when the author tries to approve.
    pub async fn approve_product(
        &self,
        idempotency_key: &str,
        product: ProductId,
        version: u32,
    ) -> Result<ProductView, ApiError> {
        let path = format!("/v1/staff/products/{product}/versions/{version}/approve");
        self.0.post(&path, idempotency_key, &()).await
    }

    /// Lists product versions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn products(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<ProductView>, ApiError> {
        self.0.get(&place.into().on("/v1/staff/products", &[]), Duration::ZERO).await
    }

    /// Makes a key for a partner application.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn create_api_key(
        &self,
        idempotency_key: &str,
        body: &CreateApiKey,
    ) -> Result<CreatedApiKey, ApiError> {
        self.0.post("/v1/staff/api-keys", idempotency_key, body).await
    }

    /// Revokes a key of a partner application, for good.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn revoke_api_key(&self, idempotency_key: &str, key: ApiKeyId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/staff/api-keys/{key}/revoke"), idempotency_key, &()).await
    }

    /// Sets where the partner application takes notifications.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn set_webhook(
        &self,
        idempotency_key: &str,
        body: &SetWebhook,
    ) -> Result<WebhookKey, ApiError> {
        self.0.post("/v1/staff/webhook", idempotency_key, body).await
    }

    /// Lists reads of received data, from the beginning.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn accesses(&self) -> Result<Page<AccessView>, ApiError> {
        self.accesses_after(None).await
    }

    /// Lists reads of received data behind a cursor.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn accesses_after(
        &self,
        place: impl Into<Place<'_>> + Send,
    ) -> Result<Page<AccessView>, ApiError> {
        self.0.get(&place.into().on("/v1/staff/accesses", &[]), Duration::ZERO).await
    }

    /// Lists the parcels this server was told of, with the proofs of their erasure at central.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn parcels(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<ParcelView>, ApiError> {
        self.0.get(&place.into().on("/v1/staff/parcels", &[]), Duration::ZERO).await
    }

    /// Lists the work that waits for a person.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn parked(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<ParkedView>, ApiError> {
        self.0.get(&place.into().on("/v1/staff/parked", &[]), Duration::ZERO).await
    }

    /// Does parked work again.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn replay(&self, idempotency_key: &str, job: JobId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/staff/parked/{job}/replay"), idempotency_key, &()).await
    }
}
