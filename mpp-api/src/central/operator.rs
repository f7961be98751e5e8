//! What Moneyone staff ask of central.

use std::time::Duration;

use mpp_core::{JobId, PartnerId, ProductId, PublicJwk, Timestamp, UsageEventId};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{ApiError, Caller, Page, Place};

/// `POST /v1/operator/partners`: takes a partner on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterPartner {
    /// The registered name of the enterprise, shown to customers.
    pub legal_name: String,
    /// Its GST identification number.
    pub gstin: String,
    /// The contract it works under; without one a partner cannot go live.
    pub contract_ref: String,
    /// E-mail addresses of the people responsible.
    pub contacts: Vec<String>,
    /// The name of its price plan.
    pub price_plan: String,
    /// Where its client server takes notifications; absent when it polls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_url: Option<Url>,
}

/// `POST /v1/operator/partners/{id}/notification-address`: where its client server takes notifications from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetNotificationAddress {
    /// The address; absent when it polls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_url: Option<Url>,
}

/// `POST /v1/operator/partners/{id}/contacts`: whom to write to from now on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetContacts {
    /// One to twenty e-mail addresses, in place of those of before.
    pub contacts: Vec<String>,
}

impl std::fmt::Debug for SetContacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetContacts").field("contacts", &self.contacts.len()).finish()
    }
}

/// The answer to [`RegisterPartner`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegisteredPartner {
    /// The new partner.
    pub partner_id: PartnerId,
    /// The one-time secret with which its client server enrols its keys; valid for seven days.
    pub enrolment_token: String,
    /// The keys with which central signs; the client server and the app pin them.
    pub central_keys: Vec<PublicJwk>,
}

impl std::fmt::Debug for RegisteredPartner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegisteredPartner").field("partner_id", &self.partner_id).finish_non_exhaustive()
    }
}

/// A partner as staff see it (`GET /v1/operator/partners`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartnerView {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its registered name.
    pub legal_name: String,
    /// `ACTIVE` or `SUSPENDED`.
    pub standing: String,
    /// Whether its keys are enrolled.
    pub enrolled: bool,
    /// When it was taken on.
    pub registered_at: Timestamp,
}

/// What central holds for partners at this moment (`GET /v1/operator/holdings`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Holdings {
    /// Parcels whose bytes or keys are still here.
    pub parcels: u64,
    /// Keys of parcels still here.
    pub parcel_keys: u64,
    /// Jobs not yet done.
    pub jobs: u64,
    /// Jobs parked after too many failures.
    pub parked_jobs: u64,
}

/// One metered use (`GET /v1/operator/usage`, `GET /v1/usage`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// The event.
    pub usage_event_id: UsageEventId,
    /// Whom it is billed to.
    pub partner_id: PartnerId,
    /// Under which product.
    pub product_id: ProductId,
    /// From which source, as `account-aggregator` or `provider:<id>`.
    pub source: String,
    /// What was counted, for example `DATA_FETCH`.
    pub unit: String,
    /// The day in India, `yyyy-MM-dd`.
    pub day: String,
    /// The exact instant.
    pub at: Timestamp,
}

/// A job that waits for a person after too many failures (`GET /v1/operator/parked-jobs`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ParkedJobView {
    /// The job.
    pub job_id: JobId,
    /// What sort of work it is.
    pub queue: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// One line of what the configuration says (`GET /v1/operator/settings`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SettingView {
    /// Its name, such as `link_life`.
    pub name: String,
    /// Its value; lengths of time with their unit.
    pub value: String,
}

/// Calls central as an operator.
#[derive(Debug, Clone)]
pub struct OperatorClient(pub(super) Caller);

impl OperatorClient {
    /// A client over a caller with an operator's bearer key.
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Takes a partner on.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn register_partner(
        &self,
        idempotency_key: &str,
        partner: &RegisterPartner,
    ) -> Result<RegisteredPartner, ApiError> {
        self.0.post("/v1/operator/partners", idempotency_key, partner).await
    }

    /// Lists partners.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn partners(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<PartnerView>, ApiError> {
        self.0.get(&place.into().on("/v1/operator/partners", &[]), Duration::ZERO).await
    }

    /// Gives out another enrolment token (`POST /v1/operator/partners/{id}/enrolment`): the first was lost, or the keys
    /// are to be changed.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn renew_enrolment(
        &self,
        idempotency_key: &str,
        partner: PartnerId,
    ) -> Result<RegisteredPartner, ApiError> {
        self.0.post(&format!("/v1/operator/partners/{partner}/enrolment"), idempotency_key, &()).await
    }

    /// Suspends a partner (`POST /v1/operator/partners/{id}/suspend`): it may neither ask nor collect.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn suspend(&self, idempotency_key: &str, partner: PartnerId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/operator/partners/{partner}/suspend"), idempotency_key, &()).await
    }

    /// Reinstates a suspended partner (`POST /v1/operator/partners/{id}/reinstate`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn reinstate(&self, idempotency_key: &str, partner: PartnerId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/operator/partners/{partner}/reinstate"), idempotency_key, &()).await
    }

    /// Sets where a partner's client server takes notifications, or takes the address away: it polls then.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn set_notification_address(
        &self,
        idempotency_key: &str,
        partner: PartnerId,
        address: &SetNotificationAddress,
    ) -> Result<(), ApiError> {
        let path = format!("/v1/operator/partners/{partner}/notification-address");
        self.0.post(&path, idempotency_key, address).await
    }

    /// Sets whom to write to at a partner, in place of those of before.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn set_contacts(
        &self,
        idempotency_key: &str,
        partner: PartnerId,
        contacts: &SetContacts,
    ) -> Result<(), ApiError> {
        let path = format!("/v1/operator/partners/{partner}/contacts");
        self.0.post(&path, idempotency_key, contacts).await
    }

    /// Lists jobs that wait for a person.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn parked_jobs(
        &self,
        place: impl Into<Place<'_>> + Send,
    ) -> Result<Page<ParkedJobView>, ApiError> {
        self.0.get(&place.into().on("/v1/operator/parked-jobs", &[]), Duration::ZERO).await
    }

    /// Puts a parked job back to work (`POST /v1/operator/parked-jobs/{id}/replay`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn replay_job(&self, idempotency_key: &str, job: JobId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/operator/parked-jobs/{job}/replay"), idempotency_key, &()).await
    }

    /// Lists metered uses of all partners.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn usage(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<UsageView>, ApiError> {
        self.0.get(&place.into().on("/v1/operator/usage", &[]), Duration::ZERO).await
    }

    /// What the configuration says, apart from secrets.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn settings(&self) -> Result<Vec<SettingView>, ApiError> {
        self.0.get("/v1/operator/settings", Duration::ZERO).await
    }

    /// Counts what central holds.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn holdings(&self) -> Result<Holdings, ApiError> {
        self.0.get("/v1/operator/holdings", Duration::ZERO).await
    }
}
